"""Whom a rung tells: positions around a case, from the roles that it names.

Nobody is told as a superior of what he himself is late with: whoever holds both positions is
passed over, and the level above is told instead (DX-65).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from service.store.areas import AreaLevel
from service.workflows.acts import HOLDER, Rung
from service.workflows.ladder import LEVEL_ABOVE, TWO_LEVELS_ABOVE
from service.workflows.policy import LEVELS, Policy

Place = tuple[str, str]
"""A role and an area."""

STEPS_UP = {LEVEL_ABOVE: 0, TWO_LEVELS_ABOVE: 1}


@dataclass(frozen=True, slots=True)
class Around:
    """The offices around one case: who acts on which level, and for whom the case waits.

    `areas` maps level -> the area there that the case lies in; `area_code` is the case's own.
    """

    policy: Policy
    holder: str | None
    area_code: str
    areas: Mapping[AreaLevel, str]

    def places(self, rung: Rung) -> list[Place]:
        """Return the positions that a rung names here, each once."""
        named = (self._place(name) for name in rung.to)
        return list(dict.fromkeys(place for place in named if place))

    @property
    def holding(self) -> Place | None:
        """The position for which the case waits."""
        return self._held_at(self.holder) if self.holder else None

    def above(self, place: Place) -> list[Place]:
        """Return who is above a position, the nearest first."""
        return list(self._above(self.policy.roles[place[0]].level))

    def _place(self, name: str) -> Place | None:
        if name == HOLDER:
            return self.holding
        if name in STEPS_UP:
            return next(iter(list(self._above(self._base))[STEPS_UP[name] :]), None)
        return self._held_at(name)

    @property
    def _base(self) -> str:
        """The level of whoever the case waits for; where nobody is, that of its area."""
        if self.holder:
            return self.policy.roles[self.holder].level
        return next(level for level, code in self.areas.items() if code == self.area_code)

    def _above(self, base: str) -> Iterator[Place]:
        for level in LEVELS[LEVELS.index(base) + 1 :]:
            acting = self.policy.acting_at.get(level)
            if acting and (place := self._held_at(acting)):
                yield place

    def _held_at(self, role: str) -> Place | None:
        known = self.policy.roles.get(role)  # a case may have moved on to another version
        area_code = self.areas.get(AreaLevel(known.level)) if known else None
        return (role, area_code) if area_code else None


def told(around: Around, rung: Rung, persons: Mapping[Place, set[UUID]]) -> list[Place]:
    """Return the positions that a rung tells; `persons` says who holds which today."""
    found = (_not_oneself(around, place, persons) for place in around.places(rung))
    return list(dict.fromkeys(place for place in found if place))


def asked_of(arounds: Sequence[Around], rungs: Sequence[Rung]) -> set[Place]:
    """Return all positions whose holders `told` may ask for."""
    found: set[Place] = set()
    for around in arounds:
        for rung in rungs:
            for place in around.places(rung):
                found |= {place, *around.above(place)}
        if around.holding:
            found.add(around.holding)
    return found


def _not_oneself(around: Around, place: Place, persons: Mapping[Place, set[UUID]]) -> Place | None:
    if around.holding is None or place == around.holding:
        return place
    late = persons.get(around.holding, set())
    chain = (place, *around.above(place))
    return next((one for one in chain if not _are_all(persons.get(one, set()), late)), None)


def _are_all(held: set[UUID], late: set[UUID]) -> bool:
    return bool(held) and held <= late
