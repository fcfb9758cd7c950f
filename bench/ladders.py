"""A morning on which a province's deadlines fall due at once: how long until everybody is told.

Two sweepers, each a process of its own, take one rung of every deadline; meanwhile somebody asks
for the list of what is overdue, as often as the answers come, and waits not much longer than
when nothing is swept. Beside it stands what the bare driver needs for the same notices.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from threading import Event, Thread

import asyncpg

from bench.client import read
from bench.figures import Figure
from bench.overview import headers_of
from bench.province import plant
from bench.server import serving
from service.api.office import open_office
from service.clock import SystemClock
from service.config import Settings
from service.workflows.rulebook import Rulebook

SWEEPERS = 2
SECONDS, TIMES_THE_IDLE_P99 = 60.0, 2.0
NOTICES_EACH = 2
"""The holder and the township are told on the first day late."""

FALL_DUE = "2021-06-26T08:00:00+08:00"
ASK = "/v1/deadlines?state=overdue&area=990000007000"

FILL = """
INSERT INTO position (id, role, area_code, title)
  SELECT gen_random_uuid(), CASE level WHEN 'village' THEN 'village_committee'
                                       ELSE 'township_office' END, code, '示例'
  FROM area WHERE code LIKE '990000%';
INSERT INTO appointment (id, position_id, person_id, from_on)
  SELECT gen_random_uuid(), position.id, person.id, '2021-01-01'
  FROM position JOIN person ON person.username = split_part(role, '_', 1)
  WHERE area_code LIKE '990000%';
INSERT INTO cases (id, kind, policy, state, version, round, holder, area_code, episode, opened_on,
                   updated_at, head_hash, dossier)
  SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'monitoring_object',
         'taogou-2021@1', 'consent', 1, 1, 'village_committee',
         '990000' || lpad((1 + n % {townships})::text, 3, '0')
                  || lpad((1 + n / {townships} % {villages})::text, 3, '0'),
         1, '2021-06-24', '2021-06-24', repeat('0', 64), '[]'
  FROM generate_series(1, {deadlines}) n;
INSERT INTO deadline (case_id, id, policy, rule, kind, unit, started_on, due_on, over_at,
                      provisional, calendar_edition, status, clock, area_code, case_kind,
                      next_step_at)
  SELECT id, id, policy, 'dynamic_management', 'due', 'date', '2021-06-24', '2021-06-25',
         '2021-06-25T16:00Z', false, 1, 'running',
         '[{{"what": "started", "at": "2021-06-24T01:00:00Z", "calendar_edition": 1,
            "on": "2021-06-24"}}]', area_code, kind, '{fall_due}'
  FROM cases WHERE id::text LIKE '01900000-%';
VACUUM ANALYZE;
"""

SWEEP = """
import asyncio, os, sys
from datetime import datetime
from service.api.office import open_office
from service.clock import SetClock
from service.config import Settings
from service.deadlines.turns import sweep_due
from service.scheduler import NICENESS
from service.workflows.rulebook import Rulebook

async def main():
    os.nice(NICENESS)
    office = open_office(Settings(), SetClock(datetime.fromisoformat(sys.argv[1])), Rulebook())
    print("ready", flush=True)
    sys.stdin.readline()
    await sweep_due(office.database, office.registry, office.settings)
    await office.database.close()

asyncio.run(main())
"""

BARE = """
CREATE TABLE told AS SELECT * FROM notice;
CREATE TABLE told_again (LIKE notice INCLUDING ALL)
"""


def measure(url: str, settings: Settings, deadlines: int, asked: int) -> Iterator[Figure]:
    """Fill a PostgreSQL database that is at head; yield how long telling takes, and waiting."""
    asyncio.run(plant(url, FILL, deadlines=deadlines, fall_due=FALL_DUE))
    office = open_office(settings, SystemClock(), Rulebook())
    request = ASK, headers_of(office)
    with serving(settings) as server:
        read(server.port, [request] * asked)  # warm
        idle = _p99(read(server.port, [request] * asked))
        seconds, waited = _swept(settings, server.port, request)
    told = asyncio.run(_ask(url, "SELECT count(*) FROM notice"))
    assert told == NOTICES_EACH * deadlines, told
    yield Figure(f"{deadlines} deadlines at once, told in", "s", [seconds], at_most=SECONDS)
    yield Figure("the same notices, bare", "s", [asyncio.run(_bare(url))])
    yield Figure("a list, nothing else done, p99", "ms", [idle])
    most = idle * TIMES_THE_IDLE_P99
    yield Figure("a list, meanwhile, p99", "ms", [_p99(waited)], at_most=most)


def _swept(
    settings: Settings, port: int, request: tuple[str, dict[str, str]]
) -> tuple[float, list[float]]:
    """Let the sweepers go; return their seconds, and the milliseconds of whoever asks meanwhile."""
    processes = [_sweeper(settings) for _ in range(SWEEPERS)]
    waited: list[float] = []
    over = Event()

    def ask() -> None:
        while not over.is_set():
            waited.extend(read(port, [request] * 20))

    asking = Thread(target=ask)
    asking.start()
    began = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
    seconds = time.perf_counter() - began
    over.set()
    asking.join()
    return seconds, waited


def _sweeper(settings: Settings) -> subprocess.Popen[str]:
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", SWEEP, FALL_DUE],
        env={
            **os.environ,
            "DIXIAN_DATABASE_URL": settings.url,
            "DIXIAN_DATA_DIR": str(settings.data_dir),
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def _p99(waited: list[float]) -> float:
    return statistics.quantiles(waited, n=100)[98]


async def _run(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements.split(";\n"):
        if statement.strip():
            await connection.execute(statement)
    await connection.close()


async def _ask(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    found = await connection.fetchval(query)
    await connection.close()
    return found


async def _bare(url: str) -> float:
    """Return the seconds in which the driver alone writes the same rows under the same indexes."""
    await _run(url, BARE)
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT * FROM told")
    began = time.perf_counter()
    for first in range(0, len(rows), 400):
        some = rows[first : first + 400]
        await connection.copy_records_to_table("told_again", records=[tuple(row) for row in some])
    seconds = time.perf_counter() - began
    await connection.close()
    return seconds
