"""Erasing a household, or one of its members: values and their salts go, every proof holds.

What the log says of a statement is bound by salts (`audit.chain`). Without the values and their
salts nothing can be learned from it, and nothing in the log changes: the erasure is a line.

A household is erased when nothing runs for it any more: of what was said of it in its cases
nothing is left. Of a member the name goes wherever it stands, in a running case too; the rest of
what was said stays, and is still bound by the log.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, delete, or_, update
from sqlmodel import Session, col, select

from service.audit.chain import NOTICE, WHOLE, commitment
from service.audit.lines import ERASURE, add_line
from service.blockers import Blocker
from service.clock import office_date, office_time
from service.codes import Label
from service.errors import NotFound, RequirementsNotMet
from service.publication import check_administrator
from service.store.answers import SavedAnswer
from service.store.areas import within
from service.store.attachments import Attachment
from service.store.cases import Case
from service.store.comparisons import ComparisonRow
from service.store.findings import Finding
from service.store.households import Household, Member
from service.store.monitored import Monitored, MonitoredMeasure, MonitoredRisk
from service.store.people import Actor
from service.store.remediation import RemediationItem

CITE, TERM_CITE = "DX-83", "DX-84"
ERASE = Label(zh="删除个人信息", en="erase personal data")

SOMEBODY = "某某"
"""What stands where the name of somebody stood who was erased."""

GONE = "（已删除）"
"""What stands where a text stood that was erased, and something must stand."""

FINDABLE = 2
"""Characters that a name must have to be looked for in what was said."""


class Ground(StrEnum):
    """Why somebody is erased."""

    REQUEST = "request"
    TERM_OVER = "term_over"
    MISTAKE = "mistake"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be erased: a household, or its member of a number; why; by whom.

    `term_years`: for how many full years after its end a case is kept, where a term is set.
    """

    household_id: UUID
    ground: Ground
    actor: Actor
    at: datetime
    member: int | None = None
    term_years: int | None = None


@dataclass(slots=True)
class Erased:
    """What was erased: statements by case, papers by their SHA-256. `files`: to be removed."""

    id: UUID
    statements: dict[str, list[int]] = field(default_factory=dict)
    papers: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def erase(session: Session, order: Order) -> Erased:
    """Erase, and write the line that says so; part of the caller's transaction.

    The bytes of papers (`files`) are to be removed when this is committed. Raises `NotYourRole`,
    `NotFound`, and `RequirementsNotMet` for a household for which something runs.
    """
    check_administrator(order.actor, ERASE, CITE)
    household = _locked(session, order)
    cases = _cases(session, household.id)
    done = Erased(household.id)
    if order.ground is Ground.TERM_OVER:
        _check_term(cases, order)
    if order.member is None:
        _check_over(cases)
        _erase_household(session, household, cases, done)
    else:
        _erase_member(session, household, order.member, cases, done)
    _forget_answers(session, [household.id, *(case.id for case in cases)])
    said = {
        "ground": order.ground,
        "member": order.member,
        "statements": done.statements,
        "papers": done.papers,
    }
    add_line(session, (ERASURE, household.id), "erase", order.at, said, order.actor)
    return done


def _locked(session: Session, order: Order) -> Household:
    found = session.exec(
        select(Household)
        .where(
            Household.id == order.household_id, within(Household.area_code, order.actor.area_code)
        )
        .with_for_update()
    ).first()
    if found is None:
        raise NotFound
    return found


