"""Time limits of the documents, and the dates they mean for one case.

A limit is `not_before` (nobody may act earlier) or `due` (latest; a late act is allowed and
stamped). The day a clock starts is not counted; a period is over when its last day is over,
in the office's zone. Units are never mixed: each limit carries its own, with its provision.
"""

import calendar as months
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from service.clock import OFFICE_ZONE, end_of, office_date
from service.codes import Cite, Code, Label
from service.workflows.calendar import Calendar, days_from


class LimitKind(StrEnum):
    NOT_BEFORE = "not_before"
    DUE = "due"


class Unit(StrEnum):
    """What a limit counts in: hours, days, months, a fixed day, or to the end of a civil period."""

    HOUR = "hour"
    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    CALENDAR_MONTH = "calendar_month"
    DATE = "date"
    END_OF_MONTH = "end_of_month"
    END_OF_QUARTER = "end_of_quarter"
    END_OF_HALF_YEAR = "end_of_half_year"
    END_OF_YEAR = "end_of_year"


PERIODS = {
    Unit.END_OF_MONTH: 1,
    Unit.END_OF_QUARTER: 3,
    Unit.END_OF_HALF_YEAR: 6,
    Unit.END_OF_YEAR: 12,
}
"""Civil period -> how many months it has."""

COUNTED = {Unit.HOUR, Unit.WORKING_DAY, Unit.CALENDAR_DAY, Unit.CALENDAR_MONTH}
DAY_BY_DAY = {Unit.WORKING_DAY, Unit.CALENDAR_DAY}


class Roll(StrEnum):
    """What becomes of a last day that is no working day: it stays, or the next one is the last."""

    NONE = "none"
    NEXT_WORKING_DAY = "next_working_day"


class TimeLimit(BaseModel):
    """One limit of a document: from which act, how long, until which act, says which rule.

    `starts`, `ends` and `lapses` name acts: a stage's code means its completion, an event's code
    that event wherever it is raised. `from_day` names the field of the starting act whose day
    the clock counts from, instead of the day it was received; of a date it is the day itself,
    as it was said last, and without one no clock starts. `inclusive` false: the stated day
    itself is too late. `soft`: "in principle", late acts are stamped but owe no reason.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Code
    zh: str
    en: str
    cite: Cite
    kind: LimitKind
    unit: Unit
    amount: Annotated[int, Field(ge=1, le=1000)] | None = None
    on: date | None = None
    from_day: Code | None = None
    inclusive: bool = True
    soft: bool = False
    roll: Roll = Roll.NONE
    starts: tuple[Code, ...]
    ends: tuple[Code, ...]
    lapses: tuple[Code, ...] = ()

    @model_validator(mode="after")
    def _amount_or_date(self) -> Self:
        if (self.amount is not None) != (self.unit in COUNTED):
            need = "needs" if self.unit in COUNTED else "is not counted and takes no"
            raise ValueError(f"unit = '{self.unit}' {need} amount, the number of them")
        if self.on is not None and self.unit is not Unit.DATE:
            raise ValueError("on goes with unit = 'date', and only with it")
        if self.unit is Unit.DATE and (self.on is None) == (self.from_day is None):
            raise ValueError("unit = 'date' needs on, the day, or from_day, the field that says it")
        return self

    @property
    def is_told(self) -> bool:
        """Whether each case has a day of its own, told in a field."""
        return self.unit is Unit.DATE and self.on is None

    @property
    def label(self) -> Label:
        return Label(zh=self.zh, en=self.en)


@dataclass(frozen=True, slots=True)
class DueDate:
    """The last day of a limit for one case; `over_at` is the first instant after that day.

    Provisional: a year between start and end has no published calendar yet.
    """

    due_on: date
    over_at: datetime
    provisional: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an explanation: a day, the number it is counted as, and why."""

    on: date
    counted: int | None
    why: Label


def due_on(limit: TimeLimit, start: date, calendar: Calendar) -> date:
    """Return the last day of the limit for a clock that starts on the given day.

    A limit of hours ends on a day only together with the instant it starts at: see `due`.
    """
    last = _without_the_day_itself(limit, _stated_day(limit, start, calendar))
    if limit.roll is Roll.NEXT_WORKING_DAY and not calendar.is_working(last):
        return calendar.add_working_days(last, 1)
    return last


def _without_the_day_itself(limit: TimeLimit, stated: date) -> date:
    return stated if limit.inclusive else stated - timedelta(days=1)


