"""What follows from a move, in its own transaction: other cases that it opens or moves.

One line for each event that has consequences. They come by the same ways as any other act
(`openings.begin`, `cases.act`), in the name of whoever acted.
"""

from collections.abc import Callable

from sqlmodel import Session

from service import findings, papers_owed
from service.found_in_checks import open_items
from service.moves import Moved
from service.registry import Registry
from service.store.campaigns import Campaign
from service.store.people import Actor
from service.takers import must_be_taken
from service.workflows.statement import Event

Consequence = Callable[[Session, Moved, Event, Actor | None, Registry], None]


def _papers_are_owed(
    session: Session, moved: Moved, _body: Event, actor: Actor | None, registry: Registry
) -> None:
    """Let units owe the document's papers: those are of its campaign, and of no standing duty."""
    if session.get_one(Campaign, moved.case.id).programme is None:
        papers_owed.owe(session, moved.case, registry, actor)


def _papers_are_released(
    session: Session, moved: Moved, body: Event, actor: Actor | None, registry: Registry
) -> None:
    papers_owed.release(session, moved.case, body.reason or "", registry, actor)


CONSEQUENCES: dict[str, Consequence] = {
    "start_campaign": _papers_are_owed,
    "cancel_campaign": _papers_are_released,
    "raise_level": must_be_taken,
    "hand_over": must_be_taken,
    "record_check": open_items,
    "fill_form": findings.handed_in,
    "correct_form": findings.handed_in,
    "accept_form": findings.accepted,
    "void_form": findings.voided,
    "open": findings.taken_up,
}
"""Event -> what follows from it."""


def follow(
    session: Session, moved: Moved, body: Event, actor: Actor | None, registry: Registry
) -> None:
    """Let what follows from an event happen, if anything does."""
    if consequence := CONSEQUENCES.get(body.event):
        consequence(session, moved, body, actor, registry)
