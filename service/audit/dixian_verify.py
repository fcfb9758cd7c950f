#!/usr/bin/env python3
"""Say of an export of a Dixian log, offline, whether it is complete and unchanged.

Copy this one file. It needs Python 3.11 and the package `cryptography`, no network, and
nothing else of Dixian. You bring the log's public key, from wherever you trust it to come
from, and checkpoints that somebody else has kept: what the people who run the server could do
to a log, they can only have done since the newest of these.
"""

import argparse
import base64
import binascii
import csv
import hashlib
import io
import json
import re
import sys
import zipfile
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol
from xml.etree import ElementTree as ET

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
PART = re.compile(r"lines(-\d{6})?\.jsonl")
TABLE = re.compile(r"transitions(-\d{6})?\.(csv|xlsx|parquet|xes)")


# -- hashes and proofs: RFC 6962, section 2.1


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


def half_of(size: int) -> int:
    """Return where a tree of a size is split: the largest power of two below it."""
    return 1 << (size - 1).bit_length() - 1


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
        middle = start + half_of(end - start)
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
    path = list(proof)  # walked from the top: a proof ends with what is nearest to it

    def root_at(index: int, size: int) -> bytes:
        if size == 1:
            return leaf
        half, other = half_of(size), path.pop()
        if index < half:
            return hashing.node(root_at(index, half), other)
        return hashing.node(other, root_at(index - half, size - half))

    try:
        return 0 <= index < size and root_at(index, size) == root and not path
    except IndexError:
        return False


def extends(
    hashing: Hashing, old: tuple[int, bytes], new: tuple[int, bytes], proof: Sequence[bytes]
) -> bool:
    """Tell whether a proof shows that one tree (size, root) is the beginning of another."""
    path = list(proof)

    def roots(first: int, size: int, known: bytes | None) -> tuple[bytes, bytes]:
        """Return the roots of the first leaves and of all; `known`: the first one's, if it is."""
        if first == size:
            root = known or path.pop()
            return root, root
        half, other = half_of(size), path.pop()
        if first <= half:
            before, left = roots(first, half, known)
            return before, hashing.node(left, other)
        before, right = roots(first - half, size - half, None)
        return hashing.node(other, before), hashing.node(other, right)

    if old[0] == 0 or old[0] > new[0]:
        return old == (0, hashing.empty()) and not path
    try:
        return roots(old[0], new[0], old[1]) == (old[1], new[1]) and not path
    except IndexError:
        return False


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
        mine = self._of(key, NOTE)
        for signature in mine:
            _verify(key, signature, self.text.encode())
        return bool(mine)

    def seen_at(self, key: Key) -> datetime | None:
        """Return when a key's holder saw this text, by their own signed word. Raises `Forged`."""
        times = []
        for raw in self._of(key, COSIGNATURE):
            seconds = int.from_bytes(raw[:8])
            _verify(key, raw[8:], cosigned(seconds, self.text))
            times.append(instant(seconds))
        return min(times, default=None)

    def _of(self, key: Key, kind: int) -> list[bytes]:
        named = (key.name, key.id(kind))
        return [raw[4:] for name, raw in self.signatures if (name, raw[:4]) == named]


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


