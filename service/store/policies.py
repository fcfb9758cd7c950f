"""What administrators did with documents: published a version, put one in force in an area.

The rows are one append-only chain for the whole installation. Its numbers follow each other
without a gap, so that of two acts at once one finds its number taken and looks again.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Text, func, literal
from sqlmodel import Field, Session, SQLModel, col, select

from service.codes import Label
from service.errors import NotReady
from service.store.columns import AREA_CODE, CODE, Utc, coded
from service.workflows.policy import PolicyError, parse
from service.workflows.rulebook import Rulebook


class ActKind(StrEnum):
    PUBLISH = "publish"
    PUT_IN_FORCE = "put_in_force"


class PolicyAct(SQLModel, table=True):
    """One act on a document, at the area it holds for and below.

    A publication keeps the text as it came; `line` holds the exact bytes that were hashed.
    """

    __tablename__ = "policy_act"

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: ActKind = Field(sa_type=coded(ActKind))
    area_code: str = Field(sa_type=AREA_CODE, foreign_key="area.code")
    policy_id: str = Field(sa_type=CODE)
    version: int | None = None
    text: str | None = Field(default=None, sa_type=Text)
    catalogue: str | None = Field(default=None, sa_type=Text)
    at: datetime = Field(sa_type=Utc)
    person_id: UUID
    position_id: UUID
    line: bytes = b""
    prev_hash: str = Field(max_length=64)
    hash: str = Field(default="", max_length=64)

    @property
    def ref(self) -> str:
        return f"{self.policy_id}@{self.version}"


def newest_act() -> ColumnElement[int]:
    """Return the subquery for the newest act's number, to ride along in another statement."""
    return func.coalesce(select(func.max(PolicyAct.seq)).scalar_subquery(), literal(0))


def take_in(session: Session, rulebook: Rulebook) -> None:
    """Let the rulebook know every version that was published since it looked last.

    Raises `NotReady` for one that this code cannot read: newer code published it.
    """
    acts = session.exec(
        select(PolicyAct).where(PolicyAct.seq > rulebook.known_to).order_by(col(PolicyAct.seq))
    ).all()
    for act in acts:
        if act.kind is ActKind.PUBLISH:
            _add(rulebook, act)
        rulebook.known_to = max(rulebook.known_to, act.seq)


def _add(rulebook: Rulebook, act: PolicyAct) -> None:
    try:
        policy = parse(act.ref, act.text or "", act.catalogue or "", linked=False)
        rulebook.add(policy, act.area_code)
    except PolicyError as problem:
        raise NotReady(
            Label(zh=f"本程序无法读取文件{act.ref}", en=f"This code cannot read {act.ref}.")
        ) from problem
