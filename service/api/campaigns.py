"""Campaigns: drafting one, listing them, reading one with its phases. Its list is in `rosters`."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlalchemy import select
from sqlmodel import Session, col

from service import openings
from service.api.cases import READ, WITHOUT_DOSSIER, WRITE, moved_answer
from service.api.desk import Answer, AtDesk
from service.api.door import StrictRoute
from service.api.office import Office
from service.api.pages import PagingQuery, narrowed, page
from service.api.problems import refusals
from service.api.rosters import Tally, campaign_seen, tally_of
from service.api.views import CaseOut, MovedOut, Page, View
from service.clock import office_date
from service.codes import Label
from service.errors import Malformed, NoDocumentInForce, NotInDocument
from service.openings import Place
from service.store.areas import area_within, within
from service.store.campaigns import Campaign, CampaignWindow, LateWindow, seen_by, windows_of
from service.store.cases import Case
from service.store.people import Actor
from service.workflows.campaign.events import AreaCode, Contact, DraftCampaign
from service.workflows.fields import Day
from service.workflows.kinds import Kind

router = APIRouter(tags=["campaigns"], route_class=StrictRoute)


class OpenCampaign(DraftCampaign):
    """A campaign as it is drafted, and its area: left out, that of whoever drafts it."""

    area_code: AreaCode | None = None


class CampaignOut(CaseOut):
    """A campaign as it stands. `listed`: the rows of its list, from the start on."""

    title: str
    programme: str | None = Field(description="The standing duty that opened it.")
    period: str | None
    first_day: date
    last_day: date
    announced_on: date | None
    listed: int | None
    opened_late: bool = Field(description="Opened by itself after its period was over.")


class PhaseOut(View):
    """The days of a phase, both included; several phases may be current on one day."""

    code: str
    label: Label
    first_on: date
    last_on: date
    is_current: bool
    cite: str


class LateOut(View):
    """An area that may hand in forms after the phase, until the end of a day."""

    area_code: str
    until_on: date


class CampaignWhole(CampaignOut):
    """A campaign with its phases, its office, and how far it is, as far as its list is mine."""

    phases: list[PhaseOut]
    current_phases: list[str]
    late_areas: list[LateOut]
    contact: Contact | None
    coverage: Tally


@router.post(
    "/campaigns",
    operation_id="draftCampaign",
    status_code=201,
    response_model=MovedOut,
    responses=refusals(*WRITE, NoDocumentInForce, NotInDocument),
)
async def draft_campaign(body: OpenCampaign, desk: AtDesk) -> Response:
    """Draft a campaign of an area within mine, under the document in force there."""
    draft = DraftCampaign.model_validate(body.model_dump(exclude={"area_code"}))

    def work(session: Session, actor: Actor) -> Answer:
        code = body.area_code or actor.area_code
        area_within(session, code, actor.area_code)
        moved = openings.open_of_kind(
            session,
            Kind.CAMPAIGN,
            Place.of(session, code, actor),
            draft,
            actor=actor,
            registry=desk.office.registry,
        )
        return moved_answer(moved, desk.office.rulebook)

    return await desk.write("draft_campaign", work)


@router.get("/campaigns", operation_id="listCampaigns", responses=refusals(Malformed, *READ))
async def list_campaigns(
    desk: AtDesk,
    paging: PagingQuery,
    state: Annotated[str | None, Query(pattern=r"^[a-z_]{1,48}$")] = None,
    area: AreaCode | None = None,
    policy: Annotated[str | None, Query(max_length=64)] = None,
    programme: Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,48}$")] = None,
    on: Day | None = None,
) -> Page[CampaignOut]:
    """List the campaigns of my area and of those above it (`on`: that run on a day)."""

    def work(session: Session, actor: Actor) -> Page[CampaignOut]:
        seen: Any = (
            select(Case, Campaign)
            .join(Campaign, col(Campaign.case_id) == col(Case.id))
            .where(seen_by(actor))
            .options(WITHOUT_DOSSIER)
        )
        query = narrowed(
            seen,
            (state, lambda asked: col(Case.state) == asked),
            (area, lambda asked: within(Case.area_code, asked)),
            (policy, lambda asked: col(Case.policy) == asked),
            (programme, lambda asked: col(Campaign.programme) == asked),
            (on, lambda asked: col(Campaign.first_day) <= asked),
            (on, lambda asked: col(Campaign.last_day) >= asked),
        )
        return Page[CampaignOut](
            **page(
                session,
                query,
                paging,
                keys=[col(Case.id)],
                parse=[UUID],
                shown=lambda row: CampaignOut(**_shown(row[0], row[1], desk.office)),
                key_of=lambda row: [str(row[0].id)],
            )
        )

    return await desk.read(work)


@router.get("/campaigns/{campaign_id}", operation_id="getCampaign", responses=refusals(*READ))
async def get_campaign(campaign_id: UUID, desk: AtDesk, response: Response) -> CampaignWhole:
    """Read a campaign: its phases, which are current, how far it is; the ETag is its version."""

    def work(session: Session, actor: Actor) -> CampaignWhole:
        case, campaign = campaign_seen(session, campaign_id, actor)
        return _whole(session, case, campaign, actor, desk.office)

    found = await desk.read(work)
    response.headers["ETag"] = f'"{found.version}"'
    return found


def _shown(case: Case, campaign: Campaign, office: Office) -> dict[str, Any]:
    own = campaign.model_dump(exclude={"case_id", "area_code"})
    late = campaign.programme is not None and case.opened_on > campaign.last_day
    return {**CaseOut.of(case, office.rulebook).model_dump(), **own, "opened_late": late}


def _whole(
    session: Session, case: Case, campaign: Campaign, actor: Actor, office: Office
) -> CampaignWhole:
    today = office_date(office.clock.now())
    phases = _phases(windows_of(session, case.id), case, today, office)
    late = session.execute(select(LateWindow).where(col(LateWindow.campaign_id) == case.id))
    contact = case.dossier[0]["body"]["contact"]
    return CampaignWhole(
        **_shown(case, campaign, office),
        phases=phases,
        current_phases=[phase.code for phase in phases if phase.is_current],
        late_areas=[LateOut(**one.model_dump()) for one in late.scalars()],
        contact=Contact.model_validate(contact) if contact else None,
        coverage=tally_of(session, case.id, actor),
    )


def _phases(
    windows: list[CampaignWindow], case: Case, today: date, office: Office
) -> list[PhaseOut]:
    rules = office.rulebook.pinned(case.policy).policy.campaign
    known: Mapping[str, Any] = {phase.code: phase for phase in rules.phases} if rules else {}
    return [
        PhaseOut(
            code=window.phase,
            label=Label(zh=known[window.phase].zh, en=known[window.phase].en),
            first_on=window.first_on,
            last_on=window.last_on,
            is_current=window.first_on <= today <= window.last_on,
            cite=known[window.phase].cite,
        )
        for window in windows
        if window.phase in known
    ]
