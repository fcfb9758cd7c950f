"""A paper that a unit owes in a campaign: drafted, signed, sealed, submitted, accepted.

A signature and a seal are put to files by their SHA-256. They stand for the files of the newest
draft only, and only until the paper is returned: whatever is older does not count.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Literal, get_args

from pydantic import Field

from service.blockers import Blocker
from service.codes import Cite, Code, Label
from service.workflows.acts import ActRule
from service.workflows.acts import EventRule as AnyEventRule
from service.workflows.dossier import Dossier, Entry
from service.workflows.fields import Day, Flag, Line, Name, Text
from service.workflows.fixed import Arrow, FixedRules
from service.workflows.kinds import Kind
from service.workflows.matter import Matter
from service.workflows.owed_paper import ELECTRONIC_COPY
from service.workflows.requirements import CommonRequirement
from service.workflows.statement import Event, by_code

FILE_CITE = "DX-51"

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

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Files = Annotated[tuple[Sha256, ...], Field(min_length=1, max_length=20)]


class OweDeliverable(Event):
    """What a unit owes to whom, and by when: written by the campaign that starts."""

    label = Label(zh="明确报送任务", en="owe a paper")

    event: Literal["owe_deliverable"] = "owe_deliverable"
    paper: Code
    unit: Line
    department: Code | None = None
    by: Code
    to: Code
    due_on: Day | None = None
    files: tuple[Code, ...] = ()
    signers: tuple[Code, ...] = ()
    seals: tuple[Code, ...] = ()
    electronic_copy: Flag = False
    cite: Cite


class DraftDeliverable(Event):
    """The paper's files are attached. What was signed or sealed before no longer counts."""

    label = Label(zh="起草", en="draft the paper")

    event: Literal["draft_deliverable"]
    summary: Text | None = None


class SignDeliverable(Event):
    """A leader signs the files that were drafted, named by their SHA-256."""

    label = Label(zh="领导签字", en="sign the paper")

    event: Literal["sign_deliverable"]
    signer: Name
    office: Code
    signed_on: Day
    files: Files


class SealDeliverable(Event):
    """A seal is put to the files that were drafted, named by their SHA-256."""

    label = Label(zh="盖章", en="seal the paper")

    event: Literal["seal_deliverable"]
    seal: Code
    sealed_on: Day
    files: Files


class SubmitDeliverable(Event):
    label = Label(zh="报送", en="submit the paper")

    event: Literal["submit_deliverable"]


class AcceptDeliverable(Event):
    label = Label(zh="接收", en="accept the paper")

    event: Literal["accept_deliverable"]


class ReturnDeliverable(Event):
    """It is to be signed and sealed anew; by a day, where whoever returns it sets one."""

    label = Label(zh="退回材料", en="return the paper")

    event: Literal["return_deliverable"]
    reason: Text
    due_on: Day | None = None


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
    "draft_deliverable": Arrow((OWED, DRAFTED, SIGNED, SEALED), DRAFTED),
    "sign_deliverable": Arrow((DRAFTED, SIGNED), SIGNED),
    "seal_deliverable": Arrow((DRAFTED, SIGNED, SEALED), SEALED),
    "submit_deliverable": Arrow((DRAFTED, SIGNED, SEALED), SUBMITTED),
    "accept_deliverable": Arrow((SUBMITTED,), ACCEPTED),
    "return_deliverable": Arrow((SUBMITTED,), DRAFTED),
    "release_deliverable": Arrow((OWED, DRAFTED, SIGNED, SEALED, SUBMITTED), RELEASED),
}

OWN = {"draft_deliverable", "sign_deliverable", "seal_deliverable", "submit_deliverable"}
RECEIVING = {"accept_deliverable", "return_deliverable"}
"""The events of the unit that owes, and of whoever receives."""


class DeliverableEntry(Entry):
    body: Annotated[OweDeliverable | Raised, Field(discriminator="event")]


