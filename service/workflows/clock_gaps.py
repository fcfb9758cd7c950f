"""Gaps in what a document lets happen to a running clock."""

from collections.abc import Iterable, Iterator

from service.workflows.acts import CaseLimit, Extension, KindRules, Operation
from service.workflows.deadlines import COUNTED, Unit
from service.workflows.misfits import meant

OBJECT = "object"


def operation_gaps(key: str, limit: CaseLimit, rules: KindRules, roles: set[str]) -> Iterator[str]:
    """Yield what is wrong with the suspension and the extension of a limit."""
    if limit.suspend:
        yield from _may_gaps(f"{key}.suspend", limit.suspend, rules, roles)
    if limit.extend:
        yield from _may_gaps(f"{key}.extend", limit.extend, rules, roles)
        yield from _extension_gaps(f"{key}.extend", limit.extend, limit.unit, roles)
    if hold := limit.held_by_objection:
        yield from name_gaps(f"{key}.held_by_objection.upheld_until", hold.upheld_until, rules)
        if OBJECT not in rules.act_names:
            yield f"{key}.held_by_objection: nobody can object under this document; take it out"


def _may_gaps(key: str, may: Operation, rules: KindRules, roles: set[str]) -> Iterator[str]:
    if not may.by:
        yield f"{key}.by: nobody may do it; name a role"
    yield from _role_gaps(f"{key}.by", may.by, roles)
    if not rules.lists.get(may.reasons):
        like = meant(may.reasons, rules.lists)
        yield f"{key}.reasons: there is no reason in lists.{may.reasons}{like}"


def _extension_gaps(key: str, extend: Extension, unit: Unit, roles: set[str]) -> Iterator[str]:
    yield from _role_gaps(f"{key}.approve_by", extend.approve_by, roles)
    if unit is not Unit.DATE and extend.unit is not None:
        yield f"{key}.unit: it is the limit's own; take it out"
    if unit is Unit.DATE and extend.unit not in COUNTED - {Unit.HOUR}:
        yield f"{key}.unit: a fixed date has no unit; say whether it is days, working days, months"


def _role_gaps(key: str, named: Iterable[str], roles: set[str]) -> Iterator[str]:
    yield from (
        f"{key}: {role!r} is not in roles{meant(role, roles)}"
        for role in named
        if role not in roles
    )


def name_gaps(key: str, names: Iterable[str], rules: KindRules) -> Iterator[str]:
    """Yield the names that mean no act of the document."""
    known = rules.act_names
    yield from (
        f"{key}: {name!r} is no stage and no event of this document{meant(name, known)}"
        for name in names
        if name not in known
    )
