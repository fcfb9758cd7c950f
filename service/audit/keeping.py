"""The log, kept: what is pending becomes leaves, the head is signed and handed to its holders.

`tick` is one round of it. Nothing is lost between rounds, and rounds may come at once.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from service.audit.dixian_verify import Checkpoint
from service.audit.holders import Holder, Holds, Refused
from service.audit.log import newest_checkpoint, tree_of
from service.audit.sequencer import BATCH, sequence, sign
from service.audit.signer import Signer
from service.clock import Clock
from service.store.database import Database
from service.store.log import LogCosignature, LogHolder


@dataclass(slots=True)
class Ticked:
    """What a round did. `problems`: holder -> why it did not take the checkpoint."""

    lines: int = 0
    signed: Checkpoint | None = None
    problems: dict[str, str] = field(default_factory=dict)


async def tick(
    database: Database, signer: Signer, holders: Sequence[Holder], clock: Clock
) -> Ticked:
    """Do one round. A holder that fails stops nothing: it is told of, and tried in the next.

    Raises `LogKeyError`, and `RolledBack` for a log that does not continue what was signed.
    """
    done = Ticked()
    made = BATCH
    while made == BATCH:  # a head is signed when everything is in: else lines would look late
        made = await database.transact(lambda s: sequence(s, signer, clock.now()))
        done.lines += made
    done.signed = await database.transact(lambda s: sign(s, signer, clock.now()))
    for holder in holders:
        if problem := await _hand_over(database, holder, clock):
            done.problems[holder.name] = problem
    return done


async def _hand_over(database: Database, holder: Holder, clock: Clock) -> str | None:
    """Offer the newest checkpoint to a holder that has not got it; return what went wrong."""
    now = clock.now()
    offer = await database.read(lambda session: _offer(session, holder, now))
    if offer is None:
        return None
    taken: dict[str, str] = {}
    problem = None
    try:
        try:
            taken = await holder.take(*offer)
        except Holds as other:
            again = functools.partial(_offer_from, newest=offer[0], held=other.size)
            taken = await holder.take(*await database.read(again))
    except (Refused, Holds) as refused:
        problem = str(refused)
    size = offer[0].size
    await database.transact(lambda s: _keep(s, holder.name, size, taken, problem, now))
    return problem


def _offer(
    session: Session, holder: Holder, now: datetime
) -> tuple[Checkpoint, int, list[bytes]] | None:
    """Return the newest checkpoint, what a holder has, and the proof from the one to the other.

    None where it has the newest, or is left alone for a while.
    """
    newest, row = newest_checkpoint(session), session.get(LogHolder, holder.name)
    held = row.size if row else 0
    resting = row and row.at and not row.problem and row.at + holder.pause > now
    if newest is None or held == newest.size or resting:
        return None
    return _offer_from(session, Checkpoint.of(newest.note), min(held, newest.size))


def _offer_from(
    session: Session, newest: Checkpoint, held: int
) -> tuple[Checkpoint, int, list[bytes]]:
    if held > newest.size:
        raise Refused(f"it holds {held} lines, the log has {newest.size}: it was rolled back")
    return newest, held, tree_of(session).consistency(held, newest.size)


def _keep(
    session: Session,
    name: str,
    size: int,
    taken: dict[str, str],
    problem: str | None,
    now: datetime,
) -> None:
    row = session.get(LogHolder, name) or LogHolder(name=name)
    row.problem, row.at = problem, now
    if problem is None:
        row.size = size
    session.add(row)
    for witness, line in taken.items():
        keep_cosignature(session, size, witness, line)


def keep_cosignature(session: Session, size: int, witness: str, line: str) -> None:
    """Keep a witness's signature, which was verified; the first one of each stays."""
    if session.get(LogCosignature, (size, witness)) is None:
        session.add(LogCosignature(size=size, witness=witness, signature=line))
