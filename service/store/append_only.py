"""Append-only in the database itself: the triggers, put up by migrations and looked for at start.

They stop accidents, the application and whoever works through it. An owner of the database
can drop them: that they stand is checked at every start and by `/readyz`, and what was forged
meanwhile is found by the chain.
"""

from collections.abc import Callable, Iterator

from sqlalchemy import text
from sqlmodel import Session

TABLES = {
    "transition": ("case_id", "seq"),
    "attempt": ("id",),
    "policy_act": ("seq",),
    "duplicate_verdict": ("first_id", "second_id", "number"),
}
"""Table -> its key. There is no other unique key, or a REPLACE could slip in by it."""

PG_FUNCTION = """CREATE OR REPLACE FUNCTION dixian_append_only()
RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append-only: % of % refused', TG_OP, TG_TABLE_NAME; END $$"""


def _sqlite_triggers(table: str) -> dict[str, str]:
    same = " AND ".join(f"{column} = NEW.{column}" for column in TABLES[table])
    refuse = f"BEGIN SELECT RAISE(ABORT, 'append-only: {table}'); END"
    return {
        f"{table}_no_update": f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"{table}_no_delete": f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        f"{table}_no_replace": f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same} OR rowid = NEW.rowid) {refuse}",
    }


def _pg_triggers(table: str) -> dict[str, str]:
    run = "EXECUTE FUNCTION dixian_append_only()"
    return {
        f"{table}_append_only": f"CREATE TRIGGER {table}_append_only "
        f"BEFORE DELETE OR UPDATE ON {table} FOR EACH ROW {run}",
        f"{table}_no_truncate": f"CREATE TRIGGER {table}_no_truncate "
        f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {run}",
    }


def install(execute: Callable[[str], object], dialect: str, table: str) -> None:
    """Put up the triggers of a table, in place of any that stand; for migrations."""
    for statement in removal(dialect, table):
        execute(statement)
    if dialect == "postgresql":
        execute(PG_FUNCTION)
    triggers = _pg_triggers(table) if dialect == "postgresql" else _sqlite_triggers(table)
    for statement in triggers.values():
        execute(statement)


def removal(dialect: str, table: str) -> Iterator[str]:
    """Yield the statements that take a table's triggers down; for migrations backwards."""
    if dialect == "postgresql":
        yield from (f"DROP TRIGGER IF EXISTS {name} ON {table}" for name in _pg_triggers(table))
    else:
        yield from (f"DROP TRIGGER IF EXISTS {name}" for name in _sqlite_triggers(table))


def missing(session: Session) -> list[str]:
    """Return the triggers that do not stand as they should: absent, disabled or altered."""
    if session.get_bind().dialect.name == "postgresql":
        return _missing_on_postgresql(session)
    rows = session.connection().execute(
        text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    )
    standing: dict[str, str] = {row.name: row.sql for row in rows}
    expected = {name: sql for table in TABLES for name, sql in _sqlite_triggers(table).items()}
    return [name for name, sql in expected.items() if standing.get(name) != sql]


def _missing_on_postgresql(session: Session) -> list[str]:
    """Compare each trigger as the server writes it out, and the function it runs."""
    rows = session.connection().execute(
        text(
            "SELECT pg_get_triggerdef(t.oid, true) AS definition, p.prosrc AS source "
            "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
            "JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE NOT t.tgisinternal AND t.tgenabled = 'O' "
            "AND c.relnamespace = current_schema()::regnamespace"
        )
    )
    body = PG_FUNCTION.split("$$")[1]
    standing = {row.definition for row in rows if row.source == body}
    expected = {name: sql for table in TABLES for name, sql in _pg_triggers(table).items()}
    return [name for name, sql in expected.items() if sql not in standing]
