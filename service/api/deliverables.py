"""The papers that units owe in campaigns: who has submitted what, who is late, who is missing."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlalchemy import ColumnElement, and_, exists, select
from sqlmodel import Session, col

from service.api.cases import READ, WITHOUT_DOSSIER
from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.pages import PagingQuery, narrowed, page
from service.api.problems import refusals
from service.api.views import CaseOut, Page, coded
from service.codes import CodeLabel, Label
from service.errors import Malformed, NotFound, NotSignedIn, PositionNeeded
from service.store.areas import Area, within
from service.store.campaigns import CampaignWindow
from service.store.cases import Case
from service.store.deadlines import Deadline, DeadlineState, state_at
from service.store.deliverables import SETTLED, Deliverable, PaperStanding
from service.store.people import Actor
from service.workflows.deliverable import DeliverableDossier, OweDeliverable
from service.workflows.kinds import Kind
from service.workflows.machine import Procedure
from service.workflows.rulebook import Rulebook

router = APIRouter(tags=["deliverables"], route_class=StrictRoute)

CodeQuery = Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9_]{0,47}$")]


class DeliverableOut(CaseOut):
    """A paper of one unit: an area, or a department of the campaign's area."""

    paper: str
    label: Label
    area_name: str
    department: CodeLabel | None
    owed_by: str = Field(description="The role that drafts and submits it.")
    owed_to: str = Field(description="The role that receives it.")
    due_on: date | None = Field(description="The last day, to its end; null: no day is named.")
    submitted_on: date | None
    standing: PaperStanding
    overdue: bool


class PaperOut(DeliverableOut):
    """What the paper needs, and what of it counts by now.

    `drafted_files` is what a signature or a seal is put to: the SHA-256 of each file.
    """

    files: list[str] = Field(description="The kinds of attachments that it is made of.")
    signers: list[str]
    seals: list[str]
    electronic_copy: bool
    drafted_files: list[str]
    signed_by: list[str]
    sealed_with: list[str]


@router.get(
    "/deliverables",
    operation_id="listDeliverables",
    responses=refusals(Malformed, NotSignedIn, PositionNeeded),
)
async def list_deliverables(
    desk: AtDesk,
    paging: PagingQuery,
    campaign: UUID | None = None,
    area: Annotated[str | None, Query(pattern=r"^[0-9]{12}$")] = None,
    paper: CodeQuery = None,
    department: CodeQuery = None,
    state: CodeQuery = None,
    standing: PaperStanding | None = None,
    overdue: bool | None = None,
    missing_for_phase: CodeQuery = None,
) -> Page[DeliverableOut]:
    """List the papers owed within my area (`area`: there and below).

    `missing_for_phase`: due by the last day of that phase, and not accepted: who is missing when
    the next one begins.
    """
    is_overdue = overdue_at(desk.office.clock.now())

    def work(session: Session, actor: Actor) -> Page[DeliverableOut]:
        query = narrowed(
            _papers(actor, is_overdue),
            (campaign, lambda asked: col(Deliverable.campaign_id) == asked),
            (area, lambda asked: within(Deliverable.area_code, asked)),
            (paper, lambda asked: col(Deliverable.paper) == asked),
            (department, lambda asked: col(Deliverable.department) == asked),
            (state, lambda asked: col(Case.state) == asked),
            (standing, lambda asked: col(Deliverable.standing) == asked),
            (overdue, lambda asked: is_overdue if asked else ~is_overdue),
            (missing_for_phase, _is_missing_for),
        )
        return Page[DeliverableOut](
            **page(
                session,
                query,
                paging,
                keys=[col(Deliverable.case_id)],
                parse=[UUID],
                shown=lambda row: DeliverableOut(**_shown(row, desk.office.rulebook)),
                key_of=lambda row: [str(row[0].case_id)],
            )
        )

    return await desk.read(work)


@router.get(
    "/deliverables/{deliverable_id}", operation_id="getDeliverable", responses=refusals(*READ)
)
async def get_deliverable(deliverable_id: UUID, desk: AtDesk, response: Response) -> PaperOut:
    """Read a paper: what it needs, and what counts by now. Its version is the ETag."""
    rulebook, now = desk.office.rulebook, desk.office.clock.now()

    def work(session: Session, actor: Actor) -> PaperOut:
        found = _papers(actor, overdue_at(now)).where(col(Deliverable.case_id) == deliverable_id)
        row = session.execute(found).first()
        if row is None:
            raise NotFound
        dossier = DeliverableDossier.model_validate({"entries": row[1].dossier})
        return PaperOut(**_shown(row, rulebook), **_needs(dossier))

    paper = await desk.read(work)
    response.headers["ETag"] = f'"{paper.version}"'
    return paper


def overdue_at(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a case has a deadline that is overdue."""
    return exists().where(
        col(Deadline.case_id) == col(Case.id), state_at(now) == DeadlineState.OVERDUE
    )


def _papers(actor: Actor, is_overdue: ColumnElement[bool]) -> Any:  # noqa: ANN401 - Selects differ
    return (
        select(Deliverable, Case, col(Area.name), is_overdue)
        .join(Case, col(Case.id) == col(Deliverable.case_id))
        .join(Area, col(Area.code) == col(Deliverable.area_code))
        .where(within(Deliverable.area_code, actor.area_code))
        .options(WITHOUT_DOSSIER)
    )


def _is_missing_for(phase: str) -> ColumnElement[bool]:
    last_day = select(col(CampaignWindow.last_on)).where(
        col(CampaignWindow.campaign_id) == col(Deliverable.campaign_id),
        col(CampaignWindow.phase) == phase,
    )
    return and_(
        col(Deliverable.due_on) <= last_day.scalar_subquery(),
        col(Deliverable.standing).not_in(SETTLED),
    )


def _shown(row: Any, rulebook: Rulebook) -> dict[str, Any]:  # noqa: ANN401 - a row of `_papers`
    deliverable, case, area_name, overdue = row
    procedure = rulebook.pinned(case.policy, Kind.DELIVERABLE)
    department = deliverable.department
    return {
        **CaseOut.of(case, rulebook).model_dump(),
        **deliverable.model_dump(exclude={"case_id", "department"}),
        "label": _label(deliverable.paper, procedure),
        "area_name": area_name,
        "department": coded(department, procedure.words[department]) if department else None,
        "overdue": overdue,
    }


def _label(paper: str, procedure: Procedure) -> Label:
    campaign = procedure.policy.campaign
    papers = campaign.deliverables if campaign else ()
    named = (Label(zh=one.zh, en=one.en) for one in papers if one.code == paper)
    return next(named, Label(zh=paper, en=paper))  # another version may know it no longer


def _needs(dossier: DeliverableDossier) -> dict[str, Any]:
    owed = dossier.last(OweDeliverable)
    assert owed is not None  # it is how a paper's case is opened
    return {
        **owed.model_dump(include={"files", "signers", "seals", "electronic_copy"}),
        "drafted_files": dossier.files,
        "signed_by": sorted(dossier.signed_by),
        "sealed_with": sorted(dossier.sealed_with),
    }
