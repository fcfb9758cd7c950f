"""Counted from the log's lines: stays in states, ways between them, variants, and rework.

What only notes something of a case, and leaves it where it is, is no way: a case is followed from
state to state. Times are what passed by the clock, in hours, not working days.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from statistics import median
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session

from service.codes import Label
from service.store.areas import within
from service.store.cases import CASES, TRANSITIONS
from service.store.database import wire
from service.workflows.kinds import Kind
from service.workflows.machine import Procedure

AT_ONCE = 2_000
NAMED = 20
"""Variants that are told one by one, the most frequent first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The cases of a kind under a version of a document, in an area, opened in a period."""

    area_code: str
    kind: Kind
    policy: str
    opened_from: datetime | None = None
    opened_before: datetime | None = None


@dataclass(slots=True)
class Stay:
    """How cases were in a state: how often, how many cases, for how long; how many still are."""

    visits: int = 0
    cases: int = 0
    again: int = 0
    open: int = 0
    hours: list[float] = field(default_factory=list)

    @property
    def median_hours(self) -> float | None:
        return middle(self.hours)

    @property
    def longest_hours(self) -> float | None:
        return round(max(self.hours), 1) if self.hours else None


@dataclass(slots=True)
class Variant:
    """One way through the states that cases took, from the first to the last so far."""

    states: tuple[str, ...]
    cases: int = 0
    hours: list[float] = field(default_factory=list)

    @property
    def median_hours(self) -> float | None:
        return middle(self.hours)


@dataclass(slots=True)
class ProcessMap:
    """What was counted. `reworked`: cases that came into a state again that they had left."""

    lines: int = 0
    cases: int = 0
    reworked: int = 0
    stays: dict[str, Stay] = field(default_factory=lambda: defaultdict(Stay))
    ways: Counter[tuple[str, str]] = field(default_factory=Counter)
    back: Counter[tuple[str, str]] = field(default_factory=Counter)
    variants: dict[tuple[str, ...], Variant] = field(default_factory=dict)

    @property
    def most_frequent(self) -> list[Variant]:
        order = sorted(self.variants.values(), key=lambda one: (-one.cases, one.states))
        return order[:NAMED]

    def states(self, procedure: Procedure) -> list[str]:
        """Return the states that a case came into, in the order of the document.

        Last come those of another version, from before a case was moved to this one.
        """
        known = [state for state in procedure.states if state in self.stays]
        return known + sorted(set(self.stays).difference(known))


def state_label(procedure: Procedure, state: str) -> Label:
    return procedure.states.get(state) or Label(zh=state, en=state)


def middle(hours: list[float]) -> float | None:
    return round(median(hours), 1) if hours else None


def count(session: Session, asked: Asked, most_lines: int | None = None) -> ProcessMap | None:
    """Count the cases that are asked for; None where they have more lines than is wanted."""
    found = ProcessMap()
    rows = wire(session).execute(_lines(asked).execution_options(yield_per=AT_ONCE))
    for _, lines in groupby(rows, key=lambda row: row.case_id):
        steps = list(lines)
        found.lines += len(steps)
        if most_lines is not None and found.lines > most_lines:
            return None
        _follow(found, steps)
    return found


def _lines(asked: Asked) -> Select[Any]:
    query = (
        select(
            TRANSITIONS.c.case_id,
            TRANSITIONS.c.to_state,
            TRANSITIONS.c.received_at,
            CASES.c.closed_at,
        )
        .join_from(TRANSITIONS, CASES, CASES.c.id == TRANSITIONS.c.case_id)
        .where(
            within(CASES.c.area_code, asked.area_code),
            CASES.c.kind == asked.kind,
            CASES.c.policy == asked.policy,
        )
        .order_by(TRANSITIONS.c.case_id, TRANSITIONS.c.seq)
    )
    opened = select(TRANSITIONS.c.case_id).where(TRANSITIONS.c.seq == 1)
    if asked.opened_from is not None:
        opened = opened.where(TRANSITIONS.c.received_at >= asked.opened_from)
    if asked.opened_before is not None:
        opened = opened.where(TRANSITIONS.c.received_at < asked.opened_before)
    return query.where(TRANSITIONS.c.case_id.in_(opened))


def _follow(found: ProcessMap, lines: list[Any]) -> None:
    """Count one case, whose lines come in their order."""
    path = list(_states(lines))
    found.cases += 1
    visited: set[str] = set()
    for number, (state, since) in enumerate(path):
        stay = found.stays[state]
        stay.visits += 1
        stay.cases += state not in visited
        stay.again += state in visited
        if number + 1 < len(path):
            target, until = path[number + 1]
            stay.hours.append((until - since).total_seconds() / 3600)
            found.ways[state, target] += 1
            found.back[state, target] += target in visited
        elif lines[0].closed_at is None:
            stay.open += 1
        visited.add(state)
    found.reworked += len(path) > len(visited)
    way = tuple(state for state, _ in path)
    variant = found.variants.setdefault(way, Variant(way))
    variant.cases += 1
    variant.hours.append((path[-1][1] - path[0][1]).total_seconds() / 3600)


def _states(lines: Iterable[Any]) -> Iterator[tuple[str, datetime]]:
    """Yield each state that a case came into, with the instant."""
    last = None
    for line in lines:
        if line.to_state != last:
            yield line.to_state, line.received_at
        last = line.to_state
