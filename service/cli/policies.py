"""`dixian policy`: the documents as data."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from service import handbook
from service.cli.common import Failed, out, the_procedure
from service.workflows.machine import Rulebook
from service.workflows.policy import read

app = typer.Typer(no_args_is_help=True, help="The documents as data.")


class DiagramFormat(StrEnum):
    MERMAID = "mermaid"
    MD = "md"


@app.command("list")
def policy_list() -> None:
    """List the documents that this installation knows."""
    for procedure in Rulebook():
        policy = procedure.policy
        out.print(f"{policy.ref}  {policy.zh}  ({policy.issued_by})")


@app.command("show")
def policy_show(policy_id: str) -> None:
    """Print a document as JSON, with every provision."""
    policy = the_procedure(policy_id).policy
    out.print_json(policy.model_dump_json(exclude={"rules"}))


@app.command("check")
def policy_check(file: Path) -> None:
    """Check a policy file; name every gap, by key."""
    policy = read(file)
    out.print(f"{policy.ref}: no gap found.")


@app.command("diagram")
def policy_diagram(
    policy_id: str,
    kind: str,
    format_: Annotated[DiagramFormat, typer.Option("--format")] = DiagramFormat.MERMAID,
) -> None:
    """Draw a machine, every move of it: as Mermaid, or as the page with its table."""
    if kind != handbook.KIND:
        raise Failed(f"There is no kind {kind!r}; there is: {handbook.KIND}.")
    procedure = the_procedure(policy_id)
    if format_ is DiagramFormat.MD:
        sys.stdout.write(handbook.procedure_page(procedure))
    else:
        sys.stdout.write(procedure.diagram("mermaid") + "\n")
