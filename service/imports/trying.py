"""Rows that become acts: each is taken in by the ways that officials go, or named.

What a row would come to is tried out in full, in a transaction that a validation never keeps: so
a report and a commit cannot disagree, and a row sees what the rows before it did.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from service.blockers import Blocker
from service.errors import Refusal, RequirementsNotMet
from service.imports.entries import Entry, Finding, Judged, Outcome, finding, of_every_row
from service.imports.layout import Means
from service.workbooks.tables import Column


class Flaw(Exception):
    """An entry cannot be taken in: because of one of its columns, or as a whole (None).

    Without a row of its own it is told of the entry's first.
    """

    def __init__(self, column: str | None, blocker: Blocker, row: int | None = None) -> None:
        super().__init__(blocker.code)
        self.column, self.blocker, self.row = column, blocker, row


Taken: TypeAlias = tuple[Outcome, Sequence[Flaw]]
"""What an entry came to, and what is to be looked at."""


class Trying:
    """Judges entries by taking them in. What is refused leaves nothing."""

    def __init__(
        self, means: Means, columns: Sequence[Column], take_in: Callable[[Any], Taken]
    ) -> None:
        self._means, self._session, self._take_in = means, means.session, take_in
        self._by_code = {column.code: column for column in columns}

    def judge(self, entries: Sequence[Any]) -> list[Judged]:
        """Return what becomes of some entries, one after the other, as everything is now."""
        return [self._judge(entry) for entry in entries]

    def write(self, judged: Sequence[Judged]) -> None:
        """Do nothing more: what was judged was taken in."""

    def _judge(self, entry: Any) -> Judged:  # noqa: ANN401 - each layout has its own
        if entry.content is None:
            return Judged(entry, Outcome.REFUSED, _all_of(entry, entry.findings))
        with self._session.begin_nested() as one:
            try:
                outcome, told = self._take_in(entry.content)
            except Flaw as flaw:
                one.rollback()
                outcome, told = Outcome.REFUSED, [flaw]
        is_refusal = outcome is Outcome.REFUSED
        found = tuple(self._told(entry.rows[0], flaw, is_refusal=is_refusal) for flaw in told)
        return Judged(entry, outcome, _all_of(entry, found) if is_refusal else found)

    def _told(self, row: int, flaw: Flaw, *, is_refusal: bool) -> Finding:
        column = self._by_code.get(flaw.column or "")
        letter = self._means.columns.get(flaw.column or "")
        found = finding(flaw.row or row, flaw.blocker, column, letter, is_refusal=is_refusal)
        return found._replace(field=flaw.column)


def _all_of(entry: Entry, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return what is said of each row: of a sheet that is one thing, only what is wrong itself."""
    return tuple(findings) if entry.sheet else of_every_row(entry.rows, findings)


@contextmanager
def refusals_told() -> Iterator[None]:
    """Tell a refusal of an act as what is wrong with the entry."""
    try:
        yield
    except RequirementsNotMet as refused:
        raise Flaw(None, refused.blockers[0]) from refused
    except Refusal as refused:
        raise Flaw(None, Blocker("act_refused", (), (refused.title.zh,))) from refused
