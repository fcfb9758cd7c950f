"""Gaps in a document's campaign: its phases, its standing duties, who holds what they open."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from service.workflows.act_gaps import twice
from service.workflows.campaign.events import ONE_OFF
from service.workflows.campaign.rules import CampaignRules
from service.workflows.checklist import Checklist
from service.workflows.duties import StandingDuty
from service.workflows.matter import OnlyFor
from service.workflows.misfits import meant

LEVELS = ("village", "township", "county", "city", "province")


class Held(Protocol):
    """A role, as far as it is looked at here."""

    @property
    def level(self) -> str: ...


class Document(Protocol):
    """The parts of a document that are looked at here."""

    @property
    def roles(self) -> Mapping[str, Held]: ...
    @property
    def standing_duties(self) -> tuple[StandingDuty, ...]: ...
    @property
    def campaign(self) -> CampaignRules | None: ...
    @property
    def checklists(self) -> tuple[Checklist, ...]: ...


def campaign_gaps(document: Document) -> Iterator[str]:
    """Yield every gap in phases and duties, with its key; those of events are found elsewhere."""
    rules = document.campaign or CampaignRules()
    opening = [duty for duty in document.standing_duties if duty.level]
    yield from twice("standing_duties", [duty.code for duty in document.standing_duties])
    yield from _phase_gaps(rules, [checklist.code for checklist in document.checklists])
    for duty in opening:
        yield from _duty_gaps(duty, rules, document.roles)
    known = (ONE_OFF, *(duty.code for duty in opening))
    for key, only in _onlys(rules):
        for programme in only.programmes if only else ():
            if programme not in known:
                yield f"{key}: no standing duty {programme!r} opens{meant(programme, known)}"


def _phase_gaps(rules: CampaignRules, checklists: list[str]) -> Iterator[str]:
    yield from twice("campaign.phases", [phase.code for phase in rules.phases])
    for phase in rules.phases:
        key = f"campaign.phases[{phase.code}]"
        if phase.first and phase.last < phase.first:
            yield f"{key}: it ends before it begins; write a later last"
        for form in phase.forms:
            if form not in checklists:
                yield f"{key}.forms: there is no checklist {form!r}{meant(form, checklists)}"


def _duty_gaps(
    duty: StandingDuty, rules: CampaignRules, roles: Mapping[str, Held]
) -> Iterator[str]:
    key = f"standing_duties[{duty.code}].level"
    for event in ("draft_campaign", "start_campaign", "conclude_campaign"):
        if not any(rule.event == event for rule in rules.events):
            yield f"{key}: it opens campaigns, but campaign.events has no {event!r}; write it"
    holders = [rule.by[0] for rule in rules.events if rule.event == "conclude_campaign" and rule.by]
    for role in holders:
        held = roles[role].level if role in roles else duty.level
        if LEVELS.index(held or LEVELS[0]) < LEVELS.index(duty.level or LEVELS[0]):
            yield f"{key}: {role!r} concludes it, at a lower level; write {held!r}, or another role"


def _onlys(rules: CampaignRules) -> Iterator[tuple[str, OnlyFor | None]]:
    """Yield whom the campaign's requirements and limits concern, each with its key."""
    for rule in rules.events:
        for index, requirement in enumerate(rule.requires):
            yield f"campaign.events[{rule.event}].requires[{index}].only_for", requirement.only_for
    for limit in rules.time_limits:
        yield f"campaign.time_limits[{limit.id}].only_for", limit.only_for
