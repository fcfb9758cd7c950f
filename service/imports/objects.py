"""The documents' papers of households at risk: the register opens cases, the ledger their plans.

A row of the register (SQ-P01 附件1) begins the procedure as whoever inspects does; the rows of a
household in the ledger of measures (SQ-H01 附件2) are its plan, whole, as the town agrees or
revises it. Who helps, how many persons there are, what was registered before: an import changes
none of it.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from uuid import UUID

from pydantic import ValidationError
from sqlmodel import func, select

from service import cases, openings
from service.blockers import Blocker
from service.codes import Label
from service.imports.entries import Outcome
from service.imports.layout import Means
from service.imports.object_rows import (
    DETAIL,
    HELPER,
    MEASURE,
    MEASURE_NUMBER,
    OBJECT,
    PLAN_COLUMNS,
    RISKS,
    ROSTER_COLUMNS,
    SIZE,
    YEAR,
    ListedMeasure,
    ListedObject,
    ListedPlan,
    ObjectEntry,
    PlanEntry,
    read_plans,
    read_roster,
)
from service.imports.trying import Flaw, Taken, Trying, refusals_told
from service.imports.understood import without_numbers
from service.imports.whose import HEAD_NAME, VILLAGE, Whose, listed
from service.store.areas import Area, within
from service.store.cases import Case
from service.store.households import Household, Member
from service.workbooks.reading import Row
from service.workbooks.tables import Table
from service.workflows.kinds import Kind
from service.workflows.monitoring.assistance_events import AgreePlan, Measure, RevisePlan
from service.workflows.monitoring.dossier import MonitoringDossier
from service.workflows.monitoring.entry_events import Open
from service.workflows.paper_forms import bare
from service.workflows.policy import Policy

PLANNING = "planning"
YEAR_FIELD = "year_lifted_out"
RISK_LIST = "risk_types"
KIND_UNNAMED = "other"
"""The kind of a measure whose row names none: the ledger has no column for it."""

MOST = 60
"""Measures of one plan."""

REASON = "按导入的帮扶措施台账"


class Roster:
    label = Label(zh="风险对象花名册", en="register of households at risk")
    columns = ROSTER_COLUMNS
    entry = ObjectEntry
    has_sheets = False

    def read(self, table: Table, rows: Iterator[Row]) -> Iterator[ObjectEntry]:
        return read_roster(table, rows)

    def intake(self, means: Means) -> Trying:
        return Trying(means, self.columns, RosterTaking(means).take_in)


class Plans:
    label = Label(zh="帮扶措施台账", en="ledger of measures for households at risk")
    columns = PLAN_COLUMNS
    entry = PlanEntry
    has_sheets = False

    def read(self, table: Table, rows: Iterator[Row]) -> Iterator[PlanEntry]:
        return read_plans(table, rows)

    def intake(self, means: Means) -> Trying:
        return Trying(means, self.columns, PlanTaking(means).take_in)


ROSTER, PLANS = Roster(), Plans()


class Objects:
    """The households and monitoring objects that rows are about."""

    def __init__(self, means: Means) -> None:
        self._means, self._session = means, means.session
        self._whose = Whose(means)

    def find(self, said: ListedObject) -> tuple[Household, Case | None]:
        """Return the household of a row, and its monitoring object, if there is one."""
        case = self._case(said) if said.object_id else None
        household = self._household(said, case)
        area = self._session.get_one(Area, household.area_code)
        if said.village not in {None, area.name, area.code}:
            raise Flaw(VILLAGE, Blocker("row_of_another", (area.name,), (said.village or "",)))
        if said.head_name != household.head_name:
            have = (said.head_name,)
            raise Flaw(HEAD_NAME, Blocker("row_of_another", (household.head_name,), have))
        if case is None and household.open_case_id:
            case = self._session.get_one(Case, household.open_case_id)
        return household, case

    def _case(self, said: ListedObject) -> Case:
        found = self._session.exec(
            select(Case).where(
                Case.id == said.object_id,
                Case.kind == Kind.MONITORING_OBJECT,
                within(Case.area_code, self._means.actor.area_code),
            )
        ).first()
        if found is None:
            raise Flaw(OBJECT, Blocker("case_unknown", (), (str(said.object_id),)))
        return found

    def _household(self, said: ListedObject, case: Case | None) -> Household:
        if case:
            return self._session.get_one(Household, case.household_id)
        if said.identity_number:
            return self._whose.numbered(said.identity_number)
        if said.village is None:
            raise Flaw(VILLAGE, Blocker("value_missing"))
        village = self._whose.area(VILLAGE, said.village)
        return self._whose.headed(village.code, said.head_name)

    def policy(self, household: Household, case: Case | None) -> Policy:
        """Return the document under which a household is, or would be, a monitoring object."""
        if case is None:
            return self._whose.policy(household.area_code)
        return self._means.registry.pinned(self._session, case.policy).policy

    def beside(
        self, said: ListedObject, household: Household, dossier: MonitoringDossier
    ) -> Iterator[Flaw]:
        """Yield what a row says otherwise than is known, and an import does not change."""
        of_this = select(func.count()).select_from(Member)
        size = self._session.exec(of_this.where(Member.household_id == household.id)).one()
        if said.household_size not in {None, size}:
            yield Flaw(SIZE, Blocker("size_differs", (str(size),)))
        helpers = [helper.helper_name for helper in dossier.helpers.values()]
        if said.helper and said.helper not in helpers:
            yield Flaw(HELPER, Blocker("helper_not_taken_over", ("、".join(helpers) or "-",)))


class RosterTaking:
    """Takes in what a row of the register says."""

    def __init__(self, means: Means) -> None:
        self._means, self._objects = means, Objects(means)

    def take_in(self, said: ListedObject) -> Taken:
        household, case = self._objects.find(said)
        policy = self._objects.policy(household, case)
        named = (listed(policy, RISK_LIST, RISKS, word) for word in said.risk_type)
        risks = tuple(dict.fromkeys(named))
        form = _year(said, policy)
        if case is None:
            self._open(household, said, policy, risks, form)
            told = self._objects.beside(said, household, MonitoringDossier())
            return Outcome.CREATED, list(told)
        dossier = MonitoringDossier.model_validate({"entries": case.dossier})
        _check_the_same(said, dossier, policy, risks, form)
        return Outcome.UNCHANGED, list(self._objects.beside(said, household, dossier))

    def _open(
        self,
        household: Household,
        said: ListedObject,
        policy: Policy,
        risks: tuple[str, ...],
        form: dict[str, int],
    ) -> None:
        clue = policy.inspection_form.clue if policy.inspection_form else None
        known = clue.model_dump(include={"channel", "entry_point"}) if clue else {}
        body = Open.model_validate(
            {**known, RISK_LIST: risks, "description": said.risk_detail, "form": form}
        )
        means = self._means
        with refusals_told():
            openings.open_case(
                means.session, household.id, body, actor=means.actor, registry=means.registry
            )


class PlanTaking:
    """Takes in a household's measures, as its plan."""

    def __init__(self, means: Means) -> None:
        self._means, self._objects = means, Objects(means)
        self._had: set[UUID] = set()

    def take_in(self, said: ListedPlan) -> Taken:
        household, case = self._objects.find(said)
        if case is None:
            raise Flaw(OBJECT if said.object_id else HEAD_NAME, Blocker("no_open_case"))
        if case.id in self._had:
            raise Flaw(None, Blocker("row_repeats"))
        self._had.add(case.id)
        dossier = MonitoringDossier.model_validate({"entries": case.dossier})
        warnings = list(self._objects.beside(said, household, dossier))
        policy = self._objects.policy(household, case)
        if len(said.listed) > MOST:
            raise Flaw(MEASURE, Blocker("value_unfit", (f"≤ {MOST}",), (str(len(said.listed)),)))
        measures = _measures(said, dossier.plan.measures if dossier.plan else (), policy)
        if not measures or (dossier.plan and measures == dossier.plan.measures):
            return Outcome.UNCHANGED, warnings
        self._agree(case, measures)
        return (Outcome.UPDATED if dossier.plan else Outcome.CREATED), warnings

    def _agree(self, case: Case, measures: tuple[Measure, ...]) -> None:
        is_first = case.state == PLANNING
        body = (
            AgreePlan(event="agree_plan", measures=measures)
            if is_first
            else RevisePlan(event="revise_plan", measures=measures, reason=REASON)
        )
        means = self._means
        with refusals_told():
            cases.act(
                means.session,
                case.id,
                body,
                seen_version=case.version,
                actor=means.actor,
                registry=means.registry,
            )


