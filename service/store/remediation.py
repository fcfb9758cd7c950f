"""The ledger of problems: what lists and totals are asked of; each item's case says the rest."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, Index, SQLModel

from service.store.columns import AREA_CODE, CODE, coded, table_of
from service.workflows.remediation.events import Level, Scope


class ItemStanding(StrEnum):
    """What a problem counts as. Every problem that was found counts as one of the first two."""

    IN_PROGRESS = "in_progress"
    RECTIFIED = "rectified"
    VOID = "void"


class RemediationItem(SQLModel, table=True):
    """One line of the ledger: the problem, its four lists, what came of it, how it counts.

    `area_code` is where it lies now, `household_type` what the household was when it was found.
    `item` is the item of the checklist and `form_id` the form that it was found with. Similar
    problems have one `group_id`; a problem that is like no other has its own id there.
    """

    __tablename__ = "remediation_item"
    __table_args__ = (
        Index(  # all that a report goes by: it reads the index alone
            "ix_remediation_item_totals",
            "campaign_id",
            "area_code",
            "standing",
            "problem_type",
            "source",
            "risk_type",
        ),
        Index("ix_remediation_item_area_code_case_id", "area_code", "case_id"),
    )

    case_id: UUID = Field(primary_key=True, foreign_key="cases.id")
    campaign_id: UUID | None = Field(default=None, foreign_key="campaign.case_id")
    area_code: str = Field(sa_type=AREA_CODE, foreign_key="area.code")
    household_id: UUID | None = Field(default=None, foreign_key="household.id", index=True)
    scope: Scope = Field(sa_type=coded(Scope))
    level: Level = Field(sa_type=coded(Level))
    household_type: str | None = Field(default=None, sa_type=CODE)
    risk_type: str | None = Field(default=None, sa_type=CODE)
    problem_type: str = Field(sa_type=CODE)
    source: str = Field(sa_type=CODE)
    content: str
    measure: str | None = None
    responsible_person: str | None = None
    responsible_unit: str | None = None
    time_limit_on: date | None = None
    department: str | None = Field(default=None, sa_type=CODE)
    progress: str | None = None
    result: str | None = None
    found_on: date
    found_by: str
    item: str | None = None
    form_id: UUID | None = Field(default=None, index=True)
    standing: ItemStanding = Field(sa_type=coded(ItemStanding))
    group_id: UUID = Field(index=True)


ITEMS = table_of(RemediationItem)
