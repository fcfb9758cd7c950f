"""Lines as Parquet: one column for each of `COLUMNS`, instants as instants in UTC."""

from datetime import datetime
from pathlib import Path

from service.exports.cells import COLUMNS, Batch, Cell

INSTANTS = {"at", "device_time"}
GROUP = 16_384
"""Lines in a row group."""


class Writer:
    """Writes a Parquet file, a row group at a time."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa  # noqa: PLC0415 - takes 60 MB, which the service need not have
        from pyarrow import parquet  # noqa: PLC0415

        kinds = {False: pa.string(), True: pa.int64()}
        instant = pa.timestamp("us", tz="UTC")
        self._schema = pa.schema(
            (one.name, instant if one.name in INSTANTS else kinds[one.is_number]) for one in COLUMNS
        )
        self._file = parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._table, self._array = pa.Table, pa.array
        self._waiting: list[tuple[Cell, ...]] = []

    def add(self, batch: Batch) -> None:
        self._waiting += batch.cells
        if len(self._waiting) >= GROUP:
            self._write()

    def close(self) -> None:
        if self._waiting:
            self._write()
        self._file.close()

    def _write(self) -> None:
        columns = zip(*self._waiting, strict=True)
        arrays = [
            self._array(map(_instant, cells) if one.name in INSTANTS else cells, one.type)
            for one, cells in zip(self._schema, columns, strict=True)
        ]
        self._file.write_table(self._table.from_arrays(arrays, schema=self._schema))
        self._waiting.clear()


def _instant(cell: Cell) -> datetime | None:
    """Return an instant; None for what somebody made of it that is none."""
    try:
        return datetime.fromisoformat(str(cell)) if cell else None
    except ValueError:
        return None
