"""The documents' ledgers of problems: each row becomes an item, or says more of one that is there.

Nothing is written but by the ways that officials go: a problem is reported, its lists are
assigned. A result is not taken over: that a problem was put right is said of each one alone, with
evidence, and verified (TG-S05).
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from service import cases, openings
from service.blockers import Blocker
from service.clock import office_date
from service.codes import Label
from service.imports.entries import Outcome
from service.imports.layout import Means
from service.imports.problem_rows import (
    COLUMNS,
    CONTENT,
    HEAD_NAME,
    ITEM,
    LEVEL,
    LEVELS,
    PROBLEM_TYPE,
    RESULT,
    UNIT,
    VILLAGE,
    ListedProblem,
    ProblemEntry,
    read,
)
from service.imports.trying import Flaw, Taken, Trying, refusals_told
from service.imports.whose import Whose, campaign_at, listed
from service.openings import Place
from service.store.areas import Area, within
from service.store.cases import Case
from service.store.households import Household
from service.store.remediation import ItemStanding, RemediationItem
from service.workbooks.reading import Row
from service.workbooks.tables import Table
from service.workflows.kinds import Kind
from service.workflows.remediation.events import (
    FOUND,
    IN_PROGRESS,
    AssignRemediation,
    ReportProblem,
    Scope,
)

BY_CODE = {column.code: column for column in COLUMNS[Scope.HOUSEHOLD]}
LISTS = ("measure", "responsible_person", "responsible_unit", "time_limit_on")
REASON = "按导入的问题整改台账"
SOURCE = "form"


class ProblemLayout:
    """The ledger of the problems of households, or of areas."""

    entry = ProblemEntry
    has_sheets = False

    def __init__(self, scope: Scope, label: Label) -> None:
        self.scope, self.label, self.columns = scope, label, COLUMNS[scope]

    def read(self, table: Table, rows: Iterator[Row]) -> Iterator[ProblemEntry]:
        return read(self.scope, table, rows)

    def intake(self, means: Means) -> Trying:
        return Trying(means, self.columns, ProblemTaking(means, self.scope).take_in)


HOUSEHOLD_PROBLEMS = ProblemLayout(
    Scope.HOUSEHOLD, Label(zh="问题整改台账（户内问题）", en="ledger of problems in households")
)
AREA_PROBLEMS = ProblemLayout(
    Scope.AREA, Label(zh="问题整改台账（面上问题）", en="ledger of problems of areas")
)


class ProblemTaking:
    """Takes in what a row says of a problem."""

    def __init__(self, means: Means, scope: Scope) -> None:
        self._means, self._session, self._scope = means, means.session, scope
        self._whose = Whose(means)

    def take_in(self, said: ListedProblem) -> Taken:
        """Take one row in; return what it came to, and what is to be looked at."""
        item = self._numbered(said) if said.item_id else None
        area, household = self._whose_is(item, said) if item else self._place(said)
        policy = self._whose.policy(area.code)
        problem_type = listed(policy, "problem_types", PROBLEM_TYPE, said.problem_type)
        item = item or self._same(said, area, household, problem_type)
        warnings = list(_not_taken_over(said, item, problem_type))
        if item is None:
            case_id, version = self._reported(said, area, household, problem_type)
            self._assigned(case_id, version, _stated(said))
            return Outcome.CREATED, [*warnings, *_not_stated(said)]
        changed = {name: it for name, it in _stated(said).items() if it != getattr(item, name)}
        if not changed:
            return Outcome.UNCHANGED, warnings
        case = self._session.get_one(Case, item.case_id)
        if case.state not in {FOUND, IN_PROGRESS}:
            raise Flaw(None, Blocker("problem_past_assigning"))
        self._assigned(case.id, case.version, changed)
        return Outcome.UPDATED, warnings

    def _place(self, said: ListedProblem) -> tuple[Area, Household | None]:
        if self._scope is Scope.AREA:
            return self._unit(said), None
        village = self._whose.area(VILLAGE, said.village or "")
        return village, self._whose.headed(village.code, said.head_name or "")

    def _unit(self, said: ListedProblem) -> Area:
        actor = self._means.actor
        area = self._whose.area(UNIT, said.unit or actor.area_code)
        levels = {name: level.value for level, name in LEVELS.items()}
        level = levels.get(said.problem_level or "", said.problem_level)
        if level != area.level:
            raise Flaw(LEVEL, Blocker("level_of_another_unit", (area.name,), (str(level),)))
        return area

    def _numbered(self, said: ListedProblem) -> RemediationItem:
        """Return the item that a row names by its number."""
        found = self._session.exec(
            select(RemediationItem).where(
                RemediationItem.case_id == said.item_id,
                RemediationItem.scope == self._scope,
                RemediationItem.standing != ItemStanding.VOID,
                within(RemediationItem.area_code, self._means.actor.area_code),
            )
        ).first()
        if found is None:
            raise Flaw(ITEM, Blocker("problem_unknown", (), (str(said.item_id),)))
        return found

    def _whose_is(
        self, item: RemediationItem, said: ListedProblem
    ) -> tuple[Area, Household | None]:
        """Return of which unit and household an item is: a row does not make it another's."""
        area = self._session.get_one(Area, item.area_code)
        self._same_name(VILLAGE if item.household_id else UNIT, area.name, area.code, said)
        if item.household_id is None:
            return area, None
        household = self._session.get_one(Household, item.household_id)
        self._same_name(HEAD_NAME, household.head_name, household.head_name, said)
        return area, household

    def _same_name(self, column: str, name: str, code: str, said: ListedProblem) -> None:
        if (named := getattr(said, column)) not in {name, code, None}:
            raise Flaw(column, Blocker("row_of_another", (name,), (named,)))

    def _same(
        self, said: ListedProblem, area: Area, household: Household | None, problem_type: str
    ) -> RemediationItem | None:
        """Return the item that a row without a number is: the same problem of the same."""
        return self._session.exec(
            select(RemediationItem)
            .where(
                RemediationItem.area_code == area.code,
                RemediationItem.standing != ItemStanding.VOID,
                RemediationItem.household_id == (household.id if household else None),
                RemediationItem.problem_type == problem_type,
                RemediationItem.content == said.content,
            )
            .order_by(col(RemediationItem.case_id))
        ).first()

    def _reported(
        self,
        said: ListedProblem,
        area: Area,
        household: Household | None,
        problem_type: str,
    ) -> tuple[UUID, int]:
        means = self._means
        campaign = campaign_at(self._session, area)
        body = ReportProblem(
            scope=self._scope,
            level=None if household else area.level.value,
            problem_type=problem_type,
            content=said.content,
            source=SOURCE,
            found_on=office_date(means.now),
            found_by=means.actor.person_name,
        )
        place = Place(area.code, area.name, household, campaign.id if campaign else None)
        with refusals_told():
            moved = openings.open_of_kind(
                self._session,
                Kind.REMEDIATION_ITEM,
                place,
                body,
                actor=means.actor,
                registry=means.registry,
                campaign=campaign,
            )
        return moved.case.id, moved.case.version

    def _assigned(self, case_id: UUID, version: int, lists: dict[str, Any]) -> None:
        if not lists:
            return
        body = AssignRemediation(event="assign_remediation", reason=REASON, **lists)
        means = self._means
        with refusals_told():
            cases.act(
                self._session,
                case_id,
                body,
                seen_version=version,
                actor=means.actor,
                registry=means.registry,
            )


def _not_taken_over(
    said: ListedProblem, item: RemediationItem | None, problem_type: str
) -> Iterator[Flaw]:
    """Yield what a row says and an import does not change."""
    if said.result and (item is None or said.result != item.result):
        yield Flaw(RESULT, Blocker("result_not_taken_over"))
    if item and (said.content, problem_type) != (item.content, item.problem_type):
        column = CONTENT if said.content != item.content else PROBLEM_TYPE
        yield Flaw(column, Blocker("problem_stays"))


def _not_stated(said: ListedProblem) -> Iterator[Flaw]:
    """Yield which of the lists are still to come (TG-S05): without them no work begins."""
    stated = _stated(said)
    if missing := [BY_CODE[name].names[0] for name in LISTS if name not in stated]:
        yield Flaw(None, Blocker("lists_to_come", ("、".join(missing),)))


def _stated(said: ListedProblem) -> dict[str, Any]:
    """Return what a row says of measure, responsibility and time limit."""
    return {name: value for name in LISTS if (value := getattr(said, name)) is not None}
