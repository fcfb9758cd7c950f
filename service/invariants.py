"""What must be true of every case, whatever happened before: looked for in tests and in service."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from sqlmodel import Session, col, func, select

from service.audit import chain, lines, policy_acts
from service.audit.lines import ERASURE
from service.ledgers import CONTRADICTIONS
from service.ledgers.inspection_form import STANDS
from service.moves import MIGRATE
from service.store.areas import Area
from service.store.calendars import Almanac, almanac_of
from service.store.campaigns import Campaign, Roster
from service.store.cases import Case, Transition
from service.store.deadlines import ClockStatus, Deadline
from service.store.households import Household
from service.store.log import LogLine
from service.store.people import in_both, positions_over
from service.store.policies import ActKind, PolicyAct, take_in
from service.workflows.acts import CaseLimit
from service.workflows.calendar import Calendar
from service.workflows.campaign.roster import Standing
from service.workflows.clock_events import read_events
from service.workflows.deadlines import fold
from service.workflows.dossier import Entry
from service.workflows.events import EVENTS
from service.workflows.kinds import Kind
from service.workflows.machine import Procedure
from service.workflows.rulebook import Rulebook


def violations(session: Session, rulebook: Rulebook) -> Iterator[str]:
    """Yield a sentence for everything that should be impossible, and is so all the same."""
    for _, _, flaw in chain.verify(session):
        if flaw:
            yield f"case {flaw.case_id}, line {flaw.seq}: {flaw.what}"
    yield from filter(None, policy_acts.verify(session))
    yield from lines.differing(session)
    yield from contradictions(session, rulebook)


def contradictions(session: Session, rulebook: Rulebook) -> Iterator[str]:
    """Yield where what is kept beside the log does not agree with it, or with itself."""
    rulebook = rulebook.copy()  # which the caller's need not be: one with all publications
    take_in(session, rulebook)
    almanacs, erased = _Almanacs(session), _erased(session)
    yield from _areas(session)
    yield from _people(session)
    yield from _lists(session)
    yield from _rosters(session)
    for case, household in session.exec(
        select(Case, Household).join(
            Household, col(Household.id) == col(Case.household_id), isouter=True
        )
    ).all():
        procedure = rulebook.pinned(case.policy, case.kind)
        found = [
            *_state(case, procedure),
            *(_episode(case, household) if case.kind is Kind.MONITORING_OBJECT else ()),
            *_dossier(session, case, procedure, erased.get(str(case.id), set())),
            *_clocks(session, case, rulebook, almanacs),
            *_holder(session, case, procedure),
            *_ledger(session, case, procedure),
        ]
        yield from (f"case {case.id}: {what}" for what in found)


def _ledger(session: Session, case: Case, procedure: Procedure) -> Iterator[str]:
    contradictions_of = CONTRADICTIONS.get(case.kind)
    if contradictions_of and case.dossier:  # without one it was erased
        dossier = procedure.rules.dossier.model_validate({"entries": case.dossier})
        yield from contradictions_of(session, case, dossier)


def _areas(session: Session) -> Iterator[str]:
    """Compare the document of each area with the one that was last put in force there."""
    acts = session.exec(
        select(PolicyAct.area_code, PolicyAct.policy_id)
        .where(PolicyAct.kind == ActKind.PUT_IN_FORCE)
        .order_by(col(PolicyAct.seq))
    )
    for area_code, policy_id in dict(acts.all()).items():
        area = session.get(Area, area_code)
        if area is None or area.policy_id != policy_id:
            yield f"area {area_code}: its document is not {policy_id}, which was put in force"


def _lists(session: Session) -> Iterator[str]:
    """Count the rows of each campaign's list: none comes or goes once it was frozen."""
    rows = func.count(col(Roster.number))
    differing = (
        select(Campaign.case_id, Campaign.listed, rows)
        .join(Roster, col(Roster.campaign_id) == col(Campaign.case_id), isouter=True)
        .group_by(col(Campaign.case_id), col(Campaign.listed))
        .having(rows != func.coalesce(Campaign.listed, 0))
        .order_by(col(Campaign.case_id))
    )
    for case_id, listed, found in session.exec(differing):
        yield f"campaign {case_id}: its list has {found} rows, {listed or 0} were frozen"


def _rosters(session: Session) -> Iterator[str]:
    """Compare each row of a campaign's list with the form of its own that it stands for."""
    rows = session.exec(
        select(Roster, Case).join(Case, col(Case.id) == col(Roster.form_id), isouter=True)
    )
    for row, form in rows.all():
        where = f"campaign {row.campaign_id}, row {row.number}"
        handed_in = row.standing not in {Standing.EXPECTED, Standing.NOT_APPLICABLE}
        if handed_in != (form is not None) or (form and STANDS[form.state] is not row.standing):
            yield f"{where}: {row.standing}, and its form is {form.state if form else 'missing'}"
        if form and _of(form) != _of(row):
            yield f"{where}: the form that it stands for is another's"


def _of(row: Roster | Case) -> tuple[object, ...]:
    return row.campaign_id, row.area_code, row.household_id


