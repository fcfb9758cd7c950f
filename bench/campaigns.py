"""Starting a campaign over a county's villages and households: the list is frozen in one statement.

The move is measured whole: its line, its papers, its commit.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session, select

from bench.stories import BEGAN
from service import cases, openings, sample
from service.api.office import Office, open_office
from service.api.tokens import issue_token
from service.clock import SetClock, SystemClock
from service.config import Settings
from service.consequences import follow
from service.openings import Place
from service.registry import Registry
from service.store.areas import Area, AreaLevel, add_area
from service.store.calendars import Calendars
from service.store.columns import new_id
from service.store.database import wire
from service.store.households import HOUSEHOLDS
from service.store.people import Actor, Person, positions_held
from service.workflows.campaign.events import AnnounceCampaign, DraftCampaign, StartCampaign, Window
from service.workflows.kinds import Kind
from service.workflows.rulebook import Rulebook
from service.workflows.statement import Event

T = TypeVar("T")

VILLAGES = 400
BATCH = 10_000
DAY = BEGAN.date()
PHASES = ("mobilisation", "field", "rectification", "summary")


class Started:
    """A database whose sample township has grown to a county, and its campaign about to start."""

    def __init__(self, settings: Settings, households: int) -> None:
        self.office: Office = open_office(settings, SystemClock(), Rulebook())
        self.registry = Registry(self.office.rulebook, SetClock(BEGAN), Calendars(), follow)
        villages = [f"341302901{300 + number}" for number in range(VILLAGES)]
        self._do(lambda session: _grow(session, villages))
        for first in range(0, households, BATCH):
            some = range(first, min(first + BATCH, households))
            rows = [_household(villages[number % VILLAGES]) for number in some]
            self._do(partial(_register, rows=rows))
        self.case_id: UUID = self._do(self._announced)

    def start(self) -> float:
        """Start it; return the seconds that it took."""
        form = {"villages_trained": True, "grids_assigned": True}
        body = StartCampaign(event="start_campaign", form=form)
        began = time.perf_counter()
        self._do(lambda session: self._act(session, self.case_id, body, 2))
        return time.perf_counter() - began

    def asking(self) -> tuple[str, dict[str, str]]:
        """Return the path and the headers to ask for the coverage of every village with."""
        person_id = self._do(lambda session: _officer(session).person_id)
        token = issue_token(self.office, person_id)
        headers = {"Authorization": f"Bearer {token}", "Host": "bench"}
        return f"/v1/campaigns/{self.case_id}/coverage", headers

    def _announced(self, session: Session) -> UUID:
        officer = _officer(session)
        days = {"first": DAY, "last": DAY + timedelta(days=20)}
        draft = DraftCampaign(
            title="集中排查",
            first_day=days["first"],
            last_day=days["last"],
            windows=tuple(Window(phase=phase, **days) for phase in PHASES),
        )
        place = Place.of(session, sample.TOWNSHIP, officer)
        case_id = openings.open_of_kind(
            session, Kind.CAMPAIGN, place, draft, actor=officer, registry=self.registry
        ).case.id
        announce = AnnounceCampaign(
            event="announce_campaign", announced_on=DAY, form={"leader": "丙书记"}
        )
        self._act(session, case_id, announce, 1)
        return case_id

    def _act(self, session: Session, case_id: UUID, body: Event, seen: int) -> None:
        officer = _officer(session)
        cases.act(session, case_id, body, seen_version=seen, actor=officer, registry=self.registry)

    def _do(self, work: Callable[[Session], T]) -> T:
        return self.office.database.transact_now(work)


def _officer(session: Session) -> Actor:
    person = session.exec(select(Person).where(Person.username == "township")).one()
    (officer,) = positions_held(session, person.id, DAY)
    return officer


def _grow(session: Session, villages: list[str]) -> None:
    for code in villages:
        add_area(
            session,
            Area(code=code, name=code, level=AreaLevel.VILLAGE, parent_code=sample.TOWNSHIP),
        )


def _register(session: Session, rows: list[dict[str, object]]) -> None:
    wire(session).execute(insert(HOUSEHOLDS), rows)


def _household(area_code: str) -> dict[str, object]:
    return {
        "id": new_id(BEGAN),
        "area_code": area_code,
        "household_type": "ordinary",
        "head_name": "张某",
        "traits": [],
        "episodes": 0,
        "created_at": BEGAN,
        "created_by": UUID(int=0),
    }
