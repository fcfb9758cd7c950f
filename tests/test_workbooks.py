"""Workbooks: read without being believed, written without formulas.

Whatever a file says, reading it ends with its rows or with a refusal that names what is wrong,
in bounded memory. What was written is read again as it was, by us and by two other readers.
"""

# ruff: noqa: DTZ001, RUF001 - days of a sheet have no zone, and people type in full width

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from workbook_files import package, part_of, sheet_xml

from service.errors import WorkbookRefused
from service.workbooks import archive, markup, parts, reading
from service.workbooks.reading import CellError, Formula, Row, Workbook, letters, reference
from service.workbooks.tables import Column, find
from service.workbooks.values import Unfit, code_of, day_of, number_of, text_of
from service.workbooks.writing import Heading, write

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
MEGABYTE = 1_000_000


def rows(content: bytes) -> list[Row]:
    """Return all rows of the first sheet that shows."""
    workbook = Workbook(content)
    return list(workbook.rows(workbook.sheets[0]))


def cells(*xml: str, **parts_: str) -> list[dict[int, Any]]:
    """Return the values of rows, each written in the sheet's own XML."""
    return [dict(row.cells) for row in rows(package(sheet_xml(*xml), **parts_))]


def refusal(content: bytes) -> tuple[str, str]:
    """Return why a workbook is refused: the flaw's code, and what is named."""
    with pytest.raises(WorkbookRefused) as refused:
        rows(content)
    (blocker,) = refused.value.blockers
    assert blocker.label.zh
    assert blocker.label.en
    return blocker.code, " ".join(blocker.have)


# -- what is no workbook that may be read


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "workbook_not_xlsx", id="nothing"),
        pytest.param("户编号,姓名\n1,张某".encode(), "workbook_not_xlsx", id="a CSV file"),
        pytest.param(b"<html><table></table></html>", "workbook_not_xlsx", id="a page"),
        pytest.param(b"%PDF-1.4", "workbook_not_xlsx", id="a PDF"),
        pytest.param(OLE + bytes(600), "workbook_old", id="an .xls"),
        pytest.param(
            OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "workbook_encrypted",
            id="one with a password",
        ),
        pytest.param(b"PK\x03\x04" + bytes(600), "workbook_damaged", id="the head of a zip"),
        pytest.param(package(sheet_xml())[:-40], "workbook_damaged", id="one cut off"),
    ],
)
def test_what_is_no_workbook_is_refused_by_name(content, code):
    assert refusal(content)[0] == code


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in members.items():
            made.writestr(name, content)
    return out.getvalue()


def test_a_zip_that_is_another_document_is_refused():
    assert refusal(zipped(**{"word/document.xml": b"<w/>"}))[0] == "workbook_not_xlsx"
    binary = package(sheet_xml(), **{"[Content_Types].xml": "<Types/>"})
    assert refusal(binary)[0] == "workbook_not_xlsx"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("xl/vbaProject.bin", "workbook_macros"),
        ("xl/macrosheets/sheet1.xml", "workbook_macros"),
        ("xl/activeX/activeX1.bin", "workbook_macros"),
        ("xl/externalLinks/externalLink1.xml", "workbook_external"),
        ("xl/connections.xml", "workbook_external"),
        ("xl/embeddings/oleObject1.bin", "workbook_external"),
    ],
)
def test_macros_links_and_embedded_objects_are_refused_by_the_name_of_their_part(name, code):
    assert refusal(package(sheet_xml(), **{name: "x"})) == (code, name.lower())


def test_a_workbook_that_says_it_has_macros_is_refused_though_the_part_is_not_there():
    types = part_of("[Content_Types].xml").replace("sheet.main", "sheet.macroEnabled.main")

    assert refusal(package(sheet_xml(), **{"[Content_Types].xml": types}))[0] == "workbook_macros"


