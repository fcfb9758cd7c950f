"""Moving running cases to another version of their document: asked for, looked at, told.

A version never moves a running case by itself. An administrator says which state becomes
which; a dry run shows every case and every deadline; the run moves case by case, each in a
transaction of its own with a line in its log. Broken off, it is taken up by asking again.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from service.blockers import Blocker
from service.carried import Change, carry
from service.cases import lock
from service.clock import office_date
from service.codes import Label
from service.errors import NotFound
from service.moves import Locked, note_migrated
from service.publication import check_administrator
from service.registry import Registry
from service.store.areas import AreaReach, lineage, within
from service.store.cases import Case
from service.store.people import Actor, Position
from service.workflows.machine import Procedure
from service.workflows.monitoring.stages import CLOSED

CITE = "DX-11"
MIGRATE_CASES = Label(zh="将在办事项迁移到其他版本", en="move running cases to another version")
AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Asked:
    """What an administrator asks for; in the whole of their area where none is named."""

    policy_id: str
    from_version: int
    to_version: int
    states: Mapping[str, str]
    area_code: str | None
    at_most: int


@dataclass(frozen=True, slots=True)
class Revision:
    """The versions that were asked for, in which area, and which state becomes which."""

    old: Procedure
    new: Procedure
    area_code: str
    states: Mapping[str, str]

    def target(self, state: str) -> str | None:
        """Return the state that becomes of a state, or None where the new version knows none."""
        target = self.states.get(state, state)
        return target if target in self.new.states else None

    def worded(self, found: Iterable[Blocker]) -> list[Blocker]:
        words = {**self.old.words, **self.new.words}
        return [replace(blocker, words=words, cite=CITE) for blocker in found]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a migration would do: why it cannot, or to which cases; `remaining` come later."""

    revision: Revision
    actor: Actor
    blockers: list[Blocker]
    states: dict[str, str]
    case_ids: list[UUID]
    remaining: int


@dataclass(frozen=True, slots=True)
class CaseMoved:
    """What becomes of one case."""

    case_id: UUID
    from_state: str
    to_state: str
    deadlines: list[Change]


def look(session: Session, asked: Asked, *, actor: Actor, registry: Registry) -> Outlook:
    """Return what a migration would come to. It changes nothing.

    Raises `NotYourRole`, and `NotFound` for a version or an area that is not there.
    """
    check_administrator(actor, MIGRATE_CASES, CITE)
    areas = [area.code for area in lineage(session, asked.area_code or actor.area_code)]
    if actor.area_code not in areas:
        raise NotFound
    revision = _revision(asked, areas[0], registry)
    running = (
        Case.kind == revision.old.kind,
        Case.policy == revision.old.policy.ref,
        col(Case.closed_at).is_(None),
        within(Case.area_code, revision.area_code),
    )
    groups = session.exec(
        select(Case.state, Case.area_code, Case.object_type, func.count())
        .where(*running)
        .group_by(Case.state, Case.area_code, col(Case.object_type))
    ).all()
    at_work = sorted({state for state, *_ in groups})
    blockers = [
        *_version_blockers(revision, areas, office_date(registry.clock.now())),
        *_state_blockers(revision, at_work),
        *_type_blockers(revision, {kind for _, _, kind, _ in groups if kind}),
        *_holder_blockers(session, revision, {(state, area) for state, area, *_ in groups}),
    ]
    first = select(Case.id).where(*running).order_by(col(Case.id)).limit(asked.at_most)
    case_ids = list(session.exec(first))
    return Outlook(
        revision,
        actor,
        revision.worded(blockers),
        {state: target for state in at_work if (target := revision.target(state))},
        case_ids,
        sum(count for *_, count in groups) - len(case_ids),
    )


def _revision(asked: Asked, area_code: str, registry: Registry) -> Revision:
    refs = [f"{asked.policy_id}@{version}" for version in (asked.from_version, asked.to_version)]
    if any(ref not in registry.rulebook for ref in refs):
        raise NotFound
    old, new = (registry.rulebook.pinned(ref) for ref in refs)
    return Revision(old, new, area_code, asked.states)


