"""A jurisdiction's document as data: reading it, and finding every gap before a case can.

A policy file says what the document says, with the rule id of each number and step. What the
document does not state is left out, and nothing is enforced for it.
"""

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.codes import Cite, Code, CodeLabel, Label, PolicyId
from service.workflows.acts import KindRules
from service.workflows.campaign.gaps import campaign_gaps
from service.workflows.campaign.rules import CampaignRules
from service.workflows.checklist import Checklist
from service.workflows.deliverable import DeliverableRules
from service.workflows.doubts import Doubt, doubt_gaps
from service.workflows.duties import StandingDuty
from service.workflows.fixed import FixedRules, fixed_gaps
from service.workflows.inspection.rules import InspectionFormRules, inspection_gaps
from service.workflows.kinds import Kind
from service.workflows.ladder_gaps import ladder_gaps
from service.workflows.misfits import Place, mark, meant, mended, misfits, rests_on_a_stand_in
from service.workflows.monitoring.gaps import gaps
from service.workflows.monitoring.route import MonitoringRules
from service.workflows.owed_paper import owed_gaps
from service.workflows.paper_forms import Alias, Ledger, Rollup
from service.workflows.paper_gaps import paper_gaps
from service.workflows.remediation.rules import RemediationRules
from service.workflows.supervision.methods import method_gaps
from service.workflows.supervision.rules import SupervisionRules

POLICIES = Path(__file__).parent / "policies"
HOUSE_RULES = POLICIES / "house.rules.toml"
ADMINISTRATOR, AUDITOR = "administrator", "auditor"
RESERVED = {ADMINISTRATOR, AUDITOR, "clock", "system"}
"""Roles that the service has of itself: no document may give them to anybody."""

STRUCTURE: set[Place] = {
    ("roles",),
    ("lists",),
    ("monitoring_object",),
    *(("monitoring_object", part) for part in ("entry", "elimination", "stages", "events")),
}
"""What everything else in a file refers to."""

COPIED = tuple(f"{kind}.lists" for kind in Kind)
"""Where each kind sees the lists: what is wrong with one is told where it was written."""

A_LIST = re.compile(r"lists\.[a-z0-9_]+")


class PolicyError(ValueError):
    """A policy file cannot be used; `gaps` lists everything that is wrong with it, by key."""

    def __init__(self, name: str, gaps: list[str]) -> None:
        super().__init__("\n".join([f"{name}: {len(gaps)} gap(s)", *(f"  {gap}" for gap in gaps)]))
        self.gaps = gaps


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Part):
    """One rule of a document by its id: where it stands, and a short label.

    `silence`: what the document leaves unsaid. No key carries it; that nothing is enforced is
    what its test shows.
    """

    at: str
    zh: str
    en: str
    silence: bool = False


LEVELS = ("village", "township", "county", "city", "province")
"""The levels of areas, the lowest first."""


class Level(_Part):
    """A role and the level of area it is held at."""

    level: Literal["province", "city", "county", "township", "village"]
    zh: str
    en: str
    cite: Cite

    @property
    def label(self) -> Label:
        return Label(zh=self.zh, en=self.en)


