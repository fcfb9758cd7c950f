"""The spine: areas, people, the register, cases with their deadlines, and the log.

Written 2026-11-22. The triggers that make `transition` and `attempt` append-only are not
here: `env.py` puts them up after every migration.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.Uuid()
CODE = sa.String(48)
AREA_CODE = sa.String(12)
HASH = sa.String(64)
INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def listed(constraint: str, *values: str) -> sa.Enum:
    """Return the type of a closed list: text, and a check that names its values."""
    return sa.Enum(
        *values, name=op.f(constraint), native_enum=False, create_constraint=True, length=32
    )


def upgrade() -> None:
    areas()
    people()
    register()
    cases()
    log()
    calendar()
    answers()


def areas() -> None:
    levels = ("province", "city", "county", "township", "village")
    op.create_table(
        "area",
        sa.Column("code", AREA_CODE, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("level", listed("ck_area_arealevel", *levels), nullable=False),
        sa.Column("parent_code", AREA_CODE),
        sa.Column("policy_id", CODE),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.PrimaryKeyConstraint("code", name="pk_area"),
        sa.ForeignKeyConstraint(["parent_code"], ["area.code"], name="fk_area_parent_code"),
        sa.Index("ix_area_parent_code", "parent_code"),
    )
    op.create_table(
        "area_reach",
        sa.Column("ancestor_code", AREA_CODE, nullable=False),
        sa.Column("area_code", AREA_CODE, nullable=False),
        sa.PrimaryKeyConstraint("ancestor_code", "area_code", name="pk_area_reach"),
        sa.ForeignKeyConstraint(
            ["ancestor_code"], ["area.code"], name="fk_area_reach_ancestor_code"
        ),
        sa.ForeignKeyConstraint(["area_code"], ["area.code"], name="fk_area_reach_area_code"),
        sa.Index("ix_area_reach_area_code", "area_code"),
    )


def people() -> None:
    op.create_table(
        "person",
        sa.Column("id", ID, nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("username", name="uq_person_username"),
    )
    op.create_table(
        "position",
        sa.Column("id", ID, nullable=False),
        sa.Column("role", CODE, nullable=False),
        sa.Column("area_code", AREA_CODE, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_position"),
        sa.UniqueConstraint("role", "area_code", name="uq_position_role_area_code"),
        sa.ForeignKeyConstraint(["area_code"], ["area.code"], name="fk_position_area_code"),
        sa.Index("ix_position_area_code", "area_code"),
    )
    op.create_table(
        "appointment",
        sa.Column("id", ID, nullable=False),
        sa.Column("position_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_appointment"),
        sa.ForeignKeyConstraint(
            ["position_id"], ["position.id"], name="fk_appointment_position_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_appointment_person_id"),
        sa.Index("ix_appointment_position_id", "position_id"),
        sa.Index("ix_appointment_person_id", "person_id"),
    )


def register() -> None:
    op.create_table(
        "household",
        sa.Column("id", ID, nullable=False),
        sa.Column("area_code", AREA_CODE, nullable=False),
        sa.Column("household_type", CODE, nullable=False),
        sa.Column("group_name", sa.String()),
        sa.Column("head_name", sa.String(), nullable=False),
        sa.Column("telephone_sealed", sa.String()),
        sa.Column("telephone_index", sa.String()),
        sa.Column("open_case_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_household"),
        sa.ForeignKeyConstraint(["area_code"], ["area.code"], name="fk_household_area_code"),
        sa.Index("ix_household_area_code", "area_code"),
        sa.Index("ix_household_telephone_index", "telephone_index"),
    )
    op.create_table(
        "member",
        sa.Column("household_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("relation", CODE, nullable=False),
        sa.Column("id_number_sealed", sa.String(), nullable=False),
        sa.Column("id_number_index", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("household_id", "number", name="pk_member"),
        sa.UniqueConstraint("id_number_index", name="uq_member_id_number_index"),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name="fk_member_household_id"),
    )
    op.create_table(
        "attachment",
        sa.Column("id", ID, nullable=False),
        sa.Column("area_code", AREA_CODE, nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", HASH, nullable=False),
        sa.Column("uploaded_by", ID, nullable=False),
        sa.Column("uploaded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attachment"),
        sa.ForeignKeyConstraint(["area_code"], ["area.code"], name="fk_attachment_area_code"),
        sa.Index("ix_attachment_area_code", "area_code"),
    )


def cases() -> None:
    units = (
        *("working_day", "calendar_day", "date"),
        *("end_of_month", "end_of_half_year", "end_of_year"),
    )
    op.create_table(
        "cases",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", listed("ck_cases_kind", "monitoring_object"), nullable=False),
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("state", CODE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("area_code", AREA_CODE, nullable=False),
        sa.Column("household_id", ID, nullable=False),
        sa.Column("object_type", CODE),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT),
        sa.Column("head_hash", HASH, nullable=False),
        sa.Column("dossier", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.ForeignKeyConstraint(["area_code"], ["area.code"], name="fk_cases_area_code"),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"], name="fk_cases_household_id"),
        sa.Index("ix_cases_area_state", "area_code", "state"),
        sa.Index("ix_cases_household_id", "household_id"),
    )
    op.create_table(
        "deadline",
        sa.Column("case_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("rule", CODE, nullable=False),
        sa.Column("kind", listed("ck_deadline_limitkind", "not_before", "due"), nullable=False),
        sa.Column("unit", listed("ck_deadline_unit", *units), nullable=False),
        sa.Column("amount", sa.Integer()),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("over_at", INSTANT, nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("calendar_edition", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            listed("ck_deadline_clockstatus", "running", "met", "lapsed"),
            nullable=False,
        ),
        sa.Column("closed_at", INSTANT),
        sa.Column("clock", JSON, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "id", name="pk_deadline"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_deadline_case_id"),
        sa.Index("ix_deadline_id", "id"),
        sa.Index("ix_deadline_status_over_at", "status", "over_at"),
    )


def log() -> None:
    op.create_table(
        "transition",
        sa.Column("case_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("event", CODE, nullable=False),
        sa.Column("from_state", CODE),
        sa.Column("to_state", CODE, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("device_time", INSTANT),
        sa.Column("person_id", ID),
        sa.Column("position_id", ID),
        sa.Column("role", CODE, nullable=False),
        sa.Column("area_code", AREA_CODE),
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("calendar_edition", sa.Integer(), nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("prev_hash", HASH, nullable=False),
        sa.Column("hash", HASH, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "seq", name="pk_transition"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_transition_case_id"),
        sa.Index("ix_transition_received_at", "received_at"),
    )
    op.create_table(
        "attempt",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(48), nullable=False),
        sa.Column("person_id", ID),
        sa.Column("position_id", ID),
        sa.Column("case_id", ID),
        sa.Column("subject", sa.String(64)),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
        sa.Index("ix_attempt_subject_at", "subject", "at"),
    )


def calendar() -> None:
    op.create_table(
        "calendar_year",
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("imported_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("edition", name="pk_calendar_year"),
        sa.Index("ix_calendar_year_year", "year"),
    )
    op.create_table(
        "calendar_day",
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("edition", "on", name="pk_calendar_day"),
    )


def answers() -> None:
    op.create_table(
        "saved_answer",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("fingerprint", HASH, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "key", name="pk_saved_answer"),
        sa.Index("ix_saved_answer_saved_at", "saved_at"),
    )


def downgrade() -> None:
    newest_first = (
        *("saved_answer", "calendar_day", "calendar_year", "attempt", "transition"),
        *("deadline", "cases", "attachment", "member", "household"),
        *("appointment", "position", "person", "area_reach", "area"),
    )
    for table in newest_first:
        op.drop_table(table)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION dixian_append_only()")  # the triggers went with their tables
