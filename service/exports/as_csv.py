"""Lines as CSV (RFC 4180), in UTF-8 with the mark by which Excel knows it; no formula cells."""

import csv
from collections.abc import Sequence
from pathlib import Path

from service.exports.cells import COLUMNS, Batch, Cell
from service.workbooks.writing import LOOKS_LIKE_FORMULA

BEGINNINGS = tuple(f"\n{begins}" for begins in LOOKS_LIKE_FORMULA)
"""How a cell begins that looks like a formula, among cells with a line feed before each."""


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


def _plain(row: Sequence[Cell]) -> Sequence[Cell]:
    """Return a row none of whose cells is a formula: an apostrophe before one makes it text."""
    texts = "\n" + "\n".join([cell for cell in row if type(cell) is str])
    if not any(begins in texts for begins in BEGINNINGS):
        return row  # which is nearly always so, and ten times as fast as to look at each cell
    return [_text(cell) for cell in row]


def _text(cell: Cell) -> Cell:
    is_formula = isinstance(cell, str) and cell.startswith(LOOKS_LIKE_FORMULA)
    return f"'{cell}" if is_formula else cell
