"""What can be said from the first clue to the registration: one class for each event."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from service.codes import Code, Label
from service.workflows.eligibility import HouseholdFacts
from service.workflows.fields import Count, Day, Flag, Input, Instant, Line, Name, Text
from service.workflows.statement import Event, Override


class Warned(Input):
    """A department's warning: whose, and of which class and grade."""

    department: Code
    warning_class: Code | None = None
    grade: Code | None = None


class Open(Event):
    """A clue or an application is taken in: how the risk came to light, since when it is known."""

    label = Label(zh="受理申请（线索登记）", en="take in the application or the clue")

    event: Literal["open"] = "open"
    channel: Code = "self_application"
    entry_point: Code | None = None
    occurred_on: Day | None = None
    discovered_on: Day | None = None
    warning: Warned | None = None
    risk_types: tuple[Code, ...] = Field(default=(), max_length=20)
    description: Text | None = None

    @property
    def warned_by(self) -> str | None:
        """The department whose warning it is, so that a policy can ask for a listed one."""
        return self.warning.department if self.warning else None


class TakeUpClue(Event):
    label = Label(zh="线索受理", en="take up the clue")

    event: Literal["take_up_clue"]


class HandToDepartment(Event):
    """The clue shows a risk of a whole trade or policy: its department has to act."""

    label = Label(zh="行业性、政策性风险转部门", en="hand to the department")

    event: Literal["hand_to_department"]
    department: Code
    reason: Text


class RecordVerification(Event):
    """The visit to the home: who went, what they found. Facts may follow at the review."""

    label = Label(zh="入户核实", en="record the verification visit")

    event: Literal["record_verification"]
    visited_on: Day
    visitors: Annotated[list[Name], Field(min_length=1, max_length=20)]
    at_risk: Flag
    facts: HouseholdFacts | None = None


class SignConsent(Event):
    """The letter of commitment and authorisation, signed and with the applicant's fingerprint."""

    label = Label(zh="签署承诺和授权查询书", en="sign the commitment and authorisation")

    event: Literal["sign_consent"]
    signed_on: Day
    filled_by: Code = "applicant"
    proxy_name: Name | None = None
    signed: Flag
    fingerprint: Flag


class Opinion(StrEnum):
    FOR = "for"
    AGAINST = "against"


class Attendance(Input):
    """How many of one group were present, and of how many."""

    group: Code
    present: Annotated[Count, Field(ge=0, le=10_000)]
    of: Annotated[Count, Field(ge=1, le=10_000)] | None = None


class Meeting(Event):
    """A meeting: when, who was present, and where it voted, how."""

    held_on: Day
    attendance: Annotated[tuple[Attendance, ...], Field(max_length=20)] = ()
    votes_for: Annotated[Count, Field(ge=0, le=10_000)] | None = None
    votes_cast: Annotated[Count, Field(ge=1, le=10_000)] | None = None


class ConcludeDeliberation(Meeting):
    """A meeting gave its opinion; it decides nothing about types and risks."""

    label = Label(zh="完成评议（会议通过）", en="conclude the deliberation")

    event: Literal["conclude_deliberation"]
    participants: Annotated[Count, Field(ge=1)]
    opinion: Opinion


class ConcludeReview(Meeting):
    """The facts were weighed, and the household was put on the initial list."""

    label = Label(zh="研判评议确定初选名单", en="put on the initial list")

    event: Literal["conclude_review"]
    object_type: Code
    risk_types: tuple[Code, ...] = Field(default=(), max_length=20)
    facts: HouseholdFacts
    override: Override | None = None


class PostPublicity(Event):
    """The notice is put up. Its text is composed, never typed; a remark may follow."""

    label = Label(zh="张榜公示", en="post the notice")

    event: Literal["post_publicity"]
    place: Line
    remark: Text | None = None
    contact: Line | None = None
    photographed_at: Instant | None = None


class RepostPublicity(PostPublicity):
    """The notice was changed: the period begins anew."""

    label = Label(zh="更正公示内容，重新计期", en="post a changed notice: the period restarts")

    event: Literal["repost_publicity"]  # type: ignore[assignment] # narrower than its parent's


