"""Ladders: when the sweep is to look at a deadline next, the steps it took, how late it was.

Deadlines that run are looked at once, at the sweep's next turn.

Written 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OUTCOMES = ("told", "superseded", "nobody", "raised", "refused")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("deadline", sa.Column("next_step_at", AT))
    op.execute(
        "UPDATE deadline SET next_step_at = over_at"
        " WHERE status = 'running' AND kind = 'due' AND suspended_at IS NULL"
    )
    running = sa.text("status = 'running'")
    op.create_index(
        "ix_deadline_next_step_at_id",
        "deadline",
        ["next_step_at", "id"],
        postgresql_where=running,
        sqlite_where=running,
    )
    op.create_table(
        "ladder_step",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("deadline_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("step", sa.String(48), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("due_at", AT, nullable=False),
        sa.Column("taken_at", AT, nullable=False),
        sa.PrimaryKeyConstraint(
            "case_id", "deadline_id", "due_on", "step", name=op.f("pk_ladder_step")
        ),
        sa.ForeignKeyConstraint(
            ["case_id", "deadline_id"],
            ["deadline.case_id", "deadline.id"],
            name=op.f("fk_ladder_step_case_id_deadline_id"),
        ),
        sa.CheckConstraint(
            sa.column("outcome").in_(OUTCOMES), name=op.f("ck_ladder_step_stepoutcome")
        ),
    )
    op.create_table(
        "sweep_tally",
        sa.Column("at_most_seconds", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("at_most_seconds", name=op.f("pk_sweep_tally")),
    )


def downgrade() -> None:
    op.drop_table("sweep_tally")
    op.drop_table("ladder_step")
    op.drop_index("ix_deadline_next_step_at_id", "deadline")
    op.drop_column("deadline", "next_step_at")
