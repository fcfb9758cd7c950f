"""The engine, and the transaction: the one place that knows SQLite from PostgreSQL.

The domain code is synchronous and takes a `Session`. On SQLite it runs inline, one writer at
a time, and acts that come together share a commit; on PostgreSQL it runs on asyncpg, so that
waiting for the server blocks nobody. Work is committed before its result is handed back: an
answer never runs ahead of its commit.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from asyncpg import IntegrityConstraintViolationError
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Table,
    any_,
    create_engine,
    event,
    func,
    literal,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import greenlet_spawn
from sqlmodel import Session

from service.store.columns import json_text
from service.store.group_commit import GroupCommit, in_session

T = TypeVar("T")

SQLITE_PRAGMAS = (
    "busy_timeout=10000",  # first: the others may have to wait
    "journal_mode=WAL",
    "synchronous=FULL",  # NORMAL loses acknowledged acts on a power cut
    "foreign_keys=ON",
    "recursive_triggers=ON",  # so that a REPLACE meets the triggers against deletion too
)


PATIENCE_SECONDS = 30.0
"""How long anybody waits for a connection before they are told to try again."""


class Database:
    """A database to work in. `transact` saves all or nothing; `read` saves nothing.

    Both raise `TimeoutError` where PostgreSQL's connections stay in use for `patience` seconds.
    """

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            self._sync = _sqlite_engine(url)
            self._writer = GroupCommit(self._sync)
        else:
            self._async = create_async_engine(
                parsed.set(drivername="postgresql+asyncpg"),
                pool_size=pool_size,
                max_overflow=0,
                json_serializer=json_text,
                hide_parameters=True,
            )
            # The pool lets newcomers in before those who wait for a connection: here is the queue.
            self._turn = asyncio.Semaphore(pool_size)
            self.patience = PATIENCE_SECONDS

    async def transact(self, work: Callable[[Session], T]) -> T:
        """Run work and commit it; whatever it raises rolls everything back."""
        return await self._run(work, read_only=False)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run work that only looks; nothing it does is kept."""
        return await self._run(work, read_only=True)

    async def _run(self, work: Callable[[Session], T], *, read_only: bool) -> T:
        if self.is_sqlite and not read_only:
            return await self._writer.write(work)
        if self.is_sqlite:
            return _finish(self.engine, work, read_only=read_only)
        async with asyncio.timeout(self.patience):
            await self._turn.acquire()
        try:
            # One greenlet for all of it: an `AsyncConnection` takes three, and a task to close.
            return await greenlet_spawn(_finish, self.engine, work, read_only=read_only)
        finally:
            self._turn.release()

    def transact_now(self, work: Callable[[Session], T], *, keep: bool = True) -> T:
        """Do the same from a command that has no event loop; unless `keep`, keep nothing."""
        return asyncio.run(self._once(work, keep=keep))

    async def _once(self, work: Callable[[Session], T], *, keep: bool) -> T:
        try:
            return await self._run(work, read_only=not keep)
        finally:
            await self.close()

    async def close(self) -> None:
        """Give the connections back to the server; the next use opens new ones."""
        if self.is_sqlite:
            self._sync.dispose()
        else:
            await self._async.dispose()

    @property
    def engine(self) -> Engine:
        """Return the engine that statements pass through: for counting and listening.

        On SQLite it begins no transaction by itself: `transact` and `read` do.
        """
        return self._sync if self.is_sqlite else self._async.sync_engine


def _finish(engine: Engine, work: Callable[[Session], T], *, read_only: bool) -> T:
    with engine.connect() as connection, connection.begin() as transaction:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        result = in_session(connection, work)
        if read_only:
            transaction.rollback()
    return result


def wire(session: Session) -> Connection:
    """Return the connection under a session, for statements that need no objects.

    They are in the same transaction and cost a fraction, but know nothing of what was added
    to the session and not flushed.
    """
    connection = session.get_bind()
    assert isinstance(connection, Connection)
    return connection


def put_rows(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows at once, each with the same columns: by COPY where there is one.

    Raises `IntegrityError` for one that the table does not take.
    """
    if not rows:
        return
    connection = wire(session)
    if connection.dialect.name != "postgresql":
        connection.execute(table.insert(), list(rows))
        return
    columns, dialect = list(rows[0]), connection.dialect
    kinds = {name: table.c[name].type.dialect_impl(dialect) for name in columns}
    as_kept = {name: kind.bind_processor(dialect) for name, kind in kinds.items()}
    records = [
        [write(row[name]) if write else row[name] for name, write in as_kept.items()]
        for row in rows
    ]
    connection.execute(select(1))  # a transaction begins with its first statement
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.run_async(
            lambda raw: raw.copy_records_to_table(table.name, records=records, columns=columns)
        )
    except IntegrityConstraintViolationError as problem:
        raise IntegrityError(f"COPY {table.name}", None, problem) from problem


def insert_new(session: Session, table: Table, rows: Sequence[dict[str, Any]]) -> list[Any]:
    """Insert the rows whose unique keys are free; return the ids of those that were."""
    if not rows:
        return []
    statement = _insert(session, table).on_conflict_do_nothing().returning(table.c.id)
    return list(wire(session).execute(statement, rows).scalars())


def put(session: Session, table: Table, row: dict[str, Any], **otherwise: Any) -> None:  # noqa: ANN401
    """Insert a row; where its key is there already, change that row in the way given."""
    put_where(session, table, row, None, **otherwise)


def put_where(
    session: Session,
    table: Table,
    row: dict[str, Any],
    where: ColumnElement[bool] | None,
    **otherwise: Any,  # noqa: ANN401
) -> None:
    """Do as `put` does, and leave a row that is there as it is unless the condition holds."""
    statement = _insert(session, table).values(row)
    keys = list(table.primary_key.columns)
    wire(session).execute(
        statement.on_conflict_do_update(index_elements=keys, set_=otherwise, where=where)
    )


def _insert(session: Session, table: Table) -> Any:  # noqa: ANN401 - each database has its own
    dialect = wire(session).dialect.name
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


def one_of(
    session: Session, column: ColumnElement[int], numbers: Sequence[int]
) -> ColumnElement[bool]:
    """Return the condition that a column has one of any number of numbers: one parameter."""
    if wire(session).dialect.name == "postgresql":
        return column == any_(literal(list(numbers), postgresql.ARRAY(BigInteger)))
    each = func.json_each(json_text(list(numbers))).table_valued("value")
    return column.in_(select(each.c.value))


def take_turns(session: Session, over: str) -> None:
    """Let whoever does the same wait until this transaction is over. SQLite has one writer."""
    connection = wire(session)
    if connection.dialect.name == "postgresql":
        names = func.hashtext("dixian"), func.hashtext(over)
        connection.execute(select(func.pg_advisory_xact_lock(*names)))


def not_idle_for_long(session: Session, seconds: int = 15) -> None:
    """Let the server end this transaction, and free what it locks, if we stand still in it."""
    connection = wire(session)
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{seconds}s'"))


def plan_for_the_values(session: Session) -> None:
    """Let the server plan what is read in this transaction for the values that are asked for.

    After a few runs it may keep one plan for all values: with an average holder in an average
    area, a county's list takes a hundred times as long.
    """
    connection = wire(session)
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


def _sqlite_engine(url: str) -> Engine:
    # Errors must not tell whose data it was.
    engine = create_engine(url, json_serializer=json_text, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:  # noqa: ANN401
        connection.isolation_level = None  # the driver must not begin on its own
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    return engine
