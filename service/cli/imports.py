"""`dixian import`: a workbook taken in from the command line, as over the interface."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from pydantic import TypeAdapter
from rich.progress import Progress
from sqlmodel import Session, col, delete, select

from service.blockers import Blocker
from service.cli.common import Failed, out, the_database
from service.clock import SystemClock, office_date
from service.config import Settings
from service.imports import work
from service.imports.entries import Outcome
from service.imports.receiving import begin_commit, check_file, check_layout, keep, received
from service.imports.report import hint
from service.imports.work import Order, Workshop
from service.imports.workers import open_workshop
from service.store.columns import new_id
from service.store.imports import DataImport, ImportFinding, ImportState
from service.store.people import Actor, by_username, positions_held
from service.workflows.fields import Line

SHOWN = 20
ALSO_CALLED = {"findings": "household_problems"}
"""What the command calls a layout beside its name."""


def import_file(
    layout: Annotated[str, typer.Argument(help="households, findings, …")],
    file: Path,
    by: Annotated[str, typer.Option(help="The user name of the official who brings it.")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would become of it.")
    ] = False,
    without_refused: Annotated[
        bool, typer.Option("--without-refused", help="Leave out what is refused.")
    ] = False,
) -> None:
    """Take in a workbook: every row is validated, then all is written, or nothing."""
    layout = ALSO_CALLED.get(layout, layout)
    check_layout(layout)
    content, name = file.read_bytes(), TypeAdapter(Line).validate_python(file.name)
    check_file(name, content)
    database, now = the_database(), SystemClock().now()
    actor = database.transact_now(lambda session: _actor(session, by), keep=False)
    sha256 = hashlib.sha256(content).hexdigest()
    row = received(new_id(now), layout, name, len(content), sha256, actor, now)
    order = Order(row.id, row.run, actor, now)
    shop = open_workshop(Settings(), order)
    shop.uploads.put(row.id, content)
    database.transact_now(lambda session: keep(session, row, actor))
    try:
        with _progress("validating") as tell:
            work.validate(replace(shop, tell=tell), order)
        stored = _stored(shop, order)
        _show(shop, stored)
    finally:
        if dry_run:
            _forget(shop, order)
    if dry_run:
        out.print("Nothing was written.")
        return
    _commit(shop, order, without_refused=without_refused)


def _actor(session: Session, username: str) -> Actor:
    person = by_username(session, username)
    today = office_date(SystemClock().now())
    held = positions_held(session, person.id, today) if person else ()
    if len(held) != 1:
        raise Failed(f"{username} holds {len(held)} position(s) today; it takes one to import.")
    return held[0]


def _commit(shop: Workshop, order: Order, *, without_refused: bool) -> None:
    def begin(session: Session) -> Order:
        stored = session.get_one(DataImport, order.import_id)
        return begin_commit(stored, order.actor, order.at, without_refused=without_refused)

    order = shop.database.transact_now(begin)
    with _progress("committing") as tell:
        work.commit(replace(shop, tell=tell), order)
    stored = _stored(shop, order)
    if stored.state is not ImportState.COMMITTED:
        raise Failed(_problem(stored))
    out.print(f"Committed: {_counts(stored)}.")


def _stored(shop: Workshop, order: Order) -> DataImport:
    def find(session: Session) -> DataImport:
        return session.get_one(DataImport, order.import_id)

    return shop.database.transact_now(find, keep=False)


def _show(shop: Workshop, stored: DataImport) -> None:
    """Print what was found. Raises `Failed` for a file that cannot be read."""
    if stored.state is not ImportState.VALIDATED:
        raise Failed(_problem(stored))
    refused = (
        select(ImportFinding)
        .where(ImportFinding.import_id == stored.id, col(ImportFinding.is_refusal))
        .order_by(col(ImportFinding.row), col(ImportFinding.seq))
        .limit(SHOWN)
    )
    for one in shop.database.transact_now(lambda s: s.exec(refused).all(), keep=False):
        label = hint(one)
        out.print(f"{one.column or ''}{one.row}: {label.zh} {label.en}", markup=False)
    out.print(f"Validated as {stored.id}: {_counts(stored)}.")


def _counts(stored: DataImport) -> str:
    rows = stored.counts["rows"]
    return ", ".join(f"{rows[what]} {what}" for what in ("read", *Outcome)) + " rows"


def _problem(stored: DataImport) -> str:
    kept = stored.problem or {"code": "import_failed", "need": (), "have": ()}
    return Blocker(kept["code"], tuple(kept["need"]), tuple(kept["have"])).label.en


def _forget(shop: Workshop, order: Order) -> None:
    def drop(session: Session) -> None:
        of_this = col(ImportFinding.import_id) == order.import_id
        session.exec(delete(ImportFinding).where(of_this))
        session.exec(delete(DataImport).where(col(DataImport.id) == order.import_id))

    shop.database.transact_now(drop)
    shop.uploads.remove(order.import_id)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[UUID, int], None]]:
    """Show how far a step has come, where a terminal is there to show it."""
    with Progress(console=out, disable=not out.is_terminal, transient=True) as bar:
        task = bar.add_task(what, total=100)
        yield lambda _import_id, percent: bar.update(task, completed=percent)
