"""What does not fit in a policy file, told to who writes one: its key, and what to write instead.

The sentences are read off the classes that read the file, so that they cannot name what is not
there. `mended` puts stand-ins where something does not fit, so that the rest is checked as well.
"""

import copy
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, MinLen
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from service.codes import Cite, Code, ItemCode, PolicyId
from service.workflows.deadlines import Unit

M = TypeVar("M", bound=BaseModel)
Place = tuple[int | str, ...]

TAG = "requirement"
THE_NAME = "[key]"
"""Last in the place of an error: the name itself does not fit, not what stands under it."""

STAND_IN = "standsforwhatdoesnotfit"
CODE, CITE, ID, ITEM = (get_args(kind)[1].pattern for kind in (Code, Cite, PolicyId, ItemCode))
TEXTS = {
    None: "text, in quotes",
    CODE: "a code (small letters, digits and _)",
    ID: "an id, like 'taogou-2021' (small letters, digits and -)",
    ITEM: "the number of an item, like '1.01' (letters, digits and .)",
    CITE: "the ids of rules, like 'TG-P04' or 'TG-P04 TG-D01'",
}
HINTS = {"by": "the roles that may do it, like ['village_committee']"}
PLAIN = {
    int: "a whole number",
    Decimal: "a number",
    bool: "true or false",
    date: "a day, like 2021-06-25",
}
ROUNDS = 3
"""A stand-in may uncover that another key does not go with it."""

STAND_INS = {int: 1, Decimal: 1, bool: True, date: date.max}


def misfits(model: type[BaseModel], data: object, problem: ValidationError) -> Iterator[str]:
    """Yield every value of a file that does not fit its key, and every key that there is not."""
    for error in problem.errors(include_url=False):
        yield f"{_key(data, error['loc'])}: {_sentence(Kind.of(model), error)}"


def mended(
    model: type[M], data: object, problem: ValidationError, structure: Collection[Place]
) -> M | None:
    """Return what a file would be with stand-ins for all that does not fit.

    None where a part of the structure cannot be read: nothing can be told without it.
    """
    data = copy.deepcopy(data)
    for _ in range(ROUNDS):
        for error in problem.errors(include_url=False):
            if error["type"] != "extra_forbidden" and error["loc"] in structure:
                return None
            _mend(Kind.of(model), data, error)
        try:
            return model.model_validate(data)
        except ValidationError as left:
            problem = left
    return None


def rests_on_a_stand_in(gap: str) -> bool:
    return STAND_IN in gap.casefold()


def meant(word: object, known: Iterable[str]) -> str:
    """Return the end of a sentence: what somebody may have meant, else all that there is."""
    names = list(known)
    if close := get_close_matches(str(word), names, n=1):
        return f"; did you mean {close[0]!r}?"
    return f"; there is: {', '.join(names)}" if names else ""


def mark(index: int, entry: object) -> str:
    """Return how an entry of a list is named: by its code or id, else by its number."""
    known = entry if isinstance(entry, dict) else {}
    event, code = known.get("event"), known.get("code") or known.get("id")
    if isinstance(event, str):
        return f"{index}={event}"  # several entries may speak of one event
    return code if isinstance(code, str) else str(index)


# What the classes ask for


@dataclass(frozen=True, slots=True)
class Kind:
    """What may stand at a place: a type without its wrappings, and what bounds it."""

    type: Any
    bounds: tuple[Any, ...] = ()

    @classmethod
    def of(cls, annotation: Any, *bounds: Any) -> "Kind":  # noqa: ANN401 - a type, or about one
        """Unwrap `Annotated[X, …]` and `X | None`."""
        inner = [one for one in get_args(annotation) if one is not NoneType]
        if get_origin(annotation) is Annotated:
            return cls.of(inner[0], *_flat(inner[1:]), *bounds)
        if get_origin(annotation) in {Union, UnionType} and len(inner) == 1:
            return cls.of(inner[0], *bounds)
        return cls(annotation, bounds)

    @property
    def fields(self) -> dict[str, FieldInfo]:
        """Return the keys of a table."""
        known: dict[str, FieldInfo] = getattr(self.type, "model_fields", {})
        return known

    @property
    def tagged(self) -> dict[str, Any]:
        """Return the classes that a tag tells apart, by their tags."""
        if get_origin(self.type) not in {Union, UnionType}:
            return {}
        return {get_args(one.model_fields[TAG].annotation)[0]: one for one in get_args(self.type)}

    @property
    def names(self) -> list[str]:
        """Return what there is to choose from: keys, requirements, or single values."""
        if get_origin(self.type) is Literal:
            return [_shown(value).strip("'") for value in get_args(self.type)]
        if isinstance(self.type, type) and issubclass(self.type, Enum):
            return [str(one.value) for one in self.type]
        return [*self.fields, *self.tagged]

    def inside(self, part: int | str) -> "Kind":
        """Return what may stand under a key, in a list, or under a tag."""
        if part in self.fields:
            field = self.fields[str(part)]
            return Kind.of(field.annotation, *field.metadata)
        if part in self.tagged:
            return Kind(self.tagged[str(part)])
        return Kind.of(self.entries)

    @property
    def entries(self) -> Any:  # noqa: ANN401 - a type
        """Return the type of what a list or a table of any names holds."""
        inner = [one for one in get_args(self.type) if one is not Ellipsis]
        return inner[-1] if inner else object

    @property
    def wanted(self) -> str:
        """Return what to write, in words."""
        bounds = "".join(f", {words}" for one in self.bounds if (words := _bound(one)))
        if self.fields or self.tagged:
            keys = self.names if self.fields else [f"{TAG} = one of {', '.join(self.names)}"]
            return f"a table {{ … }} with {', '.join(keys)}"
        if self.names:
            return f"one of: {', '.join(self.names)}"
        if get_origin(self.type) is tuple:
            return f"a list [ … ]{bounds}, each {Kind.of(self.entries).wanted}"
        if get_origin(self.type) is dict:
            return f"a table {{ name = … }}{bounds}, each {Kind.of(self.entries).wanted}"
        if self.type is str:
            return TEXTS.get(self.pattern, f"text of the form {self.pattern}")
        return f"{PLAIN.get(self.type, 'another value')}{bounds}"

    @property
    def pattern(self) -> str | None:
        """Return the form that a text must have, or None."""
        found = (getattr(one, "pattern", None) for one in self.bounds)
        return next((str(one) for one in found if one), None)

    @property
    def stand_in(self) -> Any:  # noqa: ANN401 - a value of the type
        """Return a value that fits here, and says of itself that it is none."""
        if self.fields:
            return {n: self.inside(n).stand_in for n, f in self.fields.items() if f.is_required()}
        if self.names:
            return Kind(self.tagged[self.names[0]]).stand_in if self.tagged else self.names[0]
        if get_origin(self.type) is tuple:
            return [Kind.of(self.entries).stand_in]
        if get_origin(self.type) is dict:
            return {STAND_IN: Kind.of(self.entries).stand_in}
        return STAND_INS.get(self.type, STAND_IN.upper() if self.pattern == CITE else STAND_IN)


