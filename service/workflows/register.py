"""What is true of a household of the register, by whatever door it comes in."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import StringConstraints

HEAD = "head"
MAX_MEMBERS = 30
MAX_TRAITS = 20
Relation = Annotated[
    str,
    StringConstraints(pattern="^(head|spouse|child|child_in_law|grandchild|parent|sibling|other)$"),
]
Telephone = Annotated[str, StringConstraints(pattern=r"^[0-9]{7,12}$")]


def heads(relations: Iterable[str]) -> int:
    """Return how many heads there are: a household has exactly one."""
    return sum(relation == HEAD for relation in relations)
