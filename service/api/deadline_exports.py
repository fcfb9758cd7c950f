"""The list of deadlines as a sheet: the rows that the same filters list, for a spreadsheet."""

import asyncio
from collections.abc import Callable, Sequence

from fastapi import APIRouter, Response
from sqlmodel import Session

from service.api.deadline_filters import Filters, FiltersQuery
from service.api.deadlines import now_at
from service.api.desk import AtDesk, Desk
from service.api.door import StrictRoute
from service.api.imports import XLSX
from service.api.problems import refusals
from service.errors import Malformed, NotSignedIn, PositionNeeded, RequirementsNotMet
from service.overview.asked import AskedState
from service.overview.sheet import Line, as_csv, as_xlsx, lines
from service.store.people import Actor

router = APIRouter(tags=["exports"], route_class=StrictRoute)
CSV = "text/csv"
REFUSED = refusals(Malformed, NotSignedIn, PositionNeeded, RequirementsNotMet)


@router.get(
    "/exports/deadlines.csv",
    operation_id="exportDeadlinesCsv",
    response_class=Response,
    responses={200: {"content": {CSV: {}}}, **REFUSED},
)
async def export_deadlines_csv(
    desk: AtDesk, filters: FiltersQuery, state: AskedState | None = None
) -> Response:
    """Read the deadlines within my area as CSV: the rows of the list, all of them."""
    return await _sheet(desk, filters, state, as_csv, "csv", CSV)


@router.get(
    "/exports/deadlines.xlsx",
    operation_id="exportDeadlinesXlsx",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **REFUSED},
)
async def export_deadlines_xlsx(
    desk: AtDesk, filters: FiltersQuery, state: AskedState | None = None
) -> Response:
    """Read the deadlines within my area as a workbook: the rows of the list, all of them."""
    return await _sheet(desk, filters, state, as_xlsx, "xlsx", XLSX)


async def _sheet(
    desk: Desk,
    filters: Filters,
    state: AskedState | None,
    written: Callable[[Sequence[Line]], bytes],
    suffix: str,
    media_type: str,
) -> Response:
    office = desk.office

    def look(session: Session, actor: Actor) -> list[Line]:
        return lines(
            session, filters.asked(session, actor, state), now_at(session, office), office.rulebook
        )

    found = await desk.hand_out(
        f"export_deadlines_{suffix}", look, lambda rows: {"rows": len(rows)}
    )
    content = await asyncio.to_thread(written, found)
    named = {"Content-Disposition": f'attachment; filename="deadlines.{suffix}"'}
    return Response(content, headers=named, media_type=media_type)
