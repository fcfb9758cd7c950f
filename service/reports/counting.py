"""How many problems there are: one GROUP BY over the ledger for each report.

A void problem counts nowhere; every other one is put right or is being put right, so that the
number found is their sum wherever it is asked.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from service.store.areas import Area, AreaReach, within
from service.store.database import wire
from service.store.findings import to_recognise
from service.store.households import Household, Member
from service.store.remediation import ITEMS, ItemStanding

FOUND, RECTIFIED, IN_PROGRESS = "found", "rectified", "in_progress"
HOUSEHOLDS, PERSONS = "to_recognise_households", "to_recognise_persons"

Counts = dict[str, int]
"""Column of a report -> number."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Of which area, with all below it, and of which campaign; none: of all and of no campaign."""

    area_code: str
    campaign_id: UUID | None = None

    def conditions(self) -> Iterable[ColumnElement[bool]]:
        yield ITEMS.c.standing != ItemStanding.VOID
        yield within(ITEMS.c.area_code, self.area_code)
        if self.campaign_id:
            yield ITEMS.c.campaign_id == self.campaign_id


def counted_by(session: Session, column: str, whose: Whose) -> dict[str | None, Counts]:
    """Return value of a column of the ledger -> how many problems have it, by how they stand."""
    of = ITEMS.c[column]
    query = (
        select(of, ITEMS.c.standing, func.count())
        .where(*whose.conditions())
        .group_by(of, ITEMS.c.standing)
    )
    return _sums(wire(session).execute(query))


def counted_by_unit(session: Session, whose: Whose) -> tuple[dict[str | None, Counts], list[Area]]:
    """Return the same for an area itself and for each below it with all that lies there; and these.

    Each problem counts once: in the area itself, or in the one below where it lies.
    """
    units = session.execute(
        select(Area).where(col(Area.parent_code) == whose.area_code).order_by(col(Area.code))
    )
    below = list(units.scalars())
    by_area = (
        select(ITEMS.c.area_code, ITEMS.c.standing, func.count().label("number"))
        .where(*whose.conditions())
        .group_by(ITEMS.c.area_code, ITEMS.c.standing)
        .subquery()
    )
    unit = func.coalesce(col(AreaReach.ancestor_code), whose.area_code)
    query = (
        select(unit, by_area.c.standing, func.sum(by_area.c.number))
        .join(
            AreaReach,
            (col(AreaReach.area_code) == by_area.c.area_code)
            & col(AreaReach.ancestor_code).in_([area.code for area in below]),
            isouter=True,
        )
        .group_by(unit, by_area.c.standing)
    )
    return _sums(wire(session).execute(query)), below


def counted_to_recognise(session: Session, whose: Whose) -> Counts:
    """Return how many households a campaign found to be recognised, and their registered persons.

    Without a campaign nothing is: it is what campaigns are asked.
    """
    if whose.campaign_id is None:
        return {}
    query = (
        select(func.count(func.distinct(col(Household.id))), func.count(col(Member.id)))
        .join(Member, col(Member.household_id) == col(Household.id), isouter=True)
        .where(
            to_recognise(Household.id, whose.campaign_id),
            within(Household.area_code, whose.area_code),
        )
    )
    households, persons = session.execute(query).one()
    return {HOUSEHOLDS: households, PERSONS: persons}


def _sums(rows: Iterable[Any]) -> dict[str | None, Counts]:
    found: dict[str | None, Counts] = defaultdict(nothing)
    for key, standing, number in rows:
        found[key][standing.value] += int(number)
    return {key: summed(counts) for key, counts in found.items()}


def nothing() -> Counts:
    return {FOUND: 0, RECTIFIED: 0, IN_PROGRESS: 0}


def summed(counts: Mapping[str, int]) -> Counts:
    """Return counts in which what was found is the sum of the two others."""
    rectified, in_progress = counts.get(RECTIFIED, 0), counts.get(IN_PROGRESS, 0)
    return {FOUND: rectified + in_progress, RECTIFIED: rectified, IN_PROGRESS: in_progress}


def together(rows: Iterable[Mapping[str, int]]) -> Counts:
    """Return the sum of several rows."""
    every = list(rows)
    return summed({name: sum(row[name] for row in every) for name in (RECTIFIED, IN_PROGRESS)})
