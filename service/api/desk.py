"""One request at the desk: who asks, in which position, and what is answered.

Every endpoint works through `Desk.read` or `Desk.write`. A write finds out who acts and
whether they have asked this before, does the work, keeps the answer and commits, all in one
transaction; only then is anything answered. A refusal is noted in a transaction of its own.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from service.api.office import Office
from service.api.problems import Language, language_of
from service.api.tokens import person_of_token
from service.audit.attempts import note_attempt
from service.audit.lines import ACT, ATTEMPT, HANDED_OUT, By, add_single, is_written
from service.clock import office_date
from service.codes import Label
from service.errors import (
    IdempotencyKeyMissing,
    IfMatchMissing,
    Malformed,
    NotSignedIn,
    PositionNeeded,
    Refusal,
)
from service.store import answers
from service.store.answers import Saved, SavedAnswer, keep
from service.store.cases import Attempt
from service.store.columns import new_id
from service.store.people import Actor, Held, Person, held, positions_held
from service.store.policies import take_in

T = TypeVar("T")

KEY_FORM = re.compile(r"[\x21-\x7e]{8,128}")
ETAG_FORM = re.compile(r'"(\d{1,9})"')
CREATED = 201
FORBIDDEN = 403
CONFLICTS = {409, 412}
ACTION_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write answers: a body by its model, a status, headers.

    `told`: what the act's line says beside that, where the work wrote no line itself.
    """

    body: BaseModel
    status: int = CREATED
    headers: dict[str, str] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)


class Desk:
    """What an endpoint has in hand."""

    def __init__(self, request: Request, credentials: HTTPAuthorizationCredentials | None) -> None:
        self.request = request
        self.office: Office = request.app.state.office
        if credentials is None:
            raise NotSignedIn
        self.person_id = person_of_token(self.office, credentials.credentials)
        self._position_id = _position_named(request.headers.get("dixian-position"))
        self._is_noted = False

    @property
    def language(self) -> Language:
        return language_of(self.request.headers.get("accept-language"))

    @property
    def seen_version(self) -> int:
        """Return the version a client has seen. Raises `IfMatchMissing` where it names none."""
        named = ETAG_FORM.fullmatch(self.request.headers.get("if-match", ""))
        if named is None:
            raise IfMatchMissing
        return int(named[1])

    def positions(self, session: Session) -> list[Actor]:
        """Return the positions the person holds today. Raises `NotSignedIn` for one who left.

        On the way the rulebook hears of what was published meanwhile, here or elsewhere.
        """
        return self._informed(session, held(session, self.person_id, self._today))

    @property
    def _today(self) -> date:
        return office_date(self.office.clock.now())

    def _informed(self, session: Session, found: Held) -> list[Actor]:
        actors, newest_act = found
        if newest_act > self.office.rulebook.known_to:
            take_in(session, self.office.rulebook)
        return actors

    def call(self, session: Session, key: str, fingerprint: str) -> tuple[Actor, Saved | None]:
        """Return who acts, and the answer that was kept for the same request."""
        found, saved = answers.call(session, self.person_id, self._today, key, fingerprint)
        return self._acting(self._informed(session, found)), saved

    def actor(self, session: Session) -> Actor:
        """Return who acts: the person in the one position, or in the one that was chosen."""
        return self._acting(self.positions(session))

    def chosen(self, session: Session) -> list[Actor]:
        """Return the position that was chosen, else all of mine. Raises `PositionNeeded`."""
        if not (mine := self._among(self.positions(session))):
            raise PositionNeeded
        return mine

    def _acting(self, mine: list[Actor]) -> Actor:
        if len(mine := self._among(mine)) != 1:
            raise PositionNeeded
        return mine[0]

    def _among(self, mine: list[Actor]) -> list[Actor]:
        if self._position_id is None:
            return mine
        return [actor for actor in mine if actor.position_id == self._position_id]

    async def admit(self) -> Actor:
        """Return who asks, for what is not of one area. Raises `PositionNeeded`."""
        return await self.read(lambda _session, actor: actor)

    async def read(self, work: Callable[[Session, Actor], T]) -> T:
        """Look something up within the actor's area. Who may not is noted."""
        with_actor = lambda session: work(session, self.actor(session))  # noqa: E731
        return await self._noted(self.office.database.read(with_actor))

    async def _noted(self, looking: Awaitable[T]) -> T:
        """Return what was looked up; a refusal for want of a right leaves a line."""
        try:
            return await looking
        except Refusal as refusal:
            if refusal.status == FORBIDDEN:
                case_id = self.request.path_params.get("case_id")
                route = self.request.scope["route"].name
                await self._note(route, refusal, UUID(case_id) if case_id else None)
            raise

    async def hand_out(
        self,
        action: str,
        work: Callable[[Session, Actor], T],
        told: Callable[[T], dict[str, Any]] = lambda _found: {},
    ) -> T:
        """Look something up that leaves the house: it is handed out with its line, or not at all.

        `told`: what the line says of what was found, beside where it was asked for.
        """

        def look(session: Session) -> T:
            actor = self.actor(session)
            found = work(session, actor)
            url, now = self.request.url, self.office.clock.now()
            said = {"path": url.path, **told(found)}
            add_single(session, HANDED_OUT, action, now, said, By.of(actor))
            return found

        return await self._noted(self.office.database.transact(look))

    async def write(
        self,
        action: str,
        work: Callable[[Session, Actor], Answer],
        *,
        case_id: UUID | None = None,
        form: str | None = None,
    ) -> Response:
        """Do work once for its Idempotency-Key, and answer after the commit.

        `form` stands for the body where that was a form, whose stream is read only once.
        """
        once = _Once(self, *await self._named(form), action, work)
        try:
            return await self._twice(once)
        except Refusal as refusal:
            if refusal.status in CONFLICTS and (
                replay := await self.office.database.read(once.replay)
            ):
                return replay  # the same request was answered while this one looked
            await self._note(action, refusal, case_id)
            raise

    async def write_in_steps(self, action: str, work: Callable[[], Awaitable[Answer]]) -> Response:
        """Do work that commits as it goes, and keep its answer for its key when all is done.

        Broken off on the way it has kept no answer: the same request takes it up again.
        """
        named = await self._named(None)
        try:
            _, saved = await self.office.database.read(lambda session: self.call(session, *named))
            if saved:
                return _again(saved)
            done = await work()
        except Refusal as refusal:
            await self._note(action, refusal, None)
            raise
        return await self.write(action, lambda _session, _actor: done)

    async def _named(self, form: str | None) -> tuple[str, str]:
        """Return the request's key and fingerprint. Raises `IdempotencyKeyMissing`."""
        key = self.request.headers.get("idempotency-key", "")
        if not KEY_FORM.fullmatch(key):
            raise IdempotencyKeyMissing
        content = form.encode() if form else await self.request.body()
        return key, self._fingerprint(content)

    async def _twice(self, once: "_Once") -> Response:
        """Run the work; where another request won a race for a unique row, look again once."""
        try:
            return await self.office.database.transact(once)
        except IntegrityError:
            return await self.office.database.transact(once)

    def _fingerprint(self, content: bytes) -> str:
        request = self.request
        parts = (
            request.method.encode(),
            request.scope["path"].encode(),  # `request.url` would be put together and parsed
            request.headers.get("if-match", "").encode(),
            str(self._position_id).encode(),
            hashlib.sha256(content).digest(),
        )
        return hashlib.sha256(b"\x00".join(parts)).hexdigest()

    async def _note(self, action: str, refusal: Refusal, case_id: UUID | None) -> None:
        """Note why this request is refused: once, also where a write was refused at a look."""
        if self._is_noted:
            return
        self._is_noted = True
        attempt = Attempt(
            id=new_id(self.office.clock.now()),
            at=self.office.clock.now(),
            action=action[:ACTION_LENGTH],
            outcome=refusal.code,
            person_id=self.person_id,
            position_id=self._position_id,
            case_id=case_id,
            request_id=self.request.state.request_id,
        )
        said = {"case": str(case_id) if case_id else None}
        await self.office.database.transact(
            lambda session: note_attempt(session, ATTEMPT, attempt, said, self._by(session))
        )

    def _by(self, session: Session) -> By:
        """Return who asks, as lines copy it in, also where they act in no one position."""
        mine = self._among(list(positions_held(session, self.person_id, self._today)))
        if len(mine) == 1:
            return By.of(mine[0])
        return By.placeless(session.get(Person, self.person_id))


