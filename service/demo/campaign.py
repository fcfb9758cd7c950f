"""The campaign of June 2021 beside the cases, day by day, to its roll-up.

K is the campaign; a to e and g are the forms of the households, v that of the village itself. P
and Q are problems that the forms found, G is a household that is to be recognised, R the paper
that the township owes the county.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from service import sample
from service.demo.people import AREA_OF, People, expect

VISITORS = {"village": "甲村干", "neighbour": "乙村干"}
ITEMS, FORMS, PAPERS = "/v1/remediation-items", "/v1/inspection-forms", "/v1/deliverables"

PIPE, POST, AT_RISK = "4.01", "7.04", "13.01"
"""Items of the form: quantity and quality of water, public-welfare posts, suspected risk."""

Said = dict[str, Any]


def announced_and_started(people: People) -> None:
    people.homes["G"] = people.register("周某", by="neighbour")
    people.begin("K", "draft_campaign", "/v1/campaigns")
    people.refused("K", "start_campaign", "not_announced TG-S01")
    people.act("K", "announce_campaign")
    people.act("K", "start_campaign")


def from_home_to_home(people: People) -> None:
    for letter in ("A", "B", "C", "D"):
        _visit(people, letter, "village", {PIPE: "雨后水浑"} if letter == "A" else {})
    _visit(people, "E", "neighbour", {})
    _visit(people, "G", "neighbour", {AT_RISK: "主要劳动力患病，收入大幅减少"})
    unit = _form(people, "village", {POST: "1季度补助未及时发放"}, area_code=sample.VILLAGE)
    people.begin("v", "fill_form", FORMS, by="village", **unit)


def found_problems_become_work(people: People) -> None:
    for letter in "abcdegv":
        people.act(letter, "accept_form")
    _adopt_problem(people, "P", "safe_water")
    _adopt_problem(people, "Q", "employment")
    clue = people.get("county", FORMS + f"/{people.cases['g'].id}")["findings"][0]
    people.adopt("G", "/v1/monitoring-objects", clue["case_id"])
    people.refused("P", "start_remediation", *["list_missing TG-S05 TG-S03 TG-A02"] * 4)
    _assign(people, "P", measure="检修净水设备", unit="水利站", limit="2021-12-20")
    _assign(people, "Q", measure="补发1季度补助", unit="人社所", limit="2021-06-23")
    for letter in ("P", "Q"):
        people.act(letter, "start_remediation")


def clue_taken_back(people: People) -> None:
    people.act("G", "withdraw", by="neighbour", reason="子女接回县城同住，农户不愿纳入")


def one_problem_struck_off(people: People) -> None:
    done: Said = {"effect": "已补发到位"}
    people.refused("Q", "submit_remediation", "evidence_missing DX-42", **done)
    evidence = people.attach("Q", "rectification_evidence")
    people.act("Q", "submit_remediation", attachments=[evidence], **done)
    people.act("Q", "verify_remediation")
    people.act("Q", "strike_off")


def reported_and_rolled_up(people: People) -> None:
    campaign = people.cases["K"].id
    (paper,) = people.get("township", PAPERS, campaign=campaign)["items"]
    people.adopt("R", PAPERS, paper["id"])
    files = [people.attach("R", kind, by="township") for kind in ("report", "summary_table")]
    people.act("R", "draft_deliverable", attachments=files)
    people.act("R", "submit_deliverable")
    people.act("R", "accept_deliverable")
    roll_up(people)


def concluded(people: People) -> None:
    people.act("K", "conclude_campaign")


def roll_up(people: People) -> None:
    """Show annex 4 of the township: found is put right and being put right, in every row."""
    asked = {"campaign": people.cases["K"].id}
    report = people.get("township", "/v1/reports/rectification", **asked)
    total = {cell["column"]: cell["value"] for cell in report["total"]["cells"]}
    expect("annex 4, its total", TOTAL, total)
    for cell in report["total"]["cells"]:
        if cell["column"] != PERSONS:  # their list is that of the households
            listed = people.at(cell["list"], "township")["total"]
            expect(f"annex 4, the list of {cell['column']}", cell["value"], listed)
    people.timeline.rolled_up(report)


PERSONS = "to_recognise_persons"
TOTAL = {
    "found": 2,
    "rectified": 1,
    "in_progress": 1,
    "to_recognise_households": 1,
    PERSONS: 1,
}


def _visit(people: People, letter: str, by: str, problems: dict[str, str]) -> None:
    form = _form(people, by, problems, household_id=people.homes[letter])
    people.begin(letter.lower(), "fill_form", FORMS, by=by, **form)


def _form(people: People, by: str, problems: dict[str, str], **of: str) -> Said:
    """Return a form with an answer to everything that is asked of a home, or of a unit."""
    campaign = people.cases["K"].id
    asked = {"household": of["household_id"]} if "household_id" in of else {"area": AREA_OF[by]}
    path = f"/v1/campaigns/{campaign}/blank-form"
    blank = people.get(by, path, checklist="household_survey", **asked)
    items = [item["code"] for group in blank["groups"] for item in group["items"]]
    answers = [
        {"item": code, "has_problem": code in problems}
        | ({"text": problems[code]} if code in problems else {})
        for code in items
    ]
    visitors = [{"name": VISITORS[by], "role": "village_cadre"}]
    return {"campaign_id": campaign, "visitors": visitors, "answers": answers, **of}


def _adopt_problem(people: People, letter: str, problem_type: str) -> None:
    asked = {"campaign": people.cases["K"].id, "problem_type": problem_type}
    (item,) = people.get("township", ITEMS, **asked)["items"]
    people.adopt(letter, ITEMS, item["id"])


def _assign(people: People, letter: str, *, measure: str, unit: str, limit: str) -> None:
    lists: Said = {"measure": measure, "responsible_unit": unit, "time_limit_on": limit}
    people.act(letter, "assign_remediation", **lists)


SCENES: tuple[tuple[date, Callable[[People], None]], ...] = (
    (date(2021, 6, 8), announced_and_started),
    (date(2021, 6, 11), from_home_to_home),
    (date(2021, 6, 16), found_problems_become_work),
    (date(2021, 6, 18), clue_taken_back),
    (date(2021, 6, 22), one_problem_struck_off),
    (date(2021, 6, 25), reported_and_rolled_up),
    (date(2021, 6, 26), concluded),
)
