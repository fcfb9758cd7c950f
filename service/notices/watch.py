"""How the outbox does, seen from outside: for `/metrics` and `/readyz`."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlmodel import Session, col, func, select

from service.notices.channels import CHANNELS
from service.notices.delivery import DELIVERER
from service.store.deliveries import (
    Delivery,
    DeliveryState,
    DeliveryTally,
    Heartbeat,
    Subscription,
    is_due,
    may_be_sent_to,
)


def oldest_due(session: Session, now: datetime) -> datetime | None:
    """Return since when the delivery that waits longest could have been tried, if one does."""
    return session.exec(
        select(func.min(Delivery.due_at))
        .join(Subscription, col(Subscription.id) == col(Delivery.subscription_id))
        .where(is_due(now), may_be_sent_to(now))
    ).one()


def stands_still(session: Session, now: datetime, after: timedelta) -> bool:
    """Tell whether something could have gone out for so long, and nobody has been delivering."""
    beat = session.get(Heartbeat, DELIVERER)
    if beat is not None and beat.at > now - after:
        return False
    oldest = oldest_due(session, now)
    return oldest is not None and oldest <= now - after


def outbox_metrics(session: Session, now: datetime) -> Iterator[Metric]:
    """Yield the outbox's age and depth, and what became of the attempts so far."""
    oldest = oldest_due(session, now)
    age = (now - oldest).total_seconds() if oldest else 0.0
    yield GaugeMetricFamily(
        "dixian_outbox_age_seconds", "How long the oldest due delivery has waited.", value=age
    )
    yield from _depths(session)
    attempts = CounterMetricFamily(
        "dixian_deliveries", "Attempts to send a message.", labels=["channel", "outcome"]
    )
    for tally in session.exec(select(DeliveryTally)):
        attempts.add_metric([tally.channel, tally.outcome], tally.number)
    yield attempts


def _depths(session: Session) -> Iterator[Metric]:
    counted = session.execute(
        select(Subscription.channel, Delivery.state, func.count())
        .join(Delivery, col(Delivery.subscription_id) == col(Subscription.id))
        .where(col(Delivery.state).in_([DeliveryState.WAITING, DeliveryState.DEAD]))
        .group_by(col(Subscription.channel), col(Delivery.state))
    )
    found = {(channel, state): number for channel, state, number in counted}
    for name, state, what in (
        ("dixian_outbox_depth", DeliveryState.WAITING, "Deliveries that wait to be sent."),
        ("dixian_outbox_dead", DeliveryState.DEAD, "Deliveries that were given up."),
    ):
        family = GaugeMetricFamily(name, what, labels=["channel"])
        for channel in CHANNELS:
            family.add_metric([channel], found.get((channel, state), 0))
        yield family
