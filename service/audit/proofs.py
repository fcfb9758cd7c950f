"""Proofs from the log as it stands: that a line is in it, that it only grew."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from service.audit.chain import Flaw, first_flaw
from service.audit.extract import growth
from service.audit.log import entry, newest_checkpoint, tree_of, whole_note
from service.codes import Label
from service.errors import NotFound, NotInLogYet, NotYourRole
from service.store.cases import Case, Transition
from service.store.database import wire
from service.store.log import LEAVES, LogCheckpoint, LogLeaf, with_lines
from service.store.people import Actor
from service.workflows.policy import AUDITOR

CITE, APART = "DX-81", "DX-82"
READ_LOG = Label(zh="查阅日志证明", en="read the log's proofs")
OTHERS = Label(zh="审计员以外的岗位", en="anybody but an auditor")
AUDITORS = Label(zh="县级以上审计员", en="an auditor of a county or above")


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A line, its leaf, and the proof that the tree of a size and root holds it.

    `note`: the checkpoint of that size, if one was signed.
    """

    kind: str
    line: str
    leaf_index: int
    leaf: bytes
    size: int
    root: bytes
    hashes: list[bytes]
    note: str | None

    def as_text(self) -> str:
        """Return it as C2SP tlog-proof, which other people's verifiers read too."""
        hashes = "".join(f"{b64encode(one).decode()}\n" for one in self.hashes)
        return f"c2sp.org/tlog-proof@v1\nindex {self.leaf_index}\n{hashes}\n{self.note or ''}"


def check_auditor(actor: Actor) -> None:
    """Raise `NotYourRole` for everybody but an auditor."""
    if actor.role != AUDITOR:
        raise NotYourRole(READ_LOG, [AUDITORS], CITE)


def check_no_auditor(actor: Actor, act: Label) -> None:
    """Raise `NotYourRole` for an auditor, who brings nothing into what they look at (DX-82)."""
    if actor.role == AUDITOR:
        raise NotYourRole(act, [OTHERS], APART)


def head(session: Session) -> tuple[LogCheckpoint, str]:
    """Return the newest checkpoint, and its note with all signatures. Raises `NotInLogYet`."""
    newest = newest_checkpoint(session)
    if newest is None:
        raise NotInLogYet
    return newest, whole_note(session, newest)


def inclusion(session: Session, case_id: UUID, seq: int, size: int | None) -> Inclusion:
    """Prove that a case's line is in the tree of a size, else in that of the newest checkpoint.

    Raises `NotFound` where there is no such line, `NotInLogYet` where that tree has not got it.
    """
    if session.get(Transition, (case_id, seq)) is None:
        raise NotFound
    size = head(session)[0].size if size is None else size
    tree = tree_of(session)
    refs = (LEAVES.c.subject_id == case_id, LEAVES.c.kind == "transition", LEAVES.c.seq == seq)
    leaf = wire(session).execute(with_lines(LEAVES).where(*refs)).one_or_none()
    if leaf is None or not leaf.leaf_index < size <= tree.size:
        raise NotInLogYet
    signed = session.get(LogCheckpoint, size)
    return Inclusion(
        kind=leaf.kind,
        line=leaf.line.decode("utf-8", "replace"),
        leaf_index=leaf.leaf_index,
        leaf=tree.leaf(leaf.leaf_index),
        size=size,
        root=tree.root(size),
        hashes=tree.inclusion(leaf.leaf_index, size),
        note=whole_note(session, signed) if signed else None,
    )


def consistency(session: Session, old: int, new: int | None) -> dict[str, Any]:
    """Prove that a tree is the beginning of a later one, else of that of the newest checkpoint.

    Raises `NotInLogYet` for sizes that the log has not got.
    """
    new = head(session)[0].size if new is None else new
    tree = tree_of(session)
    if not 0 <= old <= new <= tree.size:
        raise NotInLogYet
    roots = {name: b64encode(tree.root(one)).decode() for name, one in _named(old, new)}
    return growth(tree, old, new) | roots


def _named(old: int, new: int) -> Iterator[tuple[str, int]]:
    yield "from_root", old
    yield "to_root", new


def standing(session: Session, case: Case) -> tuple[int, int, Flaw | None]:
    """Verify a case's lines: how many there are, how many are in the log, the first flaw."""
    lines = session.exec(
        select(Transition).where(Transition.case_id == case.id).order_by(col(Transition.seq))
    ).all()
    flaw, tree = first_flaw(case, list(lines)), tree_of(session)
    found = select(LogLeaf.seq, LogLeaf.leaf_index).where(
        LogLeaf.subject_id == case.id, LogLeaf.kind == "transition"
    )
    leaves = dict(session.exec(found).all())
    for line in lines:
        leaf = tree.hashing.leaf(entry("transition", line.line))
        if flaw is None and line.seq in leaves and tree.leaf(leaves[line.seq]) != leaf:
            flaw = Flaw(case.id, line.seq, "the line is not what became its leaf in the log")
    return len(lines), len(leaves), flaw
