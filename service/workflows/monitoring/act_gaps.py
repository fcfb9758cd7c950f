"""Gaps in what stands at an act (its people, requirements, form), in limits and in lines."""

from collections.abc import Iterable, Iterator, Sequence

from service.workflows.deadlines import LimitKind
from service.workflows.eligibility import PREDICATES
from service.workflows.misfits import meant
from service.workflows.monitoring.events import EVENTS
from service.workflows.monitoring.matter import OnlyFor, Requirement
from service.workflows.monitoring.route import (
    ActRule,
    EventRule,
    FormField,
    MonitoringLimit,
    MonitoringRules,
    Move,
    acts,
    acts_ahead,
    opening,
)
from service.workflows.monitoring.stages import HOLDER, OPEN
from service.workflows.monitoring.statement import Event

ENDS = ("starts", "ends")
NOT_ASKED_FOR = {"event", "device_time", "form"}
"""What comes with every event and is nothing that a document could speak of."""


def act_gaps(
    key: str, event: str | None, rule: ActRule, rules: MonitoringRules, roles: set[str]
) -> Iterator[str]:
    """Yield what is wrong with who may do something, what it requires, and its form."""
    if not rule.by:
        yield f"{key}.by: nobody may do it; name a role"
    allowed = roles | {HOLDER} if isinstance(rule, EventRule) and rule.at else roles
    yield from (
        f"{key}.by: {role!r} is not in roles{meant(role, sorted(allowed))}"
        for role in rule.by
        if role not in allowed
    )
    for index, requirement in enumerate(rule.requires):
        place = f"{key}.requires[{index}]"
        yield from _requirement_gaps(place, requirement, rules)
        if event in EVENTS and not issubclass(EVENTS[event], requirement.asked_of):
            fitting = [code for code, of in EVENTS.items() if issubclass(of, requirement.asked_of)]
            what = f"{requirement.requirement!r} asks nothing of {event!r}"
            yield f"{place}: {what}; it goes with {', '.join(fitting)}"
        yield from _field_gaps(place, requirement.looks_at(), event, rule)
    yield from _form_gaps(key, rule, rules)


def _requirement_gaps(key: str, requirement: Requirement, rules: MonitoringRules) -> Iterator[str]:
    yield from _code_gaps(key, requirement.codes(), rules)
    yield from _answer_gaps(f"{key}.only_for", requirement.only_for, rules)
    for name in requirement.lists():
        if name not in rules.lists:
            yield f"{key}: there is no lists.{name}{meant(name, rules.lists)}"
    yield from _name_gaps(key, requirement.acts(), rules)


def _name_gaps(key: str, names: Iterable[str], rules: MonitoringRules) -> Iterator[str]:
    known = rules.act_names
    yield from (
        f"{key}: {name!r} is no stage and no event of this document{meant(name, known)}"
        for name in names
        if name not in known
    )


def _field_gaps(key: str, fields: Iterable[str], event: str | None, rule: ActRule) -> Iterator[str]:
    known = said_with(event, rule)
    yield from (
        f"{key}: {event!r} says no {field!r}{meant(field, known)}; or ask for it in form_fields"
        for field in fields
        if known and field not in known
    )


def said_with(event: str | None, rule: ActRule) -> list[str]:
    """Return what can be said with an event: its own fields, and those of the document's form."""
    if event not in EVENTS:
        return []
    body = EVENTS[event]
    kinds = [vars(kind) for kind in body.__mro__ if issubclass(kind, Event)]
    derived = [name for own in kinds for name, it in own.items() if isinstance(it, property)]
    asked = [field.code for field in rule.form_fields]
    return [one for one in (*body.model_fields, *derived, *asked) if one not in NOT_ASKED_FOR]


def _form_gaps(key: str, rule: ActRule, rules: MonitoringRules) -> Iterator[str]:
    yield from _twice(f"{key}.form_fields", [field.code for field in rule.form_fields])
    for field in rule.form_fields:
        place = f"{key}.form_fields[{field.code}]"
        if (field.type == "code") != (field.list is not None):
            yield f"{place}: list goes with type = 'code', and only with it"
        if field.list and field.list not in rules.lists:
            yield f"{place}: there is no lists.{field.list}{meant(field.list, rules.lists)}"


def only_for_gaps(key: str, only: OnlyFor | None, rules: MonitoringRules) -> Iterator[str]:
    yield from _code_gaps(key, only.codes() if only else (), rules)
    yield from _answer_gaps(key, only, rules)


def _code_gaps(key: str, codes: Iterable[tuple[str, str]], rules: MonitoringRules) -> Iterator[str]:
    for name, code in codes:
        if code not in {entry.code for entry in rules.lists.get(name, ())}:
            yield f"{key}: {code!r} is not in lists.{name}; add it there, or take it out"


