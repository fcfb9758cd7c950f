"""The register of households. Identity and telephone numbers are always shown masked."""

from collections.abc import Iterator
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import (
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from service.api.desk import Answer, AtDesk
from service.api.door import StrictRoute
from service.api.duplicates import PossibleDuplicate, possible_duplicates
from service.api.office import Office
from service.api.pages import PagingQuery, narrowed, page
from service.api.problems import refusals
from service.api.views import OfficeInstant, Page, View
from service.blockers import Blocker
from service.cases import check_role
from service.codes import Code
from service.errors import (
    HouseholdExists,
    IdempotencyKeyMissing,
    Malformed,
    NotFound,
    NotSignedIn,
    NotYourRole,
    RequirementsNotMet,
)
from service.registry import procedure_in_force
from service.store import findings
from service.store.areas import Area, AreaLevel, within
from service.store.columns import new_id
from service.store.households import ID_NUMBER, TELEPHONE, Household, Member, masked_telephone
from service.store.people import Actor
from service.store.vault import Vault, masked
from service.workflows.fields import Input, Line, Name
from service.workflows.identity import DocumentType, key_of, normalised, possible_keys, type_of
from service.workflows.machine import Procedure
from service.workflows.monitoring.stages import OPEN
from service.workflows.policy import Policy
from service.workflows.register import (
    HEAD,
    MAX_MEMBERS,
    MAX_TRAITS,
    Relation,
    Telephone,
    heads,
)

router = APIRouter(tags=["households"], route_class=StrictRoute)

AreaCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]


class MemberIn(Input):
    """A person, and the document their number was read from."""

    name: Name
    relation: Relation
    document_type: DocumentType | None = Field(
        default=None,
        description="Where it is left out, the length tells: 18 characters are a resident"
        " identity number, 20 or 22 a disability certificate's.",
    )
    id_number: str = Field(max_length=40)

    @field_validator("id_number")
    @classmethod
    def _as_on_its_document(cls, number: str, told: ValidationInfo) -> str:
        return normalised(number, told.data.get("document_type"))

    @property
    def document(self) -> DocumentType:
        return self.document_type or type_of(self.id_number)

    @property
    def key(self) -> str:
        return key_of(self.id_number, self.document)


class HouseholdIn(Input):
    """A household as it is registered; exactly one member is its head."""

    area_code: AreaCode
    household_type: Code
    traits: tuple[Code, ...] = Field(default=(), max_length=MAX_TRAITS)
    group_name: Line | None = None
    telephone: Telephone | None = None
    members: Annotated[list[MemberIn], Field(min_length=1, max_length=MAX_MEMBERS)]

    @model_validator(mode="after")
    def _one_head(self) -> Self:
        if heads(member.relation for member in self.members) != 1:
            raise ValueError("exactly one member is the head of the household")
        if len({member.key for member in self.members}) < len(self.members):
            raise ValueError("two members have the same identity number")
        return self


class MemberOut(View):
    number: int
    name: str
    relation: str
    document_type: DocumentType
    id_number: str = Field(description="Masked.")


class HouseholdOut(View):
    """A household of the register."""

    id: UUID
    area_code: str
    household_type: str
    traits: list[str]
    group_name: str | None
    head_name: str
    telephone: str | None = Field(description="Masked.")
    open_case_id: UUID | None
    created_at: OfficeInstant


class HouseholdWithMembers(HouseholdOut):
    members: list[MemberOut]


class HouseholdRegistered(HouseholdWithMembers):
    """A household of the register, and those that may be the same."""

    possible_duplicates: list[PossibleDuplicate]


@router.post(
    "/households",
    operation_id="registerHousehold",
    status_code=201,
    response_model=HouseholdRegistered,
    responses=refusals(
        Malformed,
        IdempotencyKeyMissing,
        NotSignedIn,
        NotYourRole,
        NotFound,
        HouseholdExists,
        RequirementsNotMet,
    ),
)
async def register_household(body: HouseholdIn, desk: AtDesk) -> Response:
    """Register a household of a village within my area."""
    return await desk.write(
        "register_household", lambda session, actor: _register(session, actor, body, desk.office)
    )


def _register(session: Session, actor: Actor, body: HouseholdIn, office: Office) -> Answer:
    village = session.exec(
        select(Area).where(
            Area.code == body.area_code,
            Area.level == AreaLevel.VILLAGE,
            within(Area.code, actor.area_code),
        )
    ).first()
    if village is None:
        raise NotFound
    procedure = procedure_in_force(session, office.registry, village.code)
    _check(procedure, body, actor)
    household = _household(body, actor, office)
    members = [
        _member(household, number, member, office.vault)
        for number, member in enumerate(body.members, start=1)
    ]
    _check_not_registered(session, members)
    session.add(household)
    session.flush()
    session.add_all(members)
    session.flush()
    registered = HouseholdRegistered(
        **shown_with_members(household, members, office.vault).model_dump(),
        possible_duplicates=possible_duplicates(session, household.id),
    )
    return Answer(registered)


