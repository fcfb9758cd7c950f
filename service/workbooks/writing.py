"""Writing a workbook: a title, a line, headings over one or several rows, any number of rows.

No formula is ever written. Text is written as text, whatever it begins with, and marked as
such: neither opening it nor editing it in Excel makes `=1+1` more than what it says. Rows go
to the file as they come, so that memory does not grow with them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import repeat
from pathlib import Path
from typing import Any, TypeAlias

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

Written: TypeAlias = str | int | Decimal | bool | date | None

MAX_NAME = 31
NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
"""What Excel lets no sheet be called by, and how long a name may be."""

LOOKS_LIKE_FORMULA = ("=", "+", "-", "@", "\t", "\r")
TITLE_HEIGHT = 30
MAX_TEXT = 32_767
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: of one column, or of those below it. The unit follows it in brackets.

    `across`: how many columns it stands over that have no headings of their own.
    """

    label: str
    width: int = 12
    unit: str | None = None
    below: tuple["Heading", ...] = ()
    across: int = 1

    @property
    def text(self) -> str:
        return f"{self.label}（{self.unit}）" if self.unit else self.label

    @property
    def breadth(self) -> int:
        return sum(one.breadth for one in self.below) or self.across

    @property
    def depth(self) -> int:
        return 1 + max((one.depth for one in self.below), default=0)

    def columns(self) -> Iterator["Heading"]:
        """Yield the headings of single columns, from left to right."""
        if not self.below:
            yield from repeat(self, self.across)
        for one in self.below:
            yield from one.columns()


Span: TypeAlias = tuple[int, int, int, int]
"""First row and column, last row and column, of cells that are one; the row below the headings
is 0. The others than the first are empty."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: what stands in it from top to bottom.

    `line` stands below the title, `above` between it and the headings; `merged` is of the rows.
    """

    headings: Sequence[Heading]
    rows: Iterable[Sequence[Written]]
    title: str | None = None
    line: str | None = None
    above: Sequence[Sequence[Written]] = ()
    merged: Iterable[Span] = ()
    name: str = "Sheet1"


def sheet_name(number: int, text: str) -> str:
    """Return what a sheet may be called: its number keeps two of the same text apart."""
    return f"{number} {NOT_IN_A_NAME.sub('', text)}"[:MAX_NAME].strip()


def write(
    path: Path | BytesIO,
    headings: Sequence[Heading],
    rows: Iterable[Sequence[Written]],
    *,
    title: str | None = None,
    line: str | None = None,
    merged: Iterable[Span] = (),
    sheet: str = "Sheet1",
) -> int:
    """Write a workbook of one sheet; return how many rows it has below its headings."""
    one = Sheet(headings, rows, title, line, merged=merged, name=sheet)
    return write_sheets(path, [one])


def write_sheets(path: Path | BytesIO, sheets: Iterable[Sheet]) -> int:
    """Write a workbook of several sheets; return how many rows they have below their headings."""
    count = 0
    with xlsxwriter.Workbook(path, OPTIONS) as workbook:
        for sheet in sheets:
            page = _Page(workbook, workbook.add_worksheet(sheet.name))
            first = page.top(sheet)
            page.merge(first, sheet.merged)
            for number, row in enumerate(sheet.rows, start=first):
                page.row(number, row)
                count += 1
    return count


class Rows:
    """A workbook with one row of headings, to which rows are added as they come."""

    def __init__(self, path: Path, headings: Sequence[Heading], *, sheet: str) -> None:
        self._workbook = xlsxwriter.Workbook(path, OPTIONS)
        self._page = _Page(self._workbook, self._workbook.add_worksheet(sheet))
        self._upcoming = self._page.top(Sheet(headings, ()))

    def add(self, rows: Iterable[Sequence[Written]]) -> None:
        for row in rows:
            self._page.row(self._upcoming, row)
            self._upcoming += 1

    def close(self) -> None:
        self._workbook.close()


