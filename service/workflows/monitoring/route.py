"""The stages a document may name for a monitoring object, and the moves they come to.

A stage is a state of the case; its completing event leads to the next stage of the route.
The order, the actors, the requirements and the limits are the document's. Beside the route
stand the events that keep a case where it is, send it back, or end it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from pydantic import BaseModel, ConfigDict

from service.codes import Cite, Code, CodeLabel, Label
from service.workflows.deadlines import TimeLimit
from service.workflows.eligibility import EligibilityRules
from service.workflows.monitoring.events import EVENTS
from service.workflows.monitoring.requirements import AnyRequirement

OPEN = "open"
HOLDER = "holder"
"""In `by`: whoever the case waits for at its stage."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A state on the route: what completes it, and what may be said while the case stays."""

    label: Label
    completed_by: str
    within: tuple[str, ...] = ()


STAGES: dict[str, Stage] = {
    "consent": Stage(Label(zh="待签承诺授权", en="awaiting consent"), "sign_consent"),
    "group_deliberation": Stage(
        Label(zh="村民小组评议", en="group deliberation"), "conclude_group_deliberation"
    ),
    "village_review": Stage(
        Label(zh="村级核实评议", en="village review"), "conclude_village_review"
    ),
    "posting": Stage(Label(zh="初选名单待公示", en="initial list, to be posted"), "post_publicity"),
    "publicity": Stage(
        Label(zh="村内公示", en="publicity in the village"),
        "conclude_publicity",
        within=("record_comparison", "conclude_comparison", "object", "reject_objection"),
    ),
    "village_report": Stage(
        Label(zh="待上报乡镇", en="to be reported to the township"), "report_to_township"
    ),
    "township_review": Stage(Label(zh="乡镇审核", en="township review"), "approve_township_review"),
    "county_filing": Stage(Label(zh="县级备案", en="county filing"), "file"),
    "announcement": Stage(Label(zh="待公告", en="to be announced"), "announce"),
    "registration": Stage(Label(zh="待录入标注", en="to be registered"), "register"),
    "monitored": Stage(Label(zh="已纳入监测", en="monitored"), "assign_helper"),
}
END = "helper_assigned"
EXPLANATION_OWED, NOT_QUALIFIED, WITHDRAWN = "explanation_owed", "not_qualified", "withdrawn"

STATES: dict[str, Label] = {code: stage.label for code, stage in STAGES.items()} | {
    END: Label(zh="已安排帮扶人", en="helper assigned"),
    EXPLANATION_OWED: Label(zh="不予纳入，待向农户说明", en="refused, explanation owed"),
    NOT_QUALIFIED: Label(zh="不符合条件（已说明）", en="not qualified, explained"),
    WITHDRAWN: Label(zh="已撤回", en="withdrawn"),
}
"""Every state a monitoring object can be in, in the order of the procedure."""

CLOSED = frozenset({NOT_QUALIFIED, WITHDRAWN})
"""States in which the episode is over and the household may apply anew."""


class EventRule(BaseModel):
    """Who may raise an event, under which provision, and what it requires.

    `at` names the stages of an event that does not belong to one; `to` the stages it may
    lead back to.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: tuple[Code, ...]
    cite: Cite
    at: tuple[Code, ...] = ()
    to: tuple[Code, ...] = ()
    requires: tuple[AnyRequirement, ...] = ()


class MonitoringRules(BaseModel):
    """What one document says of monitoring objects."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    route: tuple[Code, ...]
    events: dict[Code, EventRule]
    time_limits: tuple[TimeLimit, ...]
    eligibility: EligibilityRules
    lists: dict[Code, tuple[CodeLabel, ...]]

    @property
    def first_stage(self) -> str:
        return self.route[0]


@dataclass(frozen=True, slots=True)
class Move:
    """One arrow of the machine. `chosen`: one of several targets, named by the event's `to`."""

    source: str
    event: str
    target: str
    chosen: bool = False


def moves(rules: MonitoringRules) -> Iterator[Move]:
    """Yield every move of the machine that a document's route comes to, in its order.

    Stages and events that the catalogue does not know are passed over; `gaps` names them.
    """
    known = [code for code in rules.route if code in STAGES]
    for code, following in pairwise([*known, END]):
        stage = STAGES[code]
        yield Move(code, stage.completed_by, following)
        yield from (Move(code, event, code) for event in stage.within)
    for event, rule in rules.events.items():
        yield from _side_moves(event, rule, known)
    if {"refuse", "explain_refusal"} <= set(rules.events):
        yield Move(EXPLANATION_OWED, "explain_refusal", NOT_QUALIFIED)


