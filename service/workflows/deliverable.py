"""A paper that a unit owes in a campaign: drafted, signed, sealed, submitted, accepted."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from service.codes import Code, Label
from service.workflows.acts import EventRule as AnyEventRule
from service.workflows.dossier import Dossier, Entry
from service.workflows.fields import Day, Line, Name, Text
from service.workflows.fixed import Arrow, FixedRules
from service.workflows.kinds import Kind
from service.workflows.requirements import CommonRequirement
from service.workflows.statement import Event, by_code

OWED, DRAFTED, SIGNED, SEALED = "owed", "drafted", "signed", "sealed"
SUBMITTED, ACCEPTED, RELEASED = "submitted", "accepted", "released"

STATES: dict[str, Label] = {
    OWED: Label(zh="待起草", en="owed"),
    DRAFTED: Label(zh="已起草", en="drafted"),
    SIGNED: Label(zh="已签字", en="signed"),
    SEALED: Label(zh="已盖章", en="sealed"),
    SUBMITTED: Label(zh="已报送", en="submitted"),
    ACCEPTED: Label(zh="已接收", en="accepted"),
    RELEASED: Label(zh="不再报送", en="no longer owed"),
}


class OweDeliverable(Event):
    """What a unit owes, and by when: written by the campaign that starts."""

    label = Label(zh="明确报送任务", en="owe a paper")

    event: Literal["owe_deliverable"] = "owe_deliverable"
    paper: Code
    unit: Line
    department: Code | None = None
    due_on: Day | None = None


class DraftDeliverable(Event):
    label = Label(zh="起草", en="draft the paper")

    event: Literal["draft_deliverable"]
    summary: Text | None = None


class SignDeliverable(Event):
    """The leader named signs."""

    label = Label(zh="领导签字", en="sign the paper")

    event: Literal["sign_deliverable"]
    signer: Name
    office: Code
    signed_on: Day


class SealDeliverable(Event):
    label = Label(zh="盖章", en="seal the paper")

    event: Literal["seal_deliverable"]
    sealed_on: Day


class SubmitDeliverable(Event):
    label = Label(zh="报送", en="submit the paper")

    event: Literal["submit_deliverable"]


class AcceptDeliverable(Event):
    label = Label(zh="接收", en="accept the paper")

    event: Literal["accept_deliverable"]


class ReturnDeliverable(Event):
    label = Label(zh="退回材料", en="return the paper")

    event: Literal["return_deliverable"]
    reason: Text


class ReleaseDeliverable(Event):
    """The unit no longer owes it: the campaign was cancelled, or does not concern the unit."""

    label = Label(zh="免予报送", en="release from the paper")

    event: Literal["release_deliverable"]
    reason: Text


Raised = (
    DraftDeliverable
    | SignDeliverable
    | SealDeliverable
    | SubmitDeliverable
    | AcceptDeliverable
    | ReturnDeliverable
    | ReleaseDeliverable
)

EVENTS = by_code(OweDeliverable, *get_args(Raised))

ARROWS: dict[str, Arrow] = {
    "draft_deliverable": Arrow((OWED, DRAFTED), DRAFTED),
    "sign_deliverable": Arrow((DRAFTED,), SIGNED),
    "seal_deliverable": Arrow((DRAFTED, SIGNED), SEALED),
    "submit_deliverable": Arrow((DRAFTED, SIGNED, SEALED), SUBMITTED),
    "accept_deliverable": Arrow((SUBMITTED,), ACCEPTED),
    "return_deliverable": Arrow((SUBMITTED,), DRAFTED),
    "release_deliverable": Arrow((OWED, DRAFTED, SIGNED, SEALED, SUBMITTED), RELEASED),
}


class DeliverableEntry(Entry):
    body: Annotated[OweDeliverable | Raised, Field(discriminator="event")]


class DeliverableDossier(Dossier):
    entries: tuple[DeliverableEntry, ...] = ()


AnyRequirement = Annotated[CommonRequirement, Field(discriminator="requirement")]


class EventRule(AnyEventRule):
    requires: tuple[AnyRequirement, ...] = ()


class DeliverableRules(FixedRules):
    """What a document says of the papers that units owe: who signs, submits and accepts them."""

    kind = Kind.DELIVERABLE
    catalogue = EVENTS
    opens = "owe_deliverable"
    closed = frozenset({ACCEPTED, RELEASED})
    dossier = DeliverableDossier
    returns = (ReturnDeliverable,)
    states = STATES
    arrows = ARROWS

    events: tuple[EventRule, ...] = ()
