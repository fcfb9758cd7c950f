"""What the rulebook derives when an event is accepted: the notice's text, the assessment.

The notice is composed from an allow-list: whose household, where, of which type, from when
until when. Nobody types it, so nobody can type an identity number into it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from service.codes import CodeLabel
from service.workflows.monitoring.entry_events import PostPublicity, Refuse
from service.workflows.monitoring.matter import Matter
from service.workflows.monitoring.review import assessment
from service.workflows.monitoring.statement import stated

IN_LINE = ("notice_sha256", "answer")
"""What of an outcome the log may say: hashes and codes."""


@dataclass(frozen=True, slots=True)
class Posting:
    """The allow-list: what a public notice may say beside the day and the place."""

    village: str
    head_name: str
    object_types: Sequence[CodeLabel]
    last_day: str | None
    eliminates: bool = False


def outcome(matter: Matter, posting: Posting) -> dict[str, str]:
    """Return what follows from an event, to be kept beside it."""
    body = matter.body
    if isinstance(body, PostPublicity):
        text = notice(matter, body, posting)
        return {"notice": text, "notice_sha256": hashlib.sha256(text.encode()).hexdigest()}
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


def notice(matter: Matter, body: PostPublicity, posting: Posting) -> str:
    """Return the text that is put up: the allow-list and the remark, nothing else."""
    types = {entry.code: entry.zh for entry in posting.object_types}
    named = types.get(matter.dossier.object_type or "", "-")
    lines = [
        f"村：{posting.village}",
        f"户主：{posting.head_name}",
        f"拟消除风险：{named}" if posting.eliminates else f"拟纳入类别：{named}",
        f"公示起：{matter.today}",
        f"公示止：{posting.last_day or '-'}",
        f"地点：{body.place}",
    ]
    return "\n".join([*lines, body.remark] if body.remark else lines)


def told_in_line(derived: dict[str, str]) -> dict[str, str]:
    """Return the part of an outcome that holds no personal value."""
    return {name: value for name, value in derived.items() if name in IN_LINE}
