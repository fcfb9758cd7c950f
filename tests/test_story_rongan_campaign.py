"""Rong'an's year of 2022 to the end of April, as one story: the first quarter, then month by month.

RA: the departments' online lists by 5 March, a Saturday; every home visited by three until the
15th, twenty a day at most; the households that were found at risk published and on the township's
list by the 23rd. In April the standing duties open by themselves: the survey, the cross-check, the
unannounced inspection with its circular.
"""

from typing import Any

from county import AREAS, Matter, facts
from problems import VERIFIED
from story import FIRST_TOWN, FIRST_VILLAGE, Story, holder, town_of

GROUP, DEPARTMENT, TOWN = "county_task_group", "sector_department", "township_office"
VILLAGE, SECRETARY = "village_committee", "first_secretary"
CAP = 20
"""RA-D16: homes that the two secretaries of a village together visit in a day."""

DAYS = {"title": "精准防贫提升行动", "first_day": "2022-01-01", "last_day": "2022-12-31"}
TEAM = [
    {"name": "示例某", "role": "first_secretary"},
    {"name": "乙书记", "role": "party_secretary"},
    {"name": "丙队员", "role": "resident_team"},
]
AT_RISK, LEFT_TO_A_SECTOR, UNPAID, NO_LEDGER, NOT_TOLD = (
    "大额自付医疗费用",
    "报销政策未衔接",
    "产业奖补未发放",
    "工作档案不健全",
    "审定结果未告知农户",
)


def test_ra_the_first_quarter_of_2022_and_april(under):
    story = Story(under("rongan-2022"), GROUP, towns=2, villages=2)

    the_year_s_programme_is_announced(story)
    three_go_together_and_twenty_homes_a_day(story)
    online_lists_are_in_by_saturday_5_march(story)
    what_departments_warn_of_is_checked_at_home(story)
    the_great_round_is_over_with_15_march(story)
    names_are_published_and_on_the_list_by_23_march(story)
    more_team_members_are_sent_by_31_march(story)
    in_april_the_standing_duties_open_by_themselves(story)
    townships_look_at_each_other(story)
    the_county_comes_unannounced_and_names_unit_and_person(story)
    the_survey_leaves_its_record_of_every_household(story)
    in_may_nobody_cross_checks(story)


# -- January to 15 March


def the_year_s_programme_is_announced(story: Story) -> None:
    """RA-D19: guidance from January on; the first quarter's windows begin with the notice."""
    story.on("2022-01-05")
    for number in range(CAP + 1):
        story.home(f"home {number}", FIRST_VILLAGE, "lifted_out")
    for village in story.villages[1:]:
        story.home(village, village, "other")
    story.draft(**DAYS)
    story.act_refused("start_campaign", "not_announced RA-R01")
    story.act("announce_campaign", announced_on="2022-01-05")
    story.act("start_campaign")

    last = {one["code"]: one["last_on"] for one in story.read_campaign()["phases"]}
    assert (last["ground_survey"], last["great_round"]) == ("2022-03-15", "2022-03-15")
    owed = {one["due_on"]: one["paper"] for one in story.papers.listed()}
    assert owed == {
        "2022-03-05": "online_list",
        "2022-03-23": "name_list",
        "2022-03-31": "team_members_sent",
    }


def three_go_together_and_twenty_homes_a_day(story: Story) -> None:
    """RA-V01, RA-D16, RA-V02: two are no team; the 21st home is tomorrow's."""
    story.on("2022-03-02")
    *today, tomorrow = [name for name in story.homes if name.startswith("home")]
    two = story.form(SECRETARY, "great_round", tomorrow, visitors=TEAM[:2])
    story.refused(SECRETARY, two, "team_too_small RA-V01")
    for home in today:
        told = {"3.2": UNPAID} if home == today[0] else {}
        story.file(SECRETARY, "great_round", home, visitors=TEAM, problems=told)
    one_more = story.form(SECRETARY, "great_round", tomorrow, visitors=TEAM)
    story.refused(SECRETARY, one_more, "daily_cap_reached RA-D16 RA-V02")

    story.on("2022-03-03")
    story.file(SECRETARY, "great_round", tomorrow, visitors=TEAM)

    assert len(today) == CAP
    assert story.tally() == {"expected": 4 + 3, "accepted": CAP + 1}


