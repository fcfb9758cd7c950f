"""The work on an import: validating what came, and committing it whole.

Validating reads the workbook once, keeps its entries sealed, and says of each row what would
become of it. Committing reads the entries, judges them as the database is now, and writes in
one transaction; where it does not end well, nothing was written. Neither holds a request: see
`workers`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import structlog
from pydantic import TypeAdapter
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from service.audit.lines import IMPORT, add_line
from service.blockers import Blocker
from service.errors import WorkbookRefused
from service.imports.entries import Finding, Judged, Tally, headings
from service.imports.layout import Intake, Layout, Means, tables_of
from service.imports.layouts import LAYOUTS
from service.registry import Registry
from service.store.database import Database
from service.store.imports import DataImport, ImportState, finish, replace_findings
from service.store.people import Actor
from service.store.policies import take_in
from service.store.uploads import Uploads
from service.store.vault import Vault

T = TypeVar("T")

AT_ONCE = 500
"""Entries that are judged, sealed and written together."""

ENTRIES, FINDINGS = "entries", "findings"
_FINDINGS = TypeAdapter(list[Finding])

log = structlog.get_logger("imports")


@dataclass(frozen=True, slots=True)
class Workshop:
    """What the work needs: like the service's own parts, with a database of its own.

    `tell` hears of an import, or an export, how many percent of a step are done; `exports` is
    the folder where these are written.
    """

    database: Database
    registry: Registry
    vault: Vault
    uploads: Uploads
    tell: Callable[[UUID, int], None]
    exports: Path


@dataclass(frozen=True, slots=True)
class Order:
    """One piece of work: on which import, as whom, at which instant. `run`: see `DataImport`."""

    import_id: UUID
    run: int
    actor: Actor
    at: datetime

    @property
    def id(self) -> UUID:
        return self.import_id


class NotWhole(Exception):
    """A commit that must not be kept: some rows would be refused, and nobody agreed to that."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self.counts = tally.counts()


class Superseded(Exception):
    """Somebody began the work anew meanwhile: this one may not finish it."""


def validate(shop: Workshop, order: Order) -> None:
    """Read an uploaded workbook and say of every row what would become of it."""
    database, uploads = shop.database, shop.uploads
    try:
        columns, tally = database.transact_now(lambda s: _look(shop, order, s), keep=False)
    except WorkbookRefused as refused:
        problem = problem_of(refused.blockers[0])
        database.transact_now(
            lambda s: finish(s, order.import_id, order.run, ImportState.REFUSED, problem=problem)
        )
        return

    def save(session: Session) -> None:
        replace_findings(session, order.import_id, _found(uploads, order.import_id))
        values: dict[str, Any] = {"counts": tally.counts(), "columns": columns, "problem": None}
        if not finish(session, order.import_id, order.run, ImportState.VALIDATED, **values):
            raise Superseded

    database.transact_now(save)


def _look(shop: Workshop, order: Order, session: Session) -> tuple[dict[str, str], Tally]:
    """Read and judge everything; keep what was read and what was found, each in its file."""
    layout = _layout(session, order.import_id)
    tables = tables_of(layout, shop.uploads.get(order.import_id))
    columns = headings(tables[0])
    intake = layout.intake(_means(shop, order, session, columns, is_commit=False))
    tally, found = Tally(), _Spooled(shop.uploads, order.import_id)
    tell = _teller(shop, order)
    entries = chain.from_iterable(layout.read(table, table.rows(tell)) for table in tables)

    def batches() -> Iterator[bytes]:
        kept = TypeAdapter(list[layout.entry])  # type: ignore[name-defined]
        for batch in _batched(entries, AT_ONCE):
            judged = intake.judge(batch)
            tally.add(judged)
            found.add(judged)
            yield kept.dump_json(list(batch))

    shop.uploads.spool(order.import_id, ENTRIES, batches())
    found.save()
    return columns, tally


def commit(shop: Workshop, order: Order) -> None:
    """Write what was validated, judged anew: all of it, or nothing.

    Where somebody else wrote the same person meanwhile, it is judged once more.
    """
    for _ in range(2):
        try:
            shop.database.transact_now(lambda s: _write(shop, order, s))
        except NotWhole as refused:
            _give_back(shop, order, Blocker("rows_refused_now"), refused.counts)
        except IntegrityError:
            continue
        except Superseded:
            log.warning("superseded", import_id=str(order.import_id))
        return
    _give_back(shop, order, Blocker("register_changed"))


