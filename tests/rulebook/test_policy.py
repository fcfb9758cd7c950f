"""A document as a file (design 3, the linter): every gap is named at once, before a case meets it.

Each case here breaks the shipped Taogou file in one place, by the key of that place. A gap says
where it is, what is wrong, and what to write instead, to somebody who knows no Python.
"""

import re

import pytest
from papers import GONE, PAPER, SHIPPED
from pydantic import ValidationError

from service.workflows.policy import PolicyError, house_rules, read

OBJECT = "monitoring_object"
STAGES, EVENTS = f"{OBJECT}.stages", f"{OBJECT}.events"
LIMITS, ELIGIBILITY = f"{OBJECT}.time_limits", f"{OBJECT}.eligibility"
PUBLICITY, REGISTRATION = f"{LIMITS}.publicity_minimum", f"{LIMITS}.dynamic_management"

ENTRY, ELIMINATION = PAPER[OBJECT]["entry"], PAPER[OBJECT]["elimination"]
VILLAGE = {"by": ["village_committee"], "cite": "TG-P01"}
JOINT_REVIEW = VILLAGE | {"form": "approval", "zh": "部门联审", "en": "joint review"}
NOBODY = {"code": "nobody", "zh": "无", "en": "nobody", "type": "text", "cite": "TG-P01"}


@pytest.fixture(name="gaps")
def gaps_of_changed_document(put):
    """Return what changes the document and says the gaps that reading it finds.

    The number that an event has in its list is left out: the tests do not know the list.
    """

    def gaps(changes):
        with pytest.raises(PolicyError) as refused:
            read(put(**changes))
        return [re.sub(r"events\[\d+=", "events[", gap) for gap in refused.value.gaps]

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


# One gap: the routes and their stages


def entry(*stages):
    """Return a change of the entry route: other stages after its last one."""
    return {f"{OBJECT}.entry": [*ENTRY, *stages]}


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        pytest.param(
            entry("vilage_review"),
            "entry[12]: there is no stage 'vilage_review'; did you mean 'village_review'?; or"
            " write [stages.vilage_review] with form, zh and en",
            id="a stage that nobody knows, but for a letter",
        ),
        pytest.param(
            entry("withdrawn") | {f"{STAGES}.withdrawn": JOINT_REVIEW},
            "entry[12]: 'withdrawn' is the name of an event or of a state beside the routes;"
            " give the stage another code",
            id="a stage that has a state's name",
        ),
        pytest.param(
            entry("file") | {f"{STAGES}.file": JOINT_REVIEW},
            "entry[12]: 'file' is the name of an event or of a state beside the routes;"
            " give the stage another code",
            id="a stage that has an event's name",
        ),
        pytest.param(
            entry("county_approval"),
            "stages: nothing is written for 'county_approval';"
            " write [stages.county_approval] with by and cite",
            id="a stage of which nothing is said",
        ),
        pytest.param(
            {f"{STAGES}.county_approval": VILLAGE},
            "stages.county_approval: this stage is in neither route; put it in entry or"
            " elimination",
            id="a stage that no case comes to",
        ),
        pytest.param(
            entry("joint_review") | {f"{STAGES}.joint_review": JOINT_REVIEW | {"form": "aproval"}},
            "stages.joint_review.form: there is no form 'aproval'; did you mean 'approval'?",
            id="a form that nobody knows",
        ),
        pytest.param(
            {f"{STAGES}.county_filing.form": "approval"},
            "stages.county_filing.form: 'county_filing' is a filing; leave form out, or use a code"
            " of your own",
            id="another form for a stage that everybody knows",
        ),
        pytest.param(
            entry("joint_review") | {f"{STAGES}.joint_review": VILLAGE | {"form": "approval"}},
            "stages.joint_review: a stage of the document's own needs form, zh and en; write all"
            " three",
            id="a stage of its own that has no name",
        ),
        pytest.param(
            {f"{STAGES}.county_filing.by": []},
            "stages.county_filing.by: nobody may do it; name a role",
            id="a stage that nobody completes",
        ),
        pytest.param(
            {f"{STAGES}.county_filing.by": ["county_bureau", "county_bureu"]},
            "stages.county_filing.by: 'county_bureu' is not in roles; did you mean"
            " 'county_bureau'?",
            id="a role that the document does not have",
        ),
        pytest.param(
            {f"{STAGES}.county_filing.by": ["clock"]},
            "stages.county_filing.by: 'clock' is not in roles; there is: county_bureau,"
            " household_helper, resident_team, supervision_committee, township_department,"
            " township_office, village_committee",
            id="the clock is no role of a document",
        ),
        pytest.param(
            {f"{STAGES}.county_filing.by": ["holder"]},
            "stages.county_filing.by: 'holder' is not in roles; there is: county_bureau,"
            " household_helper, resident_team, supervision_committee, township_department,"
            " township_office, village_committee",
            id="the holder of a stage is somebody: it names the role itself",
        ),
    ],
)
def test_a_break_in_the_routes_is_the_one_gap_that_is_named(gaps, changes, gap):
    assert gaps(changes) == [f"{OBJECT}.{gap}"]


