"""What officials do to a running clock: suspend and resume it, extend it, decide on more time."""

from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Response
from sqlmodel import Session, col

from service import timekeeping
from service.api.cases import WRITE
from service.api.deadlines import now_at, shown
from service.api.desk import Answer, AtDesk, Desk
from service.api.door import StrictRoute
from service.api.office import Office
from service.api.problems import refusals
from service.api.views import CaseOut, ClockChange, DeadlineOut, TransitionOut, View
from service.codes import Code
from service.errors import IfMatchMissing, StaleVersion
from service.overview.asked import Asked, rows
from service.store.deadlines import Deadline
from service.store.people import Actor
from service.timekeeping import Hand, Operated
from service.workflows.fields import Flag, Input

router = APIRouter(tags=["deadlines"], route_class=StrictRoute)
OPERATING = refusals(*WRITE, StaleVersion, IfMatchMissing)


class ReasonIn(Input):
    """On which ground, by its code in the list that the document names."""

    reason: Code


class DecisionIn(Input):
    granted: Flag


class OperatedOut(View):
    """What was done to a clock: the case with its new version, the line, the deadline."""

    case: CaseOut
    transition: TransitionOut
    deadline: DeadlineOut
    changes: list[ClockChange]


@router.post(
    "/deadlines/{deadline_id}/suspend",
    operation_id="suspendDeadline",
    status_code=201,
    response_model=OperatedOut,
    responses=OPERATING,
)
async def suspend_deadline(
    deadline_id: UUID,
    body: ReasonIn,
    desk: AtDesk,
) -> Response:
    """Let a clock stand, where the document says that it may. `If-Match` is the case's version."""
    return await _operate(
        desk,
        timekeeping.SUSPEND,
        deadline_id,
        lambda hand: timekeeping.suspend(hand, body.reason),
    )


@router.post(
    "/deadlines/{deadline_id}/resume",
    operation_id="resumeDeadline",
    status_code=201,
    response_model=OperatedOut,
    responses=OPERATING,
)
async def resume_deadline(deadline_id: UUID, desk: AtDesk) -> Response:
    """Let a clock go on that was suspended; the days on which it stood do not count."""
    return await _operate(desk, timekeeping.RESUME, deadline_id, timekeeping.resume)


@router.post(
    "/deadlines/{deadline_id}/extend",
    operation_id="extendDeadline",
    status_code=201,
    response_model=OperatedOut,
    responses=OPERATING,
)
async def extend_deadline(
    deadline_id: UUID,
    body: ReasonIn,
    desk: AtDesk,
) -> Response:
    """Give a clock the time that the document allows; ask for it where another has to grant it."""
    return await _operate(
        desk,
        timekeeping.EXTEND,
        deadline_id,
        lambda hand: timekeeping.extend(hand, body.reason),
    )


@router.post(
    "/deadlines/{deadline_id}/decide",
    operation_id="decideExtension",
    status_code=201,
    response_model=OperatedOut,
    responses=OPERATING,
)
async def decide_extension(
    deadline_id: UUID,
    body: DecisionIn,
    desk: AtDesk,
) -> Response:
    """Grant or refuse the time that another position has asked for."""
    return await _operate(
        desk,
        "decide_extension",
        deadline_id,
        lambda hand: timekeeping.decide(hand, granted=body.granted),
    )


async def _operate(
    desk: Desk,
    action: str,
    deadline_id: UUID,
    operation: Callable[[Hand], Operated],
) -> Response:
    registry, seen_version = desk.office.registry, desk.seen_version

    def work(session: Session, actor: Actor) -> Answer:
        hand = timekeeping.take(
            session, deadline_id, seen_version=seen_version, actor=actor, registry=registry
        )
        return _answer(session, operation(hand), actor, desk.office)

    return await desk.write(action, work)


def _answer(session: Session, done: Operated, actor: Actor, office: Office) -> Answer:
    case = done.case
    now = now_at(session, office)
    one = rows(Asked(actor.area_code), now).where(col(Deadline.id) == done.deadline.id)
    body = OperatedOut(
        case=CaseOut.of(case, office.rulebook),
        transition=TransitionOut.of(done.line, case.kind, office.rulebook),
        deadline=shown(session.execute(one).one(), office, now),
        changes=[ClockChange.model_validate(change) for change in done.changes],
    )
    return Answer(body, headers={"ETag": f'"{case.version}"'})
