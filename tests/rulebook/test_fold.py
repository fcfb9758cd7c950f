"""A deadline is what its clock's events fold to (decision 0021), for every unit and any history.

The dates are compared with a count that goes through the days one by one and knows nothing of
the product's arithmetic.
"""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.clock import end_of, office_date, office_time
from service.clock_rows import Moment, close, happen, recompute, start
from service.clocks import NOBODY
from service.store.calendars import SEEDED_YEARS, seeded_days
from service.store.deadlines import ClockStatus
from service.workflows.acts import CaseLimit
from service.workflows.calendar import Calendar, SpecialDay
from service.workflows.clock_events import ClockEvent, Happening, read_events, starting
from service.workflows.deadlines import Unit, fold

SPECIAL = {day: s for year in SEEDED_YEARS for day, s in seeded_days(year).items()}
CALENDAR = Calendar(1, SEEDED_YEARS, SPECIAL)
FLOODED = {date(2021, 6, day): SpecialDay(False, "洪涝") for day in (16, 17)}
LATER = Calendar(2, SEEDED_YEARS, SPECIAL | FLOODED)
CALENDARS = {1: CALENDAR, 2: LATER}
A_DAY = timedelta(days=1)


def a_limit(unit: Unit, amount: int | None = None, **fields: object) -> CaseLimit:
    written = {
        "id": "a_limit",
        "zh": "期限",
        "en": "a limit",
        "cite": "TG-D01",
        "kind": "due",
        "unit": unit,
        "amount": amount,
        "starts": ["open"],
        "ends": ["register"],
    }
    return CaseLimit.model_validate(written | fields)


FIVE_WORKING_DAYS = a_limit(Unit.WORKING_DAY, 5)
FIVE_DAYS = a_limit(Unit.CALENDAR_DAY, 5)
A_MONTH = a_limit(Unit.CALENDAR_MONTH, 1)
A_DAY_IN_HOURS = a_limit(Unit.HOUR, 24)
A_FIXED_DAY = a_limit(Unit.DATE, on=date(2021, 6, 25))


def at(day: str, hour: int = 9) -> datetime:
    return office_time(date.fromisoformat(f"2021-{day}"), hour)


def suspended(day: str, hour: int = 9) -> ClockEvent:
    return ClockEvent(what=Happening.SUSPENDED, at=at(day, hour), calendar_edition=1)


def resumed(day: str, hour: int = 9) -> ClockEvent:
    return ClockEvent(what=Happening.RESUMED, at=at(day, hour), calendar_edition=1)


def extended(day: str, amount: int, unit: Unit) -> ClockEvent:
    return ClockEvent(
        what=Happening.EXTENDED, at=at(day), calendar_edition=1, amount=amount, unit=unit
    )


def last_day(limit: CaseLimit, began: str, *events: ClockEvent) -> str:
    folded = fold(limit, [starting(date.fromisoformat(f"2021-{began}")), *events], CALENDAR)
    return f"{folded.due.due_on:%m-%d}"


# What is suspended


