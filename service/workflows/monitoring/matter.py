"""What a requirement is, and what it may look at.

A policy names a requirement at an event, gives its parameters and its provision. Each one
answers with blockers (what is missing, under which provision, until when), never with a bare
no. Requirements on the *body* cannot be judged before there is one; `body` is None when
somebody only asks what could be done.
"""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from service.blockers import Blocker
from service.codes import Cite
from service.workflows.eligibility import EligibilityRules
from service.workflows.monitoring.dossier import Dossier
from service.workflows.monitoring.events import Event


@dataclass(frozen=True, slots=True)
class Matter:
    """What a requirement may look at: the case so far, the event now, the office's day.

    `evidence`: the body's attachments that exist within reach, id -> (kind, SHA-256).
    """

    dossier: Dossier
    body: Event | None
    today: date
    opened_on: date
    eligibility: EligibilityRules
    evidence: dict[UUID, tuple[str, str]]


class Requirement(BaseModel):
    """A precondition with its provision. `blockers` yields nothing when it is met."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    requirement: str
    cite: Cite

    @abstractmethod
    def blockers(self, matter: Matter) -> Iterator[Blocker]:
        """Yield why the event cannot happen, as far as this requirement goes."""

    def codes(self) -> Iterator[tuple[str, str]]:
        """Yield (list, code) for every code that must stand in one of the policy's lists."""
        yield from ()

    def _blocker(self, code: str, *, need: object = None, have: object = None) -> Blocker:
        return Blocker(code, _listed(need), _listed(have), cite=self.cite)


def _listed(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)
