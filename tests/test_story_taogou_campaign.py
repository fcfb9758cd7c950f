"""Taogou's month of June 2021, as one story: from the 8th to the 26th, with what it found.

TG: mobilisation 8 to 10 June, the field 10 to 15, rectification 15 to 25, summary 25 to 26; the
household forms, both ledgers (annexes 3-1 and 3-2), the summary table (annex 4), the report by the
25th; and a household that was found at risk, on its way through the monitoring procedure.
"""

from typing import Any

from bodies import entry_bodies, findings
from county import Matter
from problems import Problems
from story import FIRST_TOWN, FIRST_VILLAGE, Story

from service import sample

OFFICE, BUREAU, DEPARTMENT = "township_office", "county_bureau", "township_department"
VILLAGE, TEAM, HELPER = "village_committee", "resident_team", "household_helper"
SURVEY = "household_survey"
DAYS = {"title": "集中排查", "first_day": "2021-06-08", "last_day": "2021-06-26"}
TRAINED = {"villages_trained": True, "grids_assigned": True}
TOLD = (
    "tells_of_the_inspection",
    "tells_of_the_problems",
    "tells_of_the_help",
    "tells_what_is_next",
)
UNPAID, SHARED_OUT, BROKEN_PUMP, LATE_WORKS = (
    "1季度补助未及时发放",
    "公益岗平均发放",
    "水泵损坏",
    "供水工程长效管理机制不健全",
)
LISTS = {
    "measure": "补发1季度补助",
    "responsible_person": "乙责任",
    "responsible_unit": "人社所",
    "time_limit_on": "2021-06-22",
}


def test_tg_the_month_of_june_2021_from_the_mobilisation_to_the_summary(under):
    story = Story(under("taogou-2021"), OFFICE, villages=2)

    the_month_is_drafted_announced_and_trained_for(story)
    the_first_day_of_the_field_is_the_last_of_the_mobilisation(story)
    homes_are_visited_and_asked_what_is_theirs(story)
    what_is_asked_of_units_is_asked_of_units(story)
    the_field_is_over_with_15_june(story)
    both_ledgers_have_what_was_found(story)
    problems_are_struck_off_one_by_one(story)
    the_household_at_risk_goes_through_the_procedure(story)
    annex_4_adds_up(story)
    report_and_table_are_in_by_25_june(story)
    the_month_is_concluded(story)


# -- 8 to 10 June


def the_month_is_drafted_announced_and_trained_for(story: Story) -> None:
    """TG-D09: one month; TG-A01, TG-S01, TG-S09: who leads, training, everyone has a grid."""
    story.on("2021-06-08")
    story.settle(lifted="lifted_out", marginal="marginal")
    mother = {"name": "李某", "relation": "spouse", "id_number": sample.identity_number(901)}
    head = {"name": "张某", "relation": "head", "id_number": sample.identity_number(900)}
    story.home("at_risk", FIRST_VILLAGE, "ordinary", members=[head, mother])
    story.home("far", story.villages[1], "ordinary")
    town = {"area_code": FIRST_TOWN}
    too_long = story.try_draft(**town, **DAYS | {"last_day": "2021-07-09"})
    assert [(b["code"], b["cite"]) for b in too_long.json()["blockers"]] == [
        ("campaign_too_long", "TG-D09")
    ]
    story.draft(**town, **DAYS)

    story.act_refused("announce_campaign", "field_missing TG-A01", announced_on="2021-06-08")
    story.act_refused(
        "start_campaign",
        "not_announced TG-S01",
        "not_confirmed TG-S01",
        "not_confirmed TG-S09",
        form={"villages_trained": False},
    )
    story.act("announce_campaign", announced_on="2021-06-08", form={"leader": "丙书记"})
    story.on("2021-06-09")
    story.act("start_campaign", form=TRAINED)

    assert story.tally() == {"expected": 4 + 2}


def the_first_day_of_the_field_is_the_last_of_the_mobilisation(story: Story) -> None:
    """TG-D04, TG-D05: the windows share the 10th; before it no form is taken."""
    early = story.form(TEAM, SURVEY, "lifted")
    story.refused(TEAM, early, "not_in_phase TG-D05")
    story.on("2021-06-10")

    assert story.read_campaign()["current_phases"] == ["mobilisation", "field"]


# -- 10 to 15 June: the field


