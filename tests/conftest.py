"""What the tests share: a database of its own for every test, on both kinds.

A test that uses `database_url`, or what is built on it, runs on SQLite and on PostgreSQL. Its
database is at the newest revision, holds the seeded calendar and the sample district, and is
gone afterwards.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TypeVar

import pytest
from county import County
from databases import Databases, PostgresServer, SqliteFolder, packaged_postgresql
from district import APPLIED_ON, District
from sqlmodel import Session
from starlette.testclient import TestClient

from service.audit.signer import Signer
from service.clock import SetClock, office_time
from service.config import Settings
from service.main import create_app
from service.store.database import Database
from service.store.vault import load_keys
from service.workflows.policy import Policy
from service.workflows.rulebook import Rulebook

T = TypeVar("T")
Run = Callable[[Callable[[Session], T]], T]


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return SqliteFolder(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Yield the server that DIXIAN_TEST_POSTGRES names, or one of this worker's own."""
    named = os.environ.get("DIXIAN_TEST_POSTGRES")
    shared_by_workers = tmp_path_factory.getbasetemp().parent
    with (
        nullcontext(named) if named else packaged_postgresql(shared_by_workers) as url,
        asyncio.Runner() as runner,
        PostgresServer(url, runner).prepared() as server,
    ):
        yield server


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
