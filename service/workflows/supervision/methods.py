"""The ways in which a document lets units be looked at, and what is wrong with what it says."""

from collections.abc import Collection, Iterator
from typing import Annotated, Literal

from pydantic import Field

from service.codes import Cite, Code, Label
from service.workflows.acts import Rules
from service.workflows.misfits import meant


class Method(Rules):
    """One way of looking at units, as far as the document speaks of it.

    `levels`: of the areas that are looked at; `every_unit`: each of them is. `by_peers`: one unit
    looks at another on its level, never at itself. A check is dated within a `phase` of the
    campaign, or in one of the `months` of the year. `circular`: it ends with one; and
    `names_persons`: a circular on a unit with problems names a person. `source` is what the
    ledger of problems calls it, where the document has one.
    """

    code: Code
    zh: str
    en: str
    source: Code | None = None
    levels: Annotated[tuple[Literal["township", "village"], ...], Field(min_length=1)]
    every_unit: bool = False
    by_peers: bool = False
    phase: Code | None = None
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()
    circular: bool = False
    names_persons: bool = False
    cite: Cite

    @property
    def label(self) -> Label:
        return Label(zh=self.zh, en=self.en)


def method_gaps(
    methods: tuple[Method, ...],
    events: Collection[str],
    sources: Collection[str] | None,
    phases: Collection[str],
) -> Iterator[str]:
    """Yield every gap in what a document says of its ways of looking, with its key.

    `events` are those that it has of supervision, `sources` those of its problems; None where
    it lists none.
    """
    if events and not methods:
        yield "supervision.methods: nothing is written; say in which ways units are looked at"
    for index, method in enumerate(methods):
        key = f"supervision.methods[{method.code}]"
        if method.code in {earlier.code for earlier in methods[:index]}:
            yield f"{key}: {method.code!r} stands there twice; rename one of them"
        if sources is not None and method.source not in sources:
            gap = f"{method.source!r} is not in lists.problem_sources"
            yield f"{key}.source: {gap}{meant(str(method.source), sources)}"
        if method.phase and method.phase not in phases:
            gap = f"the campaign has no phase {method.phase!r}"
            yield f"{key}.phase: {gap}{meant(method.phase, phases)}"
        if method.circular and "issue_circular" not in events:
            yield f"{key}.circular: nobody can do it; write supervision.events for 'issue_circular'"
