"""What a document says of the acts of one kind of case: who, on which conditions, until when."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from service.blockers import Blocker
from service.codes import Cite, Code, CodeLabel, Label
from service.workflows.deadlines import TimeLimit, Unit
from service.workflows.dossier import Dossier
from service.workflows.kinds import Kind
from service.workflows.matter import Matter, OnlyFor, Requirement
from service.workflows.statement import Event

HOLDER = "holder"
"""In `by`: whoever the case waits for at its stage."""

LIES_IN = "area_code"
"""In an outcome: the area that the case lies in from then on."""


class Rules(BaseModel):
    """A part of a policy file: a key nobody knows is refused, nothing changes once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FormField(Rules):
    """One field of the document's own form, filled in with an act."""

    code: Code
    zh: str
    en: str
    type: Literal["text", "number", "yes_no", "day", "code"]
    required: bool = True
    list: Code | None = None
    cite: Cite

    @property
    def label(self) -> Label:
        return Label(zh=self.zh, en=self.en)


class ActRule(Rules):
    """Who may do something, under which provision, on which conditions, with which form.

    Each kind says in a class of its own which requirements there are.
    """

    by: tuple[Code, ...]
    cite: Cite
    requires: tuple[Requirement, ...] = ()
    form_fields: tuple[FormField, ...] = ()


class EventRule(ActRule):
    """An event by its code: at which states, and for a way back, to which stages."""

    event: Code
    at: tuple[Code, ...] = ()
    to: tuple[Code, ...] = ()


class Rung(Rules):
    """Who is to be told of a case, so many days before or after its last day, from an hour on.

    `before_days` are days before the last one, `after_days` how many it is late; both are in
    the limit's own unit (a limit of months or dates: in days), or in `unit`. With `month_end`
    it waits for the last day of the month: that is who draws up the month's list. `to` names
    roles, or `holder` for whoever the case waits for. It travels by `channels` where they are
    named, else by all that are subscribed.
    """

    before_days: Annotated[int, Field(ge=1, le=1000)] | None = None
    after_days: Annotated[int, Field(ge=0, le=1000)] | None = None
    unit: Literal[Unit.WORKING_DAY, Unit.CALENDAR_DAY] | None = None
    month_end: bool = False
    at_hour: Annotated[int, Field(ge=0, le=23)] = 8
    to: tuple[Code, ...]
    template: Literal["deadline_near", "deadline_overdue", "deadline_listed"] | None = None
    channels: tuple[Code, ...] | None = None
    cite: Cite

    @model_validator(mode="after")
    def _before_or_after(self) -> Self:
        if (self.before_days is None) == (self.after_days is None):
            raise ValueError("a rung has before_days or after_days, one of them")
        return self

    @property
    def day(self) -> int:
        """How many days after the last one it is; before it, less than none."""
        return self.after_days if self.after_days is not None else -(self.before_days or 0)

    @property
    def is_before(self) -> bool:
        return self.before_days is not None

    @property
    def says(self) -> str:
        """The template of its notice."""
        return self.template or ("deadline_near" if self.is_before else "deadline_overdue")

    @property
    def code(self) -> str:
        """What tells it from the other rungs of its ladder."""
        when = f"before_{self.before_days}" if self.is_before else f"after_{self.after_days}"
        return f"{when}_month_end" if self.month_end else when


class Operation(Rules):
    """Who may do something to a running clock, on which grounds, and how often.

    `reasons` names the list that the grounds are in. Without `at_most` the document says
    nothing of how often.
    """

    by: tuple[Code, ...]
    reasons: Code
    at_most: Annotated[int, Field(ge=1, le=100)] | None = None
    cite: Cite


class Suspension(Operation):
    """Who may let a clock stand, and go on again."""


class Extension(Operation):
    """Who may give a clock more time: so much each time, in the limit's own unit.

    Only a limit of a fixed date needs a `unit`. With `approve_by` it is asked for, and the date
    stands until another position of these roles has granted it.
    """

    amount: Annotated[int, Field(ge=1, le=1000)]
    unit: Unit | None = None
    approve_by: tuple[Code, ...] = ()


class ObjectionHold(Rules):
    """A clock stands while an objection is undecided.

    With `upheld_until` also from one that was upheld on, until one of these acts.
    """

    upheld_until: tuple[Code, ...] = ()
    cite: Cite


