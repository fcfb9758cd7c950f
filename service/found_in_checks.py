"""What a supervision finds becomes work: an item to be put right for every problem of a check."""

from sqlmodel import Session

from service import openings
from service.moves import Moved
from service.openings import Place
from service.registry import Registry
from service.store.areas import Area
from service.store.households import Household
from service.store.people import Actor
from service.store.supervisions import Supervision
from service.workflows.kinds import Kind
from service.workflows.remediation.events import Level, ReportProblem, Scope
from service.workflows.statement import Event
from service.workflows.supervision.events import Finding, RecordCheck
from service.workflows.supervision.rules import SupervisionRules


def open_items(
    session: Session, moved: Moved, body: Event, actor: Actor | None, registry: Registry
) -> None:
    """Open an item for each finding of a check, of its unit or of one of its households.

    Nothing is opened under a document that has no ledger of problems. Raises
    `RequirementsNotMet` for a finding that the ledger would not take.
    """
    assert isinstance(body, RecordCheck)
    document = registry.pinned(session, moved.case.policy).policy
    if Kind.REMEDIATION_ITEM not in document.kinds or not body.findings:
        return
    procedure = registry.pinned(session, moved.case.policy, Kind.REMEDIATION_ITEM)
    rules = document.kinds[Kind.SUPERVISION]
    assert isinstance(rules, SupervisionRules)
    method = rules.method(session.get_one(Supervision, moved.case.id).method)
    assert method is not None  # nothing was planned by another
    unit = session.get_one(Area, body.unit)
    for finding in body.findings:
        place = _place(session, moved, finding, unit)
        problem = _problem(finding, body, unit, method.source or method.code)
        openings.begin(session, procedure, place, problem, actor=actor, registry=registry)


def _place(session: Session, moved: Moved, finding: Finding, unit: Area) -> Place:
    campaign_id = moved.case.campaign_id
    if finding.household_id is None:
        return Place(unit.code, unit.name, campaign_id=campaign_id)
    household = session.get_one(Household, finding.household_id)
    village = session.get_one(Area, household.area_code)
    return Place(village.code, village.name, household, campaign_id)


def _problem(finding: Finding, check: RecordCheck, unit: Area, source: str) -> ReportProblem:
    is_area = finding.household_id is None
    return ReportProblem(
        scope=Scope.AREA if is_area else Scope.HOUSEHOLD,
        level=Level(unit.level.value) if is_area else None,
        problem_type=finding.problem_type,
        content=finding.content,
        source=source,
        found_on=check.checked_on,
        found_by=check.checked_by[0],
    )
