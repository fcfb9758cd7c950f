"""Inspection forms: what lists are asked of. Each form's case says the rest."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, update
from sqlmodel import Field, Index, Session, SQLModel, col, select

from service.store.campaigns import ROSTER
from service.store.cases import Case
from service.store.columns import AREA_CODE, CODE, table_of
from service.store.database import wire
from service.workflows.answers import Answer
from service.workflows.campaign.roster import Standing
from service.workflows.inspection.events import RETURNED, SUBMITTED, VOIDED, FormDossier


class InspectionForm(SQLModel, table=True):
    """A form of a household, or (without one) of a unit: a village, town or department.

    `slot` is what there may be one form of in a campaign, None once it is void. `problems`
    counts what the answers tell of; `filled_by` is the person who is signed in and signs,
    `reviewed_by` the role that accepts it, if the document has one.
    """

    __tablename__ = "inspection_form"
    __table_args__ = (
        Index("ix_inspection_form_campaign_id_area_code", "campaign_id", "area_code"),
    )

    case_id: UUID = Field(primary_key=True, foreign_key="cases.id")
    campaign_id: UUID = Field(foreign_key="campaign.case_id")
    checklist: str = Field(sa_type=CODE)
    area_code: str = Field(sa_type=AREA_CODE, foreign_key="area.code")
    household_id: UUID | None = Field(default=None, foreign_key="household.id", index=True)
    department: str | None = None
    visited_on: date
    filled_by: UUID = Field(foreign_key="person.id", index=True)
    filled_as: str = Field(sa_type=CODE)
    reviewed_by: str | None = Field(default=None, sa_type=CODE)
    problems: int = 0
    slot: str | None = Field(default=None, unique=True)


FORMS = table_of(InspectionForm)


def slot_of(campaign_id: UUID, checklist: str, household_id: UUID | None, *unit: str | None) -> str:
    """Return what there may be one form of: a household's, or a unit's of that department."""
    of = (household_id,) if household_id else unit
    return "/".join(str(part or "") for part in (campaign_id, checklist, *of))


def is_taken(session: Session, slot: str) -> bool:
    """Tell whether there is a form in a slot that is not void."""
    found = select(InspectionForm.case_id).where(InspectionForm.slot == slot)
    return session.exec(found).first() is not None


def last_answers(session: Session, household_id: UUID, checklist: str) -> tuple[Answer, ...]:
    """Return what was answered last time to a checklist, for a household."""
    dossier = session.exec(
        select(Case.dossier)
        .join(InspectionForm, col(InspectionForm.case_id) == col(Case.id))
        .where(
            InspectionForm.household_id == household_id,
            InspectionForm.checklist == checklist,
            Case.state != VOIDED,
        )
        .order_by(col(Case.id).desc())
    ).first()
    return FormDossier.model_validate({"entries": dossier}).answers if dossier else ()


def waits_for(role: str) -> ColumnElement[bool]:
    """Return the condition of the forms that wait for a role: of who reviews, or who filled it."""
    to_review = and_(col(Case.state) == SUBMITTED, col(InspectionForm.reviewed_by) == role)
    to_correct = and_(col(Case.state) == RETURNED, col(InspectionForm.filled_as) == role)
    mine = select(col(InspectionForm.case_id)).where(
        col(InspectionForm.case_id) == col(Case.id), or_(to_review, to_correct)
    )
    return mine.exists()


def move_row(session: Session, form_id: UUID, standing: Standing) -> None:
    """Let the row of the list that a form stands for follow it; a void form frees its row."""
    row = update(ROSTER).where(ROSTER.c.form_id == form_id)
    freed = {"form_id": None} if standing is Standing.EXPECTED else {}
    wire(session).execute(row.values(standing=standing, **freed))
