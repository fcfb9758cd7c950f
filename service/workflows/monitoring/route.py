"""What one document says of monitoring objects, and the moves of the machine it comes to.

The entry route leads to `assisted`, the elimination route from there to `eliminated`. Beside
them stand the events that keep a case where it is, send it back, or end it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.codes import Cite, Code, CodeLabel, Label
from service.workflows.deadlines import TimeLimit
from service.workflows.eligibility import EligibilityRules
from service.workflows.monitoring.matter import Matter, OnlyFor
from service.workflows.monitoring.requirements import AnyRequirement
from service.workflows.monitoring.stages import (
    ASSISTED,
    BACK,
    ELIMINATED,
    ELIMINATION,
    FORMS,
    OPEN,
    SIDE_EVENTS,
    STAGES,
    STATES,
    STAY,
    Stage,
)


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FormField(_Rules):
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


class ActRule(_Rules):
    """Who may do something, under which provision, on which conditions, with which form."""

    by: tuple[Code, ...]
    cite: Cite
    requires: tuple[AnyRequirement, ...] = ()
    form_fields: tuple[FormField, ...] = ()


class StageRule(ActRule):
    """How one stage of a route is completed. A stage of the document's own says its form.

    With `only_for`, the cases that it does not concern pass it over.
    """

    only_for: OnlyFor | None = None
    form: Code | None = None
    zh: str | None = None
    en: str | None = None


class EventRule(ActRule):
    """An event beside the routes: at which states, and for a way back, to which stages."""

    event: Code
    at: tuple[Code, ...] = ()
    to: tuple[Code, ...] = ()


class Rung(_Rules):
    """Who is to be told of an overdue case, from so many days late on, in the limit's own unit."""

    after_days: Annotated[int, Field(ge=0, le=1000)]
    to: tuple[Code, ...]
    cite: Cite


class MonitoringLimit(TimeLimit):
    """A time limit of monitoring objects; with `only_for`, of those that it concerns.

    `rungs` say to whom an overdue case matters, the nearest first.
    """

    only_for: OnlyFor | None = None
    rungs: tuple[Rung, ...] = ()

    def told_at(self, days_late: int) -> tuple[str, ...]:
        """Return the roles that are to know of a case so many days overdue, each once."""
        reached = (rung for rung in self.rungs if 0 < days_late >= rung.after_days)
        return tuple(dict.fromkeys(role for rung in reached for role in rung.to))

    def concerns(self, matter: Matter) -> bool:
        return self.only_for is None or self.only_for.concerns(matter)


NoticeField = Literal[
    "village",
    "head_name",
    "household_type",
    "persons",
    "proposal",
    "outcome",
    "first_day",
    "last_day",
    "place",
    "contact",
    "issuer",
    "document",
    "remark",
]
"""All that a public notice can say; nothing else of a household or a case ever gets there."""

Masking = Literal["none", "given_name", "middle"]


class NoticeRules(_Rules):
    """What hangs on the board: which fields in which order, and how the name is masked.

    The remark is what an official adds; it stands last. `contact` is where objections go, in
    words or as a role, where the posting itself names nobody.
    """

    title: Annotated[str, Field(pattern=r"^[^：\n]{1,60}$")] | None = None
    elimination_title: Annotated[str, Field(pattern=r"^[^：\n]{1,60}$")] | None = None
    fields: Annotated[tuple[NoticeField, ...], Field(min_length=1)] = (
        "village",
        "head_name",
        "proposal",
        "first_day",
        "last_day",
        "place",
        "contact",
        "remark",
    )
    masking: Masking = "none"
    contact: Annotated[str, Field(pattern=r"^[^\n]{1,100}$")] | None = None
    contact_role: Code | None = None
    cite: Cite = "DX-05"


class MonitoringRules(_Rules):
    """What one document says of monitoring objects.

    `usual_working_days` is what a stage without a limit usually takes: the feasibility check
    reckons with it, nothing enforces it. `relabelling_cite` is the provision under which a
    household whose risk was eliminated is taken in again.
    """

    entry: Annotated[tuple[Code, ...], Field(min_length=1)]
    elimination: tuple[Code, ...] = ()
    stages: dict[Code, StageRule]
    events: tuple[EventRule, ...]
    time_limits: tuple[MonitoringLimit, ...] = ()
    usual_working_days: dict[Code, int] = {}
    relabelling_cite: Cite | None = None
    eligibility: EligibilityRules
    notice: NoticeRules = NoticeRules()
    lists: dict[Code, tuple[CodeLabel, ...]]

    @property
    def first_stage(self) -> str:
        return self.entry[0]

    @property
    def route(self) -> tuple[str, ...]:
        """Every stage of both routes, in their order."""
        return (*self.entry, *self.elimination)

    @cached_property
    def stage_of(self) -> dict[str, Stage]:
        """The stages of both routes; those whose form nobody knows are left out."""
        found = {code: self._stage(code) for code in self.route}
        return {code: stage for code, stage in found.items() if stage}

    def _stage(self, code: str) -> Stage | None:
        known, rule = STAGES.get(code), self.stages.get(code)
        form = (rule.form if rule else None) or (known.form if known else None)
        if form not in FORMS:
            return None
        zh, en = (rule.zh, rule.en) if rule else (None, None)
        label = known.label if known else Label(zh=code, en=code)
        return Stage(Label(zh=zh or label.zh, en=en or label.en), form)

    @cached_property
    def act_names(self) -> tuple[str, ...]:
        """Every name by which limits and requirements may know an act of this document."""
        opened = [OPEN] if opening(self) else []
        events = [*opened, *(move.event for move in moves(self))]
        return tuple(dict.fromkeys([*self.stage_of, *events]))

    @cached_property
    def state_labels(self) -> dict[str, Label]:
        """Every state of this document's machine with its label, in the order of the procedure."""
        mine = {code: stage.label for code, stage in self.stage_of.items()}
        used = {state for move in moves(self) for state in (move.source, move.target)}
        return mine | {code: label for code, label in STATES.items() if code in used - set(mine)}


