"""`dixian export`: the log taken away by whoever runs the installation, as over the interface."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from pydantic import TypeAdapter
from rich.progress import Progress
from sqlmodel import Session

from service.cli.common import Failed, out, the_database
from service.clock import SystemClock
from service.exports.asked import Filter
from service.exports.formats import FORMATS, SIGNED
from service.exports.work import Order, Wanted, finish, order, written
from service.exports.work import resume as begin_again
from service.exports.writing import AnotherExport
from service.store.database import Database
from service.workflows.fields import Text
from service.workflows.kinds import Kind

SEVERAL = " May come again."


def export(  # noqa: PLR0913 - each option is an argument
    folder: Path,
    *,
    purpose: Annotated[str, typer.Option(help="What it is for; it stands in the manifest.")] = "",
    format_: Annotated[
        list[str] | None, typer.Option("--format", help=f"{', '.join(FORMATS)}.{SEVERAL}")
    ] = None,
    area: Annotated[str | None, typer.Option(help="Only cases in this area.")] = None,
    kind: Annotated[list[Kind] | None, typer.Option(help=f"Of this kind.{SEVERAL}")] = None,
    case: Annotated[list[UUID] | None, typer.Option(help=f"This case.{SEVERAL}")] = None,
    policy: Annotated[list[str] | None, typer.Option(help=f"Under id@version.{SEVERAL}")] = None,
    event: Annotated[list[str] | None, typer.Option(help=f"Such acts.{SEVERAL}")] = None,
    actor: Annotated[list[UUID] | None, typer.Option(help=f"By this person.{SEVERAL}")] = None,
    since: Annotated[str | None, typer.Option(help="Received on this day or later.")] = None,
    until: Annotated[str | None, typer.Option(help="Received on this day or before.")] = None,
    held: Annotated[list[int] | None, typer.Option(help="A size that the auditor holds.")] = None,
    resume: Annotated[UUID | None, typer.Option(help="Go on with this export.")] = None,
) -> None:
    """Write the log, or what fits a filter, into a folder, with its proof."""
    now, database = SystemClock().now(), the_database()
    if unknown := set(format_ or ()) - set(FORMATS):
        raise Failed(f"There is no format {unknown.pop()!r}: take {', '.join(FORMATS)}.")
    if resume:
        given = database.transact_now(lambda session: begin_again(session, resume, now))
    else:
        told = {
            "area": area,
            "kinds": kind or (),
            "cases": case or (),
            "policies": policy or (),
            "events": event or (),
            "actors": actor or (),
            "since": since,
            "until": until,
        }
        wanted = Wanted(
            filter=Filter.model_validate(told),
            formats=format_ or [SIGNED],
            purpose=TypeAdapter(Text).validate_python(purpose),
            held=held or (),
        )
        given = database.transact_now(lambda session: _ordered(session, wanted, now))
        out.print(f"Export {given.id}; should it break off, --resume {given.id} goes on with it.")
    _carry_out(database, given, folder)


def _ordered(session: Session, wanted: Wanted, now: datetime) -> Order:
    row = order(session, wanted, None, now)
    return Order(row.id, row.run, now)


def _carry_out(database: Database, given: Order, folder: Path) -> None:
    with Progress(console=out, disable=not out.is_terminal, transient=True) as bar:
        task = bar.add_task("writing", total=1)

        def work(session: Session) -> dict[str, Any]:
            tell = lambda share: bar.update(task, completed=share)  # noqa: E731 - said once
            return written(session, given.id, folder, given.at, tell)

        try:
            manifest = database.transact_now(work, keep=False)
        except AnotherExport as problem:
            raise Failed(str(problem)) from problem
    now = SystemClock().now()
    database.transact_now(lambda session: finish(session, given, folder, now))
    out.print(f"{manifest['count']} line(s) in {folder}.")
