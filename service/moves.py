"""What one move writes: the line, the case, its clocks. Nothing here decides."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session

from service import ledgers
from service.audit import chain
from service.audit.lines import By, note_written
from service.clock import office_date
from service.clock_rows import Moment
from service.clocks import CARRIED, Clocks, Late, Turned, write_clocks
from service.store.cases import CASES, TRANSITIONS, CaseRow, Line
from service.store.columns import JsonText, json_text
from service.store.database import wire
from service.store.deadlines import ClockStatus
from service.store.households import HOUSEHOLDS
from service.store.people import Actor
from service.workflows.acts import LIES_IN
from service.workflows.deadlines import LimitKind
from service.workflows.dossier import Dossier, Entry
from service.workflows.kinds import Kind
from service.workflows.machine import Procedure
from service.workflows.matter import Acting, HouseholdFile, Matter, Visited
from service.workflows.monitoring.entry_events import ConcludeReview
from service.workflows.monitoring.notice import PROVISIONAL, Posting, outcome, told_in_line
from service.workflows.policy import LEVELS
from service.workflows.statement import Event

CLOCK_ROLE = "clock"
"""The role under which the service itself acts."""

RECOMPUTE = "recompute_deadlines"
"""The event of a case whose dates a new calendar moved."""

MIGRATE = "migrate_policy"
"""The event of a case that an administrator moved to another version of its document."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move left behind."""

    case: CaseRow
    line: Line
    entry: dict[str, Any]
    late: list[Late]
    clocks: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Locked:
    """A case that nobody else can move meanwhile, with what its rules are asked about.

    `kept` is the dossier as the database has it; `level` that of the area where the case lies.
    """

    case: CaseRow
    kept: str
    head_name: str
    village: str
    household: HouseholdFile
    procedure: Procedure
    dossier: Dossier
    clocks: Clocks
    level: str = LEVELS[0]

    @property
    def moment(self) -> Moment:
        return self.clocks.moment

    def posting(self, last_day: str | None, role: str) -> Posting:
        """Return what a public notice on this case may say, put up by a role."""
        return Posting(
            self.village,
            self.head_name,
            self.procedure.policy.lists.get("object_types", ()),
            last_day,
            eliminates=self.case.state in self.procedure.policy.monitoring_object.elimination,
            policy=self.procedure.policy,
            role=role,
        )

    def matter(
        self,
        body: Event | None,
        evidence: dict[UUID, tuple[str, str]] | None = None,
        *,
        state: str | None = None,
        visited: tuple[Visited, ...] = (),
        beside: object = None,
        actor: Actor | None = None,
    ) -> Matter[Any]:
        """Return what the requirements may look at; `evidence` maps id -> (kind, SHA-256)."""
        return Matter(
            dossier=self.dossier,
            body=body,
            today=office_date(self.moment.now),
            opened_on=self.case.opened_on,
            eligibility=self.procedure.policy.monitoring_object.eligibility,
            evidence=evidence or {},
            state=state or self.case.state,
            lists=self.procedure.policy.lists,
            household=self.household,
            visited=visited,
            beside=beside,
            by=_acting(actor),
        )


def _acting(actor: Actor | None) -> Acting | None:
    if actor is None:
        return None
    return Acting(actor.person_id, actor.person_name, actor.role, actor.area_code)


def write(
    session: Session, locked: Locked, matter: Matter[Any], target: str, actor: Actor | None
) -> Moved:
    """Write a decided move: its clocks, its line, the case. Part of the caller's transaction."""
    case, body = locked.case, matter.body
    assert body is not None  # a decision always rests on what somebody said
    acts = locked.procedure.acts(matter.state, body.event)
    late = locked.clocks.late(acts, matter)
    turned = locked.clocks.turn(case.id, acts, locked.procedure.ahead(target), matter)
    role = actor.role if actor else CLOCK_ROLE
    derived = _outcome(locked, matter, _last_day(locked, turned, target), role)
    line = _line(locked, body.event, target, actor)
    line.device_time = body.device_time
    said_now = Entry(
        seq=line.seq,
        completes=matter.state if matter.state in acts else "",
        round=case.round,
        on=matter.today,
        role=role,
        body=body,
        outcome=derived,
    )
    case.holder = locked.procedure.holder(target, locked.dossier.with_entry(said_now))
    entry = said_now.model_dump(mode="json")
    said = {name: value for name, value in entry["body"].items() if name != "device_time"}
    salts = chain.salts_for(said)
    told = told_in_line(derived)
    if chain.NOTICE in derived:
        salts[chain.NOTICE] = chain.new_salt()
        told["notice_commitment"] = chain.commitment(salts[chain.NOTICE], derived[chain.NOTICE])
    entry["salts"] = salts
    chain.seal(
        line,
        {
            "kind": case.kind,
            "round": case.round,
            "actor_type": By.of(actor).type,
            "body_commitment": chain.body_commitment(said, salts, {}),
            "attachments": [
                {"id": str(one), "sha256": sha256}
                for one, (_, sha256) in sorted(matter.evidence.items())
            ],
            "late": [asdict(one) for one in late],
            "deadlines": turned.changes,
            "outcome": told,
        },
    )
    _count(locked, body)
    case.area_code = derived.get(LIES_IN, case.area_code)
    _advance(session, locked, line, {"dossier": _longer(locked.kept, entry)})
    write_clocks(session, locked.case, turned)
    ledgers.keep(session, case, line, entry, body)
    return Moved(case, line, entry, late, turned.changes)


