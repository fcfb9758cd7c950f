"""Deadlines: rows, never jobs or counters; and the one expression that says how they stand."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, literal, literal_column, not_, or_
from sqlmodel import Field, Index, SQLModel, col

from service.clock import end_of, office_date
from service.store.columns import AREA_CODE, CODE, Json, Utc, coded, table_of
from service.workflows.deadlines import LimitKind, Unit
from service.workflows.kinds import Kind


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
    suspended they are those of the moment when it was, and bind nobody. `due_soon_at` is when
    the ladder of its limit first tells of it, `next_step_at` when the sweep is to look at it next
    (None: not at all); `late_by` says by how many days of the limit's
    unit it was closed too late (0: in time; None: not closed by its act).
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
    due_soon_at: datetime | None = Field(default=None, sa_type=Utc)
    next_step_at: datetime | None = Field(default=None, sa_type=Utc)
    late_by: int | None = None
    clock: list[dict[str, Any]] = Field(sa_type=Json)


IS_RUNNING: ColumnElement[bool] = literal_column("deadline.status = 'running'")
"""Written out, so that the database knows its partial indexes by it whatever the parameters."""


def _of_the_running(name: str, *columns: str) -> Index:
    running: ColumnElement[bool] = literal_column("status = 'running'")
    return Index(
        f"ix_deadline_running_{name}",
        *columns,
        "over_at",
        "id",
        postgresql_where=running,
        sqlite_where=running,
        postgresql_include=["status", "kind", "suspended_at", "due_soon_at"],
    )


class Deadline(DeadlineRow, table=True):
    """The table of deadlines. Who moves a case works with `DeadlineRow`s.

    `area_code` and `case_kind` are the case's, which never change: lists of what is late are
    read in their order, without a look at the cases.
    """

    __table_args__ = (
        Index("ix_deadline_status_over_at_id", "status", "over_at", "id"),
        Index("ix_deadline_due_on_area_code", "due_on", "area_code"),
        _of_the_running("area_code", "area_code"),
        _of_the_running("rule", "rule"),
        _of_the_running("case_kind", "case_kind"),
        Index(
            "ix_deadline_next_step_at_id",
            "next_step_at",
            "id",
            postgresql_where=literal_column("status = 'running'"),
            sqlite_where=literal_column("status = 'running'"),
        ),
    )

    area_code: str = Field(sa_type=AREA_CODE, foreign_key="area.code")
    case_kind: Kind = Field(sa_type=coded(Kind))


DEADLINES = table_of(Deadline)


_IS_DUE = col(Deadline.kind) == LimitKind.DUE
_IS_MET = col(Deadline.status) == ClockStatus.MET
_GOES = and_(IS_RUNNING, col(Deadline.suspended_at).is_(None))
_AT_ANY_TIME = {
    DeadlineState.LAPSED: col(Deadline.status) == ClockStatus.LAPSED,
    DeadlineState.LATE: and_(_IS_MET, _IS_DUE, col(Deadline.closed_at) >= col(Deadline.over_at)),
    DeadlineState.MET: and_(
        _IS_MET, or_(not_(_IS_DUE), col(Deadline.closed_at) < col(Deadline.over_at))
    ),
    DeadlineState.SUSPENDED: and_(IS_RUNNING, col(Deadline.suspended_at).is_not(None)),
}


@lru_cache(maxsize=8)  # one list asks three times
def stands_at(now: datetime) -> Mapping[DeadlineState, ColumnElement[bool]]:
    """Return when a deadline is in each of its states: every one is in exactly one of them."""
    is_over = col(Deadline.over_at) <= now
    return {
        **_AT_ANY_TIME,
        DeadlineState.OVERDUE: and_(_GOES, _IS_DUE, is_over),
        DeadlineState.RUNNING: and_(_GOES, or_(not_(_IS_DUE), not_(is_over))),
    }


def state_at(now: datetime) -> ColumnElement[str]:
    """Return the expression that every list, count, filter and answer uses for the state."""
    return case(*((when, literal(state.value)) for state, when in stands_at(now).items()))


def due_soon_at(now: datetime, soon_days: int) -> ColumnElement[bool]:
    """Return when a running deadline is at risk: from its ladder's first rung before the end on.

    Where its document has no such rung, from so many days before the last one on.
    """
    without_ladder = end_of(office_date(now) + timedelta(days=soon_days))
    return and_(
        stands_at(now)[DeadlineState.RUNNING],
        _IS_DUE,
        or_(
            col(Deadline.due_soon_at) <= now,
            and_(col(Deadline.due_soon_at).is_(None), col(Deadline.over_at) <= without_ladder),
        ),
    )
