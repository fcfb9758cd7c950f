"""The entry of a household into monitoring, read against requirements A.2.3 (TG-P01 to TG-P11).

Everything happens over HTTP, as officials do it: what each stage leaves behind, how long the
notice hangs, what objections, returns and refusals do, what is late, and who is waited for.
"""

import hashlib
import json
from collections import Counter
from datetime import date, timedelta
from itertools import chain
from operator import itemgetter
from typing import Any

import pytest
from bodies import findings
from district import CONCLUDED_ON, POSTED_ON, Case, District, codes

from service import sample
from service.clock import end_of, office_time
from service.store import calendars
from service.store.deadlines import DeadlineState
from service.workflows.calendar import SpecialDay
from service.workflows.calendar_lists import YearList

MINIMUM, PHASE = "publicity_minimum", "dynamic_management"

TICK = timedelta(microseconds=1)
MINIMUM_OVER, PHASE_OVER = end_of(date(2021, 6, 18)), end_of(date(2021, 6, 25))
"""The first instants after the notice's fifth working day, and after the phase."""

LINES = """
    2021-06-03  open                         -                   consent
    2021-06-03  sign_consent                 consent             group_deliberation
    2021-06-03  conclude_deliberation        group_deliberation  village_review
    2021-06-03  conclude_review              village_review      posting
    2021-06-10  post_publicity               posting             publicity
    2021-06-10  record_comparison            publicity           publicity
    2021-06-21  conclude_publicity           publicity           village_report
    2021-06-21  report                       village_report      township_review
    2021-06-21  approve                      township_review     county_filing
    2021-06-21  file                         county_filing       announcement
    2021-06-21  announce                     announcement        registration
    2021-06-21  register                     registration        monitored
    2021-06-21  assign_helper                monitored           planning
    2021-06-21  agree_plan                   planning            assisted
"""

TURNED = {
    "open": [(PHASE, "started", "2021-06-25")],
    "post_publicity": [(MINIMUM, "started", "2021-06-18")],
    "conclude_publicity": [(MINIMUM, "met", "2021-06-18")],
    "register": [(PHASE, "met", "2021-06-25")],
}
"""Which clocks an event starts and stops, with their last day."""

NOTICE = """\
村：示例一村
户主：张某
拟纳入类别：边缘易致贫户
公示起：2021-06-10
公示止：2021-06-18
地点：村务公开栏"""

DERIVATION = """
    2021-06-10  -  起算日，不计入
    2021-06-11  1  工作日
    2021-06-12  -  端午节
    2021-06-13  -  端午节
    2021-06-14  -  端午节
    2021-06-15  2  工作日
    2021-06-16  3  工作日
    2021-06-17  4  工作日
    2021-06-18  5  工作日
    2021-06-18  -  村内公示不少于5个工作日：最后一日，至24时止
"""


def rows(table: str) -> list[tuple[str, ...]]:
    return [tuple(line.split()) for line in table.strip().splitlines()]


def compared(district: District) -> Case:
    """Return a case whose notice hangs since Thursday 2021-06-10, the comparison without a hit."""
    case = district.a_case_at("publicity")
    district.act("county", case, "record_comparison")
    return case


def clocks_of(district: District, case: Case, rule: str) -> list[tuple[str, str, str]]:
    """Return start, last day and state of every clock of a rule, the earliest first."""
    return [
        (clock["started_on"], clock["due_on"], clock["state"])
        for clock in district.deadlines(case)
        if clock["rule"] == rule
    ]


def listed(district: District, **filters: Any) -> list[dict[str, Any]]:
    """Return the county's list of deadlines; its count must be its length."""
    page = district.get("county", "/v1/deadlines", count=True, limit=200, **filters).json()
    assert page["total"] == len(page["items"])
    return page["items"]


