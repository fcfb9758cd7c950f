"""What the documents require before an event: one class for each requirement.

A policy names a requirement at an event, gives its parameters and its provision. Each one
answers with blockers (what is missing, under which provision, until when), never with a bare
no. Requirements on the *body* cannot be judged before there is one; `body` is None when
somebody only asks what could be done.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from service.codes import Code, CodeLabel
from service.errors import Blocker
from service.workflows.eligibility import (
    Assessment,
    Decision,
    EligibilityRules,
    HouseholdFacts,
    assess,
)
from service.workflows.monitoring.dossier import Dossier
from service.workflows.monitoring.events import (
    AssignHelper,
    ConcludeComparison,
    ConcludeVillageReview,
    Event,
    HitConclusion,
    Open,
    PostPublicity,
    RecordComparison,
    Refuse,
    Register,
    RejectObjection,
    SignConsent,
    UpholdObjection,
    Verdict,
)

APPLICANT = "applicant"


@dataclass(frozen=True, slots=True)
class Matter:
    """What a requirement may look at: the case so far, the event now, the office's day.

    `evidence`: the body's attachments that exist within reach, id -> (kind, SHA-256).
    """

    dossier: Dossier
    body: Event | None
    today: date
    opened_on: date
    eligibility: EligibilityRules
    evidence: dict[UUID, tuple[str, str]]


class Requirement(BaseModel):
    """A precondition with its provision. `blockers` yields nothing when it is met."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    requirement: str
    cite: str

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        raise NotImplementedError

    def codes(self) -> Iterator[tuple[str, str]]:
        """Yield (list, code) for every code that must stand in one of the policy's lists."""
        yield from ()

    def _blocker(self, code: str, *, need: object = None, have: object = None) -> Blocker:
        return Blocker(code=code, need=_shown(need), have=_shown(have), cite=self.cite)


def _shown(value: object) -> str | None:
    if value is None:
        return None
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


class Listed(Requirement):
    """Codes in the application stand in the document's own lists of channels and entry points."""

    requirement: Literal["channel_listed"]
    channels: tuple[Code, ...]
    entry_points: tuple[Code, ...]

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from (("channels", code) for code in self.channels)
        yield from (("entry_points", code) for code in self.entry_points)

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, Open):
            return
        if body.channel not in self.channels:
            yield self._blocker("channel_not_listed", need=self.channels, have=body.channel)
        if body.entry_point not in self.entry_points:
            yield self._blocker(
                "entry_point_not_listed", need=self.entry_points, have=body.entry_point
            )


class DatedInOrder(Requirement):
    """A day written on a paper lies between the application and today."""

    requirement: Literal["dated_in_order"]
    field: Literal["signed_on", "held_on", "explained_on"]

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        day = getattr(matter.body, self.field, None)
        if day is None:
            return
        if day > matter.today:
            yield self._blocker("date_in_future", need=matter.today, have=day)
        elif day < matter.opened_on:
            yield self._blocker("date_before_application", need=matter.opened_on, have=day)


class ConsentComplete(Requirement):
    """The form is signed, and bears the applicant's own fingerprint even if a proxy filled it."""

    requirement: Literal["consent_complete"]
    proxies: tuple[Code, ...]

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from (("proxies", code) for code in self.proxies)

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, SignConsent):
            return
        if not body.signed:
            yield self._blocker("signature_missing")
        if not body.fingerprint:
            yield self._blocker("fingerprint_missing")
        if body.filled_by == APPLICANT:
            return
        if body.filled_by not in self.proxies:
            yield self._blocker("proxy_not_permitted", need=self.proxies, have=body.filled_by)
        if body.proxy_name is None:
            yield self._blocker("proxy_not_named")


class EvidenceAttached(Requirement):
    """At least one attachment of each kind comes with the event."""

    requirement: Literal["evidence_attached"]
    kinds: tuple[Code, ...]

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from (("attachment_kinds", code) for code in self.kinds)

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        if matter.body is None:
            return
        attached = {kind for kind, _ in matter.evidence.values()}
        for kind in self.kinds:
            if kind not in attached:
                yield self._blocker("evidence_missing", need=kind)


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


class ConsentSigned(Requirement):
    """A signed form stands in the case."""

    requirement: Literal["consent_signed"]

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        if matter.dossier.last(SignConsent) is None:
            yield self._blocker("consent_missing")


class NoticeWithoutPersonalData(Requirement):
    """What is added to the notice holds no identity or account number, nothing on health."""

    requirement: Literal["notice_without_personal_data"]
    health_words: tuple[str, ...]

    LONG_NUMBER: ClassVar[re.Pattern[str]] = re.compile(r"(?:\d[\s-]*){10,}[\dXx]")

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, PostPublicity):
            return
        for text in filter(None, (body.remark, body.place)):
            if self.LONG_NUMBER.search(text):
                yield self._blocker("personal_data_in_notice", have="number")
            yield from (
                self._blocker("personal_data_in_notice", have=word)
                for word in self.health_words
                if word in text
            )


