"""The sample district as tests meet it: officials who call the real HTTP interface.

`District` holds what a story needs: a clock to move, people to act as, papers to attach, a
good body for every event, and the way to every state of the procedure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

from bodies import (
    assistance_bodies,
    campaign_bodies,
    entry_bodies,
    inspection_bodies,
    paper_bodies,
    remediation_bodies,
    side_bodies,
)
from fastapi import FastAPI
from sqlmodel import Session, select
from starlette.testclient import TestClient

from service import sample
from service.api.office import Office
from service.api.tokens import issue_token
from service.clock import SetClock, office_date, office_time
from service.store.people import Person

APPLIED_ON, POSTED_ON, CONCLUDED_ON = date(2021, 6, 3), date(2021, 6, 10), date(2021, 6, 21)
PROPOSED_ON = date(2021, 11, 10)
PDF = b"%PDF-1.4\nsample paper\n%%EOF"


DAYS = {
    ("posting", "post_publicity"): POSTED_ON,
    ("publicity", "conclude_publicity"): CONCLUDED_ON,
    ("assisted", "propose_elimination"): PROPOSED_ON,
}
"""State and event -> the day on which it is raised; the others follow at once."""

BESIDE = {
    "explanation_owed": ("village_review", "village", "refuse"),
    "not_qualified": ("explanation_owed", "village", "explain_refusal"),
    "withdrawn": ("consent", "village", "withdraw"),
    "held": ("assisted", "village", "hold"),
    "naturally_ended": ("assisted", "village", "end_naturally"),
}
"""State beside the routes -> from where it is reached, by whom, by what."""


@dataclass
class Case:
    """What a story remembers of a case: its id, and the version it has seen last."""

    id: str
    household_id: str
    version: int = 1
    state: str = "consent"


class District:
    """The sample district behind its real HTTP interface."""

    def __init__(self, client: TestClient, clock: SetClock) -> None:
        self.client = client
        self.clock = clock
        self._serial = count(1)
        self._key = count(1)
        self._people: dict[str, Any] = {}

    @property
    def office(self) -> Office:
        app = self.client.app
        assert isinstance(app, FastAPI)
        return app.state.office

    # -- time and people

    def on(self, day: date, hour: int = 9) -> None:
        """Move the calendar: the office's clocks show this day and hour."""
        self.clock.set(office_time(day, hour))

    def read(self, work: Callable[[Session], Any]) -> Any:
        """Look into the database, past the interface."""
        return self.client.portal.call(self.office.database.read, work)

    def change(self, work: Callable[[Session], Any]) -> Any:
        """Change the database, past the interface: for faults and attacks."""
        return self.client.portal.call(self.office.database.transact, work)

    def headers(self, username: str) -> dict[str, str]:
        """Return the headers of somebody who signed in just now."""
        if username not in self._people:
            find = select(Person.id).where(Person.username == username)
            self._people[username] = self.read(lambda s: s.exec(find).one())
        token = issue_token(self.office, self._people[username])
        return {"Authorization": f"Bearer {token}"}

    def key(self) -> str:
        return f"test-key-{next(self._key):06d}"

    # -- calls

    def get(self, username: str, path: str, **params: Any) -> Any:
        return self.client.get(path, params=params, headers=self.headers(username))

    def post(self, username: str, path: str, body: Any, **headers: str) -> Any:
        """Post as somebody, under a new key unless `Idempotency-Key` is among the headers."""
        mine = {"Idempotency-Key": self.key(), **self.headers(username), **headers}
        return self.client.post(path, json=body, headers=mine)

    def attach(self, username: str = "village", kind: str = "consent_form", **form: Any) -> str:
        answer = self.client.post(
            "/v1/attachments",
            files={"file": ("paper.pdf", form.pop("content", PDF), "application/pdf")},
            data={"kind": kind, "area_code": sample.VILLAGE, **form},
            headers={"Idempotency-Key": self.key(), **self.headers(username)},
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    # -- stories

    def register(self, username: str = "village", **fields: Any) -> str:
        """Register a new made-up household; return its id."""
        answer = self.post(username, "/v1/households", {**self.a_household(), **fields})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def a_household(self) -> dict[str, Any]:
        number = sample.identity_number(next(self._serial))
        head = {"name": "张某", "relation": "head", "id_number": number}
        return {
            "area_code": sample.VILLAGE,
            "household_type": "ordinary",
            "telephone": "19900000000",
            "members": [head],
        }

    def apply(
        self, username: str = "village", household: dict[str, Any] | None = None, **fields: Any
    ) -> Case:
        """Take in the application of a new household, registered with some fields of its own."""
        household_id = self.register(**household or {})
        answer = self.post(
            username,
            "/v1/monitoring-objects",
            {"household_id": household_id, "entry_point": "paper", **fields},
        )
        assert answer.status_code == 201, answer.text
        return Case(answer.json()["case"]["id"], household_id)

    def today(self) -> str:
        return office_date(self.clock.now()).isoformat()

    def history(self, case: Case) -> list[dict[str, Any]]:
        """Return the lines of a case, oldest first."""
        return self.get("county", f"/v1/cases/{case.id}/history").json()["items"]

    def deadlines(self, case: Case) -> list[dict[str, Any]]:
        """Return the deadlines of a case, closed ones too, the earliest first."""
        return self.get("county", f"/v1/cases/{case.id}/deadlines").json()["items"]

    def good(self, event: str, *, at: str = "", **changes: Any) -> dict[str, Any]:
        """Return a body that an event is accepted with where its state (`at`) allows it."""
        today = self.today()
        bodies = entry_bodies(today) | assistance_bodies(today) | side_bodies(today)
        bodies |= campaign_bodies(today)
        bodies |= remediation_bodies(today) | paper_bodies(today)
        bodies |= remediation_bodies(today)
        bodies |= campaign_bodies(today) | inspection_bodies(today)
        body = {"event": event, **bodies.get(event, {})}
        if event == "sign_consent" and "attachments" not in changes:
            body["attachments"] = [self.attach()]
        if event == "return_case" and at.startswith("elimination"):
            body["to"] = "elimination_verification"
        return body | changes

    def send(self, username: str, case: Case, event: str, **changes: Any) -> Any:
        """Raise an event with a good body, changed as told; return the answer whatever it is."""
        answer = self.post(
            username,
            f"/v1/cases/{case.id}/events",
            self.good(event, at=case.state, **changes),
            **{"If-Match": f'"{case.version}"'},
        )
        if answer.status_code == 201:
            moved = answer.json()["case"]
            case.version, case.state = moved["version"], moved["state"]
        return answer

    def act(self, username: str, case: Case, event: str, **changes: Any) -> dict[str, Any]:
        """Raise an event that must be accepted."""
        answer = self.send(username, case, event, **changes)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def refused(
        self, username: str, case: Case, event: str, status: int, **changes: Any
    ) -> dict[str, Any]:
        """Raise an event that must be refused; nothing may have moved. Return the problem."""
        before = self.get("county", f"/v1/cases/{case.id}/history").json()
        answer = self.send(username, case, event, **changes)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert self.get("county", f"/v1/cases/{case.id}/history").json() == before
        return answer.json()

    ROUTE = (
        ("village", "sign_consent"),
        ("village", "conclude_deliberation"),
        ("village", "conclude_review"),
        ("village", "post_publicity"),
        ("county", "record_comparison"),
        ("village", "conclude_publicity"),
        ("village", "report"),
        ("township", "approve"),
        ("county", "file"),
        ("county", "announce"),
        ("township", "register"),
        ("township", "assign_helper"),
        ("township", "agree_plan"),
    )
    """Who raises what, from the application until the household is helped."""

    ELIMINATION = (
        ("village", "propose_elimination"),
        ("village", "record_criteria"),
        ("village", "conclude_deliberation"),
        ("village", "post_publicity"),
        ("village", "conclude_publicity"),
        ("village", "report"),
        ("township", "approve"),
        ("county", "file"),
        ("county", "announce"),
        ("township", "mark_eliminated"),
    )
    """Who raises what, from the proposal until the risk is marked as eliminated."""

    def a_case_at(
        self, state: str, household: dict[str, Any] | None = None, **said: dict[str, Any]
    ) -> Case:
        """Return a case that was led to a state, as the document has it, on fitting days.

        `said` maps events to what is said there beside, or instead of, what is usually said.
        """
        if state in BESIDE:
            before, username, event = BESIDE[state]
            case = self.a_case_at(before, household, **said)
            self.act(username, case, event, **said.get(event, {}))
            return case
        self.on(APPLIED_ON)
        case = self.apply(household=household)
        for username, event in (*self.ROUTE, *self.ELIMINATION):
            if case.state == state:
                break
            self.go_on(case, username, event, **said.get(event, {}))
        assert case.state == state, f"the route does not lead to {state}"
        return case

    def go_on(self, case: Case, username: str, event: str, **changes: Any) -> dict[str, Any]:
        """Raise an event of the routes on its day."""
        self.on_the_day_of(case, event)
        return self.act(username, case, event, **changes)

    def on_the_day_of(self, case: Case, event: str) -> None:
        """Move the calendar to the day on which the routes have an event."""
        if day := DAYS.get((case.state, event)):
            self.on(day)


def codes(problem: dict[str, Any]) -> set[str]:
    """Return the codes of a problem's blockers."""
    return {blocker["code"] for blocker in problem["blockers"]}