def waited_for(district: District, case: Case) -> list[str]:
    """Return everybody on whose list the case stands."""
    lists = {o.username: district.get(o.username, "/v1/todo").json() for o in sample.OFFICIALS}
    return [
        username
        for username, page in lists.items()
        if case.id in {item["id"] for item in page["items"]}
    ]


def holds(kept: Any, sent: Any) -> bool:
    """Tell whether what is kept says all that was sent; fields left out have their default."""
    if isinstance(sent, dict):
        return all(holds(kept[name], value) for name, value in sent.items())
    if isinstance(sent, list):
        return len(kept) == len(sent) and all(map(holds, kept, sent))
    return bool(kept == sent)


# What each stage leaves


def test_tg_p01_tg_p02_tg_p03_tg_p04_tg_p05_tg_p06_tg_p07_tg_p08_tg_p09_tg_p10_one_line_each(
    district,
):
    case = district.a_case_at("assisted")

    history = district.history(case)
    told = [
        (line["received_at"][:10], line["event"], line["from_state"] or "-", line["to_state"])
        for line in history
    ]
    assert told == rows(LINES)
    assert [line["seq"] for line in history] == list(range(1, 15))


def test_tg_p04_tg_d06_each_stage_turns_the_clocks_that_its_rule_names(district):
    case = district.a_case_at("assisted")

    for line in district.history(case):
        turned = json.loads(line["line"])["deadlines"]
        told = [(change["rule"], change["change"], change["due_on"]) for change in turned]
        assert told == TURNED.get(line["event"], [])
    assert clocks_of(district, case, MINIMUM) == [("2021-06-10", "2021-06-18", "met")]
    assert clocks_of(district, case, PHASE) == [("2021-06-03", "2021-06-25", "met")]


def test_each_stage_keeps_what_its_official_said(district):
    case, said = district.a_case_at("consent"), {}
    for username, event in District.ROUTE:
        district.on_the_day_of(case, event)
        said[event] = district.good(event)
        district.act(username, case, **said[event])

    for line in district.history(case)[1:]:
        assert holds(line["statement"], said[line["event"]])


def test_tg_c04_tg_c05_the_review_keeps_the_document_s_answer_and_the_line_it_was_measured_by(
    district,
):
    case = district.a_case_at("posting")

    review = district.history(case)[-1]
    assert review["outcome"] == {
        "answer": "must_include",
        "because": "below_line at_risk",
        "cite": "TG-C05",
        "income_line": "6000 (2021)",
    }


def test_tg_p04_the_notice_is_composed_and_its_hash_stands_in_the_line(district):
    case = district.a_case_at("publicity")

    line = district.history(case)[-1]
    sha256 = hashlib.sha256(NOTICE.encode()).hexdigest()
    assert line["outcome"] == {"notice": NOTICE, "notice_sha256": sha256}
    assert set(json.loads(line["line"])["outcome"]) == {"notice_commitment"}


# The application: TG-P01


@pytest.mark.parametrize("entry_point", ["paper", "app", "hotline"])
def test_tg_c09_tg_p01_a_household_applies_in_writing_by_the_app_or_by_the_hotline(
    district, entry_point
):
    case = district.apply(entry_point=entry_point)

    (line,) = district.history(case)
    assert line["statement"]["entry_point"] == entry_point
    assert line["statement"]["channel"] == "self_application"


def test_tg_c08_a_risk_comes_to_light_by_each_of_the_document_s_channels(district):
    for channel in ("cadre_inspection", "department_warning", "public_information"):
        case = district.apply(channel=channel)

        assert district.history(case)[0]["statement"]["channel"] == channel


@pytest.mark.parametrize("username", ["village", "township", "county"])
def test_tg_p01_village_township_and_county_may_take_an_application_in(district, username):
    case = district.apply(username)

    (line,) = district.history(case)
    assert line["to_state"] == "consent"
    assert waited_for(district, case) == ["village"]


