"""The register of households as a workbook, in the layout in which it is imported.

What it shows is what the reader may see: numbers are masked. Imported again it changes
nothing, for a household is known there by its id, a member by their number in it, and a
masked number says nothing.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from service.imports.household_rows import COLUMNS
from service.imports.households import HOUSEHOLDS
from service.imports.work import Order, Workshop
from service.registry import in_force_in
from service.store import register
from service.store.areas import within
from service.store.households import ID_NUMBER, Household, Member, masked_telephone
from service.store.policies import take_in
from service.store.vault import masked
from service.workbooks.writing import Heading, Written, write
from service.workflows.machine import Procedure
from service.workflows.words import WORDS

NO_TRAITS = "无"
TOGETHER = 1000


def workbook(shop: Workshop, order: Order, area_code: str) -> bytes:
    """Return the register of an area, as far as the actor of the order may see it."""

    def work(session: Session) -> bytes:
        take_in(session, shop.registry.rulebook)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "households.xlsx"
            headings = [Heading(column.names[0], column.width) for column in COLUMNS]
            rows = _Rows(shop, order, session, area_code)
            write(path, headings, rows, title=HOUSEHOLDS.label.zh)
            return path.read_bytes()

    return shop.database.transact_now(work, keep=False)


class _Rows:
    """The rows of the members of an area's households, village by village."""

    def __init__(self, shop: Workshop, order: Order, session: Session, area_code: str) -> None:
        self._shop, self._session = shop, session
        self._villages = _by_name(register.villages(session, order.actor.area_code))
        self._procedures: dict[str, Procedure | None] = {}
        self._query = (
            select(Household, Member)
            .join(Member, col(Member.household_id) == col(Household.id))
            .where(within(Household.area_code, order.actor.area_code))
            .where(within(Household.area_code, area_code))
            .order_by(col(Household.area_code), col(Household.id), col(Member.number))
            .execution_options(yield_per=TOGETHER)
        )

    def __iter__(self) -> Iterator[list[Written]]:
        for household, member in self._session.execute(self._query):
            said = {**self._of_household(household), **self._of_member(member)}
            yield [said[column.code] for column in COLUMNS]

    def _of_household(self, household: Household) -> dict[str, Any]:
        procedure = self._procedure(household.area_code)
        traits = [_word(procedure, "household_traits", one) for one in household.traits]
        return {
            "household_number": str(household.id),
            "village": self._villages.get(household.area_code, household.area_code),
            "group_name": household.group_name,
            "household_type": _word(procedure, "household_types", household.household_type),
            "traits": "、".join(traits) or NO_TRAITS,
            "head_name": household.head_name,
            "telephone": masked_telephone(household, self._shop.vault),
        }

    def _of_member(self, member: Member) -> dict[str, Any]:
        number = self._shop.vault.unseal(member.id_number_sealed, ID_NUMBER, member.id)
        return {
            "member_number": str(member.number),
            "name": member.name,
            "relation": WORDS["relations"][member.relation].zh,
            "document_type": WORDS["document_types"][member.document_type].zh,
            "id_number": masked(number, first=3, last=2),
        }

    def _procedure(self, area_code: str) -> Procedure | None:
        if area_code not in self._procedures:
            found = in_force_in(self._session, self._shop.registry, area_code)
            self._procedures[area_code] = found
        return self._procedures[area_code]


def _by_name(villages: list[tuple[str, str]]) -> dict[str, str]:
    """Return how each village is called: by its name, if no other one has it."""
    names = Counter(name for _, name in villages)
    return {code: name for code, name in villages if names[name] == 1}


def _word(procedure: Procedure | None, name: str, code: str) -> str:
    entries = procedure.policy.lists.get(name, ()) if procedure else ()
    return next((entry.zh for entry in entries if entry.code == code), code)
