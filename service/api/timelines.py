"""The life of one case to be printed, and the code on the paper that leads back to the log."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlmodel import Session, col, select

from service import timelines
from service.api.cases import READ, case_within
from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.notices import NO_SCRIPT
from service.api.problems import refusals
from service.api.views import OfficeInstant, View, label_of
from service.api.wanted import wanted
from service.errors import Malformed, NotAcceptable, NotFound
from service.store.areas import Area
from service.store.cases import Transition
from service.store.log import LogLeaf
from service.store.people import Actor
from service.timelines import Timeline

router = APIRouter(tags=["cases"], route_class=StrictRoute)

FORMS: dict[str, tuple[str, Callable[[Timeline], bytes]]] = {
    "text/html": ("html", timelines.html),
    "application/pdf": ("pdf", timelines.pdf),
}


class LineOfCode(View):
    """The line that a code on a paper means, as the log has it.

    `is_head`: nothing was done since. `leaf_index`: its place in the log, none while it is
    pending.
    """

    case_id: UUID
    seq: int
    hash: str
    received_at: OfficeInstant
    is_head: bool
    leaf_index: int | None = Field(description="Ask /v1/audit/proof/inclusion for the proof.")


@router.get(
    "/cases/{case_id}/timeline",
    operation_id="getTimeline",
    response_class=Response,
    responses={
        200: {"content": {form: {"schema": {"type": "string"}} for form in FORMS}},
        **refusals(*READ, NotAcceptable),
    },
)
async def get_timeline(case_id: UUID, desk: AtDesk) -> Response:
    """Read what was done with a case and when, as a page to print or as PDF (Accept).

    It is read off the log and names nobody. Its code (also as QR) leads to the last line.
    """
    form = wanted(desk.request, FORMS)

    def work(session: Session, actor: Actor) -> Timeline:
        case = case_within(session, case_id, actor)
        lines = session.exec(
            select(Transition).where(Transition.case_id == case_id).order_by(col(Transition.seq))
        ).all()
        procedure = desk.office.registry.pinned(session, case.policy, case.kind)
        village = session.get_one(Area, case.area_code).name
        return timelines.timeline(
            case, [(line, label_of(line.event)) for line in lines], village, procedure
        )

    shown = await desk.read(work)
    ending, make = FORMS[form]
    headers = {
        "ETag": f'W/"{shown.head_hash}"',
        "Vary": "Accept",
        "Content-Language": "zh-CN",
        "Content-Disposition": f'inline; filename="timeline-{case_id}.{ending}"',
        "Content-Security-Policy": NO_SCRIPT,
    }
    return Response(make(shown), headers=headers, media_type=form)


@router.get(
    "/cases/{case_id}/timeline/line",
    operation_id="findLineOfCode",
    responses=refusals(Malformed, *READ),
)
async def find_line_of_code(
    case_id: UUID,
    desk: AtDesk,
    code: Annotated[str, Query(pattern=r"^[1-9][0-9]{0,8}-[0-9a-f]{16}$")],
) -> LineOfCode:
    """Find the line that the code on a printed timeline means. Not found: it is not of this log."""

    def work(session: Session, actor: Actor) -> LineOfCode:
        case = case_within(session, case_id, actor)
        line = session.get(Transition, (case_id, int(code.partition("-")[0])))
        if line is None or timelines.code_of(line.seq, line.hash) != code:
            raise NotFound
        leaf = session.exec(
            select(LogLeaf.leaf_index).where(
                LogLeaf.subject_id == case_id,
                LogLeaf.kind == "transition",
                LogLeaf.seq == line.seq,
            )
        ).first()
        return LineOfCode(
            case_id=case_id,
            seq=line.seq,
            hash=line.hash,
            received_at=line.received_at,
            is_head=line.hash == case.head_hash,
            leaf_index=leaf,
        )

    return await desk.read(work)
