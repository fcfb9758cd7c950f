"""A department's comparison list: what its data say of persons, one field in each row.

The list is kept, and matched with the register by the identity number (TG-P05, TG-D03,
XC-K15). It moves no case: whoever records a comparison is shown the rows of the household, and
where there is no case, a difference is told as a clue.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel
from sqlmodel import col, select

from service.blockers import Blocker
from service.codes import Label
from service.imports.entries import Entry, Finding, Judged, Outcome, RowReader, finding
from service.imports.layout import Means
from service.imports.places import Places
from service.imports.understood import line, listed, person_name, remark
from service.store import comparisons
from service.store.cases import Case
from service.store.columns import new_id
from service.store.comparisons import ROWS
from service.store.database import put_rows
from service.store.households import ID_NUMBER as MEMBERS_NUMBER
from service.store.households import Household, Member
from service.workbooks.reading import Row
from service.workbooks.tables import Column, Table
from service.workbooks.values import code_of
from service.workflows.identity import key_of, normalised, type_of
from service.workflows.machine import Procedure
from service.workflows.monitoring.entry_events import Verdict

ID_NUMBER, NAME, DEPARTMENT = "id_number", "name", "department"
FIELD, VERDICT, REMARK = "field", "verdict", "remark"
COLUMNS = (
    Column(NAME, ("姓名",), width=10),
    Column(
        ID_NUMBER,
        ("证件号码", "证件号", "身份证号", "身份证号码", "公民身份号码"),
        is_required=True,
        is_personal=True,
        width=24,
    ),
    Column(DEPARTMENT, ("部门", "比对部门", "数据部门"), is_required=True, width=16),
    Column(FIELD, ("比对项", "比对项目", "比对内容"), is_required=True, width=18),
    Column(VERDICT, ("比对结果", "比对结论", "结果"), is_required=True, width=12),
    Column(REMARK, ("说明", "备注", "具体情况"), width=30),
)
BY_CODE = {column.code: column for column in COLUMNS}
RECORD = "record_comparison"
LISTS = {DEPARTMENT: "departments", FIELD: "comparison_fields"}
"""Field -> the document's list of what may stand there, if it has one."""


class ListedVerdict(BaseModel):
    """A row of a list. `key`: the person, as in the register."""

    key: str
    name: str | None
    department: str
    field: str
    verdict: Verdict
    remark: str | None


class ComparisonEntry(Entry):
    content: ListedVerdict | None = None


class ComparisonLayout:
    label = Label(zh="部门比对名单", en="a department's comparison list")
    columns = COLUMNS
    entry = ComparisonEntry
    has_sheets = False

    def read(self, table: Table, rows: Iterator[Row]) -> Iterator[ComparisonEntry]:
        """Yield a row at a time."""
        seen: dict[tuple[str, str, str], int] = {}
        for row in rows:
            reader = RowReader(table, row, BY_CODE)
            content = _content(reader)
            if content:
                of = (content.key, content.department, content.field)
                if (first := seen.setdefault(of, row.number)) != row.number:
                    reader.refuse(FIELD, "listed_twice", need=first)
            findings = tuple(reader.findings)
            yield ComparisonEntry(
                rows=(row.number,), findings=findings, content=None if findings else content
            )

    def intake(self, means: Means) -> "ComparisonIntake":
        return ComparisonIntake(means)


COMPARISON = ComparisonLayout()


def _content(reader: RowReader) -> ListedVerdict | None:
    said: dict[str, Any] = {
        "name": reader.get(NAME, person_name),
        "department": reader.need(DEPARTMENT, line),
        "field": reader.need(FIELD, line),
        "verdict": reader.need(VERDICT, lambda value: listed(value, {}, "verdicts")),
        "remark": reader.get(REMARK, remark),
    }
    number = reader.need(ID_NUMBER, code_of)
    if number:
        try:
            number = normalised(number)
        except ValueError:
            reader.refuse(ID_NUMBER, "id_number_unfit", have=number)
    if reader.findings or not number:
        return None
    return ListedVerdict(key=key_of(number, type_of(number)), **said)


class Matched(NamedTuple):
    """Who a row speaks of: a member, their household, and its open case if it has one."""

    member: Member
    household: Household
    case: Case | None


