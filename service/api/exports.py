"""Exports: what one may see, as workbooks in the layouts in which it is imported."""

import asyncio
from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlmodel import Session

from service.api.desk import AtDesk, Desk
from service.api.door import StrictRoute
from service.api.imports import XLSX
from service.api.item_filters import AreaQuery, CodeQuery
from service.api.problems import refusals
from service.errors import (
    Malformed,
    NoDocumentInForce,
    NotFound,
    NotInDocument,
    NotSignedIn,
    PositionNeeded,
)
from service.imports import forms_out, households_out, objects_out, problems_out
from service.imports.work import Order
from service.imports.workers import Writer
from service.registry import procedure_in_force
from service.store.areas import area_within
from service.store.columns import new_id
from service.store.people import Actor
from service.workflows.remediation.events import Scope

LEDGER = refusals(
    Malformed, NotSignedIn, PositionNeeded, NotFound, NoDocumentInForce, NotInDocument
)

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
async def export_households(desk: AtDesk, area: AreaQuery = None) -> Response:
    """Read the register within my area as a workbook, numbers masked.

    Imported again it changes nothing but what somebody changed in it.
    """

    def look(_session: Session, actor: Actor) -> str:
        return area or actor.area_code

    told = {"of_area": area}
    return await _written(desk, households_out.workbook, look, "export_households", told)


@router.get(
    "/exports/problems.xlsx",
    operation_id="exportProblems",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **LEDGER},
)
async def export_problems(
    scope: Scope,
    desk: AtDesk,
    area: AreaQuery = None,
    campaign: UUID | None = None,
    ledger: CodeQuery = None,
) -> Response:
    """Read the ledger of problems in the document's own layout (TG: 附件3-1, 附件3-2).

    It has what `GET /v1/remediation-items` lists for the same area and campaign. `ledger`: which,
    where the document has several (ZG). Imported again it changes nothing but what somebody
    changed in it.
    """

    def look(session: Session, actor: Actor) -> str:
        named = area_within(session, area or actor.area_code, actor.area_code)
        document = procedure_in_force(session, desk.office.registry, named.code)
        asked = problems_out.Asked(scope=scope, area=named.code, campaign=campaign, ledger=ledger)
        problems_out.ledger_asked(document.policy, asked)
        return asked.model_dump_json()

    told = {"of_area": area, "scope": scope, "campaign": _id(campaign)}
    return await _written(desk, problems_out.workbook, look, "export_problems", told)


@router.get(
    "/exports/risk_households.xlsx",
    operation_id="exportRiskHouseholds",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **LEDGER},
)
async def export_risk_households(
    desk: AtDesk, area: AreaQuery = None, state: CodeQuery = None
) -> Response:
    """Read the register of households at risk in the document's own layout (SQ: 附件1).

    It has the monitoring objects that are open, numbers masked. Imported again it changes nothing.
    """
    return await _objects(desk, "households", area, state, "export_risk_households")


@router.get(
    "/exports/measures.xlsx",
    operation_id="exportMeasures",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **LEDGER},
)
async def export_measures(
    desk: AtDesk, area: AreaQuery = None, state: CodeQuery = None
) -> Response:
    """Read the ledger of measures in the document's own layout (SQ: 附件2).

    A row for each measure of the open monitoring objects; one for each whose measures are to be
    agreed. Imported again it changes nothing but what somebody changed in it.
    """
    return await _objects(desk, "measures", area, state, "export_measures")


async def _objects(
    desk: Desk, lines: objects_out.Lines, area: str | None, state: str | None, action: str
) -> Response:
    def look(session: Session, actor: Actor) -> str:
        named = area_within(session, area or actor.area_code, actor.area_code)
        document = procedure_in_force(session, desk.office.registry, named.code)
        asked = objects_out.Asked(lines=lines, area=named.code, state=state)
        objects_out.ledger_asked(document.policy, asked)
        return asked.model_dump_json()

    told = {"of_area": area, "state": state}
    return await _written(desk, objects_out.workbook, look, action, told)


@router.get(
    "/exports/inspection_forms.xlsx",
    operation_id="exportInspectionForms",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **LEDGER},
)
async def export_inspection_forms(
    campaign: UUID,
    desk: AtDesk,
    area: AreaQuery = None,
    household: UUID | None = None,
    checklist: CodeQuery = None,
    part: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Read the forms of a campaign's households as a workbook, a sheet for each (TG: 附件2).

    What was handed in stands filled in, the others are to be filled in: only what a household of
    its type is asked, with what is known already. A workbook has 50 sheets: of more households,
    `part` says which 50. Each sheet is imported by who made the visit and signed.
    """

    def look(session: Session, actor: Actor) -> str:
        where = area or actor.area_code
        asked = forms_out.Asked(
            campaign=campaign, area=where, household=household, checklist=checklist, part=part
        )
        forms_out.form_asked(session, desk.office.registry, asked, actor)
        return asked.model_dump_json()

    told = {"of_area": area, "campaign": _id(campaign), "household": _id(household)}
    return await _written(desk, forms_out.workbook, look, "export_inspection_forms", told)


def _id(one: UUID | None) -> str | None:
    return str(one) if one else None


async def _written(
    desk: Desk,
    writer: Writer,
    look: Callable[[Session, Actor], str],
    action: str,
    told: dict[str, str | None],
) -> Response:
    """Let a workbook be written of what `look` says, and hand it out with its line (`told`)."""

    def order(session: Session, actor: Actor) -> tuple[Order, str]:
        now = desk.office.clock.now()
        return Order(new_id(now), 1, actor, now), look(session, actor)

    ordered = await desk.hand_out(action, order, lambda _order: told)
    content = await asyncio.wrap_future(desk.office.workers.written(writer, *ordered))
    name = action.removeprefix("export_")
    named = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(content, headers=named, media_type=XLSX)
