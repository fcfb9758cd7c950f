"""Random histories: officials do what comes to their minds, in time and late, right and wrong.

Whatever they do over HTTP, nothing impossible may come of it: after every step the invariants
hold, and states, rounds and clocks are what the lines of the log add up to. A seed tells one
history, always the same; more of them are told by raising SEEDS.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from bodies import criteria, findings, measure
from district import APPLIED_ON, Case, District
from sqlalchemy import select
from sqlmodel import Session

from service import invariants, recomputing, sample
from service.clock import office_date, office_time
from service.store import calendars
from service.store.cases import Case as Row
from service.store.cases import Transition
from service.store.deadlines import Deadline
from service.workflows.calendar import SpecialDay
from service.workflows.calendar_lists import YearList
from service.workflows.machine import Procedure
from service.workflows.monitoring.events import EVENTS
from service.workflows.monitoring.stages import CLOSED, STATES
from service.workflows.rulebook import Rulebook

SEEDS, STEPS, MOST_OPEN = 6, 60, 3

BEGINS_ON = (APPLIED_ON, date(2021, 6, 21), date(2026, 12, 18))
"""As in the document; at the end of its phase; where a publicity runs into 2027."""

OFFICIALS = [official.username for official in sample.OFFICIALS]
OFFICIAL = {
    "village_committee": "village",
    "township_office": "township",
    "county_bureau": "county",
    "resident_team": "team",
}
ONWARD = {
    "consent": ("village", "sign_consent"),
    "group_deliberation": ("village", "conclude_deliberation"),
    "village_review": ("village", "conclude_review"),
    "posting": ("village", "post_publicity"),
    "publicity": ("village", "conclude_publicity"),
    "village_report": ("village", "report"),
    "township_review": ("township", "approve"),
    "county_filing": ("county", "file"),
    "announcement": ("county", "announce"),
    "registration": ("township", "register"),
    "monitored": ("township", "assign_helper"),
    "planning": ("township", "agree_plan"),
    "assisted": ("village", "propose_elimination"),
    "elimination_verification": ("village", "record_criteria"),
    "elimination_review": ("village", "conclude_deliberation"),
    "elimination_posting": ("village", "post_publicity"),
    "elimination_publicity": ("village", "conclude_publicity"),
    "elimination_report": ("village", "report"),
    "elimination_township": ("township", "approve"),
    "elimination_filing": ("county", "file"),
    "elimination_announcement": ("county", "announce"),
    "elimination_marking": ("township", "mark_eliminated"),
    "held": ("village", "lift_hold"),
    "explanation_owed": ("village", "explain_refusal"),
}
"""State -> who does what, so that the case goes on."""

ENDS_SOON = {"withdraw", "refuse", "end_naturally"}
"""Events that most histories are better told without."""

HELD_FOR = "weak_stability"

VARIED: dict[str, list[dict[str, Any]]] = {
    "return_case": [{"to": state} for state in STATES],
    "reject_objection": [{"objection": number} for number in (1, 1, 2, 3)],
    "uphold_objection": [{"objection": number} for number in (1, 1, 2, 3)],
    "record_comparison": [{"findings": findings(police=v)} for v in ("agrees", "differs")],
    "conclude_comparison": [{"conclusion": c} for c in ("explained", "confirmed")],
    "refuse": [{}, {"facts": None}],
    "register": [{}, {"reason": "系统停机维护"}],
    "agree_plan": [{}, {"measures": [measure(), measure(2)]}, {"measures": [measure(owner=None)]}],
    "record_progress": [{}, {"done": True, "effect": "月收入稳定"}, {"measure": 2}],
    "replace_helper": [{}, {"helper_unit": "另一单位"}],
    "record_criteria": [{}, {"criteria": criteria(risk_gone=False)}, {"hold_grounds": [HELD_FOR]}],
}
"""Event -> what an official might say otherwise, wisely or not."""

WRONG = (None, "", "x", -1, 10**9, True, [], {}, "2999-01-01", "nobody")
BESIDE_THE_TABLE = {"open", "recompute_deadlines"}


class History:
    """One history, told step by step; `told` is what to read when it ends badly."""

    def __init__(self, district: District, law: Rulebook, seed: int) -> None:
        self.district, self.law = district, law
        self.procedure: Procedure = law.pinned("taogou-2021@1")
        self.random = Random(seed)  # noqa: S311 - a history to repeat, no secret
        self.cases: list[Case] = []
        self.told: list[str] = []
        self.answers: Counter[int] = Counter()
        self.lines = self.imports = 0
        district.on(BEGINS_ON[seed % len(BEGINS_ON)])

    @property
    def open_cases(self) -> list[Case]:
        return [case for case in self.cases if case.state not in CLOSED]

    def step(self) -> None:
        ways = {
            self.apply: 4 if not self.open_cases else 1 if len(self.open_cases) < MOST_OPEN else 0,
            self.go_on: 8 if self.open_cases else 0,
            self.do_anything: 9 if self.cases else 0,
            self.wait: 3 if self.cases else 0,
            self.publish_a_calendar: 0.5 if self.imports < 2 else 0,
        }
        (way,) = self.random.choices(list(ways), list(ways.values()))
        way()

    def apply(self) -> None:
        """Take in the application of a household, new or known, that may have an open case."""
        known = [case.household_id for case in self.cases if self.random.random() < 0.3]
        household_id = known[0] if known else self.district.register()
        entry_point = self.random.choice(["paper", "app", "hotline", "fax"])
        username = self.random.choice(["village", "village", "village", *OFFICIALS])
        body = {"household_id": household_id, "entry_point": entry_point}
        answer = self.post(username, "/v1/monitoring-objects", body)
        if answer.status_code == 201:
            self.cases.append(Case(answer.json()["case"]["id"], household_id))

    def go_on(self) -> None:
        """Do what the document has next, a few times, as far as it is possible now."""
        case = self.random.choice(self.open_cases)
        for _ in range(self.random.randint(1, 4)):
            if case.state == "publicity" and self.random.random() < 0.5:
                self.raise_event("county", case, self.district.good("record_comparison"))
            if case.state in ONWARD:
                username, event = ONWARD[case.state]
                self.raise_event(username, case, self.district.good(event))

    def do_anything(self) -> None:
        """Let anybody raise any event: mostly one of the state, by somebody whose it is."""
        chance = self.random.random
        case = self.random.choice(self.cases if chance() < 0.1 else self.open_cases or self.cases)
        events = self.procedure.events_at(case.state)
        if events and chance() < 0.75:
            event = self.random.choice(events)
            role = self.random.choice(self.procedure.actors(case.state, event))
            username = OFFICIAL[role]
        else:
            event, username = self.random.choice(list(EVENTS)), self.random.choice(OFFICIALS)
        if event in ENDS_SOON and chance() < 0.85:
            return
        varied = self.random.choice(VARIED.get(event, [{}]))
        body = self.district.good(event, at=case.state, **varied)
        if chance() < 0.2:
            body = self.spoilt(body)
        stale = chance() < 0.05
        self.raise_event(username, case, body, seen=case.version - stale)

    def spoilt(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return a body with one thing missing, wrong or too much."""
        name = self.random.choice(list(body))
        without = {key: value for key, value in body.items() if key != name}
        wrong = {**body, name: self.random.choice(WRONG)}
        return self.random.choice([without, wrong, {**body, "quota": 5}])

    def wait(self) -> None:
        now = self.district.clock.now()
        day = office_date(now) + timedelta(days=self.random.choice([0, 1, 2, 8]))
        then = office_time(day, self.random.choice([0, 9, 23]))
        self.district.clock.set(max(now, then))
        self.told.append(f"wait until {self.district.clock.now()}")

    def publish_a_calendar(self) -> None:
        """Let a list arrive for the year of a week from now, in which one more day is off."""
        now = self.district.clock.now()
        day = office_date(now) + timedelta(days=7)
        days = calendars.seeded_days(day.year) if day.year in calendars.SEEDED_YEARS else {}
        off = day - timedelta(days=self.random.randint(0, 6))
        special = days | {off: SpecialDay(False, "临时放假")} if off.year == day.year else days

        def bring(session: Session) -> int:
            calendars.put_year(session, YearList(day.year, special), "a notice", now)
            return len(recomputing.apply_calendar(session, self.district.office.registry))

        moved = self.district.change(bring)
        self.lines, self.imports = self.lines + moved, self.imports + 1
        self.told.append(f"calendar {day.year}, {off} off: {moved} cases")

    def raise_event(
        self, username: str, case: Case, body: dict[str, Any], seen: int | None = None
    ) -> None:
        version = {"If-Match": f'"{case.version if seen is None else seen}"'}
        answer = self.post(username, f"/v1/cases/{case.id}/events", body, **version)
        if answer.status_code == 201:
            moved = answer.json()["case"]
            case.version, case.state = moved["version"], moved["state"]

    def post(self, username: str, path: str, body: dict[str, Any], **headers: str) -> Any:
        """Post; a move is one line more, anything else a refusal that explains itself."""
        answer = self.district.post(username, path, body, **headers)
        self.told.append(f"{username}: {body} -> {answer.status_code}")
        self.answers[answer.status_code] += 1
        if answer.status_code == 201:
            self.lines += 1
            return answer
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]
        return answer

    def look(self, session: Session) -> None:
        """See that nothing impossible stands in the database."""
        assert list(invariants.violations(session, self.law)) == []
        rows = {str(row.id): row for row in session.scalars(select(Row))}
        assert set(rows) == {case.id for case in self.cases}
        assert sum(row.version for row in rows.values()) == self.lines
        assert linked(rows.values())
        for case in self.cases:
            row = rows[case.id]
            case.version, case.state = row.version, row.state
            lines = session.scalars(
                select(Transition).where(Transition.case_id == row.id).order_by(Transition.seq)
            ).all()
            assert (row.state, row.round) == self.added_up(lines)
            clocks = session.scalars(select(Deadline).where(Deadline.case_id == row.id)).all()
            standing = {str(c.id): (c.status, str(c.due_on), c.provisional) for c in clocks}
            assert standing == clocks_added_up(lines)

    def added_up(self, lines: Sequence[Transition]) -> tuple[str | None, int]:
        """Return the state and the round that the lines lead to, each a move of the document."""
        state, times = None, 1
        moves = {(move.source, move.event, move.target) for move in self.procedure.moves}
        for line in lines:
            assert line.from_state == state or line.event == "open"
            move = (line.from_state, line.event, line.to_state)
            assert move in moves or line.event in BESIDE_THE_TABLE
            state = line.to_state
            times += line.event in {"return_case", "uphold_objection"}
        return state, times


