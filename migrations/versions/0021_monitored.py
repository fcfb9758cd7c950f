"""Monitored households as doubts are asked of them: a row for each case, its risks and measures.

Written 2026-11-22. Cases of before are given theirs out of their dossiers.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from service.ledgers.monitored import RECOGNISED, keep_entry
from service.store.columns import Json

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

CASES = sa.table(
    "cases",
    sa.column("id", sa.Uuid()),
    sa.column("kind", sa.String()),
    sa.column("dossier", Json),
)
TRANSITION = sa.table(
    "transition",
    sa.column("case_id", sa.Uuid()),
    sa.column("seq", sa.Integer()),
    sa.column("from_state", sa.String()),
    sa.column("to_state", sa.String()),
)


def upgrade() -> None:
    op.create_table(
        "monitored",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("described", sa.Boolean(), nullable=False),
        sa.Column("persons", sa.Integer()),
        sa.Column("able_to_work", sa.Integer()),
        sa.Column("marked_for_support", sa.Boolean()),
        sa.Column("on_allowance", sa.Boolean()),
        sa.Column("income_fen", sa.BigInteger()),
        sa.Column("recognised_on", sa.Date()),
        sa.Column("recognised_income_fen", sa.BigInteger()),
        sa.Column("eliminated_on", sa.Date()),
        sa.Column("means", sa.String(48)),
        sa.Column("eliminated_income_fen", sa.BigInteger()),
        *_of_a_case("monitored", "case_id"),
    )
    op.create_index("ix_monitored_recognised_on", "monitored", ["recognised_on"])
    for table, code in (("monitored_risk", "risk_type"), ("monitored_measure", "kind")):
        op.create_table(
            table,
            sa.Column("case_id", sa.Uuid(), nullable=False),
            sa.Column(code, sa.String(48), nullable=False),
            *_of_a_case(table, "case_id", code),
        )
    fill(op.get_bind())


def _of_a_case(table: str, *key: str) -> tuple[Any, ...]:
    return (
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f(f"fk_{table}_case_id")),
    )


def fill(connection: sa.Connection) -> None:
    """Let every case of a monitored household be told of by its row."""
    every = sa.select(CASES.c.id, CASES.c.dossier).where(CASES.c.kind == "monitoring_object")
    for case_id, dossier in connection.execute(every).all():
        arrivals = sa.select(TRANSITION.c.seq).where(
            TRANSITION.c.case_id == case_id,
            TRANSITION.c.to_state == RECOGNISED,
            TRANSITION.c.from_state.is_distinct_from(RECOGNISED),
        )
        recognised = set(connection.execute(arrivals).scalars())
        for entry in dossier:
            keep_entry(connection, case_id, entry, recognised=entry["seq"] in recognised)


def downgrade() -> None:
    for table in ("monitored_measure", "monitored_risk", "monitored"):
        op.drop_table(table)
