"""Pending lines become leaves of the tree; the tree's head is signed.

Both are transactions of their own. Whoever holds the lock of the head's row is the one
sequencer: the lock ends with the transaction, so that one who was killed leaves nothing behind,
and the server takes it from one that stands still. A batch of leaves is all or nothing. Signing
comes after its commit: what was signed can no longer become otherwise.
"""

from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlmodel import Session

from service.audit.dixian_verify import Checkpoint, Key, key_message
from service.audit.lines import add_line, last_line
from service.audit.log import KEY_CHAIN, entry, keys_of, newest_checkpoint, tree
from service.audit.signer import LogKeyError, Signer
from service.store.database import not_idle_for_long, wire
from service.store.log import HEAD, LEAVES, PENDING, TILES, LogCheckpoint, with_lines

BATCH = 2_000

_found = with_lines(PENDING).subquery("found")
_UPCOMING = (
    select(_found, LEAVES.c.leaf_index)
    .join_from(
        _found,
        LEAVES,
        (LEAVES.c.subject_id == _found.c.subject_id)
        & (LEAVES.c.kind == _found.c.kind)
        & (LEAVES.c.seq == _found.c.seq),
        isouter=True,
    )
    .where(_found.c.line.is_not(None))  # a line that is gone is for the verifier to name
    .order_by(_found.c.id)
    .limit(BATCH)
)
_LOCK = select(HEAD).with_for_update(skip_locked=True)
_TILE = (TILES.c.level == bindparam("at_level")) & (TILES.c.tile_index == bindparam("at_index"))


def sequence(session: Session, signer: Signer, now: datetime) -> int:
    """Make leaves of at most a batch of pending lines; return how many lines it was.

    Part of the caller's transaction. 0: nothing is pending, or another sequencer is at work.
    Raises `LogKeyError` where the key is not this log's.
    """
    head = _lock(session, signer, now)
    rows = wire(session).execute(_UPCOMING).all() if head else []
    if head and rows:
        _append(session, head, rows)
    return len(rows)


def sign(session: Session, signer: Signer, now: datetime) -> Checkpoint | None:
    """Sign the head of the tree, unless that was done; part of the caller's transaction.

    The lines that are leaves must have been committed before. While a key is being replaced,
    the old one signs with the new one, once. Raises `LogKeyError` and `RolledBack`.
    """
    head = _lock(session, signer, now)
    last = newest_checkpoint(session)
    signed = last.size if last else 0
    if head is None or head.size <= signed:
        return None
    keys = _keys_between(session, signed, head.size)
    if not keys:
        return None  # the line that names the first key is still pending
    whole = tree(session, head.size, head.hash)
    checkpoint = signer.checkpoint(head.size, whole.root, keys, now)
    wire(session).execute(
        insert(LogCheckpoint.__table__),  # type: ignore[attr-defined]
        {
            "size": head.size,
            "root": checkpoint.root,
            "note": str(checkpoint.note),
            "signed_at": now,
        },
    )
    return checkpoint


def replace_key(session: Session, signer: Signer, now: datetime) -> Key:
    """Make a new key, and the line by which the old one says so; part of a transaction."""
    if _lock(session, signer, now) is None:
        raise LogKeyError("The log is being sequenced: try again in a moment.")
    old = keys_of(session)[-1].key
    return _name_key(session, signer, signer.add_key(), old, now)


def _lock(session: Session, signer: Signer, now: datetime) -> Row[Any] | None:
    """Return the head, locked; None while another has it. The first time, the log begins."""
    not_idle_for_long(session)
    head = wire(session).execute(_LOCK).one_or_none()
    if head and not head.origin:
        named = {"origin": signer.origin, "hash": signer.hash}
        wire(session).execute(update(HEAD).values(named))
        _name_key(session, signer, signer.keys[0], None, now)
        return wire(session).execute(_LOCK).one()
    if head and head.origin != signer.origin:
        raise LogKeyError(
            f"The database holds the log {head.origin}, the key is {signer.origin}'s."
        )
    return head


def _name_key(session: Session, signer: Signer, key: Key, old: Key | None, now: datetime) -> Key:
    _, prev = last_line(session, KEY_CHAIN)
    signed = signer.sign(old, key_message(key, prev)) if old else b""
    said = {"vkey": str(key), "hash": signer.hash, "signature": b64encode(signed).decode()}
    add_line(session, KEY_CHAIN, "replace_key" if old else "begin_log", now, said)
    return key


def _append(session: Session, head: Row[Any], rows: Sequence[Row[Any]]) -> None:
    connection = wire(session)
    fresh: dict[tuple[UUID, str, int], bytes] = {
        (row.subject_id, row.kind, row.seq): row.line for row in rows if row.leaf_index is None
    }
    whole = tree(session, head.size, head.hash)
    changed = whole.append(
        [whole.hashing.leaf(entry(kind, line)) for (_, kind, _), line in fresh.items()]
    )
    if fresh:
        connection.execute(
            insert(LEAVES),
            [
                {"leaf_index": head.size + number, "subject_id": subject, "kind": kind, "seq": seq}
                for number, (subject, kind, seq) in enumerate(fresh)
            ],
        )
        connection.execute(
            delete(TILES).where(_TILE),
            [{"at_level": level, "at_index": index} for level, index in changed],
        )
        connection.execute(
            insert(TILES),
            [
                {"level": level, "tile_index": index, "hashes": hashes}
                for (level, index), hashes in changed.items()
            ],
        )
        connection.execute(update(HEAD).values(size=whole.size))
    connection.execute(delete(PENDING).where(PENDING.c.id.in_([row.id for row in rows])))


def _keys_between(session: Session, signed: int, size: int) -> list[Key]:
    """Return the keys that sign a size, where another size was signed before."""
    named = [
        (one.leaf_index, one.key)
        for one in keys_of(session)
        if one.leaf_index is not None and one.leaf_index < size
    ]
    before = [key for index, key in named if index < signed]
    return [*before[-1:], *(key for index, key in named if index >= signed)]
