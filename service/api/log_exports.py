"""Exports of the log for auditors: ordered, written aside, taken away in one file."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from pydantic import Field, StrictInt
from sqlmodel import Session, col, select

from service.api.desk import Answer, AtDesk, Desk
from service.api.door import StrictRoute
from service.api.office import Office
from service.api.pages import PagingQuery, page
from service.api.problems import refusals
from service.api.views import OfficeInstant, Page, View
from service.audit import proofs
from service.errors import (
    ExportNotReady,
    IdempotencyKeyMissing,
    Malformed,
    NotFound,
    NotInLogYet,
    NotSignedIn,
    NotYourRole,
    PositionNeeded,
)
from service.exports import work
from service.exports.asked import Filter, within_reach
from service.exports.formats import SIGNED, FormatName
from service.exports.work import Order, Wanted
from service.store.areas import within
from service.store.exports import ExportState, LogExport
from service.store.people import Actor
from service.workflows.fields import Input, Text

router = APIRouter(prefix="/audit/exports", tags=["audit"], route_class=StrictRoute)

ZIP = "application/zip"
READ = (Malformed, NotSignedIn, PositionNeeded, NotYourRole)
MOST_HELD, MOST_LINES = 20, 10**15


class ExportIn(Input):
    """What is wanted, and what for. `held`: sizes of checkpoints that I hold.

    Every export has the lines as they were signed (`jsonl`); the other formats come beside.
    """

    purpose: Text
    filter: Filter = Filter()
    formats: Annotated[tuple[FormatName, ...], Field(min_length=1, max_length=8)] = (SIGNED,)
    held: Annotated[
        tuple[Annotated[StrictInt, Field(ge=1, le=MOST_LINES)], ...], Field(max_length=MOST_HELD)
    ] = ()


class FileOut(View):
    """A file of an export, and how many lines are in it."""

    name: str
    bytes: int
    sha256: str
    lines: int | None


class ExportOut(View):
    """An export as it stands. `size`: of the checkpoint up to which it goes; `count`: its lines.

    `filter` is what was asked for, within my area. `percent`: how far the writing has come.
    """

    id: UUID
    state: ExportState
    percent: int | None
    purpose: str
    filter: dict[str, Any]
    formats: list[str]
    size: int
    count: int | None
    files: list[FileOut]
    created_at: OfficeInstant
    finished_at: OfficeInstant | None
    is_kept: bool = Field(description="Whether it can still be downloaded.")


@router.post(
    "",
    operation_id="orderExport",
    status_code=202,
    response_model=ExportOut,
    responses=refusals(*READ, IdempotencyKeyMissing, NotFound, NotInLogYet),
)
async def order_export(body: ExportIn, desk: AtDesk) -> Response:
    """Order an export of what fits a filter within my area, up to the newest checkpoint.

    Ask `GET /v1/audit/exports/{id}` how that goes. That it was ordered is a line of the log.
    """

    def begin(session: Session, actor: Actor) -> LogExport:
        told = body.model_dump(exclude={"filter"})
        wanted = Wanted(filter=within_reach(session, body.filter, actor), **told)
        return work.order(session, wanted, actor, desk.office.clock.now())

    return await _begun(desk, "order_export", begin)


@router.get("", operation_id="listExports", responses=refusals(*READ))
async def list_exports(desk: AtDesk, paging: PagingQuery) -> Page[ExportOut]:
    """List the exports that were ordered within my area, the oldest first."""

    def look(session: Session, actor: Actor) -> Page[ExportOut]:
        proofs.check_auditor(actor)
        return Page[ExportOut](
            **page(
                session,
                select(LogExport).where(within(LogExport.area_code, actor.area_code)),
                paging,
                keys=[col(LogExport.id)],
                parse=[UUID],
                shown=lambda row: _shown(row[0], desk.office),
                key_of=lambda row: [str(row[0].id)],
            )
        )

    return await desk.read(look)


@router.get("/{export_id}", operation_id="getExport", responses=refusals(*READ, NotFound))
async def get_export(export_id: UUID, desk: AtDesk) -> ExportOut:
    """Read how an export stands, and which files it has."""
    return await desk.read(
        lambda session, actor: _shown(_mine(session, export_id, actor), desk.office)
    )


@router.post(
    "/{export_id}/resume",
    operation_id="resumeExport",
    status_code=202,
    response_model=ExportOut,
    responses=refusals(*READ, IdempotencyKeyMissing, NotFound, ExportNotReady),
)
async def resume_export(export_id: UUID, desk: AtDesk) -> Response:
    """Go on with an export that broke off, from the part where it did."""

    def begin(session: Session, actor: Actor) -> LogExport:
        ordered = _mine(session, export_id, actor)
        work.resume(session, export_id, desk.office.clock.now())
        return ordered

    return await _begun(desk, "resume_export", begin)


@router.get(
    "/{export_id}/export.zip",
    operation_id="downloadExport",
    response_class=Response,
    responses={
        200: {"content": {ZIP: {}}},
        206: {"content": {ZIP: {}}, "description": "The part that the header Range asks for."},
        **refusals(*READ, NotFound, ExportNotReady),
    },
)
async def download_export(export_id: UUID, desk: AtDesk) -> Response:
    """Take an export away: one zip file, which the verifiers read as it is.

    A download that broke off goes on with the header `Range`. Each is a line of the log, beside
    the two that say who ordered the export and what its files hash to: whoever may see it may
    take it away.
    """

    def look(session: Session, actor: Actor) -> None:
        ordered = _mine(session, export_id, actor)
        if not ordered.is_kept:
            raise NotFound
        if ordered.state is not ExportState.DONE:
            raise ExportNotReady(ordered.state)

    await desk.hand_out("download_export", look)
    path = work.path_of(desk.office.settings.exports_path, export_id)
    return FileResponse(path, media_type=ZIP, filename=f"export-{export_id}.zip")


async def _begun(desk: Desk, action: str, begin: Callable[[Session, Actor], LogExport]) -> Response:
    """Let a run of an export begin, and have it carried out when that is committed."""
    orders: list[Order] = []

    def take(session: Session, actor: Actor) -> Answer:
        proofs.check_auditor(actor)
        row = begin(session, actor)
        orders[:] = [Order(row.id, row.run, desk.office.clock.now())]
        location = {"Location": f"/v1/audit/exports/{row.id}"}
        return Answer(_shown(row, desk.office), 202, location)

    answer = await desk.write(action, take)
    for one in orders:
        desk.office.workers.begin(work.carry_out, one, work.broke_off)
    return answer


def _mine(session: Session, export_id: UUID, actor: Actor) -> LogExport:
    """Return an export within an auditor's area. Raises `NotYourRole`, `NotFound`."""
    proofs.check_auditor(actor)
    stored = session.exec(
        select(LogExport).where(
            LogExport.id == export_id, within(LogExport.area_code, actor.area_code)
        )
    ).first()
    if stored is None:
        raise NotFound
    return stored


def _shown(stored: LogExport, office: Office) -> ExportOut:
    is_under_way = stored.state is ExportState.WRITING
    files = [
        FileOut(name=name, bytes=told["bytes"], sha256=told["sha256"], lines=told.get("lines"))
        for name, told in sorted(stored.files.items())
    ]
    return ExportOut(
        **stored.model_dump(exclude={"files"}),
        percent=office.uploads.told(stored.id) or 0 if is_under_way else None,
        files=files,
    )
