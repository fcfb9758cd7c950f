"""The visits that a case tells of, whatever its kind: by whom, on which day."""

from collections.abc import Iterator
from datetime import date

from sqlmodel import Session, select

from service.store.cases import CaseRow, Line
from service.store.visits import Visit
from service.workflows.dossier import Dossier
from service.workflows.inspection.events import VOIDED
from service.workflows.visits import HomeVisit


def keep_visit(session: Session, case: CaseRow, line: Line, body: HomeVisit) -> None:
    """Keep each visitor of a household; what is said of a unit is no visit to a home."""
    if case.household_id is None:
        return
    session.add_all(
        Visit(
            case_id=case.id,
            seq=line.seq,
            number=number,
            household_id=case.household_id,
            area_code=case.area_code,
            visited_on=body.visited_on,
            name=visitor.name,
            role=visitor.role,
        )
        for number, visitor in enumerate(body.visitors, 1)
    )
    session.flush()


def contradictions(session: Session, case: CaseRow, dossier: Dossier) -> Iterator[str]:
    """Yield whether other visits are kept than a case tells of."""
    rows = session.exec(select(Visit).where(Visit.case_id == case.id))
    if {(row.seq, row.number, row.visited_on) for row in rows} != set(_told(case, dossier)):
        yield "its visits are not those that it tells of"


def _told(case: CaseRow, dossier: Dossier) -> Iterator[tuple[int, int, date]]:
    if case.household_id is None or case.state == VOIDED:
        return
    for entry, body in dossier.all(HomeVisit):
        for number, _ in enumerate(body.visitors, 1):
            yield entry.seq, number, body.visited_on
