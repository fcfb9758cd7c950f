"""The life of one case as a page and as PDF: what was done when, by which role, in what time.

It is read off the log's lines alone, so it names nobody. At its end stand the hash of the last
line and a code that leads back to it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from string import Template
from uuid import UUID

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer, Table

from service.clock import OFFICE_ZONE
from service.codes import Label
from service.papers import GRID, SMALL, TITLE, check_drawable, document, paragraph, styled
from service.store.cases import CaseRow, Line
from service.workflows.kinds import KINDS
from service.workflows.machine import Procedure

HEADING = "办理时间线"
COLUMNS = ("序号", "时间", "办理", "办后状态", "岗位", "期限")
WIDTHS = tuple(width * mm for width in (12, 30, 34, 26, 26, 32))
CODE_LENGTH = 16
"""How much of the hash a code has, in hexadecimal digits."""

CELL = styled(9)
CHANGES = {
    "started": "计时开始",
    "suspended": "中止计时",
    "resumed": "恢复计时",
    "extension_asked": "申请延长",
    "extension_refused": "未准延长",
    "extended": "延长",
    "recomputed": "重算",
    "carried_over": "沿用至新版本",
    "met": "计时结束",
    "lapsed": "计时终止",
}
QR_SIDE, QUIET = 34 * mm, 4


@dataclass(frozen=True, slots=True)
class Step:
    """One line: its number, the instant, what was done, where that led, by whom, in what time."""

    seq: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is shown of a case: the facts above, its steps, the code below."""

    case_id: UUID
    facts: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    seq: int
    head_hash: str

    @property
    def code(self) -> str:
        return code_of(self.seq, self.head_hash)

    @property
    def payload(self) -> str:
        """Return what the QR code holds: enough to look the line up without this service."""
        return f"dixian:{self.case_id}:{self.seq}:{self.head_hash}"


def code_of(seq: int, line_hash: str) -> str:
    """Return the code that leads to a line of a case: its number and the beginning of its hash."""
    return f"{seq}-{line_hash[:CODE_LENGTH]}"


def timeline(
    case: CaseRow, lines: list[tuple[Line, Label]], village: str, procedure: Procedure
) -> Timeline:
    """Return the timeline of a case; each line comes with the label of its event."""
    facts = (
        ("事项", f"{KINDS[case.kind].zh} {case.id}"),
        ("地区", f"{village} {case.area_code}"),
        ("依据", f"{procedure.policy.document} ({case.policy})"),
        ("现状", procedure.states[case.state].zh),
        ("末行哈希", case.head_hash),
    )
    steps = tuple(_step(line, label, procedure) for line, label in lines)
    return Timeline(case.id, facts, steps, case.version, case.head_hash)


def _step(line: Line, label: Label, procedure: Procedure) -> Step:
    at = line.received_at.astimezone(OFFICE_ZONE).strftime("%Y-%m-%d %H:%M")
    roles = procedure.policy.roles
    role = roles[line.role].zh if line.role in roles else line.role
    state = procedure.states.get(line.to_state)
    where = state.zh if state else line.to_state
    return Step(line.seq, (str(line.seq), at, label.zh, where, role, _times(line, procedure)))


def _times(line: Line, procedure: Procedure) -> str:
    said = json.loads(line.line)
    limits = {limit.id: limit.label.zh for limit in procedure.rules.time_limits}
    told = [
        f"逾期{late['days']}：{limits.get(late['rule'], late['rule'])}"
        for late in said.get("late", ())
    ]
    for change in said.get("deadlines", ()):
        name = limits.get(change["rule"], change["rule"])
        what = CHANGES.get(change["change"], change["change"])
        told.append(f"{name}：{what}（{change['due_on']}）")
    return "；".join(told)


# -- as a page

PAGE = Template("""\
<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>$heading</title>
<style>
@page { size: A4; margin: 20mm }
body { max-width: 175mm; margin: 10mm auto; color: #000; background: #fff;
  font: 11pt/1.6 "SimSun", "Songti SC", "Noto Serif CJK SC", serif; overflow-wrap: anywhere }
h1 { font-size: 20pt; text-align: center }
table { width: 100%; border-collapse: collapse; margin-bottom: 8mm }
th, td { border: 0.5pt solid #000; padding: 1mm 2mm; text-align: left; vertical-align: top }
th { font-weight: normal }
svg { width: 34mm; height: 34mm; float: right }
@media print { body { margin: 0 } }
</style>
</head>
<body>
<h1>$heading</h1>
<table>
$facts</table>
<table>
<thead><tr>$columns</tr></thead>
<tbody>
$steps</tbody>
</table>
<footer>$qr<p>$mark</p></footer>
</body>
</html>
""")


def html(shown: Timeline) -> bytes:
    """Return the timeline as a page to be printed on A4; it needs nothing else."""
    facts = (
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>\n'
        for name, value in shown.facts
    )
    steps = (
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in step.cells)}</tr>\n"
        for step in shown.steps
    )
    return PAGE.substitute(
        heading=HEADING,
        facts="".join(facts),
        columns="".join(f'<th scope="col">{column}</th>' for column in COLUMNS),
        steps="".join(steps),
        qr=_qr_svg(shown.payload),
        mark=escape(_mark(shown)),
    ).encode()


def _mark(shown: Timeline) -> str:
    return f"核验码：{shown.code}"


def _qr_svg(payload: str) -> str:
    qr = QrCodeWidget(payload).qr
    qr.make()
    count = qr.getModuleCount()
    dark = "".join(
        f"M{column + QUIET} {row + QUIET}h1v1h-1z"
        for row in range(count)
        for column in range(count)
        if qr.isDark(row, column)
    )
    side = count + 2 * QUIET
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img">'
        f'<title>{escape(payload)}</title><path d="{dark}"/></svg>'
    )


# -- as PDF


def pdf(shown: Timeline) -> bytes:
    """Return the timeline as PDF. Raises `NotAcceptable` for characters that its font lacks."""
    cells = [cell for step in shown.steps for cell in step.cells]
    check_drawable("".join([*(value for _, value in shown.facts), *cells]))
    return document(HEADING, _flow(shown))


def _flow(shown: Timeline) -> Iterator[Flowable]:
    yield paragraph(HEADING, TITLE)
    facts = [[paragraph(part, CELL) for part in fact] for fact in shown.facts]
    yield Table(facts, colWidths=(24 * mm, 136 * mm), style=GRID)
    yield Spacer(1, 6 * mm)
    rows = [COLUMNS, *(step.cells for step in shown.steps)]
    table = [[paragraph(cell, CELL) for cell in row] for row in rows]
    yield Table(table, colWidths=WIDTHS, style=GRID, repeatRows=1, splitInRow=1)
    yield Spacer(1, 6 * mm)
    yield paragraph(_mark(shown), SMALL)
    drawing = Drawing(QR_SIDE, QR_SIDE)
    drawing.add(QrCodeWidget(shown.payload, barWidth=QR_SIDE, barHeight=QR_SIDE))
    yield drawing