class EveryDepartmentAnswered(Requirement):
    """Each department that the document names has a verdict, a missing answer included."""

    requirement: Literal["every_department_answered"]
    departments: tuple[Code, ...]
    fields: tuple[Code, ...]

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from (("departments", code) for code in self.departments)
        yield from (("comparison_fields", code) for code in self.fields)

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
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


class HitToConclude(Requirement):
    """A conclusion is drawn only on a comparison that came back with a hit."""

    requirement: Literal["hit_to_conclude"]

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        if not hits(matter.dossier):
            yield self._blocker("no_hit")


class ComparisonSettled(Requirement):
    """The comparison came back, and every hit was explained by a named person."""

    requirement: Literal["comparison_settled"]

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        dossier = matter.dossier
        since = dossier.posted_seq or 0
        if dossier.last(RecordComparison, since=since) is None:
            yield self._blocker("comparison_missing")
            return
        if not hits(dossier):
            return
        conclusion = dossier.last(ConcludeComparison, since=_recorded_seq(dossier))
        if conclusion is None:
            yield self._blocker("hit_not_concluded", have=hits(dossier))
        elif conclusion.conclusion is HitConclusion.CONFIRMED:
            yield self._blocker("hit_confirmed", have=hits(dossier))


def hits(dossier: Dossier) -> list[str]:
    """Return `department.field` for every difference in the newest comparison of this posting."""
    result = dossier.last(RecordComparison, since=dossier.posted_seq or 0)
    findings = result.findings if result else []
    return [f"{f.department}.{f.field}" for f in findings if f.verdict is Verdict.DIFFERS]


def _recorded_seq(dossier: Dossier) -> int:
    return max(entry.seq for entry, _ in dossier.all(RecordComparison))


class NoOpenObjection(Requirement):
    """Every objection has been upheld or rejected."""

    requirement: Literal["no_open_objection"]

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        if numbers := matter.dossier.open_objections:
            yield self._blocker("objection_open", have=numbers)


class ObjectionOpen(Requirement):
    """The objection that is decided exists and is undecided."""

    requirement: Literal["objection_open"]

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        numbers = matter.dossier.open_objections
        body = matter.body
        if not numbers:
            yield self._blocker("no_such_objection", need="-")
        elif isinstance(body, RejectObjection | UpholdObjection) and body.objection not in numbers:
            yield self._blocker("no_such_objection", need=numbers, have=body.objection)


class BasicInformationCollected(Requirement):
    """A newly marked household's basic information was collected."""

    requirement: Literal["basic_information_collected"]

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        if isinstance(body := matter.body, Register) and not body.basic_information_collected:
            yield self._blocker("basic_information_missing")


class HelperListed(Requirement):
    """The helper is of a kind that the document knows."""

    requirement: Literal["helper_listed"]
    helper_kinds: tuple[Code, ...]

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from (("helper_kinds", code) for code in self.helper_kinds)

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        if (
            isinstance(body := matter.body, AssignHelper)
            and body.helper_kind not in self.helper_kinds
        ):
            yield self._blocker(
                "helper_kind_differs", need=self.helper_kinds, have=body.helper_kind
            )


class HelperMatches(Requirement):
    """The kind of helper is the one that the document gives to this type of object."""

    requirement: Literal["helper_matches"]
    by_object_type: dict[Code, Code]

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from (("object_types", code) for code in self.by_object_type)
        yield from (("helper_kinds", code) for code in self.by_object_type.values())

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        review = matter.dossier.last(ConcludeVillageReview)
        if review is None or not isinstance(body := matter.body, AssignHelper):
            return
        owed = self.by_object_type.get(review.object_type)
        if owed and body.helper_kind != owed:
            yield self._blocker("helper_kind_differs", need=owed, have=body.helper_kind)


AnyRequirement = Annotated[
    Listed
    | DatedInOrder
    | ConsentComplete
    | EvidenceAttached
    | GroupsPresent
    | ObjectTypeListed
    | DecisionAgrees
    | ConsentSigned
    | NoticeWithoutPersonalData
    | EveryDepartmentAnswered
    | HitToConclude
    | ComparisonSettled
    | NoOpenObjection
    | ObjectionOpen
    | BasicInformationCollected
    | HelperListed
    | HelperMatches,
    Field(discriminator="requirement"),
]

CodeLists = dict[str, tuple[CodeLabel, ...]]
