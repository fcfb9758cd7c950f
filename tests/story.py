"""The story of one campaign: a county of many villages, and what its officials do in it.

A story joins the harnesses of the parts: the campaign's own acts, the forms that are handed in,
the papers that units owe, the problems that are put right, and those who look at units.
"""

from collections import Counter
from typing import Any

from campaign_days import ANNOUNCED, STARTED, Campaigns
from county import ACCEPTED, AREAS, IN_OFFICE_FROM, County, Matter
from importing import lines
from inspection import Inspection
from sqlmodel import Session, select
from supervising import Supervisions
from unit_papers import Papers

from service import invariants, programmes
from service.clock import office_time
from service.store.areas import Area, AreaLevel, add_area
from service.store.columns import new_id
from service.store.people import Appointment, Person, Position

NAMES = {
    AreaLevel.VILLAGE: "示例某",
    AreaLevel.TOWNSHIP: "示例乡干",
    AreaLevel.COUNTY: "示例县干",
}
"""Level -> the name of its officials: nobody verifies what somebody of that name put right."""

FIRST_TOWN, FIRST_VILLAGE = AREAS["township"], AREAS["village"]


def town_of(village: str) -> str:
    """Return the township of a village of a made-up county."""
    return f"{village[:9]}000"


def holder(role: str, area_code: str) -> str:
    """Return who holds a role in an area: in the areas that every county has, the bare role."""
    return role if area_code in AREAS.values() else f"{role} {area_code}"


