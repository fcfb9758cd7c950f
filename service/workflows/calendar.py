"""Working days: weekends, public holidays and the make-up days (调休) that trade places.

A calendar is one edition of published yearly lists. Years that no list covers are counted
Monday to Friday and reported as not published, so that no date in them is taken as certain.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from service.codes import Label

SATURDAY = 5
YEARS_BEYOND = 75
"""How far past the last published year dates are still computed, provisionally."""

WEEKEND = Label(zh="周末", en="weekend")
WORKING_DAY = Label(zh="工作日", en="working day")
HOLIDAYS = {
    "元旦": "New Year",
    "春节": "Spring Festival",
    "清明节": "Tomb-Sweeping Day",
    "劳动节": "Labour Day",
    "端午节": "Dragon Boat Festival",
    "中秋节": "Mid-Autumn Festival",
    "国庆节": "National Day",
}
"""English names of the yearly holidays; a name that is not here is shown as the list has it."""

UNPUBLISHED = Label(
    zh="未公布日历，按周一至周五推定", en="no calendar published: Monday to Friday assumed"
)


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that an official list names: a holiday, or a weekend day that is worked."""

    is_working: bool
    name: str


class CalendarRangeError(ValueError):
    """A date lies outside every year this calendar can speak of."""


class Calendar:
    """One edition of the working calendar. Immutable; counting costs a binary search."""

    def __init__(
        self, edition: int, years: Iterable[int], special: Mapping[date, SpecialDay]
    ) -> None:
        self.edition = edition
        self.years = frozenset(years)
        self._special = dict(special)
        first, last = min(self.years), max(self.years) + YEARS_BEYOND
        self._first, self._last = date(first, 1, 1), date(last, 12, 31)
        plain = (d for d in _weekdays(self._first, self._last) if d not in self._special)
        named = (d for d, one in special.items() if one.is_working)
        self._working = sorted([*plain, *(d for d in named if self._first <= d <= self._last)])

    def is_published(self, day: date) -> bool:
        """Tell whether an official list covers the day's year."""
        return day.year in self.years

    def is_certain(self, start: date, end: date) -> bool:
        """Tell whether every year from start to end is covered by an official list."""
        return self.years.issuperset(range(start.year, end.year + 1))

    def is_working(self, day: date) -> bool:
        special = self._special.get(day)
        return special.is_working if special else day.weekday() < SATURDAY

    def name_of(self, day: date) -> Label:
        """Return why a day counts or does not: its holiday, a make-up day, the weekend."""
        special = self._special.get(day)
        if special:
            english = HOLIDAYS.get(special.name, special.name)
            if special.is_working:
                return Label(zh=f"{special.name}调休上班", en=f"make-up working day ({english})")
            return Label(zh=special.name, en=english)
        if not self.is_published(day):
            return UNPUBLISHED
        return WEEKEND if day.weekday() >= SATURDAY else WORKING_DAY

    def add_working_days(self, start: date, days: int) -> date:
        """Return the last of `days` (≥ 1) working days after start; start is not counted.

        Raises `CalendarRangeError` where the count leaves the years that can be computed.
        """
        index = bisect_right(self._working, start) + days - 1
        if start < self._first or index >= len(self._working):
            raise CalendarRangeError(f"{days} working days after {start} cannot be computed")
        return self._working[index]

    def before_working_days(self, day: date, days: int) -> date:
        """Return the last day that has at least so many working days after it, up to a day."""
        index = bisect_right(self._working, day) - days
        return self._working[index] - timedelta(days=1) if index >= 0 else date.min

    def working_days_between(self, start: date, end: date) -> int:
        """Return how many working days lie after start, up to and including end."""
        return bisect_right(self._working, end) - bisect_right(self._working, start)

    def special_days(self, year: int) -> Iterator[tuple[date, SpecialDay]]:
        """Yield the days that the year's list names, in order."""
        return ((day, s) for day, s in sorted(self._special.items()) if day.year == year)


@cache
def _weekdays(first: date, last: date) -> tuple[date, ...]:
    """Return every Monday to Friday: remembered, for each edition and area has its calendar."""
    return tuple(day for day in days_from(first, last) if day.weekday() < SATURDAY)


def days_from(first: date, last: date) -> Iterator[date]:
    """Yield every day from first to last, both included."""
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
