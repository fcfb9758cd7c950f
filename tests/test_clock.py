"""The clock of a running service: it ticks by itself, ends gracefully, and is seen from outside."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from district import District
from sqlmodel import Session, col, func, select
from starlette.testclient import TestClient
from test_ladders import on, swept, told
from typer.testing import CliRunner

from service import scheduler
from service.cli import app
from service.clock import SetClock, SystemClock, office_time
from service.config import Settings
from service.deadlines.turns import sweep_due
from service.main import create_app
from service.scheduler import LEASED_FOR, Ticker
from service.store.ladder import LadderStep
from service.store.leases import Lease, hold, let_go
from service.store.notices import Notice

ROOT = Path(__file__).parent.parent
AN_HOUR = timedelta(hours=1)
WORKS = ["deliver", "hand_over", "keep", "open_programmes", "sweep"]


# -- ticks


def ended(district: District, ticker: Ticker) -> None:
    district.client.portal.call(ticker.stop)


def test_what_ticks_is_done_at_once_and_again(district, monkeypatch):
    """The scheduler itself is the library's; here each piece of work says that it was done."""
    done: list[str] = []
    both = asyncio.Event()

    async def note(name: str) -> None:
        done.append(name)
        if set(WORKS) <= set(done):
            both.set()

    for name in WORKS:
        work = lambda _office, name=name: note(name)  # noqa: E731 - said five times
        work.__name__ = name
        monkeypatch.setattr(scheduler, name, work)
    ticker = Ticker(district.office)

    async def tick() -> None:
        ticker.start()
        async with asyncio.timeout(20):
            await both.wait()
        await ticker.stop()

    district.client.portal.call(tick)

    assert sorted(set(done)) == WORKS


def test_a_tick_that_fails_is_not_the_last(district, monkeypatch, capsys):
    failed = asyncio.Event()

    async def fail(_office: object) -> None:
        failed.set()
        raise RuntimeError("张某 341302199001010000")

    monkeypatch.setattr(scheduler, "sweep", fail)
    ticker = Ticker(district.office)

    async def tick() -> None:
        ticker.start()
        async with asyncio.timeout(20):
            await failed.wait()
        await ticker.stop()

    district.client.portal.call(tick)

    said = capsys.readouterr().out
    assert "a tick failed" in said
    assert "RuntimeError" in said
    assert "张某" not in said


def test_what_fails_at_every_tick_is_told_once_a_minute(district, monkeypatch, capsys):
    ticker, minutes = Ticker(district.office), iter([0.0, 2.0, 59.9, 60.0])
    monkeypatch.setattr(scheduler, "monotonic", lambda: next(minutes))

    for _ in range(4):
        ticker._tell("keep", "RolledBack in sign")  # noqa: SLF001 - a minute is too long to wait

    assert capsys.readouterr().out.count("a tick failed") == 2


def test_what_is_under_way_comes_to_its_end_before_the_clock_stops(district, monkeypatch):
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), []

    async def slowly(_office: object) -> None:
        begun.set()
        await may_end.wait()
        ended.append(True)

    monkeypatch.setattr(scheduler, "sweep", slowly)
    ticker = Ticker(district.office)

    async def tick() -> None:
        ticker.start()
        async with asyncio.timeout(20):
            await begun.wait()
            stopping = asyncio.create_task(ticker.stop())
            await asyncio.sleep(0)
            may_end.set()
            await stopping

    district.client.portal.call(tick)

    assert ended == [True]


def test_a_clock_that_stops_begins_nothing_more(district, monkeypatch):
    begun, may_end, delivered = asyncio.Event(), asyncio.Event(), []

    async def slowly(_office: object) -> None:
        begun.set()
        await may_end.wait()

    async def note(_office: object) -> None:
        delivered.append(True)

    monkeypatch.setattr(scheduler, "sweep", slowly)
    monkeypatch.setattr(scheduler, "deliver", note)
    ticker = Ticker(district.office)

    async def tick() -> int:
        ticker.start()
        async with asyncio.timeout(20):
            await begun.wait()
            stopping = asyncio.create_task(ticker.stop())
            await _some_turns()
            before = len(delivered)
            for job in ticker._scheduler.get_jobs():  # noqa: SLF001 - all are due at once
                job.modify(next_run_time=SystemClock().now())
            await _some_turns()
            may_end.set()
            await stopping
        return len(delivered) - before

    assert district.client.portal.call(tick) == 0


