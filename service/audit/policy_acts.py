"""The chain of what administrators did with documents, sealed and verified like a case's lines."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from sqlmodel import Session, col, select

from service.audit.chain import GENESIS, canonical, digest, instant
from service.audit.lines import By
from service.store.people import Actor
from service.store.policies import PolicyAct


def last_act(session: Session) -> tuple[int, str]:
    """Return the number and the hash of the newest act: what the next one names."""
    newest = session.exec(
        select(PolicyAct.seq, PolicyAct.hash).order_by(col(PolicyAct.seq).desc()).limit(1)
    ).first()
    return newest or (0, GENESIS)


def seal(act: PolicyAct, actor: Actor) -> None:
    """Give an act its bytes and its hash: its columns, and as what its actor acted."""
    by = {"actor_type": By.of(actor).type, "role": actor.role, "actor_area": actor.area_code}
    act.line = canonical(_columns_of(act) | by)
    act.hash = digest(act.line)


def verify(session: Session) -> Iterator[str | None]:
    """Yield for every act what is wrong with it, or None."""
    before = GENESIS
    for number, act in enumerate(session.exec(select(PolicyAct).order_by(col(PolicyAct.seq))), 1):
        yield _flaw_of(act, number, before)
        before = act.hash


def _flaw_of(act: PolicyAct, number: int, before: str) -> str | None:
    if act.seq != number:
        return f"act {number} is missing"
    if digest(act.line) != act.hash:
        return f"act {number}: the bytes do not give the hash"
    if act.prev_hash != before:
        return f"act {number}: the chain is broken: the hash before is another"
    said = json.loads(act.line)
    differing = [name for name, value in _columns_of(act).items() if said.get(name) != value]
    return f"act {number}: columns differ: {', '.join(differing)}" if differing else None


def _columns_of(act: PolicyAct) -> dict[str, Any]:
    return {
        "seq": act.seq,
        "kind": act.kind,
        "area": act.area_code,
        "policy": act.policy_id,
        "version": act.version,
        "text_sha256": _sha256(act.text),
        "catalogue_sha256": _sha256(act.catalogue),
        "at": instant(act.at),
        "person": str(act.person_id),
        "position": str(act.position_id),
        "prev": act.prev_hash,
    }


def _sha256(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()
