"""Group commit: on SQLite, acts that come at the same time share one transaction and one flush.

There is one writer at a time anyway, and bringing a transaction to the disk costs as much as
the act itself. Each act stands or falls by itself, and none is answered before all are kept.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlmodel import Session

T = TypeVar("T")
Kept = dict[asyncio.Future[Any], Any]

MOST = 16
"""How many acts share a transaction: the last of them waits for all."""


class GroupCommit:
    """The writer of one process to one SQLite file."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: deque[tuple[Callable[[Session], Any], asyncio.Future[Any]]] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def write(self, work: Callable[[Session], T]) -> T:
        """Return what the work returns, once it is on the disk; raise what it raises."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, done))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        return await done

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                await self._write_some()
        finally:
            self._writing = None

    async def _write_some(self) -> None:
        work, done = self._waiting.popleft()
        kept: Kept = {done: None}
        try:
            with self._engine.connect() as connection, connection.begin():
                # A writer that begins deferred can lose its place and its work; it waits instead.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                kept[done] = in_session(connection, work)
                await self._let_others_join(connection, kept)
        except Exception as problem:  # noqa: BLE001 - whatever it was, all of them are told
            for one in kept:
                _tell(one, problem)
        for one, result in kept.items():
            if not one.done():
                one.set_result(result)

    async def _let_others_join(self, connection: Connection, kept: Kept) -> None:
        """Do what came meanwhile. What one of them raises undoes that one, and is its own."""
        while len(kept) < MOST:
            await asyncio.sleep(0)
            if not self._waiting:
                return
            work, done = self._waiting.popleft()
            kept[done] = None
            try:
                with connection.begin_nested():
                    kept[done] = in_session(connection, work)
            except Exception as problem:
                if not _is_open(connection):
                    raise
                _tell(done, problem)


def in_session(connection: Connection, work: Callable[[Session], T]) -> T:
    """Run work in the connection's transaction, and send what it left unsent."""
    with Session(
        connection, expire_on_commit=False, join_transaction_mode="rollback_only"
    ) as session:
        result = work(session)
        session.flush()
        return result


def _is_open(connection: Connection) -> bool:
    """Tell whether the transaction goes on: SQLite ends it by itself when a disk is full."""
    raw: Any = connection.connection.dbapi_connection
    return bool(raw.in_transaction)


def _tell(one: asyncio.Future[Any], problem: Exception) -> None:
    if not one.done():
        one.set_exception(problem)
