"""The deadlines that were asked for as a sheet: the rows of the list, one after the other."""

import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import defer
from sqlmodel import Session, col

from service.blockers import Blocker
from service.errors import RequirementsNotMet
from service.overview.asked import Asked, Now, days_late_of, rows
from service.store.deadlines import Deadline
from service.workbooks.writing import LOOKS_LIKE_FORMULA, Heading, Written, write
from service.workflows.rulebook import Rulebook
from service.workflows.words import WORDS

AT_MOST = 100_000
"""How many rows a sheet has at most."""

HEADINGS = (
    Heading("事项编号", 38),
    Heading("事项种类", 12),
    Heading("辖区", 14),
    Heading("责任岗位", 18),
    Heading("期限", 34),
    Heading("依据", 16),
    Heading("起算日", 12),
    Heading("最后一日", 12),
    Heading("暂定", 6),
    Heading("状态", 12),
    Heading("即将到期", 10),
    Heading("逾期天数", 10),
    Heading("计时单位", 10),
)

Line = tuple[Written, ...]


def lines(session: Session, asked: Asked, now: Now, rulebook: Rulebook) -> list[Line]:
    """Return a line for each deadline, in the order of the list.

    Raises `RequirementsNotMet` where there are more than a sheet may have.
    """
    query = rows(asked, now).options(defer(Deadline.clock))  # type: ignore[arg-type]
    query = query.order_by(col(Deadline.over_at), col(Deadline.id)).limit(AT_MOST + 1)
    found = session.execute(query).all()
    if len(found) > AT_MOST:
        raise RequirementsNotMet([Blocker("sheet_too_long", (str(AT_MOST),))])
    return [_line(row, now, rulebook) for row in found]


def _line(row: Sequence[Any], now: Now, rulebook: Rulebook) -> Line:
    deadline, state, due_soon, holder = row
    procedure = rulebook.pinned(deadline.policy, deadline.case_kind)
    limit, roles = procedure.limit(deadline.rule), procedure.policy.roles
    return (
        str(deadline.case_id),
        WORDS["kinds"][deadline.case_kind].zh,
        deadline.area_code,
        roles[holder].label.zh if holder in roles else holder,
        limit.zh,
        limit.cite,
        deadline.started_on,
        deadline.due_on,
        "是" if deadline.provisional else "",
        WORDS["deadline_states"][state].zh,
        "是" if due_soon else "",
        days_late_of(deadline, state, now),
        WORDS["units"][deadline.unit].zh,
    )


def as_csv(found: Sequence[Line]) -> bytes:
    """Return the sheet as CSV, in UTF-8 with the mark by which Excel knows it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([heading.text for heading in HEADINGS])
    writer.writerows(_plain(line) for line in found)
    return text.getvalue().encode("utf-8-sig")


def _plain(line: Line) -> Iterator[object]:
    """Yield the cells of a line; none of them is a formula, whatever a document calls things."""
    for cell in line:
        is_formula = isinstance(cell, str) and cell.startswith(LOOKS_LIKE_FORMULA)
        yield f"'{cell}" if is_formula else cell


def as_xlsx(found: Sequence[Line]) -> bytes:
    """Return the sheet as a workbook."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deadlines.xlsx"
        write(path, HEADINGS, found, sheet="期限")
        return path.read_bytes()
