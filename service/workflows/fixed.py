"""Kinds whose states and moves are the same under every document.

A document names the events that it knows, each with who, under which provision and on which
conditions; an event that it does not name is not there under it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from service.codes import Label
from service.workflows.act_gaps import act_gaps, limit_gaps
from service.workflows.acts import ActRule, EventRule, KindRules, Move
from service.workflows.misfits import meant

STAY = ""
"""The target of an event that leaves a case where it is."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """From which states an event may be raised, and where it leads.

    With `forks` it leads to `target` or to one of them: `next_state` tells which.
    """

    sources: tuple[str, ...]
    target: str = STAY
    forks: tuple[str, ...] = ()


class FixedRules(KindRules):
    """What a document says of a kind whose machine is the service's."""

    states: ClassVar[Mapping[str, Label]]
    arrows: ClassVar[Mapping[str, Arrow]]

    @property
    def first_state(self) -> str:
        return next(iter(self.states))

    @cached_property
    def state_labels(self) -> dict[str, Label]:
        """Every state that this document's events lead to, in the order of the procedure."""
        used = {self.first_state, *(move.target for move in self.moves())}
        return {code: label for code, label in self.states.items() if code in used}

    def moves(self) -> Iterator[Move]:
        """Yield every move, from the states that a case can come to under this document."""
        table = [move for rule in self.events for move in self.moves_by(rule)]
        reached, more = set[str](), {self.first_state}
        while more:
            reached |= more
            more = {move.target for move in table if move.source in reached} - reached
        yield from (move for move in table if move.source in reached)

    def moves_by(self, rule: EventRule) -> Iterator[Move]:
        """Yield an event's own moves, at the states that the document allows it at."""
        arrow = self.arrows.get(rule.event, Arrow(()))
        for source in rule.at or arrow.sources:
            for target in (arrow.target, *arrow.forks) if source in arrow.sources else ():
                yield Move(source, rule.event, target or source, rule, forked=bool(arrow.forks))


def fixed_gaps(rules: FixedRules, roles: set[str]) -> Iterator[str]:
    """Yield every gap in what a document says of such a kind, with its key."""
    table = list(rules.moves())
    if rules.events and rules.opening is None:
        yield f"events: nothing is written for {rules.opens!r}; say who may open a case"
    for index, rule in enumerate(rules.events):
        key = f"events[{index}={rule.event}]"
        yield from _event_gaps(key, rule, rules)
        yield from act_gaps(key, rule.event, rule, rules, roles)
    yield from _once_gaps(rules)
    yield from _end_gaps(rules, table)
    yield from limit_gaps(rules, table, roles)


def _event_gaps(key: str, rule: EventRule, rules: FixedRules) -> Iterator[str]:
    if rule.event not in rules.catalogue:
        yield f"{key}: there is no such event{meant(rule.event, rules.catalogue)}"
    if rule.to:
        yield f"{key}.to: where it leads is the service's own; leave to out"
    sources = rules.arrows.get(rule.event, Arrow(())).sources
    for state in rule.at:
        if state not in sources:
            yield f"{key}.at: it cannot be raised at {state!r}{meant(state, sources)}"


def _once_gaps(rules: FixedRules) -> Iterator[str]:
    placed: dict[tuple[str, str], ActRule] = {}
    for move in rules.moves():
        if placed.setdefault((move.source, move.event), move.rule) is not move.rule:
            yield f"events: there are two rules for {move.event!r} at {move.source!r}; keep one"


def _end_gaps(rules: FixedRules, table: Sequence[Move]) -> Iterator[str]:
    """Yield the states that a case can come to and from which no way leads to an end."""
    ending: set[str] = set()
    coming = set(rules.closed)
    while coming:
        ending |= coming
        coming = {move.source for move in table if move.target in ending} - ending
    for state in rules.state_labels if rules.opening else ():
        if state not in ending:
            yield f"events: from {state!r} no way leads to an end; write an event that leads out"
