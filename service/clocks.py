"""The deadlines of one case: which bind an event, and what an event does to them.

All of it happens in the transaction of the move. What officials do to a clock beside the
moves is in `timekeeping`.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from service.blockers import Blocker
from service.clock import office_date
from service.clock_rows import Moment, changed, close, happen, held_by_objection, late_by, start
from service.store.cases import CaseRow
from service.store.database import wire
from service.store.deadlines import DEADLINES, IS_RUNNING, ClockStatus, DeadlineRow
from service.workflows.acts import CaseLimit
from service.workflows.clock_events import OBJECTION, Happening
from service.workflows.deadlines import LimitKind, TimeLimit, binds
from service.workflows.matter import Matter
from service.workflows.monitoring.objections import objection_stands
from service.workflows.statement import as_day, stated

LATE_CITE = "DX-04"
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Late:
    """An act after its due date: which limit, and by how many days of the limit's own unit.

    Soft: the document says "in principle", so that no reason is owed.
    """

    rule: str
    days: int
    unit: str
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Turned:
    """The clocks that a move touched, and what changed, as the transition's line says it."""

    started: list[DeadlineRow] = field(default_factory=list)
    touched: list[DeadlineRow] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks that run for a case, with the limits they come from, at one moment."""

    policy: str
    limits: Sequence[CaseLimit]
    running: Sequence[DeadlineRow]
    moment: Moment

    def holds(self, acts: frozenset[str]) -> list[Blocker]:
        """Return what holds an act back: a minimum that is not over, stands, or is uncertain.

        `acts`: the names by which the limits know it, its event's and its stage's.
        """
        return [
            _too_early(limit, clock)
            for limit, clock in self._bound(acts, LimitKind.NOT_BEFORE)
            if clock.provisional or clock.suspended_at or self.moment.now < clock.over_at
        ]

    def late(self, acts: frozenset[str], matter: Matter[Any]) -> list[Late]:
        """Return the due dates that an act would meet too late."""
        bound = [(limit, clock) for limit, clock in self._bound(acts, LimitKind.DUE)]
        bound += [
            (limit, self._start(NOBODY, limit, matter, self.moment))
            for limit in self.limits
            if limit.kind is LimitKind.DUE and at_once(limit, acts) and limit.concerns(matter)
        ]
        return [
            self._late(limit, clock)
            for limit, clock in bound
            if self.moment.now >= clock.over_at and not clock.suspended_at
        ]

    def earliest(self) -> date | None:
        """Return the day that counts: the first of all due dates that run, or None.

        One that stands has no day as long as it does.
        """
        due_days = [
            clock.due_on
            for clock in self.running
            if clock.kind is LimitKind.DUE and not clock.suspended_at
        ]
        return min(due_days, default=None)

    def _late(self, limit: TimeLimit, clock: DeadlineRow) -> Late:
        return Late(limit.id, late_by(clock, self.moment), limit.unit, limit.soft)

    def _bound(self, acts: frozenset[str], kind: LimitKind) -> list[tuple[TimeLimit, DeadlineRow]]:
        return [
            (limit, clock)
            for clock in self.running
            for limit in self.limits
            if clock.rule == limit.id and limit.kind is kind and not acts.isdisjoint(limit.ends)
        ]

    def _starts(self, limit: CaseLimit, acts: frozenset[str], matter: Matter[Any]) -> bool:
        if acts.isdisjoint(limit.starts) or (limit.is_told and told(limit, matter) is None):
            return False
        return binds(limit, office_date(self.moment.now)) and limit.concerns(matter)

    def turn(
        self, case_id: UUID, acts: frozenset[str], ahead: frozenset[str], matter: Matter[Any]
    ) -> Turned:
        """Stop and start the clocks that an act stops and starts; `write_clocks` keeps them.

        `ahead` are the acts that can still come: a clock that none of them could stop
        lapses, and a limit that starts anew lets its older clock lapse.
        """
        turned, moment = Turned(), replace(self.moment, by=matter.by)
        for limit in self.limits:
            hopeless = ahead.isdisjoint(limit.ends)
            starts = self._starts(limit, acts, matter)
            for clock in self.running:
                if clock.rule != limit.id:
                    continue
                if not acts.isdisjoint(limit.ends):
                    turned.changes.append(close(clock, limit, ClockStatus.MET, moment))
                elif hopeless or starts or not acts.isdisjoint(limit.lapses):
                    turned.changes.append(close(clock, limit, ClockStatus.LAPSED, moment))
            if starts and (not hopeless or at_once(limit, acts)):
                started = self._start(case_id, limit, matter, moment)
                turned.started.append(started)
                turned.changes.append(changed(started, "started"))
                if at_once(limit, acts):
                    turned.changes.append(close(started, limit, ClockStatus.MET, moment))
            self._hold(limit, acts, matter, turned, moment)
        changed_ids = {change["id"] for change in turned.changes}
        turned.touched.extend(clock for clock in self.running if str(clock.id) in changed_ids)
        return turned

    def _hold(
        self,
        limit: CaseLimit,
        acts: frozenset[str],
        matter: Matter[Any],
        turned: Turned,
        moment: Moment,
    ) -> None:
        """Let a clock stand while an objection does, where the document says so."""
        if (hold := limit.held_by_objection) is None:
            return
        held = objection_stands(matter, acts, hold.upheld_until)
        for clock in (*self.running, *turned.started):
            if clock.rule != limit.id or clock.status is not ClockStatus.RUNNING:
                continue
            if held and not clock.suspended_at:
                what, reason = Happening.SUSPENDED, OBJECTION
            elif not held and held_by_objection(clock):
                what, reason = Happening.RESUMED, None
            else:
                continue
            turned.changes.append(happen(clock, limit, what, moment, cite=hold.cite, reason=reason))

    def _start(
        self, case_id: UUID, limit: CaseLimit, matter: Matter[Any], moment: Moment
    ) -> DeadlineRow:
        day = told(limit, matter)
        started_on = day or office_date(moment.now)
        return start(case_id, self.policy, limit, started_on, moment, None if day else moment.now)


def told(limit: TimeLimit, matter: Matter[Any]) -> date | None:
    """Return the day that a limit counts from where an act says it, or None.

    A day that is itself the limit stands as it was said last, where the act has no field for it.
    """
    if limit.from_day is None:
        return None
    if limit.is_told and not hasattr(matter.body, limit.from_day):
        last: date | None = matter.dossier.day(limit.from_day)
        return last
    return as_day(stated(matter.body, limit.from_day))


def at_once(limit: TimeLimit, acts: AbstractSet[str]) -> bool:
    """Tell whether an act both starts and ends a limit: one counted from a day before it.

    A limit that recurs (every visit ends one and starts the next) has another start as well.
    """
    return not acts.isdisjoint(limit.starts) and set(limit.starts) <= set(limit.ends)


_RUNNING = (
    select(DEADLINES)
    .where(DEADLINES.c.case_id == bindparam("case_id"), IS_RUNNING)
    .order_by(DEADLINES.c.id)
)
_START = insert(DEADLINES)
_TOUCH = update(DEADLINES).where(
    DEADLINES.c.case_id == bindparam("of_case"), DEADLINES.c.id == bindparam("its_id")
)
_TOUCHED = frozenset(
    {
        "due_on",
        "over_at",
        "provisional",
        "suspended_at",
        "due_soon_at",
        "next_step_at",
        "late_by",
        "calendar_edition",
        "status",
        "closed_at",
        "clock",
    }
)
"""What happens to a clock after its start is in these columns."""

CARRIED = _TOUCHED | {"policy", "kind", "unit", "amount", "started_on"}
"""These, where it is carried over to another version of the document."""


def running(session: Session, case_id: UUID) -> Sequence[DeadlineRow]:
    """Return the deadlines that run for a case. The case's row is locked already."""
    rows = wire(session).execute(_RUNNING, {"case_id": case_id}).mappings()
    return [DeadlineRow(**row) for row in rows]


def write_clocks(
    session: Session, case: CaseRow, turned: Turned, columns: AbstractSet[str] = _TOUCHED
) -> None:
    """Write the clocks of a move: at most one statement for the new, one for the others."""
    connection = wire(session)
    if turned.started:
        of_case = {"area_code": case.area_code, "case_kind": case.kind}
        connection.execute(_START, [{**dict(clock), **of_case} for clock in turned.started])
    if turned.touched:
        connection.execute(
            _TOUCH,
            [
                {
                    "of_case": clock.case_id,
                    "its_id": clock.id,
                    **clock.model_dump(include=set(columns)),
                }
                for clock in turned.touched
            ],
        )


def _too_early(limit: TimeLimit, clock: DeadlineRow) -> Blocker:
    if clock.suspended_at:
        return Blocker("clock_suspended", (limit.id,), (), None, limit.cite)
    if clock.provisional:
        return Blocker("date_provisional", (limit.id,), (), clock.over_at, limit.cite)
    return Blocker("too_early", (limit.id,), (), office_date(clock.over_at), limit.cite)
