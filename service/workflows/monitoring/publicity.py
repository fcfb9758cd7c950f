"""The publicity: what a notice may say, and that no objection is left undecided."""

from collections.abc import Iterable, Iterator
from typing import Literal

from service.blockers import Blocker
from service.workflows.matter import Requirement
from service.workflows.monitoring.dossier import Matter
from service.workflows.monitoring.entry_events import (
    PostPublicity,
    RejectObjection,
    UpholdObjection,
)
from service.workflows.monitoring.privacy import HEALTH_WORDS, personal


class NoticeWithoutPersonalData(Requirement):
    """What is added to the notice holds no identity or account number, nothing on health.

    The contact is an office's: its landline may stand there.
    """

    asked_of = (PostPublicity,)

    requirement: Literal["notice_without_personal_data"] = "notice_without_personal_data"
    health_words: tuple[str, ...] = HEALTH_WORDS

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, PostPublicity):
            return
        for text, office in ((body.remark, False), (body.place, False), (body.contact, True)):
            for found in personal(text or "", self.health_words, office=office):
                yield self._blocker("personal_data_in_notice", have=found)


_OF_THE_HOUSE = NoticeWithoutPersonalData(cite="DX-05")


def notice_blockers(requires: Iterable[Requirement], matter: Matter) -> Iterator[Blocker]:
    """Yield what must not be posted, where the document itself does not ask for it."""
    asked = (one for one in requires if isinstance(one, NoticeWithoutPersonalData))
    if not any(one.only_for is None or one.only_for.concerns(matter) for one in asked):
        yield from _OF_THE_HOUSE.missing(matter)


class NoOpenObjection(Requirement):
    """Every objection has been upheld or rejected."""

    requirement: Literal["no_open_objection"]

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        if numbers := matter.dossier.open_objections:
            yield self._blocker("objection_open", have=numbers)


class ObjectionOpen(Requirement):
    """The objection that is decided exists and is undecided."""

    asked_of = (
        RejectObjection,
        UpholdObjection,
    )

    requirement: Literal["objection_open"]

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        numbers = matter.dossier.open_objections
        body = matter.body
        if not numbers:
            yield self._blocker("no_such_objection", need="-")
        elif isinstance(body, RejectObjection | UpholdObjection) and body.objection not in numbers:
            yield self._blocker("no_such_objection", need=numbers, have=body.objection)
