"""The `dixian` command. It exits with 0 only when it did what it says; errors are one line."""

import asyncio
import json
import os
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
import uvicorn
from pydantic import ValidationError
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, func, select

import service
from service import demo, handbook, scheduler
from service.api.office import open_office
from service.audit.dixian_verify import Malformed
from service.audit.keeping import Ticked
from service.audit.merkle import HashName
from service.audit.signer import LogKeyError, RolledBack, Signer
from service.checkpoints import keep_log
from service.cli import audit, policies
from service.cli import calendars as calendars_cli
from service.cli.accounts import area_app, user_app
from service.cli.common import Failed, out, the_database, the_rulebook
from service.cli.exports import export
from service.cli.imports import import_file
from service.cli.process_maps import process_map
from service.cli.retention import retention
from service.clock import SystemClock
from service.config import Settings
from service.consequences import follow
from service.deadlines.sweep import Swept
from service.deadlines.turns import sweep_due
from service.errors import Refusal
from service.main import create_app, log_in_json
from service.notices.delivery import deliver_due
from service.programmes import open_due
from service.registry import Registry
from service.store import calendars, schema
from service.store.calendars import Calendars, CalendarYear
from service.store.database import Database
from service.store.deliveries import Outcome
from service.store.households import Member
from service.store.log import LogHead
from service.store.vault import KeysError, load_keys
from service.workflows.policy import PolicyError
from service.workflows.rulebook import Rulebook

ROOT = Path(service.__file__).resolve().parent.parent

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(policies.app, name="policy")
app.add_typer(calendars_cli.app, name="calendar")
app.add_typer(audit.app, name="audit")
app.add_typer(user_app, name="user")
app.add_typer(area_app, name="area")
app.command("import")(import_file)
app.command("export")(export)
audit.app.command("export")(export)
audit.app.command("map")(process_map)
audit.app.command("retention")(retention)


@app.command(name="demo")
def run_demo(
    *,
    exit_: Annotated[bool, typer.Option("--exit", help="Stop when the cases are played.")] = False,
    port: int = 8000,
) -> None:
    """Play the sample cases over HTTP on a simulated calendar, then keep serving."""
    raise typer.Exit(demo.run(create_app, exit_after=exit_, port=port, out=Console()))


@app.command()
def serve(host: str = "127.0.0.1", port: int = 8000, workers: int = 1) -> None:
    """Serve the API. The embedded database is brought up to date first."""
    settings = Settings()
    database = Database(settings.url)
    if database.is_sqlite:
        if workers > 1:
            raise Failed("SQLite serves one process: use --workers 1, or PostgreSQL.")
        _migrate(settings)
        load_keys(settings.keys_path, create=not database.transact_now(_is_in_use))
        if not settings.log_key_path.exists() and not database.transact_now(_has_begun):
            Signer.create(settings.log_key_path)
    uvicorn.run(
        "service.main:create_served_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        timeout_graceful_shutdown=10,
        timeout_worker_healthcheck=60,  # a busy machine starts slowly; a slow start is no death
    )


def _is_in_use(session: Session) -> bool:
    """Tell whether numbers were sealed here: new keys could not unseal them."""
    return session.exec(select(Member.id).limit(1)).first() is not None


def _has_begun(session: Session) -> bool:
    """Tell whether the log was signed here: with a new key it would be another log."""
    return session.exec(select(LogHead.origin)).one() != ""


