"""A line as a row: what every line says, in columns that all tables have in common.

Lines hold no personal value, only commitments to what was said; so there is nothing to mask
here, and what was said (the dossier) is not exported.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from service.audit.extract import Lines

if TYPE_CHECKING:
    import pyarrow as pa


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
    """Lines that are written together, as they are and as a table of `COLUMNS`."""

    lines: Lines

    @cached_property
    def table(self) -> "pa.Table":
        from service.exports.tables import table_of  # noqa: PLC0415 - see `formats.Format.writer`

        return table_of(self.lines)
