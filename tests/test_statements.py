"""What a request costs the database: the exact number of statements, on both databases.

Counted where the engine hands them over, without the beginning of the transaction. A number
that grows here is paid by every county at every move: it is raised on purpose or not at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from bodies import findings
from district import CONCLUDED_ON, POSTED_ON, Case, District
from sqlalchemy import event

PLAIN, TURNING_A_CLOCK = 6, 7
"""Who, retry, case, clocks; line, case, answer. However many clocks turn, they cost one more."""

ATTACHMENTS, FREED_HOUSEHOLD = 1, 1
VISIT_KEPT = 1
"""The visits of the day are asked for only where a document limits them."""

FACTS_KEPT, MEASURES_KEPT = 1, 2
"""What doubts are asked of: where a household's facts, its standing or its plan change."""

COST = {
    "sign_consent": PLAIN + ATTACHMENTS,
    "conclude_deliberation": PLAIN,
    "conclude_review": PLAIN + FACTS_KEPT,
    "post_publicity": TURNING_A_CLOCK,
    "record_comparison": PLAIN,
    "conclude_comparison": PLAIN,
    "object": PLAIN,
    "reject_objection": PLAIN,
    "conclude_publicity": TURNING_A_CLOCK,
    "report": PLAIN,
    "approve": PLAIN,
    "file": PLAIN,
    "announce": PLAIN,
    "register": TURNING_A_CLOCK + FACTS_KEPT,
    "assign_helper": PLAIN,
}
"""Event, in the order of a procedure with a hit and an objection -> its statements."""

LATER = {
    "agree_plan": PLAIN + MEASURES_KEPT,
    "add_helper": PLAIN,
    "replace_helper": PLAIN,
    "revise_plan": PLAIN + MEASURES_KEPT,
    "record_progress": PLAIN,
    "record_visit": PLAIN + VISIT_KEPT,
    "collect_change": PLAIN,
    "hold": PLAIN,
    "lift_hold": PLAIN,
    "propose_elimination": PLAIN,
    "record_criteria": PLAIN + FACTS_KEPT,
    "conclude_deliberation": PLAIN,
    "post_publicity": PLAIN,
    "repost_publicity": PLAIN,
    "conclude_publicity": PLAIN,
    "report": PLAIN,
    "approve": PLAIN,
    "file": PLAIN,
    "announce": PLAIN,
    "mark_eliminated": PLAIN + FREED_HOUSEHOLD + FACTS_KEPT,
}
"""The same from the plan to the end of the risk: no limit of the document binds there."""

RAISED_BY = dict(reversed(pair) for pair in (*District.ROUTE, *District.ELIMINATION)) | {
    "conclude_comparison": "county",
    "object": "county",
}
"""Event -> who raises it, where it is not the village."""

OPENING, CLOCKS = 12, 1
"""Who, retry, household, areas, calendar; household, line, case, clocks, what forms suggested of
it, what doubts are asked of, answer; its duplicates."""

RETRY = 1
ACTIONS, TODO, DEADLINES = 3, 2, 3
LOOKS = {
    "/v1/cases/{}/actions": ACTIONS,
    "/v1/todo": TODO,
    "/v1/deadlines": DEADLINES,
}


@contextmanager
def counted(district: District) -> Iterator[list[str]]:
    """Yield the statements that the service sends, but for BEGIN."""
    for username in ("village", "township", "county"):
        district.headers(username)
    engine, sent = district.office.database.engine, []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def cost_of(district: District, username: str, case: Case, body: dict[str, Any]) -> int:
    """Raise an event that must be accepted; return what it cost."""
    path, version = f"/v1/cases/{case.id}/events", {"If-Match": f'"{case.version}"'}
    with counted(district) as sent:
        answer = district.post(username, path, body, **version)
    assert answer.status_code == 201, answer.text
    case.version += 1
    return len(sent)


