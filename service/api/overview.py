"""The supervisor's views: totals with the list behind each, and on-time rates."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated

from fastapi import APIRouter, Query
from sqlmodel import Session

from service.api.deadline_filters import Filters, FiltersQuery
from service.api.deadlines import now_at
from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.office import Office
from service.api.problems import refusals
from service.api.views import OfficeInstant, View
from service.clock import office_date
from service.codes import Label
from service.errors import (
    Malformed,
    NotSignedIn,
    PositionNeeded,
)
from service.overview.asked import AskedState
from service.overview.totals import GroupedBy, Totals, open_totals, yearly_totals
from service.store.people import Actor
from service.workflows.kinds import KINDS
from service.workflows.policy import Policy

router = APIRouter(tags=["deadlines"], route_class=StrictRoute)
LOOKING = refusals(Malformed, NotSignedIn, PositionNeeded)
LIST = "/v1/deadlines"
NOWHERE = Label(zh="本级及其他", en="at this level, or elsewhere")
MONTHS = range(1, 13)


class Cell(View):
    """One total, and the list that it counts; none for what no single filter can ask for."""

    count: int
    list: str | None


class SummaryRow(View):
    """What is open in one group. What is due soon runs, and is counted there as well.

    `rank` is by what is overdue, the most first; groups with as much have the same.
    """

    key: str | None
    label: Label
    rank: int
    overdue: Cell
    due_soon: Cell
    running: Cell
    suspended: Cell


class Summary(View):
    by: GroupedBy
    as_of: OfficeInstant
    items: list[SummaryRow]
    total: SummaryRow


class Rate(View):
    """What fell due: done in time, done late, or not done yet. Null where nothing fell due."""

    on_time: int
    late: int
    overdue: int
    rate: float | None

    @classmethod
    def of(cls, counts: Mapping[AskedState, int]) -> "Rate":
        on_time, late, overdue = (
            counts.get(state, 0) for state in (AskedState.MET, AskedState.LATE, AskedState.OVERDUE)
        )
        due = on_time + late + overdue
        rate = round(on_time / due, 4) if due else None
        return cls(on_time=on_time, late=late, overdue=overdue, rate=rate)


class OnTimeRow(View):
    """The twelve months of one group, each by its last days. `rank` is by the year's rate."""

    key: str | None
    label: Label
    rank: int | None
    months: list[Rate]
    year: Rate


class OnTime(View):
    year: int
    by: GroupedBy
    as_of: OfficeInstant
    items: list[OnTimeRow]
    total: OnTimeRow


@router.get("/deadlines/summary", operation_id="summariseDeadlines", responses=LOOKING)
async def summarise_deadlines(
    desk: AtDesk, filters: FiltersQuery, by: GroupedBy = GroupedBy.TOWNSHIP
) -> Summary:
    """Count the open deadlines within my area, group by group; each cell links to its list."""

    def work(session: Session, actor: Actor) -> Summary:
        now = now_at(session, desk.office)
        totals = open_totals(session, filters.asked(session, actor), by, now)
        labels = _labels(totals, by, desk.office)
        everywhere = totals.all
        if not totals.groups.get(None):
            totals.groups.pop(None, None)
        ranked = _ranked({key: -n[AskedState.OVERDUE] for key, n in totals.groups.items()})
        rows = [
            _row(key, labels.get(key, NOWHERE), rank, totals.groups[key], filters, by)
            for key, rank in ranked
        ]
        total = Label(zh="合计", en="total")
        return Summary(
            by=by,
            as_of=now.at,
            items=rows,
            total=_row(None, total, 0, everywhere, filters, None),
        )

    return await desk.read(work)


def _row(
    key: str | None,
    label: Label,
    rank: int,
    counts: Counter[AskedState],
    filters: Filters,
    by: GroupedBy | None,
) -> SummaryRow:
    also = {"area" if by.level else by.value: key} if by else {}
    cells = {
        state: Cell(
            count=counts[state],
            list=filters.link(LIST, state=state.value, **also) if key or by is None else None,
        )
        for state in (
            AskedState.OVERDUE,
            AskedState.DUE_SOON,
            AskedState.RUNNING,
            AskedState.SUSPENDED,
        )
    }
    return SummaryRow(key=key, label=label, rank=rank, **{s.value: c for s, c in cells.items()})


def _ranked(by_key: Mapping[str | None, float]) -> Iterator[tuple[str | None, int]]:
    """Yield the keys in the order of their measures, those alike with the same rank."""
    order = sorted(by_key, key=lambda key: (by_key[key], key is None, key))
    for key in order:
        yield key, 1 + sum(1 for other in order if by_key[other] < by_key[key])


def _labels(totals: Totals, by: GroupedBy, office: Office) -> dict[str | None, Label]:
    if by.level:
        return {code: Label(zh=name, en=name) for code, name in totals.names.items()}
    if by is GroupedBy.KIND:
        return {kind.value: label for kind, label in KINDS.items()}
    return {
        key: _called(office.rulebook.pinned(ref).policy, by, key)
        for key, ref in totals.policies.items()
    }


def _called(policy: Policy, by: GroupedBy, key: str) -> Label:
    """Return what a document calls a role, or a time limit of any of its kinds."""
    if by is GroupedBy.HOLDER:
        return policy.roles[key].label
    limits = (limit for rules in policy.kinds.values() for limit in rules.time_limits)
    return next(limit.label for limit in limits if limit.id == key)


@router.get("/deadlines/on-time", operation_id="rateDeadlines", responses=LOOKING)
async def rate_deadlines(
    desk: AtDesk,
    filters: FiltersQuery,
    by: GroupedBy = GroupedBy.TOWNSHIP,
    year: Annotated[
        int | None, Query(ge=1950, le=2189, description="This year, where none is named.")
    ] = None,
) -> OnTime:
    """Rate how much of what fell due in each month of a year was done in time."""

    def work(session: Session, actor: Actor) -> OnTime:
        now = now_at(session, desk.office)
        of_year = year or office_date(now.at).year
        totals = yearly_totals(session, filters.asked(session, actor), by, of_year, now)
        labels = _labels(totals, by, desk.office)
        rows = {
            key: _year(key, labels.get(key, NOWHERE), counts)
            for key, counts in totals.groups.items()
            if key is not None or counts
        }
        rated = {key: -row.year.rate for key, row in rows.items() if row.year.rate is not None}
        ranked = list(_ranked(rated))
        items = [rows[key].model_copy(update={"rank": rank}) for key, rank in ranked]
        items += [row for key, row in rows.items() if key not in rated]
        total = _year(None, Label(zh="合计", en="total"), totals.all)
        return OnTime(year=of_year, by=by, as_of=now.at, items=items, total=total)

    return await desk.read(work)


def _year(key: str | None, label: Label, counts: Counter[tuple[int, AskedState]]) -> OnTimeRow:
    months = [{s: n for (m, s), n in counts.items() if m == month} for month in MONTHS]
    whole: Counter[AskedState] = Counter()
    for (_, state), n in counts.items():
        whole[state] += n
    return OnTimeRow(
        key=key, label=label, rank=None, months=[Rate.of(m) for m in months], year=Rate.of(whole)
    )
