"""The work that is measured: cases led along the sample document, one event at a time.

Half of the cases were opened and have their consent before them; the other half were posted
long enough ago that their publicity may end. Together they meet every event of the route.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from uuid import UUID

from sqlmodel import Session, select

from bench.client import wire
from service import cases, openings, sample
from service.api.office import Office, open_office
from service.api.tokens import issue_token
from service.clock import SetClock, SystemClock
from service.config import Settings
from service.registry import Registry
from service.store import calendars
from service.store.attachments import Attachment
from service.store.columns import new_id
from service.store.households import Household
from service.store.people import Actor, Person, positions_held
from service.workflows.monitoring.entry_events import Open
from service.workflows.monitoring.events import EVENTS
from service.workflows.rulebook import Rulebook
from service.workflows.statement import Event

BEGAN = datetime(2025, 6, 3, 1, tzinfo=UTC)
"""When the cases were opened: in a published year, and long before any day this runs on."""

TODAY = "2025-06-03"
BATCH = 50

GROUPS = (
    "village_committee",
    "resident_team",
    "supervision_committee",
    "villager_representatives",
)
FINDINGS = {
    "police": "consumer_car",
    "market_registration": "enterprise",
    "taxation": "tax_record",
    "finance": "financial_assets",
}
GUARANTEED = {"education": True, "medical": True, "housing": True, "water": True}
FACTS = {
    "income": {"wages": "5200.00", "persons": 1},
    "at_risk": True,
    "income_stable": False,
    "guarantees": GUARANTEED,
    "children_well_off": False,
}
BODIES: dict[str, dict[str, object]] = {
    "sign_consent": {"signed_on": TODAY, "signed": True, "fingerprint": True},
    "conclude_deliberation": {"held_on": TODAY, "participants": 12, "opinion": "for"},
    "conclude_review": {
        "held_on": TODAY,
        "attendance": [{"group": group, "present": 2} for group in GROUPS],
        "object_type": "marginal",
        "facts": FACTS,
    },
    "post_publicity": {"place": "村务公开栏"},
    "record_comparison": {
        "findings": [
            {"department": department, "field": field, "verdict": "agrees"}
            for department, field in FINDINGS.items()
        ]
    },
    "object": {"anonymous": True, "statement": "该户有收入未申报"},
    "reject_objection": {"objection": 1, "reason": "经核实不属实"},
    "conclude_publicity": {},
    "report": {},
    "approve": {"opinion": "同意"},
    "file": {"filing_number": "2025-001"},
    "announce": {"place": "区政府网站"},
    "register": {"system_number": "N-1", "basic_information_collected": True},
    "assign_helper": {
        "helper_kind": "contact",
        "helper_name": "己联系人",
        "helper_unit": "示例单位",
    },
    "withdraw": {"reason": "农户自愿撤回"},
}
BY_OTHERS = {
    "record_comparison": "county",
    "approve": "township",
    "file": "county",
    "announce": "county",
    "register": "township",
    "assign_helper": "township",
}
ROUTE = tuple(event for event in BODIES if event != "withdraw")
POSTED = 4
"""How many events of the route lead a case to its publicity."""

TO_THE_PUBLICITY = (*ROUTE[: POSTED + 3], "withdraw")
FROM_THE_PUBLICITY = ROUTE[POSTED:]


@dataclass(frozen=True, slots=True)
class Request:
    """One event to be raised over HTTP."""

    path: str
    headers: dict[str, str]
    body: bytes

    def wire(self) -> bytes:
        """Return the request as HTTP/1.1 writes it."""
        return wire("POST", self.path, self.headers, self.body)

    def actions(self) -> tuple[str, dict[str, str]]:
        """Return the path and the headers to ask with what can be done with the same case."""
        asking = {"Authorization": self.headers["Authorization"]}
        return self.path.replace("/events", "/actions"), asking


Walk = list[Request]
"""The events of one case, in order: whoever sends one waits for its answer before the next."""


def body_of(event: str, consent: UUID) -> dict[str, object]:
    """Return a body that an event is accepted with."""
    attached = {"attachments": [str(consent)]} if event == "sign_consent" else {}
    return {"event": event, **BODIES[event], **attached}


def said(event: str, consent: UUID) -> Event:
    """Return the same body, read."""
    return EVENTS[event].model_validate(body_of(event, consent))


class District:
    """The sample district in an empty database of the newest schema, with its cases."""

    def __init__(self, settings: Settings) -> None:
        self.office: Office = open_office(settings, SystemClock(), Rulebook())
        self._registry = Registry(self.office.rulebook, SetClock(BEGAN), calendars.Calendars())
        self._officials: dict[str, Actor] = {}
        self._headers: dict[str, dict[str, str]] = {}
        self._key = count(1)

    def plant(self, walks: int) -> list[Walk]:
        """Fill the database; return what is left to be done with each case."""
        self.office.database.transact_now(self._people)
        batches = [range(first, min(first + BATCH, walks)) for first in range(0, walks, BATCH)]
        return [walk for batch in batches for walk in self._cases(batch)]

    def _people(self, session: Session) -> None:
        calendars.seed(session, BEGAN)
        sample.plant(session, BEGAN)
        for person in session.exec(select(Person)):
            (self._officials[person.username],) = positions_held(session, person.id, BEGAN.date())
            token = issue_token(self.office, person.id)
            self._headers[person.username] = {"Authorization": f"Bearer {token}"}

    def _cases(self, numbers: Sequence[int]) -> list[Walk]:
        return self.office.database.transact_now(lambda s: [self._case(s, n) for n in numbers])

    def _case(self, session: Session, number: int) -> Walk:
        village, registry = self._officials["village"], self._registry
        household = Household(
            id=new_id(BEGAN),
            area_code=sample.VILLAGE,
            household_type="ordinary",
            head_name="张某",
            created_at=BEGAN,
            created_by=village.person_id,
        )
        session.add(household)
        consent = _consent(session, village.person_id)
        session.flush()
        moved = openings.open_case(
            session, household.id, Open(entry_point="paper"), actor=village, registry=registry
        )
        is_posted = number % 2 == 1
        for event in ROUTE[:POSTED] if is_posted else ():
            moved = cases.act(
                session,
                moved.case.id,
                said(event, consent),
                seen_version=moved.case.version,
                actor=village,
                registry=registry,
            )
        events = FROM_THE_PUBLICITY if is_posted else TO_THE_PUBLICITY
        return list(self._walk(moved.case.id, moved.case.version, events, consent))

    def _walk(
        self, case_id: UUID, version: int, events: Sequence[str], consent: UUID
    ) -> Iterator[Request]:
        for seen, event in enumerate(events, start=version):
            headers = {
                "Content-Type": "application/json",
                "If-Match": f'"{seen}"',
                "Idempotency-Key": f"bench-{next(self._key):09d}",
                **self._headers[BY_OTHERS.get(event, "village")],
            }
            body = json.dumps(body_of(event, consent), ensure_ascii=False).encode()
            yield Request(f"/v1/cases/{case_id}/events", headers, body)


def _consent(session: Session, person_id: UUID) -> UUID:
    paper = Attachment(
        id=new_id(BEGAN),
        area_code=sample.VILLAGE,
        kind="consent_form",
        filename="consent.pdf",
        media_type="application/pdf",
        size=1,
        sha256="0" * 64,
        uploaded_by=person_id,
        uploaded_at=BEGAN,
    )
    session.add(paper)
    return paper.id


def a_day() -> date:
    return date.fromisoformat(TODAY)
