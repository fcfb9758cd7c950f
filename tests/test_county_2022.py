"""The county's inspection plan of 2022 (XC) 四（一）: check, comparison, publicity, disclosure.

The plan asks whether a case was dealt with in its order; so the case cannot be dealt with in
another. It states no length of the publicity and no limit in days: nothing here waits.
"""

from datetime import date

import pytest
from county import County, facts

DEPARTMENTS = (
    "poverty_relief",
    "education",
    "housing",
    "medical_insurance",
    "water",
    "civil_affairs",
    "disabled_federation",
)
DAY = "2022-06-06"
REPORTED = {"channel": "self_application", "entry_point": "qr_code"}
SIGNED, UNSIGNED = {"signed_by_visitors": True}, {"signed_by_visitors": False}


def visit(**changes):
    visited = {"visited_on": DAY, "visitors": ["甲村干", "乙村干"], "at_risk": True}
    return visited | {"form": SIGNED} | changes


def review(**changes):
    return {
        "held_on": DAY,
        "attendance": [{"group": "village_committee", "present": 5, "of": 7}],
        "object_type": "marginal",
        "risk_types": ["illness"],
        "facts": facts(),
    } | changes


def answers(**verdicts):
    """Return every department's answer: agreeing, but for those named (`water="differs"`)."""
    return {
        "findings": [
            {"department": one, "field": "related_data", "verdict": verdicts.get(one, "agrees")}
            for one in DEPARTMENTS
        ]
    }


def codes(labelled):
    return [one["code"] for one in labelled]


def because(refused):
    return [f"{b['code']} {b['cite']}" for b in refused.json()["blockers"]]


HELPER = {"helper_kind": "responsible", "helper_name": "丙帮扶", "helper_unit": "示例单位"}
MEASURE = {"number": 1, "kind": "health", "what": "医疗救助", "risk_type": "illness"}
CRITERIA = {
    "visited_on": DAY,
    "visitors": ["甲村干"],
    "criteria": [{"criterion": "effect_stable", "met": True}],
}
TOLD = {"means": "visit", "told_on": DAY, "told_to": "张某"}

DOCKET = (  # all on one day: the document lets it
    (DAY, "village_committee", "record_verification", visit()),
    (DAY, "village_committee", "conclude_review", review()),
    (DAY, "comparing_department", "record_comparison", answers()),
    (DAY, "comparing_department", "close_comparison", {}),
    (DAY, "village_committee", "post_publicity", {"place": "村务公开栏"}),
    (DAY, "village_committee", "conclude_publicity", {}),
    (DAY, "township_office", "announce", {"place": "乡政府公开栏"}),
    (DAY, "village_committee", "notify_household", TOLD),
    (DAY, "township_office", "assign_helper", HELPER),
    (DAY, "township_office", "agree_plan", {"measures": [MEASURE]}),
    (DAY, "village_committee", "propose_elimination", {"reason": "风险已稳定消除"}),
    (DAY, "village_committee", "record_criteria", CRITERIA),
    (DAY, "village_committee", "mark_eliminated", {"marked_on": DAY}),
)


@pytest.fixture(name="county")
def a_county(under) -> County:
    county = under("county-2022")
    county.on(DAY)
    return county


@pytest.fixture
def a_case(county):
    """Return what leads the case of a new household to a state."""

    def led_to(state, household_type="ordinary", **reported):
        household = county.household("village_committee", household_type)
        case = county.open("village_committee", household, **(REPORTED | reported))
        return county.lead(case, state, DOCKET)

    return led_to


