"""Exports: what one may see, as workbooks in the layouts in which it is imported."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Response
from sqlmodel import Session

from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.imports import XLSX
from service.api.problems import refusals
from service.errors import Malformed, NotSignedIn, PositionNeeded
from service.imports import households_out
from service.imports.work import Order
from service.store.columns import new_id
from service.store.people import Actor

router = APIRouter(tags=["exports"], route_class=StrictRoute)


@router.get(
    "/exports/households.xlsx",
    operation_id="exportHouseholds",
    response_class=Response,
    responses={
        200: {"content": {XLSX: {}}},
        **refusals(Malformed, NotSignedIn, PositionNeeded),
    },
)
async def export_households(
    desk: AtDesk, area: Annotated[str | None, Query(pattern=r"^[0-9]{12}$")] = None
) -> Response:
    """Read the register within my area as a workbook, numbers masked.

    Imported again it changes nothing but what somebody changed in it.
    """

    def look(_session: Session, actor: Actor) -> Order:
        now = desk.office.clock.now()
        return Order(new_id(now), 1, actor, now)

    order = await desk.read(look)
    where = area or order.actor.area_code
    written = desk.office.workers.written(households_out.workbook, order, where)
    content = await asyncio.wrap_future(written)
    named = {"Content-Disposition": 'attachment; filename="households.xlsx"'}
    return Response(content, headers=named, media_type=XLSX)