@pytest.mark.parametrize(
    ("limit", "began", "stood", "due"),
    [
        pytest.param(FIVE_WORKING_DAYS, "06-01", (), "06-08", id="not suspended"),
        pytest.param(
            FIVE_WORKING_DAYS, "06-01", ("06-03", "06-03"), "06-09", id="for an afternoon: a day"
        ),
        pytest.param(
            FIVE_WORKING_DAYS, "06-01", ("06-04", "06-07"), "06-10", id="over a weekend: two days"
        ),
        pytest.param(
            FIVE_WORKING_DAYS, "06-01", ("06-05", "06-06"), "06-08", id="a weekend alone: none"
        ),
        pytest.param(
            FIVE_WORKING_DAYS, "06-01", ("06-01", "06-01"), "06-08", id="the day it starts: none"
        ),
        pytest.param(
            FIVE_WORKING_DAYS, "06-01", ("06-08", "06-15"), "06-16", id="on its last day: one left"
        ),
        pytest.param(
            FIVE_WORKING_DAYS, "09-17", ("09-18", "09-19"), "09-27", id="a make-up day: one day"
        ),
        pytest.param(
            FIVE_WORKING_DAYS, "09-27", ("09-30", "10-08"), "10-12", id="over National Day: two"
        ),
        pytest.param(FIVE_DAYS, "06-01", ("06-04", "06-07"), "06-10", id="calendar days: all four"),
        pytest.param(FIVE_DAYS, "06-01", ("06-06", "06-30"), "07-01", id="over the end of a month"),
        pytest.param(A_MONTH, "01-31", ("02-27", "03-02"), "03-04", id="a month: as many days on"),
        pytest.param(A_FIXED_DAY, "06-03", ("06-07", "06-16"), "07-05", id="a fixed day: too"),
        pytest.param(
            a_limit(Unit.END_OF_MONTH), "06-03", ("06-29", "07-01"), "07-03", id="a civil period"
        ),
        pytest.param(
            a_limit(Unit.END_OF_YEAR), "12-30", ("12-31", "12-31"), "01-01", id="over new year"
        ),
        pytest.param(
            a_limit(Unit.CALENDAR_DAY, 5, inclusive=False),
            "06-01",
            ("06-05", "06-05"),
            "06-06",
            id="the stated day too late: suspended on the last, one is left",
        ),
        pytest.param(
            a_limit(Unit.CALENDAR_DAY, 5, roll="next_working_day"),
            "06-07",
            ("06-15", "06-16"),
            "06-17",
            id="suspended on the day it was moved to: one is left",
        ),
    ],
)
def test_dx_60_no_day_counts_on_which_the_clock_stood(limit, began, stood, due):
    events = (suspended(stood[0]), resumed(stood[1], 17)) if stood else ()

    assert last_day(limit, began, *events) == due


def test_dx_60_a_day_on_which_it_stood_twice_is_one_day():
    twice = suspended("06-03"), resumed("06-03", 11), suspended("06-03", 14), resumed("06-04")

    assert last_day(FIVE_WORKING_DAYS, "06-01", *twice) == "06-10"


def test_dx_60_hours_stand_for_as_long_as_they_stand():
    began = starting(date(2021, 6, 10), at("06-10", 8))

    folded = fold(A_DAY_IN_HOURS, [began, suspended("06-10", 9), resumed("06-12", 12)], CALENDAR)

    assert folded.due.over_at == at("06-10", 8) + timedelta(hours=24 + 51)


def test_dx_60_what_was_over_is_not_brought_back():
    assert last_day(FIVE_WORKING_DAYS, "06-01", suspended("06-09"), resumed("06-30")) == "06-08"
    began = starting(date(2021, 6, 10), at("06-10", 8))
    late = fold(A_DAY_IN_HOURS, [began, suspended("06-11", 8), resumed("06-12")], CALENDAR)
    assert late.due.over_at == at("06-11", 8)


def test_while_it_stands_the_date_is_the_one_of_that_moment():
    events = [starting(date(2021, 6, 1)), suspended("06-03")]

    folded = fold(FIVE_WORKING_DAYS, events, CALENDAR)

    assert (folded.due.due_on, folded.suspended_at) == (date(2021, 6, 8), at("06-03"))


@pytest.mark.parametrize("what", [Happening.MET, Happening.LAPSED])
def test_what_closes_a_clock_that_stands_lets_it_go_on(what):
    closed = ClockEvent(what=what, at=at("06-21"), calendar_edition=1)
    events = [starting(date(2021, 6, 1)), suspended("06-03"), closed]

    folded = fold(FIVE_WORKING_DAYS, events, CALENDAR)

    assert folded.suspended_at is None
    assert folded.due.over_at > at("06-21")


# What is extended


@pytest.mark.parametrize(
    ("limit", "began", "more", "due"),
    [
        pytest.param(FIVE_WORKING_DAYS, "06-01", (5, Unit.WORKING_DAY), "06-16", id="working days"),
        pytest.param(FIVE_DAYS, "06-01", (5, Unit.CALENDAR_DAY), "06-11", id="calendar days"),
        pytest.param(
            A_MONTH, "01-31", (1, Unit.CALENDAR_MONTH), "03-31", id="two months, not one and one"
        ),
        pytest.param(A_FIXED_DAY, "06-03", (5, Unit.WORKING_DAY), "07-02", id="after a fixed day"),
        pytest.param(A_FIXED_DAY, "06-03", (1, Unit.CALENDAR_MONTH), "07-25", id="a month later"),
        pytest.param(
            a_limit(Unit.END_OF_QUARTER), "11-03", (1, Unit.END_OF_QUARTER), "03-31", id="a quarter"
        ),
        pytest.param(FIVE_DAYS, "06-01", (1, Unit.END_OF_MONTH), "07-31", id="a period after days"),
        pytest.param(FIVE_DAYS, "06-01", (25, Unit.HOUR), "06-08", id="hours after days: begun"),
        pytest.param(
            a_limit(Unit.CALENDAR_DAY, 5, roll="next_working_day"),
            "06-07",
            (1, Unit.CALENDAR_DAY),
            "06-15",
            id="on from the stated day, and moved anew",
        ),
    ],
)
def test_more_time_counts_on_from_the_stated_day(limit, began, more, due):
    assert last_day(limit, began, extended("06-02", *more)) == due


