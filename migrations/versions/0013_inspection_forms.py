"""Inspection forms and what they found.

Written 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BECAME = ("waiting", "remediation_item", "clue", "episode", "suggestion", "record", "void")


def upgrade() -> None:
    op.create_table(
        "inspection_form",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("checklist", sa.String(48), nullable=False),
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("household_id", sa.Uuid()),
        sa.Column("department", sa.String()),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("filled_by", sa.Uuid(), nullable=False),
        sa.Column("filled_as", sa.String(48), nullable=False),
        sa.Column("reviewed_by", sa.String(48)),
        sa.Column("problems", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String()),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_inspection_form")),
        *_references("inspection_form", "case_id"),
        sa.ForeignKeyConstraint(
            ["filled_by"], ["person.id"], name=op.f("fk_inspection_form_filled_by")
        ),
        sa.UniqueConstraint("slot", name=op.f("uq_inspection_form_slot")),
    )
    op.create_index(
        "ix_inspection_form_campaign_id_area_code", "inspection_form", ["campaign_id", "area_code"]
    )
    op.create_index(op.f("ix_inspection_form_household_id"), "inspection_form", ["household_id"])
    op.create_index(op.f("ix_inspection_form_filled_by"), "inspection_form", ["filled_by"])
    op.create_table(
        "finding",
        sa.Column("form_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("household_id", sa.Uuid()),
        sa.Column("checklist", sa.String(48), nullable=False),
        sa.Column("item", sa.String(24), nullable=False),
        sa.Column("problem_type", sa.String(48)),
        sa.Column("leads_to", sa.String(48), nullable=False),
        sa.Column("what", sa.String()),
        sa.Column("value", sa.String()),
        sa.Column("stated", sa.String()),
        sa.Column("fixed_on_spot", sa.Boolean(), nullable=False),
        sa.Column("found_by", sa.String(), nullable=False),
        sa.Column("cite", sa.String(), nullable=False),
        sa.Column("became", sa.String(32), nullable=False),
        sa.Column("case_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("form_id", "number", name=op.f("pk_finding")),
        *_references("finding", "form_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_finding_case_id")),
        sa.CheckConstraint(sa.column("became").in_(BECAME), name=op.f("ck_finding_became")),
    )
    op.create_index(
        "ix_finding_campaign_id_area_code_item", "finding", ["campaign_id", "area_code", "item"]
    )
    op.create_index("ix_finding_household_id_became", "finding", ["household_id", "became"])
    op.create_index(op.f("ix_finding_case_id"), "finding", ["case_id"])


def _references(table: str, own: str) -> list[sa.ForeignKeyConstraint]:
    targets = {
        own: "cases.id",
        "campaign_id": "campaign.case_id",
        "area_code": "area.code",
        "household_id": "household.id",
    }
    return [
        sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))
        for column, target in targets.items()
    ]


def downgrade() -> None:
    op.drop_table("finding")
    op.drop_table("inspection_form")
