"""What was refused, and every sign-in: noted in a table, and in the log until there are too many.

Whoever tries without end must not fill the log. Of the refusals of one account, for one user name
or from one address each has a line up to a number; of those after it one has whose number doubles
what the line before said, and it says how many there were.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from service.audit.lines import By, add_single
from service.store.cases import Attempt

SIGNED_IN = "signed_in"
"""The outcome of a sign-in that was granted, which no limit counts."""

EACH = 50
"""Refusals within `COUNTED_OVER` that have a line each."""

COUNTED_OVER = timedelta(minutes=15)


def note_attempt(
    session: Session, kind: str, attempt: Attempt, said: dict[str, Any], by: By
) -> None:
    """Note an attempt, with its line unless it is one of too many; part of a transaction."""
    session.add(attempt)
    session.flush()
    number = max((_number(session, attempt, mine) for mine in _whose(attempt)), default=0)
    if number > EACH and number & (number - 1):
        return  # the line of the next power of two counts it
    counted = {"number": number} if number > EACH else {}
    told = {"outcome": attempt.outcome, "request": attempt.request_id, **said, **counted}
    add_single(session, kind, attempt.action, attempt.at, told, by)


def _whose(attempt: Attempt) -> list[ColumnElement[bool]]:
    """Return what a refusal is counted by; nothing for a sign-in that was granted."""
    if attempt.outcome == SIGNED_IN:
        return []
    columns = (Attempt.person_id, Attempt.subject, Attempt.address)
    values = (attempt.person_id, attempt.subject, attempt.address)
    return [
        col(column) == value
        for column, value in zip(columns, values, strict=True)
        if value is not None
    ]


def _number(session: Session, attempt: Attempt, mine: ColumnElement[bool]) -> int:
    refused = col(Attempt.outcome) != SIGNED_IN
    recent = col(Attempt.at) > attempt.at - COUNTED_OVER
    return session.exec(select(func.count()).where(mine, recent, refused)).one()
