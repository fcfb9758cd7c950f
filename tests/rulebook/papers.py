"""The shipped Taogou document as data, to be broken in one place and written to a file again."""

import copy
import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from service.workflows.policy import POLICIES, read

SHIPPED = POLICIES / "taogou-2021.toml"
CATALOGUE = POLICIES / "taogou-2021.rules.toml"

PAPER = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
STATES = list(read(SHIPPED).monitoring_object.state_labels)

GONE = object()
"""As a new value: the key is taken out."""


def put(folder: Path, name: str = "paper", **changes: object) -> Path:
    """Write the document with some places changed (dotted key -> new value), and its catalogue."""
    path = folder / f"{name}.toml"
    lines = (f"{key} = {as_toml(value)}" for key, value in changed(changes).items())
    path.write_text("\n".join(lines), encoding="utf-8")
    rules = CATALOGUE.read_text(encoding="utf-8")
    path.with_suffix(".rules.toml").write_text(rules, encoding="utf-8")
    return path


def changed(changes: dict[str, object], paper: dict[str, Any] = PAPER) -> dict[str, Any]:
    """Return a document with some places changed.

    An entry of a list is named by its number, its event, its id or its code; a new one by `+`.
    """
    new: Any = copy.deepcopy(paper)
    for key, value in changes.items():
        *way, last = key.split(".")
        place = new
        for part in way:
            place = place[_step(place, part)]
        if value is GONE:
            del place[_step(place, last)]
        elif last == "+":
            place.append(value)
        else:
            place[_step(place, last)] = value
    return new


def _step(place: Any, part: str) -> Any:
    if not isinstance(place, list):
        return part
    names = [{one.get(n) for n in ("event", "id", "code")} for one in place if type(one) is dict]
    return int(part) if part.isdigit() else next(n for n, own in enumerate(names) if part in own)


def as_toml(value: object) -> str:
    """Return a value in TOML, however deep, on one line."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(k)} = {as_toml(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(as_toml, value))}]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
