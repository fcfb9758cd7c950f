"""Gaps in what stands at an act of any kind (its people, requirements, form), and in limits."""

from collections.abc import Iterable, Iterator, Sequence

from service.workflows.acts import (
    HOLDER,
    ActRule,
    CaseLimit,
    EventRule,
    FormField,
    KindRules,
    Move,
    acts_ahead,
)
from service.workflows.clock_gaps import name_gaps, operation_gaps
from service.workflows.matter import OnlyFor, Requirement
from service.workflows.misfits import meant
from service.workflows.statement import Event

ENDS = ("starts", "ends")
NOT_ASKED_FOR = {"event", "device_time", "form"}
"""What comes with every event and is nothing that a document could speak of."""


def act_gaps(
    key: str, event: str | None, rule: ActRule, rules: KindRules, roles: set[str]
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
        known = rules.catalogue
        if event and event in known and not issubclass(known[event], requirement.asked_of):
            fitting = [code for code, of in known.items() if issubclass(of, requirement.asked_of)]
            what = f"{requirement.requirement!r} asks nothing of {event!r}"
            yield f"{place}: {what}; it goes with {', '.join(fitting)}"
        yield from _field_gaps(place, requirement.looks_at(), event, rule, rules)
    yield from _form_gaps(key, rule, rules)


def _requirement_gaps(key: str, requirement: Requirement, rules: KindRules) -> Iterator[str]:
    yield from code_gaps(key, requirement.codes(), rules)
    yield from _answer_gaps(f"{key}.only_for", requirement.only_for, rules)
    for name in requirement.lists():
        if name not in rules.lists:
            yield f"{key}: there is no lists.{name}{meant(name, rules.lists)}"
    yield from name_gaps(key, requirement.acts(), rules)


def _field_gaps(
    key: str, fields: Iterable[str], event: str | None, rule: ActRule, rules: KindRules
) -> Iterator[str]:
    known = said_with(event, rule, rules)
    yield from (
        f"{key}: {event!r} says no {field!r}{meant(field, known)}; or ask for it in form_fields"
        for field in fields
        if known and field not in known
    )


def said_with(event: str | None, rule: ActRule, rules: KindRules) -> list[str]:
    """Return what can be said with an event: its own fields, and those of the document's form."""
    body = rules.catalogue.get(event or "")
    if body is None:
        return []
    kinds = [vars(kind) for kind in body.__mro__ if issubclass(kind, Event)]
    derived = [name for own in kinds for name, it in own.items() if isinstance(it, property)]
    asked = [field.code for field in rule.form_fields]
    return [one for one in (*body.model_fields, *derived, *asked) if one not in NOT_ASKED_FOR]


def _form_gaps(key: str, rule: ActRule, rules: KindRules) -> Iterator[str]:
    yield from twice(f"{key}.form_fields", [field.code for field in rule.form_fields])
    for field in rule.form_fields:
        place = f"{key}.form_fields[{field.code}]"
        if (field.type == "code") != (field.list is not None):
            yield f"{place}: list goes with type = 'code', and only with it"
        if field.list and field.list not in rules.lists:
            yield f"{place}: there is no lists.{field.list}{meant(field.list, rules.lists)}"


def only_for_gaps(key: str, only: OnlyFor | None, rules: KindRules) -> Iterator[str]:
    yield from code_gaps(key, only.codes() if only else (), rules)
    yield from _answer_gaps(key, only, rules)


def code_gaps(key: str, codes: Iterable[tuple[str, str]], rules: KindRules) -> Iterator[str]:
    for name, code in codes:
        if code not in {entry.code for entry in rules.lists.get(name, ())}:
            yield f"{key}: {code!r} is not in lists.{name}; add it there, or take it out"


def _answer_gaps(key: str, only: OnlyFor | None, rules: KindRules) -> Iterator[str]:
    if only is None or not only.answers:
        return
    asked = {field.code: field for rule in rules.act_rules for field in rule.form_fields}
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


def _answers_to(field: FormField, rules: KindRules) -> list[str]:
    """Return the answers that a field of a document's own form may get; none for free ones."""
    if field.type == "yes_no":
        return ["true", "false"]
    return [entry.code for entry in rules.lists.get(field.list or "", ())]


def limit_gaps(rules: KindRules, table: Sequence[Move], roles: set[str]) -> Iterator[str]:
    """Yield what is wrong with the time limits."""
    yield from twice("time_limits", [limit.id for limit in rules.time_limits])
    ahead = acts_ahead(rules, table)
    for limit in rules.time_limits:
        key = f"time_limits[{limit.id}]"
        yield from only_for_gaps(f"{key}.only_for", limit.only_for, rules)
        yield from operation_gaps(key, limit, rules, roles)
        for name in ENDS:
            if not getattr(limit, name):
                yield f"{key}.{name}: it names no act; name a stage or an event"
        for name in (*ENDS, "lapses"):
            yield from name_gaps(f"{key}.{name}", getattr(limit, name), rules)
        yield from _span_gaps(key, limit, rules, table, ahead)


def _span_gaps(
    key: str,
    limit: CaseLimit,
    rules: KindRules,
    table: Sequence[Move],
    ahead: dict[str, frozenset[str]],
) -> Iterator[str]:
    """Yield whether a limit could never be over, or its first day never be said."""
    starts = list(_starts(limit, rules, table))
    if not starts:
        return
    fields = list(
        dict.fromkeys(f for event, rule, _ in starts for f in said_with(event, rule, rules))
    )
    if limit.from_day and limit.from_day not in fields:
        what = f"what starts it says no {limit.from_day!r}"
        yield f"{key}.from_day: {what}{meant(limit.from_day, fields)}"
    after = set[str]().union(*(ahead.get(state, ()) for *_, state in starts))
    over = after | set(limit.starts)  # one act may start and end a limit: see from_day
    if limit.ends and over.isdisjoint(limit.ends) and set(limit.ends) <= set(rules.act_names):
        yield f"{key}.ends: none of these comes after what starts it; name an act that does"


def _starts(
    limit: CaseLimit, rules: KindRules, table: Sequence[Move]
) -> Iterator[tuple[str, ActRule, str]]:
    """Yield the acts that start a limit: the event, its rule, and the state it leads to."""
    if rules.opens in limit.starts and (rule := rules.opening):
        yield rules.opens, rule, rules.first_state
    for move in table:
        if not rules.acts(move.source, move.event).isdisjoint(limit.starts):
            yield move.event, move.rule, move.target


def twice(key: str, names: list[str]) -> Iterator[str]:
    """Yield the names that stand somewhere more than once."""
    repeated = sorted({name for name in names if names.count(name) > 1})
    yield from (f"{key}: {name!r} stands there twice; rename one of them" for name in repeated)
