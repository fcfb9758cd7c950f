"""Whatever a client sends is answered by a problem of the published catalogue, and saves nothing.

Nine of twenty bad inputs broke a service of this make as it comes out of the box, and three of
them were saved all the same (notes/reliability.md, section 5). Here every route that takes a
body or a parameter meets every kind of them: a 4xx, never a 500, and no row more than before.
"""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import status_code_conformance
from sqlalchemy import func, select

from district import PDF, Case, District
from service import sample
from service.store.schema import METADATA

SESSION, WORKING_DAYS = "/v1/session", "/v1/calendar/working-days"
JSON = {"Content-Type": "application/json"}
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
INSTANT = "2021-06-03T09:00:00+08:00"

ANYWHERE = {
    "NUL": r'"a\u0000b"',
    "half a character": r'"a\ud800b"',
    "the other half of a character": r'"\udfff"',
    "NaN": "NaN",
    "Infinity": "Infinity",
    "-Infinity": "-Infinity",
    "1e400": "1e400",
    "-1e400": "-1e400",
    "2 to the 63rd": str(2**63),
    "less than -2 to the 63rd": str(-(2**63) - 1),
    "ten to the 500th": "1" + "0" * 500,
    "five thousand digits": "9" * 5000,
    "lists nested 1000 deep": "[" * 1000 + "]" * 1000,
    "objects nested 1000 deep": '{"a":' * 1000 + "1" + "}" * 1000,
    "lists nested 100000 deep, never closed": "[" * 100_000,
    "a direction-changing character": r'"a\u202eb"',
    "an invisible character": r'"a\u200bb"',
    "a byte order mark": r'"\ufeffab"',
    "an escape character": r'"a\u001b[31mb"',
    "an unassigned character": r'"a\u0378b"',
}
"""What no value anywhere in a body may be, as raw JSON."""

WRONG_TYPES: dict[type, dict[str, str]] = {
    str: {"a number": "7", "a fraction": "7.5", "true": "true", "a list": "[]", "an object": "{}"},
    int: {
        "true for a number": "true",
        "text for a number": '"7"',
        "a fraction for a whole number": "7.5",
        "an exponent for a whole number": "1e0",
        "null for a number": "null",
        "a list for a number": "[7]",
        "a number below its range": "-1",
    },
    bool: {
        "1 for true": "1",
        "0 for false": "0",
        "text for true": '"true"',
        "yes for true": '"yes"',
        "null for true": "null",
    },
}
WRONG_DAYS = {
    "a number for a day": "0",
    "seconds for a day": "1623283200",
    "seconds as text for a day": '"1623283200"',
    "an instant for a day": '"2021-06-10T00:00:00"',
    "a day that does not exist": '"2021-02-30"',
    "a day before the republic": '"1949-09-30"',
    "a day far ahead": '"2200-01-01"',
    "the year 0": '"0000-01-01"',
    "an empty day": '""',
}
WRONG_INSTANTS = {
    "an instant without its zone": '"2021-06-03T09:00:00"',
    "a day for an instant": '"2021-06-03"',
    "a number for an instant": "1622682000",
    "seconds as text for an instant": '"1622682000"',
    "an instant before the first one": '"0001-01-01T00:00:00+14:00"',
    "an instant after the last one": '"9999-12-31T23:59:59-12:00"',
    "an instant whose office day does not exist": '"9999-12-31T23:59:59Z"',
    "an hour that does not exist": '"2021-06-03T25:00:00Z"',
}
WRONG_BODIES = {
    "nothing": b"",
    "only spaces": b"   ",
    "half of it": b'{"username": "vil',
    "something after it": b"{} {}",
    "a list for an object": b"[]",
    "null for an object": b"null",
    "a text for an object": b'"x"',
    "a number for an object": b"5",
    "bytes that are no UTF-8": b'{"username": "\xff\xfe"}',
    "UTF-16": '{"username": "x"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a comment": b"{} // x",
    "single quotes": b"{'a': 1}",
}
NO_SUCH_EVENTS = [
    "model", "send", "state", "open", "__init__", "current_state", "requirements_met",
    "recompute_deadlines", "returns_to_consent", "SIGN_CONSENT", "sign_consent ", "",
]  # fmt: skip
WRONG_KEYS = ["", "short", "x" * 129, "with a space", "tab\tinside", "schlüssel-1234", "\x7f" * 9]
WRONG_ETAGS = ["", "*", "1", 'W/"1"', '"1", "2"', '"-1"', '"+1"', '"1e3"', '"1234567890"', '""']
WRONG_LIMITS = ["-1", "0", "201", str(10**20), "9" * 5000, "x", "1.5", "", "NaN", "0x10", "١٢"]

