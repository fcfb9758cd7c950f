"""The channels: signatures as their receivers check them, limits, quiet hours, and no secret seen.

Webhooks follow Standard Webhooks 1.0.0 and are verified by its own library; the robots' limits
and signatures are those of their platforms; mail goes to a real SMTP server.
"""

import base64
import hashlib
import hmac
import json
import pkgutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from district import District, codes
from notifying import (
    SECRET,
    appoint,
    deliver,
    deliveries,
    overdue,
    subscribe,
    tell,
    tell_many,
)
from pydantic import SecretStr
from receivers import Received, Receiver, Says, certificate, receiving
from sqlalchemy import text
from standardwebhooks import Webhook, WebhookVerificationError
from typer.testing import CliRunner

from service import sample
from service.api.subscriptions import ChannelCode
from service.cli import app
from service.clock import SystemClock, office_time
from service.config import Settings
from service.notices import channels
from service.notices.channels import CHANNELS
from service.notices.outbox import Addressee, Cause, Owed, notify_all
from service.store.deliveries import Outcome
from service.store.vault import load_keys
from service.workflows.policy import ADMINISTRATOR
from service.workflows.words import WORDS

OK, REFUSED, LIMITED = Outcome.DELIVERED, Outcome.REFUSED, Outcome.RATE_LIMITED
NEW_SECRET = "whsec_" + base64.b64encode(b"another secret of thirty-two b. ").decode()
ROBOT_SECRET = "SEC-made-up-for-the-tests"
YES = {"wecom": {"errcode": 0, "errmsg": "ok"}, "dingtalk": {"errcode": 0}, "feishu": {"code": 0}}
ROBOTS = tuple(YES)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Return settings of an operator who lists the loopback network."""
    load_keys(tmp_path / "keys.json", create=True)
    return Settings(
        database_url=database_url,
        data_dir=tmp_path,
        private_networks="127.0.0.0/8",
        send_seconds=30,
        case_link="https://dixian.example/cases/{case_id}",
    )


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as [one]:
        yield one


def a_case(district: District) -> UUID:
    return UUID(district.apply().id)


def verified(got: Received, secret: str) -> bool:
    try:
        Webhook(secret).verify(got.body, got.headers)
    except WebhookVerificationError:
        return False
    return True


def refused(district: District, username: str = "village", **wanted: Any) -> Any:
    """Ask for a subscription that must be refused; return the problem."""
    answer = district.post(username, "/v1/subscriptions", {"channel": "webhook", **wanted})
    assert answer.status_code in {403, 404, 422}, answer.text
    return answer.json()


# -- one file and one line each


def test_every_channel_has_a_file_a_label_and_a_place_in_the_interface():
    shared = {"way", "robot"}
    files = {module.name for module in pkgutil.iter_modules(channels.__path__)} - shared

    assert {type(one).__module__.rpartition(".")[2] for one in CHANNELS.values()} == files
    assert set(CHANNELS) == set(WORDS["channels"]) == set(get_args(ChannelCode))


# -- webhooks


def test_a_webhook_is_signed_as_the_standard_has_it(district, receiver):
    case_id = a_case(district)
    district.clock.set(SystemClock().now())  # the library looks at the machine's clock
    subscribe(district, receiver.url())
    tell_many(district, 1, case_id)
    deliver(district)

    [got] = receiver.received
    assert verified(got, SECRET)
    assert not verified(got, NEW_SECRET)
    assert not verified(Received(got.path, got.headers, got.body + b" "), SECRET)
    others = got.headers | {"webhook-id": "another"}
    assert not verified(Received(got.path, others, got.body), SECRET)


def test_after_a_rotation_both_secrets_sign_for_a_day_and_then_the_new_one_alone(
    district, receiver
):
    case_id, now = a_case(district), SystemClock().now()
    district.clock.set(now - timedelta(hours=24, seconds=1))
    subscription_id = subscribe(district, receiver.url())
    path = f"/v1/subscriptions/{subscription_id}/rotate-secret"
    district.clock.set(now - timedelta(hours=23))
    rotated = district.post("village", path, {"secret": NEW_SECRET})
    assert rotated.status_code == 200

    district.clock.set(now)
    tell_many(district, 1, case_id)
    deliver(district)
    assert [verified(receiver.received[0], one) for one in (SECRET, NEW_SECRET)] == [True, True]

    district.clock.set(now + timedelta(hours=1))
    tell_many(district, 1, case_id)
    deliver(district)
    signatures = receiver.received[1].headers["webhook-signature"].split()
    assert len(signatures) == 1


def test_a_webhook_holds_ids_and_codes_and_nothing_of_a_person(district, receiver):
    subscribe(district, receiver.url())
    case_id = a_case(district)
    [notice_id] = tell_many(district, 1, case_id)
    deliver(district)

    [got] = receiver.received
    assert got.json["type"] == "notices.issued"
    assert got.json["data"]["notices"] == [
        {
            "id": str(notice_id),
            "cause": "deadline",
            "template": "deadline_overdue",
            "role": "village_committee",
            "area_code": sample.VILLAGE,
            "case_id": str(case_id),
            "kind": "monitoring_object",
            "deadline_id": None,
            "rule": "publicity",
            "due_on": "2021-06-17",
            "days_late": 3,
            "unit": "working_day",
            "issued_at": "2021-06-03T09:00:00+08:00",
            "link": f"https://dixian.example/cases/{case_id}",
        }
    ]


UNFIT_SECRETS = {
    "none at all": None,
    "without the prefix": SECRET.removeprefix("whsec_"),
    "not base64": "whsec_not+base64!",
    "of 23 bytes": "whsec_" + base64.b64encode(b"x" * 23).decode(),
    "of 65 bytes": "whsec_" + base64.b64encode(b"x" * 65).decode(),
}


@pytest.mark.parametrize("secret", UNFIT_SECRETS.values(), ids=UNFIT_SECRETS)
def test_a_webhook_needs_a_secret_of_24_to_64_bytes_and_not_one(secret, district):
    problem = refused(district, target="https://receiver.example/", secret=secret)

    assert codes(problem) == {"secret_unfit"}


# -- robots


def letter_of(channel: str, got: Received) -> str:
    """Return the text that a robot shows, checked for the form its platform wants."""
    body = got.json
    if channel == "feishu":
        assert body["msg_type"] == "text"
        return body["content"]["text"]
    assert body["msgtype"] == "text"
    return body["text"]["content"]


def robot(district: District, receiver: Receiver, channel: str, **wanted: Any) -> str:
    receiver.says(Says(body=json.dumps(YES[channel]).encode()))
    return subscribe(district, receiver.url("/send?key=made-up"), channel=channel, **wanted)


@pytest.mark.parametrize("channel", ROBOTS)
def test_a_robot_tells_a_group_the_case_and_the_rule_and_nobodys_name(channel, district, receiver):
    robot(district, receiver, channel)
    case_id = a_case(district)
    tell_many(district, 1, case_id)

    assert deliver(district) == {OK: 1}

    [delivery] = deliveries(district)
    assert letter_of(channel, receiver.received[0]).splitlines() == [
        "底线通知1条",
        f"【已逾期】监测对象{case_id}：公示，2021-06-17到期，已逾期3工作日",
        f"[{delivery.bundle_id}]",
    ]


def test_dingtalk_is_signed_in_its_address_by_the_time_in_milliseconds(district, receiver):
    robot(district, receiver, "dingtalk", secret=ROBOT_SECRET)
    tell(district)
    deliver(district)

    asked = parse_qs(urlsplit(receiver.received[0].path).query)
    timestamp = str(int(district.clock.now().timestamp()) * 1000)
    signed = f"{timestamp}\n{ROBOT_SECRET}".encode()
    wanted = hmac.new(ROBOT_SECRET.encode(), signed, hashlib.sha256).digest()
    assert asked == {
        "key": ["made-up"],
        "timestamp": [timestamp],
        "sign": [base64.b64encode(wanted).decode()],
    }


def test_feishu_is_signed_in_its_body_by_the_time_in_seconds(district, receiver):
    robot(district, receiver, "feishu", secret=ROBOT_SECRET)
    tell(district)
    deliver(district)

    body, timestamp = receiver.received[0].json, str(int(district.clock.now().timestamp()))
    key = f"{timestamp}\n{ROBOT_SECRET}".encode()
    wanted = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    assert (body["timestamp"], body["sign"]) == (timestamp, wanted)


def test_a_robot_without_a_secret_is_not_signed_and_wecom_takes_none(district, receiver):
    for channel in ("dingtalk", "feishu"):
        robot(district, receiver, channel)
    tell(district)
    deliver(district)
    assert "sign" not in receiver.received[0].path + receiver.received[1].path
    assert all("sign" not in got.json for got in receiver.received)

    problem = refused(district, channel="wecom", target=receiver.url(), secret=ROBOT_SECRET)
    assert codes(problem) == {"secret_not_taken"}


TURNED_AWAY = [
    ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}, REFUSED, 93000, 5),
    ("wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}, LIMITED, 45009, 60),
    ("dingtalk", {"errcode": 310000, "errmsg": "sign not match"}, REFUSED, 310000, 5),
    ("dingtalk", {"errcode": 130101, "errmsg": "send too fast"}, LIMITED, 130101, 600),
    ("feishu", {"code": 19021, "msg": "sign match fail"}, REFUSED, 19021, 5),
    ("feishu", {"code": 11232, "msg": "frequency limited"}, LIMITED, 11232, 60),
    ("feishu", {"StatusCode": 9499, "StatusMessage": "Bad Request"}, REFUSED, 9499, 5),
    ("wecom", {"ok": True}, REFUSED, None, 5),
    ("wecom", ["errcode"], REFUSED, None, 5),
    ("wecom", {"errcode": "0"}, REFUSED, None, 5),
    ("wecom", {"errcode": 10**30}, REFUSED, None, 5),
    ("wecom", 0, REFUSED, None, 5),
]


@pytest.mark.parametrize(("channel", "told", "outcome", "detail", "seconds"), TURNED_AWAY)
def test_a_200_with_an_error_code_is_a_failure_and_a_limit_a_pause(
    channel, told, outcome, detail, seconds, district, receiver
):
    robot(district, receiver, channel)
    tell(district)
    receiver.says(Says(body=json.dumps(told).encode()))

    assert deliver(district) == {outcome: 1}

    [delivery] = deliveries(district)
    assert (delivery.state, delivery.detail) == ("waiting", detail)
    waited = delivery.due_at - district.clock.now()
    assert timedelta(seconds=seconds) <= waited <= timedelta(seconds=seconds) * 1.1
    receiver.says(Says(body=json.dumps(YES[channel]).encode()))
    district.clock.advance(hours=1)
    assert deliver(district) == {OK: 1}
    first, second = (letter_of(channel, got) for got in receiver.received)
    assert first == second, "the same message, with the same mark"


def test_a_200_that_is_no_json_is_a_failure(district, receiver):
    robot(district, receiver, "wecom")
    tell(district)
    for body in (b"", b"<html>", b"\xff\xfe", b"x" * 200_000):
        receiver.says(Says(body=body))
        assert deliver(district) == {REFUSED: 1}
        district.clock.advance(days=1)


@pytest.mark.parametrize(("channel", "seconds"), [("wecom", 3), ("dingtalk", 3), ("feishu", 0.6)])
def test_a_robot_gets_no_more_messages_in_a_minute_than_it_takes(
    channel, seconds, district, receiver
):
    robot(district, receiver, channel)
    case_id = a_case(district)

    for _ in range(3):
        tell_many(district, 1, case_id)
        assert deliver(district) == {OK: 1}
        tell_many(district, 2, case_id)
        assert deliver(district) == {}
        district.clock.advance(seconds=seconds)
        assert deliver(district) == {OK: 1}, "what came meanwhile goes together"
        district.clock.advance(seconds=seconds)
    assert len(receiver.received) == 6


@pytest.mark.parametrize("channel", ROBOTS)
def test_ten_thousand_notices_are_twenty_messages_within_the_limit_of_each(
    channel, district, receiver
):
    robot(district, receiver, channel)
    many_rules(district, 10_000)
    count = 0
    while deliver(district):
        count += 1
        district.clock.advance(seconds=3)

    assert count == len(receiver.received) == 20
    limits = {"wecom": 2048, "dingtalk": 20_000, "feishu": 20_000}
    for got in receiver.received:
        shown = letter_of(channel, got)
        assert len(shown.encode()) <= limits[channel]
        assert channel == "wecom" or len(got.body) <= limits[channel]
        assert shown.startswith("底线通知500条\n【") or "条\n" in shown
    assert {delivery.state for delivery in deliveries(district)} == {"delivered"}


def many_rules(district: District, number: int) -> None:
    """Write so many notices of ninety rules, some of them with long names."""
    case_id, now = a_case(district), district.clock.now()
    facts = [
        overdue(case_id=case_id, rule_label={"zh": f"第{n}项时限" + "长" * (n % 7), "en": "-"})
        for n in range(90)
    ]
    to = Addressee("village_committee", sample.VILLAGE)
    owed = [
        Owed(Cause.rung(UUID(int=n), "1"), to, "deadline_overdue", facts[n % 90])
        for n in range(number)
    ]
    for start in range(0, number, 1000):
        district.change(lambda s, part=owed[start : start + 1000]: notify_all(s, part, now))


# -- quiet hours and digests

QUIET = {"from_time": "22:00", "to_time": "07:00"}


@pytest.mark.parametrize(
    ("hour", "minute", "sent"),
    [(21, 59, True), (22, 0, False), (0, 0, False), (6, 59, False), (7, 0, True), (12, 0, True)],
)
def test_nothing_is_sent_in_the_quiet_hours_of_the_offices_day(
    hour, minute, sent, district, receiver
):
    subscribe(district, receiver.url(), quiet_hours=QUIET)
    case_id = a_case(district)
    tomorrow = district.clock.now().date() + timedelta(days=1)
    district.clock.set(office_time(tomorrow, hour, minute))
    tell_many(district, 1, case_id)

    assert deliver(district) == ({OK: 1} if sent else {})


def test_quiet_hours_within_a_day_end_with_it_and_what_came_goes_as_one(district, receiver):
    quiet = {"from_time": "12:00", "to_time": "14:00"}
    robot(district, receiver, "wecom", quiet_hours=quiet)
    case_id, day = a_case(district), district.clock.now().date()
    for minute in range(5):
        district.clock.set(office_time(day, 12, minute))
        tell_many(district, 1, case_id)
        assert deliver(district) == {}

    district.clock.set(office_time(day, 14))

    assert deliver(district) == {OK: 1}
    assert letter_of("wecom", receiver.received[0]).startswith("底线通知5条\n")


def test_a_retry_waits_for_the_end_of_the_quiet_hours_too(district, receiver):
    subscribe(district, receiver.url(), quiet_hours=QUIET)
    case_id, day = a_case(district), district.clock.now().date()
    district.clock.set(office_time(day, 21, 59))
    tell_many(district, 1, case_id)
    receiver.says(Says(500), Says(200))
    deliver(district)

    district.clock.set(office_time(day, 23))
    assert deliver(district) == {}
    district.clock.set(office_time(day + timedelta(days=1), 7))
    assert deliver(district) == {OK: 1}


def test_quiet_hours_are_shown_as_they_were_set_and_do_not_end_when_they_begin(district):
    subscribe(district, "https://receiver.example/", quiet_hours=QUIET)
    [shown] = district.get("village", "/v1/subscriptions").json()["items"]
    assert shown["quiet_hours"] == QUIET

    never = {"channel": "webhook", "target": "https://receiver.example/", "secret": SECRET}
    for quiet in ({"from_time": "07:00", "to_time": "07:00"}, {"from_time": "24:00"}):
        answer = district.post("village", "/v1/subscriptions", {**never, "quiet_hours": quiet})
        assert answer.status_code == 400


def test_a_digest_is_at_most_one_message_in_its_minutes(district, receiver):
    subscribe(district, receiver.url(), digest_minutes=60)
    case_id = a_case(district)
    tell_many(district, 1, case_id)
    assert deliver(district) == {OK: 1}

    for _ in range(6):
        tell_many(district, 2, case_id)
        assert deliver(district) == {}
        district.clock.advance(minutes=10)

    assert deliver(district) == {OK: 1}
    assert [len(got.json["data"]["notices"]) for got in receiver.received] == [1, 12]


# -- e-mail


@dataclass
class Mailbox:
    """What a mail server has taken; `answers` are given to recipients before it takes more."""

    letters: list[Message] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.letters.append(message_from_bytes(envelope.content))
        return "250 taken"


@contextmanager
def mail_server(box: Mailbox, **how: Any) -> Iterator[dict[str, Any]]:
    """Run a mail server; yield the settings that lead to it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port, **how)
    server.start()
    try:
        yield {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
    finally:
        server.stop()


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


def by_mail(district: District, target: str = "office@county.example") -> None:
    """Set up a subscription by mail, for the operator has a mail server."""
    district.client.app.state.office = _with(district, smtp_host="127.0.0.1")
    subscribe(district, target, channel="email")


def _with(district: District, **changed: Any) -> Any:
    office = district.office
    return replace(office, settings=office.settings.model_copy(update=changed))


def test_a_letter_tells_every_notice_in_a_paragraph_with_where_to_read_on(district, box):
    by_mail(district)
    case_id = a_case(district)
    tell_many(district, 2, case_id)
    with mail_server(box) as server:
        assert deliver(district, **server) == {OK: 1}

    [sent] = box.letters
    line = f"【已逾期】监测对象{case_id}：公示，2021-06-17到期，已逾期3工作日"
    paragraph = f"{line}\nhttps://dixian.example/cases/{case_id}"
    assert str(make_header(decode_header(sent["Subject"]))) == "底线通知2条"
    assert (sent["To"], sent["From"]) == ("office@county.example", "dixian@localhost")
    assert sent.get_payload(decode=True).decode().strip() == f"{paragraph}\n\n{paragraph}"


def test_a_letter_has_the_same_message_id_on_every_attempt(district, box):
    by_mail(district)
    tell(district)
    box.answers = ["451 try again later"]
    with mail_server(box) as server:
        assert deliver(district, **server) == {REFUSED: 1}
        [delivery] = deliveries(district)
        assert (delivery.state, delivery.detail) == ("waiting", 451)
        district.clock.advance(hours=1)
        assert deliver(district, **server) == {OK: 1}
        district.post("village", f"/v1/deliveries/{delivery.id}/replay", {})
        assert deliver(district, **server) == {OK: 1}

    assert [one["Message-ID"] for one in box.letters] == [f"<{delivery.bundle_id}@localhost>"] * 2


def test_a_mail_server_that_is_not_there_is_tried_again(district):
    by_mail(district)
    tell(district)

    ended = deliver(district, smtp_host="127.0.0.1", smtp_port=9, smtp_security="none")

    assert ended == {Outcome.CONNECTION_FAILED: 1}


def test_a_mail_server_gets_the_password_and_only_over_tls(district, box, tmp_path, monkeypatch):
    server, ca = certificate(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(ca))
    given: list[LoginPassword] = []

    def check(_server: Any, _session: Any, _envelope: Any, _how: str, data: Any) -> AuthResult:
        given.append(data)
        return AuthResult(success=data == LoginPassword(b"dixian", b"made-up"))

    by_mail(district)
    tell(district)
    account = {"smtp_user": "dixian", "smtp_password": SecretStr("made-up")}
    secured = {**account, "smtp_host": "localhost", "smtp_security": "starttls"}
    with mail_server(
        box, authenticator=check, auth_required=True, tls_context=server, require_starttls=True
    ) as where:
        assert deliver(district, **where, **account) == {REFUSED: 1}
        assert given == []
        district.clock.advance(days=1)
        assert deliver(district, **{**where, **secured}) == {OK: 1}
    assert given == [LoginPassword(b"dixian", b"made-up")]
    assert len(box.letters) == 1


NO_ADDRESSES = ["office", "@county.example", "a@b", "a@b@c.example", "a@county.example,b@x.example"]


@pytest.mark.parametrize("target", NO_ADDRESSES)
def test_what_is_no_address_is_refused(target, district):
    district.client.app.state.office = _with(district, smtp_host="127.0.0.1")

    assert codes(refused(district, channel="email", target=target)) == {"target_refused"}


def test_mail_needs_an_operator_who_has_a_mail_server(district):
    problem = refused(district, channel="email", target="office@county.example")

    assert codes(problem) == {"channel_not_set_up"}


# -- targets and secrets


def test_a_target_inside_is_refused_when_it_is_set_up(district):
    district.client.app.state.office = _with(district, private_networks=())

    for channel in ("webhook", *ROBOTS):
        secret = SECRET if channel == "webhook" else None
        for target in (
            "https://127.0.0.1/", "https://0x7f.1/", "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/", "http://receiver.example/", "https://a:b@receiver.example/",
        ):  # fmt: skip
            wanted = {"channel": channel, "target": target, "secret": secret}
            assert codes(refused(district, **wanted)) == {"target_refused"}, wanted


def test_no_answer_no_column_and_no_log_line_holds_a_target_or_a_secret(district, receiver, capsys):
    key = "key=very-secret-0123456789"
    hook = subscribe(district, receiver.url(f"/hook?{key}"))
    answers = [
        district.get("village", "/v1/subscriptions"),
        district.post("village", f"/v1/subscriptions/{hook}/rotate-secret", {"secret": NEW_SECRET}),
        district.post("village", f"/v1/subscriptions/{hook}/pause", {}),
        district.post("village", f"/v1/subscriptions/{hook}/resume", {}),
    ]
    receiver.says(Says(500), Says(200))
    tell(district)
    deliver(district)
    answers.append(district.get("village", "/v1/deliveries"))

    tables = ("subscription", "delivery", "notice", "saved_answer", "attempt")
    kept = [
        str(tuple(row))
        for table in tables
        for row in district.read(
            lambda s, table=table: list(s.execute(text(f"SELECT * FROM {table}")))  # noqa: S608
        )
    ]
    everything = "".join([*(answer.text for answer in answers), *kept, capsys.readouterr().out])
    assert all(answer.status_code == 200 for answer in answers)
    assert "127.0.0.1" in answers[0].text, "its host is shown"
    for secret in (key, SECRET, NEW_SECRET, SECRET.removeprefix("whsec_")):
        assert secret not in everything


def test_an_address_is_shown_without_the_name_in_it(district):
    by_mail(district, "zhangsan@county.example")

    [shown] = district.get("village", "/v1/subscriptions").json()["items"]
    assert shown["shown"] == "z*******@county.example"


# -- DX-71: who subscribes

HOOK = {"target": "https://receiver.example/hook", "secret": SECRET}


def test_dx_71_a_position_subscribes_to_its_own_notices(district):
    subscribe(district, HOOK["target"])

    [mine] = district.get("village", "/v1/subscriptions").json()["items"]
    assert (mine["role"], mine["area_code"]) == ("village_committee", sample.VILLAGE)
    for other in ("team", "neighbour", "township", "county"):
        assert district.get(other, "/v1/subscriptions").json()["items"] == []
        for what in ("pause", "resume"):
            answer = district.post(other, f"/v1/subscriptions/{mine['id']}/{what}", {})
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_dx_71_nobody_but_an_administrator_subscribes_for_another_position(district):
    for username, wanted, code in (
        ("village", {"role": "resident_team"}, "not_your_role"),
        ("village", {"all_roles": True}, "not_your_role"),
        ("township", {"area_code": sample.VILLAGE}, "not_your_role"),
        ("county", {"role": "township_office", "area_code": sample.TOWNSHIP}, "not_your_role"),
        ("village", {"area_code": sample.NEIGHBOUR}, "not_found"),
        ("village", {"area_code": sample.TOWNSHIP}, "not_found"),
    ):
        problem = refused(district, username, **HOOK, **wanted)
        assert problem["code"] == code, (username, wanted)
        assert code == "not_found" or "DX-71" in problem["detail"]


def test_dx_71_an_administrator_subscribes_for_any_position_in_the_area(district, receiver):
    appoint(district, "elsewhere", ADMINISTRATOR, sample.COUNTY, district.clock.now().date())
    held = district.get("elsewhere", "/v1/me").json()["positions"]
    chosen = {"Dixian-Position": next(p["id"] for p in held if p["role"] == ADMINISTRATOR)}
    for path, wanted in (
        ("/all", {"all_roles": True}),
        ("/village", {"role": "village_committee", "area_code": sample.VILLAGE}),
        ("/teams", {"role": "resident_team"}),
        ("/elsewhere", {"all_roles": True, "area_code": sample.OTHER_TOWNSHIP}),
    ):
        body = {"channel": "webhook", "secret": SECRET, "target": receiver.url(path), **wanted}
        answer = district.post("elsewhere", "/v1/subscriptions", body, **chosen)
        assert answer.status_code == 201, answer.text
    tell(district)
    deliver(district)

    assert sorted(got.path for got in receiver.received) == ["/all", "/village"]
    subscribe(district, receiver.url("/own"))
    headers = district.headers("elsewhere") | chosen
    listed = district.client.get("/v1/subscriptions", headers=headers).json()["items"]
    assert len(listed) == 5, "those of the positions in the area as well"
    sent = district.client.get("/v1/deliveries", headers=headers).json()["items"]
    assert len(sent) == 2


# -- the command


def test_dixian_tick_sends_what_is_due(district, receiver, monkeypatch):
    subscribe(district, receiver.url())
    tell(district)
    settings = district.office.settings
    monkeypatch.setenv("DIXIAN_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("DIXIAN_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("DIXIAN_PRIVATE_NETWORKS", "10.8.0.0/16, 127.0.0.0/8")

    told = [CliRunner().invoke(app, ["tick"], catch_exceptions=False) for _ in range(2)]

    assert [one.stdout.splitlines()[-1] for one in told] == [
        "1 message(s) sent: 1 delivered.",
        "0 message(s) sent.",
    ]
    assert len(receiver.received) == 1
