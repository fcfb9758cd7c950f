"""The kinds of values a body may carry, each checked once and the same everywhere.

Wrong types are refused, not guessed at: `"7"` is no number, `true` is no 1, 0 is no date.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
)

HIDDEN = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
"""Unicode categories that show nothing, or something else than they are."""


class Input(BaseModel):
    """A body, or a part of one: unknown fields are refused, nothing changes once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _visible(text: str) -> str:
    if text.isprintable():  # nearly every text; the long way costs more than all other checks
        return unicodedata.normalize("NFC", text)
    return unicodedata.normalize("NFC", _shown(text, "\n"))


def _shown(text: str, layout: str = "\t\r\n") -> str:
    if any(unicodedata.category(c) in HIDDEN and c not in layout for c in text):
        raise ValueError("holds a control, invisible or direction-changing character")
    return text


def _formed(form: re.Pattern[str], like: str) -> BeforeValidator:
    """Return a check that a text has the form of a day or an instant, in years we can count."""

    def check(value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, str) and not form.fullmatch(value):
            raise ValueError(f"must be written like {like}")
        if isinstance(value, int | float):
            raise ValueError(f"must be text, written like {like}")  # noqa: TRY004
        return value

    return BeforeValidator(check)


_AMOUNT = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,2})?")


def _number(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, str) and not _AMOUNT.fullmatch(value):
        raise ValueError("must be an amount, written like 5200.00")
    return value


_YEAR = "(?:19(?:49|[5-9][0-9])|2[01][0-9]{2})"
_DAY = re.compile(_YEAR + "-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    _YEAR + r"-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_Stripped = StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)
_OneLine = StringConstraints(
    strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\n]*$"
)


def _without_digits(name: str) -> str:
    if any(character.isdigit() for character in name):
        raise ValueError("is a person's name, and has no digits")
    return name


Text = Annotated[str, _Stripped, AfterValidator(_visible)]
Line = Annotated[str, _OneLine, AfterValidator(_visible)]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_visible)]
"""A password: as it was typed, spaces too."""

Paper = Annotated[str, AfterValidator(_shown)]
"""A text with its lines as somebody wrote them, kept to the byte."""

Name = Annotated[Line, AfterValidator(_without_digits)]
"""A person's name: no number can travel in it to a public notice."""

Day = Annotated[date, _formed(_DAY, "2021-06-10"), Field(ge=date(1949, 10, 1))]
Instant = Annotated[AwareDatetime, _formed(_INSTANT, "2021-06-10T09:00:00+08:00")]
Count = Annotated[StrictInt, Field(ge=0, le=1_000_000)]
Flag = StrictBool
YuanAmount = Annotated[
    Decimal, BeforeValidator(_number), Field(ge=-100_000_000, le=100_000_000, decimal_places=2)
]
