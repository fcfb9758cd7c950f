"""Urging (催办): a position above the one that holds a case presses for it.

It leaves a line in the case's chain and a notice to the holder, and moves nothing. Who holds
that position alone as well gets no notice: nobody is told of what he did himself.
"""

from uuid import UUID

from sqlmodel import Session

from service.cases import lock, standing
from service.clock import office_date
from service.clocks import Turned
from service.codes import Label
from service.errors import EventNotAllowed, NotYourRole, StaleVersion
from service.moves import Locked, note
from service.notices.outbox import Addressee, Cause, notify
from service.notices.templates import Facts
from service.registry import Registry
from service.store.areas import AreaLevel, lineage
from service.store.cases import CaseRow, Line
from service.store.people import Actor, holders_of

URGE = "urge"
LABEL = Label(zh="催办", en="urge")
CITE = "DX-62"


def urge(
    session: Session, case_id: UUID, *, seen_version: int, actor: Actor, registry: Registry
) -> tuple[CaseRow, Line]:
    """Press for a case. Raises `NotFound`, `StaleVersion`, `EventNotAllowed`, `NotYourRole`."""
    locked = lock(session, case_id, actor.area_code, registry)
    case = locked.case
    if case.version != seen_version:
        raise StaleVersion(**standing(locked))
    holder = locked.procedure.holder(case.state, locked.dossier)
    if holder is None:
        raise EventNotAllowed(LABEL, locked.procedure.states[case.state], **standing(locked))
    _check_above(locked, holder, actor)
    line = note(session, locked, URGE, Turned(), {"holder": holder}, actor)
    _tell(session, locked, line, holder, actor)
    return case, line


def _check_above(locked: Locked, holder: str, actor: Actor) -> None:
    policy, levels = locked.procedure.policy, list(AreaLevel)
    held_at = levels.index(AreaLevel(policy.roles[holder].level))
    above = [
        code for code, one in policy.roles.items() if levels.index(AreaLevel(one.level)) < held_at
    ]
    if actor.role not in above:
        raise NotYourRole(LABEL, policy.roles_named(tuple(above)), CITE)


def _tell(session: Session, locked: Locked, line: Line, holder: str, actor: Actor) -> None:
    case, level = locked.case, AreaLevel(locked.procedure.policy.roles[holder].level)
    area = next((one for one in lineage(session, case.area_code) if one.level is level), None)
    if area is None:
        return
    place, now = (holder, area.code), locked.moment.now
    if holders_of(session, {place}, office_date(now)).get(place) == {actor.person_id}:
        return
    facts = Facts(case_id=case.id, kind=case.kind)
    notify(session, Cause.urge(case.id, line.seq), Addressee(*place), "case_urged", facts, now)
