"""Every state, every event, every official: a move writes one line, a refusal writes none.

Over HTTP and on the rows of the database. The table of moves itself is read against the
document in `rulebook/test_taogou_procedure.py`; here it is taken at its word. The last test
lets `GET /actions` foretell what `POST /events` answers to everybody in every situation.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Self

import pytest
from bodies import findings
from district import BESIDE, CONCLUDED_ON, Case, District
from sqlalchemy import func, select

from service import sample
from service.store.columns import METADATA
from service.workflows.machine import Procedure
from service.workflows.monitoring.events import EVENTS
from service.workflows.monitoring.stages import ASSISTED, CLOSED, ELIMINATED
from service.workflows.policy import POLICIES, read

OFFICIAL = {o.role: o.username for o in reversed(sample.OFFICIALS) if o.username != "elsewhere"}
"""Role -> who holds it where the sample case lives."""

REACHING = ("village", "team", "supervisor", "township", "county")
OUT_OF_REACH = ("neighbour", "elsewhere")

Situation = Callable[[District], Case]


def at(state: str) -> Situation:
    return lambda district: district.a_case_at(state)


ROUTES = read(POLICIES / "taogou-2021.toml").monitoring_object.route
WAYS: dict[str, Situation] = {
    state: at(state) for state in (*ROUTES, ASSISTED, ELIMINATED, *BESIDE)
}
"""State -> how a case gets there."""


def compared_and_over(district: District) -> Case:
    case = district.a_case_at("publicity")
    district.act("county", case, "record_comparison")
    district.on(CONCLUDED_ON)
    return case


def objected(district: District) -> Case:
    case = district.a_case_at("publicity")
    district.act("village", case, "object")
    district.on(CONCLUDED_ON)
    return case


def hit(district: District) -> Case:
    case = district.a_case_at("publicity")
    district.act("county", case, "record_comparison", findings=findings(police="differs"))
    return case


def overdue(district: District) -> Case:
    case = district.a_case_at("registration")
    district.on(date(2021, 6, 28))
    return case


def nobody_able_to_work(district: District) -> Case:
    return district.a_case_at("elimination_verification", household={"traits": ["no_labour"]})


def objected_to_the_elimination(district: District) -> Case:
    case = district.a_case_at("elimination_publicity")
    district.act("village", case, "object")
    return case


SITUATIONS: dict[str, Situation] = WAYS | {
    "publicity, over and compared": compared_and_over,
    "publicity, objected to": objected,
    "publicity, with a hit": hit,
    "registration, overdue": overdue,
    "elimination_verification, nobody able to work": nobody_able_to_work,
    "elimination_publicity, objected to": objected_to_the_elimination,
}

LACKING = {
    "publicity": {
        "conclude_publicity",
        "conclude_comparison",
        "reject_objection",
        "uphold_objection",
    },
    "publicity, over and compared": {
        "conclude_comparison",
        "reject_objection",
        "uphold_objection",
    },
    "publicity, objected to": {"conclude_publicity", "conclude_comparison"},
    "publicity, with a hit": {"conclude_publicity", "reject_objection", "uphold_objection"},
    "elimination_verification, nobody able to work": {"record_criteria"},
    "elimination_publicity": {"reject_objection", "uphold_objection"},
    "elimination_publicity, objected to": {"conclude_publicity"},
}
"""Situation -> the events of its state that lack something, whoever raises them."""


def in_words(district: District, event: str, state: str) -> dict[str, Any]:
    """Return a body that lacks nothing, with the reason that a late act needs."""
    body = {"reason": "系统停机维护", **district.good(event, at=state)}
    if body.get("to") == "village_review":
        body["to"] = "consent"  # the first stage: before every stage that has a way back
    return body


def raised(district: District, username: str, case: Case, event: str, body: Any = None) -> Any:
    """Raise an event; for `open` take in an application of the case's household."""
    if event == "open":
        application = {"household_id": case.household_id, "entry_point": "paper"}
        return district.post(username, "/v1/monitoring-objects", application)
    path, version = f"/v1/cases/{case.id}/events", {"If-Match": f'"{case.version}"'}
    return district.post(username, path, body or in_words(district, event, case.state), **version)


def rows(district: District) -> dict[str, int]:
    """Return how many rows every table has."""
    counts = [
        select(func.count()).select_from(table).scalar_subquery().label(table.name)
        for table in METADATA.sorted_tables
    ]
    return district.read(lambda session: dict(session.execute(select(*counts)).mappings().one()))


def as_it_stands(district: District, case: Case) -> dict[str, Any]:
    return district.get("county", f"/v1/monitoring-objects/{case.id}").json()


NOTED = ("attempt", "log_line", "log_pending")
"""Each refused attempt is a line of the log, and nothing else."""


class Refusals:
    """A series of refusals of one case, at the end of which nothing but attempts was written."""

    def __init__(self, district: District, case: Case) -> None:
        self._district, self._case = district, case
        self._bodies = {
            event: in_words(district, event, case.state) for event in EVENTS if event != "open"
        }

    def __enter__(self) -> Self:
        self._rows, self._stood = rows(self._district), as_it_stands(self._district, self._case)
        self._refused = 0
        return self

    def __exit__(self, *raised: object) -> None:
        if not any(raised):
            noted = {table: self._rows[table] + self._refused for table in NOTED}
            assert rows(self._district) == self._rows | noted
            assert as_it_stands(self._district, self._case) == self._stood

    def of(self, username: str, event: str, status: int) -> dict[str, Any]:
        """Raise an event that must be refused with a status; return the problem."""
        body = self._bodies.get(event)
        answer = raised(self._district, username, self._case, event, body)
        assert (event, answer.status_code) == (event, status), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        self._refused += 1
        return answer.json()


