"""Who may reach what: every route, from every place in the area tree, on the day of the request.

`ROUTES` is written by hand. A route of the OpenAPI document that is not in it fails here, so
that nobody adds one without saying who may use it.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from district import PDF, Case, District
from importing import Office
from inspection import a_form_of_the_sample_village
from notifying import SECRET, deliveries, subscribe
from problems import PROBLEM as FOUND_LATER
from sqlmodel import Session, col, select
from workbook_files import head, workbook

from service import openings, sample
from service.clock import office_time
from service.notices.outbox import Addressee, Cause, notify
from service.notices.templates import Facts
from service.openings import Place
from service.store.cases import Attempt
from service.store.columns import new_id
from service.store.people import Appointment, Person, Position
from service.timelines import code_of
from service.workflows.deliverable import OweDeliverable
from service.workflows.kinds import Kind

ANYONE, SIGNED_IN, IN_OFFICE, IN_AREA = "anyone", "signed in", "in office", "in the area"
ADMINISTRATOR, AUDITOR = "an administrator of the area", "an auditor of the area"

ROUTES = {
    ("get", "/healthz"): ANYONE,
    ("get", "/readyz"): ANYONE,
    ("get", "/metrics"): ANYONE,
    ("get", "/v1/codes"): ANYONE,
    ("post", "/v1/session"): ANYONE,
    ("get", "/v1/me"): SIGNED_IN,
    ("get", "/v1/policies"): SIGNED_IN,
    ("post", "/v1/policies"): ADMINISTRATOR,
    ("post", "/v1/policies/{policy_id}/migrations"): ADMINISTRATOR,
    ("put", "/v1/areas/{code}/policy"): ADMINISTRATOR,
    ("get", "/v1/policies/{policy_id}"): SIGNED_IN,
    ("get", "/v1/policies/{policy_id}/machines/{kind}"): SIGNED_IN,
    ("get", "/v1/calendar/{year}"): IN_OFFICE,
    ("post", "/v1/calendar/working-days"): IN_OFFICE,
    ("post", "/v1/calendar/imports"): ADMINISTRATOR,
    ("get", "/v1/reports/data-quality"): IN_AREA,
    ("get", "/v1/reports/data-quality.xlsx"): IN_AREA,
    ("get", "/v1/reports/{name}"): IN_OFFICE,
    ("get", "/v1/reports/{name}.xlsx"): IN_OFFICE,
    ("get", "/v1/areas"): IN_AREA,
    ("get", "/v1/audit/checkpoint"): AUDITOR,
    ("get", "/v1/audit/proof/inclusion"): AUDITOR,
    ("get", "/v1/audit/proof/consistency"): AUDITOR,
    ("get", "/v1/audit/verify"): AUDITOR,
    ("get", "/v1/audit/exports"): AUDITOR,
    ("post", "/v1/audit/exports"): AUDITOR,
    ("get", "/v1/audit/exports/{export_id}"): AUDITOR,
    ("post", "/v1/audit/exports/{export_id}/resume"): AUDITOR,
    ("get", "/v1/audit/exports/{export_id}/export.zip"): AUDITOR,
    ("get", "/v1/audit/transitions"): AUDITOR,
    ("get", "/v1/audit/acts"): AUDITOR,
    ("get", "/v1/audit/process-map"): AUDITOR,
    ("get", "/v1/areas/{code}"): IN_AREA,
    ("get", "/v1/households"): IN_AREA,
    ("post", "/v1/households"): IN_AREA,
    ("get", "/v1/households/{household_id}"): IN_AREA,
    ("post", "/v1/households/{household_id}/erasure"): ADMINISTRATOR,
    ("get", "/v1/households/{household_id}/duplicates"): IN_AREA,
    ("post", "/v1/households/{household_id}/duplicate-verdicts"): IN_AREA,
    ("get", "/v1/households/{household_id}/comparison-list"): IN_AREA,
    ("get", "/v1/exports/households.xlsx"): IN_AREA,
    ("get", "/v1/exports/problems.xlsx"): IN_AREA,
    ("get", "/v1/exports/risk_households.xlsx"): IN_AREA,
    ("get", "/v1/exports/measures.xlsx"): IN_AREA,
    ("get", "/v1/exports/inspection_forms.xlsx"): IN_AREA,
    ("get", "/v1/imports"): IN_AREA,
    ("post", "/v1/imports"): IN_AREA,
    ("get", "/v1/imports/{import_id}"): IN_AREA,
    ("get", "/v1/imports/{import_id}/report.xlsx"): IN_AREA,
    ("post", "/v1/imports/{import_id}/commit"): IN_AREA,
    ("post", "/v1/attachments"): IN_AREA,
    ("get", "/v1/attachments/{attachment_id}"): IN_AREA,
    ("get", "/v1/monitoring-objects"): IN_AREA,
    ("post", "/v1/monitoring-objects"): IN_AREA,
    ("get", "/v1/monitoring-objects/{case_id}"): IN_AREA,
    ("get", "/v1/remediation-items"): IN_AREA,
    ("post", "/v1/remediation-items"): IN_AREA,
    ("get", "/v1/remediation-items/{item_id}"): IN_AREA,
    ("get", "/v1/cases/{case_id}/actions"): IN_AREA,
    ("get", "/v1/deadlines/summary"): IN_AREA,
    ("get", "/v1/deadlines/on-time"): IN_AREA,
    ("get", "/v1/exports/deadlines.csv"): IN_AREA,
    ("get", "/v1/exports/deadlines.xlsx"): IN_AREA,
    ("get", "/v1/holding"): IN_AREA,
    ("get", "/v1/cases/{case_id}/holding"): IN_AREA,
    ("post", "/v1/cases/{case_id}/urge"): IN_AREA,
    ("post", "/v1/deadlines/{deadline_id}/suspend"): IN_AREA,
    ("post", "/v1/deadlines/{deadline_id}/resume"): IN_AREA,
    ("post", "/v1/deadlines/{deadline_id}/extend"): IN_AREA,
    ("post", "/v1/deadlines/{deadline_id}/decide"): IN_AREA,
    ("post", "/v1/cases/{case_id}/events"): IN_AREA,
    ("get", "/v1/cases/{case_id}/history"): IN_AREA,
    ("get", "/v1/cases/{case_id}/timeline"): IN_AREA,
    ("get", "/v1/cases/{case_id}/timeline/line"): IN_AREA,
    ("get", "/v1/cases/{case_id}/deadlines"): IN_AREA,
    ("get", "/v1/cases/{case_id}/notices"): IN_AREA,
    ("get", "/v1/cases/{case_id}/notices/{seq}"): IN_AREA,
    ("get", "/v1/deadlines"): IN_AREA,
    ("get", "/v1/deadlines/{deadline_id}/explain"): IN_AREA,
    ("get", "/v1/campaigns"): IN_AREA,
    ("post", "/v1/campaigns"): IN_AREA,
    ("get", "/v1/campaigns/{campaign_id}"): IN_AREA,
    ("get", "/v1/campaigns/{campaign_id}/roster"): IN_AREA,
    ("get", "/v1/campaigns/{campaign_id}/coverage"): IN_AREA,
    ("get", "/v1/campaigns/{campaign_id}/blank-form"): IN_AREA,
    ("get", "/v1/inspection-forms"): IN_AREA,
    ("post", "/v1/inspection-forms"): IN_AREA,
    ("get", "/v1/inspection-forms/{form_id}"): IN_AREA,
    ("get", "/v1/findings"): IN_AREA,
    ("get", "/v1/deliverables"): IN_AREA,
    ("get", "/v1/deliverables/{deliverable_id}"): IN_AREA,
    ("get", "/v1/supervisions"): IN_AREA,
    ("post", "/v1/supervisions"): IN_AREA,
    ("get", "/v1/supervisions/{supervision_id}"): IN_AREA,
    ("get", "/v1/sanctions"): IN_AREA,
    ("get", "/v1/todo"): IN_AREA,
    ("get", "/v1/notices"): IN_AREA,
    ("post", "/v1/notices/{notice_id}/acknowledge"): IN_AREA,
    ("get", "/v1/subscriptions"): IN_AREA,
    ("post", "/v1/subscriptions"): IN_AREA,
    ("post", "/v1/subscriptions/{subscription_id}/rotate-secret"): IN_AREA,
    ("post", "/v1/subscriptions/{subscription_id}/pause"): IN_AREA,
    ("post", "/v1/subscriptions/{subscription_id}/resume"): IN_AREA,
    ("get", "/v1/deliveries"): IN_AREA,
    ("post", "/v1/deliveries/{delivery_id}/replay"): IN_AREA,
    ("delete", "/v1/subscriptions/{subscription_id}"): IN_AREA,
}
"""Who may use a route at all. In the area: only what lies in it is there."""

NOT_IN_THIS_DOCUMENT = {
    ("post", f"/v1/deadlines/{{deadline_id}}/{what}")
    for what in ("suspend", "resume", "extend", "decide")
}
"""What the sample district's document does not provide for: 422, whoever asks."""

