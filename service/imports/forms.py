"""Forms of households that were filled in as sheets: each is handed in by who made the visit.

Nobody fills in for another, or for many at once (ZG-X01): who brings a form in has signed it. A
form that was returned is corrected by its sheet; any other that is there already stays.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from sqlmodel import select

from service import cases, openings
from service.blockers import Blocker
from service.codes import Label
from service.imports.entries import Outcome
from service.imports.form_rows import (
    CAMPAIGN,
    CHECKLIST,
    COLUMNS,
    HEAD_NAME,
    HOUSEHOLD,
    ITEM,
    OTHERS,
    SIGNER,
    VALUE,
    VILLAGE,
    VISITED_ON,
    FormEntry,
    ListedAnswer,
    ListedForm,
    read,
)
from service.imports.layout import Means
from service.imports.trying import Flaw, Taken, Trying, refusals_told
from service.imports.understood import without_numbers
from service.imports.whose import Whose, campaign_at
from service.openings import Place
from service.registry import procedure_of
from service.store import register
from service.store.areas import Area, area_within
from service.store.campaigns import Campaign, seen_by
from service.store.cases import Case
from service.store.households import Household
from service.store.inspection_forms import InspectionForm, slot_of
from service.workbooks.reading import Row
from service.workbooks.tables import Table
from service.workflows.answers import Answer
from service.workflows.checklist import Checklist, Item
from service.workflows.inspection.events import RETURNED, CorrectForm, FillForm, FormDossier
from service.workflows.inspection.rules import InspectionFormRules
from service.workflows.kinds import Kind
from service.workflows.machine import Procedure
from service.workflows.paper_forms import code_called
from service.workflows.policy import Policy
from service.workflows.visits import Visitor

BETWEEN = re.compile("[、,，;；]+")
WITH_ROLE = re.compile(r"(?P<name>[^（(]+)[（(](?P<role>[^）)]+)[）)]")
YES, NO = "是", "否"


class FormLayout:
    label = Label(zh="入户排查表", en="inspection forms of households")
    columns = COLUMNS
    entry = FormEntry
    has_sheets = True

    def read(self, table: Table, _rows: Iterator[Row]) -> Iterator[FormEntry]:
        return read(table)

    def intake(self, means: Means) -> Trying:
        return Trying(means, self.columns, FormTaking(means).take_in)


FORMS = FormLayout()


class FormTaking:
    """Takes in what a sheet says."""

    def __init__(self, means: Means) -> None:
        self._means, self._session = means, means.session
        self._whose = Whose(means)

    def take_in(self, said: ListedForm) -> Taken:
        household = self._household(said)
        campaign = self._campaign(said, household)
        with refusals_told():
            area_within(self._session, household.area_code, campaign.area_code)
            procedure = procedure_of(
                self._session,
                self._means.registry,
                Kind.INSPECTION_FORM,
                household.area_code,
                campaign,
            )
        checklist = checklist_of(procedure, said.checklist)
        if checklist is None:
            raise _of_field(said, CHECKLIST, Blocker("checklist_unknown"))
        answers = tuple(_answers(said, checklist, procedure.policy))
        there = self._there(campaign, checklist, household)
        if said.is_blank or (there and self._is_same(said, answers, there)):
            return Outcome.UNCHANGED, ()
        visitors = self._visitors(said, procedure.policy)
        if there:
            self._correct(answers, there)
            return Outcome.UPDATED, ()
        form = _form(said, checklist, answers, visitors)
        self._hand_in(form, household, campaign)
        return Outcome.CREATED, ()

    def _household(self, said: ListedForm) -> Household:
        area_code = self._means.actor.area_code
        if said.household_id:
            found = register.households(self._session, [said.household_id], area_code, lock=False)
            if not found:
                raise _of_field(said, HOUSEHOLD, Blocker("household_unknown"))
            return self._session.get_one(Household, said.household_id)
        if not (said.village and said.head_name):
            empty = HEAD_NAME if said.village else VILLAGE
            raise _of_field(said, empty, Blocker("value_missing"))
        village = self._whose.area(VILLAGE, said.village)
        return self._whose.headed(village.code, said.head_name)

    def _campaign(self, said: ListedForm, household: Household) -> Case:
        if said.campaign_id is None:
            found = campaign_at(self._session, self._session.get_one(Area, household.area_code))
        else:
            found = self._session.exec(
                select(Case)
                .join(Campaign)
                .where(Case.id == said.campaign_id, seen_by(self._means.actor))
            ).first()
        if found is None:
            raise _of_field(said, CAMPAIGN, Blocker("campaign_unknown"))
        return found

    def _there(
        self, campaign: Case, checklist: Checklist, household: Household
    ) -> InspectionForm | None:
        slot = slot_of(campaign.id, checklist.code, household.id)
        found = select(InspectionForm).where(InspectionForm.slot == slot)
        return self._session.exec(found).first()

    def _is_same(
        self, said: ListedForm, answers: tuple[Answer, ...], there: InspectionForm
    ) -> bool:
        case = self._session.get_one(Case, there.case_id)
        dossier = FormDossier.model_validate({"entries": case.dossier})
        return said.visited_on in {None, there.visited_on} and _by_item(answers) == _by_item(
            dossier.answers
        )

    def _visitors(self, said: ListedForm, policy: Policy) -> tuple[Visitor, ...]:
        """Return who was there: who signed, and brings the form in, before all others."""
        actor = self._means.actor
        for field in (SIGNER, VISITED_ON):
            if getattr(said, field) is None:
                raise _of_field(said, field, Blocker("value_missing"))
        if said.signer != actor.person_name:
            have = (said.signer or "-",)
            raise _of_field(said, SIGNER, Blocker("signed_by_another", (), have))
        others = _others(said, {role.label.zh: code for code, role in policy.roles.items()})
        return (Visitor(name=actor.person_name, role=actor.role), *others)

    def _hand_in(self, form: FillForm, household: Household, campaign: Case) -> None:
        means = self._means
        area = self._session.get_one(Area, household.area_code)
        with refusals_told():
            openings.open_of_kind(
                self._session,
                Kind.INSPECTION_FORM,
                Place(area.code, area.name, household, campaign.id),
                form,
                actor=means.actor,
                registry=means.registry,
                campaign=campaign,
            )

    def _correct(self, answers: tuple[Answer, ...], there: InspectionForm) -> None:
        """Correct a form that was returned; one that was not, or another's, stays."""
        case, means = self._session.get_one(Case, there.case_id), self._means
        if case.state != RETURNED or there.filled_by != means.actor.person_id:
            raise Flaw(None, Blocker("form_there_already"))
        body = CorrectForm(event="correct_form", answers=answers, signed=True)
        with refusals_told():
            cases.act(
                self._session,
                case.id,
                body,
                seen_version=case.version,
                actor=means.actor,
                registry=means.registry,
            )


