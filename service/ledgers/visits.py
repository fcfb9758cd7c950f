"""The visits that a case tells of, whatever its kind: by whom, on which day."""

from sqlmodel import Session

from service.store.cases import CaseRow, Line
from service.store.visits import Visit
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
