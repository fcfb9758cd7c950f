"""One deadline as it is kept: the row of a clock, always what its events fold to."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from service.audit.chain import instant
from service.store.columns import new_id
from service.store.deadlines import ClockStatus, DeadlineRow
from service.workflows.acts import CaseLimit
from service.workflows.calendar import Calendar
from service.workflows.clock_events import OBJECTION, ClockEvent, Happening, read_events
from service.workflows.clock_events import stands as suspension_of
from service.workflows.deadlines import LimitKind, Unit, days_late, due, fold
from service.workflows.ladder import Dates, first_reminder, steps
from service.workflows.matter import Acting

CLOSING = {ClockStatus.MET: Happening.MET, ClockStatus.LAPSED: Happening.LAPSED}


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happens, the calendar it is judged by, and who does it, if anybody."""

    now: datetime
    calendar: Calendar
    by: Acting | None = None


def start(
    case_id: UUID,
    policy: str,
    limit: CaseLimit,
    started_on: date,
    moment: Moment,
    started_at: datetime | None,
) -> DeadlineRow:
    """Return the clock of a limit that counts from a day; of hours, from the instant given."""
    date = due(limit, started_on, moment.calendar, started_at)
    since = {"since": instant(started_at)} if limit.unit is Unit.HOUR and started_at else {}
    begun = {"on": started_on, "due_on": date.due_on, **since}
    clock = DeadlineRow(
        case_id=case_id,
        id=new_id(moment.now),
        policy=policy,
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
        clock=[_event(Happening.STARTED, moment, begun)],
    )
    _set_ladder(clock, limit, moment.calendar)
    return clock


def happen(
    clock: DeadlineRow, limit: CaseLimit, what: Happening, moment: Moment, **facts: object
) -> dict[str, Any]:
    """Let something happen to a clock, and set it as its events come to then."""
    event = _event(what, moment, facts)
    folded = fold(limit, read_events([*clock.clock, event]), moment.calendar)
    date = folded.due
    clock.due_on, clock.over_at = date.due_on, date.over_at
    clock.provisional, clock.suspended_at = date.provisional, folded.suspended_at
    clock.calendar_edition = moment.calendar.edition
    _set_ladder(clock, limit, moment.calendar)
    clock.clock = [*clock.clock, {**event, "due_on": str(date.due_on)}]
    return changed(clock, what)


def close(
    clock: DeadlineRow, limit: CaseLimit, status: ClockStatus, moment: Moment
) -> dict[str, Any]:
    """Close a clock; one that stood goes on in that instant, so that it is not late for it."""
    what = CLOSING[status]
    if clock.suspended_at:
        happen(clock, limit, what, moment)
    else:
        clock.clock = [*clock.clock, _event(what, moment, {})]
    clock.status, clock.closed_at, clock.suspended_at = status, moment.now, None
    clock.next_step_at = None
    if status is ClockStatus.MET and clock.kind is LimitKind.DUE:
        clock.late_by = late_by(clock, moment)
    return changed(clock, status.value)


def late_by(clock: DeadlineRow, moment: Moment) -> int:
    """Return by how many days of its own unit a clock is late now; 0 while it stands."""
    if clock.suspended_at:
        return 0
    return days_late(clock.unit, clock.due_on, clock.over_at, moment.now, moment.calendar)


def dates_of(clock: DeadlineRow | Row[Any]) -> Dates:
    """Return what the ladder of a deadline is measured from."""
    begun_at = datetime.fromisoformat(clock.clock[0]["at"])
    return Dates(begun_at, clock.due_on, clock.over_at)


def _set_ladder(clock: DeadlineRow, limit: CaseLimit, calendar: Calendar) -> None:
    """Set when somebody is to be told: nobody is while it stands.

    The sweep passes over the steps that were taken already.
    """
    dates = dates_of(clock)
    clock.due_soon_at = first_reminder(limit, dates, calendar)
    first = next(iter(steps(limit, dates, calendar)), None)
    clock.next_step_at = first.at if first and not clock.suspended_at else None


def take_over(clock: DeadlineRow, new: DeadlineRow, limit: CaseLimit, moment: Moment) -> None:
    """Let a running clock go on as another version of its document has it.

    The days on which it stood and what it was granted stay; one that stands goes on where the
    new version knows no suspension.
    """
    for name in ("policy", "kind", "unit", "amount", "started_on"):
        setattr(clock, name, getattr(new, name))
    begun = {name: value for name, value in new.clock[0].items() if name in {"on", "since"}}
    happen(clock, limit, Happening.CARRIED_OVER, moment, **begun)
    let_go_on(clock, limit, moment)


def let_go_on(clock: DeadlineRow, limit: CaseLimit, moment: Moment) -> None:
    """Let a clock that stands go on where its document does not know that it could."""
    if clock.suspended_at and not limit.can_stand:
        happen(clock, limit, Happening.RESUMED, moment, cite=limit.cite)


def recompute(clock: DeadlineRow, limit: CaseLimit, moment: Moment) -> dict[str, Any] | None:
    """Set a clock by the calendar in force; None where neither date nor certainty changed."""
    date = fold(limit, read_events(clock.clock), moment.calendar).due
    if (date.due_on, date.provisional) == (clock.due_on, clock.provisional):
        return None
    return happen(clock, limit, Happening.RECOMPUTED, moment)


def held_by_objection(clock: DeadlineRow) -> bool:
    """Tell whether a clock stands because of an objection, and not by anybody's order."""
    suspension = suspension_of(read_events(clock.clock)) if clock.suspended_at else None
    return suspension is not None and suspension.reason == OBJECTION


def events_of(clock: DeadlineRow) -> list[ClockEvent]:
    return read_events(clock.clock)


def changed(clock: DeadlineRow, what: str) -> dict[str, Any]:
    return {
        "id": str(clock.id),
        "rule": clock.rule,
        "change": what,
        "due_on": clock.due_on.isoformat(),
        "provisional": clock.provisional,
    }


def _event(what: Happening, moment: Moment, facts: dict[str, Any]) -> dict[str, Any]:
    by = moment.by
    who = {"person_id": by.person_id, "role": by.role} if by else {}
    told = {name: value for name, value in {**who, **facts}.items() if value is not None}
    return {
        "what": what.value,
        "at": instant(moment.now),
        "calendar_edition": moment.calendar.edition,
        **{name: value if isinstance(value, int) else str(value) for name, value in told.items()},
    }
