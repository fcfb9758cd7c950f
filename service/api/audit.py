"""The log for auditors: its newest checkpoint, proofs, how one case stands in it."""

from base64 import b64encode
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from sqlmodel import Session

from service.api.cases import READ, case_within
from service.api.desk import AtDesk
from service.api.door import StrictRoute
from service.api.problems import refusals
from service.api.views import OfficeInstant, View
from service.audit import proofs
from service.audit.log import keys_of, tree_of
from service.errors import NotInLogYet, NotYourRole
from service.store.people import Actor

router = APIRouter(prefix="/audit", tags=["audit"], route_class=StrictRoute)

AUDITORS = refusals(*READ, NotYourRole, NotInLogYet)
MOST_LINES, MOST_MOVES = 10**15, 10**9

CaseQuery = Annotated[UUID, Query(alias="case", description="The case's id.")]
Size = Annotated[int | None, Query(ge=0, le=MOST_LINES, description="Default: the newest signed.")]


class CheckpointOut(View):
    """The signed head of the log. `note` is C2SP tlog-checkpoint; keep it where we cannot reach.

    `keys`: the log's public keys by its own word, the oldest first. `lines` counts those that
    are in the tree by now, signed or not.
    """

    origin: str
    size: int
    root: str
    note: str
    signed_at: OfficeInstant
    keys: list[str]
    lines: int


class InclusionOut(View):
    """A line, and the proof that the tree of a size and root holds it (RFC 6962, 2.1.1).

    The leaf is the hash of a zero byte, `kind`, a line feed, and `line`. `proof` is the same as
    C2SP tlog-proof, where a checkpoint of that size was signed.
    """

    kind: str
    line: str
    leaf_index: int
    leaf: str
    size: int
    root: str
    hashes: list[str]
    proof: str | None


class ConsistencyOut(View):
    """The proof that one tree is the beginning of another (RFC 6962, 2.1.2)."""

    from_: Annotated[int, Field(alias="from")]
    to: int
    from_root: str
    to_root: str
    hashes: list[str]


class CaseVerified(View):
    """How a case stands: its lines, how many of them are in the log, and the first flaw if any."""

    case_id: UUID
    lines: int
    in_log: int
    whole: bool
    flaw_at: int | None
    flaw: str | None


@router.get("/checkpoint", operation_id="getCheckpoint", responses=AUDITORS)
async def get_checkpoint(desk: AtDesk) -> CheckpointOut:
    """Read the newest signed head of the log."""

    def work(session: Session, actor: Actor) -> CheckpointOut:
        proofs.check_auditor(actor)
        newest, note = proofs.head(session)
        return CheckpointOut(
            origin=note.partition("\n")[0],
            size=newest.size,
            root=b64encode(newest.root).decode(),
            note=note,
            signed_at=newest.signed_at,
            keys=[str(one.key) for one in keys_of(session)],
            lines=tree_of(session).size,
        )

    return await desk.read(work)


@router.get("/proof/inclusion", operation_id="proveInclusion", responses=AUDITORS)
async def prove_inclusion(
    desk: AtDesk,
    case_id: CaseQuery,
    seq: Annotated[int, Query(ge=1, le=MOST_MOVES)],
    size: Size = None,
) -> InclusionOut:
    """Prove that a line of a case is in the log."""

    def work(session: Session, actor: Actor) -> InclusionOut:
        proofs.check_auditor(actor)
        found = proofs.inclusion(session, case_within(session, case_id, actor).id, seq, size)
        return InclusionOut(
            kind=found.kind,
            line=found.line,
            leaf_index=found.leaf_index,
            leaf=b64encode(found.leaf).decode(),
            size=found.size,
            root=b64encode(found.root).decode(),
            hashes=[b64encode(one).decode() for one in found.hashes],
            proof=found.as_text() if found.note else None,
        )

    return await desk.read(work)


@router.get("/proof/consistency", operation_id="proveConsistency", responses=AUDITORS)
async def prove_consistency(
    desk: AtDesk,
    old: Annotated[int, Query(alias="from", ge=0, le=MOST_LINES)],
    new: Annotated[
        int | None, Query(alias="to", ge=0, le=MOST_LINES, description="Default: the newest.")
    ] = None,
) -> ConsistencyOut:
    """Prove that the log of one size is the beginning of that of another."""

    def work(session: Session, actor: Actor) -> ConsistencyOut:
        proofs.check_auditor(actor)
        return ConsistencyOut.model_validate(proofs.consistency(session, old, new))

    return await desk.read(work)


@router.get("/verify", operation_id="verifyCase", responses=AUDITORS)
async def verify_case(desk: AtDesk, case_id: CaseQuery) -> CaseVerified:
    """Verify the lines of one case against its chain and the log.

    The whole log is verified from an export, by `dixian_verify`, on the auditor's own machine.
    """

    def work(session: Session, actor: Actor) -> CaseVerified:
        proofs.check_auditor(actor)
        lines, in_log, flaw = proofs.standing(session, case_within(session, case_id, actor))
        return CaseVerified(
            case_id=case_id,
            lines=lines,
            in_log=in_log,
            whole=flaw is None,
            flaw_at=flaw.seq if flaw else None,
            flaw=flaw.what if flaw else None,
        )

    return await desk.read(work)