AMOUNTS = {"per_capita_net_income"}
"""Money may be written as a number or as text."""


@dataclass(frozen=True)
class Post:
    """A good JSON request: where, what, and the headers beside the sender's own."""

    name: str
    path: str
    body: dict[str, Any]
    headers: dict[str, str]


@pytest.fixture
def at(district: District) -> District:
    """Let a failure of the service be seen as its client would: as a 500."""
    district.client._transport.raise_server_exceptions = False  # noqa: SLF001 - no other way
    return district


@pytest.fixture
def case(at: District) -> Case:
    return at.apply()


@pytest.fixture
def posts(at: District, case: Case) -> list[Post]:
    """Return a good request for every route that takes JSON, and for every event."""
    events = [name for name in good_events(at) if name != "open"]
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
    ]


def good_events(at: District) -> list[str]:
    return [entry["code"] for entry in at.client.get("/v1/codes").json()["lists"]["events"]]


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
        for path in at.client.get("/openapi.json").json()["paths"].values()
        for operation in path.values()
        if "requestBody" in operation
    }
    events = set(good_events(at)) - {"open"}

    assert {post.name for post in posts} == takes_a_body - {"uploadAttachment", "raiseEvent"} | events


def test_the_bodies_that_are_spoilt_here_are_understood_before(at, posts):
    answers = {post.name: send(at, post, json.dumps(post.body)) for post in posts}

    assert {n: a.text for n, a in answers.items() if a.status_code in {400, 500}} == {}


@pytest.mark.parametrize("raw", ANYWHERE.values(), ids=ANYWHERE)
def test_no_value_of_any_body_may_be(raw, at, posts):
    assert accepted(at, posts, lambda _name, _value: [raw]) == []


@pytest.mark.parametrize("kind", WRONG_TYPES, ids=lambda kind: kind.__name__)
def test_a_value_of_another_type_is_refused_where_one_is_wanted_of(kind, at, posts):
    def wrong(name: str, value: object) -> list[str]:
        if type(value) is not kind:
            return []
        money = {"7", "7.5"} if name in AMOUNTS else set()
        return [raw for raw in WRONG_TYPES[kind].values() if raw not in money]

    assert accepted(at, posts, wrong) == []


@pytest.mark.parametrize("raw", WRONG_DAYS.values(), ids=WRONG_DAYS)
def test_no_day_of_any_body_may_be(raw, at, posts):
    assert accepted(at, posts, lambda _, value: [raw] if is_day(value) else []) == []


@pytest.mark.parametrize("raw", WRONG_INSTANTS.values(), ids=WRONG_INSTANTS)
def test_no_instant_of_any_body_may_be(raw, at, posts):
    assert accepted(at, posts, lambda _, value: [raw] if value == INSTANT else []) == []


@pytest.mark.parametrize("raw", ['"NaN"', '"Infinity"', '"1e400"', '"1.234"', "1e9", '"-1e9"'])
def test_no_amount_of_any_body_may_be(raw, at, posts):
    assert accepted(at, posts, lambda name, _: [raw] if name in AMOUNTS else []) == []


@pytest.mark.parametrize("content", WRONG_BODIES.values(), ids=WRONG_BODIES)
def test_no_body_may_be(content, at, posts):
    with nothing_saved(at):
        for post in posts:
            assert problem(at, send(at, post, content), 400)


def test_a_key_that_stands_in_an_object_twice_is_refused_however_it_is_spelt(at, posts):
    with nothing_saved(at):
        for post in posts:
            name, value = next(iter(post.body.items()))
            again = f"{json.dumps(name)}:{json.dumps(value)}"
            escaped = again.replace(name[0], f"\\u{ord(name[0]):04x}", 1)
            for twice in (again, escaped):
                content = f"{{{twice}, {json.dumps(post.body)[1:]}"
                assert problem(at, send(at, post, content), 400)


