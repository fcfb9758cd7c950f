"""Processes that do the clock's work at an instant of the test's, and die by -9.

They are forked from one process that has loaded the service, so that a dead one is replaced at
once. A crew runs what `dixian clock` runs; only the time is told it.
"""

import asyncio
import itertools
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import get_context, parent_process
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from service import scheduler
from service.api.office import Office, open_office
from service.clock import SetClock
from service.config import Settings
from service.deadlines import sweep, turns
from service.workflows.rulebook import Rulebook

FORKING = get_context("forkserver")
FORKING.set_forkserver_preload(["service.scheduler"])


def begin(settings: Settings, now: datetime, *policies: Path) -> ForkServerProcess:
    """Start a process whose clock shows one instant for ever, with documents of its own."""
    process = FORKING.Process(target=_run, args=(settings, now, policies), daemon=True)
    process.start()
    return process


def _run(settings: Settings, now: datetime, policies: tuple[Path, ...]) -> None:
    asyncio.run(_tick(open_office(settings, SetClock(now), Rulebook(*policies))))


async def _tick(office: Office) -> None:
    """Tick until killed, or orphaned: where the tests themselves are killed."""
    loop, tests = asyncio.get_running_loop(), parent_process()
    assert tests is not None
    loop.add_reader(tests.sentinel, os.kill, os.getpid(), signal.SIGKILL)
    await scheduler.run(office)


def kill(process: ForkServerProcess) -> None:
    """Kill a process that is alive, and see it dead."""
    assert process.is_alive(), f"it ended by itself: {process.exitcode}"
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@contextmanager
def crew(
    settings: Settings, now: datetime, size: int, *policies: Path
) -> Iterator[list[ForkServerProcess]]:
    """Let so many processes work; whoever is left in the list at the end is killed too."""
    alive = [begin(settings, now, *policies) for _ in range(size)]
    try:
        yield alive
    finally:
        for process in alive:
            kill(process)


LIVES = 0


def sweep_together(settings: Settings, now: datetime, deaths: tuple[int, ...]) -> list[int | None]:
    """Let sweepers begin at once, which die in a batch of their own; return how each ended."""
    gate = FORKING.Barrier(len(deaths))
    processes = [
        FORKING.Process(target=_sweep, args=(settings, now, dies_in, gate)) for dies_in in deaths
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    return [process.exitcode for process in processes]


def _sweep(settings: Settings, now: datetime, dies_in: int, gate: Barrier) -> None:
    """Sweep once; die after the notices of a batch were written and before it is saved."""
    batches, record = itertools.count(1), sweep.put_rows

    def put_rows(*said: Any) -> None:
        if next(batches) == dies_in:
            os.kill(os.getpid(), signal.SIGKILL)
        record(*said)

    sweep.put_rows, turns.BATCH = put_rows, 20
    office = open_office(settings, SetClock(now), Rulebook())
    gate.wait(60)
    asyncio.run(turns.sweep_due(office.database, office.registry, settings))
