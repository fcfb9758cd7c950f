"""A campaign under any of the documents, with the forms that its officials hand in.

`Inspection` starts a campaign on the document's own days, and gives a good form for whatever is
asked. A story says only what matters to it.
"""

from datetime import date
from typing import Any

from county import ACCEPTED, AREAS, REFUSED, County, Matter
from district import District

from service import programmes, sample
from service.workflows.checklist import Checklist, asked

CONTACT = {"office": "示例区办公室", "name": "戊某", "telephone": "0557-0000000"}
DOCUMENTS: dict[str, dict[str, Any]] = {
    "taogou-2021": {
        "by": "township_office",
        "level": "township",
        "draft": {"first_day": "2021-06-08", "last_day": "2021-06-26"},
        "announce": {"form": {"leader": "丙某"}},
        "start": {"form": {"villages_trained": True, "grids_assigned": True}},
        "announced": "2021-06-08",
        "field": "2021-06-11",
    },
    "zhanggong-2021": {
        "by": "district_office",
        "level": "county",
        "draft": {"first_day": "2021-04-02", "last_day": "2021-04-30", "contact": CONTACT},
        "announce": {"form": {"principal_leader": "甲某", "deputy_leader": "乙某"}},
        "start": {},
        "announced": "2021-04-02",
        "field": "2021-04-08",
    },
    "county-2022": {
        "by": "county_office",
        "level": "county",
        "draft": {"first_day": "2022-05-05", "last_day": "2022-05-31"},
        "announce": {},
        "start": {"form": {"trained": True}},
        "announced": "2022-05-05",
        "field": "2022-05-10",
    },
    "rongan-2022": {
        "by": "county_task_group",
        "level": "county",
        "draft": {"first_day": "2022-01-01", "last_day": "2022-12-31"},
        "announce": {},
        "start": {},
        "announced": "2022-02-25",
        "field": "2022-03-02",
    },
}
"""Document -> who runs its campaign, for which level, with which words, on which days."""


