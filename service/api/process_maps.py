"""The process map of a document: for auditors, as numbers and as a picture."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlmodel import Session

from service.api.audit_lists import REF, PeriodQuery
from service.api.cases import READ
from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.notices import NO_SCRIPT
from service.api.problems import refusals
from service.api.views import View
from service.api.wanted import wanted
from service.audit.proofs import check_auditor
from service.codes import Label
from service.errors import Malformed, NotAcceptable, NotFound, NotYourRole
from service.process_map.counting import Asked, ProcessMap, Stay, Variant, count, state_label
from service.process_map.picture import svg
from service.store.areas import area_within
from service.store.people import Actor
from service.store.policies import take_in
from service.workflows.kinds import Kind
from service.workflows.machine import Procedure

router = APIRouter(prefix="/audit", tags=["audit"], route_class=StrictRoute)

JSON, SVG = "application/json", "image/svg+xml"
MOST_LINES = 200_000
"""Lines that are counted while somebody waits; for more there is `dixian audit map`."""


class StayOut(View):
    """How cases were in a state. `again`: how often one came back. Hours by the clock."""

    state: str
    label: Label
    cases: int
    visits: int
    again: int
    open: int
    median_hours: float | None
    longest_hours: float | None

    @classmethod
    def of(cls, state: str, stay: Stay, procedure: Procedure) -> "StayOut":
        return cls(
            state=state,
            label=state_label(procedure, state),
            cases=stay.cases,
            visits=stay.visits,
            again=stay.again,
            open=stay.open,
            median_hours=stay.median_hours,
            longest_hours=stay.longest_hours,
        )


class WayOut(View):
    """How often cases went from a state to another; `back`: into one that they had left."""

    from_: Annotated[str, Field(alias="from")]
    to: str
    times: int
    back: int


class VariantOut(View):
    """One way through the states, and how many cases took it so far."""

    states: list[str]
    cases: int
    median_hours: float | None

    @classmethod
    def of(cls, variant: Variant) -> "VariantOut":
        return cls(
            states=list(variant.states), cases=variant.cases, median_hours=variant.median_hours
        )


class ProcessMapOut(View):
    """What was counted from the lines. Of the variants the most frequent are told."""

    policy: str
    kind: Kind
    area_code: str
    cases: int
    lines: int
    reworked_cases: int
    variants_in_all: int
    states: list[StayOut]
    ways: list[WayOut]
    variants: list[VariantOut]


@router.get(
    "/process-map",
    operation_id="getProcessMap",
    response_model=ProcessMapOut,
    responses={
        200: {"content": {SVG: {"schema": {"type": "string"}}}},
        **refusals(Malformed, *READ, NotYourRole, NotAcceptable),
    },
)
async def get_process_map(
    desk: AtDesk,
    opened: PeriodQuery,
    policy: Annotated[str, Query(pattern=REF, description="`id@version`.")],
    kind: Kind = Kind.MONITORING_OBJECT,
    area: Annotated[str | None, Query(pattern=r"^[0-9]{12}$")] = None,
) -> Response:
    """Read how the cases of a kind really went under a version of a document (Accept: JSON, SVG).

    `since` and `until` are the days on which they were opened.
    """
    form = wanted(desk.request, (JSON, SVG))

    def work(session: Session, actor: Actor) -> tuple[ProcessMap, Procedure, str]:
        check_auditor(actor)
        place = area_within(session, area or actor.area_code, actor.area_code).code
        procedure = _procedure(session, desk, policy, kind)
        asked = Asked(place, kind, policy, opened.since, opened.until)
        found = count(session, asked, MOST_LINES)
        if found is None:
            raise Malformed(
                Label(
                    zh=f"超过{MOST_LINES}行，请缩小地区或期间，或用 dixian audit map",
                    en=f"Over {MOST_LINES} lines: name a smaller area or period, or use"
                    " `dixian audit map`.",
                )
            )
        return found, procedure, place

    found, procedure, place = await desk.read(work)
    if form == SVG:
        return Response(
            svg(found, procedure), headers={"Content-Security-Policy": NO_SCRIPT}, media_type=SVG
        )
    shown = told(found, procedure, place)
    return Response(shown.model_dump_json(by_alias=True), media_type=JSON)


def _procedure(session: Session, desk: AtDesk, policy: str, kind: Kind) -> Procedure:
    """Return the procedure. Raises `NotFound` for a document or a kind that there is not."""
    rulebook = desk.office.rulebook
    if policy not in rulebook:
        take_in(session, rulebook)
    if policy not in rulebook or kind not in rulebook.pinned(policy).policy.kinds:
        raise NotFound
    return rulebook.pinned(policy, kind)


def told(found: ProcessMap, procedure: Procedure, area_code: str) -> ProcessMapOut:
    """Return what was counted, its states in the order of the document."""
    return ProcessMapOut(
        policy=procedure.policy.ref,
        kind=procedure.kind,
        area_code=area_code,
        cases=found.cases,
        lines=found.lines,
        reworked_cases=found.reworked,
        variants_in_all=len(found.variants),
        states=[
            StayOut.of(state, found.stays[state], procedure) for state in found.states(procedure)
        ],
        ways=[
            WayOut.model_validate(
                {"from": source, "to": target, "times": times, "back": found.back[source, target]}
            )
            for (source, target), times in found.ways.most_common()
        ],
        variants=[VariantOut.of(one) for one in found.most_frequent],
    )
