"""A line as a row: what every line says, in columns that all tables have in common.

Lines hold no personal value, only commitments to what was said; so there is nothing to mask
here, and what was said (the dossier) is not exported.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

from pydantic_core import from_json

from service.audit.extract import Row

INT64 = 2**63
Cell = str | int | None
TEXTS = {str, type(None)}


class Column(NamedTuple):
    """A column: its name, its heading for people, how wide it is, whether it holds numbers."""

    name: str
    heading: str
    width: int
    is_number: bool = False


COLUMNS = (
    Column("index", "序号", 10, is_number=True),
    Column("line_kind", "行的种类", 12),
    Column("subject", "事项编号", 38),
    Column("seq", "步序", 6, is_number=True),
    Column("event", "事件", 26),
    Column("from", "原状态", 22),
    Column("to", "新状态", 22),
    Column("at", "接收时间 UTC", 28),
    Column("device_time", "设备时间 UTC", 28),
    Column("person", "办理人", 38),
    Column("position", "岗位编号", 38),
    Column("role", "职责", 22),
    Column("area", "办理人辖区", 14),
    Column("policy", "政策文件", 18),
    Column("kind", "事项种类", 18),
    Column("round", "轮次", 6, is_number=True),
    Column("prev", "前一行哈希", 66),
    Column("hash", "本行哈希", 66),
)


@dataclass(frozen=True)
class Batch:
    """Lines that are written together, as they are and as rows of `COLUMNS`."""

    rows: Sequence[Row]

    @cached_property
    def cells(self) -> list[tuple[Cell, ...]]:
        return [cells(row) for row in self.rows]


def cells(row: Row) -> tuple[Cell, ...]:
    """Return a line as a row. What somebody made unreadable has only its place and its hash."""
    index, kind, _, line = row
    say = _said(line).get
    seq, turn = say("seq"), say("round")
    texts: tuple[Any, ...] = (
        say("case") or say("subject"),
        *(say("event"), say("from"), say("to")),
        *(say("received_at") or say("at"), say("device_time")),
        *(say("person"), say("position"), say("role"), say("area")),
        *(say("policy"), say("kind"), say("prev")),
    )
    if not TEXTS.issuperset(map(type, texts)) or type(seq) is not int or type(turn) is not int:
        seq, turn, texts = _number(seq), _number(turn), tuple(map(_text, texts))
    subject, *told, prev = texts
    return (index, kind, subject, seq, *told, turn, prev, sha256(line).hexdigest())


def _said(line: bytes) -> dict[str, Any]:
    try:
        said = from_json(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _text(value: Any) -> str | None:  # noqa: ANN401
    return value if isinstance(value, str) else None


def _number(value: Any) -> int | None:  # noqa: ANN401
    return value if type(value) is int and -INT64 <= value < INT64 else None
