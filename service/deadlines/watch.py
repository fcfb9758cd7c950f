"""How the sweep does, seen from outside: for `/metrics` and `/readyz`."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from sqlmodel import Session, col, func, select

from service.deadlines.sweep import LAG_SECONDS
from service.deadlines.turns import SWEEPER
from service.store.deadlines import IS_RUNNING, Deadline
from service.store.deliveries import Heartbeat
from service.store.ladder import SweepTally


def oldest_due(session: Session, now: datetime) -> datetime | None:
    """Return since when the deadline that waits longest could have been swept, if one does."""
    return session.exec(
        select(func.min(Deadline.next_step_at)).where(IS_RUNNING, col(Deadline.next_step_at) <= now)
    ).one()


def stands_still(session: Session, now: datetime, after: timedelta) -> bool:
    """Tell whether something has been due for so long, and nobody has been sweeping."""
    beat = session.get(Heartbeat, SWEEPER)
    if beat is not None and beat.at > now - after:
        return False
    oldest = oldest_due(session, now)
    return oldest is not None and oldest <= now - after


def sweep_metrics(session: Session, now: datetime) -> Iterator[Metric]:
    """Yield how late steps were taken, and since when the oldest due deadline has waited."""
    oldest = oldest_due(session, now)
    yield GaugeMetricFamily(
        "dixian_sweep_oldest_seconds",
        "How long the oldest due deadline has waited to be swept.",
        value=(now - oldest).total_seconds() if oldest else 0.0,
    )
    tallies = {tally.at_most_seconds: tally for tally in session.exec(select(SweepTally))}
    number, buckets = 0, []
    for bound in LAG_SECONDS:
        number += tallies[bound].number if bound in tallies else 0
        buckets.append(("+Inf" if bound == LAG_SECONDS[-1] else str(float(bound)), float(number)))
    yield HistogramMetricFamily(
        "dixian_sweep_lag_seconds",
        "How late the steps of ladders were taken.",
        buckets=buckets,
        sum_value=sum(tally.seconds for tally in tallies.values()),
    )
