"""Gaps in the ladders of a document, and in what it lets the clock itself do."""

from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from service.workflows.acts import HOLDER, CaseLimit, KindRules, Rung
from service.workflows.deadlines import LimitKind
from service.workflows.misfits import meant
from service.workflows.words import WORDS


def ladder_gaps(rules: KindRules, levels: Mapping[str, int]) -> Iterator[str]:
    """Yield what is wrong with who is told, and with what the clock does.

    `levels` maps role -> how high its level is.
    """
    for limit in rules.time_limits:
        key = f"time_limits[{limit.id}]"
        yield from _rung_gaps(f"{key}.rungs", limit, levels)
        if limit.at_due:
            yield from _at_due_gaps(f"{key}.at_due", limit, rules)


def _rung_gaps(key: str, limit: CaseLimit, levels: Mapping[str, int]) -> Iterator[str]:
    if limit.rungs and limit.kind is not LimitKind.DUE:
        yield f"{key}: nobody can be late for a minimum; take them out"
    order = [(rung.day, rung.month_end) for rung in limit.rungs]
    if order != sorted(set(order)):
        yield f"{key}: after_days must grow from rung to rung"
    highest = -1
    for index, rung in enumerate(limit.rungs):
        place = f"{key}[{index}]"
        yield from _of_one(place, rung, levels)
        if rung.is_before:
            continue
        reached = [levels[role] for role in rung.to if role in levels]
        if reached and max(reached) < highest:
            yield f"{place}.to: a later rung tells nobody below an earlier one; add who is above"
        highest = max([highest, *reached])


def _of_one(key: str, rung: Rung, levels: Mapping[str, int]) -> Iterator[str]:
    if not rung.to:
        yield f"{key}.to: it reaches nobody; name a role"
    yield from (
        f"{key}.to: {role!r} is not in roles{meant(role, levels)}"
        for role in rung.to
        if role not in levels and role != HOLDER
    )
    if rung.is_before and rung.template not in {None, "deadline_near"}:
        yield f"{key}.template: nobody is late before the last day; take it out"
    known = WORDS["channels"]
    yield from (
        f"{key}.channels: there is no channel {channel!r}{meant(channel, known)}"
        for channel in rung.channels or ()
        if channel not in known
    )


def _at_due_gaps(key: str, limit: CaseLimit, rules: KindRules) -> Iterator[str]:
    if limit.kind is not LimitKind.DUE:
        yield f"{key}: a minimum that is over lets others act; take it out"
    if limit.at_due not in rules.act_names:
        known = rules.act_names
        yield f"{key}: {limit.at_due!r} is no event of this document{meant(limit.at_due, known)}"
    elif not _says_enough(limit.at_due, rules):
        yield f"{key}: somebody has to say something with {limit.at_due!r}; name another event"


def _says_enough(event: str, rules: KindRules) -> bool:
    """Tell whether an event can be raised with nothing but its name and a reason."""
    try:
        rules.catalogue[event].model_validate({"event": event, "reason": "-"})
    except (KeyError, ValidationError):
        return False
    return True
