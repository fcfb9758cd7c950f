"""Answers kept for retries: the same key and request from the same person get the same bytes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
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
    true,
)
from sqlmodel import Field, Session, SQLModel, col

from service.errors import IdempotencyKeyInUse, IdempotencyKeyReused
from service.store.columns import Json, Utc, table_of
from service.store.database import wire
from service.store.people import HELD, Held, holding


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


def _calling(free: ColumnElement[Any]) -> Select[Any]:
    mine = and_(_ANSWERS.c.person_id == bindparam("person_id"), _ANSWERS.c.key == bindparam("key"))
    answer = (_ANSWERS.c[name] for name in ("fingerprint", "status", "headers", "body"))
    calling: Select[Any] = HELD.add_columns(free, *answer).outerjoin(_ANSWERS, mine)
    return calling


_CALLED = _calling(true())
_CALLED_AND_HELD = _calling(func.pg_try_advisory_xact_lock(bindparam("lock_number")))
_ANSWER = 5
"""The last columns: whether the key is free, and the answer kept for it."""


def call(
    session: Session, person_id: UUID, on: date, key: str, fingerprint: str
) -> tuple[Held, Saved | None]:
    """Return who calls, as `people.held` does, and the answer kept for their key, or None.

    One statement, for every write asks both. On PostgreSQL the key is held until commit: of
    two requests with one key the second is told that the first is under way. (On SQLite there
    is one writer at a time.) Raises `IdempotencyKeyInUse`, or `IdempotencyKeyReused` where the
    key came with another request.
    """
    wanted: dict[str, Any] = {"person_id": person_id, "on": on, "key": key}
    statement, connection = _CALLED, wire(session)
    if connection.dialect.name == "postgresql":
        statement = _CALLED_AND_HELD
        wanted["lock_number"] = _lock_number(person_id, key)
    rows = connection.execute(statement, wanted).all()
    caller = holding([row[:-_ANSWER] for row in rows])
    return caller, _kept(rows[0][-_ANSWER:], fingerprint) if rows else None


def _kept(found: Sequence[Any], fingerprint: str) -> Saved | None:
    is_free, kept_for, *answer = found
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
