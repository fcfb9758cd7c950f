"""The Taogou document of 2021 as data: its lists, its campaign, its standing duties, its rules.

Read beside the document: 一, 二（二）2 and 三 give the wording, requirements A.2 the rule ids.
"""

from datetime import date
from pathlib import Path

import pytest

from service.workflows.deadlines import TimeLimit, Unit, due_on
from service.workflows.policy import house_rules

DECISIONS = Path(__file__).parents[2] / "docs" / "decisions"


@pytest.fixture(name="policy")
def policy_of_taogou(taogou):
    return taogou.policy


@pytest.fixture(name="listed")
def lists_of_taogou(policy):
    """Return what says a list of the document: its rule, and its entries in Chinese."""
    return lambda name: (policy.list_cites[name], [entry.zh for entry in policy.lists[name]])


# C: whom and what the document means


def test_tg_c01_three_types_of_household_are_monitored(listed):
    assert listed("object_types") == (
        "TG-C01",
        ["脱贫不稳定户", "边缘易致贫户", "突发严重困难户"],
    )


def test_tg_c02_three_matters_are_watched_above_all(listed):
    assert listed("focus_matters") == (
        "TG-C02",
        ["收入支出状况", "“两不愁三保障”", "饮水安全"],
    )


def test_tg_c03_seven_groups_are_watched_closely(listed):
    assert listed("focus_groups") == (
        "TG-C03",
        [
            "大病重病患者和负担较重的慢性病患者",
            "重度残疾人",
            "失能特困老人",
            "就业不稳定户",
            "产业发展失败户",
            "灾后重建户",
            "无劳动力户",
        ],
    )


def test_tg_c07_the_survey_form_has_three_household_types_of_its_own(policy, listed):
    assert listed("household_types") == ("TG-C07", ["脱贫户", "边缘易致贫户", "一般农户"])
    assert policy.lists["household_types"] != policy.lists["object_types"]


def test_tg_c08_three_channels_and_public_information_bring_a_risk_to_light(listed):
    assert listed("channels") == (
        "TG-C08",
        ["农户自主申报", "村干部排查", "部门筛查预警", "媒体、信访、舆情"],
    )


def test_tg_c09_a_household_applies_in_writing_by_the_app_or_by_the_hotline(listed):
    assert listed("entry_points") == (
        "TG-C09",
        [
            "书面形式",
            "全国防止返贫监测信息系统手机APP",
            "防止返贫监测和乡村振兴咨询服务平台（原12317）",
        ],
    )


def test_tg_c10_twelve_hazards_threaten_many_households_at_once(listed):
    rule, hazards = listed("hazards")

    assert rule == "TG-C10"
    assert hazards == [
        "水旱灾害",
        "气象灾害",
        "地震灾害",
        "地质灾害",
        "生物灾害",
        "火灾",
        "沿淮行蓄洪区安全",
        "疫情等突发公共事件",
        "大宗农副产品价格持续大幅下跌",
        "农村劳动力失业明显增多",
        "乡村产业项目失败",
        "带动断链",
    ]


def test_tg_c11_warnings_come_by_class_and_grade_but_the_document_names_neither(listed):
    assert listed("warning_classes") == ("TG-C11", [])


def test_tg_p01_tg_r02_three_proxies_may_fill_the_form(listed):
    assert listed("proxies") == ("TG-P01 TG-R02", ["村干部", "村民小组长", "近亲属"])


def test_tg_p03_four_groups_sit_in_the_village_s_meeting(listed):
    assert listed("groups") == (
        "TG-P03",
        ["村“两委”成员", "驻村工作队成员", "村监督委员会成员", "部分村民代表"],
    )


def test_tg_p05_the_household_authorises_four_departments_to_be_asked(listed):
    assert listed("departments") == ("TG-P05", ["公安", "工商", "税务", "金融"])


def test_tg_r08_there_are_two_kinds_of_helper(listed):
    assert listed("helper_kinds") == ("TG-R08", ["帮扶责任人", "帮扶联系人"])


