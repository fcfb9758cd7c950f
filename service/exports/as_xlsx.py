"""Lines as a workbook: text stays text, whatever it begins with, and no cell is a formula."""

from pathlib import Path

from service.exports.cells import COLUMNS, Batch
from service.workbooks.writing import Heading, Rows

SHEET = "日志"


class Writer:
    """Writes a workbook with one sheet: a row of headings, and a row for each line."""

    def __init__(self, path: Path) -> None:
        headings = [Heading(column.heading, column.width) for column in COLUMNS]
        self._rows = Rows(path, headings, sheet=SHEET)

    def add(self, batch: Batch) -> None:
        columns = batch.table.columns
        self._rows.add(zip(*(column.to_pylist() for column in columns), strict=True))

    def close(self) -> None:
        self._rows.close()
