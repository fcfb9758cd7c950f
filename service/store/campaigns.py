"""Campaigns: their days, the windows of their phases, and the list that is frozen at the start.

The list has a row for every village (without a household) and one for every household. Rows
never come or go once the campaign has started: the counts by standing add up to `listed`.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, UniqueConstraint, and_, func, or_
from sqlmodel import Field, Index, Session, SQLModel, col, select

from service.errors import NotFound
from service.store.areas import AreaReach, within
from service.store.cases import Case
from service.store.columns import AREA_CODE, CODE, coded, table_of
from service.store.people import Actor
from service.workflows.campaign.events import DRAFTED
from service.workflows.campaign.roster import Standing
from service.workflows.campaign.rules import CampaignDays


class Campaign(SQLModel, table=True):
    """What lists ask of a campaign; its case says the rest. First and last day included.

    `programme` and `period` (2022-04) name the standing duty that opened it, if one did.
    `listed` counts the rows of its list; None before the start.
    """

    __table_args__ = (UniqueConstraint("area_code", "programme", "period"),)

    case_id: UUID = Field(primary_key=True, foreign_key="cases.id")
    title: str
    programme: str | None = Field(default=None, sa_type=CODE)
    period: str | None = Field(default=None, max_length=16)
    area_code: str = Field(sa_type=AREA_CODE, foreign_key="area.code")
    first_day: date
    last_day: date
    announced_on: date | None = None
    listed: int | None = None


class CampaignWindow(SQLModel, table=True):
    """The days of one phase, both included. Windows may share days."""

    __tablename__ = "campaign_window"

    campaign_id: UUID = Field(primary_key=True, foreign_key="campaign.case_id")
    phase: str = Field(primary_key=True, sa_type=CODE)
    first_on: date
    last_on: date


class LateWindow(SQLModel, table=True):
    """Until when an area may still hand in forms; `seq` is the line that allowed it."""

    __tablename__ = "late_window"

    campaign_id: UUID = Field(primary_key=True, foreign_key="campaign.case_id")
    seq: int = Field(primary_key=True)
    area_code: str = Field(sa_type=AREA_CODE, foreign_key="area.code")
    until_on: date


class Roster(SQLModel, table=True):
    """One row of the frozen list: a household, or (without one) the village itself.

    `form_id` is the form that counts, `reason` why the campaign does not apply.
    """

    __table_args__ = (
        UniqueConstraint("campaign_id", "household_id"),
        Index("ix_roster_campaign_id_area_code_standing", "campaign_id", "area_code", "standing"),
    )

    campaign_id: UUID = Field(primary_key=True, foreign_key="campaign.case_id")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    area_code: str = Field(sa_type=AREA_CODE)
    household_id: UUID | None = Field(default=None, foreign_key="household.id")
    standing: Standing = Field(sa_type=coded(Standing))
    form_id: UUID | None = None
    reason: str | None = None


CAMPAIGNS, ROSTER = table_of(Campaign), table_of(Roster)


def roster_row(
    session: Session, campaign_id: UUID, area_code: str, household_id: UUID | None
) -> Roster | None:
    """Lock and return the row of a household, or of a village itself; None if it is not listed."""
    found = select(Roster).where(
        Roster.campaign_id == campaign_id,
        Roster.area_code == area_code,
        Roster.household_id == household_id,
    )
    return session.exec(found.with_for_update()).first()


def stand_still(session: Session, campaign_id: UUID) -> str | None:
    """Return the state of a campaign, which nobody moves until this transaction is over."""
    found = (
        select(Case.state)
        .join(Campaign, col(Campaign.case_id) == col(Case.id))
        .where(Case.id == campaign_id)
    )
    return session.exec(found.with_for_update(read=True, of=Case)).first()


def days_of_campaign(session: Session, campaign_id: UUID, area_code: str) -> CampaignDays:
    """Return how a campaign stands for an area, and let nobody move it until this is over.

    Whoever moves rows of its list asks this first: so nobody concludes it meanwhile, and everyone
    locks the campaign before the row. Raises `NotFound` where there is no such campaign.
    """
    if (state := stand_still(session, campaign_id)) is None:
        raise NotFound
    above = select(AreaReach.ancestor_code).where(AreaReach.area_code == area_code)
    late_until = session.exec(
        select(func.max(LateWindow.until_on)).where(
            LateWindow.campaign_id == campaign_id, col(LateWindow.area_code).in_(above)
        )
    ).one()
    windows = {row.phase: (row.first_on, row.last_on) for row in windows_of(session, campaign_id)}
    return CampaignDays(state, windows, late_until)


def windows_of(session: Session, campaign_id: UUID) -> list[CampaignWindow]:
    """Return the windows of a campaign's phases, the earliest first."""
    days = (col(CampaignWindow.first_on), col(CampaignWindow.last_on), col(CampaignWindow.phase))
    found = select(CampaignWindow).where(CampaignWindow.campaign_id == campaign_id)
    return list(session.exec(found.order_by(*days)))


def seen_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that an official may see a campaign: of their area, or of one above.

    Those below see one once it is more than a draft.
    """
    above = select(AreaReach.ancestor_code).where(AreaReach.area_code == actor.area_code)
    told = and_(col(Campaign.area_code).in_(above), col(Case.state) != DRAFTED)
    return or_(within(Campaign.area_code, actor.area_code), told)
