"""The working calendar, and counting by it."""

from dataclasses import asdict
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field
from sqlmodel import Session

from service import calendar_imports
from service.api.cases import WRITE
from service.api.deadlines import StepOut
from service.api.desk import Answer, AtDesk
from service.api.door import StrictRoute
from service.api.problems import refusals
from service.api.views import OfficeInstant, View
from service.calendar_imports import YearFile
from service.codes import Label
from service.errors import Malformed, NotFound, NotSignedIn
from service.store.areas import area_within
from service.store.calendars import imports_of
from service.store.people import Actor
from service.workflows.calendar import CalendarRangeError
from service.workflows.clock_events import starting
from service.workflows.deadlines import LimitKind, TimeLimit, Unit, due
from service.workflows.explanation import explain
from service.workflows.fields import Day, Input

router = APIRouter(tags=["calendar"], route_class=StrictRoute)
AT_MOST = 10_000
"""How many of the deadlines that an import moves its answer tells one by one."""


class SpecialDayOut(View):
    on: date
    is_working: bool
    name: str


class OwnList(View):
    """A list that an area has beside the official one, for itself and what lies in it."""

    area_code: str
    edition: int
    source: str
    imported_at: OfficeInstant


class CalendarYearOut(View):
    """A year's working calendar. Where `published` is false, Monday to Friday is assumed.

    For an area its own days, and those of the areas around it, are among the special ones.
    """

    year: int
    published: bool
    edition: int
    source: str | None
    imported_at: OfficeInstant | None
    special_days: list[SpecialDayOut]
    own_lists: list[OwnList]


class ShiftOut(View):
    """A deadline that an import moves, or makes certain or uncertain."""

    case_id: UUID
    deadline_id: UUID
    rule: str
    area_code: str
    was_due_on: date
    due_on: date
    was_provisional: bool
    provisional: bool


class ImportOut(View):
    """What an import moved, or would move: the first ten thousand, and how many in all."""

    year: int
    area_code: str | None
    edition: int
    dry_run: bool
    cases: int
    deadlines: int
    items: list[ShiftOut]


class WorkingDaysIn(Input):
    start: Day
    days: Annotated[int, Field(ge=1, le=400, strict=True)]


class WorkingDaysOut(View):
    """The last of so many working days after a day, and every day in between with its reason."""

    due_on: date
    over_at: OfficeInstant
    provisional: bool
    calendar_edition: int
    steps: list[StepOut]


@router.get(
    "/calendar/{year}",
    operation_id="getCalendar",
    responses=refusals(Malformed, NotFound, NotSignedIn),
)
async def get_calendar(
    year: Annotated[int, Path(ge=1949, le=2199)],
    desk: AtDesk,
    area: Annotated[str | None, Query(pattern=r"^[0-9]{12}$")] = None,
) -> CalendarYearOut:
    """Read a year: its holidays and make-up days, if its list is published; of an area too."""

    def work(session: Session, actor: Actor) -> CalendarYearOut:
        if area:
            area_within(session, area, actor.area_code)
        known = desk.office.registry.calendars
        calendar = known.of_area(session, area) if area else known.current(session)
        imports = imports_of(session, year, area)
        official = next((row for row in imports if row.area_code is None), None)
        return CalendarYearOut(
            year=year,
            published=official is not None,
            edition=calendar.edition,
            source=official.source if official else None,
            imported_at=official.imported_at if official else None,
            special_days=[
                SpecialDayOut(on=day, is_working=special.is_working, name=special.name)
                for day, special in calendar.special_days(year)
            ],
            own_lists=[OwnList(**row.model_dump()) for row in imports if row.area_code],
        )

    return await desk.read(work)


@router.post(
    "/calendar/imports",
    operation_id="importCalendar",
    status_code=201,
    response_model=ImportOut,
    responses=refusals(*WRITE),
)
async def import_calendar(
    body: YearFile,
    desk: AtDesk,
    dry_run: Annotated[bool, Query(description="Tell what would move, and move nothing.")] = False,
) -> Response:
    """Take in a list of a year and set every open deadline that it moves, with a line each.

    The official list takes the administrator of the outermost area; with `area_code` the list
    has days of an area's own, and moves deadlines within that area alone.
    """
    registry = desk.office.registry

    def work(session: Session, actor: Actor) -> Answer:
        calendar_imports.check(session, body, actor)
        if dry_run:
            done = calendar_imports.look(session, body, registry)
        else:
            done = calendar_imports.take_in(session, body, registry, actor)
        told = ImportOut(
            year=body.year,
            area_code=body.area_code,
            edition=done.edition,
            dry_run=dry_run,
            cases=done.cases,
            deadlines=len(done.shifts),
            items=[ShiftOut.model_validate(asdict(one)) for one in done.shifts[:AT_MOST]],
        )
        return Answer(told, told={"dry_run": dry_run})

    return await desk.write("import_calendar", work)


@router.post(
    "/calendar/working-days",
    operation_id="countWorkingDays",
    responses=refusals(Malformed, NotSignedIn),
)
async def count_working_days(body: WorkingDaysIn, desk: AtDesk) -> WorkingDaysOut:
    """Tell which day is the last of so many working days, and why. It changes nothing."""
    limit = TimeLimit.model_construct(  # a question, not a provision: it cites none
        id="working_days",
        zh=f"{body.days}个工作日",
        en=f"{body.days} working days",
        kind=LimitKind.DUE,
        unit=Unit.WORKING_DAY,
        amount=body.days,
        cite="",
        starts=(),
        ends=(),
    )

    def work(session: Session, _actor: Actor) -> WorkingDaysOut:
        calendar = desk.office.registry.calendars.current(session)
        try:
            date = due(limit, body.start, calendar)
        except CalendarRangeError as problem:
            outside = Label(
                zh="日期超出可计算的年份", en="The day lies outside the years that can be computed."
            )
            raise Malformed(outside) from problem
        return WorkingDaysOut(
            due_on=date.due_on,
            over_at=date.over_at,
            provisional=date.provisional,
            calendar_edition=calendar.edition,
            steps=[
                StepOut(on=step.on, counted=step.counted, why=step.why)
                for step in explain(limit, [starting(body.start)], calendar)
            ],
        )

    return await desk.read(work)
