"""What any document may require before any act, of whatever kind: one class for each."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from service.blockers import Blocker
from service.codes import Code
from service.workflows.matter import Matter, Requirement
from service.workflows.statement import as_day, as_number, stated


class _OfAField(Requirement):
    field: Code

    def looks_at(self) -> Iterator[str]:
        yield self.field


class _OfFields(Requirement):
    fields: Annotated[tuple[Code, ...], Field(min_length=1)]

    def looks_at(self) -> Iterator[str]:
        yield from self.fields


class Listed(_OfAField):
    """What a field says stands in one of the document's lists; a field left out says nothing."""

    requirement: Literal["listed"]
    list: Code

    def lists(self) -> Iterator[str]:
        yield self.list

    def missing(self, matter: Matter[Any]) -> Iterator[Blocker]:
        said = stated(matter.body, self.field)
        codes = matter.codes(self.list)
        for one in said if isinstance(said, tuple) else (said,):
            if one is not None and one not in codes:
                yield self._blocker("not_listed", need=codes, have=one)


class Stated(_OfFields):
    """The fields are filled in, although the service itself could do without them."""

    requirement: Literal["stated"]

    def missing(self, matter: Matter[Any]) -> Iterator[Blocker]:
        if matter.body is None:
            return
        for field in self.fields:
            if stated(matter.body, field) in (None, (), ""):
                yield self._blocker("field_missing", need=field)


class Confirmed(_OfFields):
    """The official says yes to each of these fields."""

    requirement: Literal["confirmed"]

    def missing(self, matter: Matter[Any]) -> Iterator[Blocker]:
        if matter.body is None:
            return
        for field in self.fields:
            if stated(matter.body, field) is not True:
                yield self._blocker("not_confirmed", need=field)


class AtLeast(_OfAField):
    """A number that is stated is not below a floor; of a list, the number of its entries."""

    requirement: Literal["at_least"]
    number: Decimal

    def missing(self, matter: Matter[Any]) -> Iterator[Blocker]:
        found = _counted(stated(matter.body, self.field))
        if found is not None and found < self.number:
            yield self._blocker("below_floor", need=(self.field, self.number), have=found)


class AtMost(_OfAField):
    """A number that is stated is not above a ceiling; of a list, the number of its entries."""

    requirement: Literal["at_most"]
    number: Decimal

    def missing(self, matter: Matter[Any]) -> Iterator[Blocker]:
        found = _counted(stated(matter.body, self.field))
        if found is not None and found > self.number:
            yield self._blocker("above_ceiling", need=(self.field, self.number), have=found)


def _counted(said: object) -> Decimal | None:
    return Decimal(len(said)) if isinstance(said, tuple | list) else as_number(said)


class Done(Requirement):
    """Something stands in the case: an event was raised, a stage was completed.

    With `since` it must have come after the newest act of that name.
    """

    requirement: Literal["done"]
    act: Code
    since: Code | None = None

    def acts(self) -> Iterator[str]:
        yield self.act
        if self.since:
            yield self.since

    def missing(self, matter: Matter[Any]) -> Iterator[Blocker]:
        done = matter.dossier.last_named(self.act)
        if done is None or done.seq < matter.dossier.since(self.since):
            yield self._blocker("act_missing", need=self.act)


class DatedInOrder(_OfAField):
    """A day written on a paper lies between the application and today."""

    requirement: Literal["dated_in_order"]

    def missing(self, matter: Matter[Any]) -> Iterator[Blocker]:
        day = as_day(stated(matter.body, self.field))
        if day is None:
            return
        if day > matter.today:
            yield self._blocker("date_in_future", need=matter.today, have=day)
        elif day < matter.opened_on:
            yield self._blocker("date_before_application", need=matter.opened_on, have=day)


class NotAfterToday(_OfAField):
    """A day lies in the past or is today: for what may have happened before the case was opened."""

    requirement: Literal["not_after_today"]

    def missing(self, matter: Matter[Any]) -> Iterator[Blocker]:
        day = as_day(stated(matter.body, self.field))
        if day and day > matter.today:
            yield self._blocker("date_in_future", need=matter.today, have=day)


class EvidenceAttached(Requirement):
    """At least one attachment of each kind comes with the event."""

    requirement: Literal["evidence_attached"]
    kinds: tuple[Code, ...]

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from super().codes()
        yield from (("attachment_kinds", code) for code in self.kinds)

    def missing(self, matter: Matter[Any]) -> Iterator[Blocker]:
        if matter.body is None:
            return
        attached = {kind for kind, _ in matter.evidence.values()}
        for kind in self.kinds:
            if kind not in attached:
                yield self._blocker("evidence_missing", need=kind)


CommonRequirement = (
    Listed
    | Stated
    | Confirmed
    | AtLeast
    | AtMost
    | Done
    | DatedInOrder
    | NotAfterToday
    | EvidenceAttached
)
"""Each kind's catalogue of requirements has these, and its own."""
