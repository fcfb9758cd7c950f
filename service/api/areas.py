"""The area tree, as far as it is mine."""

from typing import Annotated

from fastapi import APIRouter, Path
from sqlmodel import Session, col, select

from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.problems import refusals
from service.api.views import View
from service.errors import NotFound, NotSignedIn, PositionNeeded
from service.store.areas import Area, AreaLevel, area_within, within
from service.store.people import Actor

router = APIRouter(tags=["areas"], route_class=StrictRoute)


class AreaOut(View):
    code: str
    name: str
    level: AreaLevel
    parent_code: str | None
    policy_id: str | None


class AreaList(View):
    items: list[AreaOut]


@router.get("/areas", operation_id="listAreas", responses=refusals(NotSignedIn, PositionNeeded))
async def list_areas(desk: AtDesk) -> AreaList:
    """List my area and everything in it."""

    def work(session: Session, actor: Actor) -> AreaList:
        areas = session.exec(
            select(Area).where(within(Area.code, actor.area_code)).order_by(col(Area.code))
        )
        return AreaList(items=[AreaOut(**area.model_dump()) for area in areas])

    return await desk.read(work)


@router.get(
    "/areas/{code}",
    operation_id="getArea",
    responses=refusals(NotSignedIn, PositionNeeded, NotFound),
)
async def get_area(code: Annotated[str, Path(pattern=r"^[0-9]{12}$")], desk: AtDesk) -> AreaOut:
    """Read one area within mine."""

    def work(session: Session, actor: Actor) -> AreaOut:
        return AreaOut(**area_within(session, code, actor.area_code).model_dump())

    return await desk.read(work)
