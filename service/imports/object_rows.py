"""The register of households at risk and the ledger of their measures, as they are read.

The columns are those of the documents' own papers (SQ-P01 附件1, SQ-H01 附件2), and three of ours:
the monitoring object that a row is, and the number and kind of a measure.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError

from service.codes import Code
from service.imports.entries import Entry, RowReader
from service.imports.understood import day, id_of, line, person_name, remark, whole_number
from service.imports.whose import HEAD_NAME, IDENTITY, VILLAGE
from service.workbooks.reading import Row, Value
from service.workbooks.tables import Column, Table
from service.workbooks.values import Unfit, code_of, text_of
from service.workflows.paper_forms import bare

OBJECT, SIZE, YEAR = "object_id", "household_size", "lifted_out_year"
RISKS, DETAIL, HELPER = "risk_type", "risk_detail", "helper"
MEASURE, DUE_ON = "measures", "measures_due_on"
MEASURE_NUMBER, MEASURE_KIND = "measure_number", "measure_kind"

_OBJECT = Column(OBJECT, ("监测对象编号",), width=38)
_HOUSEHOLD = (
    Column(VILLAGE, ("村",), width=14),
    Column(HEAD_NAME, ("户主姓名", "户主"), is_required=True, width=10),
    Column(IDENTITY, ("户主证件号码", "证件号码", "身份证号码"), is_personal=True, width=24),
    Column(SIZE, ("家庭人口",), width=9),
    Column(YEAR, ("脱贫年度",), width=10),
    Column(HELPER, ("包抓干部",), width=10),
)
ROSTER_COLUMNS = (
    _OBJECT,
    *_HOUSEHOLD,
    Column(RISKS, ("返贫风险类型",), is_required=True, width=20),
    Column(DETAIL, ("详细原因",), is_required=True, width=36),
)
PLAN_COLUMNS = (
    _OBJECT,
    *_HOUSEHOLD,
    Column(RISKS, ("返贫风险类型",), width=20),
    Column(MEASURE_NUMBER, ("措施序号",), width=9),
    Column(MEASURE_KIND, ("措施类型",), width=12),
    Column(MEASURE, ("制定的帮扶措施", "帮扶措施"), is_required=True, width=36),
    Column(DUE_ON, ("完成时限",), is_required=True, width=12),
)
MASK = "*"
BETWEEN = re.compile("[、,，;；/]+")
_CODE = TypeAdapter[str](Code)


class ListedObject(BaseModel):
    """Whom a row is about. Names are as the row has them; nothing was looked up yet."""

    object_id: UUID | None = None
    village: str | None = None
    head_name: str
    identity_number: str | None = None
    household_size: int | None = None
    lifted_out_year: str | None = None
    risk_type: tuple[str, ...] = ()
    risk_detail: str | None = None
    helper: str | None = None


class ListedMeasure(BaseModel):
    row: int
    number: int | None = None
    kind: str | None = None
    risks: tuple[str, ...] = ()
    what: str
    due_on: date | None = None


class ListedPlan(ListedObject):
    """The measures of one household: the rows that it has together."""

    listed: tuple[ListedMeasure, ...] = ()


class ObjectEntry(Entry):
    content: ListedObject | None = None


class PlanEntry(Entry):
    content: ListedPlan | None = None


def read_roster(table: Table, rows: Iterator[Row]) -> Iterator[ObjectEntry]:
    """Yield a household at a time: each has one row."""
    columns = {column.code: column for column in ROSTER_COLUMNS}
    for row in rows:
        reader = RowReader(table, row, columns)
        known = _whom(reader) | {
            RISKS: reader.need(RISKS, words),
            DETAIL: reader.need(DETAIL, remark),
        }
        content = None if reader.findings else ListedObject.model_validate(known)
        yield ObjectEntry(rows=(row.number,), findings=tuple(reader.findings), content=content)


def read_plans(table: Table, rows: Iterator[Row]) -> Iterator[PlanEntry]:
    """Yield a household's measures at a time; a row that names nobody goes on with the last."""
    columns = {column.code: column for column in PLAN_COLUMNS}
    for _, together in groupby(rows, key=_named(table)):
        readers = [RowReader(table, row, columns) for row in together]
        known = _whom(readers[0])
        listed = [measure for reader in readers if (measure := _measure(reader))]
        findings = tuple(finding for reader in readers for finding in reader.findings)
        content = None if findings else ListedPlan.model_validate({**known, "listed": listed})
        numbers = tuple(reader.number for reader in readers)
        yield PlanEntry(rows=numbers, findings=findings, content=content)


def _named(table: Table) -> Callable[[Row], Sequence[object]]:
    """Return what tells by which names a row goes; one without any goes by the last ones."""
    last: Sequence[object] = ()

    def named(row: Row) -> Sequence[object]:
        nonlocal last
        names = [table.value(row, code) for code in (OBJECT, VILLAGE, HEAD_NAME, IDENTITY)]
        last = names if any(names) else last
        return last

    return named


def _whom(reader: RowReader) -> dict[str, Any]:
    return {
        OBJECT: reader.get(OBJECT, id_of),
        VILLAGE: reader.get(VILLAGE, line),
        HEAD_NAME: reader.need(HEAD_NAME, person_name),
        IDENTITY: reader.get(IDENTITY, _number_of_a_person),
        SIZE: reader.get(SIZE, whole_number),
        YEAR: reader.get(YEAR, text_of),
        HELPER: reader.get(HELPER, person_name),
    }


def _measure(reader: RowReader) -> dict[str, Any] | None:
    """Return a row's measure; None for one of a household that has none yet."""
    if reader.is_empty(MEASURE, DUE_ON):
        return None
    return {
        "row": reader.number,
        "number": reader.get(MEASURE_NUMBER, whole_number),
        "kind": reader.get(MEASURE_KIND, _code),
        "risks": reader.get(RISKS, words) or (),
        "what": reader.need(MEASURE, line),
        "due_on": reader.get(DUE_ON, day),
    }


def words(value: Value) -> tuple[str, ...]:
    """Return the words of a list that stand in a cell, without their explanations."""
    parts = BETWEEN.split(bare(text_of(value)))
    return tuple(word for part in parts if (word := part.strip()))


def _number_of_a_person(value: Value) -> str | None:
    """Return a number; None for a masked one, which says nothing."""
    number = code_of(value)
    return None if MASK in number else number


def _code(value: Value) -> str:
    text = code_of(value)
    try:
        return _CODE.validate_python(text)
    except ValidationError as problem:
        raise Unfit("value_unfit", text, "employment") from problem
