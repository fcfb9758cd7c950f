"""Visits to households, whatever they are for: how many go together, how many homes a day."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from service.blockers import Blocker
from service.codes import Code
from service.workflows.fields import Day, Input, Name
from service.workflows.matter import Matter, Requirement
from service.workflows.statement import Event, stated


class Visitor(Input):
    """Somebody who was there, in which role."""

    name: Name
    role: Code


class HomeVisit(Event):
    """What is said of a visit: on which day, and who went."""

    visited_on: Day
    visitors: Annotated[tuple[Visitor, ...], Field(min_length=1, max_length=20)]

    @property
    def visitor_roles(self) -> tuple[str, ...]:
        """The roles of those who went, so that a policy can ask for listed ones."""
        return tuple(visitor.role for visitor in self.visitors)


class TeamSize(Requirement):
    """So many people went together."""

    requirement: Literal["team_size"]
    minimum: Annotated[int, Field(ge=1)]

    def looks_at(self) -> Iterator[str]:
        yield "visitors"

    def missing(self, matter: Matter[Any]) -> Iterator[Blocker]:
        visitors = stated(matter.body, "visitors")
        if isinstance(visitors, tuple | list) and len(visitors) < self.minimum:
            yield self._blocker("team_too_small", need=self.minimum, have=len(visitors))


class DailyCap(Requirement):
    """Nobody in these roles visits more households than so many on one civil day.

    `joint`: the households of all these roles together are counted, each once. Visits of every
    kind of case count.
    """

    asked_of = (HomeVisit,)

    requirement: Literal["daily_cap"]
    households: Annotated[int, Field(ge=1)]
    roles: Annotated[tuple[Code, ...], Field(min_length=1)]
    joint: bool = False

    def codes(self) -> Iterator[tuple[str, str]]:
        yield from super().codes()
        yield from (("visitor_roles", role) for role in self.roles)

    def missing(self, matter: Matter[Any]) -> Iterator[Blocker]:
        if not isinstance(body := matter.body, HomeVisit) or matter.household.id is None:
            return
        bound = [one for one in body.visitors if one.role in self.roles]
        names = {one.name for one in bound}
        if self.joint and bound:
            counted = {v.household_id for v in matter.visited if v.role in self.roles}
            yield from self._over(counted, matter, "、".join(sorted(names)))
            return
        for name in sorted(names):
            counted = {
                v.household_id for v in matter.visited if v.name == name and v.role in self.roles
            }
            yield from self._over(counted, matter, name)

    def _over(self, counted: set[UUID], matter: Matter[Any], who: str) -> Iterator[Blocker]:
        if matter.household.id not in counted and len(counted) >= self.households:
            yield self._blocker("daily_cap_reached", need=self.households, have=(who, len(counted)))
