"""The village review: who sat in it, what it decided, whether the facts bear it out."""

from collections.abc import Iterator
from typing import Literal

from service.blockers import Blocker
from service.codes import Code
from service.workflows.eligibility import (
    Assessment,
    Decision,
    EligibilityRules,
    HouseholdFacts,
    assess,
)
from service.workflows.monitoring.events import ConcludeVillageReview, Refuse
from service.workflows.monitoring.matter import Matter, Requirement


class GroupsPresent(Requirement):
    """Somebody of every group that the document names sat in the meeting."""

    requirement: Literal["groups_present"]
    groups: tuple[Code, ...]

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from (("groups", code) for code in self.groups)

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, ConcludeVillageReview):
            return
        present = {seat.group for seat in body.attendance if seat.present}
        missing = [group for group in self.groups if group not in present]
        if missing:
            yield self._blocker("group_absent", need=missing, have=sorted(present) or "-")


class ObjectTypeListed(Requirement):
    """The household is one of the document's own types of monitoring object."""

    requirement: Literal["object_type_listed"]
    object_types: tuple[Code, ...]

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from (("object_types", code) for code in self.object_types)

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, ConcludeVillageReview):
            return
        if body.object_type not in self.object_types:
            yield self._blocker(
                "object_type_not_listed", need=self.object_types, have=body.object_type
            )


class DecisionAgrees(Requirement):
    """A decision against the computed answer needs a named officer and a reason."""

    requirement: Literal["decision_agrees"]

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        body = matter.body
        if not isinstance(body, ConcludeVillageReview | Refuse):
            return
        yield from self._unknown_codes(body.facts, matter.eligibility)
        assessed = assessment(matter)
        if assessed is None:
            yield self._blocker("facts_missing")
        elif not assessed.agrees_with(decision_of(body)) and body.override is None:
            yield self._blocker(
                "decision_against_facts", need=assessed.answer, have=decision_of(body)
            )

    def _unknown_codes(
        self, facts: HouseholdFacts | None, rules: EligibilityRules
    ) -> Iterator[Blocker]:
        exclusions = {entry.code for entry in rules.exclusions}
        holders = {entry.code for entry in rules.excluded_holders}
        for found in facts.exclusions if facts else ():
            if found.exclusion not in exclusions:
                yield self._blocker(
                    "exclusion_not_listed", need=sorted(exclusions), have=found.exclusion
                )
            if found.holder not in holders:
                yield self._blocker("exclusion_not_listed", need=sorted(holders), have=found.holder)


def decision_of(body: ConcludeVillageReview | Refuse) -> Decision:
    return Decision.REFUSE if isinstance(body, Refuse) else Decision.INCLUDE


def assessment(matter: Matter) -> Assessment | None:
    """Return the document's answer on the newest facts, or None where none are recorded."""
    body = matter.body
    stated = body.facts if isinstance(body, ConcludeVillageReview | Refuse) else None
    facts = stated or matter.dossier.facts
    return assess(facts, matter.eligibility, matter.today.year) if facts else None