FROM_ABOVE = ("post", "/v1/cases/{case_id}/urge")
"""What is for a position above the one that holds the case: 403 to that one."""

QUERIES = {
    "/v1/exports/inspection_forms.xlsx": {"campaign": "{campaign_id}"},
    "/v1/exports/problems.xlsx": {"scope": "household"},
    "/v1/audit/process-map": {"policy": "taogou-2021@1"},
    "/v1/cases/{case_id}/timeline/line": {"code": "{line_code}"},
    "/v1/audit/proof/inclusion": {"case": "{case_id}", "seq": 1},
    "/v1/audit/proof/consistency": {"from": 0},
    "/v1/audit/verify": {"case": "{case_id}"},
}
"""Route -> what it has to be asked with."""

LISTS = (
    "/v1/households",
    "/v1/monitoring-objects",
    "/v1/deadlines",
    "/v1/remediation-items",
    "/v1/deliverables",
    "/v1/campaigns",
    "/v1/supervisions",
    "/v1/todo",
    "/v1/notices",
    "/v1/subscriptions",
    "/v1/deliveries",
    "/v1/inspection-forms",
    "/v1/findings",
)
KNOWN_TO_BE_REFUSED = {
    ("post", "/v1/monitoring-objects"): {409},  # the household has an open case
    ("post", "/v1/campaigns"): {403},  # a township's to draft
    ("post", "/v1/inspection-forms"): {422},  # the village has handed one in
    ("post", "/v1/supervisions"): {403},  # a township's to plan
    ("get", "/v1/exports/risk_households.xlsx"): {409},  # no paper of this document
    ("get", "/v1/exports/measures.xlsx"): {409},  # nor is this
}
"""What a village's own official is refused, though it may be asked."""
PROBLEM = FOUND_LATER | {"found_on": "2021-06-02"}
OWN_LISTS = ("/v1/todo", "/v1/notices", "/v1/subscriptions", "/v1/deliveries")
"""Of my positions, not of my area: they have no filter for it."""
STRANGERS = ("neighbour", "elsewhere")
NOBODYS = str(UUID(int=7))
REGISTER = workbook([head("1", sample.identity_number(990))])
TODAY = date(2021, 6, 3)


