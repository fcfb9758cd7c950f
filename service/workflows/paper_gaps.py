"""Everything in a document's checklists, ledgers and roll-ups that somebody could stumble over.

Each gap names the key of its line, what is wrong, and what to write instead.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Protocol

from service.codes import CodeLabel
from service.workflows.checklist import Checklist, Group, Item
from service.workflows.misfits import meant
from service.workflows.paper_forms import Alias, Column, Ledger, Rollup

PROBLEM_TYPES, HOUSEHOLD_TYPES = "problem_types", "household_types"
LISTED = {"problem", "choice"}
"""The kinds of answers that may name an entry of a list."""


class Papers(Protocol):
    """The parts of a document that are looked at here."""

    @property
    def roles(self) -> Mapping[str, object]: ...
    @property
    def lists(self) -> Mapping[str, tuple[CodeLabel, ...]]: ...
    @property
    def checklists(self) -> tuple[Checklist, ...]: ...
    @property
    def ledgers(self) -> tuple[Ledger, ...]: ...
    @property
    def rollups(self) -> tuple[Rollup, ...]: ...
    @property
    def aliases(self) -> tuple[Alias, ...]: ...


def paper_gaps(document: Papers) -> Iterator[str]:
    """Yield every gap in what a document says of its papers, with its key."""
    codes = {name: {e.code for e in entries} for name, entries in document.lists.items()}
    for name in ("checklists", "ledgers", "rollups"):
        papers: tuple[Checklist | Ledger | Rollup, ...] = getattr(document, name)
        yield from _twice(name, (paper.code for paper in papers))
    for checklist in document.checklists:
        key = f"checklists[{checklist.code}]"
        yield from _filler_gaps(key, checklist, document.roles)
        yield from _group_gaps(key, checklist, codes)
        yield from _rule_gaps(key, checklist)
        yield from _column_gaps(f"{key}.header", checklist.header, codes)
    for ledger in document.ledgers:
        yield from _paper_gaps(f"ledgers[{ledger.code}]", ledger, codes)
    for rollup in document.rollups:
        yield from _paper_gaps(f"rollups[{rollup.code}]", rollup, codes)
        yield from _row_gaps(f"rollups[{rollup.code}]", rollup, codes)
        yield from _sum_gaps(f"rollups[{rollup.code}]", rollup)
    for index, alias in enumerate(document.aliases):
        yield from _alias_gaps(f"aliases[{alias.code or index}]", alias, document)


def _twice(key: str, codes: Iterable[str]) -> Iterator[str]:
    for code, times in Counter(codes).items():
        if times > 1:
            yield f"{key}: {code!r} stands there twice; keep one"


def _unknown(key: str, code: str, name: str, codes: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Yield what is wrong where a code is not one of a list."""
    known = sorted(codes.get(name, ()))
    if code not in known:
        yield f"{key}: {code!r} is not in lists.{name}{meant(code, known)}"


# Checklists


def _filler_gaps(key: str, checklist: Checklist, roles: Mapping[str, object]) -> Iterator[str]:
    for name in ("by", "unit_by"):
        for role in getattr(checklist, name):
            if role not in roles:
                yield f"{key}.{name}: {role!r} is not in roles{meant(role, roles)}"
    yield from _unit_gaps(key, checklist)


def _unit_gaps(key: str, checklist: Checklist) -> Iterator[str]:
    of_units = [item.code for item in checklist.items.values() if item.of_unit]
    if not checklist.by and len(of_units) < len(checklist.items):
        yield f"{key}.by: nobody fills this form; name the roles that do"
    if checklist.filled_for != "household":
        for code in of_units:
            yield (
                f"{key}[{code}].of_unit: the whole form is of a {checklist.filled_for};"
                " leave of_unit out"
            )
    elif of_units and not checklist.unit_by:
        yield f"{key}.unit_by: nobody fills {of_units[0]!r}; name the roles that do"
    elif checklist.unit_by and not of_units:
        yield f"{key}.unit_by: no item is of_unit; mark those that are, or leave unit_by out"


def _group_gaps(
    key: str, checklist: Checklist, codes: Mapping[str, Collection[str]]
) -> Iterator[str]:
    yield from _twice(f"{key}.groups", (group.code for group in checklist.groups))
    every = (item.code for group in checklist.groups for item in group.items)
    yield from _twice(f"{key}.groups.items", every)
    for group in checklist.groups:
        place = f"{key}.groups[{group.code}]"
        if group.problem_type:
            yield from _unknown(f"{place}.problem_type", group.problem_type, PROBLEM_TYPES, codes)
        for item in group.items:
            yield from _item_gaps(f"{place}.items[{item.code}]", checklist, group, item, codes)


def _item_gaps(
    key: str, checklist: Checklist, group: Group, item: Item, codes: Mapping[str, Collection[str]]
) -> Iterator[str]:
    for household_type in item.asked_of:
        yield from _unknown(f"{key}.asked_of", household_type, HOUSEHOLD_TYPES, codes)
    if item.asked_of and not checklist.in_homes(item):
        yield f"{key}.asked_of: this is not asked in homes; leave asked_of out"
    if item.problem_type:
        yield from _unknown(f"{key}.problem_type", item.problem_type, PROBLEM_TYPES, codes)
    yield from _answer_gaps(key, item)
    yield from _list_gaps(key, item, codes)
    yield from _consequence_gaps(key, group, item)


