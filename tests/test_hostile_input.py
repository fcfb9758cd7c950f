"""Whatever a client sends is answered by a problem of the published catalogue, and saves nothing.

Nine of twenty bad inputs broke a service of this make as it comes out of the box, and three of
them were saved all the same (notes/reliability.md, section 5). Here every route that takes a
body or a parameter meets every kind of them: a 4xx, never a 500, and no row more than before.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, get_args
from uuid import UUID

import pytest
import schemathesis
from auditing import appoint
from district import PDF, Case, District
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from joserfc import jwt
from joserfc.jwk import OctKey
from notifying import SECRET, subscribe
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import status_code_conformance
from sqlalchemy import func, select

from service import sample
from service.api.door import strict_json
from service.errors import Malformed
from service.store.people import Person
from service.store.schema import METADATA
from service.workflows.events import Raised
from service.workflows.statement import by_code

SESSION, WORKING_DAYS = "/v1/session", "/v1/calendar/working-days"
JSON = {"Content-Type": "application/json"}
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
INSTANT = "2021-06-03T09:00:00+08:00"

ANYWHERE = {
    "text_that_no_database_can_keep": [r'"a\u0000b"', r'"a\ud800b"', r'"\udfff"'],
    "a_number_that_is_none": ["NaN", "Infinity", "-Infinity", "1e400", "-1e400"],
    "a_whole_number_beyond_64_bits": [str(2**63), str(-(2**63) - 1), "1" + "0" * 500, "9" * 5000],
    "nested_too_deeply": [
        "[" * 17 + "]" * 17,
        "[" * 1000 + "]" * 1000,
        '{"a":' * 1000 + "1" + "}" * 1000,
        "[" * 100_000,
    ],
}
"""What no value anywhere in a body may be, as raw JSON."""

UNSEEN = [r'"a\u202eb"', r'"a\u200bb"', r'"\ufeffab"', r'"a\u001b[31mb"', r'"a\u0378b"']
"""Direction-changing, invisible, a byte order mark, an escape, an unassigned character."""

WRONG_TYPES = {
    str: ["7", "7.5", "true", "[]", "{}"],
    int: ["true", '"7"', "7.5", "1e0", "null", "[7]", "-1"],
    bool: ["1", "0", '"true"', '"yes"', "null"],
}
WRONG_DAYS = [
    "0", "1623283200", '"1623283200"', '"2021-06-10T00:00:00"', '"2021-02-30"', '"1949-09-30"',
    '"2200-01-01"', '"0000-01-01"', '""', '"20210610"', '"2021-6-10"',
]  # fmt: skip
WRONG_INSTANTS = [
    '"2021-06-03T09:00:00"', '"2021-06-03"', "1622682000", '"1622682000"', '"0"', '""',
    '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-12:00"', '"9999-12-31T23:59:59Z"',
    '"2021-06-03T25:00:00Z"', '"2021-02-30T09:00:00Z"',
]  # fmt: skip
WRONG_BODIES = [
    b"", b"   ", b'{"username": "vil', b"{} {}", b"[]", b"null", b'"x"', b"5", b"{} // x",
    b'{"a": "\xff\xfe"}', '{"a": 1}'.encode("utf-16"), b"\xef\xbb\xbf{}", b"{'a': 1}",
]  # fmt: skip
NO_SUCH_EVENTS = [
    "model", "send", "state", "open", "__init__", "current_state", "requirements_met",
    "recompute_deadlines", "returns_to_consent", "SIGN_CONSENT", "sign_consent ", "", None, 7, [],
]  # fmt: skip
WRONG_KEYS = ["", "short", "x" * 129, "with a space", "tab\tinside", "schlüssel-1234", "\x7f" * 9]
WRONG_ETAGS = ["", "*", "1", 'W/"1"', '"1", "2"', '"-1"', '"+1"', '"1e3"', '"1234567890"', '""']
WRONG_LIMITS = ["-1", "0", "201", str(10**20), "9" * 5000, "x", "1.5", "", "NaN", "0x10"]

OTHER_TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
NO_IDS: list[Any] = ["x", "", "0" * 31, 7, None, [], "'; DROP TABLE cases; --"]
HOSTILE_PATHS = ["x", "%00", "%ff", "'--", "0" * 5000, "..%2f..", "%F0%9F%98%80"]
WRONG_BY_FORMAT = {
    "date": ["x", "0", "1622505600", "2021-02-30", "2021-06-01T00:00:00", "0000-00-00"],
    "uuid": ["x", "0" * 31, "1"],
    "boolean": ["maybe", "2", "-1"],
    "enum": ["nonsense", "OVERDUE"],
    "pattern": ["'; DROP TABLE cases; --", "a b", "A" * 500, "١٢٣٤٥٦٧٨٩٠١٢"],
}


def cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(parts)).encode()).decode()


ID = str(UUID(int=7))
WRONG_CURSORS = {
    "not base64": "%%%",
    "not ASCII": "游标",
    "cut off": cursor(ID)[:-5],
    "not JSON": base64.urlsafe_b64encode(b"hello").decode(),
    "not a list": base64.urlsafe_b64encode(b'{"a":1}').decode(),
    "a list of numbers": cursor(1, 2),
    "an empty list": cursor(),
    "no id": cursor("x"),
    "too many parts": cursor(*[ID] * 9),
    "a NUL": cursor("a\x00"),
    "half a character": cursor("\ud800"),
    "nested": base64.urlsafe_b64encode(b"[" * 200).decode(),
    "too long": "A" * 401,
    "no instant": cursor("yesterday", ID),
    "an instant without its zone": cursor("2021-06-01T00:00:00", ID),
    "an instant before the first one": cursor("0001-01-01T00:00:00+23:59", ID),
    "an instant after the last one": cursor("9999-12-31T23:59:59-23:59", ID),
}
MULTIPART = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="'
WRONG_FORMS: dict[str, dict[str, Any]] = {
    "no kind": {"kind": None},
    "an empty kind": {"kind": ""},
    "a kind with NUL": {"kind": "consent\x00form"},
    "a kind that is no code": {"kind": "../../etc"},
    "an area that is none": {"area_code": "x"},
    "an area in other digits": {"area_code": "٣٤١٣٠٢٩٠١٢٠١"},
    "a field that is not known": {"more": "x"},
    "a field that comes twice": {"kind": ["consent_form", "consent_form"]},
}
WRONG_MULTIPARTS = {
    "no boundary": (b"--b\r\n", "multipart/form-data"),
    "another boundary": (b"--a\r\n\r\n--a--", MULTIPART),
    "nothing": (b"", MULTIPART),
    "half of it": (PART + b"kind", MULTIPART),
    "a part without a name": (b"--b\r\nX: y\r\n\r\nv\r\n--b--\r\n", MULTIPART),
    "too many fields": ((PART + b'x"\r\n\r\nv\r\n') * 2000 + b"--b--\r\n", MULTIPART),
    "a name of 100 kB": (PART + b"x" * 100_000 + b'"\r\n\r\nv\r\n--b--\r\n', MULTIPART),
    "JSON": (b"{}", "application/json"),
    "no type": (b"x", ""),
}
WRONG_AMOUNTS = ['"NaN"', '"Infinity"', '"1e400"', '"1.234"', "1e9", '"-1e9"', "true", "null"]
AMOUNTS = {"wages"}
"""Money may be written as a number or as text."""
MAY_BE_UNSAID = {"member", "has_problem"}
"""An answer need not say that it is a problem: then its own words decide."""


@dataclass(frozen=True)
class Post:
    """A good JSON request: where, what, and the headers beside the sender's own."""

    name: str
    path: str
    body: dict[str, Any]
    headers: dict[str, str]
    method: str = "POST"


