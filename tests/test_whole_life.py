"""The life of a monitoring object after its registration, read against requirements A.2.

The helper (TG-R08, TG-P10), the plan (TG-H01), the continuity of helpers (TG-H06), visits and
changes (TG-P11), the elimination of the risk and what holds it back (TG-E01 to TG-E06), the
household that is taken in anew (TG-E07), the natural end (DX-08), the changed notice (DX-09).
"""

import json
from typing import Any

import pytest
from bodies import CRITERIA, FACTS, criteria, helper, measure
from district import APPLIED_ON, POSTED_ON, PROPOSED_ON, Case, District, codes
from sqlmodel import select

from service import sample
from service.store.visits import Visit

MINIMUM = "publicity_minimum"

LINES = """
    propose_elimination    village_committee  assisted                  elimination_verification
    record_criteria        village_committee  elimination_verification  elimination_review
    conclude_deliberation  village_committee  elimination_review        elimination_posting
    post_publicity         village_committee  elimination_posting       elimination_publicity
    conclude_publicity     village_committee  elimination_publicity     elimination_report
    report                 village_committee  elimination_report        elimination_township
    approve                township_office    elimination_township      elimination_filing
    file                   county_bureau      elimination_filing        elimination_announcement
    announce               county_bureau      elimination_announcement  elimination_marking
    mark_eliminated        township_office    elimination_marking       eliminated
"""

ROLLED_BACK_BY = {
    "elimination_verification": "village",
    "elimination_review": "village",
    "elimination_posting": "village",
    "elimination_publicity": "village",
    "elimination_report": "village",
    "elimination_township": "township",
    "elimination_filing": "county",
    "elimination_announcement": "county",
    "elimination_marking": "township",
}
"""Stage of the elimination -> who holds the case there."""

NOBODY_ABLE_TO_WORK = {"traits": ["no_labour"]}


def again(district: District, case: Case) -> Any:
    """Apply for the household of a case once more; return the answer, whatever it is."""
    application = {"household_id": case.household_id, "entry_point": "paper"}
    return district.post("village", "/v1/monitoring-objects", application)


def taken_in_anew(district: District, case: Case) -> Case:
    answer = again(district, case)
    assert answer.status_code == 201, answer.text
    return Case(answer.json()["case"]["id"], case.household_id)


def as_it_stands(district: District, case: Case) -> dict[str, Any]:
    return district.get("county", f"/v1/monitoring-objects/{case.id}").json()


def actions(district: District, username: str, case: Case) -> dict[str, dict[str, Any]]:
    """Return what could be done with a case now, by event."""
    told = district.get(username, f"/v1/cases/{case.id}/actions").json()
    return {action["event"]: action for action in told["items"]}


def waited_for(district: District, case: Case) -> list[str]:
    """Return everybody on whose list the case stands."""
    lists = {o.username: district.get(o.username, "/v1/todo").json() for o in sample.OFFICIALS}
    return [
        username
        for username, page in lists.items()
        if case.id in {item["id"] for item in page["items"]}
    ]


def clocks(district: District, case: Case) -> list[tuple[str, str, str, str]]:
    """Return rule, start, last day and state of every clock, the earliest first."""
    return [
        (clock["rule"], clock["started_on"], clock["due_on"], clock["state"])
        for clock in district.deadlines(case)
    ]


def last_statement(district: District, case: Case) -> dict[str, Any]:
    return district.history(case)[-1]["statement"]


# The helper: TG-R08, TG-P10, TG-H06


@pytest.mark.parametrize(
    ("object_type", "kind"),
    [
        pytest.param("marginal", "contact", id="on the margin: a contact"),
        pytest.param("sudden_hardship", "contact", id="sudden hardship: a contact"),
        pytest.param("unstable_lifted", "responsible", id="lifted out: a responsible helper"),
    ],
)
def test_tg_r08_tg_p10_the_type_of_object_decides_on_the_kind_of_helper(
    district, object_type, kind
):
    case = district.a_case_at("monitored", conclude_review={"object_type": object_type})

    district.act("township", case, "assign_helper", helper_kind=kind)

    assert case.state == "planning"
    assert last_statement(district, case)["helper_kind"] == kind


