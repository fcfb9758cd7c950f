"""A policy's route as a state machine of python-statemachine, pooled; its table and diagram.

The library decides what is possible; this module only builds its classes. A class is made
once for each policy version from fresh states (subclassing a machine that has transitions
would change its parent). Making a machine costs ten times a move, so they are kept and
re-aimed.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from statemachine import State, StateMachine
from statemachine.exceptions import InvalidDefinition, TransitionNotAllowed

from service.blockers import Blocker
from service.codes import Label
from service.errors import EventNotAllowed, RequirementsNotMet
from service.workflows.monitoring.entry_events import ReturnCase
from service.workflows.monitoring.events import EVENTS
from service.workflows.monitoring.forms import form_blockers
from service.workflows.monitoring.matter import Matter
from service.workflows.monitoring.publicity import notice_blockers
from service.workflows.monitoring.route import (
    ActRule,
    MonitoringLimit,
    MonitoringRules,
    Move,
    acts,
    acts_ahead,
    moves,
    next_stage,
    opening,
)
from service.workflows.monitoring.stages import CLOSED, HOLDER, OPEN
from service.workflows.monitoring.statement import Event
from service.workflows.policy import POLICIES, Policy, PolicyError, read_folders
from service.workflows.words import WORDS

RETURN_CITE = "DX-01"
STRICT = {
    "allow_event_without_transition": False,
    "catch_errors_as_events": False,
    "validate_final_reachability": False,
    "validate_trap_states": False,
}
"""Without the first two an event that is not allowed would pass in silence. What the other two
look for is found by `gaps`, with the key of its line."""


class Carrier:
    """The object a machine works on: nothing but the state, so that no callback finds more."""

    __slots__ = ("state",)

    state: str


class Procedure:
    """One kind of case under one version of one policy: its machine, its table of moves.

    Raises `PolicyError` where its states and events make no machine.

    `area_code` is where an administrator published it: there and below it may open cases. A
    document that came with the installation may everywhere.
    """

    def __init__(self, policy: Policy, area_code: str | None = None) -> None:
        self.policy = policy
        self.area_code = area_code
        self.rules = policy.monitoring_object
        self.moves = tuple(moves(self.rules))
        self.states = self.rules.state_labels
        self.words = _words(policy, self.states)
        self._at = _by_state(self.moves)
        self._ahead = acts_ahead(self.rules, self.moves)
        self._limits = {limit.id: limit for limit in self.rules.time_limits}
        self.machine_class = _machine_class(policy, self.moves, self.states)
        self._pool: deque[StateMachine] = deque()

    def rule(self, state: str | None, event: str) -> ActRule:
        """Return who may raise an event at a state, and on which conditions.

        Raises `EventNotAllowed` where the state does not know the event.
        """
        if event == OPEN and (rule := opening(self.rules)):
            return rule
        known = self._at.get(state or "", {}).get(event)
        if not known:
            raise EventNotAllowed(EVENTS[event].label, self.states[state or self.rules.first_stage])
        return known[0].rule

    def limit(self, rule: str) -> MonitoringLimit:
        """Return a time limit of the document by its id. Raises `KeyError`."""
        return self._limits[rule]

    def events_at(self, state: str) -> list[str]:
        """Return the events that this state knows, in the order of the procedure."""
        known = self._at.get(state, {})
        return [event for event in EVENTS if event in known]

    def targets(self, state: str, event: str) -> list[str]:
        """Return where an event may lead from a state: several only for a return."""
        return [move.target for move in self._at.get(state, {}).get(event, ())]

    def acts(self, state: str, event: str) -> frozenset[str]:
        """Return the names by which limits know this event at this state."""
        return acts(self.rules, state, event)

    def ahead(self, state: str) -> frozenset[str]:
        """Return every act that can still come after a state: what its clocks may wait for."""
        return self._ahead[state]

    def holder(self, state: str) -> str | None:
        """Return the one role whose list a case in this state stands on, or None at the end.

        It is who takes the case on; where nothing leads on, who does anything with it at all.
        """
        if state in CLOSED:
            return None
        named = [move for known in self._at.get(state, {}).values() for move in known]
        named.sort(key=lambda move: move.target == state)
        return next((role for m in named for role in m.rule.by if role != HOLDER), None)

    def actors(self, state: str | None, event: str) -> tuple[str, ...]:
        """Return the roles that may raise an event while the case is in a state."""
        holder = self.holder(state) if state else None
        named = (holder if role == HOLDER else role for role in self.rule(state, event).by)
        return tuple(dict.fromkeys(role for role in named if role))

    def states_held_by(self, role: str) -> list[str]:
        """Return the states in which a case waits for a role."""
        return [state for state in self.states if self.holder(state) == role]

    def blockers(self, state: str, event: str, matter: Matter) -> list[Blocker]:
        """Return every requirement that this event does not meet now."""
        rule = self.rule(state, event)
        found = [b for need in rule.requires for b in need.blockers(matter)]
        found += form_blockers(rule, matter)
        found += notice_blockers(rule.requires, matter)
        body = matter.body
        if isinstance(body, ReturnCase) and body.to not in (to := self.targets(state, event)):
            found.append(
                Blocker("return_target_not_allowed", tuple(to), (body.to,), cite=RETURN_CITE)
            )
        return self.worded(found)

    def worded(self, found: Iterable[Blocker]) -> list[Blocker]:
        """Return blockers that name codes by the document's labels."""
        return [replace(blocker, words=self.words) for blocker in found]

    def move(self, state: str, event: str, matter: Matter, also: list[Blocker]) -> str:
        """Return the state that the event leads to.

        `also` are blockers that the caller found outside the rulebook (clocks, attachments).
        Raises `EventNotAllowed` or `RequirementsNotMet`; the machine is then thrown away.
        """
        found = [*self.worded(also), *self.blockers(state, event, matter)]
        with self._aimed_at(state) as machine:
            try:
                machine.send(event, found=found, matter=matter)
            except TransitionNotAllowed as refused:
                raise EventNotAllowed(EVENTS[event].label, self.states[state]) from refused
            return str(machine.model.state)

    @contextmanager
    def _aimed_at(self, state: str) -> Iterator[StateMachine]:
        try:
            machine = self._pool.pop()
        except IndexError:
            carrier = Carrier()
            carrier.state = self.rules.first_stage
            machine = self.machine_class(model=carrier)
        machine.model.state = state
        yield machine  # what is raised here keeps the machine out of the pool
        self._pool.append(machine)

    def diagram(self, form: str) -> str:
        """Return the machine drawn by the library: `mermaid` or `md` (a table of transitions)."""
        drawn = _machine_class(self.policy, self.moves, self.states, with_ends=True)
        return format(drawn, form)