@pytest.fixture
def at(district: District) -> District:
    """Let a failure of the service be seen as its client would: as a 500."""
    district.client._transport.raise_server_exceptions = False  # noqa: SLF001 - no other way
    appoint(district, "auditor", "auditor")
    return district


@pytest.fixture
def case(at: District) -> Case:
    return at.apply()


@pytest.fixture
def posts(at: District, case: Case) -> list[Post]:
    """Return a good request for every route that takes JSON, and for every event."""
    events = good_events(at)
    one, other = at.register(), at.register()
    clock = at.deadlines(case)[0]["id"]
    return [
        Post("signIn", SESSION, {"username": "village", "password": "x"}, {}),
        Post("countWorkingDays", WORKING_DAYS, {"start": "2021-06-10", "days": 5}, {}),
        Post("registerHousehold", "/v1/households", {**at.a_household(), "group_name": "一组"}, {}),
        Post("openMonitoringObject", "/v1/monitoring-objects", an_application(at), {}),
        *(
            Post(
                event,
                f"/v1/cases/{case.id}/events",
                {**at.good(event), "device_time": INSTANT},
                {"If-Match": '"1"'},
            )
            for event in events
        ),
        Post("reportProblem", "/v1/remediation-items", a_problem(at), {}),
        Post(
            "judgeDuplicate",
            f"/v1/households/{one}/duplicate-verdicts",
            {"other_id": other, "verdict": "same", "reason": "已核对"},
            {},
        ),
        Post(
            "subscribe",
            "/v1/subscriptions",
            {
                "channel": "webhook",
                "target": "https://receiver.example/hook",
                "secret": SECRET,
                "role": "village_committee",
                "area_code": sample.VILLAGE,
                "quiet_hours": {"from_time": "22:00", "to_time": "07:00"},
                "digest_minutes": 5,
            },
            {},
        ),
        Post(
            "rotateSecret",
            f"/v1/subscriptions/{subscribe(at, 'https://receiver.example/')}/rotate-secret",
            {"secret": SECRET},
            {},
        ),
        Post(
            "eraseHousehold",
            f"/v1/households/{one}/erasure",
            {"ground": "request", "member": 1},
            {},
        ),
        Post("commitImport", f"/v1/imports/{one}/commit", {"without_refused": True}, {}),
        *(
            Post(name, f"/v1/deadlines/{clock}/{what}", body, {"If-Match": '"1"'})
            for name, what, body in (
                ("suspendDeadline", "suspend", {"reason": "flood"}),
                ("extendDeadline", "extend", {"reason": "flood"}),
                ("decideExtension", "decide", {"granted": True}),
            )
        ),
        Post(
            "importCalendar",
            "/v1/calendar/imports",
            {
                "year": 2031,
                "source": "通知",
                "area_code": sample.VILLAGE,
                "days": [{"date": "2031-01-01", "name": "元旦", "is_working": False}],
            },
            {},
        ),
        Post("publishPolicy", "/v1/policies", {"text": "id = 7", "catalogue": "a = 7"}, {}),
        Post(
            "migrateCases",
            "/v1/policies/taogou-2021/migrations",
            {
                "from_version": 1,
                "to_version": 2,
                "dry_run": True,
                "area": sample.VILLAGE,
                "at_most": 9,
            },
            {},
        ),
        Post(
            "putPolicyInForce",
            f"/v1/areas/{sample.VILLAGE}/policy",
            {"policy_id": "taogou-2021"},
            {},
            "PUT",
        ),
        Post("orderExport", "/v1/audit/exports", AN_EXPORT, {}),
        Post("draftCampaign", "/v1/campaigns", at.good("draft_campaign"), {}),
        Post("planSupervision", "/v1/supervisions", a_supervision(at), {}),
        Post("fileInspectionForm", "/v1/inspection-forms", a_form(at), {}),
    ]


