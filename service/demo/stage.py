"""What the story is played on: a data folder of its own, the database, the real server."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from uuid import UUID

import structlog
import uvicorn
from fastapi import FastAPI
from sqlmodel import Session

from service import sample
from service.audit import chain
from service.audit.chain import Flaw
from service.clock import Clock
from service.config import Settings
from service.consequences import follow
from service.deadlines.turns import sweep_due
from service.demo.timeline import Timeline
from service.registry import Registry
from service.store import calendars, schema
from service.store.calendars import Calendars
from service.store.database import Database
from service.store.vault import load_keys
from service.workflows.rulebook import Rulebook

SECONDS_TO_START = 30
SECONDS_TO_STOP = 2
SECONDS_BETWEEN_LOOKS = 0.01


@contextmanager
def quiet_log() -> Iterator[None]:
    """Keep the service's log lines out of the timeline, warnings excepted."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        yield
    finally:
        structlog.configure(**before)


@contextmanager
def data_folder() -> Iterator[Settings]:
    """Yield settings on a folder that is gone afterwards, whatever the environment names."""
    with TemporaryDirectory(prefix="dixian-demo-") as folder:
        yield Settings(
            data_dir=Path(folder),
            database_url=f"sqlite:///{folder}/dixian.db",
            keys_file=None,
            attachments_dir=None,
            token_hours=8,
        )


def prepare(settings: Settings, clock: Clock, timeline: Timeline) -> None:
    """Make the database ready to work in."""
    load_keys(settings.keys_path, create=True)
    schema.upgrade(settings.url)
    timeline.lines(f"数据库 database: {settings.url} @ {schema.head()}")

    def fill(session: Session) -> int:
        calendars.seed(session, clock.now())
        sample.plant(session, clock.now())
        return calendars.Calendars().current(session).edition

    edition = Database(settings.url).transact_now(fill)
    first, last = calendars.SEEDED_YEARS[0], calendars.SEEDED_YEARS[-1]
    timeline.lines(
        f"工作日历 working calendar: {first}–{last}, edition {edition}",
        f"示例县区 sample district: {len(sample.AREAS)} areas,"
        f" {len(sample.OFFICIALS)} officials, {sample.POLICY}",
    )


class Server:
    """The real server, in a thread of its own."""

    def __init__(self, app: FastAPI, listener: socket) -> None:
        # The warnings of uvicorn go where Python's own do; it is not to configure any logging.
        config = uvicorn.Config(
            app,
            log_config=None,
            log_level=logging.WARNING,
            access_log=False,
            timeout_graceful_shutdown=SECONDS_TO_STOP,
        )
        self._server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)

    def start(self) -> None:
        """Return when it answers. Raises `ConnectionError` where it does not come to that."""
        self.thread.start()
        for _ in range(int(SECONDS_TO_START / SECONDS_BETWEEN_LOOKS)):
            if self._server.started:
                return
            if not self.thread.is_alive():
                break
            time.sleep(SECONDS_BETWEEN_LOOKS)
        raise ConnectionError("The demonstration's server did not start.")

    def stop(self) -> None:
        self._server.should_exit = True
        self.thread.join()


@contextmanager
def serving(app: FastAPI, listener: socket) -> Iterator[Server]:
    server = Server(app, listener)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def ticking(settings: Settings, clock: Clock) -> Callable[[], None]:
    """Return what does to deadlines what the service's clock does, at the simulated time."""
    registry = Registry(Rulebook(), clock, Calendars(), follow)

    def tick() -> None:
        asyncio.run(sweep_due(Database(settings.url), registry, settings))

    return tick


def verified(settings: Settings) -> list[tuple[UUID, int, Flaw | None]]:
    """Return every case with its number of lines and the first flaw in them, if any."""
    return Database(settings.url).transact_now(
        lambda session: list(chain.verify(session)), keep=False
    )
