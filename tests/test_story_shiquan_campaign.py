"""Shiquan's June of 2020, as one story: one inspection, one assessment, one recognition a month.

SQ: the month opens by itself; the resident teams look at every household, person by person; who is
at risk stands on the register and goes by the team, the town's work group, its leading group and
the county, before the village is told; the month ends when the numbers agree. An unscheduled check
finds a town wanting, which has its price at the year's end.
"""

from datetime import date
from typing import Any

from county import Matter
from story import FIRST_TOWN, FIRST_VILLAGE, Story, holder
from test_shiquan import DOCKET

TOWN, TEAM, OFFICE = "town", "resident_team", "county_office"
INSPECTION = "monthly_inspection"
DUTIES = {"inspection", "team_meeting", "recognition"}
JOBLESS = "主要劳动力返乡后三个月没有工作"


def test_sq_the_month_of_june_2020(under):
    story = Story(under("shiquan-2020"), TOWN, villages=2)

    the_month_opens_by_itself(story)
    every_household_is_looked_at_person_by_person(story)
    who_is_at_risk_goes_from_the_team_to_the_county_and_then_the_village(story)
    the_month_ends_when_its_numbers_agree(story)
    july_begins_anew(story)
    an_unscheduled_check_has_its_price(story)


def the_month_opens_by_itself(story: Story) -> None:
    """SQ-P01 to SQ-P03: for the town, all three; nobody needs to, or can, start one by hand."""
    story.on("2020-06-01")
    for village, kind in zip(story.villages * 2, KINDS, strict=True):
        story.home(f"{kind} of {village}", village, kind)

    opened = story.sweep()

    assert set(opened) == DUTIES
    story.campaign = opened["inspection"]
    assert story.tally() == {"expected": 4 + 2}
    assert story.read_campaign()["title"] == "一月一精准排查：逐户逐人摸排（2020年6月）"
    story.draft(title="临时排查", first_day="2020-06-01", last_day="2020-06-30")
    story.act_refused("start_campaign", "not_announced DX-25")
    story.act("cancel_campaign", reason="每月由系统立项")
    story.campaign = opened["inspection"]


KINDS = ("lifted_out", "non_poor", "non_poor", "lifted_out")
AT_RISK = f"lifted_out of {FIRST_VILLAGE}"


def every_household_is_looked_at_person_by_person(story: Story) -> None:
    """SQ-P01, SQ-C01, SQ-C03: lifted out or never poor; a risk has its type and its reason."""
    story.on("2020-06-05")
    risk = {"1": {"value": "unstable_employment"}}
    no_reason = story.form(TEAM, INSPECTION, AT_RISK, problems=risk)
    story.refused(TEAM, no_reason, "description_missing SQ-P01")
    no_risk = {"1": {"value": "bad_luck", "text": JOBLESS}}
    story.refused(
        TEAM, story.form(TEAM, INSPECTION, AT_RISK, problems=no_risk), "answer_unfit SQ-P01 SQ-C03"
    )
    for home in (one for one in story.homes if one != AT_RISK):
        team = holder(TEAM, home.split()[-1])
        assert story.file(team, INSPECTION, home, answers=[], signed=False).state == "accepted"
    story.file(
        TEAM,
        INSPECTION,
        AT_RISK,
        problems={"1": {"value": "unstable_employment", "text": JOBLESS}},
        form={"year_lifted_out": 2018},
    )

    assert story.tally() == {"expected": 2, "accepted": 4}
    [finding] = story.findings()
    assert (finding["became"], finding["what"]) == ("clue", JOBLESS)


def who_is_at_risk_goes_from_the_team_to_the_county_and_then_the_village(story: Story) -> None:
    """SQ-P02 to SQ-P05, SQ-H01, SQ-H02: publicity after the county's approval, not before it."""
    [finding] = story.findings()
    case = Matter(finding["case_id"], story.homes[AT_RISK], 1, "team_assessment")
    story.county.lead(case, "county_approval", DOCKET)
    too_soon = story.county.refused(TEAM, case, "post_publicity", status=409, place="村务公开栏")
    assert too_soon["code"] == "event_not_allowed"

    story.county.lead(case, "assisted", DOCKET[len(story.county.history(case)) - 1 :])

    assert story.county.history(case)[-2:] == ["agree_plan", "file"]
    both_annexes_have_the_household(story)


