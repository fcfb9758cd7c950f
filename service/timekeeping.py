"""What officials do to a running clock: let it stand and go on, give it more time.

Who may, on which grounds and how often stands at the time limit; what its document does not
say is not possible. Each is a line of the case's chain. What was over is never brought back.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from service.blockers import Blocker
from service.cases import lock, standing
from service.clock_rows import events_of, happen, held_by_objection
from service.clocks import Turned
from service.codes import Label
from service.errors import NotFound, NotYourRole, RequirementsNotMet, StaleVersion
from service.moves import Locked, note
from service.registry import Registry
from service.store.areas import within
from service.store.cases import Case, CaseRow, Line
from service.store.deadlines import Deadline, DeadlineRow
from service.store.people import Actor
from service.workflows.acts import CaseLimit, Extension, Operation
from service.workflows.clock_events import OBJECTION, ClockEvent, Happening, asked
from service.workflows.matter import Acting
from service.workflows.monitoring.objections import objection_stands

CITE = "DX-60"
DECIDE_CITE = "DX-61"

SUSPEND, RESUME, EXTEND = "suspend_deadline", "resume_deadline", "extend_deadline"
ASK, REFUSE = "ask_extension", "refuse_extension"

OPERATIONS: dict[str, Label] = {
    SUSPEND: Label(zh="中止计时", en="suspend the clock"),
    RESUME: Label(zh="恢复计时", en="resume the clock"),
    ASK: Label(zh="申请延长期限", en="ask for more time"),
    EXTEND: Label(zh="延长期限", en="extend the period"),
    REFUSE: Label(zh="不同意延长期限", en="refuse more time"),
}
"""What can be done to a clock, by the event of its line."""

DONE = {SUSPEND: Label(zh="中止", en="suspended"), EXTEND: Label(zh="延长", en="extended")}


@dataclass(frozen=True, slots=True)
class Operated:
    """What an operation left behind."""

    case: CaseRow
    line: Line
    deadline: DeadlineRow
    changes: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody's hand at one running clock of a case that nobody else can move meanwhile."""

    session: Session
    locked: Locked
    clock: DeadlineRow
    limit: CaseLimit
    actor: Actor

    @property
    def now(self) -> datetime:
        return self.locked.moment.now

    @property
    def events(self) -> list[ClockEvent]:
        return events_of(self.clock)

    def times(self, what: Happening) -> int:
        """Return how often something was done by order, and not by an objection."""
        return sum(1 for one in self.events if one.what is what and one.reason != OBJECTION)

    def provided(self, rule: Operation | None, operation: str) -> Operation:
        """Return the document's rule of an operation. Refuses what it does not say."""
        if rule is None:
            code, (need, cite) = "operation_not_in_document", (self.limit.id, self.limit.cite)
            words = {**self.locked.procedure.words, operation: DONE[operation]}
            raise RequirementsNotMet([Blocker(code, (need,), (operation,), None, cite, words)])
        return rule

    def check_role(self, roles: tuple[str, ...], operation: str, cite: str) -> None:
        if self.actor.role not in roles:
            named = self.locked.procedure.policy.roles_named(roles)
            raise NotYourRole(OPERATIONS[operation], named, cite)

    def refuse_for(self, *found: Blocker | None) -> None:
        """Raise `RequirementsNotMet` where something stands in the way."""
        if blockers := [blocker for blocker in found if blocker]:
            raise RequirementsNotMet(self.locked.procedure.worded(blockers))

    def over(self) -> Blocker | None:
        """Return that the period is over: what is late is not mended by letting it stand."""
        if self.clock.suspended_at or self.now < self.clock.over_at:
            return None
        return Blocker("period_over", (self.limit.id,), (), self.clock.over_at, CITE)

    def unlisted(self, rule: Operation, reason: str) -> Blocker | None:
        known = [entry.code for entry in self.locked.procedure.rules.lists[rule.reasons]]
        if reason in known:
            return None
        return Blocker("not_listed", tuple(known), (reason,), None, rule.cite)

    def used_up(self, rule: Operation, what: Happening) -> Blocker | None:
        done = self.times(what)
        if rule.at_most is None or done < rule.at_most:
            return None
        return Blocker("used_up", (str(rule.at_most),), (str(done),), None, rule.cite)

    def do(self, operation: str, what: Happening, **facts: object) -> Operated:
        """Let it happen to the clock, and write the line."""
        by = Acting(self.actor.person_id, self.actor.person_name, self.actor.role)
        moment = replace(self.locked.moment, by=by)
        told = {name: value for name, value in facts.items() if name in {"reason", "cite"}}
        turned = Turned(touched=[self.clock])
        turned.changes.append(
            happen(
                self.clock, self.limit, what, moment, position_id=self.actor.position_id, **facts
            )
        )
        line = note(self.session, self.locked, operation, turned, told, self.actor)
        return Operated(self.locked.case, line, self.clock, turned.changes)


