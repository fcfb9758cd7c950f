"""The area tree: county, townships, villages. Codes are opaque; the installation imports them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import BindParameter, ColumnElement
from sqlmodel import Field, Session, SQLModel, col, select

from service.errors import NotFound
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


def each_within(
    column: Any,  # noqa: ANN401 - SQLModel types a column by its values
    area_code: str,
) -> ColumnElement[bool]:
    """Return the condition of `within`, asked row by row: for a list whose order has an index.

    SQLite would find the rows by their area instead, and sort them all.
    """
    reach = select(AreaReach.area_code).where(
        AreaReach.ancestor_code == area_code, AreaReach.area_code == col(column)
    )
    return reach.exists()


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


def area_within(session: Session, code: str, within_code: str) -> Area:
    """Return an area that is, or lies in, another. Raises `NotFound`."""
    area = session.exec(
        select(Area).where(Area.code == code, within(Area.code, within_code))
    ).first()
    if area is None:
        raise NotFound
    return area


def lineage(session: Session, area_code: str) -> list[Area]:
    """Return an area and all that it lies in, the nearest first. One statement."""
    above = session.exec(
        select(Area)
        .join(AreaReach, col(AreaReach.ancestor_code) == col(Area.code))
        .where(AreaReach.area_code == area_code)
    )
    by_code: dict[str | None, Area] = {area.code: area for area in above}
    found: list[Area] = []
    while area := by_code.get(found[-1].parent_code if found else area_code):
        found.append(area)
    return found


def areas_around(session: Session, area_codes: Collection[str]) -> dict[str, dict[AreaLevel, str]]:
    """Return for each of some areas the code of the area on every level that it lies in."""
    rows = session.execute(
        select(AreaReach.area_code, Area.level, Area.code)
        .join(Area, col(Area.code) == col(AreaReach.ancestor_code))
        .where(col(AreaReach.area_code).in_(area_codes))
    )
    found: dict[str, dict[AreaLevel, str]] = {}
    for area_code, level, code in rows:
        found.setdefault(area_code, {})[level] = code
    return found


def document_named(areas: Sequence[Area]) -> str | None:
    """Return the id of the document that the nearest of some areas names."""
    return next((area.policy_id for area in areas if area.policy_id), None)
