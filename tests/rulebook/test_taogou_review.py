"""The village's review (TG-P03, TG-C01, TG-C05): who sat in it, and what the facts bear out."""

from datetime import date

import pytest
from matters import GROUPS, OVERRIDE, POOR, RICH, WELL, WITH_CAR, a_good_matter, found, needs, said
from pydantic import ValidationError

# TG-P03: the village's review


@pytest.mark.parametrize("absent", GROUPS)
def test_tg_p03_tg_r05_tg_r06_tg_r07_each_of_four_groups_sits_in_the_meeting(taogou, absent):
    for attendance in (
        [{"group": group, "present": 2} for group in GROUPS if group != absent],
        [{"group": group, "present": 0 if group == absent else 2} for group in GROUPS],
    ):
        given = a_good_matter(taogou, "conclude_review", attendance=attendance)

        assert found(taogou, "conclude_review", given) == [("group_absent", "TG-P03")]
        assert needs(taogou, "conclude_review", given)[0] == (absent,)


def test_tg_p03_a_meeting_of_nobody_lacks_all_four_groups(taogou):
    given = a_good_matter(taogou, "conclude_review", attendance=[])

    assert needs(taogou, "conclude_review", given) == (GROUPS, ("-",))


def test_tg_p03_one_of_each_group_is_enough_and_others_may_sit_there_too(lacks):
    attendance = [{"group": group, "present": 1} for group in (*GROUPS, "guests")]

    assert lacks("conclude_review", attendance=attendance) == []


@pytest.mark.parametrize("object_type", ["unstable_lifted", "marginal", "sudden_hardship"])
def test_tg_c01_the_review_names_one_of_the_three_types(lacks, object_type):
    assert lacks("conclude_review", object_type=object_type) == []


@pytest.mark.parametrize("object_type", ["lifted_out", "ordinary", "poor"])
def test_tg_c01_tg_c07_a_type_of_the_survey_form_is_no_type_of_monitored_household(
    lacks, object_type
):
    assert lacks("conclude_review", object_type=object_type) == [("not_listed", "TG-C01")]


# TG-C05: the decision and the facts


@pytest.mark.parametrize(
    ("event", "facts"),
    [
        pytest.param("conclude_review", POOR, id="must be included, and is"),
        pytest.param("conclude_review", RICH, id="left to judgement, and included"),
        pytest.param("refuse", WELL, id="not to be included, and refused"),
        pytest.param("refuse", WITH_CAR, id="barred, and refused"),
        pytest.param("refuse", RICH, id="left to judgement, and refused"),
    ],
)
def test_tg_c05_a_decision_that_agrees_with_the_facts_needs_no_reasons_of_an_officer(
    lacks, event, facts
):
    assert lacks(event, facts=facts) == []


@pytest.mark.parametrize(
    ("event", "facts", "answer", "decision"),
    [
        pytest.param("refuse", POOR, "must_include", "refuse", id="must be included, refused"),
        pytest.param("conclude_review", WELL, "not_included", "include", id="is well, included"),
        pytest.param("conclude_review", WITH_CAR, "excluded", "include", id="barred, included"),
    ],
)
def test_tg_c05_a_decision_against_the_facts_needs_a_named_officer_and_the_reasons(
    taogou, lacks, event, facts, answer, decision
):
    assert lacks(event, facts=facts) == [("decision_against_facts", "TG-C05")]
    assert needs(taogou, event, a_good_matter(taogou, event, facts=facts)) == (
        (answer,),
        (decision,),
    )
    assert lacks(event, facts=facts, override=OVERRIDE) == []


@pytest.mark.parametrize("missing", ["officer", "reason"])
@pytest.mark.parametrize("blank", [None, "", "  "])
def test_tg_c05_an_override_without_an_officer_or_without_reasons_is_none(missing, blank):
    with pytest.raises(ValidationError):
        said("refuse", override=OVERRIDE | {missing: blank})


def test_tg_c05_the_line_of_the_day_s_own_year_is_asked(lacks):
    """In 2022 nobody has published a line yet: what had to be included is left to judgement."""
    assert lacks("refuse", facts=POOR, today=date(2021, 12, 31)) != []
    assert lacks("refuse", facts=POOR, today=date(2022, 1, 1)) == []


def test_tg_c05_nobody_is_refused_without_facts(lacks):
    assert lacks("refuse", facts=None) == [("facts_missing", "TG-C05")]
    assert lacks("refuse", facts=None, override=OVERRIDE) == [("facts_missing", "TG-C05")]


def test_tg_c05_a_refusal_without_facts_of_its_own_rests_on_the_review_s(lacks):
    poor, well = (said("conclude_review", facts=facts, override=OVERRIDE) for facts in (POOR, WELL))

    assert lacks("refuse", well, facts=None) == []
    assert lacks("refuse", poor, facts=None) == [("decision_against_facts", "TG-C05")]


def test_tg_c05_of_two_reviews_the_newest_facts_count(lacks):
    poor, well = (said("conclude_review", facts=facts, override=OVERRIDE) for facts in (POOR, WELL))

    assert lacks("refuse", poor, well, facts=None) == []
    assert lacks("refuse", well, poor, facts=None) == [("decision_against_facts", "TG-C05")]


@pytest.mark.parametrize(
    ("exclusion", "holder", "codes"),
    [
        pytest.param("consumer_car", "member", [], id="both listed"),
        pytest.param("yacht", "member", ["not_listed"], id="an exclusion"),
        pytest.param("consumer_car", "cousin", ["not_listed"], id="a holder"),
        pytest.param("yacht", "cousin", ["not_listed"] * 2, id="both"),
    ],
)
def test_tg_c05_only_what_the_document_lists_bars_a_household(lacks, exclusion, holder, codes):
    barred = POOR | {"exclusions": [{"exclusion": exclusion, "holder": holder}]}

    assert lacks("refuse", facts=barred) == [(code, "TG-C05") for code in codes]


@pytest.mark.parametrize(
    ("event", "facts", "answer", "because"),
    [
        ("conclude_review", POOR, "must_include", "below_line at_risk"),
        ("conclude_review", RICH, "judgement", ""),
        (
            "refuse",
            WELL,
            "not_included",
            "below_line income_stable guarantees_met children_well_off",
        ),
        ("refuse", WITH_CAR, "excluded", "excluded"),
    ],
)
def test_tg_c05_the_answer_its_reasons_and_its_line_are_kept_beside_the_decision(
    follows, event, facts, answer, because
):
    assert follows(event, facts=facts) == {
        "answer": answer,
        "because": because,
        "cite": "TG-C05",
        "income_line": "6000 (2021)",
    }
