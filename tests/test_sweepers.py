"""Sweepers that die, are late, or disagree on the time: nothing is lost by it.

In the end every step of every deadline was taken once, and every notice is there once.
"""

import asyncio
import os
import signal
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from district import District
from falling_due import (
    IN_A_BATCH,
    LATE,
    NEAR,
    ROUNDS,
    STEPS_OF_EACH,
    count,
    each_told,
    hold_up,
    of_each,
    plant,
    steps_taken,
    until,
)
from mortals import LIVES, begin, crew, kill, sweep_together
from notifying import deliver, subscribe
from receivers import Receiver, receiving
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session
from test_ladders import VILLAGE, on, stand, swept, told, under

from service.clock import SetClock, office_time
from service.config import Settings
from service.deadlines.sweep import _Batch, sweep
from service.notices.parcels import LEASE
from service.registry import Registry
from service.store.cases import CASE_COLUMNS, CASES, CaseRow
from service.store.database import wire
from service.store.ladder import STEPS
from service.store.notices import NOTICES
from service.store.vault import load_keys
from service.workflows.rulebook import Rulebook

DEADLINE_COUNT = 300
on_postgresql = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Return settings of an operator who lists the loopback network and does not keep the log."""
    load_keys(tmp_path / "keys.json", create=True)
    return Settings(
        database_url=database_url,
        data_dir=tmp_path,
        import_processes=0,
        private_networks="127.0.0.0/8",
        tick_seconds=1,
    )


# -- killed at random


MANY, SWEEPERS, KILLED_PER_ROUND = 10_000, 4, 5
DICE = Random(20211105)  # noqa: S311 - they guard nothing


@on_postgresql
def test_four_clocks_are_killed_at_random_while_10000_deadlines_of_3_rungs_fall_due(district):
    """Four processes sweep and deliver; at moments that dice choose one is killed by -9.

    A new one takes its place. Each round is one rung of every deadline; the township's notices
    go to a receiver too, who may hear of one again, but only under the same id.
    """
    plant(district, MANY)
    with receiving() as [receiver]:
        subscribe(district, receiver.url(), "township")
        for rung, now in enumerate(ROUNDS):
            district.clock.set(now)
            moments = sorted(DICE.sample(range(rung * MANY, (rung + 1) * MANY), KILLED_PER_ROUND))
            kill_at(district, moments, (rung + 1) * MANY)
        district.clock.advance(seconds=LEASE.total_seconds())
        deliver(district)

    steps, outcomes, notices = count(district)
    assert steps == dict.fromkeys(STEPS_OF_EACH, MANY)
    assert outcomes == {"told": 3 * MANY}
    assert notices == each_told(MANY)
    assert of_each(district) == ({3: MANY}, {4: MANY})
    heard_once(district, receiver)


def heard_once(district: District, receiver: Receiver) -> None:
    """See that every notice to the township was heard of, and no id had two contents."""
    contents: dict[str, set[tuple[str, ...]]] = {}
    for got in receiver.received:
        said = tuple(notice["id"] for notice in got.json["data"]["notices"])
        contents.setdefault(got.headers["webhook-id"], set()).add(said)
    assert {len(said) for said in contents.values()} == {1}, "an id has one content"
    heard = Counter(notice for [said] in contents.values() for notice in said)
    to_township = select(NOTICES.c.id).where(NOTICES.c.role == "township_office")
    owed = district.read(lambda s: [str(one) for one in wire(s).execute(to_township).scalars()])
    assert heard == Counter(owed)


def kill_at(district: District, moments: list[int], goal: int) -> None:
    """Let processes take steps up to a number of them; kill one at each of some moments."""
    settings, now = district.office.settings, district.clock.now()
    with crew(settings, now, SWEEPERS) as alive:

        def done() -> bool:
            taken = steps_taken(district)
            while moments and moments[0] <= taken:
                moments.pop(0)
                kill(alive.pop(DICE.randrange(SWEEPERS)))
                alive.append(begin(settings, now))
            return taken >= goal

        until(done, seconds=300)


# -- killed between a notice and its step


@on_postgresql
def test_of_four_sweepers_three_are_killed_and_every_step_is_taken_once(district):
    plant(district, DEADLINE_COUNT)
    settings = district.office.settings
    deaths = (1, 2, 3, LIVES), (2, LIVES), (1, LIVES)
    for now, dies_in in zip(ROUNDS, deaths, strict=True):
        ended = sweep_together(settings, now, dies_in)
        assert ended[-1] == 0
        assert -signal.SIGKILL in ended
        district.clock.set(now)
        until(lambda: not swept(district).cases)

    steps, outcomes, notices = count(district)
    assert steps == dict.fromkeys(STEPS_OF_EACH, DEADLINE_COUNT)
    assert outcomes == {"told": 3 * DEADLINE_COUNT}
    assert notices == each_told(DEADLINE_COUNT)


# -- frozen, and away


@on_postgresql
def test_what_a_frozen_sweeper_holds_is_set_free_and_it_goes_on_when_it_wakes(district):
    plant(district, DEADLINE_COUNT)
    settings, now = district.office.settings, ROUNDS[0]
    with asyncio.Runner() as runner, crew(settings, now, 1) as [frozen]:
        holding = runner.run(hold_up(settings.database_url))
        until(lambda: runner.run(holding.fetchval(IN_A_BATCH)) > 0)
        os.kill(frozen.pid, signal.SIGSTOP)
        runner.run(holding.close())
        with crew(settings, now, 1):
            until(lambda: steps_taken(district) == DEADLINE_COUNT)
        os.kill(frozen.pid, signal.SIGCONT)
        district.apply()
        until(lambda: steps_taken(district) == DEADLINE_COUNT + 1)

    steps, outcomes, notices = count(district)
    assert steps == {"house_before_3": DEADLINE_COUNT + 1}
    assert outcomes == {"told": DEADLINE_COUNT + 1}
    assert notices == {(NEAR, "village_committee"): DEADLINE_COUNT + 1}


class TestAnOutageOf72Hours:
    """In it two rungs fell due of each deadline, one before its last day and one after."""

    @pytest.fixture
    def rulebook(self, tmp_path: Path) -> Rulebook:
        return under(tmp_path, 'rungs = [{ before_days = 1, to = ["holder"], cite = "TG-A03" }]\n')

    @on_postgresql
    def test_each_step_is_there_once_and_the_highest_alone_is_told(self, district, tmp_path):
        plant(district, DEADLINE_COUNT)
        on(district, date(2021, 6, 22))
        back = office_time(date(2021, 6, 23), 9) + timedelta(hours=72)

        with crew(district.office.settings, back, 2, tmp_path):
            until(lambda: steps_taken(district) >= 3 * DEADLINE_COUNT)

        steps, outcomes, notices = count(district)
        each = ("house_before_3", "before_1", "house_after_1")
        assert steps == dict.fromkeys(each, DEADLINE_COUNT)
        assert outcomes == {"told": 2 * DEADLINE_COUNT, "superseded": DEADLINE_COUNT}
        assert notices == {
            (NEAR, "village_committee"): DEADLINE_COUNT,
            (LATE, "village_committee"): DEADLINE_COUNT,
            (LATE, "township_office"): DEADLINE_COUNT,
        }


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
    due = "status = 'running' AND next_step_at <= '2021-06-22' ORDER BY next_step_at, id LIMIT 80"

    def explained(session: Session) -> str:
        connection = wire(session)
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        rows = connection.execute(text(f"EXPLAIN SELECT id FROM deadline WHERE {due}"))  # noqa: S608
        return "\n".join(rows.scalars())

    assert "ix_deadline_next_step_at_id" in district.read(explained)
