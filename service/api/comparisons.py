"""What the departments' lists say of a household: shown to whoever records its comparison."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import Session, select

from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.office import Office
from service.api.problems import refusals
from service.api.views import OfficeInstant, View
from service.errors import NotFound, NotSignedIn, PositionNeeded
from service.imports.comparison import code_in, is_awaited
from service.registry import in_force_in
from service.store import comparisons
from service.store.areas import within
from service.store.cases import Case
from service.store.comparisons import ComparisonRow
from service.store.households import Household, Member
from service.store.people import Actor
from service.workflows.machine import Procedure
from service.workflows.monitoring.entry_events import Verdict

router = APIRouter(tags=["households"], route_class=StrictRoute)

GRAVEST_FIRST = (Verdict.DIFFERS, Verdict.NOT_PROVIDED, Verdict.AGREES, Verdict.NO_RECORD)
"""Of several members' verdicts the gravest is the household's."""


class ListedRow(View):
    """What a department's list says of a member. The codes are the document's, if it has any."""

    member_number: int
    name: str
    department: str
    department_code: str | None
    field: str
    field_code: str | None
    verdict: Verdict
    remark: str | None
    listed_at: OfficeInstant
    import_id: UUID


class OfferedFinding(View):
    """A finding for `record_comparison`: department and field by code, all members together."""

    department: str
    field: str
    verdict: Verdict


class ComparisonList(View):
    """The rows of the departments' lists that speak of a household, the newest of each."""

    household_id: UUID
    open_case_id: UUID | None
    is_awaited: bool = Field(description="The case is where its comparison can be recorded.")
    items: list[ListedRow]
    findings: list[OfferedFinding]


@router.get(
    "/households/{household_id}/comparison-list",
    operation_id="getComparisonList",
    responses=refusals(NotSignedIn, PositionNeeded, NotFound),
)
async def get_comparison_list(household_id: UUID, desk: AtDesk) -> ComparisonList:
    """Read what the departments' lists say of a household, as a comparison can take it over.

    Where there is no case, a difference is a clue: name it when opening one.
    """

    def work(session: Session, actor: Actor) -> ComparisonList:
        household = session.exec(
            select(Household).where(
                Household.id == household_id, within(Household.area_code, actor.area_code)
            )
        ).first()
        if household is None:
            raise NotFound
        return _listed(session, household, desk.office)

    return await desk.read(work)


def _listed(session: Session, household: Household, office: Office) -> ComparisonList:
    case = session.get(Case, household.open_case_id) if household.open_case_id else None
    registry = office.registry
    procedure = (
        registry.pinned(session, case.policy)
        if case
        else in_force_in(session, registry, household.area_code)
    )
    rows = comparisons.of_household(session, household.id)
    items = [_row(row, member, procedure) for row, member in rows]
    return ComparisonList(
        household_id=household.id,
        open_case_id=household.open_case_id,
        is_awaited=bool(case and procedure and is_awaited(procedure, case)),
        items=items,
        findings=list(_offered(items)),
    )


def _row(row: ComparisonRow, member: Member, procedure: Procedure | None) -> ListedRow:
    return ListedRow(
        **row.model_dump(exclude={"name"}),
        name=member.name,
        member_number=member.number,
        department_code=code_in(procedure, "department", row.department) if procedure else None,
        field_code=code_in(procedure, "field", row.field) if procedure else None,
    )


def _offered(items: Sequence[ListedRow]) -> list[OfferedFinding]:
    found: dict[tuple[str, str], Verdict] = {}
    for one in items:
        if one.department_code and one.field_code:
            of = (one.department_code, one.field_code)
            said = (one.verdict, found.get(of, one.verdict))
            found[of] = min(said, key=GRAVEST_FIRST.index)
    return [
        OfferedFinding(department=department, field=field, verdict=verdict)
        for (department, field), verdict in found.items()
    ]
