"""The Shiquan measures of 2020 (SQ): monthly inspection to recognition, help, striking off.

The county approves first and the village is told afterwards. The document gives a case no limit
in days, its publicity no length and no objections: nothing here waits, and nothing is late.
"""

import pytest
from county import AREAS, County, facts

TEAM, TOWN, CADRE = "resident_team", "town", "responsible_cadre"
VILLAGE = "village_committee"
WORK_GROUP, LEADING_GROUP = "town_work_group", "town_leading_group"
OFFICE, DEPARTMENT = "county_office", "sector_department"

RISKS = (
    "serious_illness",
    "natural_disaster",
    "accident",
    "failed_business",
    "unstable_employment",
    "other",
)
STANDARD = ("food", "clothing", "schooling", "medical", "housing")
LINE = {
    "channel": "monthly_inspection",
    "risk_types": ["unstable_employment"],
    "description": "主要劳动力返乡后一直没有工作",
    "form": {"year_lifted_out": 2018},
}
"""The household's line in the register of annex 1."""


def assessment(**changes):
    return {
        "held_on": "2020-06-10",
        "object_type": "risk_household",
        "risk_types": ["unstable_employment"],
        "facts": facts(),
        "form": {"months_unemployed": 3},
    } | changes


def measure(**changes):
    return {
        "number": 1,
        "risk_type": "unstable_employment",
        "kind": "employment",
        "what": "公益性岗位",
        "due_on": "2020-08-31",
    } | changes


def meeting(opinion="for", day="2020-06-17"):
    return {"held_on": day, "participants": 7, "opinion": opinion}


def check(unmet="", day="2020-09-16"):
    return {
        "visited_on": day,
        "visitors": ["甲镇干", "乙队员"],
        "criteria": [{"criterion": one, "met": one != unmet} for one in STANDARD],
    }


APPOINTED = {"helper_kind": "responsible_cadre", "helper_name": "丙干部", "helper_unit": "示例局"}
DONE = {"measure": 1, "done": True, "progress": "已上岗", "effect": "收入恢复"}

DOCKET = (
    ("2020-06-10", LEADING_GROUP, "record_opinion", {"opinion": "for"}),
    ("2020-06-10", TEAM, "conclude_review", assessment()),
    ("2020-06-15", WORK_GROUP, "approve", {"opinion": "同意认定"}),
    ("2020-06-17", LEADING_GROUP, "conclude_deliberation", meeting()),
    ("2020-06-22", OFFICE, "approve", {"opinion": "同意批准"}),
    ("2020-06-23", TEAM, "post_publicity", {"place": "村务公开栏"}),
    ("2020-06-23", TEAM, "conclude_publicity", {}),
    ("2020-06-24", TEAM, "assign_helper", APPOINTED),
    ("2020-06-28", TOWN, "agree_plan", {"measures": [measure()]}),
    ("2020-06-30", OFFICE, "file", {"filing_number": "2020-06-001"}),
    ("2020-09-15", VILLAGE, "propose_elimination", {"reason": "已达到脱贫标准"}),
    ("2020-09-16", TOWN, "record_criteria", check()),
    ("2020-09-22", OFFICE, "approve", {"opinion": "复核合格"}),
    ("2020-09-24", TOWN, "announce", {"place": "镇、村公开栏"}),
    ("2020-09-24", TOWN, "mark_eliminated", {"marked_on": "2020-09-24"}),
)


@pytest.fixture(name="county")
def a_county(under) -> County:
    county = under("shiquan-2020")
    county.on("2020-06-05")
    return county


@pytest.fixture
def a_case(county):
    """Return what leads the case of a new household to a state."""

    def led_to(state, household_type="lifted_out", **said):
        county.on("2020-06-05")
        household = county.household(TEAM, household_type)
        return county.lead(county.open(TEAM, household, **LINE | said), state, DOCKET)

    return led_to


def blockers(answer):
    return [(one["code"], one["cite"]) for one in answer.json()["blockers"]]


