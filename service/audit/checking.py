"""The whole log, verified where it stands: `dixian audit verify`.

The auditor's own verifier is told to read from the database instead of from a folder. What only
the database can show is looked for beside it: lines on no way into the tree, triggers that are
down.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from typing import IO, Any, Self, cast

from sqlalchemy import ColumnElement, Select, Table, and_, literal, select
from sqlmodel import Session, col

from service.audit import extract
from service.audit.dixian_verify import (
    CASES,
    LINES,
    MANIFEST,
    Checkpoint,
    Key,
    Known,
    Report,
    Seen,
    Verification,
)
from service.audit.log import newest_checkpoint, tree_of
from service.store import append_only, log_triggers
from service.store.cases import TRANSITIONS
from service.store.database import wire
from service.store.log import ACTS, LEAVES, NOBODYS, PENDING, LogCheckpoint, with_lines
from service.store.log import LINES as OTHER_LINES

NAMED = 20
"""Lines that are named before it is enough."""


class Live:
    """An export that nobody wrote: its files are read from the database as they are opened."""

    def __init__(self, session: Session, checkpoint: LogCheckpoint, now: datetime) -> None:
        self._session, self._checkpoint, self._now = session, checkpoint, now
        self._tree = tree_of(session)

    def open(self, name: str) -> IO[bytes]:
        """Open a file that the export would have. Raises `FileNotFoundError`."""
        size = self._checkpoint.size
        if name == MANIFEST:
            return BytesIO(json.dumps(self._manifest()).encode())
        if name == LINES:
            found = extract.batches(self._session, range(size))
            records = (one for lines in found for one in map(extract.record, *lines))
            return cast("IO[bytes]", _Stream(records))
        if name == CASES:
            return cast("IO[bytes]", _Stream(extract.cases_of(self._session, size)))
        raise FileNotFoundError(name)

    def names(self) -> set[str]:
        return {MANIFEST, LINES, CASES}

    def _manifest(self) -> dict[str, Any]:
        asked = extract.Asked(purpose="verification")
        return extract.manifest_of(self._session, self._tree, self._checkpoint, asked, self._now)


class _Stream:
    """Lines as a file is read: one after the other."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def readline(self, _limit: int = -1) -> bytes:
        return next(self._lines, b"")


def check(
    session: Session, keys: Sequence[Key], outside: Sequence[Seen], now: datetime
) -> Report | None:
    """Verify the log up to its newest checkpoint against every other; None before the first."""
    newest = newest_checkpoint(session)
    if newest is None:
        return None
    signed = session.scalars(select(LogCheckpoint).order_by(col(LogCheckpoint.size))).all()
    own = [
        Seen(f"checkpoint {one.size} in the database", Checkpoint.of(one.note)) for one in signed
    ]
    known = Known(keys=list(keys), seen=[*own, *outside])
    return Verification(Live(session, newest, now), known).run()


def astray(session: Session) -> Iterator[str]:
    """Yield every line on no way into the tree, every way without a line, every missing trigger."""
    connection = wire(session)
    for table, kind, subject, seq in (
        (TRANSITIONS, literal("transition"), TRANSITIONS.c.case_id, TRANSITIONS.c.seq),
        (ACTS, literal("policy_act"), literal(NOBODYS), ACTS.c.seq),
        (OTHER_LINES, OTHER_LINES.c.kind, OTHER_LINES.c.subject_id, OTHER_LINES.c.seq),
    ):
        for ref in connection.execute(_without_leaf(table, kind, subject, seq)):
            yield f"{' '.join(map(str, ref))} is neither in the tree nor pending"
    gone = with_lines(PENDING).subquery()
    found = select(gone.c.kind, gone.c.subject_id, gone.c.seq).where(gone.c.line.is_(None))
    for ref in connection.execute(found.limit(NAMED)):
        yield f"{' '.join(map(str, ref))} is pending, but the line is gone"
    for name in (*append_only.missing(session), *log_triggers.missing(session)):
        yield f"the trigger {name} does not stand as it should"


def _without_leaf(table: Table, *ref: ColumnElement[Any]) -> Select[Any]:
    def same(refs: Table) -> ColumnElement[bool]:
        kind, subject, seq = ref
        return and_(refs.c.kind == kind, refs.c.subject_id == subject, refs.c.seq == seq)

    return (
        select(*ref)
        .select_from(table)
        .join(LEAVES, same(LEAVES), isouter=True)
        .join(PENDING, same(PENDING), isouter=True)
        .where(LEAVES.c.leaf_index.is_(None), PENDING.c.id.is_(None))
        .limit(NAMED)
    )
