"""What a person reads: the days, the acts with their provisions, the tables at the end.

Lines are folded here, with a hanging indent and by the width of Chinese characters, so that
the text is the same on a terminal, in a pipe and in a file.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from service.audit.chain import Flaw
from service.audit.dixian_verify import KINDS, LINES, VERDICTS
from service.clock import OFFICE_ZONE
from service.demo.auditor import FORMATS, Audit

WIDTH = 100
INDENT = " " * len("09:00 A ✓  ")
HASH_SHOWN = 7
WEEKDAYS = "一二三四五六日"
UNBROKEN = re.compile(r"(?:[!-~’]+|.)[，。；：、）”…]* ?", re.DOTALL)
"""A Latin word, or one other character, with the punctuation that must not begin a line."""

TOLD = (
    "proxy_name",
    "officer",
    "statement",
    "reason",
    "to_fix",
    "progress",
    "effect",
    "helper_name",
    "answer",
)
"""What of a statement, or of what the rulebook derived from it, is shown."""

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """Who does what to which case, when, under which provision."""

    at: datetime
    letter: str
    who: object
    what: Facts
    cite: str = ""


class Timeline:
    """Writes to a console: in at most 100 columns, and in just so many where it is no terminal."""

    def __init__(self, out: Console) -> None:
        self._out = out
        out.width = min(WIDTH, out.width) if out.is_terminal else WIDTH

    def lines(self, *lines: str) -> None:
        for line in lines:
            self._folded("  ", line)

    def day(self, day: date) -> None:
        name = f"{day} 星期{WEEKDAYS[day.weekday()]} {day:%A}"
        self._out.print()
        self._out.print(Rule(Text(name, "bold cyan"), align="left", style="cyan"))

    # -- acts

    def moved(self, act: Act, moved: Facts) -> None:
        case, transition = moved["case"], moved["transition"]
        self._head(act, "✓", "green")
        state = Text.assemble(str(act.who), " → ", (_both(case["state_label"]), "green"))
        self._folded(INDENT, state)
        round_ = [f"round: {case['round']}"] if case["round"] > 1 else []
        if said := " · ".join([*round_, *_told(transition)]):
            self.note(said)
        for one in moved["late"]:
            late = f"逾期{one['days']}天 {one['days']} days late: {one['rule']}"
            self._folded(INDENT, Text(late, "yellow"))

    def refused(self, act: Act, problem: Facts, reasons: Sequence[tuple[Facts, Facts]]) -> None:
        """Say what was refused, and each reason in both languages, its provision and date."""
        self._head(act, "✗", "red")
        title = f"{act.who} → {problem['status']} {problem['code']} {problem['title']}"
        self._folded(INDENT, Text(title, "red"))
        for chinese, english in reasons:
            cite, until = chinese.get("cite"), chinese.get("until")
            place = " ".join([*([f"[{cite}]"] if cite else []), *([f"≥ {until}"] if until else [])])
            said = Text.assemble((f"{place} " if place else "", "bold"), chinese["detail"])
            self._folded(f"{INDENT}· ", said)
            self._folded(f"{INDENT}  ", Text(english["detail"], "dim"))

    def attached(self, at: datetime, letter: str, kept: Facts) -> None:
        """Say which file was kept, by what its bytes show."""
        file = f"{kept['kind']}, {kept['media_type']}, {kept['size']} bytes"
        digest = kept["sha256"][:HASH_SHOWN]
        self._folded(
            _lead(at, letter, "+", "dim"), Text(f"附件 attachment: {file}, {digest}", "dim")
        )

    def note(self, text: str) -> None:
        self._folded(INDENT, Text(text, "dim"))

    # -- tables

    def explanation(self, found: Facts) -> None:
        """Show day by day how a date came about."""
        deadline = found["deadline"]
        self._title(f"{_both(deadline['label'])} [{deadline['cite']}] {found['at']}")
        table = _table("日期 date", "计 no.", "原因 why")
        for step in found["steps"]:
            table.add_row(step["on"], str(step["counted"] or "–"), _both(step["why"]))
        self._out.print(table)

    def deadlines(self, title: str, rows: Sequence[tuple[str, Facts]]) -> None:
        """Show deadlines, each with the letter of its case."""
        self._title(title)
        table = _table(
            "案 case", "期限 time limit", "依据 cite", "到期 due", "状态 state", "天 days"
        )
        for letter, deadline in rows:
            label, late = _both(deadline["label"], "\n"), str(deadline["days_late"])
            state, due_on = deadline["state"], deadline["due_on"]
            table.add_row(letter, label, deadline["cite"], due_on, state, late)
        self._out.print(table)

    def rolled_up(self, report: Facts) -> None:
        """Show a roll-up as the document's form has it: unit, nested rows, total."""
        columns = {column["code"]: column for column in report["columns"]}
        numbers = [columns[cell["column"]] for cell in report["total"]["cells"]]
        unit, what = (one["label"]["zh"] for one in report["columns"] if one not in numbers)
        self._title(f"{report['annex']} {_both(report['title'])}")
        table = _table(unit, what, "", *(_heading(column) for column in numbers))
        for column in table.columns[:3]:
            column.no_wrap = True
        place, over = report["area_name"], None
        for row in (*report["rows"], report["total"]):
            under = row["under"] and row["under"]["zh"]
            own = row["label"]["zh"]
            first, second = (under if under != over else "", own) if under else (own, "")
            values = (cell["value"] for cell in row["cells"])
            shown = ("" if value is None else str(value) for value in values)
            table.add_row(place, first, second, *shown)
            place, over = "", under
        self._out.print(table)

    def history(self, title: str, lines: Sequence[Facts]) -> None:
        self._title(title)
        table = _table("", "收到 at", "事项 event", "环节 state", "岗位 role", "哈希 hash")
        for line in lines:
            at = datetime.fromisoformat(line["received_at"]).astimezone(OFFICE_ZONE)
            event, to = line["event_label"]["zh"], line["to_state"]
            seen, role = line["hash"][:HASH_SHOWN], line["role"]
            table.add_row(str(line["seq"]), f"{at:%m-%d %H:%M}", event, to, role, seen)
        self._out.print(table)

    def verified(self, chains: Sequence[tuple[UUID, int, Flaw | None]]) -> bool:
        """Say what the verification of all chains found; tell whether they are whole."""
        flaws = [flaw for _, _, flaw in chains if flaw]
        for flaw in flaws:
            self._folded("", Text(f"{flaw.case_id} line {flaw.seq}: {flaw.what}", "red"))
        lines = sum(count for _, count, _ in chains)
        found = f"{len(chains)} cases, {lines} lines, {len(flaws)} flaws"
        self._title(f"链核验 chains verified: {found}")
        return not flaws

    def audited(self, audit: Audit) -> bool:
        """Say what the auditor's verifier found; tell whether it found what it should."""
        clean, named = audit.clean, audit.named
        self._title(f"导出日志 log exported: {clean.lines} lines, {', '.join(FORMATS)}")
        self.lines(f"{VERDICTS[clean.verdict]} {clean.verdict}")
        self._title(f"改动一个字节 one byte changed: {LINES}, line {audit.line}")
        for one in audit.tampered.damages:
            place = one.file if one.line is None else f"{one.file}, line {one.line}"
            self.lines(f"{place}: {KINDS[one.kind]} {one.kind}")
        found = f"{named.file}, line {named.line}" if named else "nothing"
        self._title(f"核验器指出 the verifier names: {found}")
        return audit.is_as_expected

    def off_script(self, act: str, expected: object, came: object) -> None:
        """Say where the service answered otherwise than the story has it."""
        self._folded("", Text(f"与预期不符 not as expected: {act}", "bold red"))
        self.lines(f"预期 expected: {expected}", f"实际 came: {came}")

    # -- how it is written

    def _head(self, act: Act, mark: str, style: str) -> None:
        what = Text(_both(act.what), "bold")
        if act.cite:
            what.append(f"  [{act.cite}]", "not bold")
        self._folded(_lead(act.at, act.letter, mark, style), what)

    def _title(self, text: str) -> None:
        self._out.print()
        self._folded("", Text(text, "bold"))

    def _folded(self, lead: Text | str, text: Text | str) -> None:
        first = lead if isinstance(lead, Text) else Text(lead)
        room = self._out.width - first.cell_len
        body = text if isinstance(text, Text) else Text(text)
        for line in body.divide(_folds(body.plain, room)):
            line.rstrip()
            self._out.print(first + line, highlight=False, soft_wrap=True)
            first = Text(" " * first.cell_len)