@pytest.mark.parametrize("object_type", ["marginal", "sudden_hardship"])
def test_tg_p10_who_is_newly_found_is_not_given_a_responsible_helper(district, object_type):
    case = district.a_case_at("monitored", conclude_review={"object_type": object_type})

    problem = district.refused("township", case, "assign_helper", 422, helper_kind="responsible")

    assert [(b["code"], b["cite"], b["need"]) for b in problem["blockers"]] == [
        ("helper_kind_differs", "TG-P10", "contact")
    ]


def test_tg_p10_the_document_gives_no_number_of_days_for_the_helper(district):
    case = district.a_case_at("monitored")
    district.on(PROPOSED_ON)

    moved = district.act("township", case, "assign_helper")

    assert moved["late"] == []


def test_tg_r16_more_helpers_may_stand_beside_the_first(district):
    case = district.a_case_at("assisted")

    district.act("village", case, "add_helper")

    assert case.state == "assisted"
    district.act("township", case, "replace_helper")
    district.act("township", case, "replace_helper", helper_kind="responsible")


def test_tg_h06_who_follows_a_helper_out_of_another_unit_is_where_the_next_one_comes_from(
    district,
):
    case = district.a_case_at("assisted")
    other = {"helper_unit": "另一单位"}
    assert codes(district.refused("township", case, "replace_helper", 422, **other)) == {
        "other_unit_unexplained"
    }

    district.act("township", case, "replace_helper", same_unit_impossible="原单位已撤销", **other)

    (blocker,) = district.refused("township", case, "replace_helper", 422)["blockers"]
    assert (blocker["need"], blocker["have"]) == ("另一单位", "示例单位")
    district.act("township", case, "replace_helper", ground="illness", **other)
    assert case.state == "assisted"


def test_tg_h06_every_helper_there_ever_was_stays_in_the_history(district):
    case = district.a_case_at("assisted")

    for ground, name in (("retirement", "庚联系人"), ("transfer_out", "辛联系人")):
        district.act("township", case, "replace_helper", ground=ground, helper_name=name)

    named = [
        (line["statement"]["helper_name"], line["statement"].get("ground"))
        for line in district.history(case)
        if "helper_name" in line["statement"]
    ]
    assert named == [
        (helper()["helper_name"], None),
        ("庚联系人", "retirement"),
        ("辛联系人", "transfer_out"),
    ]


# The plan and its measures: TG-H01


def test_tg_h01_a_household_has_one_plan_with_an_owner_for_each_measure(district):
    case = district.a_case_at("planning")
    measures = [
        measure(1, member=1, risk_type="illness", kind="health", due_on="2021-12-31"),
        measure(2, kind="development", owner="甲村干", department="finance"),
    ]

    district.act("township", case, "agree_plan", measures=measures)

    assert case.state == "assisted"
    kept = last_statement(district, case)["measures"]
    assert [(one["number"], one["owner"]) for one in kept] == [(1, "己联系人"), (2, "甲村干")]
    assert district.refused("township", case, "agree_plan", 409)["code"] == "event_not_allowed"


def test_tg_h01_a_revised_plan_takes_the_place_of_the_first_whole(district):
    case = district.a_case_at("assisted")
    district.act("village", case, "record_progress", measure=1)

    district.act("village", case, "revise_plan", measures=[measure(2, kind="health")])

    (blocker,) = district.refused("village", case, "record_progress", 422, measure=1)["blockers"]
    assert (blocker["code"], blocker["need"], blocker["have"]) == ("not_listed", "2", "1")
    district.act("village", case, "record_progress", measure=2)


@pytest.mark.parametrize("username", ["village", "team", "township"])
def test_tg_h01_progress_and_effect_are_recorded_and_move_neither_stage_nor_clock(
    district, username
):
    case = district.a_case_at("assisted")
    before = clocks(district, case)

    district.act(username, case, "record_progress", progress="已上岗")
    done = {"done": True, "progress": "合同期满一年", "effect": "月收入稳定在3000元"}
    district.act(username, case, "record_progress", **done)

    assert (case.state, clocks(district, case)) == ("assisted", before)
    told = [line["statement"] for line in district.history(case)[-2:]]
    assert [(one["done"], one["effect"]) for one in told] == [
        (False, None),
        (True, "月收入稳定在3000元"),
    ]


# Visits and changes: TG-P11


