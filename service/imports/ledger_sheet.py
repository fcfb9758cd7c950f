"""A document's ledger as a sheet: its title, header, headings; then columns of ours.

Ours are what an import knows a row by, and what it needs and this document's ledger does not have.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO
from itertools import groupby

from service.errors import NotInDocument
from service.store.areas import Area
from service.workbooks import tables
from service.workbooks.writing import Heading, Written, write
from service.workflows.kinds import KINDS, Kind
from service.workflows.paper_forms import Ledger
from service.workflows.policy import Policy

WIDTH = 16
GAP = "　　"
"""Between two fields of the header: spaces that every font shows."""


def ledger_of(policy: Policy, lines: str, kind: Kind, code: str | None = None) -> Ledger:
    """Return the document's ledger of such lines; of several the first, or the one with a code.

    Raises `NotInDocument` where it has none.
    """
    for ledger in policy.ledgers:
        if ledger.lines == lines and code in {None, ledger.code}:
            return ledger
    raise NotInDocument(policy.ref, KINDS[kind])


def workbook(
    ledger: Ledger,
    ours: Sequence[tables.Column],
    rows: Iterable[Sequence[Written]],
    area: Area,
    filler: str,
    on: date,
) -> bytes:
    """Return a ledger of an area as somebody wrote it on a day."""
    title = f"{ledger.zh}（{on.year}年{on.month}月）" if ledger.monthly else ledger.zh
    values = {"unit": area.name, "filler": filler, "filled_on": on.isoformat()}
    fields = [f"{field.zh}：{values.get(field.code, '')}" for field in ledger.header]
    content = BytesIO()
    write(content, _headings(ledger, ours), rows, title=title, line=GAP.join(fields) or None)
    return content.getvalue()


def _headings(ledger: Ledger, ours: Sequence[tables.Column]) -> list[Heading]:
    """Return the document's headings, those under one heading together, and ours."""
    found = []
    for under, columns in groupby(ledger.columns, lambda column: column.under):
        single = [Heading(column.zh, WIDTH) for column in columns]
        found += [Heading(under.zh, below=tuple(single))] if under else single
    return [*found, *(Heading(column.names[0], column.width) for column in ours)]
