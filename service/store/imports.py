"""What was imported: by whom, when, which file, with what result; and what was found of its rows.

The file itself is elsewhere (`uploads`) and goes when its term is over; this row stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlmodel import Field, Session, SQLModel, col, select

from service.store.columns import AREA_CODE, CODE, Json, Utc, coded, table_of
from service.store.database import put_rows


class ImportState(StrEnum):
    """Where an import is. A commit that writes nothing leads back to `validated`."""

    VALIDATING = "validating"
    REFUSED = "refused"
    VALIDATED = "validated"
    COMMITTING = "committing"
    COMMITTED = "committed"


class DataImport(SQLModel, table=True):
    """One uploaded workbook.

    `run` counts the times that work on it was begun: of two that work on one import, only the
    one that was begun last may finish.

    `columns` says by field how the workbook calls a column; `problem` is a blocker, without
    its words: why the file, or the last commit, came to nothing. `is_kept`: file and findings
    are still there.
    """

    __tablename__ = "data_import"

    id: UUID = Field(primary_key=True)
    layout: str = Field(sa_type=CODE)
    area_code: str = Field(sa_type=AREA_CODE, foreign_key="area.code", index=True)
    filename: str
    size: int
    sha256: str = Field(max_length=64)
    state: ImportState = Field(sa_type=coded(ImportState))
    run: int = 1
    run_at: datetime = Field(sa_type=Utc)
    columns: dict[str, str] = Field(default={}, sa_type=Json)
    counts: dict[str, dict[str, int]] = Field(default={}, sa_type=Json)
    problem: dict[str, Any] | None = Field(default=None, sa_type=Json)
    without_refused: bool = False
    created_at: datetime = Field(sa_type=Utc, index=True)
    person_id: UUID
    position_id: UUID
    role: str = Field(sa_type=CODE)
    committed_at: datetime | None = Field(default=None, sa_type=Utc)
    committed_by: UUID | None = None
    is_kept: bool = True


IMPORTS = table_of(DataImport)


class ImportFinding(SQLModel, table=True):
    """What was found of one cell or row. Numbers of persons stand here masked only."""

    __tablename__ = "import_finding"

    import_id: UUID = Field(primary_key=True, foreign_key="data_import.id")
    row: int = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    column: str | None = Field(default=None, max_length=3)
    field: str | None = Field(default=None, sa_type=CODE)
    code: str = Field(sa_type=CODE)
    is_refusal: bool
    have: str | None = None
    need: str | None = None
    sheet: str | None = Field(default=None, max_length=64)


FINDINGS = table_of(ImportFinding)


def finish(
    session: Session, import_id: UUID, run: int, state: ImportState, **values: object
) -> bool:
    """Let a piece of work on an import end in a state; tell whether it was still the last one."""
    done = session.execute(
        update(DataImport)
        .where(col(DataImport.id) == import_id, col(DataImport.run) == run)
        .where(col(DataImport.state).in_([ImportState.VALIDATING, ImportState.COMMITTING]))
        .values(state=state, **values)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]  # of an UPDATE it has one


def replace_findings(
    session: Session, import_id: UUID, batches: Iterable[Sequence[Mapping[str, Any]]]
) -> None:
    """Put what was found now in place of what was refused before; warnings stay."""
    of_this = col(ImportFinding.import_id) == import_id
    session.execute(delete(ImportFinding).where(of_this, col(ImportFinding.is_refusal)))
    taken = session.exec(select(func.max(ImportFinding.seq)).where(of_this)).one()
    seq = taken or 0
    for batch in batches:
        rows = [
            {"import_id": import_id, "seq": seq + number, **finding}
            for number, finding in enumerate(batch, start=1)
        ]
        put_rows(session, FINDINGS, rows)
        seq += len(rows)


def expire(session: Session, before: datetime) -> list[UUID]:
    """Drop the findings of imports as old as that; return the imports, for their files to go."""
    old = (col(DataImport.created_at) < before, col(DataImport.is_kept))
    ids = list(session.exec(select(DataImport.id).where(*old)))
    session.execute(delete(ImportFinding).where(col(ImportFinding.import_id).in_(ids)))
    session.execute(update(DataImport).where(col(DataImport.id).in_(ids)).values(is_kept=False))
    return ids
