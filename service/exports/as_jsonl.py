"""Lines as they were signed, one record each: what the verifiers read."""

from pathlib import Path

from service.audit.extract import record
from service.exports.cells import Batch


class Writer:
    """Writes `lines.jsonl`."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def add(self, batch: Batch) -> None:
        self._file.write(b"".join(map(record, *batch.lines)))

    def close(self) -> None:
        self._file.close()
