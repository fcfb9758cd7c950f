"""Every event of a monitoring object, in the order of the procedure."""

from typing import Annotated, get_args

from pydantic import Field

from service.workflows.monitoring.assistance_events import (
    AddHelper,
    AgreePlan,
    AssignHelper,
    CollectChange,
    EndNaturally,
    Hold,
    LiftHold,
    MarkEliminated,
    ProposeElimination,
    RecordCriteria,
    RecordProgress,
    RecordVisit,
    ReplaceHelper,
    RevisePlan,
    RollBack,
)
from service.workflows.monitoring.entry_events import (
    Announce,
    Approve,
    CloseComparison,
    ConcludeComparison,
    ConcludeDeliberation,
    ConcludePublicity,
    ConcludeReview,
    ExplainRefusal,
    File,
    HandToDepartment,
    LodgeObjection,
    NotifyHousehold,
    Open,
    PostPublicity,
    RecordComparison,
    RecordOpinion,
    RecordVerification,
    Refuse,
    Register,
    RejectObjection,
    Report,
    RepostPublicity,
    ReturnCase,
    SignConsent,
    TakeUpClue,
    UpholdObjection,
    Withdraw,
)
from service.workflows.statement import by_code

Raised = (
    TakeUpClue
    | HandToDepartment
    | RecordVerification
    | SignConsent
    | ConcludeDeliberation
    | ConcludeReview
    | RecordOpinion
    | PostPublicity
    | RepostPublicity
    | RecordComparison
    | ConcludeComparison
    | CloseComparison
    | LodgeObjection
    | RejectObjection
    | UpholdObjection
    | ConcludePublicity
    | Report
    | Approve
    | File
    | Announce
    | Register
    | NotifyHousehold
    | AssignHelper
    | AddHelper
    | ReplaceHelper
    | AgreePlan
    | RevisePlan
    | RecordProgress
    | RecordVisit
    | CollectChange
    | ProposeElimination
    | RecordCriteria
    | MarkEliminated
    | Hold
    | LiftHold
    | RollBack
    | EndNaturally
    | ReturnCase
    | Refuse
    | ExplainRefusal
    | Withdraw
)
"""Every event an official may raise on a case; `open` is raised by opening one."""

AnyEvent = Annotated[Open | Raised, Field(discriminator="event")]

EVENTS = by_code(Open, *get_args(Raised))
"""Event code -> its class, in the order of the procedure."""
