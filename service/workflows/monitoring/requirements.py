"""What the documents require of a monitoring object: one class for each requirement.

Here are those of the application; those that fit any act are in `workflows.requirements`, those
of visits in `workflows.visits`. Those of meetings and decisions, of the comparison, the publicity
and the assistance have files of their own; `AnyRequirement` is the catalogue that a policy may
choose from.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from service.blockers import Blocker
from service.codes import Code
from service.workflows.matter import Requirement
from service.workflows.monitoring.assistance import (
    CriteriaMet,
    HelperMatches,
    HelpersOwed,
    MeasureKnown,
    MeasuresComplete,
    MeasuresDone,
    MeasuresMatch,
    NoHoldGround,
    SameUnitFirst,
)
from service.workflows.monitoring.comparison import (
    ComparisonSettled,
    EveryDepartmentAnswered,
    HitToConclude,
)
from service.workflows.monitoring.dossier import Matter
from service.workflows.monitoring.entry_events import SignConsent
from service.workflows.monitoring.publicity import (
    NoOpenObjection,
    NoticeWithoutPersonalData,
    ObjectionOpen,
)
from service.workflows.monitoring.review import (
    DecisionAgrees,
    GroupsPresent,
    InFavour,
    Majority,
    ObjectTypeFits,
    PresentAtLeast,
    SharePresent,
)
from service.workflows.requirements import CommonRequirement
from service.workflows.visits import DailyCap, TeamSize

APPLICANT = "applicant"


class ConsentComplete(Requirement):
    """The form is signed, and bears the applicant's own fingerprint even if a proxy filled it.

    `fingerprint` false: the document asks for a signature only.
    """

    asked_of = (SignConsent,)

    requirement: Literal["consent_complete"]
    proxies: tuple[Code, ...] = ()
    fingerprint: bool = True

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from super().codes()
        yield from (("proxies", code) for code in self.proxies)

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, SignConsent):
            return
        if not body.signed:
            yield self._blocker("signature_missing")
        if self.fingerprint and not body.fingerprint:
            yield self._blocker("fingerprint_missing")
        if body.filled_by == APPLICANT:
            return
        if body.filled_by not in self.proxies:
            yield self._blocker("proxy_not_permitted", need=self.proxies, have=body.filled_by)
        if body.proxy_name is None:
            yield self._blocker("proxy_not_named")


AnyRequirement = Annotated[
    CommonRequirement
    | ConsentComplete
    | GroupsPresent
    | PresentAtLeast
    | SharePresent
    | InFavour
    | Majority
    | DecisionAgrees
    | ObjectTypeFits
    | NoticeWithoutPersonalData
    | NoOpenObjection
    | ObjectionOpen
    | EveryDepartmentAnswered
    | HitToConclude
    | ComparisonSettled
    | HelperMatches
    | HelpersOwed
    | SameUnitFirst
    | MeasuresComplete
    | MeasuresMatch
    | MeasureKnown
    | MeasuresDone
    | CriteriaMet
    | NoHoldGround
    | TeamSize
    | DailyCap,
    Field(discriminator="requirement"),
]
