"""Lines that have no table of their own: what is audited beside the moves of cases.

Each is sealed like a case's line and becomes a leaf like it. Lines of one kind and one subject
are a chain; what stands alone is a chain of one, under an id of its own.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from service.audit.chain import GENESIS, canonical, digest, instant
from service.store.log import LogLine
from service.store.people import Actor

SYSTEM = "system"
"""The role under which the installation's operator acts, who holds no position."""


def add_line(
    session: Session,
    chain: tuple[str, UUID],
    event: str,
    at: datetime,
    said: dict[str, Any],
    actor: Actor | None = None,
) -> LogLine:
    """Write the next line of a chain (kind, subject); part of the caller's transaction.

    `said` holds no personal value. Of two who write the same number at once, one is refused.
    """
    kind, subject_id = chain
    seq, prev = last_line(session, chain)
    line = LogLine(
        kind=kind,
        subject_id=subject_id,
        seq=seq + 1,
        event=event,
        at=at,
        person_id=actor.person_id if actor else None,
        position_id=actor.position_id if actor else None,
        role=actor.role if actor else SYSTEM,
        area_code=actor.area_code if actor else None,
        line=b"",
    )
    line.line = canonical({**columns_of(line), "prev": prev, **said})
    session.add(line)
    session.flush()
    return line


def last_line(session: Session, chain: tuple[str, UUID]) -> tuple[int, str]:
    """Return the number and the hash of a chain's newest line: what the next one names."""
    kind, subject_id = chain
    newest = session.exec(
        select(LogLine.seq, LogLine.line)
        .where(LogLine.kind == kind, LogLine.subject_id == subject_id)
        .order_by(col(LogLine.seq).desc())
        .limit(1)
    ).first()
    return (newest[0], digest(newest[1])) if newest else (0, GENESIS)


def columns_of(line: LogLine) -> dict[str, Any]:
    """Return the fields of a line that columns repeat, as the bytes write them."""
    return {
        "kind": line.kind,
        "subject": str(line.subject_id),
        "seq": line.seq,
        "event": line.event,
        "at": instant(line.at),
        "person": str(line.person_id) if line.person_id else None,
        "position": str(line.position_id) if line.position_id else None,
        "role": line.role,
        "area": line.area_code,
    }
