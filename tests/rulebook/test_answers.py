"""The answers to a checklist: what no form could hold, what is refused, what is always so."""

import json
from typing import get_args

import pytest
from filled import FORMS, INSPECTOR, Form, given, ticked
from hypothesis import given as for_all
from hypothesis import strategies as st
from pydantic import ValidationError

from service.workflows.answers import (
    Answer,
    FilledChecklist,
    as_number,
    defects,
    findings,
    needs_form,
    prefilled,
)
from service.workflows.checklist import (
    AnswerKind,
    Checklist,
    FilledFor,
    FillingCode,
    LeadsTo,
    NumberUnit,
)
from service.workflows.words import WORDS

HOME = Form("zhanggong-2021", "household_register")
SURVEY = Form("taogou-2021", "household_survey")

A_CHECKLIST = {
    "code": "made_up", "zh": "表", "en": "form", "filled_for": "household", "by": ["cadre"],
    "cite": "EX-F01",
    "groups": [
        {
            "code": "one", "zh": "一", "en": "one", "problem_type": "one",
            "items": [
                {"code": "a", "zh": "甲", "en": "a"},
                {"code": "b", "zh": "乙", "en": "b", "answer": "choice", "list": "grades"},
                {"code": "c", "zh": "丙", "en": "c", "answer": "yes_no"},
                {
                    "code": "d", "zh": "丁", "en": "d", "answer": "number",
                    "number": {"unit": "yuan", "below": 6000}, "cite": "EX-F02",
                },
            ],
        }
    ],
}  # fmt: skip
LISTS = {"grades": SURVEY.policy.lists["household_types"]}


def wrong(answers):
    checklist = Checklist.model_validate(A_CHECKLIST)
    found = defects(checklist, given(answers), "any", LISTS)
    return [(one.code, (*one.need, *one.have)[0]) for one in found]


# What may be said, in both languages


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        pytest.param("answer_kinds", AnswerKind, id="how an item is answered"),
        pytest.param("filled_for", FilledFor, id="what a form is filled for"),
        pytest.param("problem_consequences", LeadsTo, id="what a problem leads to"),
        pytest.param("number_units", NumberUnit, id="units"),
        pytest.param("filling_rules", FillingCode, id="rules of filling in"),
    ],
)
def test_every_code_of_a_checklist_has_its_labels(name, codes):
    assert list(WORDS[name]) == list(get_args(codes))


# What no form could hold


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"item": "1.01", "has_problem": "true"}, id="a word is no tick"),
        pytest.param({"item": "1.01", "has_problem": 1}, id="one is no tick"),
        pytest.param({"item": "1.01", "value": 1.5}, id="a fraction is written as text"),
        pytest.param({"item": "1.01", "value": 10**9 + 1}, id="a number beyond all measure"),
        pytest.param({"item": "1.01", "value": ["x"]}, id="a list"),
        pytest.param({"item": "1.01", "value": {}}, id="a table"),
        pytest.param({"item": "1.01", "text": ""}, id="no words"),
        pytest.param({"item": "1.01", "text": "x" * 2001}, id="a book"),
        pytest.param({"item": "1.01", "text": "反\u202e转"}, id="a character that turns the text"),
        pytest.param({"item": "1.01", "fixed_on_spot": None}, id="neither put right nor not"),
        pytest.param({"item": "1/01"}, id="what no item is called"),
        pytest.param({"item": "1" * 25}, id="a name too long"),
        pytest.param({"item": ""}, id="no name"),
        pytest.param({"item": 1}, id="a number for a name"),
        pytest.param({"has_problem": True}, id="no item"),
        pytest.param({"item": "1.01", "answer": True}, id="a field that there is not"),
    ],
)
def test_an_answer_of_another_shape_is_none(body):
    with pytest.raises(ValidationError):
        Answer.model_validate_json(json.dumps(body))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"answers": [{"item": "1"}] * 201}, id="more answers than any form asks for"),
        pytest.param({"answers": None}, id="no answers"),
        pytest.param({"visitors": ["李某"] * 11}, id="a crowd of visitors"),
        pytest.param({"visitors": ["13800000000"]}, id="a visitor who is a number"),
        pytest.param({"signed": "yes"}, id="a signature that is a word"),
    ],
)
def test_a_form_of_another_shape_is_none(changes):
    with pytest.raises(ValidationError):
        FilledChecklist.model_validate_json(json.dumps({"answers": []} | changes))


