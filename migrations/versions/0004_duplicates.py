"""Duplicates: the kind of a member's document, what a search needs, and the verdicts on pairs.

Written 2026-11-22. A disability certificate is found by the identity number it begins with
from here on. Those registered before keep the index of their whole number and the default
type: they are sealed, and a migration has no keys.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

DOCUMENT_TYPE = """
    ALTER TABLE member ADD COLUMN document_type VARCHAR(32) DEFAULT 'resident_identity' NOT NULL
    CONSTRAINT ck_member_documenttype
    CHECK (document_type IN ('resident_identity', 'disability_certificate', 'other'))
"""


def upgrade() -> None:
    op.execute(DOCUMENT_TYPE)
    op.drop_index("ix_household_telephone_index", "household")
    op.create_index("ix_household_telephone_index_id", "household", ["telephone_index", "id"])
    op.create_index("ix_household_head_name_area_code", "household", ["head_name", "area_code"])
    op.create_table(
        "duplicate_verdict",
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("position_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(48), nullable=False),
        sa.PrimaryKeyConstraint("first_id", "second_id", "number", name="pk_duplicate_verdict"),
        sa.ForeignKeyConstraint(
            ["first_id"], ["household.id"], name="fk_duplicate_verdict_first_id"
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["household.id"], name="fk_duplicate_verdict_second_id"
        ),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_duplicate_verdict_pair")),
        sa.CheckConstraint(
            "verdict IN ('same', 'different')", name=op.f("ck_duplicate_verdict_verdict")
        ),
        sa.Index("ix_duplicate_verdict_second_id", "second_id"),
    )


def downgrade() -> None:
    op.drop_table("duplicate_verdict")
    op.drop_index("ix_household_head_name_area_code", "household")
    op.drop_index("ix_household_telephone_index_id", "household")
    op.create_index("ix_household_telephone_index", "household", ["telephone_index"])
    op.drop_column("member", "document_type")
