"""The application, put together: `create_app()`."""

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import structlog
from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from sqlmodel import Session
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from service.api import (
    areas,
    attachments,
    audit,
    audit_lists,
    blank_forms,
    calendar,
    campaigns,
    cases,
    comparisons,
    data_quality,
    deadline_exports,
    deadlines,
    deliverables,
    duplicates,
    erasure,
    exports,
    findings,
    health,
    holding,
    households,
    imports,
    inbox,
    inspection_forms,
    log_exports,
    metrics,
    notices,
    overview,
    policies,
    process_maps,
    publication,
    remediation,
    reports,
    rosters,
    sanctions,
    session,
    subscriptions,
    supervisions,
    timekeeping,
    timelines,
    todo,
)
from service.api.document import DESCRIPTION, SUMMARY, TITLE, document
from service.api.door import Doorkeeper
from service.api.office import Office, open_office
from service.api.problems import install
from service.clock import Clock, SystemClock
from service.config import Settings
from service.exports import work
from service.scheduler import Ticker
from service.store import answers
from service.store.exports import drop_old
from service.store.imports import expire
from service.store.policies import take_in
from service.workflows.rulebook import Rulebook

VERSION = "0.1.0"
ANSWERS_KEPT = timedelta(days=7)
"""How long the answer to an Idempotency-Key is kept at least; they hold what was answered."""
UPLOADS_KEPT = timedelta(days=30)
"""How long an uploaded workbook and its report are kept, which are full of personal data; and
an export of the log."""

ROUTERS = (
    cases,
    session,
    policies,
    process_maps,
    areas,
    calendar,
    households,
    duplicates,
    erasure,
    attachments,
    overview,
    deadlines,
    remediation,
    data_quality,
    reports,
    timekeeping,
    timelines,
    holding,
    deliverables,
    supervisions,
    sanctions,
    notices,
    inbox,
    subscriptions,
    todo,
    publication,
    campaigns,
    rosters,
    inspection_forms,
    blank_forms,
    findings,
    imports,
    deadline_exports,
    exports,
    comparisons,
    audit,
    log_exports,
    audit_lists,
)
"""What is asked most comes first: a request is held against one route after the other."""


def create_app(
    settings: Settings | None = None,
    clock: Clock | None = None,
    rulebook: Rulebook | None = None,
    *,
    ticking: bool = False,
) -> FastAPI:
    """Put the service together. It refuses to start on a database that is not ready for it.

    `ticking`: it does itself what `dixian clock` does, beside serving.
    """
    office = open_office(settings or Settings(), clock or SystemClock(), rulebook or Rulebook())
    ticker = Ticker(office)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            gone = await office.database.transact(lambda s: _open_for_the_day(s, office))
            for import_id in gone.imports:
                office.uploads.remove(import_id)
            for export_id in gone.exports:
                work.remove(office.settings.exports_path, export_id)
            if ticking:
                ticker.start()
            yield
            if ticking:
                await ticker.stop()
        finally:
            office.workers.close()
            await office.database.close()

    app = FastAPI(
        title=TITLE,
        summary=SUMMARY,
        description=DESCRIPTION,
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # `/metrics` has ours
    )
    app.state.office = office
    for module in ROUTERS:
        app.include_router(module.router, prefix="/v1")
    app.include_router(health.router)
    app.include_router(metrics.router)
    install(app)
    _offer_docs(app)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    app.add_middleware(Doorkeeper)
    return app


def create_served_app() -> FastAPI:
    """Put the service together for a server process, which logs in JSON."""
    log_in_json()
    settings = Settings()
    app = create_app(settings, ticking=settings.ticks_in_server)
    # What is built once stays; looking through it again and again cost a quarter of each request.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    return app


def log_in_json() -> None:
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )


class _Gone(NamedTuple):
    """What is over, and whose files go."""

    imports: list[UUID]
    exports: list[UUID]


def _open_for_the_day(session: Session, office: Office) -> _Gone:
    """Look whether all is there, and drop what is over."""
    health.check(session, office)
    take_in(session, office.rulebook)
    answers.forget(session, office.clock.now() - ANSWERS_KEPT)
    over = office.clock.now() - UPLOADS_KEPT
    return _Gone(expire(session, over), drop_old(session, over))


def _offer_docs(app: FastAPI) -> None:
    """Serve the interactive documentation from our own files: offices have no CDN."""
    assets = "/docs/assets"
    app.mount(assets, StaticFiles(packages=[("fastapi_swagger", "resources")]))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=TITLE,
            swagger_js_url=f"{assets}/swagger-ui-bundle.js",
            swagger_css_url=f"{assets}/swagger-ui.css",
            swagger_favicon_url=f"{assets}/favicon-32x32.png",
            swagger_ui_parameters={"validatorUrl": None},
        )
