"""Documents that nobody has seen: other stages in another order, without a line of Python.

Each is the Taogou document with its routes changed, and is walked from the application to the
end with bodies that lack nothing.
"""

import pytest
from matters import findings, found, matter, said
from papers import GONE, PAPER

from service.workflows.machine import Procedure
from service.workflows.policy import read

OBJECT = "monitoring_object"
STAGES, EVENTS, LIMITS = (f"{OBJECT}.{part}" for part in ("stages", "events", "time_limits"))
ENTRY, ELIMINATION = PAPER[OBJECT]["entry"], PAPER[OBJECT]["elimination"]

VILLAGE = {"by": ["village_committee"], "cite": "TG-P03"}
TOWNSHIP = {"by": ["township_office"], "cite": "TG-P07"}
COUNTY = {"by": ["county_bureau"], "cite": "TG-P08"}
JOINT_REVIEW = COUNTY | {"form": "approval", "zh": "县级部门联审", "en": "joint review"}


def with_stage(code, *, after, route=ENTRY):
    """Return a route with one more stage in it."""
    place = route.index(after) + 1
    return [*route[:place], code, *route[place:]]


@pytest.fixture(name="procedure_with")
def procedure_of_a_changed_document(put):
    """Return what changes the document and says its procedure."""
    return lambda **changes: Procedure(read(put(**changes)))


def walk(procedure, *stages, **changes):
    """Complete the stages that are named, each with a good body; return where the case stands.

    `changes` are those of the bodies, by stage.
    """
    before = [said("open")]
    state = stages[0]
    for stage in stages:
        assert state == stage
        body = said(procedure.rules.stage_of[stage].completed_by, **changes.get(stage, {}))
        state = procedure.move(stage, body.event, matter(procedure, body, *before), [])
        before.append(body)
    return state


# A stage of the document's own


@pytest.fixture(name="joint")
def a_document_whose_county_reviews_jointly(procedure_with):
    return procedure_with(
        **{
            f"{OBJECT}.entry": with_stage("joint_review", after="county_filing"),
            f"{STAGES}.joint_review": JOINT_REVIEW,
            f"{EVENTS}.withdraw.at": [*PAPER[OBJECT]["entry"][:10], "joint_review"],
            f"{EVENTS}.refuse.at": ["village_review", "joint_review"],
            f"{EVENTS}.return_case.to": ["consent", "joint_review"],
        }
    )


def test_a_stage_of_the_document_s_own_is_a_state_with_its_own_name(joint):
    assert (joint.states["joint_review"].zh, joint.states["joint_review"].en) == (
        "县级部门联审",
        "joint review",
    )
    assert list(joint.states).index("joint_review") == list(joint.states).index("announcement") - 1
    assert joint.words["joint_review"].zh == "县级部门联审"


def test_it_is_completed_by_the_event_of_its_form_and_held_by_its_role(joint):
    assert joint.targets("county_filing", "file") == ["joint_review"]
    assert joint.targets("joint_review", "approve") == ["announcement"]
    assert joint.holder("joint_review") == "county_bureau"
    assert walk(joint, "joint_review") == "announcement"


def test_it_may_be_named_wherever_a_stage_may(joint):
    assert joint.targets("joint_review", "withdraw") == ["withdrawn"]
    assert joint.targets("joint_review", "refuse") == ["explanation_owed"]
    assert joint.targets("announcement", "return_case") == ["consent", "joint_review"]
    assert joint.acts("joint_review", "approve") == {"approve", "joint_review"}


def test_a_limit_may_run_to_a_stage_of_the_document_s_own(procedure_with):
    procedure = procedure_with(
        **{
            f"{OBJECT}.entry": with_stage("joint_review", after="county_filing"),
            f"{STAGES}.joint_review": JOINT_REVIEW,
            f"{LIMITS}.dynamic_management.ends": ["joint_review"],
            f"{LIMITS}.dynamic_management.starts": ["county_filing"],
        }
    )
    limit = procedure.limit("dynamic_management")

    assert not procedure.acts("township_review", "approve") & set(limit.ends)
    assert procedure.acts("joint_review", "approve") & set(limit.ends)


def test_a_stage_that_everybody_knows_may_have_the_document_s_own_name(procedure_with):
    procedure = procedure_with(**{f"{STAGES}.county_filing.zh": "区级备案"})

    assert procedure.states["county_filing"].zh == "区级备案"
    assert procedure.states["county_filing"].en == "county filing"


# Two reviews


@pytest.fixture(name="reviewed_twice")
def a_document_with_two_reviews(procedure_with):
    return procedure_with(
        **{
            f"{OBJECT}.entry": with_stage("team_assessment", after="group_deliberation"),
            f"{STAGES}.team_assessment": {
                "by": ["resident_team"],
                "cite": "TG-R05",
                "requires": [{"requirement": "decision_agrees", "cite": "TG-C05"}],
            },
            f"{STAGES}.posting.requires.+": {
                "requirement": "done",
                "act": "team_assessment",
                "cite": "TG-R05",
            },
        }
    )


