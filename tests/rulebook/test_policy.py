"""A document as a file (design 3, the linter): every gap is named at once, before a case meets it.

Each case here breaks the shipped Taogou file in one place, by the key of that place.
"""

import pytest
from papers import GONE, PAPER, SHIPPED
from pydantic import ValidationError

from service.workflows.policy import PolicyError, house_rules, read

ROUTE = PAPER["monitoring_object"]["route"]
OBJECT = "monitoring_object"
EVENTS = f"{OBJECT}.events"
FIRST_LIMIT, SECOND_LIMIT = f"{OBJECT}.time_limits.0", f"{OBJECT}.time_limits.1"


@pytest.fixture(name="gaps")
def gaps_of_changed_document(put):
    """Return what changes the document and says the gaps that reading it finds."""

    def gaps(changes):
        with pytest.raises(PolicyError) as refused:
            read(put(**changes))
        return refused.value.gaps

    return gaps


# The shipped document


def test_the_shipped_document_has_no_gap(put):
    assert read(SHIPPED).ref == "taogou-2021@1"
    assert read(put()) == read(SHIPPED)


def test_every_citation_of_the_document_is_a_rule_of_its_catalogue_or_of_the_house():
    policy = read(SHIPPED)
    known = set(policy.rules) | set(house_rules())

    assert {rule for rule, _ in policy.citations()} <= known


def test_what_is_read_does_not_change():
    policy = read(SHIPPED)

    with pytest.raises(ValidationError):
        policy.version = 2


# One gap: what the house finds


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        pytest.param(
            {f"{OBJECT}.route": [*ROUTE, "lottery"]},
            "route[11]: there is no stage 'lottery'",
            id="a stage that the catalogue does not know",
        ),
        pytest.param(
            {f"{OBJECT}.route": [*ROUTE, "consent"]},
            "route[11]: 'consent' stands in the route twice",
            id="a stage that stands in the route twice",
        ),
        pytest.param(
            {f"{EVENTS}.bribe": {"by": ["village_committee"], "cite": "TG-P01"}},
            "events.bribe: there is no such event",
            id="an event that the catalogue does not know",
        ),
        pytest.param(
            {f"{EVENTS}.file": GONE},
            "events: nothing is written for 'file', which the route needs",
            id="an event that the route needs and no rule allows",
        ),
        pytest.param(
            {f"{EVENTS}.explain_refusal": GONE},
            "events: no event leaves 'explanation_owed'",
            id="a refusal that nobody can explain",
        ),
        pytest.param(
            {f"{EVENTS}.return_case.to": ["monitored"]},
            "events.return_case: no stage of the route ever meets this event",
            id="a rule that nobody meets: a return to a later stage",
        ),
        pytest.param(
            {f"{EVENTS}.file.by": []},
            "events.file.by: nobody may raise it",
            id="an event that nobody may raise",
        ),
        pytest.param(
            {f"{EVENTS}.file.by": ["village_committee", "governor"]},
            "events.file.by: 'governor' is not in roles",
            id="a role that the document does not list",
        ),
        pytest.param(
            {f"{EVENTS}.file.by": ["clock"]},
            "events.file.by: 'clock' is not in roles",
            id="the clock is no role of a document",
        ),
        pytest.param(
            {f"{EVENTS}.file.by": ["holder"]},
            "events.file.by: 'holder' is not in roles",
            id="the holder of a stage is somebody: it names the role itself",
        ),
        pytest.param(
            {f"{EVENTS}.return_case.to": ["consent", "lottery"]},
            "events.return_case.to: 'lottery' is not in the route",
            id="a return to a stage that is not in the route",
        ),
        pytest.param(
            {f"{EVENTS}.withdraw.at": ["consent", "explanation_owed"]},
            "events.withdraw.at: 'explanation_owed' is not in the route",
            id="a withdrawal at a state that is no stage",
        ),
        pytest.param(
            {f"{EVENTS}.file.at": ["county_filing"]},
            "events.file.at: names the stages of refuse, return_case, uphold_objection,"
            " withdraw, and only of those",
            id="stages for an event that has its own",
        ),
        pytest.param(
            {f"{EVENTS}.uphold_objection.to": ["consent", "village_review"]},
            "events.uphold_objection.to: an upheld objection leads back to exactly one stage",
            id="an upheld objection that leads to two stages",
        ),
        pytest.param(
            {f"{EVENTS}.assign_helper.requires.0.helper_kinds": ["contact", "robot"]},
            "events.assign_helper.requires[0]: 'robot' is not in lists.helper_kinds",
            id="a code that is not in its list",
        ),
        pytest.param(
            {f"{EVENTS}.assign_helper.requires.1.by_object_type": {"marginal": "robot"}},
            "events.assign_helper.requires[1]: 'robot' is not in lists.helper_kinds",
            id="a code of a table that is not in its list",
        ),
        pytest.param(
            {f"{FIRST_LIMIT}.starts": ["post_notice"]},
            "time_limits[0].starts: no event 'post_notice' in this document",
            id="a limit that starts with an unknown event",
        ),
        pytest.param(
            {f"{FIRST_LIMIT}.ends": ["end_publicity"]},
            "time_limits[0].ends: no event 'end_publicity' in this document",
            id="a limit that ends with an unknown event",
        ),
        pytest.param(
            {f"{SECOND_LIMIT}.lapses": ["vanish"]},
            "time_limits[1].lapses: no event 'vanish' in this document",
            id="a limit that lapses with an unknown event",
        ),
        pytest.param(
            {f"{EVENTS}.file.cite": "TG-P08 TG-P99"},
            "events.file: no rule 'TG-P99' in the catalogue",
            id="an event under a rule that does not exist",
        ),
        pytest.param(
            {f"{EVENTS}.register.requires.0.cite": "TG-P99"},
            "events.register.requires[0]: no rule 'TG-P99' in the catalogue",
            id="a requirement under a rule that does not exist",
        ),
        pytest.param(
            {f"{FIRST_LIMIT}.cite": "TG-D99"},
            "time_limits[publicity_minimum]: no rule 'TG-D99' in the catalogue",
            id="a limit under a rule that does not exist",
        ),
    ],
)
def test_a_break_in_the_rules_of_a_kind_is_the_one_gap_that_is_named(gaps, changes, gap):
    assert gaps(changes) == [f"{OBJECT}.{gap}"]


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        pytest.param(
            {"list_cites.groups": "TG-Z01"},
            "lists.groups: no rule 'TG-Z01' in the catalogue",
            id="a list under a rule that does not exist",
        ),
        pytest.param(
            {"list_cites.gruops": "TG-P03"},
            "list_cites.gruops: there is no such list",
            id="a provision for a list that is not there",
        ),
        pytest.param(
            {"campaign.phases.0.cite": "TG-D99"},
            "campaign.phases[mobilisation]: no rule 'TG-D99' in the catalogue",
            id="a phase under a rule that does not exist",
        ),
        pytest.param(
            {"roles.county_bureau.cite": "TG-R99"},
            "roles.county_bureau: no rule 'TG-R99' in the catalogue",
            id="a role under a rule that does not exist",
        ),
    ],
)
def test_a_break_in_the_document_around_the_kinds_is_the_one_gap_that_is_named(gaps, changes, gap):
    assert gaps(changes) == [gap]