def _answer_gaps(key: str, only: OnlyFor | None, rules: MonitoringRules) -> Iterator[str]:
    if only is None or not only.answers:
        return
    acts = (*rules.stages.values(), *rules.events)
    asked = {field.code: field for rule in acts for field in rule.form_fields}
    for code, answers in only.answers.items():
        if code not in asked:
            yield f"{key}.answers: no form_fields ask for {code!r}{meant(code, sorted(asked))}"
            continue
        known = _answers_to(asked[code], rules)
        yield from (
            f"{key}.answers: nobody can answer {answer!r} to {code!r}{meant(answer, known)}"
            for answer in answers
            if known and answer not in known
        )


def _answers_to(field: FormField, rules: MonitoringRules) -> list[str]:
    """Return the answers that a field of a document's own form may get; none for free ones."""
    if field.type == "yes_no":
        return ["true", "false"]
    return [entry.code for entry in rules.lists.get(field.list or "", ())]


def limit_gaps(rules: MonitoringRules, table: Sequence[Move], roles: set[str]) -> Iterator[str]:
    """Yield what is wrong with the time limits, and with what the feasibility check assumes."""
    yield from _twice("time_limits", [limit.id for limit in rules.time_limits])
    ahead = acts_ahead(rules, table)
    for limit in rules.time_limits:
        key = f"time_limits[{limit.id}]"
        yield from only_for_gaps(f"{key}.only_for", limit.only_for, rules)
        yield from _rung_gaps(key, limit, roles)
        for name in ENDS:
            if not getattr(limit, name):
                yield f"{key}.{name}: it names no act; name a stage or an event"
        for name in (*ENDS, "lapses"):
            yield from _name_gaps(f"{key}.{name}", getattr(limit, name), rules)
        yield from _span_gaps(key, limit, rules, table, ahead)
    for code in rules.usual_working_days:
        if code not in rules.route:
            yield f"usual_working_days.{code}: this stage is in neither route; take it out"


def _rung_gaps(key: str, limit: MonitoringLimit, roles: set[str]) -> Iterator[str]:
    if limit.rungs and limit.kind is not LimitKind.DUE:
        yield f"{key}.rungs: nobody can be late for a minimum; take them out"
    days = [rung.after_days for rung in limit.rungs]
    if days != sorted(set(days)):
        yield f"{key}.rungs: after_days must grow from rung to rung"
    for index, rung in enumerate(limit.rungs):
        if not rung.to:
            yield f"{key}.rungs[{index}].to: it reaches nobody; name a role"
        yield from (
            f"{key}.rungs[{index}].to: {role!r} is not in roles{meant(role, roles)}"
            for role in rung.to
            if role not in roles
        )


def _span_gaps(
    key: str,
    limit: MonitoringLimit,
    rules: MonitoringRules,
    table: Sequence[Move],
    ahead: dict[str, frozenset[str]],
) -> Iterator[str]:
    """Yield whether a limit could never be over, or its first day never be said."""
    starts = list(_starts(limit, rules, table))
    if not starts:
        return
    fields = list(dict.fromkeys(f for event, rule, _ in starts for f in said_with(event, rule)))
    if limit.from_day and limit.from_day not in fields:
        what = f"what starts it says no {limit.from_day!r}"
        yield f"{key}.from_day: {what}{meant(limit.from_day, fields)}"
    after = set[str]().union(*(ahead.get(state, ()) for *_, state in starts))
    over = after | set(limit.starts)  # one act may start and end a limit: see from_day
    if limit.ends and over.isdisjoint(limit.ends) and set(limit.ends) <= set(rules.act_names):
        yield f"{key}.ends: none of these comes after what starts it; name an act that does"


def _starts(
    limit: MonitoringLimit, rules: MonitoringRules, table: Sequence[Move]
) -> Iterator[tuple[str, ActRule, str]]:
    """Yield the acts that start a limit: the event, its rule, and the state it leads to."""
    if OPEN in limit.starts and (rule := opening(rules)):
        yield OPEN, rule, rules.first_stage
    for move in table:
        if not acts(rules, move.source, move.event).isdisjoint(limit.starts):
            yield move.event, move.rule, move.target


def eligibility_gaps(rules: MonitoringRules) -> Iterator[str]:
    lines = [f"{line.year} {line.area or ''}".strip() for line in rules.eligibility.income_lines]
    yield from _twice("eligibility.income_lines", lines)
    known = [*PREDICATES, *(entry.code for entry in rules.lists.get("facts", ()))]
    for key, name in rules.eligibility.predicates():
        if name not in known:
            yield (
                f"eligibility.{key}.when: there is no predicate {name!r}{meant(name, known)};"
                " or ask for it in lists.facts"
            )
    mapped = [("object_types", rule.object_type) for rule in rules.eligibility.object_types]
    for index, pair in enumerate(mapped):
        yield from _code_gaps(f"eligibility.object_types[{index}].object_type", [pair], rules)


def _twice(key: str, names: list[str]) -> Iterator[str]:
    repeated = sorted({name for name in names if names.count(name) > 1})
    yield from (f"{key}: {name!r} stands there twice; rename one of them" for name in repeated)
