"""Deadlines: of one case, of my whole area, and how a date came about."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, TypeAdapter
from sqlmodel import Session, col

from service.api.cases import READ, case_within
from service.api.deadline_filters import FiltersQuery
from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.office import Office
from service.api.pages import PagingQuery, page
from service.api.problems import refusals
from service.api.views import DeadlineOut, OfficeInstant, Page, View
from service.clock_rows import dates_of
from service.codes import Label
from service.errors import Malformed, NotFound, NotSignedIn, PositionNeeded
from service.overview.asked import Asked, AskedState, Now, days_late_of, rows
from service.store.calendars import almanac_of
from service.store.deadlines import Deadline, DeadlineState
from service.store.people import Actor
from service.workflows.clock_events import HAPPENINGS, ClockEvent, Happening, read_events
from service.workflows.deadlines import Unit
from service.workflows.explanation import explain
from service.workflows.fields import Instant
from service.workflows.ladder import to_be_told
from service.workflows.machine import Procedure

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
    desk: AtDesk, paging: PagingQuery, filters: FiltersQuery, state: AskedState | None = None
) -> Page[DeadlineOut]:
    """List the deadlines within my area, the earliest first."""

    def work(session: Session, actor: Actor) -> Page[DeadlineOut]:
        now = now_at(session, desk.office)
        return Page[DeadlineOut](
            **page(
                session,
                rows(filters.asked(session, actor, state), now),
                paging,
                keys=[col(Deadline.over_at), col(Deadline.id)],
                parse=[_instant, UUID],
                shown=lambda row: shown(row, desk.office, now),
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
        now = now_at(session, desk.office)
        query = rows(Asked(actor.area_code), now).where(col(Deadline.case_id) == case_id)
        found = session.execute(query.order_by(col(Deadline.over_at), col(Deadline.id))).all()
        return DeadlineList(items=[shown(row, desk.office, now) for row in found])

    return await desk.read(work)


@router.get(
    "/deadlines/{deadline_id}/explain", operation_id="explainDeadline", responses=refusals(*READ)
)
async def explain_deadline(deadline_id: UUID, desk: AtDesk) -> Explanation:
    """Show day by day how a date came about, under which provision."""
    office = desk.office

    def work(session: Session, actor: Actor) -> Explanation:
        now = now_at(session, office)
        query = rows(Asked(actor.area_code), now).where(col(Deadline.id) == deadline_id)
        row = session.execute(query).first()
        if row is None:
            raise NotFound
        deadline = row[0]
        procedure = office.rulebook.pinned(deadline.policy, deadline.case_kind)
        limit = procedure.limit(deadline.rule)
        then = almanac_of(session, deadline.calendar_edition)
        calendar = then.of(deadline.area_code)
        rules, events = procedure.policy.rules, read_events(deadline.clock)
        return Explanation(
            deadline=shown(row, office, now),
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


def now_at(session: Session, office: Office) -> Now:
    """Return the instant and the calendars for which a whole answer is told."""
    return Now(office.clock.now(), office.registry.calendars.almanac(session))


def shown(row: Sequence[Any], office: Office, now: Now) -> DeadlineOut:
    """Return a row of `rows` as the API tells it."""
    deadline, state, due_soon, holder = row
    procedure = office.rulebook.pinned(deadline.policy, deadline.case_kind)
    return DeadlineOut.of(
        deadline,
        procedure,
        state=state,
        days_late=days_late_of(deadline, state, now),
        due_soon=bool(due_soon),
        holder=holder,
        tell=_to_be_told(deadline, state, procedure, now),
    )


def _to_be_told(deadline: Deadline, state: str, procedure: Procedure, now: Now) -> tuple[str, ...]:
    """Return who is to know of what is overdue, or was to when it was done too late."""
    if state not in {DeadlineState.OVERDUE, DeadlineState.LATE}:
        return ()
    limit, calendar = procedure.limit(deadline.rule), now.almanac.of(deadline.area_code)
    return to_be_told(limit, dates_of(deadline), deadline.closed_at or now.at, calendar)