def _version_blockers(revision: Revision, areas: Collection[str], today: date) -> Iterator[Blocker]:
    old, new = revision.old.policy.ref, revision.new
    if new.policy.ref == old:
        yield Blocker("version_the_same", (), (old,))
    if new.area_code and new.area_code not in areas:
        yield Blocker("policy_not_usable", (new.policy.ref,), (revision.area_code,))
    if not new.policy.is_in_force(today):
        yield Blocker("policy_not_in_force", (new.policy.ref,))


def _state_blockers(revision: Revision, at_work: Iterable[str]) -> Iterator[Blocker]:
    old, new = revision.old, revision.new
    for state, target in revision.states.items():
        if state not in old.states:
            yield Blocker("state_not_known", (old.policy.ref,), (state,))
        if target not in new.states:
            yield Blocker("state_not_known", (new.policy.ref,), (target,))
        elif target in CLOSED and state not in CLOSED:
            yield Blocker("state_closes", (), (target,))
    for state in at_work:
        if state not in revision.states and state not in new.states:
            yield Blocker("state_not_mapped", (new.policy.ref,), (state,))


def _type_blockers(revision: Revision, types: set[str]) -> Iterator[Blocker]:
    known = {entry.code for entry in revision.new.policy.lists.get("object_types", ())}
    for one in sorted(types - known):
        yield Blocker("object_type_not_known", (revision.new.policy.ref,), (one,))


def _holder_blockers(
    session: Session, revision: Revision, at_work: set[tuple[str, str]]
) -> Iterator[Blocker]:
    """Look for cases that nobody would hold: a role of the new version that has no position."""
    waiting: dict[str, set[str]] = {}
    for state, area_code in at_work:
        target = revision.target(state)
        if target and (role := revision.new.holder(target)):
            waiting.setdefault(role, set()).add(area_code)
    for role, areas in sorted(waiting.items()):
        offices = select(Position.area_code).where(Position.role == role)
        held = session.exec(
            select(AreaReach.area_code).where(
                col(AreaReach.ancestor_code).in_(offices), col(AreaReach.area_code).in_(areas)
            )
        ).all()
        if alone := areas.difference(held):
            yield Blocker("nobody_holds", (role,), tuple(sorted(alone)))


def move(
    session: Session, case_id: UUID, outlook: Outlook, registry: Registry, *, dry_run: bool
) -> CaseMoved | None:
    """Move one case, or tell what would become of it; None where it moved on meanwhile."""
    revision, actor = outlook.revision, outlook.actor
    locked = lock(session, case_id, actor.area_code, registry, read_only=dry_run)
    case, target = locked.case, revision.target(locked.case.state)
    if case.policy != revision.old.policy.ref or case.closed_at or target is None:
        return None
    state, old = case.state, revision.old
    entries = _renamed(locked.kept, revision.states)
    under_new = _under(revision.new, locked, entries)
    carried = carry(session, under_new, old, target)
    if not dry_run:
        note_migrated(
            session,
            under_new,
            carried.turned,
            to=(revision.new.policy.ref, target),
            told={"from_policy": old.policy.ref, "states": dict(revision.states)},
            dossier=entries,
            actor=actor,
        )
    return CaseMoved(case.id, state, target, carried.changes)


def _renamed(kept: str, states: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the dossier with the stages that were completed named as the new version does."""
    entries: list[dict[str, Any]] = json.loads(kept)
    for entry in entries:
        entry["completes"] = states.get(entry["completes"], entry["completes"])
    return entries


def _under(new: Procedure, locked: Locked, entries: list[dict[str, Any]]) -> Locked:
    clocks = replace(locked.clocks, policy=new.policy.ref, limits=new.rules.time_limits)
    dossier = new.rules.dossier.model_validate({"entries": entries})
    return replace(locked, procedure=new, dossier=dossier, clocks=clocks)
