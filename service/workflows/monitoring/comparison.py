"""The data comparison: every department's verdict, and what became of each hit."""

from collections.abc import Iterator
from typing import Literal

from service.blockers import Blocker
from service.codes import Code
from service.workflows.matter import Requirement
from service.workflows.monitoring.dossier import Matter, MonitoringDossier
from service.workflows.monitoring.entry_events import (
    ConcludeComparison,
    HitConclusion,
    RecordComparison,
    Verdict,
)


class EveryDepartmentAnswered(Requirement):
    """Each department that the document names has a verdict, a missing answer included."""

    asked_of = (RecordComparison,)

    requirement: Literal["every_department_answered"]
    departments: tuple[Code, ...]
    fields: tuple[Code, ...]

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from super().codes()
        yield from (("departments", code) for code in self.departments)
        yield from (("comparison_fields", code) for code in self.fields)

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, RecordComparison):
            return
        answered = {finding.department for finding in body.findings}
        if missing := [code for code in self.departments if code not in answered]:
            yield self._blocker("department_missing", need=missing)
        unknown = answered.difference(self.departments)
        unknown |= {f.field for f in body.findings}.difference(self.fields)
        if unknown:
            yield self._blocker("department_not_listed", have=sorted(unknown))
        pairs = [(finding.department, finding.field) for finding in body.findings]
        if len(set(pairs)) < len(pairs):
            yield self._blocker("verdict_given_twice")


class _SinceAnAct(Requirement):
    """A comparison counts only from the newest act named by `since`; without it, whenever."""

    since: Code | None = None

    def acts(self) -> Iterator[str]:
        if self.since:
            yield self.since


class HitToConclude(_SinceAnAct):
    """A conclusion is drawn only on a comparison that came back with a hit."""

    asked_of = (ConcludeComparison,)

    requirement: Literal["hit_to_conclude"]

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        if not hits(matter.dossier, self.since):
            yield self._blocker("no_hit")


class ComparisonSettled(_SinceAnAct):
    """The comparison came back, and every hit was explained by a named person."""

    requirement: Literal["comparison_settled"]

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        dossier = matter.dossier
        if dossier.last(RecordComparison, since=dossier.since(self.since)) is None:
            yield self._blocker("comparison_missing")
            return
        if not (found := hits(dossier, self.since)):
            return
        conclusion = dossier.last(ConcludeComparison, since=_recorded_seq(dossier))
        if conclusion is None:
            yield self._blocker("hit_not_concluded", have=found)
        elif conclusion.conclusion is HitConclusion.CONFIRMED:
            yield self._blocker("hit_confirmed", have=found)


def hits(dossier: MonitoringDossier, since: str | None) -> list[str]:
    """Return `department.field` for every difference in the newest comparison since an act."""
    result = dossier.last(RecordComparison, since=dossier.since(since))
    findings = result.findings if result else []
    return [f"{f.department}.{f.field}" for f in findings if f.verdict is Verdict.DIFFERS]


def _recorded_seq(dossier: MonitoringDossier) -> int:
    return max(entry.seq for entry, _ in dossier.all(RecordComparison))
