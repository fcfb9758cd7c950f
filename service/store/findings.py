"""What inspection forms found, problem by problem, and what each became."""

from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, Index, SQLModel

from service.codes import Label
from service.store.columns import AREA_CODE, CODE, coded, table_of


class Became(StrEnum):
    """What a finding came to."""

    WAITING = "waiting"
    REMEDIATION = "remediation_item"
    CLUE = "clue"
    EPISODE = "episode"
    SUGGESTION = "suggestion"
    RECORD = "record"
    VOID = "void"


BECAME: dict[Became, Label] = {
    Became.WAITING: Label(zh="待审核", en="the form is not accepted yet"),
    Became.REMEDIATION: Label(zh="列入问题整改", en="an item to be put right"),
    Became.CLUE: Label(zh="登记监测线索", en="a clue in the monitoring procedure"),
    Became.EPISODE: Label(zh="并入在办监测", en="added to the open episode of the household"),
    Became.SUGGESTION: Label(
        zh="待登记线索（建议）", en="suggested: somebody who may takes it up as a clue"
    ),
    Became.RECORD: Label(zh="仅作记录", en="on record only: the document has nothing for it"),
    Became.VOID: Label(zh="作废", en="void"),
}


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
