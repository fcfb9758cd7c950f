"""Time limits of the documents, and the dates they mean for one case.

A limit is `not_before` (nobody may act earlier) or `due` (latest; a late act is allowed and
stamped). The day a clock starts is not counted; a period is over when its last day is over,
in the office's zone. Units are never mixed: each limit carries its own, with its provision.
"""

import calendar as months
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from service.clock import end_of, office_date
from service.codes import Cite, Code, Label
from service.workflows.calendar import Calendar
from service.workflows.clock_events import ClockEvent, Happening


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

RUNS_ON = {Happening.RESUMED, Happening.MET, Happening.LAPSED}
"""With these a suspension is over."""

A_DAY = timedelta(days=1)


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
class Course:
    """How a limit runs for one case: from when, how much longer, and when it stood still.

    It counts from the day `start`, a limit of hours from the instant `since`. `longer` is in the
    limit's own unit; what was granted in another counts on from there (`further`). `stood` are
    the days on which it stood, from and to, in order and each once; `stood_for` the hours.
    """

    limit: TimeLimit
    calendar: Calendar
    start: date
    since: datetime | None = None
    longer: int = 0
    further: tuple[tuple[int, Unit], ...] = ()
    stood: tuple[tuple[date, date], ...] = ()
    stood_for: timedelta = timedelta()

    def stand(self, first: datetime, last: datetime) -> "Course":
        """Return the course of a clock that stood from one instant to another.

        No day counts on which it stood, be it for a part of the day: like the day it starts
        on. What was over by then stays over.
        """
        if first >= self.due.over_at:
            return self
        if self.limit.unit is Unit.HOUR:
            return replace(self, stood_for=self.stood_for + (last - first))
        not_counted = self.start if self.limit.unit in COUNTED else date.min
        before = self.stood[-1][1] if self.stood else not_counted
        span = max(office_date(first), before + A_DAY), office_date(last)
        return replace(self, stood=(*self.stood, span)) if span[0] <= span[1] else self

    def extend(self, amount: int, unit: Unit) -> "Course":
        """Return the course of a clock that was given so much more time."""
        if unit is self.limit.unit:
            return replace(self, longer=self.longer + amount)
        return replace(self, further=(*self.further, (amount, unit)))

    def spans(self) -> Iterator[tuple[Unit, date, date]]:
        """Yield what is counted on after each other: the unit, the day before, the last day.

        First the limit's own, which never ends while it stood; then what was granted in
        another unit.
        """
        day = self._stated_day()
        day = max(day, self.stood[-1][1] + A_DAY) if self.stood else day
        yield self.limit.unit, self.start, day
        for amount, unit in self.further:
            before, day = day, _counted_on(day, amount, unit, self.calendar)
            yield unit, before, day

    @property
    def stated_day(self) -> date:
        *_, (_, _, day) = self.spans()
        return day

    @property
    def due_on(self) -> date:
        """The limit's last day for the case."""
        if self.limit.unit is Unit.HOUR:
            return office_date(self._hours_over_at())
        return last_day(self.limit, self.stated_day, self.calendar)

    @property
    def due(self) -> DueDate:
        """The limit's date for the case, and whether the calendar makes it certain."""
        last = self.due_on
        if self.limit.unit is Unit.HOUR:
            return DueDate(due_on=last, over_at=self._hours_over_at(), provisional=False)
        units = {self.limit.unit, *(unit for _, unit in self.further)}
        depends = Unit.WORKING_DAY in units or self.limit.roll is Roll.NEXT_WORKING_DAY
        uncertain = depends and not self.calendar.is_certain(self.start, last)
        return DueDate(due_on=last, over_at=end_of(last), provisional=uncertain)

    def _hours_over_at(self) -> datetime:
        hours = timedelta(hours=(self.limit.amount or 0) + self.longer)
        over_at = (self.since or end_of(self.start - A_DAY)) + hours + self.stood_for
        for amount, unit in self.further:
            day = office_date(over_at)
            over_at += _counted_on(day, amount, unit, self.calendar) - day
        return over_at

    def _stated_day(self) -> date:
        unit, amount = self.limit.unit, (self.limit.amount or 0) + self.longer
        if unit is Unit.WORKING_DAY:
            return self.calendar.add_working_days(self.start, amount + self._working_days_stood())
        days_stood = timedelta(days=sum((to - of).days + 1 for of, to in self.stood))
        if unit in PERIODS:
            return _end_of_period(self.start, PERIODS[unit], self.longer) + days_stood
        if unit is Unit.DATE:
            return (self.limit.on or self.start) + days_stood
        return _counted_on(self.start, amount, unit, self.calendar) + days_stood

    def _working_days_stood(self) -> int:
        between = self.calendar.working_days_between
        return sum(between(of - A_DAY, to) for of, to in self.stood)