AN_EXPORT = {
    "purpose": "年度审计",
    "formats": ["csv"],
    "held": [7],
    "filter": {
        "area": sample.VILLAGE,
        "kinds": ["monitoring_object"],
        "cases": [ID],
        "policies": ["taogou-2021@1"],
        "events": ["sign_consent"],
        "actors": [ID],
        "since": "2021-06-03",
        "until": "2021-06-10",
    },
}


def good_events(at: District) -> list[str]:
    """Return every event that can be raised: those of `Raised` that are told with their labels."""
    told = {entry["code"] for entry in at.client.get("/v1/codes").json()["lists"]["events"]}
    return [event for event in by_code(*get_args(Raised)) if event in told]


def a_problem(at: District) -> dict[str, Any]:
    return at.good("report_problem") | {"area_code": sample.VILLAGE, "campaign_id": ID}


def a_supervision(at: District) -> dict[str, Any]:
    return at.good("plan_supervision") | {"area_code": sample.VILLAGE, "campaign_id": ID}


def a_form(at: District) -> dict[str, Any]:
    return at.good("fill_form") | {"area_code": sample.VILLAGE, "campaign_id": ID}


def an_application(at: District) -> dict[str, Any]:
    return {
        "household_id": at.register(),
        "entry_point": "paper",
        "channel": "self_application",
        "device_time": INSTANT,
        "reason": "农户申请",
    }


# -- what a body may not be


def test_the_bodies_that_are_spoilt_here_are_those_of_every_route_with_one(at, posts):
    takes_a_body = {
        operation["operationId"]
        for path in document(at)["paths"].values()
        for operation in path.values()
        if "requestBody" in operation
    }
    events = set(good_events(at))
    here = takes_a_body - {"uploadAttachment", "raiseEvent"}
    events = set(good_events(at)) - {"open"}
    here = takes_a_body - {"uploadAttachment", "uploadImport", "raiseEvent"}

    assert {post.name for post in posts} == here | events


def test_the_bodies_that_are_spoilt_here_are_understood_before(at, posts):
    answers = {post.name: send(at, post, json.dumps(post.body)) for post in posts}

    assert {n: a.text for n, a in answers.items() if a.status_code in {400, 500}} == {}


@pytest.mark.parametrize("kind", ANYWHERE)
def test_no_value_of_any_body_may_be(kind, at, posts):
    """On PostgreSQL in two places of each body; the door is the same one."""
    spoil_every_value(at, posts, lambda _name, _value: ANYWHERE[kind])


@pytest.mark.parametrize("kind", ANYWHERE)
def test_the_door_itself_refuses(kind):
    """Not only the types behind it: a field that took anything would not take this."""
    for raw in ANYWHERE[kind]:
        for document_text in (raw, f"[{raw}]", f'{{"a": {raw}}}'):
            with pytest.raises(Malformed):
                strict_json(document_text.encode())


def test_no_text_of_any_body_may_hold_what_does_not_show(at, posts):
    spoil_every_value(at, posts, lambda _, value: UNSEEN if isinstance(value, str) else [])


