"""The log as tests meet it: its key, one round of keeping it, what its holders have."""

from pathlib import Path
from typing import Any

from district import District
from sqlmodel import Session, col, select

from service.audit import keeping
from service.audit.dixian_verify import Checkpoint, Key
from service.audit.holders import Folder, Holder
from service.audit.log import tree_of
from service.audit.merkle import HashName
from service.audit.signer import Signer
from service.store.log import LogCheckpoint, LogHead, LogLeaf, LogPending

ORIGIN = "county.example/log"


class Log:
    """The log of a district, with its key file and a folder that holds checkpoints."""

    def __init__(self, at: District, folder: Path, hash_name: HashName = HashName.SHA256) -> None:
        self.at = at
        self.key_file = folder / "log-key.json"
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
