"""An inspection form's row, its visit, and the row of the campaign's list that follows it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, update
from sqlmodel import Session, col, select

from service.ledgers import visits
from service.store.areas import Area
from service.store.campaigns import ROSTER, Campaign, days_of_campaign, roster_row
from service.store.cases import Case, CaseRow, Line
from service.store.columns import table_of
from service.store.database import wire
from service.store.findings import Finding
from service.store.inspection_forms import (
    FORMS,
    InspectionForm,
    is_taken,
    move_row,
    slot_of,
)
from service.store.visits import Visit
from service.workflows.campaign.roster import Standing
from service.workflows.inspection.became import Became
from service.workflows.inspection.events import (
    ACCEPTED,
    CorrectForm,
    FillForm,
    FormDossier,
    VoidForm,
)
from service.workflows.inspection.events import VOIDED as VOID
from service.workflows.inspection.filing import CampaignFile
from service.workflows.inspection.rules import COVERS, PROBLEMS, REVIEWED_BY
from service.workflows.kinds import Kind
from service.workflows.remediation.events import VOIDED
from service.workflows.statement import Event

STANDS = {
    "submitted": Standing.SUBMITTED,
    "returned": Standing.RETURNED,
    "accepted": Standing.ACCEPTED,
    "voided": Standing.EXPECTED,
}
"""State of a form -> how the row of the list stands that it is of."""

CASES_OF = {
    Became.REMEDIATION: Kind.REMEDIATION_ITEM,
    Became.CLUE: Kind.MONITORING_OBJECT,
    Became.EPISODE: Kind.MONITORING_OBJECT,
}
"""What a finding became -> the kind of the case that it names; others name none."""


def keep(session: Session, case: CaseRow, line: Line, entry: dict[str, Any], body: Event) -> None:
    """Keep what a form says, and let its row of the list stand as the form does."""
    if isinstance(body, FillForm):
        _fill(session, case, line, entry["outcome"], body)
        return
    own = update(FORMS).where(FORMS.c.case_id == case.id)
    if isinstance(body, CorrectForm):
        wire(session).execute(own.values(problems=int(entry["outcome"][PROBLEMS])))
    if isinstance(body, VoidForm):
        kept = table_of(Visit)
        wire(session).execute(own.values(slot=None))
        wire(session).execute(delete(kept).where(kept.c.case_id == case.id))
    move_row(session, case.id, STANDS[case.state])


def _fill(
    session: Session, case: CaseRow, line: Line, outcome: dict[str, str], body: FillForm
) -> None:
    assert case.campaign_id is not None
    assert line.person_id is not None  # nobody fills a form but a person
    session.add(
        InspectionForm(
            case_id=case.id,
            campaign_id=case.campaign_id,
            checklist=body.checklist,
            area_code=case.area_code,
            household_id=case.household_id,
            department=body.department,
            visited_on=body.visited_on,
            filled_by=line.person_id,
            filled_as=line.role,
            reviewed_by=outcome.get(REVIEWED_BY),
            problems=int(outcome[PROBLEMS]),
            slot=_slot(case, body),
        )
    )
    session.flush()
    visits.keep_visit(session, case, line, body)
    if COVERS in outcome:
        said = {"form_id": case.id, "standing": STANDS[case.state]}
        wire(session).execute(_row_of(case).values(said))


def _row_of(case: CaseRow) -> Any:  # noqa: ANN401 - SQLAlchemy's Update has no useful type here
    return update(ROSTER).where(
        ROSTER.c.campaign_id == case.campaign_id,
        ROSTER.c.area_code == case.area_code,
        ROSTER.c.household_id == case.household_id,
    )


def _slot(case: CaseRow, body: FillForm) -> str:
    assert case.campaign_id is not None
    unit = (case.area_code, body.department)
    return slot_of(case.campaign_id, body.checklist, case.household_id, *unit)


def look(session: Session, case: CaseRow, body: Event | None) -> CampaignFile:
    """Return what a form is held against: its campaign's days, its row, what came of it.

    The campaign stands still until the transaction is over, and so does the row of a new form.
    """
    assert case.campaign_id is not None  # every form is of a campaign
    days = days_of_campaign(session, case.campaign_id, case.area_code)
    campaign = session.get_one(Campaign, case.campaign_id)
    if not isinstance(body, FillForm):
        begun = _begun(session, case.id)
        return CampaignFile(days=days, first_day=campaign.first_day, begun=begun)
    row = roster_row(session, case.campaign_id, case.area_code, case.household_id)
    return CampaignFile(
        days=days,
        first_day=campaign.first_day,
        has_list=campaign.listed != 0,
        level=session.get_one(Area, case.area_code).level,
        standing=row.standing if row else None,
        taken=is_taken(session, _slot(case, body)),
    )


def _begun(session: Session, form_id: UUID) -> int:
    """Return how many of the cases that a form led to go on without it."""
    led_to = (
        select(func.count())
        .select_from(Finding)
        .join(Case, col(Case.id) == col(Finding.case_id))
        .where(Finding.form_id == form_id, _goes_on())
    )
    return session.exec(led_to).one()


def _goes_on() -> ColumnElement[bool]:
    """Return the condition that somebody worked on an item, or that a clue is still open."""
    item = and_(
        col(Finding.became) == Became.REMEDIATION, col(Case.version) > 1, col(Case.state) != VOIDED
    )
    return or_(item, and_(col(Finding.became) == Became.CLUE, col(Case.closed_at).is_(None)))


def contradictions(session: Session, case: CaseRow, dossier: FormDossier) -> Iterator[str]:
    """Yield where the row of a form, its visit, or what its findings became is not as it says."""
    yield from visits.contradictions(session, case, dossier)
    row, filled = session.get(InspectionForm, case.id), dossier.filled
    if row is None:
        yield "it has no row among the forms"
        return
    found = session.execute(
        select(Finding, Case)
        .join(Case, col(Case.id) == col(Finding.case_id), isouter=True)
        .where(Finding.form_id == case.id)
        .order_by(col(Finding.number))
    ).all()
    said = {
        "campaign_id": case.campaign_id,
        "area_code": case.area_code,
        "household_id": case.household_id,
        "checklist": filled.checklist,
        "visited_on": filled.visited_on,
        "problems": len(found),
        "slot": None if case.state == VOID else _slot(case, filled),
    }
    for column, value in said.items():
        if getattr(row, column) != value:
            yield f"its row among the forms has another {column}"
    for finding, led_to in found:
        if not (_may_have_become(finding, case.state) and _names_its_case(finding, led_to)):
            yield f"its finding {finding.number} cannot have become {finding.became}"


def _may_have_become(finding: Finding, state: str) -> bool:
    """Tell whether a finding waits as long as its form is not accepted, and is void with it."""
    if state in {ACCEPTED, VOID}:
        return (finding.became is Became.VOID) == (state == VOID) and (
            finding.became is not Became.WAITING
        )
    return finding.became is Became.WAITING


def _names_its_case(finding: Finding, led_to: Case | None) -> bool:
    """Tell whether a finding names the case that it became, of its household, and no other."""
    if finding.became is Became.VOID:
        return True
    kind = CASES_OF.get(finding.became)
    if led_to is None:
        return kind is None
    return (led_to.kind, led_to.household_id) == (kind, finding.household_id)
