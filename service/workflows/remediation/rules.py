"""What one document says of putting problems right; the states and moves are the service's."""

from typing import Annotated

from pydantic import Field

from service.codes import Cite, Code
from service.workflows.acts import EventRule as AnyEventRule
from service.workflows.fixed import Arrow, FixedRules
from service.workflows.kinds import Kind
from service.workflows.remediation.dossier import RemediationDossier
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
    Reopen,
    ReturnRemediation,
)
from service.workflows.requirements import CommonRequirement

AnyRequirement = Annotated[CommonRequirement, Field(discriminator="requirement")]

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
    "return_remediation": Arrow((SUBMITTED, VERIFIED), IN_PROGRESS),
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