def both_annexes_have_the_household(story: Story) -> None:
    """SQ-P01, SQ-H01: who is at risk and why (annex 1), what is done by when (annex 2)."""
    register, measures = (story.sheet(TOWN, name) for name in ("risk_households", "measures"))

    assert register[0][0] == "石泉县返贫风险对象花名册（2020年6月）"
    assert register[-1][5:10] == [1, 2018, "因就业不稳", JOBLESS, "丙干部"]
    assert measures[0][0] == "石泉县返贫风险对象帮扶措施台账（2020年6月）"
    assert measures[-1][6:8] == ["因就业不稳", "公益性岗位"]
    assert measures[-1][8].date() == date(2020, 8, 31)
    assert len(register) == len(measures) == 3 + 1


def the_month_ends_when_its_numbers_agree(story: Story) -> None:
    """SQ-P01 to SQ-P03: as many as are on the list, one meeting at least, the group's day."""
    opened = story.sweep()
    story.on("2020-06-30", 23)
    inspection = opened["inspection"]
    not_concluded(story, inspection, "field_missing SQ-P01")
    not_concluded(story, inspection, "count_differs SQ-P01", households_inspected=3)
    assert conclude(story, inspection, households_inspected=4)["late"] == []
    meeting = opened["team_meeting"]
    not_concluded(story, meeting, "below_floor SQ-P02", team_meetings=0)
    conclude(story, meeting, team_meetings=1)
    not_concluded(story, opened["recognition"], "field_missing SQ-P03")

    story.on("2020-07-01", 0)
    overdue = story.county.get(TOWN, "/v1/deadlines", state="overdue", kind="campaign").json()
    assert [one["rule"] for one in overdue["items"]] == ["recognition"]
    met_on = {"form": {"leading_group_met_on": "2020-06-17"}, "summary": "已完成"}
    late = opened["recognition"]
    story.county.refused(TOWN, late, "conclude_campaign", "late_reason_missing DX-04", **met_on)
    [stamp] = story.county.act(TOWN, late, "conclude_campaign", reason="月末停电", **met_on)["late"]
    assert (stamp["rule"], stamp["days"]) == ("recognition", 1)


def july_begins_anew(story: Story) -> None:
    """SQ-P01: the whole list once more, whatever the last month had."""
    opened = story.sweep()

    assert {case.state for case in opened.values()} == {"under_way"}
    story.campaign = opened["inspection"]
    assert story.tally() == {"expected": 6}


def an_unscheduled_check_has_its_price(story: Story) -> None:
    """SQ-A01, SQ-A02, SQ-A03: recorded by a person, with its number and the decision."""
    story.on("2020-07-08")
    at = story.supervisions
    at.office = OFFICE
    case = at.plan("unscheduled", FIRST_TOWN)
    at.check(case, FIRST_TOWN)
    unproved = at.decision("no_commendation", FIRST_TOWN) | {"attachments": []}
    story.county.refused(
        OFFICE, case, "record_sanction", "sanction_without_evidence DX-54", **unproved
    )
    story.county.act(OFFICE, case, "record_sanction", **at.decision("no_commendation", FIRST_TOWN))
    story.county.act(OFFICE, case, "record_sanction", **at.decision("handed_over", FIRST_TOWN))
    story.county.act(OFFICE, case, "conclude_supervision", summary="已督查")

    assert {one["kind"] for one in at.sanctions()} == {"no_commendation", "handed_over"}
    story.nothing_impossible()


def conclude(story: Story, campaign: Matter, **form: Any) -> dict[str, Any]:
    said = {"summary": "已完成", "form": form}
    return story.county.act(TOWN, campaign, "conclude_campaign", **said)


def not_concluded(story: Story, campaign: Matter, *because: str, **form: Any) -> None:
    said = {"summary": "已完成", "form": form}
    story.county.refused(TOWN, campaign, "conclude_campaign", *because, **said)