def online_lists_are_in_by_saturday_5_march(story: Story) -> None:
    """RA-D01: the day stays, Saturday or not; on Sunday the fourth department is late."""
    papers = story.papers
    *in_time, late = map(papers.case, papers.listed(paper="online_list"))
    story.on("2022-03-05", 23)
    for case in in_time:
        papers.draft(case, DEPARTMENT)
        assert papers.submit(case, DEPARTMENT)["late"] == []
        story.county.act(GROUP, case, "accept_deliverable")

    story.on("2022-03-06", 0)
    papers.draft(late, DEPARTMENT)
    story.county.refused(DEPARTMENT, late, "submit_deliverable", "late_reason_missing DX-04")
    [stamp] = papers.submit(late, DEPARTMENT, reason="数据核对延迟")["late"]
    assert (stamp["rule"], stamp["days"]) == ("paper_due", 1)
    story.county.act(GROUP, late, "accept_deliverable")


def what_departments_warn_of_is_checked_at_home(story: Story) -> None:
    """RA-D03, RA-C06: who qualifies becomes a clue, a sector's risk is the department's."""
    story.on("2022-03-08")
    _, second, third, _ = story.villages
    qualifies = {"problems": {"1.1": AT_RISK}, "department": "medical"}
    story.file(holder(VILLAGE, second), "warning_check", second, **qualifies)
    of_the_sector = {"1.2": {"text": LEFT_TO_A_SECTOR, "value": "medical"}}
    story.file(holder(VILLAGE, third), "warning_check", third, problems=of_the_sector)

    [clue] = story.findings(became="clue")
    assert (clue["household_id"], clue["what"]) == (story.homes[second], AT_RISK)
    item = story.item(LEFT_TO_A_SECTOR)
    assert story.county.history(item) == ["report_problem", "hand_over"]
    assert item.state == "with_department"


def the_great_round_is_over_with_15_march(story: Story) -> None:
    """RA-D15: at the latest by 15 March."""
    village = story.villages[3]
    secretary = holder(SECRETARY, village)
    story.on("2022-03-15", 23)
    assert set(story.read_campaign()["current_phases"]) >= {"ground_survey", "great_round"}
    form = story.form(secretary, "great_round", village, visitors=TEAM)
    story.on("2022-03-16", 0)

    story.refused(secretary, form, "not_in_phase RA-D15")


# -- to 31 March: publicity, the list of names, more staff


def names_are_published_and_on_the_list_by_23_march(story: Story) -> None:
    """RA-D04, RA-P01: village, publicity, township; on the county's word the household is told."""
    village = story.villages[1]
    who, town = holder(VILLAGE, village), holder(TOWN, town_of(village))
    [clue] = story.findings(became="clue")
    case = Matter(clue["case_id"], story.homes[village], 1, "clue")
    story.county.lead(case, "township_review", recognition(who))
    for each in story.towns:
        papers, paper = story.papers, story.papers.of("name_list", each)
        papers.draft(paper, holder(TOWN, each))
        papers.submit(paper, holder(TOWN, each))
        story.county.act(GROUP, paper, "accept_deliverable")

    story.county.lead(case, "monitored", approval(who, town))

    deadlines = story.county.deadlines(case)
    assert deadlines["household_told"]["due_on"] == "2022-03-31"
    in_time = ("handling", "response", "household_told")
    assert {deadlines[rule]["state"] for rule in in_time} == {"met"}


