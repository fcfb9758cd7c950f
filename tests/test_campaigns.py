"""Campaigns over HTTP: drafted, announced, under way, concluded, archived; their frozen list.

What each document demands of its own campaign is in `test_campaign_rules.py` of the rulebook and
in the stories below; what no document says (decision 0015) is proved here once for all.
"""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from campaign_days import ANNOUNCED, Campaigns
from county import ACCEPTED, AREAS, Matter
from sqlmodel import Session

from service import invariants
from service.store.campaigns import Roster, days_of_campaign
from service.workflows.campaign.roster import Standing

TOWN, BUREAU, VILLAGE = "township_office", "county_bureau", "village_committee"
FIRST_DAY = {
    "zhanggong-2021": "2021-04-02",
    "taogou-2021": "2021-06-10",
    "rongan-2022": "2022-01-05",
    "county-2022": "2022-05-05",
}
"""Document -> a day on which its campaign is drafted, announced and started."""

AtWork = Callable[..., Campaigns]


@pytest.fixture
def campaigns(under) -> AtWork:
    """Return what puts an office to work: `campaigns(document)`, on its first day."""

    def at_work(document: str = "taogou-2021", *, villages: int = 0, households: int = 0):
        county = under(document)
        county.on(FIRST_DAY[document])
        at = Campaigns(county)
        at.plant(villages, households)
        return at

    return at_work


@pytest.fixture
def at(campaigns) -> Campaigns:
    """Return Taogou's office, in a county of three villages with two households each."""
    return campaigns(villages=2, households=2)


def sum_of(tally: dict[str, Any]) -> int:
    return sum(tally[standing] for standing in Standing)


# -- the way of a campaign


def test_a_campaign_is_announced_under_way_concluded_and_archived(campaigns):
    at = campaigns("rongan-2022")
    case = at.draft()
    seen = [case.state]

    at.announce(case)
    seen.append(case.state)
    at.start(case)
    seen.append(case.state)
    at.release_papers(case)
    at.act(case, "conclude_campaign", **at.conclusion())
    seen.append(case.state)
    at.act(case, "archive_campaign")
    seen.append(case.state)

    assert seen == ["drafted", "announced", "under_way", "concluded", "archived"]
    assert at.read(case)["closed_at"] is not None
    assert at.county.district.read(lambda s: list(invariants.violations(s, at.rulebook))) == []


def test_only_the_documents_office_draws_one_up(at):
    refused = at.try_draft(VILLAGE)

    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_role")


def test_zg_r02_on_whose_instruction_a_campaign_rests_is_kept_and_the_city_holds_no_office(
    campaigns,
):
    at = campaigns("zhanggong-2021")
    assert "city" not in {role.level for role in at.county.policy.roles.values()}
    case = at.draft()
    form = {**ANNOUNCED["zhanggong-2021"], "instructed_by": "市精准扶贫攻坚战领导小组领导"}

    at.act(case, "announce_campaign", announced_on=at.county.today, form=form)

    lines = at.county.get(at.office, f"/v1/cases/{case.id}/history").json()["items"]
    assert lines[-1]["statement"]["form"] == form


def test_a_document_that_says_nothing_of_campaigns_has_none(under):
    county = under("national-2022")
    county.on("2022-06-01")
    role = county.looker

    body = {"title": "排查", "first_day": "2022-06-01", "last_day": "2022-06-30"}
    refused = county.post(role, "/v1/campaigns", body)

    assert (refused.status_code, refused.json()["code"]) == (409, "not_in_document")


def test_an_area_out_of_reach_cannot_be_campaigned_in(at):
    refused = at.try_draft(area_code="990999000000")

    assert refused.status_code == 404


# -- DX-21: days and phases in order


@pytest.mark.parametrize(
    ("said", "because"),
    [
        pytest.param(
            {"first_day": "2021-06-27"},
            {"days_out_of_order", "window_outside"},
            id="it ends before it begins",
        ),
        pytest.param(
            {"windows": [{"phase": "harvest", "first": "2021-06-09", "last": "2021-06-10"}]},
            {"phase_not_known"},
            id="a phase that the document does not have",
        ),
        pytest.param(
            {"windows": [{"phase": "field", "first": "2021-06-12", "last": "2021-06-11"}]},
            {"days_out_of_order"},
            id="a phase that ends before it begins",
        ),
        pytest.param(
            {"windows": [{"phase": "field", "first": "2021-06-07", "last": "2021-06-15"}]},
            {"window_outside"},
            id="a phase that begins before the campaign",
        ),
        pytest.param(
            {"windows": [{"phase": "field", "first": "2021-06-10", "last": "2021-06-27"}]},
            {"window_outside"},
            id="a phase that ends after the campaign",
        ),
        pytest.param(
            {"windows": [{"phase": "field", "first": "2021-06-10", "last": "2021-06-15"}] * 2},
            {"phase_twice"},
            id="a phase that is named twice",
        ),
    ],
)
def test_dx_21_days_and_phases_are_in_order(at, said, because):
    refused = at.try_draft(**said)

    assert refused.status_code == 422, refused.text
    assert {blocker["code"] for blocker in refused.json()["blockers"]} == because
    assert {blocker["cite"] for blocker in refused.json()["blockers"]} == {"DX-21"}


