"""The index that the totals of the ledger of problems are read off, with all that they go by.

Written 2026-11-22.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NAME, TABLE = "ix_remediation_item_totals", "remediation_item"


def upgrade() -> None:
    op.drop_index(NAME, TABLE)
    columns = ["campaign_id", "area_code", "standing", "problem_type", "source", "risk_type"]
    op.create_index(NAME, TABLE, columns)


def downgrade() -> None:
    op.drop_index(NAME, TABLE)
    op.create_index(NAME, TABLE, ["campaign_id", "area_code", "problem_type", "standing"])
