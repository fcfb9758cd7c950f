"""Every event of every kind: what an official may raise on a case, and what opens one."""

from service.workflows.monitoring.events import EVENTS as MONITORING
from service.workflows.monitoring.events import Raised as RaisedOnMonitoringObject
from service.workflows.statement import Event

Raised = RaisedOnMonitoringObject
"""Everything that can be raised on a case; no two kinds share the name of an event."""

EVENTS: dict[str, type[Event]] = {**MONITORING}
"""Event code -> its class, kind by kind, each in the order of its procedure."""