@pytest.mark.parametrize("kind", WRONG_TYPES, ids=lambda kind: kind.__name__)
def test_a_value_of_another_type_is_refused_where_one_is_wanted_of(kind, at, posts):
    def wrong(name: str, value: object) -> list[str]:
        good = {"7", "7.5"} if name in AMOUNTS else {"null"} if name in MAY_BE_UNSAID else set()
        return [raw for raw in WRONG_TYPES[kind] if raw not in good and type(value) is kind]

    spoil_every_value(at, posts, wrong)


def test_a_day_is_a_day_of_the_republic_written_as_text(at, posts):
    spoil_every_value(at, posts, lambda _, value: WRONG_DAYS if is_day(value) else [])


def test_an_instant_has_its_zone_is_written_as_text_and_can_be_shown(at, posts):
    spoil_every_value(at, posts, lambda _, value: WRONG_INSTANTS if value == INSTANT else [])


def test_an_amount_is_a_number_of_yuan_and_fen(at, posts):
    spoil_every_value(at, posts, lambda name, _: WRONG_AMOUNTS if name in AMOUNTS else [])


def test_a_body_that_is_no_object_in_utf8_json_is_refused(at, posts):
    with all_refused(at) as refused:
        for content in WRONG_BODIES:
            for post in posts[:6]:
                refused(send(at, post, content), 400, (post.name, content))


def test_a_key_that_stands_in_an_object_twice_is_refused_however_it_is_spelt(at, posts):
    with all_refused(at) as refused:
        for post in posts:
            name, value = next(iter(post.body.items()))
            again = f"{json.dumps(name)}:{json.dumps(value)}"
            escaped = again.replace(name[0], f"\\u{ord(name[0]):04x}", 1)
            for twice in (again, escaped):
                refused(send(at, post, f"{{{twice}, {json.dumps(post.body)[1:]}"), 400, twice)


def test_an_unknown_field_is_refused_in_every_object_of_every_body(at, posts):
    with all_refused(at) as refused:
        for post in posts:
            for body in with_one_more_field(post.body):
                refused(send(at, post, json.dumps(body)), 400, body)


def test_json_that_does_not_say_that_it_is_json_is_refused(at, posts):
    with all_refused(at) as refused:
        for said in ({}, *({"Content-Type": name} for name in OTHER_TYPES)):
            for post in posts[:6]:
                answer = send(at, post, json.dumps(post.body), content_type=said)
                refused(answer, 400, (post.name, said))


def test_ten_megabytes_of_json_are_refused_announced_or_in_pieces(at, posts):
    with all_refused(at) as refused:
        for post in posts[:5]:
            content = json.dumps({**post.body, "more": "x" * 10_000_000})
            refused(send(at, post, content), 413, post.name)
            pieces = (b" " * 100_000 for _ in range(100))
            refused(send(at, post, pieces), 413, (post.name, "in pieces"))


def test_a_body_that_comes_in_pieces_is_understood(at):
    pieces = (part.encode() for part in ('{"start":"2021', '-06-10","days"', ":5}"))

    answer = at.client.post(WORKING_DAYS, content=pieces, headers=JSON | at.headers("village"))

    assert answer.json()["due_on"] == "2021-06-18"


def test_an_event_that_the_catalogue_does_not_know_is_refused(at, case):
    path, seen = f"/v1/cases/{case.id}/events", {"If-Match": '"1"'}

    with all_refused(at) as refused:
        for event in NO_SUCH_EVENTS:
            refused(at.post("village", path, {"event": event}, **seen), 400, event)


def test_a_refusal_does_not_repeat_what_was_sent(at, case):
    sent = sample.identity_number(901)
    path, seen = f"/v1/cases/{case.id}/events", {"If-Match": '"1"'}
    bodies = {"event": sent}, {"event": "withdraw", "reason": "x", sent: 1}, {sent: sent}

    for body in bodies:
        assert sent not in at.post("village", path, body, **seen).text
    assert sent not in at.get("county", f"/v1/cases/{sent}/history").text


def test_a_refusal_of_broken_json_says_what_is_broken(at):
    answer = at.client.post(
        SESSION, content=b'{"a": NaN}', headers={**JSON, "Accept-Language": "en"}
    )

    assert answer.json()["detail"] == "JSON has no NaN."


# -- ids that are not there, or not mine


def test_an_attachment_that_is_not_there_or_of_another_village_is_no_evidence(at, case):
    foreign = at.attach("neighbour", area_code=sample.NEIGHBOUR)
    body, seen = at.good("sign_consent"), {"If-Match": '"1"'}

    with all_refused(at) as refused:
        for one in (foreign, str(UUID(int=8)), str(UUID(int=0))):
            answer = at.post(
                "village", f"/v1/cases/{case.id}/events", {**body, "attachments": [one]}, **seen
            )
            refused(answer, 422, one)
            assert answer.json()["blockers"][0]["code"] == "attachment_unknown"


