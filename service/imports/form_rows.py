"""Forms of households as they are read: each sheet is one form, filled in at one household.

The layout is the document's (TG-S02 附件2): a header, an item in each row, the signature below.
Ours are the day of the visit, who else was there, and the numbers by which household and campaign
are known. A tick says that there is a problem, whatever the item asks (TG-F201).
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from service.imports.entries import Entry, Finding, RowReader, finding
from service.imports.layout import named
from service.imports.understood import day, id_of, line, person_name, remark
from service.workbooks.reading import Row, Value, letters
from service.workbooks.tables import Column, Table
from service.workbooks.values import Unfit, code_of, text_of

ITEM, GROUP, ASKED = "item", "group", "asked"
TICK, VALUE, TEXT, FIXED = "has_problem", "value", "text", "fixed_on_spot"
SIGNER, VISITED_ON, OTHERS = "signer", "visited_on", "others"
VILLAGE, HEAD_NAME = "village", "head_name"
HOUSEHOLD, CAMPAIGN, CHECKLIST = "household_id", "campaign_id", "checklist"

COLUMNS = (
    Column(ITEM, ("序号",), is_required=True, width=8),
    Column(GROUP, ("排查类型",), width=16),
    Column(ASKED, ("排查内容",), width=34),
    Column(TICK, ("有问题打“√”", "有无问题", "有问题"), is_required=True, width=12),
    Column(VALUE, ("填写内容",), width=16),
    Column(TEXT, ("排查问题",), is_required=True, width=40),
    Column(FIXED, ("当场整改",), width=10),
)
BY_CODE = {column.code: column for column in COLUMNS}
SIGNED, KNOWN_BY = (SIGNER, VISITED_ON, OTHERS), (HOUSEHOLD, CAMPAIGN, CHECKLIST)
FIELDS = {
    SIGNER: "排查人签字",
    VISITED_ON: "排查日期",
    OTHERS: "同行人员（职责）",
    VILLAGE: "村",
    HEAD_NAME: "户主姓名",
    HOUSEHOLD: "户编号",
    CAMPAIGN: "排查行动编号",
    CHECKLIST: "排查表代码",
}
"""What stands beside its name, anywhere above or below the items."""

UNDERSTOOD: dict[str, Any] = {
    SIGNER: person_name,
    VISITED_ON: day,
    OTHERS: line,
    VILLAGE: line,
    HEAD_NAME: person_name,
    HOUSEHOLD: id_of,
    CAMPAIGN: id_of,
    CHECKLIST: code_of,
}
ITEM_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.]{0,23}")
YES, NO = {"√", "✓", "✔", "是", "有"}, {"×", "✗", "✘", "否", "无"}
TICKED, NOT_TICKED = "√", "×"


class ListedAnswer(BaseModel):
    """What one row says of an item."""

    row: int
    item: str
    has_problem: bool | None = None
    value: str | None = None
    text: str | None = None
    fixed_on_spot: bool | None = None


class ListedForm(BaseModel):
    """What one sheet says. `rows`: field -> where it stands."""

    signer: str | None = None
    visited_on: date | None = None
    others: str | None = None
    village: str | None = None
    head_name: str | None = None
    household_id: UUID | None = None
    campaign_id: UUID | None = None
    checklist: str | None = None
    listed: tuple[ListedAnswer, ...] = ()
    rows: dict[str, int] = {}

    @property
    def is_blank(self) -> bool:
        """Tell whether nobody has filled it in yet; what was filled in before does not count."""
        told = any(one.has_problem is not None or one.text for one in self.listed)
        return not (told or self.signer or self.visited_on)


class FormEntry(Entry):
    content: ListedForm | None = None


def read(table: Table) -> Iterator[FormEntry]:
    """Yield the form that a sheet is."""
    readers, fields = list[RowReader](), _Fields()
    for row in table.workbook.rows(table.sheet):
        reader = RowReader(table, row, BY_CODE)
        if row.number > table.last_heading_row and _is_item(table, row):
            readers.append(reader)
        else:
            fields.take(row)
    listed = [_answer(reader) for reader in readers]
    findings = [*fields.findings, *(one for reader in readers for one in reader.findings)]
    content = None
    if not findings:
        known = {**fields.known, "rows": fields.rows, "listed": listed}
        content = ListedForm.model_validate(known)
    rows = tuple(reader.number for reader in readers) or (table.last_heading_row,)
    yield FormEntry(rows=rows, sheet=named(table), findings=tuple(findings), content=content)


def _is_item(table: Table, row: Row) -> bool:
    try:
        return bool(ITEM_CODE.fullmatch(code_of(table.value(row, ITEM) or "")))
    except Unfit:
        return True


class _Fields:
    """What stands above and below the items: each field's name, and its value right of it."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}
        self.rows: dict[str, int] = {}
        self.findings: list[Finding] = []

    def take(self, row: Row) -> None:
        for column, value in row.cells.items():
            field = CALLED.get(_name(value))
            beside = row.cells.get(column + 1)
            if field is None or field in self.rows or _name(beside) in CALLED:
                continue
            self.rows[field] = row.number
            if beside is not None:
                self._note(row.number, column + 1, field, beside)

    def _note(self, row: int, column: int, field: str, value: Value) -> None:
        try:
            self.known[field] = UNDERSTOOD[field](value)
        except Unfit as unfit:
            found = finding(row, unfit.blocker, None, letters(column))
            self.findings.append(found._replace(field=field))


def _name(value: Value | None) -> str:
    return "".join(value.rstrip("：: ").split()) if isinstance(value, str) else ""


CALLED = {_name(name): field for field, name in FIELDS.items()}


def _answer(reader: RowReader) -> dict[str, Any]:
    return {
        "row": reader.number,
        ITEM: reader.need(ITEM, code_of) or "",
        TICK: reader.get(TICK, ticked),
        VALUE: reader.get(VALUE, text_of),
        TEXT: reader.get(TEXT, remark),
        FIXED: reader.get(FIXED, ticked),
    }


def ticked(value: Value) -> bool:
    """Return whether a cell has a tick; one that says no says so, an empty one says nothing."""
    text = code_of(value)
    if text not in YES | NO:
        raise Unfit("value_unfit", text, f"{TICKED} / {NOT_TICKED}")
    return text in YES
