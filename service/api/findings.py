"""What inspection forms found: each problem, and what it became."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from sqlmodel import Session, col, select

from service.api.cases import READ
from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.pages import PagingQuery, narrowed, page
from service.api.problems import refusals
from service.api.views import Page, View
from service.codes import Label
from service.errors import Malformed
from service.findings import similar
from service.store.areas import within
from service.store.cases import Case, CaseRow
from service.store.findings import Finding
from service.store.people import Actor
from service.workflows.campaign.events import AreaCode
from service.workflows.checklist import LeadsTo
from service.workflows.inspection.became import BECAME, Became
from service.workflows.rulebook import Rulebook

router = APIRouter(tags=["inspection forms"], route_class=StrictRoute)

MOST_FINDINGS = 1000
Code = Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,48}$")]


class FindingOut(View):
    """A problem that a form tells of: with which item, what it leads to, and what it became."""

    form_id: UUID
    number: int
    campaign_id: UUID
    area_code: str
    household_id: UUID | None
    checklist: str
    item: str
    item_label: Label
    problem_type: str | None
    leads_to: LeadsTo
    what: str | None
    value: str | None = Field(description="What the answer names of the item's list.")
    stated: str | None = Field(description="The number that was answered.")
    fixed_on_spot: bool
    found_by: str
    cite: str
    became: Became
    became_label: Label
    case_id: UUID | None = Field(description="The case that it became or was added to.")


class FindingOfForm(FindingOut):
    """A finding, and the items that were opened for the same in the same village (举一反三)."""

    similar: list[UUID]


@router.get(
    "/findings",
    operation_id="listFindings",
    responses=refusals(Malformed, *READ),
)
async def list_findings(
    desk: AtDesk,
    paging: PagingQuery,
    campaign: UUID | None = None,
    area: AreaCode | None = None,
    household: UUID | None = None,
    checklist: Code = None,
    item: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9.]{1,24}$")] = None,
    problem_type: Code = None,
    leads_to: LeadsTo | None = None,
    became: Became | None = None,
) -> Page[FindingOut]:
    """List what was found within my area (`area`: there and below), form by form.

    `became=suggestion`: households of which somebody who may still has to open a clue.
    """

    def work(session: Session, actor: Actor) -> Page[FindingOut]:
        query = narrowed(
            _found_within(actor),
            (campaign, lambda asked: col(Finding.campaign_id) == asked),
            (area, lambda asked: within(Finding.area_code, asked)),
            (household, lambda asked: col(Finding.household_id) == asked),
            (checklist, lambda asked: col(Finding.checklist) == asked),
            (item, lambda asked: col(Finding.item) == asked),
            (problem_type, lambda asked: col(Finding.problem_type) == asked),
            (leads_to, lambda asked: col(Finding.leads_to) == asked),
            (became, lambda asked: col(Finding.became) == asked),
        )
        return Page[FindingOut](
            **page(
                session,
                query,
                paging,
                keys=[col(Finding.form_id), col(Finding.number)],
                parse=[UUID, _number],
                shown=lambda row: FindingOut(**_shown(row[0], row[1], desk.office.rulebook)),
                key_of=lambda row: [str(row[0].form_id), str(row[0].number)],
            )
        )

    return await desk.read(work)


def _number(text: str) -> int:
    """Read a finding's number out of a cursor. Raises `ValueError` for one that no form has."""
    if (number := int(text)) not in range(MOST_FINDINGS):
        raise ValueError(text)
    return number


def _found_within(actor: Actor) -> Any:  # noqa: ANN401 - the two libraries' Select differ
    """Return the query for findings within an actor's area, each with its form's document."""
    return (
        select(Finding, Case.policy)
        .join(Case, col(Case.id) == col(Finding.form_id))
        .where(within(Finding.area_code, actor.area_code))
    )


def findings_of(session: Session, form: CaseRow, rulebook: Rulebook) -> list[FindingOfForm]:
    """Return what one form found, in the order of the form, each with what is similar."""
    mine = select(Finding).where(Finding.form_id == form.id).order_by(col(Finding.number))
    return [
        FindingOfForm(**_shown(one, form.policy, rulebook), similar=similar(session, one))
        for one in session.exec(mine).all()
    ]


def _shown(finding: Finding, ref: str, rulebook: Rulebook) -> dict[str, Any]:
    known = rulebook.pinned(ref).policy.checklists
    item = next(one for one in known if one.code == finding.checklist).items[finding.item]
    return {
        **finding.model_dump(),
        "item_label": Label(zh=item.zh, en=item.en),
        "became_label": BECAME[finding.became],
    }