@pytest.mark.parametrize("route", ["entry", "elimination"])
def test_a_stage_that_stands_twice_is_named_wherever_it_stands(gaps, route):
    again = [*PAPER[OBJECT][route], "consent"]

    assert gaps({f"{OBJECT}.{route}": again}) == [
        f"{OBJECT}.{where}: 'consent' stands in the routes twice; give one of them its own code"
        for where in ("entry[0]", f"{route}[{len(again) - 1}]")
    ]


def test_an_event_is_named_with_its_number_as_there_may_be_several_rules_for_it(put):
    rules = [rule["event"] for rule in PAPER[OBJECT]["events"]]

    with pytest.raises(PolicyError) as refused:
        read(put(**{f"{EVENTS}.withdraw.by": []}))

    assert refused.value.gaps == [
        f"{EVENTS}[{rules.index('withdraw')}=withdraw].by: nobody may do it; name a role"
    ]


@pytest.mark.parametrize(
    ("stages", "gap"),
    [
        pytest.param(
            ["second_publicity"],
            "entry: 'second_publicity' ends a publicity that nothing posts; put a posting before"
            " it",
            id="publicity without posting",
        ),
        pytest.param(
            ["second_posting"],
            "entry: what is posted last has no publicity after it; put one there",
            id="posting without publicity",
        ),
        pytest.param(
            ["second_posting", "joint_review", "second_publicity"],
            "entry: after a posting comes its publicity, not 'joint_review'; put it there",
            id="something between a posting and its publicity",
        ),
    ],
)
def test_tg_p04_what_is_posted_is_made_public_and_nothing_else_is(gaps, stages, gap):
    forms = {"second_posting": "posting", "second_publicity": "publicity"}
    own = {f"{STAGES}.{s}": JOINT_REVIEW | {"form": forms.get(s, "approval")} for s in stages}

    assert f"{OBJECT}.{gap}" in gaps(entry(*stages) | own)


def test_a_stage_that_is_left_out_leaves_its_rules_without_a_place(gaps):
    """Each line that speaks of the stage is named, so that none of them stays behind."""
    without = [stage for stage in ENTRY if stage != "registration"]

    found = gaps({f"{OBJECT}.entry": without})

    assert [gap.partition("; there is: consent, group_deliberation,")[0] for gap in found] == [
        (
            f"{OBJECT}.stages.registration: this stage is in neither route; put it in entry or"
            " elimination"
        ),
        f"{OBJECT}.events[return_case].at: 'registration' is no state of this document",
        f"{OBJECT}.events[withdraw].at: 'registration' is no state of this document",
        (
            f"{LIMITS}[dynamic_management].ends: 'registration' is no stage and no event of this"
            " document"
        ),
    ]


# One gap: requirements and forms


def requires(**requirement):
    """Return a change: what the filing by the county requires."""
    return {f"{STAGES}.county_filing.requires": [{"cite": "TG-P08", **requirement}]}


