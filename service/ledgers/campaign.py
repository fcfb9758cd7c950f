"""A campaign's row, the windows of its phases, and its list: frozen at the start, then moved."""

from datetime import date
from typing import Any

from sqlalchemy import cast, func, insert, literal, null, select, union_all, update
from sqlmodel import Session, col

from service.store.areas import Area, AreaLevel, within
from service.store.campaigns import (
    CAMPAIGNS,
    ROSTER,
    Campaign,
    CampaignWindow,
    Standing,
)
from service.store.cases import CaseRow, Line
from service.store.database import wire
from service.store.households import Household
from service.workflows.campaign import AnnounceCampaign, DraftCampaign, StartCampaign, days_of
from service.workflows.statement import Event


def keep(session: Session, case: CaseRow, _line: Line, entry: dict[str, Any], body: Event) -> None:
    """Keep what lists ask of a campaign: its days, its windows, and from its start the list."""
    if isinstance(body, DraftCampaign):
        _draft(session, case, body)
    if isinstance(body, AnnounceCampaign):
        said = {"announced_on": body.announced_on}
        wire(session).execute(update(CAMPAIGNS).where(CAMPAIGNS.c.case_id == case.id), said)
    if isinstance(body, StartCampaign):
        freeze(session, case)
    for phase, days in entry["outcome"].items():
        _set_window(session, case, phase, *days_of(days))


def _draft(session: Session, case: CaseRow, body: DraftCampaign) -> None:
    session.add(
        Campaign(
            case_id=case.id,
            title=body.title,
            programme=body.programme,
            area_code=case.area_code,
            first_day=body.first_day,
            last_day=body.last_day,
        )
    )
    session.flush()


def _set_window(session: Session, case: CaseRow, phase: str, first: date, last: date) -> None:
    session.merge(CampaignWindow(campaign_id=case.id, phase=phase, first_on=first, last_on=last))
    session.flush()


def freeze(session: Session, case: CaseRow) -> None:
    """Write the list: every village of the campaign's area, every household of its register.

    One statement, whatever the number; who is registered later is not on the list.
    """
    nobody = cast(null(), ROSTER.c.household_id.type)
    villages = select(col(Area.code).label("area_code"), nobody.label("household_id")).where(
        col(Area.level) == AreaLevel.VILLAGE, within(Area.code, case.area_code)
    )
    households = select(col(Household.area_code), col(Household.id)).where(
        within(Household.area_code, case.area_code)
    )
    listed = union_all(villages, households).subquery()
    order = (listed.c.area_code, listed.c.household_id.is_not(None), listed.c.household_id)
    rows = select(
        literal(case.id, type_=ROSTER.c.campaign_id.type),
        func.row_number().over(order_by=order),
        listed.c.area_code,
        listed.c.household_id,
        literal(Standing.EXPECTED, type_=ROSTER.c.standing.type),
    )
    columns = ["campaign_id", "number", "area_code", "household_id", "standing"]
    frozen = wire(session).execute(insert(ROSTER).from_select(columns, rows)).rowcount
    own = update(CAMPAIGNS).where(CAMPAIGNS.c.case_id == case.id)
    wire(session).execute(own, {"listed": frozen})
