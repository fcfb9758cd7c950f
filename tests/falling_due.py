"""Many deadlines that fall due together, and what came of them in the end."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
from district import Case, District
from sqlalchemy import func, select
from sqlmodel import Session

from service.clock import office_time
from service.store.cases import CASES
from service.store.columns import new_id
from service.store.database import put_rows, wire
from service.store.deadlines import DEADLINES
from service.store.ladder import STEPS
from service.store.notices import NOTICES

NEAR, LATE = "deadline_near", "deadline_overdue"
STEPS_OF_EACH = ("house_before_3", "house_after_1", "house_after_10")
ROUNDS = (
    office_time(date(2021, 6, 22), 8),
    office_time(date(2021, 6, 26), 8),
    office_time(date(2021, 7, 5), 8),
)
"""The instants at which each of the three rungs falls due."""

IN_A_BATCH = """
SELECT count(*) FROM pg_locks AS waits JOIN pg_locks AS wrote USING (pid)
WHERE waits.relation = 'ladder_step'::regclass AND NOT waits.granted
  AND wrote.relation = 'notice'::regclass AND wrote.mode = 'RowExclusiveLock' AND wrote.granted
"""
"""Who has claimed cases and written their notices, and waits to write that they are told."""

OURS = select(CASES.c.id).where(CASES.c.kind == "monitoring_object")
"""The planted cases: a running clock opens others, as the documents' programmes want it."""


def plant(district: District, number: int) -> Case:
    """Put so many cases with one deadline each; return one of them."""
    model = district.apply()
    put_like(district, model, number - 1)
    return model


def put_like(district: District, model: Case, number: int) -> None:
    """Put so many cases beside one, with a deadline like its own."""

    def work(session: Session) -> None:
        case = _row(session, CASES, CASES.c.id == UUID(model.id))
        clock = _row(session, DEADLINES, DEADLINES.c.case_id == UUID(model.id))
        ids = [new_id(district.clock.now()) for _ in range(number)]
        put_rows(session, CASES, [{**case, "id": one} for one in ids])
        due = {"next_step_at": clock["next_step_at"] or clock["over_at"]}  # a clock may tick here
        put_rows(session, DEADLINES, [{**clock, **due, "case_id": one, "id": one} for one in ids])

    district.change(work)


def _row(session: Session, table: Any, where: Any) -> dict[str, Any]:
    return dict(wire(session).execute(select(table).where(where)).mappings().one())


def count(district: District) -> tuple[Counter[str], Counter[str], Counter[tuple[str, str]]]:
    """Return how many steps there are of each kind, of each outcome, and how many notices."""

    def work(session: Session) -> Any:
        return (
            _counted(session, STEPS.c.step),
            _counted(session, STEPS.c.outcome),
            _counted(session, NOTICES.c.template, NOTICES.c.role),
        )

    return district.read(work)


def _counted(session: Session, *columns: Any) -> Counter[Any]:
    ours = columns[0].table.c.case_id.in_(OURS)
    rows = wire(session).execute(select(*columns, func.count()).where(ours).group_by(*columns))
    return Counter({what[0] if len(what) == 1 else tuple(what): n for *what, n in rows})


def each_told(number: int) -> dict[tuple[str, str], int]:
    """Return what is told when so many deadlines have come to all their rungs, one by one."""
    return {
        (NEAR, "village_committee"): number,
        (LATE, "village_committee"): number,
        (LATE, "township_office"): number,
        (LATE, "county_bureau"): number,
    }


def of_each(district: District) -> tuple[Counter[int], Counter[int]]:
    """Return how many cases, with a deadline each, have how many steps, and how many notices."""

    def work(session: Session) -> Any:
        return tuple(
            Counter(_counted(session, table.c.case_id).values()) for table in (STEPS, NOTICES)
        )

    return district.read(work)


def steps_taken(district: District) -> int:
    counted = select(func.count()).select_from(STEPS).where(STEPS.c.case_id.in_(OURS))
    return district.read(lambda s: wire(s).execute(counted).scalar_one())


def until(done: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for what other processes do; the server notices the death of one in its own time."""
    last = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < last, "it did not happen"
        time.sleep(0.05)


async def hold_up(url: str) -> asyncpg.Connection:
    """Let no step be written, so that whoever sweeps stands between its notices and its steps."""
    holding = await asyncpg.connect(url)
    await holding.execute("BEGIN; LOCK TABLE ladder_step IN EXCLUSIVE MODE")
    return holding
