"""The monitoring procedure (TG 二（二）2（4）): which moves there are, and who makes them.

The three tables are the procedure in full. A move that is not in them does not exist.
"""

import pytest

from service.workflows.deadlines import LimitKind
from service.workflows.machine import table
from service.workflows.monitoring import stages
from service.workflows.monitoring.entry_events import Open
from service.workflows.monitoring.events import EVENTS
from service.workflows.monitoring.stages import CLOSED

MOVES = """
    consent                   sign_consent          group_deliberation
    consent                   withdraw              withdrawn

    group_deliberation        conclude_deliberation village_review
    group_deliberation        withdraw              withdrawn

    village_review            conclude_review       posting
    village_review            return_case           consent group_deliberation
    village_review            refuse                explanation_owed
    village_review            withdraw              withdrawn

    posting                   post_publicity        publicity
    posting                   return_case           consent group_deliberation village_review
    posting                   refuse                explanation_owed
    posting                   withdraw              withdrawn

    publicity                 repost_publicity      publicity
    publicity                 record_comparison     publicity
    publicity                 conclude_comparison   publicity
    publicity                 object                publicity
    publicity                 reject_objection      publicity
    publicity                 uphold_objection      village_review
    publicity                 conclude_publicity    village_report
    publicity                 return_case           consent group_deliberation village_review
    publicity                 return_case           posting
    publicity                 refuse                explanation_owed
    publicity                 withdraw              withdrawn

    village_report            report                township_review
    village_report            return_case           consent group_deliberation village_review
    village_report            return_case           posting
    village_report            refuse                explanation_owed
    village_report            withdraw              withdrawn

    township_review           approve               county_filing
    township_review           return_case           consent group_deliberation village_review
    township_review           return_case           posting
    township_review           refuse                explanation_owed
    township_review           withdraw              withdrawn

    county_filing             file                  announcement
    county_filing             return_case           consent group_deliberation village_review
    county_filing             return_case           posting township_review
    county_filing             refuse                explanation_owed
    county_filing             withdraw              withdrawn

    announcement              announce              registration
    announcement              return_case           consent group_deliberation village_review
    announcement              return_case           posting township_review county_filing
    announcement              withdraw              withdrawn

    registration              register              monitored
    registration              return_case           consent group_deliberation village_review
    registration              return_case           posting township_review county_filing
    registration              withdraw              withdrawn

    monitored                 assign_helper         planning
    monitored                 end_naturally         naturally_ended

    planning                  agree_plan            assisted
    planning                  add_helper            planning
    planning                  replace_helper        planning
    planning                  end_naturally         naturally_ended

    assisted                  add_helper            assisted
    assisted                  replace_helper        assisted
    assisted                  revise_plan           assisted
    assisted                  record_progress       assisted
    assisted                  record_visit          assisted
    assisted                  collect_change        assisted
    assisted                  propose_elimination   elimination_verification
    assisted                  hold                  held
    assisted                  end_naturally         naturally_ended

    held                      add_helper            held
    held                      replace_helper        held
    held                      revise_plan           held
    held                      record_progress       held
    held                      record_visit          held
    held                      collect_change        held
    held                      lift_hold             assisted
    held                      end_naturally         naturally_ended

    elimination_verification  record_criteria       elimination_review
    elimination_verification  hold                  held
    elimination_verification  roll_back             assisted

    elimination_review        conclude_deliberation elimination_posting
    elimination_review        hold                  held
    elimination_review        roll_back             assisted

    elimination_posting       post_publicity        elimination_publicity
    elimination_posting       return_case           elimination_verification elimination_review
    elimination_posting       roll_back             assisted

    elimination_publicity     repost_publicity      elimination_publicity
    elimination_publicity     object                elimination_publicity
    elimination_publicity     reject_objection      elimination_publicity
    elimination_publicity     uphold_objection      elimination_verification
    elimination_publicity     conclude_publicity    elimination_report
    elimination_publicity     return_case           elimination_verification elimination_review
    elimination_publicity     return_case           elimination_posting
    elimination_publicity     roll_back             assisted

    elimination_report        report                elimination_township
    elimination_report        return_case           elimination_verification elimination_review
    elimination_report        return_case           elimination_posting
    elimination_report        roll_back             assisted

    elimination_township      approve               elimination_filing
    elimination_township      return_case           elimination_verification elimination_review
    elimination_township      return_case           elimination_posting
    elimination_township      roll_back             assisted

    elimination_filing        file                  elimination_announcement
    elimination_filing        return_case           elimination_verification elimination_review
    elimination_filing        return_case           elimination_posting
    elimination_filing        roll_back             assisted

    elimination_announcement  announce              elimination_marking
    elimination_announcement  return_case           elimination_verification elimination_review
    elimination_announcement  return_case           elimination_posting
    elimination_announcement  roll_back             assisted

    elimination_marking       mark_eliminated       eliminated
    elimination_marking       return_case           elimination_verification elimination_review
    elimination_marking       return_case           elimination_posting
    elimination_marking       roll_back             assisted

    explanation_owed          explain_refusal       not_qualified
"""

