"""What a document may require of an act, beyond what Taogou's requires: each one met and refused.

A policy names a requirement and gives its numbers; `only_for` says whom it concerns. Taogou's own
are told in its tests, act by act.
"""

from dataclasses import replace
from typing import get_args
from uuid import UUID

import pytest
from matters import HELPED, HELPER, POOR, VISIT, matter, said
from pydantic import TypeAdapter, ValidationError

from service.workflows.eligibility import EligibilityRules
from service.workflows.matter import HouseholdFile, Visited
from service.workflows.monitoring.requirements import AnyRequirement

READER = TypeAdapter(AnyRequirement)
CITE = "TG-P03"


def a_requirement(name, **parameters):
    return READER.validate_python({"requirement": name, "cite": CITE, **parameters})


@pytest.fixture(name="lacks")
def what_a_requirement_finds(taogou):
    """Return what says what one requirement finds: `lacks(requirement, given)`."""

    def found(requirement, *said_of_it, **known):
        given = matter(taogou, *said_of_it, **known)
        blockers = list(requirement.blockers(given))
        assert all(blocker.cite == CITE and blocker.label.zh for blocker in blockers)
        return [(blocker.code, blocker.need, blocker.have) for blocker in blockers]

    return found


def codes(found):
    return [code for code, _, _ in found]


# Numbers and lists


@pytest.mark.parametrize(
    ("name", "body", "lacking"),
    [
        pytest.param("at_least", {"participants": 10}, [], id="a floor, reached"),
        pytest.param("at_least", {"participants": 9}, ["below_floor"], id="a floor, not reached"),
        pytest.param("at_most", {"participants": 10}, [], id="a ceiling, reached"),
        pytest.param("at_most", {"participants": 11}, ["above_ceiling"], id="a ceiling, passed"),
    ],
)
def test_a_number_that_is_stated_has_a_floor_or_a_ceiling(lacks, name, body, lacking):
    requirement = a_requirement(name, field="participants", number=10)

    assert codes(lacks(requirement, said("conclude_deliberation", **body))) == lacking


@pytest.mark.parametrize(
    ("name", "visitors", "lacking"),
    [
        ("at_least", 1, ["below_floor"]),
        ("at_least", 2, []),
        ("at_most", 2, []),
        ("at_most", 3, ["above_ceiling"]),
    ],
)
def test_of_a_list_its_entries_are_counted(lacks, name, visitors, lacking):
    requirement = a_requirement(name, field="visitors", number=2)
    body = said("record_verification", visitors=["甲村干"] * visitors)

    assert codes(lacks(requirement, body)) == lacking


@pytest.mark.parametrize("value", ["3.5", 3, "-4"])
def test_a_number_may_stand_in_the_document_s_own_form(lacks, value):
    requirement = a_requirement("at_least", field="area", number="3.6")

    assert lacks(requirement, said("file", form={"area": value})) == [
        ("below_floor", ("area", "3.6"), (str(value),))
    ]


@pytest.mark.parametrize("value", [None, "many", True])
def test_what_is_no_number_is_measured_by_nothing(lacks, value):
    """Whether it must be stated is another requirement, what it may be is the form's."""
    form = {} if value is None else {"area": value}

    assert lacks(a_requirement("at_least", field="area", number=1), said("file", form=form)) == []


@pytest.mark.parametrize(
    ("listed", "lacking"),
    [
        pytest.param(["illness"], [], id="listed"),
        pytest.param(["illness", "gambling", "luck"], ["gambling", "luck"], id="two are not"),
        pytest.param([], [], id="nothing is said"),
    ],
)
def test_each_of_several_codes_stands_in_its_list(lacks, listed, lacking):
    requirement = a_requirement("listed", field="risk_types", list="risk_types")
    found = lacks(requirement, said("conclude_review", risk_types=listed))

    assert [have for _, _, have in found] == [(one,) for one in lacking]


