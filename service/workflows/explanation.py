"""How a date comes about, day by day, in words of both languages."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from service.clock import OFFICE_ZONE, office_date
from service.codes import Label
from service.workflows.calendar import Calendar, days_from
from service.workflows.clock_events import HAPPENINGS, ClockEvent, Happening, day_of
from service.workflows.deadlines import (
    A_DAY,
    DAY_BY_DAY,
    Course,
    TimeLimit,
    Unit,
    fold,
)
from service.workflows.words import WORDS

NOT_COUNTED = Label(zh="起算日，不计入", en="the day the clock starts is not counted")
NOT_INCLUDED = Label(zh="所述之日不包括在内", en="the stated day itself is not included")
MOVED_ON = Label(
    zh="末日不是工作日，顺延至下一个工作日", en="no working day to end on: the next one is the last"
)
STOOD = Label(zh="中止期间，不计入", en="the clock stood: not counted")
MOVED = {Happening.SUSPENDED, Happening.RESUMED, Happening.EXTENDED}
"""What moves a date beside the days that pass."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an explanation: a day, the number it is counted as, and why."""

    on: date
    counted: int | None
    why: Label


def explain(limit: TimeLimit, events: Sequence[ClockEvent], calendar: Calendar) -> Iterator[Step]:
    """Yield how the date comes about: the start, each day with its reason, the last day."""
    course = fold(limit, events, calendar).course
    moved = [event for event in events if event.what in MOVED]
    if limit.unit is Unit.HOUR:
        yield from _by_the_hour(course, moved)
        return
    if not limit.is_told:
        yield Step(course.start, None, NOT_COUNTED)
    yield from _by_the_day(course, moved)
    stated, last = course.stated_day, course.due.due_on
    if not limit.inclusive:
        yield Step(stated, None, NOT_INCLUDED)
    if last > (before := stated if limit.inclusive else stated - A_DAY):
        yield Step(before, None, MOVED_ON)
    yield Step(
        last,
        None,
        Label(zh=f"{limit.zh}：最后一日，至24时止", en=f"{limit.en}: last day, to its end (24:00)"),
    )


def _by_the_hour(course: Course, moved: Sequence[ClockEvent]) -> Iterator[Step]:
    limit, over_at = course.limit, course.due.over_at
    hours = (limit.amount or 0) + course.longer
    yield Step(
        course.start,
        None,
        Label(
            zh=f"自起算时刻起计{hours}小时",
            en=f"{hours} hours from the instant it starts",
        ),
    )
    yield from map(_told, moved)
    until = f"{over_at.astimezone(OFFICE_ZONE):%H:%M}"
    yield Step(
        office_date(over_at),
        None,
        Label(zh=f"{limit.zh}：至{until}止", en=f"{limit.en}: to {until}"),
    )


def _by_the_day(course: Course, moved: Sequence[ClockEvent]) -> Iterator[Step]:
    """Yield the days that count one by one, each with what happened to the clock before."""
    told = deque(moved)
    for unit, before, last in course.spans():
        counted = 0
        for day in days_from(before + A_DAY, last) if unit in DAY_BY_DAY else ():
            while told and day_of(told[0]) < day:
                yield _told(told.popleft())
            stood = any(of <= day <= to for of, to in course.stood)
            counts = not stood and (unit is Unit.CALENDAR_DAY or course.calendar.is_working(day))
            counted += counts
            yield Step(
                day, counted if counts else None, STOOD if stood else course.calendar.name_of(day)
            )
    yield from map(_told, told)


def _told(event: ClockEvent) -> Step:
    label, by = HAPPENINGS[event.what], Label(zh="", en="")
    if event.amount and event.unit:
        unit = WORDS["units"][event.unit]
        by = Label(zh=f"{event.amount}{unit.zh}", en=f" by {event.amount} {unit.en}(s)")
    cite = f"（{event.cite}）" if event.cite else ""
    return Step(
        day_of(event),
        None,
        Label(zh=f"{label.zh}{by.zh}{cite}", en=f"{label.en}{by.en} {cite}".strip()),
    )
