"""`dixian calendar`: the working calendar, shown and taken in."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from service import recomputing
from service.cli.common import Failed, out, the_database, the_rulebook
from service.clock import SystemClock
from service.registry import Registry
from service.store import calendars
from service.store.calendars import Calendars, CalendarYear
from service.workflows.calendar import SpecialDay
from service.workflows.fields import Day, Flag, Line

app = typer.Typer(no_args_is_help=True, help="The working calendar.")


class ListedDay(BaseModel):
    model_config = ConfigDict(extra="forbid")

    date: Day
    name: Line
    is_working: Flag


class YearFile(BaseModel):
    """A year's official list: every holiday, and every weekend day that is worked."""

    model_config = ConfigDict(extra="forbid")

    year: Annotated[int, Field(ge=1950, le=2189, strict=True)]
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


@app.command("show")
def calendar_show(year: int) -> None:
    """Print a year's holidays and make-up days."""

    def work(session: Session) -> tuple[CalendarYear | None, list[tuple[date, SpecialDay]]]:
        current = Calendars().current(session)
        return calendars.published(session, year), list(current.special_days(year))

    row, days = the_database().transact_now(work)
    if row is None:
        raise Failed(f"No calendar is published for {year}; dates in it are provisional.")
    out.print(f"{year}: edition {row.edition}, {row.source}")
    for day, special in days:
        kind = "工作 working" if special.is_working else "休 holiday"
        out.print(f"{day} {day:%a}  {kind}  {special.name}")


@app.command("import")
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
    registry = Registry(the_rulebook(), clock, Calendars())

    def work(session: Session) -> tuple[int, int]:
        edition = calendars.put_year(session, year.year, special, year.source, clock.now())
        return edition, recomputing.apply_calendar(session, registry)

    edition, moved = the_database().transact_now(work, keep=not dry_run)
    done = "would be" if dry_run else "is"
    out.print(f"{year.year} {done} edition {edition}; {moved} open case(s) recomputed.")
