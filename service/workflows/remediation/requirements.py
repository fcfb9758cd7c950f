"""What a document may require of putting a problem right, beside what any kind may require."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from service.blockers import Blocker
from service.workflows.matter import Requirement
from service.workflows.remediation.dossier import RESPONSIBLE, Matter, beside
from service.workflows.remediation.events import (
    AssignRemediation,
    StartRemediation,
    SubmitRemediation,
    VerifyRemediation,
)
from service.workflows.statement import Event


class FourLists(Requirement):
    """Measure, responsible person and unit, and time limit are all drawn up; each is named."""

    asked_of: ClassVar[tuple[type[Event], ...]] = (StartRemediation, SubmitRemediation)

    requirement: Literal["four_lists"]

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        for name in matter.dossier.still_to_state:
            yield self._blocker("list_missing", need=name)


class AnotherVerifies(Requirement):
    """Whoever verifies neither answers for the problem by name, nor put it right or said so."""

    asked_of: ClassVar[tuple[type[Event], ...]] = (VerifyRemediation,)

    requirement: Literal["another_verifies"]

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        if matter.by is None:
            return
        names = {matter.dossier.ledger.get(RESPONSIBLE[0]), *matter.dossier.fixed_by}
        if matter.by.name in names or matter.by.person_id in beside(matter).hands:
            yield self._blocker("verifier_rectified")


class NewLimitReasoned(Requirement):
    """Another time limit than the one that was set states its reason."""

    asked_of: ClassVar[tuple[type[Event], ...]] = (AssignRemediation,)

    requirement: Literal["new_limit_reasoned"]

    def missing(self, matter: Matter) -> Iterator[Blocker]:
        body, was = matter.body, matter.dossier.ledger.get("time_limit_on")
        if not isinstance(body, AssignRemediation) or body.reason or was is None:
            return
        if body.time_limit_on not in {None, was}:
            yield self._blocker("new_limit_reason_missing", need=was, have=body.time_limit_on)


RemediationRequirement = FourLists | AnotherVerifies | NewLimitReasoned