def note(
    session: Session,
    locked: Locked,
    event: str,
    turned: Turned,
    told: dict[str, Any] | None = None,
    actor: Actor | None = None,
) -> Line:
    """Write what was done to a case beside its moves, and the line that says so.

    The state stays. `told` is what the line says of it: codes and dates, never a free text.
    """
    line = _line(locked, event, locked.case.state, actor)
    _seal(line, locked.case, turned, actor, told or {})
    _advance(session, locked, line, {})
    write_clocks(session, locked.case, turned)
    return line


def note_migrated(
    session: Session,
    locked: Locked,
    turned: Turned,
    *,
    to: tuple[str, str],
    told: dict[str, Any],
    dossier: list[dict[str, Any]],
    actor: Actor,
) -> None:
    """Write a case over to another version and state (`to`), and the line that says so.

    The dossier keeps what was said and names stages as the new version does.
    """
    locked.case.policy, target = to
    locked.case.holder = locked.procedure.holder(target, locked.dossier)
    line = _line(locked, MIGRATE, target, actor)
    _seal(line, locked.case, turned, actor, told)
    _advance(session, locked, line, {"policy": locked.case.policy, "dossier": dossier})
    write_clocks(session, locked.case, turned, CARRIED)


def _seal(
    line: Line, case: CaseRow, turned: Turned, actor: Actor | None, told: dict[str, Any]
) -> None:
    """Give a line its bytes that no statement of an official's stands behind."""
    also = {"kind": case.kind, "round": case.round, "deadlines": turned.changes}
    chain.seal(line, {**also, "actor_type": By.of(actor).type, **told})


def _line(locked: Locked, event: str, target: str, actor: Actor | None) -> Line:
    case = locked.case
    return Line(
        case_id=case.id,
        seq=case.version + 1,
        event=event,
        from_state=case.state if case.version else None,
        to_state=target,
        received_at=locked.moment.now,
        person_id=actor.person_id if actor else None,
        position_id=actor.position_id if actor else None,
        role=actor.role if actor else CLOCK_ROLE,
        area_code=actor.area_code if actor else None,
        policy=case.policy,
        calendar_edition=locked.moment.calendar.edition,
        prev_hash=case.head_hash,
    )


_OPEN = insert(CASES)
_MOVE = update(CASES).where(CASES.c.id == bindparam("case_id"))
_MOVING = {
    "state",
    "version",
    "round",
    "holder",
    "object_type",
    "area_code",
    "updated_at",
    "closed_at",
    "head_hash",
}
"""What a move can change of a case, beside its dossier."""

_LOG = insert(TRANSITIONS)
_FREE = (
    update(HOUSEHOLDS).where(HOUSEHOLDS.c.id == bindparam("household")).values(open_case_id=None)
)


def _advance(session: Session, locked: Locked, line: Line, more: dict[str, Any]) -> None:
    case, is_new, connection = locked.case, locked.case.version == 0, wire(session)
    case.state, case.version, case.head_hash = line.to_state, line.seq, line.hash
    case.updated_at = line.received_at
    closed = locked.procedure.rules.closed
    if line.to_state in closed and line.from_state not in closed:
        case.closed_at = line.received_at
        if case.kind is Kind.MONITORING_OBJECT:
            connection.execute(_FREE, {"household": case.household_id})
    elif line.from_state in closed and line.to_state not in closed:
        case.closed_at = None
    if is_new:
        connection.execute(_OPEN, {**dict(case), **more})
    else:
        moved = case.model_dump(include=_MOVING)
        connection.execute(_MOVE, {"case_id": case.id, **moved, **more})
    connection.execute(_LOG, dict(line))
    note_written(session)


def _longer(kept: str, entry: dict[str, Any]) -> JsonText:
    """Return a JSON list of entries with one more at its end, the others left as they are."""
    before = "" if kept == "[]" else ","
    return JsonText(f"{kept[:-1]}{before}{json_text(entry)}]")


def _count(locked: Locked, body: Event) -> None:
    """Keep the columns that lists filter by in step with what was said."""
    if isinstance(body, ConcludeReview):
        locked.case.object_type = body.object_type
    if isinstance(body, locked.procedure.rules.returns):
        locked.case.round += 1


def _outcome(
    locked: Locked, matter: Matter[Any], last_day: str | None, role: str
) -> dict[str, str]:
    if locked.case.kind is Kind.MONITORING_OBJECT:
        return outcome(matter, locked.posting(last_day, role))
    return locked.procedure.rules.outcome(matter)


def _last_day(locked: Locked, turned: Turned, target: str) -> str | None:
    """Return the day until which nobody may conclude the publicity, or None without a minimum."""
    acts = locked.procedure.acts(target, "conclude_publicity")
    minima = [
        clock
        for clock in (*turned.started, *locked.clocks.running)
        if clock.kind is LimitKind.NOT_BEFORE
        and clock.status is ClockStatus.RUNNING
        and not acts.isdisjoint(locked.procedure.limit(clock.rule).ends)
    ]
    if not minima:
        return None
    last = max(minima, key=lambda clock: clock.over_at)
    return f"{last.due_on}{PROVISIONAL if last.provisional else ''}"