@dataclass(frozen=True, slots=True)
class Move:
    """One arrow of the machine.

    `chosen`: one of several targets, named by the event's `to`. `forked`: one of several, as
    some cases pass over the stages between.
    """

    source: str
    event: str
    target: str
    rule: ActRule
    chosen: bool = False
    forked: bool = False


def moves(rules: MonitoringRules) -> Iterator[Move]:
    """Yield every move of the machine that a document's routes come to, in their order.

    What cannot become a move is passed over; `gaps` names it.
    """
    for route, end in ((rules.entry, ASSISTED), (rules.elimination, ELIMINATED)):
        known = [code for code in route if code in rules.stage_of and code in rules.stages]
        for index, code in enumerate(known):
            event, rule = rules.stage_of[code].completed_by, rules.stages[code]
            targets = list(_following(rules, known[index + 1 :], end))
            forked = len(targets) > 1
            yield from (Move(code, event, target, rule, forked=forked) for target in targets)
    for beside in rules.events:
        for source in beside.at:
            yield from _side_moves(beside, source, rules)


def _following(rules: MonitoringRules, ahead: Sequence[str], end: str) -> Iterator[str]:
    """Yield where a route may lead next: up to the first stage that concerns every case."""
    for code in ahead:
        yield code
        if rules.stages[code].only_for is None:
            return
    yield end


def next_stage(rules: MonitoringRules, stage: str, matter: Matter) -> str:
    """Return the stage that follows for this case: the next one that concerns it, or the end."""
    entering = stage in rules.entry
    route = rules.entry if entering else rules.elimination
    for code in route[route.index(stage) + 1 :]:
        concerned = rules.stages[code].only_for
        if concerned is None or concerned.concerns(matter):
            return code
    return ASSISTED if entering else ELIMINATED


def _side_moves(rule: EventRule, source: str, rules: MonitoringRules) -> Iterator[Move]:
    event, target = rule.event, SIDE_EVENTS.get(rule.event)
    if target is None:
        return
    if target == BACK:
        chosen = event == "return_case"
        allowed = earlier(rules, source)
        yield from (Move(source, event, to, rule, chosen) for to in rule.to if to in allowed)
    elif target == ELIMINATION:
        yield from (Move(source, event, to, rule) for to in rules.elimination[:1])
    else:
        yield Move(source, event, target if target != STAY else source, rule)


def acts(rules: MonitoringRules, state: str, event: str) -> frozenset[str]:
    """Return the names of an event at a state: its own, and the stage's where it completes one."""
    stage = rules.stage_of.get(state)
    return frozenset({event, state} if stage and stage.completed_by == event else {event})


def acts_ahead(rules: MonitoringRules, table: Sequence[Move]) -> dict[str, frozenset[str]]:
    """Return state -> the acts on all ways that lead on from it, by every name they have."""
    states = {state for move in table for state in (move.source, move.target)}
    ahead = dict.fromkeys(states, frozenset[str]())
    for move in table:
        ahead[move.source] |= acts(rules, move.source, move.event)
    grows = True
    while grows:
        grows = False
        for move in reversed(table):  # from the end, or each round would go one step only
            if not ahead[move.target] <= ahead[move.source]:
                ahead[move.source] |= ahead[move.target]
                grows = True
    return ahead


def earlier(rules: MonitoringRules, source: str) -> tuple[str, ...]:
    """Return where a way back from a stage may lead: the stages before it on its own route.

    From a stage of the elimination it may also lead to `assisted`.
    """
    if source in rules.entry:
        return rules.entry[: rules.entry.index(source)]
    if source in rules.elimination:
        return (ASSISTED, *rules.elimination[: rules.elimination.index(source)])
    return ()


def opening(rules: MonitoringRules) -> EventRule | None:
    """Return the rule for taking in an application or a clue."""
    return next((rule for rule in rules.events if rule.event == OPEN), None)
