"""Taogou (TG): the household form of annex 2, the ledgers of annex 3, the table of annex 4."""

import pytest
from filled import INSPECTOR, Form, given, ticked

from service.workflows.answers import FilledChecklist, Filler, needs_form, prefilled
from service.workflows.paper_forms import code_called, disagreements, total

FORM = Form("taogou-2021", "household_survey")
POLICY = FORM.policy
CADRE = Filler(INSPECTOR, "village_committee")
GUARANTEES = ["compulsory_education", "basic_medical", "safe_housing", "safe_water"]


# Annex 2: what is asked


def test_tg_s02_the_form_has_70_items_in_13_types():
    groups = FORM.checklist.groups
    numbers = {str(n): [item.code for item in group.items] for n, group in enumerate(groups, 1)}

    assert [group.zh for group in groups[:2]] == ["义务教育", "基本医疗"]
    assert (len(groups), len(FORM.checklist.items)) == (13, 70)
    assert all(
        codes == [f"{n}.{at:02}" for at in range(1, len(codes) + 1)] for n, codes in numbers.items()
    )
    assert [len(codes) for codes in numbers.values()] == [5, 11, 5, 5, 4, 7, 7, 4, 4, 6, 5, 5, 2]


def test_tg_f203_27_items_are_asked_of_units_and_43_in_homes():
    by_type = {
        "1": "34", "2": "9A", "3": "34", "4": "34", "5": "2", "6": "56", "7": "3456", "8": "3",
        "9": "23", "10": "123456", "11": "34", "12": "4",
    }  # fmt: skip
    units = [f"{n}.{int(at, 16):02}" for n, ats in by_type.items() for at in ats]

    assert FORM.asked() == units
    assert len(units) == 27
    assert len(FORM.asked("lifted_out")) == 43
    assert set(FORM.asked()).isdisjoint(FORM.asked("lifted_out"))
    assert FORM.checklist.unit_cite == "TG-F203 TG-R13"


def test_tg_f203_who_is_asked_in_a_home_what_a_department_answers_is_told_so():
    assert FORM.wrong(ticked("1.03"), "lifted_out") == [
        ("item_not_asked", "1.03", "TG-F203 TG-R13")
    ]
    assert FORM.wrong(ticked("1.03")) == []
    assert FORM.wrong(ticked("1.01")) == [("item_not_asked", "1.01", "TG-F204")]


def test_tg_f204_an_ordinary_household_is_asked_nothing_of_policies():
    basic = [
        "1.01", "1.05", "2.01", "2.03", "2.11", "3.01", "3.02", "3.05", "4.01", "4.02", "4.05",
        "13.01", "13.02",
    ]  # fmt: skip

    assert FORM.asked("ordinary") == basic
    assert FORM.wrong(ticked("12.01"), "ordinary") == [("item_not_asked", "12.01", "TG-F204")]
    assert FORM.asked("marginal") == FORM.asked("lifted_out")
    assert set(basic) < set(FORM.asked("marginal"))


def test_tg_f204_that_the_document_does_not_say_so_item_by_item_is_marked():
    marked = {code for code, item in FORM.checklist.items.items() if item.interpretation}

    assert marked == set(FORM.asked("lifted_out"))


def test_tg_c07_the_form_knows_three_types_of_household():
    [field] = [one for one in FORM.checklist.header if one.code == "household_type"]

    assert field.cite == "TG-C07"
    assert [e.zh for e in POLICY.lists[field.list]] == ["脱贫户", "边缘易致贫户", "一般农户"]
    assert [len(FORM.asked(e.code)) for e in POLICY.lists[field.list]] == [43, 43, 13]


def test_tg_s08_the_four_focuses_are_covered_by_the_types_of_problems():
    focused = [g.problem_type for g in FORM.checklist.groups if g.cite == "TG-S08"]

    assert focused[:4] == GUARANTEES
    assert focused[4:9] == ["industry", "employment", "microcredit", "consumption", "funds"]
    assert focused[9:] == ["monitoring", "assistance"]


# Annex 2: how it is filled in


