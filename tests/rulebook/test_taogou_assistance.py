"""While a household is helped (TG-H), and when its risk is gone (TG-E): each requirement alone."""

import pytest
from matters import CRITERIA, HELPED, HELPER, MEASURES, matter, said

from service.workflows.matter import HouseholdFile

# TG-H06: who follows a helper


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        pytest.param({}, [], id="out of the same unit"),
        pytest.param({"helper_unit": "另一单位"}, ["other_unit_unexplained"], id="out of another"),
        pytest.param(
            {"helper_unit": "另一单位", "same_unit_impossible": "原单位已撤并"},
            [],
            id="out of another, with the reason",
        ),
        pytest.param(
            {"helper_kind": "responsible"}, ["no_helper_to_replace"], id="nobody to follow"
        ),
        pytest.param({"ground": "promotion"}, ["not_listed"], id="on a ground that is not listed"),
    ],
)
def test_tg_h06_who_follows_a_helper_comes_from_the_same_unit_first(lacks, changes, codes):
    assert lacks("replace_helper", *HELPED, **changes) == [(code, "TG-H06") for code in codes]


def test_tg_h06_the_helper_who_came_last_is_the_one_who_is_followed(lacks):
    moved = said("replace_helper", helper_unit="另一单位", same_unit_impossible="原单位已撤并")

    assert lacks("replace_helper", *HELPED, moved, helper_unit="另一单位") == []
    assert lacks("replace_helper", *HELPED, moved, helper_unit=HELPER["helper_unit"]) != []


# TG-H01, TG-H03: the plan and its measures


@pytest.mark.parametrize("event", ["agree_plan", "revise_plan"])
@pytest.mark.parametrize(
    ("measures", "lacking"),
    [
        pytest.param(MEASURES, [], id="with its owner"),
        pytest.param(
            [MEASURES[0] | {"owner": None}], [("measure_incomplete", "TG-H01")], id="without owner"
        ),
        pytest.param(MEASURES * 2, [("measure_twice", "TG-H01")], id="two of one number"),
        pytest.param(
            [MEASURES[0] | {"kind": "lottery"}],
            [("not_listed", "TG-H03")],
            id="of a kind that is not listed",
        ),
    ],
)
def test_tg_h01_tg_h03_a_measure_has_its_number_its_kind_and_its_owner(
    lacks, event, measures, lacking
):
    assert lacks(event, measures=measures) == lacking


@pytest.mark.parametrize(("number", "codes"), [(1, []), (2, ["not_listed"])])
def test_tg_h01_progress_is_told_of_a_measure_of_the_plan(lacks, number, codes):
    assert lacks("record_progress", *HELPED, measure=number) == [(code, "TG-H01") for code in codes]


def test_tg_h01_without_a_plan_there_is_no_progress(lacks):
    assert lacks("record_progress") == [("no_plan", "TG-H01")]


# TG-E01: the criteria, one by one


def looked_at(**met):
    return [{"criterion": one, "met": met.get(one, True)} for one in CRITERIA]


@pytest.mark.parametrize("criterion", CRITERIA)
def test_tg_e01_each_criterion_is_looked_at_by_itself_and_is_met(lacks, criterion):
    others = [one for one in looked_at() if one["criterion"] != criterion]

    assert lacks("record_criteria", criteria=others) == [("criterion_not_stated", "TG-E01")]
    assert lacks("record_criteria", criteria=looked_at(**{criterion: False})) == [
        ("criterion_not_met", "TG-E01")
    ]


def test_tg_e01_a_criterion_that_the_document_does_not_have_is_refused(lacks):
    more = [*looked_at(), {"criterion": "village_is_proud", "met": True}]

    assert lacks("record_criteria", criteria=more) == [("not_listed", "TG-E01")]


# TG-E05, TG-E06: who is not marked yet


@pytest.mark.parametrize(
    ("ground", "cite"), [("no_labour", "TG-E06"), ("weak_stability", "TG-E05")]
)
def test_tg_e05_tg_e06_what_was_found_at_home_keeps_a_household_from_being_marked(
    lacks, ground, cite
):
    assert lacks("record_criteria", hold_grounds=[ground]) == [("held_for", cite)]


def test_tg_e06_what_the_register_says_of_a_household_keeps_it_as_well(taogou):
    unable = HouseholdFile(traits=frozenset({"no_labour"}))
    given = matter(taogou, said("record_criteria"), household=unable)

    [blocker] = taogou.blockers("elimination_verification", "record_criteria", given)

    assert (blocker.code, blocker.have, blocker.cite) == ("held_for", ("no_labour",), "TG-E06")


@pytest.mark.parametrize(
    ("ground", "codes"), [("no_labour", []), ("weak_stability", []), ("mood", ["not_listed"])]
)
def test_tg_e05_tg_e06_a_household_is_held_on_one_of_two_grounds(lacks, ground, codes):
    assert lacks("hold", ground=ground) == [(code, "TG-E05 TG-E06") for code in codes]


# TG-E02, TG-E03: in the village


def test_tg_e02_what_the_village_spoke_against_is_not_eliminated(taogou):
    for opinion, codes in (("for", []), ("against", ["opinion_against"])):
        given = matter(taogou, said("conclude_deliberation", opinion=opinion))
        found = taogou.blockers("elimination_review", "conclude_deliberation", given)

        assert [blocker.code for blocker in found] == codes


def test_tg_e03_an_open_objection_holds_the_end_of_the_publicity(taogou):
    for before, codes in (([], []), (["object"], ["objection_open"])):
        given = matter(taogou, said("conclude_publicity"), *before)
        found = taogou.blockers("elimination_publicity", "conclude_publicity", given)

        assert [(one.code, one.cite) for one in found] == [(code, "TG-E03") for code in codes]
