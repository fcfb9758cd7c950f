#!/usr/bin/env python3
"""Say of an export of a Dixian log, offline, whether it is complete and unchanged.

Copy this one file. It needs Python 3.11 and the package `cryptography`, no network, and
nothing else of Dixian. You bring the log's public key, from wherever you trust it to come
from, and checkpoints that somebody else has kept: what the people who run the server could do
to a log, they can only have done since the newest of these.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "dixian-export/1"
LINES, PROOF, CASES, MANIFEST = "lines.jsonl", "proof.txt", "cases.jsonl", "manifest.json"
GENESIS = "0" * 64
LONGEST = 16 * 1024 * 1024
NOTE, COSIGNATURE = 1, 4
"""Types of signature: of C2SP signed-note, and of C2SP tlog-cosignature with its time."""
SLACK = timedelta(hours=1)
"""By how much clocks may differ, and a line wait for its leaf, before it counts as back-dated."""
SHOWN = 20


# -- hashes and proofs: RFC 6962, section 2.1; RFC 9162, sections 2.1.3.2 and 2.1.4.2


class Hashing:
    def __init__(self, name: str) -> None:
        if name not in {"sha256", "sm3"}:
            raise ValueError(f"{name} is no hash of a log")
        self._new: Callable[[bytes], Any] = (
            hashlib.sha256 if name == "sha256" else lambda data: hashlib.new("sm3", data)
        )

    def leaf(self, kind: str, line: bytes) -> bytes:
        """Return a line's leaf: its kind is part of it, so that no line passes for another."""
        return bytes(self._new(b"\x00" + kind.encode() + b"\n" + line).digest())

    def node(self, left: bytes, right: bytes) -> bytes:
        return bytes(self._new(b"\x01" + left + right).digest())

    def empty(self) -> bytes:
        return bytes(self._new(b"").digest())


class Growing:
    """The root of leaves that come one after the other; it keeps O(log n) hashes."""

    def __init__(self, hashing: Hashing) -> None:
        self._hashing, self.size = hashing, 0
        self._peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        size = self.size
        while size & 1:
            leaf = self._hashing.node(self._peaks.pop(), leaf)
            size >>= 1
        self._peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self._peaks:
            return self._hashing.empty()
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = self._hashing.node(peak, root)
        return root


def root_of_some(
    hashing: Hashing, size: int, leaves: Iterator[tuple[int, bytes]], others: Iterator[bytes]
) -> bytes:
    """Return the root over some leaves by index and the hashes of all subtrees without any.

    Raises `ValueError` where there are too few hashes, or too many.
    """
    upcoming = next(leaves, None)

    def root(start: int, end: int) -> bytes:
        nonlocal upcoming
        if upcoming is None or upcoming[0] >= end:
            other = next(others, None)
            if other is None:
                raise ValueError("hashes are missing")
            return other
        if end - start == 1:
            leaf, upcoming = upcoming[1], next(leaves, None)
            return leaf
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        left = root(start, middle)
        return hashing.node(left, root(middle, end))

    whole = root(0, size) if size else hashing.empty()
    if upcoming is not None or next(others, None) is not None:
        raise ValueError("there are more hashes than the tree has")
    return whole


