"""What is sent next: claimed in a short transaction, sent outside of any, its outcome recorded.

A claim leases a subscription and puts what is due for it into one bundle. The bundle's id is
the message's on every attempt, also after somebody else took over the lease of a deliverer
that died: a receiver may get a message twice, but then with the same id.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, exists, select

from service.clock import office_date
from service.notices.outbox import Addressee, Cause, notify
from service.notices.templates import Facts
from service.store.columns import new_id
from service.store.database import put, wire
from service.store.deliveries import (
    DELIVERIES,
    TALLY,
    Delivery,
    DeliveryState,
    Outcome,
    Subscription,
    SubscriptionState,
    is_due,
    may_be_sent_to,
)
from service.store.notices import CauseKind, Notice
from service.store.vault import Vault
from service.workflows.policy import ADMINISTRATOR

LEASE = timedelta(minutes=10)
"""Longer than any sending takes, and than clocks of two servers may differ."""

WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""After each failed attempt but the last, as Standard Webhooks has them: 75.6 hours in all."""

ATTEMPTS = len(WAITS) + 1
RESTS = WAITS[:2]
"""How long a target rests after its first failure in a row, and after each further one."""

LONGEST_WAIT = timedelta(hours=24)
JITTER = 0.1
RANDOM = SystemRandom()
TARGET, SECRET, FORMER = "subscription.target", "subscription.secret", "subscription.former_secret"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message to one target: its id, what is in it, and the lease under which it is sent."""

    id: UUID
    lease: UUID
    subscription_id: UUID
    channel: str
    target: str
    secrets: tuple[str, ...]
    notices: tuple[Notice, ...]
    attempt: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended; `wait`: the receiver asks for so long a pause, `gone`: for good."""

    outcome: Outcome
    detail: int | None = None
    wait: timedelta | None = None
    gone: bool = False


def claim(
    session: Session, now: datetime, most: dict[str, int], vault: Vault, *, limit: int
) -> list[Parcel]:
    """Lease up to `limit` targets that something is due for, those that answer well first.

    `most`: how many notices a message of each channel holds.
    """
    leased = select(Subscription).where(
        may_be_sent_to(now),
        (col(Subscription.lease_until).is_(None)) | (col(Subscription.lease_until) <= now),
        exists().where(col(Delivery.subscription_id) == col(Subscription.id), is_due(now)),
    )
    leased = leased.order_by(col(Subscription.failures), col(Subscription.not_before))
    found = session.exec(leased.limit(limit).with_for_update(skip_locked=True)).all()
    bundles = [(one, _bundle(session, one.id, now, most[one.channel])) for one in found]
    # Nothing is due any more where somebody else sent it after this statement began.
    return [_parcel(session, one, bundle, now, vault) for one, bundle in bundles if bundle]


def _parcel(
    session: Session,
    subscription: Subscription,
    deliveries: Sequence[Delivery],
    now: datetime,
    vault: Vault,
) -> Parcel:
    lease = subscription.lease = new_id(now)
    subscription.lease_until = now + LEASE
    first = deliveries[0]
    bundle_id = first.bundle_id or first.id
    for delivery in deliveries:
        delivery.bundle_id, delivery.tried_at = bundle_id, now
        delivery.attempts += 1
    notices = session.exec(
        select(Notice)
        .where(col(Notice.id).in_([delivery.notice_id for delivery in deliveries]))
        .order_by(col(Notice.id))
    ).all()
    return Parcel(
        id=bundle_id,
        lease=lease,
        subscription_id=subscription.id,
        channel=subscription.channel,
        target=vault.unseal(subscription.target, TARGET, subscription.id),
        secrets=_secrets(subscription, now, vault),
        notices=tuple(notices),
        attempt=first.attempts,
        at=now,
    )


