"""Before there is work on an import: may it come, and may it be committed."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from service.audit.lines import IMPORT, add_line
from service.codes import Label
from service.errors import BodyTooLarge, ImportNotReady, Malformed, RowsRefused, WorkbookRefused
from service.imports.layouts import LAYOUTS
from service.imports.work import Order
from service.store.imports import DataImport, ImportState
from service.store.people import Actor
from service.workbooks.reading import Workbook

MAX_FILE_BYTES = 50_000_000
GIVEN_UP_AFTER = timedelta(minutes=15)
"""A commit that has not ended by then was cut off with its process, and may be asked again."""

EXTENSION = ".xlsx"


def check_layout(layout: str) -> None:
    """Raise `Malformed` for a layout that there is not."""
    if layout not in LAYOUTS:
        listed = ", ".join(LAYOUTS)
        raise Malformed(Label(zh=f"没有这种版式；可用：{listed}", en=f"Layouts: {listed}."))


def check_file(filename: str, content: bytes) -> None:
    """Refuse at once what can be told from a file's name and its list of parts.

    Raises `BodyTooLarge`, `WorkbookRefused`.
    """
    if len(content) > MAX_FILE_BYTES:
        raise BodyTooLarge(Label(zh="文件超过50MB", en="The file is over 50 MB."))
    if not filename.lower().endswith(EXTENSION):
        raise WorkbookRefused("workbook_name", filename[-20:])
    Workbook(content)


def received(
    import_id: UUID, layout: str, filename: str, size: int, sha256: str, actor: Actor, at: datetime
) -> DataImport:
    """Return the row of an import that has come and waits to be validated."""
    return DataImport(
        id=import_id,
        layout=layout,
        area_code=actor.area_code,
        filename=filename,
        size=size,
        sha256=sha256,
        state=ImportState.VALIDATING,
        run_at=at,
        created_at=at,
        person_id=actor.person_id,
        position_id=actor.position_id,
        role=actor.role,
    )


def keep(session: Session, row: DataImport, actor: Actor) -> None:
    """Keep the row of an import, and the line that says that it came."""
    session.add(row)
    said = {"layout": row.layout, "size": row.size, "sha256": row.sha256}
    add_line(session, (IMPORT, row.id), "upload_import", row.created_at, said, actor)


def begin_commit(stored: DataImport, actor: Actor, at: datetime, *, without_refused: bool) -> Order:
    """Take an import in hand, whose row is locked: of two that try at once, one does.

    Raises `ImportNotReady`, and `RowsRefused` unless it was agreed that those are left out.
    """
    is_given_up = stored.state is ImportState.COMMITTING and at - stored.run_at > GIVEN_UP_AFTER
    if not (stored.state is ImportState.VALIDATED or is_given_up) or not stored.is_kept:
        raise ImportNotReady(stored.state)
    refused = stored.counts["rows"]["refused"]
    if refused and not without_refused:
        raise RowsRefused(refused)
    stored.state, stored.run, stored.run_at = ImportState.COMMITTING, stored.run + 1, at
    stored.without_refused, stored.problem = without_refused, None
    return Order(stored.id, stored.run, actor, at)
