"""The deadlines of one case: which bind an event, and what an event does to them.

All of it happens in the transaction of the move. Suspension and extension will be clock
events like the others here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from service.audit.chain import instant
from service.clock import office_date
from service.errors import Blocker
from service.store.columns import new_id
from service.store.deadlines import ClockStatus, Deadline
from service.workflows.calendar import Calendar
from service.workflows.deadlines import LimitKind, TimeLimit, binds, due, lateness

LATE_CITE = "DX-04"


@dataclass(frozen=True, slots=True)
class Late:
    """An act after its due date: which limit, and by how many days of the limit's own unit."""

    rule: str
    days: int
    unit: str


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happens, and the calendar it is judged by."""

    now: datetime
    calendar: Calendar


def running(session: Session, case_id: UUID) -> Sequence[Deadline]:
    """Return the clocks that run for a case. The case's row is locked already."""
    return session.exec(
        select(Deadline)
        .where(Deadline.case_id == case_id, Deadline.status == ClockStatus.RUNNING)
        .order_by(col(Deadline.id))
    ).all()


def holds(
    limits: Sequence[TimeLimit], clocks: Sequence[Deadline], event: str, moment: Moment
) -> list[Blocker]:
    """Return what holds an event back: a minimum that is not over, or whose end is uncertain."""
    found = []
    for limit, clock in _bound(limits, clocks, event, LimitKind.NOT_BEFORE):
        if clock.provisional:
            found.append(Blocker("date_provisional", limit.zh, None, clock.over_at, limit.cite))
        elif moment.now < clock.over_at:
            found.append(
                Blocker("too_early", limit.zh, None, office_date(clock.over_at), limit.cite)
            )
    return found


def late(
    limits: Sequence[TimeLimit], clocks: Sequence[Deadline], event: str, moment: Moment
) -> list[Late]:
    """Return the due dates that an event would meet too late."""
    today = office_date(moment.now)
    return [
        Late(limit.id, lateness(limit.unit, clock.due_on, today, moment.calendar), limit.unit)
        for limit, clock in _bound(limits, clocks, event, LimitKind.DUE)
        if moment.now >= clock.over_at
    ]


def _bound(
    limits: Sequence[TimeLimit], clocks: Sequence[Deadline], event: str, kind: LimitKind
) -> list[tuple[TimeLimit, Deadline]]:
    return [
        (limit, clock)
        for clock in clocks
        for limit in limits
        if clock.rule == limit.id and limit.kind is kind and event in limit.ends
    ]


def turn(
    session: Session,
    case_id: UUID,
    limits: Sequence[TimeLimit],
    clocks: Sequence[Deadline],
    event: str,
    moment: Moment,
    *,
    ends_all: bool,
) -> list[dict[str, Any]]:
    """Stop and start the clocks that an event stops and starts.

    Returns what changed, as the transition's line says it. A case that ends takes every
    clock with it; a limit that starts anew lets its older clock lapse.
    """
    changes = []
    for limit in limits:
        mine = [clock for clock in clocks if clock.rule == limit.id]
        starts = event in limit.starts and binds(limit, office_date(moment.now))
        for clock in mine:
            if event in limit.ends:
                changes.append(_close(clock, ClockStatus.MET, moment))
            elif ends_all or event in limit.lapses or starts:
                changes.append(_close(clock, ClockStatus.LAPSED, moment))
        if starts and not ends_all:
            clock = _start(case_id, limit, moment)
            session.add(clock)
            changes.append(_change(clock, "started"))
    return changes


def _start(case_id: UUID, limit: TimeLimit, moment: Moment) -> Deadline:
    started_on = office_date(moment.now)
    date = due(limit, started_on, moment.calendar)
    return Deadline(
        case_id=case_id,
        id=new_id(moment.now),
        rule=limit.id,
        kind=limit.kind,
        unit=limit.unit,
        amount=limit.amount,
        started_on=started_on,
        due_on=date.due_on,
        over_at=date.over_at,
        provisional=date.provisional,
        calendar_edition=moment.calendar.edition,
        status=ClockStatus.RUNNING,
        clock=[_happened("started", moment, due_on=date.due_on)],
    )


def _close(clock: Deadline, status: ClockStatus, moment: Moment) -> dict[str, Any]:
    clock.status = status
    clock.closed_at = moment.now
    clock.clock = [*clock.clock, _happened(status.value, moment)]
    return _change(clock, status.value)


def recompute(clock: Deadline, limit: TimeLimit, moment: Moment) -> dict[str, Any] | None:
    """Set a clock by the calendar in force; None where neither date nor certainty changed."""
    date = due(limit, clock.started_on, moment.calendar)
    if (date.due_on, date.provisional) == (clock.due_on, clock.provisional):
        return None
    clock.due_on, clock.over_at = date.due_on, date.over_at
    clock.provisional = date.provisional
    clock.calendar_edition = moment.calendar.edition
    clock.clock = [*clock.clock, _happened("recomputed", moment, due_on=date.due_on)]
    return _change(clock, "recomputed")


def _happened(what: str, moment: Moment, **facts: object) -> dict[str, Any]:
    return {
        "what": what,
        "at": instant(moment.now),
        "calendar_edition": moment.calendar.edition,
        **{name: str(value) for name, value in facts.items()},
    }


def _change(clock: Deadline, what: str) -> dict[str, Any]:
    return {
        "id": str(clock.id),
        "rule": clock.rule,
        "change": what,
        "due_on": clock.due_on.isoformat(),
        "provisional": clock.provisional,
    }
