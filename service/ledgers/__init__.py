"""What stands beside the cases for lists, totals and requirements to be asked of: one file a kind.

The dossier says it all; these rows say again what is searched, in the same transaction.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session

from service.ledgers import (
    campaign,
    deliverable,
    inspection_form,
    monitoring,
    remediation,
    supervision,
    visits,
)
from service.store import deliverables, inspection_forms
from service.store.cases import CaseRow, Line
from service.workflows.kinds import Kind
from service.workflows.statement import Event

Keep = Callable[[Session, CaseRow, Line, dict[str, Any], Event], None]
Look = Callable[[Session, CaseRow, Event | None], object]
Contradict = Callable[[Session, CaseRow, Any], Iterator[str]]
Waits = Callable[[str], ColumnElement[bool]]

KEEPERS: dict[Kind, Keep] = {
    Kind.MONITORING_OBJECT: monitoring.keep,
    Kind.CAMPAIGN: campaign.keep,
    Kind.INSPECTION_FORM: inspection_form.keep,
    Kind.REMEDIATION_ITEM: remediation.keep,
    Kind.DELIVERABLE: deliverable.keep,
    Kind.SUPERVISION: supervision.keep,
}
LOOKERS: dict[Kind, Look] = {
    Kind.CAMPAIGN: campaign.look,
    Kind.REMEDIATION_ITEM: remediation.look,
    Kind.SUPERVISION: supervision.look,
    Kind.INSPECTION_FORM: inspection_form.look,
    Kind.REMEDIATION_ITEM: remediation.look,
}
CONTRADICTIONS: dict[Kind, Contradict] = {
    Kind.MONITORING_OBJECT: visits.contradictions,
    Kind.CAMPAIGN: campaign.contradictions,
    Kind.INSPECTION_FORM: inspection_form.contradictions,
    Kind.REMEDIATION_ITEM: remediation.contradictions,
    Kind.DELIVERABLE: deliverable.contradictions,
    Kind.SUPERVISION: supervision.contradictions,
}
"""Kind -> where what is kept of a case does not say what its dossier says."""

WAITING: dict[Kind, Waits] = {
    Kind.INSPECTION_FORM: inspection_forms.waits_for,
    Kind.DELIVERABLE: deliverables.waits_for,
}
"""Kind -> the condition of its cases that wait for a role, where the state alone cannot tell."""


def keep(session: Session, case: CaseRow, line: Line, entry: dict[str, Any], body: Event) -> None:
    """Keep what one move says; `entry` is what the dossier keeps of it."""
    if keeper := KEEPERS.get(case.kind):
        keeper(session, case, line, entry, body)


def look(session: Session, case: CaseRow, body: Event | None) -> object:
    """Return what the requirements of a kind ask the database before a move; None for nothing.

    Without a body somebody only asks what could be done.
    """
    looker = LOOKERS.get(case.kind)
    return looker(session, case, body) if looker else None
