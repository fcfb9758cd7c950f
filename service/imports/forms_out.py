"""Forms of households as a workbook: a sheet for each, to be filled in, or as it was filled in.

The layout is the document's (TG-S02 附件2), with the items that a household of its type is asked
(TG-F203, TG-F204) and what the register knows, numbers masked (TG-A06). Below stand the signature
and by which numbers an import knows the form again.
"""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlmodel import Session, col, select

from service.errors import NotFound
from service.imports.form_rows import (
    COLUMNS,
    FIELDS,
    KNOWN_BY,
    NOT_TICKED,
    SIGNED,
    TICKED,
    VALUE,
)
from service.imports.forms import NO, YES, checklist_of
from service.imports.understood import without_numbers
from service.imports.work import Order, Workshop
from service.registry import Registry, procedure_of
from service.store import register
from service.store.areas import Area, area_within, lineage, within
from service.store.campaigns import Campaign, Roster, seen_by
from service.store.cases import Case
from service.store.households import Household
from service.store.inspection_forms import InspectionForm, last_answers
from service.store.people import Actor, Person
from service.store.policies import take_in
from service.workbooks.reading import MAX_SHEETS
from service.workbooks.writing import Heading, Sheet, Written, sheet_name, write_sheets
from service.workflows.answers import Answer, prefilled
from service.workflows.campaign.roster import Standing
from service.workflows.checklist import Checklist, Item, asked
from service.workflows.inspection.events import FormDossier
from service.workflows.kinds import Kind
from service.workflows.policy import Policy

IN_A_ROW = 3
"""Fields of the header beside each other."""


class Asked(BaseModel):
    """Which forms are asked for; of many households the first 50 are part 1."""

    campaign: UUID
    area: str
    household: UUID | None = None
    checklist: str | None = None
    part: int = 1


class Filled(BaseModel):
    """What was filled in: by whom, when, with whom, what."""

    signer: str | None = None
    visited_on: Any = None
    others: str | None = None
    answers: tuple[Answer, ...] = ()


def form_asked(
    session: Session, registry: Registry, asked_for: Asked, actor: Actor
) -> tuple[Case, Policy, Checklist]:
    """Return the campaign, its document and the form that is asked for.

    Raises `NotFound` and `NotInDocument`.
    """
    campaign = session.exec(
        select(Case).join(Campaign).where(Case.id == asked_for.campaign, seen_by(actor))
    ).first()
    if campaign is None:
        raise NotFound
    area_within(session, asked_for.area, actor.area_code)
    procedure = procedure_of(session, registry, Kind.INSPECTION_FORM, asked_for.area, campaign)
    checklist = checklist_of(procedure, asked_for.checklist)
    if checklist is None or not asked(checklist, ""):
        raise NotFound
    return campaign, procedure.policy, checklist


def workbook(shop: Workshop, order: Order, about: str) -> bytes:
    """Return the forms; `about` is what is `Asked`, as JSON."""
    asked_for = Asked.model_validate_json(about)

    def work(session: Session) -> bytes:
        take_in(session, shop.registry.rulebook)
        campaign, policy, checklist = form_asked(session, shop.registry, asked_for, order.actor)
        homes = session.exec(_households(session, campaign, asked_for, order.actor)).all()
        known = _filled(session, campaign, checklist, [home.id for home in homes], policy)
        sheets = [
            _Form(shop, session, campaign, policy, checklist, home).sheet(number, known)
            for number, home in enumerate(homes, start=1)
        ]
        content = BytesIO()
        write_sheets(content, sheets or [Sheet(_headings(checklist, ()), ())])
        return content.getvalue()

    return shop.database.transact_now(work, keep=False)


def _households(session: Session, campaign: Case, asked_for: Asked, actor: Actor) -> Any:  # noqa: ANN401
    """Return the query for the households of an area that the campaign asks."""
    query = select(Household).where(
        within(Household.area_code, actor.area_code),
        within(Household.area_code, asked_for.area),
        within(Household.area_code, campaign.area_code),
    )
    if asked_for.household:
        query = query.where(Household.id == asked_for.household)
    if session.get_one(Campaign, campaign.id).listed is not None:
        on_list = select(Roster.household_id).where(
            Roster.campaign_id == campaign.id, Roster.standing != Standing.NOT_APPLICABLE
        )
        query = query.where(col(Household.id).in_(on_list))
    ordered = query.order_by(col(Household.area_code), col(Household.id))
    return ordered.offset((asked_for.part - 1) * MAX_SHEETS).limit(MAX_SHEETS)


