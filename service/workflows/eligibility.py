"""Who must, may and must not be monitored, computed from recorded facts.

The answer always comes with its reason and its provision. Nothing here knows a quota, a
ratio or a ceiling: the documents forbid them.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.codes import Cite, Code, CodeLabel
from service.workflows.fields import Flag, Input, YuanAmount


class Answer(StrEnum):
    """What a document says of a household: it binds, or leaves the matter to judgement."""

    MUST_INCLUDE = "must_include"
    NOT_INCLUDED = "not_included"
    EXCLUDED = "excluded"
    JUDGEMENT = "judgement"


class Decision(StrEnum):
    INCLUDE = "include"
    REFUSE = "refuse"


class IncomeLine(BaseModel):
    """The monitoring range of one year: net income per head, in yuan."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    year: int
    per_capita_net_yuan: Annotated[Decimal, Field(gt=0)]
    cite: Cite


class EligibilityRules(BaseModel):
    """A document's rules of inclusion: the yearly line, and what excludes a household outright.

    A quota cannot be written: the only thing a document can say of scale is that none applies.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    cite: Cite
    no_scale_limit: Literal[True] | None = None
    no_scale_limit_cite: Cite | None = None
    base_multiple: Annotated[Decimal, Field(gt=0)] | None = None
    income_lines: tuple[IncomeLine, ...]
    exclusions: tuple[CodeLabel, ...]
    excluded_holders: tuple[CodeLabel, ...]

    def line_for(self, year: int) -> IncomeLine | None:
        """Return the line published for a year; a year without one has none, never last year's."""
        return next((line for line in self.income_lines if line.year == year), None)


class ExclusionFound(Input):
    """Something that excludes the household, and in whose home it was found."""

    exclusion: Code
    holder: Code


class HouseholdFacts(Input):
    """What the verification found. Income: net, per head, yuan, of the twelve months before."""

    per_capita_net_income: YuanAmount
    at_risk: Flag
    income_stable: Flag
    guarantees_met: Flag
    children_well_off: Flag
    exclusions: tuple[ExclusionFound, ...] = Field(default=(), max_length=20)


@dataclass(frozen=True, slots=True)
class Assessment:
    """The document's answer, the provision it rests on, and the line it was measured against."""

    answer: Answer
    cite: str
    line: IncomeLine | None

    def agrees_with(self, decision: Decision) -> bool:
        """Tell whether a decision can stand without an officer's own reasons."""
        match self.answer:
            case Answer.MUST_INCLUDE:
                return decision is Decision.INCLUDE
            case Answer.NOT_INCLUDED | Answer.EXCLUDED:
                return decision is Decision.REFUSE
            case Answer.JUDGEMENT:
                return True


def assess(facts: HouseholdFacts, rules: EligibilityRules, year: int) -> Assessment:
    """Return what the document says of a household with these facts in a given year.

    A found exclusion comes first, whatever the income. Where the year has no published
    line, income decides nothing and the matter is left to judgement.
    """
    line = rules.line_for(year)
    below = line is not None and facts.per_capita_net_income < line.per_capita_net_yuan
    if facts.exclusions:
        answer = Answer.EXCLUDED
    elif below and facts.at_risk:
        answer = Answer.MUST_INCLUDE
    elif below and facts.income_stable and facts.guarantees_met and facts.children_well_off:
        answer = Answer.NOT_INCLUDED
    else:
        answer = Answer.JUDGEMENT
    return Assessment(answer, rules.cite, line)
