"""Lines as CSV (RFC 4180), in UTF-8 with the mark by which Excel knows it; no formula cells."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from service.exports.cells import COLUMNS, Batch, Cell
from service.workbooks.writing import LOOKS_LIKE_FORMULA


class Writer:
    """Writes a CSV file: a heading, and a row for each line."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._file, lineterminator="\r\n")
        self._csv.writerow([column.name for column in COLUMNS])

    def add(self, batch: Batch) -> None:
        self._csv.writerows(map(_plain, batch.cells))

    def close(self) -> None:
        self._file.close()


def _plain(row: Iterable[Cell]) -> Iterator[Cell]:
    """Yield a row's cells; an apostrophe before one makes it text to whoever opens it."""
    for cell in row:
        is_formula = isinstance(cell, str) and cell.startswith(LOOKS_LIKE_FORMULA)
        yield f"'{cell}" if is_formula else cell