def test_a_relation_to_something_outside_is_refused():
    relations = part_of("xl/_rels/workbook.xml.rels").replace(
        "</Relationships>",
        '<Relationship Id="x" Type="t/externalLink" TargetMode="External" Target="http://x/"/>'
        "</Relationships>",
    )

    found = refusal(package(sheet_xml(), **{"xl/_rels/workbook.xml.rels": relations}))

    assert found[0] == "workbook_external"


def test_an_encrypted_entry_is_refused():
    content = bytearray(package(sheet_xml()))
    entry = content.index(b"PK\x01\x02")
    content[entry + 8] |= 1

    assert refusal(bytes(content))[0] == "workbook_encrypted"


def test_a_part_compressed_in_another_way_is_refused():
    out = io.BytesIO(package(sheet_xml()))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_LZMA) as made:
        made.writestr("xl/more.xml", "x" * 100)

    assert refusal(out.getvalue())[0] == "workbook_damaged"


def test_two_parts_of_one_name_are_refused():
    out = io.BytesIO(package(sheet_xml()))
    with zipfile.ZipFile(out, "a") as made, pytest.warns(UserWarning, match="Duplicate"):
        made.writestr("xl/worksheets/sheet1.xml", "<x/>")

    assert refusal(out.getvalue())[0] == "workbook_damaged"


def test_a_thousand_sheets_are_refused():
    sheets = "".join(f'<sheet name="{n}" sheetId="{n}" r:id="rId1"/>' for n in range(1, 1001))
    book = part_of("xl/workbook.xml").replace("<sheets>", f"<sheets>{sheets}")

    assert refusal(package(sheet_xml(), **{"xl/workbook.xml": book})) == (
        "workbook_too_many_sheets",
        "1001",
    )


def test_a_list_of_parts_without_end_is_refused_before_it_is_read():
    members = {f"xl/{number}.xml": b"" for number in range(archive.MAX_PARTS)}
    out = io.BytesIO(package(sheet_xml()))
    with zipfile.ZipFile(out, "a") as made:
        for name, content in members.items():
            made.writestr(name, content)

    assert refusal(out.getvalue()) == ("workbook_damaged", f"> {archive.MAX_PARTS} parts")


# -- what is made to exhaust its reader


def test_a_bomb_is_refused_while_it_is_unpacked_in_bounded_memory():
    inside = sheet_xml().encode().replace(b"<sheetData>", b"<sheetData>" + b" " * 100 * MEGABYTE)
    bomb = package(inside)
    del inside
    assert len(bomb) < MEGABYTE

    tracemalloc.start()
    found = refusal(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found == ("workbook_too_large", "xl/worksheets/sheet1.xml")
    assert peak < 10 * MEGABYTE


def test_the_size_that_a_part_claims_is_not_believed():
    content = bytearray(package(sheet_xml().encode() + b" " * MEGABYTE))
    entry = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/worksheets/sheet1.xml"))
    content[entry + 24 : entry + 28] = (100).to_bytes(4, "little")

    assert refusal(bytes(content))[0] == "workbook_damaged"


DOCTYPE = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
)
EXTERNAL_ENTITY = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("declared", [DOCTYPE, EXTERNAL_ENTITY, "<!DOCTYPE x>"])
@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"]
)
def test_no_part_may_declare_a_document_type(part, declared):
    inside = part_of(part).replace("?>", f"?>{declared}", 1)

    assert refusal(package(sheet_xml(), **{part: inside})) == (
        "workbook_damaged",
        f"{part}: DOCTYPE",
    )


