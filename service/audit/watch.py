"""How the log does, seen from outside: for `/metrics`."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlmodel import Session, func, select

from service.audit.log import newest_checkpoint
from service.store.log import LogHead, LogHolder, LogPending


def log_metrics(session: Session, now: datetime) -> Iterator[Metric]:
    """Yield the log's length, what is pending, and what holders outside do not have yet."""
    size = session.exec(select(LogHead.size)).one()
    pending = session.exec(select(func.count()).select_from(LogPending)).one()
    newest = newest_checkpoint(session)
    waiting = pending or size > (newest.size if newest else 0)
    age = (now - newest.signed_at).total_seconds() if newest and waiting else 0.0
    held = session.exec(select(func.min(LogHolder.size))).one()
    for name, what, value in (
        ("dixian_log_lines", "Lines that are leaves of the log.", size),
        ("dixian_log_pending", "Lines that are not in the log yet.", pending),
        (
            "dixian_log_unsigned_seconds",
            "How old the newest checkpoint is while lines wait for one.",
            max(0.0, age),
        ),
        (
            "dixian_log_unheld_lines",
            "Signed lines that a holder of checkpoints outside has not got.",
            (newest.size if newest else 0) - (held or 0),
        ),
    ):
        yield GaugeMetricFamily(name, what, value=value)
