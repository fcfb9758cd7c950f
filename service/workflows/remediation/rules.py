"""What one document says of putting problems right; the states and moves are the service's."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from service.blockers import Blocker
from service.codes import Cite, Code
from service.workflows.acts import LIES_IN, ActRule, Move
from service.workflows.acts import EventRule as AnyEventRule
from service.workflows.fixed import Arrow, FixedRules
from service.workflows.kinds import Kind
from service.workflows.remediation.dossier import GROUP, Matter, RemediationDossier, beside
from service.workflows.remediation.events import (
    CLOSED,
    EVENTS,
    FOUND,
    IN_PROGRESS,
    STATES,
    SUBMITTED,
    VERIFIED,
    VOIDED,
    WITH_DEPARTMENT,
    LinkSimilar,
    RaiseLevel,
    Reopen,
    ReturnRemediation,
)
from service.workflows.remediation.places import misplaced
from service.workflows.remediation.requirements import RemediationRequirement
from service.workflows.requirements import CommonRequirement

AnyRequirement = Annotated[
    CommonRequirement | RemediationRequirement, Field(discriminator="requirement")
]

UNDER_WORK = (FOUND, WITH_DEPARTMENT, IN_PROGRESS)
OPEN = (*UNDER_WORK, SUBMITTED, VERIFIED)

ARROWS: dict[str, Arrow] = {
    "assign_remediation": Arrow(UNDER_WORK),
    "start_remediation": Arrow((FOUND,), IN_PROGRESS),
    "fix_on_the_spot": Arrow((FOUND,), SUBMITTED),
    "record_remediation": Arrow((IN_PROGRESS, WITH_DEPARTMENT)),
    "submit_remediation": Arrow((IN_PROGRESS, WITH_DEPARTMENT), SUBMITTED),
    "verify_remediation": Arrow((SUBMITTED,), VERIFIED),
    "strike_off": Arrow((VERIFIED,), CLOSED),
    "return_remediation": Arrow((SUBMITTED, VERIFIED), IN_PROGRESS, forks=(WITH_DEPARTMENT, FOUND)),
    "raise_level": Arrow(UNDER_WORK, FOUND),
    "hand_over": Arrow(UNDER_WORK, WITH_DEPARTMENT),
    "link_similar": Arrow((*OPEN, CLOSED)),
    "unlink_similar": Arrow((*OPEN, CLOSED)),
    "reopen": Arrow((CLOSED,), FOUND),
    "void_item": Arrow(OPEN, VOIDED),
}


class EventRule(AnyEventRule):
    requires: tuple[AnyRequirement, ...] = ()


class RemediationRules(FixedRules):
    """What a document says of putting problems right; `time_limit`: how it sets the time for it."""

    kind = Kind.REMEDIATION_ITEM
    catalogue = EVENTS
    opens = "report_problem"
    closed = frozenset({CLOSED, VOIDED})
    dossier = RemediationDossier
    returns = (ReturnRemediation, Reopen)
    states = STATES
    arrows = ARROWS

    events: tuple[EventRule, ...] = ()
    time_limit: Code | None = None
    cite: Cite | None = None

    def moves_by(self, rule: AnyEventRule) -> Iterator[Move]:
        """Yield an event's own moves; a document that hands nothing over returns nothing there."""
        hands_over = any(one.event == "hand_over" for one in self.events)
        for move in super().moves_by(rule):
            if hands_over or move.target != WITH_DEPARTMENT:
                yield move

    def next_state(self, state: str, matter: Matter) -> str:
        """Return where work goes on that was not done: with whom it was, or with new lists."""
        del state
        if matter.dossier.ledger.get("department"):
            return WITH_DEPARTMENT
        return FOUND if matter.dossier.still_to_state else IN_PROGRESS

    def also_missing(self, rule: ActRule, matter: Matter) -> Iterator[Blocker]:
        """Yield why a problem cannot lie there, go there, or be linked so."""
        return misplaced(rule, matter)

    def outcome(self, matter: Matter) -> dict[str, str]:
        """Return to which area a problem goes, and to which group of similar ones."""
        around = beside(matter)
        if isinstance(matter.body, RaiseLevel) and around.above:
            return {LIES_IN: around.above[0]}
        if isinstance(matter.body, LinkSimilar) and around.similar:
            return {GROUP: str(around.similar.group_id)}
        return {}