WHO = """
    consent                   village_committee  sign_consent withdraw
    group_deliberation        village_committee  conclude_deliberation withdraw
    village_review            village_committee  conclude_review return_case refuse withdraw
    posting                   village_committee  post_publicity return_case refuse withdraw

    publicity                 village_committee  repost_publicity object reject_objection
    publicity                 village_committee  uphold_objection conclude_publicity
    publicity                 village_committee  return_case refuse withdraw
    publicity                 township_office    conclude_comparison object
    publicity                 county_bureau      record_comparison conclude_comparison object

    village_report            village_committee  report return_case refuse withdraw

    township_review           township_office    approve return_case refuse withdraw
    township_review           village_committee  withdraw

    county_filing             county_bureau      file return_case refuse withdraw
    county_filing             village_committee  withdraw

    announcement              county_bureau      announce return_case withdraw
    announcement              village_committee  withdraw

    registration              township_office    register return_case withdraw
    registration              village_committee  withdraw

    monitored                 township_office    assign_helper end_naturally
    monitored                 village_committee  assign_helper end_naturally

    planning                  township_office    add_helper replace_helper agree_plan end_naturally
    planning                  village_committee  add_helper replace_helper agree_plan end_naturally

    assisted                  village_committee  add_helper replace_helper revise_plan
    assisted                  village_committee  record_progress record_visit collect_change
    assisted                  village_committee  propose_elimination hold end_naturally
    assisted                  township_office    add_helper replace_helper revise_plan
    assisted                  township_office    record_progress record_visit hold end_naturally
    assisted                  resident_team      record_progress record_visit collect_change

    held                      village_committee  add_helper replace_helper revise_plan
    held                      village_committee  record_progress record_visit collect_change
    held                      village_committee  lift_hold end_naturally
    held                      township_office    add_helper replace_helper revise_plan
    held                      township_office    record_progress record_visit
    held                      township_office    lift_hold end_naturally
    held                      resident_team      record_progress record_visit collect_change

    elimination_verification  village_committee  record_criteria hold roll_back
    elimination_verification  township_office    hold
    elimination_review        village_committee  conclude_deliberation hold roll_back
    elimination_review        township_office    hold
    elimination_posting       village_committee  post_publicity return_case roll_back

    elimination_publicity     village_committee  repost_publicity object reject_objection
    elimination_publicity     village_committee  uphold_objection conclude_publicity
    elimination_publicity     village_committee  return_case roll_back
    elimination_publicity     township_office    object
    elimination_publicity     county_bureau      object

    elimination_report        village_committee  report return_case roll_back
    elimination_township      township_office    approve return_case roll_back
    elimination_filing        county_bureau      file return_case roll_back
    elimination_announcement  county_bureau      announce return_case roll_back
    elimination_marking       township_office    mark_eliminated return_case roll_back

    explanation_owed          village_committee  explain_refusal
"""

