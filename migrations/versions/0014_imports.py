"""Imports: what was imported by whom, what was found of its rows, the departments' lists.

Written 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
STATES = "'validating', 'refused', 'validated', 'committing', 'committed'"
VERDICTS = "'agrees', 'differs', 'no_record', 'not_provided'"


def upgrade() -> None:
    op.create_table(
        "data_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("layout", sa.String(48), nullable=False),
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("columns", JSON, nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("problem", JSON, nullable=True),
        sa.Column("without_refused", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("position_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(48), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("committed_by", sa.Uuid(), nullable=True),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_data_import"),
        sa.ForeignKeyConstraint(["area_code"], ["area.code"], name="fk_data_import_area_code"),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_data_import_importstate")),
        sa.Index("ix_data_import_area_code", "area_code"),
        sa.Index("ix_data_import_created_at", "created_at"),
    )
    op.create_table(
        "import_finding",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(3), nullable=True),
        sa.Column("field", sa.String(48), nullable=True),
        sa.Column("code", sa.String(48), nullable=False),
        sa.Column("is_refusal", sa.Boolean(), nullable=False),
        sa.Column("have", sa.String(), nullable=True),
        sa.Column("need", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("import_id", "row", "seq", name="pk_import_finding"),
        sa.ForeignKeyConstraint(
            ["import_id"], ["data_import.id"], name="fk_import_finding_import_id"
        ),
    )
    op.create_table(
        "comparison_row",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("id_number_index", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("remark", sa.String(), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_comparison_row"),
        sa.ForeignKeyConstraint(
            ["import_id"], ["data_import.id"], name="fk_comparison_row_import_id"
        ),
        sa.ForeignKeyConstraint(["area_code"], ["area.code"], name="fk_comparison_row_area_code"),
        sa.CheckConstraint(f"verdict IN ({VERDICTS})", name=op.f("ck_comparison_row_verdict")),
        sa.Index("ix_comparison_row_id_number_index", "id_number_index"),
    )


def downgrade() -> None:
    op.drop_table("comparison_row")
    op.drop_table("import_finding")
    op.drop_table("data_import")