def checklist_of(procedure: Procedure, code: str | None) -> Checklist | None:
    """Return a document's checklist for households: the one named, or by which they count."""
    rules = procedure.rules
    assert isinstance(rules, InspectionFormRules)
    return rules.checklist(code) if code else rules.covering(of_household=True)


def _of_field(said: ListedForm, field: str, blocker: Blocker) -> Flaw:
    return Flaw(field, blocker, said.rows.get(field))


def _form(
    said: ListedForm,
    checklist: Checklist,
    answers: tuple[Answer, ...],
    visitors: tuple[Visitor, ...],
) -> FillForm:
    try:
        return FillForm(
            checklist=checklist.code,
            visited_on=said.visited_on,
            visitors=visitors,
            answers=answers,
            signed=True,
        )
    except ValidationError as problem:
        raise _of_field(said, OTHERS, Blocker("value_unfit", ("≤ 10",), ("-",))) from problem


def _others(said: ListedForm, roles: Mapping[str, str]) -> Iterator[Visitor]:
    for text in BETWEEN.split(said.others or ""):
        if text.strip():
            found = WITH_ROLE.fullmatch(text.strip())
            name, role = (found["name"], found["role"].strip()) if found else ("", "")
            try:
                yield Visitor(name=name, role=roles.get(role, ""))
            except ValidationError as problem:
                unknown = Blocker("role_unknown", tuple(roles), (text.strip(),))
                raise _of_field(said, OTHERS, unknown) from problem


def _answers(said: ListedForm, checklist: Checklist, policy: Policy) -> Iterator[Answer]:
    """Yield what was answered; of an item that nothing is said of, nothing."""
    for one in said.listed:
        item = checklist.items.get(one.item)
        if item is None:
            raise Flaw(ITEM, Blocker("item_not_known", (), (one.item,)), one.row)
        answer = _answer(one, item, policy)
        if not answer.is_blank:
            yield answer


def _answer(said: ListedAnswer, item: Item, policy: Policy) -> Answer:
    try:
        return Answer(
            item=said.item,
            has_problem=said.has_problem,
            value=_value(said, item, policy),
            text=said.text,
            fixed_on_spot=bool(said.fixed_on_spot),
        )
    except ValidationError as problem:
        unfit = Blocker("answer_unfit", (item.code, item.answer), (said.value or "-",))
        raise Flaw(VALUE, unfit, said.row) from problem


def _value(said: ListedAnswer, item: Item, policy: Policy) -> Any:  # noqa: ANN401 - as `Answer`'s
    """Return what was filled in: a word of a list as its code, yes and no as such."""
    if said.value is None:
        return None
    if item.answer in {"yes_no", "demand"} and said.value in {YES, NO}:
        return said.value == YES
    if item.list:
        return code_called(said.value, item.list, policy.lists, policy.aliases) or said.value
    return without_numbers(said.value) if item.answer == "text" else said.value


def _by_item(answers: tuple[Answer, ...]) -> dict[str, tuple[Any, ...]]:
    """Return answers as they are compared: in no order, a number as its digits."""
    return {
        one.item: (
            one.has_problem,
            without_numbers(str(one.value)),
            without_numbers(one.text or ""),
            one.fixed_on_spot,
        )
        for one in answers
        if not one.is_blank
    }
