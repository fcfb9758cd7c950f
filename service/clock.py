"""The only reader of the time.

Everything else asks a `Clock` that was handed to it, so that a test or a demonstration can
live on any day it likes. Instants are UTC; legal days are days in the office's zone.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

OFFICE_ZONE = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the present instant, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SetClock:
    """A clock that stands where it is put: for tests, and for the demonstration's calendar."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def set(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def advance(self, **by: float) -> None:
        """Move by a `timedelta` given in its own words: `advance(days=5)`."""
        self._at += timedelta(**by)


def office_date(instant: datetime) -> date:
    """Return the civil day of an instant in the office's zone."""
    return instant.astimezone(OFFICE_ZONE).date()


def office_time(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """Return the instant at which the office's clocks show this day and time."""
    return datetime.combine(day, time(hour, minute), OFFICE_ZONE).astimezone(UTC)


def end_of(day: date) -> datetime:
    """Return the first instant after a civil day: the moment a period ending on it is over."""
    return office_time(day + timedelta(days=1))