HOLDERS = """
    consent                   village_committee
    group_deliberation        village_committee
    village_review            village_committee
    posting                   village_committee
    publicity                 village_committee
    village_report            village_committee
    township_review           township_office
    county_filing             county_bureau
    announcement              county_bureau
    registration              township_office
    monitored                 township_office
    planning                  township_office
    assisted                  village_committee
    held                      village_committee
    elimination_verification  village_committee
    elimination_review        village_committee
    elimination_posting       village_committee
    elimination_publicity     village_committee
    elimination_report        village_committee
    elimination_township      township_office
    elimination_filing        county_bureau
    elimination_announcement  county_bureau
    elimination_marking       township_office
    explanation_owed          village_committee
    eliminated                -
    not_qualified             -
    withdrawn                 -
    naturally_ended           -
"""


def rows(text):
    """Return a table that is written as text: its lines, each split into words."""
    return [words for line in text.splitlines() if (words := line.split())]


HELD_BY = {state: None if role == "-" else role for state, role in rows(HOLDERS)}
STATES = list(HELD_BY)


def written_moves():
    return [(state, event, to) for state, event, *targets in rows(MOVES) for to in targets]


def onward(route):
    """Return the written moves that lead on from one of these states to a later one."""
    return [
        (source, event, target)
        for source, event, target in written_moves()
        if source in route and target in route and route.index(target) > route.index(source)
    ]


# The tables


def test_the_states_of_the_procedure_are_those_of_its_tables(taogou):
    assert set(taogou.states) == set(STATES)
    assert {state for source, _, to in written_moves() for state in (source, to)} == set(STATES)


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
    assert taogou.rules.first_state == "consent"
    assert onward([*taogou.rules.entry, "assisted"]) == [
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
        ("monitored", "assign_helper", "planning"),
        ("planning", "agree_plan", "assisted"),
    ]


def test_tg_e01_tg_e02_tg_e03_tg_e04_the_order_of_an_elimination(taogou):
    assert onward(["assisted", *taogou.rules.elimination, "eliminated"]) == [
        ("assisted", "propose_elimination", "elimination_verification"),
        ("elimination_verification", "record_criteria", "elimination_review"),
        ("elimination_review", "conclude_deliberation", "elimination_posting"),
        ("elimination_posting", "post_publicity", "elimination_publicity"),
        ("elimination_publicity", "conclude_publicity", "elimination_report"),
        ("elimination_report", "report", "elimination_township"),
        ("elimination_township", "approve", "elimination_filing"),
        ("elimination_filing", "file", "elimination_announcement"),
        ("elimination_announcement", "announce", "elimination_marking"),
        ("elimination_marking", "mark_eliminated", "eliminated"),
    ]


def test_these_people_raise_these_events_at_these_states_and_nobody_else_does(taogou):
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


def acting(taogou, states):
    return {
        role
        for state in states
        for event in taogou.events_at(state)
        for role in taogou.actors(state, event)
    }


def test_tg_r05_tg_r06_until_a_household_is_helped_the_resident_team_only_sits_in_meetings(taogou):
    assert acting(taogou, taogou.rules.route) == {
        "village_committee",
        "township_office",
        "county_bureau",
    }


def test_tg_p11_tg_h01_the_resident_team_goes_home_by_home_and_tells_what_it_found(taogou):
    assert {
        event
        for state in STATES
        for event in taogou.events_at(state)
        if "resident_team" in taogou.actors(state, event)
    } == {"record_progress", "record_visit", "collect_change"}


def test_tg_r06_the_supervision_committee_sits_in_meetings_and_raises_nothing(taogou):
    assert "supervision_committee" not in acting(taogou, STATES)


def test_nobody_is_named_twice_among_those_who_may_raise_an_event(taogou):
    named = {(s, event): taogou.actors(s, event) for s in STATES for event in taogou.events_at(s)}

    assert named == {move: tuple(dict.fromkeys(roles)) for move, roles in named.items()}


