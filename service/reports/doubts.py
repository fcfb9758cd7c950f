"""Data quality: which monitored households' data raise a doubt. One condition for each rule.

Everything is asked of the ledger in one statement; nothing is looked at case by case. Doubts
concern households whose entry is complete.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, extract, func, literal, or_, select
from sqlmodel import Session

from service.store.areas import within
from service.store.cases import CASES
from service.store.database import wire
from service.store.households import HOUSEHOLDS
from service.store.monitored import MEASURES, MONITORED, RISKS
from service.workflows.deadlines import months_after
from service.workflows.doubts import AT_THE_DOOR, Doubt
from service.workflows.eligibility import EligibilityRules, IncomeLine
from service.workflows.rulebook import Rulebook

Condition = ColumnElement[bool]

FEN = 100
PERCENT = 100
M = MONITORED.c


@dataclass(frozen=True, slots=True)
class Around:
    """What a doubt is measured against beside its own numbers: the day, and each document."""

    today: date
    rules: dict[str, EligibilityRules]

    @classmethod
    def of(cls, rulebook: Rulebook, today: date) -> "Around":
        documents = (one.policy for one in rulebook)
        return cls(today, {one.ref: one.monitoring_object.eligibility for one in documents})


def _recognition_incomplete(_doubt: Doubt, _around: Around) -> Condition:
    return or_(M.recognised_income_fen.is_(None), ~_has_risk())


def _risk_not_described(doubt: Doubt, _around: Around) -> Condition:
    return and_(_has_risk(doubt.risks), ~M.described)


def _elimination_incomplete(_doubt: Doubt, _around: Around) -> Condition:
    return and_(M.eliminated_on.is_not(None), M.eliminated_income_fen.is_(None))


def _measures_missing(doubt: Doubt, around: Around) -> Condition:
    latest = months_after(around.today, -(doubt.months or 0))
    return and_(CASES.c.closed_at.is_(None), M.recognised_on <= latest, ~_has_measure())


def _eliminated_early(doubt: Doubt, _around: Around) -> Condition:
    return and_(M.recognised_on >= doubt.since, _months_monitored() < doubt.months)


def _eliminated_at_once(doubt: Doubt, _around: Around) -> Condition:
    return and_(_months_monitored() <= doubt.months, M.means.not_in(doubt.means))


def _helped_without_measure(doubt: Doubt, _around: Around) -> Condition:
    return and_(M.eliminated_on.is_not(None), M.means.in_(doubt.means), ~_has_measure())


def _risk_without_its_measure(doubt: Doubt, _around: Around) -> Condition:
    """Return who has a plan that leaves a risk unanswered; to have none yet is another rule's."""
    lacking = (
        and_(_has_risk([risk]), ~_has_measure(kinds)) for risk, kinds in doubt.measures.items()
    )
    return and_(_has_measure(), or_(*lacking))


def _income_below_line(_doubt: Doubt, around: Around) -> Condition:
    below = (
        and_(CASES.c.policy == ref, _below(line, rules.income_lines))
        for ref, rules in around.rules.items()
        for line in rules.income_lines
    )
    return or_(literal(value=False), *below)


def _income_high(doubt: Doubt, _around: Around) -> Condition:
    return M.recognised_income_fen > int((doubt.yuan or 0) * FEN)


def _labour_at_odds(doubt: Doubt, _around: Around) -> Condition:
    share = M.able_to_work * PERCENT > M.persons * doubt.percent
    return or_(
        and_(_has_risk(doubt.risks), share),
        and_(_has_risk(doubt.risks_of_nobody), M.able_to_work == 0),
    )


def _support_at_odds(_doubt: Doubt, _around: Around) -> Condition:
    marked = func.coalesce(M.marked_for_support, literal(value=False))
    return or_(
        and_(M.able_to_work == 0, ~marked),
        and_(marked, M.able_to_work > 0),
        and_(marked, M.on_allowance == literal(value=False)),
    )


