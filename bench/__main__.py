"""Measure the product and write down the figures: `make bench ARGS=--quick`."""

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import (
    bare,
    campaigns,
    client,
    exports,
    imports,
    ladders,
    log,
    overview,
    reports,
    rulebook,
)
from bench.client import Load
from bench.databases import Databases, Sqlite, postgres
from bench.figures import Figure, Report, machine, shown
from bench.server import serving
from bench.stories import District, Walk
from service.api.office import open_office
from service.clock import SystemClock
from service.config import Settings
from service.store import schema
from service.store.vault import Keys
from service.workflows.rulebook import Rulebook

HERE = Path(__file__).parent
RESULTS, SCRATCH = HERE / "results", HERE / "scratch"
STEPS = (
    *("machine", "http", "bare", "imports", "overview", "ladders", "campaigns", "reports", "log"),
    "exports",
)
DATABASES = ("sqlite", "postgresql")
PROCESSES = {"sqlite": (1,), "postgresql": (1, 2)}
TRANSITIONS_PER_SECOND = {"sqlite": 500.0}
P99_MILLISECONDS = {"postgresql": 100.0}
SHARE_OF_BARE = {"postgresql": 0.25}
IMPORT_SECONDS, IMPORT_MB = 120.0, 600.0
"""Of 100,000 households with 300,000 members, on two cores."""

LISTED, START_SECONDS = 120_000, 10.0
"""The households of a campaign's list, over 400 villages."""

REPORT_MILLISECONDS = 300.0
"""Of a county with 500,000 problems."""

WARM_UP = 32
ASKED = 90


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured.

    Rounds of a move; repeats of a load, its cases, its seconds; the households of a county, and
    its problems to be put right; the cases of a province, and how often its lists are asked for;
    the deadlines that fall due on one morning, the lines of a log that is exported.
    """

    rounds: int
    repeats: int
    cases: int
    recorded: int
    seconds: float
    households: int
    problems: int
    province: int
    asked: int
    deadlines: int
    lines: int


FULL = Scale(
    rounds=200,
    repeats=3,
    cases=360,
    recorded=120,
    seconds=6,
    households=100_000,
    problems=500_000,
    province=1_000_000,
    asked=300,
    deadlines=100_000,
    lines=1_000_000,
)
QUICK = Scale(
    rounds=50,
    repeats=1,
    cases=90,
    recorded=30,
    seconds=2,
    households=2_000,
    problems=20_000,
    province=20_000,
    asked=50,
    deadlines=2_000,
    lines=50_000,
)


@dataclass(frozen=True, slots=True)
class Run:
    """One load, what a transition took of the server's processors, and its memory afterwards."""

    load: Load
    milliseconds: float
    resident_mb: float


