"""The log as it stands in the database: its tree, its keys, its newest checkpoint."""

import json
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select
from sqlmodel import Session, col

from service.audit.dixian_verify import Key
from service.audit.merkle import Hashing, Tree
from service.store.database import wire
from service.store.log import (
    HEAD,
    LEAVES,
    LINES,
    NOBODYS,
    TILES,
    LogCheckpoint,
    LogCosignature,
)

KEY_LINE = "log_key"
KEY_CHAIN = KEY_LINE, NOBODYS


def entry(kind: str, line: bytes) -> bytes:
    """Return what a leaf is the hash of: the kind of a line, a line feed, its exact bytes."""
    return kind.encode() + b"\n" + line


def tree_of(session: Session) -> Tree:
    """Return the tree over every line that is a leaf by now."""
    size, name = wire(session).execute(select(HEAD.c.size, HEAD.c.hash)).one()
    return tree(session, size, name or "sha256")


def tree(session: Session, size: int, hash_: str) -> Tree:
    """Return the tree of a size, which reads its tiles as it needs them."""
    connection = wire(session)

    def tile(level: int, index: int) -> bytes:
        found = select(TILES.c.hashes).where(TILES.c.level == level, TILES.c.tile_index == index)
        return connection.execute(found).scalar_one_or_none() or b""

    return Tree(Hashing(hash_), size, tile)


@dataclass(frozen=True, slots=True)
class KeyInLog:
    """A key by the log's own word, and the leaf that says so; None while it is pending."""

    key: Key
    leaf_index: int | None


def keys_of(session: Session) -> list[KeyInLog]:
    """Return the keys that the log names, the oldest first."""
    found = (
        select(LINES.c.line, LEAVES.c.leaf_index)
        .join_from(LINES, LEAVES, _same(), isouter=True)
        .where(LINES.c.kind == KEY_LINE)
        .order_by(LINES.c.seq)
    )
    return [
        KeyInLog(Key.of(json.loads(line)["vkey"]), index)
        for line, index in wire(session).execute(found)
    ]


def _same() -> ColumnElement[bool]:
    return and_(
        LEAVES.c.subject_id == LINES.c.subject_id,
        LEAVES.c.kind == LINES.c.kind,
        LEAVES.c.seq == LINES.c.seq,
    )


def newest_checkpoint(session: Session, up_to: int | None = None) -> LogCheckpoint | None:
    """Return the newest signed head, or the newest of at most a size."""
    found = select(LogCheckpoint).order_by(col(LogCheckpoint.size).desc()).limit(1)
    if up_to is not None:
        found = found.where(col(LogCheckpoint.size) <= up_to)
    return session.scalars(found).first()


def whole_note(session: Session, checkpoint: LogCheckpoint) -> str:
    """Return a checkpoint's note with the signatures of the witnesses below the log's own."""
    lines = session.scalars(
        select(col(LogCosignature.signature))
        .where(col(LogCosignature.size) == checkpoint.size)
        .order_by(col(LogCosignature.witness))
    )
    return checkpoint.note + "".join(lines)