def asks(*fields):
    """Return a change: the form that the document asks for with the filing."""
    return {f"{STAGES}.county_filing.form_fields": [NOBODY | field for field in fields]}


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        pytest.param(
            requires(requirement="evidence_attached", kinds=["minutes", "oath"]),
            "requires[0]: 'oath' is not in lists.attachment_kinds; add it there, or take it out",
            id="a code that is not in its list",
        ),
        pytest.param(
            requires(requirement="no_open_objection", only_for={"object_types": ["rich"]}),
            "requires[0]: 'rich' is not in lists.object_types; add it there, or take it out",
            id="a requirement for those who do not exist",
        ),
        pytest.param(
            requires(requirement="listed", field="filing_number", list="number"),
            "requires[0]: there is no lists.number",
            id="a list that is not there",
        ),
        pytest.param(
            requires(requirement="done", act="consnt"),
            "requires[0]: 'consnt' is no stage and no event of this document; did you mean"
            " 'consent'?",
            id="an act that never happens",
        ),
        pytest.param(
            requires(requirement="done", act="consent", since="county_approval"),
            "requires[0]: 'county_approval' is no stage and no event of this document",
            id="since an act that never happens",
        ),
        pytest.param(
            requires(requirement="stated", fields=["filing_number", "filed_on"]),
            "requires[0]: 'file' says no 'filed_on'; there is: reason, attachments,"
            " filing_number; or ask for it in form_fields",
            id="a field that the event does not have",
        ),
        pytest.param(
            requires(requirement="dated_in_order", field="filing_nmber"),
            "requires[0]: 'file' says no 'filing_nmber'; did you mean 'filing_number'?; or ask for"
            " it in form_fields",
            id="a day that the event does not have",
        ),
        pytest.param(
            requires(requirement="groups_present", groups=["village_committee"]),
            "requires[0]: 'groups_present' asks nothing of 'file'; it goes with"
            " conclude_deliberation, conclude_review",
            id="what can only be asked of a meeting",
        ),
        pytest.param(
            requires(requirement="team_size", minimum=2),
            "requires[0]: 'file' says no 'visitors'",
            id="a team where nobody goes anywhere",
        ),
        pytest.param(
            requires(requirement="in_favour"),
            "requires[0]: 'file' says no 'opinion'",
            id="a vote where nobody gives an opinion",
        ),
        pytest.param(
            asks({}, {}),
            "form_fields: 'nobody' stands there twice; rename one of them",
            id="a form field twice",
        ),
        pytest.param(
            asks({"type": "code"}),
            "form_fields[nobody]: list goes with type = 'code', and only with it",
            id="a field of codes that have no list",
        ),
        pytest.param(
            asks({"list": "groups"}),
            "form_fields[nobody]: list goes with type = 'code', and only with it",
            id="a text that has a list",
        ),
        pytest.param(
            asks({"type": "code", "list": "gruops"}),
            "form_fields[nobody]: there is no lists.gruops; did you mean 'groups'?",
            id="a field of codes from a list that is not there",
        ),
        pytest.param(
            requires(requirement="no_open_objection", only_for={"answers": {"nobody_": ["x"]}})
            | asks({}),
            "requires[0].only_for.answers: no form_fields ask for 'nobody_'; did you mean"
            " 'nobody'?",
            id="an answer that nobody is asked for",
        ),
    ],
)
def test_a_break_in_what_an_act_requires_is_the_one_gap_that_is_named(gaps, changes, gap):
    [found] = gaps(changes)

    assert found.startswith(f"{STAGES}.county_filing.{gap}")


def test_a_requirement_may_look_at_a_field_of_the_document_s_own_form(put):
    read(put(**requires(requirement="stated", fields=["nobody"]), **asks({})))


def test_a_requirement_may_look_at_what_an_event_derives_from_its_body(put):
    """`kinds` is no field of the plan: its measures have them."""
    kinds = {"requirement": "listed", "field": "kinds", "list": "measure_kinds", "cite": "TG-H03"}

    read(put(**{f"{EVENTS}.revise_plan.requires": [kinds]}))


# One gap: events beside the routes


