"""How many working days each position held a case: who used up the time.

A case waits for whoever its state is held by, from the day of the line that led there to the
day of the line that led on; of a closed one until it was closed, of an open one until today.
The day it came is not counted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from service.clock import office_date
from service.overview.asked import Now
from service.overview.totals import areas_at
from service.registry import Registry
from service.store.areas import Area, AreaLevel, AreaReach, within
from service.store.cases import Case, Transition
from service.workflows.dossier import Dossier
from service.workflows.kinds import Kind
from service.workflows.machine import Procedure


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in which a case waited for one role, at one state."""

    role: str
    level: AreaLevel
    state: str
    policy: str
    from_on: date
    to_on: date
    working_days: int


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a case: where it led, when, under which version."""

    case_id: UUID
    to_state: str
    policy: str
    at: datetime
    kind: Kind
    area_code: str


@dataclass(slots=True)
class Held:
    """What one role held in all: its working days, and how many cases.

    `policy` is a version of a document that knows what the role is called.
    """

    policy: str
    working_days: int = 0
    cases: int = 0


ByRole = dict[tuple[str, AreaLevel], Held]
"""(role, its level) -> what it held."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Cases of a kind that were opened from a day to a day, both included."""

    kind: Kind
    from_on: date
    to_on: date


def of_case(session: Session, case: Case, registry: Registry, now: Now) -> list[Span]:
    """Return where a case waited, line by line."""
    steps = _steps(session, Case.id == case.id)
    rules = registry.pinned(session, case.policy, case.kind).rules
    dossier = rules.dossier.model_validate({"entries": case.dossier})
    return list(_spans(steps, session, registry, now, dossier))


def of_areas(
    session: Session,
    actor_area: str,
    level: AreaLevel,
    asked: Opened,
    *,
    registry: Registry,
    now: Now,
) -> tuple[dict[str, str], dict[str, ByRole]]:
    """Return the names of the areas of a level, and what each role held of the cases there.

    Reads every line of these cases: a report, not a list to be looked at all day.
    """
    names, above = areas_at(session, level, actor_area)
    steps = _steps(
        session,
        within(Case.area_code, actor_area),
        Case.kind == asked.kind,
        Case.opened_on >= asked.from_on,
        Case.opened_on <= asked.to_on,
    )
    held: dict[str, ByRole] = {code: {} for code in names}
    for _, of_one in groupby(steps, key=lambda step: step.case_id):
        lines = list(of_one)
        if lines[0].area_code in above:
            spans = list(_spans(lines, session, registry, now))
            _add(held[above[lines[0].area_code]], spans)
    return names, held


def by_role(spans: Iterable[Span]) -> ByRole:
    """Return what each role held of one case."""
    held: ByRole = {}
    _add(held, spans)
    return held


def _add(held: ByRole, spans: Iterable[Span]) -> None:
    roles = set()
    for span in spans:
        roles.add((span.role, span.level))
        one = held.setdefault((span.role, span.level), Held(span.policy))
        one.working_days += span.working_days
    for role in roles:
        held[role].cases += 1


def _steps(session: Session, *which: Any) -> Iterator[Step]:  # noqa: ANN401
    lines = session.execute(
        select(  # type: ignore[call-overload]  # more columns than SQLModel has overloads for
            Transition.case_id,
            Transition.to_state,
            Transition.policy,
            Transition.received_at,
            Case.kind,
            Case.area_code,
        )
        .join(Case, col(Case.id) == col(Transition.case_id))
        .where(*which)
        .order_by(col(Transition.case_id), col(Transition.seq))
    )
    return (Step(*line) for line in lines)


def _spans(
    steps: Iterable[Step],
    session: Session,
    registry: Registry,
    now: Now,
    dossier: Dossier | None = None,
) -> Iterator[Span]:
    lines = list(steps)
    ends = [*(step.at for step in lines[1:]), now.at]
    for step, end in zip(lines, ends, strict=True):
        procedure = registry.pinned(session, step.policy, step.kind)
        role = procedure.holder(step.to_state, dossier)
        if role is None:  # it is over
            continue
        first, last = office_date(step.at), office_date(end)
        yield Span(
            role=role,
            level=level_of(procedure, role),
            state=step.to_state,
            policy=step.policy,
            from_on=first,
            to_on=last,
            working_days=now.almanac.of(step.area_code).working_days_between(first, last),
        )


def level_of(procedure: Procedure, role: str) -> AreaLevel:
    return AreaLevel(procedure.policy.roles[role].level)


def positions(session: Session, area_code: str) -> dict[AreaLevel, Area]:
    """Return the area of each level in which a case's positions are held."""
    above = session.exec(
        select(Area)
        .join(AreaReach, col(AreaReach.ancestor_code) == col(Area.code))
        .where(AreaReach.area_code == area_code)
    )
    return {area.level: area for area in above}
