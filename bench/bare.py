"""The same statements without us: what the driver and the database can do by themselves.

The statements of real moves are recorded as they pass through SQLAlchemy, transaction by
transaction, and then executed on a copy of the same database by the bare driver, with the
same commits. Nothing is left out but the service.
"""

import asyncio
import logging
import sqlite3
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

import asyncpg
import httpx
import structlog
import uvloop
from sqlalchemy import event, make_url

from bench.client import CONNECTIONS, CREATED
from bench.stories import Walk
from service.api.office import Office
from service.config import Settings
from service.main import create_app
from service.store.database import SQLITE_PRAGMAS

Statement = tuple[str, Sequence[Any]]
Transaction = list[Statement]
RecordedWalk = list[Transaction]


def record(settings: Settings, walks: list[Walk]) -> list[RecordedWalk]:
    """Lead cases through the service in this process; return the statements it executes."""
    return uvloop.run(_record(settings, walks))


async def _record(settings: Settings, walks: list[Walk]) -> list[RecordedWalk]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    app = create_app(settings)
    office: Office = app.state.office
    statements: Transaction = []

    @event.listens_for(office.database.engine, "before_cursor_execute")
    def _note(*said: Any) -> None:  # noqa: ANN401 - as SQLAlchemy calls it
        _connection, _cursor, statement, parameters, _context, is_many = said
        if not statement.startswith("BEGIN"):
            statements.extend((statement, row) for row in (parameters if is_many else [parameters]))

    async def move(client: httpx.AsyncClient, path: str, **request: Any) -> Transaction:  # noqa: ANN401 - httpx's
        statements.clear()
        answer = await client.post(path, **request)
        assert answer.status_code == CREATED, answer.text
        return list(statements)

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
        recorded = [
            [await move(client, one.path, headers=one.headers, content=one.body) for one in walk]
            for walk in walks
        ]
    await office.database.close()
    return recorded


def replay(url: str, walks: list[RecordedWalk]) -> float:
    """Execute recorded transactions by the bare driver; return how many it does in a second."""
    if make_url(url).get_backend_name() == "sqlite":
        return _replay_sqlite(make_url(url).database or "", walks)
    return uvloop.run(_replay_postgres(url, walks))


def _replay_sqlite(file: str, walks: list[RecordedWalk]) -> float:
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    began, transactions = time.perf_counter(), [one for walk in walks for one in walk]
    for transaction in transactions:
        connection.execute("BEGIN IMMEDIATE")
        for statement, parameters in transaction:
            connection.execute(statement, parameters).fetchall()
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return len(transactions) / seconds


async def _replay_postgres(url: str, walks: list[RecordedWalk]) -> float:
    waiting = deque(walks)
    connections = [await asyncpg.connect(url) for _ in range(CONNECTIONS)]

    async def lead(connection: asyncpg.Connection) -> None:
        while waiting:
            for transaction in waiting.popleft():
                async with connection.transaction():
                    for statement, parameters in transaction:
                        await connection.fetch(statement, *parameters)

    began = time.perf_counter()
    await asyncio.gather(*map(lead, connections))
    seconds = time.perf_counter() - began
    for connection in connections:
        await connection.close()
    return sum(map(len, walks)) / seconds
