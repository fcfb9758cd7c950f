"""The kinds of values a body may carry, each checked once and the same everywhere.

Wrong types are refused, not guessed at: `"7"` is no number, `true` is no 1, 0 is no date.
"""

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
    if any(unicodedata.category(c) in HIDDEN and c != "\n" for c in text):
        raise ValueError("holds a control, invisible or direction-changing character")
    return unicodedata.normalize("NFC", text)


def _written(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, int | float):
        raise ValueError("must be written as text, such as 2021-06-10")  # noqa: TRY004
    return value


def _number(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, bool):
        raise ValueError("must be a number")  # noqa: TRY004
    return value


def _day_only(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, str) and len(value) != len("2021-06-10"):
        raise ValueError("must be a day, such as 2021-06-10")
    return _written(value)


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
Name = Annotated[Line, AfterValidator(_without_digits)]
"""A person's name: no number can travel in it to a public notice."""

Day = Annotated[
    date, BeforeValidator(_day_only), Field(ge=date(1949, 10, 1), le=date(2199, 12, 31))
]
Instant = Annotated[AwareDatetime, BeforeValidator(_written)]
Count = Annotated[StrictInt, Field(ge=0, le=1_000_000)]
Flag = StrictBool
YuanAmount = Annotated[
    Decimal, BeforeValidator(_number), Field(ge=-100_000_000, le=100_000_000, decimal_places=2)
]