@pytest.mark.parametrize(
    ("name", "form", "lacking"),
    [
        ("stated", {"told": "x"}, []),
        ("stated", {"told": False}, []),
        ("stated", {}, ["field_missing"]),
        ("confirmed", {"told": True}, []),
        ("confirmed", {"told": False}, ["not_confirmed"]),
        ("confirmed", {"told": "yes"}, ["not_confirmed"]),
        ("confirmed", {}, ["not_confirmed"]),
    ],
)
def test_a_field_of_the_document_s_own_form_is_filled_in_or_confirmed(lacks, name, form, lacking):
    assert codes(lacks(a_requirement(name, fields=["told"]), said("file", form=form))) == lacking


@pytest.mark.parametrize(
    ("before", "lacking"),
    [
        pytest.param(["sign_consent"], [], id="done"),
        pytest.param([], ["act_missing"], id="never done"),
        pytest.param(["sign_consent", "post_publicity"], ["act_missing"], id="before, not since"),
        pytest.param(["post_publicity", "sign_consent"], [], id="since"),
    ],
)
def test_something_was_done_since_something_else(lacks, before, lacking):
    requirement = a_requirement("done", act="consent", since="posting")

    assert codes(lacks(requirement, said("report"), *before)) == lacking


# Meetings


@pytest.mark.parametrize(
    ("attendance", "participants", "lacking"),
    [
        pytest.param([], 10, [], id="so many took part"),
        pytest.param([], 9, ["too_few_present"], id="one too few"),
        pytest.param([("a", 6), ("b", 4)], 1, [], id="so many, over all groups"),
        pytest.param([("a", 6), ("b", 3)], 9, ["too_few_present"], id="too few over all groups"),
    ],
)
def test_so_many_sat_in_the_meeting(lacks, attendance, participants, lacking):
    body = said(
        "conclude_deliberation",
        attendance=[{"group": group, "present": present} for group, present in attendance],
        participants=participants,
    )

    assert codes(lacks(a_requirement("present_at_least", number=10), body)) == lacking


@pytest.mark.parametrize(("present", "lacking"), [(5, []), (4, ["too_few_present"])])
def test_so_many_of_one_group_sat_in_the_meeting(lacks, present, lacking):
    requirement = a_requirement("present_at_least", number=5, group="villager_representatives")
    attendance = [
        {"group": "villager_representatives", "present": present},
        {"group": "village_committee", "present": 20},
    ]

    body = said("conclude_deliberation", attendance=attendance, participants=40)

    assert codes(lacks(requirement, body)) == lacking


@pytest.mark.parametrize(
    ("seat", "lacking"),
    [
        pytest.param({"present": 20, "of": 30}, [], id="two thirds"),
        pytest.param({"present": 19, "of": 30}, ["too_few_present"], id="fewer"),
        pytest.param({"present": 31, "of": 30}, ["above_ceiling"], id="more than there are"),
        pytest.param({"present": 20}, ["share_unknown"], id="of how many nobody says"),
        pytest.param({"group": "guests", "present": 9, "of": 9}, ["share_unknown"], id="others"),
    ],
)
def test_a_share_of_a_group_sat_in_the_meeting(lacks, seat, lacking):
    requirement = a_requirement("share_present", share="0.6666", group="villager_representatives")
    body = said("conclude_deliberation", attendance=[{"group": "villager_representatives"} | seat])

    assert codes(lacks(requirement, body)) == lacking


@pytest.mark.parametrize("more_than", [True, False])
@pytest.mark.parametrize(
    ("votes", "lacking"),
    [
        pytest.param((7, 12), (False, False), id="more than half"),
        pytest.param((6, 12), (True, False), id="just half"),
        pytest.param((5, 12), (True, True), id="fewer"),
    ],
)
def test_a_majority_of_the_votes_is_at_least_a_share_or_more_than_it(
    lacks, more_than, votes, lacking
):
    requirement = a_requirement("majority", share="0.5", more_than=more_than)
    body = said("conclude_deliberation", votes_for=votes[0], votes_cast=votes[1])

    assert codes(lacks(requirement, body)) == ["no_majority"] * lacking[not more_than]


