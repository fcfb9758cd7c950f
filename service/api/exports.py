"""Exports: what one may see, as workbooks in the layouts in which it is imported."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlmodel import Session

from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.imports import XLSX
from service.api.problems import refusals
from service.errors import (
    Malformed,
    NoDocumentInForce,
    NotFound,
    NotInDocument,
    NotSignedIn,
    PositionNeeded,
)
from service.imports import households_out, problems_out
from service.imports.work import Order
from service.registry import procedure_in_force
from service.store.areas import area_within
from service.store.columns import new_id
from service.store.people import Actor
from service.workflows.remediation.events import Scope

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

    order = await desk.hand_out("export_households", look, lambda _order: {"of_area": area})
    where = area or order.actor.area_code
    written = desk.office.workers.written(households_out.workbook, order, where)
    content = await asyncio.wrap_future(written)
    named = {"Content-Disposition": 'attachment; filename="households.xlsx"'}
    return Response(content, headers=named, media_type=XLSX)


@router.get(
    "/exports/problems.xlsx",
    operation_id="exportProblems",
    response_class=Response,
    responses={
        200: {"content": {XLSX: {}}},
        **refusals(
            Malformed, NotSignedIn, PositionNeeded, NotFound, NoDocumentInForce, NotInDocument
        ),
    },
)
async def export_problems(
    scope: Scope,
    desk: AtDesk,
    area: Annotated[str | None, Query(pattern=r"^[0-9]{12}$")] = None,
    campaign: UUID | None = None,
) -> Response:
    """Read the ledger of problems in the document's own layout (TG: 附件3-1, 附件3-2).

    It has what `GET /v1/remediation-items` lists for the same area and campaign. Imported again
    it changes nothing but what somebody changed in it.
    """

    def look(session: Session, actor: Actor) -> Order:
        named = area_within(session, area or actor.area_code, actor.area_code)
        document = procedure_in_force(session, desk.office.registry, named.code)
        problems_out.ledger_of(document.policy, scope)
        now = desk.office.clock.now()
        return Order(new_id(now), 1, actor, now)

    asked = {"of_area": area, "scope": scope, "campaign": str(campaign) if campaign else None}
    order = await desk.hand_out("export_problems", look, lambda _order: asked)
    about = f"{scope} {area or order.actor.area_code} {campaign or ''}"
    content = await asyncio.wrap_future(
        desk.office.workers.written(problems_out.workbook, order, about)
    )
    named = {"Content-Disposition": f'attachment; filename="{scope}_problems.xlsx"'}
    return Response(content, headers=named, media_type=XLSX)
