"""What holds of every document: of those that are shipped, and of those that chance writes.

Chance draws stages, forms, roles, ways back and limits into a document, by the rules of the
language and nothing else; it breaks documents too. Whatever the checker lets pass has to make a
machine in which nobody is stuck.
"""

import copy
import tomllib
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matters import matter, said
from papers import GONE, as_toml

from service.workflows.acts import HOLDER
from service.workflows.deadlines import COUNTED, Unit
from service.workflows.machine import Procedure
from service.workflows.matter import HouseholdFile
from service.workflows.monitoring.stages import (
    ASSISTED,
    CLOSED,
    ELIMINATED,
    FORMS,
    HELD,
    SIDE_EVENTS,
    STAGES,
    STAY,
)
from service.workflows.policy import POLICIES, Policy, PolicyError, parse
from service.workflows.rulebook import Rulebook

SHIPPED = {procedure.policy.ref: procedure for procedure in Rulebook()}
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(POLICIES.glob("*.toml"))}
WRITTEN = {
    name.removesuffix(".toml"): tomllib.loads(text)
    for name, text in TEXTS.items()
    if not name.endswith(".rules.toml")
}
CATALOGUES = {name: TEXTS.get(f"{name}.rules.toml", "") for name in WRITTEN}

ROLES = ("village", "team", "township", "county")
CITE = {"cite": "DX-01"}
PUBLIC = ("posting", "publicity")
KNOWN = [code for code, stage in STAGES.items() if stage.form not in PUBLIC]
OWN_FORMS = [form for form in FORMS if form not in PUBLIC]
STAYING = [event for event, target in SIDE_EVENTS.items() if target == STAY]
WAYS_ON = {
    "refuse": ("explain_refusal", ["explanation_owed"]),
    "hold": ("lift_hold", [HELD]),
}
"""Event -> what has to lead on from where it leads."""

TRAIT = "no_labour"
ONLY_SOME = {"traits": [TRAIT]}


def words(code: str) -> dict[str, str]:
    return {"zh": code, "en": code}


# What chance writes


@dataclass
class Document:
    """A document that is being written: its routes, its stages, its events, its limits."""

    entry: list[str] = field(default_factory=list)
    elimination: list[str] = field(default_factory=list)
    stages: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    limits: list[dict[str, Any]] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        about = dict.fromkeys(("zh", "en", "document", "issued_by", "source"), "drawn")
        return {
            "id": "drawn-by-chance",
            "version": 1,
            **about,
            "roles": {role: {"level": "village", **words(role), **CITE} for role in ROLES},
            "lists": {"household_traits": [{"code": TRAIT, **words(TRAIT)}]},
            "monitoring_object": {
                "entry": self.entry,
                "elimination": self.elimination,
                "stages": self.stages,
                "events": self.events,
                "time_limits": self.limits,
                "eligibility": CITE,
            },
        }


def some(codes: Any, **sizes: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(list(codes)), unique=True, **{"min_size": 1, **sizes})


roles = some(ROLES, max_size=2)


@st.composite
def pieces(draw) -> list[list[tuple[str, dict[str, Any]]]]:
    """Draw what routes are made of, in any order: single stages, and postings with publicity."""
    found = [[(code, {})] for code in draw(some(KNOWN, max_size=6))]
    for number, form in enumerate(draw(st.lists(st.sampled_from(OWN_FORMS), max_size=3))):
        found.append([(f"own_{number}", {"form": form, **words("own")})])
    for number in range(draw(st.integers(0, 2))):
        pair = [(f"{form}_{number}", {"form": form, **words(form)}) for form in PUBLIC]
        found.append(pair)
    return draw(st.permutations(found))


@st.composite
def documents(draw) -> Document:
    """Draw a document that the language allows."""
    drawn, paper = draw(pieces()), Document()
    cut = draw(st.integers(1, len(drawn)))
    for route, mine in ((paper.entry, drawn[:cut]), (paper.elimination, drawn[cut:])):
        for piece in mine:
            for_some = bool(route) and draw(st.booleans())
            for code, rule in piece:
                only = {"only_for": ONLY_SOME} if for_some else {}
                paper.stages[code] = {"by": draw(roles), **CITE, **rule, **only}
                route.append(code)
    _draw_events(draw, paper)
    _draw_limits(draw, paper)
    return paper