def test_sq_p01_a_household_from_the_inspection_of_june_2020_until_it_is_struck_off(  # noqa: PLR0915 - the whole document
    county,
):
    household = county.household(TEAM, "lifted_out")

    # 一月一精准排查: found in June, and entered in the register with risk, reason and year
    refused = county.try_open(TEAM, household, channel="monthly_inspection")
    assert blockers(refused) == [("field_missing", "SQ-P01")] * 3
    case = county.open(TEAM, household, **LINE)

    # 一月一精准评估: the team's meeting assesses while the town's leading group checks
    county.on("2020-06-10")
    county.refused(TEAM, case, "conclude_review", "act_missing SQ-P02", **assessment())
    county.refused(TEAM, case, "record_opinion", status=403, opinion="for")
    county.act(LEADING_GROUP, case, "record_opinion", opinion="for", remark="情况属实")
    assert case.state == "team_assessment"
    county.refused(
        TEAM,
        case,
        "conclude_review",
        "below_floor SQ-C03",
        **assessment(form={"months_unemployed": 2}),
    )
    county.act(TEAM, case, "conclude_review", **assessment())

    # 一月一精准认定: the work group, then the leading group in a meeting, which may say no
    county.on("2020-06-15")
    county.refused(OFFICE, case, "approve", status=403, opinion="同意批准")
    county.act(WORK_GROUP, case, "approve", opinion="同意认定")
    county.on("2020-06-17")
    county.refused(
        LEADING_GROUP, case, "conclude_deliberation", "opinion_against SQ-P03", **meeting("against")
    )
    county.refused(TEAM, case, "post_publicity", status=409, place="村务公开栏")
    county.act(LEADING_GROUP, case, "conclude_deliberation", **meeting())

    # The county approves, and only then the village is told
    county.on("2020-06-22")
    county.refused(TEAM, case, "post_publicity", status=409, place="村务公开栏")
    county.act(OFFICE, case, "approve", opinion="同意批准")
    county.on("2020-06-23")
    county.refused(
        TEAM,
        case,
        "post_publicity",
        "personal_data_in_notice DX-05",
        place="村务公开栏",
        remark="户主患重病",
    )
    county.act(TEAM, case, "post_publicity", place="村务公开栏")
    county.refused(VILLAGE, case, "object", status=409, anonymous=True, statement="该户有收入")
    county.act(TEAM, case, "conclude_publicity")

    # 一户一人精准包抓
    county.on("2020-06-24")
    county.refused(
        TEAM, case, "assign_helper", "not_listed SQ-H02", **APPOINTED | {"helper_kind": "second"}
    )
    county.act(TEAM, case, "assign_helper", **APPOINTED)

    # 一户一套精准措施: each with its day of completion, filed with the county
    county.on("2020-06-28")
    county.refused(
        TOWN, case, "agree_plan", "measure_incomplete SQ-H01", measures=[measure(due_on=None)]
    )
    county.act(TOWN, case, "agree_plan", measures=[measure()])
    county.on("2020-06-30")
    county.refused(TOWN, case, "file", status=403, filing_number="2020-06-001")
    county.act(OFFICE, case, "file", filing_number="2020-06-001")
    assert case.state == "assisted"

    # The months of help: the inspection goes on, the cadre answers for the measures
    county.on("2020-07-06")
    visitors = [{"name": "乙队员", "role": "resident_team"}]
    county.act(TEAM, case, "record_visit", visited_on="2020-07-06", visitors=visitors)
    county.on("2020-08-20")
    county.act(CADRE, case, "record_progress", **DONE)

    # 一户一验收精准销号: the village applies, the town checks, the county confirms
    county.on("2020-09-15")
    county.refused(TOWN, case, "propose_elimination", status=403, reason="已达标")
    county.act(VILLAGE, case, "propose_elimination", reason="已达到脱贫标准")
    county.on("2020-09-16")
    county.refused(
        TOWN, case, "record_criteria", "criterion_not_met SQ-E01 SQ-C04", **check("housing")
    )
    county.act(TOWN, case, "record_criteria", **check())
    county.on("2020-09-22")
    county.act(OFFICE, case, "approve", opinion="复核合格")
    county.on("2020-09-24")
    county.refused(TOWN, case, "mark_eliminated", status=409, marked_on="2020-09-24")
    county.act(TOWN, case, "announce", place="镇、村公开栏")
    county.act(TOWN, case, "mark_eliminated", marked_on="2020-09-24")

    assert case.state == "eliminated"
    assert county.deadlines(case) == {}