def _side_moves(event: str, rule: EventRule, route: list[str]) -> Iterator[Move]:
    for source in rule.at:
        match event:
            case "return_case" | "uphold_objection":
                earlier = route[: route.index(source)] if source in route else []
                targets = [target for target in rule.to if target in earlier]
                yield from (Move(source, event, t, chosen=event == "return_case") for t in targets)
            case "refuse":
                yield Move(source, event, EXPLANATION_OWED)
            case "withdraw":
                yield Move(source, event, WITHDRAWN)
            case _:
                pass  # an `at` at any other event is a gap, and named as one


LEADS_BACK = {"return_case", "uphold_objection"}
SIDE_EVENTS = {"return_case", "uphold_objection", "refuse", "withdraw"}


def gaps(rules: MonitoringRules, roles: set[str]) -> Iterator[str]:
    """Yield everything in a document's rules that a case could stumble over, with its key."""
    yield from _route_gaps(rules)
    yield from _dead_ends(rules)
    yield from _event_gaps(rules, roles)
    yield from _limit_gaps(rules)


FINAL = {END, NOT_QUALIFIED, WITHDRAWN}


def _dead_ends(rules: MonitoringRules) -> Iterator[str]:
    """Yield the states that a case could enter and never leave, though it is not at an end."""
    table = list(moves(rules))
    leaving = {move.source for move in table}
    for target in dict.fromkeys(move.target for move in table):
        if target not in leaving | FINAL:
            yield f"events: no event leaves {target!r}"


def _route_gaps(rules: MonitoringRules) -> Iterator[str]:
    seen: set[str] = set()
    for index, code in enumerate(rules.route):
        if code not in STAGES:
            yield f"route[{index}]: there is no stage {code!r}"
        if code in seen:
            yield f"route[{index}]: {code!r} stands in the route twice"
        seen.add(code)
    if not rules.route:
        yield "route: it names no stage"
    if "publicity" in seen and "posting" not in rules.route[: rules.route.index("publicity")]:
        yield "route: publicity needs 'posting' before it"
    if "posting" in seen and "publicity" not in seen:
        yield "route: what is posted needs 'publicity' after it"


def _event_gaps(rules: MonitoringRules, roles: set[str]) -> Iterator[str]:
    raised = {move.event for move in moves(rules)} | {OPEN}
    for event in sorted(raised - set(rules.events)):
        yield f"events: nothing is written for {event!r}, which the route needs"
    for event, rule in rules.events.items():
        key = f"events.{event}"
        if event not in EVENTS:
            yield f"{key}: there is no such event"
        elif event not in raised:
            yield f"{key}: no stage of the route ever meets this event"
        if not rule.by:
            yield f"{key}.by: nobody may raise it"
        allowed = roles | {HOLDER} if rule.at else roles
        yield from (
            f"{key}.by: {role!r} is not in roles" for role in rule.by if role not in allowed
        )
        yield from _place_gaps(key, event, rule, rules)
        yield from _list_gaps(key, rule, rules)


def _place_gaps(key: str, event: str, rule: EventRule, rules: MonitoringRules) -> Iterator[str]:
    if bool(rule.at) != (event in SIDE_EVENTS):
        yield f"{key}.at: names the stages of {', '.join(sorted(SIDE_EVENTS))}, and only of those"
    for name, stages in (("at", rule.at), ("to", rule.to)):
        for code in stages:
            if code not in rules.route:
                yield f"{key}.{name}: {code!r} is not in the route"
    if rule.to and event not in LEADS_BACK:
        yield f"{key}.to: names where {' and '.join(sorted(LEADS_BACK))} lead, and only those"
    if event == "uphold_objection" and len(rule.to) != 1:
        yield f"{key}.to: an upheld objection leads back to exactly one stage"


def _list_gaps(key: str, rule: EventRule, rules: MonitoringRules) -> Iterator[str]:
    for index, requirement in enumerate(rule.requires):
        for name, code in requirement.codes():
            if code not in {entry.code for entry in rules.lists.get(name, ())}:
                yield f"{key}.requires[{index}]: {code!r} is not in lists.{name}"


def _limit_gaps(rules: MonitoringRules) -> Iterator[str]:
    yield from _twice("time_limits", [limit.id for limit in rules.time_limits])
    years = [str(line.year) for line in rules.eligibility.income_lines]
    yield from _twice("eligibility.income_lines", years)
    for index, limit in enumerate(rules.time_limits):
        for name in ("starts", "ends"):
            if not getattr(limit, name):
                yield f"time_limits[{index}].{name}: it names no event"
        for name in ("starts", "ends", "lapses"):
            for event in getattr(limit, name):
                if event not in rules.events:
                    yield f"time_limits[{index}].{name}: no event {event!r} in this document"


def _twice(key: str, names: list[str]) -> Iterator[str]:
    repeated = {name for name in names if names.count(name) > 1}
    yield from (f"{key}: {name!r} stands there twice" for name in sorted(repeated))