def beside(event, **rule):
    """Return a change: one more event beside the routes."""
    return {f"{EVENTS}.+": VILLAGE | {"event": event, **rule}}


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        pytest.param(
            {f"{EVENTS}.open": GONE},
            "events: nothing is written for 'open'; say who may take in an application",
            id="nobody may open a case",
        ),
        pytest.param(
            beside("file", at=["county_filing"]),
            "events[file]: this event completes a stage; write it as [stages.…]",
            id="an event that completes a stage",
        ),
        pytest.param(
            beside("withdrw", at=["consent"]),
            "events[withdrw]: there is no such event; did you mean 'withdraw'?",
            id="an event that nobody knows",
        ),
        pytest.param(
            beside("record_opinion"),
            "events[record_opinion].at: it names no state; name those at which it may be raised",
            id="an event at no state",
        ),
        pytest.param(
            beside("record_opinion", at=["township_revew"]),
            "events[record_opinion].at: 'township_revew' is no state of this document; did you"
            " mean 'township_review'?",
            id="an event at a state that nobody knows",
        ),
        pytest.param(
            {f"{EVENTS}.open.at": ["consent"]},
            "events[open].at: a case that is opened is nowhere yet; leave at out",
            id="a case is opened before it is anywhere",
        ),
        pytest.param(
            {f"{EVENTS}.refuse": GONE},
            "events[explain_refusal].at: no case comes to 'explanation_owed'; write what leads"
            " there, or leave it out",
            id="an explanation of what nobody can refuse",
        ),
        pytest.param(
            beside("roll_back", at=["eliminated"]),
            "events[roll_back].at: 'eliminated' is an end, from which nothing leads on; leave"
            " it out",
            id="an end that would be none",
        ),
        pytest.param(
            beside("withdraw", at=["consent"]),
            "events[withdraw]: there is a rule for 'withdraw' at 'consent' already; keep one",
            id="two rules for one event at one state",
        ),
        pytest.param(
            beside("open"),
            "events[open]: there is a rule for 'open' at 'open' already; keep one",
            id="two rules for opening a case",
        ),
        pytest.param(
            {f"{EVENTS}.uphold_objection.to": []},
            "events[uphold_objection].to: it names no stage; name those to which it leads back",
            id="a way back to nowhere",
        ),
        pytest.param(
            {f"{EVENTS}.withdraw.to": ["consent"]},
            "events[withdraw].to: only uphold_objection and return_case lead back; leave to out",
            id="a way back from an event that ends the case",
        ),
        pytest.param(
            {f"{EVENTS}.return_case.to": ["consent", "lottery", "monitored"]},
            "events[return_case].to: 'lottery' comes before none of at; name an earlier stage",
            id="a return to a stage that is not in the route",
        ),
        pytest.param(
            {f"{EVENTS}.return_case.at": ["consent", "village_review", "registration"]},
            "events[return_case].at: nothing in to comes before 'consent'; leave it out",
            id="a return from the first stage",
        ),
        pytest.param(
            {f"{EVENTS}.uphold_objection.to": ["consent", "village_review"]},
            "events[uphold_objection].to: from 'publicity' it leads back to one stage only;"
            " name one",
            id="an upheld objection that leads to two stages",
        ),
        pytest.param(
            {f"{EVENTS}.explain_refusal.by": ["holder"]},
            "events: nobody holds 'explanation_owed', so nobody may 'explain_refusal'; name a role"
            " in by",
            id="a state whose rules speak of its holder, and none of who that is",
        ),
        pytest.param(
            beside("record_opinion", at=["eliminated"], by=["holder"])
            | {f"{EVENTS}.record_visit.at": ["assisted", "eliminated"]},
            "events: nobody holds 'eliminated', so nobody may 'record_opinion'; name a role in by",
            id="an end is held by nobody, whoever else may do something there",
        ),
        pytest.param(
            {f"{EVENTS}.withdraw.by": []},
            "events[withdraw].by: nobody may do it; name a role",
            id="an event that nobody may raise",
        ),
    ],
)
def test_a_break_beside_the_routes_is_named(gaps, changes, gap):
    assert f"{OBJECT}.{gap}" in gaps(changes)


# One gap: ways that lead nowhere


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        pytest.param(
            {f"{EVENTS}.explain_refusal": GONE},
            "events: no event leaves 'explanation_owed'; write one with at = ['explanation_owed']",
            id="a refusal that nobody can explain",
        ),
        pytest.param(
            {f"{EVENTS}.propose_elimination": GONE},
            "elimination: nothing leads into it; write the event propose_elimination",
            id="an elimination that nobody can propose",
        ),
        pytest.param(
            {f"{EVENTS}.propose_elimination": GONE, f"{EVENTS}.end_naturally.at": ["monitored"]},
            "events: from 'assisted' no way leads to an end; write an event that leads out",
            id="a cycle without an exit: helped, held, helped",
        ),
        pytest.param(
            {f"{OBJECT}.elimination": []},
            "events[propose_elimination]: the document has no elimination route; write elimination",
            id="an elimination of which the document says nothing",
        ),
    ],
)
def test_a_way_that_leads_nowhere_is_named(gaps, changes, gap):
    assert f"{OBJECT}.{gap}" in gaps(changes)


def test_a_hold_that_nobody_can_lift_is_named(gaps):
    held = {"lift_hold": GONE, "end_naturally.at": ["assisted"]}

    assert (
        f"{OBJECT}.events: from 'held' no way leads to an end; write an event that leads out"
        in gaps({f"{EVENTS}.{key}": value for key, value in held.items()})
    )