def test_tg_h06_a_helper_is_replaced_on_three_grounds_and_others_like_them(listed):
    assert listed("helper_change_grounds") == (
        "TG-H06",
        ["因病", "因退休", "因跨县区调动", "其他"],
    )


def test_tg_e01_three_criteria_stand_before_an_elimination(listed):
    assert listed("elimination_criteria") == (
        "TG-E01",
        ["收入持续稳定", "“两不愁三保障”和饮水安全持续巩固", "返贫致贫风险已稳定消除"],
    )


def test_tg_e05_tg_e06_two_grounds_keep_a_household_from_being_marked(listed):
    assert listed("hold_grounds") == ("TG-E05 TG-E06", ["无劳动能力", "稳定性较弱"])


def test_dx_08_monitoring_ends_by_itself_on_two_grounds(listed):
    assert listed("end_grounds") == ("DX-08", ["整户死亡", "整户迁出"])


def test_every_list_of_the_document_stands_under_a_rule(policy):
    assert set(policy.list_cites) == set(policy.lists)


def test_no_list_has_a_code_or_a_label_twice(policy):
    for entries in policy.lists.values():
        assert len({entry.code for entry in entries}) == len(entries)
        assert len({entry.zh for entry in entries}) == len(entries)


def test_tg_r04_tg_r05_tg_r06_tg_r08_tg_r10_tg_r11_tg_r13_each_role_is_held_at_its_level(policy):
    assert {(level.cite, role, level.level) for role, level in policy.roles.items()} == {
        ("TG-R04", "village_committee", "village"),
        ("TG-R05", "resident_team", "village"),
        ("TG-R06", "supervision_committee", "village"),
        ("TG-R08", "household_helper", "village"),
        ("TG-R10", "township_office", "township"),
        ("TG-R11", "county_bureau", "county"),
        ("TG-R13", "township_department", "township"),
    }


def test_tg_r04_tg_r10_a_role_is_named_in_both_languages(policy):
    named = policy.roles_named(("village_committee", "township_office"))

    assert [(label.zh, label.en) for label in named] == [
        ("村“两委”", "village committee"),
        ("乡党委、政府", "township office"),
    ]


# D: what is done again and again


@pytest.fixture(name="duty_due_on")
def due_day_of_a_duty(policy, calendar):
    """Return what says by when a standing duty is owed in the period of a day."""
    duties = {duty.code: duty for duty in policy.standing_duties}

    def due_day(code, day):
        duty = duties[code]
        limit = TimeLimit(
            id=code, zh=duty.zh, en=duty.en, cite=duty.cite, kind="due", unit=duty.unit,
            starts=(), ends=(),
        )  # fmt: skip
        return due_on(limit, day, calendar)

    return due_day


def test_tg_d02_tg_d03_tg_d10_tg_r14_three_duties_return_in_every_period(policy):
    assert {(duty.cite, duty.code, duty.unit) for duty in policy.standing_duties} == {
        ("TG-D02", "concentrated_inspection", Unit.END_OF_HALF_YEAR),
        ("TG-D03", "department_comparison", Unit.END_OF_MONTH),
        ("TG-D10 TG-R14", "income_line_adjustment", Unit.END_OF_YEAR),
    }


@pytest.mark.parametrize(
    ("day", "last_day"),
    [
        pytest.param(date(2021, 1, 1), date(2021, 6, 30), id="the first half-year begins"),
        pytest.param(date(2021, 6, 30), date(2021, 6, 30), id="the first ends"),
        pytest.param(date(2021, 7, 1), date(2021, 12, 31), id="the second half-year begins"),
        pytest.param(date(2021, 12, 31), date(2021, 12, 31), id="the second ends"),
    ],
)
def test_tg_d02_the_village_cadres_inspect_once_in_every_half_year(duty_due_on, day, last_day):
    assert duty_due_on("concentrated_inspection", day) == last_day


