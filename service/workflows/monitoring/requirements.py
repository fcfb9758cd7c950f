"""What the documents require before an event: one class for each requirement.

Those of the review and of the comparison have files of their own; `AnyRequirement` is the
catalogue that a policy may choose from.
"""

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from service.blockers import Blocker
from service.codes import Code
from service.workflows.monitoring.comparison import (
    ComparisonSettled,
    EveryDepartmentAnswered,
    HitToConclude,
)
from service.workflows.monitoring.events import (
    AssignHelper,
    ConcludeVillageReview,
    Open,
    PostPublicity,
    Register,
    RejectObjection,
    SignConsent,
    UpholdObjection,
)
from service.workflows.monitoring.matter import Matter, Requirement
from service.workflows.monitoring.review import DecisionAgrees, GroupsPresent, ObjectTypeListed

APPLICANT = "applicant"


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

    LONG_NUMBER: ClassVar[re.Pattern[str]] = re.compile(
        r"(?:\d[\s.·,，()（）–—/\uff0f-]*){10,}[\dXx]"
    )
    DAY: ClassVar[re.Pattern[str]] = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?")

    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, PostPublicity):
            return
        for text in filter(None, (body.remark, body.place)):
            if self.LONG_NUMBER.search(self.DAY.sub("", text)):
                yield self._blocker("personal_data_in_notice", have="number")
            yield from (
                self._blocker("personal_data_in_notice", have=word)
                for word in self.health_words
                if word.casefold() in text.casefold()
            )


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
