"""What a document says of its inspection campaign.

Phases are windows that may share days, not states. When a campaign starts, the list of villages and
households is frozen; what is handed in and what does not apply always add up to it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.blockers import Blocker
from service.codes import Cite, Code
from service.workflows.acts import ActRule, Rules
from service.workflows.acts import EventRule as AnyEventRule
from service.workflows.campaign.checks import doubtful
from service.workflows.campaign.events import (
    ARCHIVED,
    ARROWS,
    CANCELLED,
    EVENTS,
    STATES,
    UNDER_WAY,
    AnnounceCampaign,
    CampaignDossier,
    ChangeWindow,
    Days,
    DraftCampaign,
    written,
)
from service.workflows.campaign.requirements import AnyRequirement
from service.workflows.fixed import FixedRules
from service.workflows.kinds import Kind
from service.workflows.matter import Matter
from service.workflows.owed_paper import OwedPaper
from service.workflows.statement import stated

PHASE_CITE = "DX-24"


class Phase(Rules):
    """A dated window of a campaign; windows may share days. First and last day included.

    Without `first` it begins with the announcement. `forms` are the checklists that are filled in
    during it, and at no other time; one that no phase names may be filled in at any time.
    """

    code: Code
    zh: str
    en: str
    first: date | None = None
    last: date
    forms: tuple[Code, ...] = ()
    cite: Cite


@dataclass(frozen=True, slots=True)
class CampaignDays:
    """How a campaign stands for an area; `late_until`: until when the area may be late."""

    state: str
    windows: Mapping[str, Days]
    late_until: date | None = None

    def current(self, day: date) -> frozenset[str]:
        """Return the phases that a day belongs to: several, where windows share it."""
        return frozenset(phase for phase, (a, b) in self.windows.items() if a <= day <= b)


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
        """Return the windows that an event sets, by the phase's code."""
        return {phase: written(*days) for phase, days in self._windows_set(matter).items()}

    def also_missing(self, rule: ActRule, matter: Matter[Any]) -> Iterable[Blocker]:
        """Return what no document has to say: days in order, phases and rows that there are."""
        del rule
        if matter.body is None:
            return ()
        windows = self._windows_set(matter)
        if matter.dossier.is_standing or stated(matter.body, "programme"):
            return doubtful(matter, (), windows, (None, None))
        known = tuple(phase.code for phase in self.phases)
        return doubtful(matter, known, windows, (self.months, self.months_cite))

    def form_blockers(self, days: CampaignDays, checklist: str, today: date) -> Iterator[Blocker]:
        """Yield why a checklist cannot be filled in today, for the area that was asked about."""
        if days.state != UNDER_WAY:
            yield Blocker("campaign_not_under_way", (UNDER_WAY,), (days.state,), cite="DX-22")
            return
        named = {phase.code: phase for phase in self.phases if checklist in phase.forms}
        taking = {code: phase for code, phase in named.items() if code in days.windows}
        if not taking or days.current(today) & set(taking):
            return
        if days.late_until is None or today > days.late_until:
            cite = " ".join(dict.fromkeys(phase.cite for phase in taking.values()))
            yield Blocker("not_in_phase", tuple(taking), (str(today),), cite=cite)

    def _windows_set(self, matter: Matter[Any]) -> dict[str, Days]:
        """Return the windows that an event sets.

        The draft's own days go before the document's; a standing duty has no phases. A phase to
        which the document gives no first day ("from now on") begins with the announcement; until
        that, with the campaign.
        """
        match matter.body:
            case ChangeWindow(window=window):
                return {window.phase: (window.first, window.last)}
            case DraftCampaign(programme=None, first_day=first_day, windows=own):
                documents = {p.code: (p.first or first_day, p.last) for p in self.phases}
                return documents | {one.phase: (one.first, one.last) for one in own}
            case AnnounceCampaign(announced_on=announced_on) if not matter.dossier.is_standing:
                by_hand = matter.dossier.set_by_hand
                return {
                    phase.code: (announced_on, phase.last)
                    for phase in self.phases
                    if phase.first is None and phase.code not in by_hand
                }
            case DraftCampaign(windows=own):
                return {one.phase: (one.first, one.last) for one in own}
            case _:
                return {}