def recognition(who: str) -> tuple[tuple[str, str, str, dict[str, Any]], ...]:
    """Return the acts of the village, from the clue to the end of the publicity."""
    visited = {"visited_on": "2022-03-09", "visitors": ["甲村干"], "at_risk": True}
    review = {
        "held_on": "2022-03-11",
        "object_type": "monitored",
        "risk_types": ["medical"],
        "facts": facts(),
    }
    return (
        ("2022-03-08", who, "take_up_clue", {}),
        ("2022-03-09", who, "record_verification", visited),
        ("2022-03-11", who, "conclude_review", review),
        ("2022-03-11", who, "post_publicity", {"place": "村务公开栏"}),
        ("2022-03-22", who, "conclude_publicity", {}),
    )


def approval(who: str, town: str) -> tuple[tuple[str, str, str, dict[str, Any]], ...]:
    """Return the acts of the township, the county and again the village."""
    registered = {"system_number": "N-1", "basic_information_collected": True}
    told = {"means": "visit", "told_on": "2022-03-30", "told_to": "张某"}
    return (
        ("2022-03-23", town, "approve", {"opinion": "同意上报"}),
        ("2022-03-28", GROUP, "approve", {"opinion": "同意纳入"}),
        ("2022-03-29", town, "register", registered),
        ("2022-03-30", who, "notify_household", told),
    )


def more_team_members_are_sent_by_31_march(story: Story) -> None:
    """RA-D14; nobody is named who sends them, so it is the task group's paper."""
    papers, paper = story.papers, story.papers.of("team_members_sent", AREAS["county"])
    story.on("2022-03-31", 23)
    papers.draft(paper, GROUP)

    assert papers.submit(paper, GROUP)["late"] == []
    story.county.act(GROUP, paper, "accept_deliverable")
    assert {one["standing"] for one in papers.listed()} == {"accepted"}


# -- April


def in_april_the_standing_duties_open_by_themselves(story: Story) -> None:
    """RA-D05, RA-D18, RA-D20, RA-D21: the clock opens them, and nobody else does."""
    story.on("2022-04-01")
    opened = story.sweep()

    assert set(opened) == {
        "two_line_survey",
        "cross_check",
        "covert_inspection",
        "data_collection",
        "files_checked",
    }
    by_hand = story.try_draft(**DAYS, programme="cross_check", period="2022-04")
    assert [b["code"] for b in by_hand.json()["blockers"]] == ["programme_opens_itself"]
    assert story.sweep() == opened


def townships_look_at_each_other(story: Story) -> None:
    """RA-D18, RA-A01: never at themselves; what is found is put right at once, with points off."""
    campaign, (first, second) = story.sweep()["cross_check"], story.towns
    not_concluded(story, campaign, "not_supervised RA-D18")
    itself = story.supervisions.try_plan("cross_check", {"unit": first, "checked_by": first})
    assert [(b["code"], b["cite"]) for b in itself.json()["blockers"]] == [
        ("unit_checks_itself", "RA-D18")
    ]
    pairs = ({"unit": first, "checked_by": second}, {"unit": second, "checked_by": first})
    case = story.supervisions.plan(
        "cross_check", *pairs, campaign_id=campaign.id, last_day="2022-04-30"
    )
    story.on("2022-04-12")
    ledger = {"problem_type": "assistance_measures", "content": NO_LEDGER}
    story.supervisions.check(case, first, ledger)
    story.supervisions.check(case, second)
    story.county.act(GROUP, case, "conclude_supervision", summary="乡镇交叉检查完成")
    put_right(story, campaign, NO_LEDGER)
    decision = story.supervisions.decision("points_off", first)
    story.county.act(GROUP, case, "record_sanction", **decision)

    conclude(story, campaign)
    assert [one["kind"] for one in story.supervisions.sanctions()] == ["points_off"]