# Whom it concerns: 一, 二


@pytest.mark.parametrize(
    ("household_type", "form"),
    [
        pytest.param("lifted_out", {"year_lifted_out": 2014}, id="lifted out in 2014"),
        pytest.param("lifted_out", {"year_lifted_out": 2019}, id="lifted out in 2019"),
        pytest.param("non_poor", {}, id="never poor"),
    ],
)
def test_sq_c01_all_lifted_out_since_2014_and_all_others_are_monitored(
    a_case, household_type, form
):
    assert a_case("team_assessment", household_type, form=form).state == "team_assessment"


def test_sq_c01_who_left_poverty_before_2014_is_no_lifted_out_household_of_the_system(county):
    household = county.household(TEAM, "lifted_out")

    refused = county.try_open(TEAM, household, **LINE | {"form": {"year_lifted_out": 2013}})

    assert blockers(refused) == [("below_floor", "SQ-C01")]


@pytest.mark.parametrize("object_type", ["risk_household", "fallen_back"])
def test_sq_c02_there_are_two_classes(county, a_case, object_type):
    case = a_case("team_assessment")
    county.on("2020-06-10")
    county.act(LEADING_GROUP, case, "record_opinion", opinion="for")

    county.refused(
        TEAM, case, "conclude_review", "not_listed SQ-C02", **assessment(object_type="marginal")
    )
    answer = county.act(TEAM, case, "conclude_review", **assessment(object_type=object_type))

    assert answer["case"]["object_type"] == object_type


@pytest.mark.parametrize("risk", RISKS)
def test_sq_c03_a_risk_is_one_of_six(county, a_case, risk):
    case = a_case("team_assessment", risk_types=[risk])

    assert case.state == "team_assessment"
    assert tuple(one.code for one in county.policy.lists["risk_types"]) == RISKS


@pytest.mark.parametrize(
    ("said", "blocker"),
    [
        pytest.param({"risk_types": ["schooling"]}, ("not_listed", "SQ-C03"), id="a seventh"),
        pytest.param({"risk_types": []}, ("field_missing", "SQ-P01"), id="none"),
    ],
)
def test_sq_c03_there_is_no_seventh_risk_and_nobody_enters_without_one(county, said, blocker):
    household = county.household(TEAM, "lifted_out")

    refused = county.try_open(TEAM, household, **LINE | said)

    assert blockers(refused) == [blocker]


@pytest.mark.parametrize(
    ("risks", "because"),
    [
        pytest.param([], "field_missing SQ-C03", id="none"),
        pytest.param(["schooling"], "not_listed SQ-C03", id="a seventh"),
    ],
)
def test_sq_c03_what_the_team_assesses_is_one_of_the_six_as_well(county, a_case, risks, because):
    case = a_case("team_assessment")
    county.on("2020-06-10")
    county.act(LEADING_GROUP, case, "record_opinion", opinion="for")

    county.refused(TEAM, case, "conclude_review", because, **assessment(risk_types=risks))


def test_sq_c03_no_number_of_risks_is_stated_a_household_may_have_all_of_them(a_case):
    assert a_case("team_assessment", risk_types=list(RISKS)).state == "team_assessment"