# One gap: limits and lines


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        pytest.param(
            {f"{REGISTRATION}.id": "publicity_minimum"},
            "time_limits: 'publicity_minimum' stands there twice; rename one of them",
            id="two limits of one name",
        ),
        pytest.param(
            {f"{PUBLICITY}.starts": []},
            "time_limits[publicity_minimum].starts: it names no act; name a stage or an event",
            id="a limit that nothing starts",
        ),
        pytest.param(
            {f"{PUBLICITY}.ends": []},
            "time_limits[publicity_minimum].ends: it names no act; name a stage or an event",
            id="a limit that nothing ends",
        ),
        pytest.param(
            {f"{PUBLICITY}.starts": ["postings"]},
            "time_limits[publicity_minimum].starts: 'postings' is no stage and no event of this"
            " document; did you mean 'posting'?",
            id="a limit that starts with what is no act",
        ),
        pytest.param(
            {f"{PUBLICITY}.ends": ["publicty"]},
            "time_limits[publicity_minimum].ends: 'publicty' is no stage and no event of this"
            " document; did you mean 'publicity'?",
            id="a limit that ends with what is no act",
        ),
        pytest.param(
            {f"{REGISTRATION}.lapses": ["withdrawal"]},
            "time_limits[dynamic_management].lapses: 'withdrawal' is no stage and no event of this"
            " document; did you mean 'withdraw'?",
            id="a limit that lapses with what is no act",
        ),
        pytest.param(
            {f"{PUBLICITY}.starts": ["registration"]},
            "time_limits[publicity_minimum].ends: none of these comes after what starts it; name"
            " an act that does",
            id="a limit that ends before it starts",
        ),
        pytest.param(
            {f"{PUBLICITY}.from_day": "placed_on"},
            "time_limits[publicity_minimum].from_day: what starts it says no 'placed_on'; did you"
            " mean 'place'?",
            id="a limit from a day that nobody says",
        ),
        pytest.param(
            {f"{OBJECT}.usual_working_days": {"county_approval": 5}},
            "usual_working_days.county_approval: this stage is in neither route; take it out",
            id="the usual length of a stage that is not there",
        ),
        pytest.param(
            {
                f"{ELIGIBILITY}.income_lines": [
                    {"year": 2021, "per_capita_net_yuan": yuan, "cite": "TG-C04"}
                    for yuan in (6000, 6300)
                ]
            },
            "eligibility.income_lines: '2021' stands there twice; rename one of them",
            id="two lines of one year",
        ),
        pytest.param(
            {f"{ELIGIBILITY}.outcomes.0.when": {"exluded": True}},
            "eligibility.outcomes[0].when: there is no predicate 'exluded'; did you mean"
            " 'excluded'?; or ask for it in lists.facts",
            id="a predicate that nobody knows",
        ),
        pytest.param(
            {
                f"{ELIGIBILITY}.object_types": [
                    {"object_type": "rich", "when": {"below_line": False}, "cite": "TG-C01"}
                ]
            },
            "eligibility.object_types[0].object_type: 'rich' is not in lists.object_types; add it"
            " there, or take it out",
            id="a type that is in no list",
        ),
    ],
)
def test_a_break_in_a_limit_or_a_line_is_the_one_gap_that_is_named(gaps, changes, gap):
    assert gaps(changes) == [f"{OBJECT}.{gap}"]


@pytest.mark.parametrize("first", ["open", "return_case", "sign_consent"])
def test_a_limit_may_start_with_any_event_that_the_document_knows(put, first):
    read(put(**{f"{REGISTRATION}.starts": [first]}))


# One gap: citations, and what stands around the kinds


