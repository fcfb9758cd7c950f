"""What the findings of an inspection form become, in the transaction of the act that decides it.

A problem becomes an item to be put right, a household at risk a clue of the monitoring procedure.
Where a document lets nobody accept a form, its findings are work as soon as it is handed in.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from service import cases, openings
from service.errors import (
    EpisodeOpen,
    EventNotAllowed,
    NoDocumentInForce,
    NotYourRole,
    RequirementsNotMet,
)
from service.moves import Moved
from service.openings import Place
from service.registry import Registry
from service.store.areas import Area, AreaLevel
from service.store.cases import Case
from service.store.database import wire
from service.store.findings import FINDINGS, Finding
from service.store.households import Household
from service.store.inspection_forms import InspectionForm
from service.store.people import Actor
from service.workflows.answers import findings
from service.workflows.checklist import Checklist
from service.workflows.inspection.became import Became
from service.workflows.inspection.events import (
    ACCEPTED,
    AcceptForm,
    CorrectForm,
    FillForm,
    FormDossier,
    VoidForm,
)
from service.workflows.inspection.rules import InspectionFormRules
from service.workflows.kinds import Kind
from service.workflows.monitoring.entry_events import Open, Warned
from service.workflows.policy import Policy
from service.workflows.remediation.events import (
    FixOnTheSpot,
    HandOver,
    Level,
    ReportProblem,
    Scope,
    VoidItem,
)
from service.workflows.statement import Event

SOURCE = "form"
CLUE, DEPARTMENT = "clue", "department"
RISK_TYPES = "risk_types"
LEVELS = {AreaLevel.VILLAGE: Level.VILLAGE, AreaLevel.TOWNSHIP: Level.TOWNSHIP}


@dataclass(frozen=True, slots=True)
class _Form:
    """A form of which something becomes work, and what is needed for it."""

    moved: Moved
    filed: InspectionForm
    household: Household | None
    policy: Policy
    checklist: Checklist
    actor: Actor | None
    registry: Registry


def handed_in(
    session: Session, moved: Moved, body: Event, actor: Actor | None, registry: Registry
) -> None:
    """Write down what a form tells of: anew after a correction."""
    assert isinstance(body, FillForm | CorrectForm)
    assert actor is not None  # nobody fills a form but a person
    form = _form(session, moved, actor, registry)
    form_id = moved.case.id
    household_type = form.household.household_type if form.household else None
    wire(session).execute(delete(FINDINGS).where(FINDINGS.c.form_id == form_id))
    told = findings(form.checklist, body.answers, household_type, actor.person_name)
    session.add_all(
        Finding(
            form_id=form_id,
            number=number,
            campaign_id=form.filed.campaign_id,
            area_code=form.filed.area_code,
            household_id=form.filed.household_id,
            checklist=form.checklist.code,
            item=one.item,
            problem_type=one.problem_type,
            leads_to=one.leads_to,
            what=one.text,
            value=one.value,
            stated=None if one.number is None else str(one.number),
            fixed_on_spot=one.fixed_on_spot,
            found_by=one.found_by,
            cite=one.cite,
            became=Became.WAITING,
        )
        for number, one in enumerate(told, 1)
    )
    session.flush()
    if moved.case.state == ACCEPTED:
        _become_work(session, form)


def accepted(
    session: Session, moved: Moved, body: Event, actor: Actor | None, registry: Registry
) -> None:
    """Let what an accepted form found become work."""
    assert isinstance(body, AcceptForm)
    _become_work(session, _form(session, moved, actor, registry))


def voided(
    session: Session, moved: Moved, body: Event, actor: Actor | None, registry: Registry
) -> None:
    """Void the items of a void form; nobody has begun on any, or it could not be voided."""
    assert isinstance(body, VoidForm)
    led_to = select(Case).join(Finding, col(Finding.case_id) == col(Case.id))
    items = led_to.where(
        Finding.form_id == moved.case.id,
        Finding.became == Became.REMEDIATION,
        col(Case.closed_at).is_(None),
    )
    void = VoidItem(event="void_item", reason=body.reason)
    for item in session.exec(items).all():
        cases.follow(session, item, void, actor=actor, registry=registry)
    mine = update(FINDINGS).where(FINDINGS.c.form_id == moved.case.id)
    wire(session).execute(mine.values(became=Became.VOID))


def taken_up(
    session: Session, moved: Moved, _body: Event, _actor: Actor | None, _registry: Registry
) -> None:
    """Let what was suggested of a household become the clue that somebody has taken in."""
    suggested = update(FINDINGS).where(
        FINDINGS.c.household_id == moved.case.household_id,
        FINDINGS.c.became == Became.SUGGESTION,
    )
    wire(session).execute(suggested.values(became=Became.CLUE, case_id=moved.case.id))


def similar(session: Session, finding: Finding, limit: int = 20) -> list[UUID]:
    """Return the items that were opened for the same in the same village: 举一反三."""
    found = select(Finding.case_id).where(
        Finding.area_code == finding.area_code,
        Finding.checklist == finding.checklist,
        Finding.item == finding.item,
        Finding.became == Became.REMEDIATION,
        Finding.form_id != finding.form_id,
    )
    newest = session.exec(found.order_by(col(Finding.case_id).desc()).limit(limit))
    return [case_id for case_id in newest if case_id]


def _form(session: Session, moved: Moved, actor: Actor | None, registry: Registry) -> _Form:
    case = moved.case
    rules = registry.pinned(session, case.policy, case.kind)
    assert isinstance(rules.rules, InspectionFormRules)
    filed = session.get_one(InspectionForm, case.id)
    checklist = rules.rules.checklist(filed.checklist)
    assert checklist is not None  # the case is under the version that it was opened under
    household = session.get_one(Household, case.household_id) if case.household_id else None
    return _Form(moved, filed, household, rules.policy, checklist, actor, registry)


def _become_work(session: Session, form: _Form) -> None:
    mine = select(Finding).where(Finding.form_id == form.moved.case.id)
    found = session.exec(mine.order_by(col(Finding.number))).all()
    for finding in found:
        if finding.leads_to != CLUE:
            _to_be_put_right(session, form, finding)
    if at_risk := [finding for finding in found if finding.leads_to == CLUE]:
        became, case_id = _clue(session, form, at_risk)
        for finding in at_risk:
            finding.became, finding.case_id = became, case_id
    session.flush()


# What is to be put right


def _to_be_put_right(session: Session, form: _Form, finding: Finding) -> None:
    """Open an item; put right on the spot it waits to be verified, a sector's is handed over."""
    if Kind.REMEDIATION_ITEM not in form.policy.kinds:
        finding.became = Became.RECORD
        return
    registry, actor = form.registry, form.actor
    procedure = registry.pinned(session, form.moved.case.policy, Kind.REMEDIATION_ITEM)
    body = _problem(session, form, finding)
    opened = openings.begin(
        session, procedure, _place(session, form), body, actor=actor, registry=registry
    )
    finding.became, finding.case_id = Became.REMEDIATION, opened.case.id
    if finding.fixed_on_spot:
        fixed = FixOnTheSpot(
            event="fix_on_the_spot", effect=body.content, fixed_by=finding.found_by
        )
        # Not in the name of who accepts the form: they may be the one to verify it.
        _follow(session, opened, fixed, None, registry)
    elif finding.leads_to == DEPARTMENT and finding.value:
        over = HandOver(event="hand_over", department=finding.value, reason=body.content)
        _follow(session, opened, over, actor, registry)


