"""A measured figure beside its target, the machine it was measured on, and the page of both."""

import os
import platform
import sqlite3
import statistics
import subprocess
import tempfile
import time
import timeit
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

VERSIONS = ("fastapi", "uvicorn", "sqlmodel", "sqlalchemy", "asyncpg", "python-statemachine")
SYNCS = 200
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured several times. The target binds the median: `at_least` or `at_most`."""

    name: str
    unit: str
    repeats: Sequence[float]
    at_least: float | None = None
    at_most: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.repeats)

    @property
    def is_met(self) -> bool | None:
        """Tell whether the target is met; None where there is none."""
        if self.at_least is not None:
            return self.median >= self.at_least
        return None if self.at_most is None else self.median <= self.at_most

    @property
    def target(self) -> str:
        if self.at_least is not None:
            return f"≥ {shown(self.at_least)}"
        return "" if self.at_most is None else f"≤ {shown(self.at_most)}"


@dataclass(slots=True)
class Report:
    """What one run measured, in the order in which it was measured."""

    machine: dict[str, Any]
    figures: list[Figure] = field(default_factory=list)

    def of(self, name: str) -> Figure | None:
        return next((figure for figure in self.figures if figure.name == name), None)

    def page(self) -> str:
        """Return the report as Markdown, which reads as well on a terminal."""
        rows = [
            ("figure", "median", "min", "max", "unit", "target", "met"),
            *(_row(figure) for figure in self.figures),
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        head, *body = (_line(row, widths) for row in rows)
        rule = _line(["-" * width for width in widths], widths)
        said = "\n".join(f"- {name}: {value}" for name, value in self.machine.items())
        return "\n".join(["# Measured", "", said, "", head, rule, *body, ""])

    def data(self) -> dict[str, Any]:
        """Return the report for a machine to read."""
        figures = [
            {**asdict(figure), "median": figure.median, "is_met": figure.is_met}
            for figure in self.figures
        ]
        return {"machine": self.machine, "figures": figures}


def _row(figure: Figure) -> tuple[str, ...]:
    met = {True: "yes", False: "NO", None: ""}[figure.is_met]
    numbers = (figure.median, min(figure.repeats), max(figure.repeats))
    return (figure.name, *map(shown, numbers), figure.unit, figure.target, met)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def shown(value: float) -> str:
    """Return three digits that matter, and never an exponent."""
    if value == 0 or abs(value) >= 100:  # noqa: PLR2004 - three digits, as is said above
        return f"{value:.0f}"
    return f"{value:.3g}"


def machine(folder: Path) -> dict[str, Any]:
    """Describe what is measured on: the code, the machine, how busy it is, how fast its disk."""
    return {
        "code": _code(),
        "cpu": f"{os.cpu_count()} x {_cpu_model()}",
        "system": platform.platform(),
        "plain Python": f"{shown(_loop_milliseconds())} ms for a million additions",
        "load before": round(os.getloadavg()[0], 2),
        "fsync of 4 KB": f"{shown(_sync_microseconds(folder))} µs (median)",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in VERSIONS},
    }


def _code() -> str:
    """Return the commit, and whether something was changed since; nothing outside of git."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    said = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HERE)  # noqa: S603 - ours
    return said.stdout.strip() or "-"


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _loop_milliseconds() -> float:
    """Return what a fixed piece of work takes here, at its best of five: for comparing machines."""
    return (
        min(timeit.repeat("for i in range(1_000_000): x += i", "x = 0", repeat=5, number=1)) * 1e3
    )


def _sync_microseconds(folder: Path) -> float:
    taken = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(SYNCS):
            file.write(b"\0" * 4096)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - began) * 1e6)
    return statistics.median(taken)
