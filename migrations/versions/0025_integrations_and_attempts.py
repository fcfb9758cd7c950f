"""Accounts of other systems; refused attempts are counted by account and by address.

Written 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "person",
        sa.Column("integration", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("attempt", sa.Column("address", sa.String(64), nullable=True))
    op.create_index("ix_attempt_address_at", "attempt", ["address", "at"])
    op.create_index("ix_attempt_person_id_at", "attempt", ["person_id", "at"])


def downgrade() -> None:
    op.drop_index("ix_attempt_person_id_at", "attempt")
    op.drop_index("ix_attempt_address_at", "attempt")
    op.drop_column("attempt", "address")
    op.drop_column("person", "integration")
