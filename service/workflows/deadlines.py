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

from service.clock import end_of
from service.codes import Cite, Code, Label
from service.workflows.calendar import Calendar, days_from


class LimitKind(StrEnum):
    NOT_BEFORE = "not_before"
    DUE = "due"


class Unit(StrEnum):
    """What a limit counts in: days, a fixed day (`date`), or to the end of a civil period."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    DATE = "date"
    END_OF_MONTH = "end_of_month"
    END_OF_HALF_YEAR = "end_of_half_year"
    END_OF_YEAR = "end_of_year"


JUNE, DECEMBER = 6, 12
COUNTED = {Unit.WORKING_DAY, Unit.CALENDAR_DAY}


class TimeLimit(BaseModel):
    """One limit of a document: from which event, how long, until which event, says which rule."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Code
    zh: str
    en: str
    cite: Cite
    kind: LimitKind
    unit: Unit
    amount: Annotated[int, Field(ge=1, le=400)] | None = None
    on: date | None = None
    starts: tuple[Code, ...]
    ends: tuple[Code, ...]
    lapses: tuple[Code, ...] = ()

    @model_validator(mode="after")
    def _amount_or_date(self) -> Self:
        if (self.amount is not None) != (self.unit in COUNTED):
            need = "needs" if self.unit in COUNTED else "is not counted in days and takes no"
            raise ValueError(f"unit = '{self.unit}' {need} amount, the number of days")
        if (self.on is not None) != (self.unit is Unit.DATE):
            raise ValueError("on goes with unit = 'date', and only with it")
        return self

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
    """Return the last day of the limit for a clock that starts on the given day."""
    match limit.unit:
        case Unit.WORKING_DAY:
            return calendar.add_working_days(start, limit.amount or 0)
        case Unit.CALENDAR_DAY:
            return start + timedelta(days=limit.amount or 0)
        case Unit.DATE:
            return limit.on or start
        case Unit.END_OF_MONTH:
            return _last_of_month(start.year, start.month)
        case Unit.END_OF_HALF_YEAR:
            return _last_of_month(start.year, JUNE if start.month <= JUNE else DECEMBER)
        case Unit.END_OF_YEAR:
            return _last_of_month(start.year, DECEMBER)


def due(limit: TimeLimit, start: date, calendar: Calendar) -> DueDate:
    """Return the limit's date for one case, and whether the calendar makes it certain.

    Only working days depend on the calendar; the other units are certain in every year.
    """
    last = due_on(limit, start, calendar)
    uncertain = limit.unit is Unit.WORKING_DAY and not calendar.is_certain(start, last)
    return DueDate(due_on=last, over_at=end_of(last), provisional=uncertain)


def binds(limit: TimeLimit, start: date) -> bool:
    """Tell whether a clock starting on a day is bound: a fixed date binds until it is over."""
    return limit.on is None or start <= limit.on


def explain(limit: TimeLimit, start: date, calendar: Calendar) -> Iterator[Step]:
    """Yield how the date comes about: the start, each day with its reason, the last day."""
    yield Step(
        start, None, Label(zh="起算日，不计入", en="the day the clock starts is not counted")
    )
    last = due_on(limit, start, calendar)
    if limit.unit in COUNTED:
        yield from _counted_days(limit.unit, start, last, calendar)
    yield Step(
        last,
        None,
        Label(zh=f"{limit.zh}：最后一日，至24时止", en=f"{limit.en}: last day, to its end (24:00)"),
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
