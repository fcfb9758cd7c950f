"""A campaign's row, the windows of its phases, and its list: frozen at the start, then moved."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import case as case_when
from sqlalchemy import cast, func, insert, literal, null, select, union_all, update
from sqlmodel import Session, col

from service.store.areas import Area, AreaLevel, AreaReach, within
from service.store.campaigns import (
    CAMPAIGNS,
    ROSTER,
    Campaign,
    CampaignWindow,
    LateWindow,
    windows_of,
)
from service.store.cases import CASES, TRANSITIONS, CaseRow, Line
from service.store.database import wire
from service.store.households import Household
from service.store.supervisions import UNITS, UnitStanding
from service.workflows.campaign.events import (
    CANCELLED,
    AllowLate,
    AnnounceCampaign,
    ArchiveCampaign,
    CampaignDossier,
    ChangeWindow,
    ConcludeCampaign,
    DraftCampaign,
    Excuse,
    StartCampaign,
    TakeBackExcuse,
    days_of,
)
from service.workflows.campaign.roster import Around, Of, Standing
from service.workflows.kinds import Kind
from service.workflows.statement import Event


def keep(session: Session, case: CaseRow, line: Line, entry: dict[str, Any], body: Event) -> None:
    """Keep what lists ask of a campaign: its days, its windows, and from its start the list."""
    match body:
        case DraftCampaign():
            _draft(session, case, body)
        case AnnounceCampaign(announced_on=announced_on):
            _say(session, case, announced_on=announced_on)
        case ChangeWindow(last_day=last_day) if last_day:
            _say(session, case, last_day=last_day)
        case StartCampaign():
            _list(session, case)
        case AllowLate(area_code=code, until=until):
            session.add(
                LateWindow(campaign_id=case.id, seq=line.seq, area_code=code, until_on=until)
            )
        case Excuse(numbers=numbers, reason=reason):
            _move(session, case, numbers, Standing.NOT_APPLICABLE, reason)
        case TakeBackExcuse(numbers=numbers):
            _move(session, case, numbers, Standing.EXPECTED, None)
        case _:
            pass
    _set_windows(session, case, entry["outcome"])


def _draft(session: Session, case: CaseRow, body: DraftCampaign) -> None:
    said = body.model_dump(include={"title", "programme", "period", "first_day", "last_day"})
    listed = None if body.has_list else 0
    session.add(Campaign(case_id=case.id, area_code=case.area_code, listed=listed, **said))
    session.flush()


def _set_windows(session: Session, case: CaseRow, windows: dict[str, str]) -> None:
    for phase, days in windows.items():
        first_on, last_on = days_of(days)
        window = CampaignWindow(
            campaign_id=case.id, phase=phase, first_on=first_on, last_on=last_on
        )
        session.merge(window)
    session.flush()


def _say(session: Session, case: CaseRow, **said: object) -> None:
    wire(session).execute(update(CAMPAIGNS).where(CAMPAIGNS.c.case_id == case.id), said)


def _move(
    session: Session, case: CaseRow, numbers: tuple[int, ...], to: Standing, reason: str | None
) -> None:
    rows = update(ROSTER).where(ROSTER.c.campaign_id == case.id, ROSTER.c.number.in_(numbers))
    wire(session).execute(rows, {"standing": to, "reason": reason})


def _list(session: Session, case: CaseRow) -> None:
    listed = select(CAMPAIGNS.c.listed).where(CAMPAIGNS.c.case_id == case.id)
    if wire(session).execute(listed).scalar_one() is None:
        _say(session, case, listed=freeze(session, case))


def freeze(session: Session, case: CaseRow) -> int:
    """Write the list: every village of the campaign's area, every household of its register.

    One statement, whatever the number, which is returned. Who is registered later is not listed.
    """
    nobody = cast(null(), ROSTER.c.household_id.type)
    villages = select(col(Area.code).label("area_code"), nobody.label("household_id")).where(
        col(Area.level) == AreaLevel.VILLAGE,
        within(Area.code, case.area_code),
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
    return wire(session).execute(insert(ROSTER).from_select(columns, rows)).rowcount


# -- what requirements ask


def look(session: Session, case: CaseRow, body: Event | None) -> Around:
    """Return what an event's requirements ask; of those at the end only where they are asked."""
    match body:
        case Excuse(numbers=numbers) | TakeBackExcuse(numbers=numbers):
            return Around(named=_named(session, case, numbers))
        case AllowLate(area_code=code):
            return Around(is_inside=_is_inside(session, case, code))
        case ConcludeCampaign() | ArchiveCampaign() | None:
            return _at_the_end(session, case)
        case _:
            return Around()


def _named(session: Session, case: CaseRow, numbers: tuple[int, ...]) -> dict[int, str]:
    """Lock the rows that an event names, in the order of their numbers; return how each stands."""
    rows = (
        select(ROSTER.c.number, ROSTER.c.standing)
        .where(ROSTER.c.campaign_id == case.id, ROSTER.c.number.in_(numbers))
        .order_by(ROSTER.c.number)
    )
    found = wire(session).execute(rows.with_for_update())
    return {number: standing.value for number, standing in found}