class Story(Inspection):
    """A campaign of a county with several villages, from its draft to its end."""

    def __init__(self, county: County, office: str, towns: int = 1, villages: int = 1) -> None:
        super().__init__(county)
        self.office = office
        self.homes: dict[str, str] = {}
        self._types: dict[str, str] = {}
        self.supervisions = Supervisions(county, office)
        self._blanks: dict[tuple[str, ...], dict[str, Any]] = {}
        towns_of_it = [f"9901010{number:02}000" for number in range(1, towns + 1)]
        self.villages = [
            f"{town[:9]}{number}" for town in towns_of_it for number in range(201, 201 + villages)
        ]
        self.towns = towns_of_it
        county.district.change(self._plant)

    # -- who, when

    def on(self, day: str, hour: int = 9) -> None:
        self.county.on(day, hour)

    def settle(self, **households: str) -> None:
        """Register households of the first village: a name for each, with its type."""
        for name, household_type in households.items():
            self.home(name, FIRST_VILLAGE, household_type)

    def home(self, name: str, village: str, household_type: str, **fields: Any) -> None:
        """Register a household of a village under a name."""
        self._types[name] = household_type
        self.homes[name] = self.county.district.register(
            holder(self._registrar, village),
            area_code=village,
            household_type=household_type,
            **fields,
        )

    # -- the campaign

    def draft(self, **said: Any) -> None:
        """Draft the campaign of the story, which must be accepted."""
        answer = self.try_draft(**said)
        assert answer.status_code == ACCEPTED, answer.text
        case = answer.json()["case"]
        self.campaign = Matter(case["id"], "", case["version"], case["state"])

    def try_draft(self, **said: Any) -> Any:
        return self.county.post(self.office, "/v1/campaigns", said)

    def started(self) -> None:
        """Announce and start the campaign today, with what the document's forms ask."""
        form = ANNOUNCED.get(self.policy.id, {})
        self.act("announce_campaign", announced_on=self.county.today, form=form)
        self.act("start_campaign", form=STARTED.get(self.policy.id, {}))

    def act(self, event: str, **said: Any) -> dict[str, Any]:
        return self.county.act(self.office, self.campaign, event, **said)

    def act_refused(self, event: str, *because: str, **said: Any) -> dict[str, Any]:
        """Ask for an act of the campaign that is refused for exactly these reasons."""
        return self.county.refused(self.office, self.campaign, event, *because, **said)

    def sweep(self) -> dict[str, Matter]:
        """Let standing duties open what is due; return their campaigns by programme, the newest."""
        registry = self.county.district.office.registry
        swept = self.county.district.change(lambda s: programmes.open_due(s, registry))
        assert swept.refused == []
        listed = self.county.get(self.county.looker, "/v1/campaigns", limit=200).json()["items"]
        return {
            one["programme"]: Matter(one["id"], "", one["version"], one["state"])
            for one in listed
            if one["programme"]
        }

    def read_campaign(self) -> dict[str, Any]:
        return self.county.get(self.office, f"/v1/campaigns/{self.campaign.id}").json()

    @property
    def papers(self) -> Papers:
        return Papers(Campaigns(self.county), self.campaign)

    # -- forms

    def form(self, role: str, code: str, home: str | None = None, **said: Any) -> dict[str, Any]:
        """Return a good form, whose visitor is who holds the role there."""
        visitor = {"name": "示例某", "role": role.split(maxsplit=1)[0]}
        return super().form(role, code, home, **{"visitors": [visitor], **said})

    def blank(self, role: str, code: str, home: str | None = None, **said: Any) -> dict[str, Any]:
        """Return the blank form; that of one home, or village, serves for its like."""
        like = (role.split(maxsplit=1)[0], code, self._types[home] if home else "")
        if like not in self._blanks:
            self._blanks[like] = super().blank(role, code, home, **said)
        return self._blanks[like]

    # -- what came of it

    def rollup(self, role: str, name: str) -> dict[str, dict[str, Any]]:
        """Return the numbers of a report on the campaign by row, its total under `total`."""
        told = self.county.get(role, f"/v1/reports/{name}", campaign=self.campaign.id)
        assert told.status_code == 200, told.text
        rows = {row["label"]["zh"]: numbers(row) for row in told.json()["rows"]}
        return {**rows, "total": numbers(told.json()["total"])}

    def items(self, **asked: Any) -> list[dict[str, Any]]:
        """Return the problems that were found in the campaign, unless another is asked for."""
        asked = {"campaign": self.campaign.id, "limit": 200, **asked}
        found = self.county.get(self.county.looker, "/v1/remediation-items", **asked)
        assert found.status_code == 200, found.text
        return found.json()["items"]

    def item(self, content: str) -> Matter:
        """Return the case of the problem of that content."""
        [one] = [item for item in self.items() if item["content"] == content]
        return Matter(one["id"], one["household_id"], one["version"], one["state"])

    def ledger(self, role: str, scope: str, **asked: str) -> list[list[Any]]:
        """Return the problems of the campaign as the document's own ledger has them: its rows."""
        asked |= {"scope": scope, "campaign": self.campaign.id}
        return [row for row in self.sheet(role, "problems", **asked) if str(row[0]).isdecimal()]

    def sheet(self, role: str, name: str, **asked: str) -> list[list[Any]]:
        """Return the rows of a ledger as a workbook has them, its title and headings too."""
        answer = self.county.get(role, f"/v1/exports/{name}.xlsx", **asked)
        assert answer.status_code == 200, answer.text
        return lines(answer.content)

    def standings(self) -> Counter[str]:
        return Counter(one["standing"] for one in self.items())

    def nothing_impossible(self) -> None:
        """See that all that must be true is true."""
        rulebook = self.county.district.office.rulebook
        found = self.county.district.read(lambda s: list(invariants.violations(s, rulebook)))
        assert found == []

    # -- past the interface

    def _plant(self, session: Session) -> None:
        """Add the towns and villages that no county has yet, with an official for every role."""
        for role, held in self.policy.roles.items():
            official = session.exec(select(Person).where(Person.username == role)).one()
            official.name = NAMES[AreaLevel(held.level)]
        for town in self.towns:
            self._place(session, town, AreaLevel.TOWNSHIP, AREAS["county"])
        for village in self.villages:
            self._place(session, village, AreaLevel.VILLAGE, town_of(village))

    def _place(self, session: Session, code: str, level: AreaLevel, above: str) -> None:
        if code in AREAS.values():
            return
        name = f"示例{code[6:9]}乡" if level is AreaLevel.TOWNSHIP else f"示例{code[6:]}村"
        add_area(session, Area(code=code, name=name, level=level, parent_code=above))
        at = office_time(IN_OFFICE_FROM)
        for role, held in self.policy.roles.items():
            if held.level != level:
                continue
            person = Person(
                id=new_id(at),
                username=holder(role, code),
                name=NAMES[level],
                password_hash="-",
                created_at=at,
            )
            position = Position(id=new_id(at), role=role, area_code=code, title=held.zh)
            session.add_all([person, position])
            session.flush()
            appointed = Appointment(
                id=new_id(at),
                position_id=position.id,
                person_id=person.id,
                from_on=IN_OFFICE_FROM,
            )
            session.add(appointed)
        session.flush()


def numbers(row: dict[str, Any]) -> dict[str, Any]:
    return {cell["column"]: cell["value"] for cell in row["cells"]}