def _stated_day(limit: TimeLimit, start: date, calendar: Calendar) -> date:
    amount = limit.amount or 0
    if limit.unit in PERIODS:
        months = PERIODS[limit.unit]
        return _last_of_month(start.year, (start.month + months - 1) // months * months)
    if limit.unit is Unit.WORKING_DAY:
        return calendar.add_working_days(start, amount)
    if limit.unit is Unit.CALENDAR_MONTH:
        return _months_after(start, amount)
    if limit.unit is Unit.DATE:
        return limit.on or start
    return start + timedelta(**{"hours" if limit.unit is Unit.HOUR else "days": amount})


def due(limit: TimeLimit, start: date, calendar: Calendar, at: datetime | None = None) -> DueDate:
    """Return the limit's date for one case, and whether the calendar makes it certain.

    Only working days depend on the calendar; the other units are certain in every year. A
    limit of hours counts from the instant `at` (the beginning of the day, where there is none).
    """
    if limit.unit is Unit.HOUR:
        over_at = (at or end_of(start - timedelta(days=1))) + timedelta(hours=limit.amount or 0)
        return DueDate(due_on=office_date(over_at), over_at=over_at, provisional=False)
    last = due_on(limit, start, calendar)
    depends = limit.unit is Unit.WORKING_DAY or limit.roll is Roll.NEXT_WORKING_DAY
    uncertain = depends and not calendar.is_certain(start, last)
    return DueDate(due_on=last, over_at=end_of(last), provisional=uncertain)


def binds(limit: TimeLimit, start: date) -> bool:
    """Tell whether a clock starting on a day is bound: a fixed date binds until it is over."""
    return limit.on is None or start <= _without_the_day_itself(limit, limit.on)


NOT_COUNTED = Label(zh="起算日，不计入", en="the day the clock starts is not counted")
NOT_INCLUDED = Label(zh="所述之日不包括在内", en="the stated day itself is not included")
MOVED_ON = Label(
    zh="末日不是工作日，顺延至下一个工作日", en="no working day to end on: the next one is the last"
)


def explain(
    limit: TimeLimit, start: date, calendar: Calendar, over_at: datetime | None = None
) -> Iterator[Step]:
    """Yield how the date comes about: the start, each day with its reason, the last day.

    `over_at` is when a limit of hours is over, where the instant it started at is known.
    """
    if limit.unit is Unit.HOUR:
        yield from _counted_hours(limit, start, over_at or due(limit, start, calendar).over_at)
        return
    if not limit.is_told:
        yield Step(start, None, NOT_COUNTED)
    stated, last = _stated_day(limit, start, calendar), due_on(limit, start, calendar)
    if limit.unit in DAY_BY_DAY:
        yield from _counted_days(limit.unit, start, stated, calendar)
    if not limit.inclusive:
        yield Step(stated, None, NOT_INCLUDED)
    if last > (before := _without_the_day_itself(limit, stated)):
        yield Step(before, None, MOVED_ON)
    yield Step(
        last,
        None,
        Label(zh=f"{limit.zh}：最后一日，至24时止", en=f"{limit.en}: last day, to its end (24:00)"),
    )


def _counted_hours(limit: TimeLimit, start: date, over_at: datetime) -> Iterator[Step]:
    yield Step(
        start,
        None,
        Label(
            zh=f"自起算时刻起计{limit.amount}小时",
            en=f"{limit.amount} hours from the instant it starts",
        ),
    )
    until = f"{over_at.astimezone(OFFICE_ZONE):%H:%M}"
    yield Step(
        office_date(over_at),
        None,
        Label(zh=f"{limit.zh}：至{until}止", en=f"{limit.en}: to {until}"),
    )


def _counted_days(unit: Unit, start: date, last: date, calendar: Calendar) -> Iterator[Step]:
    counted = 0
    for day in days_from(start + timedelta(days=1), last):
        counts = unit is Unit.CALENDAR_DAY or calendar.is_working(day)
        counted += counts
        yield Step(day, counted if counts else None, calendar.name_of(day))


def lateness(unit: Unit, due_day: date, today: date, calendar: Calendar) -> int:
    """Return how many days late an act is today, counted in the limit's own unit (0: in time)."""
    if today <= due_day:
        return 0
    if unit is Unit.WORKING_DAY:
        return max(1, calendar.working_days_between(due_day, today))
    return (today - due_day).days


def _last_of_month(year: int, month: int) -> date:
    return date(year, month, months.monthrange(year, month)[1])


def _months_after(start: date, months: int) -> date:
    """Return the same day some months later; the last day of a month that has no such day."""
    years, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return min(
        date(years, month + 1, 1) + timedelta(days=start.day - 1),
        _last_of_month(years, month + 1),
    )