def _is_inside(session: Session, case: CaseRow, area_code: str) -> bool:
    return session.get(AreaReach, (case.area_code, area_code)) is not None


def _at_the_end(session: Session, case: CaseRow) -> Around:
    return Around(
        rows=_rows(session, case),
        papers=_open(session, case, Kind.DELIVERABLE),
        problems=_open(session, case, Kind.REMEDIATION_ITEM),
        checks=_checks(session, case),
        unchecked=_unchecked(session, case),
    )


def _rows(session: Session, case: CaseRow) -> dict[tuple[Of, str], int]:
    of = case_when((ROSTER.c.household_id.is_(None), "village"), else_="household")
    counted = (
        select(of, ROSTER.c.standing, func.count())
        .where(ROSTER.c.campaign_id == case.id)
        .group_by(of, ROSTER.c.standing)
    )
    return {(of, standing.value): number for of, standing, number in wire(session).execute(counted)}


def _open(session: Session, case: CaseRow, kind: Kind) -> int:
    """Count the campaign's cases of a kind that are not over."""
    own = (CASES.c.campaign_id == case.id, CASES.c.kind == kind, CASES.c.closed_at.is_(None))
    return wire(session).execute(select(func.count()).where(*own)).scalar_one()


def _checks(session: Session, case: CaseRow) -> frozenset[str]:
    """Return the events that the campaign's supervisions have had."""
    events = (
        select(TRANSITIONS.c.event)
        .join(CASES, CASES.c.id == TRANSITIONS.c.case_id)
        .where(CASES.c.campaign_id == case.id, CASES.c.kind == Kind.SUPERVISION)
    )
    return frozenset(wire(session).execute(events.distinct()).scalars())


def _unchecked(session: Session, case: CaseRow) -> tuple[str, ...]:
    """Return the listed villages that no supervision of the campaign has looked at, or excused."""
    seen = (
        select(UNITS.c.area_code)
        .join(CASES, CASES.c.id == UNITS.c.supervision_id)
        .where(CASES.c.campaign_id == case.id, UNITS.c.standing != UnitStanding.PLANNED)
    )
    villages = (
        select(ROSTER.c.area_code)
        .where(
            ROSTER.c.campaign_id == case.id,
            ROSTER.c.household_id.is_(None),
            ROSTER.c.area_code.not_in(seen),
        )
        .order_by(ROSTER.c.number)
    )
    return tuple(wire(session).execute(villages).scalars())


# -- what must be so


def contradictions(session: Session, case: CaseRow, dossier: CampaignDossier) -> Iterator[str]:
    """Yield where the rows of a campaign do not say what its dossier says."""
    row, draft = session.get(Campaign, case.id), dossier.last(DraftCampaign)
    if row is None or draft is None:
        yield "it has no row among the campaigns"
        return
    for column, value in _told(case, dossier, draft).items():
        if getattr(row, column) != value:
            yield f"its row among the campaigns has another {column}"
    if (row.listed is None) != (draft.has_list and dossier.last(StartCampaign) is None):
        yield "its list was not frozen at its start"
    windows = {one.phase: (one.first_on, one.last_on) for one in windows_of(session, case.id)}
    if windows != dossier.windows:
        yield "the days of its phases are not those that were set"
    if _excused(session, case) != _said_not_to_apply(dossier):
        yield "other rows of its list are excused than was said"
    if case.state == CANCELLED and _open(session, case, Kind.DELIVERABLE):
        yield "it was cancelled, and papers are still owed in it"


def _told(case: CaseRow, dossier: CampaignDossier, draft: DraftCampaign) -> dict[str, object]:
    announced, (first_day, last_day) = dossier.last(AnnounceCampaign), _days(dossier)
    return {
        "title": draft.title,
        "programme": draft.programme,
        "period": draft.period,
        "area_code": case.area_code,
        "first_day": first_day,
        "last_day": last_day,
        "announced_on": announced.announced_on if announced else None,
    }


def _days(dossier: CampaignDossier) -> tuple[date, date]:
    assert dossier.days is not None  # there is a draft
    return dossier.days


def _excused(session: Session, case: CaseRow) -> set[int]:
    rows = select(ROSTER.c.number).where(
        ROSTER.c.campaign_id == case.id, ROSTER.c.standing == Standing.NOT_APPLICABLE
    )
    return set(wire(session).execute(rows).scalars())


def _said_not_to_apply(dossier: CampaignDossier) -> set[int]:
    excused: set[int] = set()
    for entry in dossier.entries:
        match entry.body:
            case Excuse(numbers=numbers):
                excused |= set(numbers)
            case TakeBackExcuse(numbers=numbers):
                excused -= set(numbers)
            case _:
                pass
    return excused
