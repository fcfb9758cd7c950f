"""What is planned, found and notified in a supervision, and what is recorded as its consequence.

What follows for a unit or a person is recorded by an official, with number and evidence; the
service imposes nothing.
"""

from typing import Annotated, Literal, get_args
from uuid import UUID

from pydantic import Field

from service.codes import Code, Label
from service.workflows.dossier import Dossier, Entry
from service.workflows.fields import Day, Input, Line, Name, Text
from service.workflows.statement import Event, by_code

PLANNED, UNDER_WAY, CONCLUDED, CALLED_OFF = "planned", "under_way", "concluded", "called_off"

STATES: dict[str, Label] = {
    PLANNED: Label(zh="已安排", en="planned"),
    UNDER_WAY: Label(zh="检查中", en="under way"),
    CONCLUDED: Label(zh="已办结", en="concluded"),
    CALLED_OFF: Label(zh="已取消", en="called off"),
}

AreaCode = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
Names = Annotated[tuple[Name, ...], Field(min_length=1, max_length=30)]


class PlannedUnit(Input):
    """A unit that is looked at; in a cross-check, by which other unit."""

    unit: AreaCode
    checked_by: AreaCode | None = None


class PlanSupervision(Event):
    """Which units are looked at, by whom, in which way."""

    label = Label(zh="安排督查", en="plan a supervision")

    event: Literal["plan_supervision"] = "plan_supervision"
    method: Code
    units: Annotated[tuple[PlannedUnit, ...], Field(min_length=1, max_length=500)]
    by_unit: Line
    team: Names
    first_day: Day
    last_day: Day


class Finding(Input):
    """A problem of the unit, or of one of its households."""

    problem_type: Code
    content: Text
    household_id: UUID | None = None


class RecordCheck(Event):
    """What was seen at one unit, and every problem found there; none is a result as well."""

    label = Label(zh="记录检查情况", en="record a check")

    event: Literal["record_check"]
    unit: AreaCode
    checked_on: Day
    checked_by: Names
    result: Text
    findings: Annotated[tuple[Finding, ...], Field(max_length=50)] = ()


class ExcuseUnit(Event):
    """A unit that is not looked at after all, and why."""

    label = Label(zh="免予检查", en="excuse a unit from the check")

    event: Literal["excuse_unit"]
    unit: AreaCode
    reason: Text


class IssueCircular(Event):
    """A notice of what was found, to a unit or a person, by its number."""

    label = Label(zh="印发通报", en="issue a circular")

    event: Literal["issue_circular"]
    number: Line
    issued_on: Day
    unit: AreaCode
    department: Line | None = None
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
    department: Line | None = None
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


Raised = RecordCheck | ExcuseUnit | IssueCircular | RecordSanction | ConcludeSupervision | CallOff

EVENTS = by_code(PlanSupervision, *get_args(Raised))


class SupervisionEntry(Entry):
    body: Annotated[PlanSupervision | Raised, Field(discriminator="event")]


class SupervisionDossier(Dossier):
    entries: tuple[SupervisionEntry, ...] = ()

    @property
    def plan(self) -> PlanSupervision | None:
        return self.last(PlanSupervision)

    @property
    def units(self) -> tuple[str, ...]:
        """The units that are to be looked at, in the order of the plan."""
        return tuple(one.unit for one in self.plan.units) if self.plan else ()

    @property
    def checked(self) -> frozenset[str]:
        return frozenset(check.unit for _, check in self.all(RecordCheck))

    @property
    def unchecked(self) -> tuple[str, ...]:
        """The units that were neither looked at nor excused."""
        done = self.checked | {excused.unit for _, excused in self.all(ExcuseUnit)}
        return tuple(unit for unit in self.units if unit not in done)

    def problems_of(self, unit: str) -> bool:
        """Tell whether any problem was found at a unit."""
        return any(check.findings for _, check in self.all(RecordCheck) if check.unit == unit)
