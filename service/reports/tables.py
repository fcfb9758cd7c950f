"""A report as a table: rows, columns and the total, each number with the filters of its list."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from service.codes import CodeLabel, Label
from service.reports.counting import (
    FOUND,
    IN_PROGRESS,
    RECTIFIED,
    Counts,
    Whose,
    counted_by,
    counted_by_unit,
    counted_to_recognise,
    nothing,
    together,
)
from service.store.areas import Area
from service.workflows.paper_forms import COUNTS, Column, Rollup

UNSTATED = "unstated"
"""The filter for problems of which something was not said."""

BY = {"by_problem_type": "problem_type", "by_risk_type": "risk_type", "by_source": "source"}
"""Report -> the column of the ledger that has its rows; `by_unit` has areas."""

BY_UNIT = "by_unit"
NAMES = (*BY, BY_UNIT)
"""The reports that there are under every document, beside its own roll-ups."""

LISTS = {"problem_type": "problem_types", "risk_type": "risk_types", "source": "problem_sources"}
"""Column of the ledger -> the document's list that its codes are of."""

TITLES = {
    "by_problem_type": Label(zh="问题整改情况（按问题类型）", en="problems by type"),
    "by_risk_type": Label(zh="问题整改情况（按风险类型）", en="problems by risk"),
    "by_source": Label(zh="问题整改情况（按问题来源）", en="problems by source"),
    BY_UNIT: Label(zh="问题整改情况（按单位）", en="problems by unit"),
}
HEADS = {
    "problem_type": Label(zh="问题类型", en="type of problem"),
    "risk_type": Label(zh="风险类型", en="risk"),
    "source": Label(zh="问题来源", en="source"),
    "unit": Label(zh="单位", en="unit"),
}
COUNTED = {
    FOUND: Label(zh="共排查问题数", en="problems found"),
    RECTIFIED: Label(zh="已整改数", en="put right"),
    IN_PROGRESS: Label(zh="正在整改数", en="being put right"),
}
TOTAL = Label(zh="合计", en="total")
NOT_STATED = Label(zh="未注明", en="not stated")


@dataclass(frozen=True, slots=True)
class Head:
    """The heading of a column, and the one above it over several; a number, or what a row is of.

    `is_filled`: units of this level fill it in.
    """

    code: str
    label: Label
    under: Label | None = None
    is_filled: bool = True

    @property
    def is_number(self) -> bool:
        return self.code in COUNTS


@dataclass(frozen=True, slots=True)
class Line:
    """One row: what it is of, under which heading, its numbers, the filters of its list."""

    label: Label
    counts: Counts
    filters: Mapping[str, str] = field(default_factory=dict)
    under: Label | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A report: its title, what stands above it, its columns, its rows and the total."""

    title: Label
    columns: Sequence[Head]
    lines: Sequence[Line]
    total: Line
    annex: str | None = None
    header: Sequence[Head] = ()


def rolled_up(
    session: Session, rollup: Rollup, types: Sequence[CodeLabel], area: Area, whose: Whose
) -> Table:
    """Return a document's own roll-up, in its rows and columns.

    A type that is not among its rows (of another document, in the same area) has a row of its
    own below them: none is lost from the total.
    """
    counted = counted_by(session, "problem_type", whose)
    labels = _labels(types)
    lines = list(_rows_of(rollup, counted, labels))
    known = set(rollup.problem_types)
    lines += [
        _line("problem_type", code, labels, counts)
        for code, counts in sorted(counted.items(), key=lambda one: str(one[0]))
        if code not in known
    ]
    return Table(
        title=Label(zh=rollup.zh, en=rollup.en),
        columns=[_head(column, area) for column in rollup.columns],
        lines=lines,
        total=Line(
            rollup.total,
            together(line.counts for line in lines) | counted_to_recognise(session, whose),
        ),
        annex=rollup.annex,
        header=[_head(column, area) for column in rollup.header],
    )


def _head(column: Column, area: Area) -> Head:
    is_filled = not column.filled_by or area.level in column.filled_by
    return Head(column.code, Label(zh=column.zh, en=column.en), column.under, is_filled)


def _labels(entries: Sequence[CodeLabel]) -> dict[str, Label]:
    return {entry.code: Label(zh=entry.zh, en=entry.en) for entry in entries}


def _rows_of(
    rollup: Rollup, counted: Mapping[str | None, Counts], labels: Mapping[str, Label]
) -> Iterator[Line]:
    for row in rollup.rows:
        under = Label(zh=row.zh, en=row.en) if row.zh and row.en else None
        for code in row.of:
            counts = counted.get(code) or nothing()
            yield _line("problem_type", code, labels, counts, under)


def listed_by(
    session: Session, name: str, known: Mapping[str, Sequence[CodeLabel]], whose: Whose
) -> Table:
    """Return a report by a column of the ledger: the codes of the document's list, then others."""
    column = BY[name]
    counted = counted_by(session, column, whose)
    labels = _labels(known.get(LISTS[column], ()))
    others = sorted((code for code in counted if code not in labels), key=str)
    lines = [
        _line(column, code, labels, counted.get(code) or nothing()) for code in (*labels, *others)
    ]
    return _plain(name, column, lines)


def by_unit(session: Session, area: Area, whose: Whose) -> Table:
    """Return a report with a row for what lies in an area itself and for each area below it."""
    counted, below = counted_by_unit(session, whose)
    own = Line(
        Label(zh=f"{area.name}（本级）", en=f"{area.name} (itself)"),
        counted.get(area.code) or nothing(),
        {"area_itself": area.code},
    )
    lines = [
        Line(
            Label(zh=one.name, en=one.name), counted.get(one.code) or nothing(), {"area": one.code}
        )
        for one in below
    ]
    return _plain(BY_UNIT, "unit", [own, *lines])


def _plain(name: str, column: str, lines: Sequence[Line]) -> Table:
    return Table(
        title=TITLES[name],
        columns=[Head(column, HEADS[column]), *(Head(c, label) for c, label in COUNTED.items())],
        lines=lines,
        total=Line(TOTAL, together(line.counts for line in lines)),
    )


def _line(
    column: str,
    code: str | None,
    labels: Mapping[str, Label],
    counts: Counts,
    under: Label | None = None,
) -> Line:
    label = labels.get(code or "") or (Label(zh=code, en=code) if code else NOT_STATED)
    return Line(label, counts, {column: code or UNSTATED}, under)