def _answer_gaps(key: str, item: Item) -> Iterator[str]:
    number = item.number
    if item.answer == "number" and number is None:
        yield (
            f"{key}.number: a number needs its unit and its rule; write number = {{ unit = …,"
            " above or below or named = … }"
        )
    if item.answer != "number" and number is not None:
        yield f"{key}.number: this is answered by {item.answer!r}; write answer = 'number'"
    if number and not number.decides and number.named is None:
        yield f"{key}.number: it says nothing of the number; write above, below or named"
    if number and number.decides and number.named is not None:
        yield f"{key}.number: named is for a number without a rule; leave named out"


def _list_gaps(key: str, item: Item, codes: Mapping[str, Collection[str]]) -> Iterator[str]:
    if item.answer == "choice" and not item.list:
        yield f"{key}.list: a choice needs the list it is made from; name one of lists"
    if item.list and item.answer not in LISTED:
        yield f"{key}.list: this is answered by {item.answer!r}; leave list out"
    if item.list and item.list not in codes:
        yield f"{key}.list: there is no list {item.list!r}{meant(item.list, codes)}"


def _consequence_gaps(key: str, group: Group, item: Item) -> Iterator[str]:
    if not item.finds_problems:
        if item.leads_to or item.problem_type:
            yield f"{key}: this never finds a problem; leave leads_to and problem_type out"
        return
    leads_to = item.leads_to or group.leads_to
    if leads_to != "clue" and not (item.problem_type or group.problem_type):
        yield f"{key}.problem_type: a problem to be put right needs its type; write problem_type"
    if leads_to == "clue" and item.problem_type:
        yield f"{key}.problem_type: it leads to {leads_to!r}; leave problem_type out"


def _rule_gaps(key: str, checklist: Checklist) -> Iterator[str]:
    yield from _twice(f"{key}.rules", (rule.code for rule in checklist.rules))
    for rule in checklist.rules:
        place = f"{key}.rules[{rule.code}].number"
        if rule.code == "team" and rule.number is None:
            yield f"{place}: say how many make a team"
        if rule.code != "team" and rule.number is not None:
            yield f"{place}: only a team has a number; leave number out"


# Ledgers and roll-ups


def _paper_gaps(
    key: str, paper: Ledger | Rollup, codes: Mapping[str, Collection[str]]
) -> Iterator[str]:
    yield from _column_gaps(f"{key}.header", paper.header, codes)
    yield from _column_gaps(f"{key}.columns", paper.columns, codes)


def _column_gaps(
    key: str, columns: tuple[Column, ...], codes: Mapping[str, Collection[str]]
) -> Iterator[str]:
    yield from _twice(key, (column.code for column in columns))
    for column in columns:
        if column.list and column.list not in codes:
            known = meant(column.list, codes)
            yield f"{key}[{column.code}].list: there is no list {column.list!r}{known}"
    headings = [heading.zh for heading, _ in groupby(c.under for c in columns) if heading]
    for heading in sorted({zh for zh in headings if headings.count(zh) > 1}):
        yield f"{key}: the columns under {heading!r} do not stand together; put them side by side"


def _row_gaps(key: str, rollup: Rollup, codes: Mapping[str, Collection[str]]) -> Iterator[str]:
    yield from _twice(f"{key}.rows", rollup.problem_types)
    for index, row in enumerate(rollup.rows):
        for code in row.of:
            yield from _unknown(f"{key}.rows[{index}].of", code, PROBLEM_TYPES, codes)
        if (row.zh is None) != (row.en is None) or (len(row.of) > 1 and row.zh is None):
            yield f"{key}.rows[{index}]: a heading over several types needs zh and en; write both"
    for code in sorted(set(codes.get(PROBLEM_TYPES, ())) - set(rollup.problem_types)):
        yield f"{key}.rows: {code!r} has no row, so the total would miss it; give it one"


def _sum_gaps(key: str, rollup: Rollup) -> Iterator[str]:
    for one in rollup.sums:
        for code in (one.code, *one.of):
            if code not in rollup.counts:
                known = meant(code, rollup.counts)
                yield f"{key}.sums[{one.code}]: {code!r} is no column that counts{known}"


def _alias_gaps(key: str, alias: Alias, document: Papers) -> Iterator[str]:
    if alias.list not in document.lists:
        known = meant(alias.list, document.lists)
        yield f"{key}.list: there is no list {alias.list!r}{known}"
        return
    entries = document.lists[alias.list]
    codes = [entry.code for entry in entries]
    if alias.code not in codes:
        yield f"{key}.code: {alias.code!r} is not in lists.{alias.list}{meant(alias.code, codes)}"
    others = [(e.zh, e.code) for e in entries]
    others += [(a.zh, a.code) for a in document.aliases if a.list == alias.list]
    if {code for zh, code in others if zh == alias.zh} - {alias.code}:
        yield f"{key}.zh: {alias.zh!r} means something else as well; keep one of them"
