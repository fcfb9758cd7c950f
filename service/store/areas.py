"""The area tree: county, townships, villages. Codes are opaque; the installation imports them."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import BindParameter, ColumnElement
from sqlmodel import Field, Session, SQLModel, col, select

from service.store.columns import AREA_CODE, CODE, coded


class AreaLevel(StrEnum):
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"


class Area(SQLModel, table=True):
    """A place with an office. `policy_id` names the document in force here and below."""

    code: str = Field(sa_type=AREA_CODE, primary_key=True)
    name: str
    level: AreaLevel = Field(sa_type=coded(AreaLevel))
    parent_code: str | None = Field(
        default=None, sa_type=AREA_CODE, foreign_key="area.code", index=True
    )
    policy_id: str | None = Field(default=None, sa_type=CODE)
    valid_from: date | None = None
    valid_to: date | None = None


class AreaReach(SQLModel, table=True):
    """Every pair of an area and one that lies in it, itself included: what scope is made of."""

    __tablename__ = "area_reach"

    ancestor_code: str = Field(sa_type=AREA_CODE, primary_key=True, foreign_key="area.code")
    area_code: str = Field(sa_type=AREA_CODE, primary_key=True, foreign_key="area.code", index=True)


def within(
    column: Any,  # noqa: ANN401 - SQLModel types a column by its values
    area_code: str | BindParameter[str],
) -> ColumnElement[bool]:
    """Return the condition that a row's area is the given one or lies in it.

    Every list, count, history, attachment and lock goes through this one condition.
    """
    reach = select(AreaReach.area_code).where(AreaReach.ancestor_code == area_code)
    return col(column).in_(reach)


def add_area(session: Session, area: Area) -> None:
    """Add an area below its parent, which must be there already."""
    session.add(area)
    session.flush()
    above: Iterable[str] = ()
    if area.parent_code:
        above = session.exec(
            select(AreaReach.ancestor_code).where(AreaReach.area_code == area.parent_code)
        )
    session.add_all(
        AreaReach(ancestor_code=code, area_code=area.code) for code in (*above, area.code)
    )
    session.flush()


def policy_in_force(session: Session, area_code: str) -> str | None:
    """Return the id of the document of the nearest area, from the given one upward."""
    code: str | None = area_code
    while code:
        area = session.get(Area, code)
        if area is None or area.policy_id:
            return area.policy_id if area else None
        code = area.parent_code
    return None
