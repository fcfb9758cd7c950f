"""Who must, may and must not be monitored, computed from recorded facts.

The answer always comes with its reason and its provision. Nothing here knows a quota, a
ratio or a ceiling: the documents forbid them. Nor does it know any document's conditions:
a document lists its outcomes, each with the predicates it asks for, and the first that holds
is the answer.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.codes import Cite, Code, CodeLabel, Label
from service.workflows.fields import Count, Flag, Input, YuanAmount

FEN = Decimal("0.01")


class Answer(StrEnum):
    """What a document says of a household: it binds, or leaves the matter to judgement."""

    MUST_INCLUDE = "must_include"
    NOT_INCLUDED = "not_included"
    EXCLUDED = "excluded"
    JUDGEMENT = "judgement"


class Decision(StrEnum):
    INCLUDE = "include"
    REFUSE = "refuse"


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IncomeLine(_Rules):
    """The monitoring range of one year: net income per head, in yuan; of one area, or of all."""

    year: int
    area: str | None = None
    per_capita_net_yuan: Annotated[Decimal, Field(gt=0)]
    cite: Cite


class IncomePeriod(StrEnum):
    """Which twelve months an income is counted for."""

    BEFORE_APPLICATION = "before_application"
    FULL_MONTHS_BEFORE = "full_months_before"


When = dict[Code, bool]
"""Predicates, and what each must be. All of them together make one condition."""


class Outcome(_Rules):
    """An answer of the document, and when it is given."""

    answer: Literal["must_include", "not_included", "excluded"]
    when: Annotated[When, Field(min_length=1)]
    cite: Cite


class TypeRule(_Rules):
    """A type of monitoring object, and when a household is of it."""

    object_type: Code
    when: Annotated[When, Field(min_length=1)]
    cite: Cite


class EligibilityRules(_Rules):
    """A document's rules of inclusion: the yearly line, its outcomes, its types.

    A quota cannot be written: the only thing a document can say of scale is that none applies.
    """

    cite: Cite
    no_scale_limit: Literal[True] | None = None
    no_scale_limit_cite: Cite | None = None
    base_multiple: Annotated[Decimal, Field(gt=0)] | None = None
    income_lines: tuple[IncomeLine, ...] = ()
    income_period: IncomePeriod | None = None
    income_period_cite: Cite | None = None
    exclusions: tuple[CodeLabel, ...] = ()
    excluded_holders: tuple[CodeLabel, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    object_types: tuple[TypeRule, ...] = ()

    def line_for(self, year: int, areas: Collection[str] = ()) -> IncomeLine | None:
        """Return the line of a year: that of the smallest of the areas, else that of all.

        A year without a line has none, never last year's.
        """
        lines = [one for one in self.income_lines if one.year == year]
        binding = [one for one in lines if one.area is None or one.area in areas]
        return max(binding, key=lambda one: len((one.area or "").rstrip("0")), default=None)

    def predicates(self) -> Iterator[tuple[str, str]]:
        """Yield (key, predicate) for every predicate that the document asks for."""
        for index, outcome in enumerate(self.outcomes):
            yield from ((f"outcomes[{index}]", name) for name in outcome.when)
        for index, rule in enumerate(self.object_types):
            yield from ((f"object_types[{index}]", name) for name in rule.when)


class ExclusionFound(Input):
    """Something that excludes the household, and in whose home it was found."""

    exclusion: Code
    holder: Code


class Income(Input):
    """Twelve months of a household, in yuan; business costs are what is taken off."""

    wages: YuanAmount = Decimal(0)
    business: YuanAmount = Decimal(0)
    property_income: YuanAmount = Decimal(0)
    transfers: YuanAmount = Decimal(0)
    business_costs: Annotated[YuanAmount, Field(ge=0)] = Decimal(0)
    persons: Annotated[Count, Field(ge=1, le=30)]

    @property
    def net(self) -> Decimal:
        return (
            self.wages + self.business + self.property_income + self.transfers - self.business_costs
        )


class Guarantees(Input):
    """The three guarantees and drinking water: whether each is met."""

    education: Flag
    medical: Flag
    housing: Flag
    water: Flag

    @property
    def met(self) -> bool:
        return self.education and self.medical and self.housing and self.water


class HouseholdFacts(Input):
    """What the verification found. `also` answers what the document asks beyond these."""

    income: Income
    out_of_pocket_expense: Annotated[YuanAmount, Field(ge=0)] = Decimal(0)
    at_risk: Flag
    income_stable: Flag
    guarantees: Guarantees
    children_well_off: Flag
    lifted_out: Flag = False
    sudden_hardship: Flag = False
    able_to_cope: Flag = False
    exclusions: tuple[ExclusionFound, ...] = Field(default=(), max_length=20)
    also: Annotated[dict[Code, Flag], Field(max_length=40)] = Field(default_factory=dict)

    @property
    def per_capita_net_income(self) -> Decimal:
        """Net income per head in yuan, to the fen."""
        return self._per_head(self.income.net)

    @property
    def per_capita_after_expense(self) -> Decimal:
        """The same after the compliant expense that the household paid itself."""
        return self._per_head(self.income.net - self.out_of_pocket_expense)

    def _per_head(self, amount: Decimal) -> Decimal:
        return (amount / self.income.persons).quantize(FEN, ROUND_HALF_UP)


PREDICATES: dict[str, Label] = {
    "excluded": Label(zh="存在文件所列排除情形", en="something on the list excludes it"),
    "below_line": Label(zh="人均纯收入低于监测范围", en="income per head is below the line"),
    "below_line_after_expense": Label(
        zh="扣除合规自付支出后人均纯收入低于监测范围",
        en="income per head after compliant expense is below the line",
    ),
    "at_risk": Label(zh="存在返贫致贫风险", en="at risk of falling into poverty"),
    "income_stable": Label(zh="收入稳定", en="income is stable"),
    "guarantees_met": Label(
        zh="“三保障”和饮水安全有保障", en="the three guarantees and water are met"
    ),
    "children_well_off": Label(zh="分户子女经济条件好", en="children are well off"),
    "lifted_out": Label(zh="脱贫户", en="lifted out of poverty before"),
    "sudden_hardship": Label(zh="突发严重困难", en="sudden severe hardship"),
    "able_to_cope": Label(zh="有自主应对能力", en="able to cope by itself"),
}
"""What an outcome may ask for; a document's own questions (`lists.facts`) stand beside these."""


