"""Those who look at units of a county: spot-checks, cross-checks, unannounced inspections."""

from typing import Any

from county import ACCEPTED, AREAS, County, Matter
from sqlmodel import col, select

from service.store.cases import Case
from service.workflows.kinds import Kind


class Supervisions:
    """Those who look at units of a county, under its document."""

    def __init__(self, county: County, office: str) -> None:
        self.county, self.office = county, office

    def try_plan(self, method: str, *units: Any, role: str = "", **said: Any) -> Any:
        today = self.county.today
        body = {
            "method": method,
            "units": [one if isinstance(one, dict) else {"unit": one} for one in units],
            "by_unit": "督查组",
            "team": ["甲某", "乙某"],
            "first_day": today,
            "last_day": today,
            **said,
        }
        return self.county.post(role or self.office, "/v1/supervisions", body)

    def plan(self, method: str, *units: Any, role: str = "", **said: Any) -> Matter:
        answer = self.try_plan(method, *units, role=role, **said)
        assert answer.status_code == ACCEPTED, answer.text
        case = answer.json()["case"]
        return Matter(case["id"], "", case["version"], case["state"])

    def check(self, case: Matter, unit: str, *findings: dict[str, Any], role: str = "") -> None:
        self.county.act(role or self.office, case, "record_check", **self.seen(unit, *findings))

    def seen(self, unit: str, *findings: dict[str, Any], **said: Any) -> dict[str, Any]:
        return {
            "unit": unit,
            "checked_on": self.county.today,
            "checked_by": ["甲某"],
            "result": "查看台账，走访农户",
            "findings": list(findings),
            **said,
        }

    def issue(self, case: Matter, unit: str, role: str = "", **said: Any) -> None:
        self.county.act(
            role or self.office,
            case,
            "issue_circular",
            unit=unit,
            **{
                "number": "通报2022-4号",
                "issued_on": self.county.today,
                "content": "短板",
                **said,
            },
        )

    def decision(self, sanction: str, unit: str, **said: Any) -> dict[str, Any]:
        paper = self.county.district.attach(self.office, "decision", area_code=AREAS["county"])
        return {
            "sanction": sanction,
            "number": "决定2022-7号",
            "decided_on": self.county.today,
            "decided_by": "县委",
            "unit": unit,
            "reason": "工作不力",
            "attachments": [paper],
            **said,
        }

    def sanctions(self, role: str = "", **asked: Any) -> list[dict[str, Any]]:
        found = self.county.get(role or self.office, "/v1/sanctions", **asked)
        assert found.status_code == 200, found.text
        return found.json()["items"]

    def read(self, case: Matter, role: str = "") -> dict[str, Any]:
        return self.county.get(role or self.office, f"/v1/supervisions/{case.id}").json()

    def items(self) -> list[Case]:
        """Return the problems that are to be put right, as they were opened."""
        found = select(Case).where(Case.kind == Kind.REMEDIATION_ITEM).order_by(col(Case.id))
        return self.county.district.read(lambda session: list(session.exec(found).all()))