def test_each_state_waits_for_one_role_and_a_closed_one_for_nobody(taogou):
    assert {state: taogou.holder(state) for state in taogou.states} == HELD_BY


@pytest.mark.parametrize("role", ["village_committee", "township_office", "county_bureau"])
def test_a_role_s_list_holds_the_states_that_wait_for_it(taogou, role):
    assert set(taogou.states_held_by(role)) == {
        state for state, held_by in HELD_BY.items() if held_by == role
    }


def test_nothing_waits_for_a_role_that_holds_no_stage(taogou):
    assert taogou.states_held_by("resident_team") == []


@pytest.mark.parametrize("state", STATES)
def test_the_events_of_a_state_are_those_of_the_table_in_the_order_of_the_procedure(taogou, state):
    known = {event for source, event, _ in written_moves() if source == state}

    assert taogou.events_at(state) == [event for event in EVENTS if event in known]


@pytest.mark.parametrize("state", [state for state in STATES if state in CLOSED])
def test_where_the_procedure_has_ended_nothing_can_be_said(taogou, state):
    assert taogou.events_at(state) == []


# Single rules that the tables carry


def test_tg_p05_the_comparison_runs_while_the_notice_hangs(taogou):
    assert taogou.targets("publicity", "record_comparison") == ["publicity"]
    assert [s for s in STATES if "record_comparison" in taogou.events_at(s)] == ["publicity"]


def test_tg_p06_an_upheld_objection_leads_back_to_the_village_s_review(taogou):
    assert taogou.targets("publicity", "uphold_objection") == ["village_review"]


def test_tg_e03_an_objection_upheld_against_an_elimination_leads_back_to_the_visit(taogou):
    assert taogou.targets("elimination_publicity", "uphold_objection") == [
        "elimination_verification"
    ]


def test_tg_p06_tg_e03_only_the_village_committee_reports_to_the_township(taogou):
    for state in ("village_report", "elimination_report"):
        assert taogou.actors(state, "report") == ("village_committee",)


def test_tg_p08_the_county_files_before_it_announces_and_nobody_else_does_either(taogou):
    assert taogou.targets("county_filing", "file") == ["announcement"]
    assert taogou.actors("county_filing", "file") == ("county_bureau",)
    assert taogou.actors("announcement", "announce") == ("county_bureau",)


def test_tg_p09_the_township_registers_after_the_county_has_announced(taogou):
    assert taogou.targets("announcement", "announce") == ["registration"]
    assert taogou.actors("registration", "register") == ("township_office",)


def test_tg_e05_who_is_not_stable_yet_is_helped_on_from_every_stage_of_the_elimination(taogou):
    for stage in taogou.rules.elimination:
        assert taogou.targets(stage, "roll_back") == ["assisted"]
    assert taogou.targets("held", "lift_hold") == ["assisted"]


def test_tg_e07_a_household_whose_risk_returns_is_a_new_episode(taogou):
    """The old one stays closed: nothing leads out of it."""
    assert taogou.rules.relabelling_cite == "TG-E07"
    assert taogou.events_at("eliminated") == []
    assert "eliminated" in CLOSED


def test_dx_01_a_case_returns_to_earlier_stages_of_its_own_route_only(taogou):
    returns = [move for move in taogou.moves if move.event == "return_case"]

    assert returns
    for route in (taogou.rules.entry, taogou.rules.elimination):
        for move in (move for move in returns if move.source in route):
            assert route.index(move.target) < route.index(move.source)


def test_dx_02_a_refusal_is_over_only_when_the_household_was_told(taogou):
    assert {move.target for move in taogou.moves if move.event == "refuse"} == {"explanation_owed"}
    assert taogou.events_at("explanation_owed") == ["explain_refusal"]
    assert "explanation_owed" not in CLOSED


