"""The documents' ledgers of problems: each row becomes an item, or says more of one that is there.

Nothing is written but by the ways that officials go: a problem is reported, its lists are
assigned. What a row would come to is tried out in full and taken back, so that a report and a
commit cannot disagree. A result is not taken over: that a problem was put right is said of each
one alone, with evidence, and verified (TG-S05).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from service import cases, openings
from service.blockers import Blocker
from service.clock import office_date
from service.codes import Label
from service.errors import Refusal, RequirementsNotMet
from service.imports.entries import Finding, Judged, Outcome, finding
from service.imports.layout import Means
from service.imports.problem_rows import (
    COLUMNS,
    HEAD_NAME,
    LEVEL,
    PROBLEM_TYPE,
    RESULT,
    UNIT,
    VILLAGE,
    ListedProblem,
    ProblemEntry,
    read,
)
from service.openings import Place
from service.registry import in_force_in
from service.store.areas import Area, lineage, within
from service.store.campaigns import Campaign
from service.store.cases import Case
from service.store.households import Household
from service.store.remediation import ItemStanding, RemediationItem
from service.workbooks.reading import Row
from service.workbooks.tables import Table
from service.workflows.campaign.events import CONCLUDED, UNDER_WAY
from service.workflows.kinds import Kind
from service.workflows.paper_forms import code_called
from service.workflows.policy import Policy
from service.workflows.remediation.events import (
    FOUND,
    IN_PROGRESS,
    AssignRemediation,
    ReportProblem,
    Scope,
)

LISTS = ("measure", "responsible_person", "responsible_unit", "time_limit_on")
REASON = "按导入的问题整改台账"
SOURCE = "form"


class ProblemLayout:
    """The ledger of the problems of households, or of areas."""

    entry = ProblemEntry

    def __init__(self, scope: Scope, label: Label) -> None:
        self.scope, self.label, self.columns = scope, label, COLUMNS[scope]

    def read(self, table: Table, rows: Iterator[Row]) -> Iterator[ProblemEntry]:
        return read(self.scope, table, rows)

    def intake(self, means: Means) -> "ProblemIntake":
        return ProblemIntake(means, self.scope)


HOUSEHOLD_PROBLEMS = ProblemLayout(
    Scope.HOUSEHOLD, Label(zh="问题整改台账（户内问题）", en="ledger of problems in households")
)
AREA_PROBLEMS = ProblemLayout(
    Scope.AREA, Label(zh="问题整改台账（面上问题）", en="ledger of problems of areas")
)


class _Flaw(Exception):
    """A row cannot be taken in: because of one of its columns, or as a whole (None)."""

    def __init__(self, column: str | None, blocker: Blocker) -> None:
        super().__init__(blocker.code)
        self.column, self.blocker = column, blocker


class ProblemIntake:
    """Judges rows by taking them in and back again; writes those that are to be taken in."""

    def __init__(self, means: Means, scope: Scope) -> None:
        self._means, self._session, self._scope = means, means.session, scope
        self._by_code = {column.code: column for column in COLUMNS[scope]}

    def judge(self, entries: Sequence[ProblemEntry]) -> list[Judged]:
        """Return what becomes of some rows as the ledger is now."""
        return [self._judge(entry) for entry in entries]

    def _judge(self, entry: ProblemEntry) -> Judged:
        if entry.content is None:
            return Judged(entry, Outcome.REFUSED, entry.findings)
        with self._session.begin_nested() as tried:
            try:
                outcome, warnings = self._take_in(entry.content)
            except _Flaw as flaw:
                outcome, warnings = Outcome.REFUSED, [flaw]
            tried.rollback()
        is_refused = outcome is Outcome.REFUSED
        found = [self._told(entry.rows[0], one, is_refusal=is_refused) for one in warnings]
        return Judged(entry, outcome, tuple(found), entry.content)

    def _told(self, row: int, flaw: _Flaw, *, is_refusal: bool) -> Finding:
        column = self._by_code.get(flaw.column or "")
        letter = self._means.columns.get(flaw.column or "")
        return finding(row, flaw.blocker, column, letter, is_refusal=is_refusal)

    def write(self, judged: Sequence[Judged]) -> None:
        """Take the rows in, for good."""
        for one in judged:
            if one.outcome in {Outcome.CREATED, Outcome.UPDATED}:
                self._take_in(one.plan)

    def _take_in(self, said: ListedProblem) -> tuple[Outcome, list[_Flaw]]:
        """Take one row in; return what it came to, and what is to be looked at."""
        area, household = self._place(said)
        policy = self._policy(area)
        problem_type = self._listed(policy, "problem_types", PROBLEM_TYPE, said.problem_type)
        item = self._known(said, area, household, problem_type)
        warnings = self._about_the_result(said, item)
        if item is None:
            case_id, version = self._reported(said, area, household, problem_type)
            self._assigned(case_id, version, _stated(said))
            return Outcome.CREATED, warnings
        changed = {name: it for name, it in _stated(said).items() if it != getattr(item, name)}
        if not changed:
            return Outcome.UNCHANGED, warnings
        case = self._session.get_one(Case, item.case_id)
        if case.state not in {FOUND, IN_PROGRESS}:
            raise _Flaw(None, Blocker("problem_past_assigning"))
        self._assigned(case.id, case.version, changed)
        return Outcome.UPDATED, warnings

    def _place(self, said: ListedProblem) -> tuple[Area, Household | None]:
        if self._scope is Scope.AREA:
            return self._unit(said), None
        village = self._area(VILLAGE, said.village or "")
        found = self._session.exec(
            select(Household).where(
                Household.area_code == village.code, Household.head_name == said.head_name
            )
        ).all()
        if len(found) != 1:
            code = "head_ambiguous" if found else "head_unknown"
            raise _Flaw(HEAD_NAME, Blocker(code, (), (said.head_name or "-",)))
        return village, found[0]

    def _unit(self, said: ListedProblem) -> Area:
        actor = self._means.actor
        area = self._area(UNIT, said.unit or actor.area_code)
        levels = {"村级层面": "village", "镇级层面": "township", "县级层面": "county"}
        level = levels.get(said.problem_level or "", said.problem_level)
        if level != area.level:
            raise _Flaw(LEVEL, Blocker("level_of_another_unit", (area.name,), (str(level),)))
        return area

    def _area(self, column: str, name: str) -> Area:
        actor = self._means.actor
        found = self._session.exec(
            select(Area).where(
                within(Area.code, actor.area_code), (Area.code == name) | (Area.name == name)
            )
        ).all()
        if len(found) != 1:
            code = "village_ambiguous" if found else "village_unknown"
            raise _Flaw(column, Blocker(code, (), (name,)))
        return found[0]

    def _policy(self, area: Area) -> Policy:
        procedure = in_force_in(self._session, self._means.registry, area.code)
        if procedure is None:
            raise _Flaw(None, Blocker("no_document_here"))
        return procedure.policy

    def _listed(self, policy: Policy, name: str, column: str, said: str) -> str:
        entries = policy.lists.get(name, ())
        if said in {entry.code for entry in entries}:
            return said
        code = code_called(said, name, policy.lists, policy.aliases)
        if code is None:
            known = tuple(entry.zh for entry in entries) or ("-",)
            raise _Flaw(column, Blocker("value_not_listed", known, (said,)))
        return code

    def _known(
        self, said: ListedProblem, area: Area, household: Household | None, problem_type: str
    ) -> RemediationItem | None:
        """Return the item that a row is: by its number; without one, the same of the same."""
        query = select(RemediationItem).where(
            RemediationItem.area_code == area.code, RemediationItem.standing != ItemStanding.VOID
        )
        if said.item_id:
            query = query.where(RemediationItem.case_id == said.item_id)
        else:
            query = query.where(
                RemediationItem.household_id == (household.id if household else None),
                RemediationItem.problem_type == problem_type,
                RemediationItem.content == said.content,
            )
        found = self._session.exec(query.order_by(col(RemediationItem.case_id))).first()
        if found is None and said.item_id:
            raise _Flaw("item_id", Blocker("problem_unknown", (), (str(said.item_id),)))
        return found

    def _about_the_result(self, said: ListedProblem, item: RemediationItem | None) -> list[_Flaw]:
        if said.result and (item is None or said.result != item.result):
            return [_Flaw(RESULT, Blocker("result_not_taken_over"))]
        return []

    def _reported(
        self,
        said: ListedProblem,
        area: Area,
        household: Household | None,
        problem_type: str,
    ) -> tuple[UUID, int]:
        means = self._means
        campaign = _campaign_of(self._session, area)
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
        with _refusals_told():
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
        with _refusals_told():
            cases.act(
                self._session,
                case_id,
                body,
                seen_version=version,
                actor=means.actor,
                registry=means.registry,
            )


@contextmanager
def _refusals_told() -> Iterator[None]:
    """Tell a refusal of an act as what is wrong with the row."""
    try:
        yield
    except RequirementsNotMet as refused:
        raise _Flaw(None, refused.blockers[0]) from refused
    except Refusal as refused:
        raise _Flaw(None, Blocker("act_refused", (), (refused.title.zh,))) from refused


def _stated(said: ListedProblem) -> dict[str, Any]:
    """Return what a row says of measure, responsibility and time limit."""
    return {name: value for name in LISTS if (value := getattr(said, name)) is not None}


def _campaign_of(session: Session, area: Area) -> Case | None:
    """Return the one campaign that runs where a problem lies; None where it is not one alone."""
    above = [one.code for one in lineage(session, area.code)]
    found = session.exec(
        select(Case)
        .join(Campaign, col(Campaign.case_id) == col(Case.id))
        .where(
            col(Case.area_code).in_(above),
            col(Case.state).in_((UNDER_WAY, CONCLUDED)),
            col(Campaign.programme).is_(None),
        )
    ).all()
    return found[0] if len(found) == 1 else None