def suspend(hand: Hand, reason: str) -> Operated:
    """Let a clock stand. Raises `NotYourRole` or `RequirementsNotMet`."""
    rule = hand.provided(hand.limit.suspend, SUSPEND)
    hand.check_role(rule.by, SUSPEND, rule.cite)
    stands = Blocker("already_suspended", (hand.limit.id,), (), None, CITE)
    hand.refuse_for(
        stands if hand.clock.suspended_at else None,
        hand.over(),
        hand.used_up(rule, Happening.SUSPENDED),
        hand.unlisted(rule, reason),
    )
    return hand.do(SUSPEND, Happening.SUSPENDED, reason=reason, cite=rule.cite)


def resume(hand: Hand) -> Operated:
    """Let a clock go on that was suspended. Raises `NotYourRole` or `RequirementsNotMet`."""
    rule = hand.provided(hand.limit.suspend, SUSPEND)
    hand.check_role(rule.by, RESUME, rule.cite)
    if not hand.clock.suspended_at:
        hand.refuse_for(Blocker("not_suspended", (hand.limit.id,), (), None, CITE))
    if (hold := hand.limit.held_by_objection) and (
        held_by_objection(hand.clock)
        or objection_stands(hand.locked.matter(None), frozenset(), hold.upheld_until)
    ):
        hand.refuse_for(Blocker("held_by_objection", (hand.limit.id,), (), None, hold.cite))
    return hand.do(RESUME, Happening.RESUMED, cite=rule.cite)


def extend(hand: Hand, reason: str) -> Operated:
    """Give a clock more time; ask for it where another position has to grant it.

    Raises `NotYourRole` or `RequirementsNotMet`.
    """
    rule = hand.provided(hand.limit.extend, EXTEND)
    assert isinstance(rule, Extension)
    hand.check_role(rule.by, EXTEND, rule.cite)
    undecided = Blocker("extension_undecided", (hand.limit.id,), (), None, rule.cite)
    hand.refuse_for(
        hand.over(),
        undecided if rule.approve_by and asked(hand.events) else None,
        hand.used_up(rule, Happening.EXTENDED),
        hand.unlisted(rule, reason),
    )
    if rule.approve_by:
        return hand.do(ASK, Happening.EXTENSION_ASKED, reason=reason, cite=rule.cite)
    return hand.do(EXTEND, Happening.EXTENDED, reason=reason, **_more(hand, rule))


def decide(hand: Hand, *, granted: bool) -> Operated:
    """Grant or refuse the time that was asked for; it counts also where it ran out meanwhile.

    Raises `NotYourRole` or `RequirementsNotMet`.
    """
    rule = hand.provided(hand.limit.extend, EXTEND)
    assert isinstance(rule, Extension)
    request = asked(hand.events) if rule.approve_by else None
    if request is None:
        nothing = Blocker("no_extension_asked", (hand.limit.id,), (), None, rule.cite)
        raise RequirementsNotMet(hand.locked.procedure.worded([nothing]))
    hand.check_role(rule.approve_by, EXTEND if granted else REFUSE, rule.cite)
    mine = {hand.actor.person_id, hand.actor.position_id}
    if mine & {request.person_id, request.position_id}:
        raise RequirementsNotMet([Blocker("own_request", (), (), None, DECIDE_CITE)])
    if granted:
        return hand.do(EXTEND, Happening.EXTENDED, reason=request.reason, **_more(hand, rule))
    return hand.do(REFUSE, Happening.EXTENSION_REFUSED, cite=rule.cite)


def _more(hand: Hand, rule: Extension) -> dict[str, Any]:
    return {"amount": rule.amount, "unit": rule.unit or hand.limit.unit, "cite": rule.cite}


def take(
    session: Session, deadline_id: UUID, *, seen_version: int, actor: Actor, registry: Registry
) -> Hand:
    """Take one running clock in hand.

    Raises `NotFound`, `StaleVersion`, and `RequirementsNotMet` for one that runs no longer.
    """
    of_case = (
        select(Deadline.case_id)
        .join(Case, col(Case.id) == col(Deadline.case_id))
        .where(Deadline.id == deadline_id, within(Case.area_code, actor.area_code))
    )
    if (case_id := session.exec(of_case).first()) is None:
        raise NotFound
    locked = lock(session, case_id, actor.area_code, registry)
    if locked.case.version != seen_version:
        raise StaleVersion(**standing(locked))
    clock = next((one for one in locked.clocks.running if one.id == deadline_id), None)
    if clock is None:
        rule = session.exec(select(Deadline.rule).where(Deadline.id == deadline_id)).one()
        raise RequirementsNotMet(
            locked.procedure.worded([Blocker("clock_closed", (rule,), (), None, CITE)])
        )
    return Hand(session, locked, clock, locked.procedure.limit(clock.rule), actor)
