"""How Alembic runs our migrations: in the service's own engine, as one transaction.

After every step, whichever it was, the append-only triggers are put up again.
"""

from collections.abc import Set as AbstractSet
from typing import Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.util import CommandError
from sqlalchemy import Connection, event, inspect
from sqlmodel import AutoString, Session

from service.config import Settings
from service.store import append_only, log_triggers
from service.store.columns import Utc
from service.store.database import Database
from service.store.schema import METADATA


def run() -> None:
    """Migrate the database that the caller named, or the one of the settings."""
    if context.is_offline_mode():
        raise CommandError("Migrations look at the database as they go: --sql cannot be offered.")
    database = Database(context.config.attributes.get("url") or Settings().url)
    if database.is_sqlite:
        # A batch migration makes a table anew and drops the old one, to which others still refer.
        # SQLite hears this only before the transaction; `after_step` checks what it was not told.
        event.listen(
            database.engine,
            "connect",
            lambda connection, _record: connection.execute("PRAGMA foreign_keys=OFF"),
        )
    database.transact_now(migrate)


def migrate(session: Session) -> None:
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        # Two processes that start together take turns; SQLite has one writer in any case.
        connection.exec_driver_sql(
            "SELECT pg_advisory_xact_lock(hashtext('dixian'), hashtext('migrations'))"
        )
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=True,
        render_item=in_plain_types,
        on_version_apply=after_step,
    )
    context.run_migrations()


def in_plain_types(_kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write SQLAlchemy's types for our own: a migration must stay what it was when ours change."""
    if isinstance(item, Utc):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, AutoString):
        return f"sa.String({item.impl.length or ''})"
    if isinstance(item, sa.JSON):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


def after_step(
    *, ctx: MigrationContext, step: MigrationInfo, heads: AbstractSet[str], run_args: object
) -> None:
    """Make sure of what a migration can break without a word.

    Batch mode on SQLite drops the old table, and its triggers go with it: no error, no
    warning, and the log could be rewritten from then on. So this does not rely on the author
    of a migration, and triggers are written in no migration at all. It acts on steps only: a
    start that finds nothing to migrate must not heal, unseen, what somebody took down.
    """
    del run_args
    connection = ctx.connection
    assert connection is not None
    if connection.dialect.name == "sqlite":
        _refuse_dangling_references(connection, step)
    run, dialect = connection.exec_driver_sql, connection.dialect.name
    tables = inspect(connection).get_table_names()
    for table in tables:
        if table in append_only.TABLES:
            append_only.install(run, dialect, table)
    if "log_pending" in tables:
        log_triggers.install(run, dialect)
    else:
        for statement in log_triggers.removal(dialect):
            run(statement)
    if not heads:
        connection.exec_driver_sql("DROP TABLE alembic_version")  # base leaves nothing behind


def _refuse_dangling_references(connection: Connection, step: MigrationInfo) -> None:
    dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if dangling:
        tables = sorted({row[0] for row in dangling})
        raise CommandError(
            f"Migration {step.up_revision_id} leaves {len(dangling)} rows of {', '.join(tables)} "
            "that refer to rows that are gone: nothing was changed."
        )


run()
