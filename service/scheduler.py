"""Ticks, and nothing else: what is done at each stands where it belongs.

Nothing is kept in here that could be lost: a tick that was missed makes the next one find more.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from math import inf
from time import monotonic
from uuid import uuid4

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from service import programmes
from service.api.office import Office
from service.audit import keeping
from service.audit.signer import Signer
from service.checkpoints import holders_of
from service.clock import OFFICE_ZONE
from service.deadlines.turns import sweep_due, where
from service.notices.delivery import deliver_due
from service.store.leases import hold, let_go

LEASED_FOR = timedelta(minutes=15)
"""Longer than two ticks, and than the clocks of two servers differ."""

logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a long tick is no news

KEEP_SECONDS = 2
"""A line is under a signed checkpoint within 5 s: this long until a tick, the rest to work."""

NICENESS = 10
"""On one machine with the servers a clock gives way: a notice can wait, who asks them does not."""

SECONDS_TO_END = 20
SECONDS_UNTOLD = 60
log = structlog.get_logger("clock")

Work = Callable[[Office], Awaitable[object]]


async def sweep(office: Office) -> None:
    await sweep_due(office.database, office.registry, office.settings)


async def deliver(office: Office) -> None:
    await deliver_due(office)


async def open_programmes(office: Office) -> None:
    swept = await office.database.transact(lambda s: programmes.open_due(s, office.registry))
    for refused in swept.refused:
        log.warning("not opened", why=refused)


async def keep(office: Office) -> None:
    """Let lines into the log and sign it, where its key is."""
    path = office.settings.log_key_path
    if path.exists():
        await keeping.let_in(office.database, Signer(path), office.clock)


async def hand_over(office: Office) -> None:
    """Give checkpoints to their holders: apart, for a holder that is slow must not delay a line."""
    if office.settings.log_key_path.exists():
        holders = list(holders_of(office.settings))
        problems = await keeping.hand_over(office.database, holders, office.clock)
        for name in problems:
            log.warning("a checkpoint was not taken", holder=name)


class Ticker:
    """Lets each piece of work tick in this process; the costly ones in one process at a time."""

    def __init__(self, office: Office) -> None:
        self._office, self._me = office, uuid4()
        self._under_way: set[asyncio.Task[object]] = set()
        self._told: dict[tuple[str, str], float] = {}
        self._scheduler = AsyncIOScheduler(
            timezone=OFFICE_ZONE,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Begin to tick, in the event loop that runs."""
        seconds = self._office.settings.tick_seconds
        self._every(seconds, sweep)
        self._every(seconds, deliver)
        self._every(min(seconds, KEEP_SECONDS), keep)
        self._every(seconds, hand_over)
        self._every(300, open_programmes, leased=True)
        self._scheduler.start()

    async def stop(self) -> None:
        """Tick no more; let what is under way come to its end, for a while."""
        self._scheduler.pause()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=SECONDS_TO_END)
        self._scheduler.shutdown(wait=False)
        await self._office.database.transact(lambda s: let_go(s, self._me))

    def _every(self, seconds: int, work: Work, *, leased: bool = False) -> None:
        at_once = datetime.now(UTC)  # noqa: TID251 - the scheduler's own time, not the office's
        self._scheduler.add_job(
            self._tick, "interval", (work, leased), seconds=seconds, next_run_time=at_once
        )

    async def _tick(self, work: Work, leased: bool) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            if not leased or await self._leads(work.__name__):
                await work(self._office)
        except Exception as problem:  # noqa: BLE001 - whatever it was, the next one goes on
            self._tell(work.__name__, where(problem))
        finally:
            self._under_way.discard(task)

    def _tell(self, work: str, problem: str) -> None:
        """Say what failed; of the same failure again and again, once a minute."""
        now = monotonic()
        if now - self._told.get((work, problem), -inf) >= SECONDS_UNTOLD:
            self._told[work, problem] = now
            log.error("a tick failed", work=work, problem=problem)

    async def _leads(self, name: str) -> bool:
        now = self._office.clock.now()
        until = now + LEASED_FOR
        return await self._office.database.transact(lambda s: hold(s, name, self._me, now, until))


async def run(office: Office) -> None:
    """Tick until somebody stops this process."""
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, stopped.set)
    ticker = Ticker(office)
    ticker.start()
    log.info("ticking")
    try:
        await stopped.wait()
    finally:
        await ticker.stop()
        await office.database.close()
        log.info("stopped")
