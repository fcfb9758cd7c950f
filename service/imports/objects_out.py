"""The register of households at risk and the ledger of their measures as workbooks.

They have who is a monitoring object now, under the headings of the document in force (SQ: 附件1,
附件2), numbers masked; after them what an import knows a row by. The ledger has a row for each
measure, and one for a household whose measures are to be agreed.
"""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel
from sqlmodel import Session, col, select

from service.clock import office_date
from service.imports import ledger_sheet
from service.imports.ledger_sheet import ledger_of
from service.imports.object_rows import (
    MEASURE_KIND,
    MEASURE_NUMBER,
    OBJECT,
    PLAN_COLUMNS,
    ROSTER_COLUMNS,
)
from service.imports.objects import PLANNING, RISK_LIST, YEAR_FIELD, word_of
from service.imports.understood import without_numbers
from service.imports.work import Order, Workshop
from service.registry import procedure_in_force
from service.store import register
from service.store.areas import Area, area_within, within
from service.store.cases import Case
from service.store.households import Household
from service.store.policies import take_in
from service.workbooks.tables import Column as SheetColumn
from service.workbooks.writing import Written
from service.workflows.kinds import Kind
from service.workflows.monitoring.assistance_events import Measure
from service.workflows.monitoring.dossier import MonitoringDossier
from service.workflows.monitoring.entry_events import Open
from service.workflows.paper_forms import Column, Ledger
from service.workflows.policy import Policy

Lines = Literal["households", "measures"]
OURS = {"households": {OBJECT}, "measures": {OBJECT, MEASURE_NUMBER, MEASURE_KIND}}
COLUMNS = {"households": ROSTER_COLUMNS, "measures": PLAN_COLUMNS}
BETWEEN = "、"


class Asked(BaseModel):
    """Which paper is asked for, and of which area."""

    lines: Lines
    area: str
    state: str | None = None


def ledger_asked(policy: Policy, asked: Asked) -> Ledger:
    """Return the document's ledger that is asked for. Raises `NotInDocument`."""
    return ledger_of(policy, asked.lines, Kind.MONITORING_OBJECT)


def workbook(shop: Workshop, order: Order, about: str) -> bytes:
    """Return a ledger; `about` is what is `Asked`, as JSON."""
    asked = Asked.model_validate_json(about)

    def work(session: Session) -> bytes:
        take_in(session, shop.registry.rulebook)
        area = area_within(session, asked.area, order.actor.area_code)
        policy = procedure_in_force(session, shop.registry, area.code).policy
        ledger = ledger_asked(policy, asked)
        ours = [one for one in COLUMNS[asked.lines] if one.code in OURS[asked.lines]]
        rows = _rows(shop, session, order, asked, ledger, ours)
        on = office_date(order.at)
        return ledger_sheet.workbook(ledger, ours, rows, area, order.actor.person_name, on)

    return shop.database.transact_now(work, keep=False)


def _rows(
    shop: Workshop,
    session: Session,
    order: Order,
    asked: Asked,
    ledger: Ledger,
    ours: list[SheetColumn],
) -> Iterator[list[Written]]:
    townships = register.township_names(session, order.actor.area_code)
    number = 0
    for case, household, village in session.exec(_open_cases(order, asked)):
        policy = shop.registry.pinned(session, case.policy).policy
        one = _Object(shop, session, policy, case, household)
        known = one.known() | {"village": village.name, "township": townships.get(village.code)}
        for said in one.measures() if asked.lines == "measures" else ({},):
            number += 1
            values = {**known, **said, "sequence": number}
            yield [*(_value(values, column) for column in ledger.columns)] + [
                values.get(column.code) for column in ours
            ]


def _open_cases(order: Order, asked: Asked) -> Any:  # noqa: ANN401 - the libraries' Select differ
    query = (
        select(Case, Household, Area)
        .join(Household, col(Household.id) == col(Case.household_id))
        .join(Area, col(Area.code) == col(Case.area_code))
        .where(
            Case.kind == Kind.MONITORING_OBJECT,
            col(Case.closed_at).is_(None),
            within(Case.area_code, order.actor.area_code),
            within(Case.area_code, asked.area),
        )
        .order_by(col(Case.area_code), col(Case.id))
    )
    return query.where(Case.state == asked.state) if asked.state else query


def _value(values: dict[str, Written], column: Column) -> Written:
    value = values.get(column.code)
    return column.otherwise if value is None else value


class _Object:
    """What one monitoring object has in the columns of both papers."""

    def __init__(
        self, shop: Workshop, session: Session, policy: Policy, case: Case, household: Household
    ) -> None:
        self._shop, self._session, self._policy = shop, session, policy
        self._case, self._household = case, household
        self._dossier = MonitoringDossier.model_validate({"entries": case.dossier})

    def known(self) -> dict[str, Written]:
        dossier, opened = self._dossier, self._dossier.last(Open)
        risks = (word_of(self._policy, RISK_LIST, code) for code in dossier.risk_types)
        year = dossier.answer(YEAR_FIELD)
        facts = register.facts_of(self._session, self._shop.vault, self._household)
        return facts | {
            OBJECT: str(self._case.id),
            "lifted_out_year": year if isinstance(year, int) else None,
            "risk_type": BETWEEN.join(risks),
            "risk_detail": without_numbers(opened.description or "") if opened else None,
            "helper": BETWEEN.join(one.helper_name for one in dossier.helpers.values()) or None,
        }

    def measures(self) -> Iterator[dict[str, Written]]:
        if plan := self._dossier.plan:
            yield from map(self._measure, plan.measures)
        elif self._case.state == PLANNING:
            yield {}

    def _measure(self, measure: Measure) -> dict[str, Written]:
        risk = measure.risk_type
        return {
            MEASURE_NUMBER: measure.number,
            MEASURE_KIND: measure.kind,
            "risk_type": word_of(self._policy, RISK_LIST, risk) if risk else None,
            "measures": measure.what,
            "measures_due_on": measure.due_on,
        }
