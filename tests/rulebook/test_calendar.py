"""Working days (requirements B.3 and C.8): weekends, holidays, and make-up days (调休).

The lists of 2021 and of the make-up days of 2026 are written out from the State Council's own
notices; every other day is compared with chinesecalendar, which the table was seeded from.
"""

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.codes import Label
from service.store.calendars import SEEDED_YEARS, seeded_days
from service.workflows.calendar import (
    UNPUBLISHED,
    YEARS_BEYOND,
    Calendar,
    CalendarRangeError,
    SpecialDay,
    days_from,
)

YEAR_2021 = """
    01-01 off   元旦
    01-02 off   元旦
    01-03 off   元旦
    02-07 work  春节
    02-11 off   春节
    02-12 off   春节
    02-13 off   春节
    02-14 off   春节
    02-15 off   春节
    02-16 off   春节
    02-17 off   春节
    02-20 work  春节
    04-03 off   清明节
    04-04 off   清明节
    04-05 off   清明节
    04-25 work  劳动节
    05-01 off   劳动节
    05-02 off   劳动节
    05-03 off   劳动节
    05-04 off   劳动节
    05-05 off   劳动节
    05-08 work  劳动节
    06-12 off   端午节
    06-13 off   端午节
    06-14 off   端午节
    09-18 work  中秋节
    09-19 off   中秋节
    09-20 off   中秋节
    09-21 off   中秋节
    09-26 work  国庆节
    10-01 off   国庆节
    10-02 off   国庆节
    10-03 off   国庆节
    10-04 off   国庆节
    10-05 off   国庆节
    10-06 off   国庆节
    10-07 off   国庆节
    10-09 work  国庆节
"""

MAKE_UP_DAYS_2026 = ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]

FIRST, LAST = date(2004, 1, 1), date(2026, 12, 31)
LAST_COMPUTED = date(2026 + YEARS_BEYOND, 12, 31)
seeded_day = st.dates(FIRST, LAST)


# The days themselves


@pytest.mark.parametrize(
    ("day", "is_working"),
    [
        pytest.param(date(2021, 5, 17), True, id="Monday"),
        pytest.param(date(2021, 5, 21), True, id="Friday"),
        pytest.param(date(2021, 5, 22), False, id="Saturday"),
        pytest.param(date(2021, 5, 23), False, id="Sunday"),
        pytest.param(date(2021, 6, 14), False, id="Monday: Dragon Boat Festival"),
        pytest.param(date(2021, 10, 9), True, id="Saturday: made up for National Day"),
        pytest.param(date(2021, 9, 26), True, id="Sunday: made up for National Day"),
        pytest.param(date(2015, 9, 3), False, id="Thursday: the one holiday of 2015"),
    ],
)
def test_a_day_is_worked_unless_it_is_a_weekend_or_a_holiday(calendar, day, is_working):
    assert calendar.is_working(day) is is_working


def test_the_list_of_2021_holds_the_holidays_and_make_up_days_of_its_notice(calendar):
    written = [line.split() for line in YEAR_2021.strip().splitlines()]

    assert written == [
        [f"{day:%m-%d}", "work" if special.is_working else "off", special.name]
        for day, special in calendar.special_days(2021)
    ]


def test_2026_has_the_six_make_up_days_of_its_notice(calendar):
    worked = [f"{day:%m-%d}" for day, special in calendar.special_days(2026) if special.is_working]

    assert worked == MAKE_UP_DAYS_2026


def test_every_day_from_2004_to_2026_is_as_chinesecalendar_has_it(calendar):
    differing = [
        day
        for day in days_from(FIRST, LAST)
        if calendar.is_working(day) != chinese_calendar.is_workday(day)
    ]

    assert differing == []


@pytest.mark.parametrize(
    ("day", "zh", "en"),
    [
        pytest.param(date(2021, 6, 11), "工作日", "working day", id="weekday"),
        pytest.param(date(2021, 6, 19), "周末", "weekend", id="weekend"),
        pytest.param(date(2021, 6, 14), "端午节", "Dragon Boat Festival", id="holiday"),
        pytest.param(
            date(2021, 10, 9),
            "国庆节调休上班",
            "make-up working day (National Day)",
            id="make-up day",
        ),
        pytest.param(
            date(2015, 9, 3),
            "抗战胜利70周年纪念日",
            "抗战胜利70周年纪念日",
            id="a holiday of one year only keeps its name",
        ),
    ],
)
def test_a_day_says_in_both_languages_why_it_counts_or_does_not(calendar, day, zh, en):
    assert calendar.name_of(day) == Label(zh=zh, en=en)


# Counting


@pytest.mark.parametrize(
    ("start", "days", "last"),
    [
        pytest.param(date(2021, 5, 17), 1, date(2021, 5, 18), id="the start is not counted"),
        pytest.param(date(2021, 5, 21), 1, date(2021, 5, 24), id="Friday: the weekend is skipped"),
        pytest.param(date(2021, 5, 22), 1, date(2021, 5, 24), id="a start on Saturday"),
        pytest.param(date(2021, 6, 10), 5, date(2021, 6, 18), id="over Dragon Boat"),
        pytest.param(date(2021, 9, 28), 5, date(2021, 10, 11), id="over National Day, one made up"),
        pytest.param(date(2020, 12, 31), 1, date(2021, 1, 4), id="over the New Year"),
        pytest.param(date(2024, 2, 28), 1, date(2024, 2, 29), id="29 February"),
    ],
)
def test_working_days_are_counted_from_the_day_after(calendar, start, days, last):
    assert calendar.add_working_days(start, days) == last