def test_hours_are_extended_by_hours_and_by_days():
    began = starting(date(2021, 6, 10), at("06-10", 8))

    hours = fold(A_DAY_IN_HOURS, [began, extended("06-10", 12, Unit.HOUR)], CALENDAR)
    days = fold(A_DAY_IN_HOURS, [began, extended("06-10", 1, Unit.WORKING_DAY)], CALENDAR)

    assert hours.due.over_at == at("06-11", 20)
    assert days.due.over_at == at("06-15", 8)


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(
            (extended("06-02", 5, Unit.WORKING_DAY), suspended("06-04"), resumed("06-07")),
            id="extended, then suspended",
        ),
        pytest.param(
            (suspended("06-04"), extended("06-04", 5, Unit.WORKING_DAY), resumed("06-07")),
            id="extended while suspended",
        ),
        pytest.param(
            (suspended("06-04"), resumed("06-07"), extended("06-08", 5, Unit.WORKING_DAY)),
            id="suspended, then extended",
        ),
    ],
)
def test_an_extension_is_not_lost_by_a_suspension_nor_it_by_the_extension(events):
    assert last_day(FIVE_WORKING_DAYS, "06-01", *events) == "06-18"


def test_time_in_working_days_after_a_certain_day_is_as_uncertain_as_they_are():
    year_end = a_limit(Unit.DATE, on=date(2026, 12, 28))
    began = starting(date(2026, 12, 1))

    assert not fold(year_end, [began], CALENDAR).due.provisional
    longer = [began, extended("06-02", 5, Unit.WORKING_DAY)]
    assert fold(year_end, longer, CALENDAR).due.provisional


def test_a_clock_without_its_start_folds_to_nothing():
    with pytest.raises(ValueError, match="without its start"):
        fold(FIVE_DAYS, [suspended("06-04")], CALENDAR)


# Any history

LIMITS = st.sampled_from(
    [
        *(
            a_limit(unit, amount)
            for unit in (Unit.WORKING_DAY, Unit.CALENDAR_DAY)
            for amount in (1, 5, 30)
        ),
        a_limit(Unit.HOUR, 24),
        a_limit(Unit.CALENDAR_MONTH, 1),
        a_limit(Unit.DATE, on=date(2021, 7, 30)),
        a_limit(Unit.END_OF_MONTH),
        a_limit(Unit.END_OF_QUARTER),
        a_limit(Unit.END_OF_HALF_YEAR),
        a_limit(Unit.END_OF_YEAR),
    ]
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["suspend", "resume", "extend", "recompute", "close"]),
        st.integers(0, 200),
    ),
    max_size=12,
)
BEGINNINGS = st.integers(0, 24 * 400).map(lambda hours: at("01-01", 0) + timedelta(hours=hours))


def lived(limit: CaseLimit, began: datetime, steps: list[tuple[str, int]]):
    """Return the row of a clock to which these things happened, so many hours apart."""
    now, calendar = began, CALENDAR
    clock = start(NOBODY, "paper@1", limit, office_date(now), Moment(now, calendar), now)
    spans: list[tuple[datetime, datetime]] = []
    more = 0
    for what, hours in steps:
        now += timedelta(hours=hours)
        moment = Moment(now, calendar)
        is_over = not clock.suspended_at and now >= clock.over_at
        if what == "suspend" and not clock.suspended_at and not is_over:
            happen(clock, limit, Happening.SUSPENDED, moment, reason="flood")
        elif what == "resume" and clock.suspended_at:
            spans.append((clock.suspended_at, now))
            happen(clock, limit, Happening.RESUMED, moment)
        elif what == "extend" and not is_over and limit.unit is not Unit.DATE:
            more += 3
            happen(clock, limit, Happening.EXTENDED, moment, amount=3, unit=limit.unit)
        elif what == "recompute":
            calendar = LATER
            recompute(clock, limit, Moment(now, calendar))
        elif what == "close":
            spans += [(clock.suspended_at, now)] if clock.suspended_at else []
            close(clock, limit, ClockStatus.MET, moment)
            break
    return clock, spans, more


