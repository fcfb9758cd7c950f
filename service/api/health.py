"""Alive, and ready: the database takes writes, its schema is current, its triggers stand."""

from datetime import timedelta

from fastapi import APIRouter, Request
from sqlalchemy import text
from sqlmodel import Session

from service.api.office import Office
from service.api.problems import refusals
from service.api.views import View
from service.codes import Label
from service.deadlines import watch as sweeping
from service.errors import NotReady
from service.notices import watch as delivery
from service.store import append_only, log_triggers, schema

router = APIRouter(tags=["health"])


class Health(View):
    status: str = "ok"


def check(session: Session, office: Office) -> None:
    """Raise `NotReady`, with every reason, unless a case could be moved and logged now."""
    if not schema.is_current(session):
        raise _missing(["database schema: run `dixian migrate`"])
    if absent := [*append_only.missing(session), *log_triggers.missing(session)]:
        raise _missing([f"trigger {name}" for name in absent])
    office.registry.calendars.current(session)
    session.execute(text("UPDATE calendar_year SET year = year WHERE year = -1"))


def _check_all(session: Session, office: Office) -> None:
    """Check also what a start cannot wait for: that somebody sweeps, and sends what is due."""
    check(session, office)
    now, settings, missing = office.clock.now(), office.settings, []
    minutes = settings.outbox_minutes
    if delivery.stands_still(session, now, timedelta(minutes=minutes)):
        missing.append(f"a deliverer: notices have waited for {minutes} minutes")
    minutes = settings.sweep_minutes
    if sweeping.stands_still(session, now, timedelta(minutes=minutes)):
        missing.append(f"a sweeper: deadlines have waited for {minutes} minutes")
    if missing:
        raise _missing(missing)


def _missing(reasons: list[str]) -> NotReady:
    missing = "; ".join(reasons)
    return NotReady(Label(zh=f"缺少：{missing}", en=f"Missing: {missing}."))


@router.get("/healthz", operation_id="alive")
async def alive() -> Health:
    """Tell that the process answers."""
    return Health()


@router.get("/readyz", operation_id="ready", responses=refusals(NotReady))
async def ready(request: Request) -> Health:
    """Tell whether the service can do its work now."""
    office: Office = request.app.state.office
    await office.database.transact(lambda session: _check_all(session, office))
    return Health()