def test_tg_p11_a_visit_keeps_who_went_on_which_day(district):
    case = district.a_case_at("assisted")
    visitors = [{"name": "甲村干", "role": "village_cadre"}, {"name": "己联系人", "role": "helper"}]

    district.act("village", case, "record_visit", visitors=visitors, visited_on="2021-06-20")

    kept = district.read(lambda session: session.exec(select(Visit).order_by(Visit.number)).all())
    assert [(v.name, v.role, v.visited_on.isoformat()) for v in kept] == [
        ("甲村干", "village_cadre", "2021-06-20"),
        ("己联系人", "helper", "2021-06-20"),
    ]
    assert {(str(v.household_id), str(v.case_id), v.area_code) for v in kept} == {
        (case.household_id, case.id, sample.VILLAGE)
    }


def test_tg_p11_the_document_sets_no_team_and_no_daily_cap(district):
    helped = [district.a_case_at("assisted") for _ in range(3)]

    for case in (*helped, helped[0]):
        district.act("village", case, "record_visit")


@pytest.mark.parametrize("username", ["village", "team"])
def test_tg_p11_a_change_of_information_is_collected_with_its_day(district, username):
    case = district.a_case_at("assisted")

    district.act(username, case, "collect_change", changed_on="2021-06-18", change="次子出生")

    statement = last_statement(district, case)
    assert (statement["changed_on"], statement["change"]) == ("2021-06-18", "次子出生")
    assert case.state == "assisted"


def test_tg_p11_tg_c05_facts_that_changed_are_weighed_anew(district):
    case = district.a_case_at("assisted")
    better = FACTS | {"income": {"wages": "30000.00", "persons": 2}, "at_risk": False}

    district.act("village", case, "collect_change", facts=better)

    assert district.history(case)[-1]["outcome"]["answer"] == "judgement"


# The elimination of the risk: TG-E01 to TG-E04


def test_tg_e01_tg_e02_tg_e03_tg_e04_one_line_for_each_step_of_the_document(district):
    case = district.a_case_at("eliminated")

    told = [
        (line["event"], line["role"], line["from_state"], line["to_state"])
        for line in district.history(case)[-len(District.ELIMINATION) :]
    ]
    assert told == [tuple(line.split()) for line in LINES.strip().splitlines()]


@pytest.mark.parametrize("username", ["team", "township", "county"])
def test_tg_e01_it_is_the_village_s_committees_that_propose_it(district, username):
    case = district.a_case_at("assisted")

    problem = district.refused(username, case, "propose_elimination", 403)

    assert "TG-E01" in problem["detail"]


def test_tg_e01_each_criterion_is_recorded_by_itself_and_all_must_be_met(district):
    case = district.a_case_at("elimination_verification")
    unmet = criteria(income_stable=False, risk_gone=False)
    (blocker,) = district.refused("village", case, "record_criteria", 422, criteria=unmet)[
        "blockers"
    ]
    assert (blocker["code"], blocker["need"]) == ("criterion_not_met", "income_stable, risk_gone")

    district.act("village", case, "record_criteria")

    said = last_statement(district, case)["criteria"]
    assert [(one["criterion"], one["met"]) for one in said] == [(code, True) for code in CRITERIA]


def test_tg_e01_a_criterion_that_is_stated_twice_is_met_only_if_it_is_met_both_times(district):
    case = district.a_case_at("elimination_verification")
    twice = [{"criterion": "risk_gone", "met": False}, *criteria()]

    (blocker,) = district.refused("village", case, "record_criteria", 422, criteria=twice)[
        "blockers"
    ]

    assert (blocker["code"], blocker["need"]) == ("criterion_not_met", "risk_gone")


def test_tg_e01_the_document_states_no_minimum_time_of_help(district):
    case = district.a_case_at("assisted")

    for username, event in District.ELIMINATION:
        district.act(username, case, event)

    assert case.state == "eliminated"


def test_tg_e02_the_publicity_of_an_elimination_has_no_stated_length_and_no_clock(district):
    case = district.a_case_at("elimination_posting")
    before = clocks(district, case)
    posted = district.act("village", case, "post_publicity")
    assert posted["deadlines"] == []

    concluded = district.act("village", case, "conclude_publicity")

    assert concluded["deadlines"] == []
    assert clocks(district, case) == before
    assert case.state == "elimination_report"


