"""The log over all chains: pending lines, leaves, tiles, checkpoints, and lines without a table.

Every line there is becomes pending. Written 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NOBODYS = "0" * 32


def upgrade() -> None:
    op.create_table(
        "log_line",
        sa.Column("kind", sa.String(48), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event", sa.String(48), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("position_id", sa.Uuid()),
        sa.Column("role", sa.String(48), nullable=False),
        sa.Column("area_code", sa.String(12)),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject_id", "seq", name=op.f("pk_log_line")),
    )
    op.create_index(op.f("ix_log_line_at"), "log_line", ["at"])
    op.create_table(
        "log_pending",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(48), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_pending")),
    )
    op.create_table(
        "log_leaf",
        sa.Column("leaf_index", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(48), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("leaf_index", name=op.f("pk_log_leaf")),
        sa.UniqueConstraint(
            "subject_id", "kind", "seq", name=op.f("uq_log_leaf_subject_id_kind_seq")
        ),
    )
    op.create_table(
        "log_tile",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tile_index", BIG, autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "tile_index", name=op.f("pk_log_tile")),
    )
    head = op.create_table(
        "log_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.String(255), nullable=False),
        sa.Column("hash", sa.String(16), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head")),
    )
    op.create_table(
        "log_checkpoint",
        sa.Column("size", BIG, autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_log_checkpoint")),
    )
    op.create_table(
        "log_cosignature",
        sa.Column("size", BIG, nullable=False),
        sa.Column("witness", sa.String(255), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", "witness", name=op.f("pk_log_cosignature")),
    )
    op.create_table(
        "log_holder",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("problem", sa.Text()),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_log_holder")),
    )
    op.bulk_insert(head, [{"id": 1, "origin": "", "hash": "", "size": 0}])
    pending = "INSERT INTO log_pending (kind, subject_id, seq) SELECT"
    op.execute(f"{pending} 'policy_act', '{NOBODYS}', seq FROM policy_act ORDER BY seq")
    op.execute(
        f"{pending} 'transition', case_id, seq FROM transition ORDER BY received_at, case_id, seq"
    )


def downgrade() -> None:
    for table in (
        "log_holder",
        "log_cosignature",
        "log_checkpoint",
        "log_head",
        "log_tile",
        "log_leaf",
        "log_pending",
        "log_line",
    ):
        op.drop_table(table)
