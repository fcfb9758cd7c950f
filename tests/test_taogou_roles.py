"""Who does what under Taogou's document (A.2.1), over HTTP: those who hold an office and those not.

The household, the villagers' group, the city and the units of the helpers have no account here:
what they do is recorded by an office, and is asked for.
"""

from decimal import Decimal

import pytest
from county import County
from district import codes
from problems import DAY, Problems

from service.workflows.eligibility import IncomeLine

DEPARTMENTS = {
    "教育": "education",
    "医保": "medical_insurance",
    "水利": "water",
    "住建": "housing",
    "民政": "civil_affairs",
    "人社": "human_resources",
    "公安": "police",
    "市场监督": "market_supervision",
}
"""What TG-R12 names, and the codes of the policy."""


@pytest.fixture(name="county")
def a_county(under) -> County:
    county = under("taogou-2021")
    county.on(DAY)
    return county


@pytest.mark.parametrize("entry_point", ["paper", "app", "hotline"])
def test_tg_r01_the_household_applies_itself_and_signs_with_its_own_hand(district, entry_point):
    case = district.apply(entry_point=entry_point, channel="self_application")

    for lacking in ({"signed": False}, {"fingerprint": False}):
        district.refused("village", case, "sign_consent", 422, **lacking)
    district.act("village", case, "sign_consent")

    opened, signed = district.history(case)
    assert opened["statement"]["channel"] == "self_application"
    assert (signed["statement"]["signed"], signed["statement"]["fingerprint"]) == (True, True)


def test_tg_r01_the_household_holds_no_office_the_village_takes_its_application_in(county):
    household = county.household("village_committee", "ordinary")
    takers = {"village_committee", "township_office", "county_bureau"}
    for other in set(county.policy.roles) - takers:
        assert county.try_open(other, household, entry_point="paper").status_code == 403

    case = county.open("village_committee", household, entry_point="paper")

    assert case.state == "consent"


def test_tg_r03_the_villagers_group_reviews_before_the_village_does(district):
    case = district.a_case_at("group_deliberation")
    district.refused("village", case, "conclude_review", 409)
    for other in ("township", "county"):
        district.refused(other, case, "conclude_deliberation", 403)

    district.act("village", case, "conclude_deliberation", participants=21)

    assert case.state == "village_review"
    assert district.history(case)[-1]["statement"]["participants"] == 21


@pytest.mark.parametrize("role", ["grid_worker", "party_member"])
def test_tg_r09_grid_workers_and_party_members_visit_as_others_do(district, role):
    case = district.a_case_at("assisted")
    today = district.today()
    nobody = [{"name": "甲某", "role": "journalist"}]
    refused = district.refused("village", case, "record_visit", 422, visitors=nobody)
    assert codes(refused) == {"not_listed"}

    visitors = [{"name": "甲网格", "role": role}]
    district.act("village", case, "record_visit", visited_on=today, visitors=visitors)

    assert district.history(case)[-1]["statement"]["visitors"] == visitors


def test_tg_r12_eight_departments_share_data_and_a_problem_is_handed_to_one_of_them(county):
    listed = {one.zh: one.code for one in county.policy.lists["sector_departments"]}
    assert listed == DEPARTMENTS
    problems = Problems(county)

    for department in DEPARTMENTS.values():
        item = problems.report()
        said = {"department": department, "reason": "属行业问题"}
        problems.refused(
            "township_office",
            item,
            "hand_over",
            "not_listed TG-R12 TG-R13",
            **said | {"department": "taxation"},
        )
        problems.act("township_office", item, "hand_over", **said)
        assert problems.read(item)["department"] == department


def test_tg_r14_the_city_fixes_the_range_and_no_office_of_the_document_changes_it(county):
    assert "city" not in {role.level for role in county.policy.roles.values()}
    duty = next(d for d in county.policy.standing_duties if "TG-R14" in d.cite)
    assert (duty.code, duty.level) == ("income_line_adjustment", None)
    rules = county.policy.monitoring_object.eligibility

    new_line = IncomeLine(year=2022, per_capita_net_yuan=Decimal(6500), cite="TG-C04")
    revised = rules.model_copy(update={"income_lines": (*rules.income_lines, new_line)})

    assert [rules.line_for(year) and rules.line_for(year).year for year in (2021, 2022)] == [
        2021,
        None,
    ]
    assert revised.line_for(2022) == new_line
    assert revised.line_for(2021) == rules.line_for(2021)


def test_tg_r15_the_unit_that_gave_a_helper_gives_the_next_or_says_that_it_cannot(district):
    case = district.a_case_at("assisted")
    district.refused("county", case, "replace_helper", 403)
    district.act("village", case, "replace_helper", helper_name="庚联系人")
    other_unit = {"helper_unit": "包保单位", "helper_name": "辛联系人"}
    district.refused("township", case, "replace_helper", 422, **other_unit)

    district.act(
        "township", case, "replace_helper", same_unit_impossible="由包保单位统筹", **other_unit
    )

    named = [line["statement"]["helper_unit"] for line in district.history(case)[-2:]]
    assert named == ["示例单位", "包保单位"]


def test_tg_h05_who_was_lifted_out_and_is_not_monitored_keeps_policies_and_is_asked_for_them(
    county,
):
    ways = [one.zh for one in county.policy.lists["other_lifted_out"]]
    assert ways == ["分类管理", "普惠政策", "适度倾斜"]
    survey = next(one for one in county.policy.checklists if one.code == "household_survey")
    items = [item for group in survey.groups for item in group.items if not item.of_unit]

    policies = [i.code for i in items if i.asked_of and "ordinary" not in i.asked_of]

    assert policies
    assert all("lifted_out" in item.asked_of for item in items if item.code in policies)
    household = county.household("village_committee", "lifted_out")
    read = county.get("village_committee", f"/v1/households/{household}").json()
    assert (read["household_type"], read["open_case_id"]) == ("lifted_out", None)