async def _some_turns() -> None:
    """Let the event loop do what is ready, and what follows from it."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("said", "url", "ticks"),
    [
        ({}, "", True),
        ({}, "postgresql://localhost/dixian", False),
        ({"tick_in_server": False}, "", False),
        ({"tick_in_server": True}, "postgresql://localhost/dixian", True),
    ],
)
def test_the_embedded_service_ticks_by_itself_unless_told(said, url, ticks):
    assert Settings(database_url=url, **said).ticks_in_server is ticks


def test_a_server_that_ticks_climbs_ladders_and_stops_with_the_server(settings, rulebook):
    clock = SetClock(office_time(date(2021, 6, 3), 9))
    with TestClient(create_app(settings, clock, rulebook, ticking=True)) as client:
        district = District(client, clock)
        district.apply()
        district.on(date(2021, 6, 22))
        client.portal.call(_until, district)

        assert [template for template, _ in told(district)] == ["deadline_near"]


async def _until(district: District) -> None:
    """Wait until the server's own clock has swept, which looks every few seconds."""
    read = district.office.database.read
    async with asyncio.timeout(60):
        while not await read(lambda s: s.exec(select(func.count(col(Notice.id)))).one()):  # noqa: ASYNC110
            await asyncio.sleep(0.1)  # another process writes them


# -- the command


def environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "DIXIAN_DATABASE_URL": settings.database_url,
        "DIXIAN_DATA_DIR": str(settings.data_dir),
        "DIXIAN_TICK_SECONDS": "1",
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def ticking(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """Run `dixian clock` as an operator would."""
    with subprocess.Popen(
        [sys.executable, "-c", "from service.cli import main; main()", "clock"],
        env=environment(settings),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert "ticking" in process.stdout.readline()
            yield process
        finally:
            process.kill()


def test_dixian_clock_sweeps_and_ends_when_it_is_told_to(district, settings):
    """Its clock is the machine's: a deadline of 2021 is overdue at its first tick."""
    district.apply()
    with ticking(settings) as process:
        district.client.portal.call(_until, district)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)

    assert process.returncode == 0
    assert "stopped" in output.splitlines()[-1]
    assert district.read(lambda s: s.exec(select(Lease)).all()) == []
    assert len(district.read(lambda s: s.exec(select(LadderStep)).all())) >= 3


@pytest.mark.usefixtures("district")
def test_dixian_clock_gives_way_to_the_servers_of_its_machine(settings):
    with ticking(settings) as process:
        assert os.getpriority(os.PRIO_PROCESS, process.pid) > os.getpriority(os.PRIO_PROCESS, 0)


def test_dixian_tick_says_how_many_steps_it_took(district, settings, monkeypatch):
    district.apply()
    for name, value in environment(settings).items():
        if name.startswith("DIXIAN_"):
            monkeypatch.setenv(name, value)

    ended = CliRunner().invoke(app, ["tick"], catch_exceptions=False)

    assert "3 step(s) of ladders taken." in ended.stdout.splitlines()


# -- leases


def take(district: District, who: Any, now: datetime) -> bool:
    return district.change(lambda s: hold(s, "work", who, now, now + LEASED_FOR))


def test_a_lease_has_one_holder_until_it_is_over_then_another_may_take_it(district):
    me, other = uuid4(), uuid4()
    now = district.clock.now()

    assert take(district, me, now)
    assert not take(district, other, now)
    assert take(district, me, now + timedelta(minutes=10)), "it is one's own"
    assert not take(district, other, now + LEASED_FOR), "it was renewed"
    assert take(district, other, now + timedelta(minutes=10) + LEASED_FOR), "its holder has died"
    assert not take(district, me, now + timedelta(minutes=10) + LEASED_FOR)


def test_a_lease_that_is_given_back_is_free(district):
    me, other = uuid4(), uuid4()
    now = district.clock.now()
    take(district, me, now)

    def give_back(session: Session) -> None:
        let_go(session, me)

    district.change(give_back)

    assert take(district, other, now)


def test_what_a_dead_server_had_to_itself_another_does_when_the_lease_is_over(district):
    dead, another = Ticker(district.office), Ticker(district.office)
    done: list[datetime] = []

    async def work(_office: object) -> None:
        done.append(district.clock.now())

    def tick(ticker: Ticker) -> int:
        district.client.portal.call(ticker._tick, work, True)  # noqa: SLF001 - and waits for it
        return len(done)

    assert tick(dead) == 1, "and then it dies, and gives nothing back"
    district.clock.advance(seconds=LEASED_FOR.total_seconds() - 1)
    assert tick(another) == 1
    district.clock.advance(seconds=1)
    assert tick(another) == 2
    assert tick(dead) == 2, "it is the other's now"


def test_a_lease_outlasts_the_difference_of_two_servers_clocks():
    assert timedelta(minutes=5) < LEASED_FOR


# -- seen from outside


def metrics(district: District) -> dict[str, float]:
    text = district.client.get("/metrics").text
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def test_the_metrics_tell_how_late_steps_were_taken_and_what_waits(district):
    district.apply()
    district.clock.set(office_time(date(2021, 6, 22), 8, 4))
    before = metrics(district)
    assert before["dixian_sweep_oldest_seconds"] == 240
    assert before["dixian_sweep_lag_seconds_count"] == 0

    swept(district)

    after = metrics(district)
    assert after["dixian_sweep_oldest_seconds"] == 0
    assert after['dixian_sweep_lag_seconds_bucket{le="60.0"}'] == 0
    assert after['dixian_sweep_lag_seconds_bucket{le="300.0"}'] == 1
    assert after['dixian_sweep_lag_seconds_bucket{le="+Inf"}'] == 1
    assert after["dixian_sweep_lag_seconds_sum"] == 240


def test_the_metrics_add_up_over_sweeps(district):
    district.apply()
    on(district, date(2021, 6, 22))
    on(district, date(2021, 7, 5), 9)

    after = metrics(district)
    assert after["dixian_sweep_lag_seconds_count"] == 3
    assert (
        after["dixian_sweep_lag_seconds_sum"]
        == AN_HOUR.total_seconds() + (AN_HOUR + timedelta(days=9)).total_seconds()
    )


def test_the_service_is_not_ready_while_deadlines_wait_and_nobody_sweeps(district):
    ready = lambda: district.client.get("/readyz").status_code  # noqa: E731 - said once
    district.apply()
    minutes = district.office.settings.sweep_minutes

    district.clock.set(office_time(date(2021, 6, 22), 8, minutes) - timedelta(seconds=1))
    assert ready() == 200
    district.clock.advance(seconds=1)
    assert ready() == 503
    assert "sweeper" in district.client.get("/readyz", headers={"Accept-Language": "en"}).text
    swept(district)
    assert ready() == 200
    district.on(date(2021, 6, 24))
    assert ready() == 200, "nothing is due"


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_sweeper_is_seen_at_work_also_where_a_case_is_locked_all_the_time(district):
    ready = lambda: district.client.get("/readyz").status_code  # noqa: E731 - said once
    case = district.apply()
    minutes = district.office.settings.sweep_minutes
    district.clock.set(office_time(date(2021, 6, 22), 8, minutes))
    assert ready() == 503
    lock = "SELECT 1 FROM cases WHERE id = $1 FOR UPDATE"

    async def sweep_while_it_is_locked() -> int:
        office = district.office
        other = await asyncpg.connect(office.settings.database_url)
        async with asyncio.timeout(30), other.transaction():
            await other.execute(lock, UUID(case.id))
            done = await sweep_due(office.database, office.registry, office.settings)
        await other.close()
        return done.cases

    assert district.client.portal.call(sweep_while_it_is_locked) == 0
    assert ready() == 200
    district.clock.advance(minutes=minutes)
    assert ready() == 503, "it has not been seen since"
