"""What may be asked of deadlines: the same query parameters for list, totals and export."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query
from sqlmodel import Session

from service.overview.asked import SOON_DAYS, Asked, AskedState, scoped
from service.store.areas import AreaLevel
from service.store.people import Actor
from service.workflows.deadlines import LimitKind
from service.workflows.fields import Day
from service.workflows.kinds import Kind

CODE = r"^[a-z0-9_]{1,48}$"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which deadlines are asked for; None asks for any."""

    area: str | None
    kind: Kind | None
    limit_kind: LimitKind | None
    rule: str | None
    holder: str | None
    min_days_late: int | None
    due_before: date | None
    soon_days: int

    def asked(self, session: Session, actor: Actor, state: AskedState | None = None) -> Asked:
        """Return what is asked for within the area of who asks."""
        asked = Asked(actor.area_code, state, **self._named())
        if actor.level is AreaLevel.VILLAGE and self.area in {None, actor.area_code}:
            return asked.also(codes=(actor.area_code,))  # nothing lies in a village
        return scoped(session, asked)

    def link(self, path: str, **more: Any) -> str:  # noqa: ANN401
        """Return where the list is that has the same filters, and these."""
        named = {**self._named(), **more}
        told = {name: value for name, value in named.items() if value is not None}
        return f"{path}?{urlencode(told)}"

    def _named(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


async def filters(
    area: Annotated[str | None, Query(pattern=r"^[0-9]{12}$")] = None,
    kind: Kind | None = None,
    limit_kind: LimitKind | None = None,
    rule: Annotated[str | None, Query(pattern=CODE)] = None,
    holder: Annotated[
        str | None, Query(pattern=CODE, description="The role that the case waits for.")
    ] = None,
    min_days_late: Annotated[
        int | None, Query(ge=1, le=10_000, description="In the limit's own unit.")
    ] = None,
    due_before: Day | None = None,
    soon_days: Annotated[
        int,
        Query(
            ge=0,
            le=366,
            description="Days before the last one in which a case is at risk, where its"
            " document has no ladder.",
        ),
    ] = SOON_DAYS,
) -> Filters:
    """Read what lists, totals and exports of deadlines may be asked."""
    return Filters(area, kind, limit_kind, rule, holder, min_days_late, due_before, soon_days)


FiltersQuery = Annotated[Filters, Depends(filters)]
