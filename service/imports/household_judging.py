"""A household of a file held against the register: is it there, what differs, what forbids it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping

from service.blockers import Blocker
from service.imports.entries import Finding, finding
from service.imports.household_rows import (
    BY_CODE,
    DOCUMENT,
    ID_NUMBER,
    MEMBER,
    NAME,
    NUMBER,
    RELATION,
    TRAITS,
    TYPE,
    VILLAGE,
    ListedHousehold,
    ListedMember,
)
from service.imports.layout import Means
from service.imports.places import Place
from service.store import households, register
from service.workflows.register import HEAD, MAX_MEMBERS

OUR_ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Plan(NamedTuple):
    """What to write of a household: new or changed values, new members with their numbers.

    `household_id` is that of a registered one.
    """

    values: Mapping[str, Any]
    members: Sequence[tuple[int, ListedMember]]
    household_id: UUID | None = None


class Registered(NamedTuple):
    """A household of the register, with its members."""

    row: RowMapping
    members: Sequence[RowMapping]


class Batch:
    """What the register has of some listed households: three statements for all of them."""

    def __init__(self, means: Means, listed: Iterable[ListedHousehold]) -> None:
        everybody = list(listed)
        self._vault = means.vault
        self._indexes: dict[str, str] = {}
        for member in (member for one in everybody for member in one.members):
            if member.key:
                self._indexes[member.key] = means.vault.index(member.key, households.ID_NUMBER)
        self._holders = register.holders(means.session, self._indexes.values())
        ids = {UUID(one.number) for one in everybody if OUR_ID.fullmatch(one.number)}
        ids.update(self._holders.values())
        self._households = register.households(
            means.session, sorted(ids), means.actor.area_code, lock=means.is_commit
        )
        self._members = register.members(means.session, self._households)

    def index(self, member: ListedMember) -> str | None:
        return self._indexes.get(member.key) if member.key else None

    def holder(self, member: ListedMember) -> UUID | None:
        """Return the household in which a person stands, wherever it is."""
        return self._holders.get(self.index(member) or "")

    def household(self, household_id: UUID | None) -> Registered | None:
        """Return a household of the actor's area."""
        row = self._households.get(household_id) if household_id else None
        return Registered(row, self._members[row["id"]]) if row else None


