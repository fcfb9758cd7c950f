"""What inspection forms found, problem by problem, and what each became."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Field, Index, SQLModel, col, select

from service.store.columns import AREA_CODE, CODE, coded, table_of
from service.workflows.inspection.became import Became


class Finding(SQLModel, table=True):
    """A problem that a form tells of: with which item, what it is, what it leads to and became.

    `value` is what the answer names of its list, `stated` the number that was answered, in words.
    `case_id` is the case that it became or was added to.
    """

    __table_args__ = (
        Index("ix_finding_campaign_id_area_code_item", "campaign_id", "area_code", "item"),
        Index("ix_finding_household_id_became", "household_id", "became"),
    )

    form_id: UUID = Field(primary_key=True, foreign_key="cases.id")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    campaign_id: UUID = Field(foreign_key="campaign.case_id")
    area_code: str = Field(sa_type=AREA_CODE, foreign_key="area.code")
    household_id: UUID | None = Field(default=None, foreign_key="household.id")
    checklist: str = Field(sa_type=CODE)
    item: str = Field(max_length=24)
    problem_type: str | None = Field(default=None, sa_type=CODE)
    leads_to: str = Field(sa_type=CODE)
    what: str | None = None
    value: str | None = None
    stated: str | None = None
    fixed_on_spot: bool = False
    found_by: str
    cite: str
    became: Became = Field(sa_type=coded(Became))
    case_id: UUID | None = Field(default=None, foreign_key="cases.id", index=True)


FINDINGS = table_of(Finding)
LEADING = "clue"
"""What a finding leads to that asks for a household to be recognised."""


def to_recognise(household_id: Any, campaign_id: UUID) -> ColumnElement[bool]:  # noqa: ANN401
    """Return the condition that a campaign found a household to be recognised (拟识别).

    One that was under monitoring or on its way there already is not.
    """
    found = select(Finding.household_id).where(
        Finding.campaign_id == campaign_id,
        Finding.leads_to == LEADING,
        col(Finding.became).in_((Became.CLUE, Became.SUGGESTION)),
    )
    return col(household_id).in_(found)
