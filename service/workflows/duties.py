"""Standing duties: what a document has done again in every civil period, and each period's days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from service.codes import Cite, Code, Label
from service.workflows.acts import CaseLimit
from service.workflows.deadlines import PERIODS, LimitKind, Unit, months_after
from service.workflows.matter import OnlyFor

OPENS, ENDS = "draft_campaign", "conclude_campaign"

Month = Annotated[int, Field(ge=1, le=12)]


class Civil(StrEnum):
    """The units that are civil periods: a duty returns in each one."""

    END_OF_MONTH = Unit.END_OF_MONTH.value
    END_OF_QUARTER = Unit.END_OF_QUARTER.value
    END_OF_HALF_YEAR = Unit.END_OF_HALF_YEAR.value
    END_OF_YEAR = Unit.END_OF_YEAR.value


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A civil month, quarter, half-year or year: its first day, its last, its name."""

    first: date
    last: date
    name: str
    label: Label

    @classmethod
    def holding(cls, unit: Civil, day: date) -> "Period":
        """Return the period of a unit that holds a day."""
        months = PERIODS[Unit(unit)]
        which = (day.month - 1) // months + 1
        first = date(day.year, (which - 1) * months + 1, 1)
        name, label = _named(unit, day.year, which)
        return cls(first, months_after(first, months) - timedelta(days=1), name, label)


def _named(unit: Civil, year: int, which: int) -> tuple[str, Label]:
    match unit:
        case Civil.END_OF_MONTH:
            return f"{year}-{which:02}", Label(zh=f"{year}年{which}月", en=f"{year}-{which:02}")
        case Civil.END_OF_QUARTER:
            return f"{year}-Q{which}", Label(zh=f"{year}年{which}季度", en=f"{year} Q{which}")
        case Civil.END_OF_HALF_YEAR:
            half = ("上", "下")[which - 1]
            return f"{year}-H{which}", Label(zh=f"{year}年{half}半年", en=f"{year} H{which}")
        case _:
            return str(year), Label(zh=f"{year}年", en=str(year))


class StandingDuty(BaseModel):
    """Something that is done at least once in every civil period; by its `day`, if it says one.

    With `level` it becomes a programme: a campaign that opens by itself in every period, for each
    area of that level. `from_on` is its first day; `months` are the only months in which it is
    done. `covers` says that the campaign has a list of villages and households.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Code
    zh: str
    en: str
    unit: Civil
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    level: Literal["province", "city", "county", "township", "village"] | None = None
    from_on: date | None = None
    months: tuple[Month, ...] = ()
    covers: bool = False
    cite: Cite

    @model_validator(mode="after")
    def _months_of_monthly(self) -> Self:
        if self.months and self.unit is not Civil.END_OF_MONTH:
            raise ValueError("months goes with unit = 'end_of_month', and only with it")
        return self

    def periods(self, since: date, until: date) -> Iterator[Period]:
        """Yield the periods in which it is done that have begun by a day, from another on."""
        day = max(since, self.from_on) if self.from_on else since
        while day <= until:
            period = Period.holding(self.unit, day)
            if not self.months or period.first.month in self.months:
                yield period
            day = period.last + timedelta(days=1)

    def due_on(self, period: Period) -> date:
        """Return the last day of the duty: its own day of the last month, or the period's last."""
        last = period.last
        return last if self.day is None else last.replace(day=min(self.day, last.day))

    @property
    def limit(self) -> CaseLimit:
        """Return the time limit under which each of its campaigns stands."""
        own_day = self.day is not None
        return CaseLimit(
            id=self.code,
            zh=self.zh,
            en=self.en,
            cite=self.cite,
            kind=LimitKind.DUE,
            unit=Unit.DATE if own_day else Unit(self.unit),
            from_day="last_day" if own_day else "first_day",
            starts=(OPENS,),
            ends=(ENDS,),
            only_for=OnlyFor(programmes=(self.code,)),
        )