def test_an_id_that_is_none_is_refused_and_one_that_is_nobodys_is_not_found(at, case):
    body, seen = at.good("sign_consent"), {"If-Match": '"1"'}
    application = {"entry_point": "paper"}

    with all_refused(at) as refused:
        for one in NO_IDS:
            event = {**body, "attachments": [one]}
            refused(at.post("village", f"/v1/cases/{case.id}/events", event, **seen), 400, one)
            opening = {**application, "household_id": one}
            refused(at.post("village", "/v1/monitoring-objects", opening), 400, one)
        nobody = str(UUID(int=8))
        refused(at.post("village", f"/v1/cases/{nobody}/events", body, **seen), 404, nobody)
        opening = {**application, "household_id": nobody}
        refused(at.post("village", "/v1/monitoring-objects", opening), 404, nobody)


# -- paths and queries


def test_a_path_that_holds_no_id_is_refused(at):
    paths = [path.replace("{kind}", "monitoring_object") for path in gets(at)]

    with all_refused(at) as refused:
        for hostile in HOSTILE_PATHS:
            for path in paths:
                if "{" in path:
                    answer = get(at, re.sub(r"\{\w+\}", hostile, path))
                    refused(answer, (400, 404), (path, hostile))


def test_every_list_refuses_a_limit_that_is_none(at):
    with all_refused(at) as refused:
        for path in lists(at):
            for limit in WRONG_LIMITS:
                refused(get(at, path, limit=limit), 400, (path, limit))


def test_every_get_refuses_a_parameter_that_is_unknown_or_comes_twice(at):
    with all_refused(at) as refused:
        for path in gets(at):
            if path != "/v1/codes":
                refused(get(at, filled(path), village="341302901201"), 400, path)
        refused(get(at, "/v1/codes", village="341302901201"), 400, "/v1/codes")
        for path in lists(at):
            refused(get(at, f"{path}?limit=1&limit=200"), 400, path)


def test_every_parameter_of_every_list_refuses_nul(at):
    with all_refused(at) as refused:
        for path in lists(at):
            for parameter in query_of(at, path):
                refused(get(at, f"{path}?{parameter['name']}=a%00b"), 400, parameter["name"])


@pytest.mark.parametrize("form", WRONG_BY_FORMAT)
def test_every_filter_refuses_a_value_of_another_form_than_its_own(form, at):
    met = 0
    with all_refused(at) as refused:
        for path in lists(at):
            for parameter in query_of(at, path):
                if form in forms_of(parameter["schema"]):
                    met += 1
                    for value in WRONG_BY_FORMAT[form]:
                        name = parameter["name"]
                        refused(get(at, path, **{name: value}), 400, (path, name, value))
    assert met


def test_every_list_refuses_a_cursor_that_is_none_of_its_own(at):
    with all_refused(at) as refused:
        for path in lists(at):
            for what, wrong in WRONG_CURSORS.items():
                refused(get(at, path, cursor=wrong), 400, (path, what))


def test_a_cursor_of_another_list_or_from_another_area_shows_nothing_that_is_not_mine(at):
    for _ in range(2):
        at.apply()
    own = [c for path in lists(at) if (c := get(at, path, limit=1).json().get("next_cursor"))]
    assert len(own) >= 2

    for path in lists(at):
        for one in own:
            answer = at.get("neighbour", path, cursor=one)
            assert answer.status_code in {400, 403, 404} or answer.json()["items"] == []


# -- headers


def test_every_post_that_writes_refuses_an_idempotency_key_that_is_none(at, posts):
    with all_refused(at) as refused:
        for key in WRONG_KEYS:
            for post in posts[2:6]:
                headers = {"Idempotency-Key": key.encode("latin-1")}
                answer = send(at, post, json.dumps(post.body), headers=headers)
                refused(answer, 400, (post.name, key))
                assert answer.json()["code"] == "idempotency_key_missing"


def test_an_event_is_refused_without_the_version_that_was_seen(at, posts):
    event = posts[4]

    with all_refused(at) as refused:
        for etag in WRONG_ETAGS:
            answer = send(at, event, json.dumps(event.body), headers={"If-Match": etag})
            refused(answer, 428, etag)
        for seen in ('"0"', '"2"', '"999999999"'):
            answer = send(at, event, json.dumps(event.body), headers={"If-Match": seen})
            refused(answer, 412, seen)
            assert answer.json()["version"] == 1


def test_a_position_that_is_none_of_mine_is_refused(at, posts):
    with all_refused(at) as refused:
        for position in ("x", "-", "1", str(UUID(int=7)), "0" * 5000, "\x00"):
            chosen = {"Dixian-Position": position}
            for post in posts[1:6]:
                answer = send(at, post, json.dumps(post.body), headers=chosen)
                refused(answer, (400, 403), (post.name, position))
            for path in lists(at):
                answer = at.client.get(path, headers=at.headers("county") | chosen)
                refused(answer, (400, 403), (path, position))


