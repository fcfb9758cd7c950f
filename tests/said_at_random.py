"""What an official might well say with an event of any kind of case, drawn by chance.

Most of it is accepted where the document has the event; what does not fit is refused for what it
is. Nothing here knows whether it will be.
"""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from campaign_days import ANNOUNCED, CONCLUDED, DRAFT, STARTED
from county import AREAS
from story import FIRST_VILLAGE, Story, holder, town_of

from service.store.cases import Case
from service.workflows.checklist import Checklist
from service.workflows.kinds import Kind

Body = dict[str, Any]
TOLD = (
    "tells_of_the_inspection",
    "tells_of_the_problems",
    "tells_of_the_help",
    "tells_what_is_next",
)
TEAM = ("示例某", "乙某", "丙某")


class Sayings:
    """The words of the officials of one county, in one history."""

    def __init__(self, story: Story, random: Random) -> None:
        self.story, self.random = story, random
        self.document = story.policy.id

    def of(self, event: str, case: Case, by: str) -> Body:
        """Return the fields of an event of a case, as somebody might well fill them in."""
        rulebook = self.story.county.district.office.rulebook
        catalogue = rulebook.pinned(case.policy, case.kind).rules.catalogue
        said = SAID.get(event) if event in catalogue else None
        usual = self.story.county.district.good(event, at=case.state)
        usual.pop("event")
        late = {"reason": "汛期"} if self.random.random() < 0.3 else {}
        return {**usual, **late, **(said(self, case, by) if said else {})}

    # -- what is drawn

    def day(self, *after: int) -> str:
        today = date.fromisoformat(self.story.county.today)
        return str(today + timedelta(days=self.random.choice(after)))

    def one_of(self, name: str) -> str | None:
        """Return a code of one of the document's lists, None where it has no such list."""
        entries = self.story.policy.lists.get(name, ())
        return self.random.choice(entries).code if entries else None

    def file(self, by: str, kind: str) -> str:
        """Attach a file that nobody has seen before, in the official's own area."""
        content = b"%PDF-1.4\n" + self.random.randbytes(8)
        role, *area = by.split()
        own = area[0] if area else AREAS[self.story.policy.roles[role].level]
        return self.story.county.district.attach(by, kind, area_code=own, content=content)

    # -- campaigns

    def draft(self) -> Body:
        return {"title": "集中排查", **DRAFT[self.document]}

    def window(self, _case: Case, _by: str) -> Body:
        phases = self.story.policy.campaign.phases
        phase = self.random.choice(phases).code if phases else "field"
        return {
            "window": {"phase": phase, "first": self.day(-3, 0), "last": self.day(0, 2, 9)},
            "last_day": None,
        }

    def late(self, _case: Case, _by: str) -> Body:
        return {"area_code": self.random.choice(list(AREAS.values())), "until": self.day(-1, 0, 3)}

    def numbers(self, _case: Case, _by: str) -> Body:
        return {"numbers": self.random.sample(range(1, 8), 2)}

    # -- forms

    def form(self, by: str, checklist: Checklist, village: str) -> Body:
        """Return a form of a household, or of what else the checklist is filled in for."""
        homes = [home for home in self.story.homes if home.endswith(village)]
        of_homes_only = not checklist.unit_by or self.random.random() < 0.8
        in_a_home = checklist.filled_for == "household" and of_homes_only
        unit = AREAS["county"] if checklist.filled_for == "department" else village
        home = self.random.choice(homes) if in_a_home else None
        of = {} if home else {"area_code": unit}
        body = self.story.form(self.story.county.looker, checklist.code, home, **of)
        body["visitors"] = [{"name": name, "role": by.split(maxsplit=1)[0]} for name in TEAM]
        body["answers"] = self.answers(body["answers"])
        return body

    def answers(self, clean: list[Body]) -> list[Body]:
        return [self.problem(one) if self.random.random() < 0.1 else one for one in clean]

    def problem(self, answer: Body) -> Body:
        if "has_problem" not in answer:
            return answer
        on_spot = self.random.random() < 0.3
        return {**answer, "has_problem": True, "text": "有问题", "fixed_on_spot": on_spot}

    def corrected(self, case: Case, _by: str) -> Body:
        """Return the answers of the form anew."""
        told = self.story.county.get(self.story.county.looker, f"/v1/inspection-forms/{case.id}")
        return {"answers": self.answers(told.json()["answers"]), "signed": True}

    # -- problems

    def found(self) -> Body:
        return {
            "scope": "area",
            "area_code": self.random.choice(self.story.villages),
            "campaign_id": self.story.campaign.id if self.random.random() < 0.7 else None,
            "problem_type": self.one_of("problem_types"),
            "content": "有问题",
            "source": self.one_of("problem_sources"),
            "found_on": self.day(-2, 0),
            "found_by": "示例某",
        }

    def lists(self, _case: Case, _by: str) -> Body:
        said = {"time_limit_on": self.day(0, 3, 5), "reason": self.random.choice([None, "汛期"])}
        return {"responsible_person": self.random.choice(["乙责任", "示例某"]), **said}

    def evidence(self, _case: Case, by: str) -> Body:
        return {"attachments": [self.file(by, "rectification_evidence")]}

    def higher(self, _case: Case, _by: str) -> Body:
        return {"level": self.random.choice(["township", "county"])}

    def department(self, _case: Case, _by: str) -> Body:
        return {"department": self.one_of("sector_departments") or self.one_of("departments")}

    def another(self, _case: Case, _by: str) -> Body:
        items = sorted(self.story.items(), key=lambda one: (one["area_code"], one["version"]))
        return {"item_id": self.random.choice(items)["id"]} if items else {}

    # -- papers

    def paper(self, case: Case, by: str) -> Body:
        form = dict.fromkeys(TOLD, True) if self.document == "taogou-2021" else {}
        files = self.story.papers.read(case)["files"]
        return {"attachments": [self.file(by, kind) for kind in files], "form": form}

    def signature(self, case: Case, _by: str) -> Body:
        paper = self.story.papers.read(case)
        office = self.random.choice(paper["signers"] or ["party_leader"])
        return {"office": office, "files": paper["drafted_files"]}

    def imprint(self, case: Case, _by: str) -> Body:
        paper = self.story.papers.read(case)
        seal = self.random.choice(paper["seals"] or ["party_seal"])
        return {"seal": seal, "files": paper["drafted_files"]}

    def copied(self, case: Case, by: str) -> Body:
        if not self.story.papers.read(case)["electronic_copy"]:
            return {}
        return {"attachments": [self.file(by, "electronic_copy")]}

    # -- supervisions

    def plan(self) -> Body:
        supervision = self.story.policy.kinds[Kind.SUPERVISION]
        method = self.random.choice(supervision.methods)
        units = self.story.villages if method.levels[0] == "village" else [AREAS["township"]]
        peers = units[1:] + units[:1]
        return {
            "method": method.code,
            "units": [
                {"unit": unit, **({"checked_by": peer} if method.by_peers else {})}
                for unit, peer in zip(units, peers, strict=True)
            ],
            "by_unit": "督查组",
            "team": ["甲某"],
            "first_day": self.day(0),
            "last_day": self.day(0, 9),
            "campaign_id": self.story.campaign.id,
        }

    def check(self, case: Case, _by: str) -> Body:
        finding = {"problem_type": self.one_of("problem_types"), "content": "有问题"}
        findings = [finding] * self.random.choice([0, 0, 1, 2])
        return {**self.unit(case, _by), "findings": findings, "checked_by": ["甲某"]}

    def unit(self, case: Case, _by: str) -> Body:
        planned = [one["unit"] for one in case.dossier[0]["body"]["units"]]
        elsewhere = self.random.random() < 0.1
        return {"unit": AREAS["county"] if elsewhere else self.random.choice(planned)}

    def sanction(self, case: Case, by: str) -> Body:
        files = [self.file(by, "decision")]
        return {
            **self.unit(case, by),
            "sanction": self.one_of("consequences") or "summons",
            "attachments": self.random.choice([files, []]),
        }


