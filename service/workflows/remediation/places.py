"""Where a problem may lie, where it may go, and which others it may be linked to."""

from collections.abc import Iterator

from service.blockers import Blocker
from service.workflows.acts import ActRule
from service.workflows.campaign.events import CONCLUDED, UNDER_WAY
from service.workflows.remediation.dossier import Beside, Matter, beside
from service.workflows.remediation.events import (
    Level,
    RaiseLevel,
    ReportProblem,
    Scope,
)
from service.workflows.statement import Event

LEVELS = tuple(Level)
TAKING = (None, UNDER_WAY, CONCLUDED)
"""The states of a campaign in which problems are reported; none: there is no campaign."""

RAISED = "DX-44"
"""A problem goes up one level at a time, and never down."""


def misplaced(rule: ActRule, matter: Matter) -> Iterator[Blocker]:
    """Yield what is wrong with where a problem is said to lie, to go or to belong."""
    match getattr(rule, "event", None):
        case "report_problem":
            yield from _not_found_there(rule, matter)
        case "raise_level":
            yield from _not_above(matter.body, beside(matter))
        case "link_similar":
            yield from _not_to_be_linked(rule, matter)
        case "unlink_similar" if not beside(matter).is_linked:
            yield Blocker("not_linked", cite=rule.cite)


def _not_found_there(rule: ActRule, matter: Matter) -> Iterator[Blocker]:
    body, level = matter.body, beside(matter).level
    if not isinstance(body, ReportProblem):
        return
    if beside(matter).campaign not in TAKING:
        have = (str(beside(matter).campaign),)
        yield Blocker("campaign_not_open", have=have, cite=rule.cite)
    if (body.scope is Scope.HOUSEHOLD) != (matter.household.id is not None):
        yield Blocker("scope_unfit", cite=rule.cite)
    if level not in LEVELS:
        yield Blocker("level_unfit", LEVELS, (level,), cite=rule.cite)
    elif body.level not in {None, level}:
        yield Blocker("level_unfit", (level,), (str(body.level),), cite=rule.cite)


def _not_above(body: Event | None, around: Beside) -> Iterator[Blocker]:
    if around.above is None:
        yield Blocker("no_level_above", cite=RAISED)
    elif isinstance(body, RaiseLevel) and body.level != around.above[1]:
        yield Blocker("level_not_above", (around.above[1],), (body.level,), cite=RAISED)


def _not_to_be_linked(rule: ActRule, matter: Matter) -> Iterator[Blocker]:
    around = beside(matter)
    if around.is_linked:
        yield Blocker("linked_already", cite=rule.cite)
    elif around.heads:
        yield Blocker("others_linked_to_it", cite=rule.cite)
    reach = matter.by.area_code if matter.by else ""
    if matter.body is None:
        return
    if around.similar is None or reach not in around.similar.areas:
        yield Blocker("item_unknown", cite=rule.cite)
