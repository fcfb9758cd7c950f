"""Households that may be one and the same: found by what they share, compared field by field.

Every door asks `find`: registering, an application, a clue, an import. It looks through the
whole installation, for a household that moved is the usual duplicate. What somebody found of
a pair is kept, and binds: of two that are the same, one has an open episode at a time. An
identity number that two households share does not come so far: the register refuses it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    CheckConstraint,
    CompoundSelect,
    ScalarSelect,
    Select,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    union_all,
)
from sqlmodel import Field, Session, SQLModel, col

from service.errors import NotFound
from service.store.areas import Area, AreaLevel, AreaReach, within
from service.store.columns import CODE, Utc, coded, table_of
from service.store.households import HOUSEHOLDS, Household, Member
from service.store.people import Actor

MOST_FOUND = 20
MOST_WITH_ONE_TELEPHONE = 200
"""More households than this with one telephone are not looked through: it is nobody's own."""


class Likeness(StrEnum):
    """How one field of two households compares; unknown where one of them has no value."""

    SAME = "same"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """What somebody found of two households."""

    SAME = "same"
    DIFFERENT = "different"


class DuplicateVerdict(SQLModel, table=True):
    """A verdict on a pair of households. Append-only; of one pair the newest counts.

    `first_id` is the smaller of the two, whichever of them it was said of.
    """

    __tablename__ = "duplicate_verdict"
    __table_args__ = (CheckConstraint("first_id < second_id", name="pair"),)

    first_id: UUID = Field(primary_key=True, foreign_key="household.id")
    second_id: UUID = Field(primary_key=True, foreign_key="household.id", index=True)
    number: int = Field(primary_key=True)
    verdict: Verdict = Field(sa_type=coded(Verdict))
    reason: str
    decided_at: datetime = Field(sa_type=Utc)
    person_id: UUID
    position_id: UUID
    role: str = Field(sa_type=CODE)

    def other_than(self, household_id: UUID) -> UUID:
        return self.second_id if self.first_id == household_id else self.first_id


VERDICTS = table_of(DuplicateVerdict)


@dataclass(frozen=True, slots=True)
class Registered:
    """A household as the register has it, with its members' names."""

    household: Household
    names: tuple[str, ...]


COMPARED: dict[str, Callable[[Registered], object]] = {
    "head_name": lambda one: one.household.head_name,
    "telephone": lambda one: one.household.telephone_index,
    "area_code": lambda one: one.household.area_code,
    "group_name": lambda one: one.household.group_name,
    "household_type": lambda one: one.household.household_type,
    "member_count": lambda one: len(one.names),
    "member_names": lambda one: sorted(one.names),
}
"""Field -> what of it is compared: of a telephone its index, so that nothing is unsealed."""


def compare(one: Registered, other: Registered) -> dict[str, Likeness]:
    """Return how two households compare, by field."""
    return {field: _likeness(of(one), of(other)) for field, of in COMPARED.items()}


def equal_fields(one: Registered, other: Registered) -> int:
    return list(compare(one, other).values()).count(Likeness.SAME)


def _likeness(one: object, other: object) -> Likeness:
    if one is None or other is None:
        return Likeness.UNKNOWN
    return Likeness.SAME if one == other else Likeness.DIFFERS


def find(session: Session, household_id: UUID) -> tuple[Registered, list[Registered]]:
    """Return a registered household, and those that may be the same, the most alike first.

    One statement. A pair that was judged to be different is not found again.
    """
    rows = session.execute(_FIND, {"household": household_id})
    found = [
        Registered(one, tuple(name for _, name in members))
        for one, members in groupby(rows, key=lambda row: row[0])
    ]
    (mine,) = (one for one in found if one.household.id == household_id)
    others = [one for one in found if one is not mine]
    return mine, sorted(others, key=lambda other: -equal_fields(mine, other))


def lock(session: Session, household_id: UUID, actor: Actor) -> tuple[Household, list[Household]]:
    """Lock a household of the actor's area, and all that were judged to be the same.

    In the order of their ids, as everybody who locks several. Raises `NotFound`.
    """
    wanted = {"household": household_id, "actor_area": actor.area_code}
    rows = list(session.execute(_LOCK, wanted).scalars())
    mine = next((row for row in rows if row.id == household_id), None)
    if mine is None:
        raise NotFound
    return mine, [row for row in rows if row is not mine]


def within_reach(session: Session, household_id: UUID, other_id: UUID, actor: Actor) -> bool:
    """Tell whether somebody may judge a pair: the other is theirs too, or the two share something.

    So nobody learns by trying which ids there are elsewhere, or stops a household that has
    nothing to do with theirs.
    """
    wanted = {"household": household_id, "other": other_id, "actor_area": actor.area_code}
    return session.execute(_WITHIN_REACH, wanted).first() is not None