class _Page:
    """A sheet that is being written, from its first row to its last."""

    def __init__(self, workbook: Any, sheet: Worksheet) -> None:  # noqa: ANN401 - untyped library
        self._sheet = sheet
        bordered = {"border": 1, "valign": "vcenter"}
        centred = {"bold": True, "align": "center", "valign": "vcenter"}
        self._title: Format = workbook.add_format({**centred, "font_size": 16})
        self._line: Format = workbook.add_format({"valign": "vcenter"})
        self._heading: Format = workbook.add_format({**centred, "border": 1, "text_wrap": True})
        self._number: Format = workbook.add_format(bordered)
        # As text also when somebody edits the cell later: an identity number stays one.
        self._text: Format = workbook.add_format({**bordered, "num_format": "@"})
        self._quoted: Format = workbook.add_format(
            {**bordered, "num_format": "@", "quote_prefix": True}
        )
        self._day: Format = workbook.add_format({**bordered, "num_format": "yyyy-mm-dd"})
        self._instant: Format = workbook.add_format(
            {**bordered, "num_format": "yyyy-mm-dd hh:mm:ss"}
        )

    def top(self, sheet: Sheet) -> int:
        """Write all that stands above the rows; return the number of the first row, from 0."""
        columns = [column for heading in sheet.headings for column in heading.columns()]
        for number, column in enumerate(columns):
            self._sheet.set_column(number, number, column.width)
        first = 0
        if sheet.title:
            self._sheet.set_row(0, TITLE_HEIGHT)
            first = self._stretched(first, sheet.title, self._title, len(columns))
        if sheet.line:
            first = self._stretched(first, sheet.line, self._line, len(columns))
        for number, row in enumerate(sheet.above, start=first):
            self.row(number, row)
        return self._headings(sheet.headings, columns, first + len(sheet.above))

    def _headings(self, headings: Sequence[Heading], columns: list[Heading], first: int) -> int:
        """Write the headings from a row on; return the number of the row below them."""
        depth = max(heading.depth for heading in headings)
        grid = [[""] * len(columns) for _ in range(depth)]
        at = 0
        for heading in headings:
            self._lay(heading, grid, 0, at, first)
            at += heading.breadth
        for level, texts in enumerate(grid):
            for number, text in enumerate(texts):
                self._sheet.write_string(first + level, number, text, self._heading)
        self._sheet.freeze_panes(first + depth, 0)
        return first + depth

    def _stretched(self, row: int, text: str, form: Format, columns: int) -> int:
        """Write a text over all columns; return the number of the next row."""
        self._sheet.write_string(row, 0, text, form)
        self._merge(row, 0, row, columns - 1)
        return row + 1

    def merge(self, first: int, spans: Iterable[Span]) -> None:
        """Merge cells of the rows, which begin at a row."""
        for top, left, bottom, right in spans:
            self._merge(first + top, left, first + bottom, right)

    def _lay(
        self, heading: Heading, grid: list[list[str]], level: int, column: int, first: int
    ) -> None:
        """Put a heading and those below it into the grid, and merge what it stretches over."""
        grid[level][column] = heading.text
        last = level if heading.below else len(grid) - 1
        self._merge(first + level, column, first + last, column + heading.breadth - 1)
        for below in heading.below:
            self._lay(below, grid, level + 1, column, first)
            column += below.breadth

    def _merge(self, first_row: int, first: int, last_row: int, last: int) -> None:
        """Merge cells that are written one by one: `merge_range` would not keep the rows' order."""
        if (first_row, first) != (last_row, last):
            self._sheet.merge.append([first_row, first, last_row, last])

    def row(self, number: int, values: Sequence[Written]) -> None:
        for column, value in enumerate(values):
            self._cell(number, column, value)

    def _cell(self, row: int, column: int, value: Written) -> None:
        sheet = self._sheet
        if isinstance(value, str):
            if len(value) > MAX_TEXT:
                raise ValueError(f"a cell holds {MAX_TEXT} characters")
            looks = value.startswith(LOOKS_LIKE_FORMULA)
            sheet.write_string(row, column, value, self._quoted if looks else self._text)
        elif value is None:
            sheet.write_blank(row, column, None, self._text)
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value, self._number)
        elif isinstance(value, date):
            shown = self._instant if isinstance(value, datetime) else self._day
            sheet.write_datetime(row, column, value, shown)
        else:
            sheet.write_number(row, column, value, self._number)
