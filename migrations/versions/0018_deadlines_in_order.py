"""Deadlines of each status in the order of their lists: one index where there were two.

The indexes of what runs hold its status too, so that a summary reads nothing else.

Written 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

KEPT = ["kind", "suspended_at", "due_soon_at"]
LEADS = ("area_code", "rule", "case_kind")


def upgrade() -> None:
    op.drop_index("ix_deadline_running_over_at", "deadline")
    op.drop_index("ix_deadline_status_over_at", "deadline")
    op.create_index("ix_deadline_status_over_at_id", "deadline", ["status", "over_at", "id"])
    for lead in LEADS:
        op.drop_index(f"ix_deadline_running_{lead}", "deadline")
        _index_the_running(lead, [lead, "over_at", "id"], ["status", *KEPT])


def downgrade() -> None:
    for lead in LEADS:
        op.drop_index(f"ix_deadline_running_{lead}", "deadline")
        _index_the_running(lead, [lead, "over_at", "id"], KEPT)
    op.drop_index("ix_deadline_status_over_at_id", "deadline")
    op.create_index("ix_deadline_status_over_at", "deadline", ["status", "over_at"])
    _index_the_running("over_at", ["over_at", "id"], KEPT)


def _index_the_running(name: str, columns: list[str], included: list[str]) -> None:
    running = sa.text("status = 'running'")
    op.create_index(
        f"ix_deadline_running_{name}",
        "deadline",
        columns,
        postgresql_where=running,
        sqlite_where=running,
        postgresql_include=included,
    )
