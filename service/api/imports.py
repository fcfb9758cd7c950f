"""Imports: a workbook is validated row by row, then committed whole or not at all."""

import asyncio
import hashlib
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Form, Response, UploadFile
from pydantic import Field
from sqlmodel import Session, col, select

from service.api.attachments import check_form, filename_of
from service.api.desk import Answer, AtDesk
from service.api.door import StrictRequest, StrictRoute
from service.api.office import Office
from service.api.pages import PagingQuery, page
from service.api.problems import BlockerOut, Language, blockers_out, refusals, text_of
from service.api.views import OfficeInstant, Page, View
from service.audit.proofs import check_no_auditor
from service.blockers import Blocker
from service.codes import Label
from service.errors import (
    BodyTooLarge,
    IdempotencyKeyMissing,
    ImportNotReady,
    Malformed,
    NotFound,
    NotSignedIn,
    NotYourRole,
    PositionNeeded,
    RowsRefused,
    WorkbookRefused,
)
from service.imports import report, work
from service.imports.receiving import (
    MAX_FILE_BYTES,
    begin_commit,
    check_file,
    check_layout,
    keep,
    received,
)
from service.imports.work import Order
from service.store.areas import within
from service.store.columns import new_id
from service.store.imports import DataImport, ImportFinding, ImportState
from service.store.people import Actor
from service.workflows.fields import Flag, Input

MAX_UPLOAD_BYTES = MAX_FILE_BYTES + 100_000
"""The file, its form fields and the form's own text."""

IMPORT = Label(zh="导入", en="import a workbook")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORM = ("file", "layout")


class UploadRequest(StrictRequest):
    max_bytes = MAX_UPLOAD_BYTES


class UploadRoute(StrictRoute):
    request_class = UploadRequest


router = APIRouter(tags=["imports"], route_class=UploadRoute)


class Counts(View):
    """What became, or would become, of what was read: the four add up to `read`."""

    read: int
    created: int
    updated: int
    unchanged: int
    refused: int


class ImportCounts(View):
    """By row, and by entry: the rows that stand or fall together, such as a household's."""

    rows: Counts
    entries: Counts


class ImportOut(View):
    """An import as it stands. `percent`: how far the work has come that is under way."""

    id: UUID
    layout: str
    area_code: str
    filename: str
    size: int
    sha256: str
    state: ImportState
    percent: int | None
    counts: ImportCounts | None
    problem: BlockerOut | None = Field(description="Why the file, or a commit, came to nothing.")
    without_refused: bool
    created_at: OfficeInstant
    committed_at: OfficeInstant | None


class FindingOut(View):
    """What was found of a cell (or of a row). `value` is masked where it is somebody's number.

    What is no refusal is a warning: the row is imported.
    """

    sheet: str | None = Field(description="Where a workbook has several that count.")
    row: int
    column: str | None = Field(description="As the sheet calls it: C.")
    field: str | None
    code: str
    is_refusal: bool
    value: str | None
    hint: str


class ImportWithReport(ImportOut):
    report: Page[FindingOut]


class CommitIn(Input):
    """With `without_refused` the rows that are refused are left out; otherwise they hold all."""

    without_refused: Flag = False


@router.post(
    "/imports",
    operation_id="uploadImport",
    status_code=202,
    response_model=ImportOut,
    responses=refusals(
        Malformed,
        IdempotencyKeyMissing,
        NotSignedIn,
        NotYourRole,
        PositionNeeded,
        BodyTooLarge,
        WorkbookRefused,
    ),
)
async def upload_import(
    desk: AtDesk,
    file: Annotated[UploadFile, File(description="An XLSX workbook, up to 50 MB.")],
    layout: Annotated[str, Form(pattern=r"^[a-z_]{1,48}$")],
) -> Response:
    """Take a workbook in and validate it: ask `GET /v1/imports/{id}` how that goes.

    Nothing is written until the import is committed.
    """
    await check_form(desk.request, FORM)
    check_layout(layout)
    content, filename = await file.read(), filename_of(file)
    sha256 = hashlib.sha256(content).hexdigest()
    await asyncio.to_thread(check_file, filename, content)
    office, now = desk.office, desk.office.clock.now()
    import_id = new_id(now)
    orders: list[Order] = []

    def take(session: Session, actor: Actor) -> Answer:
        check_no_auditor(actor, IMPORT)
        row = received(import_id, layout, filename, len(content), sha256, actor, now)
        keep(session, row, actor)
        orders[:] = [Order(row.id, row.run, actor, row.run_at)]
        location = {"Location": f"/v1/imports/{row.id}"}
        return Answer(_shown(row, office, desk.language), 202, location)

    await asyncio.to_thread(office.uploads.put, import_id, content)
    try:
        answer = await desk.write("upload_import", take, form=f"{layout} {sha256} {filename}")
    except Exception:
        office.uploads.remove(import_id)
        raise
    if orders:
        office.workers.begin(work.validate, orders[0], work.broke_off)
    else:  # the same request was answered before
        office.uploads.remove(import_id)
    return answer


