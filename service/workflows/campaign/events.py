"""The states and events of a campaign, and what has been said of one so far."""

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import Field, StrictInt

from service.codes import Code, Label
from service.workflows.dossier import Dossier, Entry
from service.workflows.fields import Day, Flag, Input, Line, Name, Text
from service.workflows.fixed import Arrow
from service.workflows.statement import Event, by_code

DRAFTED, ANNOUNCED, UNDER_WAY = "drafted", "announced", "under_way"
CONCLUDED, ARCHIVED, CANCELLED = "concluded", "archived", "cancelled"

STATES: dict[str, Label] = {
    DRAFTED: Label(zh="拟定", en="drafted"),
    ANNOUNCED: Label(zh="已部署", en="announced"),
    UNDER_WAY: Label(zh="进行中", en="under way"),
    CONCLUDED: Label(zh="已总结", en="concluded"),
    ARCHIVED: Label(zh="已归档", en="archived"),
    CANCELLED: Label(zh="已取消", en="cancelled"),
}


class Window(Input):
    """The days of one phase of one campaign, both included."""

    phase: Code
    first: Day
    last: Day


class Contact(Input):
    """The office to turn to, as the notice names it."""

    office: Line
    name: Name | None = None
    telephone: Line | None = None
    email: Line | None = None


ONE_OFF = "one_off"
"""What `programme` says of a campaign that no standing duty opened."""

Period = Annotated[str, Field(pattern=r"^[0-9]{4}(?:-(?:0[1-9]|1[0-2]|Q[1-4]|H[12]))?$")]
"""A civil period: `2022-04`, `2022-Q2`, `2022-H1`, `2022`."""

AreaCode = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
Number = Annotated[StrictInt, Field(ge=1, le=100_000_000)]
Numbers = Annotated[tuple[Number, ...], Field(min_length=1, max_length=200)]
"""Rows of the list, by their numbers."""


class DraftCampaign(Event):
    """A campaign of an area: its title, its windows where they are not the document's own.

    `programme`, `period` and that it has no list of villages and households are the service's to
    say: of a standing duty that it opens.
    """

    label = Label(zh="拟定排查行动", en="draft a campaign")

    event: Literal["draft_campaign"] = "draft_campaign"
    title: Line
    programme: Code | None = None
    period: Period | None = None
    has_list: Flag = True
    first_day: Day
    last_day: Day
    windows: Annotated[tuple[Window, ...], Field(max_length=30)] = ()
    contact: Contact | None = None


class AnnounceCampaign(Event):
    label = Label(zh="部署", en="announce the campaign")

    event: Literal["announce_campaign"]
    announced_on: Day
    paper_number: Line | None = None


class ChangeWindow(Event):
    """Other days for a phase, before or while the campaign is under way.

    `last_day`: the campaign's own last day moves as well.
    """

    label = Label(zh="调整阶段时间", en="change the days of a phase")

    event: Literal["change_window"]
    window: Window
    last_day: Day | None = None
    reason: Text


class StartCampaign(Event):
    """From here on the list of villages and households stands."""

    label = Label(zh="启动", en="start the campaign")

    event: Literal["start_campaign"]


class AllowLate(Event):
    """One area may hand in its forms after the phase, until a day."""

    label = Label(zh="批准延后填报", en="allow forms after the phase")

    event: Literal["allow_late"]
    area_code: AreaCode
    until: Day
    reason: Text


class Excuse(Event):
    """Villages or households of the list to which the campaign does not apply, and why."""

    label = Label(zh="认定不适用", en="excuse from the list")

    event: Literal["excuse"]
    numbers: Numbers
    reason: Text


class TakeBackExcuse(Event):
    """They are expected again."""

    label = Label(zh="撤销不适用认定", en="take an excuse back")

    event: Literal["take_back_excuse"]
    numbers: Numbers
    reason: Text


class ConcludeCampaign(Event):
    label = Label(zh="总结", en="conclude the campaign")

    event: Literal["conclude_campaign"]
    summary: Text


class ArchiveCampaign(Event):
    label = Label(zh="归档", en="archive the campaign")

    event: Literal["archive_campaign"]


class CancelCampaign(Event):
    label = Label(zh="取消", en="cancel the campaign")

    event: Literal["cancel_campaign"]
    reason: Text


Raised = (
    AnnounceCampaign
    | ChangeWindow
    | StartCampaign
    | AllowLate
    | Excuse
    | TakeBackExcuse
    | ConcludeCampaign
    | ArchiveCampaign
    | CancelCampaign
)

EVENTS = by_code(DraftCampaign, *get_args(Raised))

ARROWS: dict[str, Arrow] = {
    "announce_campaign": Arrow((DRAFTED,), ANNOUNCED),
    "change_window": Arrow((DRAFTED, ANNOUNCED, UNDER_WAY)),
    "start_campaign": Arrow(
        (DRAFTED, ANNOUNCED), UNDER_WAY
    ),  # a standing duty is announced already
    "allow_late": Arrow((UNDER_WAY,)),
    "excuse": Arrow((UNDER_WAY,)),
    "take_back_excuse": Arrow((UNDER_WAY,)),
    "conclude_campaign": Arrow((UNDER_WAY,), CONCLUDED),
    "archive_campaign": Arrow((CONCLUDED,), ARCHIVED),
    "cancel_campaign": Arrow((DRAFTED, ANNOUNCED, UNDER_WAY), CANCELLED),
}


Days = tuple[date, date]
"""The first and the last day of a window, both included."""


def written(first: date, last: date) -> str:
    """Return a window as an outcome writes it."""
    return f"{first}/{last}"


def days_of(window: str) -> Days:
    """Return the days of a window that an outcome tells of."""
    first, last = window.split("/")
    return date.fromisoformat(first), date.fromisoformat(last)


class CampaignEntry(Entry):
    body: Annotated[DraftCampaign | Raised, Field(discriminator="event")]


class CampaignDossier(Dossier):
    """The entries of a campaign; their outcomes are the windows that they set, by phase."""

    entries: tuple[CampaignEntry, ...] = ()

    @property
    def programme(self) -> str:
        draft = self.last(DraftCampaign)
        return (draft.programme if draft else None) or ONE_OFF

    @property
    def is_standing(self) -> bool:
        """Tell whether a standing duty opened it: then the document itself announced it."""
        return self.programme != ONE_OFF

    @property
    def days(self) -> Days | None:
        """Return the campaign's own days, as they were said last."""
        draft = self.last(DraftCampaign)
        if draft is None:
            return None
        moved = [body.last_day for _, body in self.all(ChangeWindow) if body.last_day]
        return draft.first_day, [draft.last_day, *moved][-1]

    @property
    def windows(self) -> dict[str, Days]:
        """Return the days of each phase, as they were set last."""
        told = {phase: days for entry in self.entries for phase, days in entry.outcome.items()}
        return {phase: days_of(window) for phase, window in told.items()}

    @property
    def set_by_hand(self) -> frozenset[str]:
        """Return the phases whose days somebody has said, instead of the document."""
        draft = self.last(DraftCampaign)
        own = draft.windows if draft else ()
        changed = (body.window for _, body in self.all(ChangeWindow))
        return frozenset(window.phase for window in (*own, *changed))
