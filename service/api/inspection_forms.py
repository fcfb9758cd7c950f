"""Inspection forms: what was filled in at a household or for a unit, and what it found."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field, model_validator
from sqlmodel import Session, col, select

from service import openings
from service.api.cases import READ, WITHOUT_DOSSIER, WRITE, moved_answer
from service.api.desk import Answer, AtDesk, Desk
from service.api.door import StrictRoute
from service.api.findings import FindingOfForm, findings_of
from service.api.pages import PagingQuery, narrowed, page
from service.api.problems import refusals
from service.api.rosters import campaign_seen
from service.api.views import CaseOut, MovedOut, Page, View
from service.errors import Malformed, NoDocumentInForce, NotFound, NotInDocument
from service.openings import Place
from service.store.areas import area_within, within
from service.store.cases import Case
from service.store.households import Household
from service.store.inspection_forms import InspectionForm
from service.store.people import Actor
from service.workflows import answers
from service.workflows.campaign.events import AreaCode
from service.workflows.inspection.events import FillForm, FormDossier
from service.workflows.kinds import Kind
from service.workflows.rulebook import Rulebook
from service.workflows.visits import Visitor

router = APIRouter(tags=["inspection forms"], route_class=StrictRoute)


class FileInspectionForm(FillForm):
    """A form as it was filled in: in which campaign, of which household or which area's unit."""

    campaign_id: UUID
    household_id: UUID | None = None
    area_code: AreaCode | None = None

    @model_validator(mode="after")
    def _of_one(self) -> Self:
        if (self.household_id is None) == (self.area_code is None):
            raise ValueError("a form is of a household (household_id) or of a unit (area_code)")
        return self


class FormOut(CaseOut):
    """A form of a household, or (without one) of a unit of its area."""

    checklist: str
    department: str | None
    visited_on: date
    filled_by: UUID = Field(description="Who filled it in and signed: their person_id.")
    filled_as: str = Field(description="In which role.")
    problems: int = Field(description="How many problems its answers tell of.")


class AnswerOut(View):
    """The answer to one item, as it stands."""

    item: str
    has_problem: bool | None
    value: bool | int | str | None
    text: str | None
    fixed_on_spot: bool


class VisitorOut(View):
    name: str
    role: str


class FormWithAnswers(FormOut):
    """A form with who was there, what was answered, and what it found."""

    visitors: list[VisitorOut]
    signed: bool
    answers: list[AnswerOut]
    findings: list[FindingOfForm]


class FormFiled(MovedOut):
    """What handing in a form left behind, and what was found with it."""

    findings: list[FindingOfForm]


@router.post(
    "/inspection-forms",
    operation_id="fileInspectionForm",
    status_code=201,
    response_model=FormFiled,
    responses=refusals(*WRITE, NoDocumentInForce, NotInDocument),
)
async def file_inspection_form(body: FileInspectionForm, desk: AtDesk) -> Response:
    """Hand in a form that I filled in, under the document of its campaign: one form, one visit."""
    return await desk.write("fill_form", lambda session, actor: _file(session, actor, body, desk))


def _file(session: Session, actor: Actor, body: FileInspectionForm, desk: Desk) -> Answer:
    campaign, _ = campaign_seen(session, body.campaign_id, actor)
    own = {"campaign_id", "household_id", "area_code"}
    moved = openings.open_of_kind(
        session,
        Kind.INSPECTION_FORM,
        _place(session, body, campaign, actor),
        FillForm.model_validate(body.model_dump(exclude=own)),
        actor=actor,
        registry=desk.office.registry,
        campaign=campaign,
    )
    answer = moved_answer(moved, desk.office.rulebook)
    found = findings_of(session, moved.case, desk.office.rulebook)
    return replace(answer, body=FormFiled(**answer.body.model_dump(), findings=found))


def household_seen(session: Session, household_id: UUID, actor: Actor) -> Household:
    """Return a household of the actor's area. Raises `NotFound`."""
    household = session.exec(
        select(Household).where(
            Household.id == household_id, within(Household.area_code, actor.area_code)
        )
    ).first()
    if household is None:
        raise NotFound
    return household


