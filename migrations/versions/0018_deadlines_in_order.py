"""Deadlines of each status in the order of their lists: one index where there were two.

Written 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_deadline_running_over_at", "deadline")
    op.drop_index("ix_deadline_status_over_at", "deadline")
    op.create_index("ix_deadline_status_over_at_id", "deadline", ["status", "over_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_deadline_status_over_at_id", "deadline")
    op.create_index("ix_deadline_status_over_at", "deadline", ["status", "over_at"])
    running = sa.text("status = 'running'")
    op.create_index(
        "ix_deadline_running_over_at",
        "deadline",
        ["over_at", "id"],
        postgresql_where=running,
        sqlite_where=running,
        postgresql_include=["kind", "suspended_at", "due_soon_at"],
    )
