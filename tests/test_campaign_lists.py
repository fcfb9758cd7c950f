"""The frozen list of a campaign: it always adds up, also when several act at the same moment."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any
from uuid import UUID

import pytest
from campaign_days import Campaigns
from county import AREAS, Matter
from sqlmodel import Session, select

from service import cases, invariants
from service.clock import office_date
from service.errors import Refusal
from service.store.campaigns import Campaign, Roster, days_of_campaign, roster_row
from service.store.people import Actor, Person, positions_held
from service.workflows.campaign.events import Excuse, StartCampaign
from service.workflows.campaign.roster import Standing
from service.workflows.statement import Event

SEEDS, STEPS, VILLAGES, HOUSEHOLDS = 6, 25, 2, 3
VILLAGE = "village_committee"
Work = Callable[[Session], Any]


@pytest.fixture
def at(under) -> Campaigns:
    """Return Taogou's office in a county of three villages with three households each."""
    county = under("taogou-2021")
    county.on("2021-06-10")
    office = Campaigns(county)
    office.plant(VILLAGES, HOUSEHOLDS)
    return office


def hand_in(campaign_id: UUID, number: int, standing: Standing = Standing.SUBMITTED) -> Work:
    """Return what a form does to its row: the campaign first, then the row, if it is expected."""

    def work(session: Session) -> bool:
        known = session.get_one(Roster, (campaign_id, number))
        days_of_campaign(session, campaign_id, known.area_code)
        session.expire(known)
        row = roster_row(session, campaign_id, known.area_code, known.household_id)
        assert row is not None
        if row.standing is not Standing.EXPECTED:
            return False
        row.standing = standing
        return True

    return work


# -- it always adds up


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_coverage_adds_up_after_every_step_of_a_random_history(at, seed):
    random = Random(seed)  # noqa: S311 - a history to be told again, no secret
    case = at.under_way()
    listed = at.read(case)["listed"]

    for _ in range(STEPS):
        step(at, case, random, listed)

        told = at.coverage(case)
        for tally in (*told["items"], told["total"]):
            assert sum(tally[standing] for standing in Standing) == tally["listed"]
        assert told["total"]["listed"] == at.read(case)["listed"] == listed
    found = at.county.district.read(lambda s: list(invariants.violations(s, at.rulebook)))
    # The rows are moved here as forms would move them, without the forms.
    assert [what for what in found if "its form is missing" not in what] == []


def step(at: Campaigns, case: Matter, random: Random, listed: int) -> None:
    """Do one thing that somebody might do to the list, rightly or wrongly."""
    numbers = sorted(random.sample(range(1, listed + 3), random.randint(1, 4)))
    what = random.choice(("excuse", "take_back_excuse", "hand_in", "register"))
    if what == "register":
        at.county.household(VILLAGE, "ordinary")
    elif what == "hand_in":
        standing = random.choice([Standing.SUBMITTED, Standing.RETURNED, Standing.ACCEPTED])
        number = random.randint(1, listed)
        at.county.district.change(hand_in(UUID(case.id), number, standing))
    else:
        answer = at.county.post(
            at.office,
            f"/v1/cases/{case.id}/events",
            {"event": what, "numbers": numbers, "reason": "核实"},
            **{"If-Match": f'"{case.version}"'},
        )
        assert answer.status_code in {201, 422}, answer.text
        case.version += answer.status_code == 201


def test_a_list_that_does_not_add_up_is_told_by_the_invariants(at):
    case = at.under_way()

    def lose_a_row(session: Session) -> None:
        session.delete(session.get_one(Roster, (UUID(case.id), 3)))

    at.county.district.change(lose_a_row)

    found = at.county.district.read(lambda s: list(invariants.violations(s, at.rulebook)))
    assert found == [f"campaign {case.id}: its list has 11 rows, 12 were frozen"]


# -- several at once


class Officials:
    """Acts that several do at the same moment, each in a transaction of its own."""

    def __init__(self, at: Campaigns) -> None:
        self.at, self.district = at, at.county.district

    def act(self, case: Matter, body: Event, version: int) -> Work:
        registry = self.district.office.registry

        def work(session: Session) -> int:
            actor = self._actor(session)
            moved = cases.act(
                session, UUID(case.id), body, seen_version=version, actor=actor, registry=registry
            )
            return moved.case.version

        return work

    def _actor(self, session: Session) -> Actor:
        person = session.exec(select(Person).where(Person.username == self.at.office)).one()
        (actor,) = positions_held(session, person.id, office_date(self.district.clock.now()))
        return actor

    def at_once(self, *works: Work) -> list[Any]:
        """Do all of it at once; return what each returned, or the refusal."""
        database = self.district.office.database

        async def gathered() -> list[Any]:
            every = (database.transact(work) for work in works)
            return await asyncio.gather(*every, return_exceptions=True)

        found = self.district.client.portal.call(gathered)
        assert all(isinstance(one, Refusal | int | bool) for one in found), found
        return list(found)


def test_of_eight_who_start_it_at_once_one_does(at):
    case = at.draft()
    at.announce(case)
    form = {"villages_trained": True, "grids_assigned": True}
    start = StartCampaign(event="start_campaign", form=form)
    officials = Officials(at)

    found = officials.at_once(*[officials.act(case, start, case.version)] * 8)

    assert [one for one in found if not isinstance(one, Refusal)] == [3]
    assert at.read(case)["listed"] == len(at.roster(case)) == 12


def test_an_excuse_and_the_forms_of_the_same_rows_cannot_both_be(at):
    """Either the excuse came first, and no form is taken; or a form did, and nobody is excused."""
    case = at.under_way()
    officials, households = Officials(at), (2, 3, 4, 6, 7, 8, 10, 11, 12)
    excuse = Excuse(event="excuse", numbers=households, reason="整村外出")
    forms = [hand_in(UUID(case.id), number) for number in households]

    excused, *taken = officials.at_once(officials.act(case, excuse, case.version), *forms)

    standings = {row["standing"] for row in at.roster(case, of="household")}
    if isinstance(excused, Refusal):
        assert any(taken)
        assert "not_applicable" not in standings
    else:
        assert not any(taken)
        assert standings == {"not_applicable"}
    assert at.coverage(case)["total"]["listed"] == 12


def test_a_household_registered_while_the_list_is_frozen_is_on_it_or_not(at):
    case = at.draft()
    at.announce(case)
    form = {"villages_trained": True, "grids_assigned": True}
    start = StartCampaign(event="start_campaign", form=form)
    officials = Officials(at)
    plant = at.household_in(AREAS["village"])

    officials.at_once(officials.act(case, start, case.version), *[plant] * 4)

    listed = at.county.district.read(lambda s: s.get_one(Campaign, UUID(case.id)).listed)
    assert listed == at.coverage(case)["total"]["listed"] == len(at.roster(case))
