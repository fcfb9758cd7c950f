"""The form to fill in: what is asked of this household or unit, and what is known already.

Front ends that work without a network fetch these beforehand.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from sqlmodel import Session

from service.api.cases import READ
from service.api.desk import AtDesk, Desk
from service.api.door import StrictRoute
from service.api.inspection_forms import AnswerOut, household_seen
from service.api.problems import refusals
from service.api.rosters import campaign_seen
from service.api.views import View, coded
from service.codes import CodeLabel, Label
from service.errors import Malformed, NoDocumentInForce, NotFound, NotInDocument
from service.registry import procedure_of
from service.store.areas import area_within, lineage
from service.store.cases import Case
from service.store.households import Household
from service.store.inspection_forms import last_answers
from service.store.people import Actor
from service.store.register import facts_of
from service.workflows.acts import FormField
from service.workflows.answers import Answer, Prefilled, prefilled
from service.workflows.campaign.events import AreaCode
from service.workflows.checklist import Checklist, Item, asked
from service.workflows.inspection.rules import InspectionFormRules
from service.workflows.kinds import Kind
from service.workflows.machine import Procedure
from service.workflows.words import WORDS

router = APIRouter(tags=["inspection forms"], route_class=StrictRoute)


class HeaderOut(View):
    """A field above the items, as far as the register fills it in; numbers are masked."""

    code: str
    label: Label
    value: str | None
    value_label: Label | None = None


class ItemOut(View):
    """One question: how it is answered, and what was answered last, if it need not be asked."""

    code: str
    label: Label
    answer: str
    unit: str | None = None
    above: Decimal | None = None
    below: Decimal | None = None
    named: Decimal | None = None
    options: list[CodeLabel]
    interpretation: bool = Field(
        description="That it is asked of this household is a reading of the document."
    )
    cite: str
    last: AnswerOut | None = None


class GroupOut(View):
    code: str
    label: Label
    items: list[ItemOut]


class FillingRuleOut(View):
    code: str
    label: Label
    number: int | None
    cite: str


class BlankForm(View):
    """A form to fill in: its header, the rules of filling in, only the items asked here."""

    campaign_id: UUID
    policy: str
    checklist: str
    label: Label
    annex: str | None
    area_code: str
    household_id: UUID | None
    filled_by: list[CodeLabel] = Field(description="The roles that may fill it in.")
    rules: list[FillingRuleOut]
    header: list[HeaderOut]
    form_fields: list[FormField]
    groups: list[GroupOut]


@router.get(
    "/campaigns/{campaign_id}/blank-form",
    operation_id="getBlankForm",
    responses=refusals(Malformed, *READ, NoDocumentInForce, NotInDocument),
)
async def get_blank_form(
    campaign_id: UUID,
    desk: AtDesk,
    household: UUID | None = None,
    area: AreaCode | None = None,
    checklist: Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,48}$")] = None,
) -> BlankForm:
    """Read the form to fill in for a household; without one, for the unit of an area.

    `area`: the campaign's own, or mine within it. `checklist`: the one that coverage is told by.
    """

    def work(session: Session, actor: Actor) -> BlankForm:
        campaign, _ = campaign_seen(session, campaign_id, actor)
        home = household_seen(session, household, actor) if household else None
        code = home.area_code if home else area or _usual(session, campaign, actor)
        area_within(session, area_within(session, code, actor.area_code).code, campaign.area_code)
        registry = desk.office.registry
        procedure = procedure_of(session, registry, Kind.INSPECTION_FORM, code, campaign)
        asks = _asking(procedure, checklist, of_household=home is not None)
        return _Blank(session, desk, procedure, asks, code, home).shown(campaign_id)

    return await desk.read(work)


def _usual(session: Session, campaign: Case, actor: Actor) -> str:
    """Return the area whose unit is meant where none is named."""
    above = {area.code for area in lineage(session, campaign.area_code)}
    return campaign.area_code if actor.area_code in above else actor.area_code


def _asking(procedure: Procedure, code: str | None, *, of_household: bool) -> Checklist:
    """Return a checklist that asks something there. Raises `NotFound` for one that does not."""
    rules = procedure.rules
    assert isinstance(rules, InspectionFormRules)
    found = rules.checklist(code) if code else rules.covering(of_household=of_household)
    if found is None or not asked(found, "" if of_household else None):
        raise NotFound
    return found


class _Blank:
    """A form as it is put together for one household or unit."""

    def __init__(
        self,
        session: Session,
        desk: Desk,
        procedure: Procedure,
        checklist: Checklist,
        area_code: str,
        household: Household | None,
    ) -> None:
        self.session, self.procedure, self.checklist = session, procedure, checklist
        self.area_code, self.household = area_code, household
        self.lists = procedure.policy.lists
        self.vault = desk.office.vault

    def shown(self, campaign_id: UUID) -> BlankForm:
        checklist, rules, roles = self.checklist, self.procedure.rules, self.procedure.policy.roles
        of = self.household.household_type if self.household else None
        known = prefilled(checklist, self._last(), self._facts(), self.lists)
        fields = rules.opening.form_fields if rules.opening else ()
        return BlankForm(
            campaign_id=campaign_id,
            policy=self.procedure.policy.ref,
            checklist=checklist.code,
            label=Label(zh=checklist.zh, en=checklist.en),
            annex=checklist.annex,
            area_code=self.area_code,
            household_id=self.household.id if self.household else None,
            filled_by=[coded(role, roles[role].label) for role in checklist.fillers(of)],
            rules=[
                FillingRuleOut(
                    code=rule.code,
                    label=WORDS["filling_rules"][rule.code],
                    number=rule.number,
                    cite=rule.cite,
                )
                for rule in checklist.rules
            ],
            header=list(self._header(known.header)),
            form_fields=list(fields),
            groups=list(self._groups(asked(checklist, of), known)),
        )

    def _header(self, values: Mapping[str, Any]) -> Iterator[HeaderOut]:
        for column in self.checklist.header:
            value = values.get(column.code)
            named = (
                entry for entry in self.lists.get(column.list or "", ()) if entry.code == value
            )
            yield HeaderOut(
                code=column.code,
                label=Label(zh=column.zh, en=column.en),
                value=value,
                value_label=next((Label(zh=entry.zh, en=entry.en) for entry in named), None),
            )

    def _groups(self, items: tuple[Item, ...], known: Prefilled) -> Iterator[GroupOut]:
        last = {answer.item: answer for answer in known.answers}
        for group in self.checklist.groups:
            mine = [self._item(item, last.get(item.code)) for item in group.items if item in items]
            if mine:
                yield GroupOut(code=group.code, label=Label(zh=group.zh, en=group.en), items=mine)

    def _item(self, item: Item, last: Answer | None) -> ItemOut:
        number = item.number.model_dump() if item.number else {}
        return ItemOut(
            code=item.code,
            label=Label(zh=item.zh, en=item.en),
            answer=item.answer,
            options=list(self.lists.get(item.list or "", ())),
            interpretation=item.interpretation,
            cite=self.checklist.cite_of(item),
            last=AnswerOut(**last.model_dump()) if last else None,
            **number,
        )

    def _last(self) -> tuple[Answer, ...]:
        """Return what was answered last time to this checklist, for this household."""
        if self.household is None:
            return ()
        return last_answers(self.session, self.household.id, self.checklist.code)

    def _facts(self) -> dict[str, object]:
        """Return what the register knows, by column."""
        places = {area.level.value: area.name for area in lineage(self.session, self.area_code)}
        facts: dict[str, object] = {key: places.get(key) for key in ("township", "village")}
        facts["unit"] = next(iter(places.values()))
        if self.household:
            known = facts_of(self.session, self.vault, self.household)
            facts |= known | {"household_size": str(known["household_size"])}
        return facts
