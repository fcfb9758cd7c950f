"""What moving a case needs beside the session: the law, the time, the calendar."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from service.clock import Clock, office_date
from service.errors import NoDocumentInForce, NotInDocument
from service.store.areas import document_named, lineage
from service.store.calendars import Calendars
from service.store.cases import Case, CaseRow
from service.store.policies import take_in
from service.workflows.kinds import KINDS, Kind
from service.workflows.machine import Procedure
from service.workflows.rulebook import Rulebook


def nothing_follows(*_: object) -> None:
    """Let a move stand alone: what follows from one is told by `consequences`."""


@dataclass(frozen=True, slots=True)
class Registry:
    """The law, the time, the calendar; and what follows from a move in its own transaction."""

    rulebook: Rulebook
    clock: Clock
    calendars: Calendars
    follow: Callable[..., None] = nothing_follows

    def pinned(self, session: Session, ref: str, kind: Kind = Kind.MONITORING_OBJECT) -> Procedure:
        """Return the procedure of a running case, also of one published a moment ago."""
        if ref not in self.rulebook:
            take_in(session, self.rulebook)
        return self.rulebook.pinned(ref, kind)


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


def procedure_of(
    session: Session, registry: Registry, kind: Kind, area_code: str, campaign: CaseRow | None
) -> Procedure:
    """Return the procedure under which a case of a kind is opened: its campaign's, else the area's.

    Raises `NoDocumentInForce`, and `NotInDocument` where that document knows no such kind.
    """
    ref = campaign.policy if campaign else None
    if ref is None:
        ref = procedure_in_force(session, registry, area_code).policy.ref
    document = registry.pinned(session, ref)
    if kind not in document.policy.kinds:
        raise NotInDocument(ref, KINDS[kind])
    return registry.pinned(session, ref, kind)


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