@pytest.mark.parametrize(
    ("risk", "form", "because"),
    [
        pytest.param("unstable_employment", {"months_unemployed": 3}, [], id="3 months"),
        pytest.param(
            "unstable_employment", {"months_unemployed": 2}, ["below_floor SQ-C03"], id="2 months"
        ),
        pytest.param("unstable_employment", {}, [], id="unstable, and not out of work"),
        pytest.param("accident", {"months_unemployed": 1}, [], id="another risk"),
        pytest.param(
            "unstable_employment",
            {"months_unemployed": "三"},
            ["field_unfit SQ-C03"],
            id="no number",
        ),
    ],
)
def test_sq_c03_who_was_put_out_of_work_has_been_so_for_3_months(
    county, a_case, risk, form, because
):
    case = a_case("team_assessment")
    county.on("2020-06-10")
    county.act(LEADING_GROUP, case, "record_opinion", opinion="for")
    said = assessment(risk_types=[risk], form=form)

    if because:
        county.refused(TEAM, case, "conclude_review", *because, **said)
    else:
        county.act(TEAM, case, "conclude_review", **said)


@pytest.mark.parametrize("unmet", STANDARD)
def test_sq_c04_the_national_standard_is_not_lowered(county, a_case, unmet):
    case = a_case("elimination_verification")
    county.on("2020-09-16")
    lower = check()
    lower["criteria"] = [one for one in lower["criteria"] if one["criterion"] != unmet]

    county.refused(TOWN, case, "record_criteria", "criterion_not_stated SQ-E01 SQ-C04", **lower)


def test_sq_c04_the_national_standard_is_not_raised(county, a_case):
    case = a_case("elimination_verification")
    county.on("2020-09-16")
    higher = check()
    higher["criteria"].append({"criterion": "new_house", "met": True})

    county.refused(TOWN, case, "record_criteria", "not_listed SQ-E01 SQ-C04", **higher)
    assert county.policy.monitoring_object.eligibility.income_lines == ()


# The monthly cycle: 三


def test_sq_p01_sq_p02_sq_p03_inspection_assessment_and_recognition_recur_every_month(county):
    recurring = {duty.cite: duty.unit.value for duty in county.policy.standing_duties}

    assert recurring == dict.fromkeys(("SQ-P01", "SQ-P02", "SQ-P03"), "end_of_month")


@pytest.mark.parametrize(
    "without",
    [
        pytest.param({"description": None}, id="the reason"),
        pytest.param({"form": {}}, id="the year in which poverty was left"),
    ],
)
def test_sq_p01_the_register_has_its_columns(county, without):
    household = county.household(TEAM, "lifted_out")

    refused = county.try_open(TEAM, household, **LINE | without)

    assert blockers(refused) == [("field_missing", "SQ-P01")]


def test_sq_p01_a_household_comes_by_the_inspection_alone(county):
    household = county.household(TEAM, "lifted_out")

    refused = county.try_open(TEAM, household, **LINE | {"channel": "self_application"})

    assert blockers(refused) == [("not_listed", "SQ-P01")]


def test_sq_p02_the_town_s_leading_group_checks_while_the_team_assesses(county, a_case):
    case = a_case("team_assessment")
    county.on("2020-06-10")
    opinion = county.actions(LEADING_GROUP, case)["record_opinion"]

    assert opinion["allowed"]
    assert [state["code"] for state in opinion["next_states"]] == ["team_assessment"]
    county.refused(TEAM, case, "conclude_review", "act_missing SQ-P02", **assessment())


def test_sq_p02_what_the_leading_group_speaks_against_does_not_go_on(county, a_case):
    case = a_case("team_assessment")
    county.on("2020-06-10")
    county.act(LEADING_GROUP, case, "record_opinion", opinion="against", remark="情况不实")

    county.refused(TEAM, case, "conclude_review", "opinion_against SQ-P02", **assessment())
    county.act(LEADING_GROUP, case, "record_opinion", opinion="for", remark="已补充核实")
    county.act(TEAM, case, "conclude_review", **assessment())


def test_sq_p03_the_meeting_passes_what_the_work_group_recognised(county, a_case):
    case = a_case("township_review")
    county.refused(LEADING_GROUP, case, "conclude_deliberation", status=409, **meeting())

    county.lead(case, "township_meeting", DOCKET[2:])
    county.on("2020-06-17")
    county.refused(
        LEADING_GROUP, case, "conclude_deliberation", "opinion_against SQ-P03", **meeting("against")
    )
    county.refused(WORK_GROUP, case, "conclude_deliberation", status=403, **meeting())
    county.act(LEADING_GROUP, case, "conclude_deliberation", **meeting())

    assert case.state == "county_approval"