def test_of_two_reviews_the_newest_says_the_type_and_the_facts(reviewed_twice):
    first = said("conclude_review", object_type="unstable_lifted")
    dossier = matter(reviewed_twice, None, first, "conclude_review").dossier

    assert dossier.object_type == "marginal"
    assert walk(
        reviewed_twice, "consent", "group_deliberation", "team_assessment", "village_review"
    ) == "posting"  # fmt: skip


def test_of_two_reviews_each_has_its_own_people_and_its_own_requirements(reviewed_twice):
    nobody_came = said("conclude_review", attendance=[])
    given = matter(reviewed_twice, nobody_came, "sign_consent")

    assert reviewed_twice.actors("team_assessment", "conclude_review") == ("resident_team",)
    assert reviewed_twice.actors("village_review", "conclude_review") == ("village_committee",)
    assert found(reviewed_twice, "conclude_review", given, "team_assessment") == []
    assert found(reviewed_twice, "conclude_review", given, "village_review") == [
        ("group_absent", "TG-P03")
    ]


def test_one_event_that_completes_two_stages_is_two_acts(reviewed_twice):
    """A requirement asks for the stage; the event alone would not tell which review it was."""
    acts = [
        reviewed_twice.acts(stage, "conclude_review")
        for stage in ("team_assessment", "village_review")
    ]

    assert acts[0] & acts[1] == {"conclude_review"}


# Publicity after the county


UNPUBLISHED = [stage for stage in ENTRY if stage not in ("posting", "publicity")]


@pytest.fixture(name="published_last")
def a_document_that_posts_after_the_county(procedure_with):
    place = UNPUBLISHED.index("county_filing") + 1
    entry = [*UNPUBLISHED[:place], "posting", "publicity", *UNPUBLISHED[place:]]
    return procedure_with(
        **{
            f"{OBJECT}.entry": entry,
            f"{STAGES}.township_review.requires": [],
            f"{STAGES}.posting.by": ["county_bureau"],
            f"{EVENTS}.uphold_objection.to": ["township_review"],
            f"{EVENTS}.return_case.at": ["township_review", "publicity", "announcement"],
            f"{EVENTS}.return_case.to": ["consent", "township_review", "posting"],
        }
    )


def test_a_publicity_may_come_after_the_county(published_last):
    assert published_last.targets("county_filing", "file") == ["posting"]
    assert published_last.targets("publicity", "conclude_publicity") == ["announcement"]
    assert published_last.targets("publicity", "uphold_objection") == ["township_review"]
    assert published_last.holder("posting") == "county_bureau"


def test_its_minimum_and_its_comparison_go_with_it(published_last):
    limit = published_last.limit("publicity_minimum")
    compared = said("record_comparison", findings=findings())
    posted = [said("sign_consent"), said("post_publicity")]

    assert published_last.acts("posting", "post_publicity") & set(limit.starts)
    assert limit.ends == ("publicity",)
    for before, lacking in ((posted, ["comparison_missing"]), ([*posted, compared], [])):
        given = matter(published_last, said("conclude_publicity"), *before)

        assert [code for code, _ in found(published_last, "conclude_publicity", given)] == lacking


def test_an_entry_may_publish_twice(procedure_with):
    """First in the village, then, under its own names, by the county."""
    second = {"county_posting": "posting", "county_publicity": "publicity"}
    route = with_stage("county_posting", after="county_filing")
    route = with_stage("county_publicity", after="county_posting", route=route)
    procedure = procedure_with(
        **{f"{OBJECT}.entry": route},
        **{
            f"{STAGES}.{code}": COUNTY | {"form": form, "zh": f"县级{form}", "en": form}
            for code, form in second.items()
        },
        **{f"{LIMITS}.dynamic_management.starts": ["county_posting"]},
        **{f"{LIMITS}.dynamic_management.ends": ["county_publicity"]},
    )

    assert walk(procedure, "county_filing", "county_posting", "county_publicity") == "announcement"
    assert procedure.acts("county_posting", "post_publicity") == {
        "county_posting",
        "post_publicity",
    }
    assert "posting" not in procedure.acts("county_posting", "post_publicity")


# Comparison before the review


@pytest.fixture(name="compared_first")
def a_document_that_compares_before_the_review(procedure_with):
    settled = {"requirement": "comparison_settled", "cite": "TG-P05"}
    return procedure_with(
        **{
            f"{OBJECT}.entry": with_stage("comparison", after="group_deliberation"),
            f"{STAGES}.comparison": COUNTY | {"requires": [settled]},
            f"{STAGES}.publicity.requires": [],
            f"{STAGES}.township_review.requires": [],
            f"{EVENTS}.record_comparison.at": ["comparison"],
            f"{EVENTS}.conclude_comparison.at": ["comparison"],
            f"{EVENTS}.conclude_comparison.requires": [
                {"requirement": "hit_to_conclude", "cite": "TG-P05"}
            ],
        }
    )