def test_tg_e02_the_notice_says_that_a_risk_is_to_be_eliminated(district):
    case = district.a_case_at("elimination_publicity")

    notice = district.history(case)[-1]["outcome"]["notice"]

    assert "拟消除风险" in notice
    assert "拟纳入" not in notice


def test_tg_e03_an_objection_holds_the_elimination_until_it_is_rejected(district):
    case = district.a_case_at("elimination_publicity")
    district.act("county", case, "object")
    (blocker,) = district.refused("village", case, "conclude_publicity", 422)["blockers"]
    assert (blocker["code"], blocker["cite"]) == ("objection_open", "TG-E03")

    district.act("village", case, "reject_objection")

    district.act("village", case, "conclude_publicity")
    assert case.state == "elimination_report"


def test_tg_e03_tg_e01_an_upheld_objection_leads_back_to_the_criteria(district):
    case = district.a_case_at("elimination_publicity")
    district.act("village", case, "object")

    moved = district.act("village", case, "uphold_objection")

    assert (case.state, moved["case"]["round"]) == ("elimination_verification", 2)
    for event in ("record_criteria", "conclude_deliberation", "post_publicity"):
        district.act("village", case, event)
    district.act("village", case, "conclude_publicity")


def test_tg_e03_objections_to_the_entry_and_to_the_elimination_are_numbered_on(district):
    case = district.a_case_at("publicity")
    district.act("village", case, "object")
    district.act("village", case, "reject_objection")
    district.act("county", case, "record_comparison")
    on_from_there = [event for _, event in District.ROUTE].index("conclude_publicity")
    steps = (*District.ROUTE[on_from_there:], *District.ELIMINATION[:4])
    for username, event in steps:
        district.go_on(case, username, event)
    assert case.state == "elimination_publicity"

    district.act("village", case, "object")

    (blocker,) = district.refused("village", case, "conclude_publicity", 422)["blockers"]
    assert blocker["have"] == "2"
    district.act("village", case, "reject_objection", objection=2)
    district.act("village", case, "conclude_publicity")


def test_dx_01_an_elimination_that_is_returned_keeps_its_round_and_what_to_fix(district):
    case = district.a_case_at("elimination_filing")

    moved = district.act("county", case, "return_case", to="elimination_review")

    assert (case.state, moved["case"]["round"]) == ("elimination_review", 2)
    assert last_statement(district, case)["to_fix"] == ["补充收入证明"]
    assert waited_for(district, case) == ["village"]


def test_tg_e04_once_it_is_marked_the_monitoring_is_over(district):
    case = district.a_case_at("elimination_marking")

    moved = district.act("township", case, "mark_eliminated")

    assert moved["case"]["closed_at"] is not None
    assert waited_for(district, case) == []
    assert actions(district, "village", case) == {}
    for event in ("record_visit", "record_progress", "collect_change", "roll_back"):
        assert district.refused("village", case, event, 409)["code"] == "event_not_allowed"
    household = district.get("village", f"/v1/households/{case.household_id}").json()
    assert household["open_case_id"] is None


# What holds the elimination back: TG-E05, TG-E06


@pytest.mark.parametrize(
    ("ground", "cite"), [("weak_stability", "TG-E05"), ("no_labour", "TG-E06")]
)
def test_tg_e05_tg_e06_who_is_found_to_be_held_is_not_marked_and_is_helped_on(
    district, ground, cite
):
    case = district.a_case_at("elimination_verification")
    (blocker,) = district.refused("village", case, "record_criteria", 422, hold_grounds=[ground])[
        "blockers"
    ]
    assert (blocker["code"], blocker["have"], blocker["cite"]) == ("held_for", ground, cite)

    district.act("village", case, "hold", ground=ground)

    assert case.state == "held"
    assert "propose_elimination" not in actions(district, "village", case)
    for event in ("record_visit", "collect_change", "record_progress", "revise_plan"):
        district.act("village", case, event)
    assert case.state == "held"
    assert waited_for(district, case) == ["village"]


@pytest.mark.parametrize("state", ["assisted", "elimination_verification", "elimination_review"])
def test_tg_e05_weak_stability_is_held_while_it_is_helped_verified_or_reviewed(district, state):
    case = district.a_case_at(state)

    district.act("township", case, "hold")

    assert case.state == "held"


