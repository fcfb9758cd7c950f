"""A document's own form at an act: the fields it asks for, each checked by its type."""

from collections.abc import Iterator
from typing import Any

from service.blockers import Blocker
from service.workflows.acts import ActRule, FormField
from service.workflows.matter import Matter
from service.workflows.statement import as_day, as_number


def form_blockers(rule: ActRule, matter: Matter[Any]) -> Iterator[Blocker]:
    """Yield what is missing from the form, is not asked for, or is not of its field's type."""
    if matter.body is None:
        return
    form = matter.body.form
    for field in rule.form_fields:
        if field.code not in form:
            if field.required:
                yield Blocker("field_missing", (field.code,), (), cite=field.cite)
        elif not _fits(field, form[field.code], matter):
            said = str(form[field.code])
            yield Blocker("field_unfit", (field.code, field.type), (said,), cite=field.cite)
    asked = {field.code for field in rule.form_fields}
    if unknown := sorted(set(form) - asked):
        yield Blocker("field_not_asked", tuple(sorted(asked)) or ("-",), tuple(unknown), cite=None)


def _fits(field: FormField, value: object, matter: Matter[Any]) -> bool:
    match field.type:
        case "yes_no":
            return isinstance(value, bool)
        case "number":
            return as_number(value) is not None
        case "day":
            return as_day(value) is not None
        case "code":
            return value in matter.codes(field.list or "")
        case "text":
            return isinstance(value, str)
