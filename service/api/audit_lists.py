"""What stands in the log, for auditors: every move of cases, and every act beside them.

Each list has one order and one index for it: the time of receipt.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field, TypeAdapter
from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from service.api.cases import READ
from service.api.desk import AtDesk, Desk
from service.api.door import StrictRoute
from service.api.pages import PagingQuery, narrowed, page
from service.api.problems import refusals
from service.api.views import OfficeInstant, Page, TransitionOut, View
from service.audit.lines import ActorType
from service.audit.proofs import check_auditor
from service.clock import end_of, office_time
from service.errors import Malformed, NotYourRole
from service.store.areas import each_within, within
from service.store.cases import Case, Transition
from service.store.database import plan_for_the_values
from service.store.log import LogLeaf, LogLine
from service.store.people import Actor
from service.workflows.fields import Day, Instant
from service.workflows.kinds import Kind

router = APIRouter(prefix="/audit", tags=["audit"], route_class=StrictRoute)

CODE = r"^[a-z0-9_]{1,48}$"
REF = r"^[a-z0-9-]{1,48}@[0-9]{1,9}$"
LAST_DAY = date(2189, 12, 31)
MAX_SEQ = 2**31 - 1

AUDITORS = refusals(Malformed, *READ, NotYourRole)


class LoggedTransition(TransitionOut):
    """A move as the log has it, with its case. What officials said is not part of the log.

    `case_area_code`: where the case lies now; `area_code` is that of who acted. `leaf_index`:
    its place in the log, none while it is pending.
    """

    case_id: UUID
    case_kind: Kind
    case_area_code: str
    actor_type: str = Field(description="`person`, `integration` or `system`.")
    leaf_index: int | None


class LoggedAct(View):
    """An act that moved no case: `kind` and `subject_id` say in which chain its line stands.

    `line` is the exact text that was hashed; what it says beside the fields here, it says there.
    """

    kind: str
    subject_id: UUID
    seq: int
    event: str
    at: OfficeInstant
    person_id: UUID | None
    position_id: UUID | None
    role: str
    area_code: str | None
    line: str
    leaf_index: int | None


@dataclass(frozen=True, slots=True)
class Period:
    """From a day to a day of the office, both included; None for an open end."""

    since: datetime | None
    until: datetime | None


async def period(
    since: Annotated[Day | None, Query(description="The first day, of receipt.")] = None,
    until: Annotated[
        Day | None, Query(le=LAST_DAY, description="The last day, to its end.")
    ] = None,
) -> Period:
    """Read which days are asked for."""
    return Period(
        office_time(since) if since else None,
        end_of(until) if until else None,
    )


PeriodQuery = Annotated[Period, Depends(period)]
Backwards = Annotated[bool, Query(description="The newest first.")]
CodeQuery = Annotated[str | None, Query(pattern=CODE)]


@router.get("/transitions", operation_id="listTransitions", responses=AUDITORS)
async def list_transitions(
    desk: AtDesk,
    paging: PagingQuery,
    days: PeriodQuery,
    area: Annotated[
        str | None, Query(pattern=r"^[0-9]{12}$", description="Where the case lies.")
    ] = None,
    kind: Kind | None = None,
    policy: Annotated[str | None, Query(pattern=REF, description="`id@version`.")] = None,
    case: Annotated[UUID | None, Query(description="The case's id.")] = None,
    event: CodeQuery = None,
    role: CodeQuery = None,
    person: Annotated[UUID | None, Query(description="Who acted.")] = None,
    backwards: Backwards = False,
) -> Page[LoggedTransition]:
    """List the moves of the cases of my area in the order in which they were received."""

    def work(session: Session, actor: Actor) -> Page[LoggedTransition]:
        check_auditor(actor)
        plan_for_the_values(session)
        query = narrowed(
            _moves().where(each_within(Case.area_code, actor.area_code)),
            (area, lambda asked: each_within(Case.area_code, asked)),
            (kind, lambda asked: col(Case.kind) == asked),
            (policy, lambda asked: col(Transition.policy) == asked),
            (case, lambda asked: col(Transition.case_id) == asked),
            (event, lambda asked: col(Transition.event) == asked),
            (role, lambda asked: col(Transition.role) == asked),
            (person, lambda asked: col(Transition.person_id) == asked),
            (days.since, lambda asked: col(Transition.received_at) >= asked),
            (days.until, lambda asked: col(Transition.received_at) < asked),
        )
        return Page[LoggedTransition](
            **page(
                session,
                query,
                paging,
                keys=[col(Transition.received_at), col(Transition.case_id), col(Transition.seq)],
                parse=[_instant, UUID, _seq],
                shown=lambda row: _transition(row, desk),
                key_of=lambda row: [
                    row[0].received_at.isoformat(),
                    str(row[0].case_id),
                    str(row[0].seq),
                ],
                backwards=backwards,
            )
        )

    return await desk.read(work)


@router.get("/acts", operation_id="listActs", responses=AUDITORS)
async def list_acts(
    desk: AtDesk,
    paging: PagingQuery,
    days: PeriodQuery,
    kind: CodeQuery = None,
    event: CodeQuery = None,
    role: CodeQuery = None,
    person: Annotated[UUID | None, Query(description="Who acted.")] = None,
    backwards: Backwards = False,
) -> Page[LoggedAct]:
    """List what was done beside the moves of cases: by people of my area, and by nobody's.

    Sign-ins, refused attempts, appointments, imports, what was handed out, and every write.
    """

    def work(session: Session, actor: Actor) -> Page[LoggedAct]:
        check_auditor(actor)
        plan_for_the_values(session)
        own = within(LogLine.area_code, actor.area_code)
        query = narrowed(
            _acts().where(or_(own, col(LogLine.area_code).is_(None))),
            (kind, lambda asked: col(LogLine.kind) == asked),
            (event, lambda asked: col(LogLine.event) == asked),
            (role, lambda asked: col(LogLine.role) == asked),
            (person, lambda asked: col(LogLine.person_id) == asked),
            (days.since, lambda asked: col(LogLine.at) >= asked),
            (days.until, lambda asked: col(LogLine.at) < asked),
        )
        return Page[LoggedAct](
            **page(
                session,
                query,
                paging,
                keys=[
                    col(LogLine.at),
                    col(LogLine.subject_id),
                    col(LogLine.kind),
                    col(LogLine.seq),
                ],
                parse=[_instant, UUID, str, _seq],
                shown=lambda row: LoggedAct(
                    **row[0].model_dump(exclude={"line"}),
                    line=row[0].line.decode("utf-8", "replace"),
                    leaf_index=row[1],
                ),
                key_of=lambda row: [
                    row[0].at.isoformat(),
                    str(row[0].subject_id),
                    row[0].kind,
                    str(row[0].seq),
                ],
                backwards=backwards,
            )
        )

    return await desk.read(work)


def _moves() -> Any:  # noqa: ANN401 - the two libraries' Select differ
    leaf = and_(
        col(LogLeaf.subject_id) == col(Transition.case_id),
        col(LogLeaf.kind) == "transition",
        col(LogLeaf.seq) == col(Transition.seq),
    )
    return (
        select(Transition, Case.kind, Case.area_code, LogLeaf.leaf_index)
        .join(Case, col(Case.id) == col(Transition.case_id))
        .join(LogLeaf, leaf, isouter=True)
    )


def _acts() -> Any:  # noqa: ANN401 - the two libraries' Select differ
    leaf = and_(
        col(LogLeaf.subject_id) == col(LogLine.subject_id),
        col(LogLeaf.kind) == col(LogLine.kind),
        col(LogLeaf.seq) == col(LogLine.seq),
    )
    return select(LogLine, LogLeaf.leaf_index).join(LogLeaf, leaf, isouter=True)


def _transition(row: Sequence[Any], desk: Desk) -> LoggedTransition:
    line, kind, area_code, leaf_index = row
    shown = TransitionOut.of(line, kind, desk.office.rulebook)
    return LoggedTransition(
        **dict(shown),
        case_id=line.case_id,
        case_kind=kind,
        case_area_code=area_code,
        actor_type=_actor_type(line),
        leaf_index=leaf_index,
    )


def _actor_type(line: Transition) -> str:
    """Return of which type the actor was, by the line's own word if that can be read."""
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(line.line)["actor_type"])
    return ActorType.PERSON if line.person_id else ActorType.SYSTEM


def _instant(text: str) -> datetime:
    """Read an instant of a cursor. Raises `ValueError` for one that no database could compare."""
    return TypeAdapter(Instant).validate_python(text)


def _seq(text: str) -> int:
    """Read a number of a cursor. Raises `ValueError` for one that no line has."""
    number = int(text)
    if not 0 <= number <= MAX_SEQ:
        raise ValueError(text)
    return number
