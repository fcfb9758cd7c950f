"""What the chat robots share: a text within their limit, and a yes or no inside of a 200."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from service.blockers import Blocker
from service.config import Settings
from service.notices.channels.way import Failed, Way, taken, url_blockers
from service.notices.outgoing import address_in
from service.notices.parcels import Parcel
from service.notices.templates import TEMPLATES, text_of
from service.store.deliveries import Outcome
from service.store.notices import Notice

MINUTE = timedelta(minutes=1)


class Robot:
    """A robot of a chat group. `most_bytes` bounds its text, `codes` name the yes in its JSON."""

    most = 500
    most_bytes: int
    codes: Sequence[str]
    limited: dict[int, timedelta]
    signs: bool = True

    def blockers(self, target: str, secret: str | None, settings: Settings) -> Iterator[Blocker]:
        yield from url_blockers(target, settings)
        if secret and not self.signs:
            yield Blocker("secret_not_taken")

    def shown(self, target: str) -> str:
        return address_in(target).host

    async def post(self, parcel: Parcel, way: Way, url: str, message: dict[str, Any]) -> None:
        content = json.dumps(message, ensure_ascii=False).encode()
        reply = await way.outgoing.post(url, content, {"Content-Type": "application/json"})
        code = self._code(taken(reply, parcel.at).body)
        if code in self.limited:
            raise Failed(Outcome.RATE_LIMITED, code, wait=self.limited[code])
        if code != 0:
            raise Failed(Outcome.REFUSED, code)

    def _code(self, body: bytes) -> int | None:
        """Return the robot's own code, 0 for yes; None where it says none that is a number."""
        try:
            told = json.loads(body)
            code = next(told[name] for name in self.codes if name in told)
        except (ValueError, TypeError, StopIteration):
            return None
        return code if isinstance(code, int) and abs(code) < 2**31 else None


def letter(parcel: Parcel, most_bytes: int) -> str:
    """Return the parcel as text: a line for each notice; where that is too long, counts.

    The last line names the message, so that one which comes twice is known as the same.
    """
    head, tail = f"底线通知{len(parcel.notices)}条", f"[{parcel.id}]"
    room = most_bytes - len(f"{head}\n\n{tail}".encode())
    lines = [line(notice) for notice in parcel.notices]
    if _size(lines) > room:
        counts = Counter(_matter(notice) for notice in parcel.notices)
        lines = _fitting([f"{matter}：{n}条" for matter, n in counts.most_common()], room)
    return "\n".join([head, *lines, tail])


def line(notice: Notice) -> str:
    """Return a notice as a line of Chinese."""
    title = TEMPLATES[notice.template].title.zh
    return f"【{title}】{text_of(notice.template, notice.facts).zh}"


def _matter(notice: Notice) -> str:
    label = notice.facts.get("rule_label") or {}
    return "·".join(filter(None, [TEMPLATES[notice.template].title.zh, label.get("zh")]))


def _size(lines: Sequence[str]) -> int:
    return sum(len(one.encode()) + 1 for one in lines)


def _fitting(lines: list[str], room: int) -> list[str]:
    """Return the first lines that fit; a last one says that there are more."""
    more = "……其余见通知列表"
    if _size(lines) <= room:
        return lines
    while lines and _size([*lines, more]) > room:
        lines = lines[:-1]
    return [*lines, more]