@pytest.mark.parametrize("proxy", ["village_cadre", "group_leader", "near_relative"])
def test_tg_r02_tg_p01_a_proxy_fills_the_form_and_the_applicant_gives_the_fingerprint(
    district, proxy
):
    case = district.apply()

    district.act("village", case, "sign_consent", filled_by=proxy, proxy_name="李某")

    statement = district.history(case)[-1]["statement"]
    assert (statement["filled_by"], statement["proxy_name"]) == (proxy, "李某")
    assert statement["fingerprint"] is True


def test_a_household_has_one_open_episode_at_a_time(district):
    case = district.a_case_at("monitored")
    again = {"household_id": case.household_id, "entry_point": "paper"}

    for _ in range(2):
        answer = district.post("village", "/v1/monitoring-objects", again)
        assert answer.status_code == 409
        assert answer.json()["code"] == "episode_open"
        assert answer.json()["case_id"] == case.id
        if case.state == "monitored":
            district.act("township", case, "assign_helper")


def test_tg_c06_b4_08_nothing_limits_how_many_households_of_a_village_are_taken_in(district):
    for _ in range(12):
        case = district.apply()
        for username, event in District.ROUTE[:3]:
            district.act(username, case, event)

    initial_list = district.get("village", "/v1/monitoring-objects", state="posting", count=True)
    assert initial_list.json()["total"] == 12


# The publicity (TG-P04) and the comparison beside it (TG-P05)


def test_tg_p04_tg_d01_b4_01_five_working_days_over_the_dragon_boat_holiday(district):
    case = compared(district)

    district.clock.set(MINIMUM_OVER - timedelta(seconds=1))
    problem = district.refused("village", case, "conclude_publicity", 422)
    (blocker,) = problem["blockers"]
    assert blocker["code"] == "too_early"
    assert blocker["until"] == "2021-06-19"
    assert blocker["cite"] == "TG-P04 TG-D01"
    assert "2021-06-19" in problem["detail"]

    district.clock.set(MINIMUM_OVER)
    district.act("village", case, "conclude_publicity")
    assert case.state == "village_report"


def test_tg_p04_b4_01_the_minimum_holds_to_its_last_instant(district):
    case = compared(district)

    district.clock.set(MINIMUM_OVER - TICK)

    assert codes(district.refused("village", case, "conclude_publicity", 422)) == {"too_early"}


@pytest.mark.parametrize(
    ("posted_at", "last_day"),
    [
        pytest.param(end_of(POSTED_ON) - TICK, "2021-06-18", id="Thursday, before midnight"),
        pytest.param(end_of(POSTED_ON), "2021-06-21", id="Friday, at midnight: one day later"),
    ],
)
def test_tg_p04_the_day_of_posting_is_the_office_s_day_and_is_not_counted(
    district, posted_at, last_day
):
    case = district.a_case_at("posting")
    district.clock.set(posted_at)

    district.act("village", case, "post_publicity")

    ((_, due_on, state),) = clocks_of(district, case, MINIMUM)
    assert (due_on, state) == (last_day, "running")


def test_tg_p04_tg_d01_the_date_is_explained_day_by_day_with_its_provision(district):
    case = district.a_case_at("publicity")
    (clock,) = (c for c in district.deadlines(case) if c["rule"] == MINIMUM)

    told = district.get("village", f"/v1/deadlines/{clock['id']}/explain").json()

    steps = [(s["on"], str(s["counted"] or "-"), s["why"]["zh"]) for s in told["steps"]]
    assert steps == rows(DERIVATION)
    assert told["deadline"] == clock
    assert clock["cite"] == "TG-P04 TG-D01"
    assert clock["over_at"] == "2021-06-19T00:00:00+08:00"
    assert told["at"] == "二（二）2（4）"
    assert told["calendar_edition"] == clock["calendar_edition"]


