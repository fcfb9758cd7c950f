"""The sweep: what is due on the ladders of deadlines is done, each step once.

Any number of processes may sweep. A batch is one short transaction: its cases are locked, and
those that somebody acts on are left to the next turn; then its deadlines are read anew, so that
one that was met or suspended a moment ago tells nobody. What a step causes is written together
with the record of the step.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select, update
from sqlmodel import Session

from service import cases
from service.clock import office_date
from service.clock_rows import dates_of
from service.deadlines.addressees import Around, Place, asked_of, told
from service.errors import Refusal
from service.notices.outbox import Addressee, Cause, Owed, notify_all
from service.notices.templates import Facts
from service.registry import Registry
from service.store.areas import AreaLevel, areas_around
from service.store.cases import CASE_COLUMNS, CASES, CaseRow
from service.store.database import put, put_rows, wire
from service.store.deadlines import DEADLINES, IS_RUNNING
from service.store.ladder import LAGS, STEPS, StepOutcome
from service.store.people import holders_of
from service.workflows.acts import CaseLimit
from service.workflows.deadlines import Unit, days_late
from service.workflows.ladder import AT_DUE, Step, steps
from service.workflows.machine import Procedure

BATCH = 80
"""More of them keep the database busy for so long at a time that whoever asks meanwhile waits."""

WITHOUT_ANYBODY = "到期无人办理，系统按文件规定处理 / nobody acted in time: by the service's clock"

LAG_SECONDS = (1, 5, 15, 60, 300, 1800, 7200, 86400, 604800, 10**9)
"""The bounds of the histogram of how late steps were taken; the last one is no bound."""

SET_ASIDE_FOR = timedelta(hours=1)
"""How long a deadline is left alone that could not be swept."""

_DUE = (IS_RUNNING, DEADLINES.c.next_step_at <= bindparam("now"))

_CLAIM = (
    select(*CASE_COLUMNS)
    .join_from(DEADLINES, CASES, CASES.c.id == DEADLINES.c.case_id)
    .where(*_DUE)
    .order_by(DEADLINES.c.next_step_at, DEADLINES.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=CASES, skip_locked=True)
)
_OF_CASES = (
    select(
        *(
            DEADLINES.c[name]
            for name in (
                "case_id", "id", "policy", "rule", "kind", "unit", "due_on", "over_at",
                "clock", "area_code", "case_kind",
            )
        )
    )
    .where(*_DUE, DEADLINES.c.case_id.in_(bindparam("cases", expanding=True)))
    .order_by(DEADLINES.c.case_id, DEADLINES.c.id)
)  # fmt: skip
_TAKEN = select(STEPS.c.deadline_id, STEPS.c.due_on, STEPS.c.step).where(
    STEPS.c.case_id.in_(bindparam("cases", expanding=True)),
    STEPS.c.deadline_id.in_(bindparam("deadlines", expanding=True)),
)
_GO_ON = (
    update(DEADLINES)
    .where(DEADLINES.c.case_id == bindparam("of_case"), DEADLINES.c.id == bindparam("its_id"))
    .values(next_step_at=bindparam("at"))
)


@dataclass(frozen=True, slots=True)
class Climb:
    """One deadline whose ladder is due: its case, its limit, what is due, when the next is."""

    case: CaseRow
    row: Row[Any]
    procedure: Procedure
    limit: CaseLimit
    due: Sequence[Step]
    next_at: datetime | None
    days_late: int

    @property
    def reached(self) -> Sequence[Step]:
        """The steps that are taken: the highest, with others of the same instant."""
        return [step for step in self.due if step.at == self.due[-1].at]


@dataclass(slots=True)
class Swept:
    """What one batch did: how many cases it had, and how many steps ended how."""

    cases: int = 0
    outcomes: Counter[StepOutcome] = field(default_factory=Counter)


class NotSwept(Exception):
    """A batch failed, with its cases; what failed is its cause."""

    def __init__(self, case_ids: list[UUID]) -> None:
        super().__init__(f"{len(case_ids)} case(s) could not be swept")
        self.case_ids = case_ids


def sweep(session: Session, registry: Registry, *, house: bool = True, most: int = BATCH) -> Swept:
    """Take what is due of at most so many deadlines. Part of the caller's transaction.

    `house`: whether the product's own ladder is climbed too (DX-64). 0 cases: nothing is due
    that nobody else is at work on. Raises `NotSwept`.
    """
    now = registry.clock.now()
    claimed = wire(session).execute(_CLAIM, {"now": now, "most": most}).mappings()
    locked = {row["id"]: CaseRow(**row) for row in claimed}
    if not locked:
        return Swept()
    try:
        return _Batch(session, registry, now, locked, house=house).run()
    except Exception as problem:
        raise NotSwept(list(locked)) from problem


class _Batch:
    """The cases that one transaction has locked, and what is due of them."""

    def __init__(
        self,
        session: Session,
        registry: Registry,
        now: datetime,
        locked: dict[UUID, CaseRow],
        *,
        house: bool,
    ) -> None:
        self._session, self._registry, self._now = session, registry, now
        self._cases, self._house = locked, house
        self._almanac = registry.calendars.almanac(session)
        self._records: list[dict[str, Any]] = []
        self._persons: dict[Place, set[UUID]] = {}

    def run(self) -> Swept:
        climbs = self._climbs()
        if self._act(climbs):
            climbs = self._climbs()  # what the clock's own events have closed is no longer there
        owed = list(self._tell(climbs))
        if owed:
            notify_all(self._session, owed, self._now, self._persons)
        self._go_on(climbs)
        self._record()
        outcomes = Counter(record["outcome"] for record in self._records)
        return Swept(len(self._cases), outcomes)

    def _climbs(self) -> list[Climb]:
        wanted = {"now": self._now, "cases": list(self._cases)}
        rows = wire(self._session).execute(_OF_CASES, wanted).all()
        if not rows:
            return []
        found = wire(self._session).execute(
            _TAKEN, {"cases": list(self._cases), "deadlines": [row.id for row in rows]}
        )
        taken = {(record.deadline_id, record.due_on, record.step) for record in found}
        taken |= {(one["deadline_id"], one["due_on"], one["step"]) for one in self._records}
        return [self._climb(row, taken) for row in rows]

    def _climb(self, row: Row[Any], taken: set[tuple[Any, ...]]) -> Climb:
        procedure = self._registry.pinned(self._session, row.policy, row.case_kind)
        limit, calendar = procedure.limit(row.rule), self._almanac.of(row.area_code)
        house = self._house and procedure.policy.house_ladder
        ladder = [
            step
            for step in steps(limit, dates_of(row), calendar)
            if (house or not step.is_house) and (row.id, row.due_on, step.code) not in taken
        ]
        return Climb(
            case=self._cases[row.case_id],
            row=row,
            procedure=procedure,
            limit=limit,
            due=[step for step in ladder if step.at <= self._now],
            next_at=next((step.at for step in ladder if step.at > self._now), None),
            days_late=days_late(row.unit, row.due_on, row.over_at, self._now, calendar),
        )

    def _act(self, climbs: list[Climb]) -> bool:
        """Raise the events that documents let the clock raise; tell whether there were any.

        What is refused moves nothing.
        """
        for climb in climbs:
            for step in climb.due:
                if step.code == AT_DUE:
                    self._note(climb, step, self._raise(climb))
        return bool(self._records)

    def _raise(self, climb: Climb) -> StepOutcome:
        event = climb.limit.at_due or ""
        said = {"event": event, "reason": WITHOUT_ANYBODY}
        body = climb.procedure.rules.catalogue[event].model_validate(said)
        try:
            with self._session.begin_nested():
                moved = cases.follow(
                    self._session, climb.case, body, actor=None, registry=self._registry
                )
        except Refusal:
            return StepOutcome.REFUSED
        self._cases[climb.case.id] = moved.case
        return StepOutcome.RAISED

    def _tell(self, climbs: list[Climb]) -> Iterator[Owed]:
        """Yield the notices of the highest steps, and note what came of every step."""
        due = [climb for climb in climbs if climb.due]
        if not due:
            return
        areas = areas_around(self._session, {climb.row.area_code for climb in due})
        arounds = [self._around(climb.case, areas[climb.row.area_code]) for climb in due]
        rungs = [[step.rung for step in climb.reached if step.rung] for climb in due]
        places = set[Place]().union(
            *(asked_of([around], of) for around, of in zip(arounds, rungs, strict=True))
        )
        if places:
            self._persons = holders_of(self._session, places, office_date(self._now))
        for climb, around in zip(due, arounds, strict=True):
            yield from self._of_one(climb, around)

    def _around(self, case: CaseRow, areas: Mapping[AreaLevel, str]) -> Around:
        policy = self._registry.pinned(self._session, case.policy, case.kind).policy
        return Around(policy, case.holder, case.area_code, areas)

    def _of_one(self, climb: Climb, around: Around) -> Iterator[Owed]:
        already: set[Place] = set()
        for step in climb.due:
            if step.rung is None:
                continue
            if step not in climb.reached:
                self._note(climb, step, StepOutcome.SUPERSEDED)
                continue
            places = told(around, step.rung, self._persons)
            self._note(climb, step, StepOutcome.TOLD if places else StepOutcome.NOBODY)
            for place in places:
                if place not in already:
                    yield _owed(climb, step, around, place)
            already.update(places)

    def _note(self, climb: Climb, step: Step, outcome: StepOutcome) -> None:
        self._records.append(
            {
                "case_id": climb.case.id,
                "deadline_id": climb.row.id,
                "due_on": climb.row.due_on,
                "step": step.code,
                "outcome": outcome,
                "due_at": step.at,
                "taken_at": self._now,
            }
        )

    def _go_on(self, climbs: list[Climb]) -> None:
        ahead = [
            {"of_case": climb.case.id, "its_id": climb.row.id, "at": climb.next_at}
            for climb in climbs
        ]
        if ahead:
            wire(self._session).execute(_GO_ON, ahead)

    def _record(self) -> None:
        put_rows(self._session, STEPS, self._records)
        lags = [(self._now - record["due_at"]).total_seconds() for record in self._records]
        for bound, late in sorted(_by_bound(lags).items()):  # in order, or two could lock up
            number, seconds = len(late), sum(late)
            tally = {"at_most_seconds": bound, "number": number, "seconds": seconds}
            put(
                self._session,
                LAGS,
                tally,
                number=LAGS.c.number + number,
                seconds=LAGS.c.seconds + seconds,
            )


def _by_bound(lags: Sequence[float]) -> dict[int, list[float]]:
    found: dict[int, list[float]] = {}
    for lag in lags:
        bound = next(bound for bound in LAG_SECONDS if lag <= bound)
        found.setdefault(bound, []).append(lag)
    return found


def _owed(climb: Climb, step: Step, around: Around, place: Place) -> Owed:
    assert step.rung is not None  # the clock's own step tells nobody
    row = climb.row
    facts = Facts(
        case_id=climb.case.id,
        kind=climb.case.kind,
        deadline_id=row.id,
        rule=row.rule,
        rule_label=climb.limit.label,
        due_on=row.due_on,
        days_late=climb.days_late,
        unit=Unit.WORKING_DAY if row.unit is Unit.WORKING_DAY else Unit.CALENDAR_DAY,
    )
    cause = Cause.rung(row.id, f"{step.code}:{row.due_on}")
    to = Addressee(*place, fallback=tuple(role for role, _ in around.above(place)))
    return Owed(cause, to, step.rung.says, facts, step.rung.channels)


def set_aside(session: Session, registry: Registry, case_id: UUID) -> None:
    """Leave the due deadlines of a case alone for a while: they could not be swept."""
    now = registry.clock.now()
    wire(session).execute(
        update(DEADLINES)
        .where(IS_RUNNING, DEADLINES.c.next_step_at <= now, DEADLINES.c.case_id == case_id)
        .values(next_step_at=now + SET_ASIDE_FOR)
    )