def test_dx_21_the_drafts_own_windows_go_before_the_documents(at):
    own = [{"phase": "field", "first": "2021-06-11", "last": "2021-06-20"}]
    case = at.draft(windows=own)

    days = {one["code"]: (one["first_on"], one["last_on"]) for one in at.read(case)["phases"]}

    assert days["field"] == ("2021-06-11", "2021-06-20")
    assert days["summary"] == ("2021-06-25", "2021-06-26")


def test_dx_21_nobody_announces_on_a_day_that_has_not_come(at):
    case = at.draft()

    at.refused(
        case, "announce_campaign", "date_in_future DX-21",
        announced_on="2021-06-11", form={"leader": "丙书记"},
    )  # fmt: skip


# -- DX-24: later days, late areas


def test_dx_24_the_days_of_a_phase_may_be_moved_with_the_reason(at):
    case = at.under_way()
    window = {"phase": "field", "first": "2021-06-10", "last": "2021-06-18"}

    at.act(case, "change_window", window=window, reason="连日降雨")

    at.county.on("2021-06-18")
    assert set(at.read(case)["current_phases"]) == {"field", "rectification"}


def test_dx_24_a_campaign_that_lasts_longer_says_so(at):
    case = at.under_way()
    window = {"phase": "summary", "first": "2021-06-25", "last": "2021-06-30"}

    at.refused(case, "change_window", "window_outside DX-21", window=window, reason="延期")
    at.act(case, "change_window", window=window, last_day="2021-06-30", reason="延期")

    assert at.read(case)["last_day"] == "2021-06-30"
    assert at.county.deadlines(case)["campaign_concluded"]["due_on"] == "2021-06-30"


def test_dx_24_one_area_may_be_late_until_a_day(at):
    case = at.under_way()
    at.act(case, "allow_late", area_code=AREAS["village"], until="2021-06-17", reason="道路中断")

    late = {
        code: at.county.district.read(lambda s, c=code: days_of_campaign(s, UUID(case.id), c))
        for code in (AREAS["village"], "990101001301")
    }

    assert late[AREAS["village"]].late_until == date(2021, 6, 17)
    assert late["990101001301"].late_until is None
    assert at.read(case)["late_areas"] == [
        {"area_code": AREAS["village"], "until_on": "2021-06-17"}
    ]


@pytest.mark.parametrize(
    ("said", "because"),
    [
        pytest.param(
            {"area_code": AREAS["village"], "until": "2021-06-09"},
            "day_is_over DX-24",
            id="a day that is over",
        ),
        pytest.param(
            {"area_code": AREAS["province"], "until": "2021-06-20"},
            "area_outside DX-24",
            id="an area outside",
        ),
    ],
)
def test_dx_24_a_late_area_is_one_of_the_campaigns_and_its_day_is_to_come(at, said, because):
    case = at.under_way()

    at.refused(case, "allow_late", because, reason="道路中断", **said)


# -- forms: only in the phase, or where an area may be late


@pytest.mark.parametrize(
    ("day", "late", "because"),
    [
        pytest.param("2021-06-10", None, None, id="the first day of the field phase"),
        pytest.param("2021-06-15", None, None, id="its last day, shared with the next phase"),
        pytest.param("2021-06-16", None, "not_in_phase", id="the day after"),
        pytest.param("2021-06-16", "2021-06-17", None, id="the area may be late"),
        pytest.param("2021-06-17", "2021-06-17", None, id="on its last late day"),
        pytest.param("2021-06-18", "2021-06-17", "not_in_phase", id="and no longer"),
    ],
)
def test_tg_d05_a_household_form_is_taken_in_the_field_phase_or_late(at, day, late, because):
    case = at.under_way()
    if late:
        at.act(case, "allow_late", area_code=AREAS["village"], until=late, reason="道路中断")
    rules = at.county.policy.campaign

    days = at.county.district.read(lambda s: days_of_campaign(s, UUID(case.id), AREAS["village"]))
    found = list(rules.form_blockers(days, "household_survey", date.fromisoformat(day)))

    assert [one.code for one in found] == ([because] if because else [])
    assert [one.cite for one in found] == (["TG-D05"] if because else [])


