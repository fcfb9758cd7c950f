"""What a new calendar does to the deadlines that run: each date it moves, one line a case."""

from uuid import UUID

import sqlalchemy
from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from service.clock_rows import Moment, recompute
from service.clocks import Clocks, Turned, running
from service.moves import RECOMPUTE, Locked, note
from service.registry import Registry
from service.store.cases import CASE_COLUMNS, CASES, CaseRow
from service.store.database import wire
from service.store.deadlines import ClockStatus, Deadline
from service.workflows.dossier import Dossier
from service.workflows.matter import HouseholdFile


def apply_calendar(session: Session, registry: Registry) -> int:
    """Set every running clock that a newer calendar moves; one line for each case it touches.

    Returns the number of cases. Part of the transaction that brought the calendar.
    """
    moment = Moment(registry.clock.now(), registry.calendars.current(session))
    case_ids = session.exec(
        select(Deadline.case_id)
        .where(
            Deadline.status == ClockStatus.RUNNING,
            Deadline.calendar_edition < moment.calendar.edition,
        )
        .distinct()
        .order_by(col(Deadline.case_id))
    ).all()
    return sum(_recompute(session, case_id, registry, moment) for case_id in case_ids)


_ITSELF = (
    sqlalchemy.select(*CASE_COLUMNS)
    .where(CASES.c.id == bindparam("case_id"))
    .with_for_update(of=CASES)
)


def _recompute(session: Session, case_id: UUID, registry: Registry, moment: Moment) -> bool:
    row = wire(session).execute(_ITSELF, {"case_id": case_id}).mappings().one()
    case = CaseRow(**row)
    procedure = registry.pinned(session, case.policy, case.kind)
    limits = {limit.id: limit for limit in procedure.rules.time_limits}
    mine = Clocks(
        procedure.policy.ref, procedure.rules.time_limits, running(session, case_id), moment
    )
    turned = Turned()
    for clock in mine.running:
        if change := recompute(clock, limits[clock.rule], moment):
            turned.touched.append(clock)
            turned.changes.append(change)
    if not turned.touched:
        return False
    locked = Locked(case, "[]", "", "", HouseholdFile(), procedure, Dossier(), mine)
    note(session, locked, RECOMPUTE, turned)
    return True
