"""What does not change from case to case: policies, areas, the calendar, the code lists."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request, Response
from pydantic import Field
from sqlmodel import Session, col, select
from starlette.exceptions import HTTPException

from service.api.deadlines import StepOut
from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.problems import refusals
from service.api.views import OfficeInstant, View, coded
from service.codes import CodeLabel, Label
from service.errors import BLOCKERS, REFUSALS, Malformed, NotFound, NotSignedIn, PositionNeeded
from service.store.areas import Area, AreaLevel, within
from service.store.calendars import CalendarYear
from service.store.cases import Kind
from service.store.people import Actor
from service.workflows.calendar import CalendarRangeError
from service.workflows.deadlines import LimitKind, TimeLimit, Unit, due, explain
from service.workflows.fields import Day, Input
from service.workflows.machine import Procedure, table
from service.workflows.monitoring.events import EVENTS
from service.workflows.monitoring.route import STATES
from service.workflows.policy import Policy

router = APIRouter(tags=["reference"], route_class=StrictRoute)

PolicyPath = Annotated[str, Path(pattern=r"^[a-z0-9-]{3,48}$")]
MERMAID = "text/vnd.mermaid"


class PolicyOut(View):
    """A document in force here, by its version."""

    id: str
    version: int
    ref: str
    label: Label
    document: str
    issued_by: str
    issued_on: date | None

    @classmethod
    def of(cls, policy: Policy) -> "PolicyOut":
        return cls(
            **policy.model_dump(include={"id", "version", "document", "issued_by", "issued_on"}),
            ref=policy.ref,
            label=Label(zh=policy.zh, en=policy.en),
        )


class PolicyList(View):
    items: list[PolicyOut]


class MoveOut(View):
    """One move of the machine: from where, by what, to where; who, what it needs, which rule."""

    source: str
    event: str
    target: str
    by: list[str]
    requires: list[str]
    limits: list[str]
    cite: str


class MachineOut(View):
    """A machine as data. `holder` in a `by` is whoever the case waits for at that stage."""

    policy: str
    kind: Kind
    initial: str
    states: list[CodeLabel]
    events: list[CodeLabel]
    moves: list[MoveOut]
    time_limits: list[TimeLimit]


class AreaOut(View):
    code: str
    name: str
    level: AreaLevel
    parent_code: str | None
    policy_id: str | None


class AreaList(View):
    items: list[AreaOut]


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


class Codes(View):
    """Every code list with its labels: of the service, and of each policy by its `ref`."""

    lists: dict[str, list[CodeLabel]]
    policies: dict[str, dict[str, list[CodeLabel]]]


@router.get("/policies", operation_id="listPolicies", responses=refusals(NotSignedIn))
async def list_policies(desk: AtDesk) -> PolicyList:
    """List the documents that this installation knows."""
    return PolicyList(items=[PolicyOut.of(p.policy) for p in desk.office.rulebook])


@router.get(
    "/policies/{policy_id}", operation_id="getPolicy", responses=refusals(NotSignedIn, NotFound)
)
async def get_policy(policy_id: PolicyPath, desk: AtDesk) -> Policy:
    """Read a document as data: route, roles, requirements, limits, each with its provision."""
    return _procedure(desk, policy_id).policy


@router.get(
    "/policies/{policy_id}/machines/{kind}",
    operation_id="getMachine",
    response_model=MachineOut,
    responses={
        200: {"content": {MERMAID: {"schema": {"type": "string"}}}},
        **refusals(NotSignedIn, NotFound),
    },
)
async def get_machine(
    policy_id: PolicyPath,
    kind: Kind,
    desk: AtDesk,
    accept: Annotated[str, Header(include_in_schema=False)] = "*/*",
) -> Any:  # noqa: ANN401 - a model, or the diagram's text
    """Read a machine as JSON, or drawn in Mermaid (`Accept: text/vnd.mermaid`)."""
    procedure = _procedure(desk, policy_id)
    if MERMAID in accept:
        return Response(procedure.diagram("mermaid"), media_type=MERMAID)
    if not any(form in accept for form in ("*/*", "application/*", "application/json")):
        raise HTTPException(406)
    states = {move.source: None for move in procedure.moves}
    states |= {move.target: None for move in procedure.moves}
    return MachineOut(
        policy=procedure.policy.ref,
        kind=kind,
        initial=procedure.rules.first_stage,
        states=[coded(state, label) for state, label in STATES.items() if state in states],
        events=[
            coded(event, body.label, procedure.rule(event).cite)
            for event, body in EVENTS.items()
            if event in procedure.rules.events
        ],
        moves=[
            MoveOut(
                source=row.source,
                event=row.event,
                target=row.target,
                by=list(row.by),
                requires=list(row.requires),
                limits=list(row.limits),
                cite=row.cite,
            )
            for row in table(procedure)
        ],
        time_limits=list(procedure.rules.time_limits),
    )


def _procedure(desk: AtDesk, policy_id: str) -> Procedure:
    procedure = desk.office.rulebook.newest(policy_id)
    if procedure is None:
        raise NotFound
    return procedure


@router.get("/areas", operation_id="listAreas", responses=refusals(NotSignedIn, PositionNeeded))
async def list_areas(desk: AtDesk) -> AreaList:
    """List my area and everything in it."""

    def work(session: Session, actor: Actor) -> AreaList:
        areas = session.exec(
            select(Area).where(within(Area.code, actor.area_code)).order_by(col(Area.code))
        )
        return AreaList(items=[AreaOut(**area.model_dump()) for area in areas])

    return await desk.read(work)


@router.get(
    "/areas/{code}",
    operation_id="getArea",
    responses=refusals(NotSignedIn, PositionNeeded, NotFound),
)
async def get_area(code: Annotated[str, Path(pattern=r"^[0-9]{12}$")], desk: AtDesk) -> AreaOut:
    """Read one area within mine."""

    def work(session: Session, actor: Actor) -> AreaOut:
        area = session.exec(
            select(Area).where(Area.code == code, within(Area.code, actor.area_code))
        ).first()
        if area is None:
            raise NotFound
        return AreaOut(**area.model_dump())

    return await desk.read(work)


@router.get("/calendar/{year}", operation_id="getCalendar", responses=refusals(NotSignedIn))
async def get_calendar(
    year: Annotated[int, Path(ge=1949, le=2199)], desk: AtDesk
) -> CalendarYearOut:
    """Read a year: its holidays and make-up days, and whether its list is published."""

    def work(session: Session, _actor: Actor) -> CalendarYearOut:
        calendar = desk.office.registry.calendars.current(session)
        row = session.get(CalendarYear, year)
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
    limit = TimeLimit(
        id="working_days",
        zh=f"{body.days}个工作日",
        en=f"{body.days} working days",
        cite="",
        kind=LimitKind.DUE,
        unit=Unit.WORKING_DAY,
        amount=body.days,
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
                for step in explain(limit, body.start, calendar)
            ],
        )

    return await desk.read(work)


@router.get("/codes", operation_id="listCodes")
async def list_codes(request: Request) -> Codes:
    """List every code this interface uses, with its labels."""
    rulebook = request.app.state.office.rulebook
    return Codes(
        lists={
            "states": [coded(code, label) for code, label in STATES.items()],
            "events": [coded(code, body.label) for code, body in EVENTS.items()],
            "refusals": [coded(refusal.code, refusal.title) for refusal in REFUSALS],
            "blockers": [coded(code, label) for code, label in BLOCKERS.items()],
        },
        policies={
            procedure.policy.ref: {
                name: list(entries) for name, entries in procedure.policy.lists.items()
            }
            for procedure in rulebook
        },
    )
