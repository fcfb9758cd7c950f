"""What has been said of a problem so far, and what of it stands in the ledger."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from service.workflows.dossier import Dossier, Entry
from service.workflows.matter import Matter as AnyMatter
from service.workflows.remediation.events import (
    AssignRemediation,
    FixOnTheSpot,
    HandOver,
    Raised,
    RaiseLevel,
    RecordRemediation,
    Reopen,
    ReportProblem,
    ReturnRemediation,
    SubmitRemediation,
)
from service.workflows.statement import Event

GROUP = "group_id"
"""In an outcome: the group of similar problems that one belongs to from then on."""

RESPONSIBLE = ("responsible_person", "responsible_unit")
LISTS = ("measure", *RESPONSIBLE, "time_limit_on")
"""The columns of the lists that are drawn up after the problem was found."""


@dataclass(frozen=True, slots=True)
class Similar:
    """A problem that another is to be linked to: its group, and all areas that it lies in."""

    group_id: UUID
    areas: frozenset[str]


@dataclass(frozen=True, slots=True)
class Beside:
    """What the database says beside the dossier.

    `level` is that of the area that the problem lies in, `above` the next area that has a level
    of problems, and that; `campaign` is the state of its campaign. `hands`: the persons who put it
    right or submitted it. It `is_linked` to another, or others to it (`heads`); `similar` is what
    it is to be linked to, if that is there.
    """

    level: str = ""
    campaign: str | None = None
    above: tuple[str, str] | None = None
    hands: frozenset[UUID] = frozenset()
    is_linked: bool = False
    heads: bool = False
    similar: Similar | None = None


class RemediationEntry(Entry):
    body: Annotated[ReportProblem | Raised, Field(discriminator="event")]


class RemediationDossier(Dossier):
    """What is known of a problem, read off what was said."""

    entries: tuple[RemediationEntry, ...] = ()

    @property
    def begun(self) -> int:
        """A problem that has come back is dealt with anew."""
        return self.since("reopen")

    @property
    def ledger(self) -> dict[str, Any]:
        """Return what stands in the columns of the ledger that are filled after the opening."""
        columns: dict[str, Any] = {}
        for entry in self.entries:
            columns |= told(entry.body)
        return columns

    @property
    def group(self) -> UUID | None:
        """Return the group of similar problems that it was linked to; None where it has its own."""
        since = self.since("unlink_similar")
        groups = (e.outcome.get(GROUP) for e in reversed(self.entries) if e.seq > since)
        return next((UUID(one) for one in groups if one), None)

    @property
    def still_to_state(self) -> list[str]:
        """Return the lists that are not drawn up."""
        return [name for name in LISTS if self.ledger.get(name) is None]

    @property
    def fixed_by(self) -> tuple[str, ...]:
        """Return the names of those who put it right on the spot."""
        return tuple(body.fixed_by for _, body in self.all(FixOnTheSpot, since=self.begun))


Matter = AnyMatter[RemediationDossier]


def beside(matter: Matter) -> Beside:
    assert isinstance(matter.beside, Beside)
    return matter.beside


def told(body: Event) -> dict[str, Any]:
    """Return which columns of the ledger an event fills, or empties, and with what.

    Whoever takes the problem on from another says anew who answers for it; when it has come
    back, every list is drawn up anew.
    """
    changes: dict[str, Any] = {}
    match body:
        case AssignRemediation():
            said = {name: getattr(body, name) for name in LISTS}
            changes = {name: value for name, value in said.items() if value is not None}
        case RecordRemediation():
            changes = {"progress": body.progress}
        case FixOnTheSpot() | SubmitRemediation():
            changes = {"result": body.effect}
        case ReturnRemediation():
            changes = {"result": None}
        case RaiseLevel():
            changes = {**dict.fromkeys(RESPONSIBLE), "department": None, "level": body.level}
        case HandOver():
            changes = {**dict.fromkeys(RESPONSIBLE), "department": body.department}
        case Reopen():
            changes = dict.fromkeys((*LISTS, "department", "progress", "result"))
        case _:
            pass
    return changes
