"""Deadlines counted: by area, rule, holder or kind as they stand, and month by month."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, extract, func, select
from sqlmodel import Session, col

from service.overview.asked import Asked, AskedState, Now, conditions, in_state
from service.store.areas import Area, AreaLevel, AreaReach, within
from service.store.cases import Case
from service.store.deadlines import IS_RUNNING, Deadline
from service.workflows.deadlines import LimitKind

OPEN_STATES = (
    AskedState.OVERDUE,
    AskedState.DUE_SOON,
    AskedState.RUNNING,
    AskedState.SUSPENDED,
)
CLOSED_STATES = (AskedState.MET, AskedState.LATE, AskedState.OVERDUE)
"""Of what fell due: done in time, done late, still not done."""


class GroupedBy(StrEnum):
    """What totals are told for: each area of a level, each rule, holder or kind."""

    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"
    RULE = "rule"
    HOLDER = "holder"
    KIND = "kind"

    @property
    def level(self) -> AreaLevel | None:
        return AreaLevel(self.value) if self.value in set(AreaLevel) else None


COLUMNS: dict[GroupedBy, Any] = {
    GroupedBy.RULE: Deadline.rule,
    GroupedBy.HOLDER: Case.holder,
    GroupedBy.KIND: Deadline.case_kind,
}
NAMED_BY_DOCUMENTS = {GroupedBy.RULE, GroupedBy.HOLDER}


@dataclass(slots=True)
class Totals:
    """The counts of each group by what is counted; `None` is what lies in none of them.

    `names` has the areas of the level, those with nothing in them too. `policies` has for each
    rule or holder a version of a document that knows what it is called.
    """

    groups: dict[str | None, Counter[Any]]
    names: dict[str, str] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)

    @property
    def all(self) -> Counter[Any]:
        return sum(self.groups.values(), Counter())


def open_totals(session: Session, asked: Asked, by: GroupedBy, now: Now) -> Totals:
    """Count what is open, by state; what is at risk runs, and is counted there as well."""
    totals = _Counting(session, asked, by)
    counted = [func.count().filter(in_state(state, asked, now)) for state in OPEN_STATES]
    for key, *counts in totals.ask(counted, (), IS_RUNNING, *conditions(asked, now)):
        totals.add(key, dict(zip(OPEN_STATES, counts, strict=True)))
    return totals.totals


def yearly_totals(session: Session, asked: Asked, by: GroupedBy, year: int, now: Now) -> Totals:
    """Count by (month, state) what fell due in a year: each by the month of its last day."""
    asked = asked.also(limit_kind=LimitKind.DUE)
    totals = _Counting(session, asked, by)
    month = extract("month", col(Deadline.due_on))
    counted = [func.count().filter(in_state(state, asked, now)) for state in CLOSED_STATES]
    of_year = (
        col(Deadline.due_on) >= date(year, 1, 1),
        col(Deadline.due_on) < date(year + 1, 1, 1),
        *conditions(asked, now),
    )
    for key, in_month, *counts in totals.ask(counted, (month,), *of_year):
        named = zip(CLOSED_STATES, counts, strict=True)
        totals.add(key, {(int(in_month), state): n for state, n in named})
    return totals.totals


class _Counting:
    """Counts by what is asked for: areas are counted one by one, and then each in its own above."""

    def __init__(self, session: Session, asked: Asked, by: GroupedBy) -> None:
        self._session, self._asked, self._by = session, asked, by
        names, self._above = (
            areas_at(session, by.level, asked.within, asked.area) if by.level else ({}, {})
        )
        self.totals = Totals({code: Counter() for code in names}, names)

    def ask(
        self, counted: Sequence[Any], beside: Sequence[Any], *where: ColumnElement[bool]
    ) -> Iterator[Sequence[Any]]:
        """Yield the key, what is grouped by beside it, and the counts."""
        key = col(COLUMNS.get(self._by, Deadline.area_code))
        documents = () if self._by not in NAMED_BY_DOCUMENTS else (func.min(Deadline.policy),)
        query = select(key, *beside, *counted, *documents).select_from(Deadline)
        if self._by is GroupedBy.HOLDER or self._asked.holder:
            query = query.join(Case, col(Case.id) == col(Deadline.case_id))
        for row in self._session.execute(query.where(*where).group_by(key, *beside)):
            if documents and row[0]:
                self.totals.policies[row[0]] = row[-1]
            yield row[: len(row) - len(documents)]

    def add(self, key: str | None, counts: Mapping[Any, int]) -> None:
        group = self._above.get(key or "") if self._by.level else key
        self.totals.groups.setdefault(group, Counter()).update(counts)


def areas_at(
    session: Session, level: AreaLevel, within_code: str, area_code: str | None = None
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the names of the areas of a level, and the one that each area lies in."""
    of_level: list[ColumnElement[bool]] = [
        col(Area.level) == level,
        within(Area.code, within_code),
        within(Area.code, area_code or within_code),
    ]
    names = session.execute(
        select(col(Area.code), col(Area.name)).where(*of_level).order_by(col(Area.code))
    )
    reach = session.execute(
        select(col(AreaReach.area_code), col(AreaReach.ancestor_code))
        .join(Area, col(Area.code) == col(AreaReach.ancestor_code))
        .where(*of_level)
    )
    return dict(iter(names)), dict(iter(reach))
