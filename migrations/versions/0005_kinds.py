"""More kinds of cases: a case need not be of a household, and may belong to a campaign.

Written 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KIND = "ck_cases_kind"
OLD = ("monitoring_object",)
NEW = (
    "monitoring_object",
    "campaign",
    "inspection_form",
    "remediation_item",
    "deliverable",
    "supervision",
)


def upgrade() -> None:
    with op.batch_alter_table("cases") as cases:
        cases.drop_constraint(op.f(KIND), type_="check")
        cases.create_check_constraint(op.f(KIND), sa.column("kind").in_(NEW))
        cases.alter_column("household_id", existing_type=sa.Uuid(), nullable=True)
        cases.add_column(sa.Column("campaign_id", sa.Uuid()))
        cases.create_foreign_key("fk_cases_campaign_id", "cases", ["campaign_id"], ["id"])
        cases.create_index("ix_cases_campaign_id", ["campaign_id"])


def downgrade() -> None:
    """Cases of the new kinds cannot stay where nobody knows them: they are in the way."""
    with op.batch_alter_table("cases") as cases:
        cases.drop_index("ix_cases_campaign_id")
        cases.drop_constraint("fk_cases_campaign_id", type_="foreignkey")
        cases.drop_column("campaign_id")
        cases.alter_column("household_id", existing_type=sa.Uuid(), nullable=False)
        cases.drop_constraint(op.f(KIND), type_="check")
        cases.create_check_constraint(op.f(KIND), sa.column("kind").in_(OLD))