def test_sq_p04_the_county_s_office_approves_and_nobody_else(county, a_case):
    action = county.actions(OFFICE, a_case("county_approval"))["approve"]

    assert [role["code"] for role in action["by"]] == ["county_office"]


def test_sq_p04_a_household_that_the_county_refuses_is_told_why(county, a_case):
    case = a_case("county_approval")

    county.act(OFFICE, case, "refuse", reason="不符合标准")
    told = {"means": "visit", "explained_to": "张某"}
    county.refused(
        TEAM, case, "explain_refusal", "date_in_future DX-06", explained_on="2021-01-04", **told
    )
    county.act(TEAM, case, "explain_refusal", explained_on=county.today, **told)

    assert case.state == "not_qualified"


def test_sq_p05_the_publicity_comes_after_the_county_s_approval(county, a_case):
    case = a_case("monitored")

    assert county.history(case) == [
        "open",
        "record_opinion",
        "conclude_review",
        "approve",
        "conclude_deliberation",
        "approve",
        "post_publicity",
        "conclude_publicity",
    ]


def test_sq_p05_no_length_and_no_objection_are_stated_and_none_is_enforced(county, a_case):
    case = a_case("publicity")

    assert county.may(TEAM, case) == {
        "repost_publicity",
        "conclude_publicity",
        "return_case",
    }
    assert county.deadlines(case) == {}
    county.act(TEAM, case, "conclude_publicity")


def test_sq_p05_what_the_public_s_supervision_brings_up_sends_the_case_back(county, a_case):
    case = a_case("publicity")

    county.act(
        TEAM,
        case,
        "return_case",
        to="team_assessment",
        reason="群众反映收入不实",
        to_fix=["重新核实收入"],
    )

    assert case.state == "team_assessment"


# Help: 四（一）and 四（二）


def test_sq_h01_each_measure_answers_a_risk_and_has_its_day(county, a_case):
    case = a_case("planning")

    for changed, blocker in (
        ({"due_on": None}, "measure_incomplete"),
        ({"risk_type": None}, "measure_incomplete"),
        ({"risk_type": "schooling"}, "not_listed"),
    ):
        refused = county.refused(TOWN, case, "agree_plan", measures=[measure(**changed)])
        assert (blocker, "SQ-H01") in [(one["code"], one["cite"]) for one in refused["blockers"]]


def test_sq_h01_a_plan_that_is_revised_has_the_same_columns(county, a_case):
    case = a_case("assisted")
    revised = {"reason": "岗位到期", "measures": [measure(what="企业务工")]}

    county.refused(
        TOWN,
        case,
        "revise_plan",
        "measure_incomplete SQ-H01",
        "not_listed SQ-H01",
        **revised | {"measures": [measure(due_on=None, risk_type="schooling")]},
    )
    county.act(TOWN, case, "revise_plan", **revised)


def test_sq_h01_progress_is_reported_on_measures_of_the_plan_alone(county, a_case):
    county.refused(
        CADRE, a_case("assisted"), "record_progress", "not_listed SQ-H01", **DONE | {"measure": 2}
    )


def test_sq_h01_the_plan_is_filed_with_the_county_or_goes_back(county, a_case):
    case = a_case("plan_filing")

    county.act(
        OFFICE,
        case,
        "return_case",
        to="planning",
        reason="措施与风险原因不符",
        to_fix=["重新制定措施"],
    )
    county.act(TOWN, case, "agree_plan", measures=[measure(what="企业务工")])
    county.act(OFFICE, case, "file", filing_number="2020-06-002")

    assert case.state == "assisted"


def test_sq_h02_one_cadre_answers_for_a_household_and_none_comes_beside(county, a_case):
    case = a_case("assisted")

    county.refused(TEAM, case, "add_helper", status=409, **APPOINTED)
    county.act(
        TEAM, case, "replace_helper", ground="transfer", **APPOINTED | {"helper_name": "丁干部"}
    )

    assert case.state == "assisted"


