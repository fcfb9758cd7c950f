"""What stands in the way of an act of a supervision, whichever document it is under."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from service.blockers import Blocker
from service.workflows.matter import Matter
from service.workflows.supervision.events import (
    IssueCircular,
    PlannedUnit,
    PlanSupervision,
    RecordCheck,
    RecordSanction,
    SupervisionDossier,
)
from service.workflows.supervision.methods import Method

COVERAGE_CITE, SANCTION_CITE = "DX-53", "DX-54"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the database says beside the dossier.

    `area` is the supervision's own, `units` the townships and villages within it, code -> level;
    `windows` the days of the campaign's phases; `homes` in which areas a named household's
    village lies.
    """

    area: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    windows: Mapping[str, tuple[date, date]] = field(default_factory=dict)
    homes: Mapping[UUID, frozenset[str]] = field(default_factory=dict)


SupervisionMatter = Matter[SupervisionDossier]


def _beside(matter: SupervisionMatter) -> Surroundings:
    return matter.beside if isinstance(matter.beside, Surroundings) else Surroundings()


def _plan_gaps(method: Method, matter: SupervisionMatter) -> Iterator[Blocker]:
    plan, known = matter.body, _beside(matter).units
    if not isinstance(plan, PlanSupervision):
        return
    fitting = {code for code, level in known.items() if level in method.levels}
    units = [one.unit for one in plan.units]
    if others := [unit for unit in units if unit not in fitting]:
        yield Blocker("unit_not_fitting", method.levels, tuple(others), cite=method.cite)
    if twice := sorted({unit for unit in units if units.count(unit) > 1}):
        yield Blocker("unit_twice", (), tuple(twice), cite=COVERAGE_CITE)
    if method.every_unit and (left_out := sorted(fitting.difference(units))):
        yield Blocker("unit_left_out", tuple(left_out), cite=method.cite)
    if plan.last_day < plan.first_day:
        yield Blocker("days_in_disorder", (), (str(plan.last_day),), cite=COVERAGE_CITE)
    if method.by_peers:
        yield from _peer_gaps(method, plan.units, known)
    if method.phase and method.phase not in _beside(matter).windows:
        yield Blocker("campaign_without_phase", (method.phase,), cite=method.cite)


def _peer_gaps(
    method: Method, units: tuple[PlannedUnit, ...], levels: Mapping[str, str]
) -> Iterator[Blocker]:
    for one in units:
        if one.checked_by == one.unit:
            yield Blocker("unit_checks_itself", (), (one.unit,), cite=method.cite)
        elif one.checked_by is None or levels.get(one.checked_by) != levels.get(one.unit):
            yield Blocker("peer_missing", (), (one.unit,), cite=method.cite)


def _check_gaps(method: Method, matter: SupervisionMatter) -> Iterator[Blocker]:
    check = matter.body
    if not isinstance(check, RecordCheck):
        return
    yield from _not_planned(check.unit, matter)
    first, last = _beside(matter).windows.get(method.phase or "", (check.checked_on,) * 2)
    if not first <= check.checked_on <= last:
        days = (str(first), str(last))
        yield Blocker("check_outside_phase", days, (str(check.checked_on),), cite=method.cite)
    if method.months and check.checked_on.month not in method.months:
        months = tuple(map(str, method.months))
        yield Blocker("check_outside_months", months, (str(check.checked_on),), cite=method.cite)
    homes = _beside(matter).homes
    for finding in check.findings:
        if finding.household_id and check.unit not in homes.get(finding.household_id, ()):
            yield Blocker(
                "household_elsewhere",
                (check.unit,),
                (str(finding.household_id),),
                cite=COVERAGE_CITE,
            )


def _circular_gaps(method: Method, matter: SupervisionMatter) -> Iterator[Blocker]:
    circular = matter.body
    if not isinstance(circular, IssueCircular):
        return
    yield from _out_of_place(circular, matter)
    if method.names_persons and matter.dossier.problems_of(circular.unit) and not circular.person:
        yield Blocker("field_missing", ("person",), cite=method.cite)


def _sanction_gaps(_method: Method, matter: SupervisionMatter) -> Iterator[Blocker]:
    sanction = matter.body
    if not isinstance(sanction, RecordSanction):
        return
    yield from _out_of_place(sanction, matter)
    if not matter.evidence:
        yield Blocker("sanction_without_evidence", cite=SANCTION_CITE)
    if matter.by is None:
        yield Blocker("sanction_by_nobody", cite=SANCTION_CITE)


def _conclusion_gaps(method: Method, matter: SupervisionMatter) -> Iterator[Blocker]:
    if left := matter.dossier.unchecked:
        cite = method.cite if method.every_unit else COVERAGE_CITE
        yield Blocker("units_not_checked", left, cite=cite)
    if method.circular and matter.dossier.last(IssueCircular) is None:
        yield Blocker("act_missing", ("issue_circular",), cite=method.cite)


def _excuse_gaps(_method: Method, matter: SupervisionMatter) -> Iterator[Blocker]:
    unit = getattr(matter.body, "unit", None)
    if unit and unit not in matter.dossier.unchecked:
        yield Blocker("unit_not_waiting", matter.dossier.unchecked, (unit,), cite=COVERAGE_CITE)


def _not_planned(unit: str, matter: SupervisionMatter) -> Iterator[Blocker]:
    if unit not in matter.dossier.units:
        yield Blocker("unit_not_planned", matter.dossier.units, (unit,), cite=COVERAGE_CITE)


def _out_of_place(
    told: IssueCircular | RecordSanction, matter: SupervisionMatter
) -> Iterator[Blocker]:
    """Look whether it is on a unit of the plan, or on a department of the supervision's area."""
    if not told.department or told.unit != _beside(matter).area:
        yield from _not_planned(told.unit, matter)


LACKING: dict[str, Callable[[Method, SupervisionMatter], Iterator[Blocker]]] = {
    "plan_supervision": _plan_gaps,
    "record_check": _check_gaps,
    "excuse_unit": _excuse_gaps,
    "issue_circular": _circular_gaps,
    "record_sanction": _sanction_gaps,
    "conclude_supervision": _conclusion_gaps,
}
"""Event -> what it lacks, whichever document it is under."""