def test_xc_p01_xc_p02_xc_p03_xc_p04_a_household_from_the_qr_code_until_its_risk_is_gone(  # noqa: PLR0915 - one story
    county,
):
    household = county.household("resident_team", "ordinary")
    case = county.open(
        "resident_team", household, channel="self_application", entry_point="qr_code_helped"
    )

    # 家庭情况核查: the cadres go there, and whoever went signs
    county.on("2022-06-07")
    county.refused("village_committee", case, "conclude_review", status=409, **review())
    county.refused(
        "village_committee",
        case,
        "record_verification",
        "not_confirmed XC-X01",
        **visit(visited_on="2022-06-07", form=UNSIGNED),
    )
    county.act("village_committee", case, "record_verification", **visit(visited_on="2022-06-07"))

    # 村两委会议集中评估研判
    county.on("2022-06-08")
    county.refused(
        "village_committee",
        case,
        "conclude_review",
        "group_absent XC-K14",
        "below_floor XC-K16",
        **review(held_on="2022-06-08", attendance=[], risk_types=[]),
    )
    county.act("village_committee", case, "conclude_review", **review(held_on="2022-06-08"))

    # 比对: before anything is posted, every department, every difference looked into
    county.on("2022-06-09")
    county.refused("village_committee", case, "post_publicity", status=409, place="村务公开栏")
    county.refused("comparing_department", case, "close_comparison", "comparison_missing XC-P02")
    county.act("comparing_department", case, "record_comparison", **answers(housing="differs"))
    county.refused("comparing_department", case, "close_comparison", "hit_not_concluded XC-P02")
    county.act(
        "village_committee",
        case,
        "conclude_comparison",
        conclusion="explained",
        officer="甲村干",
        reason="该房产登记在已分户子女名下",
    )
    county.act("comparing_department", case, "close_comparison")

    # 公示: no length is stated, but a complaint is dealt with first
    county.on("2022-06-10")
    county.act("village_committee", case, "post_publicity", place="村务公开栏")
    county.act("township_office", case, "object", anonymous=True, statement="该户有门面房")
    county.refused("village_committee", case, "conclude_publicity", "objection_open XC-P03 XC-X03")
    county.act(
        "village_committee", case, "reject_objection", objection=1, reason="上户核实，不属实"
    )
    county.act("village_committee", case, "conclude_publicity")

    # 公开, and the result is told to the household
    county.on("2022-06-13")
    county.act("township_office", case, "announce", place="乡政府公开栏")
    county.refused("township_office", case, "assign_helper", status=409, **HELPER)
    county.act("village_committee", case, "notify_household", **(TOLD | {"told_on": "2022-06-13"}))

    # 帮扶责任落实, 因户施策
    county.act("township_office", case, "assign_helper", **HELPER)
    without_risk = {"number": 1, "kind": "health", "what": "医疗救助"}
    county.refused(
        "township_office",
        case,
        "agree_plan",
        "measure_incomplete XC-K16",
        measures=[without_risk],
    )
    county.act("township_office", case, "agree_plan", measures=[MEASURE])
    county.on("2022-08-10")
    county.act(
        "resident_team",
        case,
        "record_visit",
        visited_on="2022-08-10",
        visitors=[{"name": "丁队员", "role": "resident_team"}],
    )
    county.act(
        "village_committee",
        case,
        "record_progress",
        measure=1,
        done=True,
        progress="已报销",
        effect="自付费用下降",
    )

    # 应消尽消, but only what is stably gone
    county.on("2022-11-08")
    county.act("village_committee", case, "propose_elimination", reason="措施已落实")
    county.refused(
        "village_committee",
        case,
        "record_criteria",
        "criterion_not_met XC-K16",
        visited_on="2022-11-08",
        visitors=["甲村干"],
        criteria=[{"criterion": "effect_stable", "met": False}],
    )
    county.act("village_committee", case, "roll_back", reason="效果尚不稳定")
    county.on("2022-12-08")
    county.act("village_committee", case, "propose_elimination", reason="风险已稳定消除")
    county.act(
        "village_committee", case, "record_criteria", **(CRITERIA | {"visited_on": "2022-12-08"})
    )
    county.act("village_committee", case, "mark_eliminated", marked_on="2022-12-08")

    assert case.state == "eliminated"
    assert county.deadlines(case) == {}


# The order of a case (四（一）2)


@pytest.mark.parametrize(
    ("state", "too_early"),
    [
        pytest.param("verification", "record_comparison", id="XC-P01 before XC-P02"),
        pytest.param("comparison", "post_publicity", id="XC-P02 before XC-P03"),
        pytest.param("publicity", "announce", id="XC-P03 before XC-P04"),
    ],
)
def test_xc_p01_xc_p02_xc_p03_xc_p04_no_step_comes_before_the_one_that_precedes_it(
    county, a_case, state, too_early
):
    said = {event: body for _, _, event, body in DOCKET}

    case = a_case(state)

    county.refused("village_committee", case, too_early, status=409, **said[too_early])