@pytest.mark.parametrize("role", [CADRE, TEAM, DEPARTMENT])
def test_sq_h02_the_cadre_and_those_who_follow_the_measures_report_on_them(county, a_case, role):
    county.act(role, a_case("assisted"), "record_progress", **DONE)


# Check and striking off: 四（三）


def test_sq_e01_the_village_applies(county, a_case):
    action = county.actions(VILLAGE, a_case("assisted"))["propose_elimination"]

    assert [role["code"] for role in action["by"]] == ["village_committee"]


def test_sq_e01_sq_e02_sq_e03_sq_e04_the_steps_come_in_their_order(county, a_case):
    case = a_case("eliminated")

    assert county.history(case)[-5:] == [
        "propose_elimination",
        "record_criteria",
        "approve",
        "announce",
        "mark_eliminated",
    ]


def test_sq_e02_who_does_not_pass_the_town_s_check_is_helped_on(county, a_case):
    case = a_case("elimination_verification")

    county.refused(OFFICE, case, "approve", status=409, opinion="合格")
    county.act(TOWN, case, "roll_back", reason="住房尚未达标")

    assert case.state == "assisted"


def test_sq_e03_the_county_confirms_or_sends_back(county, a_case):
    case = a_case("elimination_county")
    county.refused(TOWN, case, "approve", status=403, opinion="合格")

    county.act(
        OFFICE,
        case,
        "return_case",
        to="elimination_verification",
        reason="验收资料不全",
        to_fix=["补充验收资料"],
    )

    assert case.state == "elimination_verification"


def test_sq_e04_the_name_is_announced_and_nothing_is_posted_before(county, a_case):
    case = a_case("elimination_announcement")
    county.refused(TOWN, case, "post_publicity", status=409, place="村务公开栏")

    county.act(VILLAGE, case, "announce", place="村务公开栏")
    county.act(TOWN, case, "mark_eliminated", marked_on=county.today)

    assert case.state == "eliminated"


# What every document leaves to the house


LATER = "2021-01-04"
VISITORS = [{"name": "乙队员", "role": "resident_team"}]


@pytest.mark.parametrize(
    ("state", "role", "event", "said"),
    [
        ("team_assessment", TEAM, "conclude_review", assessment(held_on=LATER)),
        ("township_meeting", LEADING_GROUP, "conclude_deliberation", meeting(day=LATER)),
        ("assisted", TEAM, "record_visit", {"visited_on": LATER, "visitors": VISITORS}),
        ("elimination_verification", TOWN, "record_criteria", check(day=LATER)),
        ("elimination_marking", TOWN, "mark_eliminated", {"marked_on": LATER}),
        (
            "assisted",
            VILLAGE,
            "end_naturally",
            {"ground": "death", "ended_on": LATER, "reason": "户主去世"},
        ),
    ],
)
def test_dx_06_nothing_is_dated_after_today(county, a_case, state, role, event, said):
    refused = county.refused(role, a_case(state), event, **said)

    assert ("date_in_future", "DX-06") in [(b["code"], b["cite"]) for b in refused["blockers"]]


def test_dx_06_no_risk_arose_and_none_was_found_after_today(county):
    household = county.household(TEAM, "lifted_out")

    refused = county.try_open(
        TEAM, household, **LINE | {"occurred_on": LATER, "discovered_on": LATER}
    )

    assert blockers(refused) == [("date_in_future", "DX-06")] * 2


def test_dx_08_monitoring_ends_when_nobody_is_left(county, a_case):
    case = a_case("assisted")
    said = {"ended_on": county.today, "reason": "整户迁往外省"}

    county.refused(VILLAGE, case, "end_naturally", "not_listed DX-08", ground="rich", **said)
    county.act(VILLAGE, case, "end_naturally", ground="moved_away", **said)

    assert case.state == "naturally_ended"


