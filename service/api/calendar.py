"""The working calendar, and counting by it."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field
from sqlmodel import Session

from service.api.deadlines import StepOut
from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.problems import refusals
from service.api.views import OfficeInstant, View
from service.codes import Label
from service.errors import Malformed, NotSignedIn
from service.store.calendars import published
from service.store.people import Actor
from service.workflows.calendar import CalendarRangeError
from service.workflows.clock_events import starting
from service.workflows.deadlines import LimitKind, TimeLimit, Unit, due
from service.workflows.explanation import explain
from service.workflows.fields import Day, Input

router = APIRouter(tags=["calendar"], route_class=StrictRoute)


class SpecialDayOut(View):
    on: date
    is_working: bool
    name: str


class CalendarYearOut(View):
    """A year's working calendar. Where `published` is false, Monday to Friday is assumed."""

    year: int
    published: bool
    edition: int
    source: str | None
    imported_at: OfficeInstant | None
    special_days: list[SpecialDayOut]


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


@router.get("/calendar/{year}", operation_id="getCalendar", responses=refusals(NotSignedIn))
async def get_calendar(
    year: Annotated[int, Path(ge=1949, le=2199)], desk: AtDesk
) -> CalendarYearOut:
    """Read a year: its holidays and make-up days, and whether its list is published."""

    def work(session: Session, _actor: Actor) -> CalendarYearOut:
        calendar = desk.office.registry.calendars.current(session)
        row = published(session, year)
        return CalendarYearOut(
            year=year,
            published=row is not None,
            edition=calendar.edition,
            source=row.source if row else None,
            imported_at=row.imported_at if row else None,
            special_days=[
                SpecialDayOut(on=day, is_working=special.is_working, name=special.name)
                for day, special in calendar.special_days(year)
            ],
        )

    return await desk.read(work)


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