def predicates(facts: HouseholdFacts, line: IncomeLine | None) -> Mapping[str, bool | None]:
    """Return every predicate's value; None where it cannot be told (no line, not asked)."""
    yuan = line.per_capita_net_yuan if line else None
    return facts.also | {
        "excluded": bool(facts.exclusions),
        "below_line": None if yuan is None else facts.per_capita_net_income < yuan,
        "below_line_after_expense": None if yuan is None else facts.per_capita_after_expense < yuan,
        "at_risk": facts.at_risk,
        "income_stable": facts.income_stable,
        "guarantees_met": facts.guarantees.met,
        "children_well_off": facts.children_well_off,
        "lifted_out": facts.lifted_out,
        "sudden_hardship": facts.sudden_hardship,
        "able_to_cope": facts.able_to_cope,
    }


@dataclass(frozen=True, slots=True)
class Assessment:
    """The document's answer, what it rests on, and the line it was measured against."""

    answer: Answer
    cite: str
    line: IncomeLine | None
    because: tuple[str, ...] = ()
    object_types: tuple[str, ...] | None = None

    def agrees_with(self, decision: Decision) -> bool:
        """Tell whether a decision can stand without an officer's own reasons."""
        match self.answer:
            case Answer.MUST_INCLUDE:
                return decision is Decision.INCLUDE
            case Answer.NOT_INCLUDED | Answer.EXCLUDED:
                return decision is Decision.REFUSE
            case Answer.JUDGEMENT:
                return True


def assess(
    facts: HouseholdFacts, rules: EligibilityRules, year: int, areas: Collection[str] = ()
) -> Assessment:
    """Return what the document says of a household with these facts in a given year.

    The first outcome whose predicates all hold is the answer. A predicate that cannot be told
    (a year without a published line) holds for nothing; where no outcome holds, the matter
    is left to judgement. `object_types`: those that nothing known speaks against, None where
    the document maps none.
    """
    line = rules.line_for(year, areas)
    known = predicates(facts, line)
    types = tuple(one.object_type for one in rules.object_types if _may_hold(one.when, known))
    fitting = types if rules.object_types else None
    for outcome in rules.outcomes:
        if _holds(outcome.when, known):
            because = tuple(outcome.when)
            return Assessment(Answer(outcome.answer), outcome.cite, line, because, fitting)
    return Assessment(Answer.JUDGEMENT, rules.cite, line, (), fitting)


def _holds(when: When, known: Mapping[str, bool | None]) -> bool:
    return all(known.get(name) is wanted for name, wanted in when.items())


def _may_hold(when: When, known: Mapping[str, bool | None]) -> bool:
    return all(known.get(name) in (wanted, None) for name, wanted in when.items())


def income_period(rule: IncomePeriod, day: date) -> tuple[date, date]:
    """Return the first and the last day of the twelve months before a day, by the document's way.

    `full_months_before`: the twelve whole months before the day's month; otherwise the twelve
    months that end the day before.
    """
    end = day.replace(day=1) if rule is IncomePeriod.FULL_MONTHS_BEFORE else day
    try:
        first = end.replace(year=end.year - 1)
    except ValueError:  # the 29th of February
        first = date(end.year - 1, 3, 1)
    return first, date.fromordinal(end.toordinal() - 1)
