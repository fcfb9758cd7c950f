"""The papers that units owe: one row for each, as its events change it."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import Session

from service.clock import office_date
from service.store.cases import CaseRow, Line
from service.store.database import wire
from service.store.deliverables import DELIVERABLES, Deliverable, PaperStanding
from service.workflows.deliverable import (
    ACCEPTED,
    RELEASED,
    SUBMITTED,
    DeliverableDossier,
    OweDeliverable,
    ReturnDeliverable,
)
from service.workflows.statement import Event

STANDS_AS = {
    "submit_deliverable": PaperStanding.SUBMITTED,
    "return_deliverable": PaperStanding.RETURNED,
    "accept_deliverable": PaperStanding.ACCEPTED,
    "release_deliverable": PaperStanding.RELEASED,
}
"""Event -> how a paper stands after it; drafting, signing and sealing are the unit's own."""

STANDS_IN = {
    SUBMITTED: PaperStanding.SUBMITTED,
    ACCEPTED: PaperStanding.ACCEPTED,
    RELEASED: PaperStanding.RELEASED,
}
"""State -> how a paper stands in it; in every other its unit has it, at first or again."""


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


def contradictions(session: Session, case: CaseRow, dossier: DeliverableDossier) -> Iterator[str]:
    """Yield where the row of a paper does not say what its dossier says."""
    row, owed = session.get(Deliverable, case.id), dossier.last(OweDeliverable)
    if row is None or owed is None:
        yield "it has no row among the papers"
        return
    submitted = dossier.last_named("submit_deliverable")
    said = _owed(case, owed) | {
        "due_on": _due_on(dossier, owed),
        "submitted_on": submitted.on if submitted else None,
        "standing": STANDS_IN.get(case.state, _with_its_unit(dossier)),
    }
    for column, value in said.items():
        if getattr(row, column) != value:
            yield f"its row among the papers has another {column}"


def _due_on(dossier: DeliverableDossier, owed: OweDeliverable) -> date | None:
    later = [body.due_on for _, body in dossier.all(ReturnDeliverable) if body.due_on]
    return later[-1] if later else owed.due_on


def _with_its_unit(dossier: DeliverableDossier) -> PaperStanding:
    returned = dossier.last(ReturnDeliverable) is not None
    return PaperStanding.RETURNED if returned else PaperStanding.OWED