@pytest.mark.parametrize(
    ("changes", "key", "rule"),
    [
        pytest.param(
            {f"{STAGES}.county_filing.cite": "TG-P08 TG-P99"},
            f"{STAGES}.county_filing",
            "TG-P99",
            id="a stage",
        ),
        pytest.param(
            {f"{EVENTS}.withdraw.cite": "TG-P99"}, f"{EVENTS}[withdraw]", "TG-P99", id="an event"
        ),
        pytest.param(
            {f"{STAGES}.registration.requires.0.cite": "TG-P99"},
            f"{STAGES}.registration.requires[0]",
            "TG-P99",
            id="a requirement",
        ),
        pytest.param(
            asks({"cite": "TG-P99"}),
            f"{STAGES}.county_filing.form_fields[nobody]",
            "TG-P99",
            id="a form field",
        ),
        pytest.param(
            {f"{PUBLICITY}.cite": "TG-D99"}, f"{LIMITS}[publicity_minimum]", "TG-D99", id="a limit"
        ),
        pytest.param(
            {f"{ELIGIBILITY}.outcomes.1.cite": "TG-C99"},
            f"{ELIGIBILITY}.outcomes[1]",
            "TG-C99",
            id="an outcome",
        ),
        pytest.param({"list_cites.groups": "TG-Z01"}, "lists.groups", "TG-Z01", id="a list"),
        pytest.param(
            {"campaign.phases.0.cite": "TG-D99"},
            "campaign.phases[mobilisation]",
            "TG-D99",
            id="a phase",
        ),
        pytest.param(
            {"roles.county_bureau.cite": "TG-R99"}, "roles.county_bureau", "TG-R99", id="a role"
        ),
    ],
)
def test_what_stands_under_a_rule_that_does_not_exist_is_named(gaps, changes, key, rule):
    assert gaps(changes) == [
        f"{key}: no rule {rule!r} in the catalogue; write it there, or cite another"
    ]


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        pytest.param(
            {"list_cites.gruops": "TG-P03"},
            "list_cites.gruops: there is no such list; did you mean 'groups'?",
            id="a provision for a list that is not there",
        ),
        pytest.param(
            {"lists.end_grounds.+": {"code": "death", "zh": "死亡", "en": "death"}},
            "lists.end_grounds: 'death' stands there twice; keep one",
            id="a code twice in one list",
        ),
        pytest.param(
            {f"{OBJECT}.lists": {"groups": []}},
            "monitoring_object.lists: lists stand once, at the top of the file; put it there",
            id="lists where none are read",
        ),
        pytest.param(
            {"campaign.phases.0.last": PAPER["issued_on"].replace(year=2020)},
            "campaign.phases[mobilisation]: it ends before it begins; write a later last",
            id="a phase that ends before it begins",
        ),
        pytest.param(
            {"roles.clock": PAPER["roles"]["county_bureau"]},
            "roles.clock: this code is the service's own; give the role another",
            id="a role that is the service's own",
        ),
    ],
)
def test_a_break_in_the_document_around_the_kinds_is_named(gaps, changes, gap):
    assert gap in gaps(changes)


