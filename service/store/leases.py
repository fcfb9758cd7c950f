"""Leases: who alone does a piece of work until an instant, so that others need not do it too.

What is done under a lease is harmless when two do it. A lease saves work; it decides nothing.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlmodel import Field, Session, SQLModel

from service.store.columns import CODE, Utc, table_of
from service.store.database import put_where, wire


class Lease(SQLModel, table=True):
    """Who has a piece of work to himself, and until when; then anybody may take it over."""

    name: str = Field(primary_key=True, sa_type=CODE)
    holder: UUID
    until: datetime = Field(sa_type=Utc)


LEASES = table_of(Lease)


def hold(session: Session, name: str, holder: UUID, now: datetime, until: datetime) -> bool:
    """Take a lease that is free, over or one's own; tell whether it is held now."""
    free = or_(LEASES.c.holder == holder, LEASES.c.until <= now)
    row = {"name": name, "holder": holder, "until": until}
    put_where(session, LEASES, row, free, holder=holder, until=until)
    found = wire(session).execute(select(LEASES.c.holder).where(LEASES.c.name == name))
    return bool(found.scalar_one() == holder)


def let_go(session: Session, holder: UUID) -> None:
    """Give back every lease of a holder, so that the next one need not wait."""
    wire(session).execute(delete(LEASES).where(LEASES.c.holder == holder))