def test_a_huge_header_is_refused(at, posts):
    event = posts[4]

    with all_refused(at) as refused:
        for name in ("Authorization", "Idempotency-Key", "If-Match", "Dixian-Position"):
            answer = send(at, event, json.dumps(event.body), headers={name: "x" * 100_000})
            refused(answer, (400, 401, 428), name)


def test_no_language_that_is_asked_for_breaks_an_answer(at):
    with all_refused(at) as refused:
        for language in ("x" * 10_000, "en;q=nonsense,,;", "\xff", "*", ""):
            headers = {"Accept-Language": language.encode("latin-1")}
            refused(at.client.get("/v1/me", headers=headers), 401, language)


def test_a_method_that_no_route_has_is_refused(at, case):
    path = f"/v1/monitoring-objects/{case.id}"

    with all_refused(at) as refused:
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "NONSENSE"):
            refused(at.client.request(method, path, headers=at.headers("village")), 405, method)


def test_a_form_that_is_not_offered_is_refused(at):
    path = "/v1/policies/taogou-2021/machines/monitoring_object"

    with all_refused(at) as refused:
        for form in ("image/png", "nonsense", "text/html"):
            answer = at.client.get(path, headers=at.headers("village") | {"Accept": form})
            refused(answer, 406, form)


def test_a_token_that_is_not_ours_whole_and_current_is_refused(at):
    good = at.headers("village")["Authorization"].removeprefix("Bearer ")
    tokens = [*strange_tokens(good), *forged_tokens(at)]
    assert at.client.get("/v1/me", headers=bearer(good)).status_code == 200

    with all_refused(at) as refused:
        for token in tokens:
            refused(at.client.get("/v1/todo", headers=bearer(token)), 401, token[:80])
        for scheme in (b"Basic dmlsbGFnZTp4", b"Bearer", b"", b"Bearer \xff\xfe.a.b"):
            refused(at.client.get("/v1/todo", headers={"Authorization": scheme}), 401, scheme)


def strange_tokens(good: str) -> list[str]:
    """Return tokens that are none, and a good one that was changed."""
    header, claims, signature = good.split(".")
    headers: list[object] = [
        [], 5, "x", {}, {"alg": 5}, {"alg": ["HS256"]}, {"alg": "none"}, {"alg": "HS512"},
        {"alg": "HS256", "crit": ["x"]}, {"alg": "HS256", "crit": 5}, {"alg": "HS256", "kid": {}},
        {"alg": "HS256", "b64": False, "crit": ["b64"]}, {"alg": "RS256"}, {"alg": "hs256"},
        {"alg": "HS256", "jwk": {"kty": "oct", "k": "AAAA"}}, {"alg": "HS256", "zip": "DEF"},
    ]  # fmt: skip
    return [
        "x", "..", "a.b.c", "a.b.c.d.e", "{}", '{"payload":"","signatures":[]}',
        f"{header}.{claims}.", f"{header}.{claims}", f"{header}.{claims}.{signature[:-4]}AAAA",
        f"{header}.{claims[:-4]}AAAA.{signature}", f"{good}.{signature}", good.swapcase(),
        *(f"{encoded(one)}.{claims}.{signature}" for one in headers),
        f"{encoded({'alg': 'none'})}.{claims}.",
        f"{encoded_text('[' * 20_000)}.{claims}.{signature}",
        f"{encoded_text(LONG_NUMBER)}.{claims}.{signature}",
    ]  # fmt: skip


LONG_NUMBER = '{"alg":' + "1" * 5000 + "}"


def forged_tokens(at: District) -> list[str]:
    """Return well-made tokens: of another key, of another issuer, incomplete, out of time."""
    now = int(at.clock.now().timestamp())
    person = str(person_id(at, "village"))
    good = {"iss": "dixian", "aud": "dixian", "sub": person, "iat": now, "exp": now + 3600}
    other_key, own_key = OctKey.generate_key(256), at.office.token_key
    hs256 = {"alg": "HS256", "typ": "JWT"}
    wrong: list[dict[str, Any]] = [
        {"iss": "other"}, {"aud": "other"}, {"aud": None}, {"sub": ""}, {"sub": "x"}, {"sub": 7},
        {"sub": None}, {"sub": {}}, {"exp": now - 1}, {"exp": "soon"},
        {"exp": None}, {"exp": True}, {"exp": -(2**70)},
    ]  # fmt: skip
    gone = [{k: v for k, v in good.items() if k != name} for name in ("iss", "aud", "sub", "exp")]
    return [
        jwt.encode(hs256, good, other_key),
        *(jwt.encode(hs256, {**good, **one}, own_key) for one in wrong),
        *(jwt.encode(hs256, claims, own_key) for claims in gone),
        jwt.encode({"alg": "HS512"}, good, OctKey.generate_key(512), algorithms=["HS512"]),
    ]


