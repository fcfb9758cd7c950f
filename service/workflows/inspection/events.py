"""A form of a campaign, filled in at a household or for a unit by whoever was there.

A visit that found nothing is a form as well: it proves that the household was seen.
"""

from typing import Annotated, Literal, get_args

from pydantic import Field

from service.codes import Code, Label
from service.workflows.answers import Answer
from service.workflows.dossier import Dossier, Entry
from service.workflows.fields import Flag, Line, Text
from service.workflows.fixed import Arrow
from service.workflows.statement import Event, by_code
from service.workflows.visits import HomeVisit, Visitor

SUBMITTED, RETURNED, ACCEPTED, VOIDED = "submitted", "returned", "accepted", "voided"

STATES: dict[str, Label] = {
    SUBMITTED: Label(zh="已提交", en="submitted"),
    RETURNED: Label(zh="已退回", en="returned"),
    ACCEPTED: Label(zh="已采用", en="accepted"),
    VOIDED: Label(zh="作废", en="void"),
}

Answers = Annotated[tuple[Answer, ...], Field(max_length=200)]


class FillForm(HomeVisit):
    """A form as it was filled in on the spot; without answers it says that nothing was found.

    `department`: which one fills it in, where a unit has several; of a household, whose warning
    is checked.
    """

    label = Label(zh="提交排查表", en="hand in a form")

    event: Literal["fill_form"] = "fill_form"
    checklist: Code
    department: Line | None = None
    visitors: Annotated[tuple[Visitor, ...], Field(min_length=1, max_length=10)]
    answers: Answers = ()
    signed: Flag = False


class CorrectForm(Event):
    """All answers anew, after the form was returned; who was there and when stays as it was."""

    label = Label(zh="更正排查表", en="correct a form")

    event: Literal["correct_form"]
    answers: Answers = ()
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
    """It was filled in wrongly; nothing is deleted, and it can be filled in anew."""

    label = Label(zh="作废排查表", en="void a form")

    event: Literal["void_form"]
    reason: Text


Raised = CorrectForm | ReturnForm | AcceptForm | VoidForm

EVENTS = by_code(FillForm, *get_args(Raised))

ARROWS: dict[str, Arrow] = {
    "correct_form": Arrow((RETURNED,), SUBMITTED),
    "return_form": Arrow((SUBMITTED,), RETURNED),
    "accept_form": Arrow((SUBMITTED,), ACCEPTED),
    "void_form": Arrow((SUBMITTED, RETURNED, ACCEPTED), VOIDED),
}


class FormEntry(Entry):
    body: Annotated[FillForm | Raised, Field(discriminator="event")]


class FormDossier(Dossier):
    """What was handed in, and in which words it was corrected."""

    entries: tuple[FormEntry, ...] = ()

    @property
    def filled(self) -> FillForm:
        """Return what was handed in first, with which every form begins: of what, when, who."""
        [filled] = (body for _, body in self.all(FillForm))
        return filled

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return the answers as they stand now."""
        return self._newest.answers

    @property
    def signed(self) -> bool:
        """Tell whether they are signed."""
        return self._newest.signed

    @property
    def _newest(self) -> FillForm | CorrectForm:
        return self.last(CorrectForm) or self.filled
