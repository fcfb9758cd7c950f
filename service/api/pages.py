"""Lists: opaque keyset cursors, bounded pages, totals only when they are asked for."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlmodel import Session

from service.codes import Label
from service.errors import Malformed

T = TypeVar("T")

MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Paging:
    """How much of a list is wanted, and from where on."""

    limit: int
    after: list[str] | None
    count: bool


async def paging(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    count: Annotated[bool, Query(description="Tell the total too.")] = False,
) -> Paging:
    """Read what every list may be asked. Raises `Malformed` for a cursor that is not ours."""
    return Paging(limit, _opened(cursor) if cursor else None, count)


PagingQuery = Annotated[Paging, Depends(paging)]


def _opened(cursor: str) -> list[str]:
    try:
        after = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
    except (ValueError, binascii.Error) as problem:
        raise _bad_cursor() from problem
    if not isinstance(after, list) or not all(isinstance(part, str) for part in after):
        raise _bad_cursor()
    return after


def _bad_cursor() -> Malformed:
    return Malformed(Label(zh="cursor 无效，请从头查询", en="The cursor is not one of ours."))


def cursor_of(parts: Sequence[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(parts)).encode()).decode()


def narrowed(
    query: Select[Any], *filters: tuple[Any, Callable[[Any], ColumnElement[bool]]]
) -> Select[Any]:
    """Return the query with the condition of every filter that was asked for (is not None)."""
    for asked, condition in filters:
        if asked is not None:
            query = query.where(condition(asked))
    return query


def page(
    session: Session,
    query: Select[Any],
    paging: Paging,
    *,
    keys: Sequence[Any],
    parse: Sequence[Callable[[str], Any]],
    shown: Callable[[Any], T],
    key_of: Callable[[Any], Sequence[str]],
    backwards: bool = False,
) -> dict[str, Any]:
    """Return one page of a query in the order of its keys, as a `Page` takes it.

    The keys together are unique, so that no row is skipped or shown twice while others come.
    Backwards: the greatest key first.
    """
    total = None
    if paging.count:
        counted = select(func.count()).select_from(query.order_by(None).subquery())
        total = session.execute(counted).scalar_one()
    if paging.after is not None:
        seen = tuple_(*_parsed(paging.after, parse, keys))
        query = query.where(tuple_(*keys) < seen if backwards else tuple_(*keys) > seen)
    order = [key.desc() for key in keys] if backwards else keys
    rows = session.execute(query.order_by(*order).limit(paging.limit + 1)).all()
    more = len(rows) > paging.limit
    rows = rows[: paging.limit]
    return {
        "items": [shown(row) for row in rows],
        "next_cursor": cursor_of(key_of(rows[-1])) if more else None,
        "total": total,
    }


def _parsed(
    after: list[str], parse: Sequence[Callable[[str], Any]], keys: Sequence[Any]
) -> list[ColumnElement[Any]]:
    if len(after) != len(parse):
        raise _bad_cursor()
    try:
        return [
            literal(read(part), key.type)
            for read, part, key in zip(parse, after, keys, strict=True)
        ]
    except ValueError as problem:
        raise _bad_cursor() from problem
