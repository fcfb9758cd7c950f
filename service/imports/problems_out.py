"""The ledgers of problems as workbooks in the documents' own layouts, which can be imported again.

The columns are the ledger's of the document in force (TG-S03, 附件3-1 and 附件3-2), in its order
and under its headings. Ours stand after them: the item's number, by which a row is known again, and
for an area's problem the unit that has it.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import Session, col, select

from service.clock import office_date
from service.errors import NotInDocument
from service.imports.problem_rows import COLUMNS, ITEM, UNIT
from service.imports.work import Order, Workshop
from service.registry import procedure_in_force
from service.store import register
from service.store.areas import Area, area_within, within
from service.store.households import Household
from service.store.policies import take_in
from service.store.remediation import ItemStanding, RemediationItem
from service.workbooks.writing import Heading, Written, write
from service.workflows.kinds import KINDS, Kind
from service.workflows.paper_forms import Column, Ledger
from service.workflows.policy import Policy
from service.workflows.remediation.events import Scope

LINES = {Scope.HOUSEHOLD: "household_problems", Scope.AREA: "area_problems"}
WIDTH = 16
OURS = {Scope.HOUSEHOLD: (ITEM,), Scope.AREA: (UNIT, ITEM)}


def workbook(shop: Workshop, order: Order, about: str) -> bytes:
    """Return a ledger; `about` is `<scope> <area> <campaign, or nothing>`."""
    scope, area_code, *campaign = about.split()

    def work(session: Session) -> bytes:
        take_in(session, shop.registry.rulebook)
        area = area_within(session, area_code, order.actor.area_code)
        policy = procedure_in_force(session, shop.registry, area.code).policy
        ledger = ledger_of(policy, Scope(scope))
        rows = _rows(session, order, policy, ledger, Scope(scope), area, *campaign)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "ledger.xlsx"
            title = f"{ledger.zh}（{area.name}，{office_date(order.at)}）"
            write(path, _headings(ledger, Scope(scope)), rows, title=title)
            return path.read_bytes()

    return shop.database.transact_now(work, keep=False)


def ledger_of(policy: Policy, scope: Scope) -> Ledger:
    """Return the document's ledger of problems. Raises `NotInDocument` where it has none."""
    for ledger in policy.ledgers:
        if ledger.lines == LINES[scope]:
            return ledger
    raise NotInDocument(policy.ref, KINDS[Kind.REMEDIATION_ITEM])


def _headings(ledger: Ledger, scope: Scope) -> list[Heading]:
    """Return the document's headings, those under one heading together, and ours."""
    found = []
    for under, columns in groupby(ledger.columns, lambda column: column.under):
        single = [Heading(column.zh, WIDTH) for column in columns]
        found += [Heading(under.zh, below=tuple(single))] if under else single
    ours = {column.code: column for column in COLUMNS[scope]}
    return [*found, *(Heading(ours[code].names[0], ours[code].width) for code in OURS[scope])]


def _rows(
    session: Session,
    order: Order,
    policy: Policy,
    ledger: Ledger,
    scope: Scope,
    area: Area,
    campaign_id: str | None = None,
) -> Iterator[list[Written]]:
    query = (
        select(RemediationItem, Area, Household)
        .join(Area, col(Area.code) == col(RemediationItem.area_code))
        .join(Household, col(Household.id) == col(RemediationItem.household_id), isouter=True)
        .where(
            RemediationItem.scope == scope,
            RemediationItem.standing != ItemStanding.VOID,
            within(RemediationItem.area_code, order.actor.area_code),
            within(RemediationItem.area_code, area.code),
        )
        .order_by(col(RemediationItem.area_code), col(RemediationItem.case_id))
    )
    if campaign_id:
        query = query.where(RemediationItem.campaign_id == campaign_id)
    townships = register.townships(session, order.actor.area_code)
    for number, (item, unit, household) in enumerate(session.exec(query), start=1):
        line = _Line(policy, item, unit, household, townships.get(unit.code), number)
        ours = {ITEM: str(item.case_id), UNIT: unit.name}
        yield [*(line.value(one) for one in ledger.columns), *(ours[one] for one in OURS[scope])]


class _Line:
    """What one problem has in each column of a ledger."""

    def __init__(
        self,
        policy: Policy,
        item: RemediationItem,
        unit: Area,
        household: Household | None,
        township: str | None,
        number: int,
    ) -> None:
        self._policy, self._number, self._township = policy, number, township
        self._item, self._unit, self._household = item, unit, household

    def value(self, column: Column) -> Written:
        """Return what stands in a column; what the ledger cannot know is left empty."""
        item = self._item
        said: dict[str, Written] = {
            "sequence": self._number,
            "township": self._township,
            "village": self._unit.name,
            "head_name": self._household.head_name if self._household else None,
            "household_type": self._word("household_types", item.household_type),
            "problem_level": self._word("problem_levels", item.level.value),
            "problem_type": self._word("problem_types", item.problem_type),
            "due_on": item.time_limit_on,
        }
        if column.code in said:
            return said[column.code]
        value: Written = getattr(item, column.code, None)
        return value

    def _word(self, name: str, code: str | None) -> str | None:
        entries = self._policy.lists.get(name, ())
        return next((entry.zh for entry in entries if entry.code == code), code)
