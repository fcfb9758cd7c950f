"""Who is monitored: the income line, the outcomes, the types, no quota.

The first half is Taogou's (TG 二（二）2（2）); the second is what other documents may say.
"""

from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from service.workflows.eligibility import (
    Answer,
    Assessment,
    Decision,
    EligibilityRules,
    ExclusionFound,
    Guarantees,
    HouseholdFacts,
    Income,
    IncomePeriod,
    assess,
    income_period,
)

MUST, NOT_INCLUDED = Answer.MUST_INCLUDE, Answer.NOT_INCLUDED
EXCLUDED, JUDGEMENT = Answer.EXCLUDED, Answer.JUDGEMENT

EXCLUSIONS = ("consumer_car", "fiscal_payroll", "enterprise_executive")
HOLDERS = ("member", "split_off_child")
GUARANTEES = ("education", "medical", "housing", "water")


def facts(
    income="5200",
    *,
    at_risk=False,
    stable=False,
    guaranteed=False,
    children=False,
    found=(),
    **more,
):
    """Return the facts of a household of one, with this net income."""
    said = {
        "income": Income(wages=Decimal(income), persons=1),
        "at_risk": at_risk,
        "income_stable": stable,
        "guarantees": Guarantees(**dict.fromkeys(GUARANTEES, guaranteed)),
        "children_well_off": children,
        "exclusions": [ExclusionFound(exclusion=what, holder=whose) for what, whose in found],
    }
    return HouseholdFacts(**said | more)


@pytest.fixture(name="rules")
def rules_of_taogou(taogou):
    return taogou.rules.eligibility


# The line


def test_tg_c04_the_line_of_2021_is_6000_yuan_of_net_income_a_head(rules):
    line = rules.line_for(2021)

    assert (line.per_capita_net_yuan, line.cite) == (Decimal(6000), "TG-C04")
    assert rules.base_multiple == Decimal("1.5")


@pytest.mark.parametrize("year", [2020, 2022])
def test_tg_c04_tg_d10_a_year_without_a_published_line_never_borrows_another_s(rules, year):
    assert rules.line_for(year) is None


@pytest.mark.parametrize("at_risk", [True, False])
def test_tg_c04_without_a_line_income_decides_nothing_and_judgement_does(rules, at_risk):
    poor = facts("0", at_risk=at_risk, stable=True, guaranteed=True, children=True)

    assert assess(poor, rules, 2022) == Assessment(JUDGEMENT, "TG-C05", None)


# The three outcomes, and what the document leaves open


@pytest.mark.parametrize(
    ("household", "answer"),
    [
        pytest.param(facts("5999.99", at_risk=True), MUST, id="a fen below, at risk"),
        pytest.param(facts("6000.00", at_risk=True), JUDGEMENT, id="on the line, at risk"),
        pytest.param(facts("6000.01", at_risk=True), JUDGEMENT, id="above, at risk"),
        pytest.param(facts("0", at_risk=True), MUST, id="nothing at all, at risk"),
        pytest.param(facts("-3000", at_risk=True), MUST, id="a loss, at risk"),
        pytest.param(
            facts("5999.99", at_risk=True, stable=True, guaranteed=True, children=True),
            MUST,
            id="below and at risk: what else is good changes nothing",
        ),
        pytest.param(
            facts("5999.99", stable=True, guaranteed=True, children=True),
            NOT_INCLUDED,
            id="a fen below, and all is well",
        ),
        pytest.param(
            facts("6000.00", stable=True, guaranteed=True, children=True),
            JUDGEMENT,
            id="on the line, and all is well: the document says nothing",
        ),
        pytest.param(facts("5999.99"), JUDGEMENT, id="below, not at risk, not well"),
    ],
)
def test_tg_c05_income_below_the_line_decides_together_with_the_risk(rules, household, answer):
    assert assess(household, rules, 2021).answer is answer


def test_tg_c05_below_the_line_and_not_at_risk_all_three_must_be_well_to_keep_a_household_out(
    rules,
):
    kept_out = [
        flags
        for flags in product([True, False], repeat=3)
        if assess(
            facts("5000", stable=flags[0], guaranteed=flags[1], children=flags[2]), rules, 2021
        ).answer
        is NOT_INCLUDED
    ]

    assert kept_out == [(True, True, True)]


