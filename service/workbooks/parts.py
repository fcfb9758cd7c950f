"""The parts beside the sheets: what refers to what, the texts that cells share, the styles."""

import re

from service.errors import WorkbookRefused
from service.workbooks.archive import Archive
from service.workbooks.markup import Attributes, parse, walk

WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
STRINGS, STYLES = "xl/sharedStrings.xml", "xl/styles.xml"

MAX_TEXT = 32_767
"""Characters of one cell, as in Excel."""

MAX_STRINGS = 3_000_000
MAX_STRINGS_BYTES = 300_000_000

ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
BUILT_IN_DAYS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
"""Number formats that show a day, by their ids (ECMA-376, 18.8.30, with the Chinese ones)."""

NOT_SHOWN = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')
DAY_LETTERS = re.compile("[ymd年月日]", re.IGNORECASE)


def targets(archive: Archive) -> dict[str, str]:
    """Return the parts that the workbook refers to, by relation id. Raises for external ones."""
    found: dict[str, str] = {}

    def start(tag: str, attributes: Attributes) -> None:
        if tag != "Relationship":
            return
        kind, target = attributes.get("Type", ""), attributes.get("Target", "")
        if attributes.get("TargetMode") == "External" or kind.endswith("externalLink"):
            raise WorkbookRefused("workbook_external", RELATIONS)
        path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        found[attributes.get("Id", "")] = path

    walk(archive, RELATIONS, start)
    return found


def unescaped(text: str) -> str:
    """Return a text with the characters that XML cannot hold, which are written `_x000D_`.

    Halves of characters are left as they are written: no text may hold one.
    """
    if "_x" not in text:
        return text
    return ESCAPED.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return found[0] if "\ud800" <= character <= "\udfff" else character


class Text:
    """Collects the text of a cell: the guides to its pronunciation are no part of it."""

    def __init__(self, part: str) -> None:
        self._part = part
        self._pieces: list[str] = []
        self._length = 0
        self._taking = self._phonetic = False

    def clear(self) -> None:
        self._pieces.clear()
        self._length = 0

    def start(self, tag: str) -> None:
        if tag in {"v", "t"}:
            self._taking = not self._phonetic
        elif tag == "rPh":
            self._phonetic = True

    def end(self, tag: str) -> None:
        if tag in {"v", "t"}:
            self._taking = False
        elif tag == "rPh":
            self._phonetic = False

    def add(self, text: str) -> None:
        """Take a piece of text. Raises `WorkbookRefused` for more than a cell can hold."""
        if self._taking:
            self._length += len(text)
            if self._length > MAX_TEXT:
                raise WorkbookRefused("workbook_too_large", self._part, f"{MAX_TEXT} characters")
            self._pieces.append(text)

    @property
    def value(self) -> str:
        return "".join(self._pieces)


class _Strings:
    """Collects the texts that cells share."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._text = Text(STRINGS)
        self.text = self._text.add

    def start(self, tag: str, _attributes: Attributes) -> None:
        if tag == "si":
            self._text.clear()
        else:
            self._text.start(tag)

    def end(self, tag: str) -> None:
        if tag != "si":
            self._text.end(tag)
            return
        self.found.append(unescaped(self._text.value))
        if len(self.found) > MAX_STRINGS:
            raise WorkbookRefused("workbook_too_large", STRINGS, str(MAX_STRINGS))


def strings(archive: Archive) -> list[str]:
    """Return the texts that cells share. Raises `WorkbookRefused`."""
    found = _Strings()
    if STRINGS in archive.names:
        for _ in parse(STRINGS, archive.stream(STRINGS, most=MAX_STRINGS_BYTES), found):
            pass
    return found.found


def day_styles(archive: Archive) -> frozenset[int]:
    """Return the numbers of the styles that show a number as a day."""
    if STYLES not in archive.names:
        return frozenset()
    days, formats = set(BUILT_IN_DAYS), list[int]()
    inside = False

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal inside
        if tag == "numFmt" and attributes.get("numFmtId", "").isdecimal():
            shown = NOT_SHOWN.sub("", attributes.get("formatCode", ""))
            number = int(attributes["numFmtId"])
            (days.add if DAY_LETTERS.search(shown) else days.discard)(number)
        elif tag in {"cellXfs", "cellStyleXfs"}:
            inside = tag == "cellXfs"
        elif tag == "xf" and inside:
            named = attributes.get("numFmtId", "0")
            formats.append(int(named) if named.isdecimal() else 0)

    walk(archive, STYLES, start)
    return frozenset(style for style, number in enumerate(formats) if number in days)
