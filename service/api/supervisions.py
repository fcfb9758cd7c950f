"""Supervisions: planning one, listing them, reading one with its units."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from service import openings
from service.api.cases import READ, WITHOUT_DOSSIER, WRITE, case_within, moved_answer
from service.api.desk import Answer, AtDesk
from service.api.door import StrictRoute
from service.api.pages import PagingQuery, narrowed, page
from service.api.problems import refusals
from service.api.views import CaseOut, MovedOut, Page, View
from service.codes import Label
from service.errors import (
    Malformed,
    NoDocumentInForce,
    NotFound,
    NotInDocument,
    NotSignedIn,
    PositionNeeded,
)
from service.openings import Place
from service.store.areas import Area, area_within, within
from service.store.cases import Case
from service.store.people import Actor
from service.store.supervisions import (
    Supervision,
    SupervisionUnit,
    UnitStanding,
)
from service.workflows.fields import Day
from service.workflows.kinds import Kind
from service.workflows.rulebook import Rulebook
from service.workflows.supervision.events import AreaCode, PlanSupervision

router = APIRouter(tags=["supervisions"], route_class=StrictRoute)

CodeQuery = Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9_]{0,47}$")]


class OpenSupervision(PlanSupervision):
    """A supervision as it is planned: of which area (left out: mine), in which campaign if any."""

    area_code: AreaCode | None = None
    campaign_id: UUID | None = None


class SupervisionOut(CaseOut):
    """A supervision, and how many of its units were looked at."""

    method: str
    method_label: Label
    by_unit: str
    first_day: date
    last_day: date
    units: int
    checked: int
    excused: int
    problems: int


class UnitOut(View):
    """A unit of the plan. `checked_by`: in a cross-check, the unit that looks at it."""

    area_code: str
    area_name: str
    checked_by: str | None
    standing: UnitStanding
    checked_on: date | None = Field(description="The day of the newest check.")
    problems: int
    reason: str | None = Field(description="Why it is excused.")


class SupervisionWhole(SupervisionOut):
    unit_list: list[UnitOut]


@router.post(
    "/supervisions",
    operation_id="planSupervision",
    status_code=201,
    response_model=MovedOut,
    responses=refusals(*WRITE, NoDocumentInForce, NotInDocument),
)
async def plan_supervision(body: OpenSupervision, desk: AtDesk) -> Response:
    """Plan a spot-check, a cross-check or an unannounced inspection of units within my area."""
    plan = PlanSupervision.model_validate(body.model_dump(exclude={"area_code", "campaign_id"}))

    def work(session: Session, actor: Actor) -> Answer:
        area = area_within(session, body.area_code or actor.area_code, actor.area_code)
        campaign = _campaign(session, body.campaign_id, actor) if body.campaign_id else None
        moved = openings.open_of_kind(
            session,
            Kind.SUPERVISION,
            Place(area.code, area.name, campaign_id=body.campaign_id),
            plan,
            actor=actor,
            registry=desk.office.registry,
            campaign=campaign,
        )
        return moved_answer(moved, desk.office.rulebook)

    return await desk.write("plan_supervision", work)


def _campaign(session: Session, campaign_id: UUID, actor: Actor) -> Case:
    case = case_within(session, campaign_id, actor)
    if case.kind is not Kind.CAMPAIGN:
        raise NotFound
    return case


@router.get(
    "/supervisions",
    operation_id="listSupervisions",
    responses=refusals(Malformed, NotSignedIn, PositionNeeded),
)
async def list_supervisions(
    desk: AtDesk,
    paging: PagingQuery,
    campaign: UUID | None = None,
    area: Annotated[str | None, Query(pattern=r"^[0-9]{12}$")] = None,
    method: CodeQuery = None,
    state: CodeQuery = None,
    on: Day | None = None,
) -> Page[SupervisionOut]:
    """List the supervisions of my area and those below it (`on`: that run on a day)."""

    def work(session: Session, actor: Actor) -> Page[SupervisionOut]:
        query = narrowed(
            _supervisions(actor),
            (campaign, lambda asked: col(Supervision.campaign_id) == asked),
            (area, lambda asked: within(Supervision.area_code, asked)),
            (method, lambda asked: col(Supervision.method) == asked),
            (state, lambda asked: col(Case.state) == asked),
            (on, lambda asked: col(Supervision.first_day) <= asked),
            (on, lambda asked: col(Supervision.last_day) >= asked),
        )
        return Page[SupervisionOut](
            **page(
                session,
                query,
                paging,
                keys=[col(Supervision.case_id)],
                parse=[UUID],
                shown=lambda row: SupervisionOut(**_shown(row, desk.office.rulebook)),
                key_of=lambda row: [str(row[0].case_id)],
            )
        )

    return await desk.read(work)


@router.get(
    "/supervisions/{supervision_id}", operation_id="getSupervision", responses=refusals(*READ)
)
async def get_supervision(
    supervision_id: UUID, desk: AtDesk, response: Response
) -> SupervisionWhole:
    """Read a supervision with its units. Its version is the ETag."""

    def work(session: Session, actor: Actor) -> SupervisionWhole:
        found = _supervisions(actor).where(col(Supervision.case_id) == supervision_id)
        row = session.execute(found).first()
        if row is None:
            raise NotFound
        shown = _shown(row, desk.office.rulebook)
        return SupervisionWhole(**shown, unit_list=_units(session, supervision_id))

    supervision = await desk.read(work)
    response.headers["ETag"] = f'"{supervision.version}"'
    return supervision


def _supervisions(actor: Actor) -> Any:  # noqa: ANN401 - the two libraries' Select differ
    def counted(standing: UnitStanding) -> ColumnElement[int]:
        return func.count().filter(col(SupervisionUnit.standing) == standing)

    tally = (
        select(
            col(SupervisionUnit.supervision_id),
            func.count().label("units"),
            counted(UnitStanding.CHECKED).label("checked"),
            counted(UnitStanding.EXCUSED).label("excused"),
            func.sum(col(SupervisionUnit.problems)).label("problems"),
        )
        .group_by(col(SupervisionUnit.supervision_id))
        .subquery()
    )
    return (
        select(Supervision, Case, tally.c.units, tally.c.checked, tally.c.excused, tally.c.problems)
        .join(Case, col(Case.id) == col(Supervision.case_id))
        .join(tally, tally.c.supervision_id == col(Supervision.case_id))
        .where(within(Supervision.area_code, actor.area_code))
        .options(WITHOUT_DOSSIER)
    )


def _shown(row: Any, rulebook: Rulebook) -> dict[str, Any]:  # noqa: ANN401 - of `_supervisions`
    supervision, case, units, checked, excused, problems = row
    rules = rulebook.pinned(case.policy, Kind.SUPERVISION).policy.supervision
    method = rules.method(supervision.method) if rules else None
    unnamed = Label(zh=supervision.method, en=supervision.method)
    return {
        **CaseOut.of(case, rulebook).model_dump(),
        **supervision.model_dump(exclude={"case_id"}),
        "method_label": method.label if method else unnamed,
        "units": units,
        "checked": checked,
        "excused": excused,
        "problems": problems,
    }


def _units(session: Session, supervision_id: UUID) -> list[UnitOut]:
    found = (
        select(SupervisionUnit, col(Area.name))
        .join(Area, col(Area.code) == col(SupervisionUnit.area_code))
        .where(col(SupervisionUnit.supervision_id) == supervision_id)
        .order_by(col(SupervisionUnit.area_code))
    )
    return [
        UnitOut(**unit.model_dump(exclude={"supervision_id"}), area_name=name)
        for unit, name in session.execute(found)
    ]
