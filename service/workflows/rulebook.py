"""The procedures of an installation: which versions of which documents, and which is in force."""

from collections.abc import Collection, Iterator
from copy import copy
from datetime import date
from pathlib import Path

from service.codes import Label
from service.workflows.kinds import Kind
from service.workflows.machine import Procedure
from service.workflows.policy import POLICIES, Policy, PolicyError, read_folders


class Rulebook:
    """The procedures of an installation, by `id@version`: those of files, and published ones.

    `known_to` is the number of the newest publication it has taken in. Raises `PolicyError`
    for a file with gaps, and for two files with one id and version.
    """

    def __init__(self, *folders: Path) -> None:
        self._by_ref: dict[str, dict[Kind, Procedure]] = {}
        self.known_to = 0
        for policy in read_folders(*(folders or (POLICIES,))):
            if policy.ref in self._by_ref:
                raise PolicyError(policy.ref, ["version: two files have this id and version"])
            self._by_ref[policy.ref] = procedures(policy, None)

    def __iter__(self) -> Iterator[Procedure]:
        """Yield the procedure of monitoring objects of every version: each document has one."""
        return (kinds[Kind.MONITORING_OBJECT] for kinds in self._by_ref.values())

    def of_every_kind(self) -> Iterator[Procedure]:
        """Yield the procedures of all kinds of all versions."""
        return (procedure for kinds in self._by_ref.values() for procedure in kinds.values())

    def __contains__(self, ref: str) -> bool:
        return ref in self._by_ref

    def copy(self) -> "Rulebook":
        """Return a rulebook that can take in publications of its own."""
        copied = copy(self)
        copied.known_to = 0
        return copied

    def add(self, policy: Policy, area_code: str | None = None) -> None:
        """Take in a published version. Whoever is reading the rulebook goes on undisturbed."""
        self._by_ref = {**self._by_ref, policy.ref: procedures(policy, area_code)}

    def pinned(self, ref: str, kind: Kind = Kind.MONITORING_OBJECT) -> Procedure:
        """Return the procedure of a running case. Raises `KeyError` if it is not known here."""
        return self._by_ref[ref][kind]

    def state_label(self, ref: str, kind: Kind, state: str) -> Label:
        """Return what a document calls a state. Raises `KeyError` if it is not known here."""
        return self._by_ref[ref][kind].states[state]

    def newest(self, policy_id: str) -> Procedure | None:
        """Return the highest version of a document, or None if there is no such document."""
        return max(self.versions(policy_id), key=_version, default=None)

    def in_force(
        self, policy_id: str, on: date, areas: Collection[str] | None = None
    ) -> Procedure | None:
        """Return the version that opens cases on a day, or None: the highest of those in force.

        `areas`: where the case would be, and everything above; None asks for any area.
        """
        usable = (
            procedure
            for procedure in self.versions(policy_id, areas)
            if procedure.policy.is_in_force(on)
        )
        return max(usable, key=_version, default=None)

    def versions(self, policy_id: str, areas: Collection[str] | None = None) -> list[Procedure]:
        """Return the versions of a document that are usable in one of some areas."""
        return [
            procedure
            for procedure in self
            if procedure.policy.id == policy_id
            and (areas is None or procedure.area_code is None or procedure.area_code in areas)
        ]


def procedures(policy: Policy, area_code: str | None = None) -> dict[Kind, Procedure]:
    """Return the procedure of every kind of which a document says something.

    Raises `PolicyError` where one of them makes no machine.
    """
    return {kind: Procedure(policy, area_code, kind) for kind in policy.kinds}


def _version(procedure: Procedure) -> int:
    return procedure.policy.version
