"""The documents as data, their machines, and every code list."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from starlette.exceptions import HTTPException

from service.api.desk import AtDesk, Desk
from service.api.door import StrictRoute
from service.api.office import Office
from service.api.problems import refusals
from service.api.views import View, coded
from service.blockers import BLOCKERS
from service.clock import office_date
from service.codes import CodeLabel, Label
from service.drawing import svg
from service.errors import REFUSALS, NotFound, NotSignedIn
from service.notices.templates import TEMPLATES
from service.store.policies import take_in
from service.workflows.deadlines import TimeLimit
from service.workflows.events import EVENTS
from service.workflows.kinds import Kind
from service.workflows.machine import Procedure, table
from service.workflows.monitoring.stages import STATES
from service.workflows.policy import Policy
from service.workflows.words import WORDS

router = APIRouter(tags=["policies"], route_class=StrictRoute)

PolicyPath = Annotated[str, Path(pattern=r"^[a-z0-9-]{3,48}$")]
VersionQuery = Annotated[int | None, Query(ge=1, le=9999)]
MERMAID, SVG = "text/vnd.mermaid", "image/svg+xml"


class PolicyOut(View):
    """A version of a document, and when and where cases are opened under it.

    `area_code`: the area it was published at, for there and below; null: everywhere.
    """

    id: str
    version: int
    ref: str
    label: Label
    document: str
    issued_by: str
    issued_on: date | None
    in_force_from: date | None
    in_force_to: date | None
    area_code: str | None

    @classmethod
    def of(cls, policy: Policy, area_code: str | None) -> "PolicyOut":
        return cls(
            **policy.model_dump(include=set(cls.model_fields)),
            ref=policy.ref,
            label=Label(zh=policy.zh, en=policy.en),
            area_code=area_code,
        )


class PolicyList(View):
    items: list[PolicyOut]


class MoveOut(View):
    """One move of the machine: from where, by what, to where; who, what it needs, which rule."""

    source: str
    event: str
    target: str
    by: list[str]
    requires: list[str]
    limits: list[str]
    cite: str


class MachineOut(View):
    """A machine as data. `holder` in a `by` is whoever the case waits for at that stage."""

    policy: str
    kind: Kind
    initial: str
    states: list[CodeLabel]
    events: list[CodeLabel]
    moves: list[MoveOut]
    time_limits: list[TimeLimit]


class Codes(View):
    """Every code list with its labels: of the service, and of each policy by its `ref`."""

    lists: dict[str, list[CodeLabel]]
    policies: dict[str, dict[str, list[CodeLabel]]]


@router.get("/policies", operation_id="listPolicies", responses=refusals(NotSignedIn))
async def list_policies(desk: AtDesk) -> PolicyList:
    """List every version of the documents that this installation knows."""
    await desk.admit()
    return PolicyList(items=[PolicyOut.of(p.policy, p.area_code) for p in desk.office.rulebook])


@router.get(
    "/policies/{policy_id}", operation_id="getPolicy", responses=refusals(NotSignedIn, NotFound)
)
async def get_policy(policy_id: PolicyPath, desk: AtDesk, version: VersionQuery = None) -> Policy:
    """Read a document as data: route, roles, requirements, limits, each with its provision.

    Without `version`: the one in force today; where none is, the newest.
    """
    await desk.admit()
    return _procedure(desk, policy_id, version).policy


@router.get(
    "/policies/{policy_id}/machines/{kind}",
    operation_id="getMachine",
    response_model=MachineOut,
    responses={
        200: {"content": {form: {"schema": {"type": "string"}} for form in (MERMAID, SVG)}},
        **refusals(NotSignedIn, NotFound),
    },
)
async def get_machine(
    policy_id: PolicyPath,
    kind: Kind,
    desk: AtDesk,
    version: VersionQuery = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "*/*",
) -> Any:  # noqa: ANN401 - a model, or the diagram's text
    """Read a machine as JSON, or drawn: `Accept: text/vnd.mermaid` or `image/svg+xml`."""
    await desk.admit()
    procedure = _procedure(desk, policy_id, version, kind)
    if MERMAID in accept:
        return Response(procedure.diagram("mermaid"), media_type=MERMAID)
    if SVG in accept:
        return Response(svg(procedure), media_type=SVG)
    if not any(form in accept for form in ("*/*", "application/*", "application/json")):
        raise HTTPException(406)
    return MachineOut(
        policy=procedure.policy.ref,
        kind=kind,
        initial=procedure.rules.first_state,
        states=[coded(state, label) for state, label in procedure.states.items()],
        events=[
            coded(event, body.label)
            for event, body in procedure.rules.catalogue.items()
            if event in {move.event for move in procedure.moves} | {procedure.rules.opens}
        ],
        moves=[
            MoveOut(
                source=row.source,
                event=row.event,
                target=row.target,
                by=list(row.by),
                requires=list(row.requires),
                limits=list(row.limits),
                cite=row.cite,
            )
            for row in table(procedure)
        ],
        time_limits=list(procedure.rules.time_limits),
    )


def _procedure(
    desk: Desk,
    policy_id: str,
    version: int | None,
    kind: Kind = Kind.MONITORING_OBJECT,
) -> Procedure:
    rulebook, today = desk.office.rulebook, office_date(desk.office.clock.now())
    found = rulebook.in_force(policy_id, today) or rulebook.newest(policy_id)
    if version is not None:
        ref = f"{policy_id}@{version}"
        found = rulebook.pinned(ref) if ref in rulebook else None
    if found is None or kind not in found.policy.kinds:
        raise NotFound
    return rulebook.pinned(found.policy.ref, kind)


@router.get("/codes", operation_id="listCodes")
async def list_codes(request: Request) -> Codes:
    """List every code this interface uses, with its labels."""
    office: Office = request.app.state.office
    rulebook = office.rulebook
    await office.database.read(lambda session: take_in(session, rulebook))
    return Codes(
        lists={
            "states": [coded(code, label) for code, label in STATES.items()],
            "events": [coded(code, body.label) for code, body in EVENTS.items()],
            "refusals": [coded(refusal.code, refusal.title) for refusal in REFUSALS],
            "blockers": [coded(code, label) for code, label in BLOCKERS.items()],
            "notice_templates": [coded(code, t.title) for code, t in TEMPLATES.items()],
            **{
                name: [coded(code, label) for code, label in words.items()]
                for name, words in WORDS.items()
            },
        },
        policies={
            procedure.policy.ref: {
                name: list(entries) for name, entries in procedure.policy.lists.items()
            }
            for procedure in rulebook
        },
    )
