"""What the rulebook derives when an event is accepted: the notice's text, the assessment.

The notice is composed from an allow-list: whose household, where, of which type, from when
until when. Nobody types it, so nobody can type an identity number into it.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.codes import CodeLabel
from service.workflows.monitoring.dossier import Matter
from service.workflows.monitoring.entry_events import PostPublicity, Refuse
from service.workflows.monitoring.review import assessment
from service.workflows.monitoring.route import Masking, NoticeField, NoticeRules, earlier
from service.workflows.monitoring.stages import Stage
from service.workflows.policy import Policy
from service.workflows.statement import stated

IN_LINE = ("answer", "area_code", "group_id")
"""What of an outcome the log may say: hashes and codes."""

HEADING = "公示"
"""What stands above a notice whose document gives it no title."""

LAST_DAY = "公示止"
UNKNOWN, MASK, PROVISIONAL = "—", "*", "（暂定）"
APPROVAL = "approval"
DECIDING = ("deliberation", "review", APPROVAL)
"""The forms of stages whose outcome a notice may tell."""


@dataclass(frozen=True, slots=True)
class Posting:
    """The allow-list: what a public notice may say beside the day and the place.

    `role` posts it, under `policy`.
    """

    village: str
    head_name: str
    object_types: Sequence[CodeLabel]
    last_day: str | None
    eliminates: bool = False
    policy: Policy | None = None
    role: str = ""

    @property
    def rules(self) -> NoticeRules:
        return self.policy.monitoring_object.notice if self.policy else NoticeRules()

    @property
    def document(self) -> str | None:
        return self.policy.document if self.policy else None

    @property
    def title(self) -> str | None:
        rules = self.rules
        return (self.eliminates and rules.elimination_title) or rules.title


def outcome(matter: Matter, posting: Posting) -> dict[str, str]:
    """Return what follows from an event, to be kept beside it."""
    body = matter.body
    if isinstance(body, PostPublicity):
        text = notice(matter, body, posting)
        return {"notice": text, "notice_sha256": digest(text)}
    weighed = isinstance(body, Refuse) or stated(body, "facts")
    if weighed and (assessed := assessment(matter)):
        line = assessed.line
        return {
            "answer": assessed.answer,
            "because": " ".join(assessed.because),
            "cite": assessed.cite,
            "income_line": f"{line.per_capita_net_yuan} ({line.year})" if line else "-",
        }
    return {}


def told_in_line(derived: dict[str, str]) -> dict[str, str]:
    """Return the part of an outcome that holds no personal value."""
    return {name: value for name, value in derived.items() if name in IN_LINE}


def digest(text: str) -> str:
    """Return the SHA-256 under which the log knows a notice."""
    return hashlib.sha256(text.encode()).hexdigest()


# The text that is put up: a title, one line for each field, the remark.


def notice(matter: Matter, body: PostPublicity, posting: Posting) -> str:
    """Return the text that is put up: what the allow-list lets through, nothing else."""
    told = _Told(matter, body, posting)
    rows = (ROWS[field](told) for field in posting.rules.fields if field in ROWS)
    lines = [f"{label}：{value}" for label, value in rows if value]
    remark = body.remark if "remark" in posting.rules.fields else None
    return "\n".join(filter(None, (posting.title, *lines, remark)))


@dataclass(frozen=True, slots=True)
class _Told:
    matter: Matter
    body: PostPublicity
    posting: Posting

    @property
    def decided(self) -> Sequence[Stage]:
        """The stages before this one in which the case was judged, in the order of the route."""
        if (policy := self.posting.policy) is None:
            return ()
        rules = policy.monitoring_object
        passed = (
            rules.stage_of[code]
            for code in earlier(rules, self.matter.state)
            if code in rules.stage_of and self.matter.dossier.last_named(code)
        )
        return [stage for stage in passed if stage.form in DECIDING]


def _label(code: str | None, entries: Sequence[CodeLabel]) -> str | None:
    return next((entry.zh for entry in entries if entry.code == code), None)


def _head_name(told: _Told) -> tuple[str, str]:
    return "户主", masked(told.posting.head_name, told.posting.rules.masking)


def masked(name: str, how: Masking) -> str:
    """Return a name as it may hang on a board; of two characters the second is always masked."""
    if how == "none":
        return name
    kept = len(name) - 1 if how == "middle" and len(name) > 2 else len(name)  # noqa: PLR2004
    hidden = "".join(c if c in "·•" else MASK for c in name[1:kept])
    return f"{name[:1]}{hidden}{name[kept:]}"


def _proposal(told: _Told) -> tuple[str, str]:
    posting, dossier = told.posting, told.matter.dossier
    proposed = "" if any(stage.form == APPROVAL for stage in told.decided) else "拟"
    what = "消除风险" if posting.eliminates else "纳入类别"
    named = _label(dossier.object_type, posting.object_types)
    return f"{proposed}{what}", named or UNKNOWN


def _outcome(told: _Told) -> tuple[str, str | None]:
    return "结果", f"{told.decided[-1].label.zh}通过" if told.decided else None


def _household_type(told: _Told) -> tuple[str, str | None]:
    matter = told.matter
    entries = matter.lists.get("household_types", ())
    return "户类型", _label(matter.household.household_type, entries)


def _persons(told: _Told) -> tuple[str, str | None]:
    facts = told.matter.dossier.facts
    return "家庭人口", str(facts.income.persons) if facts else None


def _contact(told: _Told) -> tuple[str, str | None]:
    rules = told.posting.rules
    office = _role(told, rules.contact_role)
    return "异议反映", told.body.contact or rules.contact or office


def _role(told: _Told, code: str | None) -> str | None:
    roles = told.posting.policy.roles if told.posting.policy else {}
    return roles[code].zh if code in roles else None


ROWS: dict[NoticeField, Callable[[_Told], tuple[str, str | None]]] = {
    "village": lambda told: ("村", told.posting.village),
    "head_name": _head_name,
    "household_type": _household_type,
    "persons": _persons,
    "proposal": _proposal,
    "outcome": _outcome,
    "first_day": lambda told: ("公示起", told.matter.today.isoformat()),
    "last_day": lambda told: (LAST_DAY, told.posting.last_day or UNKNOWN),
    "place": lambda told: ("地点", told.body.place),
    "contact": _contact,
    "issuer": lambda told: ("公示单位", _role(told, told.posting.role)),
    "document": lambda told: ("依据", told.posting.document),
}
"""Field -> its line on the notice: the label, and the value where there is one."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A notice taken apart again, to be shown: every word of `text`, and nothing else."""

    text: str
    title: str | None
    rows: tuple[tuple[str, str], ...]
    remark: str | None

    @property
    def sha256(self) -> str:
        return digest(self.text)

    @property
    def heading(self) -> str:
        return self.title or HEADING


def paper(text: str, remark: str | None) -> Paper:
    """Take a notice's text apart; the remark is what the official added to it, if anything."""
    head = f"\n{text}".removesuffix(f"\n{remark}")[1:] if remark else text
    lines = head.split("\n")
    title = lines.pop(0) if "：" not in lines[0] else None  # a title has no colon, every row has
    rows = tuple((label, value) for label, _, value in (line.partition("：") for line in lines))
    return Paper(text, title, rows, remark if head != text else None)
