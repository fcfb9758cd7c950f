"""The steps that were taken on the ladders of deadlines: each once for each last day."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field, ForeignKeyConstraint, SQLModel

from service.store.columns import CODE, Utc, coded, table_of


class StepOutcome(StrEnum):
    """What came of a step.

    Superseded: a higher one was due by then, and was taken instead. Nobody: the area has none
    of those who would be told. Raised, refused: the clock's own event.
    """

    TOLD = "told"
    SUPERSEDED = "superseded"
    NOBODY = "nobody"
    RAISED = "raised"
    REFUSED = "refused"


class LadderStep(SQLModel, table=True):
    """One rung of one deadline with one last day, due at an instant and taken at another.

    The key is what lets any number of sweepers take it once. A last day that was moved has
    steps of its own.
    """

    __tablename__ = "ladder_step"
    __table_args__ = (
        ForeignKeyConstraint(["case_id", "deadline_id"], ["deadline.case_id", "deadline.id"]),
    )

    case_id: UUID = Field(primary_key=True)
    deadline_id: UUID = Field(primary_key=True)
    due_on: date = Field(primary_key=True)
    step: str = Field(primary_key=True, sa_type=CODE)
    outcome: StepOutcome = Field(sa_type=coded(StepOutcome))
    due_at: datetime = Field(sa_type=Utc)
    taken_at: datetime = Field(sa_type=Utc)


class SweepTally(SQLModel, table=True):
    """How many steps were taken at most so many seconds late, since ever: for `/metrics`.

    `seconds` adds up how late they were.
    """

    __tablename__ = "sweep_tally"

    at_most_seconds: int = Field(primary_key=True)
    number: int
    seconds: float


STEPS, LAGS = table_of(LadderStep), table_of(SweepTally)