@app.command()
def keys(
    log_name: Annotated[str, typer.Option(help="Whose log it is: county.example/log.")] = "",
    log_hash: Annotated[HashName, typer.Option(help="What it hashes with.")] = HashName.SHA256,
) -> None:
    """Make the keys file and the log's key file where there is none.

    Keep a copy of each apart from the database.
    """
    settings, made = Settings(), []
    if not settings.keys_path.exists():
        load_keys(settings.keys_path, create=True)
        made.append(settings.keys_path)
    if not settings.log_key_path.exists():
        Signer.create(settings.log_key_path, log_name, log_hash)
        made.append(settings.log_key_path)
    if not made:
        raise Failed(
            f"There are keys at {settings.keys_path} already, without which nothing can be "
            f"unsealed, and at {settings.log_key_path}, without which nothing can be signed."
        )
    for path in made:
        out.print(f"Keys are in {path}.")


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema, and fill an empty calendar."""
    settings = Settings()
    _migrate(settings)
    out.print(f"The database is at {schema.head()}.")


def _migrate(settings: Settings) -> None:
    database = Database(settings.url)
    schema.upgrade(settings.url)
    now = SystemClock().now()

    def fill(session: Session) -> None:
        if session.exec(select(func.count()).select_from(CalendarYear)).one() == 0:
            calendars.seed(session, now)

    database.transact_now(fill)


@app.command()
def tick() -> None:
    """Do once what the clock does: open periods, climb ladders, send what is due, keep the log."""
    registry = Registry(the_rulebook(), SystemClock(), Calendars(), follow)
    swept = the_database().transact_now(lambda session: open_due(session, registry))
    out.print(f"{len(swept.opened)} campaign(s) opened.")
    out.print(f"{asyncio.run(_sweep()).outcomes.total()} step(s) of ladders taken.")
    tally = asyncio.run(_deliver())
    ended = ", ".join(f"{number} {outcome}" for outcome, number in tally.items())
    out.print(f"{tally.total()} message(s) sent{': ' if ended else ''}{ended}.")
    _keep_log()
    if swept.refused:
        raise Failed(f"Not opened: {'; '.join(swept.refused)}")


@app.command(name="clock")
def run_clock() -> None:
    """Tick until stopped: do again and again what `dixian tick` does once. Any number may run."""
    the_database()
    log_in_json()
    os.nice(scheduler.NICENESS)
    asyncio.run(scheduler.run(open_office(Settings(), SystemClock(), Rulebook())))


async def _sweep() -> Swept:
    office = open_office(Settings(), SystemClock(), Rulebook())
    try:
        return await sweep_due(office.database, office.registry, office.settings)
    finally:
        await office.database.close()


def _keep_log() -> None:
    """Let lines become leaves, sign the log's head, hand it to its holders."""
    path = Settings().log_key_path
    if not path.exists():
        out.print(f"The log is not kept here: there is no key at {path}.")
        return
    kept = asyncio.run(_keep())
    signed = f", signed up to {kept.signed.size}" if kept.signed else ""
    out.print(f"{kept.lines} line(s) into the log{signed}.")
    for name, problem in kept.problems.items():
        out.print(f"{name} did not take the checkpoint: {problem}")


async def _keep() -> Ticked:
    settings = Settings()
    database = Database(settings.url)
    try:
        return await keep_log(settings, database, SystemClock())
    finally:
        await database.close()


async def _deliver() -> Counter[Outcome]:
    office = open_office(Settings(), SystemClock(), Rulebook())
    try:
        return await deliver_due(office)
    finally:
        await office.database.close()


@app.command()
def openapi(
    *, check: Annotated[bool, typer.Option(help="Compare, write nothing.")] = False
) -> None:
    """Write openapi/openapi.json from the code."""
    text = json.dumps(openapi_document(), ensure_ascii=False, indent=1) + "\n"
    _write_or_compare([(ROOT / "openapi" / "openapi.json", text)], check=check, target="openapi")


def openapi_document() -> dict[str, Any]:
    """Return the document of an application that has no data yet."""
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), database_url="sqlite://", keys_file=None)
        load_keys(settings.keys_path, create=True)
        return create_app(settings).openapi()


@app.command()
def docs(*, check: Annotated[bool, typer.Option(help="Compare, write nothing.")] = False) -> None:
    """Write the generated pages of docs/ from the policies and the tests."""
    _write_or_compare(list(handbook.pages(ROOT, Rulebook())), check=check, target="docs")


def _write_or_compare(pages: list[tuple[Path, str]], *, check: bool, target: str) -> None:
    stale = [p for p, text in pages if not p.exists() or p.read_text(encoding="utf-8") != text]
    if check and stale:
        names = ", ".join(str(path.relative_to(ROOT)) for path in stale)
        raise Failed(f"Not current: {names}. Run `make {target}` and look at what changed.")
    for path, text in pages:
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    out.print(f"{len(pages)} page(s) {'current' if check else 'written'}.")


def main() -> None:
    """Run the command; a user's mistake is one line on stderr, and status 1."""
    try:
        app(standalone_mode=True)
    except (
        Failed,
        PolicyError,
        KeysError,
        LogKeyError,
        RolledBack,
        Malformed,
        Refusal,
    ) as problem:
        _fail(str(problem))
    except ValidationError as problem:
        first = problem.errors()[0]
        _fail(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    except (SQLAlchemyError, OSError) as problem:
        _fail(f"{type(problem).__name__}: {str(problem).splitlines()[0]}")


def _fail(line: str) -> None:
    sys.stderr.write(f"dixian: {line}\n")
    sys.exit(1)
