"""Processes that run the service's clock at an instant of the test's, until they die by -9.

They are forked from one process that has loaded the service, so that a dead one is replaced at
once. What they run is what `dixian clock` runs; only the time is told them.
"""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess

from service import scheduler
from service.api.office import open_office
from service.clock import SetClock
from service.config import Settings
from service.workflows.rulebook import Rulebook

FORKING = get_context("forkserver")
FORKING.set_forkserver_preload(["service.scheduler"])


def begin(settings: Settings, now: datetime) -> ForkServerProcess:
    """Start a process whose clock shows one instant for ever."""
    process = FORKING.Process(target=_run, args=(settings, now), daemon=True)
    process.start()
    return process


def _run(settings: Settings, now: datetime) -> None:
    asyncio.run(scheduler.run(open_office(settings, SetClock(now), Rulebook())))


def kill(process: ForkServerProcess) -> None:
    """Kill a process that is alive, and see it dead."""
    assert process.is_alive(), f"it ended by itself: {process.exitcode}"
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@contextmanager
def crew(settings: Settings, now: datetime, size: int) -> Iterator[list[ForkServerProcess]]:
    """Let so many processes work; whoever is left in the list at the end is killed too."""
    alive = [begin(settings, now) for _ in range(size)]
    try:
        yield alive
    finally:
        for process in alive:
            kill(process)