def _people(session: Session) -> Iterator[str]:
    """Look for who is appointed to both of two roles that are kept apart (DX-82)."""
    for person_id in in_both(session):
        yield f"person {person_id} is appointed as administrator and as auditor"


def _state(case: Case, procedure: Procedure) -> Iterator[str]:
    if case.state not in procedure.machine_class.states_map:
        yield f"its machine knows no state {case.state}"
    if (case.closed_at is not None) != (case.state in procedure.rules.closed):
        yield "closed and open at once"


def _episode(case: Case, household: Household | None) -> Iterator[str]:
    if household is None or (household.open_case_id == case.id) != (case.closed_at is None):
        yield "its household and it disagree on whether it is open"


def _erased(session: Session) -> dict[str, set[int]]:
    """Return by case which statements were erased, in whole or in part, by the log's own word."""
    found: dict[str, set[int]] = {}
    for line in session.exec(select(LogLine.line).where(LogLine.kind == ERASURE)):
        for case_id, numbers in json.loads(line)["statements"].items():
            found.setdefault(case_id, set()).update(numbers)
    return found


def _dossier(session: Session, case: Case, procedure: Procedure, erased: set[int]) -> Iterator[str]:
    """Compare what the dossier says with what the lines commit to, but for what was erased."""
    lines = session.exec(
        select(Transition).where(Transition.case_id == case.id).order_by(col(Transition.seq))
    ).all()
    for before, line in pairwise(lines):
        if line.policy != before.policy and line.event != MIGRATE:
            yield f"line {line.seq} is under another document without a migration"
    kept = procedure.rules.dossier.model_validate({"entries": case.dossier})
    entries = kept.entries
    told = {entry.seq for entry in entries}
    gone = erased - told
    spoken = [line for line in lines if line.event in EVENTS and line.seq not in gone]
    if [line.seq for line in spoken] != [entry.seq for entry in entries]:
        yield "the dossier and the log do not tell of the same events"
        return
    for line, entry in zip(spoken, entries, strict=True):
        if entry.erased and entry.seq not in erased:
            yield f"of what was said at line {line.seq} something is gone, and no line says why"
        if not _is_bound(json.loads(line.line), entry):
            yield f"what was said at line {line.seq} is not what the line commits to"


def _is_bound(line: dict[str, Any], entry: Entry) -> bool:
    notice = line["outcome"].get("notice_commitment")
    return line["body_commitment"] == chain.stated_commitment(entry) and (
        notice is None or notice == chain.notice_commitment(entry)
    )


def _clocks(
    session: Session, case: Case, rulebook: Rulebook, almanacs: "_Almanacs"
) -> Iterator[str]:
    clocks = session.exec(select(Deadline).where(Deadline.case_id == case.id)).all()
    running = Counter(c.rule for c in clocks if c.status == ClockStatus.RUNNING)
    if running and case.closed_at is not None:
        yield f"closed, but clocks run: {', '.join(running)}"
    yield from (f"{rule} runs {times} times" for rule, times in running.items() if times > 1)
    for clock in clocks:
        limits = {one.id: one for one in rulebook.pinned(clock.policy, case.kind).rules.time_limits}
        if limit := limits.get(clock.rule):
            calendar = almanacs[clock.calendar_edition].of(clock.area_code)
            if _stands_otherwise(clock, limit, calendar):
                yield f"{clock.rule} is not what its clock's events come to"
        else:
            yield f"its document has no time limit {clock.rule}"
        if clock.status == ClockStatus.RUNNING and clock.policy != case.policy:
            yield f"{clock.rule} runs under {clock.policy}, the case is under {case.policy}"
        if (clock.status == ClockStatus.RUNNING) != (clock.closed_at is None):
            yield f"{clock.rule} runs and is closed at once"


class _Almanacs(dict[int, Almanac]):
    """The calendars of each edition that a clock names, each read once."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def __missing__(self, edition: int) -> Almanac:
        self[edition] = almanac_of(self._session, edition)
        return self[edition]


def _stands_otherwise(clock: Deadline, limit: CaseLimit, calendar: Calendar) -> bool:
    folded = fold(limit, read_events(clock.clock), calendar)
    date = folded.due
    told = (date.due_on, date.over_at, date.provisional, folded.suspended_at)
    return told != (clock.due_on, clock.over_at, clock.provisional, clock.suspended_at)


def _holder(session: Session, case: Case, procedure: Procedure) -> Iterator[str]:
    """Look for the one position on whose list the case stands."""
    dossier = procedure.rules.dossier.model_validate({"entries": case.dossier})
    role = procedure.holder(case.state, dossier)
    if case.holder != role:
        yield f"it waits for {role}, and {case.holder} is named as who holds it"
    area = session.get_one(Area, case.area_code)
    role = procedure.holder(case.state, dossier, area.level)
    if role is None:
        return
    positions = positions_over(session, role, case.area_code)
    if len(positions) != 1:
        yield f"{len(positions)} positions hold it as {role}"
