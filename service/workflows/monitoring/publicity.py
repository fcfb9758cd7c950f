"""The publicity: what a notice may say, and that no objection is left undecided."""

import re
from collections.abc import Iterator
from typing import ClassVar, Literal

from service.blockers import Blocker
from service.workflows.monitoring.entry_events import (
    PostPublicity,
    RejectObjection,
    UpholdObjection,
)
from service.workflows.monitoring.matter import Matter, Requirement


class NoticeWithoutPersonalData(Requirement):
    """What is added to the notice holds no identity or account number, nothing on health."""

    requirement: Literal["notice_without_personal_data"]
    health_words: tuple[str, ...]

    LONG_NUMBER: ClassVar[re.Pattern[str]] = re.compile(
        r"(?:\d[\s.·,，()（）–—/\uff0f-]*){10,}[\dXx]"
    )
    DAY: ClassVar[re.Pattern[str]] = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?")

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, PostPublicity):
            return
        for text in filter(None, (body.remark, body.place)):
            if self.LONG_NUMBER.search(self.DAY.sub("", text)):
                yield self._blocker("personal_data_in_notice", have="number")
            yield from (
                self._blocker("personal_data_in_notice", have=word)
                for word in self.health_words
                if word.casefold() in text.casefold()
            )


class NoOpenObjection(Requirement):
    """Every objection has been upheld or rejected."""

    requirement: Literal["no_open_objection"]

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        if numbers := matter.dossier.open_objections:
            yield self._blocker("objection_open", have=numbers)


class ObjectionOpen(Requirement):
    """The objection that is decided exists and is undecided."""

    requirement: Literal["objection_open"]

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        numbers = matter.dossier.open_objections
        body = matter.body
        if not numbers:
            yield self._blocker("no_such_objection", need="-")
        elif isinstance(body, RejectObjection | UpholdObjection) and body.objection not in numbers:
            yield self._blocker("no_such_objection", need=numbers, have=body.objection)
