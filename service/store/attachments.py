"""Attachments: what is known of a file, and the folder where its bytes lie by their SHA-256."""

import os
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Protocol
from uuid import UUID

from sqlmodel import Field, SQLModel

from service.store.columns import AREA_CODE, CODE, Utc


class Attachment(SQLModel, table=True):
    """A paper or photograph of one village. The type was found in the bytes, not believed.

    One that was erased has the size 0.
    """

    id: UUID = Field(primary_key=True)
    area_code: str = Field(sa_type=AREA_CODE, foreign_key="area.code", index=True)
    kind: str = Field(sa_type=CODE)
    filename: str
    media_type: str = Field(max_length=64)
    size: int
    sha256: str = Field(max_length=64)
    uploaded_by: UUID
    uploaded_at: datetime = Field(sa_type=Utc)


class AttachmentStore(Protocol):
    """Where the bytes lie. A file is named by its SHA-256 and never changes."""

    def put(self, sha256: str, content: bytes) -> None: ...

    def get(self, sha256: str) -> bytes: ...

    def remove(self, sha256: str) -> None: ...


class FolderStore:
    """The default: a folder on disk, one file for each content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, sha256: str, content: bytes) -> None:
        """Write a file durably before anything refers to it; the same content is written once."""
        path = self._path(sha256)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).rename(path)

    def get(self, sha256: str) -> bytes:
        return self._path(sha256).read_bytes()

    def remove(self, sha256: str) -> None:
        """Remove what was erased, if it is still there."""
        self._path(sha256).unlink(missing_ok=True)

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256
