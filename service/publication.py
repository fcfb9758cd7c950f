"""What administrators do with documents: publish a version, put one in force in an area.

A version that was published at an area is usable there and below. Running cases keep theirs.
"""

from collections.abc import Iterator

from sqlmodel import Session, col, select

from service.audit.lines import note_written
from service.audit.policy_acts import last_act, seal
from service.blockers import Blocker
from service.codes import Label
from service.errors import NotFound, NotYourRole, RequirementsNotMet
from service.registry import Registry
from service.store.areas import Area, AreaLevel, AreaReach, lineage, within
from service.store.database import take_turns
from service.store.people import Actor
from service.store.policies import ActKind, PolicyAct, take_in
from service.workflows.policy import ADMINISTRATOR, Policy, PolicyError, parse
from service.workflows.rulebook import procedures

CITE = "DX-10"
LEVELS = (AreaLevel.PROVINCE, AreaLevel.CITY, AreaLevel.COUNTY)
ADMINISTRATORS = Label(zh="县级以上管理员", en="an administrator of a county or above")

PUBLISH = Label(zh="发布文件版本", en="publish a version of a document")
PUT_IN_FORCE = Label(zh="指定施行文件", en="put a document in force")


def is_administrator(actor: Actor) -> bool:
    """Tell whether somebody acts as an administrator of a county or above."""
    return actor.role == ADMINISTRATOR and actor.level in LEVELS


def check_administrator(actor: Actor, act: Label, cite: str = CITE) -> None:
    """Raise `NotYourRole` for everybody but an administrator of a county or above."""
    if not is_administrator(actor):
        raise NotYourRole(act, [ADMINISTRATORS], cite)


def publish(
    session: Session, text: str, catalogue: str, *, actor: Actor, registry: Registry
) -> tuple[PolicyAct, Policy]:
    """Publish a version of a document at the actor's area; the same bytes again change nothing.

    Raises `NotYourRole`, and `RequirementsNotMet` with every gap, or with what its id and
    version run against.
    """
    check_administrator(actor, PUBLISH)
    policy = _checked(text, catalogue)
    take_turns(session, PolicyAct.__tablename__)
    take_in(session, registry.rulebook)
    published = session.exec(
        select(PolicyAct).where(
            PolicyAct.policy_id == policy.id, PolicyAct.version == policy.version
        )
    ).first()
    wanted = (actor.area_code, text, catalogue)
    if published and (published.area_code, published.text, published.catalogue) == wanted:
        return published, policy
    if found := list(_conflicts(session, policy, actor, registry)):
        raise RequirementsNotMet(found)
    act = _act(session, ActKind.PUBLISH, actor.area_code, policy.id, actor, registry)
    act.version, act.text, act.catalogue = policy.version, text, catalogue
    return _sealed(session, act, actor), policy


def put_in_force(
    session: Session, area_code: str, policy_id: str, *, actor: Actor, registry: Registry
) -> Area:
    """Name the document under which cases are opened in an area and below, from now on.

    Raises `NotYourRole`, `NotFound` for an area out of reach, and `RequirementsNotMet` for a
    document that is not usable there.
    """
    check_administrator(actor, PUT_IN_FORCE)
    take_turns(session, PolicyAct.__tablename__)
    area = session.exec(
        select(Area).where(Area.code == area_code, within(Area.code, actor.area_code))
    ).first()
    if area is None:
        raise NotFound
    codes = [above.code for above in lineage(session, area_code)]
    if not registry.rulebook.versions(policy_id, codes):
        raise RequirementsNotMet(
            [Blocker("policy_not_usable", (policy_id,), (area.name,), cite=CITE)]
        )
    if area.policy_id != policy_id:
        area.policy_id = policy_id
        act = _act(session, ActKind.PUT_IN_FORCE, area_code, policy_id, actor, registry)
        _sealed(session, act, actor)
    return area


def _checked(text: str, catalogue: str) -> Policy:
    try:
        policy = parse("policy", text, catalogue)
        procedures(policy)  # what makes no machine would stop every process that reads it
    except PolicyError as problem:
        raise RequirementsNotMet([_blocker(gap) for gap in problem.gaps]) from problem
    return policy


def _blocker(gap: str) -> Blocker:
    key, _, what = gap.partition(": ")
    return Blocker("policy_gap", (key,), (what,), cite=CITE)


def _conflicts(
    session: Session, policy: Policy, actor: Actor, registry: Registry
) -> Iterator[Blocker]:
    versions = registry.rulebook.versions(policy.id)
    newest = max((one.policy.version for one in versions), default=0)
    if policy.ref in registry.rulebook:
        yield Blocker("policy_version_taken", (policy.ref,), (), cite=CITE)
    elif policy.version < newest:
        yield Blocker("policy_version_not_higher", (str(newest),), (policy.ref,), cite=CITE)
    areas = {one.area_code for one in versions if one.area_code}
    mine = session.exec(
        select(AreaReach.area_code).where(
            AreaReach.ancestor_code == actor.area_code, col(AreaReach.area_code).in_(areas)
        )
    ).all()
    if areas.difference(mine):  # two counties would take each other's numbers
        yield Blocker("policy_of_another_area", (), (policy.id,), cite=CITE)


def _act(
    session: Session,
    kind: ActKind,
    area_code: str,
    policy_id: str,
    actor: Actor,
    registry: Registry,
) -> PolicyAct:
    """Return the next act of the chain, not sealed yet."""
    number, before = last_act(session)
    return PolicyAct(
        seq=number + 1,
        kind=kind,
        area_code=area_code,
        policy_id=policy_id,
        at=registry.clock.now(),
        person_id=actor.person_id,
        position_id=actor.position_id,
        prev_hash=before,
    )


def _sealed(session: Session, act: PolicyAct, actor: Actor) -> PolicyAct:
    seal(act, actor)
    session.add(act)
    session.flush()
    note_written(session)
    return act
