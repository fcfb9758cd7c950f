"""Lines as Parquet: one column for each of `COLUMNS`, instants as instants in UTC."""

from datetime import datetime
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from service.exports.cells import Batch
from service.exports.tables import SCHEMA

INSTANT = pa.timestamp("us", tz="UTC")
INSTANTS = {"at", "device_time"}
KEPT = pa.schema((one.name, INSTANT if one.name in INSTANTS else one.type) for one in SCHEMA)
GROUP = 16_384
"""Lines in a row group, at least."""


class Writer:
    """Writes a Parquet file, a row group at a time."""

    def __init__(self, path: Path) -> None:
        self._file = parquet.ParquetWriter(path, KEPT, compression="zstd")
        self._waiting: list[pa.Table] = []

    def add(self, batch: Batch) -> None:
        columns = (
            _instants(column) if one.name in INSTANTS else column
            for one, column in zip(SCHEMA, batch.table.columns, strict=True)
        )
        self._waiting.append(pa.Table.from_arrays(list(columns), schema=KEPT))
        if sum(table.num_rows for table in self._waiting) >= GROUP:
            self._write()

    def close(self) -> None:
        if self._waiting:
            self._write()
        self._file.close()

    def _write(self) -> None:
        self._file.write_table(pa.concat_tables(self._waiting))
        self._waiting.clear()


def _instants(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return texts.cast(INSTANT)
    except pa.ArrowInvalid:  # one of them is none
        return pa.chunked_array([pa.array(map(_instant, texts.to_pylist()), INSTANT)])


def _instant(text: str | None) -> datetime | None:
    """Return an instant; None for what somebody made of it that is none."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
