"""What can be said while a household is helped, and when its risk is gone."""

from typing import Annotated, Literal

from pydantic import Field

from service.codes import Code, Label
from service.workflows.eligibility import HouseholdFacts
from service.workflows.fields import Count, Day, Flag, Input, Line, Name, Text
from service.workflows.statement import Event
from service.workflows.visits import HomeVisit


class AssignHelper(Event):
    label = Label(zh="安排帮扶人", en="assign the helper")

    event: Literal["assign_helper"]
    helper_kind: Code
    helper_name: Name
    helper_unit: Line


class AddHelper(AssignHelper):
    """One more helper, beside those there are."""

    label = Label(zh="增加帮扶人", en="add a helper")

    event: Literal["add_helper"]  # type: ignore[assignment] # narrower than its parent's


class ReplaceHelper(AssignHelper):
    """A helper of one kind follows another; out of the same unit, or why that is not possible."""

    label = Label(zh="调整帮扶人", en="replace the helper")

    event: Literal["replace_helper"]  # type: ignore[assignment] # narrower than its parent's
    ground: Code
    same_unit_impossible: Text | None = None


class Measure(Input):
    """One measure: for whom (a member's number, or the household), against which risk."""

    number: Annotated[Count, Field(ge=1, le=200)]
    member: Annotated[Count, Field(ge=1, le=30)] | None = None
    risk_type: Code | None = None
    kind: Code
    what: Line
    owner: Name | None = None
    department: Code | None = None
    due_on: Day | None = None


class AgreePlan(Event):
    """The household's plan: its measures, each with its owner and its day."""

    label = Label(zh="制定帮扶方案", en="agree the plan of assistance")

    event: Literal["agree_plan"]
    measures: Annotated[tuple[Measure, ...], Field(min_length=1, max_length=60)]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of all measures, so that a policy can ask for listed ones."""
        return tuple(measure.kind for measure in self.measures)

    @property
    def risks_answered(self) -> tuple[str | None, ...]:
        """The risks that the measures answer; None for a measure that names none."""
        return tuple(measure.risk_type for measure in self.measures)


class RevisePlan(AgreePlan):
    """The plan as it stands from now on, whole."""

    label = Label(zh="调整帮扶方案", en="revise the plan of assistance")

    event: Literal["revise_plan"]  # type: ignore[assignment] # narrower than its parent's
    reason: Text


class RecordProgress(Event):
    """How one measure goes, and once it is done, what came of it."""

    label = Label(zh="登记措施进展和成效", en="record a measure's progress")

    event: Literal["record_progress"]
    measure: Annotated[Count, Field(ge=1)]
    done: Flag
    progress: Text
    effect: Text | None = None


class RecordVisit(HomeVisit):
    """A follow-up visit: who went, what had changed."""

    label = Label(zh="登记走访", en="record a visit")

    event: Literal["record_visit"]
    findings: Text | None = None


class CollectChange(Event):
    """The household's information changed, and was taken down."""

    label = Label(zh="采集信息变化", en="collect a change of information")

    event: Literal["collect_change"]
    changed_on: Day
    change: Text
    facts: HouseholdFacts | None = None


class ProposeElimination(Event):
    label = Label(zh="提出风险消除", en="propose to eliminate the risk")

    event: Literal["propose_elimination"]
    reason: Text


class Criterion(Input):
    criterion: Code
    met: Flag
    remark: Text | None = None


class RecordCriteria(Event):
    """The verification at home before a risk is called gone: each criterion, one by one."""

    label = Label(zh="逐项核查消除条件", en="record the criteria of elimination")

    event: Literal["record_criteria"]
    visited_on: Day
    visitors: Annotated[list[Name], Field(min_length=1, max_length=20)]
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1, max_length=40)]
    hold_grounds: tuple[Code, ...] = Field(default=(), max_length=20)
    facts: HouseholdFacts | None = None


class MarkEliminated(Event):
    """The risk is marked as eliminated: in the national system, or in the document's ledger."""

    label = Label(zh="标注风险消除", en="mark the risk as eliminated")

    event: Literal["mark_eliminated"]
    marked_on: Day
    means: Code = "by_assistance"


class Hold(Event):
    """Not to be marked for now: help and visits go on."""

    label = Label(zh="暂不标注，持续帮扶", en="hold: do not mark for now")

    event: Literal["hold"]
    ground: Code
    reason: Text


class LiftHold(Event):
    label = Label(zh="解除暂不标注", en="lift the hold")

    event: Literal["lift_hold"]
    reason: Text


class RollBack(Event):
    """The risk is not gone: the household is helped on."""

    label = Label(zh="消除回退，继续帮扶", en="roll the elimination back")

    event: Literal["roll_back"]
    reason: Text


class EndNaturally(Event):
    """Nobody is left to be monitored here: death, or the household moved away."""

    label = Label(zh="自然减少", en="end naturally")

    event: Literal["end_naturally"]
    ground: Code
    ended_on: Day
    reason: Text