@pytest.mark.parametrize(
    ("missing", "gap"),
    [
        pytest.param(
            "posting", "route: publicity needs 'posting' before it", id="publicity without posting"
        ),
        pytest.param(
            "publicity",
            "route: what is posted needs 'publicity' after it",
            id="posting without publicity",
        ),
    ],
)
def test_tg_p04_publicity_and_its_posting_stand_in_a_route_together(gaps, missing, gap):
    route = [stage for stage in ROUTE if stage != missing]

    assert f"{OBJECT}.{gap}" in gaps({f"{OBJECT}.route": route})


def test_tg_p04_what_is_made_public_is_posted_first(gaps):
    places = {"posting": "publicity", "publicity": "posting"}
    route = [places.get(stage, stage) for stage in ROUTE]

    assert f"{OBJECT}.route: publicity needs 'posting' before it" in gaps(
        {f"{OBJECT}.route": route}
    )


def test_a_stage_that_is_left_out_leaves_its_rules_without_a_place(gaps):
    assert gaps({f"{OBJECT}.route": ROUTE[1:]}) == [
        f"{OBJECT}.events.sign_consent: no stage of the route ever meets this event",
        f"{OBJECT}.events.return_case.to: 'consent' is not in the route",
        f"{OBJECT}.events.withdraw.at: 'consent' is not in the route",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({f"{OBJECT}.route": []}, id="a route of no stages"),
        pytest.param({f"{EVENTS}.refuse": GONE}, id="an explanation of what nobody can refuse"),
        pytest.param({f"{EVENTS}.file.cite": ""}, id="an event under no rule"),
        pytest.param({f"{FIRST_LIMIT}.cite": " "}, id="a limit under no rule"),
        pytest.param({f"{SECOND_LIMIT}.id": "publicity_minimum"}, id="two limits of one name"),
        pytest.param({f"{OBJECT}.lists": {"groups": []}}, id="lists where none are read"),
    ],
)
def test_what_a_case_could_stumble_over_is_a_gap_too(gaps, changes):
    assert gaps(changes) != []


