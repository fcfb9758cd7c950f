"""The life of documents: publishing a version, putting one in force, moving running cases."""

import asyncio
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import Field
from sqlmodel import Session

from service import publication, revisions
from service.api.cases import WRITE
from service.api.desk import Answer, AtDesk, Desk
from service.api.door import StrictRoute
from service.api.policies import PolicyOut, PolicyPath
from service.api.problems import BlockerOut, blockers_out, refusals
from service.api.views import OfficeInstant, View
from service.codes import Code, PolicyId
from service.errors import RequirementsNotMet
from service.registry import in_force_in
from service.revisions import Asked, CaseMoved, Outlook
from service.store.people import Actor
from service.workflows.fields import Flag, Input, Paper

router = APIRouter(tags=["policies"], route_class=StrictRoute)

MAX_CHARACTERS, MOST_CASES = 200_000, 1000


class PolicyIn(Input):
    """A version of a document: its policy file and the catalogue of its rules, in TOML."""

    text: Annotated[Paper, Field(min_length=1, max_length=MAX_CHARACTERS)]
    catalogue: Annotated[Paper, Field(max_length=MAX_CHARACTERS)] = ""


class PublishedOut(View):
    """A published version; `hash` seals it in the chain of what was done with documents."""

    policy: PolicyOut
    published_at: OfficeInstant
    person_id: UUID
    position_id: UUID
    hash: str


class AreaPolicyIn(Input):
    policy_id: PolicyId


class AreaPolicyOut(View):
    """The document of an area, and the version that opens cases there today, if any does."""

    area_code: str
    policy_id: str
    in_force: str | None


class MigrationIn(Input):
    """From which version to which; `states` says what becomes of those the new one lacks."""

    from_version: Annotated[int, Field(ge=1, le=9999, strict=True)]
    to_version: Annotated[int, Field(ge=1, le=9999, strict=True)]
    states: Annotated[dict[Code, Code], Field(default_factory=dict, max_length=100)]
    dry_run: Flag
    area: Annotated[str | None, Field(pattern=r"^[0-9]{12}$")] = None
    at_most: Annotated[int, Field(ge=1, le=MOST_CASES, strict=True)] = MOST_CASES


class DeadlineChange(View):
    """What becomes of a deadline: kept, recomputed, lapsed or started."""

    rule: str
    change: Literal["kept", "recomputed", "lapsed", "started"]
    due_on: date
    was_due_on: date | None
    provisional: bool


class CaseMigration(View):
    case_id: UUID
    from_state: str
    to_state: str
    deadlines: list[DeadlineChange]


class MigrationReport(View):
    """What a migration does, case by case; a dry run says the same and changes nothing.

    `blockers` are why the run would be refused. `remaining` cases are left for another request.
    """

    from_policy: str
    to_policy: str
    area_code: str
    dry_run: bool
    states: dict[str, str]
    blockers: list[BlockerOut]
    cases: list[CaseMigration]
    remaining: int


@router.post(
    "/policies",
    operation_id="publishPolicy",
    status_code=201,
    response_model=PublishedOut,
    responses=refusals(*WRITE),
)
async def publish_policy(body: PolicyIn, desk: AtDesk) -> Response:
    """Publish a version of a document at my area, for there and below. Running cases keep theirs.

    Every gap of it is a blocker, with its key in `need` and what to write instead in `have`.
    """

    def work(session: Session, actor: Actor) -> Answer:
        act, policy = publication.publish(
            session, body.text, body.catalogue, actor=actor, registry=desk.office.registry
        )
        return Answer(
            PublishedOut(
                policy=PolicyOut.of(policy, act.area_code),
                published_at=act.at,
                person_id=act.person_id,
                position_id=act.position_id,
                hash=act.hash,
            )
        )

    return await desk.write("publish_policy", work)


@router.put(
    "/areas/{code}/policy",
    operation_id="putPolicyInForce",
    response_model=AreaPolicyOut,
    responses=refusals(*WRITE),
)
async def put_policy_in_force(
    code: Annotated[str, Path(pattern=r"^[0-9]{12}$")],
    body: AreaPolicyIn,
    desk: AtDesk,
) -> Response:
    """Name the document under which cases are opened in an area of mine, and below it."""

    def work(session: Session, actor: Actor) -> Answer:
        registry = desk.office.registry
        area = publication.put_in_force(
            session, code, body.policy_id, actor=actor, registry=registry
        )
        now = in_force_in(session, registry, code)
        return Answer(
            AreaPolicyOut(
                area_code=area.code,
                policy_id=body.policy_id,
                in_force=now.policy.ref if now else None,
            ),
            status=200,
        )

    return await desk.write("put_policy_in_force", work)


@router.post(
    "/policies/{policy_id}/migrations",
    operation_id="migrateCases",
    response_model=MigrationReport,
    responses=refusals(*WRITE),
)
async def migrate_cases(policy_id: PolicyPath, body: MigrationIn, desk: AtDesk) -> Response:
    """Move running cases to another version of their document, or say what that would do.

    Each case is moved in a transaction of its own and told of it in its log. Asking again goes
    on where an interrupted run stopped.
    """
    registry, database = desk.office.registry, desk.office.database
    asked = Asked(policy_id, area_code=body.area, **body.model_dump(exclude={"dry_run", "area"}))

    def look(session: Session, actor: Actor) -> Outlook:
        return revisions.look(session, asked, actor=actor, registry=registry)

    async def run() -> Answer:
        outlook = await desk.read(look)
        if outlook.blockers and not body.dry_run:
            raise RequirementsNotMet(outlook.blockers)
        in_one_transaction = database.read if body.dry_run else database.transact
        move = partial(revisions.move, outlook=outlook, registry=registry, dry_run=body.dry_run)
        moved = []
        for one in () if outlook.blockers else outlook.case_ids:
            moved.append(await in_one_transaction(partial(move, case_id=one)))
            await asyncio.sleep(0)  # others have their turn between two cases
        return _report(outlook, moved, desk, dry_run=body.dry_run)

    return await desk.write_in_steps("migrate_cases", run)


def _report(
    outlook: Outlook, moved: list[CaseMoved | None], desk: Desk, *, dry_run: bool
) -> Answer:
    revision = outlook.revision
    report = MigrationReport(
        from_policy=revision.old.policy.ref,
        to_policy=revision.new.policy.ref,
        area_code=revision.area_code,
        dry_run=dry_run,
        states=outlook.states,
        blockers=blockers_out(outlook.blockers, desk.language),
        cases=[CaseMigration.model_validate(asdict(one)) for one in moved if one],
        remaining=outlook.remaining,
    )
    return Answer(report, status=200)
