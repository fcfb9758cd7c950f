"""What the cells of a column say, for columns that several layouts have. Each raises `Unfit`."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from service.store.vault import masked
from service.workbooks.reading import Value
from service.workbooks.values import DAY_NEEDED, Unfit, code_of, day_of, text_of
from service.workflows.fields import Line, Name, Text
from service.workflows.words import WORDS

FIRST_DAY, LAST_DAY = date(1949, 10, 1), date(2199, 12, 31)
COUNT = re.compile("[0-9]{1,3}")
LONG_NUMBER = re.compile(r"\d{7,}[Xx]?")


def _fitting(adapter: TypeAdapter[str], needed: str) -> Callable[[Value], str]:
    def understood(value: Value) -> str:
        text = text_of(value)
        try:
            return adapter.validate_python(text)
        except ValidationError as problem:
            raise Unfit("value_unfit", text, needed) from problem

    return understood


person_name = _fitting(TypeAdapter(Name), "姓名，不含数字")
line = _fitting(TypeAdapter(Line), "一行文字，不超过100字")
_text = _fitting(TypeAdapter(Text), "文字，不超过2000字")


def remark(value: Value) -> str:
    """Return a text with the long numbers in it masked: they may be somebody's."""
    return without_numbers(_text(value))


def without_numbers(text: str) -> str:
    """Return a text with the long numbers in it masked."""
    return LONG_NUMBER.sub(lambda found: masked(found[0], first=3, last=2), text)


def day(value: Value) -> date:
    """Return a day, of the years that the service counts in."""
    said = day_of(value)
    if not FIRST_DAY <= said <= LAST_DAY:
        raise Unfit("value_unfit", said.isoformat(), DAY_NEEDED)
    return said


def id_of(value: Value) -> UUID:
    """Return one of our numbers, as an export gave it."""
    text = code_of(value)
    try:
        return UUID(text)
    except ValueError as problem:
        raise Unfit("value_unfit", text, "0179cf62-5a80-70fc-b24a-307373f34220") from problem


def whole_number(value: Value) -> int:
    """Return a number that counts something: 0 to 999."""
    text = code_of(value)
    if not COUNT.fullmatch(text):
        raise Unfit("value_unfit", text, "3")
    return int(text)


def listed(value: Value, known: Mapping[str, str], words: str) -> str:
    """Return the code of a word of the service's own list, or of another word known for it."""
    text = code_of(value)
    labels = WORDS[words]
    by_label = {label.zh: code for code, label in labels.items()}
    code = text if text in labels else by_label.get(text) or known.get(text)
    if code is None:
        raise Unfit("value_not_listed", text, "、".join(by_label))
    return code
