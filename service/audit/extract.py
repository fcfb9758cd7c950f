"""The log, or a part of it, written so that anybody can prove it: lines, proof, manifest.

This is the form that `dixian_verify` reads. `lines.jsonl` has one record for each line, in the
order of the tree: its leaf's index and hash, its kind, its exact bytes as text. A part also has
`proof.txt`: what its leaves need beside them to give the signed root. `cases.jsonl` says how
each case stands. `manifest.json` says what was asked for, why, and what every file hashes to.
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import Session, col

from service.audit.chain import instant
from service.audit.dixian_verify import CASES as CASES_FILE
from service.audit.dixian_verify import FORMAT, MANIFEST, PROOF
from service.audit.dixian_verify import LINES as LINES_FILE
from service.audit.log import KEY_LINE, tree_of, whole_note
from service.audit.merkle import Tree
from service.store.cases import CASES
from service.store.database import wire
from service.store.log import LEAVES, LogCheckpoint, LogHolder, with_lines

AT_ONCE = 2_048
"""Lines that are read in one statement."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to have, and why.

    `indexes`: the leaves of a part, ascending; None for the whole log. `cases`: the cases that
    the part has every line of. `since`: sizes from which a proof of growth is wanted.
    """

    purpose: str
    filter: dict[str, Any] = field(default_factory=dict)
    indexes: Sequence[int] | None = None
    cases: frozenset[UUID] | None = None
    since: Sequence[int] = ()


def whole_cases(
    session: Session,
    checkpoint: LogCheckpoint,
    cases: Iterable[UUID],
    purpose: str,
    since: Sequence[int] = (),
) -> Asked:
    """Ask for some cases from their first line to their last under a checkpoint."""
    wanted = frozenset(cases)
    of_them = LEAVES.c.subject_id.in_(wanted) & (LEAVES.c.kind == "transition")
    found = (
        select(LEAVES.c.leaf_index)
        .where(
            or_(of_them, LEAVES.c.kind == KEY_LINE),  # keys are proved by lines of their own
            LEAVES.c.leaf_index < checkpoint.size,
        )
        .order_by(LEAVES.c.leaf_index)
    )
    return Asked(
        purpose=purpose,
        filter={"cases": sorted(map(str, wanted))},
        indexes=wire(session).scalars(found).all(),
        cases=wanted,
        since=since,
    )


def write(
    session: Session, checkpoint: LogCheckpoint, asked: Asked, folder: Path, now: datetime
) -> dict[str, Any]:
    """Write an export into an empty folder; return its manifest. Memory stays constant."""
    tree, edges = tree_of(session), _Edges()
    contents = {LINES_FILE: edges.watch(records(session, tree, checkpoint.size, asked.indexes))}
    if asked.indexes is not None:
        others = tree.others(asked.indexes, checkpoint.size)
        contents[PROOF] = (f"{b64encode(one).decode()}\n" for one in others)
    if asked.indexes is None or asked.cases is not None:
        contents[CASES_FILE] = cases_of(session, checkpoint.size, asked.cases)
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: _write(folder / name, lines) for name, lines in contents.items()}
    manifest = {
        **manifest_of(session, tree, checkpoint, asked, now),
        "count": edges.count,
        "first": edges.first,
        "last": edges.last,
        "files": files,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(f"{text}\n", encoding="utf-8")
    return manifest


def manifest_of(
    session: Session, tree: Tree, checkpoint: LogCheckpoint, asked: Asked, now: datetime
) -> dict[str, Any]:
    """Return the part of a manifest that does not depend on the files."""
    held = wire(session).scalars(select(col(LogHolder.size))).all()
    sizes = sorted({size for size in (*asked.since, *held) if 0 < size < checkpoint.size})
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


def records(
    session: Session, tree: Tree, size: int, indexes: Sequence[int] | None
) -> Iterator[tuple[int, str]]:
    """Yield leaves by index with their records, ascending; one whose line is gone is missing."""
    lines = with_lines(LEAVES).order_by(LEAVES.c.leaf_index)
    at = LEAVES.c.leaf_index
    for start in range(0, size if indexes is None else len(indexes), AT_ONCE):
        chosen = (
            at.between(start, min(start + AT_ONCE, size) - 1)
            if indexes is None
            else at.in_(indexes[start : start + AT_ONCE])
        )
        for row in wire(session).execute(lines.where(chosen)):
            if row.line is not None:
                leaf = tree.leaf(row.leaf_index)
                yield row.leaf_index, _record(row.leaf_index, row.kind, leaf, row.line)


def cases_of(session: Session, size: int, cases: frozenset[UUID] | None) -> Iterator[str]:
    """Yield how each case stands that has a line among the first so many."""
    found = (
        select(CASES.c.id, CASES.c.version, CASES.c.state, CASES.c.policy, CASES.c.head_hash)
        .join(LEAVES, (LEAVES.c.subject_id == CASES.c.id) & (LEAVES.c.seq == 1))
        .where(LEAVES.c.kind == "transition", LEAVES.c.leaf_index < size)
        .order_by(LEAVES.c.leaf_index)
    )
    if cases is not None:
        found = found.where(CASES.c.id.in_(cases))
    for row in wire(session).execute(found.execution_options(yield_per=AT_ONCE)):
        stands = {"case": str(row.id), "version": row.version, "state": row.state}
        yield _json(stands | {"policy": row.policy, "head": row.head_hash})


def _record(index: int, kind: str, leaf: bytes, line: bytes) -> str:
    told = {"index": index, "kind": kind, "leaf": b64encode(leaf).decode()}
    try:
        return _json(told | {"line": line.decode()})
    except UnicodeDecodeError:  # somebody changed its bytes: shown as they are
        return _json(told | {"line_base64": b64encode(line).decode()})


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def _write(path: Path, lines: Iterable[str]) -> dict[str, Any]:
    digest, written = hashlib.sha256(), 0
    with path.open("xb") as file:
        for line in lines:
            content = line.encode()
            digest.update(content)
            written += file.write(content)
    return {"sha256": digest.hexdigest(), "bytes": written}


@dataclass(slots=True)
class _Edges:
    """How many lines went by, the index of the first and of the last."""

    count: int = 0
    first: int | None = None
    last: int | None = None

    def watch(self, lines: Iterator[tuple[int, str]]) -> Iterator[str]:
        for index, line in lines:
            self.first = index if self.first is None else self.first
            self.count, self.last = self.count + 1, index
            yield line