def _place(session: Session, body: FileInspectionForm, campaign: Case, actor: Actor) -> Place:
    household = None
    if body.household_id:
        household = household_seen(session, body.household_id, actor)
    code = household.area_code if household else body.area_code or ""
    area = area_within(session, code, actor.area_code)
    area_within(session, code, campaign.area_code)
    return Place(area.code, area.name, household, campaign.id)


@router.get(
    "/inspection-forms",
    operation_id="listInspectionForms",
    responses=refusals(Malformed, *READ),
)
async def list_inspection_forms(
    desk: AtDesk,
    paging: PagingQuery,
    campaign: UUID | None = None,
    area: AreaCode | None = None,
    checklist: Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,48}$")] = None,
    state: Annotated[str | None, Query(pattern=r"^[a-z_]{1,48}$")] = None,
    household: UUID | None = None,
    has_problems: bool | None = None,
    filled_by: UUID | None = None,
) -> Page[FormOut]:
    """List the forms within my area (`area`: there and below), in the order they came in."""

    def work(session: Session, actor: Actor) -> Page[FormOut]:
        query = narrowed(
            _forms_within(actor).options(WITHOUT_DOSSIER),
            (campaign, lambda asked: col(InspectionForm.campaign_id) == asked),
            (area, lambda asked: within(Case.area_code, asked)),
            (checklist, lambda asked: col(InspectionForm.checklist) == asked),
            (state, lambda asked: col(Case.state) == asked),
            (household, lambda asked: col(InspectionForm.household_id) == asked),
            (has_problems, lambda asked: (col(InspectionForm.problems) > 0) == asked),
            (filled_by, lambda asked: col(InspectionForm.filled_by) == asked),
        )
        return Page[FormOut](
            **page(
                session,
                query,
                paging,
                keys=[col(Case.id)],
                parse=[UUID],
                shown=lambda row: _form_out(row[0], row[1], desk.office.rulebook),
                key_of=lambda row: [str(row[0].id)],
            )
        )

    return await desk.read(work)


def _forms_within(actor: Actor) -> Any:  # noqa: ANN401 - the two libraries' Select differ
    """Return the query for the forms within an actor's area, each with its case."""
    return (
        select(Case, InspectionForm)
        .join(InspectionForm, col(InspectionForm.case_id) == col(Case.id))
        .where(within(Case.area_code, actor.area_code))
    )


def _form_out(case: Case, form: InspectionForm, rulebook: Rulebook) -> FormOut:
    own = form.model_dump(include=set(FormOut.model_fields) - set(CaseOut.model_fields))
    return FormOut(**CaseOut.of(case, rulebook).model_dump(), **own)


@router.get(
    "/inspection-forms/{form_id}",
    operation_id="getInspectionForm",
    responses=refusals(*READ),
)
async def get_inspection_form(form_id: UUID, desk: AtDesk, response: Response) -> FormWithAnswers:
    """Read a form with its answers and what it found. Its version is the ETag."""

    def work(session: Session, actor: Actor) -> FormWithAnswers:
        row = session.execute(_forms_within(actor).where(Case.id == form_id)).first()
        if row is None:
            raise NotFound
        case, form = row
        said = FormDossier.model_validate({"entries": case.dossier})
        return FormWithAnswers(
            **_form_out(case, form, desk.office.rulebook).model_dump(),
            visitors=[_visitor_out(visitor) for visitor in said.filled.visitors],
            signed=said.signed,
            answers=[_answer_out(answer) for answer in said.answers],
            findings=findings_of(session, case, desk.office.rulebook),
        )

    form = await desk.read(work)
    response.headers["ETag"] = f'"{form.version}"'
    return form


def _visitor_out(visitor: Visitor) -> VisitorOut:
    return VisitorOut(**visitor.model_dump())


def _answer_out(answer: answers.Answer) -> AnswerOut:
    return AnswerOut(**answer.model_dump())