def _form_of(forms: dict[str, Body]) -> Callable[[Sayings, Case, str], Body]:
    return lambda sayings, _case, _by: {"form": forms.get(sayings.document, {})}


SAID: dict[str, Callable[[Sayings, Case, str], Body]] = {
    "announce_campaign": _form_of(ANNOUNCED),
    "start_campaign": _form_of(STARTED),
    "conclude_campaign": _form_of(CONCLUDED),
    "change_window": Sayings.window,
    "allow_late": Sayings.late,
    "excuse": Sayings.numbers,
    "take_back_excuse": Sayings.numbers,
    "correct_form": Sayings.corrected,
    "assign_remediation": Sayings.lists,
    "submit_remediation": Sayings.evidence,
    "raise_level": Sayings.higher,
    "hand_over": Sayings.department,
    "link_similar": Sayings.another,
    "draft_deliverable": Sayings.paper,
    "sign_deliverable": Sayings.signature,
    "seal_deliverable": Sayings.imprint,
    "submit_deliverable": Sayings.copied,
    "record_check": Sayings.check,
    "excuse_unit": Sayings.unit,
    "issue_circular": Sayings.unit,
    "record_sanction": Sayings.sanction,
}
"""Event -> what is said otherwise than in the sample district."""


def official_at(story: Story, role: str, area_code: str) -> str:
    """Return who holds a role over an area: in its village, its township, or the county."""
    level = story.policy.roles[role].level
    if level == "village":
        village = area_code if area_code in story.villages else FIRST_VILLAGE
        return holder(role, village)
    return holder(role, town_of(area_code) if level == "township" else AREAS[level])
