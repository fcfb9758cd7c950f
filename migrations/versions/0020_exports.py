"""Exports of the log.

Written 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = "'writing', 'broken_off', 'done'"


def upgrade() -> None:
    op.create_table(
        "log_export",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.String(12), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("position_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(48), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("salt", sa.String(64), nullable=False),
        sa.Column("filter", JSON, nullable=False),
        sa.Column("formats", JSON, nullable=False),
        sa.Column("held", JSON, nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("count", BIG, nullable=True),
        sa.Column("files", JSON, nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_log_export"),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_log_export_exportstate")),
        sa.Index("ix_log_export_area_code", "area_code"),
        sa.Index("ix_log_export_created_at", "created_at"),
    )


def downgrade() -> None:
    op.drop_table("log_export")