def person_id(at: District, username: str) -> UUID:
    return at.read(lambda s: s.exec(select(Person.id).where(Person.username == username)).scalar())


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def encoded(value: object) -> str:
    return encoded_text(json.dumps(value))


def encoded_text(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


# -- uploads


def test_an_upload_whose_form_is_not_as_described_is_refused(at):
    with all_refused(at) as refused:
        for what, fields in WRONG_FORMS.items():
            form = {"kind": "consent_form", "area_code": sample.VILLAGE, **fields}
            data = {name: value for name, value in form.items() if value is not None}
            refused(upload(at, files={"file": ("a.pdf", PDF)}, data=data), 400, what)


def test_an_upload_that_is_no_multipart_form_is_refused(at):
    with all_refused(at) as refused:
        for what, (content, content_type) in WRONG_MULTIPARTS.items():
            answer = upload(at, content=content, **{"Content-Type": content_type})
            refused(answer, 400, what)


def test_a_file_name_with_characters_that_do_not_show_is_refused(at):
    form = {"kind": "consent_form", "area_code": sample.VILLAGE}

    with all_refused(at) as refused:
        for name in ("a\u202egnp.pdf", "a\u200b.pdf", "a\ufeff.pdf"):
            refused(upload(at, files={"file": (name, PDF)}, data=form), 400, name)


def test_a_file_name_with_nul_is_refused(at):
    parts = {"kind": b"consent_form", "area_code": sample.VILLAGE.encode()}
    content = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
        for name, value in parts.items()
    )
    start = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a\x00.pdf"\r\n\r\n'
    content += start + PDF + b"\r\n--b--\r\n"

    with all_refused(at) as refused:
        refused(upload(at, content=content, **{"Content-Type": MULTIPART}), 400, "NUL")


# -- the whole OpenAPI document


CHECKS = [not_a_server_error, status_code_conformance]
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
BOUNDED = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_no_request_that_the_document_can_describe_gets_a_5xx_or_an_undocumented_status(at, case):
    """Signed in as the county's official; `case` is there to be found."""
    assert case.version == 1
    schema = schemathesis.openapi.from_asgi("/openapi.json", at.client.app)
    broken: dict[str, set[str]] = {}

    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in MODES:
            fuzz(at, operation, mode, broken.setdefault(operation.label, set()))

    assert {label: sorted(wrong) for label, wrong in broken.items() if wrong} == {}


def fuzz(at: District, operation: Any, mode: GenerationMode, wrong: set[str]) -> None:
    """Send made-up requests for one operation; add what was wrong with the answers."""

    @BOUNDED
    @given(made_up=operation.as_strategy(mode))
    def run(made_up: Any) -> None:
        signed_in = at.headers("county") | {"Idempotency-Key": at.key(), "If-Match": '"1"'}
        sent = {**signed_in, **(made_up.headers or {}), **at.headers("county")}
        try:
            made_up.call_and_validate(checks=CHECKS, headers=sent)
        except FailureGroup as failures:
            wrong.update(message(one) for one in failures.exceptions)

    with suppress(Unsatisfiable):
        run()


def message(failure: BaseException) -> str:
    return str(failure).replace("\n", " ")[:120]


# -- how it is asked and judged


def send(
    at: District,
    post: Post,
    content: Any,
    *,
    headers: dict[str, Any] | None = None,
    content_type: dict[str, str] = JSON,
) -> Any:
    sender = {} if post.path == SESSION else at.headers("village")
    return at.client.request(
        post.method,
        post.path,
        content=content,
        headers={
            **content_type,
            "Idempotency-Key": at.key(),
            **sender,
            **post.headers,
            **(headers or {}),
        },
    )


def get(at: District, path: str, **params: str) -> Any:
    who = "auditor" if path.startswith("/v1/audit") else "county"
    return at.client.get(path, params=params or None, headers=at.headers(who))


def upload(
    at: District, *, files: Any = None, data: Any = None, content: Any = None, **headers: str
) -> Any:
    return at.client.post(
        "/v1/attachments",
        files=files,
        data=data,
        content=content,
        headers={"Idempotency-Key": at.key(), **at.headers("village"), **headers},
    )


Refused = Callable[[Any, int | tuple[int, ...], object], None]


@contextmanager
def all_refused(at: District) -> Iterator[Refused]:
    """Hold that every answer is a problem, and that every table has as many rows afterwards.

    Only attempts are noted. What went wrong is told all at once.
    """
    before, wrong = rows(at), []

    def judge(answer: Any, statuses: int | tuple[int, ...], what: object) -> None:
        told = fault(at, answer, statuses if isinstance(statuses, tuple) else (statuses,))
        if told:
            wrong.append(f"{str(what)[:120]}: {told}")

    yield judge
    assert wrong == []
    assert rows(at) == before


