"""What was found of an import names the sheet, where a workbook has several that count.

Written 2026-11-22.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("import_finding") as table:
        table.add_column(sa.Column("sheet", sa.String(64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("import_finding") as table:
        table.drop_column("sheet")
