"""Visits to households: who was where on which day, so that a daily limit can be kept.

A form that is void is no visit.
"""

from datetime import date
from uuid import UUID

from sqlmodel import Field, Index, SQLModel

from service.store.columns import AREA_CODE, CODE


class Visit(SQLModel, table=True):
    """One official at one household on one day; the case's line says the rest."""

    __table_args__ = (Index("ix_visit_area_day", "area_code", "visited_on"),)

    case_id: UUID = Field(primary_key=True, foreign_key="cases.id")
    seq: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    household_id: UUID
    area_code: str = Field(sa_type=AREA_CODE)
    visited_on: date
    name: str
    role: str = Field(sa_type=CODE)
