"""Answers kept for retries: the same key and request from the same person get the same bytes."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, literal, true
from sqlmodel import Field, Session, SQLModel, col, select

from service.errors import IdempotencyKeyInUse, IdempotencyKeyReused
from service.store.columns import Json, Utc


class SavedAnswer(SQLModel, table=True):
    """The answer to one POST, under its sender and key; written in the transaction it reports."""

    __tablename__ = "saved_answer"

    person_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True, max_length=128)
    fingerprint: str = Field(max_length=64)
    status: int
    headers: dict[str, Any] = Field(sa_type=Json)
    body: bytes
    saved_at: datetime = Field(sa_type=Utc, index=True)


def _kept(free: ColumnElement[Any]) -> Any:  # noqa: ANN401 - the two libraries' Select differ
    mine = and_(
        col(SavedAnswer.person_id) == bindparam("person_id"),
        col(SavedAnswer.key) == bindparam("key"),
    )
    one_row = select(literal(1)).subquery()
    return select(free, SavedAnswer).select_from(one_row).outerjoin(SavedAnswer, mine)


_KEPT = _kept(true())
_KEPT_AND_HELD = _kept(func.pg_try_advisory_xact_lock(bindparam("lock_number")))


def recall(session: Session, person_id: UUID, key: str, fingerprint: str) -> SavedAnswer | None:
    """Return the answer kept for a key, or None; on PostgreSQL hold the key until commit.

    Two requests with one key cannot both go on: the second is told that the first is under
    way. (On SQLite there is one writer at a time.) Raises `IdempotencyKeyInUse`, or
    `IdempotencyKeyReused` where the key came with another request.
    """
    wanted: dict[str, Any] = {"person_id": person_id, "key": key}
    statement = _KEPT
    if session.get_bind().dialect.name == "postgresql":
        statement = _KEPT_AND_HELD
        wanted["lock_number"] = _lock_number(person_id, key)
    row = session.execute(statement, wanted).one()
    is_free: bool = row[0]
    saved: SavedAnswer | None = row[1]
    if saved is not None and saved.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    if saved is None and not is_free:
        raise IdempotencyKeyInUse
    return saved


def forget(session: Session, before: datetime) -> None:
    """Drop the answers kept since before an instant: a retry that late is a new request."""
    session.execute(delete(SavedAnswer).where(col(SavedAnswer.saved_at) < before))


def _lock_number(person_id: UUID, key: str) -> int:
    digest = hashlib.sha256(f"{person_id}|{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
