"""How fast the log is exported in each format, in how much memory; beside COPY of the same rows."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import insert, update
from sqlmodel import Session

from bench.figures import Figure
from bench.log import LINES_OF_A_CASE, made_up_lines, without
from service import sample
from service.audit.chain import GENESIS, digest
from service.audit.extract import Asked
from service.audit.log import entry
from service.audit.merkle import Hashing, Tree
from service.audit.signer import Signer
from service.clock import SystemClock
from service.exports.formats import FORMATS
from service.exports.writing import Job, write
from service.store.cases import CASES, TRANSITIONS
from service.store.columns import JsonText
from service.store.database import Database, put_rows, wire
from service.store.log import HEAD, LEAVES, TILES, LogCheckpoint

TOGETHER = 50_000
LINES_PER_SECOND = {"jsonl": 60_000, "csv": 60_000, "parquet": 30_000, "xes": 30_000}
RESIDENT_MB = {"jsonl": 250, "csv": 250}
AT = datetime.fromisoformat("2021-06-03T07:30:00+00:00")
SAME = {
    "event": "conclude_deliberation",
    "from_state": "group_deliberation",
    "to_state": "village_review",
    "received_at": AT,
    "person_id": UUID("0179cf62-5a80-70fc-b24a-000000000001"),
    "position_id": UUID("0179cf62-5a80-70fc-b24a-000000000002"),
    "role": "village_committee",
    "area_code": sample.VILLAGE,
    "policy": "taogou-2021@1",
    "calendar_edition": 23,
}


def measure(url: str, folder: Path, lines: int) -> Iterator[Figure]:
    """Fill a PostgreSQL database that is at head; yield what each format takes, once."""
    without(url)
    plant(url, folder, lines)
    yield Figure("export, COPY TO", "lines/s", [lines / asyncio.run(_copied(url, folder))])
    for name in FORMATS:
        # A process of its own for each, whose memory is that of nothing else.
        with ProcessPoolExecutor(1, get_context("spawn")) as alone:
            seconds, resident = alone.submit(_export, url, folder / name, name).result()
        rate, most = LINES_PER_SECOND.get(name), RESIDENT_MB.get(name)
        yield Figure(f"export, {name}", "lines/s", [lines / seconds], at_least=rate)
        yield Figure(f"export, {name}, resident", "MB", [resident], at_most=most)


def _export(url: str, folder: Path, name: str) -> tuple[float, float]:
    """Export the whole log in a format; return the seconds, and the most memory in MB."""

    def work(session: Session) -> None:
        size = wire(session).execute(HEAD.select()).one().size
        checkpoint = session.get_one(LogCheckpoint, size)
        write(Job(session, checkpoint, Asked("bench"), folder, [name]), SystemClock().now())

    before = time.perf_counter()
    Database(url).transact_now(work, keep=False)
    seconds = time.perf_counter() - before
    status = Path("/proc/self/status").read_text()  # the peak of this process alone
    return seconds, int(status.split("VmHWM:")[1].split()[0]) / 1024


async def _copied(url: str, folder: Path) -> float:
    """Return the seconds in which the server writes the same lines by itself."""
    connection = await asyncpg.connect(url)
    asked = (
        "SELECT l.leaf_index, l.kind, t.line FROM log_leaf l JOIN transition t"
        " ON t.case_id = l.subject_id AND t.seq = l.seq ORDER BY l.leaf_index"
    )
    before = time.perf_counter()
    await connection.copy_from_query(asked, output=folder / "copied", format="csv")
    seconds = time.perf_counter() - before
    await connection.close()
    return seconds


def plant(url: str, folder: Path, lines: int) -> None:
    """Put made-up lines into the database with their tree, signed."""
    signer, hashing = Signer.create(folder / "log-key-exports.json"), Hashing("sha256")
    tiles: dict[tuple[int, int], bytes] = {}
    tree = Tree(hashing, 0, lambda level, index: tiles.get((level, index), b""))
    upcoming = enumerate(islice(made_up_lines(), lines))
    while some := list(islice(upcoming, TOGETHER)):
        Database(url).transact_now(lambda session, some=some: _put(session, some))
        leaves = [hashing.leaf(entry("transition", line)) for _, line in some]
        tiles |= tree.append(leaves)

    def end(session: Session) -> None:
        rows = [
            {"level": level, "tile_index": index, "hashes": hashes}
            for (level, index), hashes in tiles.items()
        ]
        put_rows(session, TILES, rows)
        signed = signer.checkpoint(lines, tree.root, signer.keys, SystemClock().now())
        wire(session).execute(update(HEAD).values(size=lines, origin=signed.origin, hash="sha256"))
        row = {"size": lines, "root": signed.root, "note": str(signed.note), "signed_at": AT}
        wire(session).execute(insert(LogCheckpoint), row)

    Database(url).transact_now(end)
    asyncio.run(_analyze(url))


def _put(session: Session, some: list[tuple[int, bytes]]) -> None:
    """Put lines, and the cases that begin with them."""
    numbered = [(*divmod(number, LINES_OF_A_CASE), number, line) for number, line in some]
    put_rows(session, CASES, [_case(case) for case, seq, *_ in numbered if seq == 0])
    rows, leaves = [], []
    for case, seq, number, line in numbered:
        case_id = _case_id(case)
        hashes = {"line": line, "prev_hash": GENESIS, "hash": digest(line)}
        rows.append({**SAME, "case_id": case_id, "seq": seq + 1, **hashes})
        leaf = {"kind": "transition", "subject_id": case_id, "seq": seq + 1}
        leaves.append({"leaf_index": number, **leaf})
    put_rows(session, TRANSITIONS, rows)
    put_rows(session, LEAVES, leaves)


def _case(number: int) -> dict[str, Any]:
    return {
        "id": _case_id(number),
        "kind": "monitoring_object",
        "policy": SAME["policy"],
        "state": SAME["to_state"],
        "version": LINES_OF_A_CASE,
        "round": 1,
        "area_code": sample.VILLAGE,
        "episode": 1,
        "opened_on": date(2021, 6, 3),
        "updated_at": AT,
        "head_hash": GENESIS,
        "dossier": JsonText("[]"),
    }


def _case_id(number: int) -> UUID:
    return UUID(f"0179cf62-5a80-70fc-b24a-{number:012x}")


async def _analyze(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