def test_a_move_costs_seven_statements_and_one_more_for_clocks_and_for_papers(district):
    case = district.a_case_at("consent")
    cost = {}
    days = {"post_publicity": POSTED_ON, "conclude_publicity": CONCLUDED_ON}
    hit = {"findings": findings(police="differs")}
    for name in COST:
        district.on(days.get(name, date.fromisoformat(district.today())))
        body = district.good(name, **(hit if name == "record_comparison" else {}))
        cost[name] = cost_of(district, RAISED_BY.get(name, "village"), case, body)

    assert cost == COST


def test_a_move_of_a_household_that_is_helped_costs_no_more(district):
    case = district.a_case_at("planning")
    cost = {
        name: cost_of(district, RAISED_BY.get(name, "village"), case, district.good(name))
        for name in LATER
    }

    assert cost == LATER


def test_tg_e07_taking_a_household_in_anew_costs_no_more_than_the_first_time(district):
    case = district.a_case_at("eliminated")
    application = {"household_id": case.household_id, "entry_point": "paper"}

    with counted(district) as sent:
        answer = district.post("village", "/v1/monitoring-objects", application)

    assert answer.json()["case"]["episode"] == 2
    assert len(sent) == OPENING - CLOCKS, sent


def test_opening_a_case_costs_one_statement_for_all_who_may_be_the_same(district):
    household_id = district.register()
    body = {"household_id": household_id, "entry_point": "paper"}

    with counted(district) as sent:
        answer = district.post("village", "/v1/monitoring-objects", body)
    assert answer.json()["possible_duplicates"] == []
    for _ in range(3):
        district.register()
    alike = {"household_id": district.register(), "entry_point": "paper"}
    with counted(district) as sent_of_five:
        answer = district.post("village", "/v1/monitoring-objects", alike)

    assert len(answer.json()["possible_duplicates"]) == 4
    assert len(sent_of_five) == len(sent) == OPENING


@pytest.mark.parametrize(
    ("state", "username", "name", "cost"),
    [
        pytest.param("publicity", "village", "return_case", TURNING_A_CLOCK, id="one clock ends"),
        pytest.param(
            "publicity", "village", "refuse", TURNING_A_CLOCK + FACTS_KEPT, id="the phase lapses"
        ),
        pytest.param("township_review", "township", "return_case", PLAIN, id="no clock ends"),
        pytest.param(
            "publicity",
            "village",
            "withdraw",
            TURNING_A_CLOCK + FREED_HOUSEHOLD,
            id="both clocks lapse and the household is freed",
        ),
    ],
)
def test_a_move_beside_the_route_costs_the_same(district, state, username, name, cost):
    case = district.a_case_at(state)

    assert cost_of(district, username, case, district.good(name)) == cost


def test_any_number_of_papers_costs_one_statement(district):
    case = district.a_case_at("group_deliberation")
    papers = [district.attach(kind="minutes") for _ in range(5)]
    body = district.good("conclude_deliberation", attachments=papers)

    assert cost_of(district, "village", case, body) == PLAIN + ATTACHMENTS


def test_a_case_with_a_long_history_costs_no_more_than_a_new_one(district):
    case = district.a_case_at("publicity")
    for _ in range(12):
        district.act("village", case, "object")

    assert cost_of(district, "village", case, district.good("object")) == PLAIN


def test_a_retry_costs_one_statement(district):
    case = district.a_case_at("group_deliberation")
    path, body = f"/v1/cases/{case.id}/events", district.good("conclude_deliberation")
    same = {"Idempotency-Key": "one-and-the-same", "If-Match": f'"{case.version}"'}
    first = district.post("village", path, body, **same)

    with counted(district) as sent:
        again = district.post("village", path, body, **same)

    assert again.content == first.content
    assert len(sent) == RETRY, sent


def test_looking_costs_the_same_for_five_cases_as_for_one(district):
    case = district.a_case_at("publicity")
    cost_of_one = cost_of_looks(district, case)
    for _ in range(4):
        district.a_case_at("publicity")

    assert cost_of_looks(district, case) == cost_of_one == LOOKS


def cost_of_looks(district: District, case: Case) -> dict[str, int]:
    cost = {}
    for path in LOOKS:
        with counted(district) as sent:
            answer = district.get("village", path.format(case.id))
        assert answer.status_code == 200
        assert answer.json()["items"]
        cost[path] = len(sent)
    return cost
