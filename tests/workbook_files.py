"""Workbooks that tests import: rows of a layout written as an official's office writes them."""

import io
import zipfile
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


# -- workbooks made by hand, part by part, so that each can be spoilt

TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
PARTS = {
    "[Content_Types].xml": f'<Types><Override ContentType="{TYPES}.sheet.main+xml"/></Types>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><workbookPr/>'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="rId1" Type="x/worksheet"'
    ' Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts/><cellXfs/></styleSheet>',
    "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"></sst>',
    "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData></sheetData></worksheet>',
}


def part_of(name: str) -> str:
    """Return a part of a good and empty workbook."""
    return DECLARED + PARTS[name]


def sheet_xml(*rows: str) -> str:
    """Return a sheet's part, with rows written in its own XML."""
    empty = part_of("xl/worksheets/sheet1.xml")
    return empty.replace("<sheetData>", f"<sheetData>{''.join(rows)}")


def package(sheet_part: str | bytes, **changed: str) -> bytes:
    """Return a workbook with this sheet; parts given by name stand in place of the good ones."""
    parts = {name: part_of(name) for name in PARTS} | changed
    if "xl/worksheets/sheet1.xml" not in changed:
        parts["xl/worksheets/sheet1.xml"] = sheet_part
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()