def test_tg_e05_the_procedure_is_run_once_the_risk_is_stably_gone(district):
    case = district.a_case_at("held")

    district.act("village", case, "lift_hold")

    assert case.state == "assisted"
    for username, event in District.ELIMINATION:
        district.act(username, case, event)
    assert case.state == "eliminated"


def test_tg_e06_nobody_able_to_work_is_a_trait_of_the_household_that_nobody_needs_to_repeat(
    district,
):
    case = district.a_case_at("elimination_verification", household=NOBODY_ABLE_TO_WORK)

    told = actions(district, "village", case)["record_criteria"]
    problem = district.refused("village", case, "record_criteria", 422)

    for blockers in (told["blockers"], problem["blockers"]):
        assert [(b["code"], b["have"], b["cite"]) for b in blockers] == [
            ("held_for", "no_labour", "TG-E06")
        ]
    assert told["allowed"] is False


def test_tg_e06_a_household_without_labour_is_held_however_often_the_hold_is_lifted(district):
    case = district.a_case_at("held", household=NOBODY_ABLE_TO_WORK, hold={"ground": "no_labour"})

    for _ in range(2):
        district.act("village", case, "lift_hold")
        district.act("village", case, "propose_elimination")
        problem = district.refused("village", case, "record_criteria", 422)
        assert codes(problem) == {"held_for"}
        district.act("village", case, "hold", ground="no_labour")

    assert case.state == "held"


def test_tg_e06_a_trait_is_one_that_the_document_knows(district):
    household = district.a_household() | {"traits": ["lazy"]}

    problem = district.post("village", "/v1/households", household)

    assert problem.status_code == 422
    (blocker,) = problem.json()["blockers"]
    assert (blocker["code"], blocker["have"], blocker["cite"]) == ("not_listed", "lazy", "TG-E06")


# Rolled back


@pytest.mark.parametrize(("state", "username"), ROLLED_BACK_BY.items())
def test_tg_e05_an_elimination_is_rolled_back_from_every_stage_by_whoever_holds_it(
    district, state, username
):
    case = district.a_case_at(state)

    moved = district.act(username, case, "roll_back")

    assert moved["case"]["state"] == "assisted"
    assert moved["case"]["closed_at"] is None
    assert last_statement(district, case)["reason"] == "收入再次下降"
    district.act("village", case, "record_visit")


def test_tg_e01_after_a_roll_back_the_elimination_begins_with_its_criteria_again(district):
    case = district.a_case_at("elimination_township")
    district.act("township", case, "roll_back")

    district.act("village", case, "propose_elimination")

    assert case.state == "elimination_verification"
    problem = district.refused("village", case, "record_criteria", 422, criteria=criteria()[:1])
    assert codes(problem) == {"criterion_not_stated"}


# Taken in anew: TG-E07


def test_tg_e07_a_risk_that_returns_is_a_new_episode_linked_to_the_last(district):
    first = district.a_case_at("eliminated")
    assert episode(district, first) == (1, None)
    before = district.history(first)

    second = taken_in_anew(district, first)

    assert episode(district, second) == (2, first.id)
    assert as_it_stands(district, second)["state"] == "consent"
    assert district.history(first) == before
    assert as_it_stands(district, first)["state"] == "eliminated"


def episode(district: District, case: Case) -> tuple[int, str | None]:
    stands = as_it_stands(district, case)
    return stands["episode"], stands["previous_case_id"]


def test_tg_e07_every_episode_is_linked_to_the_one_before_it_however_that_ended(district):
    case = district.a_case_at("naturally_ended")
    told = [case.id]

    for number in (2, 3):
        case = taken_in_anew(district, case)
        assert episode(district, case) == (number, told[-1])
        told.append(case.id)
        district.act("village", case, "withdraw")

    of_household = district.get(
        "county", "/v1/monitoring-objects", household=case.household_id, count=True
    ).json()
    assert [item["id"] for item in of_household["items"]] == told


