"""Reading a workbook row by row, in bounded memory, each value as what it was typed as.

A cell comes out as text, number (`Decimal`), day or instant, boolean, or as the mark of what
cannot be taken over: a formula, an error. Rows without any value are passed over, so that a
million formatted empty rows cost time and no memory. Nothing is ever evaluated.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import NamedTuple, TypeAlias

from service.errors import WorkbookRefused
from service.workbooks.archive import Archive
from service.workbooks.markup import Attributes, parse, walk
from service.workbooks.merges import Filled, merges
from service.workbooks.parts import (
    WORKBOOK,
    Text,
    day_styles,
    strings,
    targets,
    unescaped,
)

MAX_SHEETS = 50
MAX_ROWS = 500_000
MAX_COLUMNS = 256
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
"""Of Excel itself."""

LAST_UNREAL, LAST_DAY = 60, 2_958_465
"""29 February 1900, which never was, and the end of the year 9999, as Excel counts days."""

SIGNIFICANT = "{:.15g}"
"""How many digits of a number Excel keeps."""


class Formula(Enum):
    """The mark of a cell that holds a formula: what it last came to is not looked at."""

    FORMULA = "="


@dataclass(frozen=True, slots=True)
class CellError:
    """The mark of a cell that shows an error, such as `#REF!`."""

    text: str


Value: TypeAlias = str | Decimal | bool | date | datetime | Formula | CellError


class Row(NamedTuple):
    """A row by its number, with the values it has by their columns; both count from 1."""

    number: int
    cells: Mapping[int, Value]


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    part: str


class Workbook:
    """A workbook that may be read: see `archive` for what is refused."""

    def __init__(self, content: bytes) -> None:
        """Find the sheets of a workbook, unpacking next to nothing. Raises `WorkbookRefused`."""
        self._archive = Archive(content)
        parts = targets(self._archive)
        found: list[tuple[str, str, str]] = []
        self._from_1904 = False

        def start(tag: str, attributes: Attributes) -> None:
            if tag == "workbookPr":
                self._from_1904 = attributes.get("date1904") in {"1", "true", "on"}
            elif tag == "sheet":
                named = next((v for k, v in attributes.items() if k.endswith(":id")), "")
                found.append((attributes.get("name", ""), attributes.get("state", ""), named))

        walk(self._archive, WORKBOOK, start)
        if len(found) > MAX_SHEETS:
            raise WorkbookRefused("workbook_too_many_sheets", str(len(found)), str(MAX_SHEETS))
        self.sheets = [
            Sheet(name, parts[named])
            for name, state, named in found
            if not state.endswith("idden") and "worksheets/" in parts.get(named, "")
        ]
        self._strings: list[str] | None = None
        self._days: frozenset[int] | None = None

    def rows(
        self, sheet: Sheet, told: Callable[[float], object] = lambda _share: None
    ) -> Iterator[Row]:
        """Yield the rows that hold something, merged cells filled; tell how far it has come.

        Raises `WorkbookRefused` as soon as the sheet turns out not to be readable.
        """
        if self._strings is None or self._days is None:
            self._strings = strings(self._archive)
            self._days = day_styles(self._archive)
        reader = _Rows(self._strings, self._days, from_1904=self._from_1904)
        filled: Filled[Value] = Filled(merges(self._archive.stream(sheet.part), MAX_COLUMNS))
        held = 0
        for read in parse(sheet.part, self._archive.stream(sheet.part), reader):
            told(self._archive.share_of(sheet.part, read))
            for row in reader.take():
                held += 1
                if held > MAX_ROWS:
                    raise WorkbookRefused("workbook_too_many_rows", need=str(MAX_ROWS))
                yield Row(row.number, filled.fill(row.number, row.cells))


def reference(row: int, column: int) -> str:
    """Return how a cell is called: `C5`."""
    return f"{letters(column)}{row}"


def letters(column: int) -> str:
    """Return how a column is called: 1 is `A`, 27 is `AA`."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


class _Rows:
    """Puts rows together from what the parser tells."""

    def __init__(self, shared: list[str], days: frozenset[int], *, from_1904: bool) -> None:
        self._shared, self._days, self._from_1904 = shared, days, from_1904
        self._done: list[Row] = []
        self._row = self._column = 0
        self._cells: dict[int, Value] = {}
        self._kind = self._style = ""
        self._is_formula = False
        self._text = Text("cell")
        self.text = self._text.add

    def take(self) -> list[Row]:
        """Return the rows that are complete, and forget them."""
        done, self._done = self._done, []
        return done

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "c":
            self._column = _column_of(attributes.get("r"), self._column)
            self._kind = attributes.get("t", "n")
            self._style = attributes.get("s", "0")
            self._text.clear()
            self._is_formula = False
        elif tag == "row":
            self._row = _row_of(attributes.get("r"), self._row)
            self._column, self._cells = 0, {}
        elif tag == "f":
            self._is_formula = True
        else:
            self._text.start(tag)

    def end(self, tag: str) -> None:
        if tag == "c":
            self._end_cell(self._text.value)
        elif tag == "row":
            if self._cells:
                self._done.append(Row(self._row, self._cells))
        else:
            self._text.end(tag)

    def _end_cell(self, text: str) -> None:
        if not (text or self._is_formula):
            return
        value = Formula.FORMULA if self._is_formula else self._value(text)
        if isinstance(value, str) and not value.strip():
            return
        if self._column > MAX_COLUMNS:
            raise WorkbookRefused(
                "workbook_too_many_columns", letters(self._column), str(MAX_COLUMNS)
            )
        self._cells[self._column] = value

    def _value(self, text: str) -> Value:
        try:
            match self._kind:
                case "s":
                    return self._shared[int(text)]
                case "n":
                    return self._number(float(text))
                case "b":
                    return text.strip() in {"1", "true"}
                case "e":
                    return CellError(text[:20])
                case _:
                    return unescaped(text)
        except (ValueError, IndexError) as problem:
            where = reference(self._row, self._column)
            raise WorkbookRefused("workbook_damaged", where) from problem

    def _number(self, number: float) -> Value:
        if not isfinite(number):
            raise ValueError("no number")
        if self._style.isdecimal() and int(self._style) in self._days:
            return _day(number, from_1904=self._from_1904) or Decimal(SIGNIFICANT.format(number))
        return Decimal(SIGNIFICANT.format(number))


def _column_of(named: str | None, before: int) -> int:
    """Return a column's number from a cell's reference; without one it follows the last."""
    if named is None:
        return before + 1
    column = 0
    for character in named[:4]:
        if not "A" <= character <= "Z":
            break
        column = column * 26 + ord(character) - 64
    if not 1 <= column <= LAST_COLUMN:
        raise WorkbookRefused("workbook_damaged", "cell reference")
    return column


def _row_of(named: str | None, before: int) -> int:
    number = before + 1 if named is None else int(named) if named.isdecimal() else 0
    if not before < number <= LAST_ROW:
        raise WorkbookRefused("workbook_damaged", "row reference")
    return number


def _day(number: float, *, from_1904: bool) -> date | datetime | None:
    """Return the day that a serial number shows; with its time of day where it has one.

    Excel counts a 29 February 1900 that never was: days before 1 March 1900 are left numbers.
    """
    if not (0 if from_1904 else LAST_UNREAL) < number <= LAST_DAY:
        return None
    zero = datetime.combine(date(1904, 1, 1) if from_1904 else date(1899, 12, 30), time())
    try:
        at = zero + timedelta(seconds=round(number * 86_400))
    except OverflowError:
        return None
    return at.date() if at.time() == time() else at
