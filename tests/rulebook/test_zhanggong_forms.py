"""Zhanggong (ZG): the two registers that the notice asks for, and what an answer leads to."""

import pytest
from filled import DOCUMENTS, INSPECTOR, Form, given, ticked

from service.workflows.answers import FilledChecklist, Filler, prefilled

HOME = Form("zhanggong-2021", "household_register")
VILLAGE = Form("zhanggong-2021", "village_register")
POLICY = HOME.policy
CADRE = Filler(INSPECTOR, "helper_cadre")


def home(**changes):
    """Return a household's answers without a problem, some of them changed (`k9={…}`)."""
    return HOME.clean("marginal") | {k.removeprefix("k"): v for k, v in changes.items()}


def test_zg_f01_zg_f02_14_items_are_asked_of_a_household_and_six_of_a_village():
    numbers = [str(n) for n in range(1, 15)]

    assert HOME.asked("lifted_out") == HOME.asked("marginal") == numbers
    assert VILLAGE.asked() == numbers[:6]
    assert (HOME.asked(), VILLAGE.asked("marginal")) == ([], [])
    assert (HOME.checklist.annex, VILLAGE.checklist.annex) == ("附件1", "附件2")


def test_zg_f01_zg_f02_what_is_answered_without_a_problem_finds_none():
    assert HOME.wrong(home(), "marginal") == []
    assert HOME.found(home(), "marginal") == []
    assert VILLAGE.wrong(VILLAGE.clean()) == []


@pytest.mark.parametrize(
    ("item", "cite", "problem_type"),
    [
        pytest.param("1", "ZG-K01", "industry_employment", id="no industry or employment"),
        pytest.param("3", "ZG-K03", "income", id="income is not stable"),
        pytest.param("5", "ZG-K05", "water", id="water lacks, smells or is unclean"),
        pytest.param("6", "ZG-K06", "housing", id="cracks, draughts, leaks"),
        pytest.param("7", "ZG-K07", "medical_insurance", id="no health insurance"),
        pytest.param("8", "ZG-K08", "medical_insurance", id="no certificate of chronic illness"),
        pytest.param("10", "ZG-K10", "schooling", id="dropped out"),
        pytest.param("14", "ZG-K14", "other_policy", id="entitled, but without"),
    ],
)
def test_zg_k01_zg_k03_zg_k05_zg_k06_zg_k07_zg_k08_zg_k10_zg_k14_a_tick_is_a_problem_of_its_type(
    item, cite, problem_type
):
    [found] = HOME.found(home() | ticked(item), "lifted_out")

    assert (found.item, found.cite, found.problem_type) == (item, cite, problem_type)
    assert found.leads_to == "remediation"


@pytest.mark.parametrize(
    ("item", "cite"), [pytest.param("2", "ZG-K02", id="income"), pytest.param("13", "ZG-K13")]
)
def test_zg_k02_zg_k13_data_are_never_a_problem(item, cite):
    assert HOME.wrong(home() | ticked(item), "marginal") == [("answer_unfit", item, cite)]
    assert HOME.found(home() | ticked(item), "marginal") == []


def test_zg_k02_the_main_source_of_income_is_words_and_stands_until_it_changes():
    last = given({"2": {"value": "外出务工"}, "13": {"value": True}} | ticked("5"))
    known = prefilled(HOME.checklist, last, {}, POLICY.lists)

    assert HOME.wrong(home(k2={"value": 7}), "marginal") == [("answer_unfit", "2", "ZG-K02")]
    assert [answer.item for answer in known.answers] == ["2", "13"]


def test_zg_c02_zg_k04_a_suspected_household_is_a_clue_of_one_of_two_categories():
    suspected = {"has_problem": True, "value": "expense_hardship"}
    [found] = HOME.found(home(k4=suspected), "lifted_out")

    assert (found.leads_to, found.problem_type) == ("clue", None)
    assert (found.value, found.cite) == ("expense_hardship", "ZG-K04 ZG-C02")
    assert HOME.wrong(home(k4=suspected | {"value": "rich"}), "lifted_out") == [
        ("answer_unfit", "4", "ZG-K04 ZG-C02")
    ]


@pytest.mark.parametrize(
    ("share", "found"),
    [
        pytest.param(0, [], id="nothing"),
        pytest.param(10, [], id="ten per cent: not above"),
        pytest.param("10.00", [], id="ten per cent, written otherwise"),
        pytest.param("10.01", ["9"], id="just above"),
        pytest.param(11, ["9"], id="above"),
        pytest.param(100, ["9"], id="everything"),
    ],
)
def test_zg_k09_an_own_share_above_ten_per_cent_is_a_problem(share, found):
    answers = home(k9={"value": share})

    assert HOME.wrong(answers, "marginal") == []
    assert [one.item for one in HOME.found(answers, "marginal")] == found
    assert HOME.checklist.items["9"].number.unit == "percent"


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"value": -1}, id="less than nothing"),
        pytest.param({"value": 101}, id="more than everything"),
        pytest.param({"value": "ten"}, id="a word"),
        pytest.param({"value": "\uff11\uff10"}, id="digits of full width"),
        pytest.param({"value": "NaN"}, id="no number"),
        pytest.param({"value": "1e2"}, id="an exponent"),
        pytest.param({"value": True}, id="yes"),
        pytest.param({"has_problem": True}, id="a tick without the number"),
        pytest.param({"value": 12, "has_problem": False}, id="a number that somebody overrules"),
    ],
)
def test_zg_k09_a_share_is_a_number_and_the_rule_decides(said):
    assert HOME.wrong(home(k9=said), "marginal") == [("answer_unfit", "9", "ZG-K09")]


