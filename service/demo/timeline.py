"""What a person reads: the days, the acts with their provisions, the tables at the end.

Lines are wrapped here, with a hanging indent and by the width of Chinese characters, so that
the text is the same on a terminal, in a pipe and in a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from service.audit.chain import Flaw
from service.clock import OFFICE_ZONE

WIDTH = 100
INDENT = 11
HASH_SHOWN = 12
WEEKDAYS = "一二三四五六日"

TOLD = ("filled_by", "proxy_name", "officer", "statement", "reason", "to_fix", "answer")
"""What of a statement, or of what the rulebook derived from it, is shown."""

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """Who does what to which case, when, under which provision."""

    at: datetime
    letter: str
    who: str
    what: dict[str, str]
    cite: str

    @property
    def time(self) -> str:
        return f"{self.at.astimezone(OFFICE_ZONE):%H:%M}"


class Timeline:
    """Writes to a console; where that is no terminal, 100 columns wide."""

    def __init__(self, out: Console) -> None:
        self._out = out
        self.width = min(WIDTH, out.width) if out.is_terminal else WIDTH

    def lines(self, *lines: str) -> None:
        for line in lines:
            self._wrapped("", Text(line), indent=2)

    def day(self, day: date) -> None:
        name = f"{day} 星期{WEEKDAYS[day.weekday()]} {day:%A}"
        self._print(Text(f"\n── {name} ".ljust(WIDTH // 2, "─"), "bold cyan"))

    def moved(self, act: Act, moved: Facts) -> None:
        case, late = moved["case"], moved["late"]
        self._head(act, "✓", "green")
        state = Text.assemble(act.who, " → ", (_both(case["state_label"]), "green"))
        if case["round"] > 1:
            state.append(f" · 第{case['round']}轮 round {case['round']}")
        self._wrapped("", state)
        said = {**moved["transition"]["statement"], **moved["transition"]["outcome"]}
        if told := [f"{name}: {_plain(said[name])}" for name in TOLD if said.get(name)]:
            self.note(" · ".join(told))
        for one in late:
            days = f"逾期{one['days']}天 {one['days']} days late ({one['rule']})"
            self._wrapped("", Text(days, "yellow"))

    def refused(self, act: Act, problem: Facts, reasons: Sequence[tuple[Facts, Facts]]) -> None:
        self._head(act, "✗", "red")
        title = f"{act.who} → {problem['status']} {problem['code']} {problem['title']}"
        self._wrapped("", Text(title, "red"))
        for chinese, english in reasons:
            until = f" ≥ {chinese['until']}" if chinese.get("until") else ""
            said = Text(chinese["detail"])
            if chinese.get("cite"):
                said.append(f" [{chinese['cite']}{until}]", "bold")
            self._wrapped("  · ", said)
            self._wrapped("    ", Text(english["detail"], "dim"))

    def attached(self, kept: Facts) -> None:
        """Say which file was kept, by what its bytes show."""
        file = f"{kept['filename']} {kept['media_type']} {kept['size']} bytes"
        self.note(f"附件 attachment: {kept['kind']} {file} sha256 {kept['sha256'][:HASH_SHOWN]}")

    def gap(self) -> None:
        self._print(Text())

    def note(self, text: str) -> None:
        self._wrapped("", Text(text, "dim"))

    def explanation(self, found: Facts) -> None:
        """Show day by day how a date came about."""
        deadline = found["deadline"]
        head = f"{_both(deadline['label'])} [{deadline['cite']}；{found['at']}]"
        self._wrapped("", Text(head, "bold"))
        table = _table("日期 date", "计 no.", "原因 why")
        for step in found["steps"]:
            table.add_row(step["on"], str(step["counted"] or "–"), _both(step["why"]))
        self._print(table)

    def deadlines(self, title: str, who: object, rows: Sequence[tuple[str, Facts]]) -> None:
        """Show what somebody asked for: deadlines, each with the letter of its case."""
        self._print(Text.assemble((title, "bold"), f"  {who}"))
        table = _table(
            "案 case", "期限 time limit", "依据 cite", "到期 due", "状态 state", "天 days"
        )
        for letter, deadline in rows:
            table.add_row(
                letter,
                _both(deadline["label"]),
                deadline["cite"],
                deadline["due_on"],
                deadline["state"],
                str(deadline["days_late"]),
            )
        self._print(table)

    def history(self, title: str, lines: Sequence[Facts]) -> None:
        self._print(Text(title, "bold"))
        table = _table("", "收到 received", "事项 event", "环节 state", "岗位 role", "哈希 hash")
        for line in lines:
            table.add_row(
                str(line["seq"]),
                line["received_at"][5:16].replace("T", " "),
                line["event_label"]["zh"],
                line["to_state"],
                line["role"],
                line["hash"][:HASH_SHOWN],
            )
        self._print(table)

    def verified(self, chains: Sequence[tuple[UUID, int, Flaw | None]]) -> bool:
        """Say what the verification of all chains found; tell whether they are whole."""
        flaws = [flaw for _, _, flaw in chains if flaw]
        for flaw in flaws:
            self._print(Text(f"{flaw.case_id} line {flaw.seq}: {flaw.what}", "red"))
        lines = sum(count for _, count, _ in chains)
        found = f"{len(chains)} cases, {lines} lines, {len(flaws)} flaws"
        self._print(Text(f"链核验 chains verified: {found}", "red" if flaws else "bold green"))
        return not flaws

    def off_script(self, act: str, expected: object, came: object) -> None:
        self._print(Text(f"与预期不符 not as expected: {act}", "bold red"))
        self._wrapped("", Text(f"预期 expected: {expected}"), indent=2)
        self._wrapped("", Text(f"实际 came:     {came}"), indent=2)

    def _head(self, act: Act, mark: str, style: str) -> None:
        head = Text.assemble((act.time, "dim"), " ", (act.letter, "bold"), " ", (mark, style), "  ")
        what = Text.assemble((_both(act.what), "bold"), f"  [{act.cite}]" if act.cite else "")
        self._wrapped(head, what)

    def _wrapped(self, head: Text | str, text: Text, indent: int = INDENT) -> None:
        lead = head if isinstance(head, Text) else Text(" " * indent + head)
        rest = Text(" " * lead.cell_len)
        for line in text.wrap(self._out, self.width - lead.cell_len):
            self._print(lead + line)
            lead = rest

    def _print(self, what: Text | Table) -> None:
        self._out.print(what, width=self.width, highlight=False, soft_wrap=isinstance(what, Text))


def _table(*columns: str) -> Table:
    return Table(*columns, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=True)


def _plain(value: object) -> str:
    return "；".join(value) if isinstance(value, list) else str(value)


def _both(label: dict[str, str]) -> str:
    return f"{label['zh']} {label['en']}"