def _year(said: ListedObject, policy: Policy) -> dict[str, int]:
    """Return the form field of the year; what stands where there is none says nothing."""
    columns = (column for ledger in policy.ledgers for column in ledger.columns)
    nothing = {column.otherwise for column in columns if column.code == YEAR}
    text = (said.lifted_out_year or "").removesuffix("年")
    if not text or text in nothing:
        return {}
    if not (text.isdecimal() and len(text) == len("2020")):
        raise Flaw(YEAR, Blocker("value_unfit", ("2018",), (text,)))
    return {YEAR_FIELD: int(text)}


def _check_the_same(
    said: ListedObject,
    dossier: MonitoringDossier,
    policy: Policy,
    risks: Sequence[str],
    form: dict[str, int],
) -> None:
    """Raise `Flaw` for a row that says of an open case what it does not."""
    if set(risks) != set(dossier.risk_types):
        need = "、".join(word_of(policy, RISK_LIST, code) for code in dossier.risk_types)
        raise Flaw(RISKS, Blocker("case_says_otherwise", (need,)))
    year = dossier.answer(YEAR_FIELD)
    if form.get(YEAR_FIELD) not in {None, year}:
        raise Flaw(YEAR, Blocker("case_says_otherwise", (str(year or "-"),)))
    opened = dossier.last(Open)
    detail = without_numbers(opened.description or "") if opened else ""
    if said.risk_detail != detail:
        raise Flaw(DETAIL, Blocker("case_says_otherwise", (detail or "-",)))


