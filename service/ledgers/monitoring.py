"""The visits of a monitoring object, by whom and on which day."""

from typing import Any

from sqlmodel import Session

from service.store.cases import CaseRow, Line
from service.store.visits import Visit
from service.workflows.monitoring.assistance_events import RecordVisit
from service.workflows.statement import Event


def keep(session: Session, case: CaseRow, line: Line, _entry: dict[str, Any], body: Event) -> None:
    """Keep each visitor of a visit."""
    if not isinstance(body, RecordVisit) or case.household_id is None:
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
