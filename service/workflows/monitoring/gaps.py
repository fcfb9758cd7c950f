"""Everything in a document's rules that a case could stumble over, found before one can.

Each gap names the key of its line, what is wrong, and what to write instead.
"""

from collections.abc import Iterator

from service.workflows.monitoring.act_gaps import (
    act_gaps,
    eligibility_gaps,
    limit_gaps,
    meant,
    only_for_gaps,
)
from service.workflows.monitoring.events import EVENTS
from service.workflows.monitoring.matter import OnlyFor
from service.workflows.monitoring.privacy import HEALTH_WORDS, personal
from service.workflows.monitoring.route import (
    EventRule,
    MonitoringRules,
    Move,
    StageRule,
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
    yield from limit_gaps(rules)
    yield from eligibility_gaps(rules)
    yield from _notice_gaps(rules, roles)


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
                    f"{key}: there is no stage {code!r}{meant(code, STAGES)}; or write"
                    f" [stages.{code}] with form, zh and en"
                )
        yield from _publicity_gaps(name, getattr(rules, name), rules)


def _publicity_gaps(name: str, route: tuple[str, ...], rules: MonitoringRules) -> Iterator[str]:
    posting: str | None = None
    for code in route:
        stage = rules.stage_of.get(code)
        form = stage.form if stage else None
        if form == "publicity" and posting is None:
            yield f"{name}: {code!r} ends a publicity that nothing posts; put a posting before it"
        if posting and form != "publicity":
            yield f"{name}: after a posting comes its publicity, not {code!r}"
        elif posting and _only_for(rules, code) != _only_for(rules, posting):
            yield f"{name}: {code!r} and {posting!r} are passed over together; same only_for"
        posting = code if form == "posting" else None
    if posting:
        yield f"{name}: what is posted last has no publicity after it"


def _only_for(rules: MonitoringRules, stage: str) -> OnlyFor | None:
    rule = rules.stages.get(stage)
    return rule.only_for if rule else None


def _stage_gaps(rules: MonitoringRules, roles: set[str]) -> Iterator[str]:
    for code in rules.route:
        if code not in rules.stages and code in STAGES:
            yield f"stages: nothing is written for {code!r}; write [stages.{code}] with by and cite"
    for code, rule in rules.stages.items():
        key = f"stages.{code}"
        if code not in rules.route:
            yield f"{key}: this stage is in neither route; put it in entry or elimination"
        yield from _own_stage_gaps(key, code, rule)
        yield from _fork_gaps(key, code, rule, rules)
        yield from act_gaps(key, rule, rules, roles)


def _own_stage_gaps(key: str, code: str, rule: StageRule) -> Iterator[str]:
    if rule.form and rule.form not in FORMS:
        yield f"{key}.form: there is no form {rule.form!r}{meant(rule.form, FORMS)}"
    if code in STAGES and rule.form:
        yield f"{key}.form: {code!r} is known as {STAGES[code].form!r}; leave form out"
    if code not in STAGES and not (rule.form and rule.zh and rule.en):
        yield f"{key}: a stage of the document's own needs form, zh and en"


def _fork_gaps(key: str, code: str, rule: StageRule, rules: MonitoringRules) -> Iterator[str]:
    if rule.only_for and code in {*rules.entry[:1], *rules.elimination[:1]}:
        yield f"{key}.only_for: every case begins here; put only_for on a later stage"
    yield from only_for_gaps(f"{key}.only_for", rule.only_for, rules)


def _event_gaps(rules: MonitoringRules, roles: set[str], table: list[Move]) -> Iterator[str]:
    if opening(rules) is None:
        yield "events: nothing is written for 'open'; say who may take in an application"
    met = {id(move.rule) for move in table}
    placed: set[tuple[str, str]] = set()
    for index, rule in enumerate(rules.events):
        key = f"events[{index}={rule.event}]"
        if rule.event != OPEN and rule.event not in SIDE_EVENTS:
            hint = (
                " (it completes a stage)"
                if rule.event in EVENTS
                else meant(rule.event, SIDE_EVENTS)
            )
            yield f"{key}: there is no such event beside the routes{hint}"
        elif rule.event != OPEN and id(rule) not in met:
            yield f"{key}: no state of this document ever meets this event; see at (and to)"
        yield from act_gaps(key, rule, rules, roles, holder=bool(rule.at))
        yield from _place_gaps(key, rule, rules)
        for state in (*rule.at, *((OPEN,) if rule.event == OPEN else ())):
            if (state, rule.event) in placed:
                yield f"{key}.at: another rule for {rule.event!r} holds at {state!r} already"
            placed.add((state, rule.event))


def _place_gaps(key: str, rule: EventRule, rules: MonitoringRules) -> Iterator[str]:
    known = {*rules.route, *REST}
    named = [("at", code) for code in rule.at] + [("to", code) for code in rule.to]
    yield from (
        f"{key}.{name}: {code!r} is no state of this document{meant(code, known)}"
        for name, code in named
        if code not in known
    )
    if (rule.event == OPEN) == bool(rule.at):
        yield f"{key}.at: names the states of every event but 'open'"
    if bool(rule.to) != (rule.event in LEADS_BACK):
        yield f"{key}.to: names where {' and '.join(LEADS_BACK)} lead, and only those"
    for source in rule.at if rule.event == "uphold_objection" else ():
        if sum(to in earlier(rules, source) for to in rule.to) > 1:
            yield f"{key}.to: from {source!r} an upheld objection leads back to one stage only"
    if rule.event == "propose_elimination" and not rules.elimination:
        yield f"{key}: the document has no elimination route; write elimination"


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


def _notice_gaps(rules: MonitoringRules, roles: set[str]) -> Iterator[str]:
    notice = rules.notice
    if len(set(notice.fields)) < len(notice.fields):
        yield "notice.fields: a field stands there twice"
    if set(notice.fields) == {"remark"}:
        yield "notice.fields: it names nothing but the remark"
    if (role := notice.contact_role) and role not in roles:
        yield f"notice.contact_role: {role!r} is not in roles{meant(role, roles)}"
    if notice.contact and notice.contact_role:
        yield "notice: contact and contact_role both say where objections go; leave one out"
    for found in personal(notice.contact or "", HEALTH_WORDS, office=True):
        yield f"notice.contact: {found} must not be posted; an office's landline may"
