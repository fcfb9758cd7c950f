"""Everything in a document's rules that a case could stumble over, found before one can.

Each gap names the key of its line, what is wrong, and what to write instead.
"""

from collections.abc import Iterator

from service.workflows.act_gaps import act_gaps, code_gaps, limit_gaps, only_for_gaps, twice
from service.workflows.acts import HOLDER, Move
from service.workflows.eligibility import PREDICATES
from service.workflows.matter import OnlyFor
from service.workflows.misfits import meant
from service.workflows.monitoring.events import EVENTS
from service.workflows.monitoring.privacy import HEALTH_WORDS, personal
from service.workflows.monitoring.route import (
    EventRule,
    MonitoringRules,
    StageRule,
    earlier,
)
from service.workflows.monitoring.stages import (
    ASSISTED,
    BACK,
    CLOSED,
    FORMS,
    OPEN,
    REST,
    SIDE_EVENTS,
    STAGES,
    STAY,
)

LEADS_BACK = tuple(event for event, target in SIDE_EVENTS.items() if target == BACK)


def gaps(rules: MonitoringRules, roles: set[str]) -> Iterator[str]:
    """Yield every gap in what a document says of monitoring objects, with its key."""
    table = list(rules.moves())
    yield from _route_gaps(rules)
    yield from _stage_gaps(rules, roles)
    yield from _event_gaps(rules, roles, table)
    yield from _dead_ends(rules, table)
    yield from limit_gaps(rules, table, roles)
    yield from _usual_gaps(rules)
    yield from _eligibility_gaps(rules)
    yield from _notice_gaps(rules, roles)


def _route_gaps(rules: MonitoringRules) -> Iterator[str]:
    for name in ("entry", "elimination"):
        for index, code in enumerate(getattr(rules, name)):
            key = f"{name}[{index}]"
            if rules.route.count(code) > 1:
                yield f"{key}: {code!r} stands in the routes twice; give one of them its own code"
            elif code in EVENTS or code in REST:
                yield (
                    f"{key}: {code!r} is the name of an event or of a state beside the routes;"
                    " give the stage another code"
                )
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
            yield f"{name}: after a posting comes its publicity, not {code!r}; put it there"
        elif posting and _only_for(rules, code) != _only_for(rules, posting):
            yield f"{name}: {code!r} and {posting!r} need one and the same only_for"
        posting = code if form == "posting" else None
    if posting:
        yield f"{name}: what is posted last has no publicity after it; put one there"


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
        stage = rules.stage_of.get(code)
        event = stage.completed_by if stage else None
        yield from act_gaps(key, event, rule, rules, roles)


def _own_stage_gaps(key: str, code: str, rule: StageRule) -> Iterator[str]:
    if rule.form and rule.form not in FORMS:
        yield f"{key}.form: there is no form {rule.form!r}{meant(rule.form, FORMS)}"
    if code in STAGES and rule.form:
        form = STAGES[code].form
        yield f"{key}.form: {code!r} is a {form}; leave form out, or use a code of your own"
    if code not in STAGES and not (rule.form and rule.zh and rule.en):
        yield f"{key}: a stage of the document's own needs form, zh and en; write all three"


def _fork_gaps(key: str, code: str, rule: StageRule, rules: MonitoringRules) -> Iterator[str]:
    if rule.only_for and code in {*rules.entry[:1], *rules.elimination[:1]}:
        yield f"{key}.only_for: every case begins here; put only_for on a later stage"
    yield from only_for_gaps(f"{key}.only_for", rule.only_for, rules)


def _event_gaps(rules: MonitoringRules, roles: set[str], table: list[Move]) -> Iterator[str]:
    if rules.opening is None:
        yield "events: nothing is written for 'open'; say who may take in an application"
    reached = _reached(rules, table)
    placed: set[tuple[str, str]] = set()
    for index, rule in enumerate(rules.events):
        key = f"events[{index}={rule.event}]"
        if rule.event in EVENTS and rule.event not in (OPEN, *SIDE_EVENTS):
            yield f"{key}: this event completes a stage; write it as [stages.…]"
        elif rule.event not in (OPEN, *SIDE_EVENTS):
            yield f"{key}: there is no such event{meant(rule.event, SIDE_EVENTS)}"
        yield from act_gaps(key, rule.event, rule, rules, roles)
        yield from _at_gaps(key, rule, rules, reached)
        yield from _to_gaps(key, rule, rules)
        for state in rule.at or (OPEN,):
            if (state, rule.event) in placed:
                yield f"{key}: there is a rule for {rule.event!r} at {state!r} already; keep one"
            placed.add((state, rule.event))
    yield from _holder_gaps(table)