def homes_are_visited_and_asked_what_is_theirs(story: Story) -> None:
    """TG-F201 to TG-F204: a tick is a problem, a clean home needs no form, policies not of all."""
    not_described = story.form(TEAM, SURVEY, "lifted", problems={"7.02": {}})
    story.refused(TEAM, not_described, "description_missing TG-F201")
    grants = story.form(TEAM, SURVEY, "at_risk")
    grants["answers"].append({"item": "1.02", "has_problem": False})
    story.refused(TEAM, grants, "item_not_asked TG-F204")
    posts = story.form(TEAM, SURVEY, "lifted")
    posts["answers"].append({"item": "7.05", "has_problem": True, "text": SHARED_OUT})
    story.refused(TEAM, posts, "item_not_asked TG-F203 TG-R13")

    visit(story, TEAM, "lifted", **{"7.02": UNPAID})
    visit(story, HELPER, "marginal", **{"4.01": {"text": BROKEN_PUMP, "fixed_on_spot": True}})
    visit(story, VILLAGE, "at_risk", **{"13.01": "主要劳动力大病", "13.02": "拟评议"})
    clean = story.file(f"{TEAM} {story.villages[1]}", SURVEY, "far", answers=[], signed=False)
    story.county.act(OFFICE, clean, "accept_form")

    twice = story.form(HELPER, SURVEY, "lifted")
    story.refused(HELPER, twice, "form_there_already DX-31")
    assert story.tally() == {"expected": 2, "accepted": 4}


def visit(story: Story, role: str, home: str, **problems: Any) -> None:
    """Hand in the form of a home, which the township takes in."""
    form = story.file(role, SURVEY, home, problems=problems)
    story.county.act(OFFICE, form, "accept_form")


def what_is_asked_of_units_is_asked_of_units(story: Story) -> None:
    """TG-F203: the village of its public posts, the township's department of its waterworks."""
    story.on("2021-06-15")
    of_the_village = story.file(VILLAGE, SURVEY, problems={"7.05": SHARED_OUT})
    of_the_town = story.file(
        DEPARTMENT, SURVEY, area_code=FIRST_TOWN, problems={"4.04": LATE_WORKS}
    )
    for form in (of_the_village, of_the_town):
        story.county.act(OFFICE, form, "accept_form")

    found = {one["content"]: (one["scope"], one["level"]) for one in story.items()}
    assert found == {
        UNPAID: ("household", "village"),
        BROKEN_PUMP: ("household", "village"),
        SHARED_OUT: ("area", "village"),
        LATE_WORKS: ("area", "township"),
    }


def the_field_is_over_with_15_june(story: Story) -> None:
    """TG-D05: at midnight; TG-D06 has begun on the same day."""
    story.on("2021-06-15", 23)
    assert story.read_campaign()["current_phases"] == ["field", "rectification"]
    story.on("2021-06-16", 0)
    second = f"{VILLAGE} {story.villages[1]}"

    late = story.form(second, SURVEY, area_code=story.villages[1])

    story.refused(second, late, "not_in_phase TG-D05")


# -- 15 to 25 June: the ledgers, the four lists


def both_ledgers_have_what_was_found(story: Story) -> None:
    """TG-S03: annex 3-1 has the problems of households, annex 3-2 those of the units above."""
    story.on("2021-06-16")
    households, areas = (story.ledger(OFFICE, scope) for scope in ("household", "area"))

    assert [(row[2], row[4], row[5], row[6]) for row in households] == [
        ("示例village", "脱贫户", "脱贫人口就业", UNPAID),
        ("示例village", "边缘易致贫户", "安全饮水", BROKEN_PUMP),
    ]
    assert {(row[1], row[2], row[3]) for row in areas} == {
        ("村级层面", "脱贫人口就业", SHARED_OUT),
        ("镇级层面", "安全饮水", LATE_WORKS),
    }


def problems_are_struck_off_one_by_one(story: Story) -> None:
    """TG-S05, TG-S06: no start without the four lists, no end without another's look."""
    at, item = Problems(story.county), story.item(UNPAID)
    some = {name: LISTS[name] for name in ("measure", "responsible_person")}
    at.act(VILLAGE, item, "assign_remediation", **some)
    missing = at.refused(VILLAGE, item, "start_remediation", FOUR_LISTS)
    assert [one["need"] for one in missing["blockers"]] == ["responsible_unit", "time_limit_on"]
    at.act(VILLAGE, item, "assign_remediation", **LISTS)
    at.act(VILLAGE, item, "start_remediation")

    story.on("2021-06-22", 23)
    at.refused(
        VILLAGE, item, "submit_remediation", "evidence_missing DX-42", **PAID, attachments=[]
    )
    at.act(VILLAGE, item, "submit_remediation", **PAID)
    strike_off(story, item)
    story.on("2021-06-23")
    fixed = story.item(BROKEN_PUMP)
    strike_off(story, fixed)

    assert story.standings() == {"rectified": 2, "in_progress": 2}


FOUR_LISTS = "list_missing TG-S05 TG-S03 TG-A02"
PAID = {"effect": "已补发到位"}


def strike_off(story: Story, item: Matter) -> None:
    story.county.act(OFFICE, item, "verify_remediation", **seen(story))
    story.county.act(OFFICE, item, "strike_off")


def seen(story: Story) -> dict[str, str]:
    return {"verified_on": story.county.today, "opinion": "现场核实属实"}


