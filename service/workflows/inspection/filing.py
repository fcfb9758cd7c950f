"""What stands in the way of a form: of whom it is, its place on the list, its day, its filling."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from service.blockers import Blocker
from service.clock import office_date
from service.workflows.answers import FilledChecklist, Filler, filling_defects, findings, needs_form
from service.workflows.campaign.events import ARCHIVED, CANCELLED
from service.workflows.campaign.roster import Standing
from service.workflows.campaign.rules import CampaignDays, CampaignRules
from service.workflows.checklist import Checklist, asked
from service.workflows.inspection.events import FillForm, FormDossier
from service.workflows.matter import Matter as AnyMatter

Matter = AnyMatter[FormDossier]

ONCE, LISTED, IN_TIME, STAYS, FITTING = "DX-31", "DX-32", "DX-33", "DX-34", "DX-35"


@dataclass(frozen=True, slots=True)
class CampaignFile:
    """What the database says of a form's campaign, and of the form's place in it.

    `level` is that of the form's area, `standing` that of its row on the list (None: no row).
    `has_list`: the campaign has one. `taken`: a form of the same is there already. `begun`: how
    many of the cases that this form led to somebody has begun on.
    """

    days: CampaignDays
    first_day: date
    has_list: bool = True
    level: str = ""
    standing: Standing | None = None
    taken: bool = False
    begun: int = 0


def file_of(matter: Matter) -> CampaignFile:
    assert isinstance(matter.beside, CampaignFile)
    return matter.beside


def household_type(matter: Matter) -> str | None:
    """Return the type of the household that a form is of; None where it is of a unit."""
    return matter.household.household_type if matter.household.id else None


def campaign_blockers(file: CampaignFile) -> Iterator[Blocker]:
    """Yield where a campaign is over for good: its list stands as it is."""
    if file.days.state in {ARCHIVED, CANCELLED}:
        yield Blocker("campaign_over", have=(file.days.state,), cite=LISTED)


def place_blockers(checklist: Checklist, body: FillForm, matter: Matter) -> Iterator[Blocker]:
    """Yield why there can be no such form of this household or unit."""
    file, level = file_of(matter), file_of(matter).level
    of_household = matter.household.id is not None
    if not _fits(checklist, level, of_household=of_household):
        have = "household" if of_household else level
        yield Blocker("form_not_of_this", (checklist.filled_for,), (have,), cite=FITTING)
    if checklist.filled_for == "department" and body.department is None:
        yield Blocker("field_missing", ("department",), cite=FITTING)
    listed = file.has_list and (of_household or level == "village")
    if listed and file.standing is None:
        yield Blocker("not_on_list", cite=LISTED)
    if file.standing is Standing.NOT_APPLICABLE:
        yield Blocker("excused_from_list", cite=LISTED)
    if file.taken:
        yield Blocker("form_there_already", cite=ONCE)


def _fits(checklist: Checklist, level: str, *, of_household: bool) -> bool:
    if of_household or checklist.filled_for == "household":
        return bool(asked(checklist, "" if of_household else None))
    return checklist.filled_for in {level, "department"}


def day_blockers(rules: CampaignRules, body: FillForm, matter: Matter) -> Iterator[Blocker]:
    """Yield where the visit, or the filling in, lies outside the days for the form.

    A form that came in later counts as filled in on the day that the device says.
    """
    file = file_of(matter)
    filled_on = office_date(body.device_time) if body.device_time else matter.today
    if body.visited_on > (last := min(filled_on, matter.today)):
        yield Blocker("date_in_future", (str(last),), (str(body.visited_on),), cite=IN_TIME)
    if body.visited_on < file.first_day:
        need, have = (str(file.first_day),), (str(body.visited_on),)
        yield Blocker("before_campaign", need, have, cite=IN_TIME)
    days = (body.visited_on, filled_on)
    found = (b for day in days for b in rules.form_blockers(file.days, body.checklist, day))
    yield from dict.fromkeys(found)


def answer_blockers(
    checklist: Checklist, filled: FilledChecklist, matter: Matter
) -> Iterator[Blocker]:
    """Yield what is wrong with how a form was filled in, and with its answers.

    A visit that found nothing is recorded unsigned where the document owes no form of it.
    """
    of = household_type(matter)
    by = Filler(matter.by.name, matter.by.role) if matter.by else Filler("", "")
    found = findings(checklist, filled.answers, of, by.name)
    if not filled.answers and not needs_form(checklist, found):
        filled = filled.model_copy(update={"signed": True})
    yield from filling_defects(checklist, filled, by, of, matter.lists)
