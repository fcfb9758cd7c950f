"""Personal values at rest: encrypted, found by a keyed index, shown masked.

AES-256-GCM binds each ciphertext to its table, column and row, so that it cannot be moved to
another; the key's id leads the ciphertext, so that keys can change. The index is an HMAC
under a key of its own: it answers "the same?" and nothing else. No key is in the database.
"""

import hashlib
import hmac
import json
import os
import secrets
from base64 import b64decode, b64encode
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, ConfigDict

KEY_BYTES, NONCE_BYTES = 32, 12


class KeysError(RuntimeError):
    """The keys file is missing, unreadable, or not ours."""


class UnsealError(RuntimeError):
    """A ciphertext was altered, moved from its row, or made with a key that is gone."""


class Keys(BaseModel):
    """The installation's keys, base64: `sealing` by key id (the newest seals), index, tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sealing: dict[str, str]
    newest: str
    index: str
    tokens: str

    @classmethod
    def generate(cls) -> "Keys":
        sealing, index, tokens = (
            b64encode(secrets.token_bytes(KEY_BYTES)).decode() for _ in range(3)
        )
        return cls(sealing={"k1": sealing}, newest="k1", index=index, tokens=tokens)


def load_keys(path: Path, *, create: bool) -> Keys:
    """Read the keys file; where there is none, make one if that is allowed.

    A key made anew for a database that already holds ciphertexts would lose them: only the
    embedded default may create. Raises `KeysError`.
    """
    if not path.exists():
        if not create:
            raise KeysError(f"There is no keys file at {path}: name it in DIXIAN_KEYS_FILE.")
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(Keys.generate().model_dump_json(indent=1))
    try:
        return Keys.model_validate(json.loads(path.read_text()))
    except ValueError as problem:
        raise KeysError(f"The keys file {path} cannot be read.") from problem


class Vault:
    """Seals, unseals and indexes personal values."""

    def __init__(self, keys: Keys) -> None:
        self._ciphers = {name: AESGCM(b64decode(key)) for name, key in keys.sealing.items()}
        self._newest = keys.newest
        self._index_key = b64decode(keys.index)

    def seal(self, value: str, place: str, row: UUID) -> str:
        """Return the ciphertext of a value for one place (`member.id_number`) in one row."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        key = self._newest
        sealed = self._ciphers[key].encrypt(nonce, value.encode(), _bound(place, row, key))
        return f"{key}:{b64encode(nonce + sealed).decode()}"

    def unseal(self, sealed: str, place: str, row: UUID) -> str:
        """Return the value. Raises `UnsealError` for anything not sealed for this very row."""
        key, _, data = sealed.partition(":")
        try:
            raw = b64decode(data, validate=True)
            cipher = self._ciphers[key]
            return cipher.decrypt(
                raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound(place, row, key)
            ).decode()
        except (KeyError, ValueError, InvalidTag) as problem:
            raise UnsealError(f"{place} of {row} cannot be unsealed") from problem

    def seal_bytes(self, content: bytes, place: str, row: UUID) -> bytes:
        """Return a file, or a piece of one, sealed like a value: for what lies on a disk."""
        nonce, key = secrets.token_bytes(NONCE_BYTES), self._newest
        return (
            key.encode()
            + b":"
            + nonce
            + self._ciphers[key].encrypt(nonce, content, _bound(place, row, key))
        )

    def unseal_bytes(self, sealed: bytes, place: str, row: UUID) -> bytes:
        """Return it. Raises `UnsealError` for anything not sealed for this very place."""
        name, _, raw = sealed.partition(b":")
        try:
            key = name.decode()
            nonce, content = raw[:NONCE_BYTES], raw[NONCE_BYTES:]
            return self._ciphers[key].decrypt(nonce, content, _bound(place, row, key))
        except (KeyError, ValueError, InvalidTag) as problem:
            raise UnsealError(f"{place} of {row} cannot be unsealed") from problem

    def index(self, value: str, place: str) -> str:
        """Return the keyed fingerprint by which an equal value is found again."""
        message = f"{place}\x00{value}".encode()
        return hmac.new(self._index_key, message, hashlib.sha256).hexdigest()


def _bound(place: str, row: UUID, key: str) -> bytes:
    return f"{place}|{row}|{key}".encode()


def masked(value: str, *, first: int, last: int) -> str:
    """Return a value with its middle hidden: at least half of it, however short it is."""
    if first + last > len(value) // 2:
        first = last = len(value) // 4
    hidden = len(value) - first - last
    return value[:first] + "*" * hidden + value[len(value) - last :]