def test_an_unknown_field_is_refused_in_every_object_of_every_body(at, posts):
    with nothing_saved(at):
        for post in posts:
            for body in with_one_more_field(post.body):
                assert problem(at, send(at, post, json.dumps(body)), 400)


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_json_that_does_not_say_that_it_is_json_is_refused(content_type, at, posts):
    said = {"Content-Type": content_type} if content_type else {}

    with nothing_saved(at):
        for post in posts:
            assert problem(at, send(at, post, json.dumps(post.body), content_type=said), 400)


def test_ten_megabytes_of_json_are_refused(at, posts):
    with nothing_saved(at):
        for post in posts[:5]:
            content = json.dumps({**post.body, "more": "x" * 10_000_000})
            assert problem(at, send(at, post, content), 413)


def test_ten_megabytes_that_come_in_pieces_of_no_announced_length_are_refused(at, posts):
    with nothing_saved(at):
        for post in posts[:5]:
            pieces = (b" " * 100_000 for _ in range(100))
            assert problem(at, send(at, post, pieces), 413)


def test_a_body_that_comes_in_pieces_is_understood(at):
    pieces = (part.encode() for part in ('{"start":"2021', '-06-10","days"', ":5}"))

    answer = at.client.post(WORKING_DAYS, content=pieces, headers=JSON | at.headers("village"))

    assert answer.json()["due_on"] == "2021-06-18"


@pytest.mark.parametrize("event", NO_SUCH_EVENTS)
def test_an_event_that_the_catalogue_does_not_know_is_refused(event, at, case):
    with nothing_saved(at):
        answer = at.post(
            "village", f"/v1/cases/{case.id}/events", {"event": event}, **{"If-Match": '"1"'}
        )
        assert problem(at, answer, 400)


def test_a_refusal_does_not_repeat_what_was_sent(at, case):
    sent = sample.identity_number(901)
    path, seen = f"/v1/cases/{case.id}/events", {"If-Match": '"1"'}

    for body in ({"event": sent}, {"event": "withdraw", "reason": "x", sent: 1}, {sent: sent}):
        assert sent not in problem(at, at.post("village", path, body, **seen), 400)["detail"]


# -- ids that are not there, or not mine


def test_an_attachment_that_is_not_there_or_of_another_village_is_no_evidence(at, case):
    foreign = at.attach("neighbour", area_code=sample.NEIGHBOUR)

    with nothing_saved(at):
        for one in (foreign, str(uuid4()), str(UUID(int=0))):
            refused = at.send("village", case, "sign_consent", attachments=[one])
            assert problem(at, refused, 422)["blockers"][0]["code"] == "attachment_unknown"


@pytest.mark.parametrize("one", ["x", "", "0" * 31, 7, None, [], "'; DROP TABLE cases; --"])
def test_an_id_that_is_none_is_refused(one, at, case):
    with nothing_saved(at):
        refused = at.send("village", case, "sign_consent", attachments=[one])
        assert problem(at, refused, 400)
        opened = at.post(
            "village", "/v1/monitoring-objects", {"household_id": one, "entry_point": "paper"}
        )
        assert problem(at, opened, 400)


# -- paths and queries


@pytest.mark.parametrize("hostile", ["x", "%00", "%ff", "'--", "0" * 5000, "..%2f..", "%F0%9F%98%80"])
def test_a_path_that_holds_no_id_is_refused(hostile, at):
    paths = [path for path in parameter_paths(at) if "{" in path]
    assert paths

    for path in paths:
        filled = re.sub(r"\{kind\}", "monitoring_object", path)
        assert problem(at, get(at, re.sub(r"\{\w+\}", hostile, filled)), 400, 404)


@pytest.mark.parametrize("limit", WRONG_LIMITS)
def test_every_list_refuses_the_limit(limit, at):
    for path in lists(at):
        assert problem(at, get(at, path, limit=limit), 400)


def test_every_list_refuses_a_parameter_that_it_does_not_know(at):
    for path in parameter_paths(at):
        assert problem(at, get(at, filled(path), village="341302901201"), 400)


def test_every_list_refuses_a_parameter_that_comes_twice(at):
    for path in lists(at):
        assert problem(at, get(at, f"{path}?limit=1&limit=200"), 400)


