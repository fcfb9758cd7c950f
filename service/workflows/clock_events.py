"""What happens to one clock, in its order, as it is kept: what its date is folded over."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, TypeAdapter

from service.clock import end_of, office_date
from service.codes import Label


class Happening(StrEnum):
    """What can happen to a clock. `carried_over`: to another version of its document."""

    STARTED = "started"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    EXTENSION_ASKED = "extension_asked"
    EXTENSION_REFUSED = "extension_refused"
    EXTENDED = "extended"
    RECOMPUTED = "recomputed"
    CARRIED_OVER = "carried_over"
    MET = "met"
    LAPSED = "lapsed"


HAPPENINGS: dict[Happening, Label] = {
    Happening.STARTED: Label(zh="起算", en="started"),
    Happening.SUSPENDED: Label(zh="中止计时", en="suspended"),
    Happening.RESUMED: Label(zh="恢复计时", en="resumed"),
    Happening.EXTENSION_ASKED: Label(zh="申请延长", en="an extension was asked for"),
    Happening.EXTENSION_REFUSED: Label(zh="不同意延长", en="the extension was refused"),
    Happening.EXTENDED: Label(zh="延长", en="extended"),
    Happening.RECOMPUTED: Label(zh="日历更新，重算", en="recomputed by a new calendar"),
    Happening.CARRIED_OVER: Label(zh="迁移到文件的其他版本", en="carried over to another version"),
    Happening.MET: Label(zh="办结", en="met"),
    Happening.LAPSED: Label(zh="不再适用", en="lapsed"),
}

OBJECTION = "objection"
"""The reason of a suspension that an objection brought, and that ends with it."""


class ClockEvent(BaseModel):
    """One entry: what happened when, by which calendar, under which provision, and by whom.

    `due_on` is the last day from then on. A clock that starts, or is carried over, counts from
    the day `on`; one of hours from the instant `since`. An extension is by `amount` of `unit`.
    `reason` is a code of the document's list, or `objection`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: Happening
    at: datetime
    calendar_edition: int
    due_on: date | None = None
    on: date | None = None
    since: datetime | None = None
    reason: str | None = None
    amount: int | None = None
    unit: str | None = None
    cite: str | None = None
    person_id: UUID | None = None
    position_id: UUID | None = None
    role: str | None = None


_EVENTS = TypeAdapter(list[ClockEvent])


def read_events(kept: list[dict[str, Any]]) -> list[ClockEvent]:
    """Return what a row has kept, the oldest first."""
    return _EVENTS.validate_python(kept)


def starting(on: date, since: datetime | None = None) -> ClockEvent:
    """Return the start of a clock of which nothing else is known yet."""
    at = since or end_of(on)
    return ClockEvent(what=Happening.STARTED, at=at, calendar_edition=0, on=on, since=since)


def stands(events: list[ClockEvent]) -> ClockEvent | None:
    """Return the suspension that lasts, or None while a clock runs."""
    last = [e for e in events if e.what in {Happening.SUSPENDED, Happening.RESUMED}][-1:]
    return next((event for event in last if event.what is Happening.SUSPENDED), None)


def asked(events: list[ClockEvent]) -> ClockEvent | None:
    """Return the request for an extension that nobody has decided, or None."""
    decided = {Happening.EXTENSION_ASKED, Happening.EXTENSION_REFUSED, Happening.EXTENDED}
    last = [event for event in events if event.what in decided][-1:]
    return next((event for event in last if event.what is Happening.EXTENSION_ASKED), None)


def day_of(event: ClockEvent) -> date:
    return office_date(event.at)