def test_xc_p02_a_confirmed_hit_keeps_the_household_from_being_posted(county, a_case):
    case = a_case("comparison")
    county.act("comparing_department", case, "record_comparison", **answers(water="differs"))
    county.act(
        "village_committee",
        case,
        "conclude_comparison",
        conclusion="confirmed",
        officer="甲村干",
        reason="经核实属实",
    )

    county.refused("comparing_department", case, "close_comparison", "hit_confirmed XC-P02")


def test_xc_p02_a_household_checked_anew_is_compared_anew(county, a_case):
    case = a_case("publicity")
    county.act("village_committee", case, "object", anonymous=False, statement="有异议")
    county.act("village_committee", case, "uphold_objection", objection=1, reason="属实，重新核实")
    assert case.state == "verification"

    county.lead(case, "comparison", DOCKET)

    county.refused("comparing_department", case, "close_comparison", "comparison_missing XC-P02")


def test_xc_p03_no_length_of_the_publicity_is_stated_and_none_is_enforced(county, a_case):
    case = a_case("publicity")

    assert county.deadlines(case) == {}
    county.act("village_committee", case, "conclude_publicity")


def test_xc_p04_the_result_is_disclosed_at_any_level_for_the_document_names_none(county, a_case):
    action = county.actions("village_committee", a_case("announcement"))["announce"]

    assert codes(action["by"]) == ["village_committee", "township_office", "county_office"]


# Whom it concerns, and how they come to be known


@pytest.mark.parametrize("household_type", ["lifted_out", "marginal", "ordinary"])
def test_xc_c01_xc_r11_any_household_of_the_county_may_report_itself(a_case, household_type):
    assert a_case("verification", household_type).state == "verification"


def test_xc_c02_xc_c03_the_matters_looked_into_are_assurances_water_and_policies(county):
    found = [entry.code for entry in county.policy.lists["focus_matters"]]

    assert found == ["two_assurances", "drinking_water", "policies"]


def test_xc_c04_there_are_two_groups_and_no_third(county, a_case):
    case = a_case("village_review")

    county.refused(
        "village_committee",
        case,
        "conclude_review",
        "not_listed XC-C04",
        "object_type_unfit XC-C04",
        **review(object_type="sudden_hardship"),
    )


@pytest.mark.parametrize(
    ("lifted_out", "fits", "does_not"),
    [
        pytest.param(True, "unstable_lifted", "marginal", id="lifted out before"),
        pytest.param(False, "marginal", "unstable_lifted", id="never poor"),
    ],
)
def test_xc_c04_which_group_a_household_is_of_follows_from_whether_it_was_lifted_out(
    county, a_case, lifted_out, fits, does_not
):
    case = a_case("village_review")
    found = facts(lifted_out=lifted_out)

    county.refused(
        "village_committee",
        case,
        "conclude_review",
        "object_type_unfit XC-C04",
        **review(object_type=does_not, facts=found),
    )
    county.act(
        "village_committee", case, "conclude_review", **review(object_type=fits, facts=found)
    )


@pytest.mark.parametrize(
    ("role", "clue"),
    [
        pytest.param("village_committee", {"channel": "cadre_inspection"}, id="cadres' visits"),
        pytest.param("county_office", {"channel": "complaint"}, id="a complaint (XC-X03)"),
        pytest.param(
            "comparing_department",
            {"channel": "department_warning", "warning": {"department": "water"}},
            id="a department's warning",
        ),
        pytest.param("resident_team", REPORTED, id="the QR code"),
    ],
)
def test_xc_c05_xc_x03_every_channel_leads_to_a_visit_at_home(county, role, clue):
    case = county.open(role, county.household(role, "ordinary"), **clue)

    assert case.state == "verification"


def test_xc_c05_the_document_knows_no_other_channel(county):
    household = county.household("village_committee", "ordinary")

    refused = county.try_open("village_committee", household, channel="public_information")

    assert because(refused) == ["not_listed XC-C05"]


def test_xc_c06_dangerous_housing_has_two_grades(county):
    assert [grade.code for grade in county.policy.lists["housing_grades"]] == ["grade_c", "grade_d"]


def test_xc_c07_physical_reasons_alone_excuse_a_child_out_of_school(county):
    assert [one.code for one in county.policy.lists["schooling_exceptions"]] == ["physical"]


