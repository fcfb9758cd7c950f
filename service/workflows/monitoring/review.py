"""Meetings and what they decide: who sat in them, and whether the facts bear the decision out."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from service.blockers import Blocker
from service.codes import Code
from service.workflows.eligibility import (
    Assessment,
    Decision,
    EligibilityRules,
    HouseholdFacts,
    assess,
)
from service.workflows.matter import Requirement
from service.workflows.monitoring.dossier import Matter
from service.workflows.monitoring.entry_events import (
    ConcludeDeliberation,
    ConcludeReview,
    Meeting,
    Opinion,
    Refuse,
)
from service.workflows.statement import stated


class GroupsPresent(Requirement):
    """Somebody of every group that the document names sat in the meeting."""

    asked_of = (Meeting,)

    requirement: Literal["groups_present"]
    groups: tuple[Code, ...]

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from super().codes()
        yield from (("groups", code) for code in self.groups)

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, Meeting):
            return
        present = {seat.group for seat in body.attendance if seat.present}
        missing = [group for group in self.groups if group not in present]
        if missing:
            yield self._blocker("group_absent", need=missing, have=sorted(present) or "-")


class PresentAtLeast(Requirement):
    """So many persons were present at the meeting; with `group`, of that group."""

    asked_of = (Meeting,)

    requirement: Literal["present_at_least"]
    number: Annotated[int, Field(ge=1)]
    group: Code | None = None

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from super().codes()
        if self.group:
            yield "groups", self.group

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, Meeting):
            return
        seats = [seat for seat in body.attendance if self.group in (None, seat.group)]
        present = sum(seat.present for seat in seats)
        if isinstance(body, ConcludeDeliberation) and self.group is None:
            present = max(present, body.participants)
        if present < self.number:
            yield self._blocker("too_few_present", need=self.number, have=present)


class SharePresent(Requirement):
    """At least a share of a group was present (`share`: 0.5 for half, 0.6667 for two thirds)."""

    asked_of = (Meeting,)

    requirement: Literal["share_present"]
    share: Annotated[Decimal, Field(gt=0, le=1)]
    group: Code

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from super().codes()
        yield "groups", self.group

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, Meeting):
            return
        seat = next((seat for seat in body.attendance if seat.group == self.group), None)
        if seat is None or seat.of is None:
            yield self._blocker("share_unknown", need=self.group)
        elif seat.present > seat.of:
            yield self._blocker("above_ceiling", need=(self.group, seat.of), have=seat.present)
        elif Decimal(seat.present) / seat.of < self.share:
            yield self._blocker(
                "too_few_present",
                need=f"{self.share:.0%} × {seat.of}",
                have=seat.present,
            )


class Majority(Requirement):
    """At least a `share` of the votes was for it; with `more_than`, more than that share."""

    asked_of = (Meeting,)

    requirement: Literal["majority"]
    share: Annotated[Decimal, Field(gt=0, le=1)]
    more_than: bool = False

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, Meeting):
            return
        if body.votes_for is None or body.votes_cast is None:
            yield self._blocker("field_missing", need=("votes_for", "votes_cast"))
            return
        if body.votes_for > body.votes_cast:
            cast = ("votes_cast", body.votes_cast)
            yield self._blocker("above_ceiling", need=cast, have=body.votes_for)
        found = Decimal(body.votes_for) / body.votes_cast
        if found < self.share or (self.more_than and found == self.share):
            need = f"{'>' if self.more_than else '≥'} {self.share:.0%}"
            yield self._blocker("no_majority", need=need, have=f"{found:.0%}")


class InFavour(Requirement):
    """The meeting agreed: what it spoke against does not go on.

    With `act`, the newest act of that name is asked: an opinion that was given before.
    """

    requirement: Literal["in_favour"]
    act: Code | None = None

    def acts(self) -> Iterator[str]:
        if self.act:
            yield self.act

    def looks_at(self) -> Iterator[str]:
        if self.act is None:
            yield "opinion"

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        given = matter.dossier.last_named(self.act) if self.act else None
        if stated(given.body if given else matter.body, "opinion") is Opinion.AGAINST:
            yield self._blocker("opinion_against")


class DecisionAgrees(Requirement):
    """A decision against the computed answer needs a named officer and a reason."""

    asked_of = (
        ConcludeReview,
        Refuse,
    )

    requirement: Literal["decision_agrees"]

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        body = matter.body
        if not isinstance(body, ConcludeReview | Refuse):
            return
        yield from self._unknown_codes(body.facts, matter.decides_by)
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
                yield self._blocker("not_listed", need=sorted(exclusions), have=found.exclusion)
            if found.holder not in holders:
                yield self._blocker("not_listed", need=sorted(holders), have=found.holder)


class ObjectTypeFits(Requirement):
    """The type is one that the document's mapping gives a household with these facts."""

    asked_of = (ConcludeReview,)

    requirement: Literal["object_type_fits"]

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        body = matter.body
        if not isinstance(body, ConcludeReview) or body.override:
            return
        assessed = assessment(matter)
        fitting = assessed.object_types if assessed else None
        if fitting is not None and body.object_type not in fitting:
            yield self._blocker("object_type_unfit", need=fitting or "-", have=body.object_type)


def decision_of(body: ConcludeReview | Refuse) -> Decision:
    return Decision.REFUSE if isinstance(body, Refuse) else Decision.INCLUDE


def assessment(matter: Matter) -> Assessment | None:
    """Return the document's answer on the newest facts, or None where none are recorded."""
    spoken = stated(matter.body, "facts")
    facts = spoken if isinstance(spoken, HouseholdFacts) else matter.dossier.facts
    if facts is None:
        return None
    return assess(facts, matter.decides_by, matter.today.year, matter.household.areas)
