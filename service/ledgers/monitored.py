"""What each statement on a monitored household changes in the row that doubts are asked of."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update

from service.store.monitored import MEASURES, MONITORED, RISKS
from service.workflows.eligibility import HouseholdFacts
from service.workflows.statement import as_number

RECOGNISED = "monitored"
"""The state in which a household's entry is complete, under every document."""

OPENS = "open"
REVIEWS = {OPENS, "conclude_review"}
PLANS = {"agree_plan", "revise_plan"}
SAYS_SOMETHING = REVIEWS | PLANS | {"record_criteria", "mark_eliminated"}
MOST_PERSONS = 1000


def keep_entry(connection: Connection, case_id: UUID, entry: Mapping[str, Any], state: str) -> None:
    """Write what one entry of a dossier says anew; `state` is where it led."""
    body = entry["body"]
    event = body["event"]
    if event not in SAYS_SOMETHING and state != RECOGNISED and not body.get("facts"):
        return
    if event == OPENS:
        connection.execute(insert(MONITORED).values(case_id=case_id, described=False))
    mine = MONITORED.c.case_id == case_id
    row = connection.execute(select(MONITORED).where(mine)).mappings().one_or_none()
    if row is None:
        return
    if changes := told(dict(row), entry, state):
        connection.execute(update(MONITORED).where(mine).values(changes))
    if event in REVIEWS and body["risk_types"]:
        _put(connection, RISKS.c.risk_type, case_id, body["risk_types"])
    if event in PLANS:
        kinds = (measure["kind"] for measure in body["measures"])
        _put(connection, MEASURES.c.kind, case_id, kinds)


def told(row: Mapping[str, Any], entry: Mapping[str, Any], state: str) -> dict[str, Any]:
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
    if state == RECOGNISED and row["recognised_on"] is None:
        changes["recognised_on"] = date.fromisoformat(entry["on"])
        changes["recognised_income_fen"] = changes.get("income_fen", row["income_fen"])
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


def _put(connection: Connection, column: Any, case_id: UUID, codes: Iterable[str]) -> None:  # noqa: ANN401
    """Let these codes take the place of those that stood there."""
    connection.execute(delete(column.table).where(column.table.c.case_id == case_id))
    rows = [{"case_id": case_id, column.name: code} for code in sorted(set(codes))]
    connection.execute(insert(column.table), rows)
