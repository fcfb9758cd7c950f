"""Looking at those who look: spot-checks, cross-checks, unannounced inspections.

What follows for a unit or a person is recorded by an official, with number and evidence; the
service imposes nothing.
"""

from typing import Annotated, Literal, get_args

from pydantic import Field

from service.codes import Code, Label
from service.workflows.acts import EventRule as AnyEventRule
from service.workflows.dossier import Dossier, Entry
from service.workflows.fields import Day, Flag, Line, Name, Text
from service.workflows.fixed import Arrow, FixedRules
from service.workflows.kinds import Kind
from service.workflows.requirements import CommonRequirement
from service.workflows.statement import Event, by_code

PLANNED, UNDER_WAY, CONCLUDED, CALLED_OFF = "planned", "under_way", "concluded", "called_off"

STATES: dict[str, Label] = {
    PLANNED: Label(zh="已安排", en="planned"),
    UNDER_WAY: Label(zh="检查中", en="under way"),
    CONCLUDED: Label(zh="已办结", en="concluded"),
    CALLED_OFF: Label(zh="已取消", en="called off"),
}

AreaCode = Annotated[str, Field(pattern=r"^[0-9]{12}$")]


class PlanSupervision(Event):
    """Which units are looked at, by whom, in which way."""

    label = Label(zh="安排督查", en="plan a supervision")

    event: Literal["plan_supervision"] = "plan_supervision"
    method: Code
    units: Annotated[tuple[AreaCode, ...], Field(min_length=1, max_length=500)]
    by_unit: Line
    team: Annotated[tuple[Name, ...], Field(min_length=1, max_length=30)]
    first_day: Day
    last_day: Day


class RecordCheck(Event):
    """What was found at one unit; nothing found is a finding as well."""

    label = Label(zh="记录检查情况", en="record a check")

    event: Literal["record_check"]
    unit: AreaCode
    checked_on: Day
    checked_by: Annotated[tuple[Name, ...], Field(min_length=1, max_length=30)]
    problem_found: Flag
    finding: Text
    problem_type: Code | None = None


class IssueCircular(Event):
    """A notice of what was found, to a unit or a person, by its number."""

    label = Label(zh="印发通报", en="issue a notice of findings")

    event: Literal["issue_circular"]
    number: Line
    issued_on: Day
    unit: AreaCode
    person: Name | None = None
    content: Text


class RecordSanction(Event):
    """What an authority decided: recorded with number and evidence, never imposed here."""

    label = Label(zh="记录问责", en="record a sanction")

    event: Literal["record_sanction"]
    sanction: Code
    number: Line
    decided_on: Day
    decided_by: Line
    unit: AreaCode
    person: Name | None = None
    reason: Text


class ConcludeSupervision(Event):
    label = Label(zh="办结督查", en="conclude the supervision")

    event: Literal["conclude_supervision"]
    summary: Text


class CallOff(Event):
    label = Label(zh="取消督查", en="call the supervision off")

    event: Literal["call_off"]
    reason: Text


Raised = RecordCheck | IssueCircular | RecordSanction | ConcludeSupervision | CallOff

EVENTS = by_code(PlanSupervision, *get_args(Raised))

ARROWS: dict[str, Arrow] = {
    "record_check": Arrow((PLANNED, UNDER_WAY), UNDER_WAY),
    "issue_circular": Arrow((UNDER_WAY, CONCLUDED)),
    "record_sanction": Arrow((UNDER_WAY, CONCLUDED)),
    "conclude_supervision": Arrow((UNDER_WAY,), CONCLUDED),
    "call_off": Arrow((PLANNED,), CALLED_OFF),
}


class SupervisionEntry(Entry):
    body: Annotated[PlanSupervision | Raised, Field(discriminator="event")]


class SupervisionDossier(Dossier):
    entries: tuple[SupervisionEntry, ...] = ()


AnyRequirement = Annotated[CommonRequirement, Field(discriminator="requirement")]


class EventRule(AnyEventRule):
    requires: tuple[AnyRequirement, ...] = ()


class SupervisionRules(FixedRules):
    """What a document says of supervision: who plans and records it, who issues notices."""

    kind = Kind.SUPERVISION
    catalogue = EVENTS
    opens = "plan_supervision"
    closed = frozenset({CONCLUDED, CALLED_OFF})
    dossier = SupervisionDossier
    states = STATES
    arrows = ARROWS

    events: tuple[EventRule, ...] = ()
