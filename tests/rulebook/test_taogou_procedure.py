"""The monitoring procedure (TG 二（二）2（4）): which moves there are, and who makes them.

The two tables are the procedure in full. A move that is not in them does not exist.
"""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from matters import a_good_matter, matter, rows, said
from statemachine.exceptions import TransitionNotAllowed

from service.blockers import Blocker
from service.errors import EventNotAllowed, RequirementsNotMet
from service.workflows.deadlines import LimitKind
from service.workflows.machine import Procedure, event_class, label_of, table
from service.workflows.monitoring.events import EVENTS, Open
from service.workflows.monitoring.route import CLOSED, STATES

MOVES = """
    consent             sign_consent                 group_deliberation
    consent             withdraw                     withdrawn

    group_deliberation  conclude_group_deliberation  village_review
    group_deliberation  withdraw                     withdrawn

    village_review      conclude_village_review      posting
    village_review      return_case                  consent group_deliberation
    village_review      refuse                       explanation_owed
    village_review      withdraw                     withdrawn

    posting             post_publicity               publicity
    posting             return_case                  consent group_deliberation village_review
    posting             refuse                       explanation_owed
    posting             withdraw                     withdrawn

    publicity           record_comparison            publicity
    publicity           conclude_comparison          publicity
    publicity           object                       publicity
    publicity           reject_objection             publicity
    publicity           uphold_objection             village_review
    publicity           conclude_publicity           village_report
    publicity           return_case                  consent group_deliberation village_review
    publicity           return_case                  posting
    publicity           refuse                       explanation_owed
    publicity           withdraw                     withdrawn

    village_report      report_to_township           township_review
    village_report      return_case                  consent group_deliberation village_review
    village_report      return_case                  posting
    village_report      refuse                       explanation_owed
    village_report      withdraw                     withdrawn

    township_review     approve_township_review      county_filing
    township_review     return_case                  consent group_deliberation village_review
    township_review     return_case                  posting
    township_review     refuse                       explanation_owed
    township_review     withdraw                     withdrawn

    county_filing       file                         announcement
    county_filing       return_case                  consent group_deliberation village_review
    county_filing       return_case                  posting township_review
    county_filing       refuse                       explanation_owed
    county_filing       withdraw                     withdrawn

    announcement        announce                     registration
    announcement        return_case                  consent group_deliberation village_review
    announcement        return_case                  posting township_review county_filing
    announcement        withdraw                     withdrawn

    registration        register                     monitored
    registration        return_case                  consent group_deliberation village_review
    registration        return_case                  posting township_review county_filing
    registration        withdraw                     withdrawn

    monitored           assign_helper                helper_assigned
    explanation_owed    explain_refusal              not_qualified
"""

WHO = """
    consent             village_committee  sign_consent withdraw
    group_deliberation  village_committee  conclude_group_deliberation withdraw
    village_review      village_committee  conclude_village_review return_case refuse withdraw
    posting             village_committee  post_publicity return_case refuse withdraw

    publicity           village_committee  object reject_objection uphold_objection
    publicity           village_committee  conclude_publicity return_case refuse withdraw
    publicity           township_office    conclude_comparison object
    publicity           county_bureau      record_comparison conclude_comparison object

    village_report      village_committee  report_to_township return_case refuse withdraw

    township_review     township_office    approve_township_review return_case refuse withdraw
    township_review     village_committee  withdraw

    county_filing       county_bureau      file return_case refuse withdraw
    county_filing       village_committee  withdraw

    announcement        county_bureau      announce return_case withdraw
    announcement        village_committee  withdraw

    registration        township_office    register return_case withdraw
    registration        village_committee  withdraw

    monitored           township_office    assign_helper
    monitored           village_committee  assign_helper

    explanation_owed    village_committee  explain_refusal
"""

HOLDERS = {
    "consent": "village_committee",
    "group_deliberation": "village_committee",
    "village_review": "village_committee",
    "posting": "village_committee",
    "publicity": "village_committee",
    "village_report": "village_committee",
    "township_review": "township_office",
    "county_filing": "county_bureau",
    "announcement": "county_bureau",
    "registration": "township_office",
    "monitored": "township_office",
    "helper_assigned": None,
    "explanation_owed": "village_committee",
    "not_qualified": None,
    "withdrawn": None,
}


