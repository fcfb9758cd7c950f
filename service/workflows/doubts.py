"""Doubts (疑点): what a case's data should not say, to be looked into; none of them bars an act."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.codes import Cite, Code, CodeLabel, Label
from service.workflows.misfits import meant

NEEDS: dict[str, tuple[str, ...]] = {
    "identity_unfit": (),
    "recognition_incomplete": (),
    "risk_not_described": ("risks",),
    "elimination_incomplete": (),
    "measures_missing": ("months",),
    "eliminated_early": ("months", "since"),
    "eliminated_at_once": ("months", "means"),
    "helped_without_measure": ("means",),
    "risk_without_its_measure": ("measures",),
    "income_below_line": (),
    "income_high": ("yuan",),
    "labour_at_odds": ("risks", "percent", "risks_of_nobody"),
    "support_at_odds": (),
}
"""Each doubt that there is -> the numbers and codes that a document states for it."""

AT_THE_DOOR = "identity_unfit"
"""What the register itself refuses: it never gets as far as a doubt."""


class Doubt(BaseModel):
    """One rule on the data of monitored households: what is odd, and what to do about it.

    `since`: cases that were recognised before that day are left alone. `months` are calendar
    months, `percent` is the share of the members who can work.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Literal[
        "identity_unfit",
        "recognition_incomplete",
        "risk_not_described",
        "elimination_incomplete",
        "measures_missing",
        "eliminated_early",
        "eliminated_at_once",
        "helped_without_measure",
        "risk_without_its_measure",
        "income_below_line",
        "income_high",
        "labour_at_odds",
        "support_at_odds",
    ]
    zh: str
    en: str
    to_do: Label
    months: Annotated[int, Field(ge=1, le=120)] | None = None
    since: date | None = None
    yuan: Annotated[Decimal, Field(gt=0)] | None = None
    percent: Annotated[int, Field(ge=1, le=100)] | None = None
    risks: tuple[Code, ...] = ()
    risks_of_nobody: tuple[Code, ...] = ()
    means: tuple[Code, ...] = ()
    measures: dict[Code, tuple[Code, ...]] = {}
    cite: Cite

    @property
    def label(self) -> Label:
        return Label(zh=self.zh, en=self.en)

    @property
    def codes(self) -> Iterator[tuple[str, str]]:
        """Yield each code that is named, with the list that it is of."""
        named = (*self.risks, *self.risks_of_nobody, *self.measures)
        yield from (("risk_types", code) for code in named)
        yield from (("elimination_means", code) for code in self.means)
        for kinds in self.measures.values():
            yield from (("measure_kinds", code) for code in kinds)


def doubt_gaps(
    doubts: Collection[Doubt], lists: Mapping[str, tuple[CodeLabel, ...]]
) -> Iterator[str]:
    """Yield what a doubt leaves out or names that is in no list, and what stands there twice."""
    seen: set[str] = set()
    for doubt in doubts:
        key = f"doubts[{doubt.code}]"
        if doubt.code in seen:
            yield f"{key}: stands there twice; keep one"
        seen.add(doubt.code)
        for name in NEEDS[doubt.code]:
            if not getattr(doubt, name):
                yield f"{key}.{name}: the document states it; write it"
        for name, code in doubt.codes:
            known = [entry.code for entry in lists.get(name, ())]
            if code not in known:
                yield f"{key}: {code!r} is not in lists.{name}{meant(code, known)}"
