"""Who is monitored (TG 二（二）2（2）): the income line, the three outcomes, no quota."""

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
