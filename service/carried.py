"""What becomes of a case's deadlines when it is moved to another version of its document.

A limit that both versions state alike goes on untouched. One that is new or says something
else runs as it would had the case been under it from the start; one that is gone lapses.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from service.clock_rows import changed, close, let_go_on, start, take_over
from service.clocks import Clocks, Turned, at_once
from service.moves import Locked
from service.store.cases import Transition
from service.store.deadlines import ClockStatus, DeadlineRow
from service.workflows.acts import CaseLimit
from service.workflows.deadlines import Unit, binds
from service.workflows.dossier import Entry
from service.workflows.machine import Procedure
from service.workflows.statement import as_day, stated

WORDING = {
    "zh", "en", "cite", "soft", "rungs", "at_due", "suspend", "extend", "held_by_objection",
}  # fmt: skip
"""What a version may say otherwise of a limit without changing any date."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one deadline: kept, recomputed, lapsed or started."""

    rule: str
    change: str
    due_on: date
    was_due_on: date | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class Carried:
    """The deadlines as they go on, and what that changes, for the line and for the report."""

    turned: Turned = field(default_factory=Turned)
    changes: list[Change] = field(default_factory=list)

    def starts(self, clock: DeadlineRow) -> None:
        self.turned.started.append(clock)
        self._note(clock, "started", None)

    def goes_on(self, clock: DeadlineRow, what: str, was_due_on: date) -> None:
        self.turned.touched.append(clock)
        self._note(clock, what, was_due_on)

    def _note(self, clock: DeadlineRow, what: str, was_due_on: date | None) -> None:
        self.turned.changes.append(changed(clock, what))
        self.changes.append(Change(clock.rule, what, clock.due_on, was_due_on, clock.provisional))


@dataclass(frozen=True, slots=True)
class Start:
    """From which day a limit counts for a case, and from which instant where it counts hours."""

    on: date
    at: datetime | None


def carry(session: Session, locked: Locked, old: Procedure, target: str) -> Carried:
    """Carry the deadlines of a case over; `locked` is the case under the new version."""
    carried, clocks = Carried(), locked.clocks
    running = {clock.rule: clock for clock in clocks.running}
    terms = {limit.id: _terms(limit) for limit in old.rules.time_limits}
    for limit in clocks.limits:
        clock = running.pop(limit.id, None)
        hopeless = locked.procedure.ahead(target).isdisjoint(limit.ends)
        if terms.get(limit.id) != _terms(limit):
            begun = None if hopeless else _begun(session, locked, limit, target)
            if clock and begun is None:
                _lapse(carried, clock, old, clocks)
            elif begun:
                _run_anew(carried, clocks, limit, clock, begun, locked.case.id)
        elif clock and not hopeless:
            _keep(carried, clocks, limit, clock)
        elif clock:
            _lapse(carried, clock, old, clocks)
    for clock in running.values():
        _lapse(carried, clock, old, clocks)
    return carried


def _terms(limit: CaseLimit) -> dict[str, object]:
    return limit.model_dump(exclude=WORDING)


def _keep(carried: Carried, clocks: Clocks, limit: CaseLimit, clock: DeadlineRow) -> None:
    """Let a clock go on untouched; one that stands goes on where that is not known any more."""
    was = clock.due_on
    clock.policy = clocks.policy
    let_go_on(clock, limit, clocks.moment)
    carried.goes_on(clock, "kept" if was == clock.due_on else "recomputed", was)


def _run_anew(
    carried: Carried,
    clocks: Clocks,
    limit: CaseLimit,
    clock: DeadlineRow | None,
    begun: Start,
    case_id: UUID,
) -> None:
    """Let a limit that is new, or says something else, run for the case."""
    new = start(case_id, clocks.policy, limit, begun.on, clocks.moment, begun.at)
    if clock is None:
        carried.starts(new)
        return
    was = clock.due_on, clock.over_at, clock.kind
    take_over(clock, new, limit, clocks.moment)
    alike = was == (clock.due_on, clock.over_at, clock.kind)
    carried.goes_on(clock, "kept" if alike else "recomputed", was[0])


def _lapse(carried: Carried, clock: DeadlineRow, old: Procedure, clocks: Clocks) -> None:
    close(clock, old.limit(clock.rule), ClockStatus.LAPSED, clocks.moment)
    carried.goes_on(clock, ClockStatus.LAPSED.value, clock.due_on)


def _begun(session: Session, locked: Locked, limit: CaseLimit, target: str) -> Start | None:
    """Return when the limit would have started to run, had the case been under it all along."""
    if not limit.concerns(locked.matter(None, state=target)):
        return None
    begun: Entry | None = None
    for entry in locked.dossier.entries:
        acts = {entry.body.event, entry.completes}
        if not acts.isdisjoint((*limit.ends, *limit.lapses)):
            begun = None
        if not acts.isdisjoint(limit.starts) and not at_once(limit, acts):
            begun = entry
    if begun is None:
        return None
    told = as_day(stated(begun.body, limit.from_day)) if limit.from_day else None
    if limit.is_told and (told := locked.dossier.day(limit.from_day or "")) is None:
        return None
    on = told or begun.on
    at = None if told else _instant(session, locked, begun, limit)
    return Start(on, at) if binds(limit, on) else None


def _instant(session: Session, locked: Locked, entry: Entry, limit: CaseLimit) -> datetime | None:
    if limit.unit is not Unit.HOUR:
        return None
    line = session.get(Transition, (locked.case.id, entry.seq))
    return line.received_at if line else None
