"""Problems to be put right as tests meet them: reported, led along, asked for, in a made-up county.

`Problems` acts as the roles of Taogou's document unless told otherwise; `RIGHT` is the way from a
problem that was found to one that is struck off.
"""

from collections.abc import Mapping
from typing import Any

from county import AREAS, County, Matter

FOUND_ON, DAY, LIMIT = "2021-06-12", "2021-06-16", "2021-06-20"
CREATED = 201

PROBLEM: dict[str, Any] = {
    "scope": "area",
    "problem_type": "employment",
    "content": "公益性岗位1季度补助未及时发放",
    "source": "form",
    "found_on": FOUND_ON,
    "found_by": "甲排查",
}
LISTS: dict[str, Any] = {
    "measure": "补发1季度补助",
    "responsible_person": "乙责任",
    "responsible_unit": "人社所",
    "time_limit_on": LIMIT,
}
VERIFIED = {"verified_on": DAY, "opinion": "现场核实属实"}

RIGHT: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("village_committee", "assign_remediation", LISTS),
    ("village_committee", "start_remediation", {}),
    ("village_committee", "submit_remediation", {"effect": "已补发到位"}),
    ("township_office", "verify_remediation", VERIFIED),
    ("township_office", "strike_off", {}),
)
"""Who raises what, from the day on which a problem was found until it is struck off."""

BEGUN = {"found": 0, "in_progress": 2, "submitted": 3, "verified": 4}
"""State -> how much of that way lies behind it."""


class Problems:
    """The problems of a made-up county under one document."""

    def __init__(self, county: County, said: Mapping[str, Any] | None = None) -> None:
        self.county = county
        self.said = {**PROBLEM, **(said or {})}

    def try_report(self, role: str = "village_committee", **said: Any) -> Any:
        body = {**self.said, **said}
        if "household_id" not in body:
            body.setdefault("area_code", AREAS["village"])
        return self.county.post(role, "/v1/remediation-items", body)

    def report(self, role: str = "village_committee", **said: Any) -> Matter:
        """Report a problem, which must be accepted."""
        answer = self.try_report(role, **said)
        assert answer.status_code == CREATED, answer.text
        case = answer.json()["case"]
        return Matter(case["id"], case["household_id"], case["version"], case["state"])

    def of_household(self, role: str = "village_committee", **said: Any) -> Matter:
        """Report a problem of a new household of the village."""
        household = self.county.household(role, said.pop("household_type", "lifted_out"))
        return self.report(role, scope="household", household_id=household, **said)

    def at(self, state: str, item: Matter | None = None, **said: Any) -> Matter:
        """Return a problem that was led to a state on the usual way."""
        item = item or self.report(**said)
        for role, event, body in RIGHT[BEGUN[item.state] :]:
            if item.state == state:
                break
            self.act(role, item, event, **body)
        assert item.state == state, f"the way does not lead to {state}"
        return item

    def act(self, role: str, item: Matter, event: str, **said: Any) -> dict[str, Any]:
        """Raise an event, with its evidence where it is submitted as put right."""
        if event == "submit_remediation" and "attachments" not in said:
            said["attachments"] = [self.evidence(role)]
        return self.county.act(role, item, event, **said)

    def evidence(self, role: str, level: str = "village") -> str:
        return self.county.district.attach(role, "rectification_evidence", area_code=AREAS[level])

    def refused(self, role: str, item: Matter, event: str, *because: str, **said: Any) -> Any:
        return self.county.refused(role, item, event, *because, **said)

    def read(self, item: Matter, role: str | None = None) -> dict[str, Any]:
        """Read a problem as it stands in the ledger."""
        answer = self.county.get(role or self.county.looker, f"/v1/remediation-items/{item.id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def listed(self, role: str | None = None, **filters: Any) -> list[str]:
        """Return the ids of the problems that a list has, and check its total."""
        told = self.county.get(
            role or self.county.looker,
            "/v1/remediation-items",
            count=True,
            limit=200,
            **filters,
        )
        assert told.status_code == 200, told.text
        body = told.json()
        assert body["total"] == len(body["items"])
        return [item["id"] for item in body["items"]]
