"""Time limits (requirements B.3 and C.4): how long, in which unit, and when a period is over.

The vectors with 2021 dates are the Taogou document's own publicity, those of 2022 come from
two other counties' documents; all were computed by hand against the published calendar.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matters import matter, said
from pydantic import ValidationError

from service.clock import office_date
from service.clock_rows import Moment
from service.clocks import NOBODY, Clocks
from service.store.calendars import SEEDED_YEARS, seeded_days
from service.store.deadlines import ClockStatus
from service.workflows.acts import CaseLimit
from service.workflows.calendar import Calendar, SpecialDay
from service.workflows.clock_events import starting
from service.workflows.deadlines import (
    LimitKind,
    TimeLimit,
    Unit,
    binds,
    due,
    due_on,
    lateness,
)
from service.workflows.explanation import explain

SHANGHAI = ZoneInfo("Asia/Shanghai")

POSTED_ON_10_JUNE = """
    2021-06-10  -  起算日，不计入
    2021-06-11  1  工作日
    2021-06-12  -  端午节
    2021-06-13  -  端午节
    2021-06-14  -  端午节
    2021-06-15  2  工作日
    2021-06-16  3  工作日
    2021-06-17  4  工作日
    2021-06-18  5  工作日
    2021-06-18  -  村内公示不少于5个工作日：最后一日，至24时止
