"""Every refusal: its class, its HTTP status and its stable code, in both languages.

A refusal tells the person who reads it what was refused, under which provision, and what to
do. None of them carries personal data.
"""

from collections.abc import Sequence
from typing import ClassVar

from service.blockers import Blocker
from service.codes import Label


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


class NotThisMethod(Refusal):
    status, code = 405, "method_not_allowed"
    title = Label(zh="该地址不支持此方法", en="No such method here")


class NotAcceptable(Refusal):
    status, code = 406, "not_acceptable"
    title = Label(zh="没有这种表现形式", en="There is no such form of it")


class NotInDocument(Refusal):
    status, code = 409, "not_in_document"
    title = Label(zh="文件没有规定此事项", en="The document does not provide for this")

    def __init__(self, ref: str, kind: Label) -> None:
        super().__init__(
            Label(
                zh=f"文件{ref}没有规定{kind.zh}，不能办理",
                en=f"Document {ref} says nothing of a {kind.en}: none can be opened under it.",
            )
        )


class NoDocumentInForce(Refusal):
    status, code = 409, "no_document_in_force"
    title = Label(zh="该地区没有生效的办理文件", en="No document is in force here")

    def __init__(self) -> None:
        super().__init__(
            Label(
                zh="请管理员为该地区或其上级指定文件",
                en="An operator must name the document of this area or of one above it.",
            )
        )


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

    def __init__(self, event: Label, at: Label, /, **extra: object) -> None:
        super().__init__(
            Label(
                zh=f"案件处于“{at.zh}”，不能“{event.zh}”",
                en=f"The case is at “{at.en}”: it is not possible to {event.en} now.",
            ),
            **extra,
        )


class NotInLogYet(Refusal):
    status, code = 409, "not_in_log_yet"
    title = Label(zh="日志中尚无此项", en="Not in the log yet")

    def __init__(self) -> None:
        super().__init__(
            Label(
                zh="该行或该大小的日志尚未签署检查点，请稍后再查",
                en="No checkpoint covers this line or size yet: ask again after the next one.",
            )
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


class ImportNotReady(Refusal):
    status, code = 409, "import_not_ready"
    title = Label(zh="该导入当前不能提交", en="The import cannot be committed now")

    def __init__(self, state: str) -> None:
        super().__init__(
            Label(
                zh="只有校验完成（validated）且尚未提交的导入可以提交，请查看其状态",
                en="Only an import that is `validated` can be committed: look at its state.",
            ),
            state=state,
        )


class ExportNotReady(Refusal):
    status, code = 409, "export_not_ready"
    title = Label(zh="该导出当前不能如此处理", en="Not possible with the export now")

    def __init__(self, state: str) -> None:
        super().__init__(
            Label(
                zh="只有已完成（done）的导出可以下载，未完成的可以续写，请查看其状态",
                en="An export that is `done` can be downloaded, any other can be resumed: "
                "look at its state.",
            ),
            state=state,
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


class WorkbookRefused(Refusal):
    """A file cannot be read as a workbook, or not as one of the layout it is said to have."""

    status, code = 422, "workbook_refused"
    title = Label(zh="不能读取该工作簿", en="The workbook cannot be read")

    def __init__(self, flaw: str, have: str = "", need: str = "") -> None:
        blocker = Blocker(flaw, (need,) if need else (), (have,) if have else ())
        super().__init__(blocker.label)
        self.blockers = (blocker,)


class RowsRefused(Refusal):
    status, code = 422, "rows_refused"
    title = Label(zh="有不能导入的行", en="There are rows that cannot be imported")

    def __init__(self, rows: int) -> None:
        super().__init__(
            Label(
                zh=f"有{rows}行不能导入，未写入任何内容；请改正后重新上传，"
                "或以 without_refused=true 只导入其余各行",
                en=f"{rows} row(s) cannot be imported, and nothing was written: put them right and"
                " upload again, or import the others with `without_refused` true.",
            )
        )


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


class Fault(Refusal):
    """A bug of ours. Nothing was saved; the request id leads to what happened."""

    status, code = 500, "internal_error"
    title = Label(zh="服务内部错误", en="A fault of the service")

    def __init__(self) -> None:
        super().__init__(
            Label(
                zh="未保存任何内容，请将 request_id 告知管理员",
                en="Nothing was saved. Tell the operator the request_id.",
            )
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
    NotThisMethod,
    NotAcceptable,
    NoDocumentInForce,
    EventNotAllowed,
    NotInLogYet,
    EpisodeOpen,
    HouseholdExists,
    IdempotencyKeyInUse,
    ImportNotReady,
    StaleVersion,
    BodyTooLarge,
    UnsupportedType,
    RequirementsNotMet,
    WorkbookRefused,
    RowsRefused,
    IdempotencyKeyReused,
    IfMatchMissing,
    TooManyAttempts,
    Fault,
    NotReady,
)
"""The published catalogue, in the order of their statuses."""
