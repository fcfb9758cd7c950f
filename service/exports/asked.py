"""Which lines somebody asks for: a filter, and the leaves that fit it.

Lines of cases are found by everything a filter knows. Other lines have no case, no kind of case
and no document: a filter that names one of these leaves them out. The lines that name the log's
keys are in every export, for without them its signature proves nothing.
"""

from array import array
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, Select, String, and_, select, type_coerce, union
from sqlmodel import Session, col

from service.audit.extract import AT_ONCE, Asked
from service.audit.log import KEY_LINE
from service.clock import end_of, office_time
from service.codes import Code
from service.store.areas import Area, area_within, within
from service.store.cases import CASES, TRANSITIONS
from service.store.database import wire
from service.store.log import ACTS, LEAVES, LINES
from service.store.people import Actor
from service.workflows.fields import Day, Input
from service.workflows.kinds import Kind

MANY = 1_000
"""How many cases, people or events a filter may name."""

AreaCode = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
PolicyRef = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{2,47}@[1-9][0-9]{0,5}$")]
Many = Field(max_length=MANY)


class Filter(Input):
    """What the lines have in common; without any of it, the whole log.

    `area`: where the case lies, or in which a line without a case was written, and all below.
    `since` and `until`: days of the office, both included, on which a line was received.
    `policies`: versions of documents, such as `taogou-2021@1`. `actors`: people by their id.
    """

    area: AreaCode | None = None
    kinds: Annotated[tuple[Kind, ...], Many] = ()
    cases: Annotated[tuple[UUID, ...], Many] = ()
    policies: Annotated[tuple[PolicyRef, ...], Many] = ()
    events: Annotated[tuple[Code, ...], Many] = ()
    actors: Annotated[tuple[UUID, ...], Many] = ()
    since: Day | None = None
    until: Day | None = None

    def told(self) -> dict[str, Any]:
        """Return what was asked for, as a manifest and a line tell it."""
        return self.model_dump(mode="json", exclude_defaults=True)


def within_reach(session: Session, asked: Filter, actor: Actor) -> Filter:
    """Return what is left of a filter of what an actor may see. Raises `NotFound`.

    Who holds the whole area tree sees what lies in no area too.
    """
    area = area_within(session, asked.area or actor.area_code, actor.area_code)
    others = select(col(Area.code)).where(
        col(Area.parent_code).is_(None), col(Area.code) != area.code
    )
    is_root = area.parent_code is None and session.scalars(others.limit(1)).first() is None
    if asked.area is None and is_root:
        return asked
    return asked.model_copy(update={"area": area.code})


def choose(
    session: Session, wanted: Filter, size: int, purpose: str, held: Sequence[int] = ()
) -> Asked:
    """Find what fits a filter among the first lines of the log."""
    told = wanted.told()
    if not told:
        return Asked(purpose, held=held)
    found = union(*_leaves(wanted, size)).subquery()
    ordered = select(found.c.leaf_index).order_by(found.c.leaf_index)
    streamed = wire(session).scalars(ordered.execution_options(yield_per=AT_ONCE))
    return Asked(
        purpose=purpose,
        filter=told,
        indexes=array("q", streamed),
        cases=_conditions(wanted, OF_CASES),
        held=held,
    )


ON = {"since": "received", "until": "received"}

OF_CASES: Mapping[str, Any] = {
    "area": CASES.c.area_code,
    "kinds": CASES.c.kind,
    "cases": CASES.c.id,
}
"""What every line of a case has in common with all others of it."""

OF_TRANSITIONS: Mapping[str, Any] = {
    **OF_CASES,
    "policies": TRANSITIONS.c.policy,
    "events": TRANSITIONS.c.event,
    "actors": TRANSITIONS.c.person_id,
    "received": TRANSITIONS.c.received_at,
}
OF_LINES: Mapping[str, Any] = {
    "area": LINES.c.area_code,
    "events": LINES.c.event,
    "actors": LINES.c.person_id,
    "received": LINES.c.at,
}
OF_ACTS: Mapping[str, Any] = {
    "area": ACTS.c.area_code,
    "events": type_coerce(ACTS.c.kind, String),  # whatever name is asked for
    "actors": ACTS.c.person_id,
    "received": ACTS.c.at,
}


def _leaves(wanted: Filter, size: int) -> list[Select[Any]]:
    """Return a query for each table that may have lines which fit; each lists leaves."""
    leaf = select(LEAVES.c.leaf_index).where(LEAVES.c.leaf_index < size)
    moved = and_(
        LEAVES.c.kind == "transition",
        LEAVES.c.subject_id == TRANSITIONS.c.case_id,
        LEAVES.c.seq == TRANSITIONS.c.seq,
    )
    written = and_(
        LEAVES.c.kind == LINES.c.kind,
        LEAVES.c.subject_id == LINES.c.subject_id,
        LEAVES.c.seq == LINES.c.seq,
    )
    acted = and_(LEAVES.c.kind == "policy_act", LEAVES.c.seq == ACTS.c.seq)
    of_cases = leaf.join(TRANSITIONS, moved).join(CASES, CASES.c.id == TRANSITIONS.c.case_id)
    tables = (
        (of_cases, OF_TRANSITIONS),
        (leaf.join(LINES, written), OF_LINES),
        (leaf.join(ACTS, acted), OF_ACTS),
    )
    found = [leaf.where(LEAVES.c.kind == KEY_LINE)]
    for query, columns in tables:
        conditions = _conditions(wanted, columns)
        if conditions is not None:
            found.append(query.where(*conditions))
    return found


def _conditions(wanted: Filter, columns: Mapping[str, Any]) -> list[ColumnElement[bool]] | None:
    """Return the filter as conditions on a table's columns; None where it lacks what is named."""
    found = []
    for name, values in wanted:
        column = columns.get(ON.get(name, name))
        if values and column is None:
            return None
        if values:
            found.append(_condition(name, column, values))
    return found


def _condition(name: str, column: Any, values: Any) -> ColumnElement[bool]:  # noqa: ANN401
    match name:
        case "area":
            return within(column, values)
        case "since":
            return column >= office_time(values)  # type: ignore[no-any-return]
        case "until":
            return column < end_of(values)  # type: ignore[no-any-return]
        case _:
            return column.in_(values)  # type: ignore[no-any-return]
