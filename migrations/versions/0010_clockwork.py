"""A clock can stand: since when. What it kept of its start is what its date is folded over.

Written 2026-11-22. The clocks of before get the day they count from, those of hours the instant.
"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    anew = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("deadline", recreate=anew) as table:
        table.add_column(sa.Column("suspended_at", sa.DateTime(timezone=True)))
    _tell_starts()


DEADLINE = sa.table(
    "deadline",
    sa.column("case_id", sa.Uuid()),
    sa.column("id", sa.Uuid()),
    sa.column("unit", sa.String()),
    sa.column("amount", sa.Integer()),
    sa.column("started_on", sa.Date()),
    sa.column("over_at", sa.DateTime(timezone=True)),
    sa.column("clock", sa.JSON().with_variant(JSONB(), "postgresql")),
)


def _tell_starts() -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(DEADLINE)).mappings().all():
        if not row["clock"]:
            continue
        started, *later = row["clock"]
        told = {**started, "on": row["started_on"].isoformat()}
        if row["unit"] == "hour":
            since = row["over_at"] - timedelta(hours=row["amount"])
            told["since"] = since.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        connection.execute(
            sa.update(DEADLINE)
            .where(DEADLINE.c.case_id == row["case_id"], DEADLINE.c.id == row["id"])
            .values(clock=[told, *later])
        )


def downgrade() -> None:
    with op.batch_alter_table("deadline") as table:
        table.drop_column("suspended_at")
