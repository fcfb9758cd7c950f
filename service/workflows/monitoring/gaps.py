"""Everything in a document's rules that a case could stumble over, found before one can.

Each gap names the key of its line, what is wrong, and what to write instead.
"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from service.workflows.eligibility import PREDICATES
from service.workflows.monitoring.events import EVENTS
from service.workflows.monitoring.route import (
    ActRule,
    EventRule,
    MonitoringRules,
    Move,
    earlier,
    moves,
    opening,
)
from service.workflows.monitoring.stages import (
    ASSISTED,
    BACK,
    CLOSED,
    FORMS,
    HELD,
    HOLDER,
    OPEN,
    REST,
    SIDE_EVENTS,
    STAGES,
    STATES,
)

LEADS_BACK = tuple(event for event, target in SIDE_EVENTS.items() if target == BACK)


def gaps(rules: MonitoringRules, roles: set[str]) -> Iterator[str]:
    """Yield every gap in what a document says of monitoring objects, with its key."""
    table = list(moves(rules))
    yield from _route_gaps(rules)
    yield from _stage_gaps(rules, roles)
    yield from _event_gaps(rules, roles, table)
    yield from _dead_ends(rules, table)
    yield from _limit_gaps(rules, table)
    yield from _eligibility_gaps(rules)


def _route_gaps(rules: MonitoringRules) -> Iterator[str]:
    for name in ("entry", "elimination"):
        for index, code in enumerate(getattr(rules, name)):
            key = f"{name}[{index}]"
            if rules.route.count(code) > 1:
                yield f"{key}: {code!r} stands in the routes twice; give one of them its own code"
            elif code in EVENTS or code in REST:
                yield f"{key}: {code!r} is the name of an event or of a state beside the routes"
            elif code not in STAGES and code not in rules.stages:
                yield (
                    f"{key}: there is no stage {code!r}{_meant(code, STAGES)}; or write"
                    f" [stages.{code}] with form, zh and en"
                )
        yield from _publicity_gaps(name, getattr(rules, name), rules)


def _publicity_gaps(name: str, route: tuple[str, ...], rules: MonitoringRules) -> Iterator[str]:
    posted = False
    for code in route:
        stage = rules.stage_of.get(code)
        form = stage.form if stage else None
        if form == "publicity" and not posted:
            yield f"{name}: {code!r} ends a publicity that nothing posts; put a posting before it"
        if posted and form != "publicity":
            yield f"{name}: after a posting comes its publicity, not {code!r}"
        posted = form == "posting"
    if posted:
        yield f"{name}: what is posted last has no publicity after it"


def _stage_gaps(rules: MonitoringRules, roles: set[str]) -> Iterator[str]:
    for code in rules.route:
        if code not in rules.stages and code in STAGES:
            yield f"stages: nothing is written for {code!r}; write [stages.{code}] with by and cite"
    for code, rule in rules.stages.items():
        key = f"stages.{code}"
        if code not in rules.route:
            yield f"{key}: this stage is in neither route; put it in entry or elimination"
        if rule.form and rule.form not in FORMS:
            yield f"{key}.form: there is no form {rule.form!r}{_meant(rule.form, FORMS)}"
        if code in STAGES and rule.form:
            yield f"{key}.form: {code!r} is known as {STAGES[code].form!r}; leave form out"
        if code not in STAGES and not (rule.form and rule.zh and rule.en):
            yield f"{key}: a stage of the document's own needs form, zh and en"
        yield from _act_gaps(key, rule, rules, roles)


def _event_gaps(rules: MonitoringRules, roles: set[str], table: list[Move]) -> Iterator[str]:
    if opening(rules) is None:
        yield "events: nothing is written for 'open'; say who may take in an application"
    met = {id(move.rule) for move in table}
    placed: set[tuple[str, str]] = set()
    for index, rule in enumerate(rules.events):
        key = f"events[{index}={rule.event}]"
        if rule.event != OPEN and rule.event not in SIDE_EVENTS:
            hint = " (it completes a stage)" if rule.event in EVENTS else _meant(
                rule.event, SIDE_EVENTS
            )
            yield f"{key}: there is no such event beside the routes{hint}"
        elif rule.event != OPEN and id(rule) not in met:
            yield f"{key}: no state of this document ever meets this event; see at (and to)"
        yield from _act_gaps(key, rule, rules, roles, holder=bool(rule.at))
        yield from _place_gaps(key, rule, rules)
        for state in (*rule.at, *((OPEN,) if rule.event == OPEN else ())):
            if (state, rule.event) in placed:
                yield f"{key}.at: another rule for {rule.event!r} holds at {state!r} already"
            placed.add((state, rule.event))


def _place_gaps(key: str, rule: EventRule, rules: MonitoringRules) -> Iterator[str]:
    known = {*rules.route, *REST}
    for name, states in (("at", rule.at), ("to", rule.to)):
        for code in states:
            if code not in known:
                yield f"{key}.{name}: {code!r} is no state of this document{_meant(code, known)}"
    if (rule.event == OPEN) == bool(rule.at):
        yield f"{key}.at: names the states of every event but 'open'"
    if bool(rule.to) != (rule.event in LEADS_BACK):
        yield f"{key}.to: names where {' and '.join(LEADS_BACK)} lead, and only those"
    if rule.event == "uphold_objection":
        for source in rule.at:
            if sum(to in earlier(rules, source) for to in rule.to) > 1:
                yield f"{key}.to: from {source!r} an upheld objection leads back to one stage only"
    if rule.event == "propose_elimination" and not rules.elimination:
        yield f"{key}: the document has no elimination route; write elimination"


def _act_gaps(
    key: str, rule: ActRule, rules: MonitoringRules, roles: set[str], *, holder: bool = False
) -> Iterator[str]:
    if not rule.by:
        yield f"{key}.by: nobody may do it; name a role"
    allowed = roles | {HOLDER} if holder else roles
    yield from (
        f"{key}.by: {role!r} is not in roles{_meant(role, allowed)}"
        for role in rule.by
        if role not in allowed
    )
    for index, requirement in enumerate(rule.requires):
        place = f"{key}.requires[{index}]"
        for name, code in requirement.codes():
            if code not in {entry.code for entry in rules.lists.get(name, ())}:
                yield f"{place}: {code!r} is not in lists.{name}; add it there, or take it out"
        for name in requirement.lists():
            if name not in rules.lists:
                yield f"{place}: there is no lists.{name}{_meant(name, rules.lists)}"
        for act in requirement.acts():
            if act not in _acts(rules):
                yield f"{place}: {act!r} is no stage and no event here{_meant(act, _acts(rules))}"
    yield from _form_gaps(key, rule, rules)


def _form_gaps(key: str, rule: ActRule, rules: MonitoringRules) -> Iterator[str]:
    yield from _twice(f"{key}.form_fields", [field.code for field in rule.form_fields])
    for field in rule.form_fields:
        place = f"{key}.form_fields[{field.code}]"
        if (field.type == "code") != (field.list is not None):
            yield f"{place}: list goes with type = 'code', and only with it"
        if field.list and field.list not in rules.lists:
            yield f"{place}: there is no lists.{field.list}{_meant(field.list, rules.lists)}"


def _acts(rules: MonitoringRules) -> set[str]:
    """Return every name that a limit or a requirement may use: stages, and events raised here."""
    events = {move.event for move in moves(rules)}
    return {*rules.stage_of, *events, *((OPEN,) if opening(rules) else ())}


def _dead_ends(rules: MonitoringRules, table: list[Move]) -> Iterator[str]:
    """Yield the states that a case can reach and from which no way leads to an end."""
    ending = set(CLOSED)
    if not rules.elimination:
        ending.add(ASSISTED)
    for _ in table:  # no way is longer than there are moves
        ending |= {move.source for move in table if move.target in ending}
    reached = {rules.entry[0]}
    for _ in table:
        reached |= {move.target for move in table if move.source in reached}
    leaving = {move.source for move in table}
    for state in [code for code in (*rules.route, *STATES) if code in reached - ending]:
        if state not in leaving:
            yield f"events: no event leaves {state!r}; write one with at = [{state!r}]"
        else:
            yield f"events: from {state!r} no way leads to an end of the procedure"
    if rules.elimination and "propose_elimination" not in {move.event for move in table}:
        yield "elimination: nothing leads into it; write the event propose_elimination"
    if HELD in reached and HELD not in leaving:
        yield "events: no event leaves 'held'; write lift_hold with at = ['held']"


def _limit_gaps(rules: MonitoringRules, table: list[Move]) -> Iterator[str]:
    yield from _twice("time_limits", [limit.id for limit in rules.time_limits])
    acts = _acts(rules)
    for limit in rules.time_limits:
        key = f"time_limits[{limit.id}]"
        for name in ("starts", "ends"):
            if not getattr(limit, name):
                yield f"{key}.{name}: it names no act"
        for name in ("starts", "ends", "lapses"):
            for act in getattr(limit, name):
                if act not in acts:
                    yield (
                        f"{key}.{name}: {act!r} is no stage of the routes and no event of this"
                        f" document{_meant(act, acts)}"
                    )
    for code in rules.usual_working_days:
        if code not in rules.route:
            yield f"usual_working_days.{code}: this stage is in neither route"
    del table


def _eligibility_gaps(rules: MonitoringRules) -> Iterator[str]:
    lines = [f"{line.year} {line.area or ''}".strip() for line in rules.eligibility.income_lines]
    yield from _twice("eligibility.income_lines", lines)
    asked = {entry.code for entry in rules.lists.get("facts", ())}
    known = {*PREDICATES, *asked}
    for key, name in rules.eligibility.predicates():
        if name not in known:
            yield (
                f"eligibility.{key}.when: there is no predicate {name!r}{_meant(name, known)};"
                " or ask for it in lists.facts"
            )
    types = {entry.code for entry in rules.lists.get("object_types", ())}
    for rule in rules.eligibility.object_types:
        if rule.object_type not in types:
            yield f"eligibility.object_types: {rule.object_type!r} is not in lists.object_types"


def _twice(key: str, names: list[str]) -> Iterator[str]:
    repeated = {name for name in names if names.count(name) > 1}
    yield from (f"{key}: {name!r} stands there twice" for name in sorted(repeated))


def _meant(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