class Policy(_Part):
    """One version of one document. A case is pinned to `ref` for as long as it lives.

    `in_force_from` and `in_force_to` (both days included) say when it opens cases; a day that
    is left out does not bound it.
    """

    id: PolicyId
    version: Annotated[int, Field(ge=1, le=9999)]
    in_force_from: date | None = None
    in_force_to: date | None = None
    zh: str
    en: str
    document: str
    issued_by: str
    issued_on: date | None = None
    source: str
    roles: dict[Code, Level]
    lists: dict[Code, tuple[CodeLabel, ...]]
    list_cites: dict[Code, Cite] = {}
    standing_duties: tuple[StandingDuty, ...] = ()
    campaign: CampaignRules | None = None
    inspection_form: InspectionFormRules | None = None
    remediation_item: RemediationRules | None = None
    deliverable: DeliverableRules | None = None
    supervision: SupervisionRules | None = None
    checklists: tuple[Checklist, ...] = ()
    ledgers: tuple[Ledger, ...] = ()
    rollups: tuple[Rollup, ...] = ()
    aliases: tuple[Alias, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    house_ladder: bool = True
    monitoring_object: MonitoringRules
    rules: dict[str, Rule] = {}

    @property
    def kinds(self) -> dict[Kind, KindRules]:
        """What the document says of each kind of case."""
        said = {kind: getattr(self, kind.value) for kind in Kind}
        if forms := self.inspection_form:
            campaign = self.campaign or forms.campaign
            beside = {"checklists": self.checklists, "campaign": campaign}
            said[Kind.INSPECTION_FORM] = forms.model_copy(update=beside)
        return {kind: rules for kind, rules in said.items() if rules and rules.events}

    @property
    def ref(self) -> str:
        return f"{self.id}@{self.version}"

    @cached_property
    def acting_at(self) -> dict[str, str]:
        """The role that acts for each level: the first that the document names there."""
        return {role.level: code for code, role in reversed(self.roles.items())}

    def is_in_force(self, on: date) -> bool:
        """Tell whether cases may be opened under this version on a day."""
        begun = self.in_force_from is None or self.in_force_from <= on
        return begun and (self.in_force_to is None or on <= self.in_force_to)

    def roles_named(self, codes: tuple[str, ...]) -> list[Label]:
        return [self.roles[code].label for code in codes]

    def citations(self) -> Iterator[tuple[str, str]]:
        """Yield (rule id, key) for every citation in the file, in its order."""
        yield from _citations(self.model_dump(exclude={"rules"}), "")


def _citations(node: object, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for name, value in node.items():
            if (name == "cite" or name.endswith("_cite")) and isinstance(value, str):
                yield from ((rule, key) for rule in value.split())
            elif name == "list_cites":
                pairs = value.items()
                yield from ((rule, f"lists.{n}") for n, cite in pairs for rule in cite.split())
            else:
                yield from _citations(value, f"{key}.{name}".strip("."))
    elif isinstance(node, list | tuple):
        for index, value in enumerate(node):
            yield from _citations(value, f"{key}[{mark(index, value)}]")


def read(path: Path) -> Policy:
    """Read and check one policy file, with the catalogue of its rules beside it.

    Raises `PolicyError` as `parse` does.
    """
    catalogue = path.with_suffix(".rules.toml")
    return parse(path.name, _text(path), _text(catalogue) if catalogue.exists() else "")


def parse(name: str, text: str, catalogue: str = "", *, linked: bool = True) -> Policy:
    """Read and check a policy and the catalogue of its rules, written in TOML.

    Raises `PolicyError` with every gap at once, each under the key of its line: first what does
    not fit its key, then what does not fit together. The latter is left out where not `linked`:
    what was accepted once stays readable when the checks grow stricter.
    """
    data = _toml(name, "policy", text)
    if rules := _toml(name, "catalogue", catalogue):
        data["rules"] = rules
    policy, found = _fitted(_shared_lists(data))
    if policy:
        policy = _with_programmes(policy)
    if policy and linked:
        unread = {of.group() for misfit in found if (of := A_LIST.match(misfit))}
        found += [gap for gap in _gaps(policy) if not _follows(gap, unread)]
    if found or policy is None:
        raise PolicyError(name, found)
    return policy


def _follows(gap: str, unread_lists: set[str]) -> bool:
    """Tell whether something is missed only because what it stands in could not be read."""
    return rests_on_a_stand_in(gap) or any(f"not in {name};" in gap for name in unread_lists)


def _fitted(data: dict[str, object]) -> tuple[Policy | None, list[str]]:
    """Return the policy and what does not fit its key; in its place there are stand-ins then."""
    try:
        return Policy.model_validate(data), []
    except ValidationError as problem:
        found = misfits(Policy, data, problem)
        once = [misfit for misfit in found if not misfit.startswith(COPIED)]
        return mended(Policy, data, problem, STRUCTURE), once


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise PolicyError(path.name, [str(problem)]) from problem


def _toml(name: str, part: str, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise PolicyError(name, [f"{part}: {problem}"]) from problem


def _shared_lists(data: dict[str, object]) -> dict[str, object]:
    """Let the kinds see the document's lists, which are written once at its top."""
    for kind in Kind:
        rules = data.get(kind)
        if isinstance(rules, dict) and "lists" not in rules:
            data[kind.value] = {**rules, "lists": data.get("lists", {})}
    return data


def _with_programmes(policy: Policy) -> Policy:
    """Let each standing duty that opens campaigns be a time limit of theirs."""
    if policy.campaign is None:
        return policy
    limits = (duty.limit for duty in policy.standing_duties if duty.level)
    campaign = policy.campaign.model_copy(
        update={"time_limits": (*policy.campaign.time_limits, *limits)}
    )
    return policy.model_copy(update={"campaign": campaign})


def _gaps(policy: Policy) -> Iterator[str]:
    yield from _form_gaps(policy)
    yield from _life_gaps(policy)
    yield from paper_gaps(policy)
    yield from doubt_gaps(policy.doubts, policy.lists)
    yield from _owed_gaps(policy)
    yield from _method_gaps(policy)
    yield from _ladder_gaps(policy)
    found = gaps(policy.monitoring_object, set(policy.roles))
    yield from (f"monitoring_object.{gap}" for gap in found)
    for kind, rules in policy.kinds.items():
        if isinstance(rules, FixedRules):
            yield from (f"{kind}.{gap}" for gap in fixed_gaps(rules, set(policy.roles)))
        if isinstance(rules, InspectionFormRules):
            yield from (f"{kind}.{gap}" for gap in inspection_gaps(rules))
    known = set(policy.rules) | set(house_rules())
    for rule, key in policy.citations():
        if rule not in known:
            yield f"{key}: no rule {rule!r} in the catalogue; write it there, or cite another"
    for name in policy.list_cites:
        if name not in policy.lists:
            yield f"list_cites.{name}: there is no such list{meant(name, policy.lists)}"


def _form_gaps(policy: Policy) -> Iterator[str]:
    for name, entries in policy.lists.items():
        codes = [entry.code for entry in entries]
        repeated = sorted({code for code in codes if codes.count(code) > 1})
        yield from (f"lists.{name}: {code!r} stands there twice; keep one" for code in repeated)
    if policy.monitoring_object.lists != policy.lists:
        yield "monitoring_object.lists: lists stand once, at the top of the file; put it there"
    forms = policy.inspection_form
    for name in ("checklists", "campaign"):
        if forms and name in forms.model_fields_set:
            yield f"inspection_form.{name}: that stands once, at the top of the file; put it there"
    yield from campaign_gaps(policy)


def _ladder_gaps(policy: Policy) -> Iterator[str]:
    levels = {code: LEVELS.index(role.level) for code, role in policy.roles.items()}
    for kind, rules in policy.kinds.items():
        yield from (f"{kind}.{gap}" for gap in ladder_gaps(rules, levels))


def _owed_gaps(policy: Policy) -> Iterator[str]:
    lists = {name: [entry.code for entry in entries] for name, entries in policy.lists.items()}
    events = {rule.event for rule in policy.deliverable.events} if policy.deliverable else ()
    papers = policy.campaign.deliverables if policy.campaign else ()
    yield from owed_gaps(papers, policy.roles, lists, events)


def _method_gaps(policy: Policy) -> Iterator[str]:
    said = policy.supervision
    if said is None:
        return
    events = {rule.event for rule in said.events}
    listed = policy.lists.get("problem_sources")
    sources = [entry.code for entry in listed] if listed else None
    phases = [phase.code for phase in policy.campaign.phases] if policy.campaign else []
    yield from method_gaps(said.methods, events, sources, phases)


def _life_gaps(policy: Policy) -> Iterator[str]:
    begun, over = policy.in_force_from, policy.in_force_to
    if begun and over and over < begun:
        yield f"in_force_to: {over} lies before in_force_from; write {begun} or a later day"
    for code in sorted(RESERVED & set(policy.roles)):
        yield f"roles.{code}: this code is the service's own; give the role another"


@lru_cache
def house_rules() -> dict[str, Rule]:
    """Return the product's own rules: what every document is silent about and a service needs."""
    data = tomllib.loads(HOUSE_RULES.read_text(encoding="utf-8"))
    return {code: Rule.model_validate(rule) for code, rule in data.items()}


def read_folders(*folders: Path) -> Iterator[Policy]:
    """Read every policy file of some folders, in the order of their names."""
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            if not path.name.endswith(".rules.toml"):
                yield read(path)
