"""The formats in which the log is taken away.

One that is added is a module called after it, with a `Writer`, and one line in `FORMATS`.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Protocol, cast

from pydantic import AfterValidator, WithJsonSchema

from service.exports.cells import Batch


class Writer(Protocol):
    """What writes a file as its lines come."""

    def add(self, batch: Batch) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what its files are called.

    `is_by_case`: its lines come case by case, those of cases alone, in one file; otherwise in
    the order of the log, in as many files as there are parts.
    """

    stem: str
    suffix: str
    is_by_case: bool = False

    def name(self, part: int, of: int) -> str:
        """Return the name of a part's file; where there is only one, without a number."""
        number = f"-{part:06}" if of > 1 else ""
        return f"{self.stem}{number}.{self.suffix}"

    def writer(self, path: Path) -> Writer:
        """Begin a file.

        Its module comes only now: Arrow takes 60 MB, which a service need not have.
        """
        module = import_module(f"service.exports.as_{self.suffix}")
        return cast("Writer", module.Writer(path))


SIGNED = "jsonl"
"""The format that every export has: the lines as they were signed. The others are read by it."""

FORMATS = {
    SIGNED: Format("lines", "jsonl"),
    "csv": Format("transitions", "csv"),
    "xlsx": Format("transitions", "xlsx"),
    "parquet": Format("transitions", "parquet"),
    "xes": Format("transitions", "xes", is_by_case=True),
}


def _known(name: str) -> str:
    if name not in FORMATS:
        raise ValueError(f"is one of {', '.join(FORMATS)}")
    return name


FormatName = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(FORMATS)})
]
