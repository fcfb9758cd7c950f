"""A county (XC): what is inspected head by head, of villages, departments and homes."""

import pytest
from filled import INSPECTOR, Form, given, ticked

from service.workflows.answers import FilledChecklist, Filler

WORK = Form("county-2022", "monitoring_and_help")
SCREENING = Form("county-2022", "department_screening")
POLICIES = Form("county-2022", "policies_carried_out")
FORMS = (WORK, SCREENING, POLICIES)


@pytest.mark.parametrize(
    ("cite", "form", "items", "problem_type"),
    [
        pytest.param("XC-K11", WORK, "1.1ab", "mechanism", id="mechanism"),
        pytest.param("XC-K12", WORK, "1.2abc", "procedure", id="procedure and standard"),
        pytest.param("XC-K13", WORK, "1.3abcd", "own_reports", id="own reports"),
        pytest.param("XC-K14", WORK, "1.4abcd", "visits", id="visits"),
        pytest.param("XC-K15", SCREENING, "1.5abc", "screening", id="screening"),
        pytest.param("XC-K16", WORK, "1.6abc", "help_effect", id="effect of help"),
    ],
)
def test_xc_k11_xc_k12_xc_k13_xc_k14_xc_k15_xc_k16_each_check_of_a_head_may_find_a_problem(
    cite, form, items, problem_type
):
    codes = [f"{items[:3]}{letter}" for letter in items[3:]]
    found = form.found(ticked(*codes))

    assert [one.item for one in found] == codes
    assert {(one.cite, one.problem_type) for one in found} == {(cite, problem_type)}


def test_xc_k11_xc_k16_there_are_six_heads_with_19_checks():
    assert len(WORK.asked()) + len(SCREENING.asked()) == 19
    assert len(WORK.checklist.groups) + len(SCREENING.checklist.groups) == 6


@pytest.mark.parametrize(
    ("cite", "of_homes", "of_units"),
    [
        pytest.param("XC-K21", ["2.1b", "2.1d"], ["2.1a"], id="schooling"),
        pytest.param("XC-K22", ["2.2a", "2.2b", "2.2c"], ["2.2d"], id="health care"),
        pytest.param("XC-K23", ["2.3a"], ["2.3b", "2.3c"], id="housing"),
        pytest.param("XC-K24", ["2.4a", "2.4b"], ["2.4c"], id="water"),
        pytest.param("XC-K25", ["2.5a", "2.5c"], ["2.5b"], id="safety net"),
        pytest.param("XC-K26", [], ["2.6a", "2.6b", "2.6c", "2.6d"], id="industry, employment"),
        pytest.param("XC-K27", ["2.7a"], ["2.7b"], id="resettlement"),
    ],
)
def test_xc_k21_xc_k22_xc_k23_xc_k24_xc_k25_xc_k26_xc_k27_what_is_asked_of_whom(
    cite, of_homes, of_units
):
    [group] = [one for one in POLICIES.checklist.groups if one.cite == cite]
    own = {item.code for item in group.items}

    assert [code for code in POLICIES.asked("lifted_out") if code in own] == of_homes
    assert [code for code in POLICIES.asked() if code in own] == of_units
    for asked_of, codes in (("lifted_out", of_homes), (None, of_units)):
        numbers = {"2.2b": {"has_problem": True, "value": 95, "text": "超出"}}
        answers = {code: numbers.get(code, *ticked(code).values()) for code in codes}
        found = POLICIES.found(answers, asked_of)
        assert [one.item for one in found] == codes
        assert {one.problem_type for one in found} <= {group.problem_type}


def test_xc_k21_xc_c07_an_ordinary_household_is_asked_for_poverty_only():
    assert "2.1b" in POLICIES.asked("marginal")
    assert "2.1b" not in POLICIES.asked("ordinary")
    assert "2.1c" in POLICIES.asked("ordinary")
    assert "2.1c" not in POLICIES.asked("lifted_out")