# What does not fit its key


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        pytest.param(
            {"sources": "x"},
            "sources: there is no such key; did you mean 'source'?",
            id="a key that the document does not have",
        ),
        pytest.param(
            {"campaign.phase": []},
            "campaign.phase: there is no such key; did you mean 'phases'?",
            id="of its campaign",
        ),
        pytest.param(
            {f"{OBJECT}.timelimits": []},
            f"{OBJECT}.timelimits: there is no such key; did you mean 'time_limits'?",
            id="of a kind",
        ),
        pytest.param(
            {f"{EVENTS}.withdraw.when": "x"},
            f"{EVENTS}[withdraw].when: there is no such key; there is: by, cite, requires,"
            " form_fields, event, at, to",
            id="of an event",
        ),
        pytest.param(
            {f"{STAGES}.registration.requires.0.field": "x"},
            f"{STAGES}.registration.requires[0].field: there is no such key; did you mean"
            " 'fields'?",
            id="of a requirement",
        ),
        pytest.param(
            {f"{PUBLICITY}.amuont": 1},
            f"{LIMITS}[publicity_minimum].amuont: there is no such key; did you mean 'amount'?",
            id="of a limit",
        ),
        pytest.param(
            {"id": GONE},
            "id: this is missing; write an id, like 'taogou-2021' (small letters, digits and -)",
            id="no id",
        ),
        pytest.param(
            {"id": "Taogou 2021"},
            "id: 'Taogou 2021' does not fit; write an id, like 'taogou-2021' (small letters,"
            " digits and -)",
            id="an id that is none",
        ),
        pytest.param(
            {"zh": 2021},
            "zh: 2021 does not fit; write text, in quotes",
            id="a number where a text stands",
        ),
        pytest.param(
            {"version": "first"},
            "version: 'first' does not fit; write a whole number, at least 1, at most 9999",
            id="a text where a number stands",
        ),
        pytest.param(
            {"version": 0},
            "version: 0 does not fit; write a whole number, at least 1, at most 9999",
            id="version 0",
        ),
        pytest.param(
            {"issued_on": "June 2021"},
            "issued_on: 'June 2021' does not fit; write a day, like 2021-06-25",
            id="a month where a day stands",
        ),
        pytest.param(
            {f"{STAGES}.Filing": VILLAGE},
            f"{STAGES}.Filing: this name does not fit; write a code (small letters, digits and _)",
            id="a stage whose name is no code",
        ),
        pytest.param(
            {f"{STAGES}.county_filing.by": GONE},
            f"{STAGES}.county_filing.by: this is missing; write the roles that may do it, like"
            " ['village_committee']",
            id="a stage without a role",
        ),
        pytest.param(
            {f"{STAGES}.county_filing.by": "county_bureau"},
            f"{STAGES}.county_filing.by: 'county_bureau' does not fit; write the roles that may do"
            " it, like ['village_committee']",
            id="a role that is no list of roles",
        ),
        pytest.param(
            {f"{STAGES}.county_filing.cite": GONE},
            f"{STAGES}.county_filing.cite: this is missing; write the ids of rules, like 'TG-P04'"
            " or 'TG-P04 TG-D01'",
            id="a stage without a citation",
        ),
        pytest.param(
            {f"{PUBLICITY}.cite": " "},
            f"{LIMITS}[publicity_minimum].cite: ' ' does not fit; write the ids of rules, like"
            " 'TG-P04' or 'TG-P04 TG-D01'",
            id="a limit under no rule",
        ),
        pytest.param(
            requires(requirement="gruops_present", groups=[]),
            f"{STAGES}.county_filing.requires[0]: there is no requirement 'gruops_present'; did"
            " you mean 'groups_present'?",
            id="a requirement that nobody knows",
        ),
        pytest.param(
            {f"{PUBLICITY}.unit": "working_days"},
            f"{LIMITS}[publicity_minimum].unit: 'working_days' does not fit; write one of: hour,"
            " working_day, calendar_day, calendar_month, date, end_of_month, end_of_quarter,"
            " end_of_half_year, end_of_year",
            id="a unit that nobody knows",
        ),
        pytest.param(
            {f"{PUBLICITY}.amount": 0},
            f"{LIMITS}[publicity_minimum].amount: 0 does not fit; write a whole number, at least"
            " 1, at most 1000",
            id="no days",
        ),
        pytest.param(
            {f"{PUBLICITY}.amount": GONE},
            f"{LIMITS}[publicity_minimum]: unit = 'working_day' needs amount, the number of them",
            id="a limit without its number",
        ),
        pytest.param(
            {f"{REGISTRATION}.amount": 10},
            f"{LIMITS}[dynamic_management]: unit = 'date' is not counted and takes no amount, the"
            " number of them",
            id="a date with a number",
        ),
        pytest.param(
            {f"{REGISTRATION}.on": GONE},
            f"{LIMITS}[dynamic_management]: unit = 'date' needs on, the day, or from_day, the field"
            " that says it",
            id="a date that is missing",
        ),
        pytest.param(
            {f"{PUBLICITY}.soft": "perhaps"},
            f"{LIMITS}[publicity_minimum].soft: 'perhaps' does not fit; write true or false",
            id="neither yes nor no",
        ),
        pytest.param(
            {f"{ELIGIBILITY}.income_lines.0.per_capita_net_yuan": 0},
            f"{ELIGIBILITY}.income_lines[0].per_capita_net_yuan: 0 does not fit; write a number,"
            " more than 0",
            id="an income line of nothing",
        ),
        pytest.param(
            {f"{ELIGIBILITY}.outcomes.0.when": {}},
            f"{ELIGIBILITY}.outcomes[0].when: a table does not fit; write a table {{ name = … }},"
            " with at least 1 in it, each true or false",
            id="an outcome that is given to everybody",
        ),
        pytest.param(
            {f"{OBJECT}.entry": []},
            f"{OBJECT}.entry: a list does not fit; write a list [ … ], with at least 1 in it, each"
            " a code (small letters, digits and _)",
            id="a route of no stages",
        ),
        pytest.param(
            {f"{OBJECT}.entry": GONE},
            f"{OBJECT}.entry: this is missing; write a list [ … ], with at least 1 in it, each a"
            " code (small letters, digits and _)",
            id="no route",
        ),
        pytest.param(
            {"roles.mayor": "county"},
            "roles.mayor: 'county' does not fit; write a table { … } with level, zh, en, cite",
            id="a role of one word",
        ),
        pytest.param(
            {"roles.county_bureau.level": "district"},
            "roles.county_bureau.level: 'district' does not fit; write one of: province, city,"
            " county, township, village",
            id="a level that nobody knows",
        ),
    ],
)
def test_what_does_not_fit_its_key_is_the_one_gap_and_says_what_would(gaps, changes, gap):
    assert gaps(changes) == [gap]


def test_a_code_of_a_list_that_does_not_fit_is_named_once(gaps):
    """The kinds see the document's lists too; its writer has them once."""
    assert gaps({"lists.end_grounds.+": {"code": "Flood", "zh": "水灾", "en": "flood"}}) == [
        (
            "lists.end_grounds[Flood].code: 'Flood' does not fit; write a code (small letters,"
            " digits and _)"
        )
    ]


