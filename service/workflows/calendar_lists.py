"""Lists of years, official and local, and the calendars they make for an area.

The official list says which days the country works. An area may add days of its own, for
itself and what lies in it; of two that name one day, the one of the inner area counts.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from service.workflows.calendar import Calendar, SpecialDay

Special = dict[date, SpecialDay]


@dataclass(frozen=True, slots=True)
class YearList:
    """The days that one list names: of the whole country, or of an area and what lies in it."""

    year: int
    special: Mapping[date, SpecialDay]
    area_code: str | None = None


@dataclass(frozen=True, slots=True)
class Lists:
    """All lists of one edition. Immutable but for the calendars made of them, which are kept.

    `country` is year -> days; `local` area -> year -> days. `depths` says how deep an area lies.
    """

    edition: int
    country: Mapping[int, Mapping[date, SpecialDay]] = field(default_factory=dict)
    local: Mapping[str, Mapping[int, Mapping[date, SpecialDay]]] = field(default_factory=dict)
    depths: Mapping[str, int] = field(default_factory=dict)
    _made: dict[tuple[str, ...], Calendar] = field(default_factory=dict)

    def calendar(self, areas: Collection[str]) -> Calendar:
        """Return the calendar where these areas have a say: they and others, in any order."""
        mine = tuple(sorted(self.local.keys() & set(areas), key=lambda one: self.depths[one]))
        if mine not in self._made:
            special: Special = {}
            for lists in (self.country, *(self.local[area] for area in mine)):
                for days in lists.values():
                    special.update(days)
            self._made[mine] = Calendar(self.edition, self.country, special)
        return self._made[mine]

    def with_list(self, new: YearList, depth: int = 0) -> "Lists":
        """Return the lists of the next edition: with one more, in place of an earlier one."""
        if new.area_code is None:
            country = {**self.country, new.year: new.special}
            return replace(self, edition=self.edition + 1, country=country, _made={})
        of_area = {**self.local.get(new.area_code, {}), new.year: new.special}
        return replace(
            self,
            edition=self.edition + 1,
            local={**self.local, new.area_code: of_area},
            depths={**self.depths, new.area_code: depth},
            _made={},
        )
