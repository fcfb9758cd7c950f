"""The package that a workbook is: which parts it may have, and how much they may unpack to.

Nothing is believed that a file says of itself: what is unpacked is counted while it streams.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator

from service.errors import WorkbookRefused

MAX_PARTS = 2_000
MAX_UNPACKED = 1_000_000_000
"""Bytes of one part. 300,000 rows of 14 columns are 250 million; a memory holds none of them."""

MAX_RATIO = 150
RATIO_COUNTS_FROM = 20_000_000
"""Honest sheets unpack to 10 to 40 times their size; a bomb to a thousand times."""

MAX_SMALL_PART = 16_000_000
"""Bytes of a part that is read whole: styles, the list of sheets."""

PIECE = 65_536

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENTRY = b"PK\x01\x02"
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
ENCRYPTED_FLAG = 1
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
WORKBOOK_TYPE = b"spreadsheetml.sheet.main+xml"

MACROS = ("vbaproject", "macrosheets/", "activex/", "dialogsheets/")
EXTERNAL = ("externallinks/", "connections.xml", "querytables/", "embeddings/", "xl/model/")


class Archive:
    """A package whose list of parts was looked through; nothing of it is unpacked yet."""

    def __init__(self, content: bytes) -> None:
        """Open a package. Raises `WorkbookRefused` for what is no plain XLSX workbook."""
        _check_signature(content)
        if content.count(ENTRY) > MAX_PARTS:
            raise WorkbookRefused("workbook_damaged", f"> {MAX_PARTS} parts")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as problem:
            raise WorkbookRefused("workbook_damaged", "zip") from problem
        self.names = frozenset(self._zip.namelist())
        self._check_parts()

    def _check_parts(self) -> None:
        for entry in self._zip.infolist():
            _check_part(entry)
        if len(self.names) < len(self._zip.infolist()):
            raise WorkbookRefused("workbook_damaged", "two parts of one name")
        types = self.whole("[Content_Types].xml") if "[Content_Types].xml" in self.names else b""
        if b"macroEnabled" in types:
            raise WorkbookRefused("workbook_macros", "macroEnabled")
        if WORKBOOK_TYPE not in types:
            raise WorkbookRefused("workbook_not_xlsx")

    def whole(self, name: str) -> bytes:
        """Return a small part. Raises `WorkbookRefused`."""
        return b"".join(self.stream(name, most=MAX_SMALL_PART))

    def share_of(self, name: str, read: int) -> float:
        """Return about how much of a part was read, between 0 and 1: for showing only."""
        return min(1.0, read / max(self._zip.getinfo(name).file_size, 1))

    def stream(self, name: str, *, most: int = MAX_UNPACKED) -> Iterator[bytes]:
        """Yield a part in pieces, never more than was allowed. Raises `WorkbookRefused`."""
        if name not in self.names:
            raise WorkbookRefused("workbook_damaged", printable(name))
        packed = max(self._zip.getinfo(name).compress_size, 1)
        seen = 0
        try:
            with self._zip.open(name) as part:
                while piece := part.read(PIECE):
                    seen += len(piece)
                    if seen > most:
                        raise _too_large(name, most)
                    if seen > max(packed * MAX_RATIO, RATIO_COUNTS_FROM):
                        raise _too_large(name, packed * MAX_RATIO)
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as problem:
            raise WorkbookRefused("workbook_damaged", printable(name)) from problem


def _check_signature(content: bytes) -> None:
    if content.startswith(OLE):
        encrypted = ENCRYPTED_PACKAGE in content
        raise WorkbookRefused("workbook_encrypted" if encrypted else "workbook_old")
    if not content.startswith(ZIP):
        raise WorkbookRefused("workbook_not_xlsx")


def _check_part(entry: zipfile.ZipInfo) -> None:
    name = entry.filename.lower()
    if entry.flag_bits & ENCRYPTED_FLAG:
        raise WorkbookRefused("workbook_encrypted")
    if any(mark in name for mark in MACROS):
        raise WorkbookRefused("workbook_macros", printable(name))
    if any(mark in name for mark in EXTERNAL):
        raise WorkbookRefused("workbook_external", printable(name))
    if entry.compress_type not in METHODS:
        raise WorkbookRefused("workbook_damaged", "compression")


def _too_large(name: str, most: int) -> WorkbookRefused:
    return WorkbookRefused("workbook_too_large", printable(name), f"{most // 1_000_000} MB")


def printable(name: str) -> str:
    """Return a part's name as it can be repeated: what does not show is left out."""
    return "".join(c for c in name if c.isascii() and c.isprintable())[:80]