def judge(
    session: Session,
    pair: tuple[UUID, UUID],
    verdict: Verdict,
    reason: str,
    actor: Actor,
    at: datetime,
) -> DuplicateVerdict:
    """Keep a verdict on two households. Whoever opens a case for one of them meanwhile waits."""
    first_id, second_id = sorted(pair)
    session.execute(_LOCK_PAIR, {"pair": [first_id, second_id]})
    newest = session.execute(_NEWEST, {"first": first_id, "second": second_id}).scalar_one()
    said = DuplicateVerdict(
        first_id=first_id,
        second_id=second_id,
        number=(newest or 0) + 1,
        verdict=verdict,
        reason=reason,
        decided_at=at,
        person_id=actor.person_id,
        position_id=actor.position_id,
        role=actor.role,
    )
    session.add(said)
    session.flush()
    return said


def verdicts(session: Session, household_id: UUID) -> dict[UUID, DuplicateVerdict]:
    """Return the newest verdict on a household and each other one, by the other's id."""
    said = session.execute(_SAID, {"household": household_id}).scalars()
    return {one.other_than(household_id): one for one in said}


# -- the statements, written once


def _own(column: str) -> ScalarSelect[Any]:
    """Return a value of the household itself; what is null equals nothing."""
    itself = HOUSEHOLDS.alias()
    return select(itself.c[column]).where(itself.c.id == bindparam("household")).scalar_subquery()


def _judged(verdict: Verdict) -> Select[Any]:
    """Select those of which the newest verdict on them and the household is this one."""
    said, newer = VERDICTS.alias(), VERDICTS.alias()
    mine: BindParameter[UUID] = bindparam("household")
    return select(case((said.c.first_id == mine, said.c.second_id), else_=said.c.first_id)).where(
        or_(said.c.first_id == mine, said.c.second_id == mine),
        said.c.verdict == verdict,
        ~exists().where(
            newer.c.first_id == said.c.first_id,
            newer.c.second_id == said.c.second_id,
            newer.c.number > said.c.number,
        ),
    )


def _of_the_same_head() -> Select[Any]:
    """Select the households of the same township whose head has the same name."""
    others, reach = HOUSEHOLDS.alias(), table_of(AreaReach)
    above, below, area = reach.alias(), reach.alias(), table_of(Area)
    villages = (
        select(below.c.area_code)
        .join(area, area.c.code == below.c.ancestor_code)
        .join(above, above.c.ancestor_code == area.c.code)
        .where(above.c.area_code == _own("area_code"), area.c.level == AreaLevel.TOWNSHIP)
    )
    return select(others.c.id).where(
        others.c.head_name == _own("head_name"), others.c.area_code.in_(villages)
    )


def _of_the_same_telephone() -> Select[Any]:
    others = HOUSEHOLDS.alias()
    first = (
        select(others.c.id)
        .where(others.c.telephone_index == _own("telephone_index"))
        .order_by(others.c.id)
        .limit(MOST_WITH_ONE_TELEPHONE)
        .subquery()
    )
    return select(first.c.id)


def _sharing() -> CompoundSelect[Any]:
    """Select the households that share something with one, each as often as they do.

    One select for each thing shared: an OR of them would have every household read.
    """
    return union_all(_of_the_same_telephone(), _of_the_same_head(), _judged(Verdict.SAME))


def _find() -> Select[Household, str]:
    sharing = _sharing().subquery().c[0]
    candidates = (
        select(sharing.label("id"))
        .where(sharing != bindparam("household"), sharing.not_in(_judged(Verdict.DIFFERENT)))
        .group_by(sharing)
        .order_by(func.count().desc(), sharing)
        .limit(MOST_FOUND)
        .subquery()
    )
    itself = HOUSEHOLDS.alias()
    found = union_all(
        select(itself.c.id).where(itself.c.id == bindparam("household")), select(candidates.c.id)
    ).subquery()
    return (
        select(Household, col(Member.name))
        .join(found, found.c.id == col(Household.id))
        .join(Member, col(Member.household_id) == col(Household.id))
        .order_by(col(Household.id), col(Member.number))
    )


def _lock() -> Select[Household]:
    itself = HOUSEHOLDS.alias()
    mine = select(itself.c.id).where(
        itself.c.id == bindparam("household"),
        within(itself.c.area_code, bindparam("actor_area")),
    )
    ids = union_all(mine, _judged(Verdict.SAME)).subquery()
    return (
        select(Household)
        .where(col(Household.id).in_(select(ids.c.id)))
        .order_by(col(Household.id))
        .with_for_update()
    )


_FIND, _LOCK = _find(), _lock()
_LOCK_PAIR = (
    select(col(Household.id))
    .where(col(Household.id).in_(bindparam("pair", expanding=True)))
    .order_by(col(Household.id))
    .with_for_update()
)
_WITHIN_REACH = select(HOUSEHOLDS.c.id).where(
    HOUSEHOLDS.c.id == bindparam("other"),
    or_(
        within(HOUSEHOLDS.c.area_code, bindparam("actor_area")),
        HOUSEHOLDS.c.id.in_(_sharing()),
    ),
)
_NEWEST = select(func.max(VERDICTS.c.number)).where(
    VERDICTS.c.first_id == bindparam("first"), VERDICTS.c.second_id == bindparam("second")
)
_SAID = (
    select(DuplicateVerdict)
    .where(
        or_(
            VERDICTS.c.first_id == bindparam("household"),
            VERDICTS.c.second_id == bindparam("household"),
        )
    )
    .order_by(VERDICTS.c.number)
)