@pytest.mark.parametrize("year", [2021, 2022])
@pytest.mark.parametrize("income", ["0", "6000", "90000"])
@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("exclusion", EXCLUSIONS)
def test_tg_c05_what_bars_a_household_bars_it_whatever_its_income(
    rules, exclusion, holder, income, year
):
    barred = facts(income, at_risk=True, found=[(exclusion, holder)])

    assert assess(barred, rules, year).answer is EXCLUDED


def test_tg_c05_the_document_bars_three_things_in_two_kinds_of_home(rules):
    assert tuple(entry.code for entry in rules.exclusions) == EXCLUSIONS
    assert tuple(entry.code for entry in rules.excluded_holders) == HOLDERS
    assert {entry.cite for entry in (*rules.exclusions, *rules.excluded_holders)} == {"TG-C05"}


@given(
    income=st.decimals(6000, 1_000_000, places=2),
    flags=st.tuples(*[st.booleans()] * 4),
)
def test_tg_c05_at_or_above_the_line_income_alone_neither_includes_nor_refuses(
    taogou, income, flags
):
    at_risk, stable, guaranteed, children = flags
    household = facts(
        income, at_risk=at_risk, stable=stable, guaranteed=guaranteed, children=children
    )

    assert assess(household, taogou.rules.eligibility, 2021).answer is JUDGEMENT


def test_tg_c05_the_answer_names_its_provision_and_the_line_it_was_measured_against(rules):
    assert assess(facts(at_risk=True), rules, 2021) == Assessment(
        MUST, "TG-C05", rules.line_for(2021), because=("below_line", "at_risk")
    )


@pytest.mark.parametrize(
    ("answer", "include", "refuse"),
    [
        pytest.param(MUST, True, False, id="must be included"),
        pytest.param(NOT_INCLUDED, False, True, id="is not included"),
        pytest.param(EXCLUDED, False, True, id="is barred"),
        pytest.param(JUDGEMENT, True, True, id="judgement: either stands"),
    ],
)
def test_tg_c05_which_decision_stands_without_an_officer_s_own_reasons(answer, include, refuse):
    assessed = Assessment(answer, "TG-C05", None)

    assert assessed.agrees_with(Decision.INCLUDE) is include
    assert assessed.agrees_with(Decision.REFUSE) is refuse


# No quota


def test_tg_c06_the_document_says_that_no_limit_of_scale_applies(rules):
    assert (rules.no_scale_limit, rules.no_scale_limit_cite) == (True, "TG-C06")


@pytest.mark.parametrize(
    "scale",
    [
        {"quota": 100},
        {"max_objects": 100},
        {"ratio": 0.03},
        {"no_scale_limit": False},
        {"no_scale_limit": 100},
    ],
    ids=str,
)
def test_tg_c06_a_quota_a_ratio_or_a_ceiling_cannot_be_written(rules, scale):
    with pytest.raises(ValidationError):
        EligibilityRules.model_validate(rules.model_dump() | scale)


def test_tg_c06_the_answer_depends_on_the_household_alone(rules):
    """The same facts get the same answer however many households were assessed before."""
    answers = {assess(facts(at_risk=True), rules, 2021).answer for _ in range(1000)}

    assert answers == {MUST}


# What other documents may say


@pytest.fixture(name="other")
def rules_of_another_document(rules):
    """Return what says Taogou's rules with some of them replaced."""
    return lambda **changes: EligibilityRules.model_validate(rules.model_dump() | changes)


def outcome(answer, **when):
    return {"answer": answer, "when": when, "cite": "TG-C05"}


def line(yuan, year=2021, area=None):
    return {"year": year, "area": area, "per_capita_net_yuan": yuan, "cite": "TG-C04"}


@pytest.mark.parametrize(
    ("household", "answer", "because"),
    [
        pytest.param(
            facts(able_to_cope=True, at_risk=True), NOT_INCLUDED, ("able_to_cope",), id="the first"
        ),
        pytest.param(facts(at_risk=True), MUST, ("at_risk",), id="the second"),
        pytest.param(facts(), JUDGEMENT, (), id="none"),
    ],
)
def test_the_first_outcome_that_holds_is_the_answer_and_says_why(other, household, answer, because):
    ordered = other(
        outcomes=[outcome("not_included", able_to_cope=True), outcome("must_include", at_risk=True)]
    )
    assessed = assess(household, ordered, 2021)

    assert (assessed.answer, assessed.because) == (answer, because)