def test_dx_03_a_household_may_withdraw_until_it_is_registered(taogou):
    withdrawable = [state for state in taogou.states if "withdraw" in taogou.events_at(state)]
    entry = taogou.rules.entry

    assert withdrawable == list(entry[: entry.index("registration") + 1])


def test_dx_08_monitoring_ends_when_nobody_is_left_to_be_monitored(taogou):
    ending = [state for state in taogou.states if "end_naturally" in taogou.events_at(state)]

    assert ending == ["monitored", "planning", "assisted", "held"]


def test_dx_09_a_changed_notice_is_posted_anew_while_it_hangs_and_its_period_restarts(taogou):
    changed = [state for state in taogou.states if "repost_publicity" in taogou.events_at(state)]

    assert changed == ["publicity", "elimination_publicity"]
    assert "repost_publicity" in taogou.limit("publicity_minimum").starts


# Limits and the names of acts


def test_tg_p04_tg_d01_tg_d06_the_table_shows_which_limit_binds_which_move(taogou):
    limits = {(row.source, row.event, limit) for row in table(taogou) for limit in row.limits}

    assert limits == {
        ("publicity", "conclude_publicity", "publicity_minimum"),
        ("registration", "register", "dynamic_management"),
    }


def test_tg_p04_the_minimum_starts_with_the_posting_and_holds_the_end_of_the_publicity(taogou):
    limit = taogou.limit("publicity_minimum")

    assert (limit.kind, limit.starts, limit.ends) == (
        LimitKind.NOT_BEFORE,
        ("posting", "repost_publicity"),
        ("publicity",),
    )
    assert set(limit.lapses) == {"uphold_objection", "return_case"}


def test_limits_know_the_completion_of_a_stage_by_its_name_and_every_event_by_its_own(taogou):
    assert taogou.acts("publicity", "conclude_publicity") == {"publicity", "conclude_publicity"}
    assert taogou.acts("publicity", "object") == {"object"}
    assert taogou.acts("assisted", "record_visit") == {"record_visit"}


def test_tg_p04_tg_e02_the_end_of_an_elimination_s_publicity_is_another_act(taogou):
    """One event ends both publicities; a limit that names the stage binds one of them."""
    assert taogou.acts("elimination_publicity", "conclude_publicity").isdisjoint(
        taogou.limit("publicity_minimum").ends
    )


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
    assert ("registration" in taogou.ahead(state)) is is_ahead


@pytest.mark.parametrize("state", STATES)
def test_what_is_ahead_of_a_state_is_what_the_moves_lead_to(taogou, state):
    moves = [(event, to) for source, event, to in written_moves() if source == state]
    own = {act for event, _ in moves for act in taogou.acts(state, event)}

    assert taogou.ahead(state) == own.union(*(taogou.ahead(to) for _, to in moves))


def test_a_limit_that_the_document_does_not_have_is_not_found(taogou):
    with pytest.raises(KeyError):
        taogou.limit("helper_within_five_days")


def test_each_line_of_the_table_has_its_move_its_roles_and_its_provision(taogou):
    lines = list(table(taogou))

    assert [(line.source, line.event, line.target) for line in lines] == [
        (move.source, move.event, move.target) for move in taogou.moves
    ]
    assert all(line.by and line.cite for line in lines)
    [publicity] = [
        line for line in lines if (line.source, line.event) == ("publicity", "conclude_publicity")
    ]
    assert publicity.requires == ("no_open_objection", "comparison_settled")


# Pictures and names


@pytest.mark.parametrize("form", ["mermaid", "md"])
def test_the_diagram_shows_every_state_and_every_event(taogou, form):
    drawn = taogou.diagram(form)

    assert all(label.zh in drawn for label in taogou.states.values())
    assert all(event.replace("_", " ").capitalize() in drawn for _, event, _ in written_moves())


def test_every_event_and_every_state_has_a_label_in_both_languages():
    for label in [*stages.STATES.values(), *(body.label for body in EVENTS.values())]:
        assert label.zh
        assert label.en
    assert EVENTS["open"] is Open
