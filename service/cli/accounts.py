"""`dixian area` and `dixian user`: the area tree, local accounts, appointments."""

import re
from datetime import datetime, timedelta
from typing import Annotated

import typer
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import TypeAdapter
from sqlalchemy import or_
from sqlmodel import Session, col, select

from service.audit.lines import APPOINTMENT, add_line
from service.cli.common import Failed, out, the_database, the_procedure, the_rulebook
from service.clock import SystemClock, office_date
from service.publication import LEVELS
from service.store.areas import Area, AreaLevel, add_area
from service.store.columns import new_id
from service.store.people import Appointment, Person, Position, apart_from, by_username
from service.workflows.fields import Line, Secret
from service.workflows.policy import ADMINISTRATOR, AUDITOR

MINIMUM_PASSWORD = 12

user_app = typer.Typer(no_args_is_help=True, help="Local accounts.")
area_app = typer.Typer(no_args_is_help=True, help="The area tree.")


@area_app.command("add")
def area_add(
    code: str,
    name: str,
    level: AreaLevel,
    parent: Annotated[str | None, typer.Option(help="The code of the area above.")] = None,
    policy: Annotated[str | None, typer.Option(help="The document in force here.")] = None,
) -> None:
    """Add an area below its parent; codes have 12 digits."""
    if not re.fullmatch("[0-9]{12}", code):
        raise Failed("An area code has 12 digits.")
    policy_id = the_procedure(policy).policy.id if policy else None

    def work(session: Session) -> None:
        if session.get(Area, code):
            raise Failed(f"The area {code} is there already.")
        if parent and session.get(Area, parent) is None:
            raise Failed(f"There is no area {parent}.")
        add_area(
            session,
            Area(code=code, name=name, level=level, parent_code=parent, policy_id=policy_id),
        )

    the_database().transact_now(work)
    out.print(f"Added {name} ({code}).")


@user_app.command("add")
def user_add(
    username: str,
    name: Annotated[str, typer.Option()],
    role: Annotated[str, typer.Option(help="A role of a policy, administrator, or auditor.")],
    area: Annotated[str, typer.Option(help="The area's code.")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    *,
    integration: Annotated[bool, typer.Option(help="Another system's account.")] = False,
) -> None:
    """Add a person, or another system, and appoint them, from today on, to a role in an area."""
    if TypeAdapter(Line).validate_python(username) != username:
        raise Failed("The user name begins or ends with a space.")
    if len(password) < MINIMUM_PASSWORD:
        raise Failed(f"The password needs {MINIMUM_PASSWORD} characters.")
    levels = _levels_of(role)
    if not levels:
        raise Failed(f"No policy knows a role {role!r}.")
    secret = TypeAdapter(Secret).validate_python(password)
    now = SystemClock().now()
    person = Person(
        id=new_id(now),
        username=username,
        name=name,
        password_hash=PasswordHash((Argon2Hasher(),)).hash(secret),
        integration=integration,
        created_at=now,
    )
    the_database().transact_now(lambda session: _appoint(session, person, role, area, levels))
    out.print(f"{username} is {role} of {area} from today on.")


@user_app.command("appoint")
def user_appoint(
    username: str,
    role: Annotated[str, typer.Option(help="A role of a policy, administrator, or auditor.")],
    area: Annotated[str, typer.Option(help="The area's code.")],
) -> None:
    """Appoint a person who is there already, from today on, to one more role in an area."""
    levels, now = _levels_of(role), SystemClock().now()
    if not levels:
        raise Failed(f"No policy knows a role {role!r}.")

    def work(session: Session) -> None:
        person = by_username(session, username)
        if person is None:
            raise Failed(f"There is no user {username}.")
        _put_into_office(session, person, (role, area), levels, now)

    the_database().transact_now(work)
    out.print(f"{username} is {role} of {area} from today on.")


@user_app.command("dismiss")
def user_dismiss(
    username: str,
    role: Annotated[str, typer.Option(help="The role that is given up.")],
    area: Annotated[str, typer.Option(help="The area's code.")],
) -> None:
    """End a person's appointment to a role in an area: yesterday was its last day."""
    now = SystemClock().now()

    def work(session: Session) -> None:
        person = by_username(session, username)
        if person is None:
            raise Failed(f"There is no user {username}.")
        end_appointment(session, person, (role, area), now)

    the_database().transact_now(work)
    out.print(f"{username} is {role} of {area} no more.")


def end_appointment(
    session: Session, person: Person, office: tuple[str, str], now: datetime
) -> None:
    """End what a person holds of a position today, with its line. Raises `Failed`."""
    role, area = office
    today = office_date(now)
    held = session.exec(
        select(Appointment)
        .join(Position, col(Position.id) == col(Appointment.position_id))
        .where(
            Appointment.person_id == person.id,
            Position.role == role,
            Position.area_code == area,
            or_(col(Appointment.to_on).is_(None), col(Appointment.to_on) >= today),
        )
    ).all()
    if not held:
        raise Failed(f"{person.username} is not {role} of {area}.")
    for appointment in held:
        appointment.to_on = today - timedelta(days=1)
        session.add(appointment)
    said = {"dismissed": str(person.id), "from_role": role, "from_area": area}
    said["last_on"] = (today - timedelta(days=1)).isoformat()
    add_line(session, (APPOINTMENT, person.id), "dismiss", now, said)


def _levels_of(role: str) -> set[str]:
    """Return the levels of area at which a role is held, by any document or by the service."""
    if role in {ADMINISTRATOR, AUDITOR}:
        return set(LEVELS)
    return {p.policy.roles[role].level for p in the_rulebook() if role in p.policy.roles}


def _appoint(session: Session, person: Person, role: str, area: str, levels: set[str]) -> None:
    if by_username(session, person.username):
        raise Failed(f"The user name {person.username} is taken.")
    session.add(person)
    _put_into_office(session, person, (role, area), levels, person.created_at)


def _put_into_office(
    session: Session, person: Person, office: tuple[str, str], levels: set[str], now: datetime
) -> None:
    """Appoint a person to a role in an area from today on."""
    role, area = office
    place = session.get(Area, area)
    if place is None:
        raise Failed(f"There is no area {area}.")
    if place.level not in levels:
        raise Failed(f"A {role} is held at the level of {', '.join(levels)}, not of {area}.")
    if apart_from(session, person.id, role):
        raise Failed(f"Nobody is {ADMINISTRATOR} and {AUDITOR} (DX-82).")
    held = session.exec(
        select(Position).where(Position.role == role, Position.area_code == area)
    ).first()
    new = Position(id=new_id(now), role=role, area_code=area, title=f"{place.name} {role}")
    position = held or new
    session.add(position)
    session.flush()
    appointment = Appointment(
        id=new_id(now),
        position_id=position.id,
        person_id=person.id,
        from_on=office_date(now),
    )
    session.add(appointment)
    said = {
        "appointed": str(person.id),
        "to_position": str(position.id),
        "to_role": role,
        "to_area": area,
        "from_on": appointment.from_on.isoformat(),
    }
    add_line(session, (APPOINTMENT, person.id), "appoint", now, said)
