"""Campaigns: their days, the windows of their phases, and the list that is frozen at the start.

Written 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STANDINGS = ("expected", "submitted", "returned", "accepted", "not_applicable")


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("programme", sa.String(48)),
        sa.Column("period", sa.String(16)),
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("announced_on", sa.Date()),
        sa.Column("listed", sa.Integer()),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_campaign")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_campaign_case_id")),
        sa.ForeignKeyConstraint(["area_code"], ["area.code"], name=op.f("fk_campaign_area_code")),
        sa.UniqueConstraint(
            "area_code", "programme", "period", name=op.f("uq_campaign_area_code_programme_period")
        ),
    )
    op.create_table(
        "campaign_window",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("phase", sa.String(48), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "phase", name=op.f("pk_campaign_window")),
        _of_a_campaign("campaign_window"),
    )
    op.create_table(
        "late_window",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", "seq", name=op.f("pk_late_window")),
        _of_a_campaign("late_window"),
        sa.ForeignKeyConstraint(
            ["area_code"], ["area.code"], name=op.f("fk_late_window_area_code")
        ),
    )
    op.create_table(
        "roster",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("household_id", sa.Uuid()),
        sa.Column("standing", sa.String(32), nullable=False),
        sa.Column("form_id", sa.Uuid()),
        sa.Column("reason", sa.String()),
        sa.PrimaryKeyConstraint("campaign_id", "number", name=op.f("pk_roster")),
        _of_a_campaign("roster"),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_roster_household_id")
        ),
        sa.UniqueConstraint(
            "campaign_id", "household_id", name=op.f("uq_roster_campaign_id_household_id")
        ),
        sa.CheckConstraint(sa.column("standing").in_(STANDINGS), name=op.f("ck_roster_standing")),
    )
    op.create_index(
        "ix_roster_campaign_id_area_code_standing",
        "roster",
        ["campaign_id", "area_code", "standing"],
    )


def _of_a_campaign(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_campaign_id")
    return sa.ForeignKeyConstraint(["campaign_id"], ["campaign.case_id"], name=name)


def downgrade() -> None:
    for table in ("roster", "late_window", "campaign_window", "campaign"):
        op.drop_table(table)
