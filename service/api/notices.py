"""The publicity papers of a case: what hung from when until when, and the paper itself."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import Field
from sqlmodel import Session, col, select

from service import papers
from service.api.cases import READ, case_within
from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.problems import refusals
from service.api.views import OfficeInstant, View
from service.api.wanted import wanted
from service.audit.chain import NOTICE
from service.errors import NotAcceptable, NotFound
from service.store.cases import Case, Transition
from service.store.people import Actor
from service.workflows.dossier import Entry
from service.workflows.monitoring.dossier import MonitoringDossier
from service.workflows.monitoring.entry_events import ConcludePublicity, PostPublicity
from service.workflows.monitoring.events import EVENTS
from service.workflows.monitoring.notice import LAST_DAY, PROVISIONAL, Paper, paper
from service.workflows.statement import as_day

router = APIRouter(tags=["notices"], route_class=StrictRoute)

HASH_HEADER = "Dixian-Notice-SHA256"
NO_SCRIPT = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

FORMS: dict[str, tuple[str, Callable[[Paper], bytes]]] = {
    "text/html": ("html", papers.html),
    "application/pdf": ("pdf", papers.pdf),
    "text/plain": ("txt", lambda shown: shown.text.encode()),
}
"""Media type -> the ending of its files, and what makes it; the first is what one gets unasked."""


class PhotographOut(View):
    """Where and when a notice was photographed, and the papers that came with the act."""

    place: str | None
    photographed_at: OfficeInstant | None
    attachments: list[UUID]


class NoticeEnd(View):
    """How a notice came off the board: its period was concluded, or another took its place.

    Taken down: the case went elsewhere meanwhile.
    """

    how: Literal["concluded", "replaced", "taken_down"]
    seq: int
    on: date
    photograph: PhotographOut | None


class NoticeOut(View):
    """One notice that was put up. `seq` is the number of the transition that did it."""

    seq: int
    posted_on: date
    first_day: date
    last_day: date | None = Field(description="As it stands on the paper; null without a minimum.")
    provisional: bool = Field(description="The last day waits for a calendar.")
    sha256: str = Field(description="Of the plain text.")
    salt: str | None = Field(
        description="The log's line has the SHA-256 of these bytes (hex) and the text as a JSON"
        " string: `notice_commitment`. Older lines have `sha256` itself."
    )
    photograph: PhotographOut
    ended: NoticeEnd | None


class Notices(View):
    """The notices of a case, oldest first."""

    case_id: UUID
    items: list[NoticeOut]


@router.get("/cases/{case_id}/notices", operation_id="listNotices", responses=refusals(*READ))
async def list_notices(case_id: UUID, desk: AtDesk) -> Notices:
    """List every notice of a case: both papers where one was replaced by another."""

    def work(session: Session, actor: Actor) -> Notices:
        entries = _entries(case_within(session, case_id, actor))
        lines = session.exec(
            select(Transition.seq, Transition.event, Transition.to_state)
            .where(Transition.case_id == case_id)
            .order_by(col(Transition.seq))
        ).all()
        posted = [entry for entry in entries.values() if isinstance(entry.body, PostPublicity)]
        return Notices(
            case_id=case_id, items=[_notice_out(entry, entries, lines) for entry in posted]
        )

    return await desk.read(work)


Lines = Sequence[tuple[int, str, str]]
"""Of each transition its number, its event, and the state it led to."""


def _entries(case: Case) -> dict[int, Entry]:
    return {
        entry.seq: entry
        for entry in MonitoringDossier.model_validate({"entries": case.dossier}).entries
    }


def _notice_out(entry: Entry, entries: dict[int, Entry], lines: Lines) -> NoticeOut:
    shown = _paper(entry)
    last_day = dict(shown.rows).get(LAST_DAY, "")
    return NoticeOut(
        seq=entry.seq,
        posted_on=entry.on,
        first_day=entry.on,
        last_day=as_day(last_day.removesuffix(PROVISIONAL)),
        provisional=last_day.endswith(PROVISIONAL),
        sha256=shown.sha256,
        salt=entry.salts.get(NOTICE),
        photograph=_photograph(entry),
        ended=_end(entry, entries, lines),
    )


def _end(posted: Entry, entries: dict[int, Entry], lines: Lines) -> NoticeEnd | None:
    """Return what took a notice down: the first act after it that posts anew or goes elsewhere."""
    hangs_at = ""
    for seq, event, to_state in lines:
        if seq <= posted.seq or event not in EVENTS:  # what the service itself notes ends nothing
            hangs_at = to_state
        elif issubclass(EVENTS[event], PostPublicity):
            return _ended("replaced", entries[seq])
        elif to_state != hangs_at:
            concluded = EVENTS[event] is ConcludePublicity
            return _ended("concluded" if concluded else "taken_down", entries[seq])
    return None


def _ended(how: Literal["concluded", "replaced", "taken_down"], entry: Entry) -> NoticeEnd:
    photograph = _photograph(entry) if how == "concluded" else None
    return NoticeEnd(how=how, seq=entry.seq, on=entry.on, photograph=photograph)


def _photograph(entry: Entry) -> PhotographOut:
    body: Any = entry.body
    return PhotographOut(
        place=body.place, photographed_at=body.photographed_at, attachments=list(body.attachments)
    )


def _paper(entry: Entry) -> Paper:
    remark = entry.body.remark if isinstance(entry.body, PostPublicity) else None
    return paper(entry.outcome["notice"], remark)


@router.get(
    "/cases/{case_id}/notices/{seq}",
    operation_id="getNotice",
    response_class=Response,
    responses={
        200: {
            "description": "The notice; its text's SHA-256 is in Dixian-Notice-SHA256.",
            "content": {form: {"schema": {"type": "string"}} for form in FORMS},
        },
        **refusals(*READ, NotAcceptable),
    },
)
async def get_notice(
    case_id: UUID, seq: Annotated[int, Path(ge=1, le=1_000_000)], desk: AtDesk
) -> Response:
    """Read a notice as a page to print, as PDF, or as the plain text that was hashed (Accept)."""

    def work(session: Session, actor: Actor) -> Entry | None:
        return _entries(case_within(session, case_id, actor)).get(seq)

    entry = await desk.read(work)
    if entry is None or not isinstance(entry.body, PostPublicity):
        raise NotFound
    return _answer(_paper(entry), seq, wanted(desk.request, FORMS))


def _answer(shown: Paper, seq: int, form: str) -> Response:
    ending, make = FORMS[form]
    weak = "" if form == "text/plain" else "W/"  # how the others look may change, the text not
    headers = {
        "ETag": f'{weak}"{shown.sha256}"',
        HASH_HEADER: shown.sha256,
        "Vary": "Accept",
        "Content-Language": "zh-CN",
        "Content-Disposition": f'inline; filename="notice-{seq}.{ending}"',
        "Content-Security-Policy": NO_SCRIPT,
    }
    return Response(make(shown), headers=headers, media_type=form)