def test_what_was_said_stays_as_it_was_said():
    said = Answer(item="9", value="12.50")

    assert said.value == "12.50"
    with pytest.raises(ValidationError):
        said.value = 13


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0, "0"), (-5, "-5"), ("12.50", "12.50"), ("0.0001", "0.0001"), (True, None),
        (None, None), ("", None), ("1_000", None), ("٣", None), ("Infinity", None),
        ("1" * 11, None), ("1.00001", None), ("5\n", None), ("--5", None),
    ],
)  # fmt: skip
def test_a_number_is_written_in_plain_digits(value, number):
    assert as_number(value) == (None if number is None else as_number(number))
    assert number is None or str(as_number(value)) == number


# What is refused


@pytest.mark.parametrize(
    ("answers", "refused"),
    [
        pytest.param({}, [], id="nothing: the document lets it be"),
        pytest.param({"a": {}, "c": {}}, [], id="blank answers likewise"),
        pytest.param({"z": {"has_problem": True}}, [("item_not_known", "z")], id="no such item"),
        pytest.param({"z": {}}, [], id="nothing said of no such item"),
        pytest.param({"a": {"text": "x"}}, [("answer_unfit", "a")], id="words without a tick"),
        pytest.param(
            {"a": {"has_problem": True, "value": "lifted_out"}},
            [("answer_unfit", "a")],
            id="a value that no list has",
        ),
        pytest.param({"b": {"value": "lifted_out"}}, [], id="a choice"),
        pytest.param({"b": {"value": "poor"}}, [("answer_unfit", "b")], id="no such choice"),
        pytest.param({"b": {"value": True}}, [("answer_unfit", "b")], id="yes is no choice"),
        pytest.param(
            {"b": {"value": "lifted_out", "has_problem": True}},
            [("answer_unfit", "b")],
            id="a choice is no problem",
        ),
        pytest.param({"c": {"value": False}}, [], id="no is an answer"),
        pytest.param({"c": {"value": 0}}, [("answer_unfit", "c")], id="nought is not no"),
        pytest.param({"d": {"value": "5999.99"}}, [], id="a number"),
        pytest.param({"d": {"value": 6001}}, [], id="a number that is no share"),
        pytest.param(
            {"d": {"value": 6000, "fixed_on_spot": True}},
            [("fixed_without_problem", "d")],
            id="put right, though it was right",
        ),
        pytest.param({"d": {"fixed_on_spot": True}}, [("answer_unfit", "d")], id="put right: what"),
    ],
)
def test_an_answer_says_what_its_item_asks_for(answers, refused):
    assert wrong(answers) == refused


def test_an_item_is_answered_once_and_the_first_answer_counts():
    twice = (
        Answer(item="4.01", has_problem=False),
        Answer(item="4.01", has_problem=True, text="水量不足"),
    )
    refused = defects(SURVEY.checklist, twice, "ordinary", SURVEY.policy.lists)

    assert [(one.code, one.have) for one in refused] == [("answer_twice", ("4.01",))]
    assert findings(SURVEY.checklist, twice, "ordinary", INSPECTOR) == []


def test_everything_that_is_wrong_is_named_at_once():
    answers = ticked("1.02", "99") | ticked("2.01", text=None)

    assert [code for code, *_ in SURVEY.wrong(answers, "ordinary")] == [
        "item_not_asked",
        "item_not_known",
        "description_missing",
    ]


def test_what_is_wrong_is_told_in_both_languages():
    checklist, lists = SURVEY.checklist, SURVEY.policy.lists
    answers = given(ticked("1.02", "99") | ticked("2.01", text=None))
    labels = [one.label for one in defects(checklist, answers, "ordinary", lists)]

    assert "1.02" in labels[0].zh
    assert "1.02" in labels[0].en
    assert labels[1].en == "The form has no item 99."
    assert labels[2].zh == "第2.01项有问题，须写明具体内容（text）"


