"""The formats in which the log is taken away. One that is added is one line in `FORMATS`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import AfterValidator, WithJsonSchema

from service.exports import as_csv, as_jsonl, as_parquet, as_xes, as_xlsx
from service.exports.cells import Batch


class Writer(Protocol):
    """What writes a file as its lines come."""

    def add(self, batch: Batch) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what its files are called, what writes one.

    `is_by_case`: its lines come case by case, those of cases alone, in one file; otherwise in
    the order of the log, in as many files as there are parts.
    """

    stem: str
    suffix: str
    writer: Callable[[Path], Writer]
    is_by_case: bool = False

    def name(self, part: int, of: int) -> str:
        """Return the name of a part's file; where there is only one, without a number."""
        number = f"-{part:06}" if of > 1 else ""
        return f"{self.stem}{number}.{self.suffix}"


SIGNED = "jsonl"
"""The format that every export has: the lines as they were signed. The others are read by it."""

FORMATS = {
    SIGNED: Format("lines", "jsonl", as_jsonl.Writer),
    "csv": Format("transitions", "csv", as_csv.Writer),
    "xlsx": Format("transitions", "xlsx", as_xlsx.Writer),
    "parquet": Format("transitions", "parquet", as_parquet.Writer),
    "xes": Format("transitions", "xes", as_xes.Writer, is_by_case=True),
}


def _known(name: str) -> str:
    if name not in FORMATS:
        raise ValueError(f"is one of {', '.join(FORMATS)}")
    return name


FormatName = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(FORMATS)})
]