def test_more_votes_than_were_cast_are_no_majority(lacks):
    body = said("conclude_deliberation", votes_for=13, votes_cast=12)

    assert lacks(a_requirement("majority", share="0.5"), body) == [
        ("above_ceiling", ("votes_cast", "12"), ("13",))
    ]


@pytest.mark.parametrize(("opinion", "lacking"), [("for", []), ("against", ["opinion_against"])])
def test_an_opinion_that_was_given_before_may_bind_what_comes_after(lacks, opinion, lacking):
    requirement = a_requirement("in_favour", act="group_deliberation")
    heard = said("conclude_deliberation", opinion=opinion)

    assert codes(lacks(requirement, said("report"), heard)) == lacking


@pytest.mark.parametrize(
    ("object_type", "override", "lacking"),
    [
        pytest.param("marginal", None, [], id="the type that the facts give"),
        pytest.param("unstable_lifted", None, ["object_type_unfit"], id="another"),
        pytest.param(
            "unstable_lifted", {"officer": "丙乡干", "reason": "另附"}, [], id="with reasons"
        ),
    ],
)
def test_the_type_is_one_that_the_facts_give(taogou, object_type, override, lacking):
    mapped = [
        {"object_type": code, "when": {"lifted_out": lifted_out}, "cite": CITE}
        for code, lifted_out in (("unstable_lifted", True), ("marginal", False))
    ]
    rules = taogou.rules.eligibility.model_dump() | {"object_types": mapped}
    body = said("conclude_review", object_type=object_type, facts=POOR, override=override)
    given = replace(matter(taogou, body), eligibility=EligibilityRules.model_validate(rules))

    found = a_requirement("object_type_fits").blockers(given)

    assert [blocker.code for blocker in found] == lacking


# Helpers, measures, criteria


@pytest.mark.parametrize(
    ("helpers", "owed"),
    [
        pytest.param([], ("responsible", "contact"), id="nobody"),
        pytest.param(["contact"], ("responsible",), id="one of the two"),
        pytest.param(["contact", "responsible"], None, id="both"),
    ],
)
def test_a_helper_of_each_kind_was_assigned(lacks, helpers, owed):
    requirement = a_requirement("helpers_owed", kinds=["responsible", "contact"])
    before = [said("assign_helper", **HELPER | {"helper_kind": kind}) for kind in helpers]

    found = lacks(requirement, said("agree_plan"), *before)

    assert found == ([("helper_missing", owed, ())] if owed else [])


def measures(*kinds, **fields):
    """Return a plan's measures, one of each kind, against the risk that is named."""
    return [
        {"number": number, "kind": kind, "what": "措施", **fields}
        for number, kind in enumerate(kinds, 1)
    ]


ANSWERS = {"illness": ["health", "social_security"], "disaster": ["housing"]}


@pytest.mark.parametrize(
    ("risks", "plan", "lacking"),
    [
        pytest.param(["illness"], measures("health"), [], id="the risk is answered"),
        pytest.param(["illness"], measures("water"), ["risk_without_measure"], id="it is not"),
        pytest.param(
            ["illness", "disaster"],
            measures("health"),
            ["risk_without_measure"],
            id="one of two is not",
        ),
        pytest.param(["other"], measures("water"), [], id="a risk that asks for nothing special"),
        pytest.param(
            ["other"],
            measures("water", risk_type="illness"),
            ["measure_mismatch"],
            id="a measure that misses its own risk",
        ),
        pytest.param(
            ["illness"],
            measures("health", "water", risk_type="illness"),
            ["measure_mismatch"],
            id="one measure answers, another misses",
        ),
    ],
)
def test_measures_answer_the_risks_of_the_household(lacks, risks, plan, lacking):
    requirement = a_requirement("measures_match", by_risk_type=ANSWERS)
    review = said("conclude_review", risk_types=risks)

    assert codes(lacks(requirement, said("agree_plan", measures=plan), review)) == lacking