class World:
    """A case of the sample village with everything that hangs on it."""

    def __init__(self, at: District) -> None:
        self.at = at
        self.case = at.a_case_at("publicity")
        at.on(TODAY)
        village = lambda path: at.get("village", path).json()  # noqa: E731 - said once
        self.attachment = at.attach()
        self.other_household_id = at.register()
        problem = {**PROBLEM, "area_code": sample.VILLAGE}
        item = at.post("village", "/v1/remediation-items", problem).json()["case"]
        self.deadline = village(f"/v1/cases/{self.case.id}/deadlines")["items"][0]["id"]
        self.ids = {
            "policy_id": "taogou-2021",
            "kind": "monitoring_object",
            "year": "2021",
            "code": sample.VILLAGE,
            "household_id": self.case.household_id,
            "attachment_id": self.attachment,
            "import_id": Office(at).validated(REGISTER).rpartition("/")[2],
            "export_id": NOBODYS,  # who may not see one is not told whether there is one
            "case_id": self.case.id,
            "item_id": item["id"],
            "name": "by_unit",
            "deadline_id": self.deadline,
            "campaign_id": (campaign := a_campaign_of_the_village(at)),
            "deliverable_id": at.change(lambda s: owed_by_the_village(s, at, campaign)),
            "form_id": a_form_of_the_sample_village(at, campaign),
            "supervision_id": a_supervision_of_the_village(at),
            "seq": str(self.case.version),
            "line_code": code_of(self.case.version, at.history(self.case)[-1]["hash"]),
            "subscription_id": subscribe(at, "https://receiver.example/hook"),
            "notice_id": str(at.change(lambda session: notify(session, *an_urge(self.case.id)))),
        }
        self.ids["delivery_id"] = str(deliveries(at)[0].id)

    def ask(self, route: tuple[str, str], headers: dict[str, str], **other: str) -> Any:
        """Send a good request to a route; `other` replaces ids in its path."""
        method, path = route
        filled = path.format(**{**self.ids, **other})
        seen = f'"{self.case.version}"'
        headers = {"Idempotency-Key": self.at.key(), "If-Match": seen, **headers}
        if method == "get":
            asked = QUERIES.get(path, {})
            params = {name: str(value).format(**self.ids) for name, value in asked.items()}
            return self.at.client.get(filled, params=params, headers=headers)
        if path == "/v1/attachments":
            return self.at.client.post(
                filled,
                files={"file": ("a.pdf", PDF)},
                data={"kind": "other", "area_code": sample.VILLAGE},
                headers=headers,
            )
        if path == "/v1/imports":
            return self.at.client.post(
                filled,
                files={"file": ("a.xlsx", REGISTER)},
                data={"layout": "households"},
                headers=headers,
            )
        return self.at.client.request(method, filled, json=self.body(path), headers=headers)

    def body(self, path: str) -> dict[str, Any]:
        bodies = {
            "/v1/subscriptions": {"channel": "wecom", "target": "https://robot.example/send"},
            "/v1/subscriptions/{subscription_id}/rotate-secret": {"secret": SECRET},
            "/v1/calendar/working-days": {"start": "2021-06-10", "days": 5},
            "/v1/calendar/imports": {
                "year": 2021,
                "source": "通知",
                "area_code": sample.VILLAGE,
                "days": [{"date": "2021-06-16", "name": "防汛", "is_working": False}],
            },
            "/v1/households": self.at.a_household(),
            "/v1/imports/{import_id}/commit": {},
            "/v1/households/{household_id}/erasure": {"ground": "request"},
            "/v1/households/{household_id}/duplicate-verdicts": {
                "other_id": self.other_household_id,
                "verdict": "different",
                "reason": "已核对",
            },
            "/v1/monitoring-objects": {
                "household_id": self.case.household_id,
                "entry_point": "paper",
            },
            "/v1/audit/exports": {"purpose": "年度审计"},
            "/v1/campaigns": A_CAMPAIGN,
            "/v1/supervisions": A_SUPERVISION,
            "/v1/remediation-items": {**PROBLEM, "area_code": sample.VILLAGE},
            "/v1/inspection-forms": {
                "campaign_id": self.ids["campaign_id"],
                "area_code": sample.VILLAGE,
                "checklist": "household_survey",
                "visited_on": str(TODAY),
                "visitors": [{"name": "甲村干", "role": "village_cadre"}],
                "signed": True,
            },
            "/v1/deadlines/{deadline_id}/suspend": {"reason": "flood"},
            "/v1/deadlines/{deadline_id}/resume": None,
            "/v1/cases/{case_id}/urge": None,
            "/v1/deadlines/{deadline_id}/extend": {"reason": "flood"},
            "/v1/deadlines/{deadline_id}/decide": {"granted": True},
            "/v1/cases/{case_id}/events": {"event": "withdraw", "reason": "撤回"},
            "/v1/session": {"username": "village", "password": sample.PASSWORD},
            "/v1/policies": {"text": "id = 'paper-2021'"},
            "/v1/policies/{policy_id}/migrations": {
                "from_version": 1,
                "to_version": 2,
                "dry_run": True,
            },
            "/v1/areas/{code}/policy": {"policy_id": "taogou-2021"},
        }
        return bodies.get(path, {})