def moves_and_writes_one_line(
    district: District, username: str, case: Case, event: str
) -> dict[str, Any]:
    body, before = in_words(district, event, case.state), rows(district)
    answer = raised(district, username, case, event, body)
    assert (event, answer.status_code) == (event, 201), answer.text
    after, moved = rows(district), answer.json()
    for table, more in {"transition": 1, "saved_answer": 1, "attempt": 0}.items():
        assert after[table] == before[table] + more
    if event != "open":
        assert after["cases"] == before["cases"]
        assert moved["case"]["version"] == case.version + 1
    assert moved["transition"]["seq"] == moved["case"]["version"]
    assert moved["case"] == as_it_stands(district, Case(moved["case"]["id"], case.household_id))
    return moved


def fitting(procedure: Procedure, state: str, event: str) -> str:
    """Return an official whose event it is at another state, or else whoever holds the case."""
    rules = [move.rule for move in procedure.moves if move.event == event]
    named = [role for rule in rules for role in rule.by if role in OFFICIAL]
    return OFFICIAL[next(iter(named), procedure.holder(state) or "village_committee")]


@pytest.fixture(name="taogou")
def procedure_of_the_document(rulebook) -> Procedure:
    return rulebook.pinned("taogou-2021@1")


def test_every_state_of_the_machine_is_tried_here(taogou):
    assert set(taogou.machine_class.states_map) == set(WAYS)


@pytest.mark.parametrize("state", WAYS)
def test_an_event_of_another_state_is_refused_and_writes_no_line(district, taogou, state):
    case, possible = WAYS[state](district), taogou.events_at(state)
    assert case.state == state
    with Refusals(district, case) as refusals:
        for event in EVENTS:
            if event == "open" or event in possible:
                continue
            problem = refusals.of(fitting(taogou, state, event), event, 409)
            assert problem["code"] == "event_not_allowed"
            assert (problem["state"], problem["version"]) == (state, case.version)
            assert problem["available_actions"] == possible
        if state not in CLOSED:
            problem = refusals.of("village", "open", 409)
            assert (problem["code"], problem["case_id"]) == ("episode_open", case.id)


@pytest.mark.parametrize("state", sorted(CLOSED & set(WAYS)))
def test_a_household_whose_case_is_closed_applies_anew_and_that_is_one_line(district, state):
    case = WAYS[state](district)

    moved = moves_and_writes_one_line(district, "village", case, "open")

    assert moved["case"]["id"] != case.id
    assert moved["case"]["household_id"] == case.household_id
    assert (moved["case"]["episode"], moved["case"]["previous_case_id"]) == (2, case.id)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_officials_are_told_they_may_do_is_what_they_can_do(district, taogou, situation):
    lead = SITUATIONS[situation]
    case = lead(district)
    told = {name: actions(district, name, case) for name in REACHING}
    for items in told.values():
        assert [action["event"] for action in items] == taogou.events_at(case.state)

    with Refusals(district, case) as refusals:
        lacking = {refused_as_told(refusals, *one) for one in each(told, allowed=False)}
    assert lacking - {None} == LACKING.get(situation, set())
    for username, action in each(told, allowed=True):
        moved = moves_and_writes_one_line(district, username, lead(district), action["event"])
        assert moved["transition"]["from_state"] == case.state
        assert moved["case"]["state"] in {state["code"] for state in action["next_states"]}


def actions(district: District, username: str, case: Case) -> list[dict[str, Any]]:
    told = district.get(username, f"/v1/cases/{case.id}/actions").json()
    assert (told["state"], told["version"]) == (case.state, case.version)
    return told["items"]


def each(
    told: dict[str, list[dict[str, Any]]], *, allowed: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    for username, items in told.items():
        yield from ((username, action) for action in items if action["allowed"] is allowed)


def refused_as_told(refusals: Refusals, username: str, action: dict[str, Any]) -> str | None:
    """See that what is not allowed is refused: with the blockers told, or for the role.

    Return the event where it is the official's own, and lacks something.
    """
    problem = refusals.of(username, action["event"], 422 if action["mine"] else 403)
    if action["mine"]:
        told = [{n: v for n, v in b.items() if v is not None} for b in action["blockers"]]
        assert problem["blockers"] == told
        return action["event"]
    assert problem["code"] == "not_your_role"
    assert action["cite"] in problem["detail"]
    assert all(role["zh"] in problem["detail"] for role in action["by"])
    return None


@pytest.mark.parametrize("username", OUT_OF_REACH)
def test_out_of_reach_a_case_is_not_there_for_looking_nor_for_moving(district, username):
    case = district.a_case_at("township_review")

    with Refusals(district, case) as refusals:
        for event in EVENTS:
            assert refusals.of(username, event, 404)["code"] == "not_found"
    for path in ("actions", "history", "deadlines"):
        assert district.get(username, f"/v1/cases/{case.id}/{path}").status_code == 404
