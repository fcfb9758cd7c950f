"""The only code that moves a case: `act`, and what could be done now. See `openings` too.

State, line and deadlines change together or not at all: nothing here commits, the caller's
transaction does. The case's row is locked before anything is read that a decision rests on.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy
from sqlalchemy import Text, bindparam, cast
from sqlmodel import Session, col, select

from service import ledgers
from service.blockers import Blocker
from service.clock_rows import Moment
from service.clocks import LATE_CITE, Clocks, Late, running
from service.errors import EventNotAllowed, NotFound, NotYourRole, StaleVersion
from service.moves import Locked, Moved, write
from service.registry import Registry
from service.store.areas import Area, AreaReach, within
from service.store.attachments import Attachment
from service.store.calendars import newest_edition, own_lists
from service.store.cases import CASE_COLUMNS, CASES, CaseRow
from service.store.database import take_turns, wire
from service.store.households import Household
from service.store.people import Actor
from service.store.visits import Visit
from service.workflows.acts import ActRule, FormField
from service.workflows.machine import Procedure
from service.workflows.matter import HouseholdFile, Matter, Visited
from service.workflows.statement import Event
from service.workflows.visits import DailyCap, HomeVisit

ATTACHMENT_CITE = "DX-07"


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
    locked = lock(session, case_id, actor.area_code, registry)
    case, procedure, event = locked.case, locked.procedure, body.event
    if case.version != seen_version:
        raise StaleVersion(**standing(locked))
    if event not in procedure.events_at(case.state):
        known = procedure.states[case.state]
        raise EventNotAllowed(body.label, known, **standing(locked))
    check_role(procedure, case.state, event, actor, locked)
    return _move(session, locked, body, actor, registry)


def follow(
    session: Session, case: CaseRow, body: Event, *, actor: Actor | None, registry: Registry
) -> Moved:
    """Move a case by what follows from another act, in the name of who acted (see `begin`).

    Nobody's role is asked: it is nobody's own act. Raises `EventNotAllowed`, `RequirementsNotMet`.
    """
    locked = lock(session, case.id, case.area_code, registry)
    return _move(session, locked, body, actor, registry)


def _move(
    session: Session, locked: Locked, body: Event, actor: Actor | None, registry: Registry
) -> Moved:
    case, procedure, event = locked.case, locked.procedure, body.event
    evidence, unknown = evidence_of(session, body, case.area_code)
    matter = locked.matter(
        body,
        evidence,
        visited=visited_on_the_day(session, body, case, procedure.rule(case.state, event)),
        beside=ledgers.look(session, case, body),
        actor=actor,
    )
    acts = procedure.acts(case.state, event)
    also = [*unknown, *locked.clocks.holds(acts)]
    if body.reason is None:
        also += [owes_reason(late) for late in locked.clocks.late(acts, matter) if not late.soft]
    target = procedure.move(case.state, event, matter, also)
    moved = write(session, locked, matter, target, actor)
    registry.follow(session, moved, body, actor, registry)
    return moved


_LOOK = (
    sqlalchemy.select(
        *CASE_COLUMNS,
        cast(CASES.c.dossier, Text).label("dossier"),
        col(Household.head_name),
        col(Household.household_type),
        col(Household.traits),
        col(Area.name).label("village"),
        col(Area.level).label("level"),
        newest_edition().label("edition"),
        own_lists(CASES.c.area_code).label("own_lists"),
    )
    .join(Household, col(Household.id) == CASES.c.household_id, isouter=True)
    .join(Area, col(Area.code) == CASES.c.area_code)
    .where(
        CASES.c.id == bindparam("case_id"),
        within(CASES.c.area_code, bindparam("actor_area")),
    )
)
_LOCK = _LOOK.with_for_update(of=CASES)


def lock(
    session: Session, case_id: UUID, area_code: str, registry: Registry, *, read_only: bool = False
) -> Locked:
    """Lock a case within the area of who asks, then read what decisions rest on.

    Somebody who only looks takes no lock. Raises `NotFound` for a case that is not there or
    out of reach.
    """
    wanted = {"case_id": case_id, "actor_area": area_code}
    row = wire(session).execute(_LOOK if read_only else _LOCK, wanted).mappings().first()
    if row is None:
        raise NotFound
    case = CaseRow(**row)
    procedure = registry.pinned(session, case.policy, case.kind)
    calendar = registry.calendars.riding(session, row["edition"], row["own_lists"])
    moment = Moment(registry.clock.now(), calendar)
    return Locked(
        case=case,
        kept=row["dossier"],
        head_name=row["head_name"] or "",
        village=row["village"],
        level=row["level"],
        household=HouseholdFile(
            case.household_id,
            row["household_type"] or "",
            frozenset(row["traits"] or ()),
            areas_of(session, procedure, case.area_code),
        ),
        procedure=procedure,
        dossier=procedure.rules.dossier.model_validate_json(f'{{"entries":{row["dossier"]}}}'),
        clocks=Clocks(
            procedure.policy.ref, procedure.rules.time_limits, running(session, case.id), moment
        ),
    )


def areas_of(session: Session, procedure: Procedure, area_code: str) -> frozenset[str]:
    """Return the areas a village lies in, where the document has lines for single areas."""
    if not any(line.area for line in procedure.policy.monitoring_object.eligibility.income_lines):
        return frozenset()
    above = select(AreaReach.ancestor_code).where(AreaReach.area_code == area_code)
    return frozenset(session.exec(above))


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


def available_actions(session: Session, locked: Locked, actor: Actor) -> list[Action]:
    """Return every event of the case's state, with what stands in its way before any body.

    Uses the same requirements, roles and clocks as `act`: the two cannot disagree.
    """
    matter = locked.matter(None, beside=ledgers.look(session, locked.case, None), actor=actor)
    return [_action(locked, matter, event, actor) for event in _events(locked)]


def _events(locked: Locked) -> list[str]:
    return locked.procedure.events_at(locked.case.state)


def _action(locked: Locked, matter: Matter[Any], event: str, actor: Actor) -> Action:
    procedure, state = locked.procedure, locked.case.state
    by = procedure.actors(state, event, locked.dossier, locked.level)
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


def check_role(
    procedure: Procedure,
    state: str | None,
    event: str,
    actor: Actor,
    locked: Locked | None = None,
) -> None:
    """Raise `NotYourRole` unless the actor has a role that may raise an event at a state."""
    case = (locked.dossier, locked.level) if locked else ()
    roles = procedure.actors(state, event, *case)
    if actor.role not in roles:
        named = procedure.policy.roles_named(roles)
        label = procedure.rules.catalogue[event].label
        raise NotYourRole(label, named, procedure.rule(state, event).cite)


_NAMED = select(Attachment.id, Attachment.kind, Attachment.sha256).where(
    col(Attachment.id).in_(bindparam("named", expanding=True)),
    col(Attachment.area_code) == bindparam("area_code"),
)


def evidence_of(
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


def visited_on_the_day(
    session: Session, body: Event, case: CaseRow, rule: ActRule
) -> tuple[Visited, ...]:
    """Return the visits of the body's day in the case's village, where a rule limits them.

    Whoever has one more of them waits: of two at once, each would be the last that is allowed.
    """
    limited = any(isinstance(need, DailyCap) for need in rule.requires)
    if not limited or not isinstance(body, HomeVisit):
        return ()
    take_turns(session, f"visits {case.area_code} {body.visited_on}")
    rows = session.exec(
        select(Visit.household_id, Visit.name, Visit.role).where(
            Visit.area_code == case.area_code, Visit.visited_on == body.visited_on
        )
    )
    return tuple(Visited(*row) for row in rows)


def owes_reason(late: Late) -> Blocker:
    return Blocker("late_reason_missing", ("reason",), (str(late.days),), cite=LATE_CITE)
