"""The door: what no client may bring in, refused once for every route.

JSON is read strictly (no NaN, no number beyond 64 bits, no duplicate key, no NUL, no broken
character, no deep nesting) and unknown query parameters are refused, so that neither a typing
error nor an attack reaches the code behind.
"""

import json
import math
import re
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.codes import Label
from service.errors import BodyTooLarge, Malformed

MAX_BODY_BYTES = 1_000_000
MAX_DEPTH = 16
MAX_INTEGER = 2**63 - 1
REQUEST_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A UUID: what a client names is kept with refused attempts, and must not be somebody's number."""

UNKEPT = re.compile("[\x00\ud800-\udfff]")
"""NUL, and halves of characters."""

log = structlog.get_logger("http")


def _malformed(zh: str, en: str) -> Malformed:
    return Malformed(Label(zh=zh, en=en))


def strict_json(raw: bytes) -> Any:  # noqa: ANN401
    """Parse JSON that means the same to every reader. Raises `Malformed`."""
    try:
        value = json.loads(
            raw.decode("utf-8"),
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_bounded,
            object_pairs_hook=_no_duplicates,
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as problem:
        raise _malformed("请求体不是有效的 JSON", "The body is not valid JSON.") from problem
    _check(value, 1)
    return value


def _no_constant(name: str) -> None:
    raise _malformed(f"JSON 不允许 {name}", f"JSON has no {name}.")


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise _malformed("数值过大", "A number is too large.")
    return value


def _bounded(text: str) -> int:
    if len(text) > len(str(-MAX_INTEGER)) or abs(value := int(text)) > MAX_INTEGER:
        raise _malformed("整数超出64位范围", "An integer is beyond 64 bits.")
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _malformed("JSON 字段重复", "A key stands in an object twice.")
    return found


def _check(value: Any, depth: int) -> None:  # noqa: ANN401
    if depth > MAX_DEPTH:
        raise _malformed("JSON 嵌套过深", "The JSON is nested too deeply.")
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            check_text(key)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)


def check_text(text: str) -> None:
    """Refuse text that a database cannot keep: NUL, and halves of characters."""
    if UNKEPT.search(text):
        raise _malformed("文本含有无效字符", "A text holds NUL or half a character.")


class StrictRequest(Request):
    """A request whose body is bounded while it comes in, and strict when it is read."""

    max_bytes = MAX_BODY_BYTES

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Yield the body. Raises `BodyTooLarge` as soon as it is known to be."""
        seen = int(self.headers.get("content-length", "0"))
        if seen > self.max_bytes:
            raise _too_large(self.max_bytes)
        seen = 0
        async for chunk in super().stream():
            seen += len(chunk)
            if seen > self.max_bytes:
                raise _too_large(self.max_bytes)
            yield chunk

    async def json(self) -> Any:  # noqa: ANN401
        return strict_json(await self.body())


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(
        Label(zh=f"请求体超过{limit}字节", en=f"The body has more than {limit} bytes.")
    )


class StrictRoute(APIRoute):
    """A route that reads its body strictly and knows all of its query parameters."""

    request_class = StrictRequest

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()
        known = frozenset(_query_names(self))

        async def strict(request: Request) -> Response:
            _check_query(request.query_params.multi_items(), known)
            return await handler(self.request_class(request.scope, request.receive))

        return strict


def _query_names(route: APIRoute) -> Iterable[str]:
    parameters = get_flat_params(route.dependant)
    return (p.alias for p in parameters if isinstance(p.field_info, Query))


def _check_query(items: list[tuple[str, str]], known: frozenset[str]) -> None:
    seen: set[str] = set()
    for name, value in items:
        check_text(value)
        if name not in known:
            listed = ", ".join(sorted(known)) or "-"
            raise _malformed(
                f"不认识的查询参数；可用：{listed}", f"Unknown query parameter; known: {listed}."
            )
        if name in seen:
            raise _malformed(f"查询参数重复：{name}", f"A query parameter is repeated: {name}.")
        seen.add(name)


class Doorkeeper:
    """Gives every request an id, every answer its headers, and the log one line without data."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        began, status = time.perf_counter(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self.app(scope, receive, answer)
        finally:
            route = scope.get("route")
            log.info(
                "answered",
                method=scope["method"],
                route=getattr(route, "path", "-"),
                status=status,
                ms=round((time.perf_counter() - began) * 1000, 1),
                request_id=request_id,
            )


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(value.decode("latin-1")):
            return str(value.decode("latin-1"))
    return secrets.token_hex(8)
