"""Every event of every kind: what an official may raise on a case, and what opens one."""

from service.workflows import deliverable
from service.workflows.campaign import events as campaign
from service.workflows.inspection import events as inspection_form
from service.workflows.monitoring import events as monitoring
from service.workflows.remediation import events as remediation
from service.workflows.statement import Event
from service.workflows.supervision import events as supervision

Raised = (
    monitoring.Raised
    | campaign.Raised
    | inspection_form.Raised
    | remediation.Raised
    | deliverable.Raised
    | supervision.Raised
)
"""Everything that can be raised on a case; no two kinds share the name of an event."""

EVENTS: dict[str, type[Event]] = {
    **monitoring.EVENTS,
    **campaign.EVENTS,
    **inspection_form.EVENTS,
    **remediation.EVENTS,
    **deliverable.EVENTS,
    **supervision.EVENTS,
}
"""Event code -> its class, kind by kind, each in the order of its procedure."""
