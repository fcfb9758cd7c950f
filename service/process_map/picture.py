"""The map as a picture (SVG): the states of the document in their order, the ways as arcs.

The more cases went a way, the thicker its arc; what led back is dashed. Each state has its
numbers written out at its right, so that no label ever lies on another.
"""

from collections.abc import Iterator
from html import escape
from math import log2

from service.drawing import BOX, CHARACTER, GAP, LEFT, LINE, MOVES_AT, TOP, framed
from service.process_map.counting import ProcessMap, state_label
from service.workflows.kinds import KINDS
from service.workflows.machine import Procedure

HOURS_OF_A_DAY = 24


def svg(found: ProcessMap, procedure: Procedure) -> str:
    """Return the picture; states that no case came into are left out."""
    states = found.states(procedure)
    said = {code: list(_said(code, found, procedure)) for code in states}
    places, height = _places(said)
    head = f"{procedure.policy.zh} · {KINDS[procedure.kind].zh}"
    title = f"{head} · {found.cases}件，其中{found.reworked}件有返工"
    longest = max((len(line) for lines in said.values() for line in lines), default=0)
    width = max(MOVES_AT + CHARACTER * longest, 20 + 18 * len(title))
    parts = list(_arcs(found, places))
    for code in states:
        parts += _state(state_label(procedure, code).zh, places[code], said[code])
    return framed(title, width, height, parts)


def days(hours: float | None) -> str:
    return "—" if hours is None else f"{hours / HOURS_OF_A_DAY:.1f}天"


def _said(code: str, found: ProcessMap, procedure: Procedure) -> Iterator[str]:
    stay = found.stays[code]
    yield f"{stay.cases}件，停留中位数{days(stay.median_hours)}，最长{days(stay.longest_hours)}"
    if stay.open or stay.again:
        yield f"现停留{stay.open}件，再次进入{stay.again}次"
    for (source, target), times in found.ways.most_common():
        if source == code:
            back = found.back[source, target]
            again = f"，其中退回{back}次" if back else ""
            yield f"→ {state_label(procedure, target).zh} {times}次{again}"


def _places(said: dict[str, list[str]]) -> tuple[dict[str, int], int]:
    """Return state -> the height of its middle, and the height of the whole."""
    places, y = {}, TOP
    for code, lines in said.items():
        tall = LINE * max(2, len(lines))
        places[code] = y + tall // 2
        y += tall + GAP
    return places, y + GAP


def _arcs(found: ProcessMap, places: dict[str, int]) -> Iterator[str]:
    rows = list(places)
    for (source, target), times in sorted(found.ways.items()):
        reach = min(LEFT - 20, 24 + 12 * abs(rows.index(source) - rows.index(target)))
        start, end, x = places[source], places[target], LEFT - reach
        back = " back" if rows.index(target) < rows.index(source) else ""
        yield (
            f'<path class="arc{back}" stroke-width="{1 + log2(times):.1f}"'
            f' marker-end="url(#tip)"'
            f' d="M{LEFT} {start + 4}C{x} {start + 4} {x} {end - 4} {LEFT} {end - 4}">'
            f"<title>{times}</title></path>"
        )


def _state(label: str, y: int, lines: list[str]) -> Iterator[str]:
    yield f'<rect class="state" x="{LEFT}" y="{y - 17}" width="{BOX}" height="34" rx="6"/>'
    middle = LEFT + BOX // 2
    yield f'<text x="{middle}" y="{y + 5}" text-anchor="middle">{escape(label)}</text>'
    top = y - LINE * (len(lines) - 1) / 2 + 4
    for number, line in enumerate(lines):
        at = top + LINE * number
        yield f'<text class="small" x="{MOVES_AT}" y="{at:.0f}">{escape(line)}</text>'