def _follow(
    session: Session, opened: Moved, body: Event, actor: Actor | None, registry: Registry
) -> None:
    """Take an item one step further; where that cannot be, it waits like any other."""
    with suppress(EventNotAllowed, RequirementsNotMet), session.begin_nested():
        cases.follow(session, opened.case, body, actor=actor, registry=registry)


def _problem(session: Session, form: _Form, finding: Finding) -> ReportProblem:
    area = session.get_one(Area, form.filed.area_code)
    assert finding.problem_type is not None  # a document with an untyped problem has a gap
    return ReportProblem(
        scope=Scope.HOUSEHOLD if form.household else Scope.AREA,
        level=LEVELS.get(area.level, Level.COUNTY),
        problem_type=finding.problem_type,
        content=finding.what or form.checklist.items[finding.item].zh,
        source=SOURCE,
        found_on=form.filed.visited_on,
        found_by=finding.found_by,
        item=finding.item,
        form_id=finding.form_id,
    )


def _place(session: Session, form: _Form) -> Place:
    return Place.of(
        session,
        form.filed.area_code,
        form.actor,
        household=form.household,
        campaign_id=form.filed.campaign_id,
    )


# What the monitoring procedure is told of


def _clue(session: Session, form: _Form, found: list[Finding]) -> tuple[Became, UUID | None]:
    """Open a clue for the household; if that is not the actor's to do, suggest it."""
    assert isinstance(form.policy.inspection_form, InspectionFormRules)
    rule, household = form.policy.inspection_form.clue, form.household
    if rule is None or household is None or form.actor is None:
        return Became.RECORD, None
    said = _filled(session, form)
    body = Open(
        channel=rule.channel,
        entry_point=rule.entry_point,
        discovered_on=form.filed.visited_on,
        warning=Warned(department=said.department) if said.department else None,
        risk_types=_risks(form.checklist, found),
        description="；".join(filter(None, (one.what for one in found)))[:2000] or None,
        form=_asked_there(form.policy, said.form),
    )
    try:
        with session.begin_nested():
            opened = openings.open_case(
                session, household.id, body, actor=form.actor, registry=form.registry
            )
    except EpisodeOpen as there:
        return Became.EPISODE, UUID(str(there.extra["case_id"]))
    except (NotYourRole, RequirementsNotMet, NoDocumentInForce):
        return Became.SUGGESTION, None
    return Became.CLUE, opened.case.id


def _risks(checklist: Checklist, found: list[Finding]) -> tuple[str, ...]:
    """Return the risks that the answers name, where the item asks for one."""
    named = (one.value for one in found if checklist.items[one.item].list == RISK_TYPES)
    return tuple(dict.fromkeys(value for value in named if value))


def _asked_there(policy: Policy, said: dict[str, Any]) -> dict[str, Any]:
    """Return the part of the document's own fields that it asks for with a clue, too."""
    opening = policy.monitoring_object.opening
    asked = {field.code for field in opening.form_fields} if opening else set()
    return {code: value for code, value in said.items() if code in asked}


def _filled(session: Session, form: _Form) -> FillForm:
    """Return what was handed in."""
    kept = session.get_one(Case, form.moved.case.id, populate_existing=True).dossier
    return FormDossier.model_validate({"entries": kept}).filled