def the_household_at_risk_goes_through_the_procedure(story: Story) -> None:
    """TG-S03, TG-P01 to TG-P10: what the form told of became a clue; 16 June to 25 June."""
    told = story.findings(leads_to="clue")
    assert [(one["item"], one["became"]) for one in told] == [("13.01", "clue"), ("13.02", "clue")]
    case = Matter(told[0]["case_id"], story.homes["at_risk"], 1, "consent")
    story.on("2021-06-17")
    consent = [story.county.attach(VILLAGE, "consent_form")]
    step(story, case, VILLAGE, "sign_consent", attachments=consent)
    for event in ("conclude_deliberation", "conclude_review", "post_publicity"):
        step(story, case, VILLAGE, event)

    story.on("2021-06-24")
    story.county.refused(
        VILLAGE,
        case,
        "conclude_publicity",
        "too_early TG-P04 TG-D01 2021-06-25",
        "comparison_missing TG-P05",
    )
    step(story, case, BUREAU, "record_comparison", findings=findings())
    story.on("2021-06-25", 0)
    step(story, case, VILLAGE, "conclude_publicity")
    for role, event in ONWARD:
        step(story, case, role, event)

    assert case.state == "planning"


ONWARD = (
    (VILLAGE, "report"),
    (OFFICE, "approve"),
    (BUREAU, "file"),
    (BUREAU, "announce"),
    (OFFICE, "register"),
    (OFFICE, "assign_helper"),
)


def step(story: Story, case: Matter, role: str, event: str, **said: Any) -> None:
    """Take the household's case one step further, as is usually said there."""
    usual = {**entry_bodies(story.county.today), "assign_helper": CONTACT}
    story.county.act(role, case, event, **{**usual.get(event, {}), **said})


CONTACT = {"helper_kind": "contact", "helper_name": "己联系人", "helper_unit": "示例单位"}


# -- 25 and 26 June: the table, the report, the end


def annex_4_adds_up(story: Story) -> None:
    """TG-F401: found is put right and being put right, in every row; one household of two."""
    table = story.rollup(OFFICE, "rectification")

    assert {row: own for row, own in table.items() if own["found"]} == {
        "安全饮水": numbers_of(2, 1, 1),
        "脱贫人口就业": numbers_of(2, 1, 1),
        "total": numbers_of(4, 2, 2, households=1, persons=2),
    }
    assert len(table) == 12 + 1
    for row in table.values():
        assert row["found"] == row["rectified"] + row["in_progress"]
    village = story.rollup(VILLAGE, "rectification")["total"]
    assert (village["found"], village["to_recognise_households"]) == (3, 1)


def numbers_of(
    found: int,
    rectified: int,
    in_progress: int,
    households: int | None = None,
    persons: int | None = None,
) -> dict[str, int | None]:
    return {
        "found": found,
        "rectified": rectified,
        "in_progress": in_progress,
        "to_recognise_households": households,
        "to_recognise_persons": persons,
    }


def report_and_table_are_in_by_25_june(story: Story) -> None:
    """TG-D08, TG-S04: the report tells of four things; to the end of the 25th it is in time."""
    story.on("2021-06-25", 23)
    assert story.read_campaign()["current_phases"] == ["rectification", "summary"]
    papers, paper = story.papers, story.papers.of("report_and_table")
    files = [papers.attach(OFFICE, kind) for kind in ("report", "summary_table")]
    story.county.refused(
        OFFICE,
        paper,
        "draft_deliverable",
        "evidence_missing TG-D08",
        attachments=files[:1],
        form=dict.fromkeys(TOLD, True),
    )
    story.county.refused(
        OFFICE,
        paper,
        "draft_deliverable",
        "not_confirmed TG-S04",
        attachments=files,
        form=dict.fromkeys(TOLD, True) | {"tells_what_is_next": False},
    )
    papers.draft(paper, OFFICE, form=dict.fromkeys(TOLD, True))

    assert papers.submit(paper, OFFICE)["late"] == []
    story.act_refused("conclude_campaign", "papers_open TG-S04 TG-D08", **CONCLUSION)
    story.county.act(BUREAU, paper, "accept_deliverable")


CONCLUSION: dict[str, Any] = {
    "summary": "集中排查已完成",
    "form": {"assessment_findings": True, "for_assessment": "按时完成"},
}


def the_month_is_concluded(story: Story) -> None:
    """TG-D07, TG-S10, TG-A05: on the 26th, with the earlier appraisal's findings taken along."""
    story.on("2021-06-26")
    story.act_refused(
        "conclude_campaign", "not_confirmed TG-S10", "field_missing TG-A05", summary="总结"
    )

    assert story.act("conclude_campaign", **CONCLUSION)["late"] == []

    assert story.county.deadlines(story.campaign)["campaign_concluded"]["state"] == "met"
    goes_on = story.item(SHARED_OUT)
    assert story.county.actions(VILLAGE, goes_on)["assign_remediation"]["allowed"]
    story.nothing_impossible()
