"""The `dixian` command. It exits with 0 only when it did what it says; errors are one line."""

import json
import logging
import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import structlog
import typer
import uvicorn
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, func, select

from service import cases, demo, handbook
from service.audit import chain
from service.cases import Registry
from service.clock import SystemClock, office_date
from service.config import Settings
from service.errors import Refusal
from service.main import create_app
from service.store import calendars, schema
from service.store.areas import Area, AreaLevel, add_area
from service.store.calendars import Calendars, CalendarYear
from service.store.columns import new_id
from service.store.database import Database
from service.store.people import Appointment, Person, Position, by_username
from service.store.vault import KeysError, load_keys
from service.workflows.calendar import SpecialDay
from service.workflows.fields import Day, Line
from service.workflows.machine import Procedure, Rulebook
from service.workflows.policy import PolicyError, read

ROOT = Path(__file__).resolve().parent.parent

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
policy_app = typer.Typer(no_args_is_help=True, help="The documents as data.")
calendar_app = typer.Typer(no_args_is_help=True, help="The working calendar.")
audit_app = typer.Typer(no_args_is_help=True, help="The log.")
user_app = typer.Typer(no_args_is_help=True, help="Local accounts.")
area_app = typer.Typer(no_args_is_help=True, help="The area tree.")
app.add_typer(policy_app, name="policy")
app.add_typer(calendar_app, name="calendar")
app.add_typer(audit_app, name="audit")
app.add_typer(user_app, name="user")
app.add_typer(area_app, name="area")

out = Console(soft_wrap=True)

MINIMUM_PASSWORD = 12


class Failed(Exception):
    """A command could not do what it says, for the reason given."""


class DiagramFormat(StrEnum):
    MERMAID = "mermaid"
    MD = "md"


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
    load_keys(settings.keys_path, create=database.is_sqlite)
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    uvicorn.run(
        "service.main:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        timeout_graceful_shutdown=10,
    )


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


@policy_app.command("list")
def policy_list() -> None:
    """List the documents that this installation knows."""
    for procedure in Rulebook():
        policy = procedure.policy
        out.print(f"{policy.ref}  {policy.zh}  ({policy.issued_by})")


@policy_app.command("show")
def policy_show(policy_id: str) -> None:
    """Print a document as JSON, with every provision."""
    policy = _procedure(policy_id).policy
    out.print_json(policy.model_dump_json(exclude={"rules"}))


@policy_app.command("check")
def policy_check(file: Path) -> None:
    """Check a policy file; name every gap, by key."""
    policy = read(file)
    out.print(f"{policy.ref}: no gap found.")


@policy_app.command("diagram")
def policy_diagram(
    policy_id: str,
    kind: str,
    format_: Annotated[DiagramFormat, typer.Option("--format")] = DiagramFormat.MERMAID,
) -> None:
    """Draw a machine, every move of it: as Mermaid, or as the page with its table."""
    if kind != handbook.KIND:
        raise Failed(f"There is no kind {kind!r}; there is: {handbook.KIND}.")
    procedure = _procedure(policy_id)
    if format_ is DiagramFormat.MD:
        sys.stdout.write(handbook.procedure_page(procedure))
    else:
        sys.stdout.write(procedure.diagram("mermaid") + "\n")


def _procedure(policy_id: str) -> Procedure:
    procedure = Rulebook().newest(policy_id)
    if procedure is None:
        raise Failed(f"There is no policy {policy_id!r}: see `dixian policy list`.")
    return procedure


class ListedDay(BaseModel):
    model_config = ConfigDict(extra="forbid")

    date: Day
    name: Line
    is_working: bool


class YearFile(BaseModel):
    """A year's official list: every holiday, and every weekend day that is worked."""

    model_config = ConfigDict(extra="forbid")

    year: Annotated[int, Field(ge=1949, le=2199)]
    source: Line
    days: Annotated[list[ListedDay], Field(min_length=1)]

    def special(self) -> dict[date, SpecialDay]:
        """Return the days by date. Raises `Failed` for a day of another year, or named twice."""
        found = {day.date: SpecialDay(day.is_working, day.name) for day in self.days}
        if len(found) < len(self.days):
            raise Failed("A day stands in the list twice.")
        if strange := [str(day) for day in found if day.year != self.year]:
            raise Failed(f"Not in {self.year}: {', '.join(strange)}.")
        return found


@calendar_app.command("show")
def calendar_show(year: int) -> None:
    """Print a year's holidays and make-up days."""

    def work(session: Session) -> tuple[CalendarYear | None, list[tuple[date, SpecialDay]]]:
        current = Calendars().current(session)
        return session.get(CalendarYear, year), list(current.special_days(year))

    row, days = _database().transact_now(work)
    if row is None:
        raise Failed(f"No calendar is published for {year}; dates in it are provisional.")
    out.print(f"{year}: edition {row.edition}, {row.source}")
    for day, special in days:
        kind = "工作 working" if special.is_working else "休 holiday"
        out.print(f"{day} {day:%a}  {kind}  {special.name}")