def an_urge(case_id: str) -> tuple[Any, ...]:
    """Return what a notice to the village's position is written with."""
    facts = Facts(case_id=UUID(case_id), kind=Kind.MONITORING_OBJECT)
    to = Addressee("village_committee", sample.VILLAGE)
    return Cause.urge(facts.case_id, 1), to, "case_urged", facts, office_time(TODAY, 9)


A_CAMPAIGN = {
    "title": "集中排查",
    "first_day": "2021-06-08",
    "last_day": "2021-06-26",
    "area_code": sample.VILLAGE,
}


def a_campaign_of_the_village(at: District) -> str:
    """Let the township draft and announce a campaign in the sample village alone."""
    drafted = at.post("township", "/v1/campaigns", A_CAMPAIGN).json()["case"]
    announce = {
        "event": "announce_campaign",
        "announced_on": TODAY.isoformat(),
        "form": {"leader": "丙书记"},
    }
    answer = at.post(
        "township", f"/v1/cases/{drafted['id']}/events", announce, **{"If-Match": '"1"'}
    )
    assert answer.status_code == 201, answer.text
    return str(drafted["id"])


def owed_by_the_village(session: Session, at: District, campaign_id: str) -> str:
    """Let the village owe a paper, which no document of the samples asks of a village."""
    paper = OweDeliverable(
        paper="report_and_table",
        unit="示例一村",
        by="village_committee",
        to="township_office",
        due_on=TODAY,
        cite="TG-D08",
    )
    registry = at.office.registry
    place = Place(sample.VILLAGE, "示例一村", campaign_id=UUID(campaign_id))
    procedure = registry.pinned(session, "taogou-2021@1", Kind.DELIVERABLE)
    opened = openings.begin(session, procedure, place, paper, actor=None, registry=registry)
    return str(opened.case.id)


