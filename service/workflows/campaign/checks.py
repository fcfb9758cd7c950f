"""What must be so of any campaign, whatever its document: nothing of it is a document's to say."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from service.blockers import Blocker
from service.workflows.campaign.events import (
    AllowLate,
    AnnounceCampaign,
    ChangeWindow,
    Days,
    DraftCampaign,
    Excuse,
    TakeBackExcuse,
)
from service.workflows.campaign.roster import Around, Standing
from service.workflows.deadlines import months_after
from service.workflows.matter import Matter

DAYS, EXCUSED, LATE, STANDING = "DX-21", "DX-23", "DX-24", "DX-25"
Length = tuple[int | None, str | None]


def doubtful(
    matter: Matter[Any], phases: Collection[str], windows: Mapping[str, Days], length: Length
) -> Iterator[Blocker]:
    """Yield what is wrong with an event; `windows` are those that it sets, `length` in months."""
    match matter.body:
        case DraftCampaign() as body:
            yield from _draft(body, matter)
            named = [window.phase for window in body.windows]
            yield from _phases(named, phases)
            yield from _days((body.first_day, body.last_day), windows, length)
        case ChangeWindow() as body:
            first_day, last_day = matter.dossier.days
            yield from _phases([body.window.phase], phases)
            yield from _days((first_day, body.last_day or last_day), windows, length)
        case AnnounceCampaign(announced_on=announced_on):
            if announced_on > matter.today:
                yield _no("date_in_future", matter.today, announced_on)
            yield from _in_order(windows.values())
        case AllowLate() as body:
            yield from _late(body, matter)
        case Excuse(numbers=numbers):
            yield from _rows(numbers, Standing.EXPECTED, matter.beside)
        case TakeBackExcuse(numbers=numbers):
            yield from _rows(numbers, Standing.NOT_APPLICABLE, matter.beside)
        case _:
            pass


def _draft(body: DraftCampaign, matter: Matter[Any]) -> Iterator[Blocker]:
    if (body.programme or body.period or not body.has_list) and matter.by:
        yield Blocker("programme_opens_itself", (), (body.programme or "-",), cite=STANDING)


def _phases(named: list[str], known: Collection[str]) -> Iterator[Blocker]:
    for phase in dict.fromkeys(named):
        if phase not in known:
            yield Blocker("phase_not_known", tuple(known) or ("-",), (phase,), cite=DAYS)
        if named.count(phase) > 1:
            yield Blocker("phase_twice", (), (phase,), cite=DAYS)


def _days(own: Days, windows: Mapping[str, Days], length: Length) -> Iterator[Blocker]:
    """Yield what is wrong with a campaign's own days, and with windows set within them."""
    yield from _in_order([own, *windows.values()])
    for phase, (first, last) in windows.items():
        if first < own[0] or last > own[1]:
            yield Blocker("window_outside", (f"{own[0]}/{own[1]}",), (phase,), cite=DAYS)
    months, cite = length
    if months and own[1] > months_after(own[0], months):
        yield Blocker("campaign_too_long", (str(months),), (f"{own[0]}/{own[1]}",), cite=cite)


def _in_order(windows: Iterable[Days]) -> Iterator[Blocker]:
    for first, last in windows:
        if last < first:
            yield _no("days_out_of_order", first, last)


def _late(body: AllowLate, matter: Matter[Any]) -> Iterator[Blocker]:
    if body.until < matter.today:
        yield Blocker("day_is_over", (str(matter.today),), (str(body.until),), cite=LATE)
    if not _around(matter.beside).is_inside:
        yield Blocker("area_outside", (), (body.area_code,), cite=LATE)


def _rows(numbers: tuple[int, ...], due: Standing, beside: object) -> Iterator[Blocker]:
    found = _around(beside).named
    for number in dict.fromkeys(numbers):
        if number not in found:
            yield Blocker("row_not_listed", (), (str(number),), cite=EXCUSED)
        elif found[number] != due:
            yield Blocker(
                "row_stands_otherwise", (due,), (str(number), found[number]), cite=EXCUSED
            )


def _around(beside: object) -> Around:
    return beside if isinstance(beside, Around) else Around()


def _no(code: str, need: date, have: date) -> Blocker:
    return Blocker(code, (str(need),), (str(have),), cite=DAYS)
