"""The Zhanggong document of 2021 (ZG) 2（二）: screening, recognition, help, elimination.

It has no procedure of its own for a case (ZG-X06). It asks whether screened and suspected
households were assessed, whether risks were assessed as gone, and whether the papers of both
exist: so a case does not pass without them.
"""

from datetime import date

import pytest
from county import County, facts, rewritten

from service.workflows.rulebook import Rulebook

DAY = "2021-04-06"
VISIT = {"visited_on": DAY, "visitors": ["甲帮扶"], "at_risk": True}
ASSESSED = {"held_on": DAY, "object_type": "marginal", "facts": facts()}
HELPER = {"helper_kind": "helper_cadre", "helper_name": "甲帮扶", "helper_unit": "示例单位"}
PLAN = {"measures": [{"number": 1, "kind": "medical_insurance", "what": "办理慢性病证明"}]}
GONE = {
    "visited_on": DAY,
    "visitors": ["乙村干"],
    "criteria": [{"criterion": "risk_gone", "met": True}],
}


@pytest.fixture(name="county")
def a_county(under) -> County:
    county = under("zhanggong-2021")
    county.on(DAY)
    return county


@pytest.fixture
def docket(county):
    """Return the acts of a case in their order, all on one day, its papers attached."""
    recognised = county.attach("village_committee", "recognition_file")
    eliminated = county.attach("village_committee", "elimination_file")
    return (
        (DAY, "helper_cadre", "record_verification", VISIT),
        (DAY, "village_committee", "conclude_review", ASSESSED | {"attachments": [recognised]}),
        (DAY, "township_office", "assign_helper", HELPER),
        (DAY, "helper_cadre", "agree_plan", PLAN),
        (DAY, "village_committee", "propose_elimination", {"reason": "风险因素已消除"}),
        (DAY, "village_committee", "record_criteria", GONE),
        (
            DAY,
            "village_committee",
            "mark_eliminated",
            {"marked_on": DAY, "attachments": [eliminated]},
        ),
    )


@pytest.fixture
def a_case(county, docket):
    """Return what leads the case of a new household to a state."""

    def led_to(state, household_type="marginal"):
        household = county.household("helper_cadre", household_type)
        case = county.open("helper_cadre", household, channel="screening")
        return county.lead(case, state, docket)

    return led_to


def because(refused):
    return [f"{b['code']} {b['cite']}" for b in refused.json()["blockers"]]


def test_zg_s01_a_household_from_the_screening_until_its_risk_factors_are_gone(county):
    household = county.household("sector_department", "marginal")
    case = county.open("sector_department", household, channel="department_comparison")

    # 比对数据核实: somebody goes there before anything is assessed
    county.on("2021-04-07")
    county.refused("village_committee", case, "conclude_review", status=409, **ASSESSED)
    county.act(
        "helper_cadre",
        case,
        "record_verification",
        **(VISIT | {"visited_on": "2021-04-07", "form": {"suspected": "expense_hardship"}}),
    )

    # 识别研判, with its papers
    county.on("2021-04-08")
    assessed = ASSESSED | {"held_on": "2021-04-08"}
    county.refused(
        "village_committee", case, "conclude_review", "evidence_missing ZG-K22", **assessed
    )
    papers = county.attach("village_committee", "recognition_file")
    county.act("village_committee", case, "conclude_review", **assessed, attachments=[papers])

    # 落实帮扶措施
    county.act("township_office", case, "assign_helper", **HELPER)
    county.act("helper_cadre", case, "agree_plan", **PLAN)
    county.on("2021-06-10")
    county.act(
        "helper_cadre", case, "record_progress", measure=1, done=True, progress="慢性病证明已办"
    )

    # 风险因素消除研判, and the papers of the elimination
    county.on("2021-12-07")
    county.act("resident_team", case, "propose_elimination", reason="医疗费用负担已消除")
    gone = GONE | {"visited_on": "2021-12-07"}
    county.refused(
        "village_committee",
        case,
        "record_criteria",
        "criterion_not_met ZG-K25",
        **(gone | {"criteria": [{"criterion": "risk_gone", "met": False}]}),
    )
    county.act("village_committee", case, "record_criteria", **gone)
    county.refused(
        "village_committee",
        case,
        "mark_eliminated",
        "evidence_missing ZG-K26",
        marked_on="2021-12-07",
    )
    papers = county.attach("village_committee", "elimination_file")
    county.act(
        "village_committee", case, "mark_eliminated", marked_on="2021-12-07", attachments=[papers]
    )

    assert case.state == "eliminated"
    assert county.history(case) == [
        "open",
        "record_verification",
        "conclude_review",
        "assign_helper",
        "agree_plan",
        "record_progress",
        "propose_elimination",
        "record_criteria",
        "mark_eliminated",
    ]


# Whom it concerns


def test_zg_c01_only_the_two_groups_are_registered(county):
    for household_type in ("lifted_out", "marginal"):
        county.household("village_committee", household_type)

    household = county.district.a_household() | {"area_code": "990101001201"}
    refused = county.post(
        "village_committee", "/v1/households", household | {"household_type": "ordinary"}
    )

    assert because(refused) == ["household_type_not_listed ZG-C01"]


@pytest.mark.parametrize(
    ("lifted_out", "fits", "does_not"),
    [
        pytest.param(True, "lifted_out", "marginal", id="lifted out before"),
        pytest.param(False, "marginal", "lifted_out", id="never poor"),
    ],
)
def test_zg_c01_which_group_a_household_is_of_follows_from_whether_it_was_lifted_out(
    county, a_case, lifted_out, fits, does_not
):
    case = a_case("recognition")
    papers = county.attach("village_committee", "recognition_file")
    said = ASSESSED | {"facts": facts(lifted_out=lifted_out), "attachments": [papers]}

    county.refused(
        "village_committee",
        case,
        "conclude_review",
        "object_type_unfit ZG-C01",
        **(said | {"object_type": does_not}),
    )
    county.act("village_committee", case, "conclude_review", **(said | {"object_type": fits}))