class Rulebook:
    """The procedures of an installation, by `id@version`: those of files, and published ones.

    `known_to` is the number of the newest publication it has taken in. Raises `PolicyError`
    for a file with gaps, and for two files with one id and version.
    """

    def __init__(self, *folders: Path) -> None:
        self._by_ref: dict[str, Procedure] = {}
        self.known_to = 0
        for policy in read_folders(*(folders or (POLICIES,))):
            if policy.ref in self._by_ref:
                raise PolicyError(policy.ref, ["version: two files have this id and version"])
            self._by_ref[policy.ref] = Procedure(policy)

    def __iter__(self) -> Iterator[Procedure]:
        return iter(self._by_ref.values())

    def __contains__(self, ref: str) -> bool:
        return ref in self._by_ref

    def copy(self) -> "Rulebook":
        """Return a rulebook that can take in publications of its own."""
        copied = copy(self)
        copied.known_to = 0
        return copied

    def add(self, procedure: Procedure) -> None:
        """Take in a published version. Whoever is reading the rulebook goes on undisturbed."""
        self._by_ref = {**self._by_ref, procedure.policy.ref: procedure}

    def pinned(self, ref: str) -> Procedure:
        """Return the procedure of a running case. Raises `KeyError` if it is not known here."""
        return self._by_ref[ref]

    def state_label(self, ref: str, state: str) -> Label:
        """Return what a document calls a state. Raises `KeyError` if it is not known here."""
        return self._by_ref[ref].states[state]

    def newest(self, policy_id: str) -> Procedure | None:
        """Return the highest version of a document, or None if there is no such document."""
        return max(self.versions(policy_id), key=_version, default=None)

    def in_force(
        self, policy_id: str, on: date, areas: Collection[str] | None = None
    ) -> Procedure | None:
        """Return the version that opens cases on a day, or None: the highest of those in force.

        `areas`: where the case would be, and everything above; None asks for any area.
        """
        usable = (
            procedure
            for procedure in self.versions(policy_id, areas)
            if procedure.policy.is_in_force(on)
        )
        return max(usable, key=_version, default=None)

    def versions(self, policy_id: str, areas: Collection[str] | None = None) -> list[Procedure]:
        """Return the versions of a document that are usable in one of some areas."""
        return [
            procedure
            for procedure in self
            if procedure.policy.id == policy_id
            and (areas is None or procedure.area_code is None or procedure.area_code in areas)
        ]


