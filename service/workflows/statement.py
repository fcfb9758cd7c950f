"""What every event of a monitoring object is made of.

An event is a statement by an official. It is kept as it was made; nothing is derived here.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, get_args
from uuid import UUID

from pydantic import Field, GetJsonSchemaHandler, StrictBool, StrictInt
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from service.clock import office_date
from service.codes import Code, Label
from service.workflows.fields import Input, Instant, Name, Text

FormValue = StrictBool | StrictInt | Text
"""What stands in a field of a document's own form: yes or no, a number, or text (a day too)."""


class Event(Input):
    """What every event may carry. `device_time` is kept; the time of receipt counts.

    `form` holds the fields that the document itself asks for at this point, by their codes.
    """

    label: ClassVar[Label]

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the event in both languages wherever its body is described."""
        described = handler.resolve_ref_schema(handler(schema))
        if label := getattr(cls, "label", None):
            about = described.get("description", "")
            described["description"] = f"{label.zh} / {label.en}. {about}".strip()
        return described

    event: str
    reason: Text | None = None
    device_time: Instant | None = None
    attachments: tuple[UUID, ...] = Field(default=(), max_length=20)
    form: Annotated[dict[Code, FormValue], Field(max_length=40)] = Field(default_factory=dict)


def by_code(*bodies: type[Event]) -> dict[str, type[Event]]:
    """Return event code -> its class, in the order given."""
    return {get_args(body.model_fields["event"].annotation)[0]: body for body in bodies}


class Override(Input):
    """A decision against the computed answer: the officer who takes it, and why."""

    officer: Name
    reason: Text


def stated(body: Event | None, field: str) -> object:
    """Return what a body says in one of its fields, or of the document's form; None if nothing."""
    if body is None:
        return None
    value: object = getattr(body, field, None)
    return body.form.get(field) if value is None else value


def as_day(value: object) -> date | None:
    """Return a value as a day (of an instant: the office's), or None where it is none."""
    if isinstance(value, datetime):
        return office_date(value)
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def as_number(value: object) -> Decimal | None:
    """Return a value as a number, or None where it is none; yes and no are no numbers."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        return Decimal(value)
    except ArithmeticError:
        return None
