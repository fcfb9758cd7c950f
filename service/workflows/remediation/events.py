"""What is said of a problem to be put right, and from which state to which it leads.

The four lists are problem, measure, responsible person and unit, and time limit.
"""

from enum import StrEnum
from typing import Literal, get_args
from uuid import UUID

from service.codes import Code, Label
from service.workflows.fields import Day, Flag, Line, Name, Text
from service.workflows.statement import Event, by_code

FOUND, WITH_DEPARTMENT, IN_PROGRESS = "found", "with_department", "in_progress"
SUBMITTED, VERIFIED = "submitted", "verified"
CLOSED, VOIDED = "closed", "voided"

STATES: dict[str, Label] = {
    FOUND: Label(zh="已登记", en="found"),
    WITH_DEPARTMENT: Label(zh="部门办理", en="with a department"),
    IN_PROGRESS: Label(zh="正在整改", en="being put right"),
    SUBMITTED: Label(zh="已申请销号", en="submitted"),
    VERIFIED: Label(zh="已核实", en="verified"),
    CLOSED: Label(zh="已销号", en="struck off"),
    VOIDED: Label(zh="作废", en="void"),
}


class Scope(StrEnum):
    """Whether a problem is one household's (户内) or an area's (面上)."""

    HOUSEHOLD = "household"
    AREA = "area"


class Level(StrEnum):
    """Whose problem it is, the lowest first."""

    VILLAGE = "village"
    TOWNSHIP = "township"
    COUNTY = "county"


class ReportProblem(Event):
    """A problem of a household, or of an area on its level; who found it stands by it.

    `item` is the item of the checklist, and `form_id` the form, that it was found with.
    """

    label = Label(zh="登记问题", en="report a problem")

    event: Literal["report_problem"] = "report_problem"
    scope: Scope
    level: Level | None = None
    problem_type: Code
    risk_type: Code | None = None
    content: Text
    source: Code
    found_on: Day
    found_by: Name
    item: Line | None = None
    form_id: UUID | None = None


class AssignRemediation(Event):
    """What is to be done, who answers for it, until when; as much of it as is known.

    What is left out stays as it was; another time limit than before needs a `reason`.
    """

    label = Label(zh="明确措施、责任和时限", en="assign measure, responsibility and time limit")

    event: Literal["assign_remediation"]
    measure: Text | None = None
    responsible_person: Name | None = None
    responsible_unit: Line | None = None
    time_limit_on: Day | None = None


class StartRemediation(Event):
    label = Label(zh="开始整改", en="start")

    event: Literal["start_remediation"]


class FixOnTheSpot(Event):
    """Put right at once, before any list was drawn up; it is verified like any other."""

    label = Label(zh="立行立改", en="put right on the spot")

    event: Literal["fix_on_the_spot"]
    effect: Text
    fixed_by: Name


class RecordRemediation(Event):
    """A part of the work that is done."""

    label = Label(zh="记录整改进展", en="record a partial result")

    event: Literal["record_remediation"]
    progress: Text


class SubmitRemediation(Event):
    label = Label(zh="申请销号", en="submit as put right")

    event: Literal["submit_remediation"]
    effect: Text


class VerifyRemediation(Event):
    label = Label(zh="核实", en="verify")

    event: Literal["verify_remediation"]
    verified_on: Day
    opinion: Text


class StrikeOff(Event):
    label = Label(zh="销号", en="strike off")

    event: Literal["strike_off"]


class ReturnRemediation(Event):
    """It is not put right yet; the time limit that was set runs on."""

    label = Label(zh="退回整改", en="return for more work")

    event: Literal["return_remediation"]
    reason: Text


class RaiseLevel(Event):
    """The problem is beyond the level that has it: one above takes it on, and says who answers."""

    label = Label(zh="提级办理", en="raise to a level above")

    event: Literal["raise_level"]
    level: Level
    reason: Text


class HandOver(Event):
    """A department takes the problem on, and says who answers for it."""

    label = Label(zh="转交部门", en="hand over to a department")

    event: Literal["hand_over"]
    department: Code
    reason: Text


class LinkSimilar(Event):
    """The same problem elsewhere: what is learned from one is looked for in all."""

    label = Label(zh="举一反三", en="link to a similar problem")

    event: Literal["link_similar"]
    item_id: UUID


class UnlinkSimilar(Event):
    """The problem is not like the others after all."""

    label = Label(zh="取消关联", en="unlink from similar problems")

    event: Literal["unlink_similar"]
    reason: Text


class Reopen(Event):
    """The problem has come back: the lists are drawn up anew."""

    label = Label(zh="反弹重开", en="reopen")

    event: Literal["reopen"]
    reason: Text


class VoidItem(Event):
    """It was entered wrongly. Nothing is deleted."""

    label = Label(zh="作废问题", en="void an item")

    event: Literal["void_item"]
    reason: Text
    entered_twice: Flag = False


Raised = (
    AssignRemediation
    | StartRemediation
    | FixOnTheSpot
    | RecordRemediation
    | SubmitRemediation
    | VerifyRemediation
    | StrikeOff
    | ReturnRemediation
    | RaiseLevel
    | HandOver
    | LinkSimilar
    | UnlinkSimilar
    | Reopen
    | VoidItem
)

EVENTS = by_code(ReportProblem, *get_args(Raised))
