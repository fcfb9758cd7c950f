"""The register by the thousand: looked up and written in few statements, for imports.

What it writes is what registering one household writes.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, func, select
from sqlmodel import Session

from service.store.areas import Area, AreaLevel, AreaReach, within
from service.store.columns import new_id, table_of
from service.store.database import put_rows, wire
from service.store.households import (
    HOUSEHOLDS,
    ID_NUMBER,
    TELEPHONE,
    Household,
    Member,
    masked_telephone,
)
from service.store.vault import Vault, masked
from service.workflows.identity import DocumentType
from service.workflows.register import HEAD

MEMBERS = table_of(Member)
AREAS, REACH = table_of(Area), table_of(AreaReach)


def villages(session: Session, area_code: str) -> list[tuple[str, str]]:
    """Return the villages of an area: their codes and names."""
    rows = wire(session).execute(
        select(AREAS.c.code, AREAS.c.name).where(
            AREAS.c.level == AreaLevel.VILLAGE, within(AREAS.c.code, area_code)
        )
    )
    return [(code, name) for code, name in rows]


_HOLDERS = select(MEMBERS.c.id_number_index, MEMBERS.c.household_id).where(
    MEMBERS.c.id_number_index.in_(bindparam("indexes", expanding=True))
)
_HOUSEHOLDS = (
    select(HOUSEHOLDS)
    .where(
        HOUSEHOLDS.c.id.in_(bindparam("ids", expanding=True)),
        within(HOUSEHOLDS.c.area_code, bindparam("actor_area")),
    )
    .order_by(HOUSEHOLDS.c.id)
)
_LOCKED = _HOUSEHOLDS.with_for_update(of=HOUSEHOLDS)
_MEMBERS = (
    select(MEMBERS)
    .where(MEMBERS.c.household_id.in_(bindparam("ids", expanding=True)))
    .order_by(MEMBERS.c.household_id, MEMBERS.c.number)
)


def holders(session: Session, indexes: Iterable[str]) -> dict[str, UUID]:
    """Return in which household each of some persons stands, wherever that is; by their index."""
    wanted = list(indexes)
    rows = wire(session).execute(_HOLDERS, {"indexes": wanted}) if wanted else ()
    return dict(tuple(row) for row in rows)


def households(
    session: Session, ids: Iterable[UUID], area_code: str, *, lock: bool
) -> dict[UUID, RowMapping]:
    """Return households of an area by id, locked in the order of their ids if that is asked."""
    wanted = list(ids)
    if not wanted:
        return {}
    named = {"ids": wanted, "actor_area": area_code}
    rows = wire(session).execute(_LOCKED if lock else _HOUSEHOLDS, named).mappings()
    return {row["id"]: row for row in rows}


def members(session: Session, ids: Iterable[UUID]) -> dict[UUID, list[RowMapping]]:
    """Return the members of households, in their order."""
    found: dict[UUID, list[RowMapping]] = {one: [] for one in ids}
    if found:
        for row in wire(session).execute(_MEMBERS, {"ids": list(found)}).mappings():
            found[row["household_id"]].append(row)
    return found


def with_telephones(session: Session, indexes: Iterable[str]) -> dict[str, int]:
    """Return how many households have each of some telephones."""
    wanted = list(indexes)
    if not wanted:
        return {}
    index = HOUSEHOLDS.c.telephone_index
    counted = select(index, func.count()).where(index.in_(wanted)).group_by(index)
    return dict(tuple(row) for row in wire(session).execute(counted))


def with_heads(
    session: Session, names: Iterable[str], townships: Iterable[str]
) -> dict[tuple[str, str], int]:
    """Return how many heads of some names there are in some townships: by township and name."""
    wanted, where = list(names), list(townships)
    if not (wanted and where):
        return {}
    name = HOUSEHOLDS.c.head_name
    counted = (
        select(REACH.c.ancestor_code, name, func.count())
        .join(REACH, REACH.c.area_code == HOUSEHOLDS.c.area_code)
        .where(name.in_(wanted), REACH.c.ancestor_code.in_(where))
        .group_by(REACH.c.ancestor_code, name)
    )
    return {(one, head): count for one, head, count in wire(session).execute(counted)}


def facts_of(session: Session, vault: Vault, household: Household) -> dict[str, Any]:
    """Return what papers ask of a household, by column: numbers masked, as everywhere."""
    mine = members(session, [household.id])[household.id]
    sealed = next(((m["id_number_sealed"], m["id"]) for m in mine if m["relation"] == HEAD), None)
    number = vault.unseal(sealed[0], ID_NUMBER, sealed[1]) if sealed else None
    return {
        "group_name": household.group_name,
        "household_type": household.household_type,
        "head_name": household.head_name,
        "telephone": masked_telephone(household, vault),
        "household_size": len(mine),
        "identity_number": masked(number, first=3, last=2) if number else None,
    }


def townships(session: Session, area_code: str) -> dict[str, str]:
    """Return the code of the township of each village of an area."""
    return {village: code for village, code, _ in _townships(session, area_code)}


def township_names(session: Session, area_code: str) -> dict[str, str]:
    """Return the name of the township of each village of an area."""
    return {village: name for village, _, name in _townships(session, area_code)}


def _townships(session: Session, area_code: str) -> Iterable[Any]:
    above = REACH.alias()
    return wire(session).execute(
        select(above.c.area_code, above.c.ancestor_code, AREAS.c.name)
        .join(AREAS, AREAS.c.code == above.c.ancestor_code)
        .where(AREAS.c.level == AreaLevel.TOWNSHIP, within(above.c.area_code, area_code))
    )


def household_row(
    vault: Vault, *, at: datetime, by: UUID, telephone: str | None, **values: object
) -> dict[str, Any]:
    """Return the row of a new household."""
    household_id = new_id(at)
    return {
        **values,
        "id": household_id,
        **telephone_columns(vault, household_id, telephone),
        "open_case_id": None,
        "last_case_id": None,
        "episodes": 0,
        "created_at": at,
        "created_by": by,
    }


def telephone_columns(vault: Vault, household_id: UUID, telephone: str | None) -> dict[str, Any]:
    return {
        "telephone_sealed": vault.seal(telephone, TELEPHONE, household_id) if telephone else None,
        "telephone_index": vault.index(telephone, TELEPHONE) if telephone else None,
    }


def member_row(
    vault: Vault,
    *,
    household_id: UUID,
    number: int,
    at: datetime,
    document_type: DocumentType,
    id_number: str,
    index: str,
    **values: object,
) -> dict[str, Any]:
    """Return the row of a new member of a household."""
    member_id = new_id(at)
    return {
        **values,
        "household_id": household_id,
        "number": number,
        "id": member_id,
        "document_type": document_type,
        "id_number_sealed": vault.seal(id_number, ID_NUMBER, member_id),
        "id_number_index": index,
    }


def write(
    session: Session,
    new_households: Sequence[Mapping[str, Any]],
    changes: Mapping[UUID, Mapping[str, Any]],
    new_members: Sequence[Mapping[str, Any]],
) -> None:
    """Write households, changes of households, and members. Raises `IntegrityError`."""
    put_rows(session, HOUSEHOLDS, new_households)
    for household_id, values in changes.items():
        of_this = HOUSEHOLDS.update().where(HOUSEHOLDS.c.id == household_id)
        wire(session).execute(of_this.values(**values))
    put_rows(session, MEMBERS, new_members)
