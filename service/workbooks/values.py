"""What a cell says, as the text, number or day that a column asks for; or why it does not.

People write numbers as text, text as numbers, days in five ways, and digits in full width.
All of that is understood. What Excel has already spoilt is not: it is named.
"""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from service.blockers import Blocker
from service.workbooks.reading import CellError, Formula, Value

MAX_EXACT = Decimal(10) ** 15
"""Excel keeps 15 digits of a number: of a longer one the last are gone."""

SPOILT = re.compile(r"\d(\.\d+)?[eE]\+?\d{2,3}")
DAY = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))")
DAY_NEEDED, NUMBER_NEEDED = "2021-06-10", "5200.00"
MAX_SHOWN = 100


class Unfit(ValueError):
    """A cell does not say what its column asks for; the blocker tells why."""

    def __init__(self, code: str, have: str = "", need: str = "") -> None:
        super().__init__(code)
        self.blocker = Blocker(code, (need,) if need else (), (have[:MAX_SHOWN],) if have else ())


def text_of(value: Value) -> str:
    """Return a cell as text, without the space around it. Raises `Unfit`."""
    value = _plain(value)
    if isinstance(value, Decimal):
        return _digits(value)
    if isinstance(value, bool):
        return str(value).upper()
    return value.strip() if isinstance(value, str) else value.isoformat()


def code_of(value: Value) -> str:
    """Return a number of a document, a telephone or a code: half width, without any space.

    Raises `Unfit`, also for one that was turned into a number and lost its last digits.
    """
    text = "".join(unicodedata.normalize("NFKC", text_of(value)).split())
    if SPOILT.fullmatch(text):
        raise Unfit("digits_lost", text)
    return text


def number_of(value: Value) -> Decimal:
    """Return a cell as a number, also one that was typed as text. Raises `Unfit`."""
    value = _plain(value)
    if isinstance(value, Decimal):
        return value
    text = code_of(value).replace(",", "")
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= MAX_EXACT:
        raise Unfit("value_unfit", text, NUMBER_NEEDED)
    return number


def day_of(value: Value) -> date:
    """Return a cell as a day, also one that was typed as text. Raises `Unfit`."""
    value = _plain(value)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = code_of(value)
    found = DAY.fullmatch(text)
    try:
        if found:
            return date(*(int(part) for part in found.groups() if part))
    except ValueError:
        pass
    raise Unfit("value_unfit", text, DAY_NEEDED)


def _plain(value: Value) -> str | Decimal | bool | date:
    if isinstance(value, Formula):
        raise Unfit("cell_formula")
    if isinstance(value, CellError):
        raise Unfit("cell_error", value.text)
    return value


def _digits(number: Decimal) -> str:
    if abs(number) >= MAX_EXACT:
        raise Unfit("digits_lost", f"{number:E}")
    return f"{number:f}".removesuffix(".0") if number % 1 else f"{int(number)}"
