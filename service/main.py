"""The application, put together: `create_app()`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from service.api import (
    areas,
    attachments,
    calendar,
    cases,
    deadlines,
    health,
    households,
    policies,
    session,
    todo,
)
from service.api.door import MAX_BODY_BYTES, Doorkeeper
from service.api.office import open_office
from service.api.problems import Problem, install
from service.clock import Clock, SystemClock
from service.config import Settings
from service.workflows.machine import Rulebook

TITLE = "Dixian 底线"
SUMMARY = "Approval procedures that keep rural households from falling back into poverty."
VERSION = "0.1.0"
DESCRIPTION = """\
Every case is an explicit state machine under one jurisdiction's document; legal time limits are
enforced and explained; every move leaves a line that can be verified.

* Sign in (`POST /v1/session`) and send the token. With several positions, choose one by
  `Dixian-Position`.
* `GET /v1/cases/{id}/actions` tells what you may do and, where not, why. Send the version you
  have seen as `If-Match`, and an `Idempotency-Key` with every POST that writes.
* Every refusal is a problem (RFC 9457) with a stable `code`; see `GET /v1/codes`.
"""

ROUTERS = (session, policies, areas, calendar, households, attachments, cases, deadlines, todo)


def create_app(
    settings: Settings | None = None, clock: Clock | None = None, rulebook: Rulebook | None = None
) -> FastAPI:
    """Put the service together. It refuses to start on a database that is not ready for it."""
    office = open_office(settings or Settings(), clock or SystemClock(), rulebook or Rulebook())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await office.database.transact(lambda s: health.check(s, office))
        yield
        await office.database.close()

    app = FastAPI(
        title=TITLE,
        summary=SUMMARY,
        description=DESCRIPTION,
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        max_body_size=MAX_BODY_BYTES,
    )
    app.state.office = office
    for module in ROUTERS:
        app.include_router(module.router, prefix="/v1")
    app.include_router(health.router)
    install(app)
    _offer_docs(app)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    app.add_middleware(Doorkeeper)
    return app


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


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document: malformed requests are 400 problems, never 422 ones."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
    )
    schemas = document["components"]["schemas"]
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    for path in document["paths"].values():
        for operation in path.values():
            unprocessable = operation["responses"].get("422", {})
            if "HTTPValidationError" in str(unprocessable):
                del operation["responses"]["422"]
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    app.openapi_schema = document
    return document
