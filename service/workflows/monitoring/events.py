"""What can be said of a monitoring object: one class for each event, with its typed body.

An event is a statement by an official. It is kept as it was made; nothing is derived here.
"""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from service.codes import Code, Label
from service.workflows.eligibility import HouseholdFacts
from service.workflows.fields import Count, Day, Flag, Input, Instant, Line, Name, Text


class Event(Input):
    """What every event may carry. `device_time` is kept; the time of receipt counts."""

    label: ClassVar[Label]

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the event in both languages wherever its body is described."""
        described = handler.resolve_ref_schema(handler(schema))
        if label := getattr(cls, "label", None):
            about = described.get("description", "")
            described["description"] = f"{label.zh} / {label.en}. {about}".strip()
        return described

    event: str
    reason: Text | None = None
    device_time: Instant | None = None
    attachments: tuple[UUID, ...] = Field(default=(), max_length=20)


class Override(Input):
    """A decision against the computed answer: the officer who takes it, and why."""

    officer: Name
    reason: Text


class Open(Event):
    """The household's application is taken in: how the risk came to light, how it was made."""

    label = Label(zh="受理申请", en="take in the application")

    event: Literal["open"] = "open"
    channel: Code = "self_application"
    entry_point: Code


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


class ConcludeGroupDeliberation(Event):
    label = Label(zh="完成村民小组评议", en="conclude the group's deliberation")

    event: Literal["conclude_group_deliberation"]
    held_on: Day
    participants: Annotated[Count, Field(ge=1)]
    opinion: Opinion


class Attendance(Input):
    group: Code
    present: Annotated[Count, Field(ge=0, le=10_000)]


class ConcludeVillageReview(Event):
    """The village verified the facts, met, and put the household on the initial list."""

    label = Label(zh="村级评议确定初选名单", en="put on the village's initial list")

    event: Literal["conclude_village_review"]
    held_on: Day
    attendance: Annotated[list[Attendance], Field(max_length=20)]
    object_type: Code
    facts: HouseholdFacts
    override: Override | None = None


class PostPublicity(Event):
    """The notice is put up. Its text is composed, never typed; a remark may follow."""

    label = Label(zh="张榜公示并提交数据比对", en="post the notice and submit for comparison")

    event: Literal["post_publicity"]
    place: Line
    remark: Text | None = None


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
    label = Label(zh="公示期满结束公示", en="conclude the publicity")

    event: Literal["conclude_publicity"]


class ReportToTownship(Event):
    label = Label(zh="村两委上报乡镇", en="report to the township")

    event: Literal["report_to_township"]


class ApproveTownshipReview(Event):
    label = Label(zh="乡镇审核通过", en="approve at the township's review")

    event: Literal["approve_township_review"]
    opinion: Text


class FileAtCounty(Event):
    label = Label(zh="县级备案", en="file with the county")

    event: Literal["file"]
    filing_number: Line


class Announce(Event):
    label = Label(zh="县级公告", en="announce")

    event: Literal["announce"]
    place: Line


class Register(Event):
    """The household is entered and marked in the national system; its number there is kept."""

    label = Label(zh="全国系统录入标注", en="register in the national system")

    event: Literal["register"]
    system_number: Line
    basic_information_collected: Flag


class AssignHelper(Event):
    label = Label(zh="安排帮扶人", en="assign the helper")

    event: Literal["assign_helper"]
    helper_kind: Code
    helper_name: Name
    helper_unit: Line


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


class ExplanationMeans(StrEnum):
    VISIT = "visit"
    TELEPHONE = "telephone"
    LETTER = "letter"


class ExplainRefusal(Event):
    label = Label(zh="向农户说明理由", en="explain the refusal to the household")

    event: Literal["explain_refusal"]
    means: ExplanationMeans
    explained_on: Day
    explained_to: Name


class Withdraw(Event):
    label = Label(zh="农户撤回申请", en="withdraw at the household's wish")

    event: Literal["withdraw"]
    reason: Text


Raised = (
    SignConsent
    | ConcludeGroupDeliberation
    | ConcludeVillageReview
    | PostPublicity
    | RecordComparison
    | ConcludeComparison
    | LodgeObjection
    | RejectObjection
    | UpholdObjection
    | ConcludePublicity
    | ReportToTownship
    | ApproveTownshipReview
    | FileAtCounty
    | Announce
    | Register
    | AssignHelper
    | ReturnCase
    | Refuse
    | ExplainRefusal
    | Withdraw
)
"""Every event an official may raise on a case; `open` is raised by opening one."""

AnyEvent = Annotated[Open | Raised, Field(discriminator="event")]

EVENTS: dict[str, type[Event]] = {
    body.model_fields["event"].annotation.__args__[0]: body for body in (Open, *Raised.__args__)
}
"""Event code -> its class, in the order of the procedure."""
