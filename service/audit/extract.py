"""The log as it is read to be taken away: its lines in batches, how cases stand, the manifest.

`dixian_verify` reads what `service/exports` writes from this: `lines.jsonl` has one record for
each line, in the order of the tree: its leaf's index and hash, its kind, its exact bytes as
text. `cases.jsonl` says how each case stands. `manifest.json` says what was asked for, and why.
"""

import json
from array import array
from base64 import b64encode
from binascii import b2a_base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, select
from sqlmodel import Session, col

from service.audit.chain import instant
from service.audit.dixian_verify import FORMAT
from service.audit.log import whole_note
from service.audit.merkle import DIGEST_BYTES, WIDTH, Tree
from service.store.cases import CASES
from service.store.database import one_of, wire
from service.store.log import LEAVES, TILES, LogCheckpoint, LogHolder, with_lines

AT_ONCE = 4_096
"""Lines that are read in one statement."""

AT = LEAVES.c.leaf_index


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to have, and why.

    `indexes`: the leaves of a part, ascending; None for the whole log. `cases`: what the cases
    have in common that the part has every line of, as conditions; None where it has not.
    `held`: sizes from which a proof of growth is wanted, as the auditor holds them.
    """

    purpose: str
    filter: dict[str, Any] = field(default_factory=dict)
    indexes: Sequence[int] | None = None
    cases: Sequence[ColumnElement[bool]] | None = None
    held: Sequence[int] = ()

    def leaves(self, size: int) -> Sequence[int]:
        """Return the indexes of what is wanted of a log of a size."""
        return range(size) if self.indexes is None else self.indexes


class Row(NamedTuple):
    """A line as the log has it."""

    leaf_index: int
    kind: str
    line: bytes
    leaf: bytes = b""


def manifest_of(
    session: Session, tree: Tree, checkpoint: LogCheckpoint, asked: Asked, now: datetime
) -> dict[str, Any]:
    """Return the part of a manifest that does not depend on the files."""
    outside = wire(session).scalars(select(col(LogHolder.size))).all()
    sizes = sorted({size for size in (*asked.held, *outside) if 0 < size < checkpoint.size})
    return {
        "format": FORMAT,
        "made_at": instant(now),
        "purpose": asked.purpose,
        "filter": asked.filter,
        "whole": asked.indexes is None,
        "whole_cases": asked.cases is not None,
        "checkpoint": whole_note(session, checkpoint),
        "consistency": [growth(tree, size, checkpoint.size) for size in sizes],
    }


def growth(tree: Tree, old: int, new: int) -> dict[str, Any]:
    """Return the proof that a tree is the beginning of a later one, as proofs are written."""
    hashes = [b64encode(one).decode() for one in tree.consistency(old, new)]
    return {"from": old, "to": new, "hashes": hashes}


def batches(
    session: Session, indexes: Sequence[int], *, hashed: bool = True
) -> Iterator[list[Row]]:
    """Yield the lines at some leaves, in the order given; one that is gone is missing.

    Unless `hashed`, their leaves' hashes are not read.
    """
    lines = with_lines(LEAVES)
    lines = lines.with_only_columns(AT, LEAVES.c.kind, lines.selected_columns.line)
    for start in range(0, len(indexes), AT_ONCE):
        some = indexes[start : start + AT_ONCE]
        rows: Sequence[Any] = wire(session).execute(lines.where(_among(session, some))).all()
        found = {index: (kind, line) for index, kind, line in rows if line is not None}
        hashes = _hashes(session, some) if hashed else [b""] * len(some)
        yield [
            Row(index, *found[index], leaf)
            for index, leaf in zip(some, hashes, strict=True)
            if index in found
        ]


def by_case(session: Session, indexes: Sequence[int]) -> Sequence[int]:
    """Return those of some leaves that are lines of cases, case by case, each in its order."""
    found = select(AT).where(LEAVES.c.kind == "transition", _among(session, indexes))
    ordered = found.order_by(LEAVES.c.subject_id, LEAVES.c.seq)
    return array("q", wire(session).scalars(ordered.execution_options(yield_per=AT_ONCE)))


def _among(session: Session, indexes: Sequence[int]) -> ColumnElement[bool]:
    if isinstance(indexes, range):
        return and_(indexes.start <= AT, indexes.stop > AT)
    return one_of(session, AT, indexes)


def _hashes(session: Session, indexes: Sequence[int]) -> list[bytes]:
    """Return the hashes of some leaves, whose tiles are read at once."""
    wanted = sorted({index // WIDTH for index in indexes})
    found = select(TILES.c.tile_index, TILES.c.hashes).where(
        TILES.c.level == 0, one_of(session, TILES.c.tile_index, wanted)
    )
    tiles: dict[int, bytes] = {row.tile_index: row.hashes for row in wire(session).execute(found)}
    places = ((index // WIDTH, index % WIDTH * DIGEST_BYTES) for index in indexes)
    return [tiles.get(tile, b"")[at : at + DIGEST_BYTES] for tile, at in places]


def cases_of(
    session: Session, size: int, such: Sequence[ColumnElement[bool]] = ()
) -> Iterator[str]:
    """Yield how each case stands that has a line among the first so many."""
    found = (
        select(CASES.c.id, CASES.c.version, CASES.c.state, CASES.c.policy, CASES.c.head_hash)
        .join(LEAVES, (LEAVES.c.subject_id == CASES.c.id) & (LEAVES.c.seq == 1))
        .where(LEAVES.c.kind == "transition", LEAVES.c.leaf_index < size, *such)
        .order_by(LEAVES.c.leaf_index)
    )
    for row in wire(session).execute(found.execution_options(yield_per=AT_ONCE)):
        stands = {"case": str(row.id), "version": row.version, "state": row.state}
        yield _json(stands | {"policy": row.policy, "head": row.head_hash}) + "\n"


def record(row: Row) -> str:
    """Return a line as `lines.jsonl` has it."""
    index, kind, line, leaf = row
    try:
        said, name = line.decode(), "line"
    except UnicodeDecodeError:  # somebody changed its bytes: shown as they are
        said, name = _base64(line), "line_base64"
    told = f'"kind":{_quoted(kind)},"leaf":"{_base64(leaf)}","{name}":{_quoted(said)}'
    return f'{{"index":{index},{told}}}\n'


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_quoted = json.encoder.encode_basestring
"""What the encoder writes a text with, without asking each time what it is."""


def _base64(content: bytes) -> str:
    return b2a_base64(content, newline=False).decode()
