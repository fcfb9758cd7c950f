"""What a requirement is, and what it may look at.

A policy names a requirement at a stage or an event, gives its parameters and its provision.
Each one answers with blockers (what is missing, under which provision, until when), never with
a bare no. Requirements on the *body* cannot be judged before there is one; `body` is None when
somebody only asks what could be done.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from service.blockers import Blocker
from service.codes import Cite, Code, CodeLabel
from service.workflows.dossier import Dossier
from service.workflows.eligibility import EligibilityRules
from service.workflows.statement import Event, stated

D = TypeVar("D", bound=Dossier)


@dataclass(frozen=True, slots=True)
class Visited:
    """One household visit of a day that the case's village already knows, by whom."""

    household_id: UUID
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class HouseholdFile:
    """What the register says of the case's household."""

    id: UUID | None = None
    household_type: str = ""
    traits: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts now: the person who is signed in, in the role of the position."""

    person_id: UUID
    name: str
    role: str
    area_code: str = ""


@dataclass(frozen=True, slots=True)
class Matter(Generic[D]):
    """What a requirement may look at: the case so far, the event now, the office's day.

    `evidence`: the body's attachments that exist within reach, id -> (kind, SHA-256).
    `visited`: the visits of the body's day that the database was asked for beforehand.
    `beside`: what else it was asked for, in the kind's own shape. `by`: who acts, or
    asks what could be done; nobody where the service itself acts.
    """

    dossier: D
    body: Event | None
    today: date
    opened_on: date
    evidence: dict[UUID, tuple[str, str]]
    eligibility: EligibilityRules | None = None
    state: str = ""
    lists: Mapping[str, tuple[CodeLabel, ...]] = field(default_factory=dict)
    household: HouseholdFile = HouseholdFile()
    visited: tuple[Visited, ...] = ()
    beside: object = None
    by: Acting | None = None

    @property
    def decides_by(self) -> EligibilityRules:
        """The rules of inclusion. Raises `ValueError` for a kind that includes nobody."""
        if self.eligibility is None:
            raise ValueError("this kind of case decides on no household")
        return self.eligibility

    def codes(self, name: str) -> tuple[str, ...]:
        """Return the codes of one of the document's lists."""
        return tuple(entry.code for entry in self.lists.get(name, ()))

    def answer(self, field: str) -> object:
        """Return what was last filled in in a field of the document's own forms, now or before."""
        if self.body and field in self.body.form:
            return self.body.form[field]
        return self.dossier.answer(field)


class OnlyFor(BaseModel):
    """Whom a requirement concerns; each list that is not empty must hold the case's own code.

    What the act itself says of type, risks and channel goes before what was said earlier.
    `without_traits` names whom it does not concern; `answers` asks what was last filled in in
    fields of the document's own forms. `programmes` are the standing duties that open campaigns;
    `one_off` is a campaign that none of them opened.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    object_types: tuple[Code, ...] = ()
    household_types: tuple[Code, ...] = ()
    traits: tuple[Code, ...] = ()
    without_traits: tuple[Code, ...] = ()
    risk_types: tuple[Code, ...] = ()
    channels: tuple[Code, ...] = ()
    programmes: tuple[Code, ...] = ()
    answers: dict[Code, tuple[str, ...]] = {}

    def concerns(self, matter: Matter[Any]) -> bool:
        asked = (
            (self.object_types, _own(matter, "object_type")),
            (self.household_types, {matter.household.household_type}),
            (self.traits, matter.household.traits),
            (self.risk_types, _own(matter, "risk_types")),
            (self.channels, _own(matter, "channel")),
            (self.programmes, _own(matter, "programme")),
        )
        if not matter.household.traits.isdisjoint(self.without_traits):
            return False
        if any(_written(matter.answer(field)) not in said for field, said in self.answers.items()):
            return False
        return all(not listed or not own.isdisjoint(listed) for listed, own in asked)

    def codes(self) -> Iterator[tuple[str, str]]:
        """Yield (list, code) for every code that must stand in one of the policy's lists."""
        lists = (
            ("object_types", self.object_types),
            ("household_types", self.household_types),
            ("household_traits", (*self.traits, *self.without_traits)),
            ("risk_types", self.risk_types),
            ("channels", self.channels),
        )
        yield from ((name, code) for name, codes in lists for code in codes)


class Requirement(BaseModel):
    """A precondition with its provision. `missing` yields nothing when it is met."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    asked_of: ClassVar[tuple[type[Event], ...]] = (Event,)
    """The events that it can be required of; of any other it would say nothing."""

    requirement: str
    cite: Cite
    only_for: OnlyFor | None = None

    def blockers(self, matter: Matter[Any]) -> Iterator[Blocker]:
        """Yield why the event cannot happen, as far as this requirement concerns the case."""
        if self.only_for is None or self.only_for.concerns(matter):
            yield from self.missing(matter)

    @abstractmethod
    def missing(self, matter: Matter[Any]) -> Iterator[Blocker]:
        """Yield why the event cannot happen, as far as this requirement goes."""

    def codes(self) -> Iterator[tuple[str, str]]:
        """Yield (list, code) for every code that must stand in one of the policy's lists."""
        yield from self.only_for.codes() if self.only_for else ()

    def lists(self) -> Iterator[str]:
        """Yield the names of the policy's lists that must be there."""
        yield from ()

    def acts(self) -> Iterator[str]:
        """Yield the names of stages and events that the policy must know."""
        yield from ()

    def looks_at(self) -> Iterator[str]:
        """Yield the fields that the body or the document's form must have."""
        yield from ()

    def _blocker(self, code: str, *, need: object = None, have: object = None) -> Blocker:
        return Blocker(code, _listed(need), _listed(have), cite=self.cite)


def _own(matter: Matter[Any], field: str) -> frozenset[object]:
    said = stated(matter.body, field) or getattr(matter.dossier, field, None)
    return frozenset(said if isinstance(said, tuple) else [said])


def _written(answer: object) -> str:
    """Return an answer as a policy writes it: yes and no as `true` and `false`."""
    return str(answer).lower() if isinstance(answer, bool) else str(answer)


def _listed(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)