def test_a_revised_plan_answers_the_risks_as_the_first_one_did(lacks):
    requirement = a_requirement("measures_match", by_risk_type=ANSWERS)
    revised = said("revise_plan", measures=measures("water"))

    assert codes(lacks(requirement, revised, "conclude_review")) == ["risk_without_measure"]


@pytest.mark.parametrize(
    ("progress", "open_"),
    [
        pytest.param([], ("1", "2"), id="none is done"),
        pytest.param([(1, True)], ("2",), id="one is done"),
        pytest.param([(1, True), (2, True)], None, id="all are done"),
        pytest.param([(1, True), (2, True), (1, False)], ("1",), id="one was taken back"),
    ],
)
def test_every_measure_of_the_plan_has_been_carried_out(lacks, progress, open_):
    plan = said("agree_plan", measures=measures("health", "housing"))
    told = [said("record_progress", measure=number, done=done) for number, done in progress]

    found = lacks(a_requirement("measures_done"), said("propose_elimination"), plan, *told)

    assert found == ([("measures_open", (), open_)] if open_ else [])


def test_only_the_measures_of_the_plan_as_it_stands_are_owed(lacks):
    plan = said("agree_plan", measures=measures("health", "housing"))
    revised = said("revise_plan", measures=measures("health"))
    done = said("record_progress", measure=1, done=True)

    assert (
        lacks(a_requirement("measures_done"), said("propose_elimination"), plan, done, revised)
        == []
    )


# Visits


@pytest.mark.parametrize("event", ["record_visit", "record_verification", "record_criteria"])
@pytest.mark.parametrize(("size", "lacking"), [(1, ["team_too_small"]), (2, []), (3, [])])
def test_so_many_go_together_whatever_the_visit_is_for(lacks, event, size, lacking):
    one = VISIT["visitors"][0] if event == "record_visit" else "甲村干"
    body = said(event, visitors=[one] * size)

    assert codes(lacks(a_requirement("team_size", minimum=2), body)) == lacking


HERE, ELSEWHERE = UUID(int=100), [UUID(int=number) for number in range(101, 110)]
CADRE, TEAM = "village_cadre", "resident_team"


def visits(*seen):
    """Return the visits of a day that are known already: name, role, and how many households."""
    return tuple(
        Visited(household, name, role)
        for name, role, many in seen
        for household in ELSEWHERE[:many]
    )


@pytest.mark.parametrize(
    ("known", "joint", "lacking"),
    [
        pytest.param([], False, [], id="the first of the day"),
        pytest.param([("甲村干", CADRE, 2)], False, [], id="the last that is allowed"),
        pytest.param([("甲村干", CADRE, 3)], False, ["甲村干"], id="one too many"),
        pytest.param([("乙村干", CADRE, 3)], False, [], id="somebody else's are not counted"),
        pytest.param([("甲村干", "helper", 3)], False, [], id="nor those in another role"),
        pytest.param([("乙村干", CADRE, 3)], True, ["甲村干"], id="jointly they are counted"),
        pytest.param(
            [("乙村干", CADRE, 3), ("丙队员", TEAM, 3)],
            True,
            ["甲村干"],
            id="jointly, each household once",
        ),
        pytest.param([("乙村干", CADRE, 2), ("丙队员", TEAM, 2)], True, [], id="the same two"),
    ],
)
def test_nobody_visits_more_than_so_many_households_a_day(lacks, known, joint, lacking):
    requirement = a_requirement("daily_cap", households=3, roles=[CADRE, TEAM], joint=joint)

    found = lacks(
        requirement,
        said("record_visit"),
        household=HouseholdFile(id=HERE),
        visited=visits(*known),
    )

    assert found == [("daily_cap_reached", ("3",), (name, "3")) for name in lacking]


