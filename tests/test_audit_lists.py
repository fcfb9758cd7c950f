"""What an auditor lists: the moves of cases and the acts beside them, filtered, page by page.

Issue 6, part 7. What a line is and that it holds is in `test_log.py` and `test_acts.py`.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from auditing import Log, appoint
from district import CONCLUDED_ON, POSTED_ON, Case, District
from test_statements import counted

from service import sample

MOVES, ACTS = "/v1/audit/transitions", "/v1/audit/acts"
WHO_AND_PAGE = 2


@pytest.fixture
def log(district: District, tmp_path: Path) -> Log:
    appoint(district, "auditor", "auditor")
    appoint(district, "administrator", "administrator")
    appoint(district, "auditor_elsewhere", "auditor", sample.OTHER_TOWNSHIP)
    return Log(district, tmp_path)


@pytest.fixture
def case(district: District, log: Log) -> Case:
    """Return a case of eight moves on three days; its first lines are in the tree."""
    case = district.a_case_at("publicity")
    log.signed()
    for username, event in (("county", "record_comparison"), ("village", "conclude_publicity")):
        district.go_on(case, username, event)
    return case


def listed(at: District, path: str = MOVES, username: str = "auditor", **asked: Any) -> Any:
    answer = at.get(username, path, **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def events(at: District, **asked: Any) -> list[str]:
    return [one["event"] for one in listed(at, **asked)["items"]]


def test_every_move_is_listed_in_the_order_of_its_receipt_as_the_log_has_it(district, case):
    told = listed(district, count=True)

    assert told["total"] == case.version
    shown = ("seq", "event", "line", "hash", "received_at", "from_state", "to_state")
    assert [{name: one[name] for name in shown} for one in told["items"]] == [
        {name: one[name] for name in shown} for one in district.history(case)
    ]
    first = told["items"][0]
    assert (first["case_id"], first["case_kind"]) == (case.id, "monitoring_object")
    assert first["case_area_code"] == sample.VILLAGE
    assert (first["actor_type"], first["role"]) == ("person", "village_committee")


def test_what_officials_said_is_no_part_of_it(district, case):
    assert {one["statement"] for one in listed(district, case=case.id)["items"]} == {None}


def test_a_move_tells_its_place_in_the_log_and_none_while_it_is_pending(district, log, case):
    places = [one["leaf_index"] for one in listed(district)["items"]]

    by_seq = {x.seq: x.leaf_index for x in log.leaves() if str(x.subject_id) == case.id}
    assert places == [by_seq.get(seq) for seq in range(1, case.version + 1)]
    assert places[-2:] == [None, None]


def test_the_newest_come_first_where_that_is_asked(district, case):
    forwards = events(district)

    assert len(forwards) == case.version
    assert events(district, backwards=True) == forwards[::-1]


@pytest.mark.parametrize("backwards", [False, True])
def test_a_cursor_leads_through_all_of_them_once(backwards, district, case):
    district.a_case_at("consent")
    seen: list[tuple[str, int]] = []
    cursor: dict[str, str] = {}
    while cursor is not None:
        told = listed(district, limit=2, backwards=backwards, **cursor)
        seen += [(one["case_id"], one["seq"]) for one in told["items"]]
        cursor = {"cursor": told["next_cursor"]} if told["next_cursor"] else None  # type: ignore[assignment]

    assert len(seen) == len(set(seen)) == case.version + 1


@pytest.mark.usefixtures("case")
def test_moves_are_filtered_by_what_they_are(district):
    other = district.apply()
    person = district.get("county", "/v1/me").json()["person_id"]

    assert events(district, case=other.id) == ["open"]
    assert events(district, event="record_comparison") == ["record_comparison"]
    assert events(district, person=person) == ["record_comparison"]
    assert set(events(district, role="village_committee")) >= {"open", "conclude_publicity"}
    assert "record_comparison" not in events(district, role="village_committee")
    everything = events(district)
    assert events(district, kind="monitoring_object") == everything
    assert events(district, policy="taogou-2021@1") == everything
    for nothing in ({"kind": "campaign"}, {"policy": "taogou-2021@2"}, {"area": sample.NEIGHBOUR}):
        assert events(district, **nothing) == []
    assert events(district, area=sample.VILLAGE) == everything


def test_a_period_has_both_of_its_days(district, case):
    day = lambda on, **more: events(district, case=case.id, since=on, until=on, **more)  # noqa: E731

    assert day(CONCLUDED_ON.isoformat()) == ["conclude_publicity"]
    assert day(POSTED_ON.isoformat()) == ["post_publicity", "record_comparison"]
    assert day((POSTED_ON - timedelta(days=1)).isoformat()) == []
    assert len(events(district, case=case.id, until=POSTED_ON.isoformat())) == case.version - 1
    assert events(district, since=date(2150, 1, 1).isoformat()) == []


def test_an_auditor_sees_the_moves_of_the_cases_of_their_area_alone(district, case):
    assert listed(district, username="auditor_elsewhere", count=True)["total"] == 0
    mine = listed(district, username="auditor_elsewhere", area=sample.VILLAGE)
    assert mine["items"] == []
    assert case.version > 0


@pytest.mark.parametrize("path", [MOVES, ACTS])
@pytest.mark.parametrize("username", ["village", "county", "administrator"])
@pytest.mark.usefixtures("case")
def test_dx_81_nobody_else_reads_the_log(username, path, district):
    answer = district.get(username, path)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_role")


def test_acts_are_listed_with_what_their_lines_say(district, log):
    attachment = district.attach()
    district.get("village", f"/v1/attachments/{attachment}")
    log.signed()

    told = listed(district, ACTS, kind="handed_out", count=True)

    assert told["total"] == 1
    line = told["items"][0]
    assert (line["event"], line["role"], line["area_code"]) == (
        "read_attachment",
        "village_committee",
        sample.VILLAGE,
    )
    assert attachment in line["line"]
    assert line["leaf_index"] is not None
    kinds = {one["kind"] for one in listed(district, ACTS)["items"]}
    assert kinds == {"act", "handed_out", "log_key"}


def test_acts_of_another_area_are_not_shown_and_those_of_none_are(district, log):
    district.attach()
    district.client.post("/v1/session", json={"username": "nobody", "password": "-"})
    log.tick()

    told = listed(district, ACTS, "auditor_elsewhere")["items"]

    assert {one["kind"] for one in told} == {"sign_in", "log_key"}


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.usefixtures("case")
def test_a_cursor_leads_through_all_acts_once(backwards, district):
    total = listed(district, ACTS, count=True)["total"]
    seen, cursor = [], {}
    for _ in range(total):
        told = listed(district, ACTS, limit=1, backwards=backwards, **cursor)
        seen += [one["line"] for one in told["items"]]
        cursor = {"cursor": told["next_cursor"]}

    assert told["next_cursor"] is None
    assert len(set(seen)) == total


@pytest.mark.parametrize("path", [MOVES, ACTS])
@pytest.mark.usefixtures("case")
def test_a_page_costs_two_statements_however_much_is_filtered(path, district):
    """Beside them PostgreSQL is told to plan the page for whose area it is, and for what period."""
    is_sqlite = district.office.database.is_sqlite
    planned = [] if is_sqlite else ["SET LOCAL plan_cache_mode = force_custom_plan"]
    district.headers("auditor")
    person = district.get("county", "/v1/me").json()["person_id"]
    filters = {"since": "2021-01-01", "until": "2030-01-01", "role": "x", "person": person}

    for asked in ({}, {"limit": 1}, filters):
        with counted(district) as sent:
            district.get("auditor", path, **asked)
        assert [one for one in sent if one.startswith("SET")] == planned
        assert len(sent) == WHO_AND_PAGE + len(planned), sent


@pytest.mark.parametrize(
    ("path", "index", "backwards"),
    [
        (MOVES, "ix_transition_received_at_case_id_seq", False),
        (MOVES, "ix_transition_received_at_case_id_seq", True),
        (ACTS, "ix_log_line_at_subject_id_kind_seq", False),
        (ACTS, "ix_log_line_at_subject_id_kind_seq", True),
    ],
)
@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("case")
def test_one_index_gives_the_order_so_that_nothing_is_sorted(path, index, backwards, district):
    district.headers("auditor")
    with counted(district) as sent:
        district.get("auditor", path, backwards=backwards)
    statement = sent[-1]

    explain = f"EXPLAIN QUERY PLAN {statement}"
    asked = tuple("" for _ in range(statement.count("?")))
    plan = district.read(lambda s: s.connection().exec_driver_sql(explain, asked).all())

    steps = [step[-1] for step in plan]
    assert not [step for step in steps if "ORDER BY" in step], steps
    assert [step for step in steps if index in step], steps


@pytest.mark.parametrize(
    "asked",
    [
        {"until": "9999-12-31"},
        {"since": "1900-01-01"},
        {"policy": "taogou"},
        {"event": "Ω"},
        {"case": "x"},
        {"kind": "unknown"},
        {"cursor": "bm8="},
    ],
    ids=str,
)
@pytest.mark.usefixtures("case")
def test_what_cannot_be_asked_is_refused(asked, district):
    assert district.get("auditor", MOVES, **asked).status_code == 400