def _cases(session: Session, household_id: UUID) -> Sequence[Case]:
    """Return the cases of a household, which nobody moves until this is over."""
    return session.exec(
        select(Case)
        .where(Case.household_id == household_id)
        .order_by(col(Case.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _check_over(cases: Sequence[Case]) -> None:
    if running := [str(case.id) for case in cases if case.closed_at is None]:
        raise RequirementsNotMet([Blocker("household_in_procedure", (), tuple(running), cite=CITE)])


def _check_term(cases: Sequence[Case], order: Order) -> None:
    """Refuse what is younger than its term. Raises `RequirementsNotMet`."""
    before = kept_from(order.at, order.term_years)
    young = [
        str(case.id)
        for case in cases
        if before is None or case.closed_at is None or case.closed_at >= before
    ]
    if young or before is None:
        need = (str(order.term_years),) if order.term_years else ()
        raise RequirementsNotMet([Blocker("term_not_over", need, tuple(young), cite=TERM_CITE)])


def kept_from(now: datetime, term_years: int | None) -> datetime | None:
    """Return the instant since when what ended is still kept; None where no term is set.

    A term is counted in calendar years, from the one after a case ended.
    """
    return office_time(date(office_date(now).year - term_years, 1, 1)) if term_years else None


def term_is_over(session: Session, now: datetime, term_years: int) -> Sequence[Household]:
    """Return the households whose every case ended before its term, and which are not erased."""
    before = kept_from(now, term_years)
    mine = select(Case.id).where(Case.household_id == Household.id)
    young = mine.where(or_(col(Case.closed_at).is_(None), col(Case.closed_at) >= before))
    query = select(Household).where(
        mine.exists(), ~young.exists(), col(Household.head_name) != SOMEBODY
    )
    return session.exec(query.order_by(col(Household.id))).all()


# -- a household


def _erase_household(
    session: Session, household: Household, cases: Sequence[Case], done: Erased
) -> None:
    named = {one for case in cases for entry in case.dossier for one in _papers_of(entry)}
    for case in cases:
        if case.dossier:
            done.statements[str(case.id)] = [entry["seq"] for entry in case.dossier]
            case.dossier = []
    session.flush()
    _erase_papers(session, household.area_code, named, done)
    _erase_members(session, household.id)
    household.head_name, household.group_name, household.traits = SOMEBODY, None, []
    household.telephone_sealed = household.telephone_index = None
    for ledger in (Monitored, MonitoredRisk, MonitoredMeasure):
        mine = col(ledger.case_id).in_([case.id for case in cases])
        session.execute(delete(ledger).where(mine))
    gone = {"what": None, "value": None, "stated": None}
    session.execute(update(Finding).where(col(Finding.household_id) == household.id).values(**gone))
    session.execute(
        update(RemediationItem)
        .where(col(RemediationItem.household_id) == household.id)
        .values(content=GONE, progress=None, result=None, measure=None)
    )
    session.flush()


def _papers_of(entry: dict[str, Any]) -> list[str]:
    return list(entry["body"].get("attachments") or ())


def _erase_papers(session: Session, area_code: str, named: set[str], done: Erased) -> None:
    """Erase the papers that no case names any more, and the bytes that no other paper has."""
    # Papers are of one village, and so are the cases that may name them.
    said = cast(col(Case.dossier), Text)
    for paper_id in sorted(named):
        also = select(Case.id).where(Case.area_code == area_code, said.contains(paper_id))
        paper = session.get(Attachment, UUID(paper_id))
        if paper is None or session.exec(also.limit(1)).first():
            continue
        done.papers.append(paper.sha256)
        paper.filename, paper.size = GONE, 0
        session.flush()
        same = select(Attachment.id).where(Attachment.sha256 == paper.sha256, Attachment.size > 0)
        if session.exec(same.limit(1)).first() is None:
            done.files.append(paper.sha256)


# -- a member


def _erase_member(
    session: Session, household: Household, number: int, cases: Sequence[Case], done: Erased
) -> None:
    member = session.get(Member, (household.id, number))
    if member is None:
        raise NotFound
    name = member.name
    if household.head_name == name:
        household.head_name = SOMEBODY
        household.telephone_sealed = household.telephone_index = None
    _erase_members(session, household.id, number)
    if len(name) >= FINDABLE:
        for case in cases:
            dossier = [_without(entry, name) for entry in case.dossier]
            if changed := [
                new["seq"] for old, new in zip(case.dossier, dossier, strict=True) if old != new
            ]:
                done.statements[str(case.id)] = changed
                case.dossier = dossier
        _rename(session, household.id, name)
    session.flush()


def _erase_members(session: Session, household_id: UUID, number: int | None = None) -> None:
    """Erase members: their rows, and what departments' lists said of them by their numbers."""
    of_this = select(Member.id_number_index).where(Member.household_id == household_id)
    rows = delete(Member).where(col(Member.household_id) == household_id)
    if number is not None:
        of_this = of_this.where(Member.number == number)
        rows = rows.where(col(Member.number) == number)
    listed = col(ComparisonRow.id_number_index).in_(of_this)
    session.execute(delete(ComparisonRow).where(listed))
    session.execute(rows)


def _without(entry: dict[str, Any], name: str) -> dict[str, Any]:
    """Return an entry without a name: where it stood, the value's salt and the value are gone."""
    body = {key: _replaced(value, name) for key, value in entry["body"].items()}
    outcome = {key: _replaced(value, name) for key, value in entry["outcome"].items()}
    if (body, outcome) == (entry["body"], entry["outcome"]):
        return entry
    said = {key: value for key, value in entry["body"].items() if key != "device_time"}
    if entry.get("salt"):
        whole = {WHOLE: commitment(entry["salt"], said)}
        return entry | {"salt": "", "erased": whole, "body": body, "outcome": outcome}
    salts, values = entry.get("salts", {}), said | {NOTICE: entry["outcome"].get(NOTICE)}
    changed = {key for key in salts if values[key] != ({**body, NOTICE: outcome.get(NOTICE)})[key]}
    gone = {key: commitment(salts[key], values[key]) for key in changed}
    return entry | {
        "salts": {key: salt for key, salt in salts.items() if key not in changed},
        "erased": entry.get("erased", {}) | gone,
        "body": body,
        "outcome": outcome,
    }


def _replaced(value: Any, name: str) -> Any:  # noqa: ANN401
    """Return a JSON value with a name replaced in every text of it."""
    if isinstance(value, str):
        return value.replace(name, SOMEBODY)
    if isinstance(value, list):
        return [_replaced(one, name) for one in value]
    if isinstance(value, dict):
        return {key: _replaced(one, name) for key, one in value.items()}
    return value


def _rename(session: Session, household_id: UUID, name: str) -> None:
    """Replace a name in what ledgers repeat of what was said."""
    for model, columns in (
        (Finding, ("what", "value", "stated")),
        (RemediationItem, ("content", "measure", "progress", "result")),
    ):
        rows = session.exec(select(model).where(col(model.household_id) == household_id))
        for row in rows:
            for column in columns:
                setattr(row, column, _replaced(getattr(row, column), name))


# -- answers kept for retries


def _forget_answers(session: Session, ids: Sequence[UUID]) -> None:
    """Drop the kept answers that tell of a household: they are few, of the last days."""
    named = [str(one).encode() for one in ids]
    query = select(SavedAnswer).execution_options(yield_per=500)
    for answer in list(_naming(session.exec(query), named)):
        session.delete(answer)
    session.flush()


def _naming(answers: Any, named: list[bytes]) -> Iterator[SavedAnswer]:  # noqa: ANN401
    for answer in answers:
        if any(one in answer.body for one in named):
            yield answer
