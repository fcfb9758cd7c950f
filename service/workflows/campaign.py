"""An inspection campaign: announced, under way in dated phases, concluded, archived.

Phases are windows that may overlap, not states. When a campaign starts, the list of villages and
households is frozen; what is handed in and what does not apply always add up to it.
"""

from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from service.codes import Cite, Code, Label
from service.workflows.acts import EventRule as AnyEventRule
from service.workflows.acts import Rules
from service.workflows.dossier import Dossier, Entry
from service.workflows.fields import Day, Input, Line, Name, Text
from service.workflows.fixed import Arrow, FixedRules
from service.workflows.kinds import Kind
from service.workflows.matter import Matter
from service.workflows.owed_paper import OwedPaper
from service.workflows.requirements import CommonRequirement
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


class DraftCampaign(Event):
    """A campaign of an area: its title, its windows where they are not the document's own."""

    label = Label(zh="拟定排查行动", en="draft a campaign")

    event: Literal["draft_campaign"] = "draft_campaign"
    title: Line
    programme: Code | None = None
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
    """Other days for a phase, before or while the campaign is under way."""

    label = Label(zh="调整阶段时间", en="change the days of a phase")

    event: Literal["change_window"]
    window: Window
    reason: Text


class StartCampaign(Event):
    """From here on the list of villages and households stands."""

    label = Label(zh="启动", en="start the campaign")

    event: Literal["start_campaign"]


class AllowLate(Event):
    """One area may hand in its forms after the phase, until a day."""

    label = Label(zh="批准延后填报", en="allow forms after the phase")

    event: Literal["allow_late"]
    area_code: Annotated[str, Field(pattern=r"^[0-9]{12}$")]
    until: Day
    reason: Text


class Excuse(Event):
    """A village or a household of the list to which the campaign does not apply, and why."""

    label = Label(zh="认定不适用", en="excuse from the list")

    event: Literal["excuse"]
    numbers: Annotated[tuple[int, ...], Field(min_length=1, max_length=200)]
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
    | ConcludeCampaign
    | ArchiveCampaign
    | CancelCampaign
)

EVENTS = by_code(DraftCampaign, *get_args(Raised))

ARROWS: dict[str, Arrow] = {
    "announce_campaign": Arrow((DRAFTED,), ANNOUNCED),
    "change_window": Arrow((DRAFTED, ANNOUNCED, UNDER_WAY)),
    "start_campaign": Arrow((ANNOUNCED,), UNDER_WAY),
    "allow_late": Arrow((UNDER_WAY,)),
    "excuse": Arrow((UNDER_WAY,)),
    "conclude_campaign": Arrow((UNDER_WAY,), CONCLUDED),
    "archive_campaign": Arrow((CONCLUDED,), ARCHIVED),
    "cancel_campaign": Arrow((DRAFTED, ANNOUNCED, UNDER_WAY), CANCELLED),
}


class CampaignEntry(Entry):
    body: Annotated[DraftCampaign | Raised, Field(discriminator="event")]


class CampaignDossier(Dossier):
    entries: tuple[CampaignEntry, ...] = ()


class Phase(Rules):
    """A dated window of a campaign; windows may share days. First and last day included.

    Without `first` it runs from the day the document was issued.
    """

    code: Code
    zh: str
    en: str
    first: date | None = None
    last: date
    cite: Cite


def days_of(written: str) -> tuple[date, date]:
    """Return the first and the last day of a window, as an outcome writes it."""
    first, last = written.split("/")
    return date.fromisoformat(first), date.fromisoformat(last)


def _written(first: date, last: date) -> str:
    return f"{first}/{last}"


AnyRequirement = Annotated[CommonRequirement, Field(discriminator="requirement")]


class EventRule(AnyEventRule):
    requires: tuple[AnyRequirement, ...] = ()


class CampaignRules(FixedRules):
    """What the document says of its inspection campaign: its phases, its papers, who does what."""

    kind = Kind.CAMPAIGN
    catalogue = EVENTS
    opens = "draft_campaign"
    closed = frozenset({ARCHIVED, CANCELLED})
    dossier = CampaignDossier
    states = STATES
    arrows = ARROWS

    events: tuple[EventRule, ...] = ()
    months: int | None = None
    months_cite: Cite | None = None
    phases: tuple[Phase, ...] = ()
    deliverables: tuple[OwedPaper, ...] = ()

    def outcome(self, matter: Matter[Any]) -> dict[str, str]:
        """Return the windows that an event sets, by the phase's code.

        The draft's own days go before the document's. A phase to which the document gives no
        first day ("from now on") begins with the announcement; until that, with the campaign.
        """
        body = matter.body
        if isinstance(body, ChangeWindow):
            return {body.window.phase: _written(body.window.first, body.window.last)}
        if isinstance(body, DraftCampaign):
            own = {window.phase: _written(window.first, window.last) for window in body.windows}
            return {
                phase.code: _written(phase.first or body.first_day, phase.last)
                for phase in self.phases
            } | own
        if isinstance(body, AnnounceCampaign):
            draft = matter.dossier.last(DraftCampaign)
            own_days = {window.phase for window in draft.windows} if draft else set()
            return {
                phase.code: _written(body.announced_on, phase.last)
                for phase in self.phases
                if phase.first is None and phase.code not in own_days
            }
        return {}
