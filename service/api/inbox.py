"""The inbox: the notices (通知) to my positions, and that they were read.

The publicity notices (公示) of a case are another matter: `/v1/cases/{case_id}/notices`.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlmodel import Session, col, select

from service.api.desk import Answer, AtDesk
from service.api.door import StrictRoute
from service.api.pages import PagingQuery, narrowed, page
from service.api.problems import refusals
from service.api.views import OfficeInstant, Page, View
from service.codes import Label
from service.errors import (
    IdempotencyKeyInUse,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Malformed,
    NotFound,
    NotSignedIn,
    PositionNeeded,
)
from service.notices.templates import TEMPLATES, text_of
from service.store import notices
from service.store.notices import CauseKind, Notice, addressed_to
from service.store.people import Actor

router = APIRouter(tags=["inbox"], route_class=StrictRoute)

READ = (Malformed, NotSignedIn, PositionNeeded)
WRITE = (IdempotencyKeyMissing, IdempotencyKeyInUse, IdempotencyKeyReused, *READ, NotFound)


class NoticeOut(View):
    """What one of my positions is to know.

    `for_role` and `for_area_code` say whose notice it was: they differ from `role` and
    `area_code` where it came to me because nobody held that position.
    """

    id: UUID
    cause: CauseKind
    template: str
    title: Label
    text: Label
    facts: dict[str, Any]
    case_id: UUID | None
    role: str
    area_code: str
    for_role: str
    for_area_code: str
    issued_at: OfficeInstant
    acknowledged_at: OfficeInstant | None
    acknowledged_by: UUID | None
    acknowledged_in: UUID | None

    @classmethod
    def of(cls, notice: Notice) -> "NoticeOut":
        return cls(
            **notice.model_dump(),
            title=TEMPLATES[notice.template].title,
            text=text_of(notice.template, notice.facts),
        )


@router.get("/notices", operation_id="listMyNotices", responses=refusals(*READ))
async def list_my_notices(
    desk: AtDesk,
    paging: PagingQuery,
    unread: bool | None = None,
    cause: CauseKind | None = None,
    template: Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,48}$")] = None,
    case_id: UUID | None = None,
) -> Page[NoticeOut]:
    """List the notices to the positions I hold today, or to the one I chose.

    Those that are unread come first, the newest before the older ones.
    """

    def work(session: Session) -> Page[NoticeOut]:
        query = narrowed(
            select(Notice).where(addressed_to(desk.chosen(session))),
            (unread, lambda asked: col(Notice.is_unread) == asked),
            (cause, lambda asked: col(Notice.cause) == asked),
            (template, lambda asked: col(Notice.template) == asked),
            (case_id, lambda asked: col(Notice.case_id) == asked),
        )
        return Page[NoticeOut](
            **page(
                session,
                query,
                paging,
                keys=[col(Notice.is_unread), col(Notice.id)],
                parse=[_flag, UUID],
                shown=lambda row: NoticeOut.of(row[0]),
                key_of=lambda row: [str(int(row[0].is_unread)), str(row[0].id)],
                backwards=True,
            )
        )

    return await desk.office.database.read(work)


def _flag(text: str) -> bool:
    return bool(["0", "1"].index(text))


@router.post(
    "/notices/{notice_id}/acknowledge",
    operation_id="acknowledgeNotice",
    response_model=NoticeOut,
    responses=refusals(*WRITE),
)
async def acknowledge_notice(notice_id: UUID, desk: AtDesk) -> Response:
    """Say that my position has read a notice. Who did so first, and when, stays."""

    def work(session: Session, actor: Actor) -> Answer:
        notice = notices.acknowledge(session, notice_id, actor, desk.office.clock.now())
        if notice is None:
            raise NotFound
        return Answer(NoticeOut.of(notice), 200)

    return await desk.write("acknowledge_notice", work)
