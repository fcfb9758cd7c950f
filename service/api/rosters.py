"""The list of a campaign: its rows, and how they stand area by area."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from service.api.cases import READ
from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.pages import PagingQuery, narrowed, page
from service.api.problems import refusals
from service.api.views import Page, View
from service.errors import Malformed, NotFound
from service.store.areas import Area, AreaLevel, AreaReach, within
from service.store.campaigns import ROSTER, Campaign, Roster, seen_by
from service.store.cases import Case
from service.store.households import Household
from service.store.people import Actor
from service.workflows.campaign.events import AreaCode
from service.workflows.campaign.roster import Of, Standing

router = APIRouter(tags=["campaigns"], route_class=StrictRoute)

LISTED = (Malformed, *READ)
MOST_ROWS = 2**31 - 1


class Tally(View):
    """How rows of the list stand; the five numbers always add up to `listed`."""

    expected: int
    submitted: int
    returned: int
    accepted: int
    not_applicable: int
    listed: int


class AreaTally(Tally):
    area_code: str
    area_name: str


class Coverage(View):
    """How the list stands, area by area and in all."""

    campaign_id: UUID
    items: list[AreaTally]
    total: Tally


class RosterRow(View):
    """One row of the list: a household, or without one the village itself."""

    number: int
    area_code: str
    household_id: UUID | None
    head_name: str | None
    household_type: str | None
    standing: Standing
    form_id: UUID | None
    reason: str | None


@router.get(
    "/campaigns/{campaign_id}/roster", operation_id="listRoster", responses=refusals(*LISTED)
)
async def list_roster(
    campaign_id: UUID,
    desk: AtDesk,
    paging: PagingQuery,
    area: AreaCode | None = None,
    standing: Standing | None = None,
    of: Of | None = None,
) -> Page[RosterRow]:
    """List the rows of a campaign's list that lie in my area, in the list's order."""

    def work(session: Session, actor: Actor) -> Page[RosterRow]:
        campaign_seen(session, campaign_id, actor)
        rows: Any = (
            select(Roster, Household)
            .join(Household, col(Household.id) == col(Roster.household_id), isouter=True)
            .where(*_mine(campaign_id, actor))
        )
        query = narrowed(
            rows,
            (area, lambda asked: within(Roster.area_code, asked)),
            (standing, lambda asked: col(Roster.standing) == asked),
            (of, lambda asked: col(Roster.household_id).is_(None) == (asked == "village")),
        )
        return Page[RosterRow](
            **page(
                session,
                query,
                paging,
                keys=[col(Roster.number)],
                parse=[_number],
                shown=lambda row: _row(*row),
                key_of=lambda row: [str(row[0].number)],
            )
        )

    return await desk.read(work)


@router.get(
    "/campaigns/{campaign_id}/coverage", operation_id="getCoverage", responses=refusals(*LISTED)
)
async def get_coverage(
    campaign_id: UUID,
    desk: AtDesk,
    area: AreaCode | None = None,
    level: AreaLevel = AreaLevel.VILLAGE,
    of: Of | None = None,
) -> Coverage:
    """Tell how the list stands in my area, by village or by another level: it always adds up."""

    def work(session: Session, actor: Actor) -> Coverage:
        campaign_seen(session, campaign_id, actor)
        rows = narrowed(
            select(ROSTER.c.area_code, *_counts()).where(*_mine(campaign_id, actor)),
            (area, lambda asked: within(ROSTER.c.area_code, asked)),
            (of, lambda asked: ROSTER.c.household_id.is_(None) == (asked == "village")),
        )
        found = session.execute(_by_level(rows.group_by(ROSTER.c.area_code), level))
        items = [AreaTally(**row) for row in found.mappings()]
        return Coverage(campaign_id=campaign_id, items=items, total=_sum(items))

    return await desk.read(work)


def campaign_seen(session: Session, campaign_id: UUID, actor: Actor) -> tuple[Case, Campaign]:
    """Return a campaign that an official may see. Raises `NotFound`."""
    row = session.execute(
        select(Case, Campaign)
        .join(Campaign, col(Campaign.case_id) == col(Case.id))
        .where(col(Case.id) == campaign_id, seen_by(actor))
    ).first()
    if row is None:
        raise NotFound
    return row[0], row[1]


def _mine(campaign_id: UUID, actor: Actor) -> tuple[Any, ...]:
    """Return the conditions on rows of a campaign's list that lie in an official's area."""
    return (col(Roster.campaign_id) == campaign_id, within(Roster.area_code, actor.area_code))


def _counts() -> list[Any]:
    """Return the columns of a tally. Every row has one standing: they add up by themselves."""
    counted = [
        func.count().filter(ROSTER.c.standing == standing).label(standing.value)
        for standing in Standing
    ]
    return [*counted, func.count().label("listed")]


def _by_level(villages: Select[Any], level: AreaLevel) -> Select[Any]:
    """Return the query that adds the tallies of villages up by the areas of a level they lie in."""
    each = villages.subquery()
    named: list[Any] = [col(Area.code).label("area_code"), col(Area.name).label("area_name")]
    sums = [func.sum(each.c[name]).label(name) for name in Tally.model_fields]
    return (
        select(*named, *sums)
        .select_from(each)
        .join(AreaReach, col(AreaReach.area_code) == each.c.area_code)
        .join(Area, col(Area.code) == col(AreaReach.ancestor_code))
        .where(col(Area.level) == level)
        .group_by(col(Area.code), col(Area.name))
        .order_by(col(Area.code))
    )


def tally_of(session: Session, campaign_id: UUID, actor: Actor) -> Tally:
    """Return how the list stands as far as it lies in an official's area."""
    tally = select(*_counts()).select_from(Roster).where(*_mine(campaign_id, actor))
    return Tally(**session.execute(tally).mappings().one())


def _sum(items: list[AreaTally]) -> Tally:
    return Tally(**{name: sum(getattr(one, name) for one in items) for name in Tally.model_fields})


def _number(text: str) -> int:
    """Read a row's number out of a cursor. Raises `ValueError` for one that no list has."""
    if (number := int(text)) not in range(MOST_ROWS):
        raise ValueError(text)
    return number


def _row(row: Roster, household: Household | None) -> RosterRow:
    return RosterRow(
        **row.model_dump(exclude={"campaign_id"}),
        head_name=household.head_name if household else None,
        household_type=household.household_type if household else None,
    )