def test_every_parameter_of_every_list_refuses_nul(at):
    for path in lists(at):
        for parameter in query_of(at, path):
            assert problem(at, get(at, f"{path}?{parameter['name']}=a%00b"), 400)


WRONG_BY_FORMAT = {
    "date": ["x", "0", "1622505600", "2021-02-30", "2021-06-01T00:00:00", "0000-00-00"],
    "uuid": ["x", "0" * 31, "1"],
    "boolean": ["maybe", "2", "-1"],
    "enum": ["nonsense", "OVERDUE"],
    "pattern": ["'; DROP TABLE cases; --", "a b", "A" * 500, "١٢٣٤٥٦٧٨٩٠١٢"],
}


@pytest.mark.parametrize("form", WRONG_BY_FORMAT)
def test_every_filter_refuses_a_value_of_another_form_than_its_own(form, at):
    met = 0
    for path in lists(at):
        for parameter in query_of(at, path):
            if form not in forms_of(at, parameter["schema"]):
                continue
            met += 1
            for value in WRONG_BY_FORMAT[form]:
                name = parameter["name"]
                assert problem(at, get(at, path, **{name: value}), 400), (path, name, value)
    assert met


def cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(parts)).encode()).decode()


WRONG_CURSORS = {
    "not base64": "%%%",
    "not ASCII": "游标",
    "cut off": cursor(str(uuid4()))[:-5],
    "not JSON": base64.urlsafe_b64encode(b"hello").decode(),
    "not a list": base64.urlsafe_b64encode(b'{"a":1}').decode(),
    "a list of numbers": cursor(1, 2),
    "an empty list": cursor(),
    "no id": cursor("x"),
    "too many parts": cursor(*[str(uuid4())] * 9),
    "a NUL": cursor("a\x00"),
    "half a character": cursor("\ud800"),
    "nested": base64.urlsafe_b64encode(b"[" * 200).decode(),
    "too long": "A" * 401,
    "no instant": cursor("yesterday", str(uuid4())),
    "an instant without its zone": cursor("2021-06-01T00:00:00", str(uuid4())),
    "an instant before the first one": cursor("0001-01-01T00:00:00+23:59", str(uuid4())),
    "an instant after the last one": cursor("9999-12-31T23:59:59-23:59", str(uuid4())),
}


@pytest.mark.parametrize("wrong", WRONG_CURSORS.values(), ids=WRONG_CURSORS)
def test_every_list_refuses_a_cursor_that_is(wrong, at):
    for path in lists(at):
        assert problem(at, get(at, path, cursor=wrong), 400)


def test_a_cursor_of_another_list_or_from_another_area_shows_nothing_that_is_not_mine(at):
    for _ in range(3):
        at.apply()
    own = [c for path in lists(at) if (c := get(at, path, limit=1).json()["next_cursor"])]
    assert len(own) >= 3

    for path in lists(at):
        for one in own:
            answer = at.get("neighbour", path, cursor=one)
            assert answer.status_code == 400 or answer.json()["items"] == []


# -- headers


@pytest.mark.parametrize("key", WRONG_KEYS, ids=repr)
def test_every_post_that_writes_refuses_the_idempotency_key(key, at, posts):
    with nothing_saved(at):
        for post in posts[2:]:
            headers = {"Idempotency-Key": key.encode("latin-1")}
            answer = send(at, post, json.dumps(post.body), headers=headers)
            assert problem(at, answer, 400)["code"] == "idempotency_key_missing"


@pytest.mark.parametrize("etag", WRONG_ETAGS)
def test_an_event_is_refused_without_the_version_that_was_seen(etag, at, posts):
    event = posts[4]

    with nothing_saved(at):
        answer = send(at, event, json.dumps(event.body), headers={"If-Match": etag})
        assert problem(at, answer, 428)["code"] == "if_match_missing"


@pytest.mark.parametrize("seen", ['"0"', '"2"', '"999999999"'])
def test_an_event_is_refused_for_a_version_that_is_not_the_present_one(seen, at, posts):
    event = posts[4]

    with nothing_saved(at):
        answer = send(at, event, json.dumps(event.body), headers={"If-Match": seen})
        assert problem(at, answer, 412)["version"] == 1


