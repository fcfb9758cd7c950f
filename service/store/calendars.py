"""The working calendar as data: one row for each list of a year, one for each day it names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import chinese_calendar
from chinese_calendar import Holiday
from sqlalchemy import bindparam, func, literal_column, or_
from sqlalchemy.sql import ColumnElement
from sqlmodel import Field, Session, SQLModel, col, select

from service.codes import Label
from service.errors import NotReady
from service.store.areas import AreaReach
from service.store.columns import AREA_CODE, Utc
from service.store.database import wire
from service.workflows.calendar import Calendar, SpecialDay, days_from
from service.workflows.calendar_lists import Lists, Special, YearList

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
    """One import of a year's list. Editions grow and stay: an old date is explained by its own.

    Without an area it is the official list of the whole country; else it holds for the area and
    what lies in it, beside the official one (closures, days of a disaster).
    """

    __tablename__ = "calendar_year"

    edition: int = Field(primary_key=True)
    year: int = Field(index=True)
    area_code: str | None = Field(
        default=None, sa_type=AREA_CODE, foreign_key="area.code", index=True
    )
    source: str
    imported_at: datetime = Field(sa_type=Utc)
    imported_by: UUID | None = None


class CalendarDay(SQLModel, table=True):
    """A day that the edition's list names: a holiday on any day, or a weekend day worked."""

    __tablename__ = "calendar_day"

    edition: int = Field(primary_key=True)
    on: date = Field(primary_key=True)
    is_working: bool
    name: str


COMMA: Any = literal_column("','")
"""As a value it would be written into the statement anew each time that one is sent."""


def newest_edition() -> ColumnElement[int]:
    """Return the subquery for the newest edition, to ride along in another statement."""
    return select(func.max(CalendarYear.edition)).scalar_subquery()


def own_lists(area: Any) -> ColumnElement[str]:  # noqa: ANN401 - a column or a parameter
    """Return the subquery for the areas around an area that have lists of their own.

    It rides along where a case is locked, so that its calendar costs no statement.
    """
    listed = select(CalendarYear.area_code).where(col(CalendarYear.area_code).is_not(None))
    return (
        select(func.aggregate_strings(col(AreaReach.ancestor_code), COMMA))
        .where(AreaReach.area_code == area, col(AreaReach.ancestor_code).in_(listed))
        .scalar_subquery()
    )


_STANDING = select(func.max(CalendarYear.edition), func.count(col(CalendarYear.area_code)))
_OF_AREA = select(newest_edition(), own_lists(bindparam("area")))


class Calendars:
    """The calendars in force, kept in memory and reloaded when a newer edition shows up.

    What is read is read in the asker's own transaction. All raise `NotReady` where no calendar
    was ever loaded.
    """

    def __init__(self) -> None:
        self._lists: Lists | None = None

    def current(self, session: Session) -> Calendar:
        """Return the calendar of the whole country."""
        return self.almanac(session).country

    def of_area(self, session: Session, area_code: str) -> Calendar:
        """Return the calendar in force in an area."""
        edition, own = wire(session).execute(_OF_AREA, {"area": area_code}).one()
        return self.riding(session, edition, own)

    def riding(self, session: Session, edition: int | None, own: str | None) -> Calendar:
        """Return a calendar by what rode along in another statement; a loaded one costs none."""
        return self._of(session, edition).calendar(own.split(",") if own else ())

    def almanac(self, session: Session) -> "Almanac":
        """Return the calendars of all areas."""
        edition, local = session.execute(_STANDING).one()
        lists = self._of(session, edition)
        return Almanac(lists, _around(session, lists) if local else {})

    def _of(self, session: Session, edition: int | None) -> Lists:
        if edition is None:
            raise NotReady(Label(zh="尚未导入工作日历", en="No working calendar is loaded."))
        if self._lists is None or self._lists.edition != edition:
            self._lists = _read(session, edition)
        return self._lists