@dataclass(frozen=True, slots=True)
class Folded:
    """What the events of a clock come to: its course, and since when it stands, if it does."""

    course: Course
    suspended_at: datetime | None

    @property
    def due(self) -> DueDate:
        return self.course.due


def fold(limit: TimeLimit, events: Sequence[ClockEvent], calendar: Calendar) -> Folded:
    """Return what a clock's events come to. Raises `ValueError` where it never started.

    While it is suspended the date is the one of that moment; it moves when the clock goes on,
    or is closed. Its start is the last one told: that under the version it was carried over to.
    """
    starts = [event for event in events if event.on]
    if not starts:
        raise ValueError("a clock without its start")
    course = Course(limit, calendar, starts[-1].on or office_date(starts[-1].at), starts[-1].since)
    suspended_at: datetime | None = None
    for event in events:
        if event.what is Happening.SUSPENDED:
            suspended_at = event.at
        elif event.what in RUNS_ON and suspended_at:
            course, suspended_at = course.stand(suspended_at, event.at), None
        elif event.what is Happening.EXTENDED and event.amount and event.unit:
            course = course.extend(event.amount, Unit(event.unit))
    return Folded(course, suspended_at)


def due_on(limit: TimeLimit, start: date, calendar: Calendar) -> date:
    """Return the last day of the limit for a clock that starts on the given day.

    A limit of hours ends on a day only together with the instant it starts at: see `due`.
    """
    return Course(limit, calendar, start).due_on


def due(limit: TimeLimit, start: date, calendar: Calendar, at: datetime | None = None) -> DueDate:
    """Return the limit's date for one case, and whether the calendar makes it certain.

    Only working days depend on the calendar; the other units are certain in every year. A
    limit of hours counts from the instant `at` (the beginning of the day, where there is none).
    """
    return Course(limit, calendar, start, at).due


def last_day(limit: TimeLimit, stated: date, calendar: Calendar) -> date:
    """Return the last day of a limit whose stated day is known."""
    last = _without_the_day_itself(limit, stated)
    if limit.roll is Roll.NEXT_WORKING_DAY and not calendar.is_working(last):
        return calendar.add_working_days(last, 1)
    return last


def _without_the_day_itself(limit: TimeLimit, stated: date) -> date:
    return stated if limit.inclusive else stated - A_DAY


def _counted_on(day: date, amount: int, unit: Unit, calendar: Calendar) -> date:
    """Return the day some units after a day; a day that was begun counts as a day of hours."""
    if unit is Unit.WORKING_DAY:
        return calendar.add_working_days(day, amount)
    if unit is Unit.CALENDAR_MONTH:
        return months_after(day, amount)
    if unit in PERIODS:
        return _end_of_period(day, PERIODS[unit], amount)
    return day + timedelta(days=-(-amount // 24) if unit is Unit.HOUR else amount)


def binds(limit: TimeLimit, start: date) -> bool:
    """Tell whether a clock starting on a day is bound: a fixed date binds until it is over."""
    return limit.on is None or start <= _without_the_day_itself(limit, limit.on)


def lateness(unit: Unit, due_day: date, today: date, calendar: Calendar) -> int:
    """Return how many days late an act is today, counted in the limit's own unit (0: in time)."""
    if today <= due_day:
        return 0
    if unit is Unit.WORKING_DAY:
        return max(1, calendar.working_days_between(due_day, today))
    return (today - due_day).days


def late_since(unit: Unit, days: int, today: date, calendar: Calendar) -> date:
    """Return the newest last day that is at least so many (≥ 1) days late today."""
    if unit is Unit.WORKING_DAY and days > 1:
        return calendar.before_working_days(today, days)
    return today - timedelta(days=days)


def days_late(
    unit: Unit, due_day: date, over_at: datetime, until: datetime, calendar: Calendar
) -> int:
    """Return how many days late something is at an instant (0: in time); an hour late is a day."""
    if until < over_at:
        return 0
    return max(1, lateness(unit, due_day, office_date(until), calendar))


def _end_of_period(start: date, months: int, later: int) -> date:
    """Return the last day of the civil period of a day, or of one so many periods later."""
    ends_in = (start.month + months - 1) // months * months + later * months
    return _last_of_month(start.year + (ends_in - 1) // 12, (ends_in - 1) % 12 + 1)


def _last_of_month(year: int, month: int) -> date:
    return date(year, month, months.monthrange(year, month)[1])


def months_after(start: date, months: int) -> date:
    """Return the same day some months later; the last day of a month that has no such day."""
    years, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return min(
        date(years, month + 1, 1) + timedelta(days=start.day - 1),
        _last_of_month(years, month + 1),
    )