def test_tg_p04_tg_d01_a_date_that_stood_is_explained_by_the_calendar_that_it_rests_on(district):
    case = district.a_case_at("village_report")
    (met,) = (c for c in district.deadlines(case) if c["rule"] == MINIMUM)
    days = calendars.seeded_days(2021) | {date(2021, 6, 16): SpecialDay(False, "临时放假")}
    now = district.clock.now()
    district.change(
        lambda session: calendars.put_year(session, YearList(2021, days), "a notice", now)
    )

    told = district.get("village", f"/v1/deadlines/{met['id']}/explain").json()

    assert told["deadline"] == met
    assert told["steps"][-1]["on"] == met["due_on"] == "2021-06-18"
    assert told["calendar_edition"] == met["calendar_edition"]


def test_tg_p04_what_officials_may_do_tells_the_same_date_before_they_try(district):
    case = compared(district)

    actions = district.get("village", f"/v1/cases/{case.id}/actions").json()["items"]

    (conclude,) = (action for action in actions if action["event"] == "conclude_publicity")
    assert conclude["allowed"] is False
    assert [(b["code"], b["until"]) for b in conclude["blockers"]] == [("too_early", "2021-06-19")]


def test_tg_p05_the_comparison_runs_beside_the_publicity_and_moves_neither_stage_nor_clock(
    district,
):
    case = district.a_case_at("publicity")
    before = district.deadlines(case)

    district.act("county", case, "record_comparison")

    assert case.state == "publicity"
    assert district.deadlines(case) == before
    assert waited_for(district, case) == ["village"]


def test_tg_p05_the_comparison_is_asked_for_with_the_posting_not_before(district):
    case = district.a_case_at("posting")

    assert district.refused("county", case, "record_comparison", 409)["code"] == "event_not_allowed"


def test_tg_p05_a_comparison_that_comes_after_the_minimum_lets_the_case_go_on_at_once(district):
    case = district.a_case_at("publicity")
    district.on(CONCLUDED_ON)
    problem = district.refused("village", case, "conclude_publicity", 422)
    assert codes(problem) == {"comparison_missing"}

    district.act("county", case, "record_comparison")

    district.act("village", case, "conclude_publicity")


@pytest.mark.parametrize("username", ["county", "township"])
def test_tg_p05_a_hit_is_explained_by_a_named_officer_before_the_case_goes_on(district, username):
    case = district.a_case_at("publicity")
    district.act("county", case, "record_comparison", findings=findings(police="differs"))
    district.on(CONCLUDED_ON)
    (held,) = district.refused("village", case, "conclude_publicity", 422)["blockers"]
    assert (held["code"], held["have"]) == ("hit_not_concluded", "police.consumer_car")

    district.act(username, case, "conclude_comparison")

    district.act("village", case, "conclude_publicity")


# Objections and what they do, TG-P06


@pytest.mark.parametrize("username", ["village", "township", "county"])
def test_tg_p06_b4_02_an_objection_holds_the_case_until_it_is_rejected(district, username):
    case = compared(district)
    district.act(username, case, "object")
    district.on(CONCLUDED_ON)
    (held,) = district.refused("village", case, "conclude_publicity", 422)["blockers"]
    assert (held["code"], held["have"], held["cite"]) == ("objection_open", "1", "TG-P06")

    district.act("village", case, "reject_objection")

    district.act("village", case, "conclude_publicity")


def test_tg_p06_b4_02_every_objection_must_be_decided(district):
    case = compared(district)
    district.act("village", case, "object")
    district.act("village", case, "object", statement="该户有车")
    district.on(CONCLUDED_ON)

    district.act("village", case, "reject_objection", objection=2)

    (held,) = district.refused("village", case, "conclude_publicity", 422)["blockers"]
    assert (held["code"], held["have"]) == ("objection_open", "1")


