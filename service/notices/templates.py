"""What notices say: short sentences in both languages, filled from facts that name nobody."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from string import Formatter
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from service.codes import Code, Label
from service.workflows.deadlines import Unit
from service.workflows.kinds import KINDS, Kind
from service.workflows.words import WORDS


class Facts(BaseModel):
    """What a notice may know: ids, codes, days, and labels of a document. No name fits in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    case_id: UUID | None = None
    kind: Kind | None = None
    deadline_id: UUID | None = None
    rule: Code | None = None
    rule_label: Label | None = None
    due_on: date | None = None
    days_late: int | None = None
    unit: Unit | None = None
    role: Code | None = None
    area_code: str | None = None
    position: str | None = None
    subscription_id: UUID | None = None
    channel: Code | None = None


@dataclass(frozen=True)
class Template:
    """What a notice is called, and its sentence; `{names}` in it are facts that it needs.

    One that does not travel stays in the inbox: it tells of channels that fail.
    """

    title: Label
    text: Label
    travels: bool = True

    @cached_property
    def needs(self) -> frozenset[str]:
        """Return the facts without which the sentence cannot be said."""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.text.zh) if name)


TEMPLATES: dict[str, Template] = {
    "deadline_near": Template(
        Label(zh="即将到期", en="due soon"),
        Label(
            zh="{kind}{case_id}：{rule_label}，{due_on}到期",
            en="{kind} {case_id}: {rule_label} is due on {due_on}.",
        ),
    ),
    "deadline_overdue": Template(
        Label(zh="已逾期", en="overdue"),
        Label(
            zh="{kind}{case_id}：{rule_label}，{due_on}到期，已逾期{days_late}{unit}",
            en="{kind} {case_id}: {rule_label} was due on {due_on}; late by {days_late} ({unit}).",
        ),
    ),
    "deadline_listed": Template(
        Label(zh="列入通报", en="listed"),
        Label(
            zh="{kind}{case_id}：{rule_label}，{due_on}到期，已逾期{days_late}{unit}，列入本月通报",
            en="{kind} {case_id}: {rule_label} was due on {due_on}; late by {days_late} ({unit})."
            " It is on this month's list.",
        ),
    ),
    "case_urged": Template(
        Label(zh="催办", en="urged"),
        Label(zh="{kind}{case_id}：请尽快办理", en="{kind} {case_id}: please act."),
    ),
    "position_vacant": Template(
        Label(zh="岗位空缺", en="vacant position"),
        Label(
            zh="“{position}”（{role}，{area_code}）今天无人任职，其通知转至您处；请安排任职",
            en="Nobody holds {position} ({role}, {area_code}): its notices come to you."
            " See that somebody is appointed.",
        ),
    ),
    "channel_failed": Template(
        Label(zh="通知未送达", en="not delivered"),
        Label(
            zh="{channel}订阅{subscription_id}多次发送失败，已停止重试；请检查后重发",
            en="{channel} subscription {subscription_id} failed too often and is given up:"
            " look into it, then replay.",
        ),
        travels=False,
    ),
}
"""Code -> template. A new notice is one entry here."""


def checked(template: str, facts: Facts) -> dict[str, object]:
    """Return the facts as they are kept. Raises `ValueError` where the template needs more."""
    kept = facts.model_dump(mode="json", exclude_none=True)
    if missing := TEMPLATES[template].needs - kept.keys():
        raise ValueError(f"{template} needs {', '.join(sorted(missing))}")
    return kept


def text_of(template: str, kept: dict[str, object]) -> Label:
    """Return the sentence of a notice, from the facts as they were kept."""
    facts = Facts.model_validate(kept)
    plain = facts.model_dump(exclude_none=True)
    said = {
        language: {name: _said(facts, name, value, language) for name, value in plain.items()}
        for language in ("zh", "en")
    }
    text = TEMPLATES[template].text
    return Label(zh=text.zh.format(**said["zh"]), en=text.en.format(**said["en"]))


def _said(facts: Facts, name: str, value: object, language: str) -> object:
    """Return a fact in the reader's language: what has a label is called by it."""
    labels = {
        "kind": KINDS.get(facts.kind) if facts.kind else None,
        "rule_label": facts.rule_label,
        "unit": WORDS["units"][facts.unit] if facts.unit else None,
        "channel": WORDS["channels"].get(facts.channel) if facts.channel else None,
    }
    label = labels.get(name)
    return getattr(label, language) if label else value
