"""Signing in with a local account, and who I am."""

from datetime import date, datetime, timedelta
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Request
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import func
from sqlmodel import Session, col, select

from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.office import Office
from service.api.problems import refusals
from service.api.tokens import issue_token
from service.api.views import View
from service.audit.attempts import SIGNED_IN, note_attempt
from service.audit.lines import SIGN_IN, By
from service.clock import office_date
from service.errors import Malformed, NotSignedIn, SignInRefused, TooManyAttempts
from service.store.areas import AreaLevel
from service.store.cases import Attempt
from service.store.columns import new_id
from service.store.people import Actor, Person, by_username, positions_held
from service.workflows.fields import Input, Line, Secret

router = APIRouter(tags=["session"], route_class=StrictRoute)

PASSWORDS = PasswordHash((Argon2Hasher(),))
NOBODY = PASSWORDS.hash("nobody")
"""Checked for a user name that does not exist, so that its refusal takes as long."""


class SignIn(Input):
    username: Line
    password: Secret


class PositionOut(View):
    """A position held today."""

    id: UUID
    role: str
    title: str
    area_code: str
    area_name: str
    level: AreaLevel

    @classmethod
    def of(cls, actor: Actor) -> "PositionOut":
        return cls(
            id=actor.position_id,
            role=actor.role,
            title=actor.title,
            area_code=actor.area_code,
            area_name=actor.area_name,
            level=actor.level,
        )


class SessionOut(View):
    """A token, to be sent as `Authorization: Bearer <token>`, and the positions to act in."""

    token: str
    expires_in_seconds: int
    person_id: UUID
    name: str
    positions: list[PositionOut]


class Me(View):
    """Who I am, in which positions, and what day it is at the office."""

    person_id: UUID
    name: str
    today: date
    positions: list[PositionOut]


@router.post(
    "/session",
    operation_id="signIn",
    status_code=201,
    responses=refusals(Malformed, SignInRefused, TooManyAttempts),
)
async def sign_in(body: SignIn, request: Request) -> SessionOut:
    """Sign in. Every attempt is recorded; too many failures for one name have to wait."""
    office: Office = request.app.state.office
    now = office.clock.now()
    subject = office.vault.index(body.username, "sign_in")
    person, failures = await office.database.read(
        lambda s: (by_username(s, body.username), _failures(s, subject, now, office))
    )
    if failures >= office.settings.sign_in_failures:
        await _note(request, subject, TooManyAttempts.code, None)
        raise TooManyAttempts(office.settings.sign_in_window_minutes * 60)
    known = person is not None and person.active
    hashed = person.password_hash if person and known else NOBODY
    fits = await to_thread.run_sync(PASSWORDS.verify, body.password, hashed)
    granted = person if person and known and fits else None
    if granted is None:
        await _note(request, subject, SignInRefused.code, None)
        raise SignInRefused
    await _note(request, subject, SIGNED_IN, granted)
    return await office.database.read(lambda s: _welcome(s, office, granted))


async def _note(request: Request, subject: str, outcome: str, person: Person | None) -> None:
    office: Office = request.app.state.office
    host = request.client.host if request.client else ""
    attempt = Attempt(
        id=new_id(office.clock.now()),
        at=office.clock.now(),
        action=SIGN_IN,
        outcome=outcome,
        person_id=person.id if person else None,
        subject=subject,
        address=office.vault.index(host, "address"),
        request_id=request.state.request_id,
    )

    def note(session: Session) -> None:
        note_attempt(session, SIGN_IN, attempt, {}, By.placeless(person))

    await office.database.transact(note)


def _failures(session: Session, subject: str, now: datetime, office: Office) -> int:
    since = now - timedelta(minutes=office.settings.sign_in_window_minutes)
    return session.exec(
        select(func.count())
        .select_from(Attempt)
        .where(
            Attempt.subject == subject,
            Attempt.at > since,
            Attempt.outcome == SignInRefused.code,
        )
    ).one()


def _welcome(session: Session, office: Office, person: Person) -> SessionOut:
    held = positions_held(session, person.id, office_date(office.clock.now()))
    return SessionOut(
        token=issue_token(office, person.id),
        expires_in_seconds=office.settings.token_hours * 3600,
        person_id=person.id,
        name=person.name,
        positions=[PositionOut.of(actor) for actor in held],
    )


@router.get("/me", operation_id="me", responses=refusals(NotSignedIn))
async def me(desk: AtDesk) -> Me:
    """Tell who I am and which positions I hold today."""
    return await desk.office.database.read(lambda session: _me(session, desk))


def _me(session: Session, desk: AtDesk) -> Me:
    person = session.exec(
        select(Person).where(Person.id == desk.person_id, col(Person.active))
    ).first()
    if person is None:
        raise NotSignedIn
    return Me(
        person_id=person.id,
        name=person.name,
        today=office_date(desk.office.clock.now()),
        positions=[PositionOut.of(actor) for actor in desk.positions(session)],
    )