def word_of(policy: Policy, name: str, code: str) -> str:
    """Return the word of a list as papers write it: without its explanation."""
    entries = policy.lists.get(name, ())
    return bare(next((entry.zh for entry in entries if entry.code == code), code))


def _measures(said: ListedPlan, known: Sequence[Measure], policy: Policy) -> tuple[Measure, ...]:
    """Return the plan that the rows of a household are; a numbered row goes on from its measure."""
    before = {measure.number: measure for measure in known}
    taken = {one.number for one in said.listed} | set(before)
    free = (number for number in count(1) if number not in taken)
    numbered = ((next(free) if one.number is None else one.number, one) for one in said.listed)
    return tuple(_measure(one, before.get(number), number, policy) for number, one in numbered)


def _measure(said: ListedMeasure, before: Measure | None, number: int, policy: Policy) -> Measure:
    risks = [listed(policy, RISK_LIST, RISKS, word) for word in said.risks]
    if len(risks) > 1:
        need, have = ("一项措施对应一种风险",), ("、".join(said.risks),)
        raise Flaw(RISKS, Blocker("value_unfit", need, have), said.row)
    kept = before.model_dump() if before else {"kind": KIND_UNNAMED}
    stated = {"kind": said.kind, "risk_type": next(iter(risks), None), "due_on": said.due_on}
    new = {name: value for name, value in stated.items() if value is not None}
    try:
        return Measure.model_validate({**kept, **new, "number": number, "what": said.what})
    except ValidationError as problem:
        unfit = Blocker("value_unfit", ("1–200",), (str(number),))
        raise Flaw(MEASURE_NUMBER, unfit, said.row) from problem