@pytest.mark.parametrize(
    "inside",
    [
        pytest.param("<a>" * 1000, id="nested without end"),
        pytest.param("<a x='" + "y" * 3 * MEGABYTE, id="a tag without end"),
        pytest.param("<!--" + "y" * 3 * MEGABYTE, id="a comment without end"),
        pytest.param("".join(f"<a{n}/>" for n in range(20_000)), id="names without end"),
        pytest.param("<row><c t='str'><v>" + "y" * 40_000, id="a text without end"),
        pytest.param("<row><c t='str'><v>" + "&#65;" * 40_000, id="and in small pieces"),
        pytest.param("</row>", id="an end without a beginning"),
        pytest.param("<row><c t='s'><v>7</v></c></row>", id="a text that is not shared"),
        pytest.param("<row><c t='s'><v>-1</v></c></row>", id="one before the first"),
        pytest.param("<row><c><v>1e999</v></c></row>", id="a number without bounds"),
        pytest.param("<row><c><v>nan</v></c></row>", id="no number"),
        pytest.param("<row><c><v>eins</v></c></row>", id="a number in words"),
        pytest.param("<row r='0'/>", id="row 0"),
        pytest.param("<row r='x'/>", id="row x"),
        pytest.param("<row r='1048577'/>", id="a row that Excel has not"),
        pytest.param("<row r='5'/><row r='4'/>", id="rows that go back"),
        pytest.param("<row><c r='11'><v>1</v></c></row>", id="a cell without a column"),
        pytest.param("<row><c r='ZZZZ1'><v>1</v></c></row>", id="a column that Excel has not"),
        pytest.param("\x01", id="a control character"),
        pytest.param("\ud800", id="half a character"),
    ],
)
def test_what_is_made_to_break_a_reader_is_refused(inside):
    content = sheet_xml().replace("<sheetData>", f"<sheetData>{inside}")

    assert refusal(package(content.encode("utf-8", "surrogatepass")))[0] in {
        "workbook_damaged",
        "workbook_too_large",
    }


class Deaf:
    """Listens to nothing."""

    def start(self, *_: object) -> None: ...

    def end(self, *_: object) -> None: ...

    def text(self, *_: object) -> None: ...


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param(b"<a x='", b"y" * archive.PIECE, id="a tag"),
        pytest.param(b"<a><!--", b"y" * archive.PIECE, id="a comment"),
        pytest.param(b"<a>", b"<b>" * archive.PIECE, id="nesting"),
    ],
)
def test_what_never_ends_is_given_up_early(first, then):
    """A token that goes on is read again from its beginning with every piece."""

    def pieces() -> Iterator[bytes]:
        yield first
        for _ in range(40):
            yield then
        pytest.fail("it read on")

    with pytest.raises(WorkbookRefused):
        for _ in markup.parse("part", pieces(), Deaf()):
            pass


def test_more_rows_or_columns_than_are_read_are_refused(monkeypatch):
    wide = f'<row><c r="{letters(reading.MAX_COLUMNS + 1)}1"><v>1</v></c></row>'
    assert refusal(package(sheet_xml(wide))) == (
        "workbook_too_many_columns",
        letters(reading.MAX_COLUMNS + 1),
    )

    monkeypatch.setattr(reading, "MAX_ROWS", 10)
    ten = "<row><c><v>1</v></c></row>" * 10
    assert len(rows(package(sheet_xml(ten)))) == 10
    assert refusal(package(sheet_xml(ten + "<row><c><v>1</v></c></row>")))[0] == (
        "workbook_too_many_rows"
    )


def test_too_many_shared_texts_are_refused(monkeypatch):
    monkeypatch.setattr(parts, "MAX_STRINGS", 10)
    shared = part_of("xl/sharedStrings.xml").replace("</sst>", "<si><t>a</t></si>" * 11 + "</sst>")

    assert refusal(package(sheet_xml(), **{"xl/sharedStrings.xml": shared}))[0] == (
        "workbook_too_large"
    )


