"""Helpers, plans, measures, and the criteria under which a risk may be called gone."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from service.blockers import Blocker
from service.codes import Code
from service.workflows.matter import Requirement
from service.workflows.monitoring.assistance_events import (
    AgreePlan,
    AssignHelper,
    Measure,
    RecordCriteria,
    RecordProgress,
    ReplaceHelper,
)
from service.workflows.monitoring.dossier import Matter


class HelperMatches(Requirement):
    """The kind of helper is the one that the document gives to this type of object."""

    asked_of = (AssignHelper,)

    requirement: Literal["helper_matches"]
    by_object_type: dict[Code, Code]

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from super().codes()
        yield from (("object_types", code) for code in self.by_object_type)
        yield from (("helper_kinds", code) for code in self.by_object_type.values())

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, AssignHelper):
            return
        owed = self.by_object_type.get(matter.dossier.object_type or "")
        if owed and body.helper_kind != owed:
            yield self._blocker("helper_kind_differs", need=owed, have=body.helper_kind)


class HelpersOwed(Requirement):
    """A helper of each of these kinds has been assigned by now."""

    requirement: Literal["helpers_owed"]
    kinds: Annotated[tuple[Code, ...], Field(min_length=1)]

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from super().codes()
        yield from (("helper_kinds", code) for code in self.kinds)

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        if absent := [kind for kind in self.kinds if kind not in matter.dossier.helpers]:
            yield self._blocker("helper_missing", need=absent)


class SameUnitFirst(Requirement):
    """Who follows a helper comes from the same unit, or it is said why that is impossible."""

    asked_of = (ReplaceHelper,)

    requirement: Literal["same_unit_first"]

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, ReplaceHelper):
            return
        before = matter.dossier.helper_before(body)
        if before is None:
            yield self._blocker("no_helper_to_replace", have=body.helper_kind)
        elif before.helper_unit != body.helper_unit and body.same_unit_impossible is None:
            yield self._blocker(
                "other_unit_unexplained", need=before.helper_unit, have=body.helper_unit
            )


class MeasuresComplete(Requirement):
    """Every measure of the plan says these of its fields, and no number is used twice."""

    asked_of = (AgreePlan,)

    requirement: Literal["measures_complete"]
    fields: tuple[Literal["member", "risk_type", "owner", "department", "due_on"], ...]

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, AgreePlan):
            return
        numbers = [measure.number for measure in body.measures]
        if repeated := sorted({n for n in numbers if numbers.count(n) > 1}):
            yield self._blocker("measure_twice", have=repeated)
        for measure in body.measures:
            for field in self.fields:
                if getattr(measure, field) is None:
                    yield self._blocker("measure_incomplete", need=field, have=measure.number)


class MeasuresMatch(Requirement):
    """Each risk of the household has a measure that answers it, and no measure misses its risk.

    `by_risk_type`: risk -> the kinds of measures that answer it; other risks are left alone.
    """

    asked_of = (AgreePlan,)

    requirement: Literal["measures_match"]
    by_risk_type: dict[Code, tuple[Code, ...]]

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from super().codes()
        yield from (("risk_types", code) for code in self.by_risk_type)
        kinds = {kind for kinds in self.by_risk_type.values() for kind in kinds}
        yield from (("measure_kinds", kind) for kind in sorted(kinds))

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, AgreePlan):
            return
        kinds = {measure.kind for measure in body.measures}
        for risk in matter.dossier.risk_types:
            answers = self.by_risk_type.get(risk)
            if answers and kinds.isdisjoint(answers):
                yield self._blocker("risk_without_measure", need=answers, have=risk)
        yield from (self._mismatch(one) for one in body.measures if self._misses(one))

    def _misses(self, measure: Measure) -> bool:
        answers = self.by_risk_type.get(measure.risk_type or "")
        return answers is not None and measure.kind not in answers

    def _mismatch(self, measure: Measure) -> Blocker:
        answers = self.by_risk_type[measure.risk_type or ""]
        return self._blocker("measure_mismatch", need=answers, have=(measure.number, measure.kind))


class MeasureKnown(Requirement):
    """The measure whose progress is told stands in the plan."""

    asked_of = (RecordProgress,)

    requirement: Literal["measure_known"]

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        plan = matter.dossier.plan
        numbers = [measure.number for measure in plan.measures] if plan else []
        body = matter.body
        if not numbers:
            yield self._blocker("no_plan")
        elif isinstance(body, RecordProgress) and body.measure not in numbers:
            yield self._blocker("not_listed", need=numbers, have=body.measure)


class MeasuresDone(Requirement):
    """Every measure of the plan has been carried out."""

    requirement: Literal["measures_done"]

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        plan, done = matter.dossier.plan, matter.dossier.measures_done
        open_ = [m.number for m in plan.measures if m.number not in done] if plan else []
        if open_:
            yield self._blocker("measures_open", have=open_)


class CriteriaMet(Requirement):
    """Each criterion of the document was looked at by itself, and is met."""

    asked_of = (RecordCriteria,)

    requirement: Literal["criteria_met"]
    criteria: Annotated[tuple[Code, ...], Field(min_length=1)]

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from super().codes()
        yield from (("elimination_criteria", code) for code in self.criteria)

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, RecordCriteria):
            return
        said = {one.criterion for one in body.criteria}
        failed = {one.criterion for one in body.criteria if not one.met}
        if silent := [code for code in self.criteria if code not in said]:
            yield self._blocker("criterion_not_stated", need=silent)
        if unmet := [code for code in self.criteria if code in failed]:
            yield self._blocker("criterion_not_met", need=unmet)
        if unknown := sorted(said.difference(self.criteria)):
            yield self._blocker("not_listed", need=self.criteria, have=unknown)


class NoHoldGround(Requirement):
    """Nothing was found for which the document keeps a household from being marked."""

    requirement: Literal["no_hold_ground"]
    grounds: Annotated[tuple[Code, ...], Field(min_length=1)]

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from super().codes()
        yield from (("hold_grounds", code) for code in self.grounds)

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        found = set(matter.household.traits)
        if isinstance(body := matter.body, RecordCriteria):
            found |= set(body.hold_grounds)
        if held := [ground for ground in self.grounds if ground in found]:
            yield self._blocker("held_for", have=held)
