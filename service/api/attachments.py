"""Attachments: photographs and papers, by type sniffed from their bytes, within my area."""

import hashlib
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import puremagic
from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session, select

from service.api.desk import Answer, AtDesk
from service.api.door import StrictRequest, StrictRoute
from service.api.office import Office
from service.api.problems import refusals
from service.api.views import OfficeInstant, View
from service.audit.proofs import check_no_auditor
from service.blockers import Blocker
from service.codes import Label
from service.errors import (
    BodyTooLarge,
    IdempotencyKeyMissing,
    Malformed,
    NotFound,
    NotSignedIn,
    NotYourRole,
    PositionNeeded,
    RequirementsNotMet,
    UnsupportedType,
)
from service.registry import procedures_at_work
from service.store.areas import Area, within
from service.store.attachments import Attachment
from service.store.columns import new_id
from service.store.people import Actor
from service.workflows.fields import Line

UPLOAD = Label(zh="上传附件", en="upload a paper")

MAX_FILE_BYTES = 10_000_000
MAX_UPLOAD_BYTES = MAX_FILE_BYTES + 100_000
"""The file, its form fields and the form's own text."""


class UploadRequest(StrictRequest):
    max_bytes = MAX_UPLOAD_BYTES


class UploadRoute(StrictRoute):
    request_class = UploadRequest


router = APIRouter(tags=["attachments"], route_class=UploadRoute)

FORM = ("area_code", "file", "kind")
SNIFFED_BYTES = 4096
MEDIA_TYPES = {
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/heic",
    "image/heif",
    "application/pdf",
}


class AttachmentOut(View):
    """What is known of a file. Refer to it by `id`; its SHA-256 enters the log."""

    id: UUID
    area_code: str
    kind: str
    filename: str
    media_type: str
    size: int
    sha256: str
    uploaded_at: OfficeInstant


@router.post(
    "/attachments",
    operation_id="uploadAttachment",
    status_code=201,
    response_model=AttachmentOut,
    responses=refusals(
        Malformed,
        IdempotencyKeyMissing,
        NotSignedIn,
        PositionNeeded,
        NotYourRole,
        NotFound,
        BodyTooLarge,
        UnsupportedType,
        RequirementsNotMet,
    ),
)
async def upload_attachment(
    desk: AtDesk,
    file: Annotated[UploadFile, File(description="JPEG, PNG, WebP, HEIC or PDF, up to 10 MB.")],
    kind: Annotated[str, Form(pattern=r"^[a-z_]{1,48}$")],
    area_code: Annotated[str, Form(pattern=r"^[0-9]{12}$")],
) -> Response:
    """Keep a photograph or a paper of a village within my area."""
    await check_form(desk.request, FORM)
    content = await file.read()
    filename = filename_of(file)
    media_type = sniffed(content)
    sha256 = hashlib.sha256(content).hexdigest()

    def work(session: Session, actor: Actor) -> Answer:
        check_no_auditor(actor, UPLOAD)
        _check(session, actor, area_code, kind, desk.office)
        attachment = Attachment(
            id=new_id(desk.office.clock.now()),
            area_code=area_code,
            kind=kind,
            filename=filename,
            media_type=media_type,
            size=len(content),
            sha256=sha256,
            uploaded_by=actor.person_id,
            uploaded_at=desk.office.clock.now(),
        )
        desk.office.attachments.put(sha256, content)
        session.add(attachment)
        return Answer(AttachmentOut(**attachment.model_dump()))

    form = f"{kind} {area_code} {sha256} {filename}"
    return await desk.write("upload_attachment", work, form=form)


async def check_form(request: Request, fields: Sequence[str]) -> None:
    """Refuse fields that nobody knows, and those that come twice."""
    names = [name for name, _ in (await request.form()).multi_items()]
    if sorted(names) != sorted(fields):
        listed = ", ".join(fields)
        raise Malformed(Label(zh=f"表单字段应为：{listed}", en=f"The form has: {listed}."))


def filename_of(file: UploadFile) -> str:
    """Return how the client calls a file. Raises `Malformed`."""
    try:
        return TypeAdapter(Line).validate_python(file.filename or "-")
    except ValidationError as problem:
        raise Malformed(
            Label(
                zh="文件名过长或含不可见字符", en="The file's name is too long or not all visible."
            )
        ) from problem


def sniffed(content: bytes) -> str:
    """Return the media type that the bytes show. Raises `BodyTooLarge`, `UnsupportedType`."""
    if len(content) > MAX_FILE_BYTES:
        raise BodyTooLarge(Label(zh="文件超过10MB", en="The file is over 10 MB."))
    try:
        found = puremagic.from_string(content[:SNIFFED_BYTES], mime=True)
    except (puremagic.PureError, ValueError):
        found = ""
    if found not in MEDIA_TYPES:
        raise UnsupportedType(
            Label(
                zh="只收 JPEG、PNG、WebP、HEIC 图片和 PDF（按内容识别）",
                en="Only JPEG, PNG, WebP, HEIC and PDF, by content.",
            )
        )
    return str(found)


def _check(session: Session, actor: Actor, area_code: str, kind: str, office: Office) -> None:
    area = session.exec(
        select(Area.code).where(Area.code == area_code, within(Area.code, actor.area_code))
    ).first()
    if area is None:
        raise NotFound
    procedures = procedures_at_work(session, office.registry, area_code)
    listed = dict.fromkeys(
        entry.code for one in procedures for entry in one.policy.lists["attachment_kinds"]
    )
    if kind not in listed:
        cite = procedures[0].policy.list_cites.get("attachment_kinds")
        blocker = Blocker("attachment_kind_not_listed", tuple(listed), (kind,), cite=cite)
        raise RequirementsNotMet(procedures[0].worded([blocker]))


@router.get(
    "/attachments/{attachment_id}",
    operation_id="getAttachment",
    response_class=Response,
    responses={
        200: {"content": {media_type: {} for media_type in sorted(MEDIA_TYPES)}},
        **refusals(NotSignedIn, PositionNeeded, NotFound),
    },
)
async def get_attachment(attachment_id: UUID, desk: AtDesk) -> Response:
    """Read a file of my area, as it was uploaded."""

    def work(session: Session, actor: Actor) -> Attachment:
        found = session.exec(
            select(Attachment).where(
                Attachment.id == attachment_id,
                Attachment.size > 0,
                within(Attachment.area_code, actor.area_code),
            )
        ).first()
        if found is None:
            raise NotFound
        return found

    attachment = await desk.hand_out(
        "read_attachment", work, lambda one: {"attachment": str(one.id), "sha256": one.sha256}
    )
    headers = {
        "ETag": f'"{attachment.sha256}"',
        "Content-Disposition": f'attachment; filename="{attachment.id}"',
        "Content-Security-Policy": "sandbox",
    }
    content = desk.office.attachments.get(attachment.sha256)
    return Response(content, headers=headers, media_type=attachment.media_type)
