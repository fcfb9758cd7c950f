"""What has been said of one monitoring object so far, and what follows from it."""

from service.workflows.dossier import Dossier, Entry
from service.workflows.eligibility import HouseholdFacts
from service.workflows.matter import Matter as _Matter
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


class MonitoringEntry(Entry):
    body: AnyEvent


class MonitoringDossier(Dossier):
    """What is known of a household under monitoring, read off what was said."""

    entries: tuple[MonitoringEntry, ...] = ()

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


Matter = _Matter[MonitoringDossier]
"""What a requirement on a monitoring object may look at."""