"""


def a_limit(unit, amount=None, on=None, **fields):
    written = {
        "id": "a_limit",
        "zh": "期限",
        "en": "a limit",
        "cite": "TG-D01",
        "kind": "due",
        "unit": unit,
        "amount": amount,
        "on": on,
        "starts": ["open"],
        "ends": ["register"],
    }
    return TimeLimit.model_validate(written | fields)


@pytest.fixture
def publicity(taogou):
    return taogou.limit("publicity_minimum")


# Five working days of publicity


@pytest.mark.parametrize(
    ("posted_on", "last_day"),
    [
        pytest.param(date(2021, 6, 10), date(2021, 6, 18), id="over Dragon Boat"),
        pytest.param(date(2022, 3, 15), date(2022, 3, 22), id="a Tuesday: over one weekend"),
        pytest.param(date(2022, 3, 16), date(2022, 3, 23), id="a day later, a day longer"),
        pytest.param(date(2021, 9, 28), date(2021, 10, 11), id="over National Day, one made up"),
        pytest.param(date(2022, 4, 13), date(2022, 4, 20), id="no holiday in between"),
        pytest.param(date(2022, 4, 21), date(2022, 4, 27), id="Sunday 24 April is worked"),
    ],
)
def test_tg_p04_tg_d01_publicity_runs_five_working_days_after_the_day_of_posting(
    calendar, publicity, posted_on, last_day
):
    assert due_on(publicity, posted_on, calendar) == last_day


def test_tg_d01_the_publicity_limit_is_a_minimum_of_five_working_days(publicity):
    assert (publicity.kind, publicity.amount, publicity.unit, publicity.cite) == (
        LimitKind.NOT_BEFORE,
        5,
        Unit.WORKING_DAY,
        "TG-P04 TG-D01",
    )


def test_tg_p04_the_publicity_is_over_when_its_last_day_is_over_in_the_office(calendar, publicity):
    date_of = due(publicity, date(2021, 6, 10), calendar)

    assert date_of.over_at == datetime(2021, 6, 19, tzinfo=SHANGHAI)
    assert date_of.over_at == datetime(2021, 6, 18, 16, tzinfo=UTC)
    assert not date_of.provisional


@pytest.mark.parametrize(
    ("posted_at", "last_day"),
    [
        pytest.param(
            datetime(2021, 6, 10, 23, 59, 59, 999_999, SHANGHAI),
            date(2021, 6, 18),
            id="the last instant of 10 June",
        ),
        pytest.param(
            datetime(2021, 6, 11, tzinfo=SHANGHAI), date(2021, 6, 21), id="midnight is 11 June"
        ),
        pytest.param(
            datetime(2021, 6, 10, 16, tzinfo=UTC),
            date(2021, 6, 21),
            id="still 10 June in London, 11 June in the office",
        ),
    ],
)
def test_tg_d01_the_day_of_posting_is_the_office_s_day(calendar, publicity, posted_at, last_day):
    assert due_on(publicity, office_date(posted_at), calendar) == last_day


def test_a_chain_of_limits_starts_each_on_the_day_the_last_one_ended(calendar):
    """The 2022 chain of B.3: answer, publicity, then helper and measures from 21 April."""
    five, ten = a_limit(Unit.WORKING_DAY, 5), a_limit(Unit.WORKING_DAY, 10)
    applied_on = date(2022, 4, 6)
    answered_on = due_on(five, applied_on, calendar)
    published_on = due_on(five, answered_on, calendar)
    announced_on = published_on + timedelta(days=1)

    assert (answered_on, published_on) == (date(2022, 4, 13), date(2022, 4, 20))
    assert due_on(five, announced_on, calendar) == date(2022, 4, 27)
    assert due_on(ten, announced_on, calendar) == applied_on + timedelta(days=31)


# Each unit


@pytest.mark.parametrize(
    ("limit", "start", "last_day"),
    [
        pytest.param(
            a_limit(Unit.WORKING_DAY, 1), date(2021, 6, 11), date(2021, 6, 15), id="working day"
        ),
        pytest.param(
            a_limit(Unit.WORKING_DAY, 1),
            date(2024, 2, 28),
            date(2024, 2, 29),
            id="working day: 29 February",
        ),
        pytest.param(
            a_limit(Unit.CALENDAR_DAY, 1), date(2021, 6, 11), date(2021, 6, 12), id="calendar day"
        ),
        pytest.param(
            a_limit(Unit.CALENDAR_DAY, 5),
            date(2021, 9, 28),
            date(2021, 10, 3),
            id="calendar days: a holiday is not moved from",
        ),
        pytest.param(
            a_limit(Unit.CALENDAR_DAY, 30),
            date(2024, 2, 1),
            date(2024, 3, 2),
            id="calendar days: over 29 February",
        ),
        pytest.param(
            a_limit(Unit.DATE, on=date(2021, 6, 25)),
            date(2021, 6, 3),
            date(2021, 6, 25),
            id="date: that day, whenever it starts",
        ),
        pytest.param(
            a_limit(Unit.END_OF_MONTH), date(2021, 6, 1), date(2021, 6, 30), id="month: first day"
        ),
        pytest.param(
            a_limit(Unit.END_OF_MONTH), date(2021, 6, 30), date(2021, 6, 30), id="month: last day"
        ),
        pytest.param(
            a_limit(Unit.END_OF_MONTH), date(2024, 2, 1), date(2024, 2, 29), id="a leap February"
        ),
        pytest.param(
            a_limit(Unit.END_OF_MONTH), date(2100, 2, 1), date(2100, 2, 28), id="2100 is no leap"
        ),
        pytest.param(
            a_limit(Unit.CALENDAR_MONTH, 1), date(2021, 6, 10), date(2021, 7, 10), id="a month"
        ),
        pytest.param(
            a_limit(Unit.CALENDAR_MONTH, 1),
            date(2021, 1, 31),
            date(2021, 2, 28),
            id="a month from 31 January: February has no such day",
        ),
        pytest.param(
            a_limit(Unit.CALENDAR_MONTH, 1),
            date(2024, 1, 31),
            date(2024, 2, 29),
            id="a month from 31 January in a leap year",
        ),
        pytest.param(
            a_limit(Unit.CALENDAR_MONTH, 1),
            date(2021, 2, 28),
            date(2021, 3, 28),
            id="a month from the end of February does not end March",
        ),
        pytest.param(
            a_limit(Unit.CALENDAR_MONTH, 12), date(2024, 2, 29), date(2025, 2, 28), id="a year"
        ),
        pytest.param(
            a_limit(Unit.CALENDAR_MONTH, 3),
            date(2021, 10, 31),
            date(2022, 1, 31),
            id="over new year",
        ),
        pytest.param(
            a_limit(Unit.CALENDAR_MONTH, 2),
            date(2021, 10, 15),
            date(2021, 12, 15),
            id="into December",
        ),
        pytest.param(
            a_limit(Unit.END_OF_QUARTER), date(2021, 1, 1), date(2021, 3, 31), id="first quarter"
        ),
        pytest.param(
            a_limit(Unit.END_OF_QUARTER),
            date(2021, 3, 31),
            date(2021, 3, 31),
            id="the last day of a quarter",
        ),
        pytest.param(
            a_limit(Unit.END_OF_QUARTER),
            date(2021, 4, 1),
            date(2021, 6, 30),
            id="the first day of the next",
        ),
        pytest.param(
            a_limit(Unit.END_OF_QUARTER), date(2021, 12, 1), date(2021, 12, 31), id="last quarter"
        ),
        pytest.param(
            a_limit(Unit.END_OF_HALF_YEAR), date(2021, 1, 1), date(2021, 6, 30), id="first half"
        ),
        pytest.param(
            a_limit(Unit.END_OF_HALF_YEAR),
            date(2021, 6, 30),
            date(2021, 6, 30),
            id="the last day of the first half",
        ),
        pytest.param(
            a_limit(Unit.END_OF_HALF_YEAR),
            date(2021, 7, 1),
            date(2021, 12, 31),
            id="the first day of the second half",
        ),
        pytest.param(
            a_limit(Unit.END_OF_YEAR), date(2021, 1, 1), date(2021, 12, 31), id="year: first day"
        ),
        pytest.param(
            a_limit(Unit.END_OF_YEAR), date(2021, 12, 31), date(2021, 12, 31), id="year: last day"
        ),
    ],
)
def test_each_unit_has_its_own_last_day(calendar, limit, start, last_day):
    assert due_on(limit, start, calendar) == last_day
    assert due(limit, start, calendar).over_at == datetime(
        last_day.year, last_day.month, last_day.day, tzinfo=SHANGHAI
    ) + timedelta(days=1)


@pytest.mark.parametrize(
    ("started_at", "hours", "over_at"),
    [
        pytest.param(
            datetime(2021, 6, 10, 9, 30, tzinfo=SHANGHAI),
            24,
            datetime(2021, 6, 11, 9, 30, tzinfo=SHANGHAI),
            id="to the minute",
        ),
        pytest.param(
            datetime(2021, 6, 11, 17, tzinfo=SHANGHAI),
            48,
            datetime(2021, 6, 13, 17, tzinfo=SHANGHAI),
            id="a weekend counts",
        ),
        pytest.param(
            datetime(2021, 6, 10, 15, tzinfo=UTC),
            2,
            datetime(2021, 6, 11, 1, tzinfo=SHANGHAI),
            id="over midnight in the office",
        ),
    ],
)
def test_hours_run_from_the_instant_and_end_on_the_office_s_day(
    calendar, started_at, hours, over_at
):
    date_of = due(a_limit(Unit.HOUR, hours), office_date(started_at), calendar, started_at)

    assert (date_of.over_at, date_of.due_on) == (over_at, over_at.date())


def test_hours_without_an_instant_run_from_the_beginning_of_the_day(calendar):
    """As when a paper says which day something was found on, and not when."""
    date_of = due(a_limit(Unit.HOUR, 24), date(2021, 6, 10), calendar)

    assert date_of.over_at == datetime(2021, 6, 11, tzinfo=SHANGHAI)


# The stated day itself, and days that are no working days


@pytest.mark.parametrize(
    ("limit", "start", "last_day"),
    [
        pytest.param(
            a_limit(Unit.CALENDAR_DAY, 5, inclusive=False),
            date(2022, 4, 6),
            date(2022, 4, 10),
            id="before the fifth day",
        ),
        pytest.param(
            a_limit(Unit.WORKING_DAY, 5, inclusive=False),
            date(2022, 4, 6),
            date(2022, 4, 12),
            id="before the fifth working day",
        ),
        pytest.param(
            a_limit(Unit.DATE, on=date(2021, 6, 25), inclusive=False),
            date(2021, 6, 3),
            date(2021, 6, 24),
            id="before a fixed day",
        ),
    ],
)
def test_a_limit_that_leaves_the_stated_day_out_ends_the_day_before(
    calendar, limit, start, last_day
):
    assert due_on(limit, start, calendar) == last_day


ROLLED = {"roll": "next_working_day"}


@pytest.mark.parametrize(
    ("limit", "start", "last_day"),
    [
        pytest.param(
            a_limit(Unit.CALENDAR_DAY, 5, **ROLLED),
            date(2021, 6, 7),
            date(2021, 6, 15),
            id="over Dragon Boat",
        ),
        pytest.param(
            a_limit(Unit.CALENDAR_DAY, 5, **ROLLED),
            date(2021, 6, 10),
            date(2021, 6, 15),
            id="a working day stays",
        ),
        pytest.param(
            a_limit(Unit.CALENDAR_DAY, 5, **ROLLED),
            date(2022, 4, 19),
            date(2022, 4, 24),
            id="a Sunday that is worked stays",
        ),
        pytest.param(
            a_limit(Unit.END_OF_MONTH, **ROLLED),
            date(2021, 10, 1),
            date(2021, 11, 1),
            id="the end of a month",
        ),
        pytest.param(
            a_limit(Unit.CALENDAR_DAY, 6, inclusive=False, **ROLLED),
            date(2021, 6, 7),
            date(2021, 6, 15),
            id="before the sixth day, which is a holiday too",
        ),
    ],
)
def test_a_last_day_that_is_no_working_day_is_moved_on_where_the_document_says_so(
    calendar, limit, start, last_day
):
    assert due_on(limit, start, calendar) == last_day


def test_without_the_document_s_word_a_last_day_stays_where_it_is(calendar):
    assert due_on(a_limit(Unit.CALENDAR_DAY, 5), date(2021, 6, 7), calendar) == date(2021, 6, 12)


def test_a_last_day_that_may_be_moved_depends_on_the_published_calendar(calendar):
    rolled = a_limit(Unit.CALENDAR_DAY, 5, **ROLLED)

    assert due(rolled, date(2026, 12, 28), calendar).provisional
    assert not due(rolled, date(2026, 12, 24), calendar).provisional


# A year that nobody has published


@pytest.mark.parametrize(
    ("start", "last_day", "provisional"),
    [
        pytest.param(date(2026, 12, 24), date(2026, 12, 31), False, id="ends on 31 December"),
        pytest.param(date(2026, 12, 25), date(2027, 1, 1), True, id="reaches into 2027"),
        pytest.param(date(2027, 1, 4), date(2027, 1, 11), True, id="lies in 2027"),
    ],
)
def test_tg_d01_a_publicity_that_touches_an_unpublished_year_is_provisional(
    calendar, publicity, start, last_day, provisional
):
    date_of = due(publicity, start, calendar)

    assert (date_of.due_on, date_of.provisional) == (last_day, provisional)


@pytest.mark.parametrize(
    "limit",
    [
        a_limit(Unit.CALENDAR_DAY, 30),
        a_limit(Unit.DATE, on=date(2027, 6, 25)),
        a_limit(Unit.HOUR, 24),
        a_limit(Unit.CALENDAR_MONTH, 1),
        a_limit(Unit.END_OF_MONTH),
        a_limit(Unit.END_OF_QUARTER),
        a_limit(Unit.END_OF_HALF_YEAR),
        a_limit(Unit.END_OF_YEAR),
    ],
    ids=lambda limit: limit.unit,
)
def test_only_working_days_depend_on_the_published_calendar(calendar, limit):
    assert not due(limit, date(2027, 1, 15), calendar).provisional


def test_tg_d01_the_list_of_the_year_makes_a_provisional_date_certain_and_may_move_it(publicity):
    special = {day: s for year in SEEDED_YEARS for day, s in seeded_days(year).items()}
    special[date(2027, 1, 1)] = SpecialDay(is_working=False, name="元旦")
    imported = Calendar(2, [*SEEDED_YEARS, 2027], special)

    date_of = due(publicity, date(2026, 12, 25), imported)

    assert (date_of.due_on, date_of.provisional) == (date(2027, 1, 4), False)


# What a limit binds


@pytest.mark.parametrize(
    ("opened_on", "bound"),
    [
        pytest.param(date(2021, 6, 3), True, id="long before"),
        pytest.param(date(2021, 6, 25), True, id="on the day itself"),
        pytest.param(date(2021, 6, 26), False, id="the day after"),
        pytest.param(date(2026, 3, 2), False, id="years later"),
    ],
)
def test_tg_d06_registration_by_25_june_binds_cases_opened_until_that_day_only(
    taogou, opened_on, bound
):
    limit = taogou.limit("dynamic_management")

    assert (limit.kind, limit.on, limit.ends) == (
        LimitKind.DUE,
        date(2021, 6, 25),
        ("registration",),
    )
    assert binds(limit, opened_on) is bound


def test_a_limit_that_leaves_its_fixed_day_out_binds_no_case_of_that_day():
    before = a_limit(Unit.DATE, on=date(2021, 6, 25), inclusive=False)

    assert binds(before, date(2021, 6, 24))
    assert not binds(before, date(2021, 6, 25))


@given(st.dates(date(2004, 1, 1), date(2029, 1, 1)))
def test_a_limit_without_a_fixed_day_binds_whenever_it_starts(start):
    assert binds(a_limit(Unit.WORKING_DAY, 5), start)
    assert binds(a_limit(Unit.END_OF_MONTH), start)


# Telling how a date came about


def test_tg_p04_the_explanation_names_every_day_and_why_it_counts(calendar, publicity):
    written = [line.split() for line in POSTED_ON_10_JUNE.strip().splitlines()]

    assert written == [
        [step.on.isoformat(), str(step.counted or "-"), step.why.zh]
        for step in explain(publicity, [starting(date(2021, 6, 10))], calendar)
    ]


@given(
    unit=st.sampled_from([Unit.WORKING_DAY, Unit.CALENDAR_DAY]),
    amount=st.integers(1, 60),
    start=st.dates(date(2004, 1, 1), date(2026, 12, 31)),
)
def test_an_explanation_counts_to_the_amount_and_ends_where_the_limit_does(
    calendar, unit, amount, start
):
    limit = a_limit(unit, amount)
    first, *days, last = explain(limit, [starting(start)], calendar)

    assert (first.on, first.counted, last.counted) == (start, None, None)
    assert [step.on for step in days] == [start + timedelta(days=n + 1) for n in range(len(days))]
    assert [step.counted for step in days if step.counted] == list(range(1, amount + 1))
    assert days[-1].counted == amount
    assert days[-1].on == last.on == due_on(limit, start, calendar)


@pytest.mark.parametrize(
    "limit",
    [a_limit(Unit.DATE, on=date(2021, 6, 25)), a_limit(Unit.END_OF_MONTH)],
    ids=lambda limit: limit.unit,
)
def test_a_limit_that_counts_no_days_is_explained_by_its_two_ends(calendar, limit):
    start = date(2021, 6, 10)

    assert [(step.on, step.counted) for step in explain(limit, [starting(start)], calendar)] == [
        (start, None),
        (due_on(limit, start, calendar), None),
    ]


@pytest.mark.parametrize(
    ("limit", "start", "written"),
    [
        pytest.param(
            a_limit(Unit.CALENDAR_DAY, 2, **ROLLED),
            date(2021, 6, 10),
            """
            2021-06-10  -  起算日，不计入
            2021-06-11  1  工作日
            2021-06-12  2  端午节
            2021-06-12  -  末日不是工作日，顺延至下一个工作日
            2021-06-15  -  期限：最后一日，至24时止
            """,
            id="moved on",
        ),
        pytest.param(
            a_limit(Unit.CALENDAR_DAY, 1, **ROLLED),
            date(2021, 6, 10),
            """
            2021-06-10  -  起算日，不计入
            2021-06-11  1  工作日
            2021-06-11  -  期限：最后一日，至24时止
            """,
            id="need not be moved on",
        ),
        pytest.param(
            a_limit(Unit.WORKING_DAY, 2, inclusive=False),
            date(2021, 6, 10),
            """
            2021-06-10  -  起算日，不计入
            2021-06-11  1  工作日
            2021-06-12  -  端午节
            2021-06-13  -  端午节
            2021-06-14  -  端午节
            2021-06-15  2  工作日
            2021-06-15  -  所述之日不包括在内
            2021-06-14  -  期限：最后一日，至24时止
            """,
            id="before the second working day",
        ),
        pytest.param(
            a_limit(Unit.DATE, on=date(2021, 6, 14), inclusive=False, **ROLLED),
            date(2021, 6, 10),
            """
            2021-06-10  -  起算日，不计入
            2021-06-14  -  所述之日不包括在内
            2021-06-13  -  末日不是工作日，顺延至下一个工作日
            2021-06-15  -  期限：最后一日，至24时止
            """,
            id="before a fixed day, and moved on",
        ),
        pytest.param(
            a_limit(Unit.HOUR, 24),
            date(2021, 6, 10),
            """
            2021-06-10  -  自起算时刻起计24小时
            2021-06-11  -  期限：至00:00止
            """,
            id="hours",
        ),
    ],
)
def test_the_explanation_says_what_moves_the_last_day(calendar, limit, start, written):
    steps = list(explain(limit, [starting(start)], calendar))

    assert [line.split() for line in written.strip().splitlines()] == [
        [step.on.isoformat(), str(step.counted or "-"), step.why.zh] for step in steps
    ]
    assert all(step.why.en for step in steps)
    assert steps[-1].on == due(limit, start, calendar).due_on


def test_the_explanation_of_hours_ends_at_the_instant_that_is_known(calendar):
    began = starting(date(2021, 6, 10), datetime(2021, 6, 10, 1, 30, tzinfo=UTC))

    *_, last = explain(a_limit(Unit.HOUR, 24), [began], calendar)

    assert (last.on, last.why.zh) == (date(2021, 6, 11), "期限：至09:30止")


# What a limit does to a case


NOW = datetime(2022, 4, 20, 9, tzinfo=SHANGHAI)


@pytest.fixture(name="clocks")
def clocks_of_one_limit(calendar):
    """Return what says the clocks of a case under one limit at an instant."""

    def clocks(limit, *running, at=NOW):
        return Clocks("paper@1", [limit], list(running), Moment(at, calendar))

    return clocks


def a_case_limit(unit, amount=None, **fields):
    return CaseLimit.model_validate(a_limit(unit, amount).model_dump() | fields)


DISCOVERED = {"starts": ["open"], "ends": ["clue"], "from_day": "discovered_on"}
AHEAD = frozenset({"clue", "take_up_clue", "registration"})


@pytest.mark.parametrize(
    ("discovered_on", "due_day"),
    [
        pytest.param("2022-04-15", date(2022, 4, 20), id="from the day that is stated"),
        pytest.param(None, date(2022, 4, 25), id="from the day of the act, where none is stated"),
    ],
)
def test_a_clock_counts_from_the_day_that_the_act_states(taogou, clocks, discovered_on, due_day):
    limit = a_case_limit(Unit.CALENDAR_DAY, 5, **DISCOVERED)
    said_now = matter(taogou, said("open", discovered_on=discovered_on))

    [started] = clocks(limit).turn(NOBODY, frozenset({"open"}), AHEAD, said_now).started

    assert (started.due_on, started.status) == (due_day, ClockStatus.RUNNING)


def test_a_clock_counts_from_a_day_in_the_document_s_own_form(taogou, clocks):
    limit = a_case_limit(Unit.CALENDAR_DAY, 5, **DISCOVERED | {"from_day": "seen_on"})
    said_now = matter(taogou, said("open", form={"seen_on": "2022-04-15"}))

    [started] = clocks(limit).turn(NOBODY, frozenset({"open"}), AHEAD, said_now).started

    assert (started.started_on, started.due_on) == (date(2022, 4, 15), date(2022, 4, 20))


def test_hours_run_from_the_act_s_instant_and_from_the_beginning_of_a_stated_day(taogou, clocks):
    limit = a_case_limit(Unit.HOUR, 24, **DISCOVERED)

    def over_at(**changes):
        given_matter = matter(taogou, said("open", **changes))
        [started] = clocks(limit).turn(NOBODY, frozenset({"open"}), AHEAD, given_matter).started
        return started.over_at

    assert over_at() == NOW + timedelta(hours=24)
    assert over_at(discovered_on="2022-04-19") == datetime(2022, 4, 20, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("occurred_on", "days"),
    [
        pytest.param("2022-04-15", [], id="on the fifth day"),
        pytest.param("2022-04-14", [1], id="on the sixth"),
        pytest.param(None, [], id="nobody knows since when"),
    ],
)
def test_one_act_may_start_and_end_a_limit_that_counts_from_a_day_before_it(
    taogou, clocks, occurred_on, days
):
    """To discover within five days: the act that says since when is the one that is due."""
    at_once = a_case_limit(
        Unit.CALENDAR_DAY, 5, starts=["open"], ends=["open"], from_day="occurred_on"
    )
    given_matter = matter(taogou, said("open", occurred_on=occurred_on))
    opened = frozenset({"open"})

    turned = clocks(at_once).turn(NOBODY, opened, AHEAD, given_matter)

    assert [late.days for late in clocks(at_once).late(opened, given_matter)] == days
    assert [clock.status for clock in turned.started] == [ClockStatus.MET]
    assert [change["change"] for change in turned.changes] == ["started", "met"]


@pytest.mark.parametrize("soft", [True, False])
def test_a_limit_in_principle_is_stamped_like_any_other_and_says_that_it_is_soft(
    taogou, clocks, soft
):
    limit = a_case_limit(Unit.CALENDAR_DAY, 5, **DISCOVERED | {"soft": soft})
    given_matter = matter(taogou, said("open"))
    [clock] = clocks(limit).turn(NOBODY, frozenset({"open"}), AHEAD, given_matter).started
    later = clocks(limit, clock, at=NOW + timedelta(days=7))

    [late] = later.late(frozenset({"clue", "take_up_clue"}), matter(taogou, said("take_up_clue")))

    assert (late.rule, late.days, late.soft) == ("a_limit", 2, soft)


def test_dx_04_an_hour_late_is_a_day_late(taogou, clocks):
    limit = a_case_limit(Unit.HOUR, 2, **DISCOVERED)
    given_matter = matter(taogou, said("open"))
    [clock] = clocks(limit).turn(NOBODY, frozenset({"open"}), AHEAD, given_matter).started
    acts = frozenset({"clue"})

    in_time, late = (clocks(limit, clock, at=NOW + timedelta(hours=n)) for n in (1, 3))

    assert in_time.late(acts, given_matter) == []
    assert [one.days for one in late.late(acts, given_matter)] == [1]


# Lateness


@pytest.mark.parametrize(
    ("unit", "due_day", "today", "days"),
    [
        pytest.param(Unit.WORKING_DAY, date(2021, 6, 18), date(2021, 6, 17), 0, id="early"),
        pytest.param(Unit.WORKING_DAY, date(2021, 6, 18), date(2021, 6, 18), 0, id="on the day"),
        pytest.param(
            Unit.WORKING_DAY, date(2021, 6, 18), date(2021, 6, 19), 1, id="Saturday is late too"
        ),
        pytest.param(Unit.WORKING_DAY, date(2021, 6, 18), date(2021, 6, 21), 1, id="Monday"),
        pytest.param(Unit.WORKING_DAY, date(2021, 6, 18), date(2021, 6, 22), 2, id="Tuesday"),
        pytest.param(
            Unit.WORKING_DAY, date(2021, 9, 30), date(2021, 10, 9), 2, id="a make-up day counts"
        ),
        pytest.param(
            Unit.CALENDAR_DAY, date(2021, 6, 18), date(2021, 6, 21), 3, id="calendar days"
        ),
        pytest.param(Unit.DATE, date(2021, 6, 25), date(2021, 6, 25), 0, id="that day is in time"),
        pytest.param(Unit.DATE, date(2021, 6, 25), date(2021, 6, 28), 3, id="after a fixed day"),
        pytest.param(
            Unit.END_OF_MONTH, date(2024, 2, 29), date(2024, 3, 1), 1, id="after 29 February"
        ),
        pytest.param(
            Unit.END_OF_HALF_YEAR, date(2021, 6, 30), date(2021, 7, 3), 3, id="after a half-year"
        ),
        pytest.param(
            Unit.END_OF_YEAR, date(2021, 12, 31), date(2022, 1, 1), 1, id="after the year"
        ),
    ],
)
def test_dx_04_lateness_is_counted_in_the_limit_s_own_unit(calendar, unit, due_day, today, days):
    assert lateness(unit, due_day, today, calendar) == days


@given(
    unit=st.sampled_from(Unit),
    due_day=st.dates(date(2020, 1, 1), date(2022, 12, 31)),
    waited=st.integers(-30, 60),
)
def test_dx_04_an_act_is_late_from_the_day_after_and_never_less_late_later(
    calendar, unit, due_day, waited
):
    today = due_day + timedelta(days=waited)
    days = lateness(unit, due_day, today, calendar)

    assert (days > 0) is (waited > 0)
    assert days <= lateness(unit, due_day, today + timedelta(days=1), calendar)


# What may be written as a limit


@pytest.mark.parametrize(
    ("unit", "written"),
    [
        pytest.param(Unit.WORKING_DAY, {}, id="working days without a number"),
        pytest.param(Unit.CALENDAR_DAY, {}, id="calendar days without a number"),
        pytest.param(Unit.WORKING_DAY, {"amount": 0}, id="no days at all"),
        pytest.param(Unit.WORKING_DAY, {"amount": -5}, id="days backwards"),
        pytest.param(Unit.WORKING_DAY, {"amount": 1001}, id="more days than a limit has"),
        pytest.param(Unit.WORKING_DAY, {"amount": 5.5}, id="half a day"),
        pytest.param(
            Unit.WORKING_DAY, {"amount": 5, "on": date(2021, 6, 25)}, id="a number and a date"
        ),
        pytest.param(Unit.DATE, {}, id="a date that is not there"),
        pytest.param(Unit.DATE, {"amount": 5}, id="a date as a number"),
        pytest.param(
            Unit.DATE, {"amount": 5, "on": date(2021, 6, 25)}, id="a date with a number beside"
        ),
        pytest.param(Unit.END_OF_MONTH, {"amount": 1}, id="a period with a number"),
        pytest.param(Unit.END_OF_YEAR, {"on": date(2021, 12, 31)}, id="a period with a date"),
        pytest.param(Unit.HOUR, {}, id="hours without a number"),
        pytest.param(Unit.CALENDAR_MONTH, {}, id="months without a number"),
        pytest.param(Unit.END_OF_QUARTER, {"amount": 2}, id="a quarter with a number"),
        pytest.param(Unit.WORKING_DAY, {"amount": 5, "roll": "back"}, id="rolled backwards"),
        pytest.param("fortnight", {"amount": 1}, id="a unit that nobody knows"),
        pytest.param(Unit.WORKING_DAY, {"amount": 5, "kind": "soft"}, id="a kind of no document"),
        pytest.param(Unit.WORKING_DAY, {"amount": 5, "grace": 1}, id="a key that nobody knows"),
        pytest.param(Unit.WORKING_DAY, {"amount": 5, "starts": ["Open!"]}, id="no code"),
    ],
)
def test_a_limit_that_does_not_fit_its_unit_cannot_be_written(unit, written):
    with pytest.raises(ValidationError):
        a_limit(unit, **written)


@pytest.mark.parametrize("amount", [1, 1000])
def test_a_limit_has_from_one_to_a_thousand_days(amount):
    assert a_limit(Unit.WORKING_DAY, amount).amount == amount


def test_a_limit_does_not_change_once_it_is_read(publicity):
    with pytest.raises(ValidationError):
        publicity.amount = 1

    assert publicity.label.zh == "村内公示不少于5个工作日"