@router.get(
    "/imports",
    operation_id="listImports",
    responses=refusals(Malformed, NotSignedIn, PositionNeeded),
)
async def list_imports(desk: AtDesk, paging: PagingQuery) -> Page[ImportOut]:
    """List what was imported, or is to be, within my area."""

    def look(session: Session, actor: Actor) -> Page[ImportOut]:
        return Page[ImportOut](
            **page(
                session,
                select(DataImport).where(within(DataImport.area_code, actor.area_code)),
                paging,
                keys=[col(DataImport.id)],
                parse=[UUID],
                shown=lambda row: _shown(row[0], desk.office, desk.language),
                key_of=lambda row: [str(row[0].id)],
            )
        )

    return await desk.read(look)


@router.get(
    "/imports/{import_id}",
    operation_id="getImport",
    responses=refusals(Malformed, NotSignedIn, PositionNeeded, NotFound),
)
async def get_import(import_id: UUID, desk: AtDesk, paging: PagingQuery) -> ImportWithReport:
    """Read how an import stands, and what was found of its rows, page by page."""

    def look(session: Session, actor: Actor) -> ImportWithReport:
        stored = _mine(session, import_id, actor)
        found = page(
            session,
            select(ImportFinding).where(col(ImportFinding.import_id) == import_id),
            paging,
            keys=[col(ImportFinding.row), col(ImportFinding.seq)],
            parse=[int, int],
            shown=lambda row: _finding(row[0], desk.language),
            key_of=lambda row: [str(row[0].row), str(row[0].seq)],
        )
        head = _shown(stored, desk.office, desk.language)
        return ImportWithReport(**head.model_dump(), report=Page[FindingOut](**found))

    return await desk.read(look)


@router.get(
    "/imports/{import_id}/report.xlsx",
    operation_id="getImportReport",
    response_class=Response,
    responses={
        200: {"content": {XLSX: {}}},
        **refusals(NotSignedIn, PositionNeeded, NotFound, ImportNotReady),
    },
)
async def get_import_report(import_id: UUID, desk: AtDesk) -> Response:
    """Read the report as a workbook: my own columns, and the reasons, of each row with any."""

    def look(session: Session, actor: Actor) -> Order:
        stored = _mine(session, import_id, actor)
        if not stored.is_kept:
            raise NotFound
        if not stored.columns:
            raise ImportNotReady(stored.state)
        return Order(import_id, stored.run, actor, desk.office.clock.now())

    order = await desk.hand_out("read_import_report", look)
    written = desk.office.workers.written(report.workbook, order, desk.language)
    content = await asyncio.wrap_future(written)
    named = {"Content-Disposition": f'attachment; filename="report-{import_id}.xlsx"'}
    return Response(content, headers=named, media_type=XLSX)


@router.post(
    "/imports/{import_id}/commit",
    operation_id="commitImport",
    status_code=202,
    response_model=ImportOut,
    responses=refusals(
        Malformed,
        IdempotencyKeyMissing,
        NotSignedIn,
        NotYourRole,
        PositionNeeded,
        NotFound,
        ImportNotReady,
        RowsRefused,
    ),
)
async def commit_import(import_id: UUID, body: CommitIn, desk: AtDesk) -> Response:
    """Write what was validated, in one transaction, judged anew as everything is then."""
    orders: list[Order] = []

    def take(session: Session, actor: Actor) -> Answer:
        check_no_auditor(actor, IMPORT)
        stored = _mine(session, import_id, actor, lock=True)
        now, agreed = desk.office.clock.now(), body.without_refused
        orders[:] = [begin_commit(stored, actor, now, without_refused=agreed)]
        session.flush()
        return Answer(_shown(stored, desk.office, desk.language), 202)

    answer = await desk.write("commit_import", take)
    for order in orders:
        desk.office.uploads.tell(order.import_id, 0)
        desk.office.workers.begin(work.commit, order, work.broke_off)
    return answer


def _mine(session: Session, import_id: UUID, actor: Actor, *, lock: bool = False) -> DataImport:
    wanted = select(DataImport).where(
        DataImport.id == import_id, within(DataImport.area_code, actor.area_code)
    )
    stored = session.exec(wanted.with_for_update() if lock else wanted).first()
    if stored is None:
        raise NotFound
    return stored


def _shown(stored: DataImport, office: Office, language: Language) -> ImportOut:
    is_under_way = stored.state in {ImportState.VALIDATING, ImportState.COMMITTING}
    return ImportOut(
        **stored.model_dump(exclude={"counts", "problem"}),
        percent=office.uploads.told(stored.id) or 0 if is_under_way else None,
        counts=ImportCounts.model_validate(stored.counts) if stored.counts else None,
        problem=_problem(stored.problem, language),
    )


def _problem(kept: dict[str, Any] | None, language: Language) -> BlockerOut | None:
    if kept is None:
        return None
    blocker = Blocker(kept["code"], tuple(kept["need"]), tuple(kept["have"]))
    return blockers_out([blocker], language)[0]


def _finding(found: ImportFinding, language: Language) -> FindingOut:
    return FindingOut(
        **found.model_dump(), value=found.have, hint=text_of(report.hint(found), language)
    )
