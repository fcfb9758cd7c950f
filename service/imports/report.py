"""The report of an import as a workbook: the user's own columns, and what is said of each row.

It has the rows of which something is said. Numbers of persons are masked in it: who brought
the file has them, and others of the area may read the report.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import Session, col, select

from service.blockers import Blocker
from service.codes import Label
from service.imports.entries import shown
from service.imports.layout import named, tables_of
from service.imports.layouts import LAYOUTS
from service.imports.work import Order, Workshop
from service.store.imports import DataImport, ImportFinding
from service.workbooks.reading import CellError, Formula, Row, Value
from service.workbooks.tables import Table
from service.workbooks.values import text_of
from service.workbooks.writing import Heading, Sheet, sheet_name, write_sheets

ROW, RESULT, REASONS = (
    Label(zh="原行号", en="row"),
    Label(zh="结果", en="result"),
    Label(zh="原因", en="reasons"),
)
REFUSED, WARNED = Label(zh="不能导入", en="refused"), Label(zh="提示", en="to be looked at")
REASONS_WIDTH = 80


def hint(finding: ImportFinding) -> Label:
    """Return the sentence of a finding."""
    need, have = (tuple(filter(None, [text])) for text in (finding.need, finding.have))
    return Blocker(finding.code, need, have).label


def workbook(shop: Workshop, order: Order, language: str) -> bytes:
    """Return the report in a language. Raises `FileNotFoundError` where the upload is gone."""

    def work(session: Session) -> bytes:
        stored = session.get_one(DataImport, order.import_id)
        layout = LAYOUTS[stored.layout]
        tables = tables_of(layout, shop.uploads.get(order.import_id))
        with TemporaryDirectory() as folder:
            path = Path(folder) / "report.xlsx"
            write_sheets(path, _sheets(session, stored, tables, language))
            return path.read_bytes()

    return shop.database.transact_now(work, keep=False)


def _sheets(
    session: Session, stored: DataImport, tables: Sequence[Table], language: str
) -> Iterator[Sheet]:
    has_sheets = LAYOUTS[stored.layout].has_sheets
    for number, table in enumerate(tables, start=1):
        of = named(table) if has_sheets else None
        rows = _rows(session, stored, table, of, language)
        yield Sheet(_headings(table, language), rows, name=sheet_name(number, of or "Sheet"))


def _headings(table: Table, language: str) -> list[Heading]:
    first, result, reasons = (getattr(one, language) for one in (ROW, RESULT, REASONS))
    own = [Heading(text, 14) for _, text in sorted(table.headings.items())]
    return [Heading(first, 8), *own, Heading(result, 12), Heading(reasons, REASONS_WIDTH)]


def _rows(
    session: Session, stored: DataImport, table: Table, sheet: str | None, language: str
) -> Iterator[list[str | int]]:
    """Yield the rows of which something is said, as both the table and the findings go by."""
    found = session.exec(
        select(ImportFinding)
        .where(ImportFinding.import_id == stored.id, ImportFinding.sheet == sheet)
        .order_by(col(ImportFinding.row), col(ImportFinding.seq))
        .execution_options(yield_per=1000)
    )
    rows = table.workbook.rows(table.sheet)
    personal = {
        table.columns[one.code]
        for one in LAYOUTS[stored.layout].columns
        if one.is_personal and one.code in table.columns
    }
    for number, of_row in groupby(found, key=lambda one: one.row):
        row = next((one for one in rows if one.number >= number), Row(number, {}))
        said = list(of_row)
        result = REFUSED if any(one.is_refusal for one in said) else WARNED
        yield [
            number,
            *(_cell(row, column, column in personal) for column in sorted(table.headings)),
            getattr(result, language),
            "；".join(_reason(one, language) for one in said),
        ]


def _cell(row: Row, column: int, is_personal: bool) -> str:
    value = row.cells.get(column)
    return "" if value is None else shown(_text(value), is_personal=is_personal)


def _text(value: Value) -> str:
    if isinstance(value, Formula | CellError):
        return str(value.value if isinstance(value, Formula) else value.text)
    return text_of(value)


def _reason(finding: ImportFinding, language: str) -> str:
    where = f"{finding.column}{finding.row}: " if finding.column else ""
    return where + str(getattr(hint(finding), language))
