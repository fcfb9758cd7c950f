"""The log, kept: what is pending becomes leaves, the head is signed and handed to its holders.

`tick` is one round of it. Nothing is lost between rounds, and rounds may come at once. A round in
which nothing is new costs three statements, and takes no lock.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlmodel import Session, col

from service.audit.dixian_verify import Checkpoint
from service.audit.holders import Holder, Holds, Refused
from service.audit.log import newest_checkpoint, tree_of
from service.audit.sequencer import BATCH, sequence, sign
from service.audit.signer import Signer
from service.clock import Clock
from service.store.database import Database, wire
from service.store.log import HEAD, PENDING, LogCheckpoint, LogCosignature, LogHolder

TRIED_AGAIN = timedelta(minutes=1)
"""After a failure a holder is left alone for as long, or for its own pause if that is shorter."""

_NEWEST = select(func.max(col(LogCheckpoint.size))).scalar_subquery()


@dataclass(slots=True)
class Ticked:
    """What a round did. `problems`: holder -> why it did not take the checkpoint."""

    lines: int = 0
    signed: Checkpoint | None = None
    problems: dict[str, str] = field(default_factory=dict)


async def tick(
    database: Database, signer: Signer, holders: Sequence[Holder], clock: Clock
) -> Ticked:
    """Do one round. A holder that fails stops nothing: it is told of, and tried in a later one.

    Raises `LogKeyError`, and `RolledBack` for a log that does not continue what was signed.
    """
    done = await let_in(database, signer, clock)
    done.problems = await hand_over(database, holders, clock)
    return done


async def let_in(database: Database, signer: Signer, clock: Clock) -> Ticked:
    """Make leaves of all that is pending, and sign the head. Raises as `tick` does."""
    done = Ticked()
    if not await database.read(_is_something_new):
        return done
    made = BATCH
    while made == BATCH:  # a head is signed when everything is in: else lines would look late
        made = await database.transact(lambda s: sequence(s, signer, clock.now()))
        done.lines += made
    done.signed = await database.transact(lambda s: sign(s, signer, clock.now()))
    return done


async def hand_over(database: Database, holders: Sequence[Holder], clock: Clock) -> dict[str, str]:
    """Hand the newest checkpoint to all who wait for it; return holder -> what went wrong."""
    now, problems = clock.now(), {}
    for holder, held in await database.read(lambda s: _waiting(s, holders, now)):
        if problem := await _hand_over(database, holder, held, now):
            problems[holder.name] = problem
    return problems


def _is_something_new(session: Session) -> bool:
    """Tell whether a line is pending, the head is unsigned, or the log has not begun."""
    asked = select(exists().select_from(PENDING), HEAD.c.origin, HEAD.c.size, _NEWEST)
    pending, origin, size, signed = wire(session).execute(asked).one()
    return bool(pending or not origin or size > (signed or 0))


def _waiting(
    session: Session, holders: Sequence[Holder], now: datetime
) -> list[tuple[Holder, int]]:
    """Return the holders that have not got the newest checkpoint, each with the size it has."""
    newest = session.scalar(select(_NEWEST))
    rows = {row.name: row for row in session.scalars(select(LogHolder))} if newest else {}
    return [
        (one, row.size)
        for one in holders
        if newest
        and (row := rows.get(one.name, LogHolder(name=one.name))).size != newest
        and not _is_resting(one, row, now)
    ]


def _is_resting(holder: Holder, row: LogHolder, now: datetime) -> bool:
    pause = min(holder.pause, TRIED_AGAIN) if row.problem else holder.pause
    return row.at is not None and row.at + pause > now


async def _hand_over(database: Database, holder: Holder, held: int, now: datetime) -> str | None:
    """Offer the newest checkpoint to a holder; return what went wrong."""
    offer = await database.read(lambda session: _offer(session, held))
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


def _offer(session: Session, held: int) -> tuple[Checkpoint, int, list[bytes]]:
    """Return the newest checkpoint, what a holder has, and the proof from the one to the other."""
    newest = newest_checkpoint(session)
    assert newest is not None, "none waits for a checkpoint before there is one"
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
