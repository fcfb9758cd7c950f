"""The life of policies: what was published where, and which version a clock runs under.

Written 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.Uuid()
CODE = sa.String(48)
AREA_CODE = sa.String(12)
HASH = sa.String(64)
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    kind = sa.Enum(
        "publish",
        "put_in_force",
        name=op.f("ck_policy_act_actkind"),
        native_enum=False,
        create_constraint=True,
        length=32,
    )
    op.create_table(
        "policy_act",
        sa.Column("seq", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("kind", kind, nullable=False),
        sa.Column("area_code", AREA_CODE, nullable=False),
        sa.Column("policy_id", CODE, nullable=False),
        sa.Column("version", sa.Integer()),
        sa.Column("text", sa.Text()),
        sa.Column("catalogue", sa.Text()),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("position_id", ID, nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("prev_hash", HASH, nullable=False),
        sa.Column("hash", HASH, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_policy_act"),
        sa.ForeignKeyConstraint(["area_code"], ["area.code"], name="fk_policy_act_area_code"),
    )
    with op.batch_alter_table("deadline") as deadline:
        deadline.add_column(sa.Column("policy", sa.String(64)))
    op.execute(
        "UPDATE deadline SET policy = (SELECT policy FROM cases WHERE id = deadline.case_id)"
    )
    with op.batch_alter_table("deadline") as deadline:
        deadline.alter_column("policy", nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("deadline") as deadline:
        deadline.drop_column("policy")
    op.drop_table("policy_act")
