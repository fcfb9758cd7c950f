"""Data quality: the doubts that the data of monitored households raise, and what to do about each.

Doubts are looked into by people; nothing is barred by one.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from io import BytesIO
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field
from sqlalchemy import Select
from sqlmodel import Session

from service.api.cases import READ
from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.imports import XLSX
from service.api.item_filters import AreaQuery
from service.api.office import Office
from service.api.pages import PagingQuery, narrowed, page
from service.api.problems import refusals
from service.api.views import Page, View
from service.clock import office_date
from service.codes import Label
from service.errors import Malformed
from service.reports.doubts import Around, counted, doubtful, doubts_of
from service.store.areas import area_within
from service.store.people import Actor
from service.workbooks.writing import Heading, Written, write
from service.workflows.doubts import AT_THE_DOOR, Doubt

router = APIRouter(tags=["reports"], route_class=StrictRoute)

RULE = r"^[A-Z]{2}-[A-Z]?[0-9]{2,3}$"
RuleQuery = Annotated[str | None, Query(pattern=RULE)]

PATH = "/v1/reports/data-quality"
TITLE = "监测对象数据疑点"
HEADINGS = (
    Heading("规则", 10),
    Heading("疑点", 44),
    Heading("处理", 36),
    Heading("区划代码", 16),
    Heading("户主姓名", 12),
    Heading("识别日期", 12),
    Heading("消除日期", 12),
    Heading("案件", 40),
)


class DoubtOut(View):
    """A doubt: which rule, of which case and household, and what to do about it."""

    rule: str
    label: Label
    to_do: Label
    case_id: UUID
    household_id: UUID
    area_code: str
    policy: str
    state: str
    recognised_on: date
    eliminated_on: date | None
    case: str = Field(description="Where the case is.")


OF_THE_ROW = (
    "rule",
    "case_id",
    "household_id",
    "area_code",
    "policy",
    "state",
    "recognised_on",
    "eliminated_on",
)
"""What a doubt tells as it was found."""


class RuleOut(View):
    """A rule on data, and how many cases raise a doubt by it: as many as its list has.

    `at_the_door`: what is against it is refused on registration, so that none can be.
    """

    rule: str
    label: Label
    to_do: Label
    at_the_door: bool
    number: int
    list: str


class DataQualityOut(Page[DoubtOut]):
    """The doubts of an area, and how many there are by each rule, whichever was asked for."""

    area_code: str
    rules: list[RuleOut]


@router.get(
    "/reports/data-quality.xlsx",
    operation_id="getDataQualityWorkbook",
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}, **refusals(Malformed, *READ)},
)
async def get_data_quality_workbook(
    desk: AtDesk, area: AreaQuery = None, rule: RuleQuery = None
) -> Response:
    """Read every doubt of an area as a workbook, one row each."""

    def work(session: Session, actor: Actor) -> bytes:
        place = area_within(session, area or actor.area_code, actor.area_code)
        doubts, query = _asked(desk.office, place.code)
        key = (query.selected_columns.rule, query.selected_columns.case_id)
        found = session.execute(narrowed(query, _by(query, rule)).order_by(*key))
        content = BytesIO()
        write(content, HEADINGS, _rows(found, doubts), title=TITLE, line=place.name)
        return content.getvalue()

    named = {"Content-Disposition": 'attachment; filename="data-quality.xlsx"'}
    content = await desk.hand_out("export_data_quality", work)
    return Response(content, headers=named, media_type=XLSX)


@router.get(
    "/reports/data-quality",
    operation_id="getDataQuality",
    responses=refusals(Malformed, *READ),
)
async def get_data_quality(
    desk: AtDesk, paging: PagingQuery, area: AreaQuery = None, rule: RuleQuery = None
) -> DataQualityOut:
    """List the doubts of my area (`area`: there and below), by rule, and count them."""

    def work(session: Session, actor: Actor) -> DataQualityOut:
        place = area_within(session, area or actor.area_code, actor.area_code)
        doubts, query = _asked(desk.office, place.code)
        by_rule = {doubt.cite: doubt for doubt in doubts}
        numbers = counted(session, query)
        return DataQualityOut(
            area_code=place.code,
            rules=[_rule(doubt, numbers, place.code) for doubt in doubts],
            **page(
                session,
                narrowed(query, _by(query, rule)),
                paging,
                keys=[query.selected_columns.rule, query.selected_columns.case_id],
                parse=[_rule_id, UUID],
                shown=lambda row: _shown(row, by_rule),
                key_of=lambda row: [row.rule, str(row.case_id)],
            ),
        )

    return await desk.read(work)


def _asked(office: Office, area_code: str) -> tuple[Sequence[Doubt], Select[Any]]:
    """Return the doubts that there are, and the query for those of an area."""
    doubts = doubts_of(office.rulebook)
    around = Around.of(office.rulebook, office_date(office.clock.now()))
    return doubts, doubtful(doubts, area_code, around)


def _rule_id(text: str) -> str:
    """Read a rule's id out of a cursor. Raises `ValueError` for one that is none."""
    if not re.fullmatch(RULE, text):
        raise ValueError(text)
    return text


def _by(query: Select[Any], rule: str | None) -> tuple[str | None, Any]:
    return rule, lambda asked: query.selected_columns.rule == asked


def _shown(row: Any, by_rule: dict[str, Doubt]) -> DoubtOut:  # noqa: ANN401 - a row of any columns
    doubt = by_rule[row.rule]
    return DoubtOut(
        label=doubt.label,
        to_do=doubt.to_do,
        case=f"/v1/monitoring-objects/{row.case_id}",
        **{name: getattr(row, name) for name in OF_THE_ROW},
    )


def _rule(doubt: Doubt, numbers: dict[str, int], area_code: str) -> RuleOut:
    asked = urlencode({"area": area_code, "rule": doubt.cite, "count": "true"})
    return RuleOut(
        rule=doubt.cite,
        label=doubt.label,
        to_do=doubt.to_do,
        at_the_door=doubt.code == AT_THE_DOOR,
        number=numbers.get(doubt.cite, 0),
        list=f"{PATH}?{asked}",
    )


def _rows(found: Any, doubts: Sequence[Doubt]) -> Iterator[Sequence[Written]]:  # noqa: ANN401
    by_rule = {doubt.cite: doubt for doubt in doubts}
    for row in found:
        doubt = by_rule[row.rule]
        yield (
            row.rule,
            doubt.zh,
            doubt.to_do.zh,
            row.area_code,
            row.head_name,
            row.recognised_on,
            row.eliminated_on,
            str(row.case_id),
        )