A_SUPERVISION = {
    "method": "inspection",
    "units": [{"unit": sample.VILLAGE}],
    "by_unit": "示例乡",
    "team": ["甲某"],
    "first_day": "2021-06-03",
    "last_day": "2021-06-04",
    "area_code": sample.VILLAGE,
}


def a_supervision_of_the_village(at: District) -> str:
    """Let the township plan to look at the sample village alone."""
    return str(at.post("township", "/v1/supervisions", A_SUPERVISION).json()["case"]["id"])


@pytest.fixture
def world(district: District) -> World:
    return World(district)


def with_rule(*rules: str) -> list[tuple[str, str]]:
    return [route for route, rule in ROUTES.items() if rule in rules]


# -- every route


def test_every_route_of_the_openapi_document_is_listed_with_who_may_use_it(district):
    document = district.client.get("/openapi.json").json()
    served = {(method, path) for path, item in document["paths"].items() for method in item}

    assert served == set(ROUTES)


def test_without_a_token_only_what_is_anyones_is_answered(world):
    closed = with_rule(SIGNED_IN, IN_OFFICE, IN_AREA, ADMINISTRATOR, AUDITOR)

    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic dTpw"}):
        for route in closed:
            answer = world.ask(route, headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), route
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    for route in with_rule(ANYONE):
        assert world.ask(route, {}).status_code in {200, 201}, route


def test_a_villages_own_official_is_answered_by_every_route(world):
    """Otherwise the refusals in this file would prove nothing."""
    headers = world.at.headers("village")

    for route in with_rule(ANYONE, SIGNED_IN, IN_OFFICE, IN_AREA):
        answer = world.ask(route, headers)
        expected = KNOWN_TO_BE_REFUSED.get(route, {200, 201, 202})
        expected = {422} if route in NOT_IN_THIS_DOCUMENT else expected
        expected = {403} if route == FROM_ABOVE else expected
        assert answer.status_code in expected, (route, answer.text)


@pytest.mark.parametrize("official", ["village", "county"])
def test_what_is_an_administrators_or_an_auditors_is_refused_to_every_official(official, world):
    for route in with_rule(ADMINISTRATOR, AUDITOR):
        answer = world.ask(route, world.at.headers(official))
        assert (answer.status_code, answer.json()["code"]) == (403, "not_your_role"), route


