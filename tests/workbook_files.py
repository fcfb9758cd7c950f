"""Workbooks that tests import: rows of a layout written as an official's office writes them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from service.workbooks.writing import Heading, Written, write


def workbook(rows: Sequence[Mapping[str, Written]], *, title: str | None = None) -> bytes:
    """Return a workbook with a column for each heading that a row has."""
    headings = list(dict.fromkeys(name for row in rows for name in row))
    return sheet(headings, [[row.get(name) for name in headings] for row in rows], title=title)


def sheet(
    headings: Sequence[str], rows: Sequence[Sequence[Written]], *, title: str | None = None
) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "workbook.xlsx"
        write(path, [Heading(name) for name in headings], rows, title=title)
        return path.read_bytes()


def member(number: str, id_number: str, relation: str = "子女", **cells: Any) -> dict[str, Any]:
    """Return a row of the register: a member of the household that has this number in the file."""
    return {
        "户编号": number,
        "所在村": "示例一村",
        "户类型": "一般农户",
        "姓名": "张某",
        "与户主关系": relation,
        "证件号码": id_number,
        **cells,
    }


def head(number: str, id_number: str, **cells: Any) -> dict[str, Any]:
    return member(number, id_number, "户主", **cells)