@pytest.mark.parametrize(
    "item",
    [
        pytest.param("1.01", id="asked as: is there …"),
        pytest.param("1.02", id="asked as: is it in place"),
    ],
)
def test_tg_f201_a_tick_is_a_problem_whichever_way_the_document_asks(item):
    [found] = FORM.found(ticked(item), "lifted_out")

    assert (found.item, found.problem_type) == (item, "compulsory_education")
    assert FORM.found({item: {"has_problem": False}}, "lifted_out") == []


def test_tg_f201_neither_yes_nor_no_answers_an_item():
    assert FORM.wrong({"1.01": {"value": True}}, "ordinary") == [("answer_unfit", "1.01", "TG-S08")]


def test_tg_f201_a_problem_is_described():
    assert FORM.wrong(ticked("2.01", text=None), "ordinary") == [
        ("description_missing", "2.01", "TG-F201")
    ]
    assert FORM.wrong(ticked("2.01"), "ordinary") == []


def test_tg_f201_what_is_not_ticked_is_no_problem():
    assert FORM.wrong({}, "lifted_out") == []
    assert FORM.found({}, "lifted_out") == []


def test_tg_f202_a_household_without_a_problem_needs_no_form():
    clean, bad = (
        FORM.found(FORM.clean("marginal"), "marginal"),
        FORM.found(ticked("4.01"), "marginal"),
    )

    assert needs_form(FORM.checklist, clean) is False
    assert needs_form(FORM.checklist, bad) is True


def test_tg_f205_nobody_but_the_inspector_signs():
    form = FilledChecklist(answers=given(ticked("4.01")))

    assert FORM.refused(form, CADRE, "ordinary") == [("form_not_signed", "TG-F205")]
    assert FORM.refused(form.model_copy(update={"signed": True}), CADRE, "ordinary") == []
    assert "filled_on" not in {field.code for field in FORM.checklist.header}


def test_tg_s07_a_problem_may_be_put_right_on_the_spot():
    [found] = FORM.found({"4.01": {"has_problem": True, "fixed_on_spot": True}}, "ordinary")

    assert found.fixed_on_spot
    assert FORM.wrong({"4.01": {"has_problem": False, "fixed_on_spot": True}}, "ordinary") == [
        ("fixed_without_problem", "4.01", "TG-S08")
    ]
    assert FORM.checklist.rule("fixed_on_spot").cite == "TG-S07"


def test_tg_a06_what_the_register_knows_is_not_asked_again():
    facts = {"head_name": "张某", "village": "示例一村", "telephone": None, "income": 5200}
    known = prefilled(FORM.checklist, (), facts, POLICY.lists)

    assert known.header == {"head_name": "张某", "village": "示例一村"}
    assert FORM.checklist.rule("never_asked_twice").cite == "TG-A06"


def test_tg_a06_a_tick_is_made_anew_at_every_visit():
    assert prefilled(FORM.checklist, given(ticked("4.01")), {}, POLICY.lists).answers == ()


@pytest.mark.parametrize(
    ("role", "household_type", "refused"),
    [
        pytest.param("village_committee", "ordinary", [], id="village cadres, in homes"),
        pytest.param("resident_team", "ordinary", [], id="the resident team, in homes"),
        pytest.param("household_helper", "ordinary", [], id="helpers, in homes"),
        pytest.param("township_department", None, [], id="departments, of units"),
        pytest.param("township_office", None, [], id="the township, of units"),
        pytest.param("village_committee", None, [], id="the village, of units"),
        pytest.param(
            "township_department", "ordinary", ["role_may_not_fill"], id="no department in homes"
        ),
        pytest.param("household_helper", None, ["role_may_not_fill"], id="no helper of units"),
    ],
)
def test_tg_f203_tg_r08_tg_r13_who_fills_what(role, household_type, refused):
    form = FilledChecklist(answers=(), signed=True)
    found = FORM.refused(form, Filler(INSPECTOR, role), household_type)

    assert [code for code, _ in found] == refused


# What a problem leads to


def test_tg_s03_a_problem_is_put_right_under_its_type():
    every = FORM.found(ticked(*FORM.asked("marginal")), "marginal") + FORM.found(
        ticked(*FORM.asked())
    )
    types = {f.problem_type for f in every if f.leads_to == "remediation"}

    assert types == {entry.code for entry in POLICY.lists["problem_types"]}
    assert len(types) == 12


