"""Notices: what is owed to a position, each with its cause, once.

Written 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
CAUSES = ("deadline", "case", "campaign", "urge", "vacancy", "channel")
UNIQUE = ("cause", "cause_key", "for_role", "for_area_code")


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(32), nullable=False),
        sa.Column("cause_key", sa.String(120), nullable=False),
        sa.Column("template", sa.String(48), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("case_id", sa.Uuid()),
        sa.Column("role", sa.String(48), nullable=False),
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("for_role", sa.String(48), nullable=False),
        sa.Column("for_area_code", sa.String(12), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_unread", sa.Boolean(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True)),
        sa.Column("acknowledged_by", sa.Uuid()),
        sa.Column("acknowledged_in", sa.Uuid()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_notice_case_id")),
        sa.ForeignKeyConstraint(["area_code"], ["area.code"], name=op.f("fk_notice_area_code")),
        sa.UniqueConstraint(*UNIQUE, name=op.f(f"uq_notice_{'_'.join(UNIQUE)}")),
        sa.CheckConstraint(sa.column("cause").in_(CAUSES), name=op.f("ck_notice_causekind")),
    )
    op.create_index("ix_notice_case_id", "notice", ["case_id"])
    op.create_index("ix_notice_inbox", "notice", ["role", "area_code", "is_unread", "id"])


def downgrade() -> None:
    op.drop_table("notice")