def put_right(story: Story, campaign: Matter, content: str) -> None:
    """RA-A01: no lists stand before the work; the task group looks at it (DX-41)."""
    [told] = story.items(campaign=campaign.id)
    item = Matter(told["id"], "", told["version"], told["state"])
    assert (told["content"], told["source"]) == (content, "cross_check")
    story.county.act(TOWN, item, "start_remediation")
    evidence = story.county.district.attach(TOWN, "rectification_evidence", area_code=FIRST_TOWN)
    done = {"effect": "档案已补齐", "attachments": [evidence]}
    story.county.act(TOWN, item, "submit_remediation", **done)
    himself = VERIFIED | {"verified_on": story.county.today}
    story.county.refused(TOWN, item, "verify_remediation", "verifier_rectified DX-41", **himself)
    story.county.act(GROUP, item, "verify_remediation", **himself)
    story.county.act(GROUP, item, "strike_off")


def the_county_comes_unannounced_and_names_unit_and_person(story: Story) -> None:
    """RA-D20, RA-A03: a circular without a person is none, and without one there is no end."""
    campaign = story.sweep()["covert_inspection"]
    story.on("2022-04-20")
    case = story.supervisions.plan("unannounced", FIRST_VILLAGE, campaign_id=campaign.id)
    found = {
        "problem_type": "guarantees",
        "content": NOT_TOLD,
        "household_id": story.homes["home 0"],
    }
    story.supervisions.check(case, FIRST_VILLAGE, found)
    because = "RA-D20 RA-A03"
    story.county.refused(
        GROUP, case, "conclude_supervision", f"act_missing {because}", summary="4月暗访"
    )
    not_concluded(story, campaign, f"not_supervised {because}")
    nobody = {"number": "通报2022-4号", "issued_on": "2022-04-20", "content": "短板"}
    story.county.refused(
        GROUP, case, "issue_circular", f"field_missing {because}", unit=FIRST_VILLAGE, **nobody
    )
    story.supervisions.issue(case, FIRST_VILLAGE, person="丙某")
    story.county.act(GROUP, case, "conclude_supervision", summary="4月暗访")

    conclude(story, campaign)
    [item] = story.items(campaign=campaign.id)
    assert (item["content"], item["source"]) == (NOT_TOLD, "covert_inspection")


def the_survey_leaves_its_record_of_every_household(story: Story) -> None:
    """RA-D05, RA-C02, RA-C03: with its record, of as many households as there are."""
    campaign = story.sweep()["two_line_survey"]
    story.on("2022-04-30", 23)
    not_concluded(
        story,
        campaign,
        "evidence_missing RA-D05",
        "field_missing RA-C02",
        "not_confirmed RA-C03",
    )
    record = story.county.district.attach(GROUP, "survey_record", area_code=AREAS["county"])
    surveyed = {"households_surveyed": len(story.homes) - 1, "priority_areas": True}
    not_concluded(story, campaign, "count_differs RA-C02", attachments=[record], form=surveyed)

    surveyed["households_surveyed"] += 1
    told = conclude(story, campaign, attachments=[record], form=surveyed)

    assert told["late"] == []


def in_may_nobody_cross_checks(story: Story) -> None:
    """RA-D18: April and October; the other duties of the month are there again."""
    story.on("2022-05-01")
    again = {one for one, case in story.sweep().items() if case.state == "under_way"}
    assert again == {"two_line_survey", "covert_inspection", "data_collection", "files_checked"}
    first, second = story.towns
    case = story.supervisions.plan("cross_check", {"unit": first, "checked_by": second})
    seen = story.supervisions.seen(first)
    story.county.refused(GROUP, case, "record_check", "check_outside_months RA-D18", **seen)
    story.nothing_impossible()


def conclude(story: Story, campaign: Matter, **said: Any) -> dict[str, Any]:
    return story.county.act(GROUP, campaign, "conclude_campaign", summary="已完成", **said)


def not_concluded(story: Story, campaign: Matter, *because: str, **said: Any) -> None:
    story.county.refused(GROUP, campaign, "conclude_campaign", *because, summary="已完成", **said)
