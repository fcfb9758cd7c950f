"""What a new calendar does to the deadlines that run: each date it moves, one line a case.

What would move is told beforehand by the same count. A list of an area moves only deadlines
within it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy
from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from service.clock_rows import Moment, recompute
from service.clocks import Clocks, Turned, running
from service.moves import RECOMPUTE, Locked, note
from service.registry import Registry
from service.store.areas import within
from service.store.calendars import Almanac
from service.store.cases import CASE_COLUMNS, CASES, CaseRow
from service.store.database import wire
from service.store.deadlines import IS_RUNNING, Deadline, DeadlineRow
from service.workflows.acts import CaseLimit
from service.workflows.dossier import Dossier
from service.workflows.matter import HouseholdFile


@dataclass(frozen=True, slots=True)
class Shift:
    """One deadline that a calendar moves, or makes certain or uncertain."""

    case_id: UUID
    deadline_id: UUID
    rule: str
    area_code: str
    was_due_on: date
    due_on: date
    was_provisional: bool
    provisional: bool


def outlook(
    session: Session, registry: Registry, almanac: Almanac, area_code: str | None = None
) -> list[Shift]:
    """Return what calendars would move, in the order of the cases. It changes nothing."""
    query = select(Deadline).where(IS_RUNNING).order_by(col(Deadline.case_id), col(Deadline.id))
    if area_code:
        query = query.where(within(Deadline.area_code, area_code))
    rows = session.exec(query.execution_options(yield_per=500))
    return [shift for row in rows if (shift := _shift(session, row, registry, almanac))]


def _shift(session: Session, row: Deadline, registry: Registry, almanac: Almanac) -> Shift | None:
    limit = registry.pinned(session, row.policy, row.case_kind).limit(row.rule)
    clock = DeadlineRow(**row.model_dump())
    session.expunge(row)
    moment = Moment(registry.clock.now(), almanac.of(row.area_code))
    if recompute(clock, limit, moment) is None:
        return None
    return Shift(
        case_id=row.case_id,
        deadline_id=row.id,
        rule=row.rule,
        area_code=row.area_code,
        was_due_on=row.due_on,
        due_on=clock.due_on,
        was_provisional=row.provisional,
        provisional=clock.provisional,
    )


def apply_calendar(
    session: Session, registry: Registry, area_code: str | None = None
) -> list[Shift]:
    """Set every running clock that the calendars in force move; one line for each case.

    Returns what was moved. Part of the transaction that brought the calendar.
    """
    almanac = registry.calendars.almanac(session)
    shifts = outlook(session, registry, almanac, area_code)
    for case_id in dict.fromkeys(shift.case_id for shift in shifts):
        _recompute(session, case_id, registry, almanac)
    return shifts


_ITSELF = (
    sqlalchemy.select(*CASE_COLUMNS)
    .where(CASES.c.id == bindparam("case_id"))
    .with_for_update(of=CASES)
)


def _recompute(session: Session, case_id: UUID, registry: Registry, almanac: Almanac) -> None:
    row = wire(session).execute(_ITSELF, {"case_id": case_id}).mappings().one()
    case = CaseRow(**row)
    moment = Moment(registry.clock.now(), almanac.of(case.area_code))
    procedure = registry.pinned(session, case.policy, case.kind)
    mine = Clocks(
        procedure.policy.ref, procedure.rules.time_limits, running(session, case_id), moment
    )
    turned = Turned()
    for clock, limit in _with_limits(mine):
        if change := recompute(clock, limit, moment):
            turned.touched.append(clock)
            turned.changes.append(change)
    if turned.touched:  # nobody moved the case on meanwhile
        locked = Locked(case, "[]", "", "", HouseholdFile(), procedure, Dossier(), mine)
        note(session, locked, RECOMPUTE, turned)


def _with_limits(clocks: Clocks) -> Iterator[tuple[DeadlineRow, CaseLimit]]:
    limits = {limit.id: limit for limit in clocks.limits}
    return ((clock, limits[clock.rule]) for clock in clocks.running)
