"""The ledgers of problems as they are read: a problem of a household, or of an area, in each row.

The columns are those of the documents' own ledgers (TG-S03, 附件3-1 and 附件3-2) and two of ours:
the item that a row is, and the unit of an area's problem, which the document's form leaves open.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from service.imports.entries import Entry, RowReader
from service.imports.understood import day, id_of, line, person_name, remark
from service.workbooks.reading import Row
from service.workbooks.tables import Column, Table
from service.workflows.remediation.events import Level, Scope

ITEM, VILLAGE, HEAD_NAME = "item_id", "village", "head_name"
UNIT, LEVEL, PROBLEM_TYPE, CONTENT = "unit", "problem_level", "problem_type", "content"
MEASURE, PERSON, RESPONSIBLE_UNIT = "measure", "responsible_person", "responsible_unit"
DUE_ON, RESULT = "time_limit_on", "result"

LEVELS = {Level.VILLAGE: "村级层面", Level.TOWNSHIP: "镇级层面", Level.COUNTY: "县级层面"}
"""What the ledger calls the levels (TG-S03)."""

_ID = Column(ITEM, ("问题编号",), width=38)
_PROBLEM = (
    Column(PROBLEM_TYPE, ("问题类型",), is_required=True, width=16),
    Column(CONTENT, ("具体内容", "问题内容", "具体问题"), is_required=True, width=36),
    Column(MEASURE, ("整改措施", "任务"), width=30),
    Column(PERSON, ("责任人",), width=10),
    Column(RESPONSIBLE_UNIT, ("责任单位",), width=16),
    Column(DUE_ON, ("整改时限", "完成时限"), width=12),
    Column(RESULT, ("整改成效",), width=24),
)
COLUMNS: dict[Scope, tuple[Column, ...]] = {
    Scope.HOUSEHOLD: (
        _ID,
        Column(VILLAGE, ("村",), is_required=True, width=14),
        Column(HEAD_NAME, ("户主姓名",), is_required=True, width=10),
        *_PROBLEM,
    ),
    Scope.AREA: (
        _ID,
        Column(LEVEL, ("面上问题层级",), is_required=True, width=12),
        Column(UNIT, ("所在单位",), width=14),
        *_PROBLEM,
    ),
}


class ListedProblem(BaseModel):
    """What one row says. Names are as the row has them; nothing was looked up yet."""

    item_id: UUID | None = None
    village: str | None = None
    head_name: str | None = None
    problem_level: str | None = None
    unit: str | None = None
    problem_type: str
    content: str
    measure: str | None = None
    responsible_person: str | None = None
    responsible_unit: str | None = None
    time_limit_on: date | None = None
    result: str | None = None


class ProblemEntry(Entry):
    content: ListedProblem | None = None


def read(scope: Scope, table: Table, rows: Iterator[Row]) -> Iterator[ProblemEntry]:
    """Yield a row at a time."""
    by_code = {column.code: column for column in COLUMNS[scope]}
    for row in rows:
        reader = RowReader(table, row, by_code)
        content = _content(scope, reader)
        yield ProblemEntry(rows=(row.number,), findings=tuple(reader.findings), content=content)


def _content(scope: Scope, reader: RowReader) -> ListedProblem | None:
    known: dict[str, Any] = {
        ITEM: reader.get(ITEM, id_of),
        PROBLEM_TYPE: reader.need(PROBLEM_TYPE, line),
        CONTENT: reader.need(CONTENT, remark),
        MEASURE: reader.get(MEASURE, remark),
        PERSON: reader.get(PERSON, person_name),
        RESPONSIBLE_UNIT: reader.get(RESPONSIBLE_UNIT, line),
        DUE_ON: reader.get(DUE_ON, day),
        RESULT: reader.get(RESULT, remark),
    }
    if scope is Scope.HOUSEHOLD:
        known |= {VILLAGE: reader.need(VILLAGE, line), HEAD_NAME: reader.need(HEAD_NAME, line)}
    else:
        known |= {LEVEL: reader.need(LEVEL, line), UNIT: reader.get(UNIT, line)}
    return None if reader.findings else ListedProblem.model_validate(known)
