"""Supervisions, the units they look at, and what was issued or decided after them.

Written 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

STANDINGS = ("planned", "checked", "excused")


def upgrade() -> None:
    op.create_table(
        "supervision",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid()),
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("method", sa.String(48), nullable=False),
        sa.Column("by_unit", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_supervision")),
        _refers("supervision", "case_id", "cases.id"),
        _refers("supervision", "campaign_id", "campaign.case_id"),
        _refers("supervision", "area_code", "area.code"),
    )
    op.create_index("ix_supervision_campaign_id", "supervision", ["campaign_id"])
    op.create_index("ix_supervision_area_code", "supervision", ["area_code"])
    op.create_table(
        "supervision_unit",
        sa.Column("supervision_id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("checked_by", sa.String(12)),
        sa.Column("standing", sa.String(32), nullable=False),
        sa.Column("checked_on", sa.Date()),
        sa.Column("problems", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.PrimaryKeyConstraint("supervision_id", "area_code", name=op.f("pk_supervision_unit")),
        _refers("supervision_unit", "supervision_id", "supervision.case_id"),
        _refers("supervision_unit", "area_code", "area.code"),
        _refers("supervision_unit", "checked_by", "area.code"),
        sa.CheckConstraint(
            sa.column("standing").in_(STANDINGS), name=op.f("ck_supervision_unit_unitstanding")
        ),
    )
    op.create_table(
        "sanction",
        sa.Column("supervision_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(48), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("department", sa.String()),
        sa.Column("person", sa.String()),
        sa.Column("content", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("supervision_id", "seq", name=op.f("pk_sanction")),
        _refers("sanction", "supervision_id", "supervision.case_id"),
        _refers("sanction", "area_code", "area.code"),
    )
    op.create_index("ix_sanction_area_code_decided_on", "sanction", ["area_code", "decided_on"])
    op.create_index("ix_sanction_person", "sanction", ["person"])


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))


def downgrade() -> None:
    for table in ("sanction", "supervision_unit", "supervision"):
        op.drop_table(table)
