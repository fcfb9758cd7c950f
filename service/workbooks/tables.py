"""The table in a workbook: its columns, found by their headings, and the rows below them.

Headings may stand in any order, below titles, over two or three rows, and under any of their
names; what a column is not known by is passed over.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from service.errors import WorkbookRefused
from service.workbooks.reading import Row, Sheet, Value, Workbook, letters

HEADING_WITHIN = 30
"""Rows at the top of a sheet that are looked through for the headings."""

DEEPEST = 3
IN_BRACKETS = re.compile(r"\([^)]*\)")
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
        """Yield the rows below the headings, which a printed list repeats on every page.

        What has nothing in any known column is no row. Raises `WorkbookRefused`.
        """
        for row in self.workbook.rows(self.sheet, told):
            if row.number > self.last_heading_row and not self._repeats_headings(row):
                yield row

    def _repeats_headings(self, row: Row) -> bool:
        said = [(row.cells.get(column), self.headings[column]) for column in self.columns.values()]
        return all(value in {None, heading} for value, heading in said)

    def value(self, row: Row, code: str) -> Value | None:
        """Return what a row has in a column, if the table has it and the row says something."""
        return row.cells.get(self.columns.get(code, 0))

    def letter(self, code: str) -> str | None:
        """Return how the column is called in the sheet; None where the table has no such one."""
        return letters(self.columns[code]) if code in self.columns else None


def find(workbook: Workbook, columns: Sequence[Column]) -> Table:
    """Return the one table that has the columns. Raises `WorkbookRefused`."""
    tables = find_all(workbook, columns)
    if len(tables) > 1:
        names = "、".join(table.sheet.name for table in tables)
        raise WorkbookRefused("sheets_alike", names)
    return tables[0]


def find_all(workbook: Workbook, columns: Sequence[Column]) -> list[Table]:
    """Return the tables of all sheets that have the columns. Raises `WorkbookRefused` for none."""
    looks = [_Look(workbook, sheet, columns) for sheet in workbook.sheets]
    if tables := [look.table for look in looks if look.table]:
        return tables
    if twice := next((look.twice for look in looks if look.twice), None):
        raise WorkbookRefused("heading_twice", twice)
    required = [one.names[0] for one in columns if one.is_required]
    nearest = min((look.missing for look in looks), key=len, default=required)
    raise WorkbookRefused("heading_missing", str(HEADING_WITHIN), "、".join(nearest))


class _Look:
    """A look at the top of a sheet: the table that is there, or what keeps it from being one."""

    def __init__(self, workbook: Workbook, sheet: Sheet, columns: Sequence[Column]) -> None:
        self.table: Table | None = None
        self._rank = (0, 0, 0)
        self.twice: str | None = None
        self.missing = [one.names[0] for one in columns if one.is_required]
        self._known = {plain(name): column.code for column in columns for name in column.names}
        self._required = [one for one in columns if one.is_required]
        top = list(islice(workbook.rows(sheet), HEADING_WITHIN + DEEPEST))
        for first, row in enumerate(top):
            if row.number <= HEADING_WITHIN:
                for deep in range(1, DEEPEST + 1):
                    self._choose(workbook, sheet, top[first : first + deep])

    def _choose(self, workbook: Workbook, sheet: Sheet, rows: Sequence[Row]) -> None:
        """Take some rows as the headings, if they tell the most columns.

        Of equals the ones that end first, for a list repeats them; then without what is above.
        """
        headings = _headings(rows)
        found = self._columns(headings)
        rank = (-len(found), rows[-1].number, -rows[0].number)
        if found and rank < self._rank:
            self._rank = rank
            self.table = Table(sheet, rows[-1].number, found, headings, workbook)

    def _columns(self, headings: Mapping[int, str]) -> dict[str, int]:
        """Return the columns by code; none where one is missing, or stands there twice."""
        found: dict[str, int] = {}
        twice = None
        for column, heading in sorted(headings.items()):
            lowest = heading.rpartition(BETWEEN)[2]
            code = self._known.get(plain(heading)) or self._known.get(plain(lowest))
            if code in found:
                twice = f"{letters(found[code])}, {letters(column)}"
            elif code:
                found[code] = column
        missing = [one.names[0] for one in self._required if one.code not in found]
        if len(missing) < len(self.missing):
            self.missing = missing
        if twice and not missing:
            self.twice = self.twice or twice
        return {} if missing or twice else found


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


def plain(heading: str) -> str:
    """Return a heading as it is compared: half width, no spaces, marks or brackets' content."""
    text = IN_BRACKETS.sub("", unicodedata.normalize("NFKC", heading).casefold()) or heading
    return "".join(character for character in text if character.isalnum() or character == BETWEEN)
