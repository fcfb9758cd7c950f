"""Calendars of areas; and what lists of what is late are read by: area, kind, holder, how late.

Written 2026-11-22. Cases and deadlines of before are given theirs: the holder by the documents,
the days by the calendars.
"""

from datetime import UTC

import sqlalchemy as sa
from alembic import op
from sqlmodel import Session

from service.store.calendars import Calendars
from service.store.policies import take_in
from service.workflows.deadlines import Unit, days_late
from service.workflows.kinds import Kind
from service.workflows.rulebook import Rulebook

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

KINDS = (
    "monitoring_object",
    "campaign",
    "inspection_form",
    "remediation_item",
    "deliverable",
    "supervision",
)
RUNNING = {"over_at": [], "area_code": ["area_code"], "rule": ["rule"], "case_kind": ["case_kind"]}
CASES = sa.table(
    "cases",
    sa.column("id", sa.Uuid()),
    sa.column("kind", sa.String()),
    sa.column("policy", sa.String()),
    sa.column("state", sa.String()),
    sa.column("area_code", sa.String()),
    sa.column("holder", sa.String()),
    sa.column("closed_at", sa.DateTime()),
)
DEADLINE = sa.table(
    "deadline",
    sa.column("case_id", sa.Uuid()),
    sa.column("area_code", sa.String()),
    sa.column("case_kind", sa.String()),
    sa.column("late_by", sa.Integer()),
    sa.column("kind", sa.String()),
    sa.column("status", sa.String()),
    sa.column("closed_at", sa.DateTime()),
    sa.column("over_at", sa.DateTime()),
)


def upgrade() -> None:
    with op.batch_alter_table("calendar_year") as table:
        table.add_column(sa.Column("area_code", sa.String(12)))
        table.add_column(sa.Column("imported_by", sa.Uuid()))
        table.create_foreign_key(
            op.f("fk_calendar_year_area_code"), "area", ["area_code"], ["code"]
        )
    op.create_index("ix_calendar_year_area_code", "calendar_year", ["area_code"])
    op.add_column("cases", sa.Column("holder", sa.String(48)))
    op.create_index("ix_cases_holder_id", "cases", ["holder", "id"])
    op.add_column("deadline", sa.Column("area_code", sa.String(12)))
    op.add_column("deadline", sa.Column("case_kind", sa.String(32)))
    op.add_column("deadline", sa.Column("due_soon_at", sa.DateTime(timezone=True)))
    op.add_column("deadline", sa.Column("late_by", sa.Integer()))
    _fill()
    with op.batch_alter_table("deadline") as table:
        table.alter_column("area_code", existing_type=sa.String(12), nullable=False)
        table.alter_column("case_kind", existing_type=sa.String(32), nullable=False)
        table.create_foreign_key(op.f("fk_deadline_area_code"), "area", ["area_code"], ["code"])
        table.create_check_constraint(op.f("ck_deadline_kind"), sa.column("case_kind").in_(KINDS))
    op.create_index("ix_deadline_due_on_area_code", "deadline", ["due_on", "area_code"])
    running = sa.text("status = 'running'")
    for name, columns in RUNNING.items():
        op.create_index(
            f"ix_deadline_running_{name}",
            "deadline",
            [*columns, "over_at", "id"],
            postgresql_where=running,
            sqlite_where=running,
            postgresql_include=["kind", "suspended_at", "due_soon_at"],
        )


def _fill() -> None:
    of_case = sa.select(CASES.c.area_code).where(CASES.c.id == DEADLINE.c.case_id)
    kind = sa.select(CASES.c.kind).where(CASES.c.id == DEADLINE.c.case_id)
    op.execute(
        sa.update(DEADLINE).values(
            area_code=of_case.scalar_subquery(), case_kind=kind.scalar_subquery()
        )
    )
    met = sa.and_(DEADLINE.c.kind == "due", DEADLINE.c.status == "met")
    op.execute(sa.update(DEADLINE).where(met).values(late_by=0))
    with Session(op.get_bind()) as session:
        _fill_holders(session)
        _fill_days_late(session)
        session.flush()


def _fill_holders(session: Session) -> None:
    asked = sa.select(CASES.c.policy, CASES.c.kind, CASES.c.state).distinct()
    standing = session.execute(asked.where(CASES.c.closed_at.is_(None))).all()
    if not standing:
        return
    rulebook = Rulebook()
    take_in(session, rulebook)
    for policy, kind, state in standing:
        if policy in rulebook:
            holder = rulebook.pinned(policy, Kind(kind)).holder(state)
            its = (CASES.c.policy == policy, CASES.c.kind == kind, CASES.c.state == state)
            session.execute(sa.update(CASES).where(*its).values(holder=holder))


def _fill_days_late(session: Session) -> None:
    """Count by how many days what was met late was: in working days by the clock's calendar."""
    late = sa.text(
        "SELECT case_id, id, unit, due_on, over_at, closed_at, calendar_edition FROM deadline"
        " WHERE kind = 'due' AND status = 'met' AND closed_at >= over_at"
    ).columns(
        case_id=sa.Uuid(),
        id=sa.Uuid(),
        due_on=sa.Date(),
        over_at=sa.DateTime(timezone=True),
        closed_at=sa.DateTime(timezone=True),
    )
    rows = session.execute(late).all()
    if not rows:
        return
    calendars = Calendars()
    table = sa.table("deadline", sa.column("id", sa.Uuid()), sa.column("late_by", sa.Integer()))
    for row in rows:
        over_at, closed_at = (
            at if at.tzinfo else at.replace(tzinfo=UTC) for at in (row.over_at, row.closed_at)
        )
        calendar = calendars.of_edition(session, row.calendar_edition)
        days = days_late(Unit(row.unit), row.due_on, over_at, closed_at, calendar)
        session.execute(sa.update(table).where(table.c.id == row.id).values(late_by=days))


def downgrade() -> None:
    for name in RUNNING:
        op.drop_index(f"ix_deadline_running_{name}", "deadline")
    op.drop_index("ix_deadline_due_on_area_code", "deadline")
    with op.batch_alter_table("deadline") as table:
        table.drop_constraint(op.f("ck_deadline_kind"), type_="check")
        table.drop_constraint(op.f("fk_deadline_area_code"), type_="foreignkey")
        for name in ("area_code", "case_kind", "due_soon_at", "late_by"):
            table.drop_column(name)
    op.drop_index("ix_calendar_year_area_code", "calendar_year")
    with op.batch_alter_table("calendar_year") as table:
        table.drop_constraint(op.f("fk_calendar_year_area_code"), type_="foreignkey")
        table.drop_column("area_code")
        table.drop_column("imported_by")
    op.drop_index("ix_cases_holder_id", "cases")
    op.drop_column("cases", "holder")
