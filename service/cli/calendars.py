"""`dixian calendar`: the working calendar, shown and taken in."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from service import calendar_imports
from service.calendar_imports import Imported, YearFile
from service.cli.common import Failed, out, the_database, the_rulebook
from service.clock import SystemClock
from service.errors import NotFound
from service.registry import Registry
from service.store import calendars
from service.store.calendars import Calendars, CalendarYear
from service.store.policies import take_in as take_policies_in
from service.workflows.calendar import SpecialDay

app = typer.Typer(no_args_is_help=True, help="The working calendar.")


@app.command("show")
def calendar_show(year: int, area: str | None = None) -> None:
    """Print a year's holidays and make-up days; with --area, an area's own days too."""

    def work(session: Session) -> tuple[list[CalendarYear], list[tuple[date, SpecialDay]]]:
        known = Calendars()
        calendar = known.of_area(session, area) if area else known.current(session)
        return calendars.imports_of(session, year, area), list(calendar.special_days(year))

    rows, days = the_database().transact_now(work)
    if all(row.area_code for row in rows):
        out.print(f"No calendar is published for {year}; dates in it are provisional.")
    if not rows:
        raise Failed(f"No calendar is published for {year}; dates in it are provisional.")
    for row in rows:
        where = f" of {row.area_code}" if row.area_code else ""
        out.print(f"{year}{where}: edition {row.edition}, {row.source}")
    for day, special in days:
        kind = "工作 working" if special.is_working else "休 holiday"
        out.print(f"{day} {day:%a}  {kind}  {special.name}")


@app.command("import")
def calendar_import(
    file: Path, *, dry_run: Annotated[bool, typer.Option("--dry-run")] = False
) -> None:
    """Take in a list of a year, and set the open deadlines that it moves.

    FILE is JSON: {"year": 2027, "source": "the paper", "days": [{"date": "2027-01-01",
    "name": "元旦", "is_working": false}, …]}; with "area_code" it has an area's own days.
    """
    year = YearFile.model_validate_json(file.read_bytes())
    registry = Registry(the_rulebook(), SystemClock(), Calendars())

    def work(session: Session) -> Imported:
        calendar_imports.check_area(session, year)
        take_policies_in(session, registry.rulebook)
        do = calendar_imports.look if dry_run else calendar_imports.take_in
        return do(session, year, registry)

    try:
        imported = the_database().transact_now(work, keep=not dry_run)
    except NotFound as problem:
        raise Failed(f"There is no area {year.area_code}.") from problem
    for shift in imported.shifts:
        certain = " (provisional)" if shift.provisional else ""
        out.print(
            f"case {shift.case_id}  {shift.rule}: {shift.was_due_on} → {shift.due_on}{certain}"
        )
    done = "would be" if dry_run else "is"
    out.print(
        f"{year.year} {done} edition {imported.edition};"
        f" {imported.cases} open case(s) recomputed, {len(imported.shifts)} deadline(s)."
    )
