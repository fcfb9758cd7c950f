"""What has been said of a problem so far, and what of it stands in the ledger."""

from typing import Annotated, Any

from pydantic import Field

from service.workflows.dossier import Dossier, Entry
from service.workflows.remediation.events import (
    AssignRemediation,
    FixOnTheSpot,
    HandOver,
    Raised,
    RaiseLevel,
    RecordRemediation,
    Reopen,
    ReportProblem,
    ReturnRemediation,
    SubmitRemediation,
)
from service.workflows.statement import Event

RESPONSIBLE = ("responsible_person", "responsible_unit")
LISTS = ("measure", *RESPONSIBLE, "time_limit_on")
"""The columns of the lists that are drawn up after the problem was found."""


class RemediationEntry(Entry):
    body: Annotated[ReportProblem | Raised, Field(discriminator="event")]


class RemediationDossier(Dossier):
    entries: tuple[RemediationEntry, ...] = ()


def told(body: Event) -> dict[str, Any]:
    """Return which columns of the ledger an event fills, or empties, and with what.

    Whoever takes the problem on from another says anew who answers for it; when it has come
    back, every list is drawn up anew.
    """
    changes: dict[str, Any] = {}
    match body:
        case AssignRemediation():
            said = {name: getattr(body, name) for name in LISTS}
            changes = {name: value for name, value in said.items() if value is not None}
        case RecordRemediation():
            changes = {"progress": body.progress}
        case FixOnTheSpot() | SubmitRemediation():
            changes = {"result": body.effect}
        case ReturnRemediation():
            changes = {"result": None}
        case RaiseLevel():
            changes = {**dict.fromkeys(RESPONSIBLE), "department": None, "level": body.level}
        case HandOver():
            changes = {**dict.fromkeys(RESPONSIBLE), "department": body.department}
        case Reopen():
            changes = dict.fromkeys((*LISTS, "department", "progress", "result"))
        case _:
            pass
    return changes
