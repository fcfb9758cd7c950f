"""Where notices travel beside the inbox: subscriptions, deliveries, how the attempts ended.

Written 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SUBSCRIPTION_STATES = ("active", "paused", "ended")
DELIVERY_STATES = ("waiting", "delivered", "dead", "cancelled")
OUTCOMES = (
    "delivered",
    "http_error",
    "rate_limited",
    "refused",
    "timeout",
    "connection_failed",
    "address_refused",
    "fault",
)
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "subscription",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(48), nullable=False),
        sa.Column("role", sa.String(48)),
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("shown", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("secret", sa.String()),
        sa.Column("former_secret", sa.String()),
        sa.Column("former_until", AT),
        sa.Column("quiet_from", sa.Integer()),
        sa.Column("quiet_to", sa.Integer()),
        sa.Column("digest_minutes", sa.Integer(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("not_before", AT, nullable=False),
        sa.Column("lease", sa.Uuid()),
        sa.Column("lease_until", AT),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.ForeignKeyConstraint(
            ["area_code"], ["area.code"], name=op.f("fk_subscription_area_code")
        ),
        _of("state", SUBSCRIPTION_STATES, "ck_subscription_subscriptionstate"),
    )
    op.create_index("ix_subscription_area_code", "subscription", ["area_code"])
    _create_delivery()
    op.create_table(
        "delivery_tally",
        sa.Column("channel", sa.String(48), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "outcome", name=op.f("pk_delivery_tally")),
        _of("outcome", OUTCOMES, "ck_delivery_tally_outcome"),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(48), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )


def _create_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("bundle_id", sa.Uuid()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", AT, nullable=False),
        sa.Column("outcome", sa.String(32)),
        sa.Column("detail", sa.Integer()),
        sa.Column("tried_at", AT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_delivery_notice_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscription.id"], name=op.f("fk_delivery_subscription_id")
        ),
        sa.UniqueConstraint(
            "notice_id", "subscription_id", name=op.f("uq_delivery_notice_id_subscription_id")
        ),
        _of("state", DELIVERY_STATES, "ck_delivery_deliverystate"),
        _of("outcome", OUTCOMES, "ck_delivery_outcome"),
    )
    op.create_index("ix_delivery_bundle_id", "delivery", ["bundle_id"])
    op.create_index("ix_delivery_due", "delivery", ["subscription_id", "state", "due_at", "id"])


def _of(column: str, values: tuple[str, ...], name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(sa.column(column).in_(values), name=op.f(name))


def downgrade() -> None:
    for table in ("heartbeat", "delivery_tally", "delivery", "subscription"):
        op.drop_table(table)
