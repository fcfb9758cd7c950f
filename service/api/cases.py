"""Monitoring objects and the events that move them."""

from dataclasses import asdict, replace
from datetime import date
from functools import cache
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response
from sqlalchemy import exists
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from service import cases, openings
from service.api.desk import Answer, AtDesk
from service.api.door import StrictRoute
from service.api.duplicates import PossibleDuplicate, possible_duplicates
from service.api.pages import PagingQuery, narrowed, page
from service.api.problems import BlockerOut, Language, blockers_out, refusals
from service.api.views import (
    CaseOut,
    ClockChange,
    LateOut,
    MovedOut,
    Page,
    TransitionOut,
    View,
    coded,
)
from service.cases import Action
from service.codes import CodeLabel, Label
from service.errors import (
    EpisodeOpen,
    EventNotAllowed,
    IdempotencyKeyInUse,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    IfMatchMissing,
    Malformed,
    NotFound,
    NotSignedIn,
    NotYourRole,
    PositionNeeded,
    RequirementsNotMet,
    StaleVersion,
)
from service.moves import Locked, Moved
from service.store.areas import within
from service.store.cases import Case, Transition
from service.store.deadlines import Deadline, DeadlineState, state_at
from service.store.households import Household
from service.store.people import Actor
from service.workflows.acts import FormField
from service.workflows.events import EVENTS, Raised
from service.workflows.fields import Day
from service.workflows.kinds import Kind
from service.workflows.monitoring.entry_events import Open
from service.workflows.rulebook import Rulebook

router = APIRouter(tags=["cases"], route_class=StrictRoute)

READ = (NotSignedIn, PositionNeeded, NotFound)
WRITE = (
    Malformed,
    IdempotencyKeyMissing,
    NotSignedIn,
    NotYourRole,
    PositionNeeded,
    NotFound,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    RequirementsNotMet,
)


WITHOUT_DOSSIER = defer(Case.dossier)  # type: ignore[arg-type] # SQLModel types it by its values
"""Lists leave the largest column where it is: they do not show it."""


class OpenMonitoringObject(Open):
    """An application: for which household, how the risk came to light, how it was made."""

    household_id: UUID


class OpenedOut(MovedOut):
    """What opening a case left behind, and the households that may be the same."""

    possible_duplicates: list[PossibleDuplicate]


class ActionOut(View):
    """One event of the present state: whether I may raise it now, and if not, why."""

    event: str
    label: Label
    allowed: bool
    mine: bool
    by: list[CodeLabel]
    blockers: list[BlockerOut]
    next_states: list[CodeLabel]
    cite: str
    form_fields: list[FormField]
    body_schema: dict[str, Any]


class Actions(View):
    """What can be done with a case now. Send `version` as If-Match.

    `due_on` is the earliest of all limits that run: the day that counts.
    """

    case_id: UUID
    state: str
    version: int
    due_on: date | None
    items: list[ActionOut]


class History(View):
    """The transitions of a case, oldest first."""

    case_id: UUID
    items: list[TransitionOut]


@router.post(
    "/monitoring-objects",
    operation_id="openMonitoringObject",
    status_code=201,
    response_model=OpenedOut,
    responses=refusals(*WRITE, EpisodeOpen),
)
async def open_monitoring_object(body: OpenMonitoringObject, desk: AtDesk) -> Response:
    """Take in a household's application, under the document in force in its village."""
    application = Open.model_validate(body.model_dump(exclude={"household_id"}))
    return await desk.write(
        "open",
        lambda session, actor: _opened(
            session,
            openings.open_case(
                session,
                body.household_id,
                application,
                actor=actor,
                registry=desk.office.registry,
            ),
            desk.office.rulebook,
        ),
    )


def _opened(session: Session, moved: Moved, rulebook: Rulebook) -> Answer:
    answer = moved_answer(moved, rulebook)
    household_id = moved.case.household_id
    may_be_the_same = possible_duplicates(session, household_id) if household_id else []
    body = OpenedOut(**answer.body.model_dump(), possible_duplicates=may_be_the_same)
    return replace(answer, body=body)


@router.post(
    "/cases/{case_id}/events",
    operation_id="raiseEvent",
    status_code=201,
    response_model=MovedOut,
    responses=refusals(*WRITE, EventNotAllowed, StaleVersion, IfMatchMissing),
)
async def raise_event(
    case_id: UUID,
    body: Annotated[Raised, Body(discriminator="event")],
    desk: AtDesk,
) -> Response:
    """Move a case by one event of its procedure."""
    seen_version = desk.seen_version
    return await desk.write(
        body.event,
        lambda session, actor: moved_answer(
            cases.act(
                session,
                case_id,
                body,
                seen_version=seen_version,
                actor=actor,
                registry=desk.office.registry,
            ),
            desk.office.rulebook,
        ),
        case_id=case_id,
    )


def moved_answer(moved: Moved, rulebook: Rulebook) -> Answer:
    """Return what a write that moved or opened a case answers."""
    body = MovedOut(
        case=CaseOut.of(moved.case, rulebook),
        transition=TransitionOut.of(moved.line, moved.case.kind, rulebook, moved.entry),
        late=[LateOut(**asdict(late)) for late in moved.late],
        deadlines=[ClockChange(**change) for change in moved.clocks],
    )
    return Answer(body, headers={"ETag": f'"{moved.case.version}"'})


