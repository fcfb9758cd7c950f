"""The document's other papers as data: ledgers, roll-up tables, and what papers call things.

Export and import of spreadsheets are driven by them: a paper with other columns is another
version of the file, not of the service.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.codes import Cite, Code, CodeLabel, Label

ColumnCode = Literal[
    # of the paper
    "sequence",
    "unit",
    "filler",
    "filled_on",
    # of a household
    "township",
    "village",
    "group_name",
    "household_type",
    "head_name",
    "identity_number",
    "telephone",
    "household_size",
    "lifted_out_year",
    # of its risk and help
    "risk_type",
    "risk_detail",
    "helper",
    "measures",
    "measures_due_on",
    # of a problem
    "problem_level",
    "problem_type",
    "content",
    "measure",
    "responsible_person",
    "responsible_unit",
    "due_on",
    "result",
    "progress",
    # of a roll-up
    "found",
    "rectified",
    "in_progress",
    "to_recognise_households",
    "to_recognise_persons",
]
"""Which value stands in a column."""

BRACKETS = re.compile(r"[（(][^（()）]*[)）]")
COUNTS = ("found", "rectified", "in_progress", "to_recognise_households", "to_recognise_persons")
Level = Literal["county", "township", "village"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Part):
    """One column, or one field of a header: its code says which value stands in it.

    `under` is the heading over several columns, one merged cell. `list`: its values are codes
    of a list. `otherwise` stands where there is no value. `filled_by`: only units of these
    levels fill it. `interpretation` marks what the document leaves unsure.
    """

    code: ColumnCode
    zh: str
    en: str
    under: Label | None = None
    list: Code | None = None
    otherwise: str | None = None
    filled_by: tuple[Level, ...] = ()
    interpretation: bool = False
    cite: Cite | None = None


class _Paper(_Part):
    code: Code
    zh: str
    en: str
    annex: str | None = None
    assumed: bool = False
    header: tuple[Column, ...] = ()
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    cite: Cite


class Ledger(_Paper):
    """A paper with one line for each thing of a kind; `zh` and `en` are its title.

    `assumed`: the document names the paper and not its columns, so they are a default that may
    be changed. `monthly`: there is one for each month, named in the title.
    """

    lines: Literal["household_problems", "area_problems", "households", "measures"]
    monthly: bool = False


class Row(_Part):
    """One heading of a roll-up's rows, and the problem types that stand under it.

    A single type without a heading of its own has its own name.
    """

    zh: str | None = None
    en: str | None = None
    of: Annotated[tuple[Code, ...], Field(min_length=1)]


class Sum(_Part):
    """What must agree in every row and in the total: one column is the sum of others."""

    code: ColumnCode
    of: Annotated[tuple[ColumnCode, ...], Field(min_length=2)]
    cite: Cite


class Rollup(_Paper):
    """A table of counts: a row for each problem type, nested under headings, and their total.

    `total` is what the last row is called; it sums the rows up. `assumed` as in a ledger.
    """

    rows: Annotated[tuple[Row, ...], Field(min_length=1)]
    total: Label
    sums: tuple[Sum, ...] = ()

    @property
    def problem_types(self) -> tuple[str, ...]:
        """The leaves of the rows, in the order of the table."""
        return tuple(code for row in self.rows for code in row.of)

    @property
    def counts(self) -> tuple[str, ...]:
        """The columns that count something."""
        return tuple(column.code for column in self.columns if column.code in COUNTS)


class Alias(_Part):
    """What papers call an entry of a list beside its own name."""

    list: Code
    zh: str
    code: Code
    cite: Cite


Counts = Mapping[str, int]
"""Column -> number, of one row."""


def total(rollup: Rollup, rows: Mapping[str, Counts]) -> dict[str, int]:
    """Return the total row: every column summed over the problem types of the table."""
    known = [rows[code] for code in rollup.problem_types if code in rows]
    return {column: sum(row.get(column, 0) for row in known) for column in rollup.counts}


def disagreements(rollup: Rollup, row: Counts) -> Iterator[Sum]:
    """Yield the sums that do not agree in a row."""
    for one in rollup.sums:
        if row.get(one.code, 0) != sum(row.get(part, 0) for part in one.of):
            yield one


def code_called(
    text: str, name: str, lists: Mapping[str, tuple[CodeLabel, ...]], aliases: Iterable[Alias]
) -> str | None:
    """Return which entry of a list a paper means, by its name or an alias; None if it is neither.

    Spaces do not count, for forms spread short words over a cell; nor does an explanation in
    brackets, where a name without it means one entry only.
    """
    named = {alias.zh: alias.code for alias in aliases if alias.list == name}
    named |= {entry.zh: entry.code for entry in lists.get(name, ())}
    whole = {_close(zh): code for zh, code in named.items()}
    short = {code for zh, code in named.items() if _close(bare(zh)) == _close(bare(text))}
    return whole.get(_close(text)) or (short.pop() if len(short) == 1 else None)


def bare(text: str) -> str:
    """Return a name without its explanation in brackets, as papers write it."""
    return BRACKETS.sub("", text) or text


def _close(text: str) -> str:
    return "".join(text.split())
