"""The table in a workbook: its columns, found by their headings, and the rows below them.

Headings may stand in any order, below titles, over two or three rows, and under any of their
names; what a column is not known by is passed over.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from service.errors import WorkbookRefused
from service.workbooks.reading import Row, Sheet, Value, Workbook, letters

HEADING_WITHIN = 30
"""Rows at the top of a sheet that are looked through for the headings."""

DEEPEST = 3
BETWEEN = "/"
"""Stands between the heading of several columns and the one below it: `帮扶措施/产业`."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a layout: its code, and the headings it is known by; the first is written.

    `is_personal`: what stands in it is shown masked.
    """

    code: str
    names: tuple[str, ...]
    is_required: bool = False
    is_personal: bool = False
    width: int = 12


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was found: where its columns are, and what its headings say."""

    sheet: Sheet
    last_heading_row: int
    columns: Mapping[str, int]
    headings: Mapping[int, str]
    workbook: Workbook

    def rows(self, told: Callable[[float], object] = lambda _share: None) -> Iterator[Row]:
        """Yield the rows below the headings. Raises `WorkbookRefused`."""
        for row in self.workbook.rows(self.sheet, told):
            if row.number > self.last_heading_row:
                yield row

    def value(self, row: Row, code: str) -> Value | None:
        """Return what a row has in a column, if the table has it and the row says something."""
        return row.cells.get(self.columns.get(code, 0))

    def letter(self, code: str) -> str | None:
        """Return how the column is called in the sheet; None where the table has no such one."""
        return letters(self.columns[code]) if code in self.columns else None


def find(workbook: Workbook, columns: Sequence[Column]) -> Table:
    """Return the one table that has the columns. Raises `WorkbookRefused`."""
    tables, nearest = list[Table](), [one.names[0] for one in columns if one.is_required]
    for sheet in workbook.sheets:
        table, missing = _in_sheet(workbook, sheet, columns)
        if table:
            tables.append(table)
        if len(missing) < len(nearest):
            nearest = missing
    if not tables:
        raise WorkbookRefused("heading_missing", str(HEADING_WITHIN), "、".join(nearest))
    if len(tables) > 1:
        names = "、".join(table.sheet.name for table in tables)
        raise WorkbookRefused("sheets_alike", names)
    return tables[0]


def _in_sheet(
    workbook: Workbook, sheet: Sheet, columns: Sequence[Column]
) -> tuple[Table | None, list[str]]:
    """Return the table of a sheet, or the headings that the best of its rows lacks."""
    rows = list(islice(workbook.rows(sheet), HEADING_WITHIN))
    known = {plain(name): column.code for column in columns for name in column.names}
    nearest = [one.names[0] for one in columns if one.is_required]
    for first, row in enumerate(rows):
        if row.number > HEADING_WITHIN:
            break
        for deep in range(1, DEEPEST + 1):
            headings = _headings(rows[first : first + deep])
            found = _known(headings, known)
            missing = [c.names[0] for c in columns if c.is_required and c.code not in found]
            if found and not missing:
                last = rows[min(first + deep, len(rows)) - 1].number
                return Table(sheet, last, found, headings, workbook), []
            if len(missing) < len(nearest):
                nearest = missing
    return None, nearest


def _headings(rows: Sequence[Row]) -> dict[int, str]:
    """Return each column's headings, from the upper to the lower, one written once."""
    above: dict[int, list[str]] = {}
    for row in rows:
        for column, value in row.cells.items():
            if isinstance(value, str):
                parts = above.setdefault(column, [])
                if plain(value) not in map(plain, parts):
                    parts.append(value.strip())
    return {column: BETWEEN.join(parts) for column, parts in above.items()}


def _known(headings: Mapping[int, str], known: Mapping[str, str]) -> dict[str, int]:
    """Return the columns by code. Raises `WorkbookRefused` where one stands there twice."""
    found: dict[str, int] = {}
    for column, heading in sorted(headings.items()):
        code = known.get(plain(heading)) or known.get(plain(heading.rpartition(BETWEEN)[2]))
        if code is None:
            continue
        if code in found:
            raise WorkbookRefused("heading_twice", f"{letters(found[code])}, {letters(column)}")
        found[code] = column
    return found


def plain(heading: str) -> str:
    """Return a heading as it is compared: half width, no spaces, marks or brackets' content."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    text = text.partition("(")[0] or text
    return "".join(character for character in text if character.isalnum() or character == BETWEEN)
