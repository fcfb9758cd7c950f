"""The procedure as it runs: every event at every state, and machines that serve many cases.

Which moves there are is told in test_taogou_procedure; here they are made.
"""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from matters import a_good_matter, matter, said
from papers import STATES
from statemachine.exceptions import TransitionNotAllowed

from service.blockers import Blocker
from service.errors import EventNotAllowed, RequirementsNotMet
from service.workflows.machine import Procedure
from service.workflows.monitoring.events import EVENTS


@pytest.fixture(name="fresh")
def procedure_with_an_empty_pool(taogou):
    return Procedure(taogou.policy)


def a_move(procedure, state, event, to):
    """Make a move that lacks nothing, or, where it shall lead nowhere (None), everything."""
    chosen = {"to": to} if event == "return_case" else {}
    given = a_good_matter(procedure, event, **chosen) if to else matter(procedure, None)
    answer = answer_to(procedure, state, event, given)
    return answer if isinstance(answer, str) else None


def answer_to(procedure, state, event, given):
    """Return where an event leads, or with which class it is refused. Nothing else may happen."""
    try:
        return procedure.move(state, event, given, [])
    except (EventNotAllowed, RequirementsNotMet) as refused:
        return type(refused)


# Every state, every event


@pytest.mark.parametrize("state", STATES)
def test_an_event_that_lacks_nothing_moves_the_case_or_is_not_allowed(taogou, state):
    for event in EVENTS:
        targets = taogou.targets(state, event)
        if not targets:
            given = a_good_matter(taogou, event)
            assert answer_to(taogou, state, event, given) is EventNotAllowed, event
        for to in targets:
            chosen = {"to": to} if event == "return_case" else {}
            given = a_good_matter(taogou, event, **chosen)
            assert answer_to(taogou, state, event, given) == to, event


@pytest.mark.parametrize("state", STATES)
def test_an_event_that_lacks_everything_moves_the_case_or_is_refused(taogou, state):
    """Nothing was said before and nothing is said now: still no other answer than these three."""
    for event in EVENTS:
        targets = taogou.targets(state, event)
        answer = answer_to(taogou, state, event, matter(taogou, None))

        if not targets or event == "return_case":  # a return that names no stage leads nowhere
            assert answer is EventNotAllowed, event
        else:
            assert answer in (*targets, RequirementsNotMet), event


@pytest.mark.parametrize("state", STATES)
def test_a_case_is_never_opened_twice(taogou, state):
    with pytest.raises(EventNotAllowed):
        taogou.move(state, "open", matter(taogou, said("open")), [])


@pytest.mark.parametrize("name", ["model", "send", "state", "consent", "__init__", ""])
@pytest.mark.parametrize("state", STATES)
def test_a_name_that_is_no_event_never_reaches_the_machine(taogou, state, name):
    """A body cannot carry such a name (see test_fields): here it would be a fault of ours."""
    with pytest.raises((KeyError, EventNotAllowed)):
        taogou.move(state, name, matter(taogou, None), [])


def test_the_refusal_names_the_event_and_the_state_in_both_languages(taogou):
    with pytest.raises(EventNotAllowed) as refused:
        taogou.move("consent", "file", a_good_matter(taogou, "file"), [])

    assert refused.value.detail.zh == "案件处于“待签承诺授权”，不能“备案（归档）”"
    assert refused.value.detail.en == (
        "The case is at “awaiting consent”: it is not possible to file now."
    )


def test_dx_01_a_return_to_a_stage_that_is_not_earlier_is_refused_and_told_where_it_may_go(taogou):
    body = said("return_case", to="publicity")

    with pytest.raises(RequirementsNotMet) as refused:
        taogou.move("village_review", "return_case", matter(taogou, body), [])

    assert refused.value.blockers == (
        Blocker(
            "return_target_not_allowed",
            ("consent", "group_deliberation"),
            ("publicity",),
            cite="DX-01",
        ),
    )


def test_what_the_caller_found_is_told_together_with_what_the_rulebook_finds(taogou):
    early = Blocker("too_early", ("publicity_minimum",), cite="TG-P04 TG-D01")

    with pytest.raises(RequirementsNotMet) as refused:
        taogou.move("publicity", "conclude_publicity", matter(taogou, None), [early])

    assert [blocker.code for blocker in refused.value.blockers] == [
        "too_early",
        "comparison_missing",
    ]


def test_what_the_caller_found_is_enough_to_refuse(taogou):
    early = Blocker("too_early", ("publicity_minimum",), cite="TG-P04 TG-D01")
    good = a_good_matter(taogou, "conclude_publicity")

    with pytest.raises(RequirementsNotMet, match="The period is not over"):
        taogou.move("publicity", "conclude_publicity", good, [early])


# Machines are kept and used again


def test_a_move_after_a_refused_one_starts_from_its_own_state(fresh):
    good = a_good_matter(fresh, "assign_helper")
    for _ in range(3):
        with pytest.raises(RequirementsNotMet):
            fresh.move(
                "consent", "sign_consent", matter(fresh, said("sign_consent", signed=False)), []
            )
        with pytest.raises(EventNotAllowed):
            fresh.move("posting", "return_case", matter(fresh, None), [])

        assert fresh.move("monitored", "assign_helper", good, []) == "planning"


def test_a_machine_that_reached_an_end_serves_the_next_case(fresh):
    for state, event, to in [
        ("elimination_marking", "mark_eliminated", "eliminated"),
        ("monitored", "assign_helper", "planning"),
        ("consent", "sign_consent", "group_deliberation"),
        ("explanation_owed", "explain_refusal", "not_qualified"),
        ("consent", "withdraw", "withdrawn"),
        ("posting", "post_publicity", "publicity"),
    ]:
        assert fresh.move(state, event, a_good_matter(fresh, event), []) == to


def test_moves_of_many_cases_in_any_order_do_not_mix(fresh):
    shuffled = list(fresh.moves) * 2
    random.Random(2021).shuffle(shuffled)  # noqa: S311 - the same order every time

    for move in shuffled:
        assert a_move(fresh, move.source, move.event, move.target) == move.target


def test_moves_in_several_threads_do_not_mix(fresh):
    moves = [(move.source, move.event, move.target) for move in fresh.moves] * 3
    refusals = [("consent", "file", None), ("publicity", "conclude_publicity", None)] * 30
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda move: a_move(fresh, *move), [*moves, *refusals]))

    assert answers == [*(to for _, _, to in moves), *([None] * len(refusals))]


def test_the_machine_itself_refuses_an_event_of_another_state(taogou):
    """Not only `move` does: the library's own default would let it pass in silence."""

    class Carrier:
        state = "consent"

    machine = taogou.machine_class(model=Carrier())

    with pytest.raises(TransitionNotAllowed):
        machine.send("file", procedure=taogou, matter=a_good_matter(taogou, "file"), also=[])