def test_a_list_that_cannot_be_read_hides_what_might_stand_in_it_and_nothing_else(gaps):
    """Who asks for its codes is not told that they are missing."""
    found = gaps({"lists.groups": "everybody", f"{STAGES}.announcement.by": []})

    assert [gap.partition(": ")[0] for gap in found] == [
        "lists.groups",
        f"{STAGES}.announcement.by",
    ]


def test_a_day_that_cannot_be_read_is_compared_with_no_other(gaps):
    found = gaps({"campaign.phases.0.first": "soon", f"{STAGES}.announcement.by": []})

    assert [gap.partition(": ")[0] for gap in found] == [
        "campaign.phases[mobilisation].first",
        f"{STAGES}.announcement.by",
    ]


def test_without_a_requirement_s_name_all_that_there_are_are_told(gaps):
    [gap] = gaps(requires(groups=[]))

    assert gap.startswith(
        f"{STAGES}.county_filing.requires[0]: a table does not fit; write a table {{ … }} with"
        " requirement = one of listed, stated,"
    )


@pytest.mark.parametrize(
    "place",
    [
        "",
        f"{OBJECT}.",
        f"{ELIGIBILITY}.",
        f"{ELIGIBILITY}.income_lines.0.",
        f"{ELIGIBILITY}.outcomes.0.",
        f"{STAGES}.village_review.",
        f"{PUBLICITY}.",
    ],
)
@pytest.mark.parametrize("scale", ["quota", "max_share", "ratio"])
def test_tg_c06_a_quota_is_refused_wherever_it_is_written(gaps, place, scale):
    [gap] = gaps({f"{place}{scale}": 100})

    assert f".{scale}: there is no such key" in f".{gap}"


# Several gaps


def test_every_gap_is_named_at_once_whatever_its_kind(gaps):
    """What does not fit its key hides nothing of what does not fit together."""
    found = gaps(
        {
            "list_cites.gruops": "TG-P03",
            f"{OBJECT}.entry": [*ENTRY, "vilage_review", "consent"],
            f"{STAGES}.county_filing.by": GONE,
            f"{STAGES}.township_review.by": ["townships"],
            f"{STAGES}.announcement.cite": GONE,
            f"{STAGES}.registration.form_fields": [NOBODY, NOBODY],
            f"{STAGES}.posting.requires.0.act": "consents",
            f"{EVENTS}.withdraw.cite": "TG-P99",
            f"{EVENTS}.withdraw.whom": "x",
            f"{EVENTS}.explain_refusal": GONE,
            f"{PUBLICITY}.unit": "working_days",
            f"{PUBLICITY}.ends": ["publicty"],
            f"{PUBLICITY}.cite": "TG-D99",
        }
    )

    assert [gap.partition(": ")[0] for gap in found] == [
        f"{EVENTS}[withdraw].whom",
        f"{LIMITS}[publicity_minimum].unit",
        f"{STAGES}.county_filing.by",
        f"{STAGES}.announcement.cite",
        f"{OBJECT}.entry[0]",
        f"{OBJECT}.entry[12]",
        f"{OBJECT}.entry[13]",
        f"{STAGES}.posting.requires[0]",
        f"{STAGES}.township_review.by",
        f"{STAGES}.registration.form_fields",
        EVENTS,  # nothing leaves explanation_owed
        f"{LIMITS}[publicity_minimum].ends",
        f"{EVENTS}[withdraw]",
        f"{LIMITS}[publicity_minimum]",
        "list_cites.gruops",
    ]


def test_where_a_whole_part_cannot_be_read_nothing_is_told_of_what_refers_to_it(gaps):
    """Every stage would be in neither route, every event at no state."""
    assert gaps({f"{OBJECT}.entry": "consent", f"{STAGES}.county_filing.by": []}) == [
        (
            f"{OBJECT}.entry: 'consent' does not fit; write a list [ … ], with at least 1 in it,"
            " each a code (small letters, digits and _)"
        )
    ]


def test_the_refusal_names_the_file_the_number_of_gaps_and_each_of_them(put):
    path = put("broken", **{f"{STAGES}.county_filing.by": [], f"{STAGES}.announcement.by": []})

    with pytest.raises(PolicyError) as refused:
        read(path)

    assert str(refused.value).splitlines() == [
        "broken.toml: 2 gap(s)",
        "  monitoring_object.stages.county_filing.by: nobody may do it; name a role",
        "  monitoring_object.stages.announcement.by: nobody may do it; name a role",
    ]