HIT = said("record_comparison", findings=findings(police="differs"))


@pytest.mark.parametrize(
    ("before", "lacking"),
    [
        pytest.param([], ["comparison_missing"], id="no comparison"),
        pytest.param(["record_comparison"], [], id="no hit"),
        pytest.param([HIT], ["hit_not_concluded"], id="a hit"),
        pytest.param([HIT, "conclude_comparison"], [], id="a hit, explained"),
    ],
)
def test_a_comparison_may_be_a_stage_that_ends_when_it_is_settled(compared_first, before, lacking):
    given = matter(compared_first, said("close_comparison"), *before)

    assert [code for code, _ in found(compared_first, "close_comparison", given)] == lacking
    assert compared_first.targets("comparison", "close_comparison") == ["village_review"]


def test_a_publicity_without_a_comparison_beside_it_asks_for_none(compared_first):
    given = matter(compared_first, said("conclude_publicity"), "sign_consent", "post_publicity")

    assert found(compared_first, "conclude_publicity", given) == []
    assert "record_comparison" not in compared_first.events_at("publicity")


# Clue, verification, and an end to what is no single household's


def test_a_document_may_begin_with_a_clue_and_a_visit(procedure_with):
    procedure = procedure_with(
        **{
            f"{OBJECT}.entry": ["clue", "verification", *ENTRY],
            f"{STAGES}.clue": TOWNSHIP,
            f"{STAGES}.verification": VILLAGE,
            f"{EVENTS}.+": TOWNSHIP | {"event": "hand_to_department", "at": ["clue"]},
        }
    )

    assert procedure.rules.first_state == "clue"
    assert walk(procedure, "clue", "verification") == "consent"
    assert procedure.move(
        "clue", "hand_to_department", matter(procedure, said("hand_to_department")), []
    ) == "handed_to_department"  # fmt: skip


def test_an_office_may_give_an_opinion_on_a_case_that_waits_for_another(procedure_with):
    procedure = procedure_with(
        **{
            f"{EVENTS}.+": COUNTY | {"event": "record_opinion", "at": ["township_review"]},
            f"{STAGES}.county_filing.requires": [
                {"requirement": "in_favour", "act": "record_opinion", "cite": "TG-P08"}
            ],
        }
    )
    against = said("record_opinion", opinion="against")

    assert procedure.targets("township_review", "record_opinion") == ["township_review"]
    assert found(procedure, "file", matter(procedure, said("file"), against), "county_filing") == [
        ("opinion_against", "TG-P08")
    ]


# The end


def other_elimination(*stages):
    """Return the changes that leave these stages of the elimination, and what they need."""
    rules = list(enumerate(PAPER[OBJECT]["events"]))
    nowhere = [n for n, rule in rules if rule.get("at") and set(rule["at"]) <= {*ELIMINATION}]
    if not stages:
        nowhere += [n for n, rule in rules if rule["event"] == "propose_elimination"]
    return {
        f"{OBJECT}.elimination": list(stages),
        **{f"{STAGES}.{stage}": GONE for stage in ELIMINATION if stage not in stages},
        f"{EVENTS}.repost_publicity.at": ["publicity"],
        f"{EVENTS}.hold.at": ["assisted", *stages[:1]],
        **{f"{EVENTS}.{number}": GONE for number in sorted(nowhere, reverse=True)},
    }


def test_a_document_may_end_with_the_household_being_helped(procedure_with):
    """Nothing is written of an elimination: help goes on, and no event need lead out of it."""
    procedure = procedure_with(**other_elimination())

    assert "eliminated" not in procedure.states
    assert "propose_elimination" not in procedure.events_at("assisted")
    assert walk(procedure, "monitored", "planning") == "assisted"


def test_an_elimination_may_be_two_acts_of_the_county(procedure_with):
    short = other_elimination("elimination_county", "elimination_marking")
    procedure = procedure_with(**{f"{STAGES}.elimination_county": COUNTY}, **short)

    assert procedure.targets("assisted", "propose_elimination") == ["elimination_county"]
    assert walk(procedure, "elimination_county", "elimination_marking") == "eliminated"


def test_the_shortest_document_is_one_stage_and_the_opening(procedure_with):
    """A case is opened, a helper is assigned, and the household is being helped."""
    stage = {"by": ["village_committee"], "cite": "TG-P10"}
    opening = {"event": "open", "by": ["village_committee"], "cite": "TG-P01"}
    procedure = procedure_with(
        **{
            f"{OBJECT}.entry": ["monitored"],
            f"{OBJECT}.elimination": GONE,
            STAGES: {"monitored": stage},
            EVENTS: [opening],
            LIMITS: GONE,
            f"{OBJECT}.relabelling_cite": GONE,
        }
    )

    assert list(procedure.states) == ["monitored", "assisted"]
    assert walk(procedure, "monitored") == "assisted"
    assert procedure.events_at("assisted") == []
