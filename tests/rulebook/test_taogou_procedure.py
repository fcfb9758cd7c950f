"""The monitoring procedure (TG 二（二）2（4）): which moves there are, and who makes them.

The two tables are the procedure in full. A move that is not in them does not exist.
"""

import pytest

from service.workflows.deadlines import LimitKind
from service.workflows.machine import event_class, label_of, table
from service.workflows.monitoring.entry_events import Open
from service.workflows.monitoring.events import EVENTS
from service.workflows.monitoring.stages import CLOSED, STATES

MOVES = """
    consent             sign_consent                 group_deliberation
    consent             withdraw                     withdrawn

    group_deliberation  conclude_deliberation  village_review
    group_deliberation  withdraw                     withdrawn

    village_review      conclude_review      posting
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

    village_report      report           township_review
    village_report      return_case                  consent group_deliberation village_review
    village_report      return_case                  posting
    village_report      refuse                       explanation_owed
    village_report      withdraw                     withdrawn

    township_review     approve      county_filing
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
    group_deliberation  village_committee  conclude_deliberation withdraw
    village_review      village_committee  conclude_review return_case refuse withdraw
    posting             village_committee  post_publicity return_case refuse withdraw

    publicity           village_committee  object reject_objection uphold_objection
    publicity           village_committee  conclude_publicity return_case refuse withdraw
    publicity           township_office    conclude_comparison object
    publicity           county_bureau      record_comparison conclude_comparison object

    village_report      village_committee  report return_case refuse withdraw

    township_review     township_office    approve return_case refuse withdraw
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


def rows(text):
    """Return a table that is written as text: its lines, each split into words."""
    return [words for line in text.splitlines() if (words := line.split())]


def written_moves():
    return [(state, event, to) for state, event, *targets in rows(MOVES) for to in targets]


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
        ("group_deliberation", "conclude_deliberation", "village_review"),
        ("village_review", "conclude_review", "posting"),
        ("posting", "post_publicity", "publicity"),
        ("publicity", "conclude_publicity", "village_report"),
        ("village_report", "report", "township_review"),
        ("township_review", "approve", "county_filing"),
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


def test_nobody_is_named_twice_among_those_who_may_raise_an_event(taogou):
    named = {(s, event): taogou.actors(s, event) for s in STATES for event in taogou.events_at(s)}

    assert named == {move: tuple(dict.fromkeys(roles)) for move, roles in named.items()}


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
    known = {event for source, event, _ in written_moves() if source == state}

    assert taogou.events_at(state) == [event for event in EVENTS if event in known]


@pytest.mark.parametrize("state", ["helper_assigned", *sorted(CLOSED)])
def test_where_the_procedure_has_ended_nothing_can_be_said(taogou, state):
    assert taogou.events_at(state) == []


# Single rules that the tables carry


def test_tg_p05_the_comparison_runs_while_the_notice_hangs(taogou):
    assert taogou.targets("publicity", "record_comparison") == ["publicity"]
    assert [s for s in STATES if "record_comparison" in taogou.events_at(s)] == ["publicity"]


def test_tg_p06_an_upheld_objection_leads_back_to_the_village_s_review(taogou):
    assert taogou.targets("publicity", "uphold_objection") == ["village_review"]


def test_tg_p06_only_the_village_committee_reports_to_the_township(taogou):
    assert taogou.rule("report").by == ("village_committee",)


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


@pytest.mark.parametrize(
    ("state", "is_ahead"),
    [
        pytest.param("consent", True, id="at the first stage"),
        pytest.param("registration", True, id="at its own stage"),
        pytest.param("monitored", False, id="after it"),
        pytest.param("explanation_owed", False, id="refused"),
        pytest.param("withdrawn", False, id="withdrawn"),
    ],
)
def test_tg_d06_the_clock_of_the_registration_waits_while_it_can_still_come(
    taogou, state, is_ahead
):
    assert ("register" in taogou.ahead(state)) is is_ahead


def test_what_is_ahead_of_a_state_is_what_the_moves_lead_to(taogou):
    for state in STATES:
        onward = {target for source, _, target in written_moves() if source == state}

        assert taogou.ahead(state) == set(taogou.events_at(state)).union(*map(taogou.ahead, onward))


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
