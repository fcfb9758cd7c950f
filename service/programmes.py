"""Standing duties open their campaigns by themselves, period by period, as the service's clock.

A sweep may run as often as one likes, in as many processes: each period of each duty is opened
once for each area. After an outage the periods that were missed are opened too, at most a year
back; a campaign that was opened after its period is overdue at once, and says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session

from service import cases, openings
from service.clock import office_date
from service.errors import Refusal
from service.openings import Place
from service.registry import Registry, in_force_in
from service.store.areas import Area, AreaLevel
from service.store.campaigns import CAMPAIGNS
from service.store.database import take_turns
from service.store.policies import take_in
from service.workflows.campaign.events import DraftCampaign, StartCampaign
from service.workflows.deadlines import months_after
from service.workflows.duties import Period, StandingDuty
from service.workflows.kinds import Kind
from service.workflows.machine import Procedure

MONTHS_BACK = 12
"""How far back missed periods are opened after an outage."""

LATE = "系统未按期立项，事后补立 / opened after its period by the service"

LEVELS = list(AreaLevel)
"""The highest first."""


@dataclass(frozen=True, slots=True)
class Due:
    """A period of a standing duty that has begun in an area, and has no campaign yet."""

    procedure: Procedure
    duty: StandingDuty
    period: Period
    area_code: str


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep has opened, and what a document refused: why, for the log and the operator."""

    opened: list[UUID] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def open_due(session: Session, registry: Registry) -> Swept:
    """Open the campaign of every period that has begun and has none; tell what came of it.

    One that its document refuses keeps no other from being opened.
    """
    take_turns(session, "programmes")
    take_in(session, registry.rulebook)
    swept = Swept()
    for due in list(_due(session, registry)):
        try:
            with session.begin_nested():
                swept.opened.append(_open(session, due, registry))
        except Refusal as refused:
            which = f"{due.duty.code} {due.period.name} in {due.area_code}"
            swept.refused.append(f"{which}: {refused.detail.en}")
    return swept


def _open(session: Session, due: Due, registry: Registry) -> UUID:
    """Draft a period's campaign and start it: the document itself has announced it."""
    duty, period = due.duty, due.period
    draft = DraftCampaign(
        title=f"{duty.zh}（{period.label.zh}）",
        programme=duty.code,
        period=period.name,
        has_list=duty.covers,
        first_day=period.first,
        last_day=duty.due_on(period),
        reason=LATE if period.last < office_date(registry.clock.now()) else None,
    )
    place = Place.of(session, due.area_code, None)
    case = openings.begin(session, due.procedure, place, draft, actor=None, registry=registry).case
    start = StartCampaign(event="start_campaign")
    cases.follow(session, case, start, actor=None, registry=registry)
    return case.id


def _due(session: Session, registry: Registry) -> Iterator[Due]:
    today = office_date(registry.clock.now())
    areas = {area.code: area for area in session.execute(select(Area)).scalars()}
    ruled = _ruled(areas)
    newest = _newest(session)
    for code, places in ruled.items():
        document = in_force_in(session, registry, code)
        if document is None or Kind.CAMPAIGN not in document.policy.kinds:
            continue
        procedure = registry.pinned(session, document.policy.ref, Kind.CAMPAIGN)
        for duty in document.policy.standing_duties:
            for place in _places(duty, areas[code], places):
                for period in _periods(duty, newest.get((place, duty.code)), today):
                    yield Due(procedure, duty, period, place)


def _ruled(areas: dict[str, Area]) -> dict[str, list[Area]]:
    """Return for each area that names a document those that it rules: no other is named nearer."""
    found: dict[str, list[Area]] = {}
    for area in sorted(areas.values(), key=lambda one: one.code):
        nearest: Area | None = area
        while nearest and not nearest.policy_id:
            nearest = areas.get(nearest.parent_code or "")
        if nearest:
            found.setdefault(nearest.code, []).append(area)
    return found


def _places(duty: StandingDuty, named: Area, ruled: list[Area]) -> list[str]:
    """Return where a duty is done: in areas of its level, or where a document is named below it."""
    if duty.level is None:
        return []
    level = AreaLevel(duty.level)
    if LEVELS.index(named.level) > LEVELS.index(level):
        return [named.code]
    return [area.code for area in ruled if area.level is level]


def _newest(session: Session) -> dict[tuple[str, str], date]:
    """Return for each area and programme the first day of the newest period that was opened."""
    of = (CAMPAIGNS.c.area_code, CAMPAIGNS.c.programme)
    rows = session.execute(
        select(*of, func.max(CAMPAIGNS.c.first_day))
        .where(CAMPAIGNS.c.programme.is_not(None))
        .group_by(*of)
    )
    return {(area_code, programme): day for area_code, programme, day in rows}


def _periods(duty: StandingDuty, newest: date | None, today: date) -> Iterator[Period]:
    """Yield the periods to open: the present one, and those missed since the newest of all.

    Of a duty that was never opened here nothing was missed: the service was not there.
    """
    since = max(newest, months_after(today, -MONTHS_BACK)) if newest else today
    for period in duty.periods(since, today):
        if newest is None or period.first > newest:
            yield period