def written_moves():
    return [(state, event, to) for state, event, *targets in rows(MOVES) for to in targets]


def written_events_at(state):
    return {event for source, event, _ in written_moves() if source == state}


def written_targets(state, event):
    return [to for source, name, to in written_moves() if (source, name) == (state, event)]


@pytest.fixture(name="fresh")
def procedure_with_an_empty_pool(taogou):
    return Procedure(taogou.policy)


# The tables


def test_the_procedure_has_these_moves_and_no_others(taogou):
    moves = sorted((move.source, move.event, move.target) for move in taogou.moves)

    assert moves == sorted(written_moves())


def test_the_machine_has_the_moves_of_the_table(taogou):
    """What the library runs is what the table says: nothing is added or lost on the way."""
    built = sorted(
        (str(state.value), event.id, str(transition.target.value))
        for state in taogou.machine_class.states
        for transition in state.transitions
        for event in transition.events
    )

    assert built == sorted(written_moves())


def test_tg_p01_tg_p02_tg_p03_tg_p04_tg_p06_tg_p07_tg_p08_tg_p09_tg_p10_the_order_of_the_document(
    taogou,
):
    """Nothing but the completing event of a stage leads on, and it leads to the next stage."""
    assert taogou.rules.first_stage == "consent"
    stages = [*taogou.rules.route, "helper_assigned"]
    onward = [
        (source, event, target)
        for source, event, target in written_moves()
        if source in stages and target in stages and stages.index(target) > stages.index(source)
    ]

    assert onward == [
        ("consent", "sign_consent", "group_deliberation"),
        ("group_deliberation", "conclude_group_deliberation", "village_review"),
        ("village_review", "conclude_village_review", "posting"),
        ("posting", "post_publicity", "publicity"),
        ("publicity", "conclude_publicity", "village_report"),
        ("village_report", "report_to_township", "township_review"),
        ("township_review", "approve_township_review", "county_filing"),
        ("county_filing", "file", "announcement"),
        ("announcement", "announce", "registration"),
        ("registration", "register", "monitored"),
        ("monitored", "assign_helper", "helper_assigned"),
    ]


def test_these_people_raise_these_events_at_these_stages_and_nobody_else_does(taogou):
    written = {(state, role, event) for state, role, *events in rows(WHO) for event in events}

    assert written == {
        (state, role, event)
        for state in STATES
        for event in taogou.events_at(state)
        for role in taogou.actors(state, event)
    }


def test_tg_p01_the_application_is_taken_in_by_village_township_or_county(taogou):
    assert taogou.actors(None, "open") == (
        "village_committee",
        "township_office",
        "county_bureau",
    )


def test_tg_r05_tg_r06_the_resident_team_and_the_supervisors_sit_in_meetings_and_raise_nothing(
    taogou,
):
    acting = {role for state in STATES for e in taogou.events_at(state) for role in
              taogou.actors(state, e)}  # fmt: skip

    assert acting == {"village_committee", "township_office", "county_bureau"}


def test_each_state_waits_for_one_role_and_a_closed_one_for_nobody(taogou):
    assert {state: taogou.holder(state) for state in STATES} == HOLDERS


@pytest.mark.parametrize("role", ["village_committee", "township_office", "county_bureau"])
def test_a_role_s_list_holds_the_states_that_wait_for_it(taogou, role):
    assert set(taogou.states_held_by(role)) == {
        s for s, held_by in HOLDERS.items() if held_by == role
    }


def test_nothing_waits_for_a_role_that_raises_nothing(taogou):
    assert taogou.states_held_by("resident_team") == []


@pytest.mark.parametrize("state", STATES)
def test_the_events_of_a_state_are_those_of_the_table_in_the_order_of_the_procedure(taogou, state):
    known = written_events_at(state)

    assert taogou.events_at(state) == [event for event in EVENTS if event in known]


@pytest.mark.parametrize("state", ["helper_assigned", *CLOSED])
def test_where_the_procedure_has_ended_nothing_can_be_said(taogou, state):
    assert taogou.events_at(state) == []


# Single rules that the tables carry


def test_tg_p05_the_comparison_runs_while_the_notice_hangs(taogou):
    assert taogou.targets("publicity", "record_comparison") == ["publicity"]
    assert [s for s in STATES if "record_comparison" in taogou.events_at(s)] == ["publicity"]


