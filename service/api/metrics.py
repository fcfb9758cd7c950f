"""Prometheus metrics, read from the database: the same from every process. Nothing personal."""

from collections.abc import Callable, Iterable
from datetime import datetime

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from sqlmodel import Session

from service.api.office import Office
from service.api.problems import refusals
from service.audit.watch import log_metrics
from service.deadlines.watch import sweep_metrics
from service.errors import NotReady
from service.notices.watch import outbox_metrics

router = APIRouter(tags=["health"])

SOURCES: tuple[Callable[[Session, datetime], Iterable[Metric]], ...] = (
    sweep_metrics,
    outbox_metrics,
    log_metrics,
)
"""What is measured: each yields the families it knows. Labels are codes, never ids or names."""


class _Read(Collector):
    """What was read for one answer, as the library collects it."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


@router.get(
    "/metrics",
    operation_id="metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **refusals(NotReady),
    },
)
async def metrics(request: Request) -> Response:
    """Tell how the service does, in the text format of Prometheus."""
    office: Office = request.app.state.office
    now = office.clock.now()
    read = await office.database.read(lambda s: [m for source in SOURCES for m in source(s, now)])
    registry = CollectorRegistry()
    registry.register(_Read(read))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