class ComparisonIntake:
    """Judges the rows of a list against the register and the lists before, and keeps them."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._places = Places(means)

    def judge(self, entries: Sequence[ComparisonEntry]) -> list[Judged]:
        """Return what becomes of some rows. Those of nobody in the register are kept too."""
        means, vault = self._means, self._means.vault
        keys = {one.content.key for one in entries if one.content}
        indexes = {key: vault.index(key, MEMBERS_NUMBER) for key in keys}
        area = means.actor.area_code
        before = comparisons.newest_of(means.session, indexes.values(), area)
        matched = self._matched(list(indexes.values()))
        found = list[Judged]()
        for entry in entries:
            if entry.content is None:
                found.append(Judged(entry, Outcome.REFUSED, entry.findings))
                continue
            index = indexes[entry.content.key]
            known = before.get((index, entry.content.department, entry.content.field))
            found.append(self._judge(entry, entry.content, index, matched.get(index), known))
        return found

    def _matched(self, indexes: list[str]) -> dict[str, Matched]:
        session, area = self._means.session, self._means.actor.area_code
        found = comparisons.matched(session, indexes, area)
        open_ids = {h.open_case_id for _, h in found.values() if h.open_case_id}
        rows = session.exec(select(Case).where(col(Case.id).in_(open_ids)))
        cases = {case.id: case for case in rows}
        return {
            index: Matched(member, household, cases.get(household.open_case_id or household.id))
            for index, (member, household) in found.items()
        }

    def _judge(
        self,
        entry: ComparisonEntry,
        said: ListedVerdict,
        index: str,
        matched: Matched | None,
        known: comparisons.ComparisonRow | None,
    ) -> Judged:
        findings = list(self._findings(entry.rows[0], said, matched))
        if any(one.is_refusal for one in findings):
            return Judged(entry, Outcome.REFUSED, tuple(findings))
        outcome = Outcome.UPDATED if known else Outcome.CREATED
        if known and (known.verdict, known.remark) == (said.verdict, said.remark):
            outcome = Outcome.UNCHANGED
        return Judged(entry, outcome, tuple(findings), (index, said))

    def _findings(
        self, row: int, said: ListedVerdict, matched: Matched | None
    ) -> Iterator[Finding]:
        if matched is None:
            yield self._told(row, ID_NUMBER, Blocker("person_unknown"), is_refusal=False)
            return
        place = self._places.at(matched.household.area_code)
        if isinstance(place, Blocker):
            yield self._told(row, ID_NUMBER, place)
            return
        procedure = place.procedure
        if matched.case:
            procedure = self._means.registry.pinned(self._means.session, matched.case.policy)
        for field, blocker in unlisted(procedure, said):
            yield self._told(row, field, blocker)
        for field, flaw in _meaning(procedure, said, matched):
            blocker = Blocker(flaw, (str(matched.household.id),))
            yield self._told(row, field, blocker, is_refusal=False)

    def _told(self, row: int, field: str, blocker: Blocker, *, is_refusal: bool = True) -> Finding:
        letter = self._means.columns.get(field)
        return finding(row, blocker, BY_CODE[field], letter, is_refusal=is_refusal)

    def write(self, judged: Sequence[Judged]) -> None:
        """Keep the rows that say something new. Raises `IntegrityError`."""
        means = self._means
        written = [one.plan for one in judged if one.outcome in {"created", "updated"}]
        rows = [
            {
                "id": new_id(means.now),
                "import_id": means.import_id,
                "area_code": means.actor.area_code,
                "id_number_index": index,
                "name": said.name,
                "department": said.department,
                "field": said.field,
                "verdict": said.verdict,
                "remark": said.remark,
                "listed_at": means.now,
            }
            for index, said in written
        ]
        put_rows(means.session, ROWS, rows)


def unlisted(procedure: Procedure, said: ListedVerdict) -> Iterator[tuple[str, Blocker]]:
    """Yield what the document does not list, where it has a list."""
    for field, name in LISTS.items():
        words = tuple(entry.zh for entry in procedure.policy.lists.get(name, ()))
        have = getattr(said, field)
        if words and code_in(procedure, field, have) is None:
            yield field, Blocker("value_not_listed", words, (have,))


def code_in(procedure: Procedure, field: str, said: str) -> str | None:
    """Return the document's code of a department or field, whichever of its words was used."""
    entries = procedure.policy.lists.get(LISTS[field], ())
    return next((one.code for one in entries if said in {one.code, one.zh, one.en}), None)


def _meaning(
    procedure: Procedure, said: ListedVerdict, matched: Matched
) -> Iterator[tuple[str, str]]:
    """Yield what a row means for the household it speaks of."""
    if said.name and said.name != matched.member.name:
        yield NAME, "name_differs"
    if matched.case and is_awaited(procedure, matched.case):
        yield ID_NUMBER, "comparison_awaited"
    elif matched.case is None and said.verdict is Verdict.DIFFERS:
        yield ID_NUMBER, "risk_clue"


def is_awaited(procedure: Procedure, case: Case) -> bool:
    """Tell whether a case is where its comparison can be recorded."""
    return RECORD in procedure.events_at(case.state)
