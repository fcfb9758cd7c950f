"""The triggers that make every line pending: no line without its way into the tree.

They run in the line's own transaction and cost it no statement. Like the append-only triggers,
they are put up after every migration, and that they stand is checked at every start.
"""

from collections.abc import Callable, Iterator

from sqlmodel import Session

from service.store import append_only
from service.store.log import SOURCES


def _insert(table: str) -> str:
    values = ", ".join(SOURCES[table])
    return f"INSERT INTO log_pending (kind, subject_id, seq) VALUES ({values})"


def _name(table: str) -> str:
    return f"log_pending_of_{table}"


def _body(table: str) -> str:
    return f"\nBEGIN {_insert(table)}; RETURN NULL; END "


def _trigger(table: str, dialect: str) -> str:
    run = (
        f"EXECUTE FUNCTION {_name(table)}()"
        if dialect == "postgresql"
        else f"BEGIN {_insert(table)}; END"
    )
    when = f"CREATE TRIGGER {_name(table)} AFTER INSERT ON {table}"
    return f"{when} FOR EACH ROW {run}"


def install(execute: Callable[[str], object], dialect: str) -> None:
    """Put up the triggers, in place of any that stand; for migrations."""
    for statement in removal(dialect):
        execute(statement)
    for table in SOURCES:
        if dialect == "postgresql":
            execute(
                f"CREATE FUNCTION {_name(table)}() RETURNS trigger "
                f"LANGUAGE plpgsql AS $${_body(table)}$$"
            )
        execute(_trigger(table, dialect))


def removal(dialect: str) -> Iterator[str]:
    """Yield the statements that take the triggers down; for migrations backwards."""
    for table in SOURCES:
        if dialect == "postgresql":
            yield f"DROP FUNCTION IF EXISTS {_name(table)}() CASCADE"
        else:
            yield f"DROP TRIGGER IF EXISTS {_name(table)}"


def missing(session: Session) -> list[str]:
    """Return the triggers that do not stand as they should: absent, disabled or altered."""
    dialect = session.get_bind().dialect.name
    standing = append_only.standing(session)
    expected = {
        _name(table): (
            _trigger(table, dialect),
            _body(table) if dialect == "postgresql" else None,
        )
        for table in SOURCES
    }
    return [name for name, trigger in expected.items() if trigger not in standing]