def _filled(
    session: Session, campaign: Case, checklist: Checklist, ids: Sequence[UUID], policy: Policy
) -> dict[UUID, Filled]:
    """Return what stands filled in, by household."""
    query = (
        select(InspectionForm, Case, Person)
        .join(Case, col(Case.id) == col(InspectionForm.case_id))
        .join(Person, col(Person.id) == col(InspectionForm.filled_by))
        .where(
            InspectionForm.campaign_id == campaign.id,
            InspectionForm.checklist == checklist.code,
            col(InspectionForm.household_id).in_(ids),
            col(InspectionForm.slot).is_not(None),
        )
    )
    found = {}
    for form, case, person in session.exec(query):
        dossier = FormDossier.model_validate({"entries": case.dossier})
        roles = {code: role.label.zh for code, role in policy.roles.items()}
        others = [
            f"{one.name}（{roles.get(one.role, one.role)}）"
            for one in dossier.filled.visitors
            if one.name != person.name
        ]
        assert form.household_id is not None  # those of units are not asked for
        found[form.household_id] = Filled(
            signer=person.name,
            visited_on=form.visited_on,
            others="、".join(others) or None,
            answers=dossier.answers,
        )
    return found


class _Form:
    """The form of one household, as it is put on a sheet."""

    def __init__(
        self,
        shop: Workshop,
        session: Session,
        campaign: Case,
        policy: Policy,
        checklist: Checklist,
        household: Household,
    ) -> None:
        self._shop, self._session, self._campaign = shop, session, campaign
        self._policy, self._checklist, self._household = policy, checklist, household
        self._items = asked(checklist, household.household_type)

    def sheet(self, number: int, known: Mapping[UUID, Filled]) -> Sheet:
        facts, home = self._facts(), self._household
        filled = known.get(home.id) or self._prefilled(facts)
        return Sheet(
            headings=_headings(self._checklist, self._items),
            rows=[*self._answers(filled), *_side_by_side(self._below(filled))],
            title=self._checklist.zh,
            above=list(_side_by_side(self._above(facts))),
            name=sheet_name(number, home.head_name),
        )

    def _facts(self) -> dict[str, Any]:
        places: list[Area] = lineage(self._session, self._household.area_code)
        above = {place.level.value: place.name for place in places}
        return {
            **register.facts_of(self._session, self._shop.vault, self._household),
            "township": above.get("township"),
            "village": above.get("village"),
        }

    def _prefilled(self, facts: Mapping[str, Any]) -> Filled:
        last = last_answers(self._session, self._household.id, self._checklist.code)
        return Filled(answers=prefilled(self._checklist, last, facts, self._policy.lists).answers)

    def _above(self, facts: Mapping[str, Any]) -> Iterator[tuple[str, Written]]:
        for column in self._checklist.header:
            value = facts.get(column.code)
            yield column.zh, self._word(column.list, value) if column.list else value

    def _below(self, filled: Filled) -> Iterator[tuple[str, Written]]:
        values: dict[str, Written] = {
            "household_id": str(self._household.id),
            "campaign_id": str(self._campaign.id),
            "checklist": self._checklist.code,
        }
        for field in (*SIGNED, *KNOWN_BY):
            yield FIELDS[field], values.get(field) or getattr(filled, field, None)

    def _answers(self, filled: Filled) -> Iterator[list[Written]]:
        said = {answer.item: answer for answer in filled.answers}
        groups = {item.code: group for group in self._checklist.groups for item in group.items}
        has_values = takes_values(self._items)
        for item in self._items:
            answer = said.get(item.code) or Answer(item=item.code)
            values = [self._value(item, answer)] if has_values else []
            yield [
                *(item.code, groups[item.code].zh, item.zh, _tick(answer.has_problem)),
                *values,
                without_numbers(answer.text) if answer.text else None,
                TICKED if answer.fixed_on_spot else None,
            ]

    def _value(self, item: Item, answer: Answer) -> Written:
        if isinstance(answer.value, bool):
            return YES if answer.value else NO
        if item.answer == "text":
            return without_numbers(str(answer.value)) if answer.value else None
        return self._word(item.list, answer.value) if item.list else _text(answer.value)

    def _word(self, name: str | None, code: object) -> str | None:
        entries = self._policy.lists.get(name or "", ())
        return next((entry.zh for entry in entries if entry.code == code), _text(code))


def takes_values(items: Sequence[Item]) -> bool:
    """Tell whether some item asks for more than whether there is a problem."""
    return any(item.answer != "problem" or item.list for item in items)


def _headings(checklist: Checklist, items: Sequence[Item]) -> list[Heading]:
    shown = takes_values(items or asked(checklist, ""))
    columns = [one for one in COLUMNS if one.code != VALUE or shown]
    return [Heading(one.names[0], one.width) for one in columns]


def _side_by_side(fields: Iterator[tuple[str, Written]]) -> Iterator[list[Written]]:
    """Yield rows with some fields each: a name, and right of it its value."""
    every = list(fields)
    for first in range(0, len(every), IN_A_ROW):
        yield [cell for field in every[first : first + IN_A_ROW] for cell in field]


def _tick(is_ticked: bool | None) -> str | None:
    return None if is_ticked is None else TICKED if is_ticked else NOT_TICKED


def _text(value: object) -> str | None:
    return None if value is None else str(value)
