"""Every event of every kind: what an official may raise on a case, and what opens one."""

from service.workflows import campaign, deliverable, inspection_form, supervision
from service.workflows.monitoring import events as monitoring
from service.workflows.remediation import events as remediation
from service.workflows.statement import Event

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
