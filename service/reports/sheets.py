"""A report as a workbook, laid out as the document's form: title, header, headings, total."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from itertools import groupby

from service.reports.tables import Head, Line, Table
from service.workbooks.writing import Heading, Span, Written, write

WIDE, NARROW = 20, 14
GAP = "　　"
"""Between two fields of the header: spaces that every font shows."""

UNIT = "unit"
SHEET = "汇总表"


def workbook(table: Table, unit: str, values: Mapping[str, str]) -> bytes:
    """Return a workbook of a report of a unit; `values` stand in the fields of its header."""
    sheet = _Sheet(table, unit)
    content = BytesIO()
    header = (f"{one.label.zh}：{values.get(one.code, '')}" for one in table.header)
    write(
        content,
        list(sheet.headings()),
        sheet.rows(),
        title=table.title.zh,
        line=GAP.join(header) or None,
        merged=list(sheet.merged()),
        sheet=SHEET,
    )
    return content.getvalue()


class _Sheet:
    """Where what stands: the unit before all rows, a heading over several before each of them."""

    def __init__(self, table: Table, unit: str) -> None:
        self._table, self._unit = table, unit
        self._lines = (*table.lines, table.total)
        words = [head for head in table.columns if not head.is_number]
        self._has_unit = len(words) > 1 and words[0].code == UNIT
        self._is_nested = any(line.under for line in self._lines)

    def headings(self) -> Iterator[Heading]:
        for under, heads in groupby(self._table.columns, key=lambda head: head.under):
            below = tuple(self._heading(head) for head in heads)
            if under is None:
                yield from below
            else:
                yield Heading(under.zh, below=below)

    def _heading(self, head: Head) -> Heading:
        if head.is_number:
            return Heading(head.label.zh, NARROW)
        is_unit = self._has_unit and head.code == UNIT
        return Heading(head.label.zh, WIDE, across=1 if is_unit or not self._is_nested else 2)

    def rows(self) -> Iterator[Sequence[Written]]:
        for number, line in enumerate(self._lines):
            row: list[Written] = [self._unit if number == 0 else None] if self._has_unit else []
            if self._is_nested:
                row += [self._over(number, line), line.label.zh if line.under else None]
            else:
                row.append(line.label.zh)
            yield [*row, *self._numbers(line)]

    def _over(self, number: int, line: Line) -> str | None:
        """Return what stands over a row: its heading where that begins, or its own name."""
        if line.under is None:
            return line.label.zh
        is_first = number == 0 or self._lines[number - 1].under != line.under
        return line.under.zh if is_first else None

    def _numbers(self, line: Line) -> Iterable[int | None]:
        for head in self._table.columns:
            if head.is_number:
                yield line.counts.get(head.code) if head.is_filled else None

    def merged(self) -> Iterator[Span]:
        if self._has_unit:
            yield 0, 0, len(self._lines) - 1, 0
        if not self._is_nested:
            return
        first, column = 0, int(self._has_unit)
        for under, lines in groupby(self._lines, key=lambda line: line.under):
            after = first + len(list(lines))
            if under is None:
                yield from ((row, column, row, column + 1) for row in range(first, after))
            else:
                yield first, column, after - 1, column
            first = after
