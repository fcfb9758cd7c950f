"""Rong'an (RA): the great round of visits, the double check, the home check of a warning."""

import pytest
from filled import INSPECTOR, Form, given, ticked

from service.workflows.answers import FilledChecklist, Filler

ROUND = Form("rongan-2022", "great_round")
CHECK = Form("rongan-2022", "double_check")
WARNING = Form("rongan-2022", "warning_check")


def test_ra_v01_a_visit_looks_at_what_the_document_names():
    assert [item.zh for item in ROUND.checklist.items.values()] == [
        "信息变动情况",
        "生产生活",
        "“两不愁三保障”",
        "发展产业",
        "外出就业",
        "小额信贷需求",
        "跨省务工一次性交通补助",
        "产业奖补",
    ]
    for household_type in ("lifted_out", "low_income", "other"):
        assert ROUND.asked(household_type) == list(ROUND.checklist.items)


def test_ra_v01_what_is_found_is_put_right_and_a_wish_is_no_problem():
    answers = ROUND.clean("low_income") | ticked("2.2", "3.1", "3.2") | {"2.5": {"value": True}}

    assert ROUND.wrong(answers, "low_income") == []
    assert [(f.item, f.problem_type) for f in ROUND.found(answers, "low_income")] == [
        ("2.2", "guarantees"),
        ("3.1", "household_policies"),
        ("3.2", "household_policies"),
    ]


@pytest.mark.parametrize(
    ("visitors", "refused"),
    [
        pytest.param(("李某", "王某"), ["team_too_small"], id="two"),
        pytest.param(("李某", "王某", "王某"), ["team_too_small"], id="two, one named twice"),
        pytest.param(("李某", "王某", "张某"), [], id="three"),
    ],
)
def test_ra_v01_three_go_together(visitors, refused):
    form = FilledChecklist(answers=given(ticked("2.1")), visitors=visitors)
    found = ROUND.refused(form, Filler(INSPECTOR, "first_secretary"), "lifted_out")

    assert [code for code, _ in found] == refused
    assert {cite for _, cite in found} <= {"RA-V01"}


def test_ra_v04_a_monitored_household_is_checked_against_two_systems():
    groups = {group.code: group for group in CHECK.checklist.groups}

    for system in ("county_app", "national_system"):
        types = [item.problem_type for item in groups[system].items]
        assert types == ["basic_information", "assistance_measures"]
    assert [item.zh for item in groups["measures"].items] == [
        "帮扶措施落实",
        "风险类型与帮扶措施匹配",
    ]


def test_ra_v04_whatever_does_not_agree_is_put_right():
    found = CHECK.found(ticked(*CHECK.checklist.items), "lifted_out")

    assert [one.problem_type for one in found] == [
        *("basic_information", "assistance_measures") * 2,
        *("assistance_measures",) * 2,
    ]
    assert {one.cite for one in found} == {"RA-V04"}


def test_ra_c06_a_household_that_qualifies_is_a_clue_and_a_sector_s_risk_is_its_department_s():
    answers = ticked("1.1") | {"1.2": {"has_problem": True, "value": "water"}}

    assert WARNING.wrong(answers, "other") == []
    assert [(f.leads_to, f.value, f.problem_type) for f in WARNING.found(answers, "other")] == [
        ("clue", None, None),
        ("department", "water", "sector_risk"),
    ]