@router.get(
    "/monitoring-objects",
    operation_id="listMonitoringObjects",
    responses=refusals(Malformed, NotSignedIn, PositionNeeded),
)
async def list_monitoring_objects(
    desk: AtDesk,
    paging: PagingQuery,
    state: Annotated[str | None, Query(pattern=r"^[a-z_]{1,48}$")] = None,
    area: Annotated[str | None, Query(pattern=r"^[0-9]{12}$")] = None,
    policy: Annotated[str | None, Query(max_length=64)] = None,
    object_type: Annotated[str | None, Query(pattern=r"^[a-z_]{1,48}$")] = None,
    household_type: Annotated[str | None, Query(pattern=r"^[a-z_]{1,48}$")] = None,
    household: UUID | None = None,
    overdue: bool | None = None,
    opened_from: Day | None = None,
    opened_to: Day | None = None,
) -> Page[CaseOut]:
    """List the monitoring objects within my area (`area`: there and below), oldest first."""
    now = desk.office.clock.now()
    is_overdue = exists().where(
        col(Deadline.case_id) == col(Case.id), state_at(now) == DeadlineState.OVERDUE
    )

    def work(session: Session, actor: Actor) -> Page[CaseOut]:
        query = narrowed(
            select(Case).where(
                Case.kind == Kind.MONITORING_OBJECT, within(Case.area_code, actor.area_code)
            ),
            (state, lambda asked: col(Case.state) == asked),
            (area, lambda asked: within(Case.area_code, asked)),
            (policy, lambda asked: col(Case.policy) == asked),
            (object_type, lambda asked: col(Case.object_type) == asked),
            (household_type, lambda asked: col(Case.household_id).in_(_of_type(asked))),
            (household, lambda asked: col(Case.household_id) == asked),
            (opened_from, lambda asked: col(Case.opened_on) >= asked),
            (opened_to, lambda asked: col(Case.opened_on) <= asked),
            (overdue, lambda asked: is_overdue if asked else ~is_overdue),
        )
        return case_page(session, query, paging, desk.office.rulebook)

    return await desk.read(work)


@router.get(
    "/monitoring-objects/{case_id}", operation_id="getMonitoringObject", responses=refusals(*READ)
)
async def get_monitoring_object(case_id: UUID, desk: AtDesk, response: Response) -> CaseOut:
    """Read a monitoring object. Its version is the ETag."""
    case = await desk.read(lambda session, actor: case_within(session, case_id, actor))
    response.headers["ETag"] = f'"{case.version}"'
    return CaseOut.of(case, desk.office.rulebook)


@router.get("/cases/{case_id}/actions", operation_id="listActions", responses=refusals(*READ))
async def list_actions(case_id: UUID, desk: AtDesk) -> Actions:
    """Tell every event of the present state: allowed for me or not, and why not."""

    def work(session: Session, actor: Actor) -> Actions:
        area_code, registry = actor.area_code, desk.office.registry
        locked = cases.lock(session, case_id, area_code, registry, read_only=True)
        return Actions(
            case_id=case_id,
            state=locked.case.state,
            version=locked.case.version,
            due_on=locked.clocks.earliest(),
            items=[
                _action_out(action, locked, desk.language)
                for action in cases.available_actions(session, locked, actor)
            ],
        )

    return await desk.read(work)


def _action_out(action: Action, locked: Locked, language: Language) -> ActionOut:
    roles = locked.procedure.policy.roles
    return ActionOut(
        event=action.event,
        label=EVENTS[action.event].label,
        allowed=action.allowed,
        mine=action.mine,
        by=[coded(role, roles[role].label) for role in action.by],
        blockers=blockers_out(action.blockers, language),
        next_states=[coded(state, locked.procedure.states[state]) for state in action.next_states],
        cite=action.cite,
        form_fields=list(action.form_fields),
        body_schema=_body_schema(action.event),
    )


@cache
def _body_schema(event: str) -> dict[str, Any]:
    """Return the schema of an event's body; making one takes longer than all else here."""
    return EVENTS[event].model_json_schema()


@router.get("/cases/{case_id}/history", operation_id="getHistory", responses=refusals(*READ))
async def get_history(case_id: UUID, desk: AtDesk) -> History:
    """Read every transition of a case, with the exact text that was hashed."""

    def work(session: Session, actor: Actor) -> History:
        case, rulebook = case_within(session, case_id, actor), desk.office.rulebook
        entries = {entry["seq"]: entry for entry in case.dossier}
        lines = session.exec(
            select(Transition).where(Transition.case_id == case_id).order_by(col(Transition.seq))
        )
        return History(
            case_id=case_id,
            items=[
                TransitionOut.of(line, case.kind, rulebook, entries.get(line.seq)) for line in lines
            ],
        )

    return await desk.read(work)


def _of_type(household_type: str) -> SelectOfScalar[UUID]:
    return select(Household.id).where(Household.household_type == household_type)


def case_within(session: Session, case_id: UUID, actor: Actor) -> Case:
    """Return a case of the actor's area. Raises `NotFound`."""
    case = session.exec(
        select(Case).where(Case.id == case_id, within(Case.area_code, actor.area_code))
    ).first()
    if case is None:
        raise NotFound
    return case


def case_page(
    session: Session,
    query: Any,  # noqa: ANN401 - the two libraries' Select differ
    paging: PagingQuery,
    rulebook: Rulebook,
) -> Page[CaseOut]:
    """Return one page of cases, in the order in which they were opened."""
    return Page[CaseOut](
        **page(
            session,
            query.options(WITHOUT_DOSSIER),
            paging,
            keys=[col(Case.id)],
            parse=[UUID],
            shown=lambda row: CaseOut.of(row[0], rulebook),
            key_of=lambda row: [str(row[0].id)],
        )
    )
