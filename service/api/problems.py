"""Refusals as RFC 9457 problems, in the reader's language, with a stable code."""

from collections.abc import Sequence
from datetime import datetime
from socket import gaierror
from typing import Any, Literal

import structlog
from asyncpg import PostgresError
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from service.blockers import Blocker
from service.clock import OFFICE_ZONE
from service.codes import Label
from service.errors import (
    Fault,
    Malformed,
    NotAcceptable,
    NotFound,
    NotReady,
    NotThisMethod,
    Refusal,
)

MEDIA_TYPE = "application/problem+json"
Language = Literal["zh", "en"]

log = structlog.get_logger("problems")


class BlockerOut(BaseModel):
    """Why an event cannot happen: what is needed, what there is, from when, which provision."""

    code: str
    need: str | None = None
    have: str | None = None
    until: str | None = None
    cite: str | None = None
    detail: str


class FieldError(BaseModel):
    """Where a request is malformed. What was sent is not repeated."""

    loc: list[str | int]
    msg: str
    type: str


class Problem(BaseModel):
    """An RFC 9457 problem. `code` is stable; `title` and `detail` follow Accept-Language."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    blockers: list[BlockerOut] | None = None
    errors: list[FieldError] | None = None
    state: str | None = None
    version: int | None = None
    available_actions: list[str] | None = None
    case_id: str | None = None
    retry_after: int | None = None


def refusals(*classes: type[Refusal]) -> dict[int | str, dict[str, Any]]:
    """Return what an endpoint may refuse with, for the OpenAPI document."""
    statuses: dict[int | str, dict[str, Any]] = {}
    for refusal in classes:
        entry = statuses.setdefault(
            refusal.status,
            {"description": "", "content": {MEDIA_TYPE: {"schema": _PROBLEM_REF}}},
        )
        line = f"`{refusal.code}`: {refusal.title.en} / {refusal.title.zh}"
        entry["description"] = "; ".join(filter(None, [entry["description"], line]))
    return statuses


_PROBLEM_REF = {"$ref": "#/components/schemas/Problem"}


def language_of(accept: str | None) -> Language:
    """Return the language that the client names first; Chinese unless it asks for English."""
    first = (accept or "").split(",")[0].strip().lower()
    return "en" if first.startswith("en") else "zh"


def text_of(label: Label, language: Language) -> str:
    return label.en if language == "en" else label.zh


def blockers_out(blockers: Sequence[Blocker], language: Language) -> list[BlockerOut]:
    return [
        BlockerOut(
            code=blocker.code,
            need=", ".join(blocker.need) or None,
            have=", ".join(blocker.have) or None,
            until=_moment(blocker.until),
            cite=blocker.cite,
            detail=text_of(blocker.label, language),
        )
        for blocker in blockers
    ]


def _moment(until: object) -> str | None:
    if isinstance(until, datetime):
        return until.astimezone(OFFICE_ZONE).isoformat()
    return None if until is None else str(until)


def answer(request: Request, refusal: Refusal, errors: list[FieldError] | None = None) -> Response:
    """Return the refusal as an HTTP answer."""
    language = language_of(request.headers.get("accept-language"))
    problem = Problem(
        type=f"urn:dixian:problem:{refusal.code}",
        title=text_of(refusal.title, language),
        status=refusal.status,
        detail=text_of(refusal.detail, language),
        code=refusal.code,
        request_id=getattr(request.state, "request_id", "-"),
        blockers=blockers_out(refusal.blockers, language) or None,
        errors=errors,
        **refusal.extra,
    )
    headers: dict[str, str] = {"Content-Language": language}
    if refusal.status == NotReady.status or problem.retry_after:
        headers["Retry-After"] = str(problem.retry_after or 1)
    if refusal.status == 401:  # noqa: PLR2004
        headers["WWW-Authenticate"] = "Bearer"
    content = problem.model_dump_json(exclude_none=True)
    return Response(content, refusal.status, headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let the app answer everything that goes wrong with a problem."""

    @app.exception_handler(Refusal)
    async def refused(request: Request, refusal: Refusal) -> Response:
        return answer(request, refusal)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, invalid: RequestValidationError) -> Response:
        errors = [_field_error(error) for error in invalid.errors()]
        where = "; ".join(f"{'.'.join(map(str, e.loc))}: {e.msg}" for e in errors[:5])
        return answer(request, Malformed(Label(zh=f"请核对：{where}", en=where)), errors)

    @app.exception_handler(HTTPException)
    async def http(request: Request, raised: HTTPException) -> Response:
        if isinstance(raised.__cause__, Refusal):  # the framework wraps what the door refused
            return answer(request, raised.__cause__)
        return answer(request, _of_status(raised))

    @app.exception_handler(Exception)
    async def fault(request: Request, _raised: Exception) -> Response:
        return answer(request, Fault())  # the server logs the traceback

    _install_for_the_database(app)


def _install_for_the_database(app: FastAPI) -> None:
    @app.exception_handler(DBAPIError)
    async def database(request: Request, failed: DBAPIError) -> Response:
        if not _will_pass(failed):
            raise failed
        return _away(request, failed)

    async def away(request: Request, failed: Exception) -> Response:
        return _away(request, failed)

    for kind in (ConnectionError, TimeoutError, gaierror, PoolTimeout, PostgresError):
        app.add_exception_handler(kind, away)


PASSING = ("08", "28", "3D", "40", "53", "55", "57")
"""Classes of SQLSTATE that say the server is away, busy, full or changing, and we are not wrong."""

READ_ONLY = "25006"


def _will_pass(failed: DBAPIError) -> bool:
    state = str(getattr(failed.orig, "sqlstate", None) or "")
    passing = state.startswith(PASSING) or state == READ_ONLY
    return passing or failed.connection_invalidated or isinstance(failed, OperationalError)


def _away(request: Request, failed: Exception) -> Response:
    log.error("database unavailable", error=type(failed).__name__)
    busy = Label(
        zh="数据库暂时不可用，未保存任何内容", en="The database is busy or away; nothing was saved."
    )
    return answer(request, NotReady(busy))


def _field_error(error: dict[str, Any]) -> FieldError:
    """Say where and what, without repeating what was sent: it may be somebody's number."""
    loc, msg = list(error["loc"]), error["msg"]
    if error["type"] == "extra_forbidden":
        loc, msg = loc[:-1], "holds an unknown field"
    elif error["type"] == "union_tag_invalid":
        msg = f"is none of {error.get('ctx', {}).get('expected_tags', '-')}"
    return FieldError(loc=loc, msg=msg, type=error["type"])


def _of_status(raised: HTTPException) -> Refusal:
    match raised.status_code:
        case 404:
            return NotFound()
        case 405:
            return NotThisMethod(Label(zh="请核对请求方法", en="Use another method."))
        case 406:
            return NotAcceptable(Label(zh="请核对 Accept", en="Ask for another form in Accept."))
        case _:
            return Malformed(Label(zh="无法读取请求", en="The request cannot be read."))