def test_dx_03_a_household_may_decline_until_the_county_has_approved(county, a_case):
    case = a_case("county_approval")

    county.act(VILLAGE, case, "withdraw", reason="农户不愿纳入")

    assert case.state == "withdrawn"


# Accountability is recorded by people: the document's consequences are lists, nothing imposes them


def test_sq_a01_sq_a02_sq_a03_sq_a04_goals_and_consequences_are_named(county):
    lists = county.policy.lists

    assert [one.cite for one in lists["consequences"]] == ["SQ-A01", "SQ-A02", "SQ-A03"]
    assert [one.code for one in lists["goals"]] == ["no_return", "no_new_poverty"]


def test_sq_c01_the_document_knows_no_traits_of_a_household(county):
    body = county.district.a_household() | {
        "area_code": AREAS["village"],
        "household_type": "lifted_out",
        "traits": ["relocated"],
    }

    refused = county.post(TEAM, "/v1/households", body)

    assert [one["code"] for one in refused.json()["blockers"]] == ["not_listed"]


# Who does what: the roles of the measures

SAID = {event: said for _, _, event, said in DOCKET}


def test_sq_r02_the_town_s_leading_group_checks_and_passes_and_does_nothing_else(county, a_case):
    case = a_case("team_assessment")
    assert county.may(LEADING_GROUP, case) == {"record_opinion"}
    county.only(LEADING_GROUP, case=case, event="record_opinion", opinion="for")

    county.lead(case, "township_meeting", DOCKET[1:])
    county.on("2020-06-17")
    county.only(LEADING_GROUP, case=case, event="conclude_deliberation", **meeting())
    assert county.may(LEADING_GROUP, case) == set()


@pytest.mark.parametrize(
    ("state", "event"),
    [
        pytest.param("posting", "post_publicity", id="posts what was approved"),
        pytest.param("publicity", "conclude_publicity", id="ends the publicity"),
        pytest.param("monitored", "assign_helper", id="names the responsible cadre"),
    ],
)
def test_sq_r03_the_resident_team_carries_it_out_and_nobody_else(county, a_case, state, event):
    county.only(TEAM, case=a_case(state), event=event, **SAID[event])


def test_sq_r03_the_resident_team_assesses_and_nobody_else(county, a_case):
    case = a_case("team_assessment")
    county.act(LEADING_GROUP, case, "record_opinion", opinion="for")

    county.on("2020-06-10")
    county.only(TEAM, case=case, event="conclude_review", **assessment())


@pytest.mark.parametrize(
    ("state", "event"),
    [
        pytest.param("county_approval", "approve", id="approves"),
        pytest.param("plan_filing", "file", id="files the measures"),
        pytest.param("elimination_county", "approve", id="confirms that it may be struck off"),
    ],
)
def test_sq_r04_the_county_s_office_approves_files_and_confirms_alone(county, a_case, state, event):
    county.only(OFFICE, case=a_case(state), event=event, **SAID[event])


def test_sq_r06_a_department_follows_its_measures_and_does_nothing_else(county, a_case):
    case = a_case("assisted")
    assert county.may(DEPARTMENT, case) == {"record_progress"}

    followers = (DEPARTMENT, CADRE, TEAM)
    county.only(*followers, case=case, event="record_progress", **DONE)


def test_sq_r07_one_cadre_answers_for_a_household_and_stands_in_both_annexes(county, a_case):
    case = a_case("assisted")
    assert county.may(CADRE, case) == {"record_progress", "record_visit"}
    county.only(CADRE, TEAM, DEPARTMENT, case=case, event="record_progress", **DONE)

    columns = {
        ledger.code: [one.code for one in ledger.columns] for ledger in county.policy.ledgers
    }
    assert [name for name, codes in columns.items() if "helper" in codes] == ["roster", "measures"]


def test_sq_r08_the_village_applies_for_the_check_and_nobody_else(county, a_case):
    case = a_case("assisted")

    county.on("2020-09-15")
    county.only(VILLAGE, case=case, event="propose_elimination", reason="已达到脱贫标准")