def test_tg_e07_the_new_episode_runs_the_whole_procedure_and_nothing_of_the_old_one_counts(
    district,
):
    first = district.a_case_at("eliminated")
    second = taken_in_anew(district, first)

    told = actions(district, "village", second)
    assert [event for event, action in told.items() if action["allowed"]] == [
        "sign_consent",
        "withdraw",
    ]
    problem = district.refused("village", second, "sign_consent", 422, attachments=[])
    assert codes(problem) == {"evidence_missing"}
    for username, event in District.ROUTE[:4]:
        district.act(username, second, event)
    assert second.state == "publicity"
    due_on = district.deadlines(second)[-1]["due_on"]
    assert due_on == "2021-11-17", "five working days from the new posting"


@pytest.mark.parametrize("state", ["monitored", "assisted", "held", "elimination_marking"])
def test_tg_e07_until_its_risk_is_marked_as_gone_a_household_has_one_open_episode(district, state):
    case = district.a_case_at(state)

    answer = again(district, case)

    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["case_id"]) == ("episode_open", case.id)


# The natural end: DX-08


@pytest.mark.parametrize("state", ["monitored", "planning", "assisted", "held"])
@pytest.mark.parametrize("ground", ["death", "moved_away"])
def test_dx_08_monitoring_ends_when_nobody_is_left_to_monitor(district, state, ground):
    case = district.a_case_at(state)

    moved = district.act("village", case, "end_naturally", ground=ground, ended_on="2021-06-10")

    assert moved["case"]["state"] == "naturally_ended"
    assert moved["case"]["closed_at"] is not None
    assert waited_for(district, case) == []
    assert "running" not in {state for *_, state in clocks(district, case)}


def test_dx_08_the_end_may_have_come_before_the_application_was_taken_in(district):
    case = district.a_case_at("monitored")

    district.act("township", case, "end_naturally", ground="death", ended_on="2021-05-30")

    assert last_statement(district, case)["ended_on"] < APPLIED_ON.isoformat()


# The changed notice: DX-09


def test_dx_09_tg_p04_a_changed_notice_restarts_the_period(district):
    case = district.a_case_at("publicity")
    district.act("county", case, "record_comparison")
    district.on(POSTED_ON.replace(day=17))

    district.act("village", case, "repost_publicity", remark="更正：户主姓名")

    assert case.state == "publicity"
    assert [clock for clock in clocks(district, case) if clock[0] == MINIMUM] == [
        (MINIMUM, "2021-06-10", "2021-06-18", "lapsed"),
        (MINIMUM, "2021-06-17", "2021-06-24", "running"),
    ]
    district.on(POSTED_ON.replace(day=21))
    (blocker,) = district.refused("village", case, "conclude_publicity", 422)["blockers"]
    assert (blocker["code"], blocker["until"]) == ("too_early", "2021-06-25")
    district.on(POSTED_ON.replace(day=25))
    district.act("village", case, "conclude_publicity")


def test_dx_09_tg_p06_a_changed_notice_decides_no_objection(district):
    case = district.a_case_at("publicity")
    district.act("village", case, "object")
    district.act("village", case, "repost_publicity")
    district.act("county", case, "record_comparison")
    district.on(PROPOSED_ON)

    problem = district.refused("village", case, "conclude_publicity", 422)

    assert codes(problem) == {"objection_open"}


def test_dx_09_tg_e02_at_an_elimination_there_is_no_period_to_restart(district):
    case = district.a_case_at("elimination_publicity")

    reposted = district.act("village", case, "repost_publicity")

    assert reposted["deadlines"] == []
    district.act("village", case, "conclude_publicity")


def test_dx_09_the_log_has_the_hash_of_both_notices(district):
    case = district.a_case_at("publicity")
    district.act("village", case, "repost_publicity", remark="更正：户主姓名")

    told = [json.loads(line["line"])["outcome"] for line in district.history(case)[-2:]]

    first, second = (outcome["notice_commitment"] for outcome in told)
    assert first != second


# What everybody is told


def test_the_day_that_counts_is_the_earliest_due_day_and_there_is_none_once_registered(district):
    case = district.a_case_at("publicity")
    assert due_on(district, case) == "2021-06-25", "the minimum is no day to be late on"

    case = district.a_case_at("monitored")

    assert due_on(district, case) is None


def due_on(district: District, case: Case) -> str | None:
    return district.get("village", f"/v1/cases/{case.id}/actions").json()["due_on"]


def test_a_document_without_forms_of_its_own_asks_for_none(district):
    case = district.a_case_at("assisted")

    assert {tuple(a["form_fields"]) for a in actions(district, "village", case).values()} == {()}