def test_tg_p06_an_upheld_objection_leads_back_to_the_village_s_review(taogou):
    assert taogou.targets("publicity", "uphold_objection") == ["village_review"]


def test_tg_p06_only_the_village_committee_reports_to_the_township(taogou):
    assert taogou.rule("report_to_township").by == ("village_committee",)


def test_tg_p08_the_county_files_before_it_announces_and_nobody_else_does_either(taogou):
    assert taogou.targets("county_filing", "file") == ["announcement"]
    assert taogou.rule("file").by == taogou.rule("announce").by == ("county_bureau",)


def test_tg_p09_the_township_registers_after_the_county_has_announced(taogou):
    assert taogou.targets("announcement", "announce") == ["registration"]
    assert taogou.rule("register").by == ("township_office",)


def test_dx_01_a_case_returns_to_earlier_stages_of_its_route_only(taogou):
    order = taogou.rules.route.index
    returns = [move for move in taogou.moves if move.event == "return_case"]

    assert all(order(move.target) < order(move.source) for move in returns)


def test_dx_02_a_refusal_is_over_only_when_the_household_was_told(taogou):
    assert {move.target for move in taogou.moves if move.event == "refuse"} == {"explanation_owed"}
    assert taogou.events_at("explanation_owed") == ["explain_refusal"]
    assert "explanation_owed" not in CLOSED


def test_dx_03_a_household_may_withdraw_until_it_is_registered(taogou):
    withdrawable = [state for state in STATES if "withdraw" in taogou.events_at(state)]

    assert withdrawable == list(taogou.rules.route[:-1])


def test_tg_p04_tg_d01_tg_d06_the_table_shows_which_limit_binds_which_move(taogou):
    limits = {(row.event, limit) for row in table(taogou) for limit in row.limits}

    assert limits == {
        ("conclude_publicity", "publicity_minimum"),
        ("register", "dynamic_management"),
    }


def test_tg_p04_the_minimum_starts_with_the_posting_and_holds_the_end_of_the_publicity(taogou):
    limit = taogou.limit("publicity_minimum")

    assert (limit.kind, limit.starts, limit.ends) == (
        LimitKind.NOT_BEFORE,
        ("post_publicity",),
        ("conclude_publicity",),
    )
    assert set(limit.lapses) == {"uphold_objection", "return_case"}


def test_a_limit_that_the_document_does_not_have_is_not_found(taogou):
    with pytest.raises(KeyError):
        taogou.limit("helper_within_five_days")


def test_each_line_of_the_table_has_its_move_its_roles_and_its_provision(taogou):
    lines = list(table(taogou))

    assert [(line.source, line.event, line.target) for line in lines] == [
        (move.source, move.event, move.target) for move in taogou.moves
    ]
    assert all(line.by and line.cite for line in lines)
    [publicity] = [line for line in lines if line.event == "conclude_publicity"]
    assert publicity.requires == ("no_open_objection", "comparison_settled")


# Every state, every event


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", STATES)
def test_an_event_that_lacks_nothing_moves_the_case_as_written_or_is_not_allowed(
    taogou, state, event
):
    targets = written_targets(state, event)
    if not targets:
        with pytest.raises(EventNotAllowed):
            taogou.move(state, event, a_good_matter(taogou, event), [])
    for to in targets:
        chosen = {"to": to} if event == "return_case" else {}
        assert taogou.move(state, event, a_good_matter(taogou, event, **chosen), []) == to


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", STATES)
def test_an_event_that_lacks_everything_moves_the_case_as_written_or_is_refused(
    taogou, state, event
):
    """Nothing was said before and nothing is said now: still no other answer than these three."""
    targets = written_targets(state, event)
    answer = answer_to(taogou, state, event, matter(taogou, None))

    if not targets or event == "return_case":  # a return that names no stage leads nowhere
        assert answer is EventNotAllowed
    else:
        assert answer in (*targets, RequirementsNotMet)


@pytest.mark.parametrize("state", STATES)
def test_a_case_is_never_opened_twice(taogou, state):
    with pytest.raises(EventNotAllowed):
        taogou.move(state, "open", matter(taogou, said("open")), [])