def test_a_million_formatted_empty_rows_cost_no_memory():
    def inside() -> Iterator[bytes]:
        head, tail = sheet_xml('<row r="1"><c r="A1"><v>7</v></c></row>').split("</sheetData>")
        yield head.encode()
        for number in range(2, 1_000_001):
            yield b'<row r="%d" s="1" customFormat="1"/>' % number
        yield f"</sheetData>{tail}".encode()

    content = package(b"".join(inside()))
    tracemalloc.start()
    found = rows(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [(row.number, row.cells) for row in found] == [(1, {1: Decimal(7)})]
    assert peak < 5 * MEGABYTE


# -- what the cells of a sheet say


def test_a_cell_is_what_it_was_typed_as():
    assert cells(
        "<row><c t='inlineStr'><is><t>甲</t></is></c><c><v>7</v></c>"
        "<c><v>0.30000000000000004</v></c>"
        "<c t='b'><v>1</v></c><c t='b'><v>0</v></c><c t='e'><v>#REF!</v></c>"
        "<c t='d'><v>2021-06-10</v></c></row>"
    ) == [
        {
            1: "甲",
            2: Decimal(7),
            3: Decimal("0.3"),
            4: True,
            5: False,
            6: CellError("#REF!"),
            7: "2021-06-10",
        }
    ]


def test_a_formula_is_marked_and_what_it_came_to_is_not_looked_at():
    assert cells(
        "<row><c><f>1+1</f><v>2</v></c><c t='str'><f>A1</f><v>x</v></c>"
        "<c><f t='shared' si='0'/></c></row>"
    ) == [{1: Formula.FORMULA, 2: Formula.FORMULA, 3: Formula.FORMULA}]


def test_a_number_is_a_day_where_its_style_says_so_in_either_system():
    styles = (
        part_of("xl/styles.xml")
        .replace(
            "<numFmts/>",
            '<numFmts count="3">'
            '<numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/>'
            '<numFmt numFmtId="165" formatCode="0&quot;day&quot;"/>'
            '<numFmt numFmtId="166" formatCode="[Red]0.00"/></numFmts>',
        )
        .replace(
            "<cellXfs/>",
            '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="164"/>'
            '<xf numFmtId="165"/><xf numFmtId="166"/></cellXfs>',
        )
    )
    row = "<row>" + "".join(f'<c s="{style}"><v>44357.5</v></c>' for style in range(6)) + "</row>"
    whole = '<row><c s="1"><v>44357</v></c><c s="1"><v>59</v></c></row>'
    noon = datetime(2021, 6, 10, 12)
    plain = Decimal("44357.5")

    assert cells(row, whole, **{"xl/styles.xml": styles}) == [
        {1: plain, 2: noon, 3: noon, 4: noon, 5: plain, 6: plain},
        {1: date(2021, 6, 10), 2: Decimal(59)},
    ]
    since_1904 = part_of("xl/workbook.xml").replace("<workbookPr/>", '<workbookPr date1904="1"/>')
    assert cells(whole, **{"xl/styles.xml": styles, "xl/workbook.xml": since_1904}) == [
        {1: date(2025, 6, 11), 2: date(1904, 2, 29)}
    ]


def test_shared_texts_are_whole_without_the_guide_to_their_pronunciation():
    shared = part_of("xl/sharedStrings.xml").replace(
        "</sst>",
        "<si><r><t>张</t></r><r><rPr/><t>某</t></r><rPh><t>zhang</t></rPh></si>"
        '<si><t xml:space="preserve"> _x0041_ </t></si></sst>',
    )
    row = "<row><c t='s'><v>0</v></c><c t='s'><v>1</v></c></row>"

    assert cells(row, **{"xl/sharedStrings.xml": shared}) == [{1: "张某", 2: " A "}]


def test_rows_and_cells_without_a_reference_follow_the_last():
    assert [
        (row.number, dict(row.cells))
        for row in rows(
            package(
                sheet_xml(
                    "<row r='3'><c r='C3'><v>1</v></c><c><v>2</v></c></row>",
                    "<row><c><v>3</v></c></row>",
                )
            )
        )
    ] == [(3, {3: 1, 4: 2}), (4, {1: 3})]


def test_names_may_have_a_prefix():
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    prefixed = (
        f'<x:worksheet xmlns:x="{namespace}"><x:sheetData><x:row r="1"><x:c r="A1" t="inlineStr">'
        "<x:is><x:t>甲</x:t></x:is></x:c><x:c r='B1'/></x:row></x:sheetData>"
        '<x:mergeCells><x:mergeCell ref="A1:B1"/></x:mergeCells></x:worksheet>'
    )

    assert [dict(row.cells) for row in rows(package(prefixed))] == [{1: "甲", 2: "甲"}]


def test_a_hidden_sheet_is_passed_over():
    book = part_of("xl/workbook.xml").replace(
        "<sheets>", '<sheets><sheet name="old" sheetId="9" state="veryHidden" r:id="rId1"/>'
    )

    assert [s.name for s in Workbook(package(sheet_xml(), **{"xl/workbook.xml": book})).sheets] == [
        "Sheet1"
    ]


def test_merged_cells_show_what_stands_in_the_first_of_them():
    sheet = sheet_xml(
        '<row r="1"><c r="A1" t="str"><v>title</v></c><c r="D1"><v>9</v></c></row>',
        '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>2</v></c></row>',
        '<row r="3"><c r="B3"><v>3</v></c></row>',
        '<row r="4"><c r="B4"><v>4</v></c></row>',
    ).replace(
        "</sheetData>",
        '</sheetData><mergeCells><mergeCell ref="A1:C1"/><mergeCell ref="A2:A3"/>'
        '<mergeCell ref="A6:XFD1048576"/></mergeCells>',
    )

    assert [dict(row.cells) for row in rows(package(sheet))] == [
        {1: "title", 2: "title", 3: "title", 4: 9},
        {1: 1, 2: 2},
        {1: 1, 2: 3},
        {2: 4},
    ]


@pytest.mark.parametrize(
    ("row", "column", "name"), [(1, 1, "A1"), (5, 26, "Z5"), (7, 27, "AA7"), (9, 16_384, "XFD9")]
)
def test_a_cell_is_called_as_excel_calls_it(row, column, name):
    assert reference(row, column) == name


# -- what a column asks for


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("　张某 ", "张某"),
        (Decimal(19912345678), "19912345678"),
        (Decimal("1E+11"), "100000000000"),
        (Decimal("0.5"), "0.5"),
        (True, "TRUE"),
        (date(2021, 6, 10), "2021-06-10"),
    ],
)
def test_a_cell_can_be_read_as_text(value, text):
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("９９９９９９ １９７００１０１００１７", "999999197001010017"),
        (" 99999919700101001ｘ", "99999919700101001x"),
        (Decimal(12), "12"),
    ],
)
def test_a_number_of_a_document_is_read_in_half_width_without_spaces(value, code):
    assert code_of(value) == code


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(Decimal(110101199001011000), id="as Excel keeps it"),
        pytest.param(Decimal("1.10101199001011E+17"), id="in short"),
        pytest.param("1.10101E+17", id="as text, from a CSV file"),
        pytest.param("1.1e+17", id="in small letters"),
        pytest.param("１．１Ｅ+17", id="in full width"),
        pytest.param("1E+17", id="without a fraction"),
    ],
)
def test_a_number_that_lost_its_last_digits_is_named(value):
    with pytest.raises(Unfit) as unfit:
        code_of(value)
    assert unfit.value.blocker.code == "digits_lost"
    assert "文本" in unfit.value.blocker.label.zh


