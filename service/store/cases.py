"""Cases, their transitions and what was tried in vain.

The keys of a case's children begin with the case, so that the tables can be spread by case.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field, Index, SQLModel

from service.store.columns import AREA_CODE, CODE, Json, Utc, coded, table_of
from service.workflows.kinds import Kind


class CaseRow(SQLModel):
    """One matter. `version` counts its transitions, `head_hash` is the hash of the last one.

    `episode` numbers the household's stays under monitoring; `previous_case_id` links to the
    one before. `campaign_id` is the campaign that the case belongs to, itself a case. `holder`
    is the role that it waits for; None where it is over.
    """

    id: UUID = Field(primary_key=True)
    kind: Kind = Field(sa_type=coded(Kind))
    policy: str = Field(max_length=64)
    state: str = Field(sa_type=CODE)
    version: int
    round: int = 1
    area_code: str = Field(sa_type=AREA_CODE, foreign_key="area.code")
    household_id: UUID | None = Field(default=None, foreign_key="household.id", index=True)
    campaign_id: UUID | None = Field(default=None, foreign_key="cases.id", index=True)
    holder: str | None = Field(default=None, sa_type=CODE)
    episode: int = 1
    previous_case_id: UUID | None = None
    object_type: str | None = Field(default=None, sa_type=CODE)
    opened_on: date
    updated_at: datetime = Field(sa_type=Utc)
    closed_at: datetime | None = Field(default=None, sa_type=Utc)
    head_hash: str = Field(max_length=64)


class Case(CaseRow, table=True):
    """The table of cases. Who moves one works with a `CaseRow`: objects that are watched cost.

    `dossier` holds the accepted events with their salts (`workflows.monitoring.dossier`).
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_area_state", "area_code", "state"),
        Index("ix_cases_holder_id", "holder", "id"),
    )

    dossier: list[dict[str, Any]] = Field(sa_type=Json)


CASES = table_of(Case)
CASE_COLUMNS = [CASES.c[name] for name in CaseRow.model_fields]


class Line(SQLModel):
    """One line of the log, as it is written.

    `line` holds the exact bytes that were hashed; the columns repeat what they say.
    """

    case_id: UUID = Field(primary_key=True, foreign_key="cases.id")
    seq: int = Field(primary_key=True)
    event: str = Field(sa_type=CODE)
    from_state: str | None = Field(default=None, sa_type=CODE)
    to_state: str = Field(sa_type=CODE)
    received_at: datetime = Field(sa_type=Utc)
    device_time: datetime | None = Field(default=None, sa_type=Utc)
    person_id: UUID | None = None
    position_id: UUID | None = None
    role: str = Field(sa_type=CODE)
    area_code: str | None = Field(default=None, sa_type=AREA_CODE)
    policy: str = Field(max_length=64)
    calendar_edition: int
    line: bytes = b""
    prev_hash: str = Field(max_length=64)
    hash: str = Field(default="", max_length=64)


class Transition(Line, table=True):
    """The log. Append-only: the database itself refuses to change or drop a line."""

    __table_args__ = (
        Index("ix_transition_received_at_case_id_seq", "received_at", "case_id", "seq"),
    )


TRANSITIONS = table_of(Transition)


class Attempt(SQLModel, table=True):
    """What was tried and refused, and every sign-in. Append-only; no personal value."""

    __table_args__ = (
        Index("ix_attempt_subject_at", "subject", "at"),
        Index("ix_attempt_address_at", "address", "at"),
        Index("ix_attempt_person_id_at", "person_id", "at"),
    )

    id: UUID = Field(primary_key=True)
    at: datetime = Field(sa_type=Utc)
    action: str = Field(max_length=64)
    outcome: str = Field(max_length=48)
    person_id: UUID | None = None
    position_id: UUID | None = None
    case_id: UUID | None = None
    subject: str | None = Field(default=None, max_length=64)
    address: str | None = Field(default=None, max_length=64)
    request_id: str = Field(max_length=64)
