"""The papers that units owe in campaigns, as lists ask of them; each paper's case says the rest."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel import Field, Index, SQLModel, col

from service.store.cases import Case
from service.store.columns import AREA_CODE, CODE, coded, table_of
from service.workflows.deliverable import SUBMITTED


class PaperStanding(StrEnum):
    """How a paper stands with whoever receives it."""

    OWED = "owed"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    RELEASED = "released"


SETTLED = (PaperStanding.ACCEPTED, PaperStanding.RELEASED)
"""With these a unit owes nothing any more."""


class Deliverable(SQLModel, table=True):
    """One paper of one unit: the unit's area, or the campaign's with a `department` of it.

    `owed_by` and `owed_to` are roles. `submitted_on` is the day of the newest submission.
    """

    __table_args__ = (
        Index("ix_deliverable_campaign_id_due_on", "campaign_id", "due_on"),
        Index("ix_deliverable_area_code_case_id", "area_code", "case_id"),
    )

    case_id: UUID = Field(primary_key=True, foreign_key="cases.id")
    campaign_id: UUID = Field(foreign_key="campaign.case_id")
    paper: str = Field(sa_type=CODE)
    area_code: str = Field(sa_type=AREA_CODE, foreign_key="area.code")
    department: str | None = Field(default=None, sa_type=CODE)
    owed_by: str = Field(sa_type=CODE)
    owed_to: str = Field(sa_type=CODE)
    due_on: date | None = None
    submitted_on: date | None = None
    standing: PaperStanding = Field(sa_type=coded(PaperStanding))


DELIVERABLES = table_of(Deliverable)


def waits_for(role: str) -> ColumnElement[bool]:
    """Return the condition of the papers that wait for a role: of who owes, or of who receives."""
    is_submitted = col(Case.state) == SUBMITTED
    owing = and_(~is_submitted, col(Deliverable.owed_by) == role)
    receiving = and_(is_submitted, col(Deliverable.owed_to) == role)
    mine = select(col(Deliverable.case_id)).where(
        col(Deliverable.case_id) == col(Case.id), or_(owing, receiving)
    )
    return and_(col(Case.closed_at).is_(None), mine.exists())