def _bundle(
    session: Session, subscription_id: UUID, now: datetime, most: int
) -> Sequence[Delivery]:
    """Return the longest due with its bundle, or with the others that were never tried."""
    due = select(Delivery).where(col(Delivery.subscription_id) == subscription_id, is_due(now))
    due = due.order_by(col(Delivery.due_at), col(Delivery.id))
    first = session.exec(due.limit(1)).first()
    if first and first.bundle_id:
        return session.exec(due.where(Delivery.bundle_id == first.bundle_id)).all()
    return session.exec(due.where(col(Delivery.bundle_id).is_(None)).limit(most)).all()


def _secrets(subscription: Subscription, now: datetime, vault: Vault) -> tuple[str, ...]:
    """Return the secrets that sign: the present one, and the former while that is accepted."""
    found = []
    if subscription.secret:
        found.append(vault.unseal(subscription.secret, SECRET, subscription.id))
    if subscription.former_secret and subscription.former_until and now < subscription.former_until:
        found.append(vault.unseal(subscription.former_secret, FORMER, subscription.id))
    return tuple(found)


def record(
    session: Session,
    parcel: Parcel,
    ending: Ending,
    now: datetime,
    pause: timedelta,
    jitter: Callable[[], float] = RANDOM.random,
) -> None:
    """Write down how an attempt ended, unless the lease is another's by now.

    `pause`: how long the target is left alone after a message.
    """
    subscription = session.exec(
        select(Subscription)
        .where(Subscription.id == parcel.subscription_id, Subscription.lease == parcel.lease)
        .with_for_update()
    ).first()
    if subscription is None:
        return
    _count(session, parcel.channel, ending.outcome)
    subscription.lease = subscription.lease_until = None
    if ending.outcome is Outcome.DELIVERED:
        pause = max(pause, timedelta(minutes=subscription.digest_minutes))
        subscription.failures = 0
        _close(session, parcel, DeliveryState.DELIVERED, ending)
    else:
        pause = max(pause, RESTS[min(subscription.failures, len(RESTS) - 1)])
        subscription.failures += 1
        _failed(session, subscription, parcel, ending, now, jitter)
    if ending.outcome is Outcome.RATE_LIMITED:
        pause = max(pause, ending.wait or RESTS[0])
    subscription.not_before = max(subscription.not_before, now + pause)


def _failed(
    session: Session,
    subscription: Subscription,
    parcel: Parcel,
    ending: Ending,
    now: datetime,
    jitter: Callable[[], float],
) -> None:
    if ending.gone:
        subscription.state = SubscriptionState.PAUSED
    if ending.gone or parcel.attempt >= ATTEMPTS:
        _close(session, parcel, DeliveryState.DEAD, ending)
        _alert(session, subscription, now)
        return
    wait = WAITS[parcel.attempt - 1] * (1 + JITTER * jitter())
    if ending.wait:
        wait = max(wait, min(ending.wait, LONGEST_WAIT))
    _close(session, parcel, DeliveryState.WAITING, ending, due_at=now + wait)


def _close(
    session: Session, parcel: Parcel, state: DeliveryState, ending: Ending, **changes: object
) -> None:
    session.flush()
    wire(session).execute(
        update(DELIVERIES)
        .where(
            DELIVERIES.c.bundle_id == parcel.id, DELIVERIES.c.state == DeliveryState.WAITING.value
        )
        .values(state=state, outcome=ending.outcome, detail=ending.detail, **changes)
    )


def _count(session: Session, channel: str, outcome: Outcome) -> None:
    tally = {"channel": channel, "outcome": outcome, "number": 1}
    put(session, TALLY, tally, number=TALLY.c.number + 1)


def _alert(session: Session, subscription: Subscription, now: datetime) -> None:
    """Tell whose subscription it is, once a day, in the inbox alone."""
    cause = Cause(CauseKind.CHANNEL, f"{subscription.id}:{office_date(now)}")
    to = Addressee(subscription.role or ADMINISTRATOR, subscription.area_code)
    facts = Facts(subscription_id=subscription.id, channel=subscription.channel)
    notify(session, cause, to, "channel_failed", facts, now)
