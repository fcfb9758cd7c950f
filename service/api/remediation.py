"""Problems to be put right: reporting one, the ledger of them, reading one."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field, model_validator
from sqlmodel import Session, col, select

from service import openings
from service.api.cases import READ, WRITE, moved_answer
from service.api.desk import Answer, AtDesk
from service.api.door import StrictRoute
from service.api.item_filters import ItemFilters, is_overdue
from service.api.pages import PagingQuery, page
from service.api.problems import refusals
from service.api.views import CaseOut, MovedOut, Page
from service.errors import Malformed, NoDocumentInForce, NotFound, NotInDocument
from service.openings import Place
from service.store.areas import AreaReach, area_within, within
from service.store.cases import Case
from service.store.households import Household
from service.store.people import Actor
from service.store.remediation import ItemStanding, RemediationItem
from service.workflows.kinds import Kind
from service.workflows.remediation.events import Level, ReportProblem, Scope
from service.workflows.rulebook import Rulebook

router = APIRouter(tags=["remediation"], route_class=StrictRoute)


class ReportedProblem(ReportProblem):
    """A problem of a household (`household_id`) or of an area (`area_code`).

    Without a campaign it is under the document in force there: a complaint, a spot-check, what
    an earlier appraisal found.
    """

    household_id: UUID | None = None
    area_code: Annotated[str | None, Field(pattern=r"^[0-9]{12}$")] = None
    campaign_id: UUID | None = None

    @model_validator(mode="after")
    def _of_one(self) -> Self:
        if (self.household_id is None) == (self.area_code is None):
            raise ValueError("name the household or the area, one of them")
        return self


class ItemOut(CaseOut):
    """A problem as it stands in the ledger, with its four lists and what came of it.

    `standing` is how it counts; `group_id` is shared by similar problems.
    """

    scope: Scope
    level: Level
    household_type: str | None
    risk_type: str | None
    problem_type: str
    source: str
    content: str
    measure: str | None
    responsible_person: str | None
    responsible_unit: str | None
    time_limit_on: date | None
    department: str | None
    progress: str | None
    result: str | None
    found_on: date
    found_by: str
    item: str | None
    form_id: UUID | None
    standing: ItemStanding
    group_id: UUID
    overdue: bool
    history: str = Field(description="Where every line of its history is.")


@router.post(
    "/remediation-items",
    operation_id="reportProblem",
    status_code=201,
    response_model=MovedOut,
    responses=refusals(*WRITE, NoDocumentInForce, NotInDocument),
)
async def report_problem(body: ReportedProblem, desk: AtDesk) -> Response:
    """Report a problem of a household or of an area within mine."""
    where = {"household_id", "area_code", "campaign_id"}
    problem = ReportProblem.model_validate(body.model_dump(exclude=where))

    def work(session: Session, actor: Actor) -> Answer:
        place = _place(session, body, actor)
        campaign = _campaign(session, place) if place.campaign_id else None
        moved = openings.open_of_kind(
            session,
            Kind.REMEDIATION_ITEM,
            place,
            problem,
            actor=actor,
            registry=desk.office.registry,
            campaign=campaign,
        )
        return moved_answer(moved, desk.office.rulebook)

    return await desk.write("report_problem", work)


def _place(session: Session, body: ReportedProblem, actor: Actor) -> Place:
    """Return where a problem lies. Raises `NotFound` outside the actor's area."""
    if body.area_code:
        area_within(session, body.area_code, actor.area_code)
        return Place.of(session, body.area_code, actor, campaign_id=body.campaign_id)
    found = select(Household).where(
        col(Household.id) == body.household_id, within(Household.area_code, actor.area_code)
    )
    household = session.exec(found).one_or_none()
    if household is None:
        raise NotFound
    return Place.of(
        session, household.area_code, actor, household=household, campaign_id=body.campaign_id
    )


def _campaign(session: Session, place: Place) -> Case:
    """Return the campaign of a place that lies in its area. Raises `NotFound`."""
    above = select(AreaReach.ancestor_code).where(col(AreaReach.area_code) == place.area_code)
    found = select(Case).where(
        col(Case.id) == place.campaign_id,
        col(Case.kind) == Kind.CAMPAIGN,
        col(Case.area_code).in_(above),
    )
    campaign = session.exec(found).one_or_none()
    if campaign is None:
        raise NotFound
    return campaign


@router.get(
    "/remediation-items", operation_id="listRemediationItems", responses=refusals(Malformed, *READ)
)
async def list_remediation_items(
    desk: AtDesk, paging: PagingQuery, filters: ItemFilters
) -> Page[ItemOut]:
    """List the problems within my area (`area`: there and below), in the order of their ids."""
    now = desk.office.clock.now()

    def work(session: Session, actor: Actor) -> Page[ItemOut]:
        return Page[ItemOut](
            **page(
                session,
                filters.narrow(_items(actor, now), now),
                paging,
                keys=[col(RemediationItem.case_id)],
                parse=[UUID],
                shown=lambda row: _shown(row, desk.office.rulebook),
                key_of=lambda row: [str(row[0].case_id)],
            )
        )

    return await desk.read(work)


@router.get(
    "/remediation-items/{item_id}", operation_id="getRemediationItem", responses=refusals(*READ)
)
async def get_remediation_item(item_id: UUID, desk: AtDesk, response: Response) -> ItemOut:
    """Read a problem with its four lists. Its version is the ETag."""
    now = desk.office.clock.now()

    def work(session: Session, actor: Actor) -> ItemOut:
        query = _items(actor, now).where(col(RemediationItem.case_id) == item_id)
        row = session.execute(query).one_or_none()
        if row is None:
            raise NotFound
        return _shown(row, desk.office.rulebook)

    found = await desk.read(work)
    response.headers["ETag"] = f'"{found.version}"'
    return found


def _items(actor: Actor, now: datetime) -> Any:  # noqa: ANN401 - the two libraries' Select differ
    """Return the query for the problems within an actor's area, each with its case."""
    return (
        select(RemediationItem, Case, is_overdue(now).label("overdue"))
        .join(Case, col(Case.id) == col(RemediationItem.case_id))
        .where(within(RemediationItem.area_code, actor.area_code))
    )


def _shown(row: Any, rulebook: Rulebook) -> ItemOut:  # noqa: ANN401 - a row of three
    item, case, overdue = row
    own = item.model_dump(exclude={"case_id", "area_code", "campaign_id", "household_id"})
    return ItemOut(
        **CaseOut.of(case, rulebook).model_dump(),
        **own,
        overdue=overdue,
        history=f"/v1/cases/{case.id}/history",
    )
