"""The log as it is read to be taken away: its lines in batches, how cases stand, the manifest.

`dixian_verify` reads what `service/exports` writes from this: `lines.jsonl` has one record for
each line, in the order of the tree: its leaf's index and hash, its kind, its exact bytes as
text. `cases.jsonl` says how each case stands. `manifest.json` says what was asked for, and why.
"""

from array import array
from base64 import b64encode
from binascii import b2a_base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import to_json
from sqlalchemy import ColumnElement, and_, select, type_coerce
from sqlalchemy.types import NULLTYPE
from sqlmodel import Session, col

from service.audit.chain import instant
from service.audit.dixian_verify import FORMAT
from service.audit.log import whole_note
from service.audit.merkle import DIGEST_BYTES, WIDTH, Tree
from service.store.cases import CASES
from service.store.database import one_of, wire
from service.store.log import LEAVES, TILES, LogCheckpoint, LogHolder, with_lines

AT_ONCE = 1_024
"""Lines that are read in one statement: with many more, PostgreSQL starts workers for it."""

AT = LEAVES.c.leaf_index
CASE_BY_CASE = (LEAVES.c.subject_id, LEAVES.c.seq)


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


class Lines(NamedTuple):
    """Some lines as the log has them, each with its place, its kind and its leaf's hash."""

    indexes: Sequence[int]
    kinds: Sequence[str]
    lines: Sequence[bytes]
    leaves: Sequence[bytes]


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


def batches(session: Session, indexes: Sequence[int]) -> Iterator[Lines]:
    """Yield the lines at some leaves, in the order of the log; one that is gone is missing."""
    for some in _parts(indexes):
        found = _lines(session, some, (AT,))
        yield Lines(*found, _hashes(session, found[0]))


def by_case(session: Session, indexes: Sequence[int]) -> Sequence[int]:
    """Return those of some leaves that are lines of cases, case by case, each in its order."""
    found = select(AT).where(LEAVES.c.kind == "transition", _among(session, indexes))
    ordered = found.order_by(*CASE_BY_CASE).execution_options(yield_per=AT_ONCE)
    return array("q", wire(session).scalars(ordered))


def batches_by_case(session: Session, ordered: Sequence[int]) -> Iterator[Lines]:
    """Yield the lines at leaves that are ordered so, without the leaves' hashes."""
    for some in _parts(ordered):
        found = _lines(session, some, CASE_BY_CASE)
        yield Lines(*found, [b""] * len(found[0]))


def _parts(indexes: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(indexes), AT_ONCE):
        yield indexes[start : start + AT_ONCE]


def _lines(
    session: Session, indexes: Sequence[int], order: Iterable[ColumnElement[Any]]
) -> tuple[Sequence[int], Sequence[str], Sequence[bytes]]:
    """Return the indexes, the kinds and the bytes of the lines that are there."""
    found = with_lines(LEAVES).where(_among(session, indexes)).order_by(*order)
    line = found.selected_columns.line
    as_read = type_coerce(line, NULLTYPE)  # which is bytes already
    found = found.with_only_columns(AT, LEAVES.c.kind, as_read).where(line.is_not(None))
    columns: Any = list(zip(*wire(session).execute(found).all(), strict=True))
    indexes, kinds, lines = columns or ((), (), ())
    return indexes, kinds, lines


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
) -> Iterator[bytes]:
    """Yield how each case stands that has a line among the first so many."""
    found = (
        select(CASES.c.id, CASES.c.version, CASES.c.state, CASES.c.policy, CASES.c.head_hash)
        .join(LEAVES, (LEAVES.c.subject_id == CASES.c.id) & (LEAVES.c.seq == 1))
        .where(LEAVES.c.kind == "transition", LEAVES.c.leaf_index < size, *such)
        .order_by(LEAVES.c.leaf_index)
    )
    for row in wire(session).execute(found.execution_options(yield_per=AT_ONCE)):
        stands = {"case": str(row.id), "version": row.version, "state": row.state}
        yield to_json(stands | {"policy": row.policy, "head": row.head_hash}) + b"\n"


def record(index: int, kind: str, line: bytes, leaf: bytes) -> bytes:
    """Return a line as `lines.jsonl` has it."""
    told: dict[str, Any] = {"index": index, "kind": kind, "leaf": _base64(leaf)}
    try:
        told["line"] = line.decode()
    except UnicodeDecodeError:  # somebody changed its bytes: shown as they are
        told["line_base64"] = _base64(line)
    return to_json(told) + b"\n"


def _base64(content: bytes) -> str:
    return b2a_base64(content, newline=False).decode()
