"""Zhanggong's second look of April 2021, as one story: 54 villages, three phases, the report.

ZG, from the notice to the special report: every home that was lifted out or is on the margin is
looked at until 12 April, the towns hand in their lists by the 14th, from the 13th to the 22nd all
54 villages are looked at again, and until the 30th everything is put right.
"""

from typing import Any

from county import AREAS, REFUSED, Matter
from district import codes
from story import FIRST_VILLAGE, Story, holder, town_of

OFFICE, TOWN, VILLAGE = "district_office", "township_office", "village_committee"
CADRE, TEAM, SECTOR = "helper_cadre", "resident_team", "sector_department"
REGISTER, VILLAGE_REGISTER = "household_register", "village_register"
TOWNS, VILLAGES_OF_A_TOWN = 3, 18
ALL_VILLAGES = 54
"""ZG-C03: as many as the district has."""

CONTACT = {"office": "示例区精准办", "name": "丁某", "telephone": "0797-0000000"}
LEADERS = {"principal_leader": "甲书记", "deputy_leader": "乙副区长"}
PAPERS_OF_A_VILLAGE = ("household_problem_list", "village_problem_list", "work_summary")
LATE_VILLAGE = "990101003218"
LEFT_OVER = "水量不足"


def test_zg_the_second_look_of_april_2021_from_the_notice_to_the_special_report(under):
    story = Story(under("zhanggong-2021"), OFFICE, TOWNS, VILLAGES_OF_A_TOWN)

    the_notice_names_its_office_and_its_leaders(story)
    the_list_of_54_villages_is_frozen(story)
    helpers_look_at_every_home(story)
    villages_look_at_their_own_monitoring(story)
    after_12_april_one_village_is_late_with_leave(story)
    villages_hand_their_lists_to_the_town(story)
    towns_hand_theirs_in_by_14_april(story)
    all_54_villages_are_looked_at_again(story)
    what_is_left_over_is_put_right_until_30_april(story)
    the_special_report_tells_the_district_s_leaders(story)
    the_numbers_add_up_and_the_campaign_is_concluded(story)


# -- the notice


def the_notice_names_its_office_and_its_leaders(story: Story) -> None:
    """ZG-R01, ZG-R09, ZG-X03: whom to turn to, who deploys, who follows it throughout."""
    story.on("2021-04-02")
    days = {"title": "“回头看”大排查", "first_day": "2021-04-02", "last_day": "2021-04-30"}
    nobody_to_ask = story.try_draft(**days)
    assert told(nobody_to_ask) == {"field_missing ZG-R01"}
    story.draft(**days, contact=CONTACT)

    story.act_refused(
        "announce_campaign",
        "field_missing ZG-R09 ZG-X03",
        announced_on="2021-04-02",
        form={"principal_leader": "甲书记"},
    )
    story.act("announce_campaign", announced_on="2021-04-02", form=LEADERS)


def the_list_of_54_villages_is_frozen(story: Story) -> None:
    """ZG-C01, ZG-C03: a home of one of the two kinds in every village, and the village itself."""
    assert len(story.villages) == ALL_VILLAGES
    for number, village in enumerate(story.villages):
        story.home(village, village, "lifted_out" if number % 2 else "marginal")

    story.act("start_campaign")

    assert story.tally() == {"expected": 2 * ALL_VILLAGES}
    phases = {one["code"]: (one["first_on"], one["last_on"]) for one in phases_of(story)}
    assert phases == {
        "inspection": ("2021-04-02", "2021-04-12"),
        "spot_check": ("2021-04-13", "2021-04-22"),
        "rectification": ("2021-04-23", "2021-04-30"),
    }
    owed = story.papers.listed(campaign=story.campaign.id)
    assert len(owed) == ALL_VILLAGES + TOWNS + 1


# -- until 12 April: every home, every village