@pytest.mark.parametrize("position", ["x", "-", "1", str(UUID(int=7)), "0" * 5000, "\x00"])
def test_a_position_that_is_none_of_mine_is_refused(position, at, posts):
    chosen = {"Dixian-Position": position}

    with nothing_saved(at):
        for post in posts[1:]:
            answer = send(at, post, json.dumps(post.body), headers=chosen)
            assert problem(at, answer, 400, 403)
    for path in lists(at):
        answer = at.client.get(path, headers=at.headers("county") | chosen)
        assert problem(at, answer, 400, 403)


@pytest.mark.parametrize("name", ["Authorization", "Idempotency-Key", "If-Match", "Dixian-Position"])
def test_a_huge_header_is_refused(name, at, posts):
    event = posts[4]

    with nothing_saved(at):
        answer = send(at, event, json.dumps(event.body), headers={name: "x" * 100_000})
        assert problem(at, answer, 400, 401, 428)


@pytest.mark.parametrize("language", ["x" * 10_000, "en;q=nonsense,,;", "\xff", "*", ""])
def test_no_language_that_is_asked_for_breaks_an_answer(language, at):
    headers = {"Accept-Language": language.encode("latin-1")}

    assert problem(at, at.client.get("/v1/me", headers=headers), 401)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "NONSENSE"])
def test_a_method_that_no_route_has_is_refused(method, at, case):
    answer = at.client.request(method, f"/v1/monitoring-objects/{case.id}")

    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert method == "HEAD" or problem(at, answer, 405)


# -- uploads


WRONG_FORMS = {
    "no kind": {"kind": None},
    "an empty kind": {"kind": ""},
    "a kind with NUL": {"kind": "consent\x00form"},
    "a kind that is no code": {"kind": "../../etc"},
    "an area that is none": {"area_code": "x"},
    "an area in other digits": {"area_code": "٣٤١٣٠٢٩٠١٢٠١"},
    "a field that is not known": {"more": "x"},
    "a field that comes twice": {"kind": ["consent_form", "consent_form"]},
}


@pytest.mark.parametrize("fields", WRONG_FORMS.values(), ids=WRONG_FORMS)
def test_an_upload_is_refused_with(fields, at):
    form = {"kind": "consent_form", "area_code": sample.VILLAGE, **fields}

    with nothing_saved(at):
        answer = upload(
            at, files={"file": ("a.pdf", PDF)}, data={k: v for k, v in form.items() if v is not None}
        )
        assert problem(at, answer, 400)


WRONG_MULTIPARTS = {
    "no boundary": (b"--b\r\n", "multipart/form-data"),
    "another boundary": (b"--a\r\n\r\n--a--", "multipart/form-data; boundary=b"),
    "nothing": (b"", "multipart/form-data; boundary=b"),
    "half of it": (b'--b\r\nContent-Disposition: form-data; name="kind"', "multipart/form-data; boundary=b"),
    "a part without a name": (b"--b\r\nX: y\r\n\r\nv\r\n--b--\r\n", "multipart/form-data; boundary=b"),
    "two thousand fields": (
        b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\nv\r\n' * 2000 + b"--b--\r\n",
        "multipart/form-data; boundary=b",
    ),
    "a name of 100 kB": (
        b'--b\r\nContent-Disposition: form-data; name="' + b"x" * 100_000 + b'"\r\n\r\nv\r\n--b--\r\n',
        "multipart/form-data; boundary=b",
    ),
    "JSON": (b"{}", "application/json"),
    "no type": (b"x", ""),
}  # fmt: skip


@pytest.mark.parametrize(("content", "content_type"), WRONG_MULTIPARTS.values(), ids=WRONG_MULTIPARTS)
def test_an_upload_is_refused_that_is_made_of(content, content_type, at):
    with nothing_saved(at):
        answer = upload(at, content=content, **{"Content-Type": content_type})
        assert problem(at, answer, 400)


@pytest.mark.parametrize("name", ["a\u202egnp.pdf", "a\u200b.pdf", "a\ufeff.pdf"])
def test_a_file_name_with_invisible_or_direction_changing_characters_is_refused(name, at):
    form = {"kind": "consent_form", "area_code": sample.VILLAGE}

    with nothing_saved(at):
        assert problem(at, upload(at, files={"file": (name, PDF)}, data=form), 400)


