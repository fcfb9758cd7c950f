"""The units of a supervision as they are looked at, and what was issued or decided after it."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from sqlmodel import Session, col, select

from service.store.areas import Area, AreaLevel, AreaReach, within
from service.store.campaigns import windows_of
from service.store.cases import CaseRow, Line
from service.store.database import wire
from service.store.households import Household
from service.store.supervisions import (
    CIRCULAR,
    UNITS,
    Sanction,
    Supervision,
    SupervisionUnit,
    UnitStanding,
)
from service.workflows.statement import Event
from service.workflows.supervision.checks import Surroundings
from service.workflows.supervision.events import (
    ExcuseUnit,
    IssueCircular,
    PlanSupervision,
    RecordCheck,
    RecordSanction,
    SupervisionDossier,
)

NOTED = (IssueCircular, RecordSanction)
LOOKED_AT = (AreaLevel.TOWNSHIP, AreaLevel.VILLAGE)


def keep(session: Session, case: CaseRow, line: Line, _entry: dict[str, Any], body: Event) -> None:
    """Write the rows of a plan, or what an event changes in them."""
    keeper = KEEPERS.get(body.event)
    if keeper:
        keeper(session, case, line, body)
        session.flush()


def _plan(session: Session, case: CaseRow, _line: Line, body: PlanSupervision) -> None:
    session.add(
        Supervision(
            case_id=case.id,
            campaign_id=case.campaign_id,
            area_code=case.area_code,
            **body.model_dump(include={"method", "by_unit", "first_day", "last_day"}),
        )
    )
    session.flush()
    rows = [
        {
            "supervision_id": case.id,
            "area_code": one.unit,
            "checked_by": one.checked_by,
            "standing": UnitStanding.PLANNED,
            "problems": 0,
        }
        for one in body.units
    ]
    wire(session).execute(insert(UNITS), rows)


def _check(session: Session, case: CaseRow, _line: Line, body: RecordCheck) -> None:
    changes = {
        "standing": UnitStanding.CHECKED,
        "checked_on": body.checked_on,
        "problems": UNITS.c.problems + len(body.findings),
        "reason": None,
    }
    _change(session, case.id, body.unit, changes)


def _excuse(session: Session, case: CaseRow, _line: Line, body: ExcuseUnit) -> None:
    changes = {"standing": UnitStanding.EXCUSED, "reason": body.reason}
    _change(session, case.id, body.unit, changes)


def _change(session: Session, case_id: UUID, unit: str, changes: dict[str, Any]) -> None:
    own = update(UNITS).where(UNITS.c.supervision_id == case_id, UNITS.c.area_code == unit)
    wire(session).execute(own.values(changes))


def _circular(session: Session, case: CaseRow, line: Line, body: IssueCircular) -> None:
    plan = session.get_one(Supervision, case.id)
    told = body.model_dump(include={"number", "department", "person", "content"})
    session.add(
        Sanction(
            supervision_id=case.id,
            seq=line.seq,
            kind=CIRCULAR,
            decided_on=body.issued_on,
            decided_by=plan.by_unit,
            area_code=body.unit,
            **told,
        )
    )


def _sanction(session: Session, case: CaseRow, line: Line, body: RecordSanction) -> None:
    told = body.model_dump(include={"number", "decided_on", "decided_by", "department", "person"})
    session.add(
        Sanction(
            supervision_id=case.id,
            seq=line.seq,
            kind=body.sanction,
            area_code=body.unit,
            content=body.reason,
            **told,
        )
    )


KEEPERS: dict[str, Callable[..., None]] = {
    "plan_supervision": _plan,
    "record_check": _check,
    "excuse_unit": _excuse,
    "issue_circular": _circular,
    "record_sanction": _sanction,
}
"""Event -> what writes its rows."""


def look(session: Session, case: CaseRow, body: Event | None) -> Surroundings:
    """Return what the database says of the places and the days that a body names."""
    if isinstance(body, PlanSupervision):
        return Surroundings(case.area_code, _units(session, case), _windows(session, case))
    if isinstance(body, RecordCheck):
        named = {one.household_id for one in body.findings if one.household_id}
        homes = _homes(session, named)
        return Surroundings(case.area_code, {}, _windows(session, case), homes)
    return Surroundings(case.area_code)


def _units(session: Session, case: CaseRow) -> dict[str, str]:
    found = select(Area.code, Area.level).where(
        within(Area.code, case.area_code), col(Area.level).in_(LOOKED_AT)
    )
    return {code: str(level) for code, level in session.exec(found)}


def _windows(session: Session, case: CaseRow) -> dict[str, tuple[date, date]]:
    if case.campaign_id is None:
        return {}
    windows = windows_of(session, case.campaign_id)
    return {window.phase: (window.first_on, window.last_on) for window in windows}


def _homes(session: Session, households: set[UUID]) -> dict[UUID, frozenset[str]]:
    """Return in which areas, from its village up, each of some households lies."""
    if not households:
        return {}
    found = (
        select(Household.id, AreaReach.ancestor_code)
        .join(AreaReach, col(AreaReach.area_code) == col(Household.area_code))
        .where(col(Household.id).in_(households))
    )
    homes: dict[UUID, set[str]] = {}
    for household_id, code in session.exec(found):
        homes.setdefault(household_id, set()).add(code)
    return {household_id: frozenset(codes) for household_id, codes in homes.items()}


def contradictions(session: Session, case: CaseRow, dossier: SupervisionDossier) -> Iterator[str]:
    """Yield where the rows of a supervision do not say what its dossier says."""
    if dossier.plan is None or session.get(Supervision, case.id) is None:
        yield "it has no row among the supervisions"
        return
    rows = select(SupervisionUnit).where(SupervisionUnit.supervision_id == case.id)
    kept = {row.area_code: row for row in session.exec(rows)}
    if set(kept) != set(dossier.units):
        yield "its units are not those of its plan"
    for unit, row in kept.items():
        if (row.standing, row.problems) != _seen(dossier, unit):
            yield f"what is kept of its unit {unit} is not what was seen there"
    noted = select(Sanction.seq).where(Sanction.supervision_id == case.id)
    if set(session.exec(noted)) != {
        entry.seq for entry in dossier.entries if isinstance(entry.body, NOTED)
    }:
        yield "its circulars and sanctions are not those that were recorded"


def _seen(dossier: SupervisionDossier, unit: str) -> tuple[UnitStanding, int]:
    """Return how a unit stands by what was said of it last, and the problems of all its checks."""
    checks = [(entry.seq, body) for entry, body in dossier.all(RecordCheck) if body.unit == unit]
    excused = [entry.seq for entry, body in dossier.all(ExcuseUnit) if body.unit == unit]
    standing = UnitStanding.PLANNED
    if checks or excused:
        last = max((seq for seq, _ in checks), default=0) > max(excused, default=0)
        standing = UnitStanding.CHECKED if last else UnitStanding.EXCUSED
    return standing, sum(len(body.findings) for _, body in checks)
