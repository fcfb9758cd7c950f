"""Reports of a whole area: how many problems there are, and where the list of each number is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Path, Response
from sqlmodel import Session

from service.api.cases import READ
from service.api.desk import AtDesk, Desk
from service.api.door import StrictRoute
from service.api.imports import XLSX
from service.api.item_filters import AreaQuery
from service.api.problems import refusals
from service.api.rosters import campaign_seen
from service.api.views import OfficeInstant, View
from service.clock import office_date
from service.codes import Label
from service.errors import Malformed, NoDocumentInForce, NotFound
from service.registry import Registry, in_force_in
from service.reports.counting import HOUSEHOLDS, PERSONS, Whose
from service.reports.sheets import workbook
from service.reports.tables import BY, BY_UNIT, NAMES, Line, Table, by_unit, listed_by, rolled_up
from service.store.areas import Area, area_within
from service.store.people import Actor
from service.workflows.policy import Policy
from service.workflows.rulebook import Rulebook

router = APIRouter(tags=["reports"], route_class=StrictRoute)

ReportName = Annotated[
    str,
    Path(
        pattern=r"^[a-z][a-z0-9_]{0,47}$",
        description=f"{', '.join(NAMES)}, or a roll-up of the document.",
    ),
]


class CellOut(View):
    """A number of a report; `list` is where those are that it counts, `total` there equals it.

    Of persons it is the list of their households. No number: the unit does not fill this column,
    or it is not told row by row.
    """

    column: str
    value: int | None
    list: str | None


class RowOut(View):
    """A row of a report, or its total. `under`: the heading over this row and others."""

    label: Label
    under: Label | None
    cells: list[CellOut]


class ColumnOut(View):
    """The heading of a column; `under` stands over it and its neighbours."""

    code: str
    label: Label
    under: Label | None


class HeaderOut(View):
    """A field above the table, and what stands in it."""

    code: str
    label: Label
    value: str


class ReportOut(View):
    """A report as it stands now: found is what is put right and what is being put right."""

    name: str
    title: Label
    annex: str | None
    policy: str | None
    campaign_id: UUID | None
    area_code: str
    area_name: str
    generated_at: OfficeInstant
    header: list[HeaderOut]
    columns: list[ColumnOut]
    rows: list[RowOut]
    total: RowOut


@dataclass(frozen=True, slots=True)
class Drawn:
    """A report that was drawn up: its table, of whom, under which document, its header."""

    table: Table
    area: Area
    whose: Whose
    policy: Policy | None
    values: dict[str, str]


@router.get(
    "/reports/{name}.xlsx",
    operation_id="getReportWorkbook",
    response_class=Response,
    responses={
        200: {"content": {XLSX: {}}},
        **refusals(Malformed, *READ, NoDocumentInForce),
    },
)
async def get_report_workbook(
    name: ReportName, desk: AtDesk, area: AreaQuery = None, campaign: UUID | None = None
) -> Response:
    """Read a report as a workbook in the layout of the document's form."""
    drawn = await desk.hand_out("export_report", _drawing(desk, name, area, campaign))
    content = workbook(drawn.table, drawn.area.name, drawn.values)
    named = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(content, headers=named, media_type=XLSX)


@router.get(
    "/reports/{name}",
    operation_id="getReport",
    responses=refusals(Malformed, *READ, NoDocumentInForce),
)
async def get_report(
    name: ReportName, desk: AtDesk, area: AreaQuery = None, campaign: UUID | None = None
) -> ReportOut:
    """Tell how many problems there are in an area and below it, of a campaign or of all."""
    drawn = await desk.read(_drawing(desk, name, area, campaign))
    table, whose = drawn.table, drawn.whose
    return ReportOut(
        name=name,
        title=table.title,
        annex=table.annex,
        policy=drawn.policy.ref if drawn.policy else None,
        campaign_id=campaign,
        area_code=drawn.area.code,
        area_name=drawn.area.name,
        generated_at=desk.office.clock.now(),
        header=[
            HeaderOut(code=one.code, label=one.label, value=drawn.values.get(one.code, ""))
            for one in table.header
        ],
        columns=[
            ColumnOut(code=one.code, label=one.label, under=one.under) for one in table.columns
        ],
        rows=[_row(line, table, whose) for line in table.lines],
        total=_row(table.total, table, whose),
    )


def _drawing(
    desk: Desk, name: str, area: str | None, campaign: UUID | None
) -> Callable[[Session, Actor], Drawn]:
    """Return what draws a report up.

    It raises `NotFound`, and `NoDocumentInForce` for a document's own.
    """
    office = desk.office

    def work(session: Session, actor: Actor) -> Drawn:
        place = area_within(session, area or actor.area_code, actor.area_code)
        whose = Whose(place.code, campaign)
        policy = _policy(session, whose, actor, office.registry)
        if name not in known_reports(office.rulebook):
            raise NotFound
        table = _table(session, name, policy, place, whose)
        filled_on = office_date(office.clock.now()).isoformat()
        values = {"unit": place.name, "filler": actor.person_name, "filled_on": filled_on}
        return Drawn(table, place, whose, policy, values)

    return work


def known_reports(rulebook: Rulebook) -> set[str]:
    """Return the name of every report that any document knows."""
    own = {one.code for procedure in rulebook for one in procedure.policy.rollups}
    return own | set(NAMES)


def _policy(session: Session, whose: Whose, actor: Actor, registry: Registry) -> Policy | None:
    """Return the document of the campaign, or that in force in the area. Raises `NotFound`."""
    if whose.campaign_id is None:
        procedure = in_force_in(session, registry, whose.area_code)
        return procedure.policy if procedure else None
    case, _ = campaign_seen(session, whose.campaign_id, actor)
    return registry.pinned(session, case.policy).policy


def _table(session: Session, name: str, policy: Policy | None, area: Area, whose: Whose) -> Table:
    """Return a report by its name. Raises `NotFound`; `NoDocumentInForce` for a document's own."""
    if name == BY_UNIT:
        return by_unit(session, area, whose)
    if name in BY:
        return listed_by(session, name, policy.lists if policy else {}, whose)
    if policy is None:
        raise NoDocumentInForce
    rollup = next((one for one in policy.rollups if one.code == name), None)
    if rollup is None:
        raise NotFound
    return rolled_up(session, rollup, policy.lists["problem_types"], area, whose)


def _row(line: Line, table: Table, whose: Whose) -> RowOut:
    cells = []
    for head in table.columns:
        if head.is_number:
            value = line.counts.get(head.code) if head.is_filled else None
            where = _list_of(head.code, line, whose) if value is not None else None
            cells.append(CellOut(column=head.code, value=value, list=where))
    return RowOut(label=line.label, under=line.under, cells=cells)


def _list_of(column: str, line: Line, whose: Whose) -> str:
    """Return where the list is of what a number counts; its total is the number."""
    area, campaign = whose.area_code, str(whose.campaign_id)
    if column in {HOUSEHOLDS, PERSONS}:
        asked = {"area": area, "to_recognise": campaign, "count": "true"}
        return f"/v1/households?{urlencode(asked)}"
    filters = {"area": area, "standing": column, **line.filters, "count": "true"}
    if whose.campaign_id:
        filters["campaign"] = campaign
    return f"/v1/remediation-items?{urlencode(filters)}"