def test_dx_22_no_form_is_taken_before_the_start(at):
    case = at.draft()
    at.announce(case)
    rules = at.county.policy.campaign

    days = at.county.district.read(lambda s: days_of_campaign(s, UUID(case.id), AREAS["village"]))
    found = list(rules.form_blockers(days, "household_survey", date(2021, 6, 10)))

    assert [(one.code, one.cite) for one in found] == [("campaign_not_under_way", "DX-22")]


# -- DX-22: the frozen list


def test_dx_22_the_list_has_every_village_and_every_household_of_the_area(at):
    case = at.under_way()

    rows = at.roster(case)

    assert [row["number"] for row in rows] == list(range(1, 10))
    assert [row["household_id"] is None for row in rows] == [True, False, False] * 3
    assert {row["standing"] for row in rows} == {"expected"}
    assert at.read(case)["listed"] == 9


def test_dx_22_who_is_registered_later_is_not_on_the_list(at):
    case = at.under_way()
    before = at.roster(case)

    at.county.household(VILLAGE, "ordinary")

    assert at.roster(case) == before
    assert len(at.roster(at.under_way())) == len(before) + 1


def test_dx_22_a_village_campaign_lists_its_village_alone(at):
    case = at.under_way(area_code=AREAS["village"])

    assert {row["area_code"] for row in at.roster(case)} == {AREAS["village"]}
    assert at.read(case)["listed"] == 3


def test_the_list_is_read_by_area_standing_and_kind_page_by_page(at):
    case = at.under_way()
    at.act(case, "excuse", numbers=[2, 5], reason="整户外出")
    path = f"/v1/campaigns/{case.id}/roster"
    village = {"area": AREAS["village"]}

    asked = [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (village, [1, 2, 3]),
        ({"area": AREAS["township"], "of": "village"}, [1, 4, 7]),
        ({"standing": "not_applicable"}, [2, 5]),
        ({"standing": "expected", "of": "household", **village}, [3]),
    ]
    for filters, numbers in asked:
        assert [row["number"] for row in at.roster(case, **filters)] == numbers
    first = at.county.get(TOWN, path, limit=4, count=True).json()
    second = at.county.get(TOWN, path, limit=4, cursor=first["next_cursor"]).json()
    assert first["total"] == 9
    assert [row["number"] for row in second["items"]] == [5, 6, 7, 8]


# -- DX-23: what does not apply


def test_dx_23_a_row_is_excused_with_the_reason_and_the_excuse_taken_back(at):
    case = at.under_way()

    at.act(case, "excuse", numbers=[2, 3], reason="整户外出务工")
    excused = at.roster(case, standing="not_applicable")
    at.act(case, "take_back_excuse", numbers=[3], reason="已返乡")

    assert [(row["number"], row["reason"]) for row in excused] == [
        (2, "整户外出务工"),
        (3, "整户外出务工"),
    ]
    rows = {row["number"]: (row["standing"], row["reason"]) for row in at.roster(case)}
    assert rows[2] == ("not_applicable", "整户外出务工")
    assert rows[3] == ("expected", None)


def test_dx_23_only_a_row_that_is_expected_can_be_excused(at):
    case = at.under_way()
    at.set_rows(case, Standing.SUBMITTED, of="village")

    at.refused(case, "excuse", "row_stands_otherwise DX-23", numbers=[1, 2], reason="外出")
    at.refused(case, "excuse", "row_not_listed DX-23", numbers=[99], reason="外出")
    at.refused(case, "take_back_excuse", "row_stands_otherwise DX-23", numbers=[2], reason="返乡")
    assert at.roster(case, standing="not_applicable") == []


def test_dx_23_the_villages_own_official_excuses_nobody(at):
    case = at.under_way(area_code=AREAS["village"])

    at.county.refused(VILLAGE, case, "excuse", status=403, numbers=[2], reason="外出")


# -- coverage


def test_the_coverage_adds_up_village_by_village_and_in_all(at):
    case = at.under_way()
    at.act(case, "excuse", numbers=[2, 5, 6], reason="整户外出")

    told = at.coverage(case)

    assert [(one["not_applicable"], one["expected"], one["listed"]) for one in told["items"]] == [
        (1, 2, 3),
        (2, 1, 3),
        (0, 3, 3),
    ]
    for tally in (*told["items"], told["total"], at.read(case)["coverage"]):
        assert sum_of(tally) == tally["listed"]
    assert told["total"]["listed"] == at.read(case)["listed"]


def test_the_coverage_is_told_at_any_level(at):
    case = at.under_way()

    for level, areas in (("village", 3), ("township", 1), ("county", 1)):
        told = at.coverage(case, level=level)
        assert (len(told["items"]), told["total"]["listed"]) == (areas, 9)
    assert at.coverage(case, of="village")["total"]["listed"] == 3
    assert at.coverage(case, area=AREAS["village"])["total"]["listed"] == 3