def test_a_document_without_outcomes_leaves_everything_to_judgement(other):
    assert assess(facts("0", at_risk=True), other(outcomes=[]), 2021).answer is JUDGEMENT


def test_an_outcome_may_ask_that_something_is_not_so(other):
    rules = other(outcomes=[outcome("must_include", guarantees_met=False)])

    assert assess(facts(guaranteed=False), rules, 2021).answer is MUST
    assert assess(facts(guaranteed=True), rules, 2021).answer is JUDGEMENT


@pytest.mark.parametrize("missing", GUARANTEES)
def test_one_guarantee_that_is_not_met_is_enough(other, missing):
    rules = other(outcomes=[outcome("must_include", guarantees_met=False)])
    lacking = Guarantees(**{one: one != missing for one in GUARANTEES})

    assert assess(facts(guarantees=lacking), rules, 2021).answer is MUST


@pytest.mark.parametrize("below", [True, False])
def test_what_cannot_be_told_holds_for_neither_yes_nor_no(other, below):
    """Without a line nobody is below it, and nobody is not."""
    rules = other(income_lines=[], outcomes=[outcome("must_include", below_line=below)])

    assert assess(facts("0"), rules, 2021).answer is JUDGEMENT


def test_a_question_of_the_document_s_own_is_asked_like_any_other(other):
    rules = other(outcomes=[outcome("must_include", unemployed_three_months=True)])

    assert assess(facts(also={"unemployed_three_months": True}), rules, 2021).answer is MUST
    assert assess(facts(also={"unemployed_three_months": False}), rules, 2021).answer is JUDGEMENT
    assert assess(facts(), rules, 2021).answer is JUDGEMENT


def test_an_answer_to_a_question_of_the_document_s_own_overrules_no_computed_one(rules):
    """Who says `below_line` beside the income has not said an income."""
    rich = facts("90000", at_risk=True, also={"below_line": True})

    assert assess(rich, rules, 2021).answer is JUDGEMENT


# The income: its parts, its expense, its twelve months


def test_the_income_is_the_sum_of_its_parts_less_the_costs_shared_by_the_household():
    earned = Income(
        wages=Decimal("20000.00"),
        business=Decimal("9000.00"),
        property_income=Decimal("300.50"),
        transfers=Decimal("1200.00"),
        business_costs=Decimal("4000.00"),
        persons=4,
    )

    assert earned.net == Decimal("26500.50")
    assert facts().model_copy(update={"income": earned}).per_capita_net_income == Decimal("6625.13")


@pytest.mark.parametrize(
    ("expense", "answer"),
    [
        pytest.param("0", JUDGEMENT, id="none"),
        pytest.param("4000.00", JUDGEMENT, id="down to the line"),
        pytest.param("4000.01", MUST, id="a fen below it"),
        pytest.param("20000", MUST, id="more than the income"),
    ],
)
def test_what_a_household_paid_itself_may_bring_it_below_the_line(other, expense, answer):
    rules = other(outcomes=[outcome("must_include", below_line_after_expense=True)])
    household = facts("10000", out_of_pocket_expense=Decimal(expense))

    assert assess(household, rules, 2021).answer is answer


def test_an_expense_changes_nothing_where_the_document_does_not_count_it(rules):
    household = facts("6000", at_risk=True, out_of_pocket_expense=Decimal(6000))

    assert assess(household, rules, 2021).answer is JUDGEMENT


@pytest.mark.parametrize(
    "part",
    [
        {"persons": 0},
        {"persons": 1, "business_costs": Decimal(-1)},
        {"persons": 1, "wages": Decimal("0.001")},
        {"persons": 1, "quota": 1},
        {"wages": Decimal(1)},
    ],
    ids=str,
)
def test_an_income_that_is_none_cannot_be_recorded(part):
    with pytest.raises(ValidationError):
        Income(**part)


