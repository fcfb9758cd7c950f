"""The answers to a checklist: what is wrong with them, which problems they tell, what is known.

An answer is kept as it was given. Whether a number is a problem is worked out from the rule of
the policy version under which it was asked.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from service.blockers import Blocker
from service.codes import CodeLabel, ItemCode
from service.workflows.checklist import Checklist, FillingRule, Item, LeadsTo, asked
from service.workflows.fields import Flag, Input, Name, Text

Value = StrictBool | Annotated[StrictInt, Field(ge=-1_000_000_000, le=1_000_000_000)] | Text
"""Yes or no, a whole number, or text; a number with a fraction is text too: `12.50`."""

Lists = Mapping[str, tuple[CodeLabel, ...]]

HUNDRED = 100
NUMBER = re.compile(r"-?[0-9]{1,10}(?:\.[0-9]{1,4})?")


class Answer(Input):
    """The answer to one item: whether there is a problem, or the value asked for.

    `text` describes it; `fixed_on_spot`: it was put right at once.
    """

    item: ItemCode
    has_problem: Flag | None = None
    value: Value | None = None
    text: Text | None = None
    fixed_on_spot: Flag = False

    @property
    def is_blank(self) -> bool:
        said = (self.has_problem, self.value, self.text)
        return said == (None, None, None) and not self.fixed_on_spot


class FilledChecklist(Input):
    """A form as it comes in, of one household or unit: who was there, and what was answered."""

    answers: Annotated[tuple[Answer, ...], Field(max_length=200)]
    visitors: Annotated[tuple[Name, ...], Field(max_length=10)] = ()
    signed: Flag = False


@dataclass(frozen=True, slots=True)
class Filler:
    """Who fills a form in: the person who is signed in, in the role of the position."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem that was found: with which item, what it leads to, and who answers for it."""

    item: str
    problem_type: str | None
    text: str | None
    number: Decimal | None
    value: str | None
    fixed_on_spot: bool
    leads_to: LeadsTo
    found_by: str
    cite: str


@dataclass(frozen=True, slots=True)
class Prefilled:
    """What need not be asked: the header, column -> value, and the answers that still stand."""

    header: dict[str, object]
    answers: tuple[Answer, ...]


def filling_defects(
    checklist: Checklist,
    filled: FilledChecklist,
    filler: Filler,
    household_type: str | None,
    lists: Lists,
) -> Iterator[Blocker]:
    """Yield everything that keeps a form from being taken in: who filled it, how, and what."""
    roles = checklist.fillers(household_type)
    if filler.role not in roles:
        yield Blocker("role_may_not_fill", roles, (filler.role,), cite=checklist.cite)
    if (rule := checklist.rule("signed")) and not filled.signed:
        yield Blocker("form_not_signed", cite=rule.cite)
    if (rule := checklist.rule("no_proxy")) and filler.name not in filled.visitors:
        yield Blocker("filled_for_another", have=(filler.name,), cite=rule.cite)
    if rule := checklist.rule("team"):
        yield from _team_defects(rule, filled)
    yield from defects(checklist, filled.answers, household_type, lists)


def _team_defects(rule: FillingRule, filled: FilledChecklist) -> Iterator[Blocker]:
    need, have = rule.number or 1, len(set(filled.visitors))
    if have < need:
        yield Blocker("team_too_small", (str(need),), (str(have),), cite=rule.cite)


def defects(
    checklist: Checklist, answers: Iterable[Answer], household_type: str | None, lists: Lists
) -> Iterator[Blocker]:
    """Yield what is wrong with the answers, in the order given; then what was left blank."""
    given = [answer for answer in answers if not answer.is_blank]
    for item, times in Counter(answer.item for answer in given).items():
        if times > 1:
            yield Blocker("answer_twice", have=(item,), cite=checklist.cite)
    items = asked(checklist, household_type)
    for answer in given:
        yield from _answer_defects(checklist, items, answer, lists)
    if rule := checklist.rule("no_blanks"):
        answered = {answer.item for answer in given}
        blank = (item.code for item in items if item.code not in answered)
        yield from (Blocker("answer_blank", (code,), cite=rule.cite) for code in blank)