def helpers_look_at_every_home(story: Story) -> None:
    """ZG-S01, ZG-X01: careless, proxy and missing answers are refused, problems are told of."""
    story.on("2021-04-08")
    first, second, third = story.villages[:3]
    elsewhere = story.villages[VILLAGES_OF_A_TOWN]
    story.refused(
        CADRE,
        story.form(CADRE, REGISTER, first, visitors=[{"name": "李某", "role": "helper_cadre"}]),
        "filled_for_another ZG-X01",
    )
    story.refused(CADRE, story.form(CADRE, REGISTER, first, answers=[]), "answer_blank ZG-X01")

    look_at(story, first, {"5": LEFT_OVER})
    look_at(story, elsewhere, {"6": {"text": "屋面漏雨，已修", "fixed_on_spot": True}})
    look_at(story, second, {"9": {"value": "10.5", "text": "住院自付偏高", "has_problem": None}})
    look_at(story, third, {"4": {"value": "low_income", "text": "收入下降"}})
    told_of = {first, second, third, elsewhere, LATE_VILLAGE}
    for village in (one for one in story.villages if one not in told_of):
        look_at(story, village, {})

    assert story.tally() == {"expected": ALL_VILLAGES + 1, "accepted": ALL_VILLAGES - 1}
    suspected_households_are_taken_up(story, third)


def suspected_households_are_taken_up(story: Story, village: str) -> None:
    """ZG-K04, ZG-K24: who seems poor is suggested to the village, which takes the clue up."""
    [suggested] = story.findings(became="suggestion")
    assert (suggested["item"], suggested["case_id"]) == ("4", None)

    clue = story.county.open(holder(VILLAGE, village), story.homes[village], channel="screening")

    [taken_up] = story.findings(item="4")
    assert (taken_up["became"], taken_up["case_id"]) == ("clue", clue.id)


def look_at(story: Story, village: str, problems: dict[str, Any]) -> None:
    """Let the helper fill in the form of a home, and the town take it in."""
    cadre = holder(CADRE, village)
    form = story.file(cadre, REGISTER, village, problems=problems)
    story.county.act(holder(TOWN, town_of(village)), form, "accept_form")


def villages_look_at_their_own_monitoring(story: Story) -> None:
    """ZG-F02, ZG-K21 to ZG-K26: the village and its team comb the whole process."""
    problems: dict[str, Any] = {FIRST_VILLAGE: {"2": "2名新增对象缺识别资料"}}
    for village in story.villages:
        if village != LATE_VILLAGE:
            look_at_the_village(story, village, problems.get(village, {}))

    assert story.tally() == {"expected": 2, "accepted": 2 * ALL_VILLAGES - 2}


def look_at_the_village(story: Story, village: str, problems: dict[str, Any]) -> None:
    team = holder(TEAM, village)
    form = story.file(team, VILLAGE_REGISTER, area_code=village, problems=problems)
    story.county.act(holder(TOWN, town_of(village)), form, "accept_form")


def after_12_april_one_village_is_late_with_leave(story: Story) -> None:
    """ZG-S01: the phase is over with the 12th; DX-24: the office may give one village longer."""
    story.on("2021-04-13", 0)
    cadre = holder(CADRE, LATE_VILLAGE)
    form = story.form(cadre, REGISTER, LATE_VILLAGE)
    story.refused(cadre, form, "not_in_phase ZG-S01")

    story.act("allow_late", area_code=LATE_VILLAGE, until="2021-04-14", reason="道路中断")
    story.on("2021-04-13")
    look_at(story, LATE_VILLAGE, {})
    look_at_the_village(story, LATE_VILLAGE, {})

    assert story.tally() == {"accepted": 2 * ALL_VILLAGES}


# -- by 14 April: the lists


def villages_hand_their_lists_to_the_town(story: Story) -> None:
    """ZG-F03, ZG-F04, ZG-F05: both problem lists and the short summary, to the town."""
    papers = story.papers
    assert [row[6] for row in story.ledger(VILLAGE, "household")] == [LEFT_OVER]
    assert [row[3] for row in story.ledger(VILLAGE, "area")] == ["2名新增对象缺识别资料"]
    listed = papers.listed(paper="village_list_and_summary", campaign=story.campaign.id)
    assert [one["area_code"] for one in listed] == story.villages
    for one in listed:
        village, case = one["area_code"], papers.case(one)
        who, town = holder(VILLAGE, village), holder(TOWN, town_of(village))
        files = [papers.attach(who, kind, village) for kind in PAPERS_OF_A_VILLAGE]
        story.county.act(who, case, "draft_deliverable", attachments=files)
        story.county.act(who, case, "submit_deliverable")
        story.county.act(town, case, "accept_deliverable")


