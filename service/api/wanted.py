"""Which form of an answer a client wants, by its Accept header (RFC 9110, 12.5.1).

The most exact range that fits a form tells how welcome it is.
"""

import re
from collections.abc import Iterable, Iterator

from fastapi import Request

from service.codes import Label
from service.errors import NotAcceptable

_RANGE = re.compile(r"\s*([\w.+*-]+/[\w.+*-]+)\s*(?:;.*?\bq=([01](?:\.\d{0,3})?))?[^,]*")


def wanted(request: Request, forms: Iterable[str]) -> str:
    """Return which of some media types a client likes best; of equals, the first.

    Raises `NotAcceptable` where it likes none.
    """
    known = list(forms)
    ranges = dict(_ranges(request.headers.get("accept") or "*/*"))
    best = max(known, key=lambda form: _welcome(form, ranges))
    if not _welcome(best, ranges):
        listed = ", ".join(known)
        raise NotAcceptable(Label(zh=f"可选的 Accept：{listed}", en=f"Accept one of {listed}."))
    return best


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.split(","):
        if found := _RANGE.fullmatch(part):
            yield found[1].lower(), float(found[2] or 1)


def _welcome(form: str, ranges: dict[str, float]) -> float:
    asked = (form, f"{form.partition('/')[0]}/*", "*/*")
    return next((ranges[one] for one in asked if one in ranges), 0)
