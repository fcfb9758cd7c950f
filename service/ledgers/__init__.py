"""What a move leaves beside the log for lists, totals and caps to be asked of: one file a kind.

The dossier says it all; these rows say again what is searched, in the same transaction.
"""

from collections.abc import Callable
from typing import Any

from sqlmodel import Session

from service.ledgers import monitoring
from service.store.cases import CaseRow, Line
from service.workflows.kinds import Kind
from service.workflows.statement import Event

Keep = Callable[[Session, CaseRow, Line, dict[str, Any], Event], None]

KEEPERS: dict[Kind, Keep] = {
    Kind.MONITORING_OBJECT: monitoring.keep,
}


def keep(session: Session, case: CaseRow, line: Line, entry: dict[str, Any], body: Event) -> None:
    """Keep what one move says; `entry` is what the dossier keeps of it."""
    KEEPERS[case.kind](session, case, line, entry, body)