def _check(procedure: Procedure, body: HouseholdIn, actor: Actor) -> None:
    """Whoever may take in an application may register; type and traits are the document's."""
    check_role(procedure, None, OPEN, actor)
    types = (body.household_type,)
    found = [
        *_unlisted(procedure.policy, "household_types", types, "household_type_not_listed"),
        *_unlisted(procedure.policy, "household_traits", body.traits, "not_listed"),
    ]
    if found:
        raise RequirementsNotMet(procedure.worded(found))


def _unlisted(policy: Policy, name: str, codes: tuple[str, ...], blocker: str) -> Iterator[Blocker]:
    listed = tuple(entry.code for entry in policy.lists.get(name, ()))
    cite = policy.list_cites.get(name)
    for code in codes:
        if code not in listed:
            yield Blocker(blocker, listed or ("-",), (code,), cite=cite)


def _household(body: HouseholdIn, actor: Actor, office: Office) -> Household:
    now = office.clock.now()
    household_id, telephone = new_id(now), body.telephone
    vault = office.vault
    return Household(
        id=household_id,
        area_code=body.area_code,
        household_type=body.household_type,
        traits=sorted(set(body.traits)),
        group_name=body.group_name,
        head_name=next(member.name for member in body.members if member.relation == HEAD),
        telephone_sealed=vault.seal(telephone, TELEPHONE, household_id) if telephone else None,
        telephone_index=vault.index(telephone, TELEPHONE) if telephone else None,
        created_at=now,
        created_by=actor.position_id,
    )


def _member(household: Household, number: int, member: MemberIn, vault: Vault) -> Member:
    member_id = new_id(household.created_at)
    return Member(
        household_id=household.id,
        number=number,
        id=member_id,
        name=member.name,
        relation=member.relation,
        document_type=member.document,
        id_number_sealed=vault.seal(member.id_number, ID_NUMBER, member_id),
        id_number_index=vault.index(member.key, ID_NUMBER),
    )


def _check_not_registered(session: Session, members: list[Member]) -> None:
    indexes = [member.id_number_index for member in members]
    known = set(
        session.exec(select(Member.id_number_index).where(col(Member.id_number_index).in_(indexes)))
    )
    for member in members:
        if member.id_number_index in known:
            raise HouseholdExists(member.number)


@router.get(
    "/households",
    operation_id="listHouseholds",
    responses=refusals(Malformed, NotSignedIn),
)
async def list_households(
    desk: AtDesk,
    paging: PagingQuery,
    area: Annotated[str | None, Query(pattern=r"^[0-9]{12}$")] = None,
    id_number: Annotated[str | None, Query(max_length=40)] = None,
    telephone: Annotated[str | None, Query(pattern=r"^[0-9]{7,12}$")] = None,
    to_recognise: Annotated[
        UUID | None, Query(description="A campaign: whom it found to be recognised.")
    ] = None,
) -> Page[HouseholdOut]:
    """List the households within my area; find one by a whole identity or telephone number."""
    vault = desk.office.vault

    def work(session: Session, actor: Actor) -> Page[HouseholdOut]:
        query = narrowed(
            select(Household).where(within(Household.area_code, actor.area_code)),
            (area, lambda asked: within(Household.area_code, asked)),
            (
                telephone,
                lambda asked: col(Household.telephone_index) == vault.index(asked, TELEPHONE),
            ),
            (id_number, lambda asked: col(Household.id).in_(_owner_of(asked, vault))),
            (to_recognise, lambda asked: findings.to_recognise(Household.id, asked)),
        )
        return Page[HouseholdOut](
            **page(
                session,
                query,
                paging,
                keys=[col(Household.id)],
                parse=[UUID],
                shown=lambda row: shown(row[0], vault),
                key_of=lambda row: [str(row[0].id)],
            )
        )

    return await desk.read(work)


def _owner_of(id_number: str, vault: Vault) -> SelectOfScalar[UUID]:
    indexes = [vault.index(key, ID_NUMBER) for key in possible_keys(id_number)]
    return select(Member.household_id).where(col(Member.id_number_index).in_(indexes))


@router.get(
    "/households/{household_id}",
    operation_id="getHousehold",
    responses=refusals(NotSignedIn, NotFound),
)
async def get_household(household_id: UUID, desk: AtDesk) -> HouseholdWithMembers:
    """Read a household and its members."""

    def work(session: Session, actor: Actor) -> HouseholdWithMembers:
        household = session.exec(
            select(Household).where(
                Household.id == household_id, within(Household.area_code, actor.area_code)
            )
        ).first()
        if household is None:
            raise NotFound
        members = session.exec(
            select(Member).where(Member.household_id == household_id).order_by(col(Member.number))
        ).all()
        return shown_with_members(household, list(members), desk.office.vault)

    return await desk.read(work)


def shown(household: Household, vault: Vault) -> HouseholdOut:
    return HouseholdOut(**household.model_dump(), telephone=masked_telephone(household, vault))


def shown_with_members(
    household: Household, members: list[Member], vault: Vault
) -> HouseholdWithMembers:
    return HouseholdWithMembers(
        **shown(household, vault).model_dump(),
        members=[
            MemberOut(
                number=member.number,
                name=member.name,
                relation=member.relation,
                document_type=member.document_type,
                id_number=masked(
                    vault.unseal(member.id_number_sealed, ID_NUMBER, member.id), first=3, last=2
                ),
            )
            for member in members
        ],
    )
