"""What an import is made of: entries read from rows, what was found of them, and the count."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

from service.blockers import Blocker
from service.store.vault import masked
from service.workbooks.reading import Row, Value, letters
from service.workbooks.tables import Column, Table
from service.workbooks.values import Unfit

T = TypeVar("T")

MAX_SHOWN = 100
DIGITS_OF_A_PERSON = 7
"""As many digits in a text may be a telephone's, or a part of somebody's identity number."""


class Finding(NamedTuple):
    """What was found of a cell, or of a row (then without a column). `code`: see `flaws`.

    `sheet` is told where a workbook has several that count.
    """

    row: int
    column: str | None
    field: str | None
    code: str
    is_refusal: bool
    have: str | None = None
    need: str | None = None
    sheet: str | None = None


class Outcome(StrEnum):
    """What becomes of an entry."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Entry(BaseModel):
    """The rows that stand or fall together, as the file has them, and what is wrong with them.

    A layout adds what they say: `content`, None where they cannot be understood.
    """

    model_config = ConfigDict(frozen=True)

    rows: tuple[int, ...]
    sheet: str | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def is_refused(self) -> bool:
        return any(one.is_refusal for one in self.findings)


class Judged(NamedTuple):
    """What becomes of an entry as the database is now; `plan` is what its layout will write."""

    entry: Entry
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    plan: Any = None


class Tally:
    """Counts rows and entries: what was read is what was created, updated, unchanged, refused."""

    def __init__(self) -> None:
        self.rows: Counter[str] = Counter()
        self.entries: Counter[str] = Counter()

    def add(self, judged: Iterable[Judged]) -> None:
        for one in judged:
            self.rows[one.outcome] += len(one.entry.rows)
            self.entries[one.outcome] += 1

    def counts(self) -> dict[str, dict[str, int]]:
        """Return both counts, each with its sum as `read`."""
        return {"rows": _counted(self.rows), "entries": _counted(self.entries)}


def _counted(counter: Counter[str]) -> dict[str, int]:
    return {"read": counter.total(), **{outcome: counter[outcome] for outcome in Outcome}}


class RowReader:
    """Reads the cells of one row, and notes what is wrong with them."""

    def __init__(self, table: Table, row: Row, columns: dict[str, Column]) -> None:
        self.number = row.number
        self.findings: list[Finding] = []
        self._table, self._row, self._columns = table, row, columns

    def is_empty(self, *fields: str) -> bool:
        """Tell whether the row says nothing in some columns."""
        return all(self._table.value(self._row, field) is None for field in fields)

    def get(self, field: str, understood: Callable[[Value], T]) -> T | None:
        """Return what a cell says; None where it says nothing that can be understood."""
        value = self._table.value(self._row, field)
        if value is None:
            return None
        try:
            return understood(value)
        except Unfit as unfit:
            self.note(field, unfit.blocker)
            return None

    def need(self, field: str, understood: Callable[[Value], T]) -> T | None:
        """Do the same for a cell that must be filled in."""
        if self.is_empty(field):
            self.refuse(field, "value_missing")
        return self.get(field, understood)

    def refuse(self, field: str, code: str, *, have: str = "", need: object = "") -> None:
        self.note(field, Blocker(code, (str(need),) if need else (), (have,) if have else ()))

    def note(self, field: str, blocker: Blocker) -> None:
        self.findings.append(
            finding(self.number, blocker, self._columns[field], self._table.letter(field))
        )


def finding(
    row: int,
    blocker: Blocker,
    column: Column | None = None,
    letter: str | None = None,
    *,
    is_refusal: bool = True,
) -> Finding:
    """Return what a blocker says of a cell, with nobody's number in it."""
    is_personal = column is not None and column.is_personal
    return Finding(
        row,
        letter,
        column.code if column else None,
        blocker.code,
        is_refusal,
        shown("、".join(blocker.have), is_personal=is_personal) or None,
        "、".join(blocker.need) or None,
    )


def shown(text: str, *, is_personal: bool) -> str:
    """Return a cell's text as a report shows it: numbers of persons masked, wherever they stand."""
    text = "".join(character if character.isprintable() else "·" for character in text)[:MAX_SHOWN]
    if is_personal or sum(map(str.isdigit, text)) >= DIGITS_OF_A_PERSON:
        return masked(text, first=3, last=2)
    return text


def headings(table: Table) -> dict[str, str]:
    """Return how the sheet calls each column of a layout: field -> letter."""
    return {field: letters(column) for field, column in table.columns.items()}


def of_every_row(rows: Sequence[int], findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings with one for each row that is refused because of another."""
    named = {one.row for one in findings if one.is_refusal}
    because = Blocker("household_refused", (str(min(named)),)) if named else None
    also = [finding(row, because) for row in rows if because and row not in named]
    return tuple(sorted((*findings, *also), key=lambda one: one.row))