class DeliverableDossier(Dossier):
    entries: tuple[DeliverableEntry, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """The SHA-256 of each file of the newest draft, in order."""
        drafted = self.last_named("draft_deliverable")
        return tuple(drafted.outcome["files"].split()) if drafted else ()

    @property
    def signed_by(self) -> frozenset[str]:
        """The leaders whose signature counts."""
        signatures = self.all(SignDeliverable, since=self._counted_from)
        return frozenset(signature.office for _, signature in signatures)

    @property
    def sealed_with(self) -> frozenset[str]:
        """The seals that count."""
        seals = self.all(SealDeliverable, since=self._counted_from)
        return frozenset(seal.seal for _, seal in seals)

    @property
    def _counted_from(self) -> int:
        return max(self.since("draft_deliverable"), self.since("return_deliverable"))


PaperMatter = Matter[DeliverableDossier]


def _draft_gaps(owed: OweDeliverable, matter: PaperMatter) -> Iterator[Blocker]:
    if matter.body is None:
        return
    attached = {kind for kind, _ in matter.evidence.values()}
    if not attached:
        yield Blocker("paper_without_file", cite=FILE_CITE)
    if lacking := [kind for kind in owed.files if kind not in attached]:
        yield Blocker("evidence_missing", tuple(lacking), cite=owed.cite)


def _signature_gaps(owed: OweDeliverable, matter: PaperMatter) -> Iterator[Blocker]:
    if isinstance(matter.body, SignDeliverable):
        yield from _not_named(matter.body.office, owed.signers, owed)
        yield from _other_files(matter.body.files, matter)


def _seal_gaps(owed: OweDeliverable, matter: PaperMatter) -> Iterator[Blocker]:
    yield from _unsigned(owed, matter)
    if isinstance(matter.body, SealDeliverable):
        yield from _not_named(matter.body.seal, owed.seals, owed)
        yield from _other_files(matter.body.files, matter)


def _submission_gaps(owed: OweDeliverable, matter: PaperMatter) -> Iterator[Blocker]:
    yield from _unsigned(owed, matter)
    if lacking := [seal for seal in owed.seals if seal not in matter.dossier.sealed_with]:
        yield Blocker("paper_not_sealed", tuple(lacking), cite=owed.cite)
    attached = {kind for kind, _ in matter.evidence.values()}
    if matter.body and owed.electronic_copy and ELECTRONIC_COPY not in attached:
        yield Blocker("evidence_missing", (ELECTRONIC_COPY,), cite=owed.cite)


def _unsigned(owed: OweDeliverable, matter: PaperMatter) -> Iterator[Blocker]:
    if lacking := [leader for leader in owed.signers if leader not in matter.dossier.signed_by]:
        yield Blocker("paper_not_signed", tuple(lacking), cite=owed.cite)


def _not_named(code: str, named: tuple[str, ...], owed: OweDeliverable) -> Iterator[Blocker]:
    """Look for a leader or a seal that the document does not name; where it names none, any is."""
    if named and code not in named:
        yield Blocker("not_listed", named, (code,), cite=owed.cite)


def _other_files(files: Files, matter: PaperMatter) -> Iterator[Blocker]:
    if set(files) != set(matter.dossier.files):
        yield Blocker("other_file_signed", matter.dossier.files, files, cite=FILE_CITE)


LACKING: dict[str, Callable[[OweDeliverable, PaperMatter], Iterator[Blocker]]] = {
    "draft_deliverable": _draft_gaps,
    "sign_deliverable": _signature_gaps,
    "seal_deliverable": _seal_gaps,
    "submit_deliverable": _submission_gaps,
}
"""Event -> what the paper owed lacks for it."""

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

    def acting(self, event: str, by: tuple[str, ...], dossier: Dossier | None) -> tuple[str, ...]:
        """Let only the unit that owes the paper draft it, and only who receives it accept it."""
        owed = dossier.last(OweDeliverable) if dossier else None
        if owed is None or event not in OWN | RECEIVING:
            return by
        one = owed.by if event in OWN else owed.to
        return tuple(role for role in by if role == one)

    def also_missing(self, rule: ActRule, matter: PaperMatter) -> Iterable[Blocker]:
        """Hold the paper against what its unit owes."""
        owed = matter.dossier.last(OweDeliverable)
        lacking = LACKING.get(rule.event) if isinstance(rule, EventRule) else None
        return lacking(owed, matter) if owed and lacking else ()

    def outcome(self, matter: PaperMatter) -> dict[str, str]:
        """Keep which files a draft is made of, and which were submitted."""
        if isinstance(matter.body, DraftDeliverable):
            return {"files": " ".join(sorted({sha256 for _, sha256 in matter.evidence.values()}))}
        if isinstance(matter.body, SubmitDeliverable):
            return {"files": " ".join(matter.dossier.files)}
        return {}