@pytest.mark.parametrize(
    "value",
    [
        date(2021, 6, 10), datetime(2021, 6, 10, 8, 30), "2021-06-10", "2021/6/10", "2021.6.10",
        "2021年6月10日", "2021 年 6 月 10 日", "20210610", "２０２１-０６-１０", Decimal(20210610),
    ],
)  # fmt: skip
def test_a_day_may_be_a_date_or_text(value):
    assert day_of(value) == date(2021, 6, 10)


@pytest.mark.parametrize("value", ["2021-02-30", "6月10日", "昨天", Decimal(44357), True, "2021-6"])
def test_what_is_no_day_is_refused(value):
    with pytest.raises(Unfit) as unfit:
        day_of(value)
    assert unfit.value.blocker.code == "value_unfit"


@pytest.mark.parametrize(
    ("value", "number"),
    [(Decimal("1.5"), "1.5"), ("5,200.00", "5200.00"), ("１２", "12"), (" -3 ", "-3")],
)
def test_a_number_may_be_text(value, number):
    assert number_of(value) == Decimal(number)


@pytest.mark.parametrize("value", ["", "abc", "NaN", "Infinity", "1e400", "9" * 30, True])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(Unfit):
        number_of(value)


@pytest.mark.parametrize("read", [text_of, code_of, number_of, day_of])
def test_no_column_takes_a_formula_or_an_error(read):
    for value, code in ((Formula.FORMULA, "cell_formula"), (CellError("#N/A"), "cell_error")):
        with pytest.raises(Unfit) as unfit:
            read(value)
        assert unfit.value.blocker.code == code


