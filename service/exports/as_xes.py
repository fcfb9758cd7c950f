"""Cases as XES (IEEE 1849): a trace for each, an event for each of its lines, in their order."""

import re
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pyarrow as pa
from pyarrow import compute

from service.exports.cells import COLUMNS, Batch, Column

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
KINDS = {"at": "date", "device_time": "date"}
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold, and no line of ours has."""

SPECIAL = "[^ !#-%'-;=?-~]"
"""What does not stand in an attribute as it is, or may not."""

DONE = '<string key="lifecycle:transition" value="complete"/></event>\n'


class Writer:
    """Writes an XES log. Lines come case by case."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")
        self._file.write(HEAD)
        self._trace: str | None = None

    def add(self, batch: Batch) -> None:
        cases = batch.table[OF_TRACE].fill_null("").to_pylist()
        for case, event in zip(cases, _events(batch.table), strict=True):
            if case != self._trace:
                self._end()
                self._file.write(f'<trace><string key="concept:name" value={_quoted(case)}/>\n')
                self._trace = case
            self._file.write(event)

    def close(self) -> None:
        self._end()
        self._file.write("</log>\n")
        self._file.close()

    def _end(self) -> None:
        if self._trace is not None:
            self._file.write("</trace>\n")


def _events(table: pa.Table) -> list[str]:
    told = [_attributes(table[one.name], one) for one in COLUMNS if one.name != OF_TRACE]
    joined = compute.binary_join_element_wise("<event>", *told, DONE, "", null_handling="skip")
    return joined.to_pylist()  # type: ignore[no-any-return]


def _attributes(cells: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    """Return a column's cells as attributes of events; none where a cell is empty."""
    kind = "int" if column.is_number else KINDS.get(column.name, "string")
    begin = f'<{kind} key="{KEYS.get(column.name, column.name)}" value='
    texts = cells.cast(pa.string())
    if compute.any(compute.match_substring_regex(texts, SPECIAL)).as_py():
        quoted = [text if text is None else _quoted(text) for text in texts.to_pylist()]
        return compute.binary_join_element_wise(begin, pa.array(quoted, pa.string()), "/>", "")
    return compute.binary_join_element_wise(f'{begin}"', texts, '"/>', "")


def _quoted(text: str) -> str:
    return quoteattr(FORBIDDEN.sub("\ufffd", text))