def towns_hand_theirs_in_by_14_april(story: Story) -> None:
    """ZG-S02: two in time, and of the third the spot-check knows that it is missing."""
    papers, paper = story.papers, "township_problem_list"
    *in_time, last = story.towns
    story.on("2021-04-14", 23)
    for town in in_time:
        case = papers.of(paper, town)
        papers.draft(case, holder(TOWN, town))
        assert papers.submit(case, holder(TOWN, town))["late"] == []
        story.county.act(OFFICE, case, "accept_deliverable")
    missing = papers.listed(campaign=story.campaign.id, missing_for_phase="spot_check")
    assert [one["area_code"] for one in missing] == [last]

    story.on("2021-04-15", 0)
    case = papers.of(paper, last)
    papers.draft(case, holder(TOWN, last))
    story.county.refused(
        holder(TOWN, last), case, "submit_deliverable", "late_reason_missing DX-04"
    )
    [late] = papers.submit(case, holder(TOWN, last), reason="汇总数据有误，重新核对")["late"]
    assert (late["rule"], late["days"]) == ("paper_due", 1)
    story.county.act(OFFICE, case, "accept_deliverable")


# -- 13 to 22 April: all 54 villages once more


def all_54_villages_are_looked_at_again(story: Story) -> None:
    """ZG-S03, ZG-C03, ZG-R11: no village is left out, and all within the phase."""
    *but_one, last = story.villages
    left_out = story.supervisions.try_plan("spot_check", *but_one, campaign_id=story.campaign.id)
    [blocker] = left_out.json()["blockers"]
    assert (blocker["code"], blocker["need"]) == ("unit_left_out", last)
    case = story.supervisions.plan(
        "spot_check", *story.villages, campaign_id=story.campaign.id, last_day="2021-04-22"
    )
    cracked = {"problem_type": "housing", "content": "墙体裂缝"}
    for day, villages in (("2021-04-19", story.villages[:27]), ("2021-04-22", but_one[27:])):
        story.on(day)
        for village in villages:
            found = [cracked] if village == story.villages[10] else []
            story.supervisions.check(case, village, *found, role=SECTOR)

    story.county.refused(
        OFFICE, case, "conclude_supervision", "units_not_checked ZG-S03 ZG-C03", summary="已抽查"
    )
    story.on("2021-04-22", 23)
    story.supervisions.check(case, last, role=SECTOR)
    story.county.act(OFFICE, case, "conclude_supervision", summary="54个村已全部抽查")

    seen = story.supervisions.read(case)
    assert (seen["units"], seen["checked"], seen["problems"]) == (ALL_VILLAGES, ALL_VILLAGES, 1)
    assert story.items(source="spot_check")[0]["content"] == "墙体裂缝"


# -- 23 to 30 April: what is left over


def what_is_left_over_is_put_right_until_30_april(story: Story) -> None:
    """ZG-S04, ZG-F08: measure, who answers for it, until when; somebody else looks."""
    story.on("2021-04-23")
    assert story.standings() == {"in_progress": 5}
    story.act_refused(
        "conclude_campaign",
        "problems_open ZG-S04",
        "papers_open ZG-S02 ZG-S05",
        summary="总结",
        form={"quality": "质量良好"},
    )
    plan_by_level(story)
    for one in story.items(standing="in_progress"):
        put_right(story, one["content"], one["area_code"])

    assert story.standings() == {"rectified": 5}
    story.on("2021-04-28")
    it_comes_back_and_is_put_right_again(story)