def _draw_events(draw: Any, paper: Document) -> None:
    entry, elimination = paper.entry, paper.elimination
    ended = [ELIMINATED] if elimination else []
    possible = {
        **{event: [*entry, *elimination, ASSISTED, *ended] for event in STAYING},
        "withdraw": entry,
        "refuse": entry,
        "hold": [ASSISTED, *elimination],
        "end_naturally": [ASSISTED, *entry],
        **({"roll_back": elimination} if elimination else {}),
    }
    written = [(event, draw(some(possible[event]))) for event in draw(some(possible, max_size=8))]
    written += [WAYS_ON[event] for event, _ in written if event in WAYS_ON]
    written += [("propose_elimination", [ASSISTED])] if elimination else []
    paper.events.append({"event": "open", "by": draw(roles), **CITE})
    for event, at in written:
        held = [HOLDER] if set(at) <= {*entry, *elimination} else []
        by = draw(some([*ROLES, *held]))
        paper.events.append({"event": event, "at": at, "by": by, **CITE})
    for way in ([*entry], [ASSISTED, *elimination]):
        if len(way) > 1:
            _draw_ways_back(draw, paper, way)


def _draw_ways_back(draw: Any, paper: Document, way: list[str]) -> None:
    last = draw(st.integers(1, len(way) - 1))
    at = sorted({last, *draw(st.sets(st.integers(1, last)))})
    to = {0, *draw(st.sets(st.integers(0, last - 1)))}
    returned = {"at": [way[n] for n in at], "to": [way[n] for n in sorted(to)]}
    upheld = {"at": way[last : last + 1], "to": [draw(st.sampled_from(way[:last]))]}
    for event, where in (("return_case", returned), ("uphold_objection", upheld)):
        if draw(st.booleans()):
            paper.events.append({"event": event, "by": draw(roles), **CITE, **where})


def _draw_limits(draw: Any, paper: Document) -> None:
    for route in (paper.entry, paper.elimination):
        for later in range(1, len(route) if draw(st.booleans()) else 0):
            earlier = draw(st.integers(0, later - 1))
            unit = draw(st.sampled_from(Unit))
            paper.limits.append(
                {
                    "id": f"limit_{len(paper.limits)}",
                    **words("limit"),
                    **CITE,
                    "kind": draw(st.sampled_from(["due", "not_before"])),
                    "unit": unit.value,
                    **({"amount": draw(st.integers(1, 1000))} if unit in COUNTED else {}),
                    **({"on": date(2026, 11, 22)} if unit is Unit.DATE else {}),
                    "starts": [route[earlier]],
                    "ends": [route[later]],
                }
            )


def read(data: dict[str, Any], catalogue: str = "") -> Policy:
    """Read a document as it would be written; what chance writes cites the house's own rules."""
    lines = (f"{key} = {as_toml(value)}" for key, value in data.items())
    return parse("drawn", "\n".join(lines), catalogue)


# What has to hold of it


def assert_sound(procedure: Procedure) -> None:
    """Assert what every machine must keep that the checker lets pass."""
    rules, states = procedure.rules, set(procedure.states)
    ends = CLOSED if rules.elimination else CLOSED | {ASSISTED}
    assert {move.source for move in procedure.moves} | ends >= states
    assert reached_from(procedure, {rules.first_state}) == states
    for state in states:
        assert reached_from(procedure, {state}) & ends, f"{state}: no way leads to an end"
        assert_held(procedure, state)
        for event in procedure.events_at(state):
            actors = procedure.actors(state, event)
            assert actors, f"{event} at {state}: nobody may do it"
            assert set(actors) <= set(procedure.policy.roles)
            assert procedure.acts(state, event) <= set(rules.act_names)
    for move in procedure.moves:
        onward = procedure.acts(move.source, move.event) | procedure.ahead(move.target)
        assert onward <= procedure.ahead(move.source), "nothing comes ahead that was not before"
    assert_machine_is_the_table(procedure)


