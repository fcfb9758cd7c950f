"""`dixian audit`: the log verified, proved, written out; its key and its holders."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from sqlmodel import Session

from service.audit import chain, checking, dixian_verify, policy_acts, proofs, sequencer
from service.audit.dixian_verify import Checkpoint, Key, checkpoints_in
from service.audit.holders import countersigned
from service.audit.keeping import keep_cosignature
from service.audit.lines import differing
from service.audit.log import keys_of
from service.audit.signer import Signer
from service.cli.common import Failed, out, the_database
from service.clock import SystemClock
from service.config import Settings
from service.invariants import contradictions
from service.store.log import LogCheckpoint
from service.workflows.rulebook import Rulebook

app = typer.Typer(no_args_is_help=True, help="The log.")

VERIFIERS = ("dixian_verify.py", "dixian_verify.mjs")
PATHS = typer.Option(help="A checkpoint held outside, or a folder of them; may come again.")


@app.command("verify")
def verify(
    export: Annotated[Path | None, typer.Option(help="An export; without: the database.")] = None,
    key: Annotated[list[str] | None, typer.Option(help="The log's public key.")] = None,
    checkpoint: Annotated[list[Path] | None, PATHS] = None,
    state: Annotated[Path, typer.Option(help="What was seen before.")] = Path("dixian-seen.json"),
) -> None:
    """Verify an export, as an auditor does; or every line and chain where they stand."""
    outside = [f"--checkpoint={path}" for path in checkpoint or ()]
    if export:
        keys = [f"--key={one}" for one in key or _keys()]
        status = dixian_verify.main([str(export), f"--state={state}", *keys, *outside])
        raise typer.Exit(status)
    _verify_chains()
    _verify_log(checkpoint or [])


@app.command("checkpoint")
def checkpoint() -> None:
    """Print the newest checkpoint, with the signatures of witnesses."""
    _, note = the_database().transact_now(proofs.head, keep=False)
    typer.echo(note, nl=False)


@app.command("prove")
def prove(
    case: Annotated[UUID | None, typer.Option(help="Prove a line of this case.")] = None,
    seq: Annotated[int | None, typer.Option(help="Which one.")] = None,
    from_: Annotated[int | None, typer.Option("--from", help="Prove growth from a size.")] = None,
    to: Annotated[int | None, typer.Option(help="To this size; default: the newest.")] = None,
) -> None:
    """Print a proof: that a line is in the log (C2SP tlog-proof), or that the log only grew."""
    if case and seq is not None:
        found = the_database().transact_now(
            lambda session: proofs.inclusion(session, case, seq, to), keep=False
        )
        typer.echo(found.as_text(), nl=False)
    elif from_ is not None:
        grown = the_database().transact_now(
            lambda session: proofs.consistency(session, from_, to), keep=False
        )
        typer.echo(json.dumps(grown))
    else:
        raise Failed("Name a line (--case, --seq) or a size (--from).")


@app.command("verifier")
def verifier(folder: Path) -> None:
    """Copy the two offline verifiers into a folder, to be taken along."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in VERIFIERS:
        shutil.copy(Path(dixian_verify.__file__).parent / name, folder)
    out.print(f"{', '.join(VERIFIERS)} are in {folder}.")


@app.command("key")
def key() -> None:
    """Print the log's public keys by its own word, the oldest first."""
    for one in _keys():
        typer.echo(one)


@app.command("replace-key")
def replace_key() -> None:
    """Make a new key for the log, which the old one names in a line."""
    signer = Signer(Settings().log_key_path)
    now = SystemClock().now()
    new = the_database().transact_now(lambda s: sequencer.replace_key(s, signer, now))
    out.print(f"The next checkpoint is signed by both, later ones by {new}.")


@app.command("countersign")
def countersign(
    note: Annotated[Path, typer.Argument(help="A checkpoint with a witness's signature.")],
    witness: Annotated[str, typer.Option(help="The witness's public key.")],
) -> None:
    """Take in the signature of a witness that was asked by hand."""
    named, content = Key.of(witness), note.read_text("utf-8")
    signed = Checkpoint.of(content)
    if named.name == signed.origin:
        raise Failed("The log is no witness of itself.")

    def work(session: Session) -> None:
        kept = session.get(LogCheckpoint, signed.size)
        if kept is None or Checkpoint.of(kept.note).note.text != signed.note.text:
            raise Failed("This log has signed no such checkpoint.")
        line = countersigned(signed, content.rpartition("\n\n")[2], named)
        keep_cosignature(session, signed.size, named.name, line)

    the_database().transact_now(work)
    out.print(f"Checkpoint {signed.size} is countersigned by {named.name}.")


def _keys() -> list[str]:
    named = the_database().transact_now(keys_of, keep=False)
    return [str(one.key) for one in named]


def _verify_chains() -> None:
    def work(session: Session) -> tuple[int, int, list[chain.Flaw]]:
        checked, lines, flaws = 0, 0, []
        for _, count, flaw in chain.verify(session):
            checked, lines = checked + 1, lines + count
            if flaw:
                flaws.append(flaw)
        return checked, lines, flaws

    checked, lines, flaws = the_database().transact_now(work, keep=False)
    for flaw in flaws:
        out.print(f"case {flaw.case_id}, line {flaw.seq}: {flaw.what}")
    if flaws:
        raise Failed(f"{len(flaws)} of {checked} case(s) do not verify.")
    wrong = the_database().transact_now(lambda s: list(_beside(s)), keep=False)
    if wrong:
        raise Failed(f"What was done beside the cases does not verify: {'; '.join(wrong)}.")
    out.print(f"{lines} line(s) in {checked} case(s): every chain is whole.")
    found = the_database().transact_now(lambda s: list(contradictions(s, Rulebook())), keep=False)
    if found:
        raise Failed("; ".join(found))
    out.print("What is kept beside the log agrees with it.")


def _beside(session: Session) -> Iterator[str]:
    """Yield what is wrong with the acts on documents, and with lines that have no table."""
    yield from filter(None, policy_acts.verify(session))
    yield from differing(session)


def _verify_log(outside: list[Path]) -> None:
    """Verify the tree against every checkpoint that was signed, and those held outside."""
    settings, now = Settings(), SystemClock().now()
    held = [path for path in settings.checkpoint_paths if path.is_dir()]
    path = settings.log_key_path

    def work(session: Session) -> tuple[dixian_verify.Report | None, list[str]]:
        keys = Signer(path).keys if path.exists() else [one.key for one in keys_of(session)]
        seen = list(checkpoints_in([*held, *outside]))
        return checking.check(session, keys, seen, now), list(checking.astray(session))

    report, astray = the_database().transact_now(work, keep=False)
    for line in _said(report):
        out.print(line, highlight=False)
    if astray:
        raise Failed("; ".join(astray))
    if report and report.damages:
        raise Failed("The log does not verify.")


def _said(report: dixian_verify.Report | None) -> Iterator[str]:
    if report is None:
        yield "No checkpoint is signed yet: `dixian tick` signs one."
    else:
        yield from dixian_verify.shown(report)