def test_xc_k21_xc_c07_unable_to_study_for_physical_reasons_is_no_problem():
    excepted = {"2.1b": {"has_problem": False, "value": "physical"}}

    assert POLICIES.wrong(excepted, "marginal") == []
    assert POLICIES.found(excepted, "marginal") == []


def test_xc_r09_xc_r10_guardians_and_village_clinics_are_asked_about_of_units():
    cites = {
        code: POLICIES.checklist.cite_of(POLICIES.checklist.items[code])
        for code in POLICIES.asked()
    }

    assert cites["2.1a"] == "XC-K21 XC-R09"
    assert cites["2.2d"] == "XC-K22 XC-R10"


@pytest.mark.parametrize("share", [pytest.param(60, id="less"), pytest.param(99, id="more")])
@pytest.mark.parametrize("problem", [True, False])
def test_xc_k22_ninety_per_cent_is_named_and_people_judge(share, problem):
    said = {"2.2b": {"value": share, "has_problem": problem, "text": "已核"}}
    found = POLICIES.found(said, "lifted_out")

    assert POLICIES.checklist.items["2.2b"].number.named == 90
    assert POLICIES.wrong(said, "lifted_out") == []
    assert [one.number for one in found] == ([share] if problem else [])


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"value": 60}, id="a number that nobody judged"),
        pytest.param({"has_problem": True}, id="a judgement without the number"),
    ],
)
def test_xc_k22_both_the_share_and_the_judgement_are_said(said):
    assert POLICIES.wrong({"2.2b": said}, "lifted_out") == [("answer_unfit", "2.2b", "XC-K22")]


@pytest.mark.parametrize("grade", ["grade_c", "grade_d"])
def test_xc_k23_xc_c06_a_dangerous_house_is_of_grade_c_or_d(grade):
    [found] = POLICIES.found({"2.3a": {"has_problem": True, "value": grade}}, "ordinary")

    assert found.value == grade
    assert POLICIES.wrong({"2.3a": {"has_problem": True, "value": "grade_b"}}, "ordinary") == [
        ("answer_unfit", "2.3a", "XC-K23 XC-C06")
    ]


def test_xc_x01_whoever_inspects_signs_and_stands_by_name_with_every_problem():
    cadre = Filler(INSPECTOR, "village_committee")
    form = FilledChecklist(answers=given(ticked("2.4a", "2.4b")))

    assert POLICIES.refused(form, cadre, "ordinary") == [("form_not_signed", "XC-X01")]
    assert POLICIES.refused(form.model_copy(update={"signed": True}), cadre, "ordinary") == []
    assert [one.found_by for one in POLICIES.found(ticked("2.4a", "2.4b"), "ordinary")] == [
        INSPECTOR,
        INSPECTOR,
    ]
    assert [form.checklist.rule("signed").cite for form in FORMS] == ["XC-X01"] * 3


def test_xc_x04_a_problem_may_be_put_right_on_the_spot():
    [found] = WORK.found({"1.4d": {"has_problem": True, "fixed_on_spot": True}})

    assert found.fixed_on_spot
    assert [form.checklist.rule("fixed_on_spot").cite for form in FORMS] == ["XC-X04"] * 3


def test_xc_r05_a_department_answers_for_its_own_screening():
    form = FilledChecklist(answers=(), signed=True)

    assert SCREENING.refused(form, Filler(INSPECTOR, "comparing_department")) == []
    assert SCREENING.refused(form, Filler(INSPECTOR, "village_committee")) == [
        ("role_may_not_fill", "XC-R05")
    ]


def test_xc_d01_the_summary_has_a_default_layout_with_every_head_in_two_parts():
    [summary] = WORK.policy.rollups

    assert summary.assumed
    assert [len(row.of) for row in summary.rows] == [6, 7]
    assert set(summary.problem_types) == {e.code for e in WORK.policy.lists["problem_types"]}