def reached_from(procedure: Procedure, states: set[str]) -> set[str]:
    onward = {move.target for move in procedure.moves if move.source in states} - states
    return reached_from(procedure, states | onward) if onward else states


def assert_held(procedure: Procedure, state: str) -> None:
    """Assert that an open state waits for a role, and a closed one for nobody.

    Where help goes on without an end, a document may know no event any more.
    """
    holder = procedure.holder(state)
    if state in CLOSED or not procedure.events_at(state):
        assert holder is None
    else:
        assert holder in procedure.policy.roles, f"{state}: nobody holds it"


def assert_machine_is_the_table(procedure: Procedure) -> None:
    built = {
        (str(state.value), event.id, str(transition.target.value))
        for state in procedure.machine_class.states
        for transition in state.transitions
        for event in transition.events
    }
    assert built == {(move.source, move.event, move.target) for move in procedure.moves}


def walk(procedure: Procedure, data: st.DataObject, steps: int = 12) -> None:
    """Lead a case by chance, with bodies that lack nothing; assert what each step keeps."""
    household = HouseholdFile(traits=frozenset({TRAIT} if data.draw(st.booleans()) else ()))
    state, before = procedure.rules.first_state, [said("open")]
    for _ in range(steps):
        possible = [
            (e, to) for e in procedure.events_at(state) for to in procedure.targets(state, e)
        ]
        if not possible:
            return
        event, to = data.draw(st.sampled_from(possible))
        body = said(event, **{"to": to} if event == "return_case" else {})
        given_now = matter(procedure, body, *before, household=household)

        new = procedure.move(state, event, given_now, [])

        assert new in procedure.targets(state, event)
        assert event != "return_case" or new == to
        assert procedure.ahead(new) <= procedure.ahead(state)
        assert new not in CLOSED or procedure.holder(new) is None
        state, before = new, [*before, body]


# The shipped documents


@pytest.mark.parametrize("ref", SHIPPED)
def test_a_shipped_document_leads_nobody_into_a_state_without_an_end(ref):
    assert_sound(SHIPPED[ref])


@pytest.fixture(scope="module", name="lenient")
def shipped_documents_that_require_nothing():
    """Return the shipped procedures without their requirements: any way through them is open."""

    def without(policy: Policy) -> Procedure:
        data = policy.model_dump(exclude={"rules"})
        rules = data["monitoring_object"]
        for act in (*rules["stages"].values(), *rules["events"]):
            act["requires"] = act["form_fields"] = ()
        return Procedure(Policy.model_validate(data))

    return {ref: without(procedure.policy) for ref, procedure in SHIPPED.items()}


@settings(max_examples=10)
@given(data=st.data())
@pytest.mark.parametrize("ref", SHIPPED)
def test_whoever_leads_a_case_through_a_shipped_document_stays_on_its_ways(lenient, ref, data):
    walk(lenient[ref], data)


# What the language allows


@settings(max_examples=60)
@given(paper=documents(), data=st.data())
def test_a_document_that_the_language_allows_has_no_gap_and_leads_somewhere(paper, data):
    procedure = Procedure(read(paper.as_data()))

    assert_sound(procedure)
    walk(procedure, data)


@settings(max_examples=30)
@given(paper=documents(), traits=st.booleans())
def test_who_only_goes_on_comes_to_be_helped_and_in_the_end_out_of_it(paper, traits):
    """Completing stage after stage passes each stage that concerns the case, in order."""
    procedure = Procedure(read(paper.as_data()))
    household = HouseholdFile(traits=frozenset({TRAIT} if traits else ()))

    for route, end in ((paper.entry, ASSISTED), (paper.elimination, ELIMINATED)):
        concerning = [s for s in route if traits or "only_for" not in paper.stages[s]]
        passed = []
        while route and (state := (passed or route[:1])[-1]) != end:
            body = said(procedure.rules.stage_of[state].completed_by)
            given_now = matter(procedure, body, household=household)
            passed = [*(passed or [state]), procedure.move(state, body.event, given_now, [])]

        assert passed == [*concerning, end] * bool(route)


