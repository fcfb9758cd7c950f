"""Every notice reaches every target at least once, and again only under the same id.

Receivers are real servers that answer badly, hang, or break off; deliverers are killed.
"""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from district import District
from notifying import deliver, deliveries, subscribe, tell, tell_many
from receivers import HANGS, RESETS, Received, Receiver, Says, receiving
from sqlmodel import Session, select

from service import sample
from service.config import Settings
from service.notices.parcels import (
    ATTEMPTS,
    JITTER,
    LEASE,
    RESTS,
    WAITS,
    Ending,
    Parcel,
    claim,
    record,
)
from service.store.deliveries import Outcome, Subscription
from service.store.vault import load_keys

ROOT = Path(__file__).parent.parent
OK, ERROR, LIMITED, LOST = (
    Outcome.DELIVERED, Outcome.HTTP_ERROR, Outcome.RATE_LIMITED, Outcome.CONNECTION_FAILED,
)  # fmt: skip


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Return settings of an operator who lists the loopback network."""
    load_keys(tmp_path / "keys.json", create=True)
    return Settings(
        database_url=database_url,
        data_dir=tmp_path,
        private_networks="127.0.0.0/8",
        send_seconds=30,
    )


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as [one]:
        yield one


def message_ids(receiver: Receiver) -> list[str]:
    return [got.headers["webhook-id"] for got in receiver.received]


def told_of(receiver: Receiver) -> list[str]:
    return [n["id"] for got in receiver.received for n in got.json["data"]["notices"]]


def states(district: District) -> Counter[str]:
    return Counter(delivery.state for delivery in deliveries(district))


# -- what is due goes out


def test_a_notice_goes_to_the_subscription_of_its_position_and_is_not_sent_again(
    district, receiver
):
    subscribe(district, receiver.url())
    notice_id = tell(district)

    assert deliver(district) == {OK: 1}
    assert deliver(district) == {}

    assert told_of(receiver) == [str(notice_id)]
    assert states(district) == {"delivered": 1}


def test_nothing_is_sent_before_the_transaction_that_caused_it_is_saved(district, receiver):
    subscribe(district, receiver.url())
    assert deliver(district) == {}
    assert receiver.received == []


def test_a_subscription_takes_the_notices_of_its_role_and_area_and_no_others(district, receiver):
    subscribe(district, receiver.url("/township"), "township")
    subscribe(district, receiver.url("/neighbour"), "neighbour")
    subscribe(district, receiver.url("/village"))
    tell(district)

    deliver(district)

    assert [got.path for got in receiver.received] == ["/village"]


def test_what_became_due_together_goes_as_one_message(district, receiver):
    subscribe(district, receiver.url())
    ids = tell_many(district, 60)

    assert deliver(district) == {OK: 3}

    assert [len(got.json["data"]["notices"]) for got in receiver.received] == [25, 25, 10]
    assert sorted(told_of(receiver)) == sorted(map(str, ids))
    assert len(set(message_ids(receiver))) == 3
    assert max(len(got.body) for got in receiver.received) < 20_000


# -- receivers that misbehave

BAD = {
    "answers 500": (Says(500), ERROR, 500),
    "answers 404": (Says(404), ERROR, 404),
    "sends elsewhere": (Says(302, headers={"Location": "http://127.0.0.1/"}), ERROR, 302),
    "is too busy": (Says(429), LIMITED, 429),
    "hangs": (HANGS, Outcome.TIMEOUT, None),
    "resets after reading": (RESETS, LOST, None),
}


@pytest.mark.parametrize(("says", "outcome", "detail"), BAD.values(), ids=BAD)
def test_a_message_is_sent_again_under_the_same_id_to_a_receiver_that(
    says, outcome, detail, district, receiver
):
    subscribe(district, receiver.url())
    notice_id = tell(district)
    receiver.says(says)

    assert deliver(district, send_seconds=0.5 if says == HANGS else 30) == {outcome: 1}
    [waiting] = deliveries(district)
    assert (waiting.state, waiting.outcome, waiting.detail) == ("waiting", outcome, detail)
    receiver.says(Says(204))
    district.clock.advance(hours=1)
    assert deliver(district) == {OK: 1}

    assert told_of(receiver) == [str(notice_id)] * 2
    assert set(message_ids(receiver)) == {str(waiting.bundle_id)}
    assert states(district) == {"delivered": 1}


def test_a_port_that_nobody_listens_on_and_an_address_that_is_refused_are_tried_again(district):
    subscribe(district, "http://127.0.0.2:9/hook")
    tell(district)
    assert deliver(district) == {LOST: 1}
    subscription = deliveries(district)[0].subscription_id
    _retarget(district, subscription, "http://10.0.0.1/hook")
    district.clock.advance(hours=1)

    assert deliver(district) == {Outcome.ADDRESS_REFUSED: 1}


def _retarget(district: District, subscription_id: UUID, target: str) -> None:
    sealed = district.office.vault.seal(target, "subscription.target", subscription_id)

    def work(session: Session) -> None:
        session.get_one(Subscription, subscription_id).target = sealed

    district.change(work)


def test_a_message_keeps_its_notices_while_new_ones_go_in_a_message_of_their_own(
    district, receiver
):
    subscribe(district, receiver.url())
    first = tell_many(district, 2)
    receiver.says(Says(500), Says(200))
    deliver(district)
    later = tell_many(district, 2)
    district.clock.advance(hours=1)

    assert deliver(district) == {OK: 2}

    contents = {
        tuple(sorted(n["id"] for n in got.json["data"]["notices"])): got.headers["webhook-id"]
        for got in receiver.received
    }
    assert set(contents) == {tuple(map(str, sorted(first))), tuple(map(str, sorted(later)))}
    assert len(receiver.received) == 3


# -- when it is tried again


def test_the_waits_grow_from_seconds_to_a_day_and_the_last_attempt_ends_in_a_dead_letter(
    district, receiver
):
    subscribe(district, receiver.url())
    tell(district)
    receiver.says(Says(500))

    for number, wait in enumerate(WAITS, 1):
        assert deliver(district) == {ERROR: 1}
        [delivery] = deliveries(district)
        assert delivery.attempts == number
        assert wait <= delivery.due_at - district.clock.now() <= wait * (1 + JITTER)
        district.clock.set(delivery.due_at - timedelta(seconds=1))
        assert deliver(district) == {}, "not before it is due"
        district.clock.advance(seconds=1)
    assert deliver(district) == {ERROR: 1}

    assert states(district) == {"dead": 1}
    assert len(receiver.received) == ATTEMPTS == 10
    assert len(set(message_ids(receiver))) == 1
    district.clock.advance(days=30)
    assert deliver(district) == {}


def test_two_messages_that_failed_at_once_do_not_come_back_at_once(district, receiver):
    subscribe(district, receiver.url())
    subscribe(district, receiver.url("/other"))
    tell(district)
    receiver.says(Says(500))
    deliver(district)

    assert len({delivery.due_at for delivery in deliveries(district)}) == 2


PAUSES = {
    "in seconds": ("7200", timedelta(hours=2)),
    "by a date": (None, timedelta(hours=3)),
    "never less than the wait of the attempt": ("0", WAITS[0]),
    "never more than a day": ("9" * 12, timedelta(hours=24)),
    "by a date that has passed": ("Thu, 01 Jan 1970 00:00:00 GMT", WAITS[0]),
    "not one that cannot be read": ("soon", WAITS[0]),
    "not a negative one": ("-5", WAITS[0]),
}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("asked", "wait"), PAUSES.values(), ids=PAUSES)
def test_a_pause_that_a_receiver_asks_for_is_granted(asked, wait, status, district, receiver):
    subscribe(district, receiver.url())
    tell(district)
    until = format_datetime(district.clock.now() + timedelta(hours=3), usegmt=True)
    receiver.says(Says(status, headers={"Retry-After": asked or until}), Says(200))
    deliver(district)

    [delivery] = deliveries(district)
    assert wait <= delivery.due_at - district.clock.now() <= wait + WAITS[0] * JITTER


def test_a_receiver_that_is_too_busy_gets_nothing_else_either_meanwhile(district, receiver):
    subscribe(district, receiver.url())
    tell(district)
    receiver.says(Says(429, headers={"Retry-After": "600"}), Says(200))
    deliver(district)
    tell(district)

    district.clock.advance(seconds=599)
    assert deliver(district) == {}
    district.clock.advance(seconds=1)
    assert deliver(district) == {OK: 2}


def test_a_receiver_that_says_it_is_gone_is_paused_and_its_owner_is_told(district, receiver):
    subscription_id = subscribe(district, receiver.url())
    tell(district)
    receiver.says(Says(410))
    deliver(district)

    assert states(district) == {"dead": 1}
    [shown] = district.get("village", "/v1/subscriptions").json()["items"]
    assert (shown["id"], shown["state"]) == (subscription_id, "paused")
    told = district.get("village", "/v1/notices", template="channel_failed").json()["items"]
    assert [n["facts"]["subscription_id"] for n in told] == [subscription_id]


# -- given up, and replayed


def dead_letter(district: District, receiver: Receiver, number: int = 1) -> None:
    """Let a message be given up."""
    subscribe(district, receiver.url())
    tell_many(district, number)
    receiver.says(Says(500))
    for _ in range(ATTEMPTS):
        assert deliver(district) == {ERROR: 1}
        district.clock.advance(days=2)


def test_what_was_given_up_is_seen_and_replayed_under_the_same_id(district, receiver):
    dead_letter(district, receiver, 2)
    shown = district.get("village", "/v1/deliveries", state="dead").json()["items"]
    assert [(d["attempts"], d["outcome"], d["detail"]) for d in shown] == [
        (10, "http_error", 500)
    ] * 2

    receiver.says(Says(200))
    answer = district.post("village", f"/v1/deliveries/{shown[0]['id']}/replay", {})

    assert (answer.status_code, answer.json()["state"]) == (200, "waiting")
    assert deliver(district) == {OK: 1}
    assert states(district) == {"delivered": 2}
    assert len(set(message_ids(receiver))) == 1
    assert message_ids(receiver)[0] == shown[0]["message_id"] == shown[1]["message_id"]


def test_a_replayed_message_has_all_its_attempts_again(district, receiver):
    dead_letter(district, receiver)
    [delivery] = deliveries(district)
    district.post("village", f"/v1/deliveries/{delivery.id}/replay", {})

    assert deliver(district) == {ERROR: 1}
    assert states(district) == {"waiting": 1}


def test_what_was_delivered_can_be_replayed_and_what_waits_goes_on_waiting(district, receiver):
    subscribe(district, receiver.url())
    tell(district)
    [delivery] = deliveries(district)
    path = f"/v1/deliveries/{delivery.id}/replay"

    assert district.post("village", path, {}).json()["state"] == "waiting"
    deliver(district)
    assert district.post("village", path, {}).json()["state"] == "waiting"
    assert deliver(district) == {OK: 1}
    assert len(set(message_ids(receiver))) == 1


def test_nobody_sees_or_replays_the_deliveries_of_another(district, receiver):
    subscribe(district, receiver.url())
    tell(district)
    [delivery] = deliveries(district)

    for other in ("neighbour", "team", "township", "county"):
        assert district.get(other, "/v1/deliveries").json()["items"] == []
        answer = district.post(other, f"/v1/deliveries/{delivery.id}/replay", {})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_owner_of_a_channel_that_fails_is_told_once_a_day_and_not_by_that_channel(
    district, receiver
):
    subscribe(district, receiver.url())
    receiver.says(Says(410))
    for _ in range(2):
        tell(district)
        deliver(district)
        _resume(district)

    told = district.get("village", "/v1/notices", cause="channel").json()["items"]
    assert len(told) == 1
    assert states(district) == {"dead": 2}


def _resume(district: District) -> None:
    for one in district.get("village", "/v1/subscriptions").json()["items"]:
        district.post("village", f"/v1/subscriptions/{one['id']}/resume", {})


def test_a_target_whose_key_is_gone_is_a_failure_of_its_own_and_stops_no_other(district, receiver):
    lost, _ = (subscribe(district, receiver.url(path)) for path in ("/lost", "/kept"))

    def forget(session: Session) -> None:
        session.get_one(Subscription, UUID(lost)).target = "k0:AAAA"

    district.change(forget)
    tell(district)

    assert deliver(district) == {OK: 1, Outcome.ADDRESS_REFUSED: 1}
    assert [got.path for got in receiver.received] == ["/kept"]


# -- one receiver and another


def test_a_slow_receiver_delays_no_other(district):
    """It answers only when all others have all that they are owed, also the second messages."""
    with receiving(4) as [slow, *quick]:
        served: list[str] = []
        are_all_served = Event()

        def serve(got: Received) -> Says:
            served.append(got.path)
            if len(served) == 2 * len(quick):
                are_all_served.set()
            return Says()

        slow.behaves = lambda _: Says() if are_all_served.wait(20) else Says(500)
        subscribe(district, slow.url())
        for one in quick:
            subscribe(district, one.url())
            one.behaves = serve
        tell_many(district, 30)

        assert deliver(district) == {OK: 2 * 4}


def test_hanging_receivers_fill_no_more_than_the_places_there_are(district):
    with receiving() as [slow]:
        slow.says(HANGS)
        for number in range(5):
            subscribe(district, slow.url(f"/{number}"))
        tell(district)

        ended = deliver(district, send_seconds=0.5, sent_at_once=2)

        assert ended == {Outcome.TIMEOUT: 5}


def test_a_target_never_has_two_messages_under_way(district, receiver):
    subscribe(district, receiver.url())
    tell_many(district, 60)

    assert [len(parcel.notices) for parcel in claimed(district)] == [25]
    assert claimed(district) == []


def test_a_target_that_fails_rests_before_anything_else_is_tried(district, receiver):
    subscribe(district, receiver.url())
    tell_many(district, 75)
    receiver.says(Says(500))

    for rest in (*RESTS, RESTS[-1]):
        assert deliver(district) == {ERROR: 1}
        district.clock.advance(seconds=rest.total_seconds() - 1)
        assert deliver(district) == {}
        district.clock.advance(seconds=1)
    receiver.says(Says(200))
    district.clock.advance(hours=1)

    assert deliver(district) == {OK: 3}


def test_receivers_that_answer_well_come_before_those_that_fail(district, receiver):
    bad = subscribe(district, receiver.url("/bad"))
    receiver.says(Says(500))
    tell(district)
    deliver(district)
    receiver.says(Says(200))
    subscribe(district, receiver.url("/good"))
    tell(district)
    district.clock.advance(hours=1)
    now, vault = district.clock.now(), district.office.vault

    [first] = district.read(lambda s: claim(s, now, {"webhook": 25}, vault, limit=1))

    assert str(first.subscription_id) != bad


# -- paused, deleted


def test_what_is_owed_while_a_subscription_is_paused_goes_when_it_is_resumed(district, receiver):
    subscription_id = subscribe(district, receiver.url())
    district.post("village", f"/v1/subscriptions/{subscription_id}/pause", {})
    ids = tell_many(district, 3)
    assert deliver(district) == {}

    _resume(district)

    assert deliver(district) == {OK: 1}
    assert sorted(told_of(receiver)) == sorted(map(str, ids))


def test_a_deleted_subscription_gets_nothing_more_and_keeps_no_secret(district, receiver):
    subscription_id = subscribe(district, receiver.url())
    tell(district)
    headers = district.headers("village") | {"Idempotency-Key": district.key()}
    gone = district.client.delete(f"/v1/subscriptions/{subscription_id}", headers=headers)
    tell(district)

    assert (gone.status_code, gone.json()["state"]) == (200, "ended")
    assert deliver(district) == {}
    assert states(district) == {"cancelled": 1}
    kept = district.read(lambda s: s.get_one(Subscription, UUID(subscription_id)))
    assert (kept.target, kept.secret) == ("", None)
    for what in ("pause", "resume"):
        path = f"/v1/subscriptions/{subscription_id}/{what}"
        assert district.post("village", path, {}).status_code == 404


# -- deliverers that die


def claimed(district: District) -> list[Parcel]:
    """Claim what is due as a deliverer does that is killed before it has sent it."""
    now, vault = district.clock.now(), district.office.vault
    return district.change(lambda s: claim(s, now, {"webhook": 25}, vault, limit=50))


def test_what_a_killed_deliverer_had_claimed_is_sent_when_its_lease_is_over(district, receiver):
    subscribe(district, receiver.url())
    tell_many(district, 3)
    [parcel] = claimed(district)

    assert claimed(district) == []
    district.clock.advance(seconds=LEASE.total_seconds() - 1)
    assert deliver(district) == {}
    district.clock.advance(seconds=1)
    assert deliver(district) == {OK: 1}

    assert message_ids(receiver) == [str(parcel.id)]
    assert {delivery.attempts for delivery in deliveries(district)} == {2}


def test_a_lease_outlasts_the_difference_of_two_servers_clocks(district, receiver):
    subscribe(district, receiver.url())
    tell(district)
    claimed(district)

    district.clock.advance(minutes=5)

    assert deliver(district) == {}


def test_what_a_deliverer_says_after_its_lease_was_taken_over_is_not_heard(district, receiver):
    subscribe(district, receiver.url())
    tell(district)
    [late] = claimed(district)
    district.clock.advance(seconds=LEASE.total_seconds())
    [present] = claimed(district)
    now = district.clock.now()

    district.change(lambda s: record(s, late, Ending(OK), now, timedelta(0)))
    assert states(district) == {"waiting": 1}
    district.change(lambda s: record(s, present, Ending(OK), now, timedelta(0)))
    assert states(district) == {"delivered": 1}
    assert late.id == present.id


DELIVER = """
import asyncio
from datetime import datetime
from service.api.office import open_office
from service.clock import SetClock
from service.config import Settings
from service.notices.delivery import deliver_due
from service.workflows.rulebook import Rulebook
import sys

