"""Deadlines: rows, never jobs or counters; and the one expression that says how they stand."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, literal
from sqlmodel import Field, Index, SQLModel, col

from service.store.columns import CODE, Json, Utc, coded, table_of
from service.workflows.deadlines import LimitKind, Unit


class ClockStatus(StrEnum):
    RUNNING = "running"
    MET = "met"
    LAPSED = "lapsed"


class DeadlineState(StrEnum):
    """How a deadline stands at an instant: computed when asked, never stored."""

    RUNNING = "running"
    OVERDUE = "overdue"
    MET = "met"
    LATE = "late"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"


class DeadlineRow(SQLModel):
    """What one time limit means for one case.

    `policy` is the version whose limit it is: not always the one that the case has by now.
    `over_at` is the first instant after `due_on`. `clock` is the append-only list of what
    happened to it (`workflows.clock_events`); the dates are what it folds to. While it is
    suspended they are those of the moment when it was, and bind nobody.
    """

    case_id: UUID = Field(primary_key=True, foreign_key="cases.id")
    id: UUID = Field(primary_key=True, index=True)
    policy: str = Field(max_length=64)
    rule: str = Field(sa_type=CODE)
    kind: LimitKind = Field(sa_type=coded(LimitKind))
    unit: Unit = Field(sa_type=coded(Unit))
    amount: int | None = None
    started_on: date
    due_on: date
    over_at: datetime = Field(sa_type=Utc)
    provisional: bool
    suspended_at: datetime | None = Field(default=None, sa_type=Utc)
    calendar_edition: int
    status: ClockStatus = Field(sa_type=coded(ClockStatus))
    closed_at: datetime | None = Field(default=None, sa_type=Utc)
    clock: list[dict[str, Any]] = Field(sa_type=Json)


class Deadline(DeadlineRow, table=True):
    """The table of deadlines. Who moves a case works with `DeadlineRow`s."""

    __table_args__ = (Index("ix_deadline_status_over_at", "status", "over_at"),)


DEADLINES = table_of(Deadline)


def state_at(now: datetime) -> ColumnElement[str]:
    """Return the expression that every list, count, filter and answer uses for the state."""
    is_due = col(Deadline.kind) == LimitKind.DUE
    closed_late = and_(is_due, col(Deadline.closed_at) >= col(Deadline.over_at))
    return case(
        (col(Deadline.status) == ClockStatus.LAPSED, literal(DeadlineState.LAPSED.value)),
        (
            and_(col(Deadline.status) == ClockStatus.MET, closed_late),
            literal(DeadlineState.LATE.value),
        ),
        (col(Deadline.status) == ClockStatus.MET, literal(DeadlineState.MET.value)),
        (col(Deadline.suspended_at).is_not(None), literal(DeadlineState.SUSPENDED.value)),
        (and_(is_due, col(Deadline.over_at) <= now), literal(DeadlineState.OVERDUE.value)),
        else_=literal(DeadlineState.RUNNING.value),
    )
