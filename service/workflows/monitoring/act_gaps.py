"""Gaps in what stands at an act (its people, requirements, form), in limits and in lines."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from service.workflows.eligibility import PREDICATES
from service.workflows.monitoring.matter import OnlyFor, Requirement
from service.workflows.monitoring.route import ActRule, MonitoringRules, moves, opening
from service.workflows.monitoring.stages import HOLDER, OPEN

ENDS = ("starts", "ends")


def act_gaps(
    key: str, rule: ActRule, rules: MonitoringRules, roles: set[str], *, holder: bool = False
) -> Iterator[str]:
    """Yield what is wrong with who may do something, what it requires, and its form."""
    if not rule.by:
        yield f"{key}.by: nobody may do it; name a role"
    allowed = roles | {HOLDER} if holder else roles
    yield from (
        f"{key}.by: {role!r} is not in roles{meant(role, allowed)}"
        for role in rule.by
        if role not in allowed
    )
    for index, requirement in enumerate(rule.requires):
        yield from _requirement_gaps(f"{key}.requires[{index}]", requirement, rules)
    yield from _form_gaps(key, rule, rules)


def _requirement_gaps(key: str, requirement: Requirement, rules: MonitoringRules) -> Iterator[str]:
    yield from _code_gaps(key, requirement.codes(), rules)
    yield from _answer_gaps(f"{key}.only_for", requirement.only_for, rules)
    acts = _acts(rules)
    for name in requirement.lists():
        if name not in rules.lists:
            yield f"{key}: there is no lists.{name}{meant(name, rules.lists)}"
    for act in requirement.acts():
        if act not in acts:
            yield f"{key}: {act!r} is no stage and no event here{meant(act, acts)}"


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
    asked = {field.code for rule in _rules_of(rules) for field in rule.form_fields}
    for field in only.answers if only else ():
        if field not in asked:
            yield f"{key}.answers: no form_fields ask for {field!r}{meant(field, asked)}"


def _rules_of(rules: MonitoringRules) -> list[ActRule]:
    return [*rules.stages.values(), *rules.events]


def _acts(rules: MonitoringRules) -> set[str]:
    """Return every name that a limit or a requirement may use: stages, and events raised here."""
    events = {move.event for move in moves(rules)}
    return {*rules.stage_of, *events, *((OPEN,) if opening(rules) else ())}


def limit_gaps(rules: MonitoringRules) -> Iterator[str]:
    """Yield what is wrong with the time limits, and with what the feasibility check assumes."""
    yield from _twice("time_limits", [limit.id for limit in rules.time_limits])
    acts = _acts(rules)
    for limit in rules.time_limits:
        key = f"time_limits[{limit.id}]"
        yield from only_for_gaps(f"{key}.only_for", limit.only_for, rules)
        yield from (f"{key}.{name}: it names no act" for name in ENDS if not getattr(limit, name))
        for name in (*ENDS, "lapses"):
            yield from (
                f"{key}.{name}: {act!r} is no stage of the routes and no event of this"
                f" document{meant(act, acts)}"
                for act in getattr(limit, name)
                if act not in acts
            )
    for code in rules.usual_working_days:
        if code not in rules.route:
            yield f"usual_working_days.{code}: this stage is in neither route"


def eligibility_gaps(rules: MonitoringRules) -> Iterator[str]:
    lines = [f"{line.year} {line.area or ''}".strip() for line in rules.eligibility.income_lines]
    yield from _twice("eligibility.income_lines", lines)
    asked = {entry.code for entry in rules.lists.get("facts", ())}
    known = {*PREDICATES, *asked}
    for key, name in rules.eligibility.predicates():
        if name not in known:
            yield (
                f"eligibility.{key}.when: there is no predicate {name!r}{meant(name, known)};"
                " or ask for it in lists.facts"
            )
    types = {entry.code for entry in rules.lists.get("object_types", ())}
    for rule in rules.eligibility.object_types:
        if rule.object_type not in types:
            yield f"eligibility.object_types: {rule.object_type!r} is not in lists.object_types"


def _twice(key: str, names: list[str]) -> Iterator[str]:
    repeated = {name for name in names if names.count(name) > 1}
    yield from (f"{key}: {name!r} stands there twice" for name in sorted(repeated))


def meant(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