class Inspection:
    """A campaign that is under way in a made-up county, and the forms of its officials."""

    def __init__(self, county: County) -> None:
        self.county = county
        self.policy = county.policy

    def start(self, **households: str) -> "Inspection":
        """Register households (a name for each, with its type), start the campaign, go on site."""
        told = DOCUMENTS[self.policy.id]
        self.by = told["by"]
        self.county.on(told["announced"])
        self.homes = {
            name: self.county.household(self._registrar, household_type)
            for name, household_type in households.items()
        }
        draft = {"title": "集中排查", "area_code": AREAS[told["level"]], **told["draft"]}
        answer = self.county.post(self.by, "/v1/campaigns", draft)
        assert answer.status_code == ACCEPTED, answer.text
        case = answer.json()["case"]
        self.campaign = Matter(case["id"], "", case["version"], case["state"])
        self.act("announce_campaign", announced_on=told["announced"], **told["announce"])
        self.act("start_campaign", **told["start"])
        self.county.on(told["field"])
        return self

    def start_of_month(self, day: str, **households: str) -> "Inspection":
        """Let a standing duty open its campaign by itself, for a county that has households."""
        self.by = self._registrar
        self.county.on(day)
        self.homes = {
            name: self.county.household(self._registrar, household_type)
            for name, household_type in households.items()
        }
        registry = self.county.district.office.registry
        self.county.district.change(lambda session: programmes.open_due(session, registry))
        seen = self.county.get(self.county.looker, "/v1/campaigns", programme="inspection")
        [case] = seen.json()["items"]
        self.campaign = Matter(case["id"], "", case["version"], case["state"])
        return self

    @property
    def _registrar(self) -> str:
        opening = self.policy.monitoring_object.opening
        assert opening is not None
        return opening.by[0]

    def act(self, event: str, **said: Any) -> dict[str, Any]:
        """Move the campaign."""
        return self.county.act(self.by, self.campaign, event, **said)

    # -- forms

    def checklist(self, code: str) -> Checklist:
        return next(one for one in self.policy.checklists if one.code == code)

    def form(self, role: str, code: str, home: str | None = None, **said: Any) -> dict[str, Any]:
        """Return a good form of a home, or of the unit of `area_code` (the village's): no problem.

        `problems` tells of some: item -> what. Who fills it in was there: every official of a
        made-up county has the same name.
        """
        problems = said.pop("problems", {})
        area_code = said.pop("area_code", AREAS["village"])
        of = {"household_id": self.homes[home]} if home else {"area_code": area_code}
        blank = self.blank(role, code, home, **({} if home else {"area": area_code}))
        answers = [
            problem(item["code"], problems[item["code"]])
            if item["code"] in problems
            else clean(item)
            for group in blank["groups"]
            for item in group["items"]
        ]
        return {
            "campaign_id": self.campaign.id,
            "checklist": code,
            "visited_on": self.county.today,
            "visitors": [{"name": "示例某", "role": role}],
            "answers": answers,
            "signed": True,
            **of,
            **said,
        }

    def blank(
        self, role: str, code: str, home: str | None = None, **asked_for: Any
    ) -> dict[str, Any]:
        if home:
            asked_for["household"] = self.homes[home]
        path = f"/v1/campaigns/{self.campaign.id}/blank-form"
        answer = self.county.get(role, path, checklist=code, **asked_for)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def try_file(self, role: str, form: dict[str, Any], **headers: str) -> Any:
        return self.county.post(role, "/v1/inspection-forms", form, **headers)

    def file(self, role: str, code: str, home: str | None = None, **said: Any) -> Matter:
        """Hand in a good form, changed as told, which must be accepted."""
        answer = self.try_file(role, self.form(role, code, home, **said))
        assert answer.status_code == ACCEPTED, answer.text
        body = answer.json()
        case = body["case"]
        return Matter(case["id"], "", case["version"], case["state"], [body])

    def refused(self, role: str, form: dict[str, Any], *because: str, status: int = REFUSED) -> Any:
        """Hand in a form that must be refused for exactly these reasons, written `code RULE …`."""
        answer = self.try_file(role, form)
        assert answer.status_code == status, answer.text
        found = answer.json().get("blockers") or []
        told = {" ".join(filter(None, (one["code"], one["cite"]))) for one in found}
        assert told == set(because), answer.json()
        return answer.json()

    def read(self, form: Matter) -> dict[str, Any]:
        return self.county.get(self.county.looker, f"/v1/inspection-forms/{form.id}").json()

    def findings(self, **asked_for: Any) -> list[dict[str, Any]]:
        found = self.county.get(self.county.looker, "/v1/findings", **asked_for).json()
        return found["items"]

    def tally(self) -> dict[str, int]:
        """Return how many rows of the list stand how; none is left out, none counts twice."""
        path = f"/v1/campaigns/{self.campaign.id}/coverage"
        total = self.county.get(self.county.looker, path).json()["total"]
        assert sum(v for k, v in total.items() if k != "listed") == total["listed"]
        return {name: number for name, number in total.items() if number and name != "listed"}

    def row(self, home: str | None = None) -> dict[str, Any]:
        """Return the row of a home, or of the village itself."""
        rows = self.county.get(
            self.county.looker, f"/v1/campaigns/{self.campaign.id}/roster"
        ).json()
        own = self.homes[home] if home else None
        return next(row for row in rows["items"] if row["household_id"] == own)


def clean(item: dict[str, Any]) -> dict[str, Any]:
    """Return the answer that says of an item that all is well."""
    said: dict[str, Any] = {
        "problem": {"has_problem": False},
        "demand": {"value": False},
        "yes_no": {"value": True},
        "text": {"value": "务工"},
    }.get(item["answer"], {"value": 0})
    if item["answer"] == "number" and item["named"] is not None:
        said = {"value": 0, "has_problem": False}
    return {"item": item["code"], **said}


def problem(item: str, what: Any) -> dict[str, Any]:
    """Return the answer that tells of a problem: in words, or with more said."""
    said = what if isinstance(what, dict) else {"text": what}
    return {"item": item, "has_problem": True, **said}


def codes_asked(checklist: Checklist, household_type: str | None = None) -> list[str]:
    return [item.code for item in asked(checklist, household_type)]


def a_form_of_the_sample_village(at: District, campaign_id: str) -> str:
    """Let an announced campaign start, and the village hand in its form; return the form's id."""
    before = at.clock.now()
    at.on(date(2021, 6, 11))
    trained = {"villages_trained": True, "grids_assigned": True}
    start = {"event": "start_campaign", "form": trained}
    path = f"/v1/cases/{campaign_id}/events"
    started = at.post("township", path, start, **{"If-Match": '"2"'})
    assert started.status_code == ACCEPTED, started.text
    form = {
        "campaign_id": campaign_id,
        "area_code": sample.VILLAGE,
        "checklist": "household_survey",
        "visited_on": "2021-06-11",
        "visitors": [{"name": "甲村干", "role": "village_cadre"}],
        "answers": [problem("1.03", "未清零")],
        "signed": True,
    }
    filed = at.post("village", "/v1/inspection-forms", form)
    assert filed.status_code == ACCEPTED, filed.text
    at.clock.set(before)
    return str(filed.json()["case"]["id"])
