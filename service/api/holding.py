"""Who held the time of a case, and of an area's cases; and pressing for one (催办)."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from uuid import UUID

from fastapi import APIRouter, Response
from sqlmodel import Session

from service import urging
from service.api.cases import READ, WRITE, case_within
from service.api.deadlines import now_at
from service.api.desk import Answer, AtDesk
from service.api.door import StrictRoute
from service.api.office import Office
from service.api.problems import refusals
from service.api.views import CaseOut, TransitionOut, View
from service.clock import office_date
from service.codes import Label
from service.errors import (
    EventNotAllowed,
    IfMatchMissing,
    Malformed,
    NotSignedIn,
    PositionNeeded,
    StaleVersion,
)
from service.overview import holding
from service.store.areas import Area, AreaLevel
from service.store.cases import Case
from service.store.people import Actor
from service.workflows.fields import Day
from service.workflows.kinds import Kind

router = APIRouter(tags=["deadlines"], route_class=StrictRoute)
LOOKING = refusals(Malformed, NotSignedIn, PositionNeeded)


class SpanOut(View):
    """A stretch in which a case waited: at which state, for whom, how many working days."""

    state: str
    state_label: Label
    role: str
    role_label: Label
    level: AreaLevel
    area_code: str | None
    area_name: str | None
    from_on: date
    to_on: date
    working_days: int


class HeldOut(View):
    """What a role held in all."""

    role: str
    role_label: Label
    level: AreaLevel
    working_days: int
    cases: int
    working_days_per_case: float


class CaseHolding(View):
    """Who used up the time of a case: stretch by stretch, by position and by level."""

    case_id: UUID
    spans: list[SpanOut]
    by_role: list[HeldOut]
    by_level: dict[AreaLevel, int]
    working_days: int


class AreaHolding(View):
    """Who used up the time of an area's cases."""

    key: str
    label: Label
    by_role: list[HeldOut]
    working_days: int


class Holding(View):
    kind: Kind
    opened_from: date
    opened_to: date
    items: list[AreaHolding]


class UrgedOut(View):
    case: CaseOut
    transition: TransitionOut


@router.get("/cases/{case_id}/holding", operation_id="getCaseHolding", responses=refusals(*READ))
async def get_case_holding(case_id: UUID, desk: AtDesk) -> CaseHolding:
    """Tell how many working days each level and position held a case."""
    office = desk.office

    def work(session: Session, actor: Actor) -> CaseHolding:
        case = case_within(session, case_id, actor)
        spans = holding.of_case(session, case, office.registry, now_at(session, office))
        there = holding.positions(session, case.area_code)
        by_level: Counter[AreaLevel] = Counter()
        for span in spans:
            by_level[span.level] += span.working_days
        return CaseHolding(
            case_id=case.id,
            spans=[_span(span, case, there, office) for span in spans],
            by_role=_held(holding.by_role(spans), office),
            by_level=dict(by_level),
            working_days=sum(by_level.values()),
        )

    return await desk.read(work)


def _span(
    span: holding.Span, case: Case, there: Mapping[AreaLevel, Area], office: Office
) -> SpanOut:
    procedure = office.rulebook.pinned(span.policy, case.kind)
    area = there.get(span.level)
    return SpanOut(
        state=span.state,
        state_label=procedure.states[span.state],
        role=span.role,
        role_label=procedure.policy.roles[span.role].label,
        level=span.level,
        area_code=area.code if area else None,
        area_name=area.name if area else None,
        from_on=span.from_on,
        to_on=span.to_on,
        working_days=span.working_days,
    )


def _held(held: holding.ByRole, office: Office) -> list[HeldOut]:
    return [
        HeldOut(
            role=role,
            role_label=office.rulebook.pinned(one.policy).policy.roles[role].label,
            level=level,
            working_days=one.working_days,
            cases=one.cases,
            working_days_per_case=round(one.working_days / one.cases, 2),
        )
        for (role, level), one in sorted(held.items(), key=lambda it: -it[1].working_days)
    ]


@router.get("/holding", operation_id="summariseHolding", responses=LOOKING)
async def summarise_holding(
    desk: AtDesk,
    by: AreaLevel = AreaLevel.TOWNSHIP,
    kind: Kind = Kind.MONITORING_OBJECT,
    opened_from: Day | None = None,
    opened_to: Day | None = None,
) -> Holding:
    """Tell who used up the time of the cases that were opened from a day to a day: this year's.

    It reads every line of these cases: a report for the month, not a list for the day.
    """
    office = desk.office

    def work(session: Session, actor: Actor) -> Holding:
        now = now_at(session, office)
        today = office_date(now.at)
        first, last = opened_from or date(today.year, 1, 1), opened_to or today
        asked = holding.Opened(kind, first, last)
        names, held = holding.of_areas(
            session, actor.area_code, by, asked, registry=office.registry, now=now
        )
        items = [
            AreaHolding(
                key=code,
                label=Label(zh=name, en=name),
                by_role=_held(held[code], office),
                working_days=sum(one.working_days for one in held[code].values()),
            )
            for code, name in names.items()
        ]
        return Holding(kind=kind, opened_from=first, opened_to=last, items=items)

    return await desk.read(work)


@router.post(
    "/cases/{case_id}/urge",
    operation_id="urgeCase",
    status_code=201,
    response_model=UrgedOut,
    responses=refusals(*WRITE, EventNotAllowed, StaleVersion, IfMatchMissing),
)
async def urge_case(case_id: UUID, desk: AtDesk) -> Response:
    """Press the position that holds a case: a line and a notice, never a move."""
    office, seen_version = desk.office, desk.seen_version

    def work(session: Session, actor: Actor) -> Answer:
        case, line = urging.urge(
            session, case_id, seen_version=seen_version, actor=actor, registry=office.registry
        )
        body = UrgedOut(
            case=CaseOut.of(case, office.rulebook),
            transition=TransitionOut.of(line, case.kind, office.rulebook),
        )
        return Answer(body, headers={"ETag": f'"{case.version}"'})

    return await desk.write(urging.URGE, work, case_id=case_id)
