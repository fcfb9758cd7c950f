"""Suspending, resuming and extending a clock over HTTP, as a document lets it (decision 0021).

The document of these stories is the Taogou one with an office's own sentences added: who may
let its two clocks stand, on which grounds, how often, and who grants more time.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from district import Case, District, codes
from test_policy_life import appoint

from service import invariants, sample
from service.clock import office_time
from service.store.deadlines import Deadline
from service.workflows.policy import POLICIES
from service.workflows.rulebook import Rulebook

TEXT = (POLICIES / "taogou-2021.toml").read_text(encoding="utf-8")
CATALOGUE = (POLICIES / "taogou-2021.rules.toml").read_text(encoding="utf-8")
LISTS = """
suspension_reasons = [
  { code = "flood", zh = "洪涝灾害", en = "a flood" },
  { code = "paper_awaited", zh = "等待材料", en = "a paper is awaited" },
]
"""
GROUNDS = 'reasons = "suspension_reasons"'
PHASE = f"""suspend = {{ by = ["township_office"], {GROUNDS}, at_most = 2, cite = "TG-A04" }}
[monitoring_object.time_limits.extend]
by = ["township_office"]
amount = 5
unit = "working_day"
at_most = 1
approve_by = ["county_bureau", "township_office"]
cite = "TG-A04"
{GROUNDS}
"""
MINIMUM = f"""suspend = {{ by = ["village_committee"], {GROUNDS}, cite = "TG-P06" }}
extend = {{ by = ["village_committee"], amount = 2, {GROUNDS}, cite = "TG-P06" }}
held_by_objection = {{ cite = "TG-P06" }}
"""
PHASE_ENDS = 'ends = ["registration"]\ncite = "TG-D06"\n'
MINIMUM_ENDS = 'ends = ["publicity"]\n'
SECOND = {
    "version = 1\n": "version = 2\nin_force_from = 2021-06-20\n",
    "on = 2021-06-25": "on = 2021-07-01",
    PHASE: "",
    MINIMUM: "",
}
NOTHING = {"zh": None}
FLOOD = {"reason": "flood"}


def with_operations() -> str:
    """Return the text of the document with what an office has written into it."""
    text = TEXT.replace("[lists]\n", f"[lists]\n{LISTS}", 1)
    text = text.replace(PHASE_ENDS, PHASE_ENDS + PHASE, 1)
    return text.replace(MINIMUM_ENDS, MINIMUM_ENDS + MINIMUM, 1)


@pytest.fixture
def rulebook(tmp_path) -> Rulebook:
    """Return a rulebook of that document, and of a second version that knows no operation."""
    first = second = with_operations()
    for old, new in SECOND.items():
        assert old in second, old
        second = second.replace(old, new)
    for name, text in (("first", first), ("second", second)):
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        (tmp_path / f"{name}.rules.toml").write_text(CATALOGUE, encoding="utf-8")
    return Rulebook(tmp_path)


@pytest.fixture(name="case")
def a_case_of_3_june(district) -> Case:
    return district.apply()


@pytest.fixture(autouse=True)
def _nothing_impossible(district, rulebook) -> Iterator[None]:
    yield
    assert district.read(lambda s: list(invariants.violations(s, rulebook))) == []


def clock_of(at: District, case: Case, rule: str = "dynamic_management") -> dict[str, Any]:
    return next(one for one in at.deadlines(case) if one["rule"] == rule)


def operate(
    at: District,
    username: str,
    case: Case,
    what: str,
    body: Any = None,
    rule: str = "dynamic_management",
) -> Any:
    """Ask for something to be done to a clock; return the answer whatever it is."""
    path = f"/v1/deadlines/{clock_of(at, case, rule)['id']}/{what}"
    answer = at.post(username, path, body, **{"If-Match": f'"{case.version}"'})
    if answer.status_code == 201:
        case.version = answer.json()["case"]["version"]
    return answer


def done(at: District, username: str, case: Case, what: str, body: Any = None, **rule: str) -> Any:
    answer = operate(at, username, case, what, body, **rule)
    assert answer.status_code == 201, answer.text
    return answer.json()


def refused(
    at: District, username: str, case: Case, what: str, body: Any = None, **rule: str
) -> set[str]:
    """Ask for what must be refused; nothing may have changed. Return the codes, with provisions."""
    before = at.deadlines(case), at.history(case)
    answer = operate(at, username, case, what, body, **rule)
    assert answer.status_code == 422, answer.text
    assert (at.deadlines(case), at.history(case)) == before
    return {f"{one['code']} {one['cite']}" for one in answer.json()["blockers"]}


# Suspended


def test_dx_60_a_clock_that_was_suspended_is_longer_by_the_days_on_which_it_stood(district, case):
    district.on(date(2021, 6, 7))
    done(district, "township", case, "suspend", FLOOD)
    district.on(date(2021, 6, 16))
    answer = done(district, "township", case, "resume")

    assert (answer["deadline"]["state"], answer["deadline"]["due_on"]) == ("running", "2021-07-05")
    assert clock_of(district, case)["due_on"] == "2021-07-05"
    assert answer["changes"] == [
        {
            "id": answer["deadline"]["id"],
            "rule": "dynamic_management",
            "change": "resumed",
            "due_on": "2021-07-05",
            "provisional": False,
        }
    ]


def test_while_it_stands_a_clock_is_neither_overdue_nor_late(district, case):
    district.on(date(2021, 6, 24))
    done(district, "township", case, "suspend", FLOOD)

    district.on(date(2021, 7, 20))
    clock = clock_of(district, case)
    assert (clock["state"], clock["days_late"]) == ("suspended", 0)
    assert clock["suspended_at"] == "2021-06-24T09:00:00+08:00"
    for state, found in (("overdue", []), ("running", []), ("suspended", [case.id])):
        listed = district.get("county", "/v1/deadlines", state=state).json()["items"]
        assert [one["case_id"] for one in listed] == found
    overdue = district.get("county", "/v1/monitoring-objects", overdue=True).json()["items"]
    assert overdue == []
    assert district.get("village", f"/v1/cases/{case.id}/actions").json()["due_on"] is None


def test_dx_60_the_day_after_it_goes_on_is_left_to_one_that_was_suspended_on_its_last(
    district, case
):
    district.on(date(2021, 6, 25), 23)
    done(district, "township", case, "suspend", FLOOD)
    district.on(date(2021, 7, 8))
    done(district, "township", case, "resume")

    assert clock_of(district, case)["due_on"] == "2021-07-09"


def test_dx_60_an_act_that_meets_a_clock_while_it_stands_is_in_time(district):
    case = district.a_case_at("registration")
    district.on(date(2021, 6, 24))
    done(district, "township", case, "suspend", FLOOD)
    district.on(date(2021, 7, 20))

    moved = district.act("township", case, "register")

    assert moved["late"] == []
    clock = clock_of(district, case)
    assert (clock["state"], clock["days_late"], clock["suspended_at"]) == ("met", 0, None)
    assert clock["due_on"] >= "2021-07-20"


def test_a_clock_that_lapses_while_it_stands_is_over(district, case):
    done(district, "township", case, "suspend", FLOOD)

    district.act("village", case, "withdraw")

    clock = clock_of(district, case)
    assert (clock["state"], clock["suspended_at"]) == ("lapsed", None)


def test_tg_p04_a_minimum_that_stands_is_not_over_and_is_longer_afterwards(district):
    case = district.a_case_at("publicity")
    minimum = {"rule": "publicity_minimum"}
    district.on(date(2021, 6, 15))
    done(district, "village", case, "suspend", FLOOD, **minimum)
    district.on(date(2021, 6, 21))
    problem = district.refused("village", case, "conclude_publicity", 422)
    assert "clock_suspended" in codes(problem)

    done(district, "village", case, "resume", **minimum)

    assert clock_of(district, case, "publicity_minimum")["due_on"] == "2021-06-25"
    problem = district.refused("village", case, "conclude_publicity", 422)
    assert [b["until"] for b in problem["blockers"] if b["code"] == "too_early"] == ["2021-06-26"]


# An objection


def test_tg_p06_an_objection_suspends_where_the_document_says_so_until_the_last_is_decided(
    district,
):
    case = district.a_case_at("publicity")
    state = lambda: clock_of(district, case, "publicity_minimum")["state"]  # noqa: E731 - said once
    district.on(date(2021, 6, 11))
    moved = district.act("village", case, "object")
    assert [change["change"] for change in moved["deadlines"]] == ["suspended"]
    district.act("village", case, "object")
    assert state() == "suspended"

    district.on(date(2021, 6, 16))
    district.act("village", case, "reject_objection", objection=1)
    assert state() == "suspended"
    moved = district.act("village", case, "reject_objection", objection=2)

    assert [change["change"] for change in moved["deadlines"]] == ["resumed"]
    clock = clock_of(district, case, "publicity_minimum")
    assert (clock["state"], clock["due_on"]) == ("running", "2021-06-23")


def test_what_an_objection_suspended_nobody_resumes_by_hand(district):
    case = district.a_case_at("publicity")
    district.act("village", case, "object")
    minimum = {"rule": "publicity_minimum"}

    assert refused(district, "village", case, "resume", **minimum) == {"held_by_objection TG-P06"}
    found = refused(district, "village", case, "suspend", FLOOD, **minimum)
    assert found == {"already_suspended DX-60"}


def test_what_was_suspended_by_hand_an_objection_does_not_resume(district):
    case = district.a_case_at("publicity")
    minimum = {"rule": "publicity_minimum"}
    done(district, "village", case, "suspend", FLOOD, **minimum)
    district.act("village", case, "object")
    assert refused(district, "village", case, "resume", **minimum) == {"held_by_objection TG-P06"}

    district.act("village", case, "reject_objection")

    assert clock_of(district, case, "publicity_minimum")["state"] == "suspended"
    done(district, "village", case, "resume", **minimum)
    assert clock_of(district, case, "publicity_minimum")["state"] == "running"


def test_an_objection_suspends_no_clock_of_which_the_document_does_not_say_so(district):
    case = district.a_case_at("publicity")

    district.act("village", case, "object")

    assert clock_of(district, case)["state"] == "running"


# Extended


def test_dx_61_more_time_is_asked_for_and_until_it_is_granted_the_date_stands(district, case):
    district.on(date(2021, 6, 21))
    asked = done(district, "township", case, "extend", FLOOD)
    assert (asked["deadline"]["due_on"], asked["deadline"]["extension_asked"]) == (
        "2021-06-25",
        True,
    )

    granted = done(district, "county", case, "decide", {"granted": True})

    assert (granted["deadline"]["due_on"], granted["deadline"]["extension_asked"]) == (
        "2021-07-02",
        False,
    )
    assert [line["event"] for line in district.history(case)[1:]] == [
        "ask_extension",
        "extend_deadline",
    ]


def test_dx_61_where_it_is_refused_the_date_stands_and_it_may_be_asked_for_anew(district, case):
    done(district, "township", case, "extend", FLOOD)
    done(district, "county", case, "decide", {"granted": False})
    assert clock_of(district, case)["due_on"] == "2021-06-25"

    done(district, "township", case, "extend", FLOOD)

    assert clock_of(district, case)["extension_asked"]
    assert [line["event"] for line in district.history(case)[1:]] == [
        "ask_extension",
        "refuse_extension",
        "ask_extension",
    ]


def test_dx_61_what_was_asked_for_in_time_may_be_granted_after_the_end(district, case):
    district.clock.set(office_time(date(2021, 6, 25), 23, 59))
    done(district, "township", case, "extend", FLOOD)
    district.on(date(2021, 6, 28))
    assert clock_of(district, case)["state"] == "overdue"

    granted = done(district, "county", case, "decide", {"granted": True})

    assert (granted["deadline"]["state"], granted["deadline"]["due_on"]) == (
        "running",
        "2021-07-02",
    )


def test_where_nobody_has_to_grant_it_more_time_counts_at_once_for_a_minimum_too(district):
    case = district.a_case_at("publicity")

    done(district, "village", case, "extend", FLOOD, rule="publicity_minimum")

    assert clock_of(district, case, "publicity_minimum")["due_on"] == "2021-06-22"


# What is refused


def test_what_the_shipped_documents_do_not_say_is_not_possible(district, case):
    for what in ("suspend", "extend"):
        limits = Rulebook().of_every_kind()
        assert not [one for p in limits for one in p.rules.time_limits if getattr(one, what)]

    assert refused(district, "township", case, "suspend", {"reason": "rain"}) == {
        "not_listed TG-A04"
    }
    assert refused(district, "township", case, "extend", {"reason": "rain"}) == {
        "not_listed TG-A04"
    }


def test_who_may_not_is_told_who_may(district, case):
    for username in ("village", "county"):
        for what in ("suspend", "extend"):
            answer = operate(district, username, case, what, FLOOD)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_your_role")
            assert "TG-A04" in answer.json()["detail"]
    done(district, "township", case, "suspend", FLOOD)
    assert operate(district, "village", case, "resume").status_code == 403


def test_suspending_twice_and_resuming_what_runs_are_refused(district, case):
    assert refused(district, "township", case, "resume") == {"not_suspended DX-60"}
    done(district, "township", case, "suspend", FLOOD)
    assert refused(district, "township", case, "suspend", FLOOD) == {"already_suspended DX-60"}


def test_how_often_is_counted(district, case):
    for _ in range(2):
        done(district, "township", case, "suspend", FLOOD)
        done(district, "township", case, "resume")
    found = refused(district, "township", case, "suspend", FLOOD)
    assert found == {"used_up TG-A04"}

    done(district, "township", case, "extend", FLOOD)
    found = refused(district, "township", case, "extend", FLOOD)
    assert found == {"extension_undecided TG-A04"}
    done(district, "county", case, "decide", {"granted": True})
    found = refused(district, "township", case, "extend", FLOOD)
    assert found == {"used_up TG-A04"}


def test_dx_60_the_last_instant_of_a_period_is_in_time_and_the_next_too_late(district, case):
    district.clock.set(office_time(date(2021, 6, 26)))
    for what in ("suspend", "extend"):
        found = refused(district, "township", case, what, FLOOD)
        assert found == {"period_over DX-60"}

    district.clock.set(office_time(date(2021, 6, 26)) - timedelta(microseconds=1))
    done(district, "township", case, "suspend", FLOOD)


def test_dx_61_nobody_decides_what_they_asked_for(district, case):
    found = refused(district, "county", case, "decide", {"granted": True})
    assert found == {"no_extension_asked TG-A04"}
    done(district, "township", case, "extend", FLOOD)

    for granted in (True, False):
        found = refused(district, "township", case, "decide", {"granted": granted})
        assert found == {"own_request DX-61"}


def test_nothing_is_done_to_a_clock_that_runs_no_longer(district, case):
    district.act("village", case, "withdraw")

    for what, body in (("suspend", FLOOD), ("resume", None), ("extend", FLOOD)):
        assert refused(district, "township", case, what, body) == {"clock_closed DX-60"}


def test_each_operation_wants_the_version_that_was_seen(district, case):
    path = f"/v1/deadlines/{clock_of(district, case)['id']}/suspend"
    assert district.post("township", path, FLOOD).status_code == 428

    stale = district.post("township", path, FLOOD, **{"If-Match": '"7"'})

    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    assert stale.json()["version"] == case.version


def test_an_operation_that_is_sent_twice_with_one_key_is_done_once(district, case):
    path = f"/v1/deadlines/{clock_of(district, case)['id']}/suspend"
    same = {"Idempotency-Key": "the-same-key", "If-Match": f'"{case.version}"'}

    first, again = (district.post("township", path, FLOOD, **same) for _ in range(2))

    assert first.content == again.content
    assert len(district.history(case)) == 2


def test_a_stranger_finds_no_clock(district, case):
    path = f"/v1/deadlines/{clock_of(district, case)['id']}/suspend"

    for username in ("neighbour", "elsewhere"):
        answer = district.post(username, path, FLOOD, **{"If-Match": '"1"'})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


# What is told of it


def test_an_operation_is_a_line_by_the_person_with_reason_and_provision(district, case):
    before = district.history(case)
    answer = done(district, "township", case, "suspend", FLOOD)

    *unchanged, line = district.history(case)
    assert unchanged == before
    assert line == answer["transition"]
    assert (line["event"], line["role"]) == ("suspend_deadline", "township_office")
    assert (line["from_state"], line["to_state"]) == ("consent", "consent")
    assert line["prev_hash"] == before[-1]["hash"]
    told = json.loads(line["line"])
    assert (told["reason"], told["cite"]) == ("flood", "TG-A04")
    assert [change["change"] for change in told["deadlines"]] == ["suspended"]
    assert line["event_label"]["zh"] == "中止计时"


def test_a_date_is_explained_with_every_step_its_provision_its_calendar_and_the_person(
    district, case
):
    district.on(date(2021, 6, 7))
    done(district, "township", case, "suspend", FLOOD)
    district.on(date(2021, 6, 8))
    done(district, "township", case, "resume")
    done(district, "township", case, "extend", FLOOD)
    done(district, "county", case, "decide", {"granted": True})

    clock = clock_of(district, case)
    told = district.get("village", f"/v1/deadlines/{clock['id']}/explain").json()

    assert [
        (
            one["what"],
            one["due_on"],
            one["cite"],
            one["role"],
            (one["reason_label"] or {}).get("zh"),
        )
        for one in told["happened"]
    ] == [
        ("started", "2021-06-25", None, "village_committee", None),
        ("suspended", "2021-06-25", "TG-A04", "township_office", "洪涝灾害"),
        ("resumed", "2021-06-27", "TG-A04", "township_office", None),
        ("extension_asked", "2021-06-27", "TG-A04", "township_office", "洪涝灾害"),
        ("extended", "2021-07-02", "TG-A04", "county_bureau", "洪涝灾害"),
    ]
    assert {one["calendar_edition"] for one in told["happened"]} == {told["calendar_edition"]}
    people = [UUID(one["person_id"]) for one in told["happened"]]
    assert len(set(people)) == 3
    assert [(step["on"], step["counted"], step["why"]["zh"]) for step in told["steps"]] == [
        ("2021-06-03", None, "起算日，不计入"),
        ("2021-06-07", None, "中止计时（TG-A04）"),
        ("2021-06-08", None, "恢复计时（TG-A04）"),
        ("2021-06-08", None, "延长5工作日（TG-A04）"),
        ("2021-06-28", 1, "工作日"),
        ("2021-06-29", 2, "工作日"),
        ("2021-06-30", 3, "工作日"),
        ("2021-07-01", 4, "工作日"),
        ("2021-07-02", 5, "工作日"),
        ("2021-07-02", None, "动态管理阶段内履行程序并录入标注：最后一日，至24时止"),
    ]


def test_days_on_which_it_stood_are_shown_as_not_counted(district):
    case = district.a_case_at("publicity")
    minimum = {"rule": "publicity_minimum"}
    district.on(date(2021, 6, 15))
    done(district, "village", case, "suspend", FLOOD, **minimum)
    district.on(date(2021, 6, 16))
    done(district, "village", case, "resume", **minimum)

    clock = clock_of(district, case, "publicity_minimum")
    told = district.get("village", f"/v1/deadlines/{clock['id']}/explain").json()

    stood = [
        (step["on"], step["counted"]) for step in told["steps"] if "中止期间" in step["why"]["zh"]
    ]
    assert stood == [("2021-06-15", None), ("2021-06-16", None)]
    assert told["steps"][-1]["on"] == clock["due_on"] == "2021-06-22"


# Another version of the document


@pytest.fixture(name="migrated")
def moves_a_case_to_the_second_version(district):
    """Return what moves every running case to the version that knows no operation."""
    district.change(lambda session: appoint(session, "administrator", sample.COUNTY))

    def migrate() -> list[tuple[str, str, str]]:
        body = {"from_version": 1, "to_version": 2, "dry_run": False}
        answer = district.post("administrator", "/v1/policies/taogou-2021/migrations", body)
        assert answer.status_code == 200, answer.text
        (case,) = answer.json()["cases"]
        return [(one["rule"], one["change"], one["due_on"]) for one in case["deadlines"]]

    return migrate


def test_a_clock_is_carried_over_with_the_days_it_stood_and_the_time_it_was_granted(
    district, case, migrated
):
    district.on(date(2021, 6, 7))
    done(district, "township", case, "suspend", FLOOD)
    district.on(date(2021, 6, 8))
    done(district, "township", case, "resume")
    done(district, "township", case, "extend", FLOOD)
    done(district, "county", case, "decide", {"granted": True})
    district.on(date(2021, 6, 21))

    # 1 July, two days on which it stood, five working days.
    assert migrated() == [("dynamic_management", "recomputed", "2021-07-09")]
    whats = [one["what"] for one in clock_of(district, case)["clock"]]
    assert whats[-1] == "carried_over"


def test_a_clock_that_stands_goes_on_where_the_new_version_knows_no_suspension(district, migrated):
    case = district.a_case_at("publicity")
    done(district, "village", case, "suspend", FLOOD, rule="publicity_minimum")
    done(district, "township", case, "suspend", FLOOD)
    district.on(date(2021, 6, 21))

    changes = migrated()

    # Stood from 10 to 21 June: five working days are left from the 22nd, and 12 days after 1 July.
    assert ("publicity_minimum", "recomputed", "2021-06-28") in changes
    assert ("dynamic_management", "recomputed", "2021-07-13") in changes
    assert {one["state"] for one in district.deadlines(case)} == {"running"}


def test_a_clock_that_was_tampered_with_is_found(district, case, rulebook):
    def a_day_more(session):
        session.get(Deadline, (UUID(case.id), UUID(clock["id"]))).due_on += timedelta(days=1)

    def a_day_less(session):
        session.get(Deadline, (UUID(case.id), UUID(clock["id"]))).due_on -= timedelta(days=1)

    clock = clock_of(district, case)
    district.change(a_day_more)
    found = district.read(lambda s: list(invariants.violations(s, rulebook)))
    district.change(a_day_less)

    assert found == [f"case {case.id}: dynamic_management is not what its clock's events come to"]


def test_instants_are_kept_to_the_microsecond(district, case):
    at = office_time(date(2021, 6, 7), 9) + timedelta(microseconds=1)
    district.clock.set(at)
    done(district, "township", case, "suspend", FLOOD)

    assert datetime.fromisoformat(clock_of(district, case)["suspended_at"]) == at