def includes(
    hashing: Hashing, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Tell whether a proof shows a leaf at an index of the tree of a size and root."""
    if not 0 <= index < size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = hashing.node(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hashing.node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def extends(
    hashing: Hashing, old: tuple[int, bytes], new: tuple[int, bytes], proof: Sequence[bytes]
) -> bool:
    """Tell whether a proof shows that one tree (size, root) is the beginning of another."""
    (first, first_root), (second, second_root) = old, new
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof and first_root == hashing.empty()
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    return first < second and _two_roots(hashing, first, second, path) == (first_root, second_root)


def _two_roots(
    hashing: Hashing, first: int, second: int, path: list[bytes]
) -> tuple[bytes, bytes] | None:
    """Return the roots of two sizes that a path leads to, or None where it is too long or short."""
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0] if path else b""
    for c in path[1:]:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            fr, sr = hashing.node(c, fr), hashing.node(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = hashing.node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return (fr, sr) if sn == 0 else None


# -- notes and checkpoints: C2SP signed-note, tlog-checkpoint, tlog-cosignature


class Malformed(ValueError):
    """A note, a key or a file is not of its form."""


class Forged(ValueError):
    """A signature that names a key we hold is not of this key."""


@dataclass(frozen=True)
class Key:
    """A public key and the name it signs under."""

    name: str
    public: bytes
    kind: int = NOTE

    @classmethod
    def of(cls, vkey: str) -> "Key":
        """Read a key as it is written: name+id+base64. Raises `Malformed`."""
        name, _, rest = vkey.strip().partition("+")
        named, _, material = rest.partition("+")
        raw = unbase64(material)
        if not name or len(raw) != 33 or raw[0] not in {NOTE, COSIGNATURE}:
            raise Malformed("this is no Ed25519 key as logs write it (name+id+base64)")
        key = cls(name, raw[1:], raw[0])
        if key.id(key.kind).hex() != named:
            raise Malformed("the key's id does not fit it: it was not copied whole")
        return key

    def __str__(self) -> str:
        material = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.id(self.kind).hex()}+{material}"

    def id(self, kind: int) -> bytes:
        """Return the four bytes by which a signature of a type names this key."""
        named = self.name.encode() + b"\n" + bytes([kind]) + self.public
        return hashlib.sha256(named).digest()[:4]


@dataclass(frozen=True)
class Note:
    """A text with signatures, each by the name of its key and its raw bytes."""

    text: str
    signatures: tuple[tuple[str, bytes], ...]

    @classmethod
    def of(cls, content: str) -> "Note":
        """Read a note. Raises `Malformed`."""
        text, blank, rest = content.rpartition("\n\n")
        lines = rest.split("\n")
        if not blank or lines.pop() or not lines:
            raise Malformed("this is no signed note")
        signatures = []
        for line in lines:
            dash, _, signed = line.partition(" ")
            name, _, signature = signed.partition(" ")
            raw = unbase64(signature)
            if dash != "—" or not name or len(raw) <= 4:
                raise Malformed("a signature line of the note is none")
            signatures.append((name, raw))
        return cls(text + "\n", tuple(signatures))

    def __str__(self) -> str:
        lines = (f"— {name} {base64.b64encode(raw).decode()}\n" for name, raw in self.signatures)
        return f"{self.text}\n{''.join(lines)}"

    def signed_by(self, key: Key) -> bool:
        """Tell whether a key signed this text. Raises `Forged` for a signature that is not its."""
        mine = [raw[4:] for name, raw in self.signatures if (name, raw[:4]) == _named(key, NOTE)]
        for signature in mine:
            _verify(key, signature, self.text.encode())
        return bool(mine)

    def seen_at(self, key: Key) -> datetime | None:
        """Return when a key's holder saw this text, by their own signed word. Raises `Forged`."""
        times = []
        for name, raw in self.signatures:
            if (name, raw[:4]) == _named(key, COSIGNATURE):
                seconds = int.from_bytes(raw[4:12])
                _verify(key, raw[12:], cosigned(seconds, self.text))
                times.append(instant(seconds))
        return min(times, default=None)


def cosigned(seconds: int, text: str) -> bytes:
    """Return what a cosignature of a time signs."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def key_message(key: Key, prev: str) -> bytes:
    """Return what an old key signs to name the next one, in a line whose `prev` is given."""
    return f"dixian-log-key/1\n{key}\n{prev}\n".encode()


def instant(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as problem:
        raise Malformed("a signature's time is none") from problem


def _named(key: Key, kind: int) -> tuple[str, bytes]:
    return key.name, key.id(kind)


def _verify(key: Key, signature: bytes, message: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except (InvalidSignature, ValueError) as problem:
        raise Forged(f"a signature under the name {key.name} is not of its key") from problem


@dataclass(frozen=True)
class Checkpoint:
    """The head of a log: whose, how many lines, the root over them; and the note that says so."""

    origin: str
    size: int
    root: bytes
    note: Note

    @classmethod
    def of(cls, content: str) -> "Checkpoint":
        """Read a checkpoint; its signatures are looked at elsewhere. Raises `Malformed`."""
        note = Note.of(content)
        origin, size, root, *more = note.text.split("\n")
        number = int(size) if size.isascii() and size.isdigit() and len(size) < 19 else -1
        if not origin or not more or str(number) != size:
            raise Malformed("the note is no checkpoint")
        raw = unbase64(root)
        if len(raw) != hashlib.sha256().digest_size:
            raise Malformed("the checkpoint's root is none")
        return cls(origin, number, raw, note)


def unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as problem:
        raise Malformed("what should be base64 is not") from problem