async def main():
    office = open_office(Settings(), SetClock(datetime.fromisoformat(sys.argv[1])), Rulebook())
    print("ready", flush=True)
    sys.stdin.readline()
    print((await deliver_due(office)).total(), flush=True)
    await office.database.close()

asyncio.run(main())
"""


def deliverer(district: District, now: datetime) -> subprocess.Popen[str]:
    """Start a process that delivers once when it is told to, by a clock that shows `now`."""
    settings = district.office.settings
    environment = {
        **os.environ,
        "DIXIAN_DATABASE_URL": settings.database_url,
        "DIXIAN_DATA_DIR": str(settings.data_dir),
        "DIXIAN_PRIVATE_NETWORKS": "127.0.0.0/8",
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", DELIVER, now.isoformat()],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_two_deliverers_at_once_one_killed_on_the_way_lose_nothing_and_double_no_id(district):
    """The receivers hold their answers until both deliver; then one of them dies with -9."""
    with receiving(12) as receivers:
        for one in receivers:
            subscribe(district, one.url())
        ids = {str(notice_id) for notice_id in tell_many(district, 100)}
        now = district.clock.now()
        both = [deliverer(district, now) for _ in range(2)]
        victim = both[0]
        killed: list[int] = []

        def kill_on_the_way(_: Any) -> Says:
            if not killed:
                killed.append(victim.pid)
                os.kill(victim.pid, signal.SIGKILL)
            return Says()

        receivers[5].behaves = kill_on_the_way
        for process in both:
            go(process)
        for process in both:
            process.communicate()
        assert victim.returncode == -signal.SIGKILL
        district.clock.advance(seconds=LEASE.total_seconds())
        deliver(district)

        assert states(district) == {"delivered": 100 * len(receivers)}
        for one in receivers:
            contents = {
                got.headers["webhook-id"]: [n["id"] for n in got.json["data"]["notices"]]
                for got in one.received
            }
            assert len(contents) == 4, "as many messages as are needed, each under one id"
            assert {n for notices in contents.values() for n in notices} == ids
            for got in one.received:
                same = [n["id"] for n in got.json["data"]["notices"]]
                assert same == contents[got.headers["webhook-id"]]


# -- seen from outside


def metrics(district: District) -> dict[str, float]:
    text = district.client.get("/metrics").text
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def test_the_metrics_tell_age_depth_and_outcomes_by_channel_and_nothing_else(district, receiver):
    subscribe(district, receiver.url())
    tell_many(district, 3)
    receiver.says(Says(500), Says(200))
    district.clock.advance(minutes=7)
    before = metrics(district)
    assert before["dixian_outbox_age_seconds"] == 420
    assert before['dixian_outbox_depth{channel="webhook"}'] == 3
    assert before['dixian_outbox_depth{channel="email"}'] == 0

    deliver(district)
    district.clock.advance(hours=1)
    deliver(district)

    after = metrics(district)
    assert after["dixian_outbox_age_seconds"] == 0
    assert after['dixian_outbox_depth{channel="webhook"}'] == 0
    assert after['dixian_deliveries_total{channel="webhook",outcome="http_error"}'] == 1
    assert after['dixian_deliveries_total{channel="webhook",outcome="delivered"}'] == 1
    assert sample.VILLAGE not in district.client.get("/metrics").text


def test_the_service_is_not_ready_while_the_outbox_stands_still_and_nobody_delivers(
    district, receiver
):
    ready = lambda: district.client.get("/readyz").status_code  # noqa: E731 - said once
    subscribe(district, receiver.url())
    tell(district)
    minutes = district.office.settings.outbox_minutes

    district.clock.advance(minutes=minutes, seconds=-1)
    assert ready() == 200
    district.clock.advance(seconds=1)
    assert ready() == 503
    assert deliver(district, sent_at_once=0) == {}
    assert ready() == 200, "somebody delivers, and has no hand free"
    receiver.says(Says(500))
    deliver(district)
    district.clock.advance(minutes=minutes, seconds=-1)
    assert ready() == 200, "somebody delivers, although the receiver fails"
    district.clock.advance(minutes=1)
    assert ready() == 503
    district.post("village", f"/v1/subscriptions/{_only(district)}/pause", {})
    assert ready() == 200, "nothing could go out"


def _only(district: District) -> str:
    return district.read(lambda s: str(s.exec(select(Subscription.id)).one()))
