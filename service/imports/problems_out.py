"""The ledgers of problems as workbooks in the documents' own layouts, which can be imported again.

The columns are the ledger's of the document in force (TG-S03, 附件3-1 and 附件3-2), in its order
and under its headings. After them stand the item's number, by which a row is known again, the unit
that has an area's problem, and what an import needs and the document's ledger leaves out.
"""

from collections.abc import Iterator
from uuid import UUID

from pydantic import BaseModel
from sqlmodel import Session, col, select

from service.clock import office_date
from service.imports import ledger_sheet
from service.imports.ledger_sheet import ledger_of
from service.imports.problem_rows import COLUMNS, ITEM, LEVEL, LEVELS, PROBLEM_TYPE, UNIT
from service.imports.work import Order, Workshop
from service.registry import procedure_in_force
from service.store import register
from service.store.areas import Area, area_within, within
from service.store.households import Household
from service.store.policies import take_in
from service.store.remediation import ItemStanding, RemediationItem
from service.workbooks.tables import Column as SheetColumn
from service.workbooks.writing import Written
from service.workflows.kinds import Kind
from service.workflows.paper_forms import Column, Ledger
from service.workflows.policy import Policy
from service.workflows.remediation.events import Scope

LINES = {Scope.HOUSEHOLD: "household_problems", Scope.AREA: "area_problems"}
NEEDED = {Scope.HOUSEHOLD: (PROBLEM_TYPE,), Scope.AREA: (LEVEL, PROBLEM_TYPE)}
OURS = {Scope.HOUSEHOLD: (ITEM,), Scope.AREA: (UNIT, ITEM)}


class Asked(BaseModel):
    """Which problems are asked for: of which ledger, area and campaign."""

    scope: Scope
    area: str
    campaign: UUID | None = None
    ledger: str | None = None


def ledger_asked(policy: Policy, asked: Asked) -> Ledger:
    """Return the document's ledger that is asked for. Raises `NotInDocument`."""
    return ledger_of(policy, LINES[asked.scope], Kind.REMEDIATION_ITEM, asked.ledger)


def workbook(shop: Workshop, order: Order, about: str) -> bytes:
    """Return a ledger; `about` is what is `Asked`, as JSON."""
    asked = Asked.model_validate_json(about)

    def work(session: Session) -> bytes:
        take_in(session, shop.registry.rulebook)
        area = area_within(session, asked.area, order.actor.area_code)
        policy = procedure_in_force(session, shop.registry, area.code).policy
        ledger = ledger_asked(policy, asked)
        ours = _ours(ledger, asked.scope)
        townships = register.township_names(session, order.actor.area_code)
        lines = _lines(session, order, asked, policy, townships)
        rows = ([*map(line.value, ledger.columns), *map(line.ours, ours)] for line in lines)
        on = office_date(order.at)
        return ledger_sheet.workbook(ledger, ours, rows, area, order.actor.person_name, on)

    return shop.database.transact_now(work, keep=False)


def _ours(ledger: Ledger, scope: Scope) -> list[SheetColumn]:
    has = {column.code for column in ledger.columns}
    wanted = {*OURS[scope], *(code for code in NEEDED[scope] if code not in has)}
    return [column for column in COLUMNS[scope] if column.code in wanted]


def _lines(
    session: Session, order: Order, asked: Asked, policy: Policy, townships: dict[str, str]
) -> Iterator["_Line"]:
    query = (
        select(RemediationItem, Area, Household)
        .join(Area, col(Area.code) == col(RemediationItem.area_code))
        .join(Household, col(Household.id) == col(RemediationItem.household_id), isouter=True)
        .where(
            RemediationItem.scope == asked.scope,
            RemediationItem.standing != ItemStanding.VOID,
            within(RemediationItem.area_code, order.actor.area_code),
            within(RemediationItem.area_code, asked.area),
        )
        .order_by(col(RemediationItem.area_code), col(RemediationItem.case_id))
    )
    if asked.campaign:
        query = query.where(RemediationItem.campaign_id == asked.campaign)
    for number, (item, unit, household) in enumerate(session.exec(query), start=1):
        yield _Line(policy, item, unit, household, townships.get(unit.code), number)


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
        self._policy, self._item = policy, item
        self._said: dict[str, Written] = {
            "sequence": number,
            "township": township,
            "village": unit.name,
            "head_name": household.head_name if household else None,
            "household_type": self._word("household_types", item.household_type),
            "problem_level": LEVELS[item.level],
            "problem_type": self._word("problem_types", item.problem_type),
            "due_on": item.time_limit_on,
            UNIT: unit.name,
            ITEM: str(item.case_id),
        }

    def value(self, column: Column) -> Written:
        """Return what stands in a column; what the ledger cannot know is left empty."""
        if column.code in self._said:
            return self._said[column.code]
        value: Written = getattr(self._item, column.code, None)
        return value

    def ours(self, column: SheetColumn) -> Written:
        return self._said[column.code]

    def _word(self, name: str, code: str | None) -> str | None:
        entries = self._policy.lists.get(name, ())
        return next((entry.zh for entry in entries if entry.code == code), code)