def test_a_number_below_what_the_rule_says_is_a_problem():
    checklist = Checklist.model_validate(A_CHECKLIST)
    shares = {value: given({"d": {"value": value}}) for value in ("5999.99", 6000, 6001)}
    found = {v: [f.cite for f in findings(checklist, a, "any", "x")] for v, a in shares.items()}

    assert found == {"5999.99": ["EX-F02"], 6000: [], 6001: []}


def test_a_form_that_says_nothing_of_clean_households_is_owed_of_them_too():
    assert needs_form(HOME.checklist, []) is True


def test_an_answer_that_no_longer_fits_its_item_is_asked_again():
    last = given({"b": {"value": "gone"}, "c": {"value": True}, "z": {"value": True}})
    known = prefilled(Checklist.model_validate(A_CHECKLIST), last, {}, LISTS)

    assert [answer.item for answer in known.answers] == ["c"]


# What is always so

TYPES = st.sampled_from([None, "lifted_out", "marginal", "ordinary", "low_income", "nobody"])
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 120),
    st.sampled_from(["10.01", "low_income", "grade_c", "physical", "务工"]),
)


@st.composite
def filled(draw):
    """Draw a form of a shipped document, whom it is of, and any answers to any of its items."""
    form = draw(st.sampled_from(FORMS))
    codes = draw(st.lists(st.sampled_from([*form.checklist.items, "99"]), max_size=20))
    answers = [
        Answer(
            item=code,
            has_problem=draw(st.sampled_from([None, True, False])),
            value=draw(VALUES),
            text=draw(st.sampled_from([None, "写明"])),
            fixed_on_spot=draw(st.booleans()),
        )
        for code in codes
    ]
    return form, draw(TYPES), answers


@for_all(filled())
def test_a_problem_is_only_found_with_what_is_asked(drawn):
    form, household_type, answers = drawn
    found = [one.item for one in findings(form.checklist, answers, household_type, INSPECTOR)]

    assert found == [code for code in form.asked(household_type) if code in found]


@for_all(filled())
def test_a_problem_has_a_type_unless_it_is_a_clue(drawn):
    form, household_type, answers = drawn
    types = {entry.code for entry in form.policy.lists.get("problem_types", ())}

    for one in findings(form.checklist, answers, household_type, INSPECTOR):
        assert (one.problem_type in types) == (one.leads_to != "clue")


@for_all(filled())
def test_every_defect_has_a_sentence_and_a_provision(drawn):
    form, household_type, answers = drawn

    for one in defects(form.checklist, answers, household_type, form.policy.lists):
        assert one.label.zh
        assert one.label.en
        assert set((one.cite or "").split()) <= set(form.policy.rules)
        assert one.cite


@for_all(st.sampled_from(FORMS), TYPES, st.data())
def test_where_nothing_may_be_blank_a_form_without_defects_answers_whatever_is_asked(
    form, household_type, data
):
    rules = (HOME.checklist.rule("no_blanks"),)
    strict = form.checklist.model_copy(update={"rules": rules})
    clean = form.clean(household_type)
    left_out = data.draw(st.sets(st.sampled_from([*clean, "-"]), max_size=3)) & set(clean)
    answers = given({code: said for code, said in clean.items() if code not in left_out})
    found = list(defects(strict, answers, household_type, form.policy.lists))

    assert {need for one in found for need in one.need} == left_out
    assert {one.code for one in found} <= {"answer_blank"}


@for_all(filled())
def test_where_nothing_may_be_blank_whatever_has_no_defect_is_complete(drawn):
    form, household_type, answers = drawn
    rules = (HOME.checklist.rule("no_blanks"),)
    strict = form.checklist.model_copy(update={"rules": rules})
    answered = {answer.item for answer in answers if not answer.is_blank}

    if not list(defects(strict, answers, household_type, form.policy.lists)):
        assert answered == set(form.asked(household_type))


@for_all(st.sampled_from(FORMS), TYPES)
def test_a_form_that_answers_everything_as_asked_has_no_defect_and_finds_nothing(
    form, household_type
):
    answers = form.clean(household_type)

    assert form.wrong(answers, household_type) == []
    assert form.found(answers, household_type) == []
