"""Where notices travel beside the inbox: subscriptions, and one delivery for each notice to each.

Deliveries to one target that are sent as one message share a bundle, whose id is the
message's on every attempt. A subscription is leased to whoever sends to it, so that a target
never has two messages under way; a lease that ran out is another's to take.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, UniqueConstraint, and_, not_, or_
from sqlmodel import Field, Index, Session, SQLModel, col, select

from service.clock import OFFICE_ZONE
from service.store.areas import AreaReach
from service.store.columns import AREA_CODE, CODE, Utc, coded, table_of


class SubscriptionState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class DeliveryState(StrEnum):
    """How a delivery stands. Dead: given up after the last attempt, until somebody replays it."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """How an attempt ended."""

    DELIVERED = "delivered"
    HTTP_ERROR = "http_error"
    RATE_LIMITED = "rate_limited"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    CONNECTION_FAILED = "connection_failed"
    ADDRESS_REFUSED = "address_refused"
    FAULT = "fault"


class Subscription(SQLModel, table=True):
    """One target of one channel: it takes the notices to a role in an area and below it.

    Without a role, to every role there. `target` and the secrets are sealed; `shown` is what
    may be read of the target. Between `quiet_from` and `quiet_to`, minutes of the office's
    day, nothing is sent; nor before `not_before`. `failures` counts attempts since the last
    success.
    """

    id: UUID = Field(primary_key=True)
    channel: str = Field(sa_type=CODE)
    role: str | None = Field(default=None, sa_type=CODE)
    area_code: str = Field(sa_type=AREA_CODE, foreign_key="area.code", index=True)
    state: SubscriptionState = Field(sa_type=coded(SubscriptionState))
    shown: str
    target: str
    secret: str | None = None
    former_secret: str | None = None
    former_until: datetime | None = Field(default=None, sa_type=Utc)
    quiet_from: int | None = None
    quiet_to: int | None = None
    digest_minutes: int = 0
    created_at: datetime = Field(sa_type=Utc)
    created_by: UUID
    not_before: datetime = Field(sa_type=Utc)
    lease: UUID | None = None
    lease_until: datetime | None = Field(default=None, sa_type=Utc)
    failures: int = 0


class Delivery(SQLModel, table=True):
    """One notice to one subscription. `attempts` counts those begun, also by who was killed.

    `detail` is the receiver's own number for the last outcome: an HTTP status, an error code.
    """

    __table_args__ = (
        UniqueConstraint("notice_id", "subscription_id"),
        Index("ix_delivery_due", "subscription_id", "state", "due_at", "id"),
    )

    id: UUID = Field(primary_key=True)
    notice_id: UUID = Field(foreign_key="notice.id")
    subscription_id: UUID = Field(foreign_key="subscription.id")
    state: DeliveryState = Field(sa_type=coded(DeliveryState))
    bundle_id: UUID | None = Field(default=None, index=True)
    attempts: int = 0
    due_at: datetime = Field(sa_type=Utc)
    outcome: Outcome | None = Field(default=None, sa_type=coded(Outcome))
    detail: int | None = None
    tried_at: datetime | None = Field(default=None, sa_type=Utc)


class DeliveryTally(SQLModel, table=True):
    """How many attempts on a channel ended how, since ever: what `/metrics` shows."""

    __tablename__ = "delivery_tally"

    channel: str = Field(primary_key=True, sa_type=CODE)
    outcome: Outcome = Field(primary_key=True, sa_type=coded(Outcome))
    number: int


class Heartbeat(SQLModel, table=True):
    """When a kind of worker last showed that it works."""

    name: str = Field(primary_key=True, sa_type=CODE)
    at: datetime = Field(sa_type=Utc)


DELIVERIES, TALLY = table_of(Delivery), table_of(DeliveryTally)
HEARTBEATS = table_of(Heartbeat)


def may_be_sent_to(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a message may go to a subscription now, but for a lease."""
    local = now.astimezone(OFFICE_ZONE)
    minute = local.hour * 60 + local.minute
    start, end = col(Subscription.quiet_from), col(Subscription.quiet_to)
    is_quiet = or_(
        and_(start <= end, start <= minute, minute < end),
        and_(start > end, or_(start <= minute, minute < end)),
    )
    return and_(
        col(Subscription.state) == SubscriptionState.ACTIVE,
        col(Subscription.not_before) <= now,
        or_(start.is_(None), not_(is_quiet)),
    )


def is_due(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a delivery waits to be tried now."""
    return and_(col(Delivery.state) == DeliveryState.WAITING, col(Delivery.due_at) <= now)


def taking(
    session: Session, area_codes: Collection[str]
) -> dict[str, list[tuple[UUID, str | None, str]]]:
    """Return area -> the subscriptions that take its notices: with the role, and the channel."""
    found: dict[str, list[tuple[UUID, str | None, str]]] = {}
    if not area_codes:
        return found
    rows = session.execute(
        select(AreaReach.area_code, Subscription.id, Subscription.role, Subscription.channel)
        .join(Subscription, col(Subscription.area_code) == col(AreaReach.ancestor_code))
        .where(
            col(AreaReach.area_code).in_(area_codes),
            col(Subscription.state) != SubscriptionState.ENDED,
        )
    )
    for area_code, *taker in rows:
        found.setdefault(area_code, []).append(tuple(taker))
    return found
