"""Erasing a household or one of its members from all that can be read."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field, StrictInt
from sqlmodel import Session

from service import erasure
from service.api.cases import READ
from service.api.desk import Answer, AtDesk
from service.api.door import StrictRoute
from service.api.problems import refusals
from service.api.views import View
from service.errors import (
    IdempotencyKeyMissing,
    Malformed,
    NotYourRole,
    RequirementsNotMet,
)
from service.store.people import Actor
from service.workflows.fields import Input
from service.workflows.register import MAX_MEMBERS

router = APIRouter(tags=["households"], route_class=StrictRoute)


class ErasureIn(Input):
    """Why, and who: without `member` the whole household, when nothing runs for it any more."""

    ground: erasure.Ground
    member: Annotated[StrictInt, Field(ge=1, le=MAX_MEMBERS)] | None = None


class ErasureOut(View):
    """What is gone: so many statements, wholly or in part, and so many papers."""

    household_id: UUID
    member: int | None
    statements: int
    papers: int


@router.post(
    "/households/{household_id}/erasure",
    operation_id="eraseHousehold",
    status_code=201,
    response_model=ErasureOut,
    responses=refusals(Malformed, IdempotencyKeyMissing, *READ, NotYourRole, RequirementsNotMet),
)
async def erase_household(household_id: UUID, body: ErasureIn, desk: AtDesk) -> Response:
    """Erase personal values and their salts; the log stays as it is, and says that it was done."""
    office = desk.office
    files: list[str] = []

    def work(session: Session, actor: Actor) -> Answer:
        order = erasure.Order(
            household_id,
            body.ground,
            actor,
            office.clock.now(),
            member=body.member,
            term_years=office.settings.retention_years,
        )
        done = erasure.erase(session, order)
        files[:] = done.files
        statements = sum(map(len, done.statements.values()))
        return Answer(
            ErasureOut(
                household_id=household_id,
                member=body.member,
                statements=statements,
                papers=len(done.papers),
            )
        )

    answer = await desk.write("erase", work)
    for sha256 in files:  # what was committed is gone from the lists; now from the disk
        await asyncio.to_thread(office.attachments.remove, sha256)
    return answer