def test_tg_p06_an_upheld_objection_starts_a_second_round_and_ends_the_first_clock(district):
    case = compared(district)
    district.on(date(2021, 6, 16))
    district.act("village", case, "object")

    moved = district.act("village", case, "uphold_objection")

    assert (moved["case"]["state"], moved["case"]["round"]) == ("village_review", 2)
    assert clocks_of(district, case, MINIMUM) == [("2021-06-10", "2021-06-18", "lapsed")]
    assert clocks_of(district, case, PHASE) == [("2021-06-03", "2021-06-25", "running")]


def test_tg_p06_tg_p04_b4_01_after_an_upheld_objection_the_new_notice_hangs_its_own_minimum(
    district,
):
    case = compared(district)
    district.on(date(2021, 6, 16))
    district.act("village", case, "object")
    district.act("village", case, "uphold_objection")
    district.act("village", case, "conclude_review")
    district.on(date(2021, 6, 17))
    district.act("village", case, "post_publicity")

    assert clocks_of(district, case, MINIMUM) == [
        ("2021-06-10", "2021-06-18", "lapsed"),
        ("2021-06-17", "2021-06-24", "running"),
    ]
    district.clock.set(end_of(date(2021, 6, 24)) - TICK)
    problem = district.refused("village", case, "conclude_publicity", 422)
    assert codes(problem) == {"too_early", "comparison_missing"}
    assert problem["blockers"][0]["until"] == "2021-06-25"


def test_tg_p05_b4_03_a_comparison_counts_for_the_posting_it_was_made_for(district):
    case = compared(district)
    district.act("village", case, "return_case", to="posting")
    district.act("village", case, "post_publicity")
    district.on(CONCLUDED_ON)
    problem = district.refused("village", case, "conclude_publicity", 422)
    assert codes(problem) == {"comparison_missing"}

    district.act("county", case, "record_comparison")

    district.act("village", case, "conclude_publicity")


def test_tg_p06_b4_02_an_objection_that_nobody_decided_outlives_a_return(district):
    case = compared(district)
    district.act("village", case, "object")
    district.act("village", case, "return_case", to="posting")
    district.act("village", case, "post_publicity")
    district.act("county", case, "record_comparison")
    district.on(CONCLUDED_ON)

    problem = district.refused("village", case, "conclude_publicity", 422)

    assert codes(problem) == {"objection_open"}


# Returned, refused, withdrawn: DX-01, DX-02, DX-03


def test_dx_01_a_return_says_round_reason_and_what_to_fix(district):
    case = district.a_case_at("township_review")

    moved = district.act("township", case, "return_case", to="village_review")

    assert (moved["case"]["state"], moved["case"]["round"]) == ("village_review", 2)
    statement = district.history(case)[-1]["statement"]
    assert statement["to"] == "village_review"
    assert statement["reason"] == "材料不全"
    assert statement["to_fix"] == ["补充收入证明"]
    assert waited_for(district, case) == ["village"]


def test_dx_01_earlier_opinions_stay_as_they_were_when_a_case_comes_back(district):
    case = district.a_case_at("county_filing")
    before = district.history(case)
    district.act("county", case, "return_case", to="township_review")

    district.act("township", case, "approve", opinion="补正后同意")

    after = district.history(case)
    assert after[: len(before)] == before
    opinions = [
        (json.loads(line["line"])["round"], line["statement"]["opinion"])
        for line in after
        if line["event"] == "approve"
    ]
    assert opinions == [(1, "同意"), (2, "补正后同意")]


def test_dx_01_tg_p04_b4_01_a_case_returned_after_its_publicity_is_posted_anew(district):
    case = district.a_case_at("township_review")
    district.act("township", case, "return_case", to="posting")

    district.act("village", case, "post_publicity")

    assert clocks_of(district, case, MINIMUM) == [
        ("2021-06-10", "2021-06-18", "met"),
        ("2021-06-21", "2021-06-28", "running"),
    ]