def sha256_of(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as problem:
        raise Malformed("what should be base64 is not") from problem


# -- an export: where its files lie, what is wrong with them


class Damage(NamedTuple):
    """One thing that is wrong: in which file, at which line of it (from 1), of which kind."""

    file: str
    line: int | None
    kind: str
    what: str


class Source(Protocol):
    """An export, wherever it lies."""

    def open(self, name: str) -> IO[bytes]:
        """Open a file of the export. Raises `FileNotFoundError`."""
        ...

    def names(self) -> set[str]: ...


class Files:
    """An export in a folder, or in a zip file that is read without unpacking it."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises `Malformed` for what is neither a folder nor a zip file."""
        try:
            self._place = path if path.is_dir() else zipfile.Path(path)
        except (zipfile.BadZipFile, OSError) as problem:
            raise Malformed(f"{path} is neither a folder nor a zip file") from problem

    def open(self, name: str) -> IO[bytes]:
        return (self._place / name).open("rb")

    def names(self) -> set[str]:
        if isinstance(self._place, zipfile.Path):
            return {one for one in self._place.root.namelist() if not one.endswith("/")}
        files = (path for path in self._place.rglob("*") if path.is_file())
        return {path.relative_to(self._place).as_posix() for path in files}


@dataclass(frozen=True)
class Record:
    """A line of `lines.jsonl`, or of a part: its leaf, its bytes, and what they say."""

    file: str
    number: int
    index: int
    kind: str
    leaf: bytes
    line: bytes
    said: dict[str, Any]

    @classmethod
    def of(cls, file: str, number: int, content: bytes) -> "Record":
        """Read one. Raises `Malformed`."""
        try:
            told = json.loads(content.decode())
            index, kind, leaf = told["index"], told["kind"], told["leaf"]
            line = told["line"].encode() if "line" in told else unbase64(told["line_base64"])
            said = json.loads(line.decode())
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
            raise Malformed("this is no record of a line") from problem
        whole = type(index) is int and index >= 0 and isinstance(kind, str)
        if not whole or not isinstance(leaf, str) or not isinstance(said, dict):
            raise Malformed("this is no record of a line")
        return cls(file, number, index, kind, unbase64(leaf), line, said)

    @property
    def chain(self) -> str:
        # A case's lines have no subject; any other line's may name a case that it is about.
        return f"{self.kind} {self.said.get('subject') or self.said.get('case') or ''}"

    @property
    def at(self) -> str:
        """Return when it was received, as it is written: such texts sort as their instants."""
        at = self.said.get("received_at") or self.said.get("at")
        return at if isinstance(at, str) else ""


@dataclass(slots=True)
class Link:
    """The newest line of a chain so far."""

    seq: int
    hash: bytes
    at: str
    state: Any
    policy: Any


@dataclass(frozen=True)
class Seen:
    """A checkpoint from outside the export, and where it came from."""

    where: str
    checkpoint: Checkpoint


@dataclass
class Known:
    """What the auditor brings: keys, checkpoints held elsewhere, proofs, who else signs."""

    keys: list[Key]
    seen: list[Seen] = field(default_factory=list)
    proofs: list[dict[str, Any]] = field(default_factory=list)
    witnesses: list[Key] = field(default_factory=list)
    attachments: Path | None = None


@dataclass
class Report:
    """What was found: damage, what could not be told, what rests on whom."""

    damages: list[Damage] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lines: int = 0
    complete: bool = False
    checkpoint: Checkpoint | None = None

    @property
    def verdict(self) -> str:
        if self.damages:
            return "damaged"
        if self.unproven:
            return "unproven"
        return "complete and unchanged" if self.complete else "unchanged"

    def damage(self, file: str, line: int | None, kind: str, what: str) -> None:
        self.damages.append(Damage(file, line, kind, what))


# -- tables: the same lines as CSV, XLSX, Parquet or XES, read again and held against them


COLUMNS = (
    *("index", "line_kind", "subject", "seq", "event", "from", "to", "at", "device_time"),
    *("person", "position", "role", "area", "policy", "kind", "round", "prev", "hash"),
)
NUMBERS = {"index", "seq", "round"}
FORMULA = ("'=", "'+", "'-", "'@", "'\t", "'\r")
IN_XES = {
    "concept:name": "event",
    "time:timestamp": "at",
    "org:resource": "person",
    "org:role": "role",
    "org:group": "area",
}
Row = tuple[str, ...]


class Rows:
    """What the lines say in rows: 24 bytes for each, so that a table in any order can be read."""

    def __init__(self) -> None:
        self.indexes, self.of_cases = array("q"), bytearray()
        self._digests = bytearray()

    def add(self, record: Record, *, changed: bool) -> None:
        self.indexes.append(record.index)
        self.of_cases.append(record.kind == "transition")
        self._digests += bytes(16) if changed else _digest(_row_of(record))

    def differs(self, row: Row, seen: bytearray) -> str | None:
        """Return what is wrong with a row of a table, if anything is; note that it was there."""
        index = int(row[0]) if row and row[0].isdecimal() and len(row[0]) < 19 else -1
        at = bisect_left(self.indexes, index)
        if at == len(self.indexes) or self.indexes[at] != index:
            return "there is no such line"
        if seen[at]:
            return f"leaf {index} is there already"
        seen[at] = 1
        digest = self._digests[16 * at : 16 * at + 16]
        return None if digest in (bytes(16), _digest(row)) else f"leaf {index} says otherwise"


def _digest(row: Row) -> bytes:
    return hashlib.sha256("\x1f".join(row).encode("utf-8", "replace")).digest()[:16]


def _row_of(record: Record) -> Row:
    said = record.said
    own = {
        "index": record.index,
        "line_kind": record.kind,
        "subject": said.get("case") or said.get("subject"),
        "at": said.get("received_at") or said.get("at"),
        "hash": hashlib.sha256(record.line).hexdigest(),
    }
    cells = ((own if name in own else said).get(name) for name in COLUMNS)
    kinds = (int if name in NUMBERS else str for name in COLUMNS)
    return tuple(str(cell) if type(cell) is kind else "" for cell, kind in zip(cells, kinds))  # noqa: B905


def _of_csv(file: IO[bytes]) -> Iterator[tuple[int, Row]]:
    with io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
        for number, cells in enumerate(csv.reader(text), start=1):
            if number > 1:
                yield number, tuple(c[1:] if c.startswith(FORMULA) else c for c in cells)


def _of_xlsx(file: IO[bytes]) -> Iterator[tuple[int, Row]]:
    with zipfile.ZipFile(file) as book, book.open("xl/worksheets/sheet1.xml") as sheet:
        rows: Any = None
        for what, element in ET.iterparse(sheet, ("start", "end")):  # noqa: S314 - see _of_xes
            tag = element.tag.rpartition("}")[2]
            if (what, tag) == ("start", "sheetData"):
                rows = element
            elif (what, tag) == ("end", "row"):
                if (number := int(element.attrib["r"])) > 1:
                    yield number, tuple(map(_cell, element))
                rows.clear()


def _cell(cell: Any) -> str:  # noqa: ANN401
    parts = list(cell.iter())
    if any(part.tag.endswith("}f") for part in parts):
        return "a formula"
    return "".join(part.text or "" for part in parts)


def _of_parquet(file: IO[bytes]) -> Iterator[tuple[int, Row]]:
    from pyarrow import parquet  # noqa: PLC0415 - where there is one

    rows = (row for batch in parquet.ParquetFile(file).iter_batches() for row in batch.to_pylist())
    for number, told in enumerate(rows, start=1):
        yield number, tuple(_plain(told[name]) for name in COLUMNS)


def _plain(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, datetime):
        return written(value)
    return "" if value is None else str(value)


def _of_xes(file: IO[bytes]) -> Iterator[tuple[int, Row]]:
    """Yield the events; Python's own parser refuses entities that would fill the memory."""
    number, trace = 0, dict[str, str]()
    into = trace
    for what, element in ET.iterparse(file, ("start", "end")):  # noqa: S314
        tag, told = element.tag.rpartition("}")[2], element.attrib
        if (what, tag) == ("start", "trace"):
            into = trace = {}
        elif (what, tag) == ("start", "event"):
            into = {"subject": trace.get("event", "")}
        elif (what, tag) == ("end", "event"):
            number += 1
            yield number, tuple(into.get(name, "") for name in COLUMNS)
            into = trace
        elif what == "start" and "key" in told:
            into[IN_XES.get(told["key"], told["key"])] = told.get("value", "")
        if what == "end" and tag in {"event", "trace"}:
            element.clear()


TABLES: dict[str, Callable[[IO[bytes]], Iterator[tuple[int, Row]]]] = {
    "csv": _of_csv,
    "xlsx": _of_xlsx,
    "parquet": _of_parquet,
    "xes": _of_xes,
}


# -- the verification


class Verification:
    """One export, verified against what the auditor knows: `run()`."""

    def __init__(self, export: Source, known: Known) -> None:
        self._export, self._known, self.report = export, known, Report()
        self._chains: dict[str, Link] = {}
        self._key_lines: list[tuple[int, dict[str, Any]]] = []
        self._names = export.names()
        self._papers: dict[str, tuple[str, int]] = {}
        self._erased: set[str] = set()
        self._rows = Rows() if any(map(TABLE.fullmatch, self._names)) else None
        self._root: bytes | None = None
        self._roots: dict[int, bytes] = {}
        self._torn = self._odd = False
        self._floor = ""

    def run(self) -> Report:
        """Verify, and say everything that is wrong."""
        try:
            self._manifest = self._read_manifest()
        except (Malformed, FileNotFoundError) as problem:
            self.report.damage(MANIFEST, None, "file_unreadable", str(problem))
            return self.report
        self._files()
        self._floors = self._times()
        self._tree()
        self._trusted = self._keys()
        self._own_checkpoint()
        self._outside_checkpoints()
        self._cases()
        self._tables()
        self._attachments()
        self._what_rests_on_whom()
        return self.report

    # -- the manifest and the files it names

    def _read_manifest(self) -> dict[str, Any]:
        with self._export.open(MANIFEST) as file:
            try:
                manifest = json.loads(file.read().decode())
            except (ValueError, RecursionError) as problem:
                raise Malformed("it is no JSON") from problem
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise Malformed(f"it is not of the form {FORMAT}")
        if not isinstance(manifest.get("checkpoint"), str):
            raise Malformed("it holds no checkpoint")
        checkpoint = Checkpoint.of(manifest["checkpoint"])
        self.report.checkpoint = self._own = checkpoint
        self.report.complete = manifest.get("whole") is True
        self._hashing = Hashing("sm3" if checkpoint.origin.endswith("/sm3") else "sha256")
        return manifest

    def _files(self) -> None:
        named = self._manifest.get("files")
        for name, told in named.items() if isinstance(named, dict) else ():
            if name not in self._names:
                self.report.damage(name, None, "file_missing", "the manifest names it")
                continue
            with self._export.open(name) as file:
                if not isinstance(told, dict) or sha256_of(file) != told.get("sha256"):
                    what = "its SHA-256 is not the one in the manifest"
                    self.report.damage(name, None, "file_changed", what)

    def _lines_of(self, name: str) -> Iterator[tuple[int, bytes]]:
        """Yield the lines of a file with their numbers; nothing where it is not there."""
        with suppress(FileNotFoundError), self._export.open(name) as file:
            number = 0
            while content := file.readline(LONGEST):
                number += 1
                yield number, content

    # -- lines: each against its leaf, its chain, its time

    def _tree(self) -> None:
        """Build the tree of the leaves that are told, and look at each line on the way."""
        if self.report.complete:
            growing = Growing(self._hashing)
            wanted = {seen.checkpoint.size for seen in self._known.seen}
            for record in self._records():
                growing.add(record.leaf)
                if growing.size in wanted:
                    self._roots[growing.size] = growing.root()
            self._root = growing.root()
            return
        leaves = ((record.index, record.leaf) for record in self._records())
        try:
            self._root = root_of_some(self._hashing, self._own.size, leaves, self._others())
        except ValueError as problem:
            if not self._torn:
                self.report.damage(PROOF, None, "tree_differs", str(problem))
        for _ in leaves:  # look at the rest of the lines all the same
            pass

    def _others(self) -> Iterator[bytes]:
        for _, content in self._lines_of(PROOF):
            yield unbase64(content.decode("ascii", "replace").strip())

    def _records(self) -> Iterator[Record]:
        """Yield the lines that stand in order; what does not is told, and tears the tree."""
        upcoming, number, file = 0, 0, LINES
        parts = sorted(filter(PART.fullmatch, self._names))
        if not parts:
            self._tear(LINES, None, "file_missing", "there are no lines")
            return
        for file in parts:
            number = 0
            for number, content in self._lines_of(file):
                try:
                    record = Record.of(file, number, content)
                except Malformed as problem:
                    self._tear(file, number, "line_unreadable", str(problem))
                    upcoming += 1
                    continue
                if not upcoming <= record.index < self._own.size:
                    what = f"it says it is leaf {record.index}"
                    self._tear(file, number, "line_out_of_order", what)
                    continue
                if self.report.complete and record.index > upcoming:
                    self._missing(file, number, upcoming, record.index)
                upcoming = record.index + 1
                self.report.lines += 1
                self._look_at(record)
                yield record
        if self.report.complete and upcoming < self._own.size:
            self._missing(file, number + 1, upcoming, self._own.size)

    def _tear(self, file: str, number: int | None, kind: str, what: str) -> None:
        self._torn = self._odd = True
        self.report.damage(file, number, kind, what)

    def _missing(self, file: str, number: int, first: int, end: int) -> None:
        what = f"before it, leaves {first} to {end - 1} are missing"
        self._tear(file, number, "line_missing", what)

    def _look_at(self, record: Record) -> None:
        changed = self._hashing.leaf(record.kind, record.line) != record.leaf
        if changed:
            what = f"{_name_of(record)} is not what became leaf {record.index}"
            self.report.damage(record.file, record.number, "line_changed", what)
            self._odd = True
        if self._rows:
            self._rows.add(record, changed=changed)
        self._follow_chain(record, changed=changed)
        while self._floors and self._floors[0][0] <= record.index:
            self._floor = max(self._floor, self._floors.pop(0)[1])
        if not changed and record.at and record.at < self._floor:
            what = f"received {record.at}, but it was not yet there at {self._floor}"
            self.report.damage(record.file, record.number, "back_dated", what)
        if record.kind == "log_key":
            self._key_lines.append((record.index, record.said))
        papers = record.said.get("attachments") if self._asks_for_papers else None
        for paper in papers if isinstance(papers, list) else ():
            if isinstance(paper, dict) and isinstance(paper.get("sha256"), str):
                self._papers.setdefault(paper["sha256"], (record.file, record.number))
        gone = record.said.get("papers") if record.kind == "erasure" else None
        self._erased.update(map(str, gone if isinstance(gone, list) else ()))

    def _follow_chain(self, record: Record, *, changed: bool) -> None:
        seq, prev = record.said.get("seq"), record.said.get("prev")
        if type(seq) is not int or not isinstance(prev, str):
            return
        link = self._chains.get(record.chain)
        upcoming = link.seq + 1 if link else 1
        before = (link.hash.hex() if link.hash else prev) if link else GENESIS
        if not changed and (seq < upcoming or (seq == upcoming and prev != before)):
            what = f"{_name_of(record)} does not follow the line that stands before it"
            self.report.damage(record.file, record.number, "chain_broken", what)
        if seq > upcoming and self._is_whole(record) and not self._odd:
            what = f"before {_name_of(record)}, numbers {upcoming} to {seq - 1} are missing"
            self.report.damage(record.file, record.number, "line_left_out", what)
        if link and not changed and record.at and record.at < _earlier(link.at):
            what = f"{_name_of(record)} was received {record.at}, the one before it {link.at}"
            self.report.damage(record.file, record.number, "back_dated", what)
        self._chains[record.chain] = Link(
            seq,
            b"" if changed else hashlib.sha256(record.line).digest(),
            link.at if link and changed else record.at,
            *(sys.intern(str(record.said.get(name))) for name in ("to", "policy")),
        )

    def _is_whole(self, record: Record) -> bool:
        """Tell whether the export claims to have every line of a record's chain so far."""
        by_case = self._manifest.get("whole_cases") is True and record.kind == "transition"
        return self.report.complete or by_case or record.kind == "log_key"

    def _times(self) -> list[tuple[int, str]]:
        """Return the times before which nothing was received that a size does not have yet."""
        keys = [*self._known.keys, *self._known.witnesses]
        found = []
        for checkpoint in (self._own, *(seen.checkpoint for seen in self._known.seen)):
            for key in keys if checkpoint.origin == self._own.origin else ():
                with suppress(Forged, Malformed):
                    if at := checkpoint.note.seen_at(key):
                        found.append((checkpoint.size, written(at - SLACK)))
        return sorted(found)

    # -- keys and checkpoints

    def _keys(self) -> list[tuple[int, Key]]:
        """Return the keys to be trusted and the leaf from which each signs.

        The auditor's own; and one that the log names in a line which the key before it signed.
        """
        mine = {key.public: key for key in self._known.keys}
        trusted: list[tuple[int, Key]] = []
        for index, said in self._key_lines:
            try:
                key, prev = Key.of(said["vkey"]), said["prev"]
                if key.public not in mine and trusted:
                    signature = unbase64(said["signature"])
                    _verify(trusted[-1][1], signature, key_message(key, prev))
            except (KeyError, TypeError, AttributeError, Malformed, Forged):
                what = f"leaf {index} names a key that the one before it did not sign"
                self.report.damage(LINES, None, "key_replaced", what)
                continue
            if key.public in mine or trusted:
                trusted.append((index, key))
        named = {key.public for _, key in trusted}
        return [(-1, key) for key in self._known.keys if key.public not in named] + trusted

    def _signed(self, checkpoint: Checkpoint, where: str) -> bool:
        """Tell whether a checkpoint is signed by the key that signed at its size."""
        keys = [key for since, key in self._trusted if since < checkpoint.size]
        if not keys:
            what = f"{where} is older than the key you hold: its signature cannot be verified"
            self.report.unproven.append(what)
            return False
        try:
            if checkpoint.note.signed_by(keys[-1]):
                return True
            what = "it is not signed by the log's key, nor by one that the log's key named"
        except Forged as problem:
            what = str(problem)
        self.report.damage(where, None, "not_signed", what)
        return False

    def _own_checkpoint(self) -> None:
        if self._own.origin not in {key.name for key in self._known.keys}:
            what = f"it is of the log {self._own.origin}, which is not your key's"
            self.report.damage(MANIFEST, None, "another_log", what)
        self._signed(self._own, MANIFEST)
        if self._root != self._own.root and not self._torn:
            what = f"the lines do not give the root that was signed for {self._own.size} lines"
            self.report.damage(LINES, None, "tree_differs", what)

    def _outside_checkpoints(self) -> None:
        ours = []
        for seen in sorted(self._known.seen, key=lambda one: one.checkpoint.size):
            if seen.checkpoint.origin != self._own.origin:
                self.report.notes.append(f"{seen.where} is of another log: not looked at.")
            elif self._signed(seen.checkpoint, seen.where):
                ours.append(seen)
        agreed = 0
        for seen in ours:
            if not self._continues(seen, agreed):
                break
            agreed = min(seen.checkpoint.size, self._own.size)

    def _continues(self, seen: Seen, agreed: int) -> bool:
        """Tell whether a checkpoint and ours are of one log; `agreed`: the lines that are."""
        size, root, where = seen.checkpoint.size, seen.checkpoint.root, seen.where
        if size == self._own.size:
            same = root == self._own.root
        elif size < self._own.size and self.report.complete and not self._torn:
            same = self._roots.get(size, self._hashing.empty()) == root
        else:
            ends = sorted([(size, root), (self._own.size, self._own.root)])
            proof = self._proof(ends[0][0], ends[1][0])
            if proof is None:
                return self._without_proof(seen)
            same = extends(self._hashing, ends[0], ends[1], proof)
        if not same and self.report.complete:
            what = f"lines {agreed + 1} to {size} are not those that {where} was signed over"
            self.report.damage(LINES, agreed + 1, "fork", what)
        elif not same:
            what = f"its {size} lines are not those of this log: there are two logs under one name"
            self.report.damage(where, None, "fork", what)
        return same

    def _without_proof(self, seen: Seen) -> bool:
        size = seen.checkpoint.size
        if size > self._own.size:
            what = (
                f"it covers {size} lines, the export ends at {self._own.size}: the log's tail is "
                "cut off, or the export is older (then ask for the proof from the one to the other)"
            )
            self.report.damage(seen.where, None, "rolled_back", what)
        elif not self._torn:
            what = f"{seen.where} covers {size} lines: ask for the proof to {self._own.size}"
            self.report.unproven.append(what)
        return False

    def _proof(self, old: int, new: int) -> list[bytes] | None:
        if old == 0:
            return []
        told = self._manifest.get("consistency")
        for proof in [*self._known.proofs, *(told if isinstance(told, list) else ())]:
            if isinstance(proof, dict) and (proof.get("from"), proof.get("to")) == (old, new):
                with suppress(Malformed, TypeError, KeyError):
                    return [unbase64(one) for one in proof["hashes"]]
        return None

    # -- what lies beside the lines

    def _cases(self) -> None:
        """Compare how cases stand with their last lines."""
        if CASES not in self._names or self._torn:
            return
        ahead = 0
        for number, content in self._lines_of(CASES):
            try:
                case = json.loads(content.decode())
                link = self._chains.pop("transition " + case["case"], None)
                version = case["version"] + 0
            except (ValueError, KeyError, TypeError, RecursionError):
                self.report.damage(CASES, number, "line_unreadable", "this is no case")
                continue
            ahead += link is not None and version > link.seq
            if what := _case_differs(case, link, version):
                self.report.damage(CASES, number, "case_differs", what)
        left = [chain for chain in self._chains if chain.startswith("transition ")]
        for chain in left if self.report.complete else ():
            what = f"the case{chain.removeprefix('transition')} is not there, but its lines are"
            self.report.damage(CASES, None, "case_differs", what)
        if ahead:
            self.report.notes.append(f"{ahead} case(s) have moved since this checkpoint.")

    def _tables(self) -> None:
        """Compare every table with the lines: each row with its line, and none left out."""
        for suffix in TABLES if self._rows and not self._torn else ():
            names = [name for name in sorted(self._names) if TABLE.fullmatch(name)]
            files = [name for name in names if name.endswith(f".{suffix}")]
            if files and (left := self._table(suffix, files)):
                what = f"{left} line(s) are in no row"
                self.report.damage(files[-1], None, "row_missing", what)

    def _table(self, suffix: str, files: list[str]) -> int:
        """Compare a table, which may be in several files; return how many lines are not in it."""
        assert self._rows is not None
        seen = bytearray(len(self._rows.indexes))
        for name in files:
            try:
                with self._export.open(name) as file:
                    for number, row in TABLES[suffix](file):
                        if what := self._rows.differs(row, seen):
                            self.report.damage(name, number, "row_differs", what)
            except ImportError:
                say = self.report.notes.append
                say(f"{name} was not read, only hashed: that takes the package pyarrow.")
                return 0
            except (ValueError, LookupError, zipfile.BadZipFile, ET.ParseError, csv.Error) as odd:
                self.report.damage(name, None, "file_unreadable", str(odd))
                return 0
        left = self._rows.of_cases if suffix == "xes" else b"\x01" * len(seen)
        return sum(left) - sum(seen)

    def _attachments(self) -> None:
        """Hash every paper that came along; each must be the one that its line names."""
        if not self._asks_for_papers:
            return
        folder = self._known.attachments
        source: Source = Files(folder) if folder else self._export
        there = {name.rpartition("/")[2]: name for name in source.names()}
        for paper, (name, number) in self._papers.items():
            if paper not in there and paper in self._erased:
                continue  # by a line of the log, which says who erased it and why
            if paper not in there:
                self.report.damage(name, number, "attachment_missing", f"the paper {paper}")
                continue
            with source.open(there[paper]) as file:
                if sha256_of(file) != paper:
                    what = f"line {number} was decided on another paper"
                    self.report.damage(there[paper], None, "attachment_changed", what)

    @property
    def _asks_for_papers(self) -> bool:
        return self._manifest.get("attachments") is True or self._known.attachments is not None

    def _what_rests_on_whom(self) -> None:
        say = self.report.notes.append
        if not self._known.seen:
            say(
                "No checkpoint from outside was given: whoever holds the log's key and its "
                "database could have written all of this anew."
            )
        if not self.report.complete:
            say(
                "This is a part of the log: each line in it is proved, that no other line fits the "
                "filter is not. The whole log proves that."
            )


def _name_of(record: Record) -> str:
    return f"number {record.said.get('seq')} of {record.chain}"


def _case_differs(case: dict[str, Any], link: Link | None, version: int) -> str | None:
    if link is None or version < link.seq:
        return f"the case says it has {version} lines, the log has {link.seq if link else 0}"
    if version > link.seq:
        return None
    said = {"head": link.hash.hex() or case.get("head"), "state": link.state, "policy": link.policy}
    other = [name for name, value in said.items() if case.get(name) != value]
    return f"the case's {', '.join(other)} is not what its last line says" if other else None


def written(at: datetime) -> str:
    """Return an instant as lines write it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _earlier(at: str) -> str:
    try:
        return written(datetime.fromisoformat(at) - SLACK)
    except ValueError:
        return ""


# -- the command


KINDS = {
    "file_missing": "文件缺失",
    "file_changed": "文件被改动",
    "file_unreadable": "文件无法读取",
    "line_unreadable": "此行无法读取",
    "line_changed": "此行内容被改动",
    "line_missing": "有行缺失",
    "line_left_out": "链中有行缺失",
    "line_out_of_order": "行的次序不对",
    "chain_broken": "哈希链断裂",
    "back_dated": "倒填时间",
    "tree_differs": "与签名的根不符",
    "not_signed": "签名不符",
    "key_replaced": "密钥被替换",
    "another_log": "不是这份日志",
    "fork": "日志分叉或被改写",
    "rolled_back": "日志被截断或回退",
    "case_differs": "案件与日志不符",
    "row_differs": "表中此行与日志不符",
    "row_missing": "表中缺行",
    "attachment_changed": "附件被改动",
    "attachment_missing": "附件缺失",
}
"""Kind of damage -> what it is called in Chinese."""

VERDICTS = {
    "complete and unchanged": "完整且未被改动",
    "unchanged": "所含各行未被改动",
    "unproven": "尚不能证明",
    "damaged": "有损坏",
}
STATUS = {"complete and unchanged": 0, "unchanged": 0, "damaged": 1, "unproven": 2}


def shown(report: Report) -> Iterator[str]:
    """Yield the report as lines for people."""
    for damage in sorted(report.damages, key=_place)[:SHOWN]:
        place = damage.file if damage.line is None else f"{damage.file}, line {damage.line}"
        yield f"{place}: {damage.kind} {KINDS[damage.kind]}: {damage.what}"
    if len(report.damages) > SHOWN:
        yield f"… and {len(report.damages) - SHOWN} more"
    yield from report.unproven
    yield from report.notes
    if report.checkpoint:
        size, origin = report.checkpoint.size, report.checkpoint.origin
        yield f"{report.lines} of the {size} line(s) of {origin}."
    yield f"{VERDICTS[report.verdict]} {report.verdict.upper()}"


def _place(damage: Damage) -> tuple[str, int, str]:
    return damage.file, damage.line or 0, damage.kind


def as_data(report: Report) -> dict[str, Any]:
    """Return the report for a machine to read."""
    damages = [damage._asdict() for damage in sorted(report.damages, key=_place)]
    return {"verdict": report.verdict, "lines": report.lines, "damages": damages} | {
        "unproven": report.unproven,
        "notes": report.notes,
    }


class Memory:
    """A small file with the newest checkpoint that was seen of each log."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: dict[str, str] = {}
        if path.exists():
            try:
                self._seen = dict(json.loads(path.read_text("utf-8")))
            except (ValueError, TypeError) as problem:
                raise Malformed(f"{path} cannot be read") from problem

    def recall(self) -> Iterator[Seen]:
        for note in self._seen.values():
            yield Seen(f"what was seen before ({self._path})", Checkpoint.of(note))

    def keep(self, checkpoint: Checkpoint) -> None:
        """Remember a checkpoint of a log that verified, if it is newer."""
        old = self._seen.get(checkpoint.origin)
        if old is None or Checkpoint.of(old).size < checkpoint.size:
            self._seen[checkpoint.origin] = str(checkpoint.note)
            text = json.dumps(self._seen, ensure_ascii=False, indent=1)
            self._path.write_text(text, "utf-8")


def checkpoints_in(paths: Iterable[Path]) -> Iterator[Seen]:
    """Yield the checkpoints in files, and in all files of folders. Raises `Malformed`."""
    for path in paths:
        below = (one for one in path.rglob("[!.]*") if one.is_file())
        for file in sorted(below) if path.is_dir() else [path]:
            try:
                yield Seen(str(file), Checkpoint.of(file.read_text("utf-8")))
            except (Malformed, UnicodeDecodeError) as problem:
                raise Malformed(f"{file}: {problem}") from problem


def verify(export: Path, known: Known, memory: Memory | None = None) -> Report:
    """Verify an export; remember its checkpoint if it is whole. Raises `Malformed`."""
    if memory:
        known.seen.extend(memory.recall())
    report = Verification(Files(export), known).run()
    if memory and report.checkpoint and STATUS[report.verdict] == 0:
        memory.keep(report.checkpoint)
    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its status: 0 fine, 1 damaged, 2 it cannot be told."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("export", type=Path, help="a folder, or a zip file")
    add = parser.add_argument
    add("--key", action="append", required=True, help="the log's public key, or a file with it")
    add(
        "--checkpoint", action="append", default=[], type=Path, help="one held outside; or a folder"
    )
    add("--proof", action="append", default=[], type=Path, help="a consistency proof (JSON)")
    add("--witness", action="append", default=[], help="a witness's public key")
    add("--attachments", type=Path, help="a folder of papers, each named by its SHA-256")
    add("--state", type=Path, default=Path("dixian-seen.json"), help="what was seen before")
    add("--json", action="store_true", help="for a machine to read")
    asked = parser.parse_args(arguments)
    try:
        known = Known(
            keys=[Key.of(_text_of(key)) for key in asked.key],
            seen=list(checkpoints_in(asked.checkpoint)),
            proofs=[_json_of(path) for path in asked.proof],
            witnesses=[Key.of(_text_of(key)) for key in asked.witness],
            attachments=asked.attachments,
        )
        report = verify(asked.export, known, Memory(asked.state))
    except (Malformed, OSError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    if asked.json:
        print(json.dumps(as_data(report), ensure_ascii=False))
    else:
        print("\n".join(shown(report)))
    return STATUS[report.verdict]


def _text_of(key: str) -> str:
    return key if "+" in key else Path(key).read_text("utf-8")


def _json_of(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as problem:
        raise Malformed(f"{path} is no proof") from problem
    return told if isinstance(told, dict) else {}


if __name__ == "__main__":
    sys.exit(main())
