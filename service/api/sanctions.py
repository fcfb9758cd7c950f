"""Who was named in a circular or sanctioned, for what: the units within my area, and no others."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlmodel import Session, col

from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.pages import PagingQuery, narrowed, page
from service.api.problems import refusals
from service.api.views import Page, View
from service.codes import Label
from service.errors import Malformed, NotSignedIn, PositionNeeded
from service.store.areas import Area, within
from service.store.cases import Case
from service.store.people import Actor
from service.store.supervisions import CIRCULAR, Sanction
from service.workflows.fields import Day
from service.workflows.kinds import Kind
from service.workflows.rulebook import Rulebook

router = APIRouter(tags=["supervisions"], route_class=StrictRoute)

MAX_SEQ = 2**31 - 1


class SanctionOut(View):
    """A circular or a sanction, as it was recorded: by line `seq` of the supervision."""

    supervision_id: UUID
    seq: int
    kind: str
    label: Label
    number: str
    decided_on: date
    decided_by: str
    area_code: str
    area_name: str
    department: str | None
    person: str | None
    content: str


@router.get(
    "/sanctions",
    operation_id="listSanctions",
    responses=refusals(Malformed, NotSignedIn, PositionNeeded),
)
async def list_sanctions(
    desk: AtDesk,
    paging: PagingQuery,
    unit: Annotated[str | None, Query(pattern=r"^[0-9]{12}$")] = None,
    person: Annotated[str | None, Query(pattern=r"^[^\W\d_](?:[^\W\d_]|[·.]){0,99}$")] = None,
    kind: Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9_]{0,47}$")] = None,
    supervision: UUID | None = None,
    decided_from: Day | None = None,
    decided_to: Day | None = None,
) -> Page[SanctionOut]:
    """List the circulars and sanctions on units within my area (`unit`: there and below)."""

    def work(session: Session, actor: Actor) -> Page[SanctionOut]:
        mine: Any = (
            select(Sanction, col(Area.name), col(Case.policy))
            .join(Area, col(Area.code) == col(Sanction.area_code))
            .join(Case, col(Case.id) == col(Sanction.supervision_id))
            .where(within(Sanction.area_code, actor.area_code))
        )
        query = narrowed(
            mine,
            (unit, lambda asked: within(Sanction.area_code, asked)),
            (person, lambda asked: col(Sanction.person) == asked),
            (kind, lambda asked: col(Sanction.kind) == asked),
            (supervision, lambda asked: col(Sanction.supervision_id) == asked),
            (decided_from, lambda asked: col(Sanction.decided_on) >= asked),
            (decided_to, lambda asked: col(Sanction.decided_on) <= asked),
        )
        return Page[SanctionOut](
            **page(
                session,
                query,
                paging,
                keys=[col(Sanction.supervision_id), col(Sanction.seq)],
                parse=[UUID, _seq],
                shown=lambda row: _sanction(row, desk.office.rulebook),
                key_of=lambda row: [str(row[0].supervision_id), str(row[0].seq)],
            )
        )

    return await desk.read(work)


def _seq(text: str) -> int:
    """Read a number of a cursor. Raises `ValueError` for one that no database could compare."""
    number = int(text)
    if not 0 <= number <= MAX_SEQ:
        raise ValueError
    return number


def _sanction(row: Any, rulebook: Rulebook) -> SanctionOut:  # noqa: ANN401 - of three tables
    sanction, area_name, policy = row
    words = rulebook.pinned(policy, Kind.SUPERVISION).words
    named = {CIRCULAR: Label(zh="通报", en="circular"), **words}
    label = named.get(sanction.kind, Label(zh=sanction.kind, en=sanction.kind))
    return SanctionOut(**sanction.model_dump(), area_name=area_name, label=label)
