"""The visits of a monitoring object, and the row that doubts are asked of."""

from typing import Any

from sqlmodel import Session

from service.ledgers.monitored import RECOGNISED, keep_entry
from service.ledgers.visits import keep_visit
from service.store.cases import CaseRow, Line
from service.store.database import wire
from service.workflows.statement import Event
from service.workflows.visits import HomeVisit


def keep(session: Session, case: CaseRow, line: Line, entry: dict[str, Any], body: Event) -> None:
    """Keep each visitor of a visit, and what changes of a household under monitoring."""
    recognised = line.to_state == RECOGNISED != line.from_state
    keep_entry(wire(session), case.id, entry, recognised=recognised)
    if isinstance(body, HomeVisit):
        keep_visit(session, case, line, body)
