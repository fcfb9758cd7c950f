"""Cases as XES (IEEE 1849): a trace for each, an event for each of its lines, in their order."""

import re
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import quoteattr

from service.exports.cells import COLUMNS, Batch, Cell

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<global scope="trace"><string key="concept:name" value=""/></global>
<global scope="event"><string key="concept:name" value=""/>\
<date key="time:timestamp" value="1970-01-01T00:00:00.000Z"/>\
<string key="lifecycle:transition" value="complete"/></global>
<classifier name="Event" keys="concept:name"/>
"""
KEYS = {
    "event": "concept:name",
    "at": "time:timestamp",
    "person": "org:resource",
    "role": "org:role",
    "area": "org:group",
}
"""Column -> what XES calls it; the others have their own names."""
OF_TRACE = "subject"
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold, and no line of ours has."""

DONE = '<string key="lifecycle:transition" value="complete"/>'


class Writer:
    """Writes an XES log. Lines come case by case."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")
        self._file.write(HEAD)
        self._trace: Cell = None

    def add(self, batch: Batch) -> None:
        for case, events in groupby(batch.cells, key=lambda row: row[SUBJECT]):
            if case != self._trace:
                self._end()
                self._file.write(f'<trace><string key="concept:name" value={_quoted(case)}/>\n')
                self._trace = case
            self._file.writelines(map(_event, events))

    def close(self) -> None:
        self._end()
        self._file.write("</log>\n")
        self._file.close()

    def _end(self) -> None:
        if self._trace is not None:
            self._file.write("</trace>\n")


def _event(row: tuple[Cell, ...]) -> str:
    texts = "".join([cell for cell in row if type(cell) is str])
    is_plain = texts.isascii() and texts.isprintable() and not any(map(texts.__contains__, '&<>"'))
    quoted = '"{}"'.format if is_plain else _quoted
    told = [
        f"{begin}{quoted(cell)}/>"
        for begin, cell in zip(BEGINNINGS, row, strict=True)
        if cell is not None and begin
    ]
    return f"<event>{''.join(told)}{DONE}</event>\n"


def _quoted(cell: Cell) -> str:
    return quoteattr(FORBIDDEN.sub("\ufffd", str(cell)))


def _beginnings() -> tuple[str, ...]:
    """Return what each column's attribute begins with; nothing for what the trace says."""
    kinds = {"at": "date", "device_time": "date"}
    return tuple(
        f"<{'int' if one.is_number else kinds.get(one.name, 'string')} "
        f'key="{KEYS.get(one.name, one.name)}" value='
        if one.name != OF_TRACE
        else ""
        for one in COLUMNS
    )


SUBJECT = [one.name for one in COLUMNS].index(OF_TRACE)
BEGINNINGS = _beginnings()
