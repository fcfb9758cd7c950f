"""The ledger of problems: one line for each item, as its events fill it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session, col

from service.store.areas import Area, AreaReach, lineage
from service.store.campaigns import days_of_campaign
from service.store.cases import TRANSITIONS, CaseRow, Line
from service.store.database import take_turns, wire
from service.store.households import Household
from service.store.remediation import ITEMS, ItemStanding, RemediationItem
from service.workflows.remediation.dossier import (
    GROUP,
    Beside,
    RemediationDossier,
    Similar,
    told,
)
from service.workflows.remediation.events import (
    CLOSED,
    VOIDED,
    Level,
    LinkSimilar,
    RaiseLevel,
    ReportProblem,
    UnlinkSimilar,
    VerifyRemediation,
)
from service.workflows.statement import Event

COUNTS_AS = {CLOSED: ItemStanding.RECTIFIED, VOIDED: ItemStanding.VOID}
"""State -> how an item counts in it; in every other it is being put right."""

RECTIFYING = ("fix_on_the_spot", "submit_remediation")
"""What somebody raises who put the problem right, or says that it is."""

AS_TOLD = (
    "scope",
    "problem_type",
    "risk_type",
    "content",
    "source",
    "found_on",
    "found_by",
    "item",
    "form_id",
)
"""The columns that say what was said of a problem when it was found."""


def keep(session: Session, case: CaseRow, _line: Line, entry: dict[str, Any], body: Event) -> None:
    """Write the line of a problem that was found, or what an event changes in it."""
    if isinstance(body, ReportProblem):
        session.add(_found(session, case, body))
        session.flush()
        return
    changes = {
        **told(body),
        **_grouped(case, entry["outcome"], body),
        "area_code": case.area_code,
        "standing": COUNTS_AS.get(case.state, ItemStanding.IN_PROGRESS),
    }
    wire(session).execute(update(ITEMS).where(ITEMS.c.case_id == case.id).values(changes))


def _found(session: Session, case: CaseRow, body: ReportProblem) -> RemediationItem:
    household = session.get_one(Household, case.household_id) if case.household_id else None
    return RemediationItem(
        case_id=case.id,
        campaign_id=case.campaign_id,
        area_code=case.area_code,
        household_id=case.household_id,
        household_type=household.household_type if household else None,
        level=Level(session.get_one(Area, case.area_code).level),
        standing=ItemStanding.IN_PROGRESS,
        group_id=case.id,
        **body.model_dump(include=set(AS_TOLD)),
    )


def _grouped(case: CaseRow, outcome: Mapping[str, str], body: Event) -> dict[str, UUID]:
    if isinstance(body, UnlinkSimilar):
        return {"group_id": case.id}
    return {"group_id": UUID(outcome[GROUP])} if GROUP in outcome else {}


def look(session: Session, case: CaseRow, body: Event | None) -> Beside:
    """Return what the database says beside the dossier, as far as an event rests on it."""
    asking, known = body is None, Beside()
    if asking or isinstance(body, ReportProblem | RaiseLevel):
        level, above = _place(session, case.area_code)
        known = replace(known, level=level, above=above, campaign=_campaign(session, case))
    if asking or isinstance(body, VerifyRemediation):
        known = replace(known, hands=_hands(session, case.id))
    if asking or isinstance(body, LinkSimilar | UnlinkSimilar):
        known = _linked(session, case.id, body, known)
    return known


def _campaign(session: Session, case: CaseRow) -> str | None:
    if case.campaign_id is None:
        return None
    return days_of_campaign(session, case.campaign_id, case.area_code).state


def _place(session: Session, area_code: str) -> tuple[str, tuple[str, str] | None]:
    """Return the level of an area; the next one above it that has a level of problems, and that."""
    own, *above = lineage(session, area_code)
    levels = {level.value for level in Level}
    higher = ((one.code, one.level.value) for one in above if one.level.value in levels)
    return own.level, next(higher, None)


def _hands(session: Session, case_id: UUID) -> frozenset[UUID]:
    raised = select(TRANSITIONS.c.person_id).where(
        TRANSITIONS.c.case_id == case_id,
        TRANSITIONS.c.event.in_(RECTIFYING),
        TRANSITIONS.c.person_id.is_not(None),
    )
    return frozenset(wire(session).execute(raised).scalars())


def _linked(session: Session, case_id: UUID, body: Event | None, known: Beside) -> Beside:
    connection = wire(session)
    if body:
        take_turns(session, "similar problems")  # of two links at once, one would be a chain
    item_id = body.item_id if isinstance(body, LinkSimilar) else None
    group = select(ITEMS.c.group_id).where(ITEMS.c.case_id == case_id)
    followers = select(ITEMS.c.case_id).where(
        ITEMS.c.group_id == case_id, ITEMS.c.case_id != case_id
    )
    return replace(
        known,
        is_linked=connection.execute(group).scalar_one() != case_id,
        heads=connection.execute(followers.limit(1)).first() is not None,
        similar=_similar(session, item_id) if item_id and item_id != case_id else None,
    )


def _similar(session: Session, item_id: UUID) -> Similar | None:
    found = (
        select(ITEMS.c.group_id, col(AreaReach.ancestor_code))
        .join(AreaReach, col(AreaReach.area_code) == ITEMS.c.area_code)
        .where(ITEMS.c.case_id == item_id)
    )
    rows = wire(session).execute(found).all()
    return Similar(rows[0][0], frozenset(row[1] for row in rows)) if rows else None


def contradictions(session: Session, case: CaseRow, dossier: RemediationDossier) -> Iterator[str]:
    """Yield where the line of an item does not say what its dossier says."""
    item = session.get(RemediationItem, case.id)
    if item is None:
        yield "it has no line in the ledger"
        return
    said = {
        "area_code": case.area_code,
        "campaign_id": case.campaign_id,
        "household_id": case.household_id,
        "standing": COUNTS_AS.get(case.state, ItemStanding.IN_PROGRESS),
        "group_id": dossier.group or case.id,
        **dossier.ledger,
    }
    for column, value in said.items():
        if getattr(item, column) != value:
            yield f"its line in the ledger has another {column}"
