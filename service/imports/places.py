"""The villages of an import: by name or code, each with what its document lets be registered."""

from collections import defaultdict
from dataclasses import dataclass

from service.blockers import Blocker
from service.cases import check_role
from service.errors import NotYourRole
from service.imports.layout import Means
from service.registry import in_force_in
from service.store import register
from service.store.areas import AreaLevel
from service.workflows.machine import Procedure
from service.workflows.monitoring.stages import OPEN


@dataclass(frozen=True, slots=True)
class Place:
    """A village where households may be registered: the lists of its document, by any word."""

    code: str
    township: str
    procedure: Procedure

    def listed(self, name: str, said: str) -> str | None:
        """Return the code of a word of a list, or of a code itself; None where it is not listed."""
        for entry in self.procedure.policy.lists.get(name, ()):
            if said in {entry.code, entry.zh, entry.en}:
                return entry.code
        return None

    def words(self, name: str) -> tuple[str, ...]:
        return tuple(entry.zh for entry in self.procedure.policy.lists.get(name, ())) or ("-",)


class Places:
    """The villages within the actor's area. Each is looked at once."""

    def __init__(self, means: Means) -> None:
        self._means = means
        area = means.actor.area_code
        self._named: dict[str, list[str]] = defaultdict(list)
        for code, name in register.villages(means.session, area):
            self._named[code].append(code)
            self._named[name].append(code)
        self._townships = register.townships(means.session, area)
        self._known: dict[str, Place | Blocker] = {}

    def find(self, said: str | None) -> Place | Blocker:
        """Return the village that is meant, or why nobody can be registered there."""
        actor = self._means.actor
        if said is None and actor.level is AreaLevel.VILLAGE:
            said = actor.area_code
        if said is None:
            return Blocker("value_missing")
        codes = self._named.get(said, [])
        if len(codes) != 1:
            flaw = "village_ambiguous" if codes else "village_unknown"
            return Blocker(flaw, (), (said,))
        return self.at(codes[0])

    def at(self, code: str) -> Place | Blocker:
        """Return a village of the area by its code."""
        if code not in self._known:
            self._known[code] = self._look(code)
        return self._known[code]

    def _look(self, code: str) -> Place | Blocker:
        means = self._means
        procedure = in_force_in(means.session, means.registry, code)
        if procedure is None:
            return Blocker("no_document_here")
        try:
            check_role(procedure, None, OPEN, means.actor)
        except NotYourRole:
            return Blocker("not_yours_to_register")
        return Place(code, self._townships.get(code, code), procedure)