def test_dx_02_a_refused_household_is_owed_an_explanation_and_then_may_apply_anew(district):
    case = district.a_case_at("village_review")
    again = {"household_id": case.household_id, "entry_point": "paper"}

    district.act("village", case, "refuse")
    assert case.state == "explanation_owed"
    assert waited_for(district, case) == ["village"]
    assert district.post("village", "/v1/monitoring-objects", again).status_code == 409

    moved = district.act("village", case, "explain_refusal")
    assert moved["case"]["state"] == "not_qualified"
    assert moved["case"]["closed_at"] is not None
    assert waited_for(district, case) == []

    anew = district.post("village", "/v1/monitoring-objects", again)
    assert anew.status_code == 201
    assert anew.json()["case"]["id"] != case.id
    assert anew.json()["case"]["version"] == 1


def test_dx_02_the_refusal_keeps_its_reason_and_how_the_household_was_told(district):
    case = district.a_case_at("village_review")
    district.act("village", case, "refuse")
    district.act("village", case, "explain_refusal")

    refused, explained = district.history(case)[-2:]
    assert refused["statement"]["reason"] == "收入稳定，不符合条件"
    assert refused["outcome"] == {
        "answer": "judgement",
        "because": "",
        "cite": "TG-C05",
        "income_line": "6000 (2021)",
    }
    assert explained["statement"]["means"] == "visit"
    assert explained["statement"]["explained_to"] == "张某"


@pytest.mark.parametrize(
    ("state", "username"),
    [("publicity", "village"), ("township_review", "township"), ("county_filing", "county")],
)
def test_dx_02_once_it_is_refused_no_clock_of_the_case_runs(district, state, username):
    case = district.a_case_at(state)

    district.act(username, case, "refuse")

    assert "running" not in {clock["state"] for clock in district.deadlines(case)}


def test_dx_03_a_withdrawal_ends_the_case_with_its_clocks_and_frees_the_household(district):
    case = district.a_case_at("publicity")

    moved = district.act("village", case, "withdraw")

    assert moved["case"]["state"] == "withdrawn"
    assert moved["case"]["closed_at"] is not None
    assert {clock["state"] for clock in district.deadlines(case)} == {"lapsed"}
    again = {"household_id": case.household_id, "entry_point": "app"}
    assert district.post("village", "/v1/monitoring-objects", again).status_code == 201


def test_dx_03_a_household_that_is_registered_no_longer_withdraws(district):
    case = district.a_case_at("monitored")

    problem = district.refused("village", case, "withdraw", 409)

    assert problem["code"] == "event_not_allowed"
    assert problem["available_actions"] == ["assign_helper", "end_naturally"]


# The phase (TG-D06) and what is late (DX-04)


def test_tg_d06_the_phase_is_overdue_from_the_first_instant_after_25_june(district):
    case = district.a_case_at("consent")

    for at, state, days_late in (
        (PHASE_OVER - TICK, "running", 0),
        (PHASE_OVER, "overdue", 1),
        (office_time(date(2021, 6, 28), 12), "overdue", 3),
    ):
        district.clock.set(at)
        (clock,) = district.deadlines(case)
        assert (clock["rule"], clock["state"], clock["days_late"]) == (PHASE, state, days_late)


def test_tg_d06_an_application_binds_to_the_phase_until_its_last_day_only(district):
    district.clock.set(PHASE_OVER - TICK)
    bound = district.apply()
    district.clock.set(PHASE_OVER)
    free = district.apply()

    assert clocks_of(district, bound, PHASE) == [("2021-06-25", "2021-06-25", "overdue")]
    assert district.deadlines(free) == []


def test_tg_d06_tg_p09_registered_in_the_phase_s_last_instant_is_in_time(district):
    case = district.a_case_at("registration")
    district.clock.set(PHASE_OVER - TICK)

    moved = district.act("township", case, "register")

    assert moved["late"] == []
    assert clocks_of(district, case, PHASE) == [("2021-06-03", "2021-06-25", "met")]