# What is asked of the mechanism (四（一）1 to 6)


def test_xc_k11_whoever_qualifies_enters_and_nothing_counts_them(county, a_case):
    cases = [a_case("monitored") for _ in range(3)]

    assert {case.state for case in cases} == {"monitored"}
    assert county.policy.monitoring_object.eligibility.no_scale_limit is True


def test_xc_k12_a_refusal_rests_on_recorded_facts(county, a_case):
    case = a_case("verification")

    county.refused("village_committee", case, "refuse", "facts_missing XC-K12", reason="不符合条件")
    county.act("village_committee", case, "refuse", reason="不符合条件", facts=facts("30000.00"))


@pytest.mark.parametrize(
    ("entry_point", "blocker"),
    [
        pytest.param(None, "field_missing", id="not said how"),
        pytest.param("paper", "not_listed", id="by paper"),
    ],
)
def test_xc_k13_a_household_reports_itself_by_the_qr_code(county, entry_point, blocker):
    household = county.household("village_committee", "ordinary")

    refused = county.try_open(
        "village_committee", household, channel="self_application", entry_point=entry_point
    )

    assert because(refused) == [f"{blocker} XC-K13"]


def test_xc_k13_xc_r08_officials_fill_the_code_in_for_those_who_cannot(county):
    for role in ("village_committee", "resident_team", "township_office"):
        household = county.household(role, "lifted_out")
        county.open(role, household, **(REPORTED | {"entry_point": "qr_code_helped"}))


def test_xc_k14_xc_r06_it_is_the_village_s_cadres_who_go_to_the_home(county, a_case):
    action = county.actions("village_committee", a_case("verification"))["record_verification"]

    assert codes(action["by"]) == ["village_committee"]


def test_xc_k14_xc_r07_nothing_is_assessed_without_the_village_committees(county, a_case):
    county.refused(
        "village_committee",
        a_case("village_review"),
        "conclude_review",
        "group_absent XC-K14",
        **review(attendance=[]),
    )


def test_xc_k14_a_household_that_is_refused_is_told_as_well(county, a_case):
    case = a_case("village_review")
    refused = county.act(
        "village_committee", case, "refuse", reason="收入稳定", facts=facts("30000.00")
    )
    assert refused["case"]["state"] == "explanation_owed"

    county.act(
        "village_committee",
        case,
        "explain_refusal",
        means="visit",
        explained_on=DAY,
        explained_to="张某",
    )

    assert case.state == "not_qualified"


def test_xc_k15_xc_r05_every_department_of_the_plan_answers(county, a_case):
    seven = answers()["findings"]

    county.refused(
        "comparing_department",
        a_case("comparison"),
        "record_comparison",
        "department_missing XC-R05 XC-K15",
        findings=seven[:-1],
    )


def test_xc_k15_a_warning_says_which_department_it_is_from(county):
    household = county.household("comparing_department", "ordinary")

    refused = county.try_open("comparing_department", household, channel="department_warning")

    assert because(refused) == ["field_missing XC-K15"]


def test_xc_k16_a_helper_and_a_plan_come_before_anybody_counts_as_helped(county, a_case):
    case = a_case("monitored")

    county.refused("township_office", case, "agree_plan", status=409, measures=[MEASURE])
    county.act("township_office", case, "assign_helper", **HELPER)
    assert case.state == "planning"

    county.act("township_office", case, "agree_plan", measures=[MEASURE])

    assert case.state == "assisted"


def test_xc_k16_a_household_whose_risk_is_gone_may_come_again(county, a_case):
    case = a_case("eliminated")

    again = county.open("village_committee", case.household_id, **REPORTED)

    assert again.answers[0]["case"]["episode"] == 2


def test_xc_x01_whoever_inspects_signs(county, a_case):
    county.refused(
        "village_committee",
        a_case("verification"),
        "record_verification",
        "field_missing XC-X01",
        "not_confirmed XC-X01",
        **visit(form={}),
    )


# What is due


def test_xc_d01_xc_d02_reports_of_townships_and_departments_are_due_on_21_may(county):
    assert county.policy.campaign is not None
    due = {paper.cite: paper.due_on for paper in county.policy.campaign.deliverables}

    assert due == {"XC-D01": date(2022, 5, 21), "XC-D02": date(2022, 5, 21)}