# -- the neighbours


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_stranger_is_told_of_an_id_what_is_told_of_one_that_is_not_there(stranger, world):
    headers = world.at.headers(stranger)
    with_id = [r for r in with_rule(IN_AREA) if "{" in r[1]]
    assert len(with_id) >= 8

    for route in with_id:
        name = route[1].split("{")[1].split("}")[0]
        nobodys = "999999999999" if name == "code" else NOBODYS
        theirs, nothing = world.ask(route, headers), world.ask(route, headers, **{name: nobodys})

        assert theirs.status_code == nothing.status_code == 404, route
        assert without_request_id(theirs) == without_request_id(nothing), route
        assert headers_of(theirs) == headers_of(nothing)


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_stranger_cannot_write_into_an_area(stranger, world):
    headers, at = world.at.headers(stranger), world.at
    before = at.get("county", f"/v1/cases/{world.case.id}/history").json()

    for path in (
        "/v1/households",
        "/v1/monitoring-objects",
        "/v1/remediation-items",
        "/v1/attachments",
    ):
        answer = world.ask(("post", path), headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    nobodys = at.post(
        stranger, "/v1/monitoring-objects", {"household_id": NOBODYS, "entry_point": "paper"}
    )
    theirs = world.ask(("post", "/v1/monitoring-objects"), headers)
    assert without_request_id(theirs) == without_request_id(nobodys)
    assert at.get("county", f"/v1/cases/{world.case.id}/history").json() == before


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_strangers_lists_and_counts_are_empty(stranger, world):
    at = world.at

    for path in LISTS:
        for filters in ({}, {"area": sample.VILLAGE}, {"area": sample.COUNTY}):
            if path in OWN_LISTS and filters:
                continue
            told = at.get(stranger, path, count=True, **filters).json()
            assert (told["items"], told["total"], told["next_cursor"]) == ([], 0, None), path
            if path not in OWN_LISTS:
                assert at.get("county", path, count=True, **filters).json()["total"] > 0


def test_a_stranger_finds_no_household_by_its_numbers(world):
    at = world.at
    number = sample.identity_number(801)
    head = {"name": "李某", "relation": "head", "id_number": number}
    at.register(members=[head], telephone="19911112222")

    for asked in ({"id_number": number}, {"telephone": "19911112222"}):
        assert at.get("village", "/v1/households", **asked).json()["items"]
        for stranger in STRANGERS:
            assert at.get(stranger, "/v1/households", **asked, count=True).json()["total"] == 0


def test_an_official_sees_the_areas_in_their_own_and_no_others(world):
    inside = {
        "village": {sample.VILLAGE},
        "neighbour": {sample.NEIGHBOUR},
        "township": {sample.TOWNSHIP, sample.VILLAGE, sample.NEIGHBOUR},
        "elsewhere": {sample.OTHER_TOWNSHIP, sample.OTHER_VILLAGE},
        "county": {area["code"] for area in sample.AREAS},
    }

    for username, codes in inside.items():
        told = world.at.get(username, "/v1/areas").json()["items"]
        assert {area["code"] for area in told} == codes
        for area in sample.AREAS:
            status = world.at.get(username, f"/v1/areas/{area['code']}").status_code
            assert status == (200 if area["code"] in codes else 404)


def test_the_upper_levels_see_what_lies_below_them(world):
    for username in ("team", "supervisor", "township", "county"):
        told = world.at.get(username, "/v1/monitoring-objects").json()["items"]
        assert [case["id"] for case in told] == [world.case.id]


# -- positions, on the day


def appoint(at: District, username: str, position: Any, from_on: date, to_on: date | None) -> None:
    def work(session: Session) -> None:
        person = session.exec(select(Person).where(Person.username == username)).one()
        held = session.exec(position).one()
        session.add(
            Appointment(
                id=new_id(at.clock.now()),
                person_id=person.id,
                position_id=held.id,
                from_on=from_on,
                to_on=to_on,
            )
        )

    at.change(work)


def set_appointment(at: District, username: str, from_on: date, to_on: date | None) -> None:
    def work(session: Session) -> None:
        query = select(Appointment).join(Person, col(Person.id) == col(Appointment.person_id))
        for one in session.exec(query.where(Person.username == username)):
            one.from_on, one.to_on = from_on, to_on

    at.change(work)


def deactivate(at: District, username: str) -> None:
    def work(session: Session) -> None:
        session.exec(select(Person).where(Person.username == username)).one().active = False

    at.change(work)


OUT_OF_OFFICE = {
    "ended yesterday": (sample.APPOINTED_ON, TODAY - timedelta(days=1)),
    "starts tomorrow": (TODAY + timedelta(days=1), None),
}


@pytest.mark.parametrize("dates", OUT_OF_OFFICE.values(), ids=OUT_OF_OFFICE)
def test_the_next_request_with_the_same_token_is_refused_when_the_appointment(dates, world):
    headers = world.at.headers("village")
    assert world.ask(("get", "/v1/todo"), headers).status_code == 200

    set_appointment(world.at, "village", *dates)

    for route in with_rule(IN_OFFICE, IN_AREA):
        answer = world.ask(route, headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "position_needed"), route
    assert world.ask(("get", "/v1/me"), headers).json()["positions"] == []


def test_an_appointment_covers_its_first_and_its_last_day(district):
    headers = district.headers("village")
    set_appointment(district, "village", TODAY, TODAY)

    for day, status in ((-1, 403), (0, 200), (1, 403)):
        for hour, minute in ((0, 0), (23, 59)):
            district.clock.set(office_time(TODAY + timedelta(days=day), hour, minute))
            headers = district.headers("village")
            assert district.client.get("/v1/todo", headers=headers).status_code == status


def test_the_next_request_of_a_person_who_was_deactivated_is_refused_by_every_route(world):
    headers = world.at.headers("village")
    assert world.ask(("get", "/v1/policies"), headers).status_code == 200

    deactivate(world.at, "village")

    answered = {
        route: answer.status_code
        for route in with_rule(SIGNED_IN, IN_OFFICE, IN_AREA)
        if (answer := world.ask(route, headers)).status_code not in {401, 403}
    }
    assert answered == {}


def position_of(role: str, area_code: str) -> Any:
    return select(Position).where(Position.role == role, Position.area_code == area_code)


def test_a_person_with_two_positions_chooses_one_and_acts_in_that_one_only(district):
    mine, theirs = district.apply(), "village_committee"
    neighbours = position_of(theirs, sample.NEIGHBOUR)
    appoint(district, "village", neighbours, sample.APPOINTED_ON, None)
    headers = district.headers("village")

    refused = district.client.get("/v1/todo", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "position_needed")

    held = district.client.get("/v1/me", headers=headers).json()["positions"]
    assert {p["area_code"] for p in held} == {sample.VILLAGE, sample.NEIGHBOUR}
    for position in held:
        chosen = headers | {"Dixian-Position": position["id"]}
        told = district.client.get("/v1/todo", headers=chosen).json()["items"]
        assert [c["id"] for c in told] == (
            [mine.id] if position["area_code"] == sample.VILLAGE else []
        )
    line = raise_as(
        district, mine, headers | {"Dixian-Position": position_in(held, sample.VILLAGE)}
    )
    assert line["position_id"] == position_in(held, sample.VILLAGE)


def position_in(held: list[dict[str, Any]], area_code: str) -> str:
    return next(p["id"] for p in held if p["area_code"] == area_code)


def raise_as(at: District, case: Case, headers: dict[str, str]) -> dict[str, Any]:
    body = {
        "event": "sign_consent",
        "signed_on": str(TODAY),
        "signed": True,
        "fingerprint": True,
        "attachments": [at.attach("township")],
    }
    answer = at.client.post(
        f"/v1/cases/{case.id}/events",
        json=body,
        headers={**headers, "If-Match": '"1"', "Idempotency-Key": at.key()},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["transition"]


def test_a_person_cannot_choose_a_position_of_somebody_else(district):
    others = district.get("county", "/v1/me").json()["positions"][0]["id"]

    for route in ("/v1/todo", "/v1/areas", "/v1/households"):
        headers = district.headers("village") | {"Dixian-Position": others}
        answer = district.client.get(route, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "position_needed")


# -- roles


def test_an_event_is_refused_to_every_role_but_its_own_with_the_provision(district):
    """All officials of the case's area try every step of the route before its own does."""
    district.on(TODAY)
    case = district.apply()
    machine = district.get("county", "/v1/policies/taogou-2021/machines/monitoring_object").json()
    moves = {(m["source"], m["event"]): m for m in machine["moves"]}
    roles = {o.username: o.role for o in sample.OFFICIALS if o.username not in STRANGERS}

    for username, event in (*district.ROUTE, *district.ELIMINATION):
        district.on_the_day_of(case, event)
        move = moves[case.state, event]
        for other, role in roles.items():
            if role not in move["by"]:
                problem = district.refused(other, case, event, 403)
                assert problem["code"] == "not_your_role"
                assert all(rule in problem["detail"] for rule in move["cite"].split())
        district.act(username, case, event)


def test_a_household_and_an_application_are_refused_to_who_may_not_take_them_in(district):
    household_id = district.register()
    opening = {"household_id": household_id, "entry_point": "paper"}

    for username in ("team", "supervisor"):
        for path, body in (
            ("/v1/households", district.a_household()),
            ("/v1/monitoring-objects", opening),
        ):
            answer = district.post(username, path, body)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_your_role")
            assert "TG-P01" in answer.json()["detail"]


# -- signing in


def sign_in(at: District, username: str, password: str = sample.PASSWORD) -> Any:
    return at.client.post("/v1/session", json={"username": username, "password": password})


def attempts(at: District) -> list[Attempt]:
    return at.read(
        lambda s: list(
            s.exec(select(Attempt).where(Attempt.action == "sign_in").order_by(Attempt.id))
        )
    )


def test_signing_in_gives_a_token_that_works_and_the_positions_held(district):
    answer = sign_in(district, "village")

    assert answer.status_code == 201
    token = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert district.client.get("/v1/todo", headers=token).status_code == 200
    assert [p["area_code"] for p in answer.json()["positions"]] == [sample.VILLAGE]
    assert [(a.outcome, a.person_id is None) for a in attempts(district)] == [("signed_in", False)]


def test_a_wrong_password_an_unknown_name_and_a_person_who_left_get_the_same_answer(district):
    deactivate(district, "team")
    answers = [
        sign_in(district, "village", "wrong-password"),
        sign_in(district, "nobody-at-all"),
        sign_in(district, "team"),
        sign_in(district, "VILLAGE"),
    ]

    assert {a.status_code for a in answers} == {401}
    assert len({without_request_id(a) for a in answers}) == 1
    assert len({tuple(headers_of(a)) for a in answers}) == 1
    assert {a.json()["code"] for a in answers} == {"sign_in_refused"}


def test_after_too_many_failures_a_name_has_to_wait_and_then_need_not(district):
    limit = district.office.settings.sign_in_failures
    for _ in range(limit):
        assert sign_in(district, "village", "wrong-password").status_code == 401

    for password in ("wrong-password", sample.PASSWORD):
        refused = sign_in(district, "village", password)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
        assert int(refused.headers["Retry-After"]) == refused.json()["retry_after"] == 15 * 60
    assert sign_in(district, "team").status_code == 201

    district.clock.advance(minutes=15, seconds=1)
    assert sign_in(district, "village").status_code == 201


def test_a_name_that_nobody_has_is_made_to_wait_just_the_same(district):
    for _ in range(district.office.settings.sign_in_failures):
        sign_in(district, "nobody-at-all", "x")

    assert sign_in(district, "nobody-at-all", "x").status_code == 429


def test_every_attempt_to_sign_in_is_recorded_without_the_name(district):
    limit = district.office.settings.sign_in_failures
    answers = [sign_in(district, "village", "wrong-password") for _ in range(limit + 1)]

    noted = attempts(district)

    assert [a.outcome for a in noted] == ["sign_in_refused"] * limit + ["too_many_attempts"]
    assert [a.request_id for a in noted] == [a.headers["x-request-id"] for a in answers]
    for one in noted:
        assert "village" not in str(one.model_dump())
        assert one.person_id is None
    assert len({one.subject for one in noted}) == 1


def test_a_refused_write_is_recorded_with_who_tried_what_and_what_came_of_it(district):
    case = district.apply()
    refused = district.send("supervisor", case, "withdraw")

    noted = district.read(
        lambda s: s.exec(select(Attempt).where(Attempt.action == "withdraw")).one()
    )

    assert (noted.outcome, str(noted.case_id)) == ("not_your_role", case.id)
    assert noted.request_id == refused.headers["x-request-id"]
    assert noted.person_id == district._people["supervisor"]  # noqa: SLF001 - whom the fixture knows


def test_a_token_is_good_for_its_hours_by_the_offices_clock(district):
    headers = district.headers("village")
    hours = district.office.settings.token_hours

    district.clock.advance(hours=hours, seconds=-1)
    assert district.client.get("/v1/todo", headers=headers).status_code == 200

    district.clock.advance(seconds=2)
    refused = district.client.get("/v1/todo", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")


def without_request_id(answer: Any) -> bytes:
    return answer.content.replace(answer.json()["request_id"].encode(), b"")


def headers_of(answer: Any) -> list[tuple[str, str]]:
    return sorted((k, v) for k, v in answer.headers.items() if k != "x-request-id")
