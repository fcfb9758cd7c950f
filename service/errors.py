"""Every refusal: its class, its HTTP status and its stable code, in both languages.

A refusal tells the person who reads it what was refused, under which provision, and what to
do. None of them carries personal data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from service.codes import Label


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason why an event cannot happen now: what is needed, what there is, until when."""

    code: str
    need: str | None = None
    have: str | None = None
    until: date | datetime | None = None
    cite: str | None = None

    @property
    def label(self) -> Label:
        return BLOCKERS[self.code].filled(need=self.need, have=self.have, until=self.until)


BLOCKERS: dict[str, Label] = {
    "too_early": Label(
        zh="法定期限未满：{need}，{until}起方可办理",
        en="The period is not over ({need}); this can be done from {until}.",
    ),
    "date_provisional": Label(
        zh="期限涉及尚未公布工作日历的年份，日期为暂定，待日历导入后重新计算",
        en="The period touches a year without a published calendar; import the calendar first.",
    ),
    "late_reason_missing": Label(
        zh="已逾期{have}天，须说明逾期原因（reason）",
        en="This is {have} days late: state why in `reason`.",
    ),
    "attachment_unknown": Label(
        zh="附件不存在或不属于本辖区：{have}", en="No such attachment within your area: {have}."
    ),
    "return_target_not_allowed": Label(
        zh="不能退回到 {have}；可退回：{need}", en="A return to {have} is not possible; to: {need}."
    ),
    "channel_not_listed": Label(
        zh="监测方式 {have} 不在文件所列范围：{need}",
        en="The document lists no channel {have}; it lists: {need}.",
    ),
    "entry_point_not_listed": Label(
        zh="申请途径 {have} 不在文件所列范围：{need}",
        en="The document lists no way of applying {have}; it lists: {need}.",
    ),
    "household_type_not_listed": Label(
        zh="户类型 {have} 不在文件所列范围：{need}",
        en="The document lists no household type {have}; it lists: {need}.",
    ),
    "attachment_kind_not_listed": Label(
        zh="附件类别 {have} 不在文件所列范围：{need}",
        en="The document lists no kind of attachment {have}; it lists: {need}.",
    ),
    "date_in_future": Label(
        zh="日期 {have} 晚于今天 {need}", en="The day {have} lies after today, {need}."
    ),
    "date_before_application": Label(
        zh="日期 {have} 早于申请日 {need}", en="The day {have} lies before the application, {need}."
    ),
    "signature_missing": Label(zh="承诺和授权查询书未签字", en="The form is not signed."),
    "fingerprint_missing": Label(
        zh="承诺和授权查询书须按申请人本人手印",
        en="The form lacks the applicant's own fingerprint.",
    ),
    "proxy_not_permitted": Label(
        zh="代填人 {have} 不在允许范围：{need}", en="{have} may not fill the form; may: {need}."
    ),
    "proxy_not_named": Label(zh="须写明代填人姓名", en="Name the person who filled the form."),
    "evidence_missing": Label(zh="缺少附件：{need}", en="An attachment is missing: {need}."),
    "group_absent": Label(
        zh="村级评议缺少参会方：{need}", en="Nobody was present at the meeting from: {need}."
    ),
    "object_type_not_listed": Label(
        zh="监测对象类别 {have} 不在文件所列范围：{need}",
        en="The document lists no type of object {have}; it lists: {need}.",
    ),
    "exclusion_not_listed": Label(
        zh="{have} 不在文件所列排除情形范围：{need}",
        en="The document's exclusions do not list {have}; they list: {need}.",
    ),
    "facts_missing": Label(
        zh="没有核实情况（facts），不能作出决定",
        en="No verified facts are recorded: state `facts`.",
    ),
    "decision_against_facts": Label(
        zh="决定（{have}）与核实情况得出的结论（{need}）不一致，须由具名负责人说明理由（override）",
        en="The decision ({have}) is against what the facts say ({need}): a named officer must"
        " give the reasons in `override`.",
    ),
    "consent_missing": Label(
        zh="没有已签署的承诺和授权查询书",
        en="There is no signed commitment and authorisation in the case.",
    ),
    "personal_data_in_notice": Label(
        zh="公示内容不得含证件号码、手机号、账号、健康状况（{have}）",
        en="The notice may hold no identity, telephone or account number and no health"
        " data ({have}).",
    ),
    "department_missing": Label(
        zh="以下部门没有比对结论：{need}", en="These departments have no verdict: {need}."
    ),
    "department_not_listed": Label(
        zh="不在文件所列的部门或比对项：{have}",
        en="Departments or fields that the document does not list: {have}.",
    ),
    "verdict_given_twice": Label(
        zh="同一部门同一项目有两个结论", en="One department gives two verdicts on one field."
    ),
    "no_hit": Label(
        zh="比对没有异常，无须作出结论", en="The comparison has no hit to conclude on."
    ),
    "comparison_missing": Label(
        zh="数据比对结果尚未返回", en="The data comparison has not come back yet."
    ),
    "hit_not_concluded": Label(
        zh="比对异常尚无结论：{have}", en="A comparison hit awaits a conclusion: {have}."
    ),
    "hit_confirmed": Label(
        zh="比对异常已被确认，不能继续：{have}",
        en="A comparison hit was confirmed; the case cannot go on: {have}.",
    ),
    "objection_open": Label(
        zh="异议尚未处理：第{have}号", en="An objection is undecided: no. {have}."
    ),
    "no_such_objection": Label(
        zh="没有该号待处理异议；待处理：{need}",
        en="No such undecided objection; undecided: {need}.",
    ),
    "basic_information_missing": Label(
        zh="新识别对象须采集基础信息", en="A new object's basic information must be collected."
    ),
    "helper_kind_differs": Label(
        zh="该类对象应安排：{need}，而不是{have}",
        en="This type of object is given a {need}, not a {have}.",
    ),
}
"""Every code a blocker may have, with its sentence."""


