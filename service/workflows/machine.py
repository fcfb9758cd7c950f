"""One kind of case under a policy as a state machine of python-statemachine, pooled.

The library decides what is possible; this module only builds its classes. A class is made
once for each policy version from fresh states (subclassing a machine that has transitions
would change its parent). Making a machine costs ten times a move, so they are kept and
re-aimed.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from statemachine import State, StateMachine
from statemachine.exceptions import InvalidDefinition, TransitionNotAllowed

from service.blockers import Blocker
from service.codes import Label
from service.errors import EventNotAllowed, RequirementsNotMet
from service.workflows.acts import HOLDER, ActRule, CaseLimit, KindRules, Move, acts_ahead
from service.workflows.dossier import Dossier
from service.workflows.forms import form_blockers
from service.workflows.kinds import Kind
from service.workflows.matter import Matter
from service.workflows.policy import LEVELS, Policy, PolicyError
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

    Raises `PolicyError` where its states and events make no machine, and `KeyError` for a kind
    of which the policy says nothing.

    `area_code` is where an administrator published it: there and below it may open cases. A
    document that came with the installation may everywhere.
    """

    def __init__(
        self, policy: Policy, area_code: str | None = None, kind: Kind = Kind.MONITORING_OBJECT
    ) -> None:
        self.policy = policy
        self.area_code = area_code
        self.kind = kind
        self.rules: KindRules = policy.kinds[kind]
        self.moves = tuple(self.rules.moves())
        self.states = self.rules.state_labels
        self.words = _words(policy, self.rules)
        self._at = _by_state(self.moves)
        self._ahead = acts_ahead(self.rules, self.moves)
        self._limits = {limit.id: limit for limit in self.rules.time_limits}
        self.machine_class = _machine_class(policy, self.rules, self.moves)
        self._pool: deque[StateMachine] = deque()

    def rule(self, state: str | None, event: str) -> ActRule:
        """Return who may raise an event at a state, and on which conditions.

        Raises `EventNotAllowed` where the state does not know the event.
        """
        if event == self.rules.opens and (rule := self.rules.opening):
            return rule
        known = self._at.get(state or "", {}).get(event)
        if not known:
            label = self.rules.catalogue[event].label
            raise EventNotAllowed(label, self.states[state or self.rules.first_state])
        return known[0].rule

    def limit(self, rule: str) -> CaseLimit:
        """Return a time limit of the document by its id. Raises `KeyError`."""
        return self._limits[rule]

    def events_at(self, state: str) -> list[str]:
        """Return the events that this state knows, in the order of the procedure."""
        known = self._at.get(state, {})
        return [event for event in self.rules.catalogue if event in known]

    def targets(self, state: str, event: str) -> list[str]:
        """Return where an event may lead from a state: several only for a return."""
        return [move.target for move in self._at.get(state, {}).get(event, ())]

    def acts(self, state: str, event: str) -> frozenset[str]:
        """Return the names by which limits know this event at this state."""
        return self.rules.acts(state, event)

    def ahead(self, state: str) -> frozenset[str]:
        """Return every act that can still come after a state: what its clocks may wait for."""
        return self._ahead[state]

    def holder(
        self, state: str, dossier: Dossier | None = None, level: str = LEVELS[0]
    ) -> str | None:
        """Return the one role whose list a case in this state stands on, or None at the end.

        It is who takes the case on; where nothing leads on, who does anything with it at all.
        Of some kinds only the dossier tells which of several roles that is. Roles that are held
        below the level of the area where the case lies cannot reach it.
        """
        if state in self.rules.closed:
            return None
        named = [move for known in self._at.get(state, {}).values() for move in known]
        named.sort(key=lambda move: move.target == state)
        acting = ((m.event, m.rule.by) for m in named)
        roles = (role for one in acting for role in self.rules.acting(*one, dossier))
        return next((one for one in roles if one != HOLDER and self._reaches(one, level)), None)

    def _reaches(self, role: str, level: str) -> bool:
        return LEVELS.index(self.policy.roles[role].level) >= LEVELS.index(level)

    def actors(
        self,
        state: str | None,
        event: str,
        dossier: Dossier | None = None,
        level: str = LEVELS[0],
    ) -> tuple[str, ...]:
        """Return the roles that may raise an event while the case is in a state."""
        holder = self.holder(state, dossier, level) if state else None
        by = self.rules.acting(event, self.rule(state, event).by, dossier)
        named = (holder if role == HOLDER else role for role in by)
        return tuple(dict.fromkeys(role for role in named if role))

    def states_held_by(self, role: str, level: str = LEVELS[0]) -> list[str]:
        """Return the states in which a case in an area of a level waits for a role."""
        return [state for state in self.states if self.holder(state, level=level) == role]

    def blockers(self, state: str, event: str, matter: Matter[Any]) -> list[Blocker]:
        """Return every requirement that this event does not meet now."""
        rule = self.rule(state, event)
        found = [b for need in rule.requires for b in need.blockers(matter)]
        found += form_blockers(rule, matter)
        found += self.rules.also_missing(rule, matter)
        chosen = self.rules.chosen(matter.body)
        if chosen and chosen not in (to := self.targets(state, event)):
            found.append(
                Blocker("return_target_not_allowed", tuple(to), (chosen,), cite=RETURN_CITE)
            )
        return self.worded(found)

    def worded(self, found: Iterable[Blocker]) -> list[Blocker]:
        """Return blockers that name codes by the document's labels."""
        return [replace(blocker, words=self.words) for blocker in found]

    def move(self, state: str, event: str, matter: Matter[Any], also: list[Blocker]) -> str:
        """Return the state that the event leads to.

        `also` are blockers that the caller found outside the rulebook (clocks, attachments).
        Raises `EventNotAllowed` or `RequirementsNotMet`; the machine is then thrown away.
        """
        found = [*self.worded(also), *self.blockers(state, event, matter)]
        with self._aimed_at(state) as machine:
            try:
                machine.send(event, found=found, matter=matter)
            except TransitionNotAllowed as refused:
                label = self.rules.catalogue[event].label
                raise EventNotAllowed(label, self.states[state]) from refused
            return str(machine.model.state)

    @contextmanager
    def _aimed_at(self, state: str) -> Iterator[StateMachine]:
        try:
            machine = self._pool.pop()
        except IndexError:
            carrier = Carrier()
            carrier.state = self.rules.first_state
            machine = self.machine_class(model=carrier)
        machine.model.state = state
        yield machine  # what is raised here keeps the machine out of the pool
        self._pool.append(machine)

    def diagram(self, form: str) -> str:
        """Return the machine drawn by the library: `mermaid` or `md` (a table of transitions)."""
        drawn = _machine_class(self.policy, self.rules, self.moves, with_ends=True)
        return format(drawn, form)


