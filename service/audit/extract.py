"""The log as it is read to be taken away: its lines in batches, how cases stand, the manifest.

`dixian_verify` reads what `service/exports` writes from this: `lines.jsonl` has one record for
each line, in the order of the tree: its leaf's index and hash, its kind, its exact bytes as
text. `cases.jsonl` says how each case stands. `manifest.json` says what was asked for, and why.
"""

import json
from base64 import b64encode
from binascii import b2a_base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from service.audit.chain import instant
from service.audit.dixian_verify import FORMAT
from service.audit.log import whole_note
from service.audit.merkle import DIGEST_BYTES, WIDTH, Tree
from service.store.cases import CASES
from service.store.database import wire
from service.store.log import LEAVES, TILES, LogCheckpoint, LogHolder, with_lines

AT_ONCE = 8_192
"""Lines that are read in one statement."""


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
    leaf: bytes
    line: bytes


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


def batches(session: Session, indexes: Sequence[int]) -> Iterator[list[Row]]:
    """Yield the lines at some leaves, in the order given; one that is gone is missing."""
    lines, at = with_lines(LEAVES), LEAVES.c.leaf_index
    lines = lines.with_only_columns(at, LEAVES.c.kind, lines.selected_columns.line)
    for start in range(0, len(indexes), AT_ONCE):
        some = indexes[start : start + AT_ONCE]
        in_order = isinstance(some, range)
        chosen = at.between(some[0], some[-1]) if in_order else at.in_(list(some))
        leaf_of = _leaves(session, some)
        rows: Sequence[Any] = wire(session).execute(lines.where(chosen)).all()
        found = {
            index: Row(index, kind, leaf_of(index), line)
            for index, kind, line in rows
            if line is not None
        }
        yield [found[index] for index in some if index in found]


def _leaves(session: Session, indexes: Sequence[int]) -> Callable[[int], bytes]:
    """Return what tells the hashes of some leaves, whose tiles are read at once."""
    wanted = {index // WIDTH for index in indexes}
    found = select(TILES.c.tile_index, TILES.c.hashes).where(
        TILES.c.level == 0, TILES.c.tile_index.in_(wanted)
    )
    tiles: dict[int, bytes] = {row.tile_index: row.hashes for row in wire(session).execute(found)}

    def leaf(index: int) -> bytes:
        tile, inside = divmod(index, WIDTH)
        return tiles.get(tile, b"")[inside * DIGEST_BYTES : (inside + 1) * DIGEST_BYTES]

    return leaf


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
    index, kind, leaf, line = row
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
