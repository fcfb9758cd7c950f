"""Who keeps checkpoints outside the database; and the plainest of them, a folder.

A log that was rewritten is found by what somebody else holds, and by nothing else. A holder
takes a checkpoint that continues the last one it took, and says no to another.
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from service.audit.dixian_verify import Checkpoint, Forged, Key, Malformed, Note


class Refused(Exception):
    """A holder did not take a checkpoint, for the reason given; it is offered again."""


class Holds(Exception):
    """A holder holds a checkpoint of another size than was thought."""

    def __init__(self, size: int) -> None:
        super().__init__(f"it holds {size} lines")
        self.size = size


class Holder(Protocol):
    """One who keeps checkpoints. `name`: in operators' words; `pause`: at least, between two."""

    @property
    def name(self) -> str: ...
    @property
    def pause(self) -> timedelta: ...

    async def take(self, checkpoint: Checkpoint, held: int, proof: list[bytes]) -> dict[str, str]:
        """Hand over a checkpoint to one who holds that of size `held`, from which `proof` leads.

        Return the signature lines of witnesses, by name. Raises `Refused` and `Holds`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with one file for each checkpoint, made once, read-only, never overwritten.

    Put it where the database's owner cannot change files: a write-once share, another host.
    """

    path: Path
    pause: timedelta = timedelta(0)

    @property
    def name(self) -> str:
        return f"folder {self.path}"

    async def take(self, checkpoint: Checkpoint, held: int, proof: list[bytes]) -> dict[str, str]:
        del held, proof
        try:
            self._write(checkpoint)
        except OSError as problem:
            raise Refused(str(problem)) from problem
        return {}

    def _write(self, checkpoint: Checkpoint) -> None:
        folder = self.path / checkpoint.origin.replace("/", "_")
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{checkpoint.size:012}.txt"
        beside = folder / f".{checkpoint.size:012}.{os.getpid()}"
        beside.unlink(missing_ok=True)  # of one that was killed
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(str(checkpoint.note))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, target)  # unlike a rename, it never replaces a file
        except FileExistsError:
            if Checkpoint.of(target.read_text("utf-8")).root != checkpoint.root:
                what = f"{target} holds another tree of {checkpoint.size} lines"
                raise Refused(what) from None
        finally:
            beside.unlink()


def countersigned(checkpoint: Checkpoint, lines: str, key: Key) -> str:
    """Return the line among those by which a witness signs a checkpoint. Raises `Refused`."""
    try:
        for line in lines.splitlines(keepends=True):
            if Note.of(f"{checkpoint.note.text}\n{line}").seen_at(key):
                return line
    except (Malformed, Forged) as problem:
        raise Refused(str(problem)) from problem
    raise Refused(f"none of the signatures is of {key.name}")
