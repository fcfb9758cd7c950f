"""`dixian policy`: the documents as data."""

import json
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from service import drawing, handbook
from service.cli.common import Failed, out, the_procedure, the_rulebook
from service.clock import SystemClock, office_date
from service.store.calendars import SEEDED_YEARS, seeded_days
from service.workflows.calendar import Calendar
from service.workflows.diff import differences
from service.workflows.feasibility import Warned, warnings
from service.workflows.kinds import Kind
from service.workflows.machine import Procedure
from service.workflows.policy import read

app = typer.Typer(no_args_is_help=True, help="The documents as data.")


class DiagramFormat(StrEnum):
    MERMAID = "mermaid"
    SVG = "svg"
    MD = "md"


@app.command("list")
def policy_list() -> None:
    """List every version of the documents that this installation knows."""
    for procedure in the_rulebook():
        policy = procedure.policy
        where = f", published at {procedure.area_code}" if procedure.area_code else ""
        out.print(f"{policy.ref}  {policy.zh}  ({policy.issued_by}{where})")


@app.command("show")
def policy_show(policy_id: str) -> None:
    """Print a document as JSON, with every provision: by its id, or id@version."""
    policy = the_procedure(policy_id).policy
    out.print_json(policy.model_dump_json(exclude={"rules"}))


@app.command("check")
def policy_check(
    file: Path,
    year: Annotated[int | None, typer.Option(help="Whose calendar the limits meet.")] = None,
) -> None:
    """Check a policy file; name every gap, by key, and the limits that cannot all be used.

    The limits are walked over the year that is asked for, or that of the document's issue.
    """
    policy = read(file)
    out.print(f"{policy.ref}: no gap found.")
    walked = year or (policy.issued_on or office_date(SystemClock().now())).year
    special = {day: s for seeded in SEEDED_YEARS for day, s in seeded_days(seeded).items()}
    for warned in warnings(policy.monitoring_object, Calendar(1, SEEDED_YEARS, special), walked):
        _print(f"warning: {_sentence(warned)}")


def _sentence(warned: Warned) -> str:
    first = warned.first
    return (
        f"time_limits[{first.limit.id}]: of a clue on {first.start} it is over on {first.due_on},"
        f" but the steps before {first.act!r} may take until {first.reached_on} (day {first.day});"
        f" so on {warned.days} of {warned.of} days"
    )


@app.command("diff")
def policy_diff(
    old: str,
    new: str,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell what NEW says otherwise than OLD: each an id, id@version, or a policy file."""
    found = differences(_named(old), _named(new))
    if as_json:
        listed = [{**asdict(one), "label": one.label.model_dump()} for one in found]
        sys.stdout.write(json.dumps(listed, ensure_ascii=False, indent=1) + "\n")
        return
    for one in found:
        _print(f"{one.key}\n    {one.label.en}\n    {one.label.zh}")
    out.print(f"{len(found)} difference(s).")


def _print(line: str) -> None:
    """Print a line with keys in it, whose brackets are no markup."""
    out.print(line, markup=False, highlight=False)


def _named(name: str) -> Procedure:
    is_file = name.endswith(".toml") or Path(name).exists()
    return Procedure(read(Path(name))) if is_file else the_procedure(name)


@app.command("diagram")
def policy_diagram(
    policy_id: str,
    kind: str,
    format_: Annotated[DiagramFormat, typer.Option("--format")] = DiagramFormat.MERMAID,
) -> None:
    """Draw a machine, every move of it: as Mermaid, as SVG, or as the page with its table."""
    policy = the_procedure(policy_id).policy
    if kind not in policy.kinds:
        raise Failed(f"{policy.ref} has no kind {kind!r}; there is: {', '.join(policy.kinds)}.")
    procedure = Procedure(policy, kind=Kind(kind))
    if format_ is DiagramFormat.MD:
        sys.stdout.write(handbook.procedure_page(procedure))
    elif format_ is DiagramFormat.SVG:
        sys.stdout.write(drawing.svg(procedure))
    else:
        sys.stdout.write(procedure.diagram("mermaid") + "\n")
