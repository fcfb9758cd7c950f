"""The papers that units owe: one row for each, as its events change it."""

from typing import Any

from sqlalchemy import insert, update
from sqlmodel import Session

from service.clock import office_date
from service.store.cases import CaseRow, Line
from service.store.database import wire
from service.store.deliverables import DELIVERABLES, PaperStanding
from service.workflows.deliverable import OweDeliverable, ReturnDeliverable
from service.workflows.statement import Event

STANDS_AS = {
    "submit_deliverable": PaperStanding.SUBMITTED,
    "return_deliverable": PaperStanding.RETURNED,
    "accept_deliverable": PaperStanding.ACCEPTED,
    "release_deliverable": PaperStanding.RELEASED,
}
"""Event -> how a paper stands after it; drafting, signing and sealing are the unit's own."""


def keep(session: Session, case: CaseRow, line: Line, _entry: dict[str, Any], body: Event) -> None:
    """Write the row of a paper that is owed, or what an event changes in it."""
    if isinstance(body, OweDeliverable):
        wire(session).execute(insert(DELIVERABLES), _owed(case, body))
        return
    changes: dict[str, Any] = {}
    if standing := STANDS_AS.get(body.event):
        changes["standing"] = standing
    if standing is PaperStanding.SUBMITTED:
        changes["submitted_on"] = office_date(line.received_at)
    if isinstance(body, ReturnDeliverable) and body.due_on:
        changes["due_on"] = body.due_on
    if changes:
        own = update(DELIVERABLES).where(DELIVERABLES.c.case_id == case.id)
        wire(session).execute(own.values(changes))


def _owed(case: CaseRow, body: OweDeliverable) -> dict[str, Any]:
    return {
        "case_id": case.id,
        "campaign_id": case.campaign_id,
        "paper": body.paper,
        "area_code": case.area_code,
        "department": body.department,
        "owed_by": body.by,
        "owed_to": body.to,
        "due_on": body.due_on,
        "standing": PaperStanding.OWED,
    }
