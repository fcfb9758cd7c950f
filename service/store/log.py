"""The log over all chains: which line is which leaf, the tree's tiles, the signed checkpoints.

A line gets a pending row in its own transaction, by a trigger: what is not pending was never
written, and a move pays no statement for it. The sequencer makes leaves of pending rows. It
takes whatever is pending and never looks for "ids above the last one": transactions commit in
another order than they took their numbers.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Integer, LargeBinary, Select, Text, UniqueConstraint, and_
from sqlalchemy import func as sql
from sqlalchemy import select as pick
from sqlmodel import Field, Index, SQLModel

from service.store.cases import TRANSITIONS
from service.store.columns import AREA_CODE, CODE, Utc, table_of
from service.store.policies import PolicyAct

BIG = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER counts by itself there
NOBODYS = UUID(int=0)
"""The subject of a chain that is the whole installation's."""


class LogLine(SQLModel, table=True):
    """A line that is no case's transition and no act on a document: what has no table of its own.

    `kind` says what it is about, `subject_id` whose chain it is in; `line` holds the exact bytes.
    Append-only.
    """

    __tablename__ = "log_line"
    __table_args__ = (
        Index("ix_log_line_at_subject_id_kind_seq", "at", "subject_id", "kind", "seq"),
    )

    kind: str = Field(primary_key=True, sa_type=CODE)
    subject_id: UUID = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    event: str = Field(sa_type=CODE)
    at: datetime = Field(sa_type=Utc)
    person_id: UUID | None = None
    position_id: UUID | None = None
    role: str = Field(sa_type=CODE)
    area_code: str | None = Field(default=None, sa_type=AREA_CODE)
    line: bytes


class LogPending(SQLModel, table=True):
    """A line that is not in the tree yet. Written by triggers, taken away by the sequencer."""

    __tablename__ = "log_pending"

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    kind: str = Field(sa_type=CODE)
    subject_id: UUID
    seq: int


class LogLeaf(SQLModel, table=True):
    """Which line is the leaf of an index. Append-only, without a gap from 0 on."""

    __tablename__ = "log_leaf"
    __table_args__ = (UniqueConstraint("subject_id", "kind", "seq"),)

    leaf_index: int = Field(
        primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False}
    )
    kind: str = Field(sa_type=CODE)
    subject_id: UUID
    seq: int


class LogTile(SQLModel, table=True):
    """Up to 256 hashes of one level (`audit.merkle`), one after the other."""

    __tablename__ = "log_tile"

    level: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    tile_index: int = Field(
        primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False}
    )
    hashes: bytes = Field(sa_type=LargeBinary)


class LogHead(SQLModel, table=True):
    """The one row that says how long the tree is; whoever holds its lock is the sequencer.

    `origin` and `hash` repeat what the key file says, from the first sequencing on.
    """

    __tablename__ = "log_head"

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    origin: str = Field(default="", max_length=255)
    hash: str = Field(default="", max_length=16)
    size: int = Field(default=0, sa_type=BIG)


class LogCheckpoint(SQLModel, table=True):
    """A signed head of the tree: the note as it was signed (C2SP tlog-checkpoint). Append-only."""

    __tablename__ = "log_checkpoint"

    size: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    root: bytes = Field(sa_type=LargeBinary)
    note: str = Field(sa_type=Text)
    signed_at: datetime = Field(sa_type=Utc)


class LogCosignature(SQLModel, table=True):
    """A witness's signature line on a checkpoint. Append-only."""

    __tablename__ = "log_cosignature"

    size: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    witness: str = Field(primary_key=True, max_length=255)
    signature: str = Field(sa_type=Text)


class LogHolder(SQLModel, table=True):
    """Somebody outside who keeps checkpoints: the last one they took, and what went wrong since."""

    __tablename__ = "log_holder"

    name: str = Field(primary_key=True, max_length=255)
    size: int = Field(default=0, sa_type=BIG)
    at: datetime | None = Field(default=None, sa_type=Utc)
    problem: str | None = Field(default=None, sa_type=Text)


LINES, PENDING, LEAVES = table_of(LogLine), table_of(LogPending), table_of(LogLeaf)
TILES, HEAD = table_of(LogTile), table_of(LogHead)
ACTS = table_of(PolicyAct)

SOURCES = {
    TRANSITIONS.name: ("'transition'", "NEW.case_id", "NEW.seq"),
    ACTS.name: ("'policy_act'", f"'{NOBODYS.hex}'", "NEW.seq"),
    LINES.name: ("NEW.kind", "NEW.subject_id", "NEW.seq"),
}
"""Table whose rows become leaves -> the kind, the subject and the number of one."""


def with_lines(refs: Any) -> Select[Any]:  # noqa: ANN401 - a table that refers to lines
    """Return the query for rows of LEAVES or PENDING, each with the bytes of its line.

    `line` is NULL where the line is gone.
    """
    return (
        pick(*refs.c, sql.coalesce(TRANSITIONS.c.line, ACTS.c.line, LINES.c.line).label("line"))
        .join_from(
            refs,
            TRANSITIONS,
            and_(
                refs.c.kind == "transition",
                TRANSITIONS.c.case_id == refs.c.subject_id,
                TRANSITIONS.c.seq == refs.c.seq,
            ),
            isouter=True,
        )
        .join(ACTS, and_(refs.c.kind == "policy_act", ACTS.c.seq == refs.c.seq), isouter=True)
        .join(
            LINES,
            and_(
                LINES.c.kind == refs.c.kind,
                LINES.c.subject_id == refs.c.subject_id,
                LINES.c.seq == refs.c.seq,
            ),
            isouter=True,
        )
    )
