"""Answers kept for retries: the same key and request from the same person get the same bytes."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    true,
)
from sqlmodel import Field, Session, SQLModel, col

from service.errors import IdempotencyKeyInUse, IdempotencyKeyReused
from service.store.columns import Json, Utc, table_of
from service.store.database import wire


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


@dataclass(frozen=True, slots=True)
class Saved:
    """What was answered."""

    status: int
    headers: dict[str, Any]
    body: bytes


_ANSWERS = table_of(SavedAnswer)
_SAVE = insert(_ANSWERS)


def _kept(free: ColumnElement[Any]) -> Select[Any]:
    one_row = select(literal(1)).subquery()
    mine = and_(_ANSWERS.c.person_id == bindparam("person_id"), _ANSWERS.c.key == bindparam("key"))
    answer = (_ANSWERS.c[name] for name in ("fingerprint", "status", "headers", "body"))
    return select(free, *answer).select_from(one_row.outerjoin(_ANSWERS, mine))


_KEPT = _kept(true())
_KEPT_AND_HELD = _kept(func.pg_try_advisory_xact_lock(bindparam("lock_number")))


def recall(session: Session, person_id: UUID, key: str, fingerprint: str) -> Saved | None:
    """Return the answer kept for a key, or None; on PostgreSQL hold the key until commit.

    Two requests with one key cannot both go on: the second is told that the first is under
    way. (On SQLite there is one writer at a time.) Raises `IdempotencyKeyInUse`, or
    `IdempotencyKeyReused` where the key came with another request.
    """
    wanted: dict[str, Any] = {"person_id": person_id, "key": key}
    statement, connection = _KEPT, wire(session)
    if connection.dialect.name == "postgresql":
        statement = _KEPT_AND_HELD
        wanted["lock_number"] = _lock_number(person_id, key)
    is_free, kept_for, *answer = connection.execute(statement, wanted).one()
    if kept_for is None and not is_free:
        raise IdempotencyKeyInUse
    if kept_for not in {None, fingerprint}:
        raise IdempotencyKeyReused
    return Saved(*answer) if kept_for else None


def keep(
    session: Session, person_id: UUID, key: str, fingerprint: str, answer: Saved, at: datetime
) -> None:
    """Keep an answer, in the transaction that it reports."""
    row = {"person_id": person_id, "key": key, "fingerprint": fingerprint, "saved_at": at}
    row |= {"status": answer.status, "headers": answer.headers, "body": answer.body}
    wire(session).execute(_SAVE, row)


def forget(session: Session, before: datetime) -> None:
    """Drop the answers kept since before an instant: a retry that late is a new request."""
    session.execute(delete(SavedAnswer).where(col(SavedAnswer.saved_at) < before))


def _lock_number(person_id: UUID, key: str) -> int:
    digest = hashlib.sha256(f"{person_id}|{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