class Bench:
    """One run, with its folder, its scale, and what it was asked for."""

    def __init__(
        self, folder: Path, scale: Scale, steps: set[str], names: list[str], report: Report
    ) -> None:
        self.folder, self.scale, self.steps, self.names = folder, scale, steps, names
        self.report = report

    def run(self) -> None:
        if "machine" in self.steps:
            self._add(*rulebook.measure(self.scale.rounds))
        if "log" in self.steps:
            self._add(*log.verification(self.folder))
        for name in self.names if self.steps - {"machine"} else ():
            with self._databases(name) as databases:
                self._measure(name, databases)

    def _add(self, *figures: Figure) -> None:
        for figure in figures:
            print(f"{figure.name}: {shown(figure.median)} {figure.unit}", flush=True)
        self.report.figures += figures

    @contextmanager
    def _databases(self, name: str) -> Iterator[Databases]:
        if name == "sqlite":
            yield Sqlite(self.folder)
        else:
            with postgres(self.folder) as server:
                self.report.machine["postgresql"] = server.described()
                yield server

    def _settings(self, url: str) -> Settings:
        return Settings(database_url=url, data_dir=self.folder)

    def _measure(self, name: str, databases: Databases) -> None:
        schema.upgrade(databases.template)
        district = District(self._settings(databases.template))
        walks = district.plant(WARM_UP + self.scale.cases)
        if "bare" in self.steps:
            self._bare(name, databases, walks)
        if "http" in self.steps:
            self._actions(name, databases, walks)
            for processes in PROCESSES[name]:
                self._http(name, databases, walks, processes)
        if "log" in self.steps:
            self._log(name, databases, walks)
        if "campaigns" in self.steps:
            self._campaigns(name, databases)
        if name == "postgresql":
            self._of_a_province(name, databases)

    def _of_a_province(self, name: str, databases: Databases) -> None:
        """Measure what is asked of a server that many offices share."""
        if "imports" in self.steps:
            self._imports(name, databases)
        if "reports" in self.steps:
            self._reports(name, databases)
        if "ladders" in self.steps:
            self._ladders(databases)
        if "exports" in self.steps:
            with databases.copy() as url:
                for figure in exports.measure(url, self.folder, self.scale.lines):
                    self._add(figure)
        if "overview" in self.steps:
            with databases.copy() as url:
                settings, scale = self._settings(url), self.scale
                for figure in overview.measure(url, settings, scale.province, scale.asked):
                    self._add(figure)

    def _ladders(self, databases: Databases) -> None:
        """Measure a morning on which deadlines fall due, once: it takes minutes."""
        with databases.copy() as url:
            settings, scale = self._settings(url), self.scale
            self._add(*ladders.measure(url, settings, scale.deadlines, scale.asked))

    def _bare(self, name: str, databases: Databases, walks: list[Walk]) -> None:
        with databases.copy() as url:
            recorded = bare.record(self._settings(url), walks[: self.scale.recorded])
        rates = []
        for _ in range(self.scale.repeats):
            with databases.copy() as url:
                rates.append(bare.replay(url, recorded))
        statements = sum(len(one) for walk in recorded for one in walk)
        transactions = sum(map(len, recorded))
        self._add(
            Figure(f"{name}, bare driver", "transitions/s", rates),
            Figure(f"{name}, statements", "per transition", [statements / transactions]),
        )

    def _log(self, name: str, databases: Databases, walks: list[Walk]) -> None:
        """Measure what the log costs each transition, and how late a checkpoint is."""
        with databases.copy() as url:
            recorded = bare.record(self._settings(url), walks[: self.scale.recorded])
        shares = []
        for _ in range(self.scale.repeats):
            with databases.copy() as url, databases.copy() as other:
                log.without(other)
                shares.append(1 - bare.replay(url, recorded) / bare.replay(other, recorded))
        self._add(Figure(f"{name}, the log's share of the bare driver", "", shares, at_most=0.1))
        with databases.copy() as url:
            self._add(log.delay(name, url, self.folder))

    def _imports(self, name: str, databases: Databases) -> None:
        """Measure a county's register, once: it takes minutes."""
        households, file = self.scale.households, self.folder / "register.xlsx"
        imports.workbook(file, households)
        with databases.copy() as url, databases.copy() as other:
            settings = self._settings(url)
            office = open_office(settings, SystemClock(), Rulebook())
            imports.plant(office)
            done = imports.run(office, settings, file, households)
            self._add(
                Figure(f"{name}, import, validate", "s", [done.validating_seconds]),
                Figure(f"{name}, import, commit", "s", [done.committing_seconds]),
                Figure(f"{name}, import, in all", "s", [done.seconds], at_most=IMPORT_SECONDS),
                Figure(f"{name}, import, peak", "MB", [done.peak_mb], at_most=IMPORT_MB),
            )
            imports.plant(open_office(self._settings(other), SystemClock(), Rulebook()))
            self._add(Figure(f"{name}, import, COPY", "s", [imports.copy_bare(url, other)]))

    def _campaigns(self, name: str, databases: Databases) -> None:
        """Measure the start of a campaign, once, and what its coverage takes to read."""
        listed = min(LISTED, self.scale.households * 2)
        with databases.copy() as url:
            settings = self._settings(url)
            county = campaigns.Started(settings, listed)
            self._add(
                Figure(f"{name}, campaign, start", "s", [county.start()], at_most=START_SECONDS)
            )
            with serving(settings) as server:
                waited = client.read(server.port, [county.asking()] * 5)
        self._add(Figure(f"{name}, campaign, coverage", "ms", [median(waited)]))

    def _reports(self, name: str, databases: Databases) -> None:
        """Measure what a county waits for its report, beside the bare count of its problems."""
        with databases.copy() as url:
            settings = self._settings(url)
            office = open_office(settings, SystemClock(), Rulebook())
            imports.plant(office)
            reports.plant(url, self.scale.problems)
            asked = reports.measure(office, settings)
        assert asked.counted == self.scale.problems
        for report, waited in asked.reports.items():
            self._add(Figure(f"{name}, report {report}", "ms", waited, at_most=REPORT_MILLISECONDS))
        self._add(Figure(f"{name}, bare count", "ms", asked.bare))

    def _http(self, name: str, databases: Databases, walks: list[Walk], processes: int) -> None:
        title = f"{name} x{processes}"
        runs = [self._load(databases, walks, processes) for _ in range(self.scale.repeats)]
        rates = [run.load.per_second for run in runs]
        tails = {
            percent: [run.load.percentile(percent) for run in runs] for percent in (50, 95, 99)
        }
        errors = [error for run in runs for error in run.load.errors]
        self._add(
            Figure(title, "transitions/s", rates, at_least=TRANSITIONS_PER_SECOND.get(name)),
            Figure(f"{title}, p50", "ms", tails[50]),
            Figure(f"{title}, p95", "ms", tails[95]),
            Figure(f"{title}, p99", "ms", tails[99], at_most=P99_MILLISECONDS.get(name)),
            Figure(f"{title}, errors", "in all", [len(errors)], at_most=0),
            Figure(f"{title}, processor", "ms/transition", [run.milliseconds for run in runs]),
            Figure(f"{title}, resident", "MB/process", [run.resident_mb for run in runs]),
        )
        if errors:
            print(f"first error: {errors[0]}")
        if without := self.report.of(f"{name}, bare driver"):
            shares = [rate / without.median for rate in rates]
            self._add(
                Figure(f"{title}, of bare", "share", shares, at_least=SHARE_OF_BARE.get(name))
            )

    def _actions(self, name: str, databases: Databases, walks: list[Walk]) -> None:
        """Measure what a person waits for who asks what can be done, nobody else asking."""
        with databases.copy() as url, serving(self._settings(url)) as server:
            waited = client.read(server.port, [walk[0].actions() for walk in walks[:ASKED]])
        self._add(Figure(f"{name}, actions, p50", "ms", [median(waited)], at_most=10))

    def _load(self, databases: Databases, walks: list[Walk], processes: int) -> Run:
        wired = [[request.wire() for request in walk] for walk in walks]
        with databases.copy() as url, serving(self._settings(url), processes) as server:
            before = server.processor_seconds()
            load = client.run(server.ports, wired, warm_up=WARM_UP, seconds=self.scale.seconds)
            used = server.processor_seconds() - before
            moved = load.warm_up + len(load.milliseconds)
            return Run(load, used * 1000 / moved, server.resident_mb())


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once, and little of it")
    parser.add_argument("--only", choices=STEPS, help="one of the parts")
    parser.add_argument("--database", choices=DATABASES, help="one of the two kinds")
    parser.add_argument("--folder", type=Path, help="where the databases lie: the disk matters")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # or the servers would outlive it
    with tempfile.TemporaryDirectory(prefix="dixian-bench-", dir=asked.folder) as made:
        folder = Path(made)
        (folder / "keys.json").write_text(Keys.generate().model_dump_json())
        report = Report(machine(folder))
        Bench(
            folder,
            scale=QUICK if asked.quick else FULL,
            steps={asked.only} if asked.only else set(STEPS),
            names=[asked.database] if asked.database else list(DATABASES),
            report=report,
        ).run()
    print(f"\n{report.page()}")
    is_whole = not (asked.quick or asked.only or asked.database)
    write(report, RESULTS if is_whole else SCRATCH)


def write(report: Report, folder: Path) -> None:
    """Keep the figures, for readers and for other days; a part of a run only in the scratch."""
    folder.mkdir(exist_ok=True)
    today = SystemClock().now().date()
    (folder / "latest.md").write_text(report.page())
    data = json.dumps(report.data(), indent=1, ensure_ascii=False)
    (folder / f"{today}.json").write_text(f"{data}\n")


if __name__ == "__main__":
    main()
