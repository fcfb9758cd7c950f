"""The log's own keys, in a file and never in the database, and what they sign.

A checkpoint is a C2SP signed note under the log's origin as key name: one plain Ed25519
signature, and one of the type that carries its time, both of the same key. Beside the keys lies
what was signed last: a tree that does not continue it is not signed, whatever the database says.
"""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from secrets import token_hex

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, ConfigDict, Field

from service.audit.dixian_verify import COSIGNATURE, NOTE, Checkpoint, Key, cosigned
from service.audit.merkle import HashName

ORIGIN = r"^[a-z0-9][a-z0-9./_-]{2,200}$"


class LogKeyError(RuntimeError):
    """The log's key file is missing, unreadable, or not this log's."""


class RolledBack(RuntimeError):
    """The log in the database does not continue the one that was signed last."""


class LogKeys(BaseModel):
    """Whose log it is, what it hashes with, and its private keys by public key, base64."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=ORIGIN)
    hash: HashName
    keys: dict[str, str]

    @property
    def origin(self) -> str:
        """Return the log's origin. It names the hash: another hash would be another log."""
        return f"{self.name}/{self.hash}"


class Signer:
    """Signs for one log with the keys of a file."""

    def __init__(self, path: Path) -> None:
        """Read the file. Raises `LogKeyError`."""
        self._path = path
        try:
            self._said = LogKeys.model_validate_json(path.read_bytes())
            self._keys = {
                b64decode(public): Ed25519PrivateKey.from_private_bytes(b64decode(private))
                for public, private in self._said.keys.items()
            }
        except FileNotFoundError as problem:
            raise LogKeyError(f"There is no log key at {path}: see `dixian keys`.") from problem
        except ValueError as problem:
            raise LogKeyError(f"The log's key file {path} cannot be read.") from problem

    @classmethod
    def create(cls, path: Path, name: str = "", hash_: HashName = HashName.SHA256) -> "Signer":
        """Make the file with one new key. Without a name the log gets one that nobody else has."""
        said = LogKeys(name=name or f"dixian/{token_hex(8)}", hash=hash_, keys=_new_key())
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(said.model_dump_json(indent=1))
        return cls(path)

    @property
    def origin(self) -> str:
        return self._said.origin

    @property
    def hash(self) -> HashName:
        return self._said.hash

    @property
    def keys(self) -> list[Key]:
        """Return the public keys, the oldest first."""
        return [Key(self.origin, public) for public in self._keys]

    def add_key(self) -> Key:
        """Make one more key and keep it; it counts once the log has a line of it."""
        said = self._said.model_copy(update={"keys": {**self._said.keys, **_new_key()}})
        _replace(self._path, said.model_dump_json(indent=1))
        self.__init__(self._path)  # type: ignore[misc]  # read again what was written
        return self.keys[-1]

    def sign(self, key: Key, message: bytes) -> bytes:
        """Return the bare signature. Raises `LogKeyError` for a key that is not in the file."""
        private = self._keys.get(key.public)
        if private is None:
            raise LogKeyError(f"The log names a key {key} that {self._path} does not hold.")
        return private.sign(message)

    def checkpoint(
        self,
        size: int,
        root_at: Callable[[int], bytes],
        keys: list[Key],
        now: datetime,
    ) -> Checkpoint:
        """Sign the tree of a size, whose root at each size up to it is at hand.

        What is signed is remembered before anybody sees it. Raises `RolledBack`.
        """
        self._refuse_another_past(size, root_at)
        text = f"{self.origin}\n{size}\n{b64encode(root_at(size)).decode()}\n"
        signatures = "".join(
            _line(key, kind, signature)
            for key in keys
            for kind, signature in (
                (NOTE, self.sign(key, text.encode())),
                (COSIGNATURE, self._timed(key, text, int(now.timestamp()))),
            )
        )
        note = f"{text}\n{signatures}"
        _replace(self._memory, json.dumps({"size": size, "note": note}, ensure_ascii=False))
        return Checkpoint.of(note)

    @property
    def _memory(self) -> Path:
        return self._path.with_suffix(".signed.json")

    def _refuse_another_past(self, size: int, root_at: Callable[[int], bytes]) -> None:
        if not self._memory.exists():
            return
        last = Checkpoint.of(json.loads(self._memory.read_text())["note"])
        if last.size > size or root_at(last.size) != last.root:
            raise RolledBack(
                f"The log has {size} lines and does not continue the {last.size} that were signed "
                f"last (see {self._memory}): it was rolled back or rewritten. Nothing is signed."
            )

    def _timed(self, key: Key, text: str, seconds: int) -> bytes:
        return seconds.to_bytes(8) + self.sign(key, cosigned(seconds, text))


def signature_line(key: Key, signature: bytes) -> str:
    """Return the line of a plain signature, as notes have it."""
    return _line(key, NOTE, signature)


def _line(key: Key, kind: int, signature: bytes) -> str:
    return f"— {key.name} {b64encode(key.id(kind) + signature).decode()}\n"


def _new_key() -> dict[str, str]:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    return {b64encode(public).decode(): b64encode(private.private_bytes_raw()).decode()}


def _replace(path: Path, text: str) -> None:
    """Write a file so that, whatever breaks off, it is the old one or the new one."""
    beside = path.with_suffix(f".{os.getpid()}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
