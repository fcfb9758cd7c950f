"""What follows from a move, in its own transaction: other cases that it opens or moves.

One line for each event that has consequences. They come by the same ways as any other act
(`openings.begin`, `cases.act`), in the name of whoever acted.
"""

from collections.abc import Callable

from sqlmodel import Session

from service.moves import Moved
from service.registry import Registry
from service.store.people import Actor
from service.workflows.statement import Event

Consequence = Callable[[Session, Moved, Event, Actor | None, Registry], None]

CONSEQUENCES: dict[str, Consequence] = {}
"""Event -> what follows from it."""


def follow(
    session: Session, moved: Moved, body: Event, actor: Actor | None, registry: Registry
) -> None:
    """Let what follows from an event happen, if anything does."""
    if consequence := CONSEQUENCES.get(body.event):
        consequence(session, moved, body, actor, registry)
