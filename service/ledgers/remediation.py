"""The ledger of problems: one line for each item, as its events fill it."""

from typing import Any

from sqlalchemy import update
from sqlmodel import Session

from service.store.cases import CaseRow, Line
from service.store.database import wire
from service.store.households import Household
from service.store.remediation import ITEMS, ItemStanding, RemediationItem
from service.workflows.remediation.dossier import told
from service.workflows.remediation.events import CLOSED, VOIDED, Level, ReportProblem
from service.workflows.statement import Event

COUNTS_AS = {CLOSED: ItemStanding.RECTIFIED, VOIDED: ItemStanding.VOID}
"""State -> how an item counts in it; in every other it is being put right."""


def keep(session: Session, case: CaseRow, _line: Line, _entry: dict[str, Any], body: Event) -> None:
    """Write the line of a problem that was found, or what an event changes in it."""
    if isinstance(body, ReportProblem):
        session.add(_found(session, case, body))
        session.flush()
        return
    changes = {
        **told(body),
        "area_code": case.area_code,
        "standing": COUNTS_AS.get(case.state, ItemStanding.IN_PROGRESS),
    }
    wire(session).execute(update(ITEMS).where(ITEMS.c.case_id == case.id).values(changes))


def _found(session: Session, case: CaseRow, body: ReportProblem) -> RemediationItem:
    household = session.get_one(Household, case.household_id) if case.household_id else None
    return RemediationItem(
        case_id=case.id,
        campaign_id=case.campaign_id,
        area_code=case.area_code,
        household_id=case.household_id,
        household_type=household.household_type if household else None,
        standing=ItemStanding.IN_PROGRESS,
        group_id=case.id,
        **body.model_dump(
            include={
                "scope",
                "problem_type",
                "risk_type",
                "content",
                "source",
                "found_on",
                "found_by",
                "item",
                "form_id",
            }
        ),
        level=body.level or Level.VILLAGE,
    )
