"""Whoever is to take a case on is there: nothing is raised or handed over into the void."""

from sqlmodel import Session

from service.blockers import Blocker
from service.errors import RequirementsNotMet
from service.moves import Moved
from service.registry import Registry
from service.store.areas import Area
from service.store.people import Actor, positions_over
from service.workflows.statement import Event

CITE = "DX-45"


def must_be_taken(
    session: Session, moved: Moved, _body: Event, _actor: Actor | None, registry: Registry
) -> None:
    """Raise `RequirementsNotMet` where nobody holds the position that a case waits for now."""
    case = moved.case
    procedure = registry.pinned(session, case.policy, case.kind)
    level = session.get_one(Area, case.area_code).level
    role = procedure.holder(case.state, level=level)
    if role is None or not positions_over(session, role, case.area_code):
        blocker = Blocker("nobody_to_take_it", (role or str(level),), cite=CITE)
        raise RequirementsNotMet(procedure.worded([blocker]))
