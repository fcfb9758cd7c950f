"""How a case comes to be: a monitoring object for a household, or a case of any other kind.

Nothing here commits, as in `cases`: what opens a case is one transaction, or a part of one.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from service import ledgers
from service.audit import chain
from service.cases import areas_of, check_role, evidence_of, owes_reason, visited_on_the_day
from service.clock import office_date
from service.clock_rows import Moment
from service.clocks import Clocks
from service.errors import EpisodeOpen, RequirementsNotMet
from service.moves import Locked, Moved, write
from service.registry import Registry, procedure_in_force, procedure_of
from service.store import duplicates
from service.store.areas import Area
from service.store.cases import CaseRow
from service.store.columns import new_id
from service.store.households import Household
from service.store.people import Actor
from service.workflows.kinds import Kind
from service.workflows.machine import Procedure
from service.workflows.matter import HouseholdFile
from service.workflows.monitoring.entry_events import Open
from service.workflows.monitoring.stages import OPEN
from service.workflows.statement import Event


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case belongs: its area, and the household and the campaign it is about, if any."""

    area_code: str
    area_name: str
    household: Household | None = None
    campaign_id: UUID | None = None

    @classmethod
    def of(
        cls,
        session: Session,
        area_code: str,
        actor: Actor | None,
        *,
        household: Household | None = None,
        campaign_id: UUID | None = None,
    ) -> "Place":
        """Return a place in an area; whoever acts in their own area knows its name already."""
        if actor and actor.area_code == area_code:
            return cls(area_code, actor.area_name, household, campaign_id)
        return cls(area_code, session.get_one(Area, area_code).name, household, campaign_id)


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
    place = Place.of(session, household.area_code, actor, household=household)
    locked = _nothing_yet(session, procedure, place, registry)
    case = locked.case
    case.episode, case.previous_case_id = household.episodes + 1, household.last_case_id
    household.episodes, household.last_case_id = case.episode, case.id
    household.open_case_id = case.id
    return _begin(session, locked, body, actor, registry)


def open_of_kind(
    session: Session,
    kind: Kind,
    place: Place,
    body: Event,
    *,
    actor: Actor,
    registry: Registry,
    campaign: CaseRow | None = None,
) -> Moved:
    """Open a case of any kind but the first as an official's own act.

    It is under its campaign's document; without one, under that in force in its area. Raises
    `NotYourRole`, `NoDocumentInForce`, `NotInDocument` and `RequirementsNotMet`.
    """
    procedure = procedure_of(session, registry, kind, place.area_code, campaign)
    check_role(procedure, None, procedure.rules.opens, actor)
    return begin(session, procedure, place, body, actor=actor, registry=registry)


def begin(
    session: Session,
    procedure: Procedure,
    place: Place,
    body: Event,
    *,
    actor: Actor | None,
    registry: Registry,
) -> Moved:
    """Open a case that follows from an act, in the name of who acted; nobody: the service itself.

    Nobody's role is asked: it is nobody's own opening. Raises `RequirementsNotMet`.
    """
    locked = _nothing_yet(session, procedure, place, registry)
    return _begin(session, locked, body, actor, registry)


def _begin(
    session: Session, locked: Locked, body: Event, actor: Actor | None, registry: Registry
) -> Moved:
    procedure, opens = locked.procedure, locked.procedure.rules.opens
    evidence, unknown = evidence_of(session, body, locked.case.area_code)
    matter = locked.matter(
        body,
        evidence,
        state=opens,
        visited=visited_on_the_day(session, body, locked.case, procedure.rule(None, opens)),
        beside=ledgers.look(session, locked.case, body),
        actor=actor,
    )
    late = [
        owes_reason(one)
        for one in locked.clocks.late(frozenset({opens}), matter)
        if body.reason is None and not one.soft
    ]
    if found := [*unknown, *late, *procedure.blockers("", opens, matter)]:
        raise RequirementsNotMet(found)
    session.flush()
    moved = write(session, locked, matter, locked.case.state, actor)
    registry.follow(session, moved, body, actor, registry)
    return moved


def _nothing_yet(
    session: Session, procedure: Procedure, place: Place, registry: Registry
) -> Locked:
    """Return a case of which nothing has been said, as one that nobody else can move."""
    moment = Moment(registry.clock.now(), registry.calendars.of_area(session, place.area_code))
    household = place.household
    known = HouseholdFile(
        household.id if household else None,
        household.household_type if household else "",
        frozenset(household.traits if household else ()),
        areas_of(session, procedure, place.area_code),
    )
    return Locked(
        case=_new_case(place, procedure, moment.now),
        kept="[]",
        head_name=household.head_name if household else "",
        village=place.area_name,
        household=known,
        procedure=procedure,
        dossier=procedure.rules.dossier(),
        clocks=Clocks(procedure.policy.ref, procedure.rules.time_limits, (), moment),
    )


def _new_case(place: Place, procedure: Procedure, now: datetime) -> CaseRow:
    return CaseRow(
        id=new_id(now),
        kind=procedure.kind,
        policy=procedure.policy.ref,
        state=procedure.rules.first_state,
        version=0,
        area_code=place.area_code,
        household_id=place.household.id if place.household else None,
        campaign_id=place.campaign_id,
        opened_on=office_date(now),
        updated_at=now,
        head_hash=chain.GENESIS,
    )
