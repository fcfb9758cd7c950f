"""A turn of the sweep: batch after batch, until nothing is due any more."""

import asyncio
import traceback
from pathlib import Path

import structlog
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from service.config import Settings
from service.deadlines.sweep import BATCH, NotSwept, Swept, set_aside, sweep
from service.registry import Registry
from service.store.database import Database, not_idle_for_long, put
from service.store.deliveries import HEARTBEATS

FEW = 50
"""A batch where everybody waits for it."""

SWEEPER = "sweeper"
log = structlog.get_logger("sweep")


async def sweep_due(database: Database, registry: Registry, settings: Settings) -> Swept:
    """Sweep until nothing is left; return what was done.

    What fails is found by sweeping one by one, left alone for an hour, and keeps nobody else
    waiting. Raises what the database raises where it cannot be reached.
    """
    done, singly = Swept(), 0
    while True:
        await asyncio.sleep(0)  # on SQLite a batch runs in the event loop: let others have a turn
        most = 1 if singly else FEW if database.is_sqlite else BATCH
        singly = max(0, singly - 1)
        try:
            swept = await database.transact(lambda s: _batch(s, registry, settings, most))  # noqa: B023
        except NotSwept as failed:
            _unless_the_database_failed(failed)
            if most == 1:
                await _set_aside(database, registry, failed)
            else:
                singly = BATCH
            continue
        if not swept.cases:
            _tell(done)
            return done
        done.cases += swept.cases
        done.outcomes += swept.outcomes


def _batch(session: Session, registry: Registry, settings: Settings, most: int) -> Swept:
    not_idle_for_long(session)  # a process that is frozen must not keep its cases from everybody
    swept = sweep(session, registry, house=settings.house_ladder, most=most)
    now = registry.clock.now()
    # Last, for other sweepers wait for this row, and for nothing else.
    put(session, HEARTBEATS, {"name": SWEEPER, "at": now}, at=now)
    return swept


def _unless_the_database_failed(failed: NotSwept) -> None:
    cause = failed.__cause__
    if isinstance(cause, OSError):
        raise cause
    if isinstance(cause, DBAPIError) and not isinstance(cause, IntegrityError):
        raise cause


async def _set_aside(database: Database, registry: Registry, failed: NotSwept) -> None:
    [case_id] = failed.case_ids
    log.error("a case could not be swept", case=str(case_id), problem=where(failed.__cause__))
    await database.transact(lambda session: set_aside(session, registry, case_id))


def where(problem: BaseException | None) -> str:
    """Return what went wrong in which line: its message may quote what nobody may read."""
    frames = traceback.extract_tb(problem.__traceback__)[-3:] if problem else []
    lines = (f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
    return " ".join([type(problem).__name__, *lines])


def _tell(done: Swept) -> None:
    if done.cases:
        log.info("swept", cases=done.cases, **{str(k): n for k, n in done.outcomes.items()})
