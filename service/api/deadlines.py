"""Deadlines: of one case, of my whole area, and how a date came about."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, TypeAdapter
from sqlmodel import Session, col, select

from service.api.cases import READ, case_within
from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.office import Office
from service.api.pages import PagingQuery, narrowed, page
from service.api.problems import refusals
from service.api.views import DeadlineOut, OfficeInstant, Page, View
from service.codes import Label
from service.errors import Malformed, NotFound, NotSignedIn, PositionNeeded
from service.store.areas import within
from service.store.cases import Case
from service.store.deadlines import Deadline, DeadlineState, state_at
from service.store.people import Actor
from service.workflows.calendar import Calendar
from service.workflows.clock_events import HAPPENINGS, ClockEvent, Happening, read_events
from service.workflows.deadlines import LimitKind, Unit, days_late
from service.workflows.explanation import explain
from service.workflows.fields import Day, Instant
from service.workflows.kinds import Kind

router = APIRouter(tags=["deadlines"], route_class=StrictRoute)


class StepOut(View):
    """A day of the derivation: counted as which number, or not, and why."""

    on: date
    counted: int | None
    why: Label


class HappenedOut(View):
    """What happened to a clock: under which provision, by which calendar, and by whom."""

    what: Happening
    label: Label
    at: OfficeInstant
    due_on: date | None = Field(description="The last day from then on.")
    amount: int | None
    unit: Unit | None
    reason: str | None
    reason_label: Label | None
    cite: str | None
    calendar_edition: int
    person_id: UUID | None
    role: str | None

    @classmethod
    def of(cls, event: ClockEvent, words: Mapping[str, Label]) -> "HappenedOut":
        return cls(
            **event.model_dump(exclude={"on", "since", "position_id"}),
            label=HAPPENINGS[event.what],
            reason_label=words.get(event.reason or ""),
        )


class Explanation(View):
    """How a date came about: the limit, its provision, every day, the calendar it rests on.

    `steps` count the days; `happened` tells what was done to the clock, in its order.
    """

    deadline: DeadlineOut
    at: str
    steps: list[StepOut]
    happened: list[HappenedOut]
    calendar_edition: int


class DeadlineList(View):
    items: list[DeadlineOut]


@router.get(
    "/deadlines",
    operation_id="listDeadlines",
    responses=refusals(Malformed, NotSignedIn, PositionNeeded),
)
async def list_deadlines(
    desk: AtDesk,
    paging: PagingQuery,
    state: DeadlineState | None = None,
    area: Annotated[str | None, Query(pattern=r"^[0-9]{12}$")] = None,
    kind: Kind | None = None,
    limit_kind: LimitKind | None = None,
    rule: Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,48}$")] = None,
    due_before: Day | None = None,
) -> Page[DeadlineOut]:
    """List the deadlines within my area, the earliest first."""
    now = desk.office.clock.now()

    def work(session: Session, actor: Actor) -> Page[DeadlineOut]:
        query = narrowed(
            standing(actor, now),
            (state, lambda asked: state_at(now) == asked),
            (area, lambda asked: within(Case.area_code, asked)),
            (kind, lambda asked: col(Case.kind) == asked),
            (limit_kind, lambda asked: col(Deadline.kind) == asked),
            (rule, lambda asked: col(Deadline.rule) == asked),
            (due_before, lambda asked: col(Deadline.due_on) < asked),
        )
        calendar = desk.office.registry.calendars.current(session)
        return Page[DeadlineOut](
            **page(
                session,
                query,
                paging,
                keys=[col(Deadline.over_at), col(Deadline.id)],
                parse=[_instant, UUID],
                shown=lambda row: shown(row, desk.office, calendar),
                key_of=lambda row: [row[0].over_at.isoformat(), str(row[0].id)],
            )
        )

    return await desk.read(work)


@router.get(
    "/cases/{case_id}/deadlines", operation_id="getCaseDeadlines", responses=refusals(*READ)
)
async def get_case_deadlines(case_id: UUID, desk: AtDesk) -> DeadlineList:
    """Read every deadline of a case, closed ones too."""

    def work(session: Session, actor: Actor) -> DeadlineList:
        case_within(session, case_id, actor)
        query = standing(actor, desk.office.clock.now()).where(col(Deadline.case_id) == case_id)
        rows = session.execute(query.order_by(col(Deadline.over_at), col(Deadline.id))).all()
        calendar = desk.office.registry.calendars.current(session)
        return DeadlineList(items=[shown(row, desk.office, calendar) for row in rows])

    return await desk.read(work)


@router.get(
    "/deadlines/{deadline_id}/explain", operation_id="explainDeadline", responses=refusals(*READ)
)
async def explain_deadline(deadline_id: UUID, desk: AtDesk) -> Explanation:
    """Show day by day how a date came about, under which provision."""
    office = desk.office

    def work(session: Session, actor: Actor) -> Explanation:
        query = standing(actor, office.clock.now()).where(col(Deadline.id) == deadline_id)
        row = session.execute(query).first()
        if row is None:
            raise NotFound
        deadline, _, kind = row
        procedure = office.rulebook.pinned(deadline.policy, kind)
        limit = procedure.limit(deadline.rule)
        calendar = office.registry.calendars.of_edition(session, deadline.calendar_edition)
        rules, events = procedure.policy.rules, read_events(deadline.clock)
        return Explanation(
            deadline=shown(row, office, calendar),
            at="；".join(
                dict.fromkeys(rules[rule].at for rule in limit.cite.split() if rule in rules)
            ),
            steps=[
                StepOut(on=step.on, counted=step.counted, why=step.why)
                for step in explain(limit, events, calendar)
            ],
            happened=[HappenedOut.of(event, procedure.words) for event in events],
            calendar_edition=calendar.edition,
        )

    return await desk.read(work)


def _instant(text: str) -> datetime:
    """Read an instant of a cursor. Raises `ValueError` for one that no database could compare."""
    return TypeAdapter(Instant).validate_python(text)


def standing(actor: Actor, now: datetime) -> Any:  # noqa: ANN401 - the two libraries' Select differ
    """Return the query for deadlines within an actor's area, each with how it stands now."""
    return (
        select(Deadline, state_at(now).label("state"), Case.kind)
        .join(Case, col(Case.id) == col(Deadline.case_id))
        .where(within(Case.area_code, actor.area_code))
    )


def shown(row: Sequence[Any], office: Office, calendar: Calendar) -> DeadlineOut:
    deadline, state, kind = row
    return DeadlineOut.of(
        deadline,
        state,
        _days_late(deadline, state, office, calendar),
        office.rulebook.pinned(deadline.policy, kind),
    )


def _days_late(deadline: Deadline, state: str, office: Office, calendar: Calendar) -> int:
    if state not in {DeadlineState.OVERDUE, DeadlineState.LATE}:
        return 0
    until = deadline.closed_at or office.clock.now()
    return days_late(deadline.unit, deadline.due_on, deadline.over_at, until, calendar)
