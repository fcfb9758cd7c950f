"""A form of a campaign, filled in at a household or for a unit by whoever was there.

A visit that found nothing is a form as well: it proves that the household was seen.
"""

from typing import Annotated, Literal, get_args

from pydantic import Field

from service.codes import Code, Label
from service.workflows.acts import EventRule as AnyEventRule
from service.workflows.answers import Answer
from service.workflows.dossier import Dossier, Entry
from service.workflows.fields import Day, Flag, Input, Name, Text
from service.workflows.fixed import Arrow, FixedRules
from service.workflows.kinds import Kind
from service.workflows.requirements import CommonRequirement
from service.workflows.statement import Event, by_code

SUBMITTED, RETURNED, ACCEPTED, VOIDED = "submitted", "returned", "accepted", "voided"

STATES: dict[str, Label] = {
    SUBMITTED: Label(zh="已提交", en="submitted"),
    RETURNED: Label(zh="已退回", en="returned"),
    ACCEPTED: Label(zh="已审核", en="accepted"),
    VOIDED: Label(zh="作废", en="void"),
}


class Visitor(Input):
    """Somebody who was at the household, in which role."""

    name: Name
    role: Code


class FillForm(Event):
    """A form as it was filled in on the spot; without answers it says that nothing was found."""

    label = Label(zh="提交排查表", en="hand in a form")

    event: Literal["fill_form"] = "fill_form"
    checklist: Code
    visited_on: Day
    visitors: Annotated[tuple[Visitor, ...], Field(min_length=1, max_length=10)]
    answers: Annotated[tuple[Answer, ...], Field(max_length=200)] = ()
    signed: Flag = False


class CorrectForm(Event):
    """The form anew, whole, after it was returned."""

    label = Label(zh="更正排查表", en="correct a form")

    event: Literal["correct_form"]
    answers: Annotated[tuple[Answer, ...], Field(max_length=200)] = ()
    signed: Flag = False


class ReturnForm(Event):
    label = Label(zh="退回排查表", en="return a form")

    event: Literal["return_form"]
    reason: Text


class AcceptForm(Event):
    """From here on what it found is work: items to put right, clues, matters of departments."""

    label = Label(zh="审核通过排查表", en="accept a form")

    event: Literal["accept_form"]


class VoidForm(Event):
    label = Label(zh="作废排查表", en="void a form")

    event: Literal["void_form"]
    reason: Text


Raised = CorrectForm | ReturnForm | AcceptForm | VoidForm

EVENTS = by_code(FillForm, *get_args(Raised))

ARROWS: dict[str, Arrow] = {
    "correct_form": Arrow((RETURNED,), SUBMITTED),
    "return_form": Arrow((SUBMITTED,), RETURNED),
    "accept_form": Arrow((SUBMITTED,), ACCEPTED),
    "void_form": Arrow((SUBMITTED, RETURNED), VOIDED),
}


class FormEntry(Entry):
    body: Annotated[FillForm | Raised, Field(discriminator="event")]


class FormDossier(Dossier):
    entries: tuple[FormEntry, ...] = ()


AnyRequirement = Annotated[CommonRequirement, Field(discriminator="requirement")]


class EventRule(AnyEventRule):
    requires: tuple[AnyRequirement, ...] = ()


class InspectionFormRules(FixedRules):
    """What a document says of its forms: who fills them in, who accepts and returns them."""

    kind = Kind.INSPECTION_FORM
    catalogue = EVENTS
    opens = "fill_form"
    closed = frozenset({ACCEPTED, VOIDED})
    dossier = FormDossier
    returns = (ReturnForm,)
    states = STATES
    arrows = ARROWS

    events: tuple[EventRule, ...] = ()