class Almanac:
    """The calendar of every area, as it stood at one edition."""

    def __init__(self, lists: Lists, around: Mapping[str, Sequence[str]]) -> None:
        self.lists = lists
        self._around = around

    @property
    def country(self) -> Calendar:
        return self.lists.calendar(())

    def of(self, area_code: str) -> Calendar:
        return self.lists.calendar(self._around.get(area_code, ()))

    def own(self) -> Iterator[tuple[str, Calendar]]:
        """Yield the areas that have lists of their own, the innermost first."""
        for area_code in sorted(self.lists.local, key=lambda one: -self.lists.depths[one]):
            yield area_code, self.of(area_code)

    def with_list(self, session: Session, new: YearList) -> "Almanac":
        """Return the calendars as they would be with one more list."""
        lists = self.lists.with_list(new, depth_of(session, new.area_code))
        return Almanac(lists, _around(session, lists) if lists.local else {})


def almanac_of(session: Session, edition: int) -> Almanac:
    """Return the calendars as they stood when an edition was the newest."""
    lists = _read(session, edition)
    return Almanac(lists, _around(session, lists) if lists.local else {})


def _around(session: Session, lists: Lists) -> dict[str, list[str]]:
    """Return for every area that lies in one with a list of its own which ones those are."""
    around: dict[str, list[str]] = {}
    for area_code, listed in session.execute(
        select(AreaReach.area_code, AreaReach.ancestor_code).where(
            col(AreaReach.ancestor_code).in_(lists.local)
        )
    ):
        around.setdefault(area_code, []).append(listed)
    return around


def depth_of(session: Session, area_code: str | None) -> int:
    """Return how many areas an area lies in."""
    above = select(func.count()).where(AreaReach.area_code == area_code)
    return session.exec(above).one() if area_code else 0


def _read(session: Session, edition: int) -> Lists:
    imports = session.exec(
        select(CalendarYear)
        .where(CalendarYear.edition <= edition)
        .order_by(col(CalendarYear.edition))
    )
    newest = {(row.area_code, row.year): row.edition for row in imports}  # a later one replaces
    days: dict[int, Special] = {one: {} for one in newest.values()}
    for day in session.exec(select(CalendarDay).where(col(CalendarDay.edition).in_(days))):
        days[day.edition][day.on] = SpecialDay(day.is_working, day.name)
    lists = Lists(edition)
    for (area_code, year), number in newest.items():
        new = YearList(year, days[number], area_code)
        lists = lists.with_list(new, depth_of(session, area_code))
    return replace(lists, edition=edition)


def imports_of(session: Session, year: int, area_code: str | None) -> list[CalendarYear]:
    """Return the newest import of a year's official list, and those around an area, if any."""
    around = select(AreaReach.ancestor_code).where(AreaReach.area_code == area_code)
    found = session.exec(
        select(CalendarYear)
        .where(
            CalendarYear.year == year,
            or_(col(CalendarYear.area_code).is_(None), col(CalendarYear.area_code).in_(around)),
        )
        .order_by(col(CalendarYear.edition))
    )
    return list({row.area_code: row for row in found}.values())


def put_year(
    session: Session,
    new: YearList,
    source: str,
    at: datetime,
    by: UUID | None = None,
) -> int:
    """Take in a year's list, in place of an earlier one. Returns the new edition."""
    edition = (session.exec(select(func.max(CalendarYear.edition))).one() or 0) + 1
    session.add(
        CalendarYear(
            year=new.year,
            edition=edition,
            area_code=new.area_code,
            source=source,
            imported_at=at,
            imported_by=by,
        )
    )
    session.flush()
    session.add_all(
        CalendarDay(edition=edition, on=day, is_working=s.is_working, name=s.name)
        for day, s in new.special.items()
    )
    session.flush()
    return edition


def seed(session: Session, at: datetime) -> None:
    """Fill an empty calendar with the years that have been published so far."""
    for year in SEEDED_YEARS:
        put_year(session, YearList(year, seeded_days(year)), SEED_SOURCE, at)


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