class Judge:
    """Holds one listed household against the register, and notes what is found."""

    def __init__(self, listed: ListedHousehold, means: Means, batch: Batch) -> None:
        self.findings: list[Finding] = []
        self._listed, self._means, self._batch = listed, means, batch
        self._first = listed.members[0].row

    @property
    def is_refused(self) -> bool:
        return any(one.is_refusal for one in self.findings)

    def note(
        self, field: str, blocker: Blocker, row: int | None = None, *, is_refusal: bool = True
    ) -> None:
        self.findings.append(
            finding(
                row or self._first,
                blocker,
                BY_CODE[field],
                self._means.columns.get(field),
                is_refusal=is_refusal,
            )
        )

    def registered(self) -> Registered | None:
        """Return the household of the register that is meant: by our id, or by its head."""
        number, head = self._listed.number, self._listed.head
        if OUR_ID.fullmatch(number):
            found = self._batch.household(UUID(number))
            if found is None:
                self.note(NUMBER, Blocker("household_unknown"))
            return found
        found = self._batch.household(self._batch.holder(head))
        index = self._batch.index(head)
        its_head = [m for m in found.members if m["relation"] == HEAD] if found else []
        return found if any(m["id_number_index"] == index for m in its_head) else None

    def create(self, place: Place) -> Plan:
        """Return what a new household will be."""
        listed = self._listed
        for member in listed.members:
            self._check_new(member)
        values = {
            "area_code": place.code,
            "household_type": self._type(place),
            "traits": sorted(self._traits(place)),
            "group_name": listed.group_name,
            "head_name": listed.head.name,
            "telephone": listed.telephone,
        }
        return Plan(values, list(enumerate(listed.members, start=1)))

    def update(self, place: Place, registered: Registered) -> Plan:
        """Return what will change of a household of the register."""
        row = registered.row
        if place.code != row["area_code"]:
            self.note(VILLAGE, Blocker("village_differs"))
        values = {**self._circumstances(place, row), **self._reach(row)}
        new = self._new_members(registered)
        taken = max((member["number"] for member in registered.members), default=0)
        if taken + len(new) > MAX_MEMBERS:
            have = str(taken + len(new))
            self.note(NAME, Blocker("members_too_many", (str(MAX_MEMBERS),), (have,)))
        return Plan(values, list(enumerate(new, start=taken + 1)), row["id"])

    def _circumstances(self, place: Place, row: RowMapping) -> dict[str, Any]:
        """Return type and traits where they change. A case that is open rests on them."""
        found: dict[str, Any] = {}
        if self._listed.household_type and (kind := self._type(place)) != row["household_type"]:
            found["household_type"] = kind
        if self._listed.traits is not None:
            traits = sorted(self._traits(place))
            if traits != sorted(row["traits"]):
                found["traits"] = traits
        if found and row["open_case_id"]:
            for field in found:
                self.note(field, Blocker("open_case_holds"))
        return found

    def _reach(self, row: RowMapping) -> dict[str, Any]:
        """Return group and telephone where they change."""
        listed, found = self._listed, dict[str, Any]()
        if listed.group_name and listed.group_name != row["group_name"]:
            found["group_name"] = listed.group_name
        if listed.telephone:
            index = self._means.vault.index(listed.telephone, households.TELEPHONE)
            if index != row["telephone_index"]:
                found["telephone"] = listed.telephone
        return found

    def _new_members(self, registered: Registered) -> list[ListedMember]:
        """Return who is not in the household yet; check the others."""
        by_index = {member["id_number_index"]: member for member in registered.members}
        by_number = {member["number"]: member for member in registered.members}
        new, seen = list[ListedMember](), set[int]()
        for listed in self._listed.members:
            index = self._batch.index(listed)
            known = by_index.get(index) if index else by_number.get(listed.number or 0)
            if known is None:
                self._check_new(listed)
                if listed.relation == HEAD:
                    self.note(RELATION, Blocker("head_not_one", (), ("2",)), listed.row)
                new.append(listed)
            else:
                seen.add(known["number"])
                self._check_known(listed, known)
        if unseen := len(registered.members) - len(seen):
            self.note(MEMBER, Blocker("members_not_listed", (str(unseen),)), is_refusal=False)
        return new

    def _check_new(self, member: ListedMember) -> None:
        if member.id_number is None:
            self.note(ID_NUMBER, Blocker("member_unknown"), member.row)
        elif self._batch.holder(member):
            self.note(ID_NUMBER, Blocker("person_registered"), member.row)

    def _check_known(self, listed: ListedMember, known: RowMapping) -> None:
        """Note what differs of who a person is."""
        for field in (NAME, RELATION):
            if getattr(listed, field) != known[field]:
                self.note(field, Blocker("member_differs", (known[field],)), listed.row)
        if listed.document_type not in {None, known["document_type"]}:
            kind = str(known["document_type"])
            self.note(DOCUMENT, Blocker("member_differs", (kind,)), listed.row)

    def _type(self, place: Place) -> str:
        said = self._listed.household_type
        if said is None:
            self.note(TYPE, Blocker("value_missing"))
            return ""
        return self._code(place, TYPE, "household_types", said)

    def _traits(self, place: Place) -> set[str]:
        said = self._listed.traits or ()
        return {self._code(place, TRAITS, "household_traits", one) for one in said}

    def _code(self, place: Place, field: str, name: str, said: str) -> str:
        code = place.listed(name, said)
        if code is None:
            self.note(field, Blocker("value_not_listed", place.words(name), (said,)))
        return code or ""