@dataclass(frozen=True, slots=True)
class _Once:
    """The work of a write, with the look before it and the note after it."""

    desk: Desk
    key: str
    fingerprint: str
    action: str
    work: Callable[[Session, Actor], Answer]

    def __call__(self, session: Session) -> Response:
        actor, saved = self.desk.call(session, self.key, self.fingerprint)
        if saved:
            return _again(saved)
        done = self.work(session, actor)
        if not is_written(session):
            self._write_line(session, actor, done)
        answer = Saved(done.status, done.headers, done.body.model_dump_json().encode())
        now = self.desk.office.clock.now()
        keep(session, actor.person_id, self.key, self.fingerprint, answer, now)
        return _respond(answer)

    def _write_line(self, session: Session, actor: Actor, done: Answer) -> None:
        """Write the line of an act that moved no case: no line, no act."""
        now, path = self.desk.office.clock.now(), self.desk.request.url.path
        made = getattr(done.body, "id", None)
        said = {"path": path, "id": str(made) if made else None, **done.told}
        add_single(session, ACT, self.action, now, said, By.of(actor))

    def replay(self, session: Session) -> Response | None:
        """Return the answer that was kept for this very request, if there is one by now."""
        saved = session.get(SavedAnswer, (self.desk.person_id, self.key))
        if saved is None or saved.fingerprint != self.fingerprint:
            return None
        return _again(Saved(saved.status, saved.headers, saved.body))


def _position_named(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text is not None else None
    except ValueError as problem:
        wrong = Label(zh="Dixian-Position 不是 UUID", en="Dixian-Position is no UUID.")
        raise Malformed(wrong) from problem


def _again(saved: Saved) -> Response:
    headers = {**saved.headers, "Idempotency-Replayed": "true"}
    return _respond(replace(saved, headers=headers))


def _respond(answer: Saved) -> Response:
    return Response(answer.body, answer.status, answer.headers, media_type="application/json")


class _ToTheDesk(HTTPBearer):
    """The document's security scheme, which takes a request to the desk.

    One dependency, not two, for each costs every request, and so does each header that is a
    parameter: the desk reads its own, and the document tells them. A coroutine although it
    waits for nothing, for anything else would be run in a thread.
    """

    async def __call__(self, request: Request) -> Desk:  # type: ignore[override]  # no mere credentials
        """Take a request to the desk. Raises `NotSignedIn`, or `Malformed` for its position."""
        return Desk(request, await super().__call__(request))


_to_the_desk = _ToTheDesk(
    scheme_name="HTTPBearer", description="The token of POST /v1/session.", auto_error=False
)
AtDesk = Annotated[Desk, Depends(_to_the_desk)]