def test_a_village_sees_the_campaign_above_it_and_its_own_rows(at):
    case = at.draft()
    assert at.county.get(VILLAGE, f"/v1/campaigns/{case.id}").status_code == 404

    at.announce(case)
    at.start(case)

    assert at.read(case, VILLAGE)["coverage"]["listed"] == 3
    assert [row["number"] for row in at.roster(case, VILLAGE)] == [1, 2, 3]
    assert at.coverage(case, VILLAGE)["total"]["listed"] == 3
    listed = at.county.get(VILLAGE, "/v1/campaigns", count=True).json()
    assert [one["id"] for one in listed["items"]] == [case.id]


def test_campaigns_are_listed_by_state_area_document_and_day(at):
    case = at.under_way()
    draft = at.draft(area_code=AREAS["village"], title="补充排查")

    def ids(**asked: str) -> set[str]:
        found = at.county.get(BUREAU, "/v1/campaigns", **asked).json()["items"]
        return {one["id"] for one in found}

    assert ids() == {case.id, draft.id}
    assert ids(state="drafted") == {draft.id}
    assert ids(area=AREAS["village"]) == {draft.id}
    assert ids(policy="taogou-2021@1", on="2021-06-26") == {case.id, draft.id}
    assert ids(on="2021-06-27") == ids(programme="department_comparison") == set()


# -- its end


def test_a_campaign_is_concluded_only_when_every_row_is_accounted_for(at):
    case = at.under_way()
    at.release_papers(case)
    at.set_rows(case, Standing.ACCEPTED, of="household")
    at.act(case, "excuse", numbers=[1], reason="已撤并")

    at.act(case, "conclude_campaign", **at.conclusion())

    assert case.state == "concluded"


def test_the_refusal_says_how_many_rows_of_which_standing_are_open(at):
    case = at.under_way()
    at.release_papers(case)
    at.act(case, "excuse", numbers=[2], reason="外出")
    at.county.district.change(lambda s: _hand_in(s, case, 3, Standing.RETURNED))

    problem = at.refused(case, "conclude_campaign", **at.conclusion())

    open_rows = {(one["need"], one["have"]) for one in problem["blockers"]}
    assert open_rows == {("household, expected", "4"), ("household, returned", "1")}


def _hand_in(session: Session, case: Matter, number: int, standing: Standing) -> None:
    session.get_one(Roster, (UUID(case.id), number)).standing = standing


def test_zg_c03_a_village_that_nobody_spot_checked_is_named_until_somebody_has(campaigns):
    at = campaigns("zhanggong-2021", villages=1, households=1)
    case = at.under_way()
    at.release_papers(case)
    for of in ("household", "village"):
        at.set_rows(case, Standing.ACCEPTED, of=of)
    villages = [AREAS["village"], "990101001301"]
    at.county.on("2021-04-14")
    spot_check = plan_spot_check(at, case, villages)

    for unit in villages:
        problem = at.refused(case, "conclude_campaign", **at.conclusion())
        unseen = [one for one in problem["blockers"] if one["code"] == "villages_unchecked"]
        assert [one["have"] for one in unseen] == [", ".join(villages[villages.index(unit) :])]
        said = {
            "checked_on": "2021-04-14",
            "checked_by": ["甲某"],
            "result": "抽查",
            "findings": [],
        }
        at.county.act(at.office, spot_check, "record_check", unit=unit, **said)
    at.act(case, "conclude_campaign", **at.conclusion())


def plan_spot_check(at: Campaigns, case: Matter, villages: list[str]) -> Matter:
    """Plan a spot-check of villages within the campaign's own phase."""
    plan = {
        "method": "spot_check",
        "units": [{"unit": village} for village in villages],
        "by_unit": "抽查组",
        "team": ["甲某"],
        "first_day": "2021-04-13",
        "last_day": "2021-04-22",
        "campaign_id": case.id,
    }
    answer = at.county.post(at.office, "/v1/supervisions", plan)
    assert answer.status_code == ACCEPTED, answer.text
    planned = answer.json()["case"]
    return Matter(planned["id"], "", planned["version"], planned["state"])


def test_dx_26_a_cancelled_campaign_owes_nobody_a_paper(at):
    case = at.under_way()
    assert {paper["state"] for paper in at.papers(case)} == {"owed"}

    at.act(case, "cancel_campaign", reason="上级统一安排")

    assert {paper["state"] for paper in at.papers(case)} == {"released"}
    assert case.state == "cancelled"


def test_a_programme_is_the_services_to_open(at):
    for said in (
        {"programme": "department_comparison"},
        {"period": "2021-06"},
        {"has_list": False},
    ):
        refused = at.try_draft(**said)
        assert refused.status_code == 422
        assert [one["code"] for one in refused.json()["blockers"]] == ["programme_opens_itself"]
