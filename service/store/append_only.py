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
    "log_line": ("kind", "subject_id", "seq"),
    "log_leaf": ("leaf_index",),
    "log_checkpoint": ("size",),
    "log_cosignature": ("size", "witness"),
}
"""Table -> its key. Another unique key stands below, or a REPLACE could slip in by it."""

ALSO_UNIQUE = {"log_leaf": ("subject_id", "kind", "seq")}

PG_FUNCTION = """CREATE OR REPLACE FUNCTION dixian_append_only()
RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append-only: % of % refused', TG_OP, TG_TABLE_NAME; END $$"""


def _sqlite_triggers(table: str) -> dict[str, str]:
    keys = [TABLES[table], *([ALSO_UNIQUE[table]] if table in ALSO_UNIQUE else [])]
    same = " OR ".join(" AND ".join(f"{name} = NEW.{name}" for name in key) for key in keys)
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
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    triggers = _pg_triggers if on_postgresql else _sqlite_triggers
    runs = PG_FUNCTION.split("$$")[1] if on_postgresql else None
    found = standing(session)
    expected = {name: (sql, runs) for table in TABLES for name, sql in triggers(table).items()}
    return [name for name, trigger in expected.items() if trigger not in found]


def standing(session: Session) -> set[tuple[str, str | None]]:
    """Return each trigger that is at work: as the server writes it out, and what it runs.

    On SQLite the one is part of the other.
    """
    if session.get_bind().dialect.name == "sqlite":
        rows = session.connection().execute(
            text("SELECT sql, NULL AS source FROM sqlite_master WHERE type = 'trigger'")
        )
    else:
        rows = session.connection().execute(
            text(
                "SELECT pg_get_triggerdef(t.oid, true) AS sql, p.prosrc AS source "
                "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
                "JOIN pg_class c ON c.oid = t.tgrelid "
                "WHERE NOT t.tgisinternal AND t.tgenabled = 'O' "
                "AND c.relnamespace = current_schema()::regnamespace"
            )
        )
    return {(row.sql, row.source) for row in rows}
