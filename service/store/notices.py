"""Notices: what is owed to a position, each with its cause, once.

A notice goes to a role in an area; whoever holds that position on the day reads it. Where
nobody holds it, somebody stands in: `for_role` and `for_area_code` say whose it was.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, UniqueConstraint, tuple_
from sqlmodel import Field, Index, Session, SQLModel, col, select

from service.store.columns import AREA_CODE, CODE, Json, Utc, coded, table_of
from service.store.people import Actor

CAUSE_KEY_LENGTH = 120


class CauseKind(StrEnum):
    """What a notice comes from."""

    DEADLINE = "deadline"
    CASE = "case"
    CAMPAIGN = "campaign"
    URGE = "urge"
    VACANCY = "vacancy"
    CHANNEL = "channel"


class Notice(SQLModel, table=True):
    """What one position is to know, from one cause. `facts` hold no personal data.

    `acknowledged_*` say who read it first and when; `is_unread` is what lists sort by.
    """

    __table_args__ = (
        UniqueConstraint("cause", "cause_key", "for_role", "for_area_code"),
        Index("ix_notice_inbox", "role", "area_code", "is_unread", "id"),
    )

    id: UUID = Field(primary_key=True)
    cause: CauseKind = Field(sa_type=coded(CauseKind))
    cause_key: str = Field(max_length=CAUSE_KEY_LENGTH)
    template: str = Field(sa_type=CODE)
    facts: dict[str, Any] = Field(sa_type=Json)
    case_id: UUID | None = Field(default=None, foreign_key="cases.id", index=True)
    role: str = Field(sa_type=CODE)
    area_code: str = Field(sa_type=AREA_CODE, foreign_key="area.code")
    for_role: str = Field(sa_type=CODE)
    for_area_code: str = Field(sa_type=AREA_CODE)
    issued_at: datetime = Field(sa_type=Utc)
    is_unread: bool = True
    acknowledged_at: datetime | None = Field(default=None, sa_type=Utc)
    acknowledged_by: UUID | None = None
    acknowledged_in: UUID | None = None


NOTICES = table_of(Notice)


def addressed_to(positions: Collection[Actor]) -> ColumnElement[bool]:
    """Return the condition that a notice is in the inbox of one of some positions."""
    places = [(actor.role, actor.area_code) for actor in positions]
    return tuple_(col(Notice.role), col(Notice.area_code)).in_(places)


def acknowledge(session: Session, notice_id: UUID, reader: Actor, now: datetime) -> Notice | None:
    """Note that a position has read a notice, the first time only; None if it is not its own."""
    notice = session.exec(
        select(Notice).where(Notice.id == notice_id, addressed_to([reader])).with_for_update()
    ).first()
    if notice and notice.is_unread:
        notice.is_unread = False
        notice.acknowledged_at = now
        notice.acknowledged_by, notice.acknowledged_in = reader.person_id, reader.position_id
    return notice
