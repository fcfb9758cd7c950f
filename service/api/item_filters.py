"""What the list of problems may be narrowed by; every number of a report names its list so."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, Select, exists
from sqlmodel import col

from service.api.pages import narrowed
from service.reports.tables import UNSTATED
from service.store.areas import within
from service.store.cases import Case
from service.store.deadlines import Deadline, DeadlineState, state_at
from service.store.remediation import ItemStanding, RemediationItem
from service.workflows.fields import Day
from service.workflows.remediation.events import Level, Scope

CodeQuery = Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,48}$")]
AreaQuery = Annotated[str | None, Query(pattern=r"^[0-9]{12}$")]
Counted = Literal["found", "in_progress", "rectified", "void"]
"""How a problem counts; `found` are all that were found, those put right and those not."""


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of one request, each with the condition that it stands for."""

    asked: tuple[tuple[Any, Callable[[Any], ColumnElement[bool]]], ...]
    overdue: bool | None

    def narrow(self, query: Select[Any], now: datetime) -> Select[Any]:
        """Return the query with every filter that was asked for; overdue is what is so now."""
        late = is_overdue(now)
        overdue = (self.overdue, lambda asked: late if asked else ~late)
        return narrowed(query, *self.asked, overdue)


def is_overdue(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a case has a limit that is over."""
    return exists().where(
        col(Deadline.case_id) == col(Case.id), state_at(now) == DeadlineState.OVERDUE
    )


def counts_as(standing: Counted) -> ColumnElement[bool]:
    column = col(RemediationItem.standing)
    if standing == "found":
        return column != ItemStanding.VOID
    return column == ItemStanding(standing)


def _item_filters(
    campaign: UUID | None = None,
    area: AreaQuery = None,
    area_itself: Annotated[AreaQuery, Query(description="In it, and not below it.")] = None,
    scope: Scope | None = None,
    level: Level | None = None,
    problem_type: CodeQuery = None,
    risk_type: Annotated[CodeQuery, Query(description=f"{UNSTATED}: none was named.")] = None,
    household_type: CodeQuery = None,
    source: CodeQuery = None,
    standing: Counted | None = None,
    state: CodeQuery = None,
    responsible_unit: Annotated[str | None, Query(max_length=100)] = None,
    department: CodeQuery = None,
    household: UUID | None = None,
    form: UUID | None = None,
    group: UUID | None = None,
    overdue: bool | None = None,
    found_from: Day | None = None,
    found_to: Day | None = None,
) -> Filters:
    item = RemediationItem
    equal: tuple[tuple[object, Any], ...] = (
        (campaign, item.campaign_id),
        (area_itself, item.area_code),
        (scope, item.scope),
        (level, item.level),
        (problem_type, item.problem_type),
        (household_type, item.household_type),
        (source, item.source),
        (state, Case.state),
        (responsible_unit, item.responsible_unit),
        (department, item.department),
        (household, item.household_id),
        (form, item.form_id),
        (group, item.group_id),
    )
    return Filters(
        asked=(
            *((asked, _equals(column)) for asked, column in equal),
            (area, lambda code: within(item.area_code, code)),
            (risk_type, _of_risk),
            (standing, counts_as),
            (found_from, lambda day: col(item.found_on) >= day),
            (found_to, lambda day: col(item.found_on) <= day),
        ),
        overdue=overdue,
    )


def _of_risk(code: str) -> ColumnElement[bool]:
    return col(RemediationItem.risk_type) == (None if code == UNSTATED else code)


def _equals(column: Any) -> Callable[[Any], ColumnElement[bool]]:  # noqa: ANN401
    return lambda asked: col(column) == asked


ItemFilters = Annotated[Filters, Depends(_item_filters)]
