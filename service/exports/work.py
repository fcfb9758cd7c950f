"""The work on an export: ordered in one transaction with its line in the log, carried out aside.

Who takes the log away is in the log: the order with its filter, and the end with what every
file hashes to. So the files that nobody signed, the manifest first, are bound by the log too.
"""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

from sqlmodel import Session

from service.audit import chain, proofs
from service.audit.dixian_verify import MANIFEST
from service.audit.lines import SYSTEM, add_line
from service.errors import ExportNotReady, NotFound
from service.exports.asked import Filter, choose
from service.exports.writing import UNFINISHED, Job, write
from service.imports.work import Workshop
from service.store.columns import new_id
from service.store.exports import ExportState, LogExport, finish_run
from service.store.log import LogCheckpoint
from service.store.people import Actor

KIND = "log_export"
"""The kind of the lines that say what was taken away."""

PACKED = 3
"""How hard files are packed: at a third of the default's time, a tenth longer."""


@dataclass(frozen=True, slots=True)
class Order:
    """A run of an export that is to be carried out."""

    id: UUID
    run: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for: which lines, in which formats, what for, which sizes they hold."""

    filter: Filter
    formats: Sequence[str]
    purpose: str
    held: Sequence[int] = ()


def order(session: Session, wanted: Wanted, actor: Actor | None, now: datetime) -> LogExport:
    """Order an export up to the newest checkpoint; the log says so. Raises `NotInLogYet`."""
    newest, _ = proofs.head(session)
    ordered = LogExport(
        id=new_id(now),
        area_code=actor.area_code if actor else None,
        person_id=actor.person_id if actor else None,
        position_id=actor.position_id if actor else None,
        role=actor.role if actor else SYSTEM,
        purpose=wanted.purpose,
        salt=chain.new_salt(),
        filter=wanted.filter.told(),
        formats=list(wanted.formats),
        held=list(wanted.held),
        size=newest.size,
        state=ExportState.WRITING,
        created_at=now,
    )
    session.add(ordered)
    told = {
        "filter": ordered.filter,
        "formats": ordered.formats,
        "size": ordered.size,
        "purpose_commitment": chain.commitment(ordered.salt, {"purpose": wanted.purpose}),
    }
    add_line(session, (KIND, ordered.id), "order_export", now, told, actor)
    return ordered


def resume(session: Session, export_id: UUID, now: datetime) -> Order:
    """Begin another run of an export. Raises `NotFound`, `ExportNotReady` where it is whole."""
    ordered = session.get(LogExport, export_id, with_for_update=True)
    if ordered is None:
        raise NotFound
    if ordered.state is ExportState.DONE:
        raise ExportNotReady(ordered.state)
    ordered.run, ordered.state = ordered.run + 1, ExportState.WRITING
    return Order(export_id, ordered.run, now)


def carry_out(shop: Workshop, given: Order) -> None:
    """Write an export and pack it into one file; what is there from another run stays."""
    folder, database, begun = shop.exports / str(given.id), shop.database, monotonic()

    def tell(share: float) -> None:
        shop.tell(given.id, int(share * 100))

    database.transact_now(lambda s: written(s, given.id, folder, given.at, tell), keep=False)
    _pack(folder, path_of(shop.exports, given.id))
    now = given.at + timedelta(seconds=monotonic() - begun)  # by the clock that ordered it
    database.transact_now(lambda s: finish(s, given, folder, now))
    shutil.rmtree(folder)


def written(
    session: Session,
    export_id: UUID,
    folder: Path,
    now: datetime,
    tell: Callable[[float], None],
) -> dict[str, Any]:
    """Write an ordered export into a folder, or the rest of it; return its manifest."""
    if (folder / MANIFEST).exists():
        (folder / UNFINISHED).unlink(missing_ok=True)  # a run may have died between the two
        return json.loads((folder / MANIFEST).read_text("utf-8"))  # type: ignore[no-any-return]
    ordered = session.get_one(LogExport, export_id)
    checkpoint = session.get_one(LogCheckpoint, ordered.size)
    wanted = Filter.model_validate(ordered.filter)
    asked = choose(session, wanted, ordered.size, ordered.purpose, ordered.held)
    return write(Job(session, checkpoint, asked, folder, ordered.formats, tell=tell), now)


def finish(session: Session, given: Order, folder: Path, now: datetime) -> bool:
    """Note that an export is whole, and say so in the log; tell whether this run might."""
    content = (folder / MANIFEST).read_bytes()
    manifest, sha256 = json.loads(content), hashlib.sha256(content).hexdigest()
    if not finish_run(
        session,
        given.id,
        given.run,
        ExportState.DONE,
        finished_at=now,
        count=manifest["count"],
        files=manifest["files"] | {MANIFEST: {"sha256": sha256, "bytes": len(content)}},
    ):
        return False
    told = {"count": manifest["count"], "manifest_sha256": sha256}
    add_line(session, (KIND, given.id), "finish_export", now, told)
    return True


def broke_off(shop: Workshop, given: Order) -> None:
    """Note that a run ended without an end: another one goes on from where it was."""
    shop.database.transact_now(
        lambda session: finish_run(session, given.id, given.run, ExportState.BROKEN_OFF)
    )


def path_of(exports: Path, export_id: UUID) -> Path:
    """Return where an export lies when it is whole."""
    return exports / f"{export_id}.zip"


def remove(exports: Path, export_id: UUID) -> None:
    """Delete what was written of an export, whole or not."""
    path_of(exports, export_id).unlink(missing_ok=True)
    shutil.rmtree(exports / str(export_id), ignore_errors=True)


def _pack(folder: Path, target: Path) -> None:
    begun = target.with_suffix(".begun")
    with zipfile.ZipFile(begun, "w", zipfile.ZIP_DEFLATED, compresslevel=PACKED) as packed:
        for path in sorted(folder.iterdir()):
            packed.write(path, path.name)
    begun.rename(target)
