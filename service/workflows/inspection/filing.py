"""What stands in the way of a form: of whom it is, its place on the list, its day, its filling."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from service.blockers import Blocker
from service.clock import office_date
from service.workflows.answers import FilledChecklist, Filler, filling_defects, findings, needs_form
from service.workflows.campaign import ARCHIVED, CANCELLED, UNDER_WAY
from service.workflows.checklist import Checklist, asked
from service.workflows.inspection.events import FillForm, FormDossier
from service.workflows.matter import Matter as AnyMatter

Matter = AnyMatter[FormDossier]

NOT_APPLICABLE = "not_applicable"
"""The standing of whom the campaign does not apply to."""

ONCE, LISTED, IN_TIME, STAYS, FITTING = "DX-31", "DX-32", "DX-33", "DX-34", "DX-35"
Days = tuple[date, date]


@dataclass(frozen=True, slots=True)
class CampaignFile:
    """What the database says of a form's campaign, and of the form's place in it.

    `windows`: phase -> its first and last day; none where the campaign has no phases of its own.
    `level` is that of the form's area, `standing` that of its row on the list (None: no row).
    `taken`: a form of the same is there already. `begun`: how many of the cases that this form
    led to somebody has begun on.
    """

    state: str
    days: Days
    windows: Mapping[str, Days] = field(default_factory=dict)
    late_until: date | None = None
    level: str = ""
    standing: str | None = None
    taken: bool = False
    begun: int = 0


def file_of(matter: Matter) -> CampaignFile:
    assert isinstance(matter.beside, CampaignFile)
    return matter.beside


def household_type(matter: Matter) -> str | None:
    """Return the type of the household that a form is of; None where it is of a unit."""
    return matter.household.household_type if matter.household.id else None


def campaign_blockers(file: CampaignFile, *, under_way: bool) -> Iterator[Blocker]:
    """Yield where a campaign is not under way, or is over and its list stands for good."""
    over = file.state in {ARCHIVED, CANCELLED}
    if over or (under_way and file.state != UNDER_WAY):
        yield Blocker("campaign_not_under_way", (UNDER_WAY,), (file.state,), cite=IN_TIME)


def place_blockers(checklist: Checklist, body: FillForm, matter: Matter) -> Iterator[Blocker]:
    """Yield why there can be no such form of this household or unit."""
    file, level = file_of(matter), file_of(matter).level
    of_household = matter.household.id is not None
    if not _fits(checklist, level, of_household=of_household):
        have = "household" if of_household else level
        yield Blocker("form_not_of_this", (checklist.filled_for,), (have,), cite=FITTING)
    if checklist.filled_for == "department" and body.department is None:
        yield Blocker("field_missing", ("department",), cite=FITTING)
    if (of_household or level == "village") and file.standing is None:
        yield Blocker("not_on_list", cite=LISTED)
    if file.standing == NOT_APPLICABLE:
        yield Blocker("excused_from_list", cite=LISTED)
    if file.taken:
        yield Blocker("form_there_already", cite=ONCE)


def _fits(checklist: Checklist, level: str, *, of_household: bool) -> bool:
    if of_household or checklist.filled_for == "household":
        return bool(asked(checklist, "" if of_household else None))
    return checklist.filled_for in {level, "department"}


def day_blockers(
    body: FillForm, matter: Matter, phases: tuple[str, ...], cite: str | None
) -> Iterator[Blocker]:
    """Yield where the visit, or the filling, lies outside the days on which forms are filled in.

    A form counts as filled in on the day that the device says, where it came in later.
    """
    file = file_of(matter)
    windows = [file.windows[phase] for phase in phases if phase in file.windows] or [file.days]
    filled_on = office_date(body.device_time) if body.device_time else matter.today
    if body.visited_on > (last := min(filled_on, matter.today)):
        yield Blocker("date_in_future", (str(last),), (str(body.visited_on),), cite=IN_TIME)
    need = tuple(f"{first}/{last}" for first, last in windows)
    for day in dict.fromkeys((body.visited_on, filled_on)):
        if not any(_within(day, one, file.late_until) for one in windows):
            yield Blocker("outside_phase", need, (str(day),), cite=cite or IN_TIME)


def _within(day: date, window: Days, late_until: date | None) -> bool:
    first, last = window
    return first <= day <= max(last, late_until or last)


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
