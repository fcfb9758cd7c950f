"""The list of a campaign: how its rows stand, and what else the database knows of a campaign."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from service.codes import Label


class Standing(StrEnum):
    """How a row of a campaign's list stands."""

    EXPECTED = "expected"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    NOT_APPLICABLE = "not_applicable"


STANDINGS: dict[Standing, Label] = {
    Standing.EXPECTED: Label(zh="应报", en="expected"),
    Standing.SUBMITTED: Label(zh="已报", en="submitted"),
    Standing.RETURNED: Label(zh="已退回", en="returned"),
    Standing.ACCEPTED: Label(zh="已审核", en="accepted"),
    Standing.NOT_APPLICABLE: Label(zh="不适用", en="not applicable"),
}

OPEN = (Standing.EXPECTED, Standing.SUBMITTED, Standing.RETURNED)
"""Rows that stand so are not accounted for."""

Of = Literal["household", "village"]


@dataclass(frozen=True, slots=True)
class Around:
    """What only the database knows of a campaign.

    `rows`: of what, how it stands -> how many. `papers` and `problems` count those that are open.
    `checks`: the events of the campaign's supervisions; `unchecked`: the listed villages that none
    of them looked at. `named`: the rows that an event names, and how each stands.
    """

    rows: Mapping[tuple[Of, str], int] = field(default_factory=dict)
    papers: int = 0
    problems: int = 0
    checks: frozenset[str] = frozenset()
    unchecked: tuple[str, ...] = ()
    named: Mapping[int, str] = field(default_factory=dict)
    is_inside: bool = False
