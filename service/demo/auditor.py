"""How it ends: an auditor takes the log away, verifies it, and finds the one byte that is other."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from service.audit import keeping
from service.audit.dixian_verify import LINES, Damage, Known, Report, checkpoints_in, verify
from service.audit.holders import Folder
from service.audit.signer import Signer
from service.clock import Clock
from service.config import Settings
from service.exports.asked import Filter
from service.exports.work import Order, Wanted, finish, order, written
from service.store.database import Database

PURPOSE = "年度审计"
FORMATS = ("csv", "xes")


@dataclass(frozen=True, slots=True)
class Audit:
    """An export, what the verifier says of it, and what it says when one byte is other.

    `line`: the one in which that byte is, of `lines.jsonl`.
    """

    export: Path
    clean: Report
    line: int
    tampered: Report

    @property
    def named(self) -> Damage | None:
        """Return the damage by which the verifier names the line with the other byte."""
        place = (LINES, self.line)
        return next((one for one in self.tampered.damages if one[:2] == place), None)

    @property
    def is_as_expected(self) -> bool:
        return self.clean.verdict == "complete and unchanged" and self.named is not None


def audit(settings: Settings, clock: Clock) -> Audit:
    """Sign the log, let a folder hold the checkpoint, export, verify, tamper, verify again."""
    outside = settings.data_dir / "held-by-the-auditor"
    path, database = settings.log_key_path, Database(settings.url)
    signer = Signer(path) if path.exists() else Signer.create(path)
    asyncio.run(_signed(database, signer, outside, clock))
    export = _exported(database, settings.data_dir / "export", clock)
    clean = _verified(export, signer, outside)
    line = _other_byte(export / LINES)
    return Audit(export, clean, line, _verified(export, signer, outside))


async def _signed(database: Database, signer: Signer, outside: Path, clock: Clock) -> None:
    await keeping.tick(database, signer, [Folder(outside)], clock)
    await database.close()


def _exported(database: Database, folder: Path, clock: Clock) -> Path:
    now = clock.now()

    def begin(session: Session) -> Order:
        row = order(session, Wanted(Filter(), FORMATS, PURPOSE), None, now)
        return Order(row.id, row.run, now)

    given = database.transact_now(begin)
    tell = lambda _share: None  # noqa: E731 - it is over before anybody could look
    database.transact_now(lambda s: written(s, given.id, folder, now, tell), keep=False)
    database.transact_now(lambda session: finish(session, given, folder, now))
    return folder


def _verified(export: Path, signer: Signer, outside: Path) -> Report:
    return verify(export, Known(keys=[signer.keys[0]], seen=list(checkpoints_in([outside]))))


def _other_byte(path: Path) -> int:
    """Let the first letter of one line's event be another; return the line's number."""
    lines = path.read_bytes().splitlines(keepends=True)
    number = 1 + len(lines) // 2
    before, event, after = lines[number - 1].partition(rb"\"event\":\"")
    lines[number - 1] = before + event + bytes([after[0] ^ 1]) + after[1:]
    path.write_bytes(b"".join(lines))
    return number
