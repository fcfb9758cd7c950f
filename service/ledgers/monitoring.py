"""The visits of a monitoring object."""

from typing import Any

from sqlmodel import Session

from service.ledgers.visits import keep_visit
from service.store.cases import CaseRow, Line
from service.workflows.statement import Event
from service.workflows.visits import HomeVisit


def keep(session: Session, case: CaseRow, line: Line, _entry: dict[str, Any], body: Event) -> None:
    """Keep each visitor of a visit."""
    if isinstance(body, HomeVisit):
        keep_visit(session, case, line, body)
