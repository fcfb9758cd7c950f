"""Many clients at once, through a real server: one winner for each version, nothing torn.

The service answers on a loopback port as it does in an office: from this process on both
databases, and on PostgreSQL also from two worker processes. Whatever the clients do, each
version of a case has one line, the chain verifies, and nobody gets a 5xx.
"""

import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import httpx
import pytest
import uvicorn
from district import Case, District
from fastapi import FastAPI

from service import invariants, sample
from service.audit import chain
from service.clock import SystemClock
from service.main import create_app

WRITERS = 32
ROUNDS = 5
START_SECONDS = 90
ROOT = Path(__file__).parent.parent


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve an app on a loopback port, from a thread; yield its address."""
    config = uvicorn.Config(app, port=0, log_level="error", access_log=False, ws="none")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive())
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)


@contextmanager
def serving_from_processes(settings: Any, *, workers: int, log: Path) -> Iterator[str]:
    """Run `dixian serve` as an operator would, its output in a file; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "DIXIAN_DATABASE_URL": settings.database_url,
        "DIXIAN_DATA_DIR": str(settings.data_dir),
        "PYTHONPATH": str(ROOT),
    }
    command = "from service.cli import main; main()"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [
                sys.executable,
                "-c",
                command,
                "serve",
                "--port",
                str(port),
                "--workers",
                str(workers),
            ],
            env=environment,
            cwd=settings.data_dir,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: process.poll() is not None or is_ready(url))
            yield url
        finally:
            process.terminate()
            try:
                process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + START_SECONDS
    while not true():
        assert time.monotonic() < until, "the server did not start"
        time.sleep(0.05)


def at_once(
    url: str, requests: Sequence[tuple[str, dict[str, Any], dict[str, str]]]
) -> list[httpx.Response]:
    """Post all of (path, body, headers) at the same moment, each from a thread of its own."""
    gate = Barrier(len(requests))
    limits = httpx.Limits(max_connections=len(requests))

    with (
        httpx.Client(base_url=url, limits=limits, timeout=60, trust_env=False) as client,
        ThreadPoolExecutor(len(requests)) as threads,
    ):

        def post(request: tuple[str, dict[str, Any], dict[str, str]]) -> httpx.Response:
            path, body, headers = request
            gate.wait()
            return client.post(path, json=body, headers=headers)

        return list(threads.map(post, requests))


@pytest.fixture
def live(district: District, rulebook: Any) -> Iterator[str]:
    """Yield the address of a second app on the district's database, behind a real socket."""
    with serving(create_app(district.office.settings, district.clock, rulebook)) as url:
        yield url


@pytest.fixture
def two_processes(district: District, tmp_path: Path) -> Iterator[str]:
    """Yield the address of two worker processes; their clock is the machine's."""
    district.clock.set(SystemClock().now())
    settings = district.office.settings
    with serving_from_processes(settings, workers=2, log=tmp_path / "served.log") as url:
        yield url


on_postgresql = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)


def test_of_32_writers_on_each_version_of_a_case_one_wins(district, live):
    case = district.a_case_at("publicity")

    write_at_each_version(district, live, case, district.good("object"))


@on_postgresql
def test_of_32_writers_in_two_processes_one_wins_at_each_version(district, two_processes):
    case = district.apply()
    district.act("village", case, "sign_consent")
    district.act("village", case, "conclude_deliberation")
    district.act("village", case, "conclude_review")
    district.act("village", case, "post_publicity")

    write_at_each_version(district, two_processes, case, district.good("object"))


def write_at_each_version(district: District, url: str, case: Case, body: dict[str, Any]) -> None:
    for version in range(case.version, case.version + ROUNDS):
        answers = at_once(
            url,
            [
                event(district, case, f"statement {writer}", body, version)
                for writer in range(WRITERS)
            ],
        )

        assert Counter(a.status_code for a in answers) == {201: 1, 412: WRITERS - 1}
        for lost in (a.json() for a in answers if a.status_code == 412):
            assert (lost["code"], lost["state"]) == ("stale_version", "publicity")
            assert lost["version"] == version + 1
            assert "object" in lost["available_actions"]

    winners = ROUNDS + case.version
    assert lines(district, case) == list(range(1, winners + 1))
    assert_whole(district)


def event(
    district: District, case: Case, statement: str, body: dict[str, Any], version: int
) -> tuple[str, dict[str, Any], dict[str, str]]:
    headers = {
        **district.headers("village"),
        "Idempotency-Key": district.key(),
        "If-Match": f'"{version}"',
    }
    return f"/v1/cases/{case.id}/events", {**body, "statement": statement}, headers


def test_of_writers_who_move_a_case_on_one_wins_and_the_others_learn_where_it_is(district, live):
    """Half of them saw the version; half guess the next one, at which the event is over."""
    case = district.apply()
    body = district.good("sign_consent")
    headers = district.headers("village")

    answers = at_once(
        live,
        [
            (
                f"/v1/cases/{case.id}/events",
                body,
                {**headers, "Idempotency-Key": district.key(), "If-Match": f'"{1 + number % 2}"'},
            )
            for number in range(WRITERS)
        ],
    )

    statuses = Counter(a.status_code for a in answers)
    assert statuses[201] == 1
    assert set(statuses) <= {201, 409, 412}
    for lost in (a.json() for a in answers if a.status_code != 201):
        moved_on = lost["version"] == 2
        assert lost["state"] == ("group_deliberation" if moved_on else "consent")
        assert lost["status"] == 412 or (lost["code"], moved_on) == ("event_not_allowed", True)
        assert ("sign_consent" in lost["available_actions"]) is not moved_on
    assert lines(district, case) == [1, 2]
    assert_whole(district)