@pytest.mark.parametrize(
    ("item", "cite"),
    [pytest.param("11", "ZG-K11", id="training"), pytest.param("12", "ZG-K12", id="a loan")],
)
def test_zg_k11_zg_k12_a_wish_is_no_problem(item, cite):
    wished = home() | {item: {"value": True}}

    assert HOME.wrong(wished, "marginal") == []
    assert HOME.found(wished, "marginal") == []
    assert HOME.wrong(home() | ticked(item), "marginal") == [("answer_unfit", item, cite)]


@pytest.mark.parametrize(
    ("item", "cite"), [pytest.param(str(n), f"ZG-K2{n}", id=f"K2{n}") for n in range(1, 7)]
)
def test_zg_k21_zg_k22_zg_k23_zg_k24_zg_k25_zg_k26_what_a_village_left_undone_is_put_right(
    item, cite
):
    [found] = VILLAGE.found(VILLAGE.clean() | ticked(item))

    assert (found.item, found.cite) == (item, cite)
    assert (found.leads_to, found.problem_type) == ("remediation", "monitoring_work")


def test_zg_k21_the_ten_features_are_a_list_that_the_document_leaves_empty():
    missed = {"has_problem": True, "value": "anything"}

    assert VILLAGE.checklist.items["1"].list == "typical_features"
    assert POLICY.lists["typical_features"] == ()
    assert VILLAGE.wrong(VILLAGE.clean() | {"1": missed}) == [("answer_unfit", "1", "ZG-K21")]


# How it is filled in


def test_zg_x01_what_is_left_blank_is_a_defect():
    answers = home()
    del answers["7"]
    answers["8"] = {}

    assert HOME.wrong(answers, "marginal") == [
        ("answer_blank", "7", "ZG-X01"),
        ("answer_blank", "8", "ZG-X01"),
    ]
    assert VILLAGE.wrong({}) == [("answer_blank", str(n), "ZG-X01") for n in range(1, 7)]


def test_zg_x01_nobody_fills_the_form_for_another():
    form = FilledChecklist(answers=given(home()), visitors=("王某",))

    assert HOME.refused(form, CADRE, "marginal") == [("filled_for_another", "ZG-X01")]
    there = form.model_copy(update={"visitors": ("王某", INSPECTOR)})
    assert HOME.refused(there, CADRE, "marginal") == []


@pytest.mark.parametrize(
    ("form", "household_type", "role", "refused"),
    [
        pytest.param(HOME, "marginal", "helper_cadre", [], id="helpers visit homes"),
        pytest.param(HOME, "marginal", "resident_team", [], id="and so do the teams"),
        pytest.param(VILLAGE, None, "village_committee", [], id="the committees look at a village"),
        pytest.param(VILLAGE, None, "resident_team", [], id="with the team"),
        pytest.param(VILLAGE, None, "helper_cadre", ["role_may_not_fill"], id="and no helper"),
    ],
)
def test_zg_r06_zg_r07_zg_r08_who_fills_which_register(form, household_type, role, refused):
    answers = given(form.clean(household_type))
    filled = FilledChecklist(answers=answers, visitors=(INSPECTOR,))
    found = form.refused(filled, Filler(INSPECTOR, role), household_type)

    assert [code for code, _ in found] == refused


# Its lists: of the annexes only the titles are known


def test_zg_f03_zg_f04_zg_f07_the_columns_of_the_problem_lists_are_a_default():
    papers = {ledger.cite.split()[0]: ledger for ledger in POLICY.ledgers}

    assert list(papers) == ["ZG-F03", "ZG-F04", "ZG-F07"]
    assert all(paper.assumed for paper in papers.values())
    assert papers["ZG-F03"].lines == "household_problems"
    assert {"measure", "progress"} <= {column.code for column in papers["ZG-F07"].columns}


def test_zg_f06_zg_x05_the_summary_has_a_row_for_each_head_of_the_document():
    [summary] = POLICY.rollups

    assert summary.assumed
    assert [*summary.problem_types] == [entry.code for entry in POLICY.lists["problem_types"]]


def test_no_other_document_asks_that_nothing_be_blank():
    asking = {
        ref: [c.code for c in policy.checklists if c.rule("no_blanks")]
        for ref, policy in DOCUMENTS.items()
    }

    assert {ref for ref, codes in asking.items() if codes} == {"zhanggong-2021"}
