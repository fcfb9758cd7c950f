"""What the API answers with, by model. Instants are shown in the office's zone."""

from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from service.clock import OFFICE_ZONE
from service.codes import CodeLabel, Label
from service.moves import MIGRATE, RECOMPUTE
from service.store.cases import CaseRow, Line
from service.store.deadlines import Deadline, DeadlineState
from service.timekeeping import OPERATIONS
from service.urging import LABEL, URGE
from service.workflows.clock_events import asked, read_events
from service.workflows.deadlines import LimitKind, Unit
from service.workflows.events import EVENTS
from service.workflows.kinds import Kind
from service.workflows.machine import Procedure
from service.workflows.rulebook import Rulebook

T = TypeVar("T")

OfficeInstant = Annotated[
    datetime,
    PlainSerializer(lambda at: at.astimezone(OFFICE_ZONE).isoformat(), return_type=str),
]

UNSPOKEN = {
    RECOMPUTE: Label(zh="日历更新，重算期限", en="dates recomputed by a new calendar"),
    MIGRATE: Label(zh="迁移到文件的其他版本", en="moved to another version of the document"),
    URGE: LABEL,
    **OPERATIONS,
}
"""What the log tells that nobody said: event -> its label."""


class View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Page(View, Generic[T]):
    """One page of a list. Send `next_cursor` back as `cursor`; null means that was all."""

    items: list[T]
    next_cursor: str | None = None
    total: int | None = Field(default=None, description="Only where `count=true` was asked.")


class CaseOut(View):
    """A case as it stands."""

    id: UUID
    kind: Kind
    policy: str
    state: str
    state_label: Label
    holder: str | None = Field(description="The role that the case waits for; none at its end.")
    version: int
    round: int
    area_code: str
    household_id: UUID | None = Field(description="None for a matter of an area.")
    campaign_id: UUID | None = Field(description="The campaign that the case belongs to.")
    episode: int = Field(description="The how-manieth case of the household this is.")
    previous_case_id: UUID | None
    object_type: str | None
    opened_on: date
    updated_at: OfficeInstant
    closed_at: OfficeInstant | None

    @classmethod
    def of(cls, case: CaseRow, rulebook: Rulebook) -> "CaseOut":
        return cls(
            **case.model_dump(exclude={"dossier", "head_hash"}),
            state_label=rulebook.state_label(case.policy, case.kind, case.state),
        )


class DeadlineOut(View):
    """What a time limit means for a case; `state` is how it stands now."""

    id: UUID
    case_id: UUID
    case_kind: Kind
    area_code: str
    holder: str | None = Field(description="The role that the case waits for.")
    rule: str
    label: Label
    cite: str
    kind: LimitKind
    unit: Unit
    amount: int | None
    started_on: date
    due_on: date = Field(description="The last day of the period, to its end.")
    over_at: OfficeInstant = Field(description="The first instant after the period.")
    provisional: bool
    suspended_at: OfficeInstant | None = Field(description="Since when the clock stands.")
    extension_asked: bool = Field(description="More time was asked for and is not decided yet.")
    calendar_edition: int
    state: DeadlineState
    due_soon: bool = Field(
        description="It runs and is at risk: by its ladder, or by the days left."
    )
    days_late: int = Field(description="In the limit's own unit; 0 while in time.")
    tell: list[str] = Field(description="Roles that are to know by now, as the document says.")
    closed_at: OfficeInstant | None
    clock: list[dict[str, Any]]

    @classmethod
    def of(
        cls,
        deadline: Deadline,
        procedure: Procedure,
        *,
        state: str,
        days_late: int,
        due_soon: bool,
        holder: str | None,
        tell: tuple[str, ...],
    ) -> "DeadlineOut":
        limit = procedure.limit(deadline.rule)
        return cls(
            **deadline.model_dump(exclude={"status"}),
            label=limit.label,
            cite=limit.cite,
            holder=holder,
            extension_asked=asked(read_events(deadline.clock)) is not None,
            state=DeadlineState(state),
            due_soon=due_soon,
            days_late=days_late,
            tell=list(tell),
        )


class TransitionOut(View):
    """One line of the log. `line` is the exact text that was hashed.

    `statement` is what the official said and `outcome` what followed; both are kept beside
    the log, bound to it by the line's `body_commitment`.
    """

    seq: int
    event: str
    event_label: Label
    from_state: str | None
    to_state: str
    to_state_label: Label
    received_at: OfficeInstant
    device_time: OfficeInstant | None
    person_id: UUID | None
    position_id: UUID | None
    role: str
    area_code: str | None
    policy: str
    calendar_edition: int
    line: str
    prev_hash: str
    hash: str
    statement: dict[str, Any] | None = None
    outcome: dict[str, str] | None = None

    @classmethod
    def of(
        cls, line: Line, kind: Kind, rulebook: Rulebook, entry: dict[str, Any] | None = None
    ) -> "TransitionOut":
        return cls(
            **line.model_dump(exclude={"case_id", "line"}),
            event_label=label_of(line.event),
            to_state_label=rulebook.state_label(line.policy, kind, line.to_state),
            line=line.line.decode(),
            statement=entry["body"] if entry else None,
            outcome=entry["outcome"] if entry else None,
        )


def label_of(event: str) -> Label:
    """Return the label of an event, also of what nobody said."""
    return UNSPOKEN.get(event) or EVENTS[event].label


class LateOut(View):
    """An act after its due date. Soft: "in principle", no reason was owed."""

    rule: str
    days: int
    unit: Unit
    soft: bool


class ClockChange(View):
    """What an event did to a deadline: started, met or lapsed it."""

    id: UUID
    rule: str
    change: str
    due_on: date
    provisional: bool


class MovedOut(View):
    """What a move left behind: the case, the line, its deadlines, and what was late."""

    case: CaseOut
    transition: TransitionOut
    deadlines: list[ClockChange]
    late: list[LateOut]


def coded(code: str, label: Label, cite: str | None = None) -> CodeLabel:
    return CodeLabel(code=code, zh=label.zh, en=label.en, cite=cite)