def plan_by_level(story: Story) -> None:
    """ZG-S04: without the plan nothing is begun; the water is for the district to see to."""
    item = story.item(LEFT_OVER)
    story.county.refused(VILLAGE, item, "start_remediation", "list_missing ZG-S04 ZG-F08")
    departments = story.ledger(SECTOR, "area", ledger="department_ledger")
    assert [row[2] for row in departments] == ["2名新增对象缺识别资料", "墙体裂缝"]
    due = story.county.deadlines(item)["all_put_right"]
    assert due["due_on"] == "2021-04-30"


def put_right(story: Story, content: str, area_code: str) -> None:
    """Plan, carry out and verify what a village has to put right; strike it off the list."""
    item, village, town = story.item(content), holder(VILLAGE, area_code), town_of(area_code)
    if item.state == "found":
        story.county.act(
            village,
            item,
            "assign_remediation",
            measure="维修供水管道",
            responsible_person="乙责任",
            responsible_unit="水利站",
            time_limit_on="2021-04-30",
        )
        story.county.act(village, item, "start_remediation")
        submit(story, item, village, area_code)
    official = holder(TOWN, town)
    story.county.act(
        official, item, "verify_remediation", verified_on=story.county.today, opinion="属实"
    )
    story.county.act(official, item, "strike_off")


def submit(story: Story, item: Matter, official: str, area_code: str) -> None:
    story.county.refused(
        official, item, "submit_remediation", "evidence_missing DX-42", effect="已恢复供水"
    )
    evidence = story.county.district.attach(official, "rectification_evidence", area_code=area_code)
    story.county.act(
        official, item, "submit_remediation", effect="已恢复供水", attachments=[evidence]
    )


def it_comes_back_and_is_put_right_again(story: Story) -> None:
    """ZG-X02: no rebound; what comes back is reopened, and its lists are drawn up anew."""
    item = story.item(LEFT_OVER)
    story.county.act(TOWN, item, "reopen", reason="再次停水")
    assert story.standings() == {"rectified": 4, "in_progress": 1}

    put_right(story, LEFT_OVER, FIRST_VILLAGE)

    assert story.standings() == {"rectified": 5}


# -- the report, and the end


def the_special_report_tells_the_district_s_leaders(story: Story) -> None:
    """ZG-S05, ZG-F09: from what was found and from the spot-check; without it, no end."""
    story.on("2021-04-29")
    story.act_refused(
        "conclude_campaign",
        "papers_open ZG-S02 ZG-S05",
        summary="总结",
        form={"quality": "质量良好"},
    )
    report = story.papers.of("special_report", AREAS["county"])
    story.papers.draft(report, OFFICE)
    story.papers.submit(report, OFFICE)
    story.county.act(OFFICE, report, "accept_deliverable")


def the_numbers_add_up_and_the_campaign_is_concluded(story: Story) -> None:
    """ZG-X05: village, town, district; ZG-X04: the quality counts for the year."""
    district = story.rollup(OFFICE, "problem_summary")
    assert district["total"] == {"found": 5, "rectified": 5, "in_progress": 0}
    assert {row: own["found"] for row, own in district.items() if own["found"]} == {
        "饮水": 1,
        "住房": 2,
        "医保": 1,
        "动态监测帮扶": 1,
        "total": 5,
    }
    towns = [story.rollup(holder(TOWN, town), "problem_summary")["total"] for town in story.towns]
    assert sum(town["found"] for town in towns) == 5
    story.act_refused("conclude_campaign", "field_missing ZG-X04", summary="总结")

    story.act("conclude_campaign", summary="54个村已排查、复核、整改", form={"quality": "质量良好"})
    story.act("archive_campaign")

    assert story.campaign.state == "archived"
    late = story.try_file(CADRE, story.form(CADRE, REGISTER, FIRST_VILLAGE))
    assert (late.status_code, codes(late.json()) >= {"campaign_not_under_way"}) == (REFUSED, True)
    story.nothing_impossible()


def phases_of(story: Story) -> list[dict[str, Any]]:
    return list(story.read_campaign()["phases"])


def told(answer: Any) -> set[str]:
    """Return why an answer refuses, written `code RULE …`."""
    assert answer.status_code == REFUSED, answer.text
    return {f"{one['code']} {one['cite']}" for one in answer.json()["blockers"]}