def test_tg_f204_the_overall_judgement_is_a_clue_and_no_problem_to_be_put_right():
    found = FORM.found(ticked("13.01", "13.02"), "ordinary")

    assert [(f.item, f.leads_to, f.problem_type) for f in found] == [
        ("13.01", "clue", None),
        ("13.02", "clue", None),
    ]


# Annex 3: the ledgers


def headings(columns):
    return [f"{c.under.zh}/{c.zh}" if c.under else c.zh for c in columns]


def test_tg_s03_tg_s05_tg_d11_the_ledgers_have_the_columns_of_annex_3():
    household, area = POLICY.ledgers
    tail = [
        "问题类型", "具体内容", "整改措施", "整改责任/责任人", "整改责任/责任单位", "整改时限",
        "整改成效",
    ]  # fmt: skip

    assert (household.annex, area.annex) == ("附件3-1", "附件3-2")
    assert headings(household.columns) == [
        "序号", "镇", "村", "户主姓名", "户类型（脱贫户、边缘易致贫户、一般农户）", *tail,
    ]  # fmt: skip
    assert headings(area.columns) == ["序号", "面上问题层级", *tail]
    assert headings(household.header) == ["填报单位（盖章）", "填报人", "填报时间"]
    assert {household.assumed, area.assumed} == {False}


def test_tg_s03_a_problem_of_an_area_is_of_one_of_three_levels():
    assert [e.zh for e in POLICY.lists["problem_levels"]] == ["县级层面", "镇级层面", "村级层面"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("就业方面", "employment", id="as a sample line says"),
        pytest.param("医疗保障", "basic_medical", id="as another sample line says"),
        pytest.param("脱贫人口就业", "employment", id="its own name"),
        pytest.param(" 义 务\n教 育 ", "compulsory_education", id="spread over a cell"),
        pytest.param("综合判定", None, id="a type of items that is no type of problem"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_tg_f301_a_type_of_problem_is_known_by_its_aliases(text, code):
    assert code_called(text, "problem_types", POLICY.lists, POLICY.aliases) == code


def test_tg_f301_an_alias_is_of_its_own_list():
    assert code_called("就业方面", "household_types", POLICY.lists, POLICY.aliases) is None


# Annex 4: the table

[TABLE] = POLICY.rollups


def test_tg_s04_the_table_has_the_rows_and_columns_of_annex_4():
    first, *others = TABLE.rows

    assert (first.zh, list(first.of)) == ("“三保障”和饮水安全", GUARANTEES)
    assert all(len(row.of) == 1 and row.zh is None for row in others)
    assert [*TABLE.problem_types] == [entry.code for entry in POLICY.lists["problem_types"]]
    assert TABLE.total.zh == "合计"
    assert headings(TABLE.columns) == [
        "单位",
        "问题类型",
        "共排查问题数",
        "已整改数",
        "正在整改数",
        "拟识别监测对象（镇、村）/户数",
        "拟识别监测对象（镇、村）/人数",
    ]
    assert headings(TABLE.header) == ["单位（盖章）", "填报人", "填报时间"]


def test_tg_s04_only_towns_and_villages_say_who_is_to_be_recognised():
    bound = {column.code: column.filled_by for column in TABLE.columns if column.filled_by}

    assert bound == dict.fromkeys(
        ("to_recognise_households", "to_recognise_persons"), ("township", "village")
    )


def test_tg_f401_what_was_found_is_put_right_or_being_put_right():
    agrees = {"found": 3, "rectified": 2, "in_progress": 1}

    assert list(disagreements(TABLE, agrees)) == []
    assert [one.cite for one in disagreements(TABLE, agrees | {"found": 4})] == ["TG-F401"]
    assert list(disagreements(TABLE, {})) == []


def test_tg_f401_the_total_is_the_sum_of_the_twelve_rows():
    row = {"found": 3, "rectified": 2, "in_progress": 1, "to_recognise_households": 1}
    rows = dict.fromkeys(TABLE.problem_types, row)
    whole = total(TABLE, rows)

    assert whole == {
        "found": 36,
        "rectified": 24,
        "in_progress": 12,
        "to_recognise_households": 12,
        "to_recognise_persons": 0,
    }
    assert total(TABLE, {"overall_judgement": row}) == dict.fromkeys(whole, 0)
