"""What one document says of monitoring objects, and the moves of the machine it comes to.

The entry route leads to `assisted`, the elimination route from there to `eliminated`. Beside
them stand the events that keep a case where it is, send it back, or end it.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from service.blockers import Blocker
from service.codes import Cite, Code, Label
from service.workflows import acts as any_kind
from service.workflows.acts import ActRule, KindRules, Move, Rules
from service.workflows.eligibility import EligibilityRules
from service.workflows.kinds import Kind
from service.workflows.matter import OnlyFor
from service.workflows.monitoring.dossier import Matter, MonitoringDossier
from service.workflows.monitoring.entry_events import ReturnCase, UpholdObjection
from service.workflows.monitoring.events import EVENTS
from service.workflows.monitoring.publicity import notice_blockers
from service.workflows.monitoring.requirements import AnyRequirement
from service.workflows.monitoring.stages import (
    ASSISTED,
    BACK,
    CLOSED,
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
from service.workflows.statement import Event


class StageRule(ActRule):
    """How one stage of a route is completed. A stage of the document's own says its form.

    With `only_for`, the cases that it does not concern pass it over.
    """

    requires: tuple[AnyRequirement, ...] = ()
    only_for: OnlyFor | None = None
    form: Code | None = None
    zh: str | None = None
    en: str | None = None


class EventRule(any_kind.EventRule):
    """An event beside the routes: at which states, and for a way back, to which stages."""

    requires: tuple[AnyRequirement, ...] = ()


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


class NoticeRules(Rules):
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


class MonitoringRules(KindRules):
    """What one document says of monitoring objects.

    `usual_working_days` is what a stage without a limit usually takes: the feasibility check
    reckons with it, nothing enforces it. `relabelling_cite` is the provision under which a
    household whose risk was eliminated is taken in again.
    """

    kind = Kind.MONITORING_OBJECT
    catalogue = EVENTS
    opens = OPEN
    closed = CLOSED
    dossier = MonitoringDossier
    returns = (ReturnCase, UpholdObjection)

    entry: Annotated[tuple[Code, ...], Field(min_length=1)]
    elimination: tuple[Code, ...] = ()
    stages: dict[Code, StageRule]
    events: tuple[EventRule, ...]
    usual_working_days: dict[Code, int] = Field(default_factory=dict)
    relabelling_cite: Cite | None = None
    eligibility: EligibilityRules
    notice: NoticeRules = NoticeRules()

    @property
    def first_state(self) -> str:
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
        return tuple(dict.fromkeys([*self.stage_of, *super().act_names]))

    @property
    def act_rules(self) -> tuple[ActRule, ...]:
        return (*self.stages.values(), *self.events)

    @cached_property
    def state_labels(self) -> dict[str, Label]:
        """Every state of this document's machine with its label, in the order of the procedure."""
        mine = {code: stage.label for code, stage in self.stage_of.items()}
        used = {state for move in self.moves() for state in (move.source, move.target)}
        return mine | {code: label for code, label in STATES.items() if code in used - set(mine)}

    def moves(self) -> Iterator[Move]:
        """Yield every move of the machine that the routes come to, in their order.

        What cannot become a move is passed over; `gaps` names it.
        """
        for route, end in ((self.entry, ASSISTED), (self.elimination, ELIMINATED)):
            known = [code for code in route if code in self.stage_of and code in self.stages]
            for index, code in enumerate(known):
                event, rule = self.stage_of[code].completed_by, self.stages[code]
                targets = list(_following(self, known[index + 1 :], end))
                forked = len(targets) > 1
                yield from (Move(code, event, to, rule, forked=forked) for to in targets)
        for beside in self.events:
            for source in beside.at:
                yield from _side_moves(beside, source, self)

    def acts(self, state: str, event: str) -> frozenset[str]:
        """Return the names of an event at a state: its own, and the stage's if it completes one."""
        stage = self.stage_of.get(state)
        return frozenset({event, state} if stage and stage.completed_by == event else {event})

    def next_state(self, state: str, matter: Matter) -> str:
        """Return the stage that follows for this case: the next that concerns it, or the end."""
        entering = state in self.entry
        route = self.entry if entering else self.elimination
        for code in route[route.index(state) + 1 :]:
            concerned = self.stages[code].only_for
            if concerned is None or concerned.concerns(matter):
                return code
        return ASSISTED if entering else ELIMINATED

    def chosen(self, body: Event | None) -> str | None:
        return body.to if isinstance(body, ReturnCase) else None

    def also_missing(self, rule: ActRule, matter: Matter) -> Iterable[Blocker]:
        return notice_blockers(rule.requires, matter)


def _following(rules: MonitoringRules, ahead: Sequence[str], end: str) -> Iterator[str]:
    """Yield where a route may lead next: up to the first stage that concerns every case."""
    for code in ahead:
        yield code
        if rules.stages[code].only_for is None:
            return
    yield end


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


def earlier(rules: MonitoringRules, source: str) -> tuple[str, ...]:
    """Return where a way back from a stage may lead: the stages before it on its own route.

    From a stage of the elimination it may also lead to `assisted`.
    """
    if source in rules.entry:
        return rules.entry[: rules.entry.index(source)]
    if source in rules.elimination:
        return (ASSISTED, *rules.elimination[: rules.elimination.index(source)])
    return ()