class Refusal(Exception):
    """An answer that says no. Subclasses fix the status, the code and the title."""

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[Label]

    def __init__(self, detail: Label, **extra: object) -> None:
        super().__init__(detail.en)
        self.detail = detail
        self.extra = extra
        self.blockers: Sequence[Blocker] = ()


class Malformed(Refusal):
    status, code = 400, "malformed_request"
    title = Label(zh="请求格式有误", en="The request is malformed")


class IdempotencyKeyMissing(Refusal):
    status, code = 400, "idempotency_key_missing"
    title = Label(zh="缺少 Idempotency-Key", en="Idempotency-Key is missing")

    def __init__(self) -> None:
        super().__init__(
            Label(
                zh="写操作须带 Idempotency-Key（8-128 位可见字符），重试时用同一个值",
                en="Send an Idempotency-Key of 8 to 128 visible characters; repeat it on a retry.",
            )
        )


class NotSignedIn(Refusal):
    status, code = 401, "not_signed_in"
    title = Label(zh="未登录或登录已失效", en="Not signed in")

    def __init__(self) -> None:
        super().__init__(
            Label(
                zh="请先登录（POST /v1/session），并带上 Authorization: Bearer",
                en="Sign in (POST /v1/session) and send the token as Authorization: Bearer.",
            )
        )


class SignInRefused(Refusal):
    status, code = 401, "sign_in_refused"
    title = Label(zh="用户名或密码不正确", en="Wrong user name or password")

    def __init__(self) -> None:
        super().__init__(Label(zh="请核对用户名和密码", en="Check the user name and the password."))


class NotYourRole(Refusal):
    status, code = 403, "not_your_role"
    title = Label(zh="不属于您的职责", en="Not for your role")

    def __init__(self, event: Label, roles: Sequence[Label], cite: str) -> None:
        super().__init__(
            Label(
                zh=f"“{event.zh}”只能由{'、'.join(r.zh for r in roles)}办理（{cite}）",
                en=f"Only {' or '.join(r.en for r in roles)} may {event.en} ({cite}).",
            )
        )


class PositionNeeded(Refusal):
    status, code = 403, "position_needed"
    title = Label(zh="没有有效岗位", en="No position")

    def __init__(self) -> None:
        super().__init__(
            Label(
                zh="您今天没有任职岗位，或须用 Dixian-Position 指明其中一个（见 GET /v1/me）",
                en="You hold no position today, or several: choose one with Dixian-Position"
                " (see GET /v1/me).",
            )
        )


class NotFound(Refusal):
    """There is no such thing, or it is out of the asker's area: the answer is the same."""

    status, code = 404, "not_found"
    title = Label(zh="没有找到", en="Not found")

    def __init__(self) -> None:
        super().__init__(
            Label(zh="不存在，或不在您的辖区内", en="It does not exist, or lies outside your area.")
        )


