"""What has been said of one case so far: its accepted events, in order, as they were made."""

from collections.abc import Iterator
from datetime import date
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from service.workflows.eligibility import HouseholdFacts
from service.workflows.monitoring.events import (
    AnyEvent,
    ConcludeVillageReview,
    Event,
    LodgeObjection,
    PostPublicity,
    Refuse,
    RejectObjection,
    UpholdObjection,
)

E = TypeVar("E", bound=Event)


class Entry(BaseModel):
    """One accepted event: its number in the case, its round, the office's day of receipt.

    `salt` is what the transition line's commitment was made with; without it the line says
    nothing of the body. `outcome` is what the rulebook derived when the event was accepted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seq: int
    round: int
    on: date
    role: str
    salt: str
    body: AnyEvent
    outcome: dict[str, str] = {}


class Dossier(BaseModel):
    """The entries of a case. Records of earlier rounds stay; what counts is what came last."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entries: tuple[Entry, ...] = ()

    def with_entry(self, entry: Entry) -> "Dossier":
        return Dossier.model_construct(entries=(*self.entries, entry))

    def all(self, kind: type[E], *, since: int = 0) -> Iterator[tuple[Entry, E]]:
        """Yield the events of one kind, oldest first, from a sequence number on."""
        for entry in self.entries:
            if entry.seq >= since and isinstance(entry.body, kind):
                yield entry, entry.body

    def last(self, kind: type[E], *, since: int = 0) -> E | None:
        """Return the newest event of one kind, or None."""
        found = [body for _, body in self.all(kind, since=since)]
        return found[-1] if found else None

    @property
    def posted_seq(self) -> int | None:
        """Return the number of the newest posting: a comparison counts only from there on."""
        posted = [entry.seq for entry, _ in self.all(PostPublicity)]
        return posted[-1] if posted else None

    @property
    def open_objections(self) -> list[int]:
        """Return the numbers (1, 2, …) of the objections that nobody has decided yet."""
        lodged = range(1, 1 + sum(1 for _ in self.all(LodgeObjection)))
        decided = {body.objection for _, body in self.all(RejectObjection)}
        decided |= {body.objection for _, body in self.all(UpholdObjection)}
        return [number for number in lodged if number not in decided]

    @property
    def facts(self) -> HouseholdFacts | None:
        """Return the newest facts that a review or a refusal recorded."""
        recorded = [
            entry.body.facts
            for entry in self.entries
            if isinstance(entry.body, ConcludeVillageReview | Refuse) and entry.body.facts
        ]
        return recorded[-1] if recorded else None
