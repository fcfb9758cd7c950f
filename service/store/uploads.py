"""Uploaded workbooks and what was read from them: sealed files, kept until their term is over.

They hold people's numbers by the thousand, so that nothing of them lies on a disk in clear. In
a folder that all processes share, like that of the attachments.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from struct import Struct
from tempfile import NamedTemporaryFile
from uuid import UUID

from service.store.vault import Vault

WORKBOOK = "import.workbook"
PROGRESS = "progress"
LENGTH = Struct(">I")


class Uploads:
    """The files of imports, by the import's id."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder, self._vault = folder, vault

    def put(self, import_id: UUID, content: bytes) -> None:
        """Write a workbook durably, before anything refers to it."""
        sealed = self._vault.seal_bytes(content, WORKBOOK, import_id)
        self._replace(self._path(import_id, "workbook"), [sealed], durably=True)

    def get(self, import_id: UUID) -> bytes:
        """Return a workbook. Raises `FileNotFoundError` where it is gone."""
        sealed = self._path(import_id, "workbook").read_bytes()
        return self._vault.unseal_bytes(sealed, WORKBOOK, import_id)

    def spool(self, import_id: UUID, name: str, batches: Iterable[bytes]) -> None:
        """Keep batches of something under a name, one after the other, in place of any before."""

        def sealed() -> Iterator[bytes]:
            for number, batch in enumerate(batches):
                one = self._vault.seal_bytes(batch, f"import.{name}.{number}", import_id)
                yield LENGTH.pack(len(one)) + one

        self._replace(self._path(import_id, name), sealed(), durably=False)

    def spooled(self, import_id: UUID, name: str) -> Iterator[bytes]:
        """Yield the batches that were kept, in their order."""
        with self._path(import_id, name).open("rb") as file:
            number = 0
            while head := file.read(LENGTH.size):
                (length,) = LENGTH.unpack(head)
                sealed = file.read(length)
                yield self._vault.unseal_bytes(sealed, f"import.{name}.{number}", import_id)
                number += 1

    def tell(self, import_id: UUID, percent: int) -> None:
        """Say how far the work on an import has come: beside the database, which it may hold."""
        self._replace(self._path(import_id, PROGRESS), [str(percent).encode()], durably=False)

    def told(self, import_id: UUID) -> int | None:
        """Return what was said last, if anything was."""
        with suppress(OSError, ValueError):
            return int(self._path(import_id, PROGRESS).read_text())
        return None

    def remove(self, import_id: UUID) -> None:
        """Delete everything of an import."""
        for path in self._folder.glob(f"{import_id}.*"):
            path.unlink(missing_ok=True)

    def _path(self, import_id: UUID, name: str) -> Path:
        return self._folder / f"{import_id}.{name}"

    def _replace(self, path: Path, pieces: Iterable[bytes], *, durably: bool) -> None:
        """Write a file that is there whole or not at all; only its owner may read it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:
            try:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                if durably:
                    os.fsync(file.fileno())
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        Path(file.name).rename(path)