def _by_state(table: tuple[Move, ...]) -> dict[str, dict[str, list[Move]]]:
    found: dict[str, dict[str, list[Move]]] = {}
    for move in table:
        found.setdefault(move.source, {}).setdefault(move.event, []).append(move)
    return found


def _words(policy: Policy, rules: KindRules) -> dict[str, Label]:
    """Return every code that a refusal may name, with its label."""
    words = {code: label for entries in WORDS.values() for code, label in entries.items()}
    words |= {code: body.label for code, body in rules.catalogue.items()}
    words |= {code: role.label for code, role in policy.roles.items()}
    words |= {entry.code: entry for entries in policy.lists.values() for entry in entries}
    words |= {entry.code: entry for entry in policy.monitoring_object.eligibility.exclusions}
    words |= {field.code: field.label for act in rules.act_rules for field in act.form_fields}
    words |= {limit.id: limit.label for limit in rules.time_limits}
    return words | rules.state_labels


def _requirements_met(self: StateMachine, found: list[Blocker]) -> None:
    """Refuse with every reason at once; a validator's error always reaches the caller."""
    del self
    if found:
        raise RequirementsNotMet(found)


def _machine_class(
    policy: Policy, rules: KindRules, table: tuple[Move, ...], *, with_ends: bool = False
) -> type[StateMachine]:
    """Return the class of a kind's machines under a policy.

    A machine that reached a final state could not be aimed again, so that only the class that
    is drawn has any.
    """
    leaving = {move.source for move in table}
    states = {
        code: State(
            label.zh,
            value=code,
            initial=code == rules.first_state,
            final=with_ends and code not in leaving,
        )
        for code, label in rules.state_labels.items()
    }
    body: dict[str, Any] = {**STRICT, **states, "requirements_met": _requirements_met}
    for target in {move.target for move in table if move.chosen}:
        body[f"returns_to_{target}"] = _names_target(rules, target)
    for target in {move.target for move in table if move.forked}:
        body[f"leads_to_{target}"] = _is_next(rules, target)
    for event in rules.catalogue:
        arrows = [_arrow(states, move) for move in table if move.event == event]
        if arrows:
            joined = arrows[0]
            for arrow in arrows[1:]:
                joined |= arrow
            body[event] = joined
    name = "".join(part.title() for part in rules.kind.split("_"))
    try:
        return type(name, (StateMachine,), body)
    except InvalidDefinition as problem:  # what the checks of a file did not find
        raise PolicyError(policy.ref, [f"{rules.kind}: {problem}"]) from problem


def _arrow(states: dict[str, State], move: Move) -> Any:  # noqa: ANN401 - the library's own type
    choice = {"cond": f"returns_to_{move.target}"} if move.chosen else {}
    choice |= {"cond": f"leads_to_{move.target}"} if move.forked else {}
    return states[move.source].to(states[move.target], validators="requirements_met", **choice)


def _names_target(rules: KindRules, target: str) -> Callable[..., bool]:
    def named(_machine: StateMachine, matter: Matter[Any]) -> bool:
        return rules.chosen(matter.body) == target

    return named


def _is_next(rules: KindRules, target: str) -> Callable[..., bool]:
    def led(machine: StateMachine, matter: Matter[Any]) -> bool:
        return rules.next_state(str(machine.model.state), matter) == target

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
