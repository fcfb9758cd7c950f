"""The layout of the register of households: see `household_rows` and `household_judging`."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from service.blockers import Blocker
from service.codes import Label
from service.imports.entries import Judged, Outcome, of_every_row
from service.imports.household_judging import Batch, Judge, Plan, Registered
from service.imports.household_rows import (
    COLUMNS,
    HEAD_NAME,
    TELEPHONE,
    VILLAGE,
    HouseholdEntry,
    ListedMember,
    read,
)
from service.imports.layout import Means
from service.imports.places import Places
from service.store import households, register
from service.workbooks.reading import Row
from service.workbooks.tables import Table


class HouseholdLayout:
    label = Label(zh="农户及家庭成员名册", en="register of households and their members")
    columns = COLUMNS
    entry = HouseholdEntry
    has_sheets = False

    def read(self, table: Table, rows: Iterator[Row]) -> Iterator[HouseholdEntry]:
        return read(table, rows)

    def intake(self, means: Means) -> "HouseholdIntake":
        return HouseholdIntake(means)


HOUSEHOLDS = HouseholdLayout()


class HouseholdIntake:
    """Judges households against the register, and writes them."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._places = Places(means)
        self._telephones: Counter[str] = Counter()
        self._heads: Counter[tuple[str, str]] = Counter()

    def judge(self, entries: Sequence[HouseholdEntry]) -> list[Judged]:
        """Return what becomes of some households as the register is now."""
        batch = Batch(self._means, [one.content for one in entries if one.content])
        judges = [
            Judge(one.content, self._means, batch) if one.content else None for one in entries
        ]
        judged = [self._judge(*pair) for pair in zip(entries, judges, strict=True)]
        if self._means.is_commit:  # who looks alike was said before
            return judged
        return self._with_lookalikes(judged, judges)

    def _judge(self, entry: HouseholdEntry, judge: Judge | None) -> Judged:
        if judge is None:
            return Judged(entry, Outcome.REFUSED, entry.findings)
        registered = judge.registered()
        plan = self._plan(entry, judge, registered)
        if judge.is_refused or plan is None:
            return Judged(entry, Outcome.REFUSED, of_every_row(entry.rows, judge.findings))
        outcome = Outcome.CREATED
        if registered:
            outcome = Outcome.UPDATED if plan.values or plan.members else Outcome.UNCHANGED
        return Judged(entry, outcome, tuple(judge.findings), plan)

    def _plan(
        self, entry: HouseholdEntry, judge: Judge, registered: Registered | None
    ) -> Plan | None:
        assert entry.content is not None
        if registered and entry.content.village is None:
            place = self._places.at(registered.row["area_code"])
        else:
            place = self._places.find(entry.content.village)
        if isinstance(place, Blocker):
            judge.note(VILLAGE, place)
            return None
        return judge.update(place, registered) if registered else judge.create(place)

    def _with_lookalikes(
        self, judged: Sequence[Judged], judges: Sequence[Judge | None]
    ) -> list[Judged]:
        """Add to each new household how many others have its telephone, or its head's name."""
        marks = [self._marks(one) if one.outcome is Outcome.CREATED else None for one in judged]
        telephones = {mark[0] for mark in marks if mark and mark[0]}
        known = register.with_telephones(self._means.session, telephones)
        heads = register.with_heads(
            self._means.session,
            {mark[1][1] for mark in marks if mark},
            {mark[1][0] for mark in marks if mark},
        )
        found = list[Judged]()
        for one, judge, mark in zip(judged, judges, marks, strict=True):
            if judge and mark:
                telephone, head = mark
                self._warn(judge, TELEPHONE, known.get(telephone, 0) + self._telephones[telephone])
                self._warn(judge, HEAD_NAME, heads.get(head, 0) + self._heads[head])
                self._heads[head] += 1
                self._telephones[telephone] += bool(telephone)
            found.append(one._replace(findings=tuple(judge.findings)) if judge and mark else one)
        return found

    def _marks(self, one: Judged) -> tuple[str, tuple[str, str]]:
        """Return by what a new household is compared: telephone; township and head's name."""
        values = one.plan.values
        place = self._places.at(values["area_code"])
        assert not isinstance(place, Blocker)
        telephone = values["telephone"]
        index = self._means.vault.index(telephone, households.TELEPHONE) if telephone else ""
        return index, (place.township, values["head_name"])

    def _warn(self, judge: Judge, field: str, others: int) -> None:
        if others:
            flaw = "telephone_shared" if field == TELEPHONE else "head_name_shared"
            judge.note(field, Blocker(flaw, (str(others),)), is_refusal=False)

    def write(self, judged: Sequence[Judged]) -> None:
        """Write what was judged a moment ago. Raises `IntegrityError`."""
        new, changes, members = list[dict[str, Any]](), dict[UUID, Any](), list[dict[str, Any]]()
        for plan in (one.plan for one in judged if one.plan):
            household_id = plan.household_id
            if household_id is None:
                new.append(self._new(plan.values))
                household_id = new[-1]["id"]
            elif plan.values:
                changes[household_id] = self._changed(household_id, plan.values)
            members += [self._member(household_id, number, m) for number, m in plan.members]
        register.write(self._means.session, new, changes, members)

    def _new(self, values: Mapping[str, Any]) -> dict[str, Any]:
        means = self._means
        return register.household_row(
            means.vault, at=means.now, by=means.actor.position_id, **values
        )

    def _changed(self, household_id: UUID, values: Mapping[str, Any]) -> dict[str, Any]:
        kept = dict(values)
        if telephone := kept.pop("telephone", None):
            kept |= register.telephone_columns(self._means.vault, household_id, telephone)
        return kept

    def _member(self, household_id: UUID, number: int, member: ListedMember) -> dict[str, Any]:
        assert member.id_number
        assert member.key
        return register.member_row(
            self._means.vault,
            household_id=household_id,
            number=number,
            at=self._means.now,
            name=member.name,
            relation=member.relation,
            document_type=member.document,
            id_number=member.id_number,
            index=self._means.vault.index(member.key, households.ID_NUMBER),
        )