@given(LIMITS, BEGINNINGS, STEPS)
def test_a_row_is_what_the_events_it_kept_fold_to(limit, began, steps):
    clock, *_ = lived(limit, began, steps)

    kept = read_events(json.loads(json.dumps(clock.clock)))
    folded = fold(limit, kept, CALENDARS[clock.calendar_edition])

    assert (folded.due.due_on, folded.due.over_at) == (clock.due_on, clock.over_at)
    assert (folded.due.provisional, folded.suspended_at) == (clock.provisional, clock.suspended_at)
    assert (clock.suspended_at is None) or clock.status is ClockStatus.RUNNING


@given(LIMITS, BEGINNINGS, STEPS)
def test_dx_60_whatever_is_done_to_a_clock_never_makes_it_shorter(limit, began, steps):
    without_calendars = [step for step in steps if step[0] != "recompute"]
    for number in range(len(without_calendars)):
        before, *_ = lived(limit, began, without_calendars[:number])
        after, *_ = lived(limit, began, without_calendars[: number + 1])

        assert after.over_at >= before.over_at


@given(LIMITS, BEGINNINGS, STEPS)
def test_dx_60_what_closes_a_clock_that_stands_is_not_late(limit, began, steps):
    clock, *_ = lived(limit, began, steps)
    if clock.suspended_at:
        now = clock.suspended_at + timedelta(days=40)
        close(clock, limit, ClockStatus.MET, Moment(now, LATER))

        assert clock.over_at > now


@given(
    st.sampled_from([a_limit(unit, 5) for unit in (Unit.WORKING_DAY, Unit.CALENDAR_DAY)]),
    BEGINNINGS,
    STEPS,
)
def test_dx_60_days_are_counted_as_one_counts_them_by_hand(limit, began, steps):
    clock, spans, more = lived(limit, began, steps)
    calendar = CALENDARS[clock.calendar_edition]

    assert clock.due_on == by_hand(limit, office_date(began), spans, 5 + more, calendar)


def by_hand(limit, start_day, spans, days, calendar):
    stood = {
        office_date(first) + n * A_DAY
        for first, last in spans
        for n in range((office_date(last) - office_date(first)).days + 1)
    }
    day = start_day
    while days:
        day += A_DAY
        counts = limit.unit is Unit.CALENDAR_DAY or calendar.is_working(day)
        days -= counts and day not in stood
    return day


@given(BEGINNINGS, STEPS)
def test_dx_60_hours_are_counted_as_one_counts_them_by_hand(began, steps):
    clock, spans, more = lived(A_DAY_IN_HOURS, began, steps)
    stood = sum(((last - first) for first, last in spans), timedelta())

    assert clock.over_at == began + timedelta(hours=24 + more) + stood


@given(
    st.sampled_from([A_MONTH, a_limit(Unit.END_OF_MONTH), A_FIXED_DAY]),
    BEGINNINGS,
    STEPS,
)
def test_dx_60_other_periods_move_by_the_days_on_which_they_stood(limit, began, steps):
    if limit is A_FIXED_DAY:
        began = min(began, at("06-20"))
    without_extensions = [step for step in steps if step[0] not in {"extend", "recompute"}]
    clock, spans, _ = lived(limit, began, without_extensions)
    begun = office_date(began) if limit is A_MONTH else date.min
    stood = {
        day
        for first, last in spans
        for n in range((office_date(last) - office_date(first)).days + 1)
        if (day := office_date(first) + n * A_DAY) > begun
    }
    plain, *_ = lived(limit, began, [])

    assert clock.due_on == plain.due_on + len(stood) * A_DAY
    assert clock.over_at == end_of(clock.due_on)
    assert clock.over_at.tzinfo is UTC
