"""Supervisions, the units they look at, and what was issued or decided after them."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, Index, SQLModel

from service.store.columns import AREA_CODE, CODE, coded, table_of

CIRCULAR = "circular"
"""What a row of `Sanction` is that tells of a circular; every other names the document's own."""


class UnitStanding(StrEnum):
    """Whether a unit of the plan was looked at."""

    PLANNED = "planned"
    CHECKED = "checked"
    EXCUSED = "excused"


class Supervision(SQLModel, table=True):
    """What lists ask of a supervision; its case says the rest. First and last day included."""

    case_id: UUID = Field(primary_key=True, foreign_key="cases.id")
    campaign_id: UUID | None = Field(default=None, foreign_key="campaign.case_id", index=True)
    area_code: str = Field(sa_type=AREA_CODE, foreign_key="area.code", index=True)
    method: str = Field(sa_type=CODE)
    by_unit: str
    first_day: date
    last_day: date


class SupervisionUnit(SQLModel, table=True):
    """One unit of the plan; of several checks the newest day, and the problems of all of them."""

    __tablename__ = "supervision_unit"

    supervision_id: UUID = Field(primary_key=True, foreign_key="supervision.case_id")
    area_code: str = Field(primary_key=True, sa_type=AREA_CODE, foreign_key="area.code")
    checked_by: str | None = Field(default=None, sa_type=AREA_CODE, foreign_key="area.code")
    standing: UnitStanding = Field(sa_type=coded(UnitStanding))
    checked_on: date | None = None
    problems: int = 0
    reason: str | None = None


class Sanction(SQLModel, table=True):
    """A circular that was issued or a sanction that was decided, as an official recorded it.

    `kind` is `circular`, or a code of the document's list of consequences.
    """

    __table_args__ = (Index("ix_sanction_area_code_decided_on", "area_code", "decided_on"),)

    supervision_id: UUID = Field(primary_key=True, foreign_key="supervision.case_id")
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(sa_type=CODE)
    number: str
    decided_on: date
    decided_by: str
    area_code: str = Field(sa_type=AREA_CODE, foreign_key="area.code")
    department: str | None = None
    person: str | None = Field(default=None, index=True)
    content: str


UNITS = table_of(SupervisionUnit)