def _at_gaps(key: str, rule: EventRule, rules: MonitoringRules, reached: set[str]) -> Iterator[str]:
    if rule.event == OPEN and rule.at:
        yield f"{key}.at: a case that is opened is nowhere yet; leave at out"
    if rule.event != OPEN and not rule.at:
        yield f"{key}.at: it names no state; name those at which it may be raised"
    known = [*rules.route, *REST]
    for state in rule.at:
        if state not in known:
            yield f"{key}.at: {state!r} is no state of this document{meant(state, known)}"
        elif state in REST and state not in reached:
            yield f"{key}.at: no case comes to {state!r}; write what leads there, or leave it out"
        elif state in CLOSED and SIDE_EVENTS.get(rule.event) != STAY:
            yield f"{key}.at: {state!r} is an end, from which nothing leads on; leave it out"
    if rule.event == "propose_elimination" and not rules.elimination:
        yield f"{key}: the document has no elimination route; write elimination"


def _to_gaps(key: str, rule: EventRule, rules: MonitoringRules) -> Iterator[str]:
    back = rule.event in LEADS_BACK
    if bool(rule.to) != back:
        yield f"{key}.to: " + (
            "it names no stage; name those to which it leads back"
            if back
            else f"only {' and '.join(LEADS_BACK)} lead back; leave to out"
        )
    if not (back and rule.to):
        return
    before = {source: set(rule.to) & set(earlier(rules, source)) for source in rule.at}
    for to in rule.to:
        if not any(to in stages for stages in before.values()):
            yield f"{key}.to: {to!r} comes before none of at; name an earlier stage"
    for source, stages in before.items():
        if not stages and source in {*rules.route, *REST}:
            yield f"{key}.at: nothing in to comes before {source!r}; leave it out"
        if len(stages) > 1 and rule.event == "uphold_objection":
            yield f"{key}.to: from {source!r} it leads back to one stage only; name one"


def _holder_gaps(table: list[Move]) -> Iterator[str]:
    """Yield the events that are the holder's alone, at states that no rule gives to a role."""
    by_holder = {(m.source, m.event): set(m.rule.by) == {HOLDER} for m in table}
    held = {state for (state, _), alone in by_holder.items() if not alone} - CLOSED
    for (state, event), alone in by_holder.items():
        if alone and state not in held:
            yield f"events: nobody holds {state!r}, so nobody may {event!r}; name a role in by"


def _reached(rules: MonitoringRules, table: list[Move]) -> set[str]:
    """Return the states that a case can come to."""
    reached: set[str] = set()
    coming = {rules.first_state}
    while coming:
        reached |= coming
        coming = {move.target for move in table if move.source in reached} - reached
    return reached


def _ending(rules: MonitoringRules, table: list[Move]) -> set[str]:
    """Return the states from which a way leads to an end; without elimination help goes on."""
    ending: set[str] = set()
    coming = {*CLOSED} if rules.elimination else {*CLOSED, ASSISTED}
    while coming:
        ending |= coming
        coming = {move.source for move in table if move.target in ending} - ending
    return ending


def _dead_ends(rules: MonitoringRules, table: list[Move]) -> Iterator[str]:
    """Yield the states that a case can reach and from which no way leads to an end."""
    stuck = _reached(rules, table) - _ending(rules, table)
    leaving = {move.source for move in table}
    for state in [code for code in (*rules.route, *REST) if code in stuck]:
        if state not in leaving:
            yield f"events: no event leaves {state!r}; write one with at = [{state!r}]"
        else:
            yield f"events: from {state!r} no way leads to an end; write an event that leads out"
    if rules.elimination and "propose_elimination" not in {move.event for move in table}:
        yield "elimination: nothing leads into it; write the event propose_elimination"


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


def _usual_gaps(rules: MonitoringRules) -> Iterator[str]:
    for code in rules.usual_working_days:
        if code not in rules.route:
            yield f"usual_working_days.{code}: this stage is in neither route; take it out"


def _eligibility_gaps(rules: MonitoringRules) -> Iterator[str]:
    lines = [f"{line.year} {line.area or ''}".strip() for line in rules.eligibility.income_lines]
    yield from twice("eligibility.income_lines", lines)
    known = [*PREDICATES, *(entry.code for entry in rules.lists.get("facts", ()))]
    for key, name in rules.eligibility.predicates():
        if name not in known:
            yield (
                f"eligibility.{key}.when: there is no predicate {name!r}{meant(name, known)};"
                " or ask for it in lists.facts"
            )
    mapped = [("object_types", rule.object_type) for rule in rules.eligibility.object_types]
    for index, pair in enumerate(mapped):
        yield from code_gaps(f"eligibility.object_types[{index}].object_type", [pair], rules)