def _lead(at: datetime, letter: str, mark: str, style: str) -> Text:
    time = f"{at.astimezone(OFFICE_ZONE):%H:%M}"
    return Text.assemble((time, "dim"), " ", (letter, "bold"), " ", (mark, style), "  ")


def _folds(text: str, room: int) -> Iterator[int]:
    """Yield the offsets at which a text must be divided to fit."""
    used = 0
    for found in UNBROKEN.finditer(text):
        if used and used + cell_len(found[0].rstrip()) > room:
            yield found.start()
            used = 0
        used += cell_len(found[0])


def _told(transition: Facts) -> Iterator[str]:
    """Yield what was said that a reader wants to know, and what it does to the clocks."""
    said = {**transition["statement"], **transition["outcome"]}
    for name in TOLD:
        if value := said.get(name):
            yield f"{name}: {'；'.join(value) if isinstance(value, list) else value}"
    for finding in said.get("findings") or ():
        if finding["verdict"] == "differs":
            yield f"{finding['department']}.{finding['field']}: {finding['verdict']}"
    yield from _told_of_help(said)
    for change in json.loads(transition["line"])["deadlines"]:
        yield f"{change['rule']}: {change['change']}, {change['due_on']}"


def _told_of_help(said: Facts) -> Iterator[str]:
    """Yield the measures of a plan, who went on a visit, and how each criterion was found."""
    for measure in said.get("measures", ()):
        yield f"{measure['number']}. {measure['what']}（{measure['owner']}）"
    if visitors := said.get("visitors"):
        names = (one["name"] if isinstance(one, dict) else one for one in visitors)
        yield f"visitors: {'、'.join(names)}"
    for criterion in said.get("criteria", ()):
        yield f"{criterion['criterion']} {'✓' if criterion['met'] else '✗'}"


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _heading(column: Facts) -> str:
    """Return the heading of a column below the one that stands over it and its neighbours."""
    return "\n".join(one["zh"] for one in (column["under"], column["label"]) if one)


def _both(label: Facts, between: str = " ") -> str:
    return f"{label['zh']}{between}{label['en']}"