@pytest.mark.parametrize(
    ("day", "last_day"),
    [
        pytest.param(date(2021, 6, 1), date(2021, 6, 30), id="30 days"),
        pytest.param(date(2021, 7, 31), date(2021, 7, 31), id="31 days, on the last"),
        pytest.param(date(2024, 2, 29), date(2024, 2, 29), id="29 February"),
        pytest.param(date(2021, 12, 1), date(2021, 12, 31), id="December"),
    ],
)
def test_tg_d03_the_departments_compare_their_data_every_month(duty_due_on, day, last_day):
    assert duty_due_on("department_comparison", day) == last_day


@pytest.mark.parametrize(
    ("day", "last_day"),
    [
        pytest.param(date(2021, 6, 9), date(2021, 12, 31), id="in the year of the document"),
        pytest.param(date(2022, 1, 1), date(2022, 12, 31), id="and again in the next"),
    ],
)
def test_tg_d10_the_income_line_is_adjusted_every_year(duty_due_on, day, last_day):
    assert duty_due_on("income_line_adjustment", day) == last_day


# D: the campaign


PHASES = """
    TG-D04  mobilisation   2021-06-08  2021-06-10
    TG-D05  field          2021-06-10  2021-06-15
    TG-D06  rectification  2021-06-15  2021-06-25
    TG-D07  summary        2021-06-25  2021-06-26
"""


def test_tg_d04_tg_d05_tg_d06_tg_d07_the_campaign_has_four_phases(policy):
    written = [line.split() for line in PHASES.strip().splitlines()]

    assert written == [
        [phase.cite, phase.code, phase.first.isoformat(), phase.last.isoformat()]
        for phase in policy.campaign.phases
    ]


@pytest.mark.parametrize(
    ("day", "phases"),
    [
        pytest.param(7, [], id="before it begins"),
        pytest.param(8, ["mobilisation"], id="the first day"),
        pytest.param(10, ["mobilisation", "field"], id="10 June belongs to two phases"),
        pytest.param(11, ["field"], id="within a phase"),
        pytest.param(15, ["field", "rectification"], id="15 June belongs to two phases"),
        pytest.param(25, ["rectification", "summary"], id="25 June belongs to two phases"),
        pytest.param(26, ["summary"], id="the last day"),
        pytest.param(27, [], id="after it"),
    ],
)
def test_tg_d04_tg_d05_tg_d06_tg_d07_neighbouring_phases_share_a_day(policy, day, phases):
    today = date(2021, 6, day)

    assert phases == [
        phase.code for phase in policy.campaign.phases if phase.first <= today <= phase.last
    ]


def test_tg_d08_the_report_and_table_are_due_one_day_before_their_phase_ends(policy):
    [report] = policy.campaign.deliverables
    phases = {phase.code: phase for phase in policy.campaign.phases}

    assert (report.cite, report.due_on) == ("TG-D08", date(2021, 6, 25))
    assert (phases["summary"].last - report.due_on).days == 1


def test_tg_d09_the_campaign_takes_one_month(policy):
    assert (policy.campaign.months, policy.campaign.months_cite) == (1, "TG-D09")


def test_tg_d11_each_item_of_rectification_has_a_time_limit_of_its_own(policy):
    item = policy.remediation_item
    assert (item.time_limit, item.cite) == (
        "per_item",
        "TG-D11",
    )


# What carries each rule


@pytest.mark.parametrize(("group", "rules"), [("P", 11), ("C", 11), ("D", 11), ("E", 7)])
def test_each_rule_of_a_group_is_carried_by_a_key_of_the_policy(policy, group, rules):
    cited = {rule for rule, _ in policy.citations()}

    assert cited >= {f"TG-{group}{number:02}" for number in range(1, rules + 1)}


def test_the_catalogue_says_where_each_rule_stands_in_the_document(policy):
    catalogue = policy.rules

    assert sum(code.startswith(("TG-P", "TG-C", "TG-D")) for code in catalogue) == 33
    assert all(rule.at and rule.zh and rule.en for rule in catalogue.values())


def test_the_house_s_own_rules_say_which_decision_they_rest_on():
    decisions = {path.name.partition("-")[0] for path in DECISIONS.glob("*.md")}
    resting = [Path(rule.at) for rule in house_rules().values()]

    assert {path.parent.as_posix() for path in resting} == {"docs/decisions"}
    assert {path.name for path in resting} <= decisions
