"""Taking in a year's list: the official one, or days of an area's own; looked at before.

An administrator brings lists for their own area and what lies in it. The official list is for
everybody: it takes the administrator of the outermost area.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator
from sqlmodel import Session

from service import recomputing
from service.audit.lines import ACT, By, add_single
from service.codes import Label
from service.errors import NotFound, NotYourRole
from service.publication import check_administrator
from service.recomputing import Shift
from service.registry import Registry
from service.store.areas import area_within, lineage
from service.store.calendars import Calendars, put_year
from service.store.people import Actor
from service.workflows.calendar import SpecialDay
from service.workflows.calendar_lists import YearList
from service.workflows.fields import Day, Flag, Input, Line

CITE = "DX-63"
IMPORT = Label(zh="导入工作日历", en="import a working calendar")
OUTERMOST = Label(zh="最上级地区的管理员", en="the administrator of the outermost area")


class ListedDay(Input):
    date: Day
    name: Line
    is_working: Flag


class YearFile(Input):
    """A list of a year: every holiday, and every weekend day that is worked.

    With `area_code` it has the days of that area alone (closures, days of a disaster), beside
    the official list.
    """

    year: Annotated[int, Field(ge=1950, le=2189, strict=True)]
    source: Line
    area_code: Annotated[str, Field(pattern=r"^[0-9]{12}$")] | None = None
    days: Annotated[tuple[ListedDay, ...], Field(min_length=1, max_length=366)]

    @model_validator(mode="after")
    def _each_once_and_of_the_year(self) -> Self:
        if len(self._special()) < len(self.days):
            raise ValueError("a day stands in the list twice")
        if strange := [str(day.date) for day in self.days if day.date.year != self.year]:
            raise ValueError(f"not in {self.year}: {', '.join(strange)}")
        return self

    def listed(self) -> YearList:
        return YearList(self.year, self._special(), self.area_code)

    def _special(self) -> dict[date, SpecialDay]:
        return {day.date: SpecialDay(day.is_working, day.name) for day in self.days}


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import moves, or would move; with the edition that it makes, or would make."""

    edition: int
    shifts: list[Shift]

    @property
    def cases(self) -> int:
        return len({shift.case_id for shift in self.shifts})


def look(session: Session, file: YearFile, registry: Registry) -> Imported:
    """Return what a list would move. It changes nothing."""
    almanac = registry.calendars.almanac(session).with_list(session, file.listed())
    shifts = recomputing.outlook(session, registry, almanac, file.area_code)
    return Imported(almanac.lists.edition, shifts)


def take_in(
    session: Session, file: YearFile, registry: Registry, actor: Actor | None = None
) -> Imported:
    """Take a list in, and set the open deadlines that it moves: one line for each case."""
    by = actor.person_id if actor else None
    edition = put_year(session, file.listed(), file.source, registry.clock.now(), by)
    unshared = replace(registry, calendars=Calendars())  # nobody else may see what is not committed
    done = Imported(edition, recomputing.apply_calendar(session, unshared, file.area_code))
    said = {
        "year": file.year,
        "of_area": file.area_code,
        "edition": edition,
        "days": len(file.days),
        "cases": done.cases,
    }
    add_single(session, ACT, "import_calendar", registry.clock.now(), said, By.of(actor))
    return done


def check(session: Session, file: YearFile, actor: Actor) -> None:
    """Raise `NotYourRole`, and `NotFound` for an area that is not the administrator's."""
    check_administrator(actor, IMPORT, CITE)
    if file.area_code:
        area_within(session, file.area_code, actor.area_code)
    elif len(lineage(session, actor.area_code)) > 1:
        raise NotYourRole(IMPORT, [OUTERMOST], CITE)


def check_area(session: Session, file: YearFile) -> None:
    """Raise `NotFound` for an area that is not there."""
    if file.area_code and not lineage(session, file.area_code):
        raise NotFound
