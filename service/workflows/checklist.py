"""A document's checklist as data: what is asked, of whom, by whom, and what an answer leads to.

It belongs to the version of the policy in which it stands. Whatever the polarity of a question in
the document, what is stored is whether there is a problem (TG-F201). What is answered, and what
follows from it, is in `answers`.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.codes import Cite, Code, ItemCode
from service.workflows.paper_forms import Column

FilledFor = Literal["household", "village", "township", "county", "department"]
AnswerKind = Literal["problem", "number", "choice", "text", "yes_no", "demand"]
LeadsTo = Literal["remediation", "clue", "department"]
NumberUnit = Literal["percent", "yuan", "persons"]

FillingCode = Literal[
    "signed",
    "no_proxy",
    "no_blanks",
    "description",
    "no_form_when_clean",
    "fixed_on_spot",
    "team",
    "never_asked_twice",
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NumberRule(_Part):
    """A number that is asked for: its unit, and above or below what it is a problem.

    `named` is a number that the document names without saying where the problem begins: then
    whoever fills the form says whether there is one.
    """

    unit: NumberUnit
    above: Decimal | None = None
    below: Decimal | None = None
    named: Decimal | None = None

    @property
    def decides(self) -> bool:
        """Whether the number itself says if there is a problem."""
        return self.above is not None or self.below is not None

    def is_problem(self, number: Decimal) -> bool:
        too_high = self.above is not None and number > self.above
        return too_high or (self.below is not None and number < self.below)


class Item(_Part):
    """One question, in a short wording of our own.

    `of_unit`: it is asked of a department, town or village, not in a home. `asked_of`: the
    household types that are asked it, none for every type; `interpretation` marks that the
    document does not say so item by item. `problem_type` and `leads_to` go before the group's.
    `list` is what a choice is made from; of a problem, what its `value` may name.
    """

    code: ItemCode
    zh: str
    en: str
    answer: AnswerKind = "problem"
    of_unit: bool = False
    asked_of: tuple[Code, ...] = ()
    interpretation: bool = False
    number: NumberRule | None = None
    list: Code | None = None
    problem_type: Code | None = None
    leads_to: LeadsTo | None = None
    cite: Cite | None = None

    @property
    def finds_problems(self) -> bool:
        """Whether an answer can say that there is a problem; of the others it never does."""
        return self.answer in {"problem", "number"}


class Group(_Part):
    """The items of one type, in their order; what a problem found with one of them leads to.

    `remediation` opens an item of the `problem_type`, `department` one that is handed to a sector
    department, `clue` a clue for the monitoring procedure.
    """

    code: Code
    zh: str
    en: str
    problem_type: Code | None = None
    leads_to: LeadsTo = "remediation"
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
    cite: Cite | None = None


class FillingRule(_Part):
    """One rule of filling in; `number` is how many make a team."""

    code: FillingCode
    number: Annotated[int, Field(ge=1, le=100)] | None = None
    cite: Cite


class Checklist(_Part):
    """One form of a document: what it is filled for, who fills it, its groups of items.

    `by` fills what is asked in homes (or of the unit it is filled for), `unit_by` what a
    household form asks of a unit. `asked_of_cite` and `unit_cite` are the provisions that say
    whom the items are asked of. `header` is what stands above them, `rules` how it is filled in.
    """

    code: Code
    zh: str
    en: str
    annex: str | None = None
    filled_for: FilledFor
    by: tuple[Code, ...]
    unit_by: tuple[Code, ...] = ()
    asked_of_cite: Cite | None = None
    unit_cite: Cite | None = None
    header: tuple[Column, ...] = ()
    rules: tuple[FillingRule, ...] = ()
    groups: Annotated[tuple[Group, ...], Field(min_length=1)]
    cite: Cite

    @cached_property
    def items(self) -> dict[str, Item]:
        """Every item by its code, in the order of the form."""
        return {item.code: item for group in self.groups for item in group.items}

    @cached_property
    def _groups(self) -> dict[str, Group]:
        return {item.code: group for group in self.groups for item in group.items}

    def rule(self, code: FillingCode) -> FillingRule | None:
        return next((rule for rule in self.rules if rule.code == code), None)

    def in_homes(self, item: Item) -> bool:
        return self.filled_for == "household" and not item.of_unit

    def fillers(self, household_type: str | None) -> tuple[str, ...]:
        """Return the roles that fill what is asked of a household type, or of a unit (None)."""
        of_unit = household_type is None and self.filled_for == "household"
        return self.unit_by if of_unit else self.by

    def leads_to(self, item: Item) -> LeadsTo:
        return item.leads_to or self._groups[item.code].leads_to

    def problem_type(self, item: Item) -> str | None:
        """Return under which type a problem is put right; None where it is a clue."""
        if self.leads_to(item) == "clue":
            return None
        return item.problem_type or self._groups[item.code].problem_type

    def cite_of(self, item: Item) -> str:
        """Return the provision that is nearest to an item."""
        return item.cite or self._groups[item.code].cite or self.cite


def asked(checklist: Checklist, household_type: str | None) -> tuple[Item, ...]:
    """Return what is asked in the home of a household of a type; None: what is asked of a unit."""
    return tuple(_asked(checklist, household_type))


def _asked(checklist: Checklist, household_type: str | None) -> Iterator[Item]:
    for item in checklist.items.values():
        if checklist.in_homes(item) != (household_type is not None):
            continue
        if household_type is None or not item.asked_of or household_type in item.asked_of:
            yield item
