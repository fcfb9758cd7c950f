"""A machine as a picture (SVG): its states from top to bottom, its moves as arcs beside them.

Each state has its moves written out at its right, so that no label ever lies on another. Arcs
at the left lead on, dashed ones back; an event that leaves a case where it is has none.
"""

from collections.abc import Iterable, Iterator
from html import escape

from service.codes import Label
from service.workflows.events import EVENTS
from service.workflows.kinds import KINDS
from service.workflows.machine import Procedure

LEFT, BOX, LINE, GAP, TOP, CHARACTER = 230, 230, 20, 14, 64, 13
MOVES_AT = LEFT + BOX + 24
STYLE = (
    "text{font:14px 'Noto Sans CJK SC','Microsoft YaHei',sans-serif;fill:#1b2733}"
    ".small{font-size:12px}.title{font-size:18px;font-weight:bold}"
    ".state{fill:#eef4fa;stroke:#3b6ea5}.end{fill:#e9f5ec;stroke:#3d8b57}"
    ".arc{fill:none;stroke:#3b6ea5}.back{stroke:#b0653a;stroke-dasharray:5 4}"
)
TIP = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7"'
    ' orient="auto"><path d="M0 0 8 4 0 8z" fill="#55677a"/></marker></defs>'
)


def svg(procedure: Procedure) -> str:
    """Return the picture of a kind's machine under a document."""
    said = _said(procedure)
    places, height = _places(procedure, said)
    title = f"{procedure.policy.zh} · {KINDS[procedure.kind].zh}"
    width = MOVES_AT + CHARACTER * max(len(line) for lines in said.values() for line in lines)
    parts = list(_arcs(procedure, places))
    leaving = {move.source for move in procedure.moves}
    for code, label in procedure.states.items():
        parts += _state(label, places[code], said[code], is_end=code not in leaving)
    return framed(title, width, height, parts)


def _said(procedure: Procedure) -> dict[str, list[str]]:
    """Return state -> its moves in words: each event with where it leads, those that stay last."""
    lines: dict[str, list[str]] = {}
    for state in procedure.states:
        lines[state], staying = [], []
        for event in procedure.events_at(state):
            name, targets = EVENTS[event].label.zh, procedure.targets(state, event)
            if targets == [state]:
                staying.append(name)
            else:
                where = "、".join(procedure.states[target].zh for target in targets)
                lines[state].append(f"{name} → {where}")
        lines[state] += [f"状态不变：{'、'.join(staying)}"] if staying else []
    return lines


def _places(procedure: Procedure, said: dict[str, list[str]]) -> tuple[dict[str, int], int]:
    """Return state -> the height of its middle, and the height of the whole."""
    places, y = {}, TOP
    for code in procedure.states:
        tall = LINE * max(2, len(said[code]))
        places[code] = y + tall // 2
        y += tall + GAP
    return places, y + GAP


def _arcs(procedure: Procedure, places: dict[str, int]) -> Iterator[str]:
    rows = list(places)
    for source, target in dict.fromkeys((m.source, m.target) for m in procedure.moves):
        if source == target:
            continue
        reach = min(LEFT - 20, 24 + 12 * abs(rows.index(source) - rows.index(target)))
        start, end, x = places[source], places[target], LEFT - reach
        back = " back" if rows.index(target) < rows.index(source) else ""
        yield (
            f'<path class="arc{back}" marker-end="url(#tip)"'
            f' d="M{LEFT} {start + 4}C{x} {start + 4} {x} {end - 4} {LEFT} {end - 4}"/>'
        )


def _state(label: Label, y: int, moves: list[str], *, is_end: bool) -> Iterator[str]:
    kind = "state end" if is_end else "state"
    yield f'<rect class="{kind}" x="{LEFT}" y="{y - 17}" width="{BOX}" height="34" rx="6"/>'
    middle = LEFT + BOX // 2
    yield f'<text x="{middle}" y="{y + 5}" text-anchor="middle">{escape(label.zh)}</text>'
    top = y - LINE * (len(moves) - 1) / 2 + 4
    for number, line in enumerate(moves):
        at = top + LINE * number
        yield f'<text class="small" x="{MOVES_AT}" y="{at:.0f}">{escape(line)}</text>'


def framed(title: str, width: int, height: int, parts: Iterable[str]) -> str:
    """Return parts as one picture with its title, in the style of all of them; sizes in pixels."""
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"><title>{escape(title)}</title>',
        f"<style>{STYLE}</style>",
        TIP,
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text class="title" x="20" y="36">{escape(title)}</text>',
    ]
    return "\n".join([*head, *parts, "</svg>", ""])