# -- headings


COLUMNS = (
    Column("number", ("户编号", "户号"), is_required=True),
    Column("name", ("姓名",), is_required=True),
    Column("industry", ("帮扶措施/产业",)),
    Column("other", ("其他/产业",)),
)


def table_of(tmp_path: Path, headings: list[Heading], *lines: list[Any], **more: Any) -> Any:
    path = tmp_path / "table.xlsx"
    write(path, headings, lines, **more)
    return find(Workbook(path.read_bytes()), COLUMNS)


def test_columns_are_found_by_any_of_their_names_in_any_order_below_a_title(tmp_path):
    headings = [Heading("序号"), Heading(" 姓 名（必填）"), Heading("户 号", unit="个")]

    table = table_of(tmp_path, headings, ["1", "张某", "H1"], title="某村名册")

    assert (table.letter("number"), table.letter("name"), table.letter("industry")) == (
        "C",
        "B",
        None,
    )
    (row,) = table.rows()
    assert (row.number, table.value(row, "name"), table.value(row, "industry")) == (3, "张某", None)


def test_columns_are_told_apart_by_the_heading_above_them(tmp_path):
    under = (Heading("产业"), Heading("就业"))
    headings = [Heading("户编号"), Heading("姓名"), Heading("其他", below=under)]
    headings.append(Heading("帮扶措施", below=under))

    table = table_of(tmp_path, headings, ["H1", "张某", "a", "b", "c", "d"])

    (row,) = table.rows()
    assert [table.value(row, code) for code in ("number", "name", "industry", "other")] == [
        "H1",
        "张某",
        "c",
        "a",
    ]


def flaw_of(content: bytes) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    with pytest.raises(WorkbookRefused) as refused:
        find(Workbook(content), COLUMNS)
    (blocker,) = refused.value.blockers
    return blocker.code, blocker.have, blocker.need


def test_a_sheet_without_its_headings_is_refused_with_what_is_missing():
    heading = "<row><c t='str'><v>{}</v></c></row>".format
    assert flaw_of(package(sheet_xml(heading("姓名")))) == ("heading_missing", ("30",), ("户编号",))
    assert flaw_of(package(sheet_xml()))[2] == ("户编号、姓名",)
    late = "<row r='31'><c t='str'><v>户编号</v></c><c t='str'><v>姓名</v></c></row>"
    assert flaw_of(package(sheet_xml(late)))[0] == "heading_missing"


def test_a_heading_that_stands_there_twice_is_refused():
    row = "".join(f"<c t='str'><v>{name}</v></c>" for name in ("户编号", "姓名", "户号"))

    assert flaw_of(package(sheet_xml(f"<row>{row}</row>")))[:2] == ("heading_twice", ("A, C",))


def test_two_sheets_with_the_same_headings_are_refused():
    book = part_of("xl/workbook.xml").replace(
        "<sheets>", '<sheets><sheet name="甲村" sheetId="9" r:id="rId1"/>'
    )
    row = "<row><c t='str'><v>户编号</v></c><c t='str'><v>姓名</v></c></row>"

    found = flaw_of(package(sheet_xml(row), **{"xl/workbook.xml": book}))

    assert found[:2] == ("sheets_alike", ("甲村、Sheet1",))