def test_dx_04_tg_d06_a_late_act_needs_a_reason(district):
    case = district.a_case_at("registration")
    district.clock.set(PHASE_OVER)

    (blocker,) = district.refused("township", case, "register", 422)["blockers"]

    assert blocker["code"] == "late_reason_missing"
    assert (blocker["need"], blocker["have"], blocker["cite"]) == ("reason", "1", "DX-04")


def test_dx_04_tg_d06_a_late_act_is_stamped_with_its_days_and_listed_as_late_for_good(district):
    case = district.a_case_at("registration")
    district.on(date(2021, 6, 28))

    moved = district.act("township", case, "register", reason="系统停机维护")

    late = [{"rule": PHASE, "days": 3, "unit": "date", "soft": False}]
    assert moved["late"] == late
    assert json.loads(moved["transition"]["line"])["late"] == late
    district.on(date(2021, 7, 30))
    (clock,) = listed(district, state="late")
    assert (clock["case_id"], clock["rule"], clock["days_late"]) == (case.id, PHASE, 3)
    assert listed(district, state="overdue") == []


# The supervisor's list


def test_tg_d06_list_count_and_case_agree_on_every_state_around_every_midnight(district):
    hanging = district.a_case_at("publicity")
    withdrawn = district.apply()
    district.act("village", withdrawn, "withdraw")
    for at in (MINIMUM_OVER - TICK, MINIMUM_OVER):
        district.clock.set(at)
        assert states_told(district, hanging, withdrawn) == {"running": 2, "lapsed": 1}

    in_time, late = district.a_case_at("monitored"), district.a_case_at("registration")
    cases = (hanging, withdrawn, in_time, late)
    district.clock.set(PHASE_OVER - TICK)
    assert states_told(district, *cases) == {"running": 3, "met": 3, "lapsed": 1}
    district.clock.set(PHASE_OVER)
    assert states_told(district, *cases) == {"running": 1, "overdue": 2, "met": 3, "lapsed": 1}

    district.act("township", late, "register", reason="系统停机维护")
    told = states_told(district, *cases)
    assert told == {"running": 1, "overdue": 1, "late": 1, "met": 3, "lapsed": 1}


def states_told(district: District, *cases: Case) -> Counter[str]:
    """Return how many deadlines stand how, once list, count, case and overdue cases agree."""
    by_state = {state.value: listed(district, state=state.value) for state in DeadlineState}
    for state, items in by_state.items():
        assert {item["state"] for item in items} <= {state}
    everything = sorted(chain.from_iterable(by_state.values()), key=itemgetter("id"))
    by_case = chain.from_iterable(district.deadlines(case) for case in cases)
    assert everything == sorted(by_case, key=itemgetter("id"))
    assert everything == sorted(listed(district), key=itemgetter("id"))
    overdue = district.get("county", "/v1/monitoring-objects", overdue=True).json()["items"]
    assert {case["id"] for case in overdue} == {d["case_id"] for d in by_state["overdue"]}
    return Counter(item["state"] for item in everything)


WAITS_FOR = """
    consent                   village
    group_deliberation        village
    village_review            village
    posting                   village
    publicity                 village
    village_report            village
    township_review           township
    county_filing             county
    announcement              county
    registration              township
    monitored                 township
    planning                  township
    assisted                  village
    elimination_verification  village
    elimination_review        village
    elimination_posting       village
    elimination_publicity     village
    elimination_report        village
    elimination_township      township
    elimination_filing        county
    elimination_announcement  county
    elimination_marking       township
    eliminated
"""


def test_every_open_case_stands_on_exactly_one_official_s_list_at_every_stage(district):
    case, other = district.apply(), district.apply()
    told = {}
    for username, event in (*District.ROUTE, *District.ELIMINATION):
        told[case.state] = waited_for(district, case)
        district.go_on(case, username, event)
    told[case.state] = waited_for(district, case)

    assert told == {state: officials for state, *officials in rows(WAITS_FOR)}
    assert waited_for(district, other) == ["village"]
