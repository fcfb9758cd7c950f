"""A problem to be put right: found, taken in hand with its four lists, verified, struck off.

The four lists are problem, measure, responsible person and unit, and time limit.
"""

from typing import Annotated, Literal, get_args
from uuid import UUID

from pydantic import Field

from service.codes import Cite, Code, Label
from service.workflows.acts import EventRule as AnyEventRule
from service.workflows.dossier import Dossier, Entry
from service.workflows.fields import Day, Flag, Line, Name, Text
from service.workflows.fixed import Arrow, FixedRules
from service.workflows.kinds import Kind
from service.workflows.requirements import CommonRequirement
from service.workflows.statement import Event, by_code

FOUND, IN_PROGRESS, SUBMITTED = "found", "in_progress", "submitted"
VERIFIED, CLOSED, VOIDED = "verified", "closed", "voided"

STATES: dict[str, Label] = {
    FOUND: Label(zh="已登记", en="found"),
    IN_PROGRESS: Label(zh="正在整改", en="being put right"),
    SUBMITTED: Label(zh="已申请销号", en="submitted"),
    VERIFIED: Label(zh="已核实", en="verified"),
    CLOSED: Label(zh="已销号", en="struck off"),
    VOIDED: Label(zh="作废", en="void"),
}

Level = Literal["county", "township", "village"]


class ReportProblem(Event):
    """A problem of a household, or of an area on a level; who found it stands by it."""

    label = Label(zh="登记问题", en="report a problem")

    event: Literal["report_problem"] = "report_problem"
    scope: Literal["household", "area"]
    level: Level | None = None
    problem_type: Code
    content: Text
    source: Code
    found_on: Day
    found_by: Name
    item: Line | None = None


class AssignRemediation(Event):
    """What is to be done, who answers for it, until when; as much of it as is known."""

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
    label = Label(zh="退回整改", en="return for more work")

    event: Literal["return_remediation"]
    reason: Text


class RaiseLevel(Event):
    """The problem is beyond the level that has it: the one above takes it on."""

    label = Label(zh="提级办理", en="raise to the level above")

    event: Literal["raise_level"]
    level: Level
    reason: Text


class HandOver(Event):
    """A department takes the problem on."""

    label = Label(zh="转交部门", en="hand over to a department")

    event: Literal["hand_over"]
    department: Code
    reason: Text


class LinkSimilar(Event):
    """The same problem elsewhere: what is learned from one is looked for in all."""

    label = Label(zh="举一反三", en="link a similar problem")

    event: Literal["link_similar"]
    item_id: UUID


class Reopen(Event):
    """The problem has come back."""

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
    | Reopen
    | VoidItem
)

EVENTS = by_code(ReportProblem, *get_args(Raised))

UNDER_WORK = (FOUND, IN_PROGRESS, SUBMITTED, VERIFIED)

ARROWS: dict[str, Arrow] = {
    "assign_remediation": Arrow((FOUND, IN_PROGRESS)),
    "start_remediation": Arrow((FOUND,), IN_PROGRESS),
    "fix_on_the_spot": Arrow((FOUND,), SUBMITTED),
    "record_remediation": Arrow((IN_PROGRESS,)),
    "submit_remediation": Arrow((IN_PROGRESS,), SUBMITTED),
    "verify_remediation": Arrow((SUBMITTED,), VERIFIED),
    "strike_off": Arrow((VERIFIED,), CLOSED),
    "return_remediation": Arrow((SUBMITTED, VERIFIED), IN_PROGRESS),
    "raise_level": Arrow((FOUND, IN_PROGRESS), FOUND),
    "hand_over": Arrow((FOUND, IN_PROGRESS), FOUND),
    "link_similar": Arrow((*UNDER_WORK, CLOSED)),
    "reopen": Arrow((CLOSED,), FOUND),
    "void_item": Arrow(UNDER_WORK, VOIDED),
}


class RemediationEntry(Entry):
    body: Annotated[ReportProblem | Raised, Field(discriminator="event")]


class RemediationDossier(Dossier):
    entries: tuple[RemediationEntry, ...] = ()


AnyRequirement = Annotated[CommonRequirement, Field(discriminator="requirement")]


class EventRule(AnyEventRule):
    requires: tuple[AnyRequirement, ...] = ()


class RemediationRules(FixedRules):
    """What a document says of putting problems right; `time_limit`: how it sets the time for it."""

    kind = Kind.REMEDIATION_ITEM
    catalogue = EVENTS
    opens = "report_problem"
    closed = frozenset({CLOSED, VOIDED})
    dossier = RemediationDossier
    returns = (ReturnRemediation, Reopen)
    states = STATES
    arrows = ARROWS

    events: tuple[EventRule, ...] = ()
    time_limit: Code | None = None
    cite: Cite | None = None