def test_a_second_visit_to_one_household_on_one_day_counts_once(lacks):
    requirement = a_requirement("daily_cap", households=3, roles=[CADRE])
    known = (*visits(("甲村干", CADRE, 2)), Visited(HERE, "甲村干", CADRE))

    assert lacks(
        requirement, said("record_visit"), household=HouseholdFile(id=HERE), visited=known
    ) == []  # fmt: skip


def test_a_visit_without_anybody_in_these_roles_is_bound_by_no_cap(lacks):
    for joint in (True, False):
        requirement = a_requirement("daily_cap", households=1, roles=[TEAM], joint=joint)

        assert lacks(
            requirement,
            said("record_visit"),
            household=HouseholdFile(id=HERE),
            visited=visits(("丙队员", TEAM, 3)),
        ) == []  # fmt: skip


# Whom a requirement concerns


NEVER = {"field": "participants", "number": 10_000}
"""A floor that no meeting reaches: what concerns the case is refused."""


@pytest.mark.parametrize(
    ("only_for", "concerned"),
    [
        pytest.param({}, True, id="everybody"),
        pytest.param({"object_types": ["marginal"]}, True, id="its type"),
        pytest.param({"object_types": ["sudden_hardship"]}, False, id="another type"),
        pytest.param({"object_types": ["sudden_hardship", "marginal"]}, True, id="one of two"),
        pytest.param({"household_types": ["ordinary"]}, True, id="its kind of household"),
        pytest.param({"household_types": ["lifted_out"]}, False, id="another kind"),
        pytest.param({"traits": ["no_labour"]}, True, id="what it is"),
        pytest.param({"traits": ["relocated"]}, False, id="what it is not"),
        pytest.param({"without_traits": ["relocated"]}, True, id="unless it is something else"),
        pytest.param({"without_traits": ["no_labour"]}, False, id="unless it is this"),
        pytest.param({"risk_types": ["illness"]}, True, id="its risk"),
        pytest.param({"risk_types": ["disaster"]}, False, id="another risk"),
        pytest.param({"channels": ["self_application"]}, True, id="how it came to light"),
        pytest.param({"channels": ["department_warning"]}, False, id="another way"),
        pytest.param({"answers": {"grade": ["red"]}}, True, id="an answer"),
        pytest.param({"answers": {"grade": ["yellow"]}}, False, id="another answer"),
        pytest.param({"answers": {"urgent": ["true"]}}, True, id="yes"),
        pytest.param({"answers": {"urgent": ["false"]}}, False, id="no"),
        pytest.param({"answers": {"asked_by_nobody": ["x"]}}, False, id="no answer at all"),
        pytest.param(
            {"object_types": ["marginal"], "traits": ["no_labour"]}, True, id="both conditions"
        ),
        pytest.param(
            {"object_types": ["marginal"], "traits": ["relocated"]}, False, id="one of both"
        ),
    ],
)
def test_a_requirement_concerns_only_those_whom_it_names(lacks, only_for, concerned):
    asked = said("record_verification", form={"grade": "red", "urgent": True})
    household = HouseholdFile(household_type="ordinary", traits=frozenset({"no_labour"}))

    found = lacks(
        a_requirement("at_least", only_for=only_for, **NEVER),
        said("conclude_deliberation"),
        "open",
        asked,
        "conclude_review",
        household=household,
    )

    assert codes(found) == ["below_floor"] * concerned


def test_what_is_said_now_goes_before_what_was_said_earlier(lacks):
    """A review that gives the type is bound by what concerns that type."""
    sudden = said("conclude_review", object_type="sudden_hardship", votes_for=1, votes_cast=2)

    for object_type, lacking in (("marginal", []), ("sudden_hardship", ["no_majority"])):
        only_for = {"object_types": [object_type]}
        requirement = a_requirement("majority", share="0.9", only_for=only_for)

        assert codes(lacks(requirement, sudden, "conclude_review")) == lacking