# -- writing


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)
FORMULA_LIKE = st.builds(
    str.__add__, st.sampled_from(["=", "+", "-", "@", "\t=", "\r", "=cmd|' /C calc'!A0"]), TEXTS
)
CELLS = st.one_of(
    TEXTS,
    FORMULA_LIKE,
    st.booleans(),
    st.integers(-(10**14), 10**14).map(Decimal),
    st.decimals(-(10**9), 10**9, places=2),
    st.dates(date(1900, 3, 1), date(9999, 12, 31)),
    st.datetimes(datetime(1900, 3, 1), datetime(9999, 12, 31)).map(
        lambda at: at.replace(microsecond=0)
    ),
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(lines=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6))
def test_what_was_written_is_read_again_as_it_was(lines, tmp_path_factory):
    path = tmp_path_factory.mktemp("written") / "cells.xlsx"

    write(path, [Heading("a"), Heading("b"), Heading("c")], lines, title="t")

    read = {row.number: row.cells for row in rows(path.read_bytes()) if row.number > 2}
    for number, line in enumerate(lines, start=3):
        for column, value in enumerate(line, start=1):
            assert same(read.get(number, {}).get(column), value)


def same(read: Any, written: Any) -> bool:
    """Tell whether a value came back: a blank text as none, midnight as its day."""
    if isinstance(written, str):
        shown = written.replace("\r\n", "\n").replace("\r", "\n")
        return read in {written, shown} if written.strip() else read is None
    if isinstance(written, datetime) and (written.hour, written.minute, written.second) == (
        0,
        0,
        0,
    ):
        written = written.date()
    return type(read) is type(written) and read == written


DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x/")', "'=1", "﹦1"]
"""Texts that a sheet would compute, or follow, if it took them for more than text."""


def test_no_text_becomes_a_formula_for_any_reader(tmp_path):
    path = tmp_path / "texts.xlsx"
    write(path, [Heading("=heading")], [[text] for text in DANGEROUS], title="=title")

    inside = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml")
    assert b"<f" not in inside
    assert not any(
        b"hyperlink" in zipfile.ZipFile(path).read(name)
        for name in zipfile.ZipFile(path).namelist()
    )
    shown = ["=title", "=heading", *DANGEROUS]
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert [(row[0].value, row[0].data_type) for row in sheet.iter_rows()] == [
        (text, "s") for text in shown
    ]
    assert [
        row[0] for row in CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    ] == shown


def test_a_text_that_looks_like_a_formula_stays_one_when_its_cell_is_edited(tmp_path):
    path = tmp_path / "texts.xlsx"
    write(path, [Heading("a")], [["=1"], ["1"]])

    sheet = openpyxl.load_workbook(path).worksheets[0]

    assert [sheet[cell].quotePrefix for cell in ("A2", "A3")] == [True, False]
    assert [sheet[cell].number_format for cell in ("A2", "A3")] == ["@", "@"]


def test_title_and_headings_are_merged_and_wide_as_the_layout_says(tmp_path):
    path = tmp_path / "form.xlsx"
    two = Heading("收入", below=(Heading("工资性", 15, unit="元"), Heading("转移性", 9)))

    written = write(path, [Heading("户编号", 20), two], [["H1", 1, 2]], title="汇总表")

    assert written == 1
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert {str(one) for one in sheet.merged_cells.ranges} == {"A1:C1", "A2:A3", "B2:C2"}
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["汇总表", None, None],
        ["户编号", "收入", None],
        [None, "工资性（元）", "转移性"],
        ["H1", 1, 2],
    ]
    widths = [round(sheet.column_dimensions[letter].width) for letter in "ABC"]
    assert widths == [21, 16, 10]


def test_writing_takes_no_memory_for_its_rows(tmp_path):
    line = ["999999197001010017"] * 10
    tracemalloc.start()
    write(tmp_path / "long.xlsx", [Heading("a")], (line for _ in range(4_000)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < MEGABYTE


def test_a_text_longer_than_a_cell_is_not_cut(tmp_path):
    with pytest.raises(ValueError, match="characters"):
        write(tmp_path / "long.xlsx", [Heading("a")], [["x" * 40_000]])
