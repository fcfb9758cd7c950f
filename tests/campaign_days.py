"""Campaigns as tests meet them: under each document, drafted, announced and started.

`Campaigns` acts as the office of a document over the real HTTP interface.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from county import ACCEPTED, AREAS, County, Matter
from sqlmodel import Session, col, select

from service.store.areas import Area, AreaLevel, add_area
from service.store.campaigns import Roster
from service.store.columns import new_id
from service.store.households import Household
from service.workflows.campaign.roster import Standing

OFFICE = {
    "zhanggong-2021": "district_office",
    "taogou-2021": "township_office",
    "rongan-2022": "county_task_group",
    "county-2022": "county_office",
    "shiquan-2020": "town",
}
"""Document -> the role that draws its campaigns up, and leads them to their end."""

DRAFT = {
    "zhanggong-2021": {
        "first_day": "2021-04-01",
        "last_day": "2021-04-30",
        "contact": {"office": "区精准办", "telephone": "0797-0000000"},
    },
    "taogou-2021": {"first_day": "2021-06-08", "last_day": "2021-06-26"},
    "rongan-2022": {"first_day": "2022-01-01", "last_day": "2022-12-31"},
    "county-2022": {"first_day": "2022-05-01", "last_day": "2022-05-21"},
}
"""What the office of a document drafts, on its own days."""

ANNOUNCED = {
    "zhanggong-2021": {"principal_leader": "甲书记", "deputy_leader": "乙副区长"},
    "taogou-2021": {"leader": "丙书记"},
}
STARTED = {
    "taogou-2021": {"villages_trained": True, "grids_assigned": True},
    "county-2022": {"trained": True},
}
CONCLUDED = {
    "zhanggong-2021": {"quality": "质量良好"},
    "taogou-2021": {"assessment_findings": True, "for_assessment": "按时完成"},
    "county-2022": {"nothing_hidden": True},
}
"""What the forms of a document ask of the acts of its campaign."""


class Campaigns:
    """The campaigns of a county under one document, as its office acts."""

    def __init__(self, county: County) -> None:
        self.county = county
        self.document = county.policy.id
        self.office = OFFICE[self.document]
        self.rulebook = county.district.office.rulebook

    # -- acts

    def try_draft(self, role: str = "", **said: Any) -> Any:
        body = {"title": "集中排查", **DRAFT[self.document], **said}
        return self.county.post(role or self.office, "/v1/campaigns", body)

    def draft(self, role: str = "", **said: Any) -> Matter:
        answer = self.try_draft(role, **said)
        assert answer.status_code == ACCEPTED, answer.text
        case = answer.json()["case"]
        return Matter(case["id"], "", case["version"], case["state"])

    def announce(self, case: Matter, **said: Any) -> None:
        form = ANNOUNCED.get(self.document, {})
        self.act(case, "announce_campaign", announced_on=self.county.today, form=form, **said)

    def start(self, case: Matter) -> None:
        self.act(case, "start_campaign", form=STARTED.get(self.document, {}))

    def under_way(self, **said: Any) -> Matter:
        """Return a campaign that was drafted, announced and started today."""
        case = self.draft(**said)
        self.announce(case)
        self.start(case)
        return case

    def conclusion(self, **form: Any) -> dict[str, Any]:
        return {"summary": "总结", "form": {**CONCLUDED.get(self.document, {}), **form}}

    def act(self, case: Matter, event: str, **said: Any) -> dict[str, Any]:
        return self.county.act(self.office, case, event, **said)

    def refused(self, case: Matter, event: str, *because: str, **said: Any) -> dict[str, Any]:
        return self.county.refused(self.office, case, event, *because, **said)

    # -- what is seen

    def read(self, case: Matter, role: str = "") -> dict[str, Any]:
        return self.county.get(role or self.office, f"/v1/campaigns/{case.id}").json()

    def roster(self, case: Matter, role: str = "", **asked: Any) -> list[dict[str, Any]]:
        path = f"/v1/campaigns/{case.id}/roster"
        return self.county.get(role or self.office, path, limit=200, **asked).json()["items"]

    def coverage(self, case: Matter, role: str = "", **asked: Any) -> dict[str, Any]:
        path = f"/v1/campaigns/{case.id}/coverage"
        return self.county.get(role or self.office, path, **asked).json()

    def papers(self, case: Matter) -> list[dict[str, Any]]:
        """Return what units owe in a campaign, as cases."""
        found = self.county.get(self.office, "/v1/deliverables", campaign=case.id, limit=200)
        return list(found.json()["items"])

    def release_papers(self, case: Matter) -> None:
        """Release every unit from what it owes, so that papers are in nobody's way."""
        for paper in self.papers(case):
            held = Matter(paper["id"], "", paper["version"], paper["state"])
            self.county.act(self.office, held, "release_deliverable", reason="不涉及")

    # -- past the interface

    def plant(self, villages: int, households: int, household_type: str = "ordinary") -> None:
        """Register villages beside that of the county, and so many households in every village."""

        def work(session: Session) -> None:
            for number in range(1, villages + 1):
                place = Area(
                    code=f"990101001{300 + number}",
                    name=f"示例{number}村",
                    level=AreaLevel.VILLAGE,
                    parent_code=AREAS["township"],
                )
                add_area(session, place)
            every = select(Area.code).where(Area.level == AreaLevel.VILLAGE)
            for code in session.exec(every).all():
                for _ in range(households):
                    self.household_in(code, household_type)(session)

        self.county.district.change(work)

    def household_in(self, code: str, household_type: str = "ordinary") -> Callable[..., int]:
        """Return what registers a household of a village."""
        at = self.county.district.clock.now()

        def work(session: Session) -> int:
            household = Household(
                id=new_id(at),
                area_code=code,
                household_type=household_type,
                head_name="张某",
                created_at=at,
                created_by=new_id(at),
            )
            session.add(household)
            return 1

        return work

    def set_rows(self, case: Matter, standing: Standing, *, of: str) -> None:
        """Let the rows of the villages, or of the households, stand otherwise: as forms would."""

        def work(session: Session) -> None:
            rows = select(Roster).where(
                Roster.campaign_id == UUID(case.id),
                col(Roster.household_id).is_(None) == (of == "village"),
            )
            for row in session.exec(rows).all():
                row.standing = standing

        self.county.district.change(work)
