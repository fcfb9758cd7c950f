"""The only code that moves a case: `open_case`, `act`, and what could be done now.

State, line and deadlines change together or not at all: nothing here commits, the caller's
transaction does. The case's row is locked before anything is read that a decision rests on.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy
from sqlalchemy import Text, bindparam, cast
from sqlmodel import Session, col, select

from service.audit import chain
from service.blockers import Blocker
from service.clock import Clock, office_date
from service.clocks import LATE_CITE, Clocks, Late, Moment, Turned, recompute, running
from service.errors import (
    EpisodeOpen,
    EventNotAllowed,
    NoDocumentInForce,
    NotFound,
    NotYourRole,
    RequirementsNotMet,
    StaleVersion,
)
from service.moves import Locked, Moved, note_recomputed, write
from service.store import duplicates
from service.store.areas import Area, AreaReach, document_named, lineage, within
from service.store.attachments import Attachment
from service.store.calendars import Calendars, newest_edition
from service.store.cases import CASE_COLUMNS, CASES, Case, CaseRow, Kind
from service.store.columns import new_id
from service.store.database import wire
from service.store.deadlines import ClockStatus, Deadline
from service.store.households import Household
from service.store.people import Actor
from service.store.policies import take_in
from service.store.visits import Visit
from service.workflows.machine import Procedure, Rulebook
from service.workflows.monitoring.assistance_events import RecordVisit
from service.workflows.monitoring.dossier import Dossier
from service.workflows.monitoring.entry_events import Open
from service.workflows.monitoring.events import EVENTS
from service.workflows.monitoring.matter import HouseholdFile, Matter, Visited
from service.workflows.monitoring.route import FormField
from service.workflows.monitoring.stages import OPEN
from service.workflows.monitoring.statement import Event

ATTACHMENT_CITE = "DX-07"


@dataclass(frozen=True, slots=True)
class Registry:
    """What moving a case needs beside the session: the law, the time, the calendar."""

    rulebook: Rulebook
    clock: Clock
    calendars: Calendars

    def pinned(self, session: Session, ref: str) -> Procedure:
        """Return the procedure of a running case, also of one published a moment ago."""
        if ref not in self.rulebook:
            take_in(session, self.rulebook)
        return self.rulebook.pinned(ref)


def open_case(
    session: Session, household_id: UUID, body: Open, *, actor: Actor, registry: Registry
) -> Moved:
    """Open a monitoring object for a household, under the document in force in its village.

    An open case of a household that was judged to be the same is in the way like its own.
    Raises `NotFound`, `NotYourRole`, `EpisodeOpen`, `RequirementsNotMet`, and `NoDocumentInForce`.
    """
    household, the_same = duplicates.lock(session, household_id, actor)
    procedure = procedure_in_force(session, registry, household.area_code)
    check_role(procedure, None, OPEN, actor)
    for one in (household, *the_same):
        if one.open_case_id:
            raise EpisodeOpen(one.open_case_id)
    moment = Moment(registry.clock.now(), registry.calendars.current(session))
    case = _new_case(household, procedure, moment.now)
    clocks = Clocks(procedure.policy.ref, procedure.rules.time_limits, (), moment)
    known = HouseholdFile(
        household.id,
        household.household_type,
        frozenset(household.traits),
        _areas_of(session, procedure, household.area_code),
    )
    locked = Locked(
        case, "[]", household.head_name, actor.area_name, known, procedure, Dossier(), clocks
    )
    evidence, unknown = _evidence(session, body, household.area_code)
    matter = locked.matter(body, evidence, state=OPEN)
    late = [
        _owes_reason(one)
        for one in locked.clocks.late(frozenset({OPEN}), matter)
        if body.reason is None and not one.soft
    ]
    if found := [*unknown, *late, *procedure.blockers("", OPEN, matter)]:
        raise RequirementsNotMet(found)
    household.episodes, household.last_case_id = case.episode, case.id
    household.open_case_id = case.id
    session.flush()
    return write(session, locked, matter, case.state, actor)


def act(
    session: Session,
    case_id: UUID,
    body: Event,
    *,
    seen_version: int,
    actor: Actor,
    registry: Registry,
) -> Moved:
    """Move a case by one event.

    Raises `NotFound`, `StaleVersion`, `EventNotAllowed`, `NotYourRole` or `RequirementsNotMet`;
    then nothing has changed.
    """
    locked = lock(session, case_id, actor, registry)
    case, procedure, event = locked.case, locked.procedure, body.event
    if case.version != seen_version:
        raise StaleVersion(**standing(locked))
    if event not in procedure.events_at(case.state):
        known = procedure.states[case.state]
        raise EventNotAllowed(EVENTS[event].label, known, **standing(locked))
    check_role(procedure, case.state, event, actor)
    evidence, unknown = _evidence(session, body, case.area_code)
    matter = locked.matter(body, evidence, visited=_visited(session, body, case.area_code))
    acts = procedure.acts(case.state, event)
    also = [*unknown, *locked.clocks.holds(acts)]
    if body.reason is None:
        also += [_owes_reason(late) for late in locked.clocks.late(acts, matter) if not late.soft]
    target = procedure.move(case.state, event, matter, also)
    return write(session, locked, matter, target, actor)


_LOOK = (
    sqlalchemy.select(
        *CASE_COLUMNS,
        cast(CASES.c.dossier, Text).label("dossier"),
        col(Household.head_name),
        col(Household.household_type),
        col(Household.traits),
        col(Area.name).label("village"),
        newest_edition().label("edition"),
    )
    .join(Household, col(Household.id) == CASES.c.household_id)
    .join(Area, col(Area.code) == CASES.c.area_code)
    .where(
        CASES.c.id == bindparam("case_id"),
        within(CASES.c.area_code, bindparam("actor_area")),
    )
)
_LOCK = _LOOK.with_for_update(of=CASES)


def lock(
    session: Session, case_id: UUID, actor: Actor, registry: Registry, *, read_only: bool = False
) -> Locked:
    """Lock a case within the actor's area, then read what decisions rest on.

    Somebody who only looks takes no lock. Raises `NotFound` for a case that is not there or
    out of reach.
    """
    wanted = {"case_id": case_id, "actor_area": actor.area_code}
    row = wire(session).execute(_LOOK if read_only else _LOCK, wanted).mappings().first()
    if row is None:
        raise NotFound
    case = CaseRow(**row)
    procedure = registry.pinned(session, case.policy)
    moment = Moment(registry.clock.now(), registry.calendars.current(session, row["edition"]))
    return Locked(
        case=case,
        kept=row["dossier"],
        head_name=row["head_name"],
        village=row["village"],
        household=HouseholdFile(
            case.household_id,
            row["household_type"],
            frozenset(row["traits"]),
            _areas_of(session, procedure, case.area_code),
        ),
        procedure=procedure,
        dossier=Dossier.model_validate_json(f'{{"entries":{row["dossier"]}}}'),
        clocks=Clocks(
            procedure.policy.ref, procedure.rules.time_limits, running(session, case.id), moment
        ),
    )


def _areas_of(session: Session, procedure: Procedure, area_code: str) -> frozenset[str]:
    """Return the areas a village lies in, where the document has lines for single areas."""
    if not any(line.area for line in procedure.rules.eligibility.income_lines):
        return frozenset()
    above = select(AreaReach.ancestor_code).where(AreaReach.area_code == area_code)
    return frozenset(session.exec(above))


def in_force_in(session: Session, registry: Registry, area_code: str) -> Procedure | None:
    """Return the procedure under which a case in an area would be opened today, if any."""
    areas, today = lineage(session, area_code), office_date(registry.clock.now())
    policy_id, codes = document_named(areas), [area.code for area in areas]
    return registry.rulebook.in_force(policy_id, today, codes) if policy_id else None


def procedure_in_force(session: Session, registry: Registry, area_code: str) -> Procedure:
    """Return it. Raises `NoDocumentInForce` where there is none."""
    procedure = in_force_in(session, registry, area_code)
    if procedure is None:
        raise NoDocumentInForce
    return procedure


def procedures_at_work(session: Session, registry: Registry, area_code: str) -> list[Procedure]:
    """Return the procedures under which cases run in an area, the one in force today first."""
    running_under = session.exec(
        select(Case.policy)
        .where(Case.area_code == area_code, col(Case.closed_at).is_(None))
        .distinct()
        .order_by(Case.policy)
    )
    found = [registry.pinned(session, ref) for ref in running_under]
    if newest := in_force_in(session, registry, area_code):
        found.insert(0, newest)
    if not found:
        raise NoDocumentInForce
    return found


def standing(locked: Locked) -> dict[str, Any]:
    """Return what somebody who came too late needs to know: state, version, what is possible."""
    case = locked.case
    return {
        "state": case.state,
        "version": case.version,
        "available_actions": locked.procedure.events_at(case.state),
    }


@dataclass(frozen=True, slots=True)
class Action:
    """One event of the present state: may I, and if not, why; where would it lead."""

    event: str
    by: tuple[str, ...]
    mine: bool
    blockers: list[Blocker]
    next_states: list[str]
    cite: str
    form_fields: tuple[FormField, ...]

    @property
    def allowed(self) -> bool:
        return self.mine and not self.blockers


def available_actions(locked: Locked, actor: Actor) -> list[Action]:
    """Return every event of the case's state, with what stands in its way before any body.

    Uses the same requirements, roles and clocks as `act`: the two cannot disagree.
    """
    matter = locked.matter(None)
    return [_action(locked, matter, event, actor) for event in _events(locked)]


def _events(locked: Locked) -> list[str]:
    return locked.procedure.events_at(locked.case.state)


def _action(locked: Locked, matter: Matter, event: str, actor: Actor) -> Action:
    procedure, state = locked.procedure, locked.case.state
    by = procedure.actors(state, event)
    return Action(
        event=event,
        by=by,
        mine=actor.role in by,
        blockers=[
            *procedure.worded(locked.clocks.holds(procedure.acts(state, event))),
            *procedure.blockers(state, event, matter),
        ],
        next_states=procedure.targets(state, event),
        cite=procedure.rule(state, event).cite,
        form_fields=procedure.rule(state, event).form_fields,
    )


def check_role(procedure: Procedure, state: str | None, event: str, actor: Actor) -> None:
    """Raise `NotYourRole` unless the actor has a role that may raise an event at a state."""
    roles = procedure.actors(state, event)
    if actor.role not in roles:
        named = procedure.policy.roles_named(roles)
        raise NotYourRole(EVENTS[event].label, named, procedure.rule(state, event).cite)


_NAMED = select(Attachment.id, Attachment.kind, Attachment.sha256).where(
    col(Attachment.id).in_(bindparam("named", expanding=True)),
    col(Attachment.area_code) == bindparam("area_code"),
)


def _evidence(
    session: Session, body: Event, area_code: str
) -> tuple[dict[UUID, tuple[str, str]], list[Blocker]]:
    """Return the attachments a body refers to, and a blocker for each that is not there."""
    if not body.attachments:
        return {}, []
    wanted = {"named": body.attachments, "area_code": area_code}
    rows = wire(session).execute(_NAMED, wanted)
    found = {one: (kind, sha256) for one, kind, sha256 in rows}
    unknown = [
        Blocker("attachment_unknown", (), (str(one),), cite=ATTACHMENT_CITE)
        for one in body.attachments
        if one not in found
    ]
    return found, unknown


def _visited(session: Session, body: Event, area_code: str) -> tuple[Visited, ...]:
    """Return the visits of the body's day in the case's village, for a limit on them."""
    if not isinstance(body, RecordVisit):
        return ()
    rows = session.exec(
        select(Visit.household_id, Visit.name, Visit.role).where(
            Visit.area_code == area_code, Visit.visited_on == body.visited_on
        )
    )
    return tuple(Visited(*row) for row in rows)


def _owes_reason(late: Late) -> Blocker:
    return Blocker("late_reason_missing", ("reason",), (str(late.days),), cite=LATE_CITE)


def _new_case(household: Household, procedure: Procedure, now: datetime) -> CaseRow:
    return CaseRow(
        id=new_id(now),
        kind=Kind.MONITORING_OBJECT,
        policy=procedure.policy.ref,
        state=procedure.rules.first_stage,
        version=0,
        area_code=household.area_code,
        household_id=household.id,
        episode=household.episodes + 1,
        previous_case_id=household.last_case_id,
        opened_on=office_date(now),
        updated_at=now,
        head_hash=chain.GENESIS,
    )


def apply_calendar(session: Session, registry: Registry) -> int:
    """Set every running clock that a newer calendar moves; one line for each case it touches.

    Returns the number of cases. Part of the transaction that brought the calendar.
    """
    moment = Moment(registry.clock.now(), registry.calendars.current(session))
    case_ids = session.exec(
        select(Deadline.case_id)
        .where(
            Deadline.status == ClockStatus.RUNNING,
            Deadline.calendar_edition < moment.calendar.edition,
        )
        .distinct()
        .order_by(col(Deadline.case_id))
    ).all()
    return sum(_recompute(session, case_id, registry, moment) for case_id in case_ids)


_ITSELF = (
    sqlalchemy.select(*CASE_COLUMNS)
    .where(CASES.c.id == bindparam("case_id"))
    .with_for_update(of=CASES)
)


def _recompute(session: Session, case_id: UUID, registry: Registry, moment: Moment) -> bool:
    row = wire(session).execute(_ITSELF, {"case_id": case_id}).mappings().one()
    case = CaseRow(**row)
    procedure = registry.pinned(session, case.policy)
    limits = {limit.id: limit for limit in procedure.rules.time_limits}
    mine = Clocks(
        procedure.policy.ref, procedure.rules.time_limits, running(session, case_id), moment
    )
    turned = Turned()
    for clock in mine.running:
        if change := recompute(clock, limits[clock.rule], moment):
            turned.touched.append(clock)
            turned.changes.append(change)
    if not turned.touched:
        return False
    locked = Locked(case, "[]", "", "", HouseholdFile(), procedure, Dossier(), mine)
    note_recomputed(session, locked, turned)
    return True
