"""Who works here: persons, the positions they hold from when to when, and who is acting now."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint, and_, bindparam, or_, tuple_
from sqlmodel import Field, Session, SQLModel, col, select

from service.store.areas import Area, AreaLevel, AreaReach
from service.store.columns import AREA_CODE, CODE, Utc
from service.store.database import wire
from service.store.policies import newest_act
from service.workflows.policy import ADMINISTRATOR, AUDITOR


class Person(SQLModel, table=True):
    """Somebody with an account here, or another system that has one (`integration`)."""

    id: UUID = Field(primary_key=True)
    username: str = Field(unique=True)
    name: str
    password_hash: str
    active: bool = True
    integration: bool = False
    created_at: datetime = Field(sa_type=Utc)


class Position(SQLModel, table=True):
    """A role in one area. There is one position for each, however many persons share it."""

    __table_args__ = (UniqueConstraint("role", "area_code"),)

    id: UUID = Field(primary_key=True)
    role: str = Field(sa_type=CODE)
    area_code: str = Field(sa_type=AREA_CODE, foreign_key="area.code", index=True)
    title: str


class Appointment(SQLModel, table=True):
    """A person in a position, from a day to a day, both included; no end while it lasts."""

    id: UUID = Field(primary_key=True)
    position_id: UUID = Field(foreign_key="position.id", index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    from_on: date
    to_on: date | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts in a position: what is copied into every line, and never joined later."""

    person_id: UUID
    person_name: str
    position_id: UUID
    role: str
    title: str
    area_code: str
    area_name: str
    level: AreaLevel
    integration: bool = False


HELD = (
    select(  # type: ignore[call-overload]  # more columns than SQLModel has overloads for
        Person.id,
        Person.name,
        Position.id,
        Position.role,
        Position.title,
        Position.area_code,
        Area.name,
        Area.level,
        Person.integration,
        newest_act(),
    )
    .join(Appointment, col(Appointment.person_id) == col(Person.id))
    .join(Position, col(Position.id) == col(Appointment.position_id))
    .join(Area, col(Area.code) == col(Position.area_code))
    .where(
        Person.id == bindparam("person_id"),
        col(Person.active),
        Appointment.from_on <= bindparam("on"),
        or_(col(Appointment.to_on).is_(None), col(Appointment.to_on) >= bindparam("on")),
    )
    .order_by(col(Position.id))
)
"""Written once: every request asks it, and writing a statement costs more than running it."""


Held = tuple[list[Actor], int]
"""The positions of one person, and the number of the newest act on documents."""


def holding(rows: Iterable[Sequence[Any]]) -> Held:
    """Return what rows of `HELD` say."""
    found = list(rows)
    return [Actor(*row[:-1]) for row in found], max((row[-1] for row in found), default=0)


def held(session: Session, person_id: UUID, on: date) -> Held:
    """Return the positions an active person holds on a day, and the newest act on documents.

    One statement, which every request sends: so a process hears of what another published.
    """
    return holding(wire(session).execute(HELD, {"person_id": person_id, "on": on}))


def positions_held(session: Session, person_id: UUID, on: date) -> Sequence[Actor]:
    """Return the positions an active person holds on a day."""
    return held(session, person_id, on)[0]


def positions_over(session: Session, role: str, area_code: str) -> Sequence[Position]:
    """Return the positions of a role in an area and in those that it lies in."""
    above = select(AreaReach.ancestor_code).where(AreaReach.area_code == area_code)
    return session.exec(
        select(Position).where(Position.role == role, col(Position.area_code).in_(above))
    ).all()


def held_among(
    session: Session, places: Collection[tuple[str, str]], on: date
) -> set[tuple[str, str]]:
    """Return those of some positions, by role and area, that an active person holds on a day."""
    return set(holders_of(session, places, on))


def holders_of(
    session: Session, places: Collection[tuple[str, str]], on: date
) -> dict[tuple[str, str], set[UUID]]:
    """Return who holds some positions, by role and area, on a day: active persons, by id."""
    rows = session.execute(
        select(Position.role, Position.area_code, Person.id)
        .join(Appointment, col(Appointment.position_id) == col(Position.id))
        .join(Person, col(Person.id) == col(Appointment.person_id))
        .where(
            tuple_(col(Position.role), col(Position.area_code)).in_(places),
            col(Person.active),
            col(Appointment.from_on) <= on,
            or_(col(Appointment.to_on).is_(None), col(Appointment.to_on) >= on),
        )
    )
    found: dict[tuple[str, str], set[UUID]] = {}
    for role, area_code, person_id in rows:
        found.setdefault((role, area_code), set()).add(person_id)
    return found


def last_appointment(
    session: Session, role: str, area_code: str, on: date
) -> tuple[str | None, UUID | None]:
    """Return the title of a position and its newest appointment up to a day, where there are."""
    found = session.execute(
        select(Position.title, Appointment.id)
        .join(
            Appointment,
            and_(col(Appointment.position_id) == col(Position.id), col(Appointment.from_on) <= on),
            isouter=True,
        )
        .where(Position.role == role, Position.area_code == area_code)
        .order_by(col(Appointment.from_on).desc(), col(Appointment.id).desc())
        .limit(1)
    ).first()
    return (found[0], found[1]) if found else (None, None)


def by_username(session: Session, username: str) -> Person | None:
    return session.exec(select(Person).where(Person.username == username)).first()


APART = {ADMINISTRATOR: AUDITOR, AUDITOR: ADMINISTRATOR}
"""Role -> the role that nobody may hold beside it, on whatever day (DX-82)."""


def apart_from(session: Session, person_id: UUID, role: str) -> bool:
    """Tell whether a person was ever appointed to the role that must be another's."""
    query = select(Appointment.id).join(Position, col(Position.id) == Appointment.position_id)
    theirs = query.where(Appointment.person_id == person_id, Position.role == APART.get(role))
    return session.exec(theirs.limit(1)).first() is not None


def in_both(session: Session) -> Sequence[UUID]:
    """Return who is appointed to two roles that are kept apart."""
    held = select(Appointment.person_id).join(Position, col(Position.id) == Appointment.position_id)
    one, other = (held.where(Position.role == role) for role in sorted(APART))
    return session.scalars(one.intersect(other)).all()