class EventNotAllowed(Refusal):
    status, code = 409, "event_not_allowed"
    title = Label(zh="当前环节不能办理此事项", en="Not possible at this stage")

    def __init__(self, event: Label, state: Label, **extra: object) -> None:
        super().__init__(
            Label(
                zh=f"案件处于“{state.zh}”，不能“{event.zh}”",
                en=f"The case is at “{state.en}”: it is not possible to {event.en} now.",
            ),
            **extra,
        )


class EpisodeOpen(Refusal):
    status, code = 409, "episode_open"
    title = Label(zh="该户已有在办或在册监测", en="The household already has an open case")

    def __init__(self, case_id: object) -> None:
        super().__init__(
            Label(
                zh="一户同时只能有一个监测事项，请在已有事项上办理",
                en="A household has one open episode at a time: go on with the one it has.",
            ),
            case_id=str(case_id),
        )


class HouseholdExists(Refusal):
    status, code = 409, "household_exists"
    title = Label(zh="证件号码已登记在其他户", en="Already registered")

    def __init__(self, member_number: int) -> None:
        super().__init__(
            Label(
                zh=f"第{member_number}位成员的证件号码已登记在册，请先核对，不要重复登记",
                en=f"The identity number of member {member_number} is already registered:"
                " check before registering again.",
            )
        )


class IdempotencyKeyInUse(Refusal):
    status, code = 409, "idempotency_key_in_use"
    title = Label(zh="同一请求正在处理", en="The same request is being processed")

    def __init__(self) -> None:
        super().__init__(
            Label(zh="请稍候用同一 Idempotency-Key 重试", en="Retry shortly with the same key.")
        )


class StaleVersion(Refusal):
    status, code = 412, "stale_version"
    title = Label(zh="案件已被他人更新", en="The case has changed")

    def __init__(self, **extra: object) -> None:
        super().__init__(
            Label(
                zh="请按最新内容重新确认后再提交（If-Match 用最新版本）",
                en="Read the case again and send its current version as If-Match.",
            ),
            **extra,
        )


class BodyTooLarge(Refusal):
    status, code = 413, "body_too_large"
    title = Label(zh="内容过大", en="Too large")


class UnsupportedType(Refusal):
    status, code = 415, "unsupported_type"
    title = Label(zh="不支持的文件类型", en="Unsupported type")


class RequirementsNotMet(Refusal):
    status, code = 422, "requirements_not_met"
    title = Label(zh="不符合办理条件", en="A requirement is not met")

    def __init__(self, blockers: Sequence[Blocker]) -> None:
        super().__init__(
            Label(
                zh="；".join(b.label.zh for b in blockers),
                en=" ".join(b.label.en for b in blockers),
            )
        )
        self.blockers = tuple(blockers)


class IdempotencyKeyReused(Refusal):
    status, code = 422, "idempotency_key_reused"
    title = Label(zh="Idempotency-Key 已用于其他请求", en="Idempotency-Key used before")

    def __init__(self) -> None:
        super().__init__(
            Label(
                zh="同一个键只能用于同一请求；新的请求请用新的键",
                en="This key was sent with another request; use a new key for a new request.",
            )
        )


class IfMatchMissing(Refusal):
    status, code = 428, "if_match_missing"
    title = Label(zh="缺少 If-Match", en="If-Match is missing")

    def __init__(self) -> None:
        super().__init__(
            Label(
                zh='请带上所见版本：If-Match: "<version>"（即 ETag）',
                en='Send the version you have seen: If-Match: "<version>" (the ETag).',
            )
        )


class TooManyAttempts(Refusal):
    status, code = 429, "too_many_attempts"
    title = Label(zh="尝试次数过多", en="Too many attempts")

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(
            Label(zh="请稍后再试", en="Wait before trying again."),
            retry_after=retry_after_seconds,
        )


class NotReady(Refusal):
    status, code = 503, "not_ready"
    title = Label(zh="服务尚未就绪", en="Not ready")


REFUSALS: tuple[type[Refusal], ...] = (
    Malformed,
    IdempotencyKeyMissing,
    NotSignedIn,
    SignInRefused,
    NotYourRole,
    PositionNeeded,
    NotFound,
    EventNotAllowed,
    EpisodeOpen,
    HouseholdExists,
    IdempotencyKeyInUse,
    StaleVersion,
    BodyTooLarge,
    UnsupportedType,
    RequirementsNotMet,
    IdempotencyKeyReused,
    IfMatchMissing,
    TooManyAttempts,
    NotReady,
)
"""The published catalogue, in the order of their statuses."""