@pytest.mark.parametrize("suspected", ["low_income", "expense_hardship", None])
def test_zg_c02_zg_k04_a_visit_says_of_what_a_household_is_suspected_if_of_anything(
    county, a_case, suspected
):
    form = {"suspected": suspected} if suspected else {}

    county.act("helper_cadre", a_case("verification"), "record_verification", **VISIT, form=form)


def test_zg_c02_no_other_suspicion_is_asked_about(county, a_case):
    county.refused(
        "helper_cadre",
        a_case("verification"),
        "record_verification",
        "field_unfit ZG-C02 ZG-K04",
        **VISIT,
        form={"suspected": "laziness"},
    )


# How the mechanism works in the villages (2（二）)


def test_zg_k21_the_ten_features_are_not_named_and_none_is_made_up(county):
    household = county.household("helper_cadre", "lifted_out")

    refused = county.try_open(
        "helper_cadre", household, channel="screening", form={"typical_feature": "illness"}
    )

    assert because(refused) == ["field_unfit ZG-K21"]
    county.open("helper_cadre", household, channel="screening")


class TestFeaturesWrittenIn:
    """The same document in a district that knows its ten features, and has written them in."""

    @pytest.fixture
    def rulebook(self, tmp_path) -> Rulebook:
        feature = '{ code = "major_illness", zh = "大病户", en = "major illness" }'
        none, one = "typical_features = []", f"typical_features = [{feature}]"
        return rewritten(tmp_path, "zhanggong-2021", none, one)

    def test_zg_k21_the_list_is_the_district_s_to_fill(self, county):
        household = county.household("helper_cadre", "lifted_out")

        county.open(
            "helper_cadre",
            household,
            channel="screening",
            form={"typical_feature": "major_illness"},
        )


def test_zg_k22_a_household_is_recognised_only_with_the_papers_of_it(county, a_case):
    case = a_case("recognition")
    other = county.attach("village_committee", "other")

    county.refused(
        "village_committee",
        case,
        "conclude_review",
        "evidence_missing ZG-K22",
        **ASSESSED,
        attachments=[other],
    )


def test_zg_k23_what_the_departments_compared_is_verified_at_home(county):
    household = county.household("sector_department", "lifted_out")

    case = county.open("sector_department", household, channel="department_comparison")

    assert case.state == "verification"
    county.refused("village_committee", case, "conclude_review", status=409, **ASSESSED)


def test_zg_k24_whoever_was_screened_or_compared_is_assessed(county, a_case):
    case = a_case("recognition")

    county.refused("township_office", case, "assign_helper", status=409, **HELPER)


def test_zg_k24_a_suspicion_that_comes_to_nothing_is_refused_on_facts(county, a_case):
    case = a_case("recognition")

    county.refused("village_committee", case, "refuse", "facts_missing ZG-K24", reason="无风险")
    county.act("village_committee", case, "refuse", reason="无风险", facts=facts("20000.00"))

    assert case.state == "explanation_owed"


def test_zg_k25_nothing_is_marked_before_it_was_assessed_that_the_risk_is_gone(county, a_case):
    case = a_case("elimination_assessment")

    county.refused("village_committee", case, "mark_eliminated", status=409, marked_on=DAY)


def test_zg_k25_where_the_risk_is_not_gone_help_goes_on(county, a_case):
    case = a_case("elimination_assessment")

    county.act("village_committee", case, "roll_back", reason="风险因素仍在")

    assert case.state == "assisted"


def test_zg_k26_a_risk_is_marked_as_gone_only_with_the_papers_of_it(county, a_case):
    case = a_case("elimination_marking")

    county.refused(
        "village_committee", case, "mark_eliminated", "evidence_missing ZG-K26", marked_on=DAY
    )


def test_zg_r05_zg_r06_the_helper_is_a_cadre_of_the_paired_unit(county, a_case):
    county.refused(
        "township_office",
        a_case("monitored"),
        "assign_helper",
        "not_listed ZG-R06",
        **(HELPER | {"helper_kind": "contact"}),
    )


def test_zg_x06_no_publicity_no_objection_and_no_limit_of_its_own(county, a_case):
    case = a_case("eliminated")

    assert {"post_publicity", "object"}.isdisjoint(county.history(case))
    assert county.deadlines(case) == {}


# The campaign


def test_zg_s01_zg_s03_zg_s04_the_campaign_has_three_phases_the_first_from_its_issue(county):
    assert county.policy.campaign is not None
    phases = [(one.cite.split()[0], one.first, one.last) for one in county.policy.campaign.phases]

    assert phases == [
        ("ZG-S01", None, date(2021, 4, 12)),
        ("ZG-S03", date(2021, 4, 13), date(2021, 4, 22)),
        ("ZG-S04", date(2021, 4, 23), date(2021, 4, 30)),
    ]


def test_zg_c03_the_spot_check_covers_all_54_villages(county):
    assert county.policy.campaign is not None
    covering = [one.zh for one in county.policy.campaign.phases if "ZG-C03" in one.cite]

    assert covering == ["抽查复核阶段（全区54个村）"]


def test_zg_s02_zg_s05_of_three_papers_one_has_a_day(county):
    assert county.policy.campaign is not None
    papers = {paper.code: paper.due_on for paper in county.policy.campaign.deliverables}

    assert papers == {
        "village_list_and_summary": None,
        "township_problem_list": date(2021, 4, 14),
        "special_report": None,
    }
