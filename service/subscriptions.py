"""Subscriptions: who sets up a target, and what becomes of what waits for it (DX-71).

An administrator of a county or above sets up any within the area; everybody else one for the
own position alone. Targets and secrets are sealed as they come, and no answer holds them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, update
from sqlmodel import Session, col, select

from service.blockers import Blocker
from service.codes import Label
from service.config import Settings
from service.errors import NotFound, RequirementsNotMet
from service.notices.channels import CHANNELS
from service.notices.parcels import FORMER, SECRET, TARGET
from service.publication import check_administrator, is_administrator
from service.store.areas import area_within, within
from service.store.columns import new_id
from service.store.database import wire
from service.store.deliveries import (
    DELIVERIES,
    Delivery,
    DeliveryState,
    Subscription,
    SubscriptionState,
)
from service.store.people import Actor
from service.store.vault import Vault

CITE = "DX-71"
SUBSCRIBE = Label(zh="为其他岗位订阅通知", en="subscribe for another position")
BOTH_SECRETS = timedelta(hours=24)
"""How long a former secret still signs beside its successor."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a subscription is to be; the quiet hours in minutes of the office's day."""

    channel: str
    target: str
    secret: str | None
    role: str | None
    area_code: str
    quiet: tuple[int, int] | None
    digest_minutes: int


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who changes subscriptions, with what, and when."""

    actor: Actor
    vault: Vault
    settings: Settings
    now: datetime


def mine(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a subscription is an actor's to see and to change."""
    if is_administrator(actor):
        return within(Subscription.area_code, actor.area_code)
    return and_(
        col(Subscription.role) == actor.role, col(Subscription.area_code) == actor.area_code
    )


def subscribe(session: Session, wanted: Wanted, keeper: Keeper) -> Subscription:
    """Set up a subscription.

    Raises `NotFound` for an area out of reach, `NotYourRole`, and `RequirementsNotMet` for a
    target or a secret that the channel cannot use.
    """
    actor, vault = keeper.actor, keeper.vault
    area_within(session, wanted.area_code, actor.area_code)
    if (wanted.role, wanted.area_code) != (actor.role, actor.area_code):
        check_administrator(actor, SUBSCRIBE, CITE)
    channel = CHANNELS[wanted.channel]
    _refuse(channel.blockers(wanted.target, wanted.secret, keeper.settings))
    subscription_id = new_id(keeper.now)
    quiet_from, quiet_to = wanted.quiet or (None, None)
    subscription = Subscription(
        id=subscription_id,
        channel=wanted.channel,
        role=wanted.role,
        area_code=wanted.area_code,
        state=SubscriptionState.ACTIVE,
        shown=channel.shown(wanted.target),
        target=vault.seal(wanted.target, TARGET, subscription_id),
        secret=vault.seal(wanted.secret, SECRET, subscription_id) if wanted.secret else None,
        quiet_from=quiet_from,
        quiet_to=quiet_to,
        digest_minutes=wanted.digest_minutes,
        created_at=keeper.now,
        created_by=actor.person_id,
        not_before=keeper.now,
    )
    session.add(subscription)
    session.flush()
    return subscription


def rotate(session: Session, subscription_id: UUID, secret: str, keeper: Keeper) -> Subscription:
    """Put a new secret in place of the present one, which goes on signing beside it for a day."""
    found = _own(session, subscription_id, keeper.actor)
    vault = keeper.vault
    target = vault.unseal(found.target, TARGET, found.id)
    _refuse(CHANNELS[found.channel].blockers(target, secret, keeper.settings))
    if found.secret:
        former = vault.unseal(found.secret, SECRET, found.id)
        found.former_secret = vault.seal(former, FORMER, found.id)
        found.former_until = keeper.now + BOTH_SECRETS
    found.secret = vault.seal(secret, SECRET, found.id)
    return found


def pause(session: Session, subscription_id: UUID, keeper: Keeper) -> Subscription:
    """Send nothing until it is resumed; what is owed meanwhile waits."""
    found = _own(session, subscription_id, keeper.actor)
    found.state = SubscriptionState.PAUSED
    return found


def resume(session: Session, subscription_id: UUID, keeper: Keeper) -> Subscription:
    """Send again, at once: whoever resumes has looked into what went wrong."""
    found = _own(session, subscription_id, keeper.actor)
    found.state, found.not_before = SubscriptionState.ACTIVE, keeper.now
    return found


def end(session: Session, subscription_id: UUID, keeper: Keeper) -> Subscription:
    """Delete a subscription: its target and secrets are gone, what waits for it is cancelled."""
    found = _own(session, subscription_id, keeper.actor)
    found.state, found.target, found.lease = SubscriptionState.ENDED, "", None
    found.secret = found.former_secret = found.former_until = None
    session.flush()
    waiting = DELIVERIES.c.state == DeliveryState.WAITING.value
    wire(session).execute(
        update(DELIVERIES)
        .where(DELIVERIES.c.subscription_id == found.id, waiting)
        .values(state=DeliveryState.CANCELLED)
    )
    return found


def _own(session: Session, subscription_id: UUID, actor: Actor) -> Subscription:
    """Lock and return a subscription that was not deleted. Raises `NotFound`."""
    found = session.exec(
        select(Subscription)
        .where(
            Subscription.id == subscription_id,
            col(Subscription.state) != SubscriptionState.ENDED,
            mine(actor),
        )
        .with_for_update()
    ).first()
    if found is None:
        raise NotFound
    return found


def replay(session: Session, delivery_id: UUID, keeper: Keeper) -> Delivery:
    """Let a delivery be sent anew, with its whole message and under the same id.

    One that waits already waits on. Raises `NotFound`, also where the subscription is deleted.
    """
    found = session.get(Delivery, delivery_id)
    if found is None:
        raise NotFound
    subscription = _own(session, found.subscription_id, keeper.actor)
    session.refresh(found)
    if found.state in {DeliveryState.DEAD, DeliveryState.DELIVERED}:
        subscription.not_before = keeper.now
        wire(session).execute(
            update(DELIVERIES)
            .where(DELIVERIES.c.bundle_id == found.bundle_id)
            .values(state=DeliveryState.WAITING, attempts=0, due_at=keeper.now)
        )
        session.refresh(found)
    return found


def _refuse(blockers: Iterator[Blocker]) -> None:
    if found := list(blockers):
        raise RequirementsNotMet(found)