def test_five_days_end_where_chinesecalendar_has_it_from_every_day_of_five_years(calendar):
    differing = [
        start
        for start in days_from(date(2021, 1, 1), date(2025, 12, 31))
        if calendar.add_working_days(start, 5) != chinesecalendar_s(start, 5)
    ]

    assert differing == []


@given(start=st.dates(FIRST, date(2025, 6, 30)), days=st.integers(1, 250))
def test_any_number_of_days_ends_where_chinesecalendar_has_it(calendar, start, days):
    assert calendar.add_working_days(start, days) == chinesecalendar_s(start, days)


def chinesecalendar_s(start, days):
    """Return its answer. It goes from a day off to the next working day before it counts."""
    counted = days if chinese_calendar.is_workday(start) else days - 1
    return chinese_calendar.find_workday(counted, start)


@given(start=seeded_day, days=st.integers(1, 400))
def test_the_days_between_are_the_days_that_were_added(calendar, start, days):
    last = calendar.add_working_days(start, days)

    assert calendar.is_working(last)
    assert calendar.working_days_between(start, last) == days
    assert calendar.working_days_between(start, last - timedelta(days=1)) == days - 1


@given(one=seeded_day, other=seeded_day, days=st.integers(1, 400))
def test_who_starts_later_never_ends_earlier(calendar, one, other, days):
    earlier, later = sorted([one, other])

    assert calendar.add_working_days(earlier, days) <= calendar.add_working_days(later, days)


@given(start=seeded_day, days=st.integers(1, 399))
def test_one_day_more_always_ends_later(calendar, start, days):
    assert calendar.add_working_days(start, days) < calendar.add_working_days(start, days + 1)


@given(st.tuples(seeded_day, seeded_day, seeded_day))
def test_two_stretches_in_a_row_count_as_one(calendar, days):
    first, middle, last = sorted(days)
    parts = [(first, middle), (middle, last)]

    assert calendar.working_days_between(first, last) == sum(
        calendar.working_days_between(*part) for part in parts
    )


# Years that nobody has published


def test_an_unpublished_year_is_counted_monday_to_friday_and_says_so(calendar):
    new_year = date(2027, 1, 1)  # a Friday, and surely a holiday, but no notice says so yet

    assert not calendar.is_published(new_year)
    assert calendar.is_working(new_year)
    assert calendar.name_of(new_year) == UNPUBLISHED
    assert calendar.name_of(date(2027, 1, 2)) == UNPUBLISHED
    assert calendar.add_working_days(date(2026, 12, 31), 1) == new_year


@pytest.mark.parametrize(
    ("start", "end", "is_certain"),
    [
        pytest.param(date(2021, 6, 10), date(2021, 6, 18), True, id="within a published year"),
        pytest.param(date(2004, 1, 1), date(2026, 12, 31), True, id="over every published year"),
        pytest.param(date(2026, 12, 31), date(2027, 1, 1), False, id="into an unpublished year"),
        pytest.param(date(2027, 1, 1), date(2027, 1, 4), False, id="within an unpublished year"),
    ],
)
def test_a_stretch_is_certain_only_where_every_year_is_published(calendar, start, end, is_certain):
    assert calendar.is_certain(start, end) is is_certain


def test_a_year_missing_between_two_lists_makes_the_stretch_over_it_uncertain():
    gapped = Calendar(1, [2024, 2026], {})

    assert not gapped.is_certain(date(2024, 12, 31), date(2026, 1, 4))
    assert gapped.name_of(date(2025, 10, 1)) == UNPUBLISHED


def test_a_calendar_computes_to_the_end_of_its_last_year_beyond_the_lists(calendar):
    start, end = LAST_COMPUTED - timedelta(days=20), LAST_COMPUTED
    days = calendar.working_days_between(start, end)

    assert start < calendar.add_working_days(start, days) <= end
    with pytest.raises(CalendarRangeError, match=f"{days + 1} working days after {start}"):
        calendar.add_working_days(start, days + 1)


@pytest.mark.parametrize(
    ("start", "days"),
    [
        pytest.param(LAST_COMPUTED, 1, id="it starts on the last day"),
        pytest.param(LAST_COMPUTED + timedelta(days=1), 1, id="it starts after the last year"),
        pytest.param(date(2003, 12, 31), 1, id="it starts before the first year"),
    ],
)
def test_a_count_outside_the_years_is_refused_not_guessed(calendar, start, days):
    with pytest.raises(CalendarRangeError, match="cannot be computed"):
        calendar.add_working_days(start, days)


# Editions


def test_a_newer_edition_moves_the_dates_of_its_year_and_no_others(calendar):
    special = {day: s for year in SEEDED_YEARS for day, s in seeded_days(year).items()}
    special[date(2027, 1, 1)] = SpecialDay(is_working=False, name="元旦")
    newer = Calendar(2, [*SEEDED_YEARS, 2027], special)

    assert newer.is_certain(date(2026, 12, 31), date(2027, 1, 4))
    assert newer.add_working_days(date(2026, 12, 31), 1) == date(2027, 1, 4)
    assert newer.add_working_days(date(2021, 6, 10), 5) == calendar.add_working_days(
        date(2021, 6, 10), 5
    )


def test_a_calendar_keeps_its_days_when_the_list_it_was_made_from_changes():
    days = {date(2021, 6, 14): SpecialDay(is_working=False, name="端午节")}
    made = Calendar(1, [2021], days)

    days.clear()

    assert not made.is_working(date(2021, 6, 14))
