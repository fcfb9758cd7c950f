"""Whether a document's time limits can all be used in full, reckoned before a case finds out.

The whole entry route is walked against the calendar: every stage is completed on the last day
that its own limit allows, a stage without a limit after the days it usually takes. A limit
that runs beside the others and is over before its stage is reached cannot be kept together
with them; the effective date of a case is the earliest of all, so nobody is misled, but who
writes or applies the document should know.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from service.workflows.calendar import Calendar, days_from
from service.workflows.deadlines import COUNTED, LimitKind, TimeLimit, binds, due_on
from service.workflows.monitoring.route import MonitoringRules
from service.workflows.monitoring.stages import OPEN


@dataclass(frozen=True, slots=True)
class Conflict:
    """A limit that is over before its act is reached, for a clue that came on `start`."""

    limit: TimeLimit
    start: date
    due_on: date
    reached_on: date
    act: str

    @property
    def day(self) -> int:
        """The number of the day on which the act is reached, counted from the clue."""
        return (self.reached_on - self.start).days


@dataclass(frozen=True, slots=True)
class Warned:
    """A limit that cannot always be kept: on how many of the days looked at, and the first."""

    first: Conflict
    days: int
    of: int


def walk(rules: MonitoringRules, start: date, calendar: Calendar) -> Iterator[tuple[str, date]]:
    """Yield (act, day) along the entry route, each limit used to its last day."""
    reached: dict[str, date] = {OPEN: start}
    yield OPEN, start
    today = start
    for stage in rules.entry:
        today = max(today, _last_day(rules, stage, today, reached, calendar))
        reached[stage] = today
        reached.setdefault(rules.stage_of[stage].completed_by, today)
        yield stage, today


def conflicts(rules: MonitoringRules, start: date, calendar: Calendar) -> Iterator[Conflict]:
    """Yield every due limit that is over before its act comes, for one day of the clue."""
    reached = dict(walk(rules, start, calendar))
    for limit in rules.time_limits:
        began = _started_on(limit, reached)
        ends = [(act, reached[act]) for act in limit.ends if act in reached]
        if limit.kind is not LimitKind.DUE or began is None or not ends:
            continue
        act, on = min(ends, key=lambda one: one[1])
        last = due_on(limit, began, calendar)
        if binds(limit, began) and last < on:
            yield Conflict(limit, start, last, on, act)


def warnings(rules: MonitoringRules, calendar: Calendar, year: int) -> list[Warned]:
    """Return the limits that some clue of a year could not keep, the most frequent first."""
    days = list(days_from(date(year, 1, 1), date(year, 12, 31)))
    found: dict[str, list[Conflict]] = {}
    for day in days:
        for conflict in conflicts(rules, day, calendar):
            found.setdefault(conflict.limit.id, []).append(conflict)
    listed = [Warned(_worst(many), len(many), len(days)) for many in found.values()]
    return sorted(listed, key=lambda warned: -warned.days)


def _worst(many: Iterable[Conflict]) -> Conflict:
    return max(many, key=lambda one: (one.reached_on - one.due_on, -one.start.toordinal()))


def _started_on(limit: TimeLimit, reached: dict[str, date]) -> date | None:
    return max((reached[act] for act in limit.starts if act in reached), default=None)


def _last_day(
    rules: MonitoringRules, stage: str, today: date, reached: dict[str, date], calendar: Calendar
) -> date:
    """Return the day a stage is completed on when its own limit is used to the last day.

    Its own is the one that started last, the shortest where several start at once; one that runs
    from further back is what is checked, and so is one without a length (the end of a month).
    """
    earliest = today
    own: list[tuple[date, date]] = []
    acts = {stage, rules.stage_of[stage].completed_by}
    for limit in rules.time_limits:
        began = _started_on(limit, reached)
        if acts.isdisjoint(limit.ends) or began is None or not binds(limit, began):
            continue
        last = due_on(limit, began, calendar)
        if limit.kind is LimitKind.NOT_BEFORE:
            earliest = max(earliest, last + timedelta(days=1))
        elif limit.unit in COUNTED:
            own.append((began, last))
    if own:
        newest = max(began for began, _ in own)
        return max(earliest, min(last for began, last in own if began == newest))
    usual = rules.usual_working_days.get(stage)
    return max(earliest, calendar.add_working_days(today, usual) if usual else today)
