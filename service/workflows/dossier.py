"""What has been said of one case so far: its accepted events, in order, as they were made."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict

from service.workflows.statement import Event, as_day, stated

E = TypeVar("E", bound=Event)


class Entry(BaseModel):
    """One accepted event: its number in the case, the stage it completed, its round, the day.

    `salts` are what the transition line's commitments were made with, value by value; without
    them the line says nothing of the body (of older lines: `salt`, for all of it). Of a value
    that was erased, `erased` keeps the commitment. `outcome` is what the rulebook derived when
    the event was accepted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seq: int
    completes: str = ""
    round: int
    on: date
    role: str
    salt: str = ""
    salts: dict[str, str] = {}
    erased: dict[str, str] = {}
    body: Any
    outcome: dict[str, str] = {}

    def is_named(self, name: str) -> bool:
        """Tell whether a name means this entry: its event's, or its stage's, completed by it."""
        return name in {self.body.event, self.completes}


class Dossier(BaseModel):
    """The entries of a case. Records of earlier rounds stay; what counts is what came last.

    Each kind has a dossier of its own, whose entries hold the bodies of its events.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    entries: tuple[Entry, ...] = ()

    def with_entry(self, entry: Entry) -> Self:
        return self.model_copy(update={"entries": (*self.entries, entry)})

    def all(self, kind: type[E], *, since: int = 0) -> Iterator[tuple[Entry, E]]:
        """Yield the events of one kind, oldest first, from a sequence number on."""
        for entry in self.entries:
            if entry.seq >= since and isinstance(entry.body, kind):
                yield entry, entry.body

    def last(self, kind: type[E], *, since: int = 0) -> E | None:
        """Return the newest event of one kind, or None."""
        found = [body for _, body in self.all(kind, since=since)]
        return found[-1] if found else None

    def last_named(self, name: str) -> Entry | None:
        """Return the newest entry that a name means (an event's or a stage's), or None."""
        return next((entry for entry in reversed(self.entries) if entry.is_named(name)), None)

    def since(self, name: str | None) -> int:
        """Return the number of the newest entry that a name means; 0 where there is none."""
        entry = self.last_named(name) if name else None
        return entry.seq if entry else 0

    @property
    def begun(self) -> int:
        """The number of the entry from which on what was said still holds: 0 for all of it."""
        return 0

    def day(self, field: str) -> date | None:
        """Return the day that was said last in a field of any event, or None."""
        holding = (entry for entry in reversed(self.entries) if entry.seq >= self.begun)
        days = (as_day(stated(entry.body, field)) for entry in holding)
        return next(filter(None, days), None)

    def answer(self, field: str) -> object:
        """Return what was last filled in in a field of the document's own forms, or None."""
        forms = (entry.body.form for entry in reversed(self.entries))
        return next((form[field] for form in forms if field in form), None)
