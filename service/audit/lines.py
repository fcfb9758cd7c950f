"""Lines that have no table of their own: what is audited beside the moves of cases.

Each is sealed like a case's line and becomes a leaf like it. Lines of one kind and one subject
are a chain; what stands alone is a chain of one, under an id of its own.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from sqlmodel import Session, col, select

from service.audit.chain import GENESIS, canonical, digest, instant
from service.store.columns import new_id
from service.store.log import LogLine
from service.store.people import Actor, Person

SYSTEM = "system"
"""The role under which the installation's operator acts, who holds no position."""

NO_ROLE = "none"
"""The role of somebody who has not chosen a position, or whom nobody knows."""

ACT, ATTEMPT, SIGN_IN, HANDED_OUT = "act", "attempt", "sign_in", "handed_out"
APPOINTMENT, IMPORT, ERASURE = "appointment", "import", "erasure"

_WRITTEN = "a line was written"


class ActorType(StrEnum):
    """Who acts: a person, another system, the installation itself, or somebody nobody knows."""

    PERSON = "person"
    INTEGRATION = "integration"
    SYSTEM = "system"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, as a line copies it in: what they were then, whatever they are later."""

    type: ActorType = ActorType.SYSTEM
    person_id: UUID | None = None
    position_id: UUID | None = None
    role: str = SYSTEM
    area_code: str | None = None

    @classmethod
    def of(cls, actor: Actor | None) -> Self:
        """Return an account in its position; without one, the installation's operator."""
        if actor is None:
            return cls()
        place = (actor.person_id, actor.position_id, actor.role, actor.area_code)
        return cls(_type_of(actor), *place)

    @classmethod
    def placeless(cls, person: Person | None) -> Self:
        """Return an account that acts in no one position; without one, somebody unknown."""
        if person is None:
            return cls(ActorType.UNKNOWN, role=NO_ROLE)
        return cls(_type_of(person), person.id, role=NO_ROLE)


def _type_of(account: Actor | Person) -> ActorType:
    return ActorType.INTEGRATION if account.integration else ActorType.PERSON


def add_line(
    session: Session,
    chain: tuple[str, UUID],
    event: str,
    at: datetime,
    said: dict[str, Any],
    by: By | Actor | None = None,
) -> LogLine:
    """Write the next line of a chain (kind, subject); part of the caller's transaction.

    `said` holds no personal value. Of two who write the same number at once, one is refused.
    """
    seq, prev = last_line(session, chain)
    who = by if isinstance(by, By) else By.of(by)
    return _write(session, (*chain, seq + 1, prev), event, at, said, who)


def add_single(
    session: Session, kind: str, event: str, at: datetime, said: dict[str, Any], by: By
) -> LogLine:
    """Write a line that stands alone; part of the caller's transaction, as `add_line` is."""
    return _write(session, (kind, new_id(at), 1, GENESIS), event, at, said, by)


def _write(
    session: Session,
    place: tuple[str, UUID, int, str],
    event: str,
    at: datetime,
    said: dict[str, Any],
    by: By,
) -> LogLine:
    kind, subject_id, seq, prev = place
    line = LogLine(
        kind=kind,
        subject_id=subject_id,
        seq=seq,
        event=event,
        at=at,
        person_id=by.person_id,
        position_id=by.position_id,
        role=by.role,
        area_code=by.area_code,
        line=b"",
    )
    line.line = canonical({**columns_of(line), "actor_type": by.type, "prev": prev, **said})
    session.add(line)
    session.flush()
    note_written(session)
    return line


def note_written(session: Session) -> None:
    """Note that this transaction has a line: of whoever writes one, in whatever table."""
    session.info[_WRITTEN] = True


def is_written(session: Session) -> bool:
    """Tell whether this transaction has a line. An act without one is not kept."""
    return _WRITTEN in session.info


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


def differing(session: Session) -> Iterator[str]:
    """Yield every line whose columns do not say what its bytes say."""
    query = select(LogLine).order_by(col(LogLine.kind), col(LogLine.subject_id), col(LogLine.seq))
    for line in session.exec(query.execution_options(yield_per=500)):
        name = f"{line.kind} {line.subject_id} {line.seq}"
        try:
            said = json.loads(line.line)
        except ValueError:
            yield f"{name}: the bytes are no line"
            continue
        wrong = [key for key, value in columns_of(line).items() if said.get(key) != value]
        if wrong:
            yield f"{name}: columns differ from the bytes: {', '.join(wrong)}"


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
