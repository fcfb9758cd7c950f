"""The ledger of problems to be put right.

Written 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SCOPES = ("household", "area")
LEVELS = ("village", "township", "county")
STANDINGS = ("in_progress", "rectified", "void")


def upgrade() -> None:
    op.create_table(
        "remediation_item",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid()),
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("household_id", sa.Uuid()),
        sa.Column("scope", sa.String(32), nullable=False),
        sa.Column("level", sa.String(32), nullable=False),
        sa.Column("household_type", sa.String(48)),
        sa.Column("risk_type", sa.String(48)),
        sa.Column("problem_type", sa.String(48), nullable=False),
        sa.Column("source", sa.String(48), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("measure", sa.String()),
        sa.Column("responsible_person", sa.String()),
        sa.Column("responsible_unit", sa.String()),
        sa.Column("time_limit_on", sa.Date()),
        sa.Column("department", sa.String(48)),
        sa.Column("progress", sa.String()),
        sa.Column("result", sa.String()),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("found_by", sa.String(), nullable=False),
        sa.Column("item", sa.String()),
        sa.Column("form_id", sa.Uuid()),
        sa.Column("standing", sa.String(32), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_remediation_item")),
        _refers("case_id", "cases.id"),
        _refers("campaign_id", "campaign.case_id"),
        _refers("area_code", "area.code"),
        _refers("household_id", "household.id"),
        _one_of("scope", SCOPES, "scope"),
        _one_of("level", LEVELS, "level"),
        _one_of("standing", STANDINGS, "itemstanding"),
    )
    for name, columns in {
        "ix_remediation_item_totals": ["campaign_id", "area_code", "problem_type", "standing"],
        "ix_remediation_item_area_code_case_id": ["area_code", "case_id"],
        "ix_remediation_item_household_id": ["household_id"],
        "ix_remediation_item_form_id": ["form_id"],
        "ix_remediation_item_group_id": ["group_id"],
    }.items():
        op.create_index(name, "remediation_item", columns)


def _refers(column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_remediation_item_{column}"))


def _one_of(column: str, codes: tuple[str, ...], name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(
        sa.column(column).in_(codes), name=op.f(f"ck_remediation_item_{name}")
    )


def downgrade() -> None:
    op.drop_table("remediation_item")
