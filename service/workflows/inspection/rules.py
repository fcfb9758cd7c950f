"""What one document says of its inspection forms, beside its checklists."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import Field

from service.blockers import Blocker
from service.codes import Cite, Code
from service.workflows.acts import ActRule, Rules
from service.workflows.acts import EventRule as AnyEventRule
from service.workflows.answers import Answer, FilledChecklist, findings
from service.workflows.campaign.rules import CampaignRules
from service.workflows.checklist import Checklist
from service.workflows.dossier import Dossier
from service.workflows.fixed import FixedRules
from service.workflows.inspection.events import (
    ACCEPTED,
    ARROWS,
    EVENTS,
    STATES,
    VOIDED,
    CorrectForm,
    FillForm,
    FormDossier,
    ReturnForm,
)
from service.workflows.inspection.filing import (
    FITTING,
    STAYS,
    Matter,
    answer_blockers,
    campaign_blockers,
    day_blockers,
    file_of,
    household_type,
    place_blockers,
)
from service.workflows.kinds import Kind
from service.workflows.matter import Matter as AnyMatter
from service.workflows.misfits import meant
from service.workflows.requirements import CommonRequirement
from service.workflows.visits import DailyCap, TeamSize

COVERS = "covers"
"""In an outcome: the form is the one by which its household or village counts as inspected."""

PROBLEMS = "problems"
"""In an outcome: how many problems the answers tell of."""

REVIEWED_BY = "reviewed_by"
"""In an outcome: the role that the form waits for."""

AnyRequirement = Annotated[
    CommonRequirement | TeamSize | DailyCap, Field(discriminator="requirement")
]


class EventRule(AnyEventRule):
    requires: tuple[AnyRequirement, ...] = ()


class ClueRule(Rules):
    """How a household that a form leads to the monitoring procedure is taken in there."""

    channel: Code
    entry_point: Code | None = None
    cite: Cite


class InspectionFormRules(FixedRules):
    """What a document says of its forms: who fills them in, who accepts and returns them.

    Where it lets nobody accept a form, one is accepted as it is handed in. `departments` names
    the list of those that fill in forms of their own.
    """

    kind = Kind.INSPECTION_FORM
    catalogue = EVENTS
    opens = "fill_form"
    closed = frozenset({ACCEPTED, VOIDED})
    dossier = FormDossier
    returns = (ReturnForm,)
    states = STATES
    arrows = ARROWS

    events: tuple[EventRule, ...] = ()
    departments: Code | None = None
    clue: ClueRule | None = None
    checklists: Annotated[tuple[Checklist, ...], Field(exclude=True)] = ()
    campaign: Annotated[CampaignRules, Field(exclude=True)] = CampaignRules()

    def checklist(self, code: str) -> Checklist | None:
        """Return a checklist of the document, which stands at its top; None if there is none."""
        return next((one for one in self.checklists if one.code == code), None)

    @property
    def reviewer(self) -> str | None:
        """The role whose list a form that was handed in stands on; None where nobody reviews."""
        accepting = (rule.by for rule in self.events if rule.event == "accept_form")
        return next((by[0] for by in accepting if by), None)

    @property
    def first_state(self) -> str:
        return next(iter(self.states)) if self.reviewer else ACCEPTED

    def acting(self, event: str, by: tuple[str, ...], dossier: Dossier | None) -> tuple[str, ...]:
        """Return who acts: a form is corrected in the role in which it was filled in."""
        filled = dossier.last_named(self.opens) if dossier else None
        return (filled.role,) if filled and event == "correct_form" else by

    def covering(self, *, of_household: bool) -> Checklist | None:
        """Return the first checklist that is filled in for households, or for villages.

        By it they count as inspected; what a document asks beside it adds to that.
        """
        mine = [c for c in self.checklists if c.filled_for == "household"]
        if not of_household:
            of_units = [c for c in mine if c.unit_by]
            mine = [c for c in self.checklists if c.filled_for == "village"] + of_units
        return next(iter(mine), None)

    def found(self, filled: FillForm, answers: tuple[Answer, ...], matter: Matter) -> int:
        """Return how many problems the answers to a form tell of."""
        checklist = self.checklist(filled.checklist)
        return len(findings(checklist, answers, household_type(matter), "")) if checklist else 0

    def also_missing(self, rule: ActRule, matter: AnyMatter[Any]) -> Iterable[Blocker]:
        assert isinstance(rule, AnyEventRule)
        file, body = file_of(matter), matter.body
        yield from campaign_blockers(file)
        if isinstance(body, FillForm):
            yield from self._filled(body, matter)
        elif isinstance(body, CorrectForm):
            yield from self._corrected(body, matter)
        elif rule.event == "void_form" and file.begun:
            yield Blocker("form_led_to_work", have=(str(file.begun),), cite=STAYS)

    def _filled(self, body: FillForm, matter: Matter) -> Iterator[Blocker]:
        checklist = self.checklist(body.checklist)
        if checklist is None:
            known = tuple(one.code for one in self.checklists) or ("-",)
            yield Blocker("not_listed", known, (body.checklist,), cite=FITTING)
            return
        yield from self._department(body, matter)
        yield from day_blockers(self.campaign, body, matter)
        if unfit := list(place_blockers(checklist, body, matter)):
            yield from unfit
            return
        names = tuple(visitor.name for visitor in body.visitors)
        filled = FilledChecklist(answers=body.answers, visitors=names, signed=body.signed)
        yield from answer_blockers(checklist, filled, matter)

    def _department(self, body: FillForm, matter: Matter) -> Iterator[Blocker]:
        known = matter.codes(self.departments or "")
        if self.departments and body.department and body.department not in known:
            yield Blocker("not_listed", known or ("-",), (body.department,), cite=FITTING)

    def _corrected(self, body: CorrectForm, matter: Matter) -> Iterator[Blocker]:
        checklist = self.checklist(matter.dossier.filled.checklist)
        assert checklist is not None  # the case is under the version that it was opened under
        names = tuple(visitor.name for visitor in matter.dossier.filled.visitors)
        filled = FilledChecklist(answers=body.answers, visitors=names, signed=body.signed)
        yield from answer_blockers(checklist, filled, matter)

    def outcome(self, matter: AnyMatter[Any]) -> dict[str, str]:
        """Return how many problems are told of, and whether the form stands for its row."""
        body = matter.body
        if isinstance(body, CorrectForm):
            return {PROBLEMS: str(self.found(matter.dossier.filled, body.answers, matter))}
        if not isinstance(body, FillForm):
            return {}
        told = {PROBLEMS: str(self.found(body, body.answers, matter))}
        if self.reviewer:
            told[REVIEWED_BY] = self.reviewer
        of_household = matter.household.id is not None
        covering = self.covering(of_household=of_household)
        stands = covering is not None and covering.code == body.checklist
        own = of_household or body.department is None  # a department's form is not its village's
        return told | ({COVERS: "yes"} if stands and own else {})


def inspection_gaps(rules: InspectionFormRules) -> Iterator[str]:
    """Yield where what a document says of its forms and of its checklists does not meet."""
    if rules.departments and rules.departments not in rules.lists:
        named = rules.departments
        yield f"departments: there is no lists.{named}{meant(named, rules.lists)}"
    yield from _clue_gaps(rules)
    may = set(rules.opening.by) if rules.opening else set()
    for checklist in rules.checklists:
        for role in dict.fromkeys((*checklist.by, *checklist.unit_by)):
            if role not in may:
                yield f"events[fill_form].by: {role!r} fills {checklist.code!r}; name it too"


def _clue_gaps(rules: InspectionFormRules) -> Iterator[str]:
    for field, name in (("channel", "channels"), ("entry_point", "entry_points")):
        said = getattr(rules.clue, field, None)
        codes = [entry.code for entry in rules.lists.get(name, ())]
        if said and said not in codes:
            yield f"clue.{field}: {said!r} is not in lists.{name}{meant(said, codes)}"
    leads_there = (c.leads_to(i) == "clue" for c in rules.checklists for i in c.items.values())
    if rules.clue is None and any(leads_there):
        yield "clue: a checklist leads to the monitoring procedure; say by which channel"