# Every requirement of the catalogue


OF_TAOGOU_TOO = {
    "confirmed": {"fields": ["told"]},
    "stated": {"fields": ["told"]},
    "listed": {"field": "risk_types", "list": "risk_types"},
    "in_favour": {"act": "group_deliberation"},
    "done": {"act": "consent"},
}
OF_OTHERS = {
    "at_least": {"field": "participants", "number": 1},
    "at_most": {"field": "participants", "number": 1},
    "present_at_least": {"number": 1, "group": "village_committee"},
    "share_present": {"share": "0.5", "group": "village_committee"},
    "majority": {"share": "0.5"},
    "object_type_fits": {},
    "helpers_owed": {"kinds": ["contact"]},
    "measures_match": {"by_risk_type": ANSWERS},
    "measures_done": {},
    "team_size": {"minimum": 2},
    "daily_cap": {"households": 3, "roles": [CADRE]},
}


def test_what_taogou_does_not_require_is_tried_here(taogou):
    """A requirement that comes into the catalogue comes into one of the two."""
    acts = (*taogou.rules.stages.values(), *taogou.rules.events)
    required = {need.requirement for act in acts for need in act.requires}
    catalogue = {
        get_args(kind.model_fields["requirement"].annotation)[0]
        for kind in get_args(get_args(AnyRequirement)[0])
    }

    assert catalogue == required | set(OF_OTHERS)
    assert required >= set(OF_TAOGOU_TOO)


@pytest.mark.parametrize(("name", "parameters"), [*OF_OTHERS.items(), *OF_TAOGOU_TOO.items()])
def test_every_requirement_names_the_codes_that_the_document_must_list(name, parameters):
    plain = a_requirement(name, **parameters)
    bound = a_requirement(name, only_for={"risk_types": ["illness"]}, **parameters)

    assert set(bound.codes()) - set(plain.codes()) <= {("risk_types", "illness")}
    assert ("risk_types", "illness") in set(bound.codes())


@pytest.mark.parametrize(("name", "parameters"), OF_OTHERS.items())
def test_who_only_asks_is_told_nothing_of_a_body(lacks, name, parameters):
    """But for what the case itself lacks: helpers who were not assigned."""
    expected = ["helper_missing"] if name == "helpers_owed" else []

    assert codes(lacks(a_requirement(name, **parameters), None)) == expected


@pytest.mark.parametrize(("name", "parameters"), OF_OTHERS.items())
def test_a_requirement_says_nothing_of_an_event_that_it_does_not_fit(lacks, name, parameters):
    assert lacks(a_requirement(name, **parameters), said("announce"), *HELPED) == (
        [("measures_open", (), ("1",))] if name == "measures_done" else []
    )


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        pytest.param("share_present", {"share": 0, "group": "guests"}, id="no share"),
        pytest.param("share_present", {"share": "1.1", "group": "guests"}, id="more than all"),
        pytest.param("majority", {"share": 2}, id="twice as many votes as were cast"),
        pytest.param("present_at_least", {"number": 0}, id="at least nobody"),
        pytest.param("team_size", {"minimum": 0}, id="a team of nobody"),
        pytest.param("daily_cap", {"households": 0, "roles": [CADRE]}, id="no household a day"),
        pytest.param("daily_cap", {"households": 1, "roles": []}, id="a cap on nobody"),
        pytest.param("criteria_met", {"criteria": []}, id="no criterion"),
        pytest.param("stated", {"fields": []}, id="nothing stated"),
        pytest.param("at_least", {"field": "x"}, id="a floor without a number"),
    ],
)
def test_a_requirement_that_asks_for_nothing_cannot_be_written(name, parameters):
    with pytest.raises(ValidationError):
        a_requirement(name, **parameters)
