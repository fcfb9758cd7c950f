"""The papers that units owe in campaigns.

Written 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STANDINGS = ("owed", "submitted", "returned", "accepted", "released")


def upgrade() -> None:
    op.create_table(
        "deliverable",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("paper", sa.String(48), nullable=False),
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("department", sa.String(48)),
        sa.Column("owed_by", sa.String(48), nullable=False),
        sa.Column("owed_to", sa.String(48), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("submitted_on", sa.Date()),
        sa.Column("standing", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_deliverable")),
        _refers("case_id", "cases.id"),
        _refers("campaign_id", "campaign.case_id"),
        _refers("area_code", "area.code"),
        sa.CheckConstraint(
            sa.column("standing").in_(STANDINGS), name=op.f("ck_deliverable_paperstanding")
        ),
    )
    for name, columns in {
        "ix_deliverable_campaign_id_due_on": ["campaign_id", "due_on"],
        "ix_deliverable_area_code_case_id": ["area_code", "case_id"],
    }.items():
        op.create_index(name, "deliverable", columns)


def _refers(column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_deliverable_{column}"))


def downgrade() -> None:
    op.drop_table("deliverable")
