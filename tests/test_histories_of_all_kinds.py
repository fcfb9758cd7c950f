"""Random histories of a campaign: forms, problems, papers and supervisions, all at once.

Whatever officials do over HTTP, in time and late, right and wrong: after every step the invariants
of every kind hold, the list adds up, and what is refused explains itself. A seed tells one history
under one document; more of them are told by raising SEEDS.
"""

import json
from collections import Counter
from random import Random
from typing import Any

import pytest
from campaign_days import OFFICE
from said_at_random import Sayings, official_at
from sqlmodel import Session, select
from story import Story
from test_histories import WRONG

from service.clock import office_date, office_time
from service.store.cases import Case
from service.workflows.campaign.roster import Standing
from service.workflows.events import EVENTS
from service.workflows.kinds import Kind
from service.workflows.machine import Procedure

SEEDS, STEPS = 1, 30
BEGINS_ON = {
    "zhanggong-2021": "2021-04-08",
    "taogou-2021": "2021-06-11",
    "county-2022": "2022-05-10",
    "rongan-2022": "2022-03-02",
}
"""Document -> a day on which its forms are filled in."""

ENDS_SOON = {
    "cancel_campaign",
    "conclude_campaign",
    "archive_campaign",
    "call_off",
    "void_form",
    "void_item",
    "release_deliverable",
}
"""Events that most histories are better told without."""

ONWARD = {
    "accept_form",
    "correct_form",
    "assign_remediation",
    "start_remediation",
    "submit_remediation",
    "verify_remediation",
    "strike_off",
    "draft_deliverable",
    "sign_deliverable",
    "seal_deliverable",
    "submit_deliverable",
    "accept_deliverable",
    "record_check",
    "conclude_supervision",
}
"""Events by which a case goes on, to its end."""

OFTEN = {Kind.MONITORING_OBJECT: 1, Kind.CAMPAIGN: 2}
"""Kind -> how often something is done with its cases; with those of the others, four times."""


