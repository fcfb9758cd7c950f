"""The papers of a campaign: each unit owes its own from the start, and none after a cancellation.

Nothing here commits: it is a part of the move of the campaign.
"""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import or_
from sqlmodel import Session, col, select

from service import cases, openings
from service.clock import office_date
from service.openings import Place
from service.registry import Registry
from service.store.areas import Area, within
from service.store.cases import Case, CaseRow
from service.store.people import Actor
from service.workflows.deliverable import OweDeliverable, ReleaseDeliverable
from service.workflows.kinds import Kind
from service.workflows.owed_paper import OwedPaper
from service.workflows.policy import Policy


def owe(session: Session, campaign: CaseRow, registry: Registry, actor: Actor | None) -> None:
    """Open a case for every paper that a unit within the campaign's area owes by its document.

    A day that is over already leaves the paper overdue from its first moment.
    """
    policy = registry.pinned(session, campaign.policy).policy
    if policy.campaign is None or Kind.DELIVERABLE not in policy.kinds:
        return
    procedure = registry.pinned(session, campaign.policy, Kind.DELIVERABLE)
    today = office_date(registry.clock.now())
    for paper in policy.campaign.deliverables:
        for area, department in _units(session, campaign, paper, policy, today):
            place = Place(area.code, area.name, campaign_id=campaign.id)
            body = _told(paper, policy, area, department)
            openings.begin(session, procedure, place, body, actor=actor, registry=registry)


def release(
    session: Session, campaign: CaseRow, reason: str, registry: Registry, actor: Actor | None
) -> None:
    """Release every unit from what it still owes in a campaign."""
    open_papers = select(Case).where(
        Case.kind == Kind.DELIVERABLE,
        Case.campaign_id == campaign.id,
        col(Case.closed_at).is_(None),
    )
    body = ReleaseDeliverable(event="release_deliverable", reason=reason)
    for case in session.exec(open_papers.order_by(col(Case.id))).all():
        cases.follow(session, case, body, actor=actor, registry=registry)


def _units(
    session: Session, campaign: CaseRow, paper: OwedPaper, policy: Policy, today: date
) -> Iterator[tuple[Area, str | None]]:
    """Yield the units that owe a paper: areas of the level, or departments of the campaign's."""
    if paper.departments:
        area = session.get_one(Area, campaign.area_code)
        yield from ((area, entry.code) for entry in policy.lists[paper.departments])
        return
    units = select(Area).where(
        Area.level == policy.roles[paper.by].level,
        within(Area.code, campaign.area_code),
        or_(col(Area.valid_from).is_(None), col(Area.valid_from) <= today),
        or_(col(Area.valid_to).is_(None), col(Area.valid_to) >= today),
    )
    yield from ((area, None) for area in session.exec(units.order_by(col(Area.code))).all())


def _told(paper: OwedPaper, policy: Policy, area: Area, department: str | None) -> OweDeliverable:
    named = policy.lists[paper.departments] if paper.departments else ()
    unit = next((entry.zh for entry in named if entry.code == department), area.name)
    said = paper.model_dump(exclude={"code", "zh", "en", "departments"})
    return OweDeliverable(paper=paper.code, unit=unit, department=department, **said)