def _flat(bounds: Iterable[Any]) -> Iterator[Any]:
    for one in bounds:
        yield from one.metadata if isinstance(one, FieldInfo) else (one,)


def _bound(bound: object) -> str | None:
    match bound:
        case Ge(ge=number):
            return f"at least {number}"
        case Gt(gt=number):
            return f"more than {number}"
        case Le(le=number):
            return f"at most {number}"
        case MinLen(min_length=number):
            return f"with at least {number} in it"
        case _:
            return None


# Where something stands, and what is wrong with it


def _key(data: object, place: Place) -> str:
    key, node = "", data
    for part in place:
        if part == THE_NAME or _is_tag(node, part):
            continue
        inside = _under(node, part)
        key += f"[{mark(part, inside)}]" if isinstance(part, int) else f".{part}"
        node = inside
    return key.removeprefix(".")


def _is_tag(node: object, part: int | str) -> bool:
    """Tell whether a part of a place only says which requirement it is."""
    return isinstance(node, dict) and part not in node and node.get(TAG) == part


def _under(node: Any, part: int | str) -> Any:  # noqa: ANN401 - as TOML has it
    try:
        return node[part]
    except (KeyError, IndexError, TypeError):
        return None


def _at(kind: Kind, place: Place) -> Kind:
    for part in place:
        kind = kind.inside(part)
    return kind


def _sentence(file: Kind, error: ErrorDetails) -> str:
    place = error["loc"]
    if place[-1] == THE_NAME:
        return f"this name does not fit; write {Kind.of(Code).wanted}"
    match error["type"]:
        case "extra_forbidden":
            return f"there is no such key{meant(place[-1], _at(file, place[:-1]).names)}"
        case "union_tag_invalid":
            tag = error["ctx"]["tag"]
            return f"there is no {TAG} {tag!r}{meant(tag, _at(file, place).names)}"
        case "value_error":
            return str(error["ctx"]["error"])
        case "missing":
            return f"this is missing; write {_wanted(file, place)}"
        case _:
            return f"{_shown(error['input'])} does not fit; write {_wanted(file, place)}"


def _wanted(file: Kind, place: Place) -> str:
    return HINTS.get(str(place[-1])) or _at(file, place).wanted


def _shown(value: object) -> str:
    match value:
        case dict():
            return "a table"
        case list():
            return "a list"
        case bool():
            return str(value).lower()
        case str():
            return repr(value)
        case _:
            return str(value)


# Stand-ins


def _mend(file: Kind, data: object, error: ErrorDetails) -> None:
    place = tuple(part for part in error["loc"] if part != THE_NAME)
    parent: Any = data
    for part in place[:-1]:
        parent = parent if _is_tag(parent, part) else _under(parent, part)
    found = _under(parent, place[-1])
    if THE_NAME in error["loc"] or error["type"] == "extra_forbidden":
        parent.pop(place[-1], None)
    elif error["type"] == "value_error" and isinstance(found, dict):
        found["unit"] = Unit.END_OF_YEAR  # only a limit's unit, amount and day can disagree
        found.pop("amount", None)
        found.pop("on", None)
    elif (kind := _at(file, place)).type is date and place[-1] in _optional(file, place):
        parent.pop(place[-1], None)  # a stand-in would be compared with other days
    else:
        parent[place[-1]] = kind.stand_in


def _optional(file: Kind, place: Place) -> list[str]:
    fields = _at(file, place[:-1]).fields
    return [name for name, field in fields.items() if not field.is_required()]
