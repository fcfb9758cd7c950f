"""What a layout is: the one thing that differs between the workbooks that are imported."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlmodel import Session

from service.codes import Label
from service.imports.entries import Entry, Judged
from service.registry import Registry
from service.store.people import Actor
from service.store.vault import Vault
from service.workbooks.reading import Row, Workbook
from service.workbooks.tables import Column, Table, find, find_all
from service.workbooks.writing import MAX_NAME


@dataclass(frozen=True, slots=True)
class Means:
    """What taking something in needs: who brings it, when, under which law, with which keys.

    `columns` says how the file calls each column; `is_commit`: what is looked up is locked.
    """

    session: Session
    import_id: UUID
    actor: Actor
    now: datetime
    registry: Registry
    vault: Vault
    columns: dict[str, str]
    is_commit: bool


class Intake(Protocol):
    """The way of one import's entries into the database."""

    def judge(self, entries: Sequence[Any]) -> list[Judged]:
        """Return what becomes of some entries as the database is now.

        May write what only a commit keeps: a validation's transaction is never kept.
        """

    def write(self, judged: Sequence[Judged]) -> None:
        """Write what was judged a moment ago. Raises `IntegrityError`."""


def tables_of(layout: "Layout", content: bytes) -> list[Table]:
    """Return the tables of a workbook that has come. Raises `WorkbookRefused`."""
    look = find_all if layout.has_sheets else lambda *asked: [find(*asked)]
    return look(Workbook(content), layout.columns)


def named(table: Table) -> str:
    """Return by which name findings tell a table's sheet."""
    return table.sheet.name[:MAX_NAME]


class Layout(Protocol):
    """A kind of workbook: how it is called, its columns, how its rows are read and taken in."""

    @property
    def label(self) -> Label: ...

    @property
    def columns(self) -> Sequence[Column]: ...

    @property
    def entry(self) -> type[Entry]:
        """The class of its entries."""

    @property
    def has_sheets(self) -> bool:
        """Whether each sheet is something of its own; otherwise a workbook has one table."""

    def read(self, table: Table, rows: Iterator[Row]) -> Iterator[Entry]:
        """Yield the entries of a table. Looks at the file only."""

    def intake(self, means: Means) -> Intake: ...
