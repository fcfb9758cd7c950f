"""A made-up county under any of the documents: its areas, one official for each role, its cases.

A story acts as the roles of its document, on the document's own days, over the real HTTP
interface; everything a story expects to be refused names the blockers and their provisions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from district import PDF, District
from sqlmodel import Session

from service.clock import office_time
from service.store.areas import Area, AreaLevel, add_area
from service.store.columns import new_id
from service.store.people import Appointment, Person, Position
from service.workflows.policy import POLICIES, Policy
from service.workflows.rulebook import Rulebook

AREAS = {
    "province": "990000000000",
    "city": "990100000000",
    "county": "990101000000",
    "township": "990101001000",
    "village": "990101001201",
}
"""Level -> the code of the made-up area: no such region exists."""

Docket = Sequence[tuple[str, str, str, dict[str, Any]]]
"""Acts in their order: the day, the role, the event, what is said."""

IN_OFFICE_FROM = date(2015, 1, 1)
ACCEPTED = 201
REFUSED = 422
GUARANTEED = {"education": True, "medical": True, "housing": True, "water": True}


@dataclass
class Matter:
    """What a story remembers of a case."""

    id: str
    household_id: str
    version: int
    state: str
    answers: list[dict[str, Any]] = field(default_factory=list)


class County:
    """A county whose villages work under one document; the officials' names are their roles."""

    def __init__(self, district: District, policy: Policy) -> None:
        self.district, self.policy = district, policy
        district.change(lambda session: _plant(session, policy))

    def on(self, day: str, hour: int = 9) -> None:
        """Let the office's clocks show a day, written like 2022-03-15."""
        self.district.on(date.fromisoformat(day), hour)

    @property
    def today(self) -> str:
        return self.district.today()

    def get(self, role: str, path: str, **params: Any) -> Any:
        return self.district.get(role, path, **params)

    def post(self, role: str, path: str, body: Any, **headers: str) -> Any:
        return self.district.post(role, path, body, **headers)

    def attach(self, role: str, kind: str, content: bytes = PDF) -> str:
        """Hand in a paper of one of the document's kinds; return its id."""
        return self.district.attach(role, kind, area_code=AREAS["village"], content=content)

    def household(self, role: str, household_type: str, **fields: Any) -> str:
        """Register a household of the village; return its id."""
        return self.district.register(
            role, area_code=AREAS["village"], household_type=household_type, **fields
        )

    def open(self, role: str, household_id: str, **said: Any) -> Matter:
        """Take in a clue or an application, which must be accepted."""
        answer = self.try_open(role, household_id, **said)
        assert answer.status_code == ACCEPTED, answer.text
        body = answer.json()
        case = body["case"]
        return Matter(case["id"], household_id, case["version"], case["state"], [body])

    def try_open(self, role: str, household_id: str, **said: Any) -> Any:
        return self.post(role, "/v1/monitoring-objects", {"household_id": household_id, **said})

    def act(self, role: str, case: Matter, event: str, **said: Any) -> dict[str, Any]:
        """Raise an event that must be accepted; return the answer."""
        answer = self._send(role, case, event, said)
        assert answer.status_code == ACCEPTED, f"{event} at {case.state}: {answer.text}"
        body = answer.json()
        case.version, case.state = body["case"]["version"], body["case"]["state"]
        case.answers.append(body)
        return body

    def refused(
        self, role: str, case: Matter, event: str, *because: str, status: int = REFUSED, **said: Any
    ) -> dict[str, Any]:
        """Raise an event that must be refused for exactly these reasons, written `code RULE …`."""
        answer = self._send(role, case, event, said)
        assert answer.status_code == status, f"{event} at {case.state}: {answer.text}"
        problem = answer.json()
        found = {
            " ".join(filter(None, map(b.get, ("code", "cite", "until"))))
            for b in problem.get("blockers") or []
        }
        assert not because or found == set(because), problem
        return problem

    def only(self, *roles: str, case: Matter, event: str, **said: Any) -> dict[str, Any]:
        """Let every other role of the document be refused for who it is, then the first act.

        To whom a case is hidden it is not found.
        """
        for other in set(self.policy.roles).difference(roles):
            refused = self._send(other, case, event, said)
            assert refused.json().get("code") in {"not_your_role", "not_found"}, other
        assert all(event in self.may(role, case) for role in roles)
        return self.act(roles[0], case, event, **said)

    def lead(self, case: Matter, state: str, docket: Docket) -> Matter:
        """Act along a docket, each on its day, until the case has come to a state; return it."""
        for day, role, event, said in docket:
            if case.state == state:
                break
            self.on(day)
            self.act(role, case, event, **said)
        assert case.state == state, f"the docket ends at {case.state}"
        return case

    def _send(self, role: str, case: Matter, event: str, said: dict[str, Any]) -> Any:
        return self.post(
            role,
            f"/v1/cases/{case.id}/events",
            {"event": event, **said},
            **{"If-Match": f'"{case.version}"'},
        )

    def actions(self, role: str, case: Matter) -> dict[str, dict[str, Any]]:
        """Return what could be done with a case now, by event."""
        found = self.get(role, f"/v1/cases/{case.id}/actions").json()
        return {action["event"]: action for action in found["items"]}

    def may(self, role: str, case: Matter) -> set[str]:
        """Return what a role may do with a case in its present state, once nothing is lacking."""
        return {event for event, action in self.actions(role, case).items() if action["mine"]}

    def deadlines(self, case: Matter) -> dict[str, dict[str, Any]]:
        """Return the deadlines of a case by rule: the newest of each."""
        found = self.get(self.looker, f"/v1/cases/{case.id}/deadlines").json()["items"]
        return {deadline["rule"]: deadline for deadline in found}

    def history(self, case: Matter) -> list[str]:
        """Return the events of a case in their order."""
        found = self.get(self.looker, f"/v1/cases/{case.id}/history").json()["items"]
        return [line["event"] for line in found]

    @property
    def looker(self) -> str:
        """A role that sees the whole county."""
        return next(code for code, role in self.policy.roles.items() if role.level == "county")


def facts(per_head: str = "5000.00", **changes: Any) -> dict[str, Any]:
    """Return facts of a household of one person at risk, changed as told."""
    return {
        "income": {"wages": per_head, "persons": 1},
        "at_risk": True,
        "income_stable": False,
        "guarantees": GUARANTEED,
        "children_well_off": False,
        **changes,
    }


def rewritten(folder: Path, policy_id: str, old: str, new: str) -> Rulebook:
    """Return a rulebook of one shipped document, with what an office has written into it."""
    for name in (f"{policy_id}.toml", f"{policy_id}.rules.toml"):
        text = (POLICIES / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    return Rulebook(folder)


def _plant(session: Session, policy: Policy) -> None:
    above: str | None = None
    for level, code in AREAS.items():
        document = policy.id if level == "county" else None
        place = Area(
            code=code,
            name=f"示例{level}",
            level=AreaLevel(level),
            parent_code=above,
            policy_id=document,
        )
        add_area(session, place)
        above = code
    at = office_time(IN_OFFICE_FROM)
    for role, held in policy.roles.items():
        person = Person(
            id=new_id(at), username=role, name="示例某", password_hash="-", created_at=at
        )
        position = Position(id=new_id(at), role=role, area_code=AREAS[held.level], title=held.zh)
        session.add_all([person, position])
        session.flush()
        session.add(
            Appointment(
                id=new_id(at), position_id=position.id, person_id=person.id, from_on=IN_OFFICE_FROM
            )
        )
    session.flush()
