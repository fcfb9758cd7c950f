"""The same key and request have one effect and one answer, however often they are sent.

A client that lost the answer sends again and gets the same bytes. A key that comes with
another request is refused; a refused attempt leaves its key free.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from district import PDF, Case, District
from sqlmodel import col, func, select
from test_concurrency import at_once, serving

from service import sample
from service.audit import chain
from service.main import create_app
from service.store.answers import SavedAnswer
from service.store.attachments import Attachment
from service.store.cases import Case as CaseRow
from service.store.cases import Transition
from service.store.households import Household
from service.store.people import Appointment, Person

KEY = "the-same-key-0001"
ROUNDS = 4
EFFECTS = (Household, CaseRow, Transition, Attachment, SavedAnswer)

Post = Callable[..., Any]


@pytest.fixture
def case(district: District) -> Case:
    return district.apply()


def effects(district: District) -> list[int]:
    """Return how many rows there are of everything that a POST makes."""
    return district.read(
        lambda s: [s.exec(select(func.count()).select_from(table)).one() for table in EFFECTS]
    )


def sign(district: District, case: Case, *, username: str = "village", **headers: str) -> Any:
    """Post one event under one key; the body is always the same."""
    body = {"event": "withdraw", "reason": "农户自愿撤回"}
    seen = {"Idempotency-Key": KEY, "If-Match": f'"{case.version}"', **headers}
    return district.post(username, f"/v1/cases/{case.id}/events", body, **seen)


def upload(district: District, key: str, content: bytes = PDF, kind: str = "consent_form") -> Any:
    return district.client.post(
        "/v1/attachments",
        files={"file": ("paper.pdf", content)},
        data={"kind": kind, "area_code": sample.VILLAGE},
        headers={"Idempotency-Key": key, **district.headers("village")},
    )


@pytest.fixture(params=["household", "case", "event", "attachment"])
def post(request: pytest.FixtureRequest, district: District, case: Case) -> Post:
    """Return what sends one and the same request of a kind, under the key."""
    household, free = district.a_household(), district.register()
    opening = {"household_id": free, "entry_point": "paper"}
    kinds: dict[str, Post] = {
        "household": lambda: district.post(
            "village", "/v1/households", household, **{"Idempotency-Key": KEY}
        ),
        "case": lambda: district.post(
            "village", "/v1/monitoring-objects", opening, **{"Idempotency-Key": KEY}
        ),
        "event": lambda: sign(district, case),
        "attachment": lambda: upload(district, KEY),
    }
    return kinds[request.param]


def test_the_same_request_has_one_effect_and_the_same_answer_to_the_byte(district, post):
    first = post()
    assert first.status_code == 201, first.text
    after_first = effects(district)
    district.clock.advance(days=2)

    for _ in range(2):
        again = post()

        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers.get("ETag") == first.headers.get("ETag")
        assert again.headers["content-type"] == first.headers["content-type"]
        assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert effects(district) == after_first


def test_an_event_that_is_sent_again_leaves_one_line_and_the_etag_of_its_version(district, case):
    assert sign(district, case).headers["ETag"] == '"2"'
    assert sign(district, case).headers["ETag"] == '"2"'

    history = district.get("county", f"/v1/cases/{case.id}/history").json()["items"]
    assert [line["event"] for line in history] == ["open", "withdraw"]


def test_the_same_key_with_another_body_is_refused(district, case):
    sign(district, case)
    before = effects(district)
    path, seen = f"/v1/cases/{case.id}/events", {"Idempotency-Key": KEY, "If-Match": '"1"'}

    answer = district.post("village", path, {"event": "withdraw", "reason": "别的"}, **seen)

    assert_reused(answer)
    assert effects(district) == before


def test_the_same_key_with_another_path_version_or_position_is_refused(district, case):
    other = district.apply()
    mine = district.get("village", "/v1/me").json()["positions"][0]["id"]
    sign(district, case)
    before = effects(district)

    assert_reused(sign(district, other))
    assert_reused(sign(district, case, **{"If-Match": '"2"'}))
    assert_reused(sign(district, case, **{"Dixian-Position": mine}))
    assert effects(district) == before


def test_the_same_key_with_another_file_or_kind_is_refused(district):
    assert upload(district, KEY).status_code == 201

    assert_reused(upload(district, KEY, content=PDF + b"\n"))
    assert_reused(upload(district, KEY, kind="minutes"))
    assert upload(district, "the-other-key-01", kind="minutes").status_code == 201


def test_the_same_body_spelt_otherwise_is_another_request(district):
    body = district.a_household()
    district.post("village", "/v1/households", body, **{"Idempotency-Key": KEY})
    other_order = dict(reversed(body.items()))

    assert_reused(
        district.post("village", "/v1/households", other_order, **{"Idempotency-Key": KEY})
    )


def test_another_persons_same_key_is_another_key(district, case):
    """The township's official learns nothing of the village's answer."""
    sign(district, case)
    opening = {"household_id": district.register(), "entry_point": "paper"}

    answer = district.post(
        "township", "/v1/monitoring-objects", opening, **{"Idempotency-Key": KEY}
    )

    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer.headers
    assert sign(district, case).headers["Idempotency-Replayed"] == "true"


def test_a_refused_attempt_leaves_its_key_free_for_the_request_put_right(district, case):
    path, seen = f"/v1/cases/{case.id}/events", {"Idempotency-Key": KEY, "If-Match": '"1"'}
    body = district.good("sign_consent")
    for wrong in ({**body, "signed": False}, {**body, "signed": "yes"}, {**body, "more": 1}):
        assert district.post("village", path, wrong, **seen).status_code in {400, 422}
    assert district.post("supervisor", path, body, **seen).status_code == 403

    answer = district.post("village", path, body, **seen)

    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer.headers


def test_an_answer_is_not_given_again_to_somebody_whose_position_has_ended(district, case):
    sign(district, case)
    end_positions_of(district, "village")

    assert sign(district, case).json()["code"] in {"position_needed", "not_signed_in"}


def end_positions_of(district: District, username: str) -> None:
    def work(session: Any) -> None:
        person = session.exec(select(Person).where(Person.username == username)).one()
        for one in session.exec(select(Appointment).where(col(Appointment.person_id) == person.id)):
            one.to_on = sample.APPOINTED_ON

    district.change(work)


def test_a_post_that_writes_needs_a_key(district, case):
    body = district.good("sign_consent")
    headers = {**district.headers("village"), "If-Match": '"1"'}
    before = effects(district)

    for path, content in (
        (f"/v1/cases/{case.id}/events", body),
        ("/v1/households", district.a_household()),
        ("/v1/monitoring-objects", {"household_id": case.household_id, "entry_point": "paper"}),
    ):
        answer = district.client.post(path, json=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert effects(district) == before


@pytest.fixture
def live(district: District, rulebook: Any) -> Iterator[str]:
    with serving(create_app(district.office.settings, district.clock, rulebook)) as url:
        yield url


@pytest.mark.parametrize("kind", ["event", "case", "household"])
def test_of_20_at_once_with_one_key_one_has_its_effect(kind, district, live):
    """The others are told the same, or that the first is still under way."""
    case, free = district.apply(), district.register()
    requests: dict[str, tuple[str, Any]] = {
        "event": (f"/v1/cases/{case.id}/events", {"event": "withdraw", "reason": "撤回"}),
        "case": ("/v1/monitoring-objects", {"household_id": free, "entry_point": "paper"}),
        "household": ("/v1/households", district.a_household()),
    }
    path, body = requests[kind]
    before = effects(district)

    for number in range(ROUNDS if kind == "event" else 1):
        if number:
            case = district.apply()
            path, before = f"/v1/cases/{case.id}/events", effects(district)
        key = district.key()
        headers = {**district.headers("village"), "Idempotency-Key": key, "If-Match": '"1"'}
        answers = at_once(live, [(path, body, headers)] * 20)

        statuses = Counter(a.status_code for a in answers)
        assert set(statuses) <= {201, 409}
        assert statuses[201] >= 1
        assert len({a.content for a in answers if a.status_code == 201}) == 1
        codes = {a.json()["code"] for a in answers if a.status_code == 409}
        assert codes <= {"idempotency_key_in_use"}
        assert (
            sum("Idempotency-Replayed" not in a.headers for a in answers if a.status_code == 201)
            == 1
        )
        grown = [after - old for old, after in zip(before, effects(district), strict=True)]
        assert max(grown) == 1
        assert grown[-1] == 1
    assert district.read(lambda s: [flaw for *_, flaw in chain.verify(s) if flaw]) == []


def assert_reused(answer: Any) -> None:
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