class History:
    """One history, told step by step; `told` is what to read when it ends badly."""

    def __init__(self, story: Story, seed: int) -> None:
        self.story, self.random = story, Random(seed)  # noqa: S311 - a history to repeat, no secret
        self.sayings = Sayings(story, self.random)
        self.rulebook = story.county.district.office.rulebook
        self.told: list[str] = []
        self.answers: Counter[int] = Counter()
        self.moved: Counter[Kind] = Counter()
        story.on(BEGINS_ON[story.policy.id])
        self.begin()

    def begin(self) -> None:
        """Start a campaign with two homes in each of two villages, each village with a form."""
        kinds = [entry.code for entry in self.story.policy.lists["household_types"]]
        for village in self.story.villages:
            for number in (1, 2):
                self.story.home(f"{number} of {village}", village, kinds[number % len(kinds)])
        said = self.sayings.draft()
        self.story.draft(**said)
        self.story.started()
        for way in (self.report_a_problem, self.plan_a_supervision, *[self.file_a_form] * 4):
            way()

    # -- what happens

    def step(self) -> None:
        ways = {
            self.file_a_form: 2,
            self.report_a_problem: 1,
            self.plan_a_supervision: 1,
            self.go_on: 10,
            self.do_anything: 6,
            self.wait: 2,
        }
        (way,) = self.random.choices(list(ways), list(ways.values()))
        way()

    def file_a_form(self) -> None:
        checklist = self.random.choice(self.story.policy.checklists)
        village = self.random.choice(self.story.villages)
        roles = checklist.by if self.random.random() < 0.9 else tuple(self.story.policy.roles)
        by = official_at(self.story, self.random.choice(roles), village)
        form = self.sayings.form(by, checklist, village)
        self.post(by, "/v1/inspection-forms", form, Kind.INSPECTION_FORM)

    def report_a_problem(self) -> None:
        found = self.sayings.found()
        by = official_at(self.story, self.anybody(), found["area_code"])
        self.post(by, "/v1/remediation-items", found, Kind.REMEDIATION_ITEM)

    def plan_a_supervision(self) -> None:
        plan = self.sayings.plan()
        self.post(self.story.office, "/v1/supervisions", plan, Kind.SUPERVISION)

    def go_on(self) -> None:
        """Do what brings a case on, a few times, as far as it is possible now."""
        case_id = self.a_case(onward=True).id
        for _ in range(self.random.randint(2, 7)):
            case = self.story.county.district.read(lambda session: session.get_one(Case, case_id))
            if onward := self.onward(case):
                self.raise_event(case, self.random.choice(onward))

    def do_anything(self) -> None:
        """Let anybody raise any event: mostly one of the state, by somebody whose it is."""
        case = self.a_case()
        known = self.procedure(case).events_at(case.state)
        if not known or self.random.random() < 0.1:
            known = sorted(EVENTS)
        event = self.random.choice(known)
        if event not in ENDS_SOON or self.random.random() < 0.1:
            self.raise_event(case, event)

    def raise_event(self, case: Case, event: str) -> None:
        """Raise an event as somebody whose it is; now and then it is anybody, or ill said."""
        procedure = self.procedure(case)
        known = event in procedure.events_at(case.state)
        dossier = procedure.rules.dossier.model_validate({"entries": case.dossier})
        roles = procedure.actors(case.state, event, dossier) if known else ()
        if not roles or self.random.random() < 0.05:
            roles = (self.anybody(),)
        by = official_at(self.story, self.random.choice(roles), case.area_code)
        body = {"event": event, **self.sayings.of(event, case, by)}
        if self.random.random() < 0.1:
            body = self.spoilt(body)
        seen = {"If-Match": f'"{case.version - (self.random.random() < 0.05)}"'}
        self.post(by, f"/v1/cases/{case.id}/events", body, case.kind, **seen)

    def wait(self) -> None:
        clock = self.story.county.district.clock
        now = clock.now()
        days = self.random.choice([0, 1, 2])
        day = office_date(now).fromordinal(office_date(now).toordinal() + days)
        clock.set(max(now, office_time(day, self.random.choice([0, 9, 23]))))
        self.told.append(f"wait until {clock.now()}")

    # -- by chance

    def procedure(self, case: Case) -> Procedure:
        return self.rulebook.pinned(case.policy, case.kind)

    def anybody(self) -> str:
        return self.random.choice(sorted(self.story.policy.roles))

    def a_case(self, *, onward: bool = False) -> Case:
        """Return a case: of a kind first, so that few of one are met as often as many."""
        by_kind: dict[Kind, list[Case]] = {}
        for case in self.story.county.district.read(in_order):
            if not onward or self.onward(case):
                by_kind.setdefault(case.kind, []).append(case)
        kinds = sorted(by_kind)
        (kind,) = self.random.choices(kinds, [OFTEN.get(kind, 4) for kind in kinds])
        return self.random.choice(by_kind[kind])

    def onward(self, case: Case) -> list[str]:
        return [one for one in self.procedure(case).events_at(case.state) if one in ONWARD]

    def spoilt(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return a body with one thing missing, wrong or too much."""
        name = self.random.choice(list(body))
        without = {key: value for key, value in body.items() if key != name}
        wrong = {**body, name: self.random.choice(WRONG)}
        return self.random.choice([without, wrong, {**body, "quota": 5}])

    # -- what must hold

    def post(self, by: str, path: str, body: Any, kind: Kind, **headers: str) -> None:
        """Post; what is not accepted is a refusal that explains itself."""
        answer = self.story.county.post(by, path, body, **headers)
        self.told.append(f"{by}: {path} {body} -> {answer.status_code}")
        self.answers[answer.status_code] += 1
        if answer.status_code == 201:
            self.moved[kind] += 1
            return
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]

    def look(self) -> None:
        """See that nothing impossible stands in the database, and that the numbers add up."""
        self.story.nothing_impossible()
        path = f"/v1/campaigns/{self.story.campaign.id}/coverage"
        total = self.story.county.get(self.story.county.looker, path).json()["total"]
        assert sum(total[standing] for standing in Standing) == total["listed"]
        told = self.story.county.get(self.story.county.looker, "/v1/reports/by_problem_type")
        for row in (*told.json()["rows"], told.json()["total"]):
            own = {cell["column"]: cell["value"] for cell in row["cells"]}
            assert own["found"] == own["rectified"] + own["in_progress"]


def in_order(session: Session) -> list[Case]:
    """Return the cases in an order that is the same whenever a history is told again."""
    return sorted(session.exec(select(Case)).all(), key=_told)


def _told(case: Case) -> tuple[object, ...]:
    """Return what there is to say of a case but for its ids, which are never the same twice."""
    said = [{k: v for k, v in one["body"].items() if "_id" not in k} for one in case.dossier]
    return case.kind, case.area_code, case.state, case.version, json.dumps(said)


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("document", list(BEGINS_ON))
def test_whatever_officials_do_in_a_campaign_nothing_impossible_comes_of_it(under, document, seed):
    history = History(Story(under(document), OFFICE[document], villages=2), seed)

    for _ in range(STEPS):
        try:
            history.step()
            history.look()
        except AssertionError as impossible:
            impossible.add_note("\n".join(history.told))
            raise

    assert history.answers[201] >= STEPS / 2, "a history in which too little happens"
    assert {409, 422} & set(history.answers), "a history in which too little is refused"
    assert len(history.moved) >= 3, "a history of too few kinds"
