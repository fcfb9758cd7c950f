"""The sample district as tests meet it: officials who call the real HTTP interface.

`District` holds what a story needs: a clock to move, people to act as, papers to attach, and
a good body for every event of the procedure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

from fastapi import FastAPI
from sqlmodel import Session, select
from starlette.testclient import TestClient

from service import sample
from service.api.desk import issue_token
from service.api.office import Office
from service.clock import SetClock, office_date, office_time
from service.store.people import Person

APPLIED_ON, POSTED_ON, CONCLUDED_ON = date(2021, 6, 3), date(2021, 6, 10), date(2021, 6, 21)
PDF = b"%PDF-1.4\nsample paper\n%%EOF"

MEETING = (
    "village_committee",
    "resident_team",
    "supervision_committee",
    "villager_representatives",
)
DEPARTMENTS = ("police", "market_registration", "taxation", "finance")
GUARANTEED = {"education": True, "medical": True, "housing": True, "water": True}
FACTS = {
    "income": {"wages": "5200.00", "persons": 1},
    "at_risk": True,
    "income_stable": False,
    "guarantees": GUARANTEED,
    "children_well_off": False,
}


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

    def apply(self, username: str = "village", **fields: Any) -> Case:
        """Take in the application of a new household."""
        household_id = self.register()
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

    def good(self, event: str, **changes: Any) -> dict[str, Any]:
        """Return a body that an event is accepted with where its state allows it."""
        today = self.today()
        bodies: dict[str, Callable[[], dict[str, Any]]] = {
            "sign_consent": lambda: {
                "signed_on": today,
                "signed": True,
                "fingerprint": True,
                "attachments": [self.attach()],
            },
            "conclude_deliberation": lambda: {
                "held_on": today,
                "participants": 12,
                "opinion": "for",
            },
            "conclude_review": lambda: {
                "held_on": today,
                "attendance": [{"group": group, "present": 2} for group in MEETING],
                "object_type": "marginal",
                "facts": FACTS,
            },
            "post_publicity": lambda: {"place": "村务公开栏"},
            "record_comparison": lambda: {"findings": findings()},
            "conclude_comparison": lambda: {
                "conclusion": "explained",
                "officer": "戊区干",
                "reason": "车辆已报废注销",
            },
            "object": lambda: {"anonymous": True, "statement": "该户有收入未申报"},
            "reject_objection": lambda: {"objection": 1, "reason": "经核实不属实"},
            "uphold_objection": lambda: {"objection": 1, "reason": "经核实属实，重新评议"},
            "approve": lambda: {"opinion": "同意"},
            "file": lambda: {"filing_number": "2021-001"},
            "announce": lambda: {"place": "区政府网站"},
            "register": lambda: {"system_number": "N-1", "basic_information_collected": True},
            "assign_helper": lambda: {
                "helper_kind": "contact",
                "helper_name": "己联系人",
                "helper_unit": "示例单位",
            },
            "return_case": lambda: {
                "to": "village_review",
                "reason": "材料不全",
                "to_fix": ["补充收入证明"],
            },
            "refuse": lambda: {
                "reason": "收入稳定，不符合条件",
                "facts": FACTS | {"income": {"wages": "20000", "persons": 1}, "at_risk": False},
            },
            "explain_refusal": lambda: {
                "means": "visit",
                "explained_on": today,
                "explained_to": "张某",
            },
            "withdraw": lambda: {"reason": "农户自愿撤回"},
        }
        body = bodies.get(event, dict)()
        return {"event": event, **body, **changes}

    def send(self, username: str, case: Case, event: str, **changes: Any) -> Any:
        """Raise an event with a good body, changed as told; return the answer whatever it is."""
        answer = self.post(
            username,
            f"/v1/cases/{case.id}/events",
            self.good(event, **changes),
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
    )
    """Who raises what, from the application to the helper."""

    def a_case_at(self, state: str) -> Case:
        """Return a case that was led to a state, as the document has it, on fitting days."""
        self.on(APPLIED_ON)
        case = self.apply()
        for username, event in self.ROUTE:
            if case.state == state:
                break
            self._move_calendar(event)
            self.act(username, case, event)
        assert case.state == state, f"the route does not lead to {state}"
        return case

    def _move_calendar(self, event: str) -> None:
        if event == "post_publicity":
            self.on(POSTED_ON)
        if event == "conclude_publicity":
            self.on(CONCLUDED_ON)


def findings(**hits: str) -> list[dict[str, str]]:
    """Return every department's verdict: agreeing, but for the hits (`police="differs"`)."""
    fields = dict(
        zip(
            DEPARTMENTS,
            ("consumer_car", "enterprise", "tax_record", "financial_assets"),
            strict=True,
        )
    )
    return [
        {"department": department, "field": field, "verdict": hits.get(department, "agrees")}
        for department, field in fields.items()
    ]


def codes(problem: dict[str, Any]) -> set[str]:
    """Return the codes of a problem's blockers."""
    return {blocker["code"] for blocker in problem["blockers"]}
