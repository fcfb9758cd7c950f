"""What is asked of the deadlines of an area: one set of conditions for list, count and total.

Whoever counts, lists, groups or exports goes through `conditions`, so that they agree.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, or_, select
from sqlmodel import Session, col

from service.clock import office_date
from service.store.areas import AreaReach, within
from service.store.calendars import Almanac
from service.store.cases import Case
from service.store.database import plan_for_the_values
from service.store.deadlines import Deadline, DeadlineState, due_soon_at, stands_at, state_at
from service.workflows.calendar import Calendar
from service.workflows.deadlines import LimitKind, Unit, days_late, late_since
from service.workflows.kinds import Kind

SOON_DAYS = 3
"""How many days before the last one a case is at risk where its document has no ladder."""


FEW_AREAS = 200
"""Up to how many areas are named one by one."""


class AskedState(StrEnum):
    """How a deadline may be asked for: by its state, or as a running one that is at risk."""

    OVERDUE = "overdue"
    DUE_SOON = "due_soon"
    RUNNING = "running"
    SUSPENDED = "suspended"
    MET = "met"
    LATE = "late"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which deadlines are asked for, within the area of who asks; None asks for any.

    `due_before` is a day that is not included; `holder` a role; `min_days_late` counts in each
    limit's own unit. `codes` names the areas one by one where they are few (see `scoped`).
    """

    within: str
    state: AskedState | None = None
    area: str | None = None
    kind: Kind | None = None
    limit_kind: LimitKind | None = None
    rule: str | None = None
    holder: str | None = None
    min_days_late: int | None = None
    due_before: date | None = None
    soon_days: int = SOON_DAYS
    codes: tuple[str, ...] | None = None

    def also(self, **more: Any) -> "Asked":  # noqa: ANN401
        return replace(self, **more)


@dataclass(frozen=True, slots=True)
class Now:
    """The instant for which all of an answer is told, and the calendars in force then."""

    at: datetime
    almanac: Almanac


def rows(asked: Asked, now: Now) -> Select[*tuple[Any, ...]]:
    """Return the query for deadlines: the row, its state, whether at risk, the case's holder."""
    return (
        select(
            Deadline,
            state_at(now.at).label("state"),
            due_soon_at(now.at, asked.soon_days).label("due_soon"),
            col(Case.holder),
        )
        .join(Case, col(Case.id) == col(Deadline.case_id))
        .where(*conditions(asked, now))
    )


def scoped(session: Session, asked: Asked) -> Asked:
    """Return what is asked for with its areas by name, where they are few.

    The database knows how much lies in an area that is named; of a subquery it can only guess,
    and reads everything that is late to find what is late in one village.
    """
    plan_for_the_values(session)
    codes = select(col(AreaReach.area_code)).where(
        col(AreaReach.ancestor_code) == (asked.area or asked.within)
    )
    if asked.area:
        codes = codes.where(within(AreaReach.area_code, asked.within))
    found = session.execute(codes.limit(FEW_AREAS + 1)).scalars().all()
    return asked.also(codes=tuple(found)) if len(found) <= FEW_AREAS else asked


def _of_areas(asked: Asked) -> list[ColumnElement[bool]]:
    if asked.codes is not None:
        return [col(Deadline.area_code).in_(asked.codes)]
    areas = {asked.within, asked.area or asked.within}
    return [within(Deadline.area_code, area) for area in sorted(areas)]


def conditions(asked: Asked, now: Now) -> list[ColumnElement[bool]]:
    """Return what a deadline that is asked for meets; of the case only the holder is looked at."""
    found = _of_areas(asked)
    plain = {
        Deadline.case_kind: asked.kind,
        Deadline.kind: asked.limit_kind,
        Deadline.rule: asked.rule,
        Case.holder: asked.holder,
    }
    found += [col(column) == value for column, value in plain.items() if value is not None]
    if asked.due_before:
        found.append(col(Deadline.due_on) < asked.due_before)
    if asked.state:
        found.append(in_state(asked.state, asked, now))
    if asked.min_days_late:
        found.append(_late_by(asked.min_days_late, now))
    return found


def in_state(state: AskedState, asked: Asked, now: Now) -> ColumnElement[bool]:
    if state is AskedState.DUE_SOON:
        return due_soon_at(now.at, asked.soon_days)
    return stands_at(now.at)[DeadlineState(state.value)]


def days_late_of(deadline: Deadline, state: str, now: Now) -> int:
    """Return by how many days of its unit a deadline is late, or was when it was closed."""
    if state == DeadlineState.LATE:
        return deadline.late_by or 0
    if state != DeadlineState.OVERDUE:
        return 0
    calendar = now.almanac.of(deadline.area_code)
    return days_late(deadline.unit, deadline.due_on, deadline.over_at, now.at, calendar)


def _late_by(days: int, now: Now) -> ColumnElement[bool]:
    """Return when something is, or was closed, at least so many days of its own unit late."""
    overdue = stands_at(now.at)[DeadlineState.OVERDUE]
    if days > 1:  # an hour late is a day late
        since = late_since(Unit.DATE, days, office_date(now.at), now.almanac.country)
        is_working_day = col(Deadline.unit) == Unit.WORKING_DAY
        overdue = and_(
            overdue,
            or_(
                and_(is_working_day, _working_days_late(days, now)),
                and_(~is_working_day, col(Deadline.due_on) <= since),
            ),
        )
    return or_(col(Deadline.late_by) >= days, overdue)


def _working_days_late(days: int, now: Now) -> ColumnElement[bool]:
    """Return when something is so many working days late, by the calendar of its own area."""
    today = office_date(now.at)

    def by(calendar: Calendar) -> ColumnElement[bool]:
        return col(Deadline.due_on) <= late_since(Unit.WORKING_DAY, days, today, calendar)

    elsewhere = by(now.almanac.country)
    own = [(within(Deadline.area_code, area), by(one)) for area, one in now.almanac.own()]
    return case(*own, else_=elsewhere) if own else elsewhere