CONDITIONS: dict[str, Callable[[Doubt, Around], Condition]] = {
    "recognition_incomplete": _recognition_incomplete,
    "risk_not_described": _risk_not_described,
    "elimination_incomplete": _elimination_incomplete,
    "measures_missing": _measures_missing,
    "eliminated_early": _eliminated_early,
    "eliminated_at_once": _eliminated_at_once,
    "helped_without_measure": _helped_without_measure,
    "risk_without_its_measure": _risk_without_its_measure,
    "income_below_line": _income_below_line,
    "income_high": _income_high,
    "labour_at_odds": _labour_at_odds,
    "support_at_odds": _support_at_odds,
}


def _has_risk(risks: Collection[str] | None = None) -> Condition:
    """Return whether a case names a risk: one of these, or any."""
    rows = exists().where(RISKS.c.case_id == M.case_id)
    return rows if risks is None else rows.where(RISKS.c.risk_type.in_(risks))


def _has_measure(kinds: Collection[str] | None = None) -> Condition:
    rows = exists().where(MEASURES.c.case_id == M.case_id)
    return rows if kinds is None else rows.where(MEASURES.c.kind.in_(kinds))


def _months_monitored() -> ColumnElement[int]:
    """Return the calendar months from recognition to elimination: 0 within one month."""
    return _month(M.eliminated_on) - _month(M.recognised_on)


def _month(day: Any) -> ColumnElement[int]:  # noqa: ANN401 - a column of days
    return extract("year", day) * 12 + extract("month", day)


def _below(line: IncomeLine, lines: Sequence[IncomeLine]) -> Condition:
    """Return whether a household was eliminated below a line; a smaller area's goes before it."""
    first, last = date(line.year, 1, 1), date(line.year, 12, 31)
    nearer = (
        other.area
        for other in lines
        if other.year == line.year and other.area and _reach(other) > _reach(line)
    )
    return and_(
        M.eliminated_on.between(first, last),
        M.eliminated_income_fen < int(line.per_capita_net_yuan * FEN),
        *([within(CASES.c.area_code, line.area)] if line.area else []),
        *(~within(CASES.c.area_code, area) for area in nearer),
    )


def _reach(line: IncomeLine) -> int:
    return len((line.area or "").rstrip("0"))


def doubts_of(rulebook: Rulebook) -> Sequence[Doubt]:
    """Return the doubts of the national document: they concern every household there is."""
    return next((one.policy.doubts for one in reversed(list(rulebook)) if one.policy.doubts), ())


def doubtful(doubts: Sequence[Doubt], area_code: str, around: Around) -> Select[Any]:
    """Return the query for every doubt within an area: its rule, the case and its household."""
    asked = [
        _raised(one.cite, CONDITIONS[one.code](one, around), area_code)
        for one in doubts
        if one.code != AT_THE_DOOR
    ]
    none = _raised("", literal(value=False), area_code)
    return select(none.union_all(*asked).subquery("doubt"))


def _raised(rule: str, condition: Condition, area_code: str) -> Select[Any]:
    return (
        select(
            literal(rule).label("rule"),
            CASES.c.id.label("case_id"),
            *(CASES.c.household_id, CASES.c.area_code, CASES.c.policy, CASES.c.state),
            *(HOUSEHOLDS.c.head_name, M.recognised_on, M.eliminated_on),
        )
        .join(MONITORED, M.case_id == CASES.c.id)
        .join(HOUSEHOLDS, HOUSEHOLDS.c.id == CASES.c.household_id)
        .where(M.recognised_on.is_not(None), within(CASES.c.area_code, area_code), condition)
    )


def counted(session: Session, query: Select[Any]) -> dict[str, int]:
    """Return rule -> how many cases raise it."""
    found = query.subquery()
    numbers = select(found.c.rule, func.count()).group_by(found.c.rule)
    return dict(tuple(row) for row in wire(session).execute(numbers))