# What chance breaks


def places(node: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return every place in a document."""
    keys = node.keys() if isinstance(node, dict) else range(len(node) if type(node) is list else 0)
    return [place for key in keys for place in ((*way, key), *places(node[key], (*way, key)))]


def changed_at(data: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """Return a document with another value in one place, or, for `GONE`, with none."""
    new = copy.deepcopy(data)
    node: Any = new
    for key in place[:-1]:
        node = node[key]
    if value is GONE:
        del node[place[-1]]
    else:
        node[place[-1]] = value
    return new


def broken(data: st.DataObject, paper: dict[str, Any]) -> dict[str, Any]:
    """Break one of the names in a document's lists, or leave out one of their entries."""
    rules = paper["monitoring_object"]
    names = [*rules["entry"], *rules["elimination"], ASSISTED, HELD, ELIMINATED, *ROLES, HOLDER]
    entries = [place for place in places(rules) if isinstance(place[-1], int)]
    whole = [place for place in entries if place[:-1] == ("events",)]
    if whole and data.draw(st.booleans()):
        place, value = data.draw(st.sampled_from(whole)), GONE
    else:
        place = data.draw(st.sampled_from([one for one in entries if one not in whole]))
        value = data.draw(st.sampled_from([GONE, *names]))
    return changed_at(paper, ("monitoring_object", *place), value)


JUNK: list[Any] = [GONE, "", "x", "TG-P01", -1, 0, 1, 10**9, 1.5, True, date(2021, 6, 10)]
JUNK += [[], {}, [[]], [{}], ["x"], {"x": "y"}, {"requirement": "done"}]


def spoilt(data: st.DataObject, paper: dict[str, Any]) -> dict[str, Any]:
    """Write anything anywhere in a document."""
    place = data.draw(st.sampled_from(places(paper)))
    return changed_at(paper, place, data.draw(st.sampled_from(JUNK)))


def refusal_of(data: dict[str, Any], catalogue: str = "") -> list[str] | None:
    try:
        read(data, catalogue)
    except PolicyError as refused:
        return refused.gaps
    return None


@settings(max_examples=120)
@given(paper=documents(), data=st.data())
def test_a_broken_document_is_refused_or_still_leads_nobody_astray(paper, data):
    """What the checker lets pass is sound, however it came about."""
    written = paper.as_data()
    for _ in range(data.draw(st.integers(1, 2))):
        written = broken(data, written)
    gaps = refusal_of(written)

    if gaps is None:
        assert_sound(Procedure(read(written)))
    else:
        assert gaps
        assert all(": " in gap for gap in gaps)


@settings(max_examples=25)
@given(name=st.sampled_from(sorted(WRITTEN)), data=st.data())
def test_a_shipped_document_that_is_broken_is_refused_or_leads_nobody_astray(name, data):
    gaps = refusal_of(written := broken(data, WRITTEN[name]), CATALOGUES[name])

    if gaps is None:
        assert_sound(Procedure(read(written, CATALOGUES[name])))


@settings(max_examples=25)
@given(name=st.sampled_from(sorted(WRITTEN)), data=st.data())
def test_a_shipped_document_that_is_spoilt_is_refused_by_the_key_of_its_place(name, data):
    gaps = refusal_of(spoilt(data, WRITTEN[name]), CATALOGUES[name])

    assert gaps is None or (gaps and all(": " in gap for gap in gaps))


@settings(max_examples=80)
@given(paper=documents(), data=st.data())
def test_whatever_is_written_in_a_document_is_read_or_refused_by_its_keys(paper, data):
    """No value of any kind, wherever it stands, brings the checker itself down."""
    written = paper.as_data()
    for _ in range(data.draw(st.integers(1, 3))):
        written = spoilt(data, written)
    gaps = refusal_of(written)

    assert gaps is None or (gaps and all(": " in gap for gap in gaps))
