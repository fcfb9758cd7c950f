"""The ladder of a time limit: who is told of a case when, as its last day comes and goes.

A document's own rungs stand at the time limit. The house's are the product's own (DX-64): they
remind the holder and tell the levels above, and shorten or lengthen nothing. Both are climbed
together, in the order of their instants.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from service.clock import end_of, office_date, office_time
from service.workflows.acts import HOLDER, CaseLimit, Rung
from service.workflows.calendar import Calendar
from service.workflows.deadlines import LimitKind, Unit, months_after

LEVEL_ABOVE, TWO_LEVELS_ABOVE = "level_above", "two_levels_above"
"""In `to` of the house's rungs: the role a document names first, one or two levels up."""

HOUSE_CITE = "DX-64"
HOUSE = (
    Rung(before_days=3, to=(HOLDER,), cite=HOUSE_CITE),
    Rung(after_days=1, to=(HOLDER, LEVEL_ABOVE), cite=HOUSE_CITE),
    Rung(after_days=10, to=(TWO_LEVELS_ABOVE,), cite=HOUSE_CITE),
)

AT_DUE = "at_due"
"""The code of the step on which the clock itself acts."""


@dataclass(frozen=True, slots=True)
class Dates:
    """What a ladder is measured from: when a clock began, its last day, and when that is over."""

    begun_at: datetime
    due_on: date
    over_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of one deadline, at its instant. Without a rung: the clock itself acts."""

    at: datetime
    code: str
    rung: Rung | None = None
    is_house: bool = False


def steps(limit: CaseLimit, dates: Dates, calendar: Calendar) -> list[Step]:
    """Return the steps of a deadline in their order; none where nobody can be late.

    Who has just been handed a case is not reminded of it: a rung before the last day that lies
    before the clock began is none.
    """
    if limit.kind is not LimitKind.DUE:
        return []
    found = sorted(_steps(limit, dates, calendar), key=lambda step: step.at)
    return [
        step
        for step in found
        if step.rung is None or not step.rung.is_before or step.at > dates.begun_at
    ]


def _steps(limit: CaseLimit, dates: Dates, calendar: Calendar) -> Iterator[Step]:
    for rung in limit.rungs:
        yield Step(told_at(rung, limit, dates, calendar), rung.code, rung)
    for rung in HOUSE:
        at = told_at(rung, limit, dates, calendar)
        yield Step(at, f"house_{rung.code}", rung, is_house=True)
    if limit.at_due:
        yield Step(dates.over_at, AT_DUE)


def told_at(rung: Rung, limit: CaseLimit, dates: Dates, calendar: Calendar) -> datetime:
    """Return the instant of a rung: its hour on its day, and never late before it is late."""
    day = _day(rung, limit, dates, calendar)
    if rung.month_end:
        day = months_after(day.replace(day=1), 1) - timedelta(days=1)
    at = office_time(day, rung.at_hour)
    return at if rung.is_before else max(at, dates.over_at)


def _day(rung: Rung, limit: CaseLimit, dates: Dates, calendar: Calendar) -> date:
    """Return the day of a rung; the first day late is one also where it is no working day."""
    in_working_days = (rung.unit or limit.unit) is Unit.WORKING_DAY
    if rung.is_before:
        days = -rung.day
        if in_working_days:
            return calendar.before_working_days(dates.due_on, days)
        return dates.due_on - timedelta(days=days)
    if rung.day <= 1:
        return office_date(dates.over_at)
    if in_working_days:
        return calendar.add_working_days(dates.due_on, rung.day)
    return dates.due_on + timedelta(days=rung.day)


def first_reminder(limit: CaseLimit, dates: Dates, calendar: Calendar) -> datetime | None:
    """Return when the document first wants somebody told before the last day, if it does."""
    before = [_day(rung, limit, dates, calendar) for rung in limit.rungs if rung.is_before]
    return end_of(min(before) - timedelta(days=1)) if before else None


def to_be_told(
    limit: CaseLimit, dates: Dates, now: datetime, calendar: Calendar
) -> tuple[str, ...]:
    """Return the roles that the document wants to know of an overdue case by now, each once."""
    reached = (
        rung
        for rung in limit.rungs
        if not rung.is_before and told_at(rung, limit, dates, calendar) <= now
    )
    return tuple(dict.fromkeys(role for rung in reached for role in rung.to))
