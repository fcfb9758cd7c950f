"""Merged cells: what stands in the first of them is what a reader sees in all of them.

A sheet names them after its rows, so that they are looked for before: without parsing, for
that would cost as much again as reading.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

MERGE = re.compile(
    rb"""<(?:\w+:)?mergeCell\s[^<>]*?ref\s*=\s*["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']"""
)
OVERLAP = 200
MAX_MERGES = 200_000


class Merge(NamedTuple):
    """A rectangle of cells, its edges included; all count from 1."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


def merges(pieces: Iterable[bytes], most_columns: int) -> list[Merge]:
    """Return a sheet's merged cells by their first rows; of those beyond the columns read none."""
    found: list[Merge] = []
    before = b""
    for piece in pieces:
        text = before + piece
        done = 0
        if b"mergeCell" in text:
            for match in MERGE.finditer(text):
                done = match.end()
                found.append(_merge(*match.groups()))
        before = text[max(done, len(text) - OVERLAP) :]
        if len(found) > MAX_MERGES:
            break
    return sorted(one for one in found[:MAX_MERGES] if one.last_column <= most_columns)


def _merge(column: bytes, row: bytes, last_column: bytes, last_row: bytes) -> Merge:
    return Merge(int(row), _number(column), int(last_row), _number(last_column))


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


class Filled(Generic[T]):
    """Fills merged cells while rows go by in their order."""

    def __init__(self, found: list[Merge]) -> None:
        self._waiting = found[::-1]
        self._open: dict[int, tuple[int, T]] = {}

    def fill(self, row: int, cells: Mapping[int, T]) -> Mapping[int, T]:
        """Return a row's cells with what the merged ones among them show."""
        if not (self._waiting or self._open):
            return cells
        self._open = {c: held for c, held in self._open.items() if held[0] >= row}
        while self._waiting and self._waiting[-1].first_row <= row:
            merge = self._waiting.pop()
            value = cells.get(merge.first_column) if merge.first_row == row else None
            if value is not None:
                columns = range(merge.first_column, merge.last_column + 1)
                self._open |= dict.fromkeys(columns, (merge.last_row, value))
        return {column: value for column, (_, value) in self._open.items()} | dict(cells)
