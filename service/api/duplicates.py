"""Households that may be one and the same: shown field by field, and what was found of them."""

from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field
from sqlmodel import Session, col, select

from service.api.desk import Answer, AtDesk
from service.api.door import StrictRoute
from service.api.office import Office
from service.api.problems import refusals
from service.api.views import OfficeInstant, View
from service.cases import check_role
from service.codes import Label
from service.errors import (
    IdempotencyKeyInUse,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Malformed,
    NoDocumentInForce,
    NotFound,
    NotSignedIn,
    NotYourRole,
)
from service.registry import procedure_in_force
from service.store import duplicates
from service.store.areas import within
from service.store.duplicates import DuplicateVerdict, Likeness, Registered, Verdict
from service.store.households import Household, masked_telephone
from service.store.people import Actor
from service.store.vault import Vault, masked
from service.workflows.fields import Input, Text
from service.workflows.monitoring.stages import OPEN

router = APIRouter(tags=["households"], route_class=StrictRoute)


class PossibleDuplicate(View):
    """A household that may be the same, wherever it lives: see its list of duplicates."""

    household_id: UUID
    equal_fields: int


class ComparedField(View):
    """One field of two households. Names and telephones are masked."""

    field: str
    result: Likeness
    this: str | None
    other: str | None = Field(description="Null also where it is hidden: outside my area.")


class VerdictOut(View):
    """The newest verdict on a pair of households; the reason is for those of one's own area."""

    verdict: Verdict
    reason: str | None
    decided_at: OfficeInstant
    role: str


class Duplicate(View):
    """A household that may be the same, compared field by field."""

    household_id: UUID
    area_code: str
    in_my_area: bool
    equal_fields: int
    fields: list[ComparedField]
    verdict: VerdictOut | None


class Duplicates(View):
    """The households that may be the same, the most alike first; at most 20."""

    household_id: UUID
    items: list[Duplicate]


class VerdictIn(Input):
    """What was found of two households. Of those that are the same, one has an open case."""

    other_id: UUID
    verdict: Verdict
    reason: Text


class VerdictGiven(VerdictOut):
    household_id: UUID
    other_id: UUID


def possible_duplicates(session: Session, household_id: UUID) -> list[PossibleDuplicate]:
    """Return what whoever registers or opens a case is told at once. One statement."""
    mine, others = duplicates.find(session, household_id)
    return [
        PossibleDuplicate(
            household_id=other.household.id, equal_fields=duplicates.equal_fields(mine, other)
        )
        for other in others
    ]


@router.get(
    "/households/{household_id}/duplicates",
    operation_id="listDuplicates",
    responses=refusals(NotSignedIn, NotFound),
)
async def list_duplicates(household_id: UUID, desk: AtDesk) -> Duplicates:
    """List the households that may be the same one, compared field by field."""

    def work(session: Session, actor: Actor) -> Duplicates:
        _household(session, household_id, actor)
        mine, others = duplicates.find(session, household_id)
        said = duplicates.verdicts(session, household_id)
        inside = _inside(session, others, actor)
        vault = desk.office.vault
        return Duplicates(
            household_id=household_id,
            items=[
                _duplicate(mine, one, said.get(one.household.id), one.household.id in inside, vault)
                for one in others
            ],
        )

    return await desk.read(work)


@router.post(
    "/households/{household_id}/duplicate-verdicts",
    operation_id="judgeDuplicate",
    status_code=201,
    response_model=VerdictGiven,
    responses=refusals(
        Malformed,
        IdempotencyKeyMissing,
        NotSignedIn,
        NotYourRole,
        NotFound,
        NoDocumentInForce,
        IdempotencyKeyInUse,
        IdempotencyKeyReused,
    ),
)
async def judge_duplicate(household_id: UUID, body: VerdictIn, desk: AtDesk) -> Response:
    """Record whether two households are the same one; it holds for both, until the next."""
    return await desk.write(
        "judge_duplicate",
        lambda session, actor: _judge(session, household_id, body, actor, desk.office),
    )


def _judge(
    session: Session, household_id: UUID, body: VerdictIn, actor: Actor, office: Office
) -> Answer:
    """Whoever may register may judge."""
    household = _household(session, household_id, actor)
    procedure = procedure_in_force(session, office.registry, household.area_code)
    check_role(procedure, None, OPEN, actor)
    if body.other_id == household_id:
        same = Label(zh="一户不能与自身重复", en="A household is no duplicate of itself.")
        raise Malformed(same)
    if not duplicates.within_reach(session, household_id, body.other_id, actor):
        raise NotFound
    said = duplicates.judge(
        session,
        (household_id, body.other_id),
        body.verdict,
        body.reason,
        actor,
        office.clock.now(),
    )
    given = VerdictGiven(
        household_id=household_id,
        other_id=body.other_id,
        **_verdict(said, inside=True).model_dump(),
    )
    return Answer(given)


def _household(session: Session, household_id: UUID, actor: Actor) -> Household:
    household = session.exec(
        select(Household).where(
            Household.id == household_id, within(Household.area_code, actor.area_code)
        )
    ).first()
    if household is None:
        raise NotFound
    return household


def _inside(session: Session, others: list[Registered], actor: Actor) -> set[UUID]:
    """Return those that lie in the actor's area."""
    ids = [other.household.id for other in others]
    return set(
        session.exec(
            select(Household.id).where(
                col(Household.id).in_(ids), within(Household.area_code, actor.area_code)
            )
        )
    )


def _duplicate(
    mine: Registered, other: Registered, said: DuplicateVerdict | None, inside: bool, vault: Vault
) -> Duplicate:
    results = duplicates.compare(mine, other)
    return Duplicate(
        household_id=other.household.id,
        area_code=other.household.area_code,
        in_my_area=inside,
        equal_fields=duplicates.equal_fields(mine, other),
        fields=[
            ComparedField(
                field=field,
                result=result,
                this=SHOWN[field](mine, vault),
                other=SHOWN[field](other, vault) if inside or field in ANYWHERE else None,
            )
            for field, result in results.items()
        ],
        verdict=_verdict(said, inside) if said else None,
    )


def _verdict(said: DuplicateVerdict, inside: bool) -> VerdictOut:
    return VerdictOut(
        verdict=said.verdict,
        reason=said.reason if inside else None,
        decided_at=said.decided_at,
        role=said.role,
    )


def _name(name: str) -> str:
    return masked(name, first=1, last=0)


SHOWN: dict[str, Callable[[Registered, Vault], str | None]] = {
    "head_name": lambda one, _: _name(one.household.head_name),
    "telephone": lambda one, vault: masked_telephone(one.household, vault),
    "area_code": lambda one, _: one.household.area_code,
    "group_name": lambda one, _: one.household.group_name,
    "household_type": lambda one, _: one.household.household_type,
    "member_count": lambda one, _: str(len(one.names)),
    "member_names": lambda one, _: "、".join(map(_name, one.names)),
}
"""Field -> how it is shown."""

ANYWHERE = {"area_code", "head_name", "telephone", "member_names"}
"""What is shown of a household outside the reader's area: where it is, and what is masked."""
