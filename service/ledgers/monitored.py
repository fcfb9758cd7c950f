"""What each statement on a monitored household changes in the row that doubts are asked of."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, case, delete, func, insert, update

from service.store.monitored import MEASURES, MONITORED, RISKS
from service.workflows.eligibility import HouseholdFacts
from service.workflows.statement import as_number

RECOGNISED = "monitored"
"""The state that a household comes to when its entry is complete, under every document."""

OPENS = "open"
REVIEWS = {OPENS, "conclude_review"}
PLANS = {"agree_plan", "revise_plan"}
MOST_PERSONS = 1000

_NEW = insert(MONITORED)
_CHANGED = update(MONITORED).where(MONITORED.c.case_id == bindparam("of_case"))
_RECOGNISED = _CHANGED.values(
    recognised_on=func.coalesce(MONITORED.c.recognised_on, bindparam("day")),
    recognised_income_fen=case(
        (
            MONITORED.c.recognised_on.is_(None),
            func.coalesce(bindparam("income"), MONITORED.c.income_fen),
        ),
        else_=MONITORED.c.recognised_income_fen,
    ),
)
"""The day and the income of the first recognition: a second leaves them."""


def keep_entry(
    connection: Connection, case_id: UUID, entry: Mapping[str, Any], *, recognised: bool
) -> None:
    """Write what one entry of a dossier says anew; `recognised` where it completed the entry.

    One statement for the row, and two where the risks or the measures are others.
    """
    body, changes = entry["body"], told(entry)
    is_new = body["event"] == OPENS
    if is_new:
        changes = {"case_id": case_id, "described": False} | changes
        connection.execute(_NEW, changes)
    if recognised:
        first = {"day": date.fromisoformat(entry["on"]), "income": changes.get("income_fen")}
        connection.execute(_RECOGNISED, {"of_case": case_id, **first, **changes})
    elif changes and not is_new:
        connection.execute(_CHANGED, {"of_case": case_id, **changes})
    if body["event"] in REVIEWS and body["risk_types"]:
        _put(connection, RISKS.c.risk_type, case_id, body["risk_types"], is_first=is_new)
    if body["event"] in PLANS:
        kinds = (measure["kind"] for measure in body["measures"])
        _put(connection, MEASURES.c.kind, case_id, kinds)


def told(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that an entry changes."""
    body, changes = entry["body"], dict[str, Any]()
    facts = body.get("facts")
    income = _income_fen(facts) if facts else None
    if facts:
        changes |= {"income_fen": income, "persons": facts["income"]["persons"]}
    event = body["event"]
    if event in REVIEWS:
        words = body.get("description") or body.get("reason")
        changes |= _asked(body["form"]) | ({"described": True} if words else {})
    elif event == "record_criteria":
        changes["eliminated_income_fen"] = income
    elif event == "mark_eliminated":
        changes["eliminated_on"] = date.fromisoformat(body["marked_on"])
        changes["means"] = body["means"]
    return changes


def _income_fen(facts: Mapping[str, Any]) -> int:
    return int(HouseholdFacts.model_validate(facts).per_capita_net_income * 100)


def _asked(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the document's form asks and doubts compare, as far as it is told."""
    found = {name: form[name] for name in ("marked_for_support", "on_allowance") if name in form}
    able = as_number(form.get("able_to_work"))
    if able is not None and 0 <= able <= MOST_PERSONS:
        found["able_to_work"] = int(able)
    return found


def _put(
    connection: Connection,
    column: Any,  # noqa: ANN401
    case_id: UUID,
    codes: Iterable[str],
    *,
    is_first: bool = False,
) -> None:
    """Let these codes take the place of those that stood there."""
    if not is_first:
        connection.execute(delete(column.table).where(column.table.c.case_id == case_id))
    rows = [{"case_id": case_id, column.name: code} for code in sorted(set(codes))]
    connection.execute(insert(column.table), rows)
