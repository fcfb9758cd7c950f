"""Who keeps checkpoints outside the database: a folder that is only added to, a witness.

A log that was rewritten is found by what somebody else holds, and by nothing else. A holder
takes a checkpoint that continues the last one it took, and says no to another.
"""

import os
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx

from service.audit.dixian_verify import Checkpoint, Forged, Key, Malformed, Note

TIMEOUT_SECONDS = 15
CONFLICT = 409


class Refused(Exception):
    """A holder does not take a checkpoint: it holds another one, or somebody else's."""


class Holds(Exception):
    """A holder holds a checkpoint of another size than was thought."""

    def __init__(self, size: int) -> None:
        super().__init__(f"it holds {size} lines")
        self.size = size


class Holder(Protocol):
    """One who keeps checkpoints. `name` says who, in operators' words."""

    @property
    def name(self) -> str: ...

    def take(self, checkpoint: Checkpoint, held: int, proof: list[bytes]) -> dict[str, str]:
        """Hand over a checkpoint to one who holds that of size `held`, from which `proof` leads.

        Return the signature lines of witnesses, by name. Raises `Refused`, `Holds`, `OSError`
        and `httpx.HTTPError`; then it is offered again.
        """
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with one file for each checkpoint, made once, read-only, never overwritten.

    Put it where the database's owner cannot change files: a write-once share, another host.
    """

    path: Path

    @property
    def name(self) -> str:
        return f"folder {self.path}"

    def take(self, checkpoint: Checkpoint, held: int, proof: list[bytes]) -> dict[str, str]:
        del held, proof
        folder = self.path / checkpoint.origin.replace("/", "_")
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{checkpoint.size:012}.txt"
        beside = folder / f".{checkpoint.size:012}.{os.getpid()}"
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o444), "w") as file:
            file.write(str(checkpoint.note))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, target)  # unlike a rename, it never replaces a file
        except FileExistsError:
            if Checkpoint.of(target.read_text()).root != checkpoint.root:
                raise Refused(f"{target} holds another tree of {checkpoint.size} lines") from None
        finally:
            beside.unlink()
        return {}


@dataclass(frozen=True, slots=True)
class Witness:
    """A C2SP tlog-witness: it checks that the log only grew, and signs that with its time."""

    url: str
    key: Key

    @property
    def name(self) -> str:
        return f"witness {self.key.name}"

    def take(self, checkpoint: Checkpoint, held: int, proof: list[bytes]) -> dict[str, str]:
        hashes = "".join(f"{b64encode(one).decode()}\n" for one in proof)
        answer = httpx.post(
            f"{self.url.rstrip('/')}/add-checkpoint",
            content=f"old {held}\n{hashes}\n{checkpoint.note}".encode(),
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
            trust_env=False,
        )
        if answer.status_code == CONFLICT:
            raise Holds(_number(answer.text))
        if answer.status_code != httpx.codes.OK:
            raise Refused(f"it answered {answer.status_code}: {answer.text[:200]}")
        return {self.key.name: countersigned(checkpoint, answer.text, self.key)}


def countersigned(checkpoint: Checkpoint, lines: str, key: Key) -> str:
    """Return the line among those by which a witness signs a checkpoint. Raises `Refused`."""
    try:
        for line in lines.splitlines(keepends=True):
            note = Note.of(f"{checkpoint.note.text}\n{line}")
            if note.seen_at(key):
                return line
    except (Malformed, Forged) as problem:
        raise Refused(str(problem)) from problem
    raise Refused(f"none of the signatures is of {key.name}")


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as problem:
        raise Refused("the witness names no size") from problem