# One gap: what does not fit its key


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        pytest.param({"quota": 100}, "quota", id="an unknown key of the document"),
        pytest.param({OBJECT: []}, OBJECT, id="a kind that is a list"),
        pytest.param({"campaign.budget": 1}, "campaign.budget", id="of its campaign"),
        pytest.param({f"{OBJECT}.stages": []}, f"{OBJECT}.stages", id="of a kind"),
        pytest.param({f"{EVENTS}.file.when": "x"}, f"{EVENTS}.file.when", id="of an event"),
        pytest.param(
            {f"{EVENTS}.register.requires.0.unless": "x"},
            f"{EVENTS}.register.requires.0.basic_information_collected.unless",
            id="of a requirement",
        ),
        pytest.param({f"{FIRST_LIMIT}.grace": 1}, f"{FIRST_LIMIT}.grace", id="of a limit"),
        pytest.param({"id": GONE}, "id", id="no id"),
        pytest.param({"id": "Taogou 2021"}, "id", id="an id that is none"),
        pytest.param({"version": GONE}, "version", id="no version"),
        pytest.param({"version": 0}, "version", id="version 0"),
        pytest.param({f"{OBJECT}.route": GONE}, f"{OBJECT}.route", id="no route"),
        pytest.param({f"{EVENTS}.file.cite": GONE}, f"{EVENTS}.file.cite", id="no provision"),
        pytest.param(
            {f"{EVENTS}.Bribe": {"by": ["village_committee"], "cite": "TG-P01"}},
            f"{EVENTS}.Bribe.[key]",
            id="an event whose name is no code",
        ),
        pytest.param(
            {f"{EVENTS}.file.requires": [{"requirement": "gift", "cite": "TG-P08"}]},
            f"{EVENTS}.file.requires.0",
            id="an unknown requirement",
        ),
        pytest.param({f"{FIRST_LIMIT}.amount": GONE}, FIRST_LIMIT, id="a limit without its number"),
        pytest.param({f"{FIRST_LIMIT}.unit": "days"}, f"{FIRST_LIMIT}.unit", id="an unknown unit"),
        pytest.param({f"{FIRST_LIMIT}.amount": 0}, f"{FIRST_LIMIT}.amount", id="no days"),
        pytest.param({f"{SECOND_LIMIT}.amount": 10}, SECOND_LIMIT, id="a date with a number"),
        pytest.param({f"{SECOND_LIMIT}.on": GONE}, SECOND_LIMIT, id="a date that is missing"),
        pytest.param(
            {f"{OBJECT}.eligibility.income_lines.0.per_capita_net_yuan": 0},
            f"{OBJECT}.eligibility.income_lines.0.per_capita_net_yuan",
            id="an income line of nothing",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_the_one_gap_that_is_named_by_its_key(gaps, changes, key):
    assert [gap.split(": ")[0] for gap in gaps(changes)] == [key]


@pytest.mark.parametrize(
    "place",
    [
        "",
        f"{OBJECT}.",
        f"{OBJECT}.eligibility.",
        f"{OBJECT}.eligibility.income_lines.0.",
        f"{EVENTS}.conclude_review.",
        f"{FIRST_LIMIT}.",
    ],
)
@pytest.mark.parametrize("scale", ["quota", "max_share", "ratio"])
def test_tg_c06_a_quota_is_refused_wherever_it_is_written(gaps, place, scale):
    assert gaps({f"{place}{scale}": 100}) == [
        f"{place}{scale}: Extra inputs are not permitted",
    ]


# Several gaps


def test_every_gap_is_named_at_once(gaps):
    assert gaps(
        {
            f"{OBJECT}.route": [*ROUTE, "lottery", "consent"],
            f"{EVENTS}.file.by": ["governor"],
            f"{EVENTS}.announce.by": [],
            f"{EVENTS}.announce.cite": "TG-P99",
            f"{EVENTS}.return_case.to": ["consent", "casino"],
            f"{EVENTS}.assign_helper.requires.0.helper_kinds": ["robot"],
            f"{FIRST_LIMIT}.ends": ["end_publicity"],
            "list_cites.gruops": "TG-P03",
        }
    ) == [
        f"{OBJECT}.route[11]: there is no stage 'lottery'",
        f"{OBJECT}.route[12]: 'consent' stands in the route twice",
        f"{OBJECT}.events.file.by: 'governor' is not in roles",
        f"{OBJECT}.events.announce.by: nobody may raise it",
        f"{OBJECT}.events.assign_helper.requires[0]: 'robot' is not in lists.helper_kinds",
        f"{OBJECT}.events.return_case.to: 'casino' is not in the route",
        f"{OBJECT}.time_limits[0].ends: no event 'end_publicity' in this document",
        f"{OBJECT}.events.announce: no rule 'TG-P99' in the catalogue",
        "list_cites.gruops: there is no such list",
    ]


def test_every_value_that_does_not_fit_is_named_at_once(gaps):
    found = gaps({"quota": 1, "id": GONE, f"{FIRST_LIMIT}.amount": 0, f"{EVENTS}.file.when": "x"})

    assert {gap.split(": ")[0] for gap in found} == {
        "quota",
        "id",
        f"{FIRST_LIMIT}.amount",
        f"{EVENTS}.file.when",
    }


def test_the_refusal_names_the_file_the_number_of_gaps_and_each_of_them(put):
    path = put("broken", **{f"{EVENTS}.file.by": [], f"{EVENTS}.announce.by": []})

    with pytest.raises(PolicyError) as refused:
        read(path)

    assert str(refused.value).splitlines() == [
        "broken.toml: 2 gap(s)",
        "  monitoring_object.events.file.by: nobody may raise it",
        "  monitoring_object.events.announce.by: nobody may raise it",
    ]