@calendar_app.command("import")
def calendar_import(
    file: Path, *, dry_run: Annotated[bool, typer.Option("--dry-run")] = False
) -> None:
    """Take in a year's official list, and set the open deadlines that it moves.

    FILE is JSON: {"year": 2027, "source": "the paper", "days": [{"date": "2027-01-01",
    "name": "元旦", "is_working": false}, …]}.
    """
    year = YearFile.model_validate_json(file.read_bytes())
    special = year.special()
    clock = SystemClock()
    registry = Registry(Rulebook(), clock, Calendars())

    def work(session: Session) -> tuple[int, int]:
        edition = calendars.put_year(session, year.year, special, year.source, clock.now())
        return edition, cases.apply_calendar(session, registry)

    edition, moved = _database().transact_now(work, keep=not dry_run)
    done = "would be" if dry_run else "is"
    out.print(f"{year.year} {done} edition {edition}; {moved} open case(s) recomputed.")


@audit_app.command("verify")
def audit_verify() -> None:
    """Walk every chain; name the first bad line of each case that has one."""

    def work(session: Session) -> tuple[int, int, list[chain.Flaw]]:
        checked, lines, flaws = 0, 0, []
        for _, count, flaw in chain.verify(session):
            checked, lines = checked + 1, lines + count
            if flaw:
                flaws.append(flaw)
        return checked, lines, flaws

    checked, lines, flaws = _database().transact_now(work, keep=False)
    for flaw in flaws:
        out.print(f"case {flaw.case_id}, line {flaw.seq}: {flaw.what}")
    if flaws:
        raise Failed(f"{len(flaws)} of {checked} case(s) do not verify.")
    out.print(f"{lines} line(s) in {checked} case(s): every chain is whole.")


@area_app.command("add")
def area_add(
    code: str,
    name: str,
    level: AreaLevel,
    parent: Annotated[str | None, typer.Option(help="The code of the area above.")] = None,
    policy: Annotated[str | None, typer.Option(help="The document in force here.")] = None,
) -> None:
    """Add an area below its parent; codes have 12 digits."""
    if not (len(code) == 12 and code.isdigit()):  # noqa: PLR2004
        raise Failed("An area code has 12 digits.")
    if policy:
        _procedure(policy)

    def work(session: Session) -> None:
        if session.get(Area, code):
            raise Failed(f"The area {code} is there already.")
        if parent and session.get(Area, parent) is None:
            raise Failed(f"There is no area {parent}.")
        add_area(
            session, Area(code=code, name=name, level=level, parent_code=parent, policy_id=policy)
        )

    _database().transact_now(work)
    out.print(f"Added {name} ({code}).")


@user_app.command("add")
def user_add(
    username: str,
    name: Annotated[str, typer.Option()],
    role: Annotated[str, typer.Option(help="A role of the policy, e.g. village_committee.")],
    area: Annotated[str, typer.Option(help="The area's code.")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
) -> None:
    """Add a person and appoint them, from today on, to a role in an area."""
    if len(password) < MINIMUM_PASSWORD:
        raise Failed(f"The password needs {MINIMUM_PASSWORD} characters.")
    if role not in {role for procedure in Rulebook() for role in procedure.policy.roles}:
        raise Failed(f"No policy knows a role {role!r}.")
    now = SystemClock().now()
    person = Person(
        id=new_id(now),
        username=username,
        name=name,
        password_hash=PasswordHash((Argon2Hasher(),)).hash(password),
        created_at=now,
    )
    _database().transact_now(lambda session: _appoint(session, person, role, area))
    out.print(f"{username} is {role} of {area} from today on.")


def _appoint(session: Session, person: Person, role: str, area: str) -> None:
    place = session.get(Area, area)
    if place is None:
        raise Failed(f"There is no area {area}.")
    if by_username(session, person.username):
        raise Failed(f"The user name {person.username} is taken.")
    held = session.exec(
        select(Position).where(Position.role == role, Position.area_code == area)
    ).first()
    new = Position(
        id=new_id(person.created_at), role=role, area_code=area, title=f"{place.name} {role}"
    )
    position = held or new
    session.add_all([person, position])
    session.flush()
    session.add(
        Appointment(
            id=new_id(person.created_at),
            position_id=position.id,
            person_id=person.id,
            from_on=office_date(person.created_at),
        )
    )


def _database() -> Database:
    """Return the installation's database. Raises `Failed` where it is not up to date."""
    database = Database(Settings().url)
    if not database.transact_now(schema.is_current, keep=False):
        raise Failed("The database is not up to date: run `dixian migrate`.")
    return database


def main() -> None:
    """Run the command; a user's mistake is one line on stderr, and status 1."""
    try:
        app(standalone_mode=True)
    except (Failed, PolicyError, KeysError, Refusal) as problem:
        _fail(str(problem))
    except ValidationError as problem:
        first = problem.errors()[0]
        _fail(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    except (SQLAlchemyError, OSError) as problem:
        _fail(f"{type(problem).__name__}: {str(problem).splitlines()[0]}")


def _fail(line: str) -> None:
    sys.stderr.write(f"dixian: {line}\n")
    sys.exit(1)