def linked(rows: Iterable[Row]) -> bool:
    """Tell whether the cases of each household are its episodes 1, 2, …, each after the last."""
    last: dict[UUID, UUID] = {}
    episodes: Counter[UUID] = Counter()
    for row in sorted(rows, key=lambda row: row.id):
        episodes[row.household_id] += 1
        told = (row.episode, row.previous_case_id)
        if told != (episodes[row.household_id], last.get(row.household_id)):
            return False
        last[row.household_id] = row.id
    return True


def clocks_added_up(lines: Sequence[Transition]) -> dict[str, tuple[str, str, bool]]:
    """Return how every clock stands when the lines are read one after the other."""
    clocks: dict[str, tuple[str, str, bool]] = {}
    for change in (change for line in lines for change in json.loads(line.line)["deadlines"]):
        assert (change["id"] in clocks) == (change["change"] != "started")
        goes_on = change["change"] in {"started", "recomputed"}
        status = "running" if goes_on else change["change"]
        clocks[change["id"]] = (status, change["due_on"], change["provisional"])
    return clocks


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_officials_do_nothing_impossible_comes_of_it(district, rulebook, seed):
    history = History(district, rulebook, seed)

    for _ in range(STEPS):
        try:
            history.step()
            district.read(history.look)
        except AssertionError as impossible:
            impossible.add_note("\n".join(history.told))
            raise

    assert history.answers[201] >= STEPS / 3, "a history in which too little happens"
    assert {409, 422} <= set(history.answers), "a history in which too little is refused"
