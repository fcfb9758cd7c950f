"""The working calendar as data: one row for each year, one for each day a list names."""

from collections.abc import Mapping
from datetime import date, datetime

import chinese_calendar
from chinese_calendar import Holiday
from sqlalchemy import func
from sqlalchemy.sql import ColumnElement
from sqlmodel import Field, Session, SQLModel, col, select

from service.codes import Label
from service.errors import NotReady
from service.store.columns import Utc
from service.workflows.calendar import Calendar, SpecialDay, days_from

SEEDED_YEARS = range(2004, 2027)
SEED_SOURCE = "State Council yearly schedules, as collected by chinesecalendar"

NAMES = {
    Holiday.new_years_day.value: "元旦",
    Holiday.spring_festival.value: "春节",
    Holiday.tomb_sweeping_day.value: "清明节",
    Holiday.labour_day.value: "劳动节",
    Holiday.dragon_boat_festival.value: "端午节",
    Holiday.mid_autumn_festival.value: "中秋节",
    Holiday.national_day.value: "国庆节",
    Holiday.anti_fascist_70th_day.value: "抗战胜利70周年纪念日",
}


class CalendarYear(SQLModel, table=True):
    """One import of a year's list. Editions grow and stay: an old date is explained by its own."""

    __tablename__ = "calendar_year"

    edition: int = Field(primary_key=True)
    year: int = Field(index=True)
    source: str
    imported_at: datetime = Field(sa_type=Utc)


class CalendarDay(SQLModel, table=True):
    """A day that the edition's list names: a holiday on any day, or a weekend day worked."""

    __tablename__ = "calendar_day"

    edition: int = Field(primary_key=True)
    on: date = Field(primary_key=True)
    is_working: bool
    name: str


def newest_edition() -> ColumnElement[int]:
    """Return the subquery for the newest edition, to ride along in another statement."""
    return select(func.max(CalendarYear.edition)).scalar_subquery()


class Calendars:
    """The calendar in force, kept in memory and reloaded when a newer edition shows up."""

    def __init__(self) -> None:
        self._loaded: Calendar | None = None

    def current(self, session: Session, edition: int | None = None) -> Calendar:
        """Return the calendar; with the newest edition known, a loaded one costs no statement.

        The years and days are read in the asker's own transaction. Raises `NotReady` where no
        calendar was ever loaded.
        """
        newest = edition or session.exec(select(func.max(CalendarYear.edition))).one()
        if newest is None:
            raise NotReady(Label(zh="尚未导入工作日历", en="No working calendar is loaded."))
        if self._loaded is None or self._loaded.edition != newest:
            self._loaded = _read(session, newest)
        return self._loaded

    def of_edition(self, session: Session, edition: int) -> Calendar:
        """Return the calendar as it stood when an edition was its newest."""
        current = self.current(session)
        return current if edition == current.edition else _read(session, edition)


def _read(session: Session, edition: int) -> Calendar:
    imports = session.exec(
        select(CalendarYear)
        .where(CalendarYear.edition <= edition)
        .order_by(col(CalendarYear.edition))
    )
    newest = {row.year: row.edition for row in imports}  # a later import of a year replaces it
    days = session.exec(
        select(CalendarDay).where(col(CalendarDay.edition).in_(newest.values()))
    ).all()
    return Calendar(edition, newest, {d.on: SpecialDay(d.is_working, d.name) for d in days})


def published(session: Session, year: int) -> CalendarYear | None:
    """Return the newest import of a year's list, or None where it is not published."""
    return session.exec(
        select(CalendarYear)
        .where(CalendarYear.year == year)
        .order_by(col(CalendarYear.edition).desc())
    ).first()


def put_year(
    session: Session, year: int, special: Mapping[date, SpecialDay], source: str, at: datetime
) -> int:
    """Take in a year's list, in place of an earlier one. Returns the new edition."""
    edition = (session.exec(select(func.max(CalendarYear.edition))).one() or 0) + 1
    session.add(CalendarYear(year=year, edition=edition, source=source, imported_at=at))
    session.flush()
    session.add_all(
        CalendarDay(edition=edition, on=day, is_working=s.is_working, name=s.name)
        for day, s in special.items()
    )
    session.flush()
    return edition


def seed(session: Session, at: datetime) -> None:
    """Fill an empty calendar with the years that have been published so far."""
    for year in SEEDED_YEARS:
        put_year(session, year, seeded_days(year), SEED_SOURCE, at)


def seeded_days(year: int) -> dict[date, SpecialDay]:
    """Return the days of a year that differ from Monday to Friday, or are holidays by name."""
    return {
        day: special
        for day in days_from(date(year, 1, 1), date(year, 12, 31))
        if (special := _special(day))
    }


def _special(day: date) -> SpecialDay | None:
    _, name = chinese_calendar.get_holiday_detail(day)
    if name is None:
        return None
    return SpecialDay(chinese_calendar.is_workday(day), NAMES[name])