@pytest.mark.parametrize(
    ("rule", "day", "first", "last"),
    [
        pytest.param(
            IncomePeriod.BEFORE_APPLICATION,
            date(2021, 6, 3),
            date(2020, 6, 3),
            date(2021, 6, 2),
            id="to the day before",
        ),
        pytest.param(
            IncomePeriod.BEFORE_APPLICATION,
            date(2024, 2, 29),
            date(2023, 3, 1),
            date(2024, 2, 28),
            id="from 29 February",
        ),
        pytest.param(
            IncomePeriod.BEFORE_APPLICATION,
            date(2021, 1, 1),
            date(2020, 1, 1),
            date(2020, 12, 31),
            id="a calendar year",
        ),
        pytest.param(
            IncomePeriod.FULL_MONTHS_BEFORE,
            date(2021, 6, 30),
            date(2020, 6, 1),
            date(2021, 5, 31),
            id="whole months",
        ),
        pytest.param(
            IncomePeriod.FULL_MONTHS_BEFORE,
            date(2021, 6, 1),
            date(2020, 6, 1),
            date(2021, 5, 31),
            id="whole months, on the first of one",
        ),
        pytest.param(
            IncomePeriod.FULL_MONTHS_BEFORE,
            date(2024, 3, 15),
            date(2023, 3, 1),
            date(2024, 2, 29),
            id="whole months that end with 29 February",
        ),
    ],
)
def test_the_twelve_months_of_an_income_are_the_document_s(rule, day, first, last):
    assert income_period(rule, day) == (first, last)


# Lines of single areas


PROVINCE, CITY, COUNTY, OTHER_CITY = (f"{code:0<12}" for code in ("34", "3413", "341302", "3401"))


@pytest.mark.parametrize(
    ("areas", "yuan"),
    [
        pytest.param((), 6000, id="nobody says where"),
        pytest.param((PROVINCE, OTHER_CITY), 6000, id="where no area has one of its own"),
        pytest.param((PROVINCE, CITY), 6500, id="its city's"),
        pytest.param((PROVINCE, CITY, COUNTY), 7000, id="its county's, which is smaller"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_the_line_of_the_smallest_area_binds_in_whatever_order_they_are_written(
    other, areas, yuan, turned
):
    lines = [line(6000), line(6500, area=CITY), line(7000, area=COUNTY)]
    rules = other(income_lines=lines[::-1] if turned else lines)

    assert rules.line_for(2021, areas).per_capita_net_yuan == yuan


def test_another_area_s_line_and_another_year_s_bind_nobody(other):
    rules = other(income_lines=[line(6500, area=CITY), line(7000, 2022, COUNTY)])

    assert rules.line_for(2021, (PROVINCE, OTHER_CITY)) is None
    assert rules.line_for(2022, (PROVINCE, CITY)) is None


def test_a_household_is_measured_by_the_line_of_its_own_area(other):
    rules = other(income_lines=[line(6000), line(7000, area=COUNTY)])
    household = facts("6500", at_risk=True)

    assert assess(household, rules, 2021).answer is JUDGEMENT
    assert assess(household, rules, 2021, (PROVINCE, CITY, COUNTY)).answer is MUST


# Types of monitored households


def of_type(object_type, **when):
    return {"object_type": object_type, "when": when, "cite": "TG-C01"}


MAPPED = [
    of_type("unstable_lifted", lifted_out=True, below_line=True),
    of_type("marginal", lifted_out=False, below_line=True),
    of_type("sudden_hardship", sudden_hardship=True),
]


@pytest.mark.parametrize(
    ("household", "types"),
    [
        pytest.param(facts(lifted_out=True), ("unstable_lifted",), id="lifted out, below"),
        pytest.param(facts(), ("marginal",), id="never poor, below"),
        pytest.param(
            facts("9000", sudden_hardship=True),
            ("sudden_hardship",),
            id="above, in sudden hardship",
        ),
        pytest.param(
            facts(sudden_hardship=True), ("marginal", "sudden_hardship"), id="two types at once"
        ),
        pytest.param(facts("9000"), (), id="none"),
    ],
)
def test_the_types_that_fit_are_those_whose_conditions_the_facts_meet(other, household, types):
    assert assess(household, other(object_types=MAPPED), 2021).object_types == types


def test_a_type_that_nothing_known_speaks_against_may_be_given(other):
    """Without a line nobody can say that a household is not below it."""
    rules = other(object_types=MAPPED, income_lines=[])

    assert assess(facts(), rules, 2021).object_types == ("marginal",)
    assert assess(facts(lifted_out=True), rules, 2021).object_types == ("unstable_lifted",)


def test_a_document_that_maps_no_types_leaves_them_to_the_review(rules):
    assert assess(facts(at_risk=True), rules, 2021).object_types is None