def _version(procedure: Procedure) -> int:
    return procedure.policy.version


def _by_state(table: tuple[Move, ...]) -> dict[str, dict[str, list[Move]]]:
    found: dict[str, dict[str, list[Move]]] = {}
    for move in table:
        found.setdefault(move.source, {}).setdefault(move.event, []).append(move)
    return found


def _words(policy: Policy, states: dict[str, Label]) -> dict[str, Label]:
    """Return every code that a refusal may name, with its label."""
    rules = policy.monitoring_object
    words = {code: label for entries in WORDS.values() for code, label in entries.items()}
    words |= {code: body.label for code, body in EVENTS.items()}
    words |= {code: role.label for code, role in policy.roles.items()}
    words |= {entry.code: entry for entries in policy.lists.values() for entry in entries}
    words |= {entry.code: entry for entry in rules.eligibility.exclusions}
    acts = (*rules.stages.values(), *rules.events)
    words |= {field.code: field.label for act in acts for field in act.form_fields}
    words |= {limit.id: limit.label for limit in rules.time_limits}
    return words | states


def _requirements_met(self: StateMachine, found: list[Blocker]) -> None:
    """Refuse with every reason at once; a validator's error always reaches the caller."""
    del self
    if found:
        raise RequirementsNotMet(found)


def _machine_class(
    policy: Policy,
    table: tuple[Move, ...],
    labels: dict[str, Label],
    *,
    with_ends: bool = False,
) -> type[StateMachine]:
    """Return the class of a policy's machines.

    A machine that reached a final state could not be aimed again, so that only the class that
    is drawn has any.
    """
    first = policy.monitoring_object.first_stage
    leaving = {move.source for move in table}
    states = {
        code: State(
            label.zh, value=code, initial=code == first, final=with_ends and code not in leaving
        )
        for code, label in labels.items()
    }
    body: dict[str, Any] = {**STRICT, **states, "requirements_met": _requirements_met}
    for target in {move.target for move in table if move.chosen}:
        body[f"returns_to_{target}"] = _names_target(target)
    for target in {move.target for move in table if move.forked}:
        body[f"leads_to_{target}"] = _is_next(policy.monitoring_object, target)
    for event in EVENTS:
        arrows = [_arrow(states, move) for move in table if move.event == event]
        if arrows:
            joined = arrows[0]
            for arrow in arrows[1:]:
                joined |= arrow
            body[event] = joined
    try:
        return type("MonitoringObject", (StateMachine,), body)
    except InvalidDefinition as problem:  # what the checks of a file did not find
        raise PolicyError(policy.ref, [f"monitoring_object: {problem}"]) from problem


def _arrow(states: dict[str, State], move: Move) -> Any:  # noqa: ANN401 - the library's own type
    choice = {"cond": f"returns_to_{move.target}"} if move.chosen else {}
    choice |= {"cond": f"leads_to_{move.target}"} if move.forked else {}
    return states[move.source].to(states[move.target], validators="requirements_met", **choice)


def _names_target(target: str) -> Callable[..., bool]:
    def named(_machine: StateMachine, matter: Matter) -> bool:
        return isinstance(matter.body, ReturnCase) and matter.body.to == target

    return named


def _is_next(rules: MonitoringRules, target: str) -> Callable[..., bool]:
    def led(machine: StateMachine, matter: Matter) -> bool:
        return next_stage(rules, str(machine.model.state), matter) == target

    return led


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line of the table of moves, as documentation and the API show it."""

    source: str
    event: str
    target: str
    by: tuple[str, ...]
    requires: tuple[str, ...]
    limits: tuple[str, ...]
    cite: str


def table(rules: Procedure) -> Iterator[TableRow]:
    """Yield the table of moves with who, what is required, which limit binds, which provision."""
    for move in rules.moves:
        acts = rules.acts(move.source, move.event)
        yield TableRow(
            source=move.source,
            event=move.event,
            target=move.target,
            by=move.rule.by,
            requires=tuple(need.requirement for need in move.rule.requires),
            limits=tuple(one.id for one in rules.rules.time_limits if acts & set(one.ends)),
            cite=move.rule.cite,
        )


def label_of(event: str) -> Label:
    """Return the label of an event of the procedure."""
    return EVENTS[event].label


def event_class(event: str) -> type[Event]:
    """Return the typed body of an event."""
    return EVENTS[event]