class CaseLimit(TimeLimit):
    """A time limit of a kind of case; with `only_for`, of those cases that it concerns.

    `rungs` are its ladder, the nearest first: see `workflows.ladder`. With `at_due` the clock
    itself raises that event when the last day is over and nothing else came. What else a
    document lets happen to the clock is in the others; what it does not say is not possible.
    """

    only_for: OnlyFor | None = None
    rungs: tuple[Rung, ...] = ()
    at_due: Code | None = None
    suspend: Suspension | None = None
    extend: Extension | None = None
    held_by_objection: ObjectionHold | None = None

    @property
    def can_stand(self) -> bool:
        """Tell whether the document knows a suspension of this clock at all."""
        return self.suspend is not None or self.held_by_objection is not None

    def concerns(self, matter: Matter[Any]) -> bool:
        return self.only_for is None or self.only_for.concerns(matter)


@dataclass(frozen=True, slots=True)
class Move:
    """One arrow of the machine.

    `chosen`: one of several targets, named by the event's body. `forked`: one of several, as
    some cases pass over the stages between.
    """

    source: str
    event: str
    target: str
    rule: ActRule
    chosen: bool = False
    forked: bool = False


class KindRules(Rules):
    """What one document says of one kind of case; each kind is a class of these.

    `catalogue` has every event of the kind, `opens` the one that opens a case; in a state of
    `closed` a case is over, and with each event of `returns` it begins another round.
    """

    kind: ClassVar[Kind]
    catalogue: ClassVar[Mapping[str, type[Event]]]
    opens: ClassVar[str]
    closed: ClassVar[frozenset[str]]
    dossier: ClassVar[type[Dossier]]
    returns: ClassVar[tuple[type[Event], ...]] = ()

    events: tuple[EventRule, ...] = ()
    time_limits: tuple[CaseLimit, ...] = ()
    lists: dict[Code, tuple[CodeLabel, ...]] = {}

    @property
    @abstractmethod
    def first_state(self) -> str:
        """The state of a case that was opened."""

    @property
    @abstractmethod
    def state_labels(self) -> dict[str, Label]:
        """Every state of this document's machine with its label, in the order of the procedure."""

    @abstractmethod
    def moves(self) -> Iterator[Move]:
        """Yield every move of the machine; what cannot become one is passed over."""

    @property
    def act_rules(self) -> tuple[ActRule, ...]:
        """Everything the document says that somebody does."""
        return self.events

    @cached_property
    def act_names(self) -> tuple[str, ...]:
        """Every name by which limits and requirements may know an act of this document."""
        opened = [self.opens] if self.opening else []
        return tuple(dict.fromkeys([*opened, *(move.event for move in self.moves())]))

    @property
    def opening(self) -> EventRule | None:
        """The rule for opening a case."""
        return next((rule for rule in self.events if rule.event == self.opens), None)

    def acts(self, state: str, event: str) -> frozenset[str]:
        """Return the names by which limits know an event at a state."""
        del state
        return frozenset({event})

    def acting(self, event: str, by: tuple[str, ...], dossier: Dossier | None) -> tuple[str, ...]:
        """Return which of an event's roles act in one case; in no case in particular, all."""
        del event, dossier
        return by

    def next_state(self, state: str, matter: Matter[Any]) -> str:
        """Return which of several targets a case is led to that passes over stages."""
        raise NotImplementedError(state, matter)

    def chosen(self, body: Event | None) -> str | None:
        """Return the target that a body names, where it names one."""
        del body
        return None

    def also_missing(self, rule: ActRule, matter: Matter[Any]) -> Iterable[Blocker]:
        """Return what stands in the way of an act beside what its rule requires."""
        del rule, matter
        return ()

    def outcome(self, matter: Matter[Any]) -> dict[str, str]:
        """Return what the rulebook derives from an accepted event, to be kept with it."""
        del matter
        return {}


def acts_ahead(rules: KindRules, table: Sequence[Move]) -> dict[str, frozenset[str]]:
    """Return state -> the acts on all ways that lead on from it, by every name they have."""
    states = {state for move in table for state in (move.source, move.target)}
    ahead = dict.fromkeys(states, frozenset[str]())
    for move in table:
        ahead[move.source] |= rules.acts(move.source, move.event)
    grows = True
    while grows:
        grows = False
        for move in reversed(table):  # from the end, or each round would go one step only
            if not ahead[move.target] <= ahead[move.source]:
                ahead[move.source] |= ahead[move.target]
                grows = True
    return ahead
