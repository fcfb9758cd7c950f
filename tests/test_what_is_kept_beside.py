"""What is kept of a case for lists and totals is what its dossier says, whatever its kind.

Each row is changed past the interface, as a fault would, and the invariants tell of it; then the
change is taken back.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from county import AREAS
from sqlalchemy import delete, select, update
from sqlmodel import Session, col
from story import Story

from service import invariants
from service.store.campaigns import Campaign, CampaignWindow, Roster
from service.store.columns import table_of
from service.store.deliverables import Deliverable, PaperStanding
from service.store.findings import Finding
from service.store.inspection_forms import InspectionForm
from service.store.remediation import ItemStanding, RemediationItem
from service.store.supervisions import Sanction, SupervisionUnit, UnitStanding
from service.store.visits import Visit
from service.workflows.campaign.roster import Standing
from service.workflows.inspection.became import Became

OFFICE, TEAM = "township_office", "resident_team"
AT_RISK = {"13.01": "主要劳动力大病"}


@pytest.fixture
def story(under) -> Story:
    """Return Taogou's campaign with an accepted form, its item and clue, a paper, a supervision."""
    story = Story(under("taogou-2021"), OFFICE)
    story.on("2021-06-10")
    story.settle(at_risk="ordinary", other="lifted_out", away="ordinary")
    days = {"first_day": "2021-06-08", "last_day": "2021-06-26"}
    story.draft(title="集中排查", area_code=AREAS["township"], **days)
    story.act("announce_campaign", announced_on="2021-06-10", form={"leader": "丙书记"})
    story.act("start_campaign", form={"villages_trained": True, "grids_assigned": True})
    away = next(r["number"] for r in rows(story) if r["household_id"] == story.homes["away"])
    story.act("excuse", numbers=[away], reason="整户外出")
    form = story.file(TEAM, "household_survey", "at_risk", problems=AT_RISK | {"4.01": "缺水"})
    story.county.act(OFFICE, form, "accept_form")
    story.file(TEAM, "household_survey", "other", problems={"4.02": "停水"})
    story.supervisions.office = OFFICE
    case = story.supervisions.plan("inspection", AREAS["village"])
    story.supervisions.check(case, AREAS["village"])
    story.supervisions.issue(case, AREAS["village"])
    return story


def rows(story: Story) -> list[dict[str, Any]]:
    path = f"/v1/campaigns/{story.campaign.id}/roster"
    return list(story.county.get(OFFICE, path).json()["items"])


def changed(table: type, where: Any = True, **to: Any) -> Callable[[Session], None]:
    """Return what changes rows of a table as no event would."""
    return lambda session: session.execute(update(table_of(table)).where(where).values(**to))


def lost(table: type) -> Callable[[Session], None]:
    return lambda session: session.execute(delete(table_of(table)))


A_CLUE, AT_HOME = (
    select(column).where(col(Finding.became) == Became.CLUE).limit(1).scalar_subquery()
    for column in (col(Finding.case_id), col(Finding.household_id))
)
A_DAY = date(2021, 1, 1)
IS_ACCEPTED, IS_AN_ITEM = (
    col(Roster.standing) == Standing.ACCEPTED,
    col(Finding.became) == Became.REMEDIATION,
)
FAULTS: dict[str, tuple[Callable[[Session], Any], str]] = {
    "a campaign's day": (changed(Campaign, last_day=A_DAY), "campaigns has another last_day"),
    "a campaign's title": (changed(Campaign, title="另一行动"), "campaigns has another title"),
    "a list that was never frozen": (changed(Campaign, listed=None), "not frozen at its start"),
    "the days of a phase": (changed(CampaignWindow, first_on=A_DAY), "not those that were set"),
    "an excuse that nobody gave": (
        changed(Roster, col(Roster.number) == 1, standing=Standing.NOT_APPLICABLE, reason="-"),
        "other rows of its list are excused",
    ),
    "a row with another's form": (
        changed(Roster, IS_ACCEPTED, area_code=AREAS["township"]),
        "the form that it stands for is another's",
    ),
    "a form's number of problems": (changed(InspectionForm, problems=7), "has another problems"),
    "a form without its slot": (changed(InspectionForm, slot=None), "forms has another slot"),
    "a finding that never waited": (
        changed(Finding, became=Became.RECORD, case_id=None),
        "cannot have become record",
    ),
    "an item that is not there": (
        changed(Finding, IS_AN_ITEM, case_id=None),
        "cannot have become remediation_item",
    ),
    "a clue that is an item": (
        changed(Finding, IS_AN_ITEM, became=Became.CLUE),
        "cannot have become clue",
    ),
    "a problem that counts as put right": (
        changed(RemediationItem, standing=ItemStanding.RECTIFIED),
        "ledger has another standing",
    ),
    "a paper that is accepted": (
        changed(Deliverable, standing=PaperStanding.ACCEPTED),
        "papers has another standing",
    ),
    "a paper's day": (changed(Deliverable, due_on=A_DAY), "papers has another due_on"),
    "a paper's submission": (
        changed(Deliverable, submitted_on=A_DAY),
        "papers has another submitted_on",
    ),
    "a paper's row": (lost(Deliverable), "no row among the papers"),
    "a visit that is lost": (lost(Visit), "its visits are not those that it tells of"),
    "a visit of a household under monitoring": (
        changed(Visit, col(Visit.household_id) == AT_HOME, case_id=A_CLUE),
        "its visits are not those that it tells of",
    ),
    "a check that was not": (
        changed(SupervisionUnit, standing=UnitStanding.EXCUSED, reason="-"),
        "is not what was seen there",
    ),
    "a check's problems": (changed(SupervisionUnit, problems=3), "is not what was seen there"),
    "a unit of no plan": (lost(SupervisionUnit), "units are not those of its plan"),
    "a circular": (lost(Sanction), "circulars and sanctions are not those"),
}
"""What a fault does -> how, and what is told of it."""


def test_every_row_that_does_not_say_what_its_case_says_is_told(story):
    rulebook = story.county.district.office.rulebook

    def look(session: Session) -> Iterator[tuple[str, str]]:
        yield "nothing", " ".join(invariants.violations(session, rulebook))
        for fault, (do, _) in FAULTS.items():
            with session.begin_nested() as savepoint:
                do(session)
                session.expire_all()
                yield fault, " ".join(invariants.violations(session, rulebook))
                savepoint.rollback()
            session.expire_all()

    told = story.county.district.change(lambda session: dict(look(session)))

    assert told.pop("nothing") == ""
    assert {
        fault for fault, (_, sentence) in FAULTS.items() if sentence not in told[fault]
    } == set()