def test_a_file_name_with_nul_is_refused(at):
    parts = {"kind": b"consent_form", "area_code": sample.VILLAGE.encode()}
    content = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
        for name, value in parts.items()
    )
    content += (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a\x00.pdf"\r\n\r\n'
        + PDF
        + b"\r\n--b--\r\n"
    )

    with nothing_saved(at):
        answer = upload(at, content=content, **{"Content-Type": "multipart/form-data; boundary=b"})
        assert problem(at, answer, 400)


# -- the whole OpenAPI document


CHECKS = [not_a_server_error, status_code_conformance]
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
BOUNDED = settings(
    max_examples=12,
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
    return at.client.post(
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
    return at.client.get(path, params=params or None, headers=at.headers("county"))


def upload(at: District, *, files: Any = None, data: Any = None, content: Any = None, **headers: str) -> Any:
    return at.client.post(
        "/v1/attachments",
        files=files,
        data=data,
        content=content,
        headers={"Idempotency-Key": at.key(), **at.headers("village"), **headers},
    )


def problem(at: District, answer: Any, *statuses: int) -> dict[str, Any]:
    """Return the problem of an answer that is one, of the catalogue, and tells no secrets."""
    assert answer.status_code in statuses, f"{answer.request.url}: {answer.text[:300]}"
    assert answer.headers["content-type"] == "application/problem+json", answer.text[:100]
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["code"] in catalogue(at)
    assert told["request_id"] == answer.headers["x-request-id"]
    for secret in ("Traceback", "sqlalchemy", "SELECT ", "INSERT ", 'File "', "asyncpg", "sqlite"):
        assert secret not in answer.text
    return told


def catalogue(at: District) -> set[str]:
    return {e["code"] for e in at.client.get("/v1/codes").json()["lists"]["refusals"]}


@contextmanager
def nothing_saved(at: District) -> Iterator[None]:
    """Hold that every table has as many rows afterwards; only attempts are noted."""
    before = rows(at)
    yield
    assert rows(at) == before


def rows(at: District) -> dict[str, int]:
    tables = [table for table in METADATA.sorted_tables if table.name != "attempt"]
    counts = [select(func.count()).select_from(table).scalar_subquery() for table in tables]
    found = at.read(lambda session: session.connection().execute(select(*counts)).one())
    return {table.name: count for table, count in zip(tables, found, strict=True)}


def accepted(at: District, posts: list[Post], hostile: Any) -> list[str]:
    """Put hostile values in the place of every value; return where no 400 was the answer."""
    before, wrong, tried = rows(at), [], 0
    for post in posts:
        for where, name, value in leaves(post.body):
            for raw in hostile(name, value):
                tried += 1
                answer = send(at, post, spoilt(post.body, where, raw))
                if answer.status_code != 400:
                    wrong.append(f"{post.name} {where} = {raw[:40]}: {answer.status_code}")
                else:
                    problem(at, answer, 400)
    assert tried
    return wrong + [f"rows: {before} -> {after}" for after in [rows(at)] if after != before]


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
    paths = at.client.get("/openapi.json").json()["paths"]
    return {path: item["get"] for path, item in paths.items() if "get" in item and "/v1" in path}


def parameter_paths(at: District) -> list[str]:
    return list(gets(at))


def query_of(at: District, path: str) -> list[dict[str, Any]]:
    return [p for p in gets(at)[path].get("parameters", []) if p["in"] == "query"]


def lists(at: District) -> list[str]:
    return [path for path in gets(at) if any(p["name"] == "limit" for p in query_of(at, path))]


def filled(path: str) -> str:
    """Return a path with good values for its parameters."""
    values = {"policy_id": "taogou-2021", "kind": "monitoring_object", "year": "2021", "code": sample.VILLAGE}
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], str(UUID(int=1))), path)


def forms_of(at: District, schema: dict[str, Any]) -> set[str]:
    """Return which of `WRONG_BY_FORMAT` a parameter's schema answers to."""
    found: set[str] = set()
    for one in schema.get("anyOf", [schema]):
        if "$ref" in one:
            found.add("enum")
        found |= {one.get("format", ""), one.get("type", "")} & {"date", "uuid", "boolean"}
        found |= {"enum", "pattern"} & set(one)
    return found
