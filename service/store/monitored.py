"""Monitored households as doubts are asked of them: what was said of each that can be compared.

Amounts are per head and in fen: SQLite has no decimals.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from service.store.columns import CODE, table_of


class Monitored(SQLModel, table=True):
    """One case of a monitored household; its dossier says the rest.

    `recognised_on` is the day on which its entry was complete. `income_fen` is what was found
    last, the other two what was known on recognition and found for the elimination. What the
    document's form did not ask is empty.
    """

    __tablename__ = "monitored"

    case_id: UUID = Field(primary_key=True, foreign_key="cases.id")
    described: bool = False
    persons: int | None = None
    able_to_work: int | None = None
    marked_for_support: bool | None = None
    on_allowance: bool | None = None
    income_fen: int | None = Field(default=None, sa_type=BigInteger)
    recognised_on: date | None = Field(default=None, index=True)
    recognised_income_fen: int | None = Field(default=None, sa_type=BigInteger)
    eliminated_on: date | None = None
    means: str | None = Field(default=None, sa_type=CODE)
    eliminated_income_fen: int | None = Field(default=None, sa_type=BigInteger)


class MonitoredRisk(SQLModel, table=True):
    """One risk that the newest review names, or the clue before there is one."""

    __tablename__ = "monitored_risk"

    case_id: UUID = Field(primary_key=True, foreign_key="cases.id")
    risk_type: str = Field(sa_type=CODE, primary_key=True)


class MonitoredMeasure(SQLModel, table=True):
    """One kind of measure in the plan as it stands."""

    __tablename__ = "monitored_measure"

    case_id: UUID = Field(primary_key=True, foreign_key="cases.id")
    kind: str = Field(sa_type=CODE, primary_key=True)


MONITORED, RISKS, MEASURES = (
    table_of(model) for model in (Monitored, MonitoredRisk, MonitoredMeasure)
)
