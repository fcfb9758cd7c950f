"""Exports of the log: who asked for which lines, and why; and what came of it.

What was written lies elsewhere, until its term is over; this row stays, and so do the lines of
the log that say the same.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Field, Session, SQLModel, col, select

from service.store.columns import AREA_CODE, CODE, Json, Utc, coded
from service.store.log import BIG


class ExportState(StrEnum):
    """Where an export is. One that broke off goes on from where it was."""

    WRITING = "writing"
    BROKEN_OFF = "broken_off"
    DONE = "done"


class LogExport(SQLModel, table=True):
    """One export, up to the checkpoint of a size.

    Without a person it is the operator's, by a command. The log has the purpose as a commitment
    with this `salt`. `run` counts the times that it was begun: only the last may finish it.
    `is_kept`: its files are still there.
    """

    __tablename__ = "log_export"

    id: UUID = Field(primary_key=True)
    area_code: str | None = Field(default=None, sa_type=AREA_CODE, index=True)
    person_id: UUID | None = None
    position_id: UUID | None = None
    role: str = Field(sa_type=CODE)
    purpose: str
    salt: str = Field(max_length=64)
    filter: dict[str, Any] = Field(sa_type=Json)
    formats: list[str] = Field(sa_type=Json)
    held: list[int] = Field(sa_type=Json)
    size: int = Field(sa_type=BIG)
    state: ExportState = Field(sa_type=coded(ExportState))
    run: int = 1
    created_at: datetime = Field(sa_type=Utc, index=True)
    finished_at: datetime | None = Field(default=None, sa_type=Utc)
    count: int | None = Field(default=None, sa_type=BIG)
    files: dict[str, Any] = Field(default={}, sa_type=Json)
    is_kept: bool = True


def finish_run(
    session: Session, export_id: UUID, run: int, state: ExportState, **values: object
) -> bool:
    """Let a run of an export end in a state; tell whether it was still the last one."""
    done = session.execute(
        update(LogExport)
        .where(col(LogExport.id) == export_id, col(LogExport.run) == run)
        .where(col(LogExport.state) == ExportState.WRITING)
        .values(state=state, **values)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]  # of an UPDATE it has one


def drop_old(session: Session, before: datetime) -> list[UUID]:
    """Note that exports as old as that are not kept; return them, for their files to go."""
    old = (col(LogExport.created_at) < before, col(LogExport.is_kept))
    ids = list(session.exec(select(LogExport.id).where(*old)))
    session.execute(update(LogExport).where(col(LogExport.id).in_(ids)).values(is_kept=False))
    return ids
