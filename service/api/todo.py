"""What waits for me: a query over states and positions, never a stored list."""

from fastapi import APIRouter
from sqlalchemy import ColumnElement, and_, false, or_
from sqlmodel import Session, col, select

from service import ledgers
from service.api.cases import case_page
from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.pages import PagingQuery
from service.api.problems import refusals
from service.api.views import CaseOut, Page
from service.errors import Malformed, NotSignedIn, PositionNeeded
from service.store.areas import Area, within
from service.store.cases import Case
from service.store.people import Actor
from service.workflows.machine import Procedure
from service.workflows.policy import LEVELS

router = APIRouter(tags=["todo"], route_class=StrictRoute)


@router.get(
    "/todo", operation_id="listTodo", responses=refusals(Malformed, NotSignedIn, PositionNeeded)
)
async def list_todo(desk: AtDesk, paging: PagingQuery) -> Page[CaseOut]:
    """List the open cases whose next step is my position's."""

    def work(session: Session, actor: Actor) -> Page[CaseOut]:
        mine = [
            and_(
                col(Case.kind) == procedure.kind,
                col(Case.policy) == procedure.policy.ref,
                _waits_for(actor.role, procedure),
            )
            for procedure in desk.office.rulebook.of_every_kind()
            if procedure.kind not in ledgers.WAITING
        ]
        mine += [
            and_(col(Case.kind) == kind, waits(actor.role))
            for kind, waits in ledgers.WAITING.items()
        ]
        query = (
            select(Case)
            .join(Area, col(Area.code) == col(Case.area_code))
            .where(within(Case.area_code, actor.area_code), or_(false(), *mine))
        )
        return case_page(session, query, paging, desk.office.rulebook)

    return await desk.read(work)


def _waits_for(role: str, procedure: Procedure) -> ColumnElement[bool]:
    """Return the condition that a case waits for a role: in such a state, on such a level."""
    levels_of: dict[tuple[str, ...], list[str]] = {}
    for level in LEVELS:
        levels_of.setdefault(tuple(procedure.states_held_by(role, level)), []).append(level)
    return or_(
        false(),
        *(
            and_(col(Case.state).in_(states), col(Area.level).in_(levels))
            for states, levels in levels_of.items()
            if states
        ),
    )
