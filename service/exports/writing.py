"""An export written into a folder: part by part, so that what broke off goes on where it was.

Memory stays constant. A file is there whole or not at all; `unfinished.json` says which are,
and becomes `manifest.json` when all are.
"""

import hashlib
import json
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from service.audit.dixian_verify import CASES, MANIFEST, PROOF
from service.audit.extract import (
    Asked,
    batches,
    batches_by_case,
    by_case,
    cases_of,
    manifest_of,
)
from service.audit.log import tree_of
from service.exports.cells import Batch
from service.exports.formats import FORMATS, SIGNED, Format, Writer
from service.store.log import LogCheckpoint

UNFINISHED = "unfinished.json"
PART_LINES = 100_000
"""Lines of a part: what is written anew, at most, where an export broke off."""

AHEAD = 2
"""Batches that may wait to be written: reading and writing each have slow ones."""


class AnotherExport(Exception):
    """A folder holds something else than the beginning of this export."""


@dataclass(frozen=True)
class Job:
    """An export on its way into a folder. `tell` hears the share that is done."""

    session: Session
    checkpoint: LogCheckpoint
    asked: Asked
    folder: Path
    formats: Sequence[str] = (SIGNED,)
    part_lines: int = PART_LINES
    tell: Callable[[float], None] = field(default=lambda _share: None)


def write(job: Job, now: datetime) -> dict[str, Any]:
    """Write an export, or the rest of it; return its manifest. Raises `AnotherExport`."""
    folder, asked, size = job.folder, job.asked, job.checkpoint.size
    tree, leaves = tree_of(job.session), asked.leaves(size)
    folder.mkdir(parents=True, exist_ok=True)
    told = manifest_of(job.session, tree, job.checkpoint, asked, now)
    done = _Done(folder, told)
    _Lines(job, done, leaves).write()
    if asked.indexes is not None:
        others = tree.others(asked.indexes, size)
        done.text(PROOF, (b64encode(one) + b"\n" for one in others))
    if asked.indexes is None or asked.cases is not None:
        done.text(CASES, cases_of(job.session, size, asked.cases or ()))
    return done.finish(told)


class _Lines:
    """The files that hold lines: the parts in the order of the log, then those by case."""

    def __init__(self, job: Job, done: "_Done", leaves: Sequence[int]) -> None:
        self._job, self._done, self._leaves = job, done, leaves
        named = {SIGNED: FORMATS[SIGNED], **{name: FORMATS[name] for name in job.formats}}
        self._in_order = [one for one in named.values() if not one.is_by_case]
        self._by_case = [one for one in named.values() if one.is_by_case]
        self._written, self._to_write = 0, len(leaves) * (1 + bool(self._by_case)) or 1

    def write(self) -> None:
        together = self._job.part_lines
        parts = max(1, -(-len(self._leaves) // together))
        for number in range(parts):
            some = self._leaves[number * together : (number + 1) * together]
            self._write(self._in_order, some, number + 1, parts)
        if self._by_case:
            self._write(self._by_case, by_case(self._job.session, self._leaves), 1, 1)

    def _write(self, formats: list[Format], leaves: Sequence[int], part: int, of: int) -> None:
        """Write a part in some formats at once, unless it is there."""
        names = {one.name(part, of): one.writer for one in formats}
        about = _about(leaves)
        if self._done.has(names, about):
            self._tell(len(leaves))
            return
        read = batches_by_case if formats == self._by_case else batches
        found = read(self._job.session, leaves)
        self._done.lines(names, about, map(Batch, found), self._tell)

    def _tell(self, lines: int) -> None:
        self._written += lines
        self._job.tell(self._written / self._to_write)


def _about(leaves: Sequence[int]) -> dict[str, Any]:
    """Return what a file says of its lines: how many leaves, the first, the last."""
    first, last = (leaves[0], leaves[-1]) if len(leaves) else (None, None)
    return {"lines": len(leaves), "first": first, "last": last}


class _Done:
    """The files of an export that are there, each with its hash."""

    def __init__(self, folder: Path, told: Mapping[str, Any]) -> None:
        self._folder, self._path = folder, folder / UNFINISHED
        self._told = {name: told[name] for name in ("filter", "whole")} | {
            "checkpoint": told["checkpoint"].split("\n\n")[0]
        }
        self._files: dict[str, dict[str, Any]] = {}
        if (folder / MANIFEST).exists():
            raise AnotherExport(f"{folder} holds an export that is whole.")
        if self._path.exists():
            begun = json.loads(self._path.read_text("utf-8"))
            self._files = begun.pop("files")
            if begun != self._told:
                raise AnotherExport(f"{folder} holds the beginning of another export.")

    def has(self, names: Iterable[str], about: Mapping[str, Any]) -> bool:
        """Tell whether files are there as they were written, and hold what they should."""
        return all(
            name in self._files and self._files[name] == {**_hashed(self._folder / name), **about}
            for name in names
        )

    def lines(
        self,
        names: Mapping[str, Callable[[Path], Writer]],
        about: Mapping[str, Any],
        found: Iterable[Batch],
        tell: Callable[[int], None],
    ) -> None:
        """Write files side by side, as their lines come."""
        with ExitStack() as opened:
            writers = []
            for name, writer in names.items():
                writers.append(writer(self._begun(name)))
                opened.callback(writers[-1].close)
            aside = opened.enter_context(ThreadPoolExecutor(1))
            writing: deque[Future[None]] = deque()
            for batch in found:  # while some are written, the next is read
                writing.append(aside.submit(_add, writers, batch))
                if len(writing) > AHEAD:
                    writing.popleft().result()
                tell(len(batch.lines.indexes))
            for written in writing:
                written.result()
        with ThreadPoolExecutor() as aside:
            hashed = aside.map(_hashed, map(self._begun, names))
            for name, one in zip(names, hashed, strict=True):
                self._keep(name, {**one, **about})

    def text(self, name: str, content: Iterable[bytes]) -> None:
        with self._begun(name).open("wb") as file:
            file.writelines(content)
        self._keep(name, _hashed(self._begun(name)))

    def finish(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Write the manifest; return it."""
        of_lines = [one for name, one in self._files.items() if _is_signed(name)]
        edges = [one for one in of_lines if one["lines"]]
        manifest = {
            **told,
            "count": sum(one["lines"] for one in of_lines),
            "first": edges[0]["first"] if edges else None,
            "last": edges[-1]["last"] if edges else None,
            "files": self._files,
        }
        self._write(MANIFEST, manifest)
        self._path.unlink()
        return manifest

    def _begun(self, name: str) -> Path:
        return self._folder / f"{name}.begun"

    def _keep(self, name: str, about: dict[str, Any]) -> None:
        self._begun(name).rename(self._folder / name)
        self._files[name] = about
        self._write(UNFINISHED, {**self._told, "files": self._files})

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        text = json.dumps(content, ensure_ascii=False, indent=1)
        self._begun(name).write_text(f"{text}\n", encoding="utf-8")
        self._begun(name).rename(self._folder / name)


def _add(writers: Iterable[Writer], batch: Batch) -> None:
    for one in writers:
        one.add(batch)


def _is_signed(name: str) -> bool:
    return name.startswith(FORMATS[SIGNED].stem) and name.endswith(FORMATS[SIGNED].suffix)


def _hashed(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return {"sha256": sha256, "bytes": path.stat().st_size}
