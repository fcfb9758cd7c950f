"""The whole life of a monitoring object: traits, episodes, visits, and more units of time.

Written 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
CODE = sa.String(48)
AREA_CODE = sa.String(12)

UNITS_BEFORE = (
    "working_day",
    "calendar_day",
    "date",
    "end_of_month",
    "end_of_half_year",
    "end_of_year",
)
UNITS = (
    "hour",
    "working_day",
    "calendar_day",
    "calendar_month",
    "date",
    "end_of_month",
    "end_of_quarter",
    "end_of_half_year",
    "end_of_year",
)
UNIT_CHECK = "ck_deadline_unit"


def upgrade() -> None:
    with op.batch_alter_table("household") as household:
        household.add_column(sa.Column("traits", JSON, nullable=False, server_default="[]"))
        household.add_column(sa.Column("last_case_id", sa.Uuid()))
        household.add_column(
            sa.Column("episodes", sa.Integer(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("household") as household:
        household.alter_column("traits", server_default=None)
        household.alter_column("episodes", server_default=None)
    _number_episodes()
    op.create_table(
        "visit",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("area_code", AREA_CODE, nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", CODE, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "seq", "number", name="pk_visit"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_visit_case_id"),
        sa.Index("ix_visit_area_day", "area_code", "visited_on"),
    )
    _allow_units(UNITS)


def downgrade() -> None:
    _allow_units(UNITS_BEFORE)
    op.drop_table("visit")
    with op.batch_alter_table("cases") as cases:
        cases.drop_column("previous_case_id")
        cases.drop_column("episode")
    with op.batch_alter_table("household") as household:
        household.drop_column("episodes")
        household.drop_column("last_case_id")
        household.drop_column("traits")


def _number_episodes() -> None:
    """Give each case its number among its household's, in the order of opening."""
    with op.batch_alter_table("cases") as cases:
        cases.add_column(sa.Column("episode", sa.Integer(), nullable=False, server_default="1"))
        cases.add_column(sa.Column("previous_case_id", sa.Uuid()))
    with op.batch_alter_table("cases") as cases:
        cases.alter_column("episode", server_default=None)
    op.execute(
        "UPDATE cases SET episode ="
        " (SELECT count(*) FROM cases e WHERE e.household_id = cases.household_id"
        " AND e.id <= cases.id)"
    )
    op.execute(
        "UPDATE cases SET previous_case_id ="
        " (SELECT e.id FROM cases e WHERE e.household_id = cases.household_id"
        " AND e.episode = cases.episode - 1)"
    )
    op.execute(
        "UPDATE household SET episodes ="
        " (SELECT count(*) FROM cases c WHERE c.household_id = household.id),"
        " last_case_id = (SELECT c.id FROM cases c WHERE c.household_id = household.id"
        " ORDER BY c.id DESC LIMIT 1)"
    )


def _allow_units(units: tuple[str, ...]) -> None:
    """Change which units the database accepts for a deadline."""
    listed = ", ".join(f"'{unit}'" for unit in units)
    with op.batch_alter_table("deadline") as deadline:
        deadline.drop_constraint(op.f(UNIT_CHECK), type_="check")
        deadline.create_check_constraint(op.f(UNIT_CHECK), f"unit IN ({listed})")