class Verdict(StrEnum):
    """What a department's data say of one field of the household's own statement."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NO_RECORD = "no_record"
    NOT_PROVIDED = "not_provided"


class ComparisonFinding(Input):
    department: Code
    field: Code
    verdict: Verdict


class RecordComparison(Event):
    """The departments' answers, one verdict for each department and field."""

    label = Label(zh="登记数据比对结果", en="record the data comparison")

    event: Literal["record_comparison"]
    findings: Annotated[list[ComparisonFinding], Field(min_length=1, max_length=200)]


class HitConclusion(StrEnum):
    EXPLAINED = "explained"
    CONFIRMED = "confirmed"


class ConcludeComparison(Event):
    """A hit was looked into: explained (the case may go on) or confirmed (it may not)."""

    label = Label(zh="对比对异常作出结论", en="conclude on a comparison hit")

    event: Literal["conclude_comparison"]
    conclusion: HitConclusion
    officer: Name
    reason: Text


class CloseComparison(Event):
    label = Label(zh="完成数据比对", en="close the data comparison")

    event: Literal["close_comparison"]


class LodgeObjection(Event):
    label = Label(zh="提出异议", en="lodge an objection")

    event: Literal["object"]
    anonymous: Flag
    statement: Text


class RejectObjection(Event):
    label = Label(zh="异议不成立", en="reject an objection")

    event: Literal["reject_objection"]
    objection: Annotated[Count, Field(ge=1)]
    reason: Text


class UpholdObjection(Event):
    label = Label(zh="异议成立，重新核实评议", en="uphold an objection: verify and review again")

    event: Literal["uphold_objection"]
    objection: Annotated[Count, Field(ge=1)]
    reason: Text


class ConcludePublicity(Event):
    label = Label(zh="结束公示", en="conclude the publicity")

    event: Literal["conclude_publicity"]
    place: Line | None = None
    photographed_at: Instant | None = None


class Report(Event):
    label = Label(zh="上报", en="report upward")

    event: Literal["report"]


class Approve(Event):
    """An office agrees, at the stage where the document asks for its review or approval."""

    label = Label(zh="审核（审定、批准）通过", en="approve")

    event: Literal["approve"]
    opinion: Text


class RecordOpinion(Event):
    """An office gives its opinion on a case that waits for somebody else."""

    label = Label(zh="登记把关意见", en="record an office's opinion")

    event: Literal["record_opinion"]
    opinion: Opinion
    remark: Text | None = None


class File(Event):
    label = Label(zh="备案（归档）", en="file")

    event: Literal["file"]
    filing_number: Line


class Announce(Event):
    label = Label(zh="公告（公开）", en="announce")

    event: Literal["announce"]
    place: Line


class Register(Event):
    """The household is entered and marked in the national system; its number there is kept."""

    label = Label(zh="全国系统录入标注", en="register in the national system")

    event: Literal["register"]
    system_number: Line
    basic_information_collected: Flag


class Means(StrEnum):
    """How a household was told."""

    VISIT = "visit"
    TELEPHONE = "telephone"
    LETTER = "letter"


class NotifyHousehold(Event):
    label = Label(zh="向农户反馈（告知）结果", en="tell the household the outcome")

    event: Literal["notify_household"]
    means: Means
    told_on: Day
    told_to: Name


class ReturnCase(Event):
    """Back to an earlier stage, with what is to be put right. Earlier opinions stay."""

    label = Label(zh="退回", en="return to an earlier stage")

    event: Literal["return_case"]
    to: Code
    reason: Text
    to_fix: Annotated[list[Line], Field(min_length=1, max_length=20)]


class Refuse(Event):
    """The household does not qualify. The case stays open until that was explained to it."""

    label = Label(zh="不予纳入", en="refuse")

    event: Literal["refuse"]
    reason: Text
    facts: HouseholdFacts | None = None
    override: Override | None = None


class ExplainRefusal(Event):
    label = Label(zh="向农户说明理由", en="explain the refusal to the household")

    event: Literal["explain_refusal"]
    means: Means
    explained_on: Day
    explained_to: Name


class Withdraw(Event):
    label = Label(zh="农户撤回申请", en="withdraw at the household's wish")

    event: Literal["withdraw"]
    reason: Text
