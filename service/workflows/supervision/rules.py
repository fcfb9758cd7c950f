"""What one document says of supervision: the ways of looking, who plans, records and concludes."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from service.blockers import Blocker
from service.workflows.acts import ActRule
from service.workflows.acts import EventRule as AnyEventRule
from service.workflows.fixed import Arrow, FixedRules
from service.workflows.kinds import Kind
from service.workflows.requirements import CommonRequirement
from service.workflows.statement import Event
from service.workflows.supervision.checks import LACKING, SupervisionMatter
from service.workflows.supervision.events import (
    CALLED_OFF,
    CONCLUDED,
    EVENTS,
    PLANNED,
    STATES,
    UNDER_WAY,
    PlanSupervision,
    SupervisionDossier,
)
from service.workflows.supervision.methods import Method

ARROWS: dict[str, Arrow] = {
    "record_check": Arrow((PLANNED, UNDER_WAY), UNDER_WAY),
    "excuse_unit": Arrow((PLANNED, UNDER_WAY)),
    "issue_circular": Arrow((UNDER_WAY, CONCLUDED)),
    "record_sanction": Arrow((UNDER_WAY, CONCLUDED)),
    "conclude_supervision": Arrow((UNDER_WAY,), CONCLUDED),
    "call_off": Arrow((PLANNED,), CALLED_OFF),
}


AnyRequirement = Annotated[CommonRequirement, Field(discriminator="requirement")]


class EventRule(AnyEventRule):
    requires: tuple[AnyRequirement, ...] = ()


class SupervisionRules(FixedRules):
    """What a document says of supervision: in which ways, who plans and records it."""

    kind = Kind.SUPERVISION
    catalogue = EVENTS
    opens = "plan_supervision"
    closed = frozenset({CONCLUDED, CALLED_OFF})
    dossier = SupervisionDossier
    states = STATES
    arrows = ARROWS

    events: tuple[EventRule, ...] = ()
    methods: tuple[Method, ...] = ()

    def method(self, code: str) -> Method | None:
        """Return the way of looking that a code names."""
        return next((one for one in self.methods if one.code == code), None)

    def also_missing(self, rule: ActRule, matter: SupervisionMatter) -> Iterable[Blocker]:
        """Hold an act against what the document says of this way of looking."""
        plan = _plan_of(matter)
        if not isinstance(rule, EventRule) or plan is None:
            return ()
        method, lacking = self.method(plan.method), LACKING.get(rule.event)
        if method is None:
            codes = tuple(one.code for one in self.methods)
            return (Blocker("not_listed", codes, (plan.method,), cite=rule.cite),)
        return lacking(method, matter) if lacking else ()


def _plan_of(matter: SupervisionMatter) -> PlanSupervision | None:
    body: Event | None = matter.body
    return body if isinstance(body, PlanSupervision) else matter.dossier.plan