def test_of_16_who_open_a_case_for_one_household_one_does(district, live):
    household_id = district.register()
    body = {"household_id": household_id, "entry_point": "paper"}

    answers = at_once(live, [posted(district, "/v1/monitoring-objects", body) for _ in range(16)])

    assert Counter(a.status_code for a in answers) == {201: 1, 409: 15}
    opened = next(a.json()["case"]["id"] for a in answers if a.status_code == 201)
    told = [a.json() for a in answers if a.status_code == 409]
    assert {(t["code"], t["case_id"]) for t in told} == {("episode_open", opened)}
    assert district.get("county", "/v1/monitoring-objects", count=True).json()["total"] == 1
    assert_whole(district)


def test_tg_e07_of_16_who_take_a_household_in_anew_one_does_and_it_is_its_second_episode(
    district, live
):
    first = district.a_case_at("eliminated")
    body = {"household_id": first.household_id, "entry_point": "paper"}

    answers = at_once(live, [posted(district, "/v1/monitoring-objects", body) for _ in range(16)])

    assert Counter(a.status_code for a in answers) == {201: 1, 409: 15}
    (anew,) = (a.json()["case"] for a in answers if a.status_code == 201)
    assert (anew["episode"], anew["previous_case_id"]) == (2, first.id)
    assert {a.json()["case_id"] for a in answers if a.status_code == 409} == {anew["id"]}
    assert district.get("county", "/v1/monitoring-objects", count=True).json()["total"] == 2
    assert_whole(district)


def test_of_16_who_eliminate_a_risk_and_take_the_household_in_at_once_one_episode_is_open(
    district, live
):
    """Whoever comes before the mark is told of the open case; after it, one opens the next."""
    first = district.a_case_at("elimination_marking")
    mark = (
        f"/v1/cases/{first.id}/events",
        district.good("mark_eliminated"),
        {
            **district.headers("township"),
            "Idempotency-Key": district.key(),
            "If-Match": f'"{first.version}"',
        },
    )
    body = {"household_id": first.household_id, "entry_point": "paper"}
    opens = [posted(district, "/v1/monitoring-objects", body) for _ in range(15)]

    marked, *answers = at_once(live, [mark, *opens])

    assert marked.status_code == 201
    statuses = Counter(a.status_code for a in answers)
    assert set(statuses) <= {201, 409}
    assert statuses[201] <= 1
    assert_whole(district)


def test_of_16_who_register_one_identity_number_one_does(district, live):
    body = district.a_household()

    answers = at_once(live, [posted(district, "/v1/households", body) for _ in range(16)])

    assert Counter(a.status_code for a in answers) == {201: 1, 409: 15}
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"household_exists"}
    assert district.get("county", "/v1/households", count=True).json()["total"] == 1


def test_of_households_that_share_members_in_different_order_one_is_registered(district, live):
    """In the order of the one and of the other, each would wait for the other for ever."""
    numbers = [sample.identity_number(serial) for serial in range(900, 912)]

    for _ in range(3):
        answers = at_once(
            live,
            [
                posted(district, "/v1/households", household(numbers[:: 1 - 2 * (n % 2)]))
                for n in range(16)
            ],
        )
        assert set(Counter(a.status_code for a in answers)) <= {201, 409}

    assert district.get("county", "/v1/households", count=True).json()["total"] == 1


def household(numbers: list[str]) -> dict[str, Any]:
    members = [
        {"name": "李某", "relation": "other" if n else "head", "id_number": number}
        for n, number in enumerate(numbers)
    ]
    return {"area_code": sample.VILLAGE, "household_type": "ordinary", "members": members}


def test_more_clients_than_connections_wait_for_their_turn(district, live):
    case = district.apply()
    headers = district.headers("county")

    with (
        httpx.Client(base_url=live, timeout=60, trust_env=False) as client,
        ThreadPoolExecutor(64) as threads,
    ):
        answers = threads.map(
            lambda _: client.get(f"/v1/cases/{case.id}/history", headers=headers).status_code,
            range(128),
        )

        assert Counter(answers) == {200: 128}


def posted(
    district: District, path: str, body: dict[str, Any]
) -> tuple[str, dict[str, Any], dict[str, str]]:
    return path, body, {**district.headers("village"), "Idempotency-Key": district.key()}


def lines(district: District, case: Case) -> list[int]:
    history = district.get("county", f"/v1/cases/{case.id}/history").json()["items"]
    return [line["seq"] for line in history]


def assert_whole(district: District) -> None:
    """Hold that every chain verifies and no invariant is broken."""
    flaws = district.read(lambda s: [flaw for _, _, flaw in chain.verify(s) if flaw])
    assert flaws == []
    rulebook = district.office.rulebook
    assert district.read(lambda s: list(invariants.violations(s, rulebook))) == []