@pytest.mark.parametrize("name", ["model", "send", "state", "consent", "__init__", ""])
@pytest.mark.parametrize("state", STATES)
def test_a_name_that_is_no_event_never_reaches_the_machine(fresh, state, name):
    """A body cannot carry such a name (see test_fields): here it would be a fault of ours."""
    with pytest.raises((KeyError, EventNotAllowed)):
        fresh.move(state, name, matter(fresh, None), [])

    assert fresh.move("monitored", "assign_helper", a_good_matter(fresh, "assign_helper"), []) == (
        "helper_assigned"
    )


def test_the_refusal_names_the_event_and_the_state_in_both_languages(taogou):
    with pytest.raises(EventNotAllowed) as refused:
        taogou.move("consent", "file", a_good_matter(taogou, "file"), [])

    assert refused.value.detail.zh == "案件处于“待签承诺授权”，不能“县级备案”"
    assert refused.value.detail.en == (
        "The case is at “awaiting consent”: it is not possible to file with the county now."
    )


def test_dx_01_a_return_to_a_stage_that_is_not_earlier_is_refused_and_told_where_it_may_go(taogou):
    body = said("return_case", to="publicity")

    with pytest.raises(RequirementsNotMet) as refused:
        taogou.move("village_review", "return_case", matter(taogou, body), [])

    assert refused.value.blockers == (
        Blocker(
            "return_target_not_allowed", "consent, group_deliberation", "publicity", None, "DX-01"
        ),
    )


def test_what_the_caller_found_is_told_together_with_what_the_rulebook_finds(taogou):
    early = Blocker("too_early", "村内公示不少于5个工作日", None, None, "TG-P04 TG-D01")

    with pytest.raises(RequirementsNotMet) as refused:
        taogou.move("publicity", "conclude_publicity", matter(taogou, None), [early])

    assert [blocker.code for blocker in refused.value.blockers] == [
        "too_early",
        "comparison_missing",
    ]


def test_what_the_caller_found_is_enough_to_refuse(taogou):
    early = Blocker("too_early", "村内公示不少于5个工作日", None, None, "TG-P04 TG-D01")
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

        assert fresh.move("monitored", "assign_helper", good, []) == "helper_assigned"


def test_a_machine_that_reached_an_end_serves_the_next_case(fresh):
    for state, event, to in [
        ("monitored", "assign_helper", "helper_assigned"),
        ("consent", "sign_consent", "group_deliberation"),
        ("explanation_owed", "explain_refusal", "not_qualified"),
        ("consent", "withdraw", "withdrawn"),
        ("posting", "post_publicity", "publicity"),
    ]:
        assert fresh.move(state, event, a_good_matter(fresh, event), []) == to


def test_moves_of_many_cases_in_any_order_do_not_mix(fresh):
    shuffled = written_moves() * 5
    random.Random(2021).shuffle(shuffled)  # noqa: S311 - the same order every time

    for state, event, to in shuffled:
        assert a_move(fresh, state, event, to) == to


def test_moves_in_several_threads_do_not_mix(fresh):
    moves = written_moves() * 10
    refusals = [("consent", "file", None), ("publicity", "conclude_publicity", None)] * 100
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda move: a_move(fresh, *move), [*moves, *refusals]))

    assert answers == [*(to for _, _, to in moves), *([None] * len(refusals))]


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


def test_the_machine_itself_refuses_an_event_of_another_state(taogou):
    """Not only `move` does: the library's own default would let it pass in silence."""

    class Carrier:
        state = "consent"

    machine = taogou.machine_class(model=Carrier())

    with pytest.raises(TransitionNotAllowed):
        machine.send("file", procedure=taogou, matter=a_good_matter(taogou, "file"), also=[])


# Pictures and names


@pytest.mark.parametrize("form", ["mermaid", "md"])
def test_the_diagram_shows_every_state_and_every_event(taogou, form):
    drawn = taogou.diagram(form)

    assert all(label.zh in drawn for label in STATES.values())
    assert all(event.replace("_", " ").capitalize() in drawn for _, event, _ in written_moves())


def test_every_event_and_every_state_has_a_label_in_both_languages():
    for label in [*STATES.values(), *map(label_of, EVENTS)]:
        assert label.zh
        assert label.en
    assert event_class("open") is Open
