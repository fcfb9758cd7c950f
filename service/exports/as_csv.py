"""Lines as CSV (RFC 4180), in UTF-8 with the mark by which Excel knows it; no formula cells."""

import codecs
import re
from pathlib import Path

import pyarrow as pa
from pyarrow import compute, csv

from service.exports.cells import Batch
from service.exports.tables import SCHEMA
from service.workbooks.writing import LOOKS_LIKE_FORMULA

SIGNS = pa.array(LOOKS_LIKE_FORMULA)
FORMULA = f"^([{re.escape(''.join(LOOKS_LIKE_FORMULA))}])"


class Writer:
    """Writes a CSV file: a heading, and a row for each line."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._file.write(codecs.BOM_UTF8)
        how = csv.WriteOptions(eol="\r\n")
        self._csv = csv.CSVWriter(self._file, SCHEMA, write_options=how)

    def add(self, batch: Batch) -> None:
        cells = [_plain(column) for column in batch.table.columns]
        self._csv.write_table(pa.Table.from_arrays(cells, schema=SCHEMA))

    def close(self) -> None:
        self._csv.close()
        self._file.close()


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column none of whose texts is a formula: an apostrophe before one prevents it."""
    if column.type != pa.string():
        return column
    begin = compute.utf8_slice_codeunits(column, 0, 1)
    if not compute.any(compute.is_in(begin, SIGNS)).as_py():
        return column  # which is nearly always so, and a third of the time
    return compute.replace_substring_regex(column, FORMULA, r"'\1")