def fault(at: District, answer: Any, statuses: tuple[int, ...]) -> str | None:
    """Tell what is wrong with a refusal: its status, its form, its code, a secret it tells."""
    if answer.status_code not in statuses:
        return f"{answer.status_code} {answer.text[:100]}"
    if answer.headers["content-type"] != "application/problem+json":
        return f"{answer.headers['content-type']} {answer.text[:100]}"
    told = answer.json()
    if told["code"] not in catalogue(at):
        return f"{told['code']} is not in the catalogue"
    named = (told["status"], told["request_id"])
    if named != (answer.status_code, answer.headers["x-request-id"]):
        return f"status or request id differ: {named}"
    return next((f"tells {secret}" for secret in SECRETS if secret in answer.text), None)


SECRETS = ("Traceback", "sqlalchemy", "SELECT ", "INSERT ", 'File "', "asyncpg", "sqlite")


@lru_cache(maxsize=1)
def document(at: District) -> dict[str, Any]:
    return at.client.get("/openapi.json").json()


@lru_cache(maxsize=1)
def catalogue(at: District) -> set[str]:
    return {e["code"] for e in at.client.get("/v1/codes").json()["lists"]["refusals"]}


NOTED = {"attempt", "log_line", "log_pending"}
"""Where a refused attempt is noted, and in nothing else."""


def rows(at: District) -> dict[str, int]:
    tables = [table for table in METADATA.sorted_tables if table.name not in NOTED]
    counts = [select(func.count()).select_from(table).scalar_subquery() for table in tables]
    found = at.read(lambda session: session.connection().execute(select(*counts)).one())
    return {table.name: count for table, count in zip(tables, found, strict=True)}


def spoil_every_value(
    at: District, posts: list[Post], hostile: Callable[[str, Any], list[str]]
) -> None:
    """Put hostile values in the place of values: of each on SQLite, of two on PostgreSQL."""
    tried = 0
    with all_refused(at) as refused:
        for post in posts:
            places = [
                (w, raws) for w, name, value in leaves(post.body) if (raws := hostile(name, value))
            ]
            if not at.office.database.is_sqlite:
                places = places[:1] + places[1:][-1:]
            for where, raws in places:
                for raw in raws:
                    tried += 1
                    answer = send(at, post, spoilt(post.body, where, raw))
                    refused(answer, 400, f"{post.name} {where} = {raw[:40]}")
    assert tried


def leaves(node: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str, Any]]:
    """Yield the place, the name and the value of everything in a body that holds nothing else."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        if isinstance(value, dict | list) and value:
            yield from leaves(value, (*where, key))
        else:
            name = next(str(k) for k in reversed((*where, key)) if isinstance(k, str))
            yield (*where, key), name, value


def spoilt(body: dict[str, Any], where: tuple[Any, ...], raw: str) -> str:
    """Return the body as JSON with raw text in one place."""
    copy = json.loads(json.dumps(body))
    node = copy
    for key in where[:-1]:
        node = node[key]
    node[where[-1]] = "<here>"
    return json.dumps(copy).replace('"<here>"', raw)


def with_one_more_field(node: Any) -> Iterator[Any]:
    """Yield the body with an unknown field in each of its objects in turn."""
    if isinstance(node, dict):
        yield {**node, "is_admin": True}
        for key, value in node.items():
            yield from ({**node, key: other} for other in with_one_more_field(value))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            for other in with_one_more_field(value):
                yield [*node[:index], other, *node[index + 1 :]]


def is_day(value: object) -> bool:
    return isinstance(value, str) and bool(DAY.fullmatch(value))


def gets(at: District) -> dict[str, Any]:
    paths = document(at)["paths"]
    return {path: item["get"] for path, item in paths.items() if "get" in item and "/v1" in path}


def query_of(at: District, path: str) -> list[dict[str, Any]]:
    return [p for p in gets(at)[path].get("parameters", []) if p["in"] == "query"]


def lists(at: District) -> list[str]:
    """Return the lists that an official may ask for; those of auditors are asked for elsewhere."""
    asked = (path for path in gets(at) if not path.startswith("/v1/audit/"))
    return [path for path in asked if any(p["name"] == "limit" for p in query_of(at, path))]


def filled(path: str) -> str:
    """Return a path with good values for its parameters."""
    values = {
        "policy_id": "taogou-2021",
        "kind": "monitoring_object",
        "year": "2021",
        "code": sample.VILLAGE,
    }
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], ID), path)


def forms_of(schema: dict[str, Any]) -> set[str]:
    """Return which of `WRONG_BY_FORMAT` a parameter's schema answers to."""
    found: set[str] = set()
    for one in schema.get("anyOf", [schema]):
        if "$ref" in one:
            found.add("enum")
        found |= {one.get("format", ""), one.get("type", "")} & {"date", "uuid", "boolean"}
        found |= {"enum", "pattern"} & set(one)
    return found
