"""The departments' comparison lists: what their data say of persons, by the index of a number.

A row knows nobody: it is matched with the register whenever somebody looks, so that a person
who is registered later is found in an older list too. It counts for the households of the area
it was brought in for.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import Field, Session, SQLModel, col, select

from service.store.areas import AreaReach
from service.store.columns import AREA_CODE, Utc, coded, table_of
from service.store.households import Household, Member
from service.workflows.monitoring.entry_events import Verdict


class ComparisonRow(SQLModel, table=True):
    """What a department's data say of one field of one person. The newest of each counts.

    Department and field are in the list's own words.
    """

    __tablename__ = "comparison_row"

    id: UUID = Field(primary_key=True)
    import_id: UUID = Field(foreign_key="data_import.id")
    area_code: str = Field(sa_type=AREA_CODE, foreign_key="area.code")
    id_number_index: str = Field(index=True)
    name: str | None = None
    department: str
    field: str
    verdict: Verdict = Field(sa_type=coded(Verdict))
    remark: str | None = None
    listed_at: datetime = Field(sa_type=Utc)

    @property
    def of(self) -> tuple[str, str, str]:
        """Of whom and what it speaks: a newer row of the same takes its place."""
        return self.id_number_index, self.department, self.field


ROWS = table_of(ComparisonRow)

_OF_PERSONS = (
    select(ComparisonRow)
    .where(
        col(ComparisonRow.id_number_index).in_(bindparam("indexes", expanding=True)),
        ComparisonRow.area_code == bindparam("area_code"),
    )
    .order_by(col(ComparisonRow.listed_at), col(ComparisonRow.id))
)
_OF_HOUSEHOLD = (
    select(ComparisonRow, Member)
    .join(Member, col(Member.id_number_index) == col(ComparisonRow.id_number_index))
    .join(Household, col(Household.id) == col(Member.household_id))
    .join(
        AreaReach,
        (col(AreaReach.ancestor_code) == col(ComparisonRow.area_code))
        & (col(AreaReach.area_code) == col(Household.area_code)),
    )
    .where(Household.id == bindparam("household_id"))
    .order_by(col(ComparisonRow.listed_at), col(ComparisonRow.id))
)
_MATCHED = (
    select(Member, Household)
    .join(Household, col(Household.id) == col(Member.household_id))
    .join(AreaReach, col(AreaReach.area_code) == col(Household.area_code))
    .where(
        col(Member.id_number_index).in_(bindparam("indexes", expanding=True)),
        AreaReach.ancestor_code == bindparam("area_code"),
    )
)


def newest_of(
    session: Session, indexes: Iterable[str], area_code: str
) -> dict[tuple[str, str, str], ComparisonRow]:
    """Return the rows that count of some persons, as they were brought in for an area."""
    wanted = {"indexes": list(indexes), "area_code": area_code}
    return {row.of: row for row in session.execute(_OF_PERSONS, wanted).scalars()}


def of_household(session: Session, household_id: UUID) -> Sequence[tuple[ComparisonRow, Member]]:
    """Return the rows that count of a household's members, the oldest first."""
    rows = session.execute(_OF_HOUSEHOLD, {"household_id": household_id})
    return list({row.of: (row, member) for row, member in rows}.values())


def matched(
    session: Session, indexes: Iterable[str], area_code: str
) -> dict[str, tuple[Member, Household]]:
    """Return the members that some persons are in the households of an area."""
    rows = session.execute(_MATCHED, {"indexes": list(indexes), "area_code": area_code})
    return {member.id_number_index: (member, household) for member, household in rows}