def _write(shop: Workshop, order: Order, session: Session) -> None:
    stored = session.get_one(DataImport, order.import_id)
    layout = _layout(session, order.import_id)
    means = _means(shop, order, session, stored.columns, is_commit=True)
    tally = _write_all(shop, order, layout, layout.intake(means), stored)
    counts = tally.counts()
    if any(counts[what]["read"] != stored.counts[what]["read"] for what in counts):
        raise AssertionError("what was read now is not what was read before")
    if counts["rows"]["refused"] and not stored.without_refused:
        raise NotWhole(tally)
    replace_findings(session, order.import_id, _found(shop.uploads, order.import_id))
    values = {"committed_at": order.at, "committed_by": order.actor.person_id, "problem": None}
    done = ImportState.COMMITTED
    if not finish(session, order.import_id, order.run, done, counts=counts, **values):
        raise Superseded
    said = {"layout": stored.layout, "sha256": stored.sha256, "counts": counts}
    chain = IMPORT, order.import_id
    add_line(session, chain, "commit_import", order.at, said, order.actor)


def _write_all(
    shop: Workshop, order: Order, layout: Layout, intake: Intake, stored: DataImport
) -> Tally:
    """Judge and write batch by batch; what must not be kept is left to the transaction."""
    kept = TypeAdapter(list[layout.entry])  # type: ignore[name-defined]
    tally, found = Tally(), _Spooled(shop.uploads, order.import_id)
    tell, of = _teller(shop, order), max(stored.counts["entries"]["read"], 1)
    for sealed in shop.uploads.spooled(order.import_id, ENTRIES):
        judged = intake.judge(kept.validate_json(sealed))
        tally.add(judged)
        found.add(judged)
        intake.write(judged)
        tell(tally.entries.total() / of)
    found.save()
    return tally


def _give_back(
    shop: Workshop, order: Order, problem: Blocker, counts: dict[str, dict[str, int]] | None = None
) -> None:
    """Let an import be as it was before its commit, with why nothing came of it."""
    values: dict[str, Any] = {"problem": problem_of(problem)}
    if counts:
        values["counts"] = counts

    def save(session: Session) -> None:
        if finish(session, order.import_id, order.run, ImportState.VALIDATED, **values) and counts:
            replace_findings(session, order.import_id, _found(shop.uploads, order.import_id))

    shop.database.transact_now(save)


def broke_off(shop: Workshop, order: Order) -> None:
    """Note that work ended without an end: what was validated still is, the rest is refused."""
    problem = problem_of(Blocker("import_failed"))

    def save(session: Session) -> None:
        stored = session.get_one(DataImport, order.import_id)
        is_commit = stored.state is ImportState.COMMITTING
        state = ImportState.VALIDATED if is_commit else ImportState.REFUSED
        finish(session, order.import_id, order.run, state, problem=problem)

    shop.database.transact_now(save)


def problem_of(blocker: Blocker) -> dict[str, Any]:
    """Return a blocker as it is kept: its sentence is found again by its code."""
    return {"code": blocker.code, "need": list(blocker.need), "have": list(blocker.have)}


def _layout(session: Session, import_id: UUID) -> Layout:
    return LAYOUTS[session.get_one(DataImport, import_id).layout]


def _means(
    shop: Workshop, order: Order, session: Session, columns: dict[str, str], *, is_commit: bool
) -> Means:
    take_in(session, shop.registry.rulebook)
    return Means(
        session=session,
        import_id=order.import_id,
        actor=order.actor,
        now=order.at,
        registry=shop.registry,
        vault=shop.vault,
        columns=columns,
        is_commit=is_commit,
    )


def _teller(shop: Workshop, order: Order) -> Callable[[float], None]:
    """Return what is told the share that is done; it passes whole percents on."""
    last = -1

    def tell(share: float) -> None:
        nonlocal last
        if (percent := int(share * 100)) > last:
            last = percent
            shop.tell(order.import_id, percent)

    return tell


class _Spooled:
    """Findings on their way to a file: there may be as many as rows."""

    def __init__(self, uploads: Uploads, import_id: UUID) -> None:
        self._uploads, self._import_id = uploads, import_id
        self._batches: list[bytes] = []

    def add(self, judged: Sequence[Judged]) -> None:
        if found := [
            finding._replace(sheet=one.entry.sheet) for one in judged for finding in one.findings
        ]:
            self._batches.append(_FINDINGS.dump_json(found))

    def save(self) -> None:
        self._uploads.spool(self._import_id, FINDINGS, self._batches)


def _found(uploads: Uploads, import_id: UUID) -> Iterator[list[dict[str, Any]]]:
    for sealed in uploads.spooled(import_id, FINDINGS):
        yield [one._asdict() for one in _FINDINGS.validate_json(sealed)]


def _batched(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(items, size)):
        yield batch
