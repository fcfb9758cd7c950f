"""What has been said of one case so far: its accepted events, in order, as they were made."""

from collections.abc import Iterator
from datetime import date
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from service.workflows.eligibility import HouseholdFacts
from service.workflows.monitoring.assistance_events import (
    AgreePlan,
    AssignHelper,
    RecordProgress,
    ReplaceHelper,
)
from service.workflows.monitoring.entry_events import (
    ConcludeReview,
    LodgeObjection,
    Open,
    PostPublicity,
    RejectObjection,
    UpholdObjection,
)
from service.workflows.monitoring.events import AnyEvent
from service.workflows.monitoring.statement import Event

E = TypeVar("E", bound=Event)


class Entry(BaseModel):
    """One accepted event: its number in the case, the stage it completed, its round, the day.

    `salt` is what the transition line's commitment was made with; without it the line says
    nothing of the body. `outcome` is what the rulebook derived when the event was accepted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seq: int
    completes: str = ""
    round: int
    on: date
    role: str
    salt: str
    body: AnyEvent
    outcome: dict[str, str] = {}

    def is_named(self, name: str) -> bool:
        """Tell whether a name means this entry: its event's, or its stage's, completed by it."""
        return name in {self.body.event, self.completes}


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

    def last_named(self, name: str) -> Entry | None:
        """Return the newest entry that a name means (an event's or a stage's), or None."""
        return next((entry for entry in reversed(self.entries) if entry.is_named(name)), None)

    def since(self, name: str | None) -> int:
        """Return the number of the newest entry that a name means; 0 where there is none."""
        entry = self.last_named(name) if name else None
        return entry.seq if entry else 0

    def answer(self, field: str) -> object:
        """Return what was last filled in in a field of the document's own forms, or None."""
        forms = (entry.body.form for entry in reversed(self.entries))
        return next((form[field] for form in forms if field in form), None)

    @property
    def last_posting(self) -> tuple[Entry, PostPublicity] | None:
        """Return the newest notice that was put up, or None."""
        return next(iter(list(self.all(PostPublicity))[-1:]), None)

    @property
    def open_objections(self) -> list[int]:
        """Return the numbers (1, 2, …) of the objections that nobody has decided yet."""
        lodged = range(1, 1 + sum(1 for _ in self.all(LodgeObjection)))
        decided = {body.objection for _, body in self.all(RejectObjection)}
        decided |= {body.objection for _, body in self.all(UpholdObjection)}
        return [number for number in lodged if number not in decided]

    @property
    def facts(self) -> HouseholdFacts | None:
        """Return the newest facts that were recorded, at whatever event."""
        recorded = (getattr(entry.body, "facts", None) for entry in reversed(self.entries))
        return next((facts for facts in recorded if facts), None)

    @property
    def object_type(self) -> str | None:
        """Return the type that the newest review gave the household, or None."""
        review = self.last(ConcludeReview)
        return review.object_type if review else None

    @property
    def risk_types(self) -> tuple[str, ...]:
        """Return the risks of the newest review; before one, those of the clue."""
        said = self.last(ConcludeReview) or self.last(Open)
        return said.risk_types if said else ()

    @property
    def channel(self) -> str | None:
        said = self.last(Open)
        return said.channel if said else None

    @property
    def plan(self) -> AgreePlan | None:
        """Return the plan as it stands, or None."""
        return self.last(AgreePlan)

    @property
    def helpers(self) -> dict[str, AssignHelper]:
        """Return who helps now, by kind: a replacement takes the place of its kind."""
        return {body.helper_kind: body for _, body in self.all(AssignHelper)}

    def helper_before(self, body: ReplaceHelper) -> AssignHelper | None:
        return self.helpers.get(body.helper_kind)

    @property
    def measures_done(self) -> set[int]:
        """Return the numbers of the measures whose last word is that they are done."""
        last = {body.measure: body.done for _, body in self.all(RecordProgress)}
        return {number for number, done in last.items() if done}