def _answer_defects(
    checklist: Checklist, items: tuple[Item, ...], answer: Answer, lists: Lists
) -> Iterator[Blocker]:
    item = checklist.items.get(answer.item)
    if item is None:
        yield Blocker("item_not_known", have=(answer.item,), cite=checklist.cite)
        return
    if item not in items:
        cite = checklist.asked_of_cite if checklist.in_homes(item) else checklist.unit_cite
        yield Blocker("item_not_asked", have=(item.code,), cite=cite or checklist.cite)
        return
    cite = checklist.cite_of(item)
    if not _fits(item, answer, lists):
        said = "-" if answer.value is None else str(answer.value)
        yield Blocker("answer_unfit", (item.code, item.answer), (said,), cite=cite)
        return
    found = _is_problem(item, answer)
    if answer.fixed_on_spot and not found:
        yield Blocker("fixed_without_problem", have=(item.code,), cite=cite)
    if found and answer.text is None and (rule := checklist.rule("description")):
        yield Blocker("description_missing", (item.code,), cite=rule.cite)


def _fits(item: Item, answer: Answer, lists: Lists) -> bool:
    """Tell whether an answer says what its item asks for, and nothing else."""
    value, says = answer.value, answer.has_problem is not None
    match item.answer:
        case "problem":
            return says and (value is None or _is_listed(item, value, lists))
        case "number":
            return _number_fits(item, value, says=says)
        case "choice":
            return not says and _is_listed(item, value, lists)
        case "text":
            return not says and isinstance(value, str)
        case "yes_no" | "demand":
            return not says and isinstance(value, bool)


def _is_listed(item: Item, value: object, lists: Lists) -> bool:
    return value in {entry.code for entry in lists.get(item.list or "", ())}


def _number_fits(item: Item, value: object, *, says: bool) -> bool:
    """Tell whether a number can be one, and the filler judges it only where no rule does."""
    number, rule = as_number(value), item.number
    if number is None or rule is None or says == rule.decides:
        return False
    return rule.unit != "percent" or 0 <= number <= HUNDRED


def as_number(value: object) -> Decimal | None:
    """Return a value as a number, or None where it is none; yes and no are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return Decimal(str(value)) if NUMBER.fullmatch(str(value)) else None


def _is_problem(item: Item, answer: Answer) -> bool:
    if item.answer == "number" and item.number and item.number.decides:
        number = as_number(answer.value)
        return number is not None and item.number.is_problem(number)
    return item.finds_problems and answer.has_problem is True


def findings(
    checklist: Checklist, answers: Iterable[Answer], household_type: str | None, found_by: str
) -> list[Finding]:
    """Return the problems that the answers tell of what was asked, in the order of the form.

    Of two answers to one item the first counts; `defects` refuses the second.
    """
    first: dict[str, Answer] = {}
    for answer in answers:
        first.setdefault(answer.item, answer)
    return [
        _finding(checklist, item, first[item.code], found_by)
        for item in asked(checklist, household_type)
        if item.code in first and _is_problem(item, first[item.code])
    ]


def _finding(checklist: Checklist, item: Item, answer: Answer, found_by: str) -> Finding:
    value = answer.value if item.answer == "problem" else None
    return Finding(
        item=item.code,
        problem_type=checklist.problem_type(item),
        text=answer.text,
        number=as_number(answer.value) if item.answer == "number" else None,
        value=None if value is None else str(value),
        fixed_on_spot=answer.fixed_on_spot,
        leads_to=checklist.leads_to(item),
        found_by=found_by,
        cite=checklist.cite_of(item),
    )


def needs_form(checklist: Checklist, found: Iterable[Finding]) -> bool:
    """Tell whether a form is owed; of a visit without a problem the record may be enough."""
    return checklist.rule("no_form_when_clean") is None or any(found)


def prefilled(
    checklist: Checklist, last: Iterable[Answer], facts: Mapping[str, object], lists: Lists
) -> Prefilled:
    """Return what need not be asked again: the header from the register, data as last answered.

    `facts`: column -> what the register says. Whether there is a problem, or a wish, is looked
    at anew each time; a tick that was filled in for somebody would be nobody's.
    """
    columns: list[str] = [column.code for column in checklist.header]
    standing = [
        answer
        for answer in last
        if (item := checklist.items.get(answer.item))
        and item.answer in {"choice", "text", "yes_no"}
        and _fits(item, answer, lists)
    ]
    header = {code: facts[code] for code in columns if facts.get(code) is not None}
    return Prefilled(header, tuple(standing))
