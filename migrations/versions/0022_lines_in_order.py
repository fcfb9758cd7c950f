"""Lines in the order in which they were received, for the lists of auditors: one index each.

Written 2026-11-22.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_transition_received_at", "transition")
    op.create_index(
        "ix_transition_received_at_case_id_seq", "transition", ["received_at", "case_id", "seq"]
    )
    op.drop_index("ix_log_line_at", "log_line")
    op.create_index(
        "ix_log_line_at_subject_id_kind_seq", "log_line", ["at", "subject_id", "kind", "seq"]
    )


def downgrade() -> None:
    op.drop_index("ix_log_line_at_subject_id_kind_seq", "log_line")
    op.create_index("ix_log_line_at", "log_line", ["at"])
    op.drop_index("ix_transition_received_at_case_id_seq", "transition")
    op.create_index("ix_transition_received_at", "transition", ["received_at"])
