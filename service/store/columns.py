"""Column types of ours: what the two databases keep differently, made the same."""

import json
import secrets
from datetime import UTC, datetime
from enum import StrEnum
from threading import Lock
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, DateTime, Dialect, MetaData, String, Table, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Enum
from sqlmodel import SQLModel

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = CONVENTION
METADATA: MetaData = SQLModel.metadata

Json = JSON().with_variant(JSONB(), "postgresql")


class JsonText(str):
    """A JSON document as text: what is only kept need not be parsed and written again."""

    __slots__ = ()


def json_text(value: Any) -> str:  # noqa: ANN401
    """Write what goes into a `Json` column; every engine has this as its serialiser."""
    return value if isinstance(value, JsonText) else json.dumps(value)


class Utc(TypeDecorator[datetime]):
    """An instant: goes in with its zone, comes back in UTC. SQLite alone would drop the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def coded(kind: type[StrEnum]) -> Any:  # noqa: ANN401
    """Return a column type for a closed list: kept by value, checked by the database too."""
    return Enum(
        kind,
        native_enum=False,
        length=32,
        validate_strings=True,
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
        name=kind.__name__.lower(),
    )


def table_of(model: type[SQLModel]) -> Table:
    """Return the table of a model, for statements that need no objects."""
    return METADATA.tables[str(model.__tablename__)]


class _Ids:
    """Makes UUIDv7s (RFC 9562) that grow within a process, also inside one millisecond."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0

    def __call__(self, at: datetime) -> UUID:
        """Return an id of an instant: ids sort in the order in which they were made."""
        milliseconds = int(at.timestamp() * 1000)
        noise = secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(61)
        with self._lock:
            self._last = (
                self._last + 1 + secrets.randbits(32)
                if self._last >> 80 == milliseconds
                else milliseconds << 80 | 0x7 << 76 | noise
            )
            return UUID(int=self._last)


new_id = _Ids()


CODE = String(48)
AREA_CODE = String(12)
