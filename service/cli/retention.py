"""`dixian audit retention`: what is older than its term, and its erasure."""

from functools import partial
from typing import Annotated

import typer
from sqlmodel import Session

from service import erasure
from service.cli.common import Failed, out, the_database
from service.clock import SystemClock, office_date
from service.config import Settings
from service.publication import is_administrator
from service.store.attachments import FolderStore
from service.store.people import Actor, by_username, positions_held

TERM_OVER = erasure.Ground.TERM_OVER


def retention(
    *,
    erase: Annotated[bool, typer.Option("--erase", help="Erase them, each with a line.")] = False,
    by: Annotated[
        str | None, typer.Option(help="The user name of the administrator who erases.")
    ] = None,
) -> None:
    """List the households whose term is over; with --erase, erase what is personal of them.

    Lines of the log are never removed, and nothing that is younger than its term.
    """
    settings, database, now = Settings(), the_database(), SystemClock().now()
    years = settings.retention_years
    if years is None:
        raise Failed("No term is set: name the years in DIXIAN_RETENTION_YEARS.")
    old = database.transact_now(lambda s: list(erasure.term_is_over(s, now, years)), keep=False)
    for household in old:
        out.print(f"{household.id} ({household.area_code})")
    out.print(f"{len(old)} household(s) whose every case ended before the term of {years} year(s).")
    if not erase:
        return
    actor = database.transact_now(lambda s: _administrator(s, by), keep=False)
    files = FolderStore(settings.attachments_path)
    for household in old:
        order = erasure.Order(household.id, TERM_OVER, actor, now, term_years=years)
        for sha256 in database.transact_now(partial(_erase, order)):
            files.remove(sha256)
    out.print(f"{len(old)} erased; the log says so.")


def _erase(order: erasure.Order, session: Session) -> list[str]:
    return erasure.erase(session, order).files


def _administrator(session: Session, username: str | None) -> Actor:
    person = by_username(session, username) if username else None
    today = office_date(SystemClock().now())
    held = positions_held(session, person.id, today) if person else ()
    found = [one for one in held if is_administrator(one)]
    if len(found) != 1:
        raise Failed("Name an administrator of a county or above: --by USERNAME.")
    return found[0]
