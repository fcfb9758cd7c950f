"""XML in pieces, read so that no one who wrote it can exhaust whoever reads it.

Without document types there are no entities; nesting, the length of a tag and the number of
different names are bounded, for an honest sheet has little of each.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol
from xml.parsers import expat

from service.errors import WorkbookRefused
from service.workbooks.archive import Archive, printable

MAX_DEPTH = 64
MAX_TOKEN = 1_000_000
"""Bytes that may come without an end of the tag or text they began with."""

MAX_NAMES = 5_000

Attributes = dict[str, str]


class Listener(Protocol):
    """Is told of elements as they begin and end, and of the text between; names are local."""

    def start(self, tag: str, attributes: Attributes) -> None: ...

    def end(self, tag: str) -> None: ...

    def text(self, text: str) -> None: ...


def parse(name: str, pieces: Iterable[bytes], listener: Listener) -> Iterator[int]:
    """Parse a part piece by piece; yield after each how many bytes were read.

    Raises `WorkbookRefused` for what is not well-formed, or only made to harm.
    """
    parser = _parser(name, listener)
    read = 0
    try:
        for piece in pieces:
            parser.Parse(piece)
            read += len(piece)
            if read - parser.CurrentByteIndex > MAX_TOKEN or len(parser.intern) > MAX_NAMES:
                raise WorkbookRefused("workbook_damaged", printable(name))
            yield read
        parser.Parse(b"", True)
    except expat.ExpatError as problem:
        raise WorkbookRefused("workbook_damaged", printable(name)) from problem


def _parser(name: str, listener: Listener) -> expat.XMLParserType:
    depth, prefix = 0, ""
    start, end = listener.start, listener.end

    def opened(tag: str, attributes: Attributes) -> None:
        nonlocal depth, prefix
        if not depth and ":" in tag:  # then all that matters is written with the same one
            prefix = tag.partition(":")[0] + ":"
        depth += 1
        if depth > MAX_DEPTH:
            raise WorkbookRefused("workbook_damaged", f"{printable(name)}: nesting")
        start(tag.removeprefix(prefix) if prefix else tag, attributes)

    def closed(tag: str) -> None:
        nonlocal depth
        depth -= 1
        end(tag.removeprefix(prefix) if prefix else tag)

    def no_document_type(*_declared: Any) -> None:  # noqa: ANN401 - four things, none looked at
        raise WorkbookRefused("workbook_damaged", f"{printable(name)}: DOCTYPE")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.CharacterDataHandler = listener.text
    parser.StartDoctypeDeclHandler = no_document_type
    return parser


class _Elements:
    """Listens to the beginnings of elements only."""

    def __init__(self, start: Callable[[str, Attributes], object]) -> None:
        self._start = start

    def start(self, tag: str, attributes: Attributes) -> None:
        self._start(tag, attributes)

    def end(self, tag: str) -> None: ...

    def text(self, text: str) -> None: ...


def walk(archive: Archive, name: str, start: Callable[[str, Attributes], object]) -> None:
    """Go through the elements of a small part. Raises `WorkbookRefused`."""
    for _ in parse(name, [archive.whole(name)], _Elements(start)):
        pass
