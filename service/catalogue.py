"""The generated catalogue of the policy language: everything a policy file may name.

It is read off the classes themselves, so that it cannot forget a key.
"""

import inspect
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from service.workflows.acts import (
    ActRule,
    CaseLimit,
    Extension,
    FormField,
    ObjectionHold,
    Rung,
    Suspension,
)
from service.workflows.campaign.rules import CampaignRules, Phase
from service.workflows.checklist import Checklist, FillingRule, Group, Item, NumberRule
from service.workflows.deadlines import LimitKind, Roll, Unit
from service.workflows.deliverable import DeliverableRules
from service.workflows.doubts import Doubt
from service.workflows.duties import StandingDuty
from service.workflows.eligibility import (
    PREDICATES,
    EligibilityRules,
    IncomeLine,
    IncomePeriod,
    Outcome,
    TypeRule,
)
from service.workflows.inspection.rules import ClueRule, InspectionFormRules
from service.workflows.matter import OnlyFor
from service.workflows.monitoring.events import EVENTS
from service.workflows.monitoring.requirements import AnyRequirement
from service.workflows.monitoring.route import (
    EventRule,
    MonitoringRules,
    NoticeRules,
    StageRule,
)
from service.workflows.monitoring.stages import BACK, ELIMINATION, FORMS, REST, SIDE_EVENTS, STAGES
from service.workflows.owed_paper import OwedPaper
from service.workflows.paper_forms import Alias, Column, Ledger, Rollup, Row, Sum
from service.workflows.policy import (
    Level,
    Policy,
)
from service.workflows.remediation.rules import RemediationRules
from service.workflows.supervision.methods import Method
from service.workflows.supervision.rules import SupervisionRules
from service.workflows.words import WORDS

PARTS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The file", Policy),
    ("`[roles]`", Level),
    ("`[monitoring_object]`", MonitoringRules),
    ("`[monitoring_object.stages.…]`", StageRule),
    ("`[[monitoring_object.events]]`", EventRule),
    ("`form_fields` of a stage or an event", FormField),
    ("`[[monitoring_object.time_limits]]`", CaseLimit),
    ("`rungs` of a time limit", Rung),
    ("`suspend` of a time limit", Suspension),
    ("`extend` of a time limit", Extension),
    ("`held_by_objection` of a time limit", ObjectionHold),
    ("`[monitoring_object.eligibility]`", EligibilityRules),
    ("`income_lines`", IncomeLine),
    ("`outcomes`", Outcome),
    ("`object_types`", TypeRule),
    ("`[monitoring_object.notice]`", NoticeRules),
    ("`[campaign]`", CampaignRules),
    ("`campaign.phases`", Phase),
    ("`campaign.deliverables`", OwedPaper),
    ("`[[standing_duties]]`", StandingDuty),
    ("`[remediation_item]`", RemediationRules),
    ("`[inspection_form]`", InspectionFormRules),
    ("`clue` of `[inspection_form]`", ClueRule),
    ("`[deliverable]`", DeliverableRules),
    ("`[supervision]`", SupervisionRules),
    ("`supervision.methods`", Method),
    ("`[[….events]]` of these kinds", ActRule),
    ("`[[checklists]]`", Checklist),
    ("`rules` of a checklist", FillingRule),
    ("`[[checklists.groups]]`", Group),
    ("`items` of a group", Item),
    ("`number` of an item", NumberRule),
    ("`[[ledgers]]`", Ledger),
    ("`[[rollups]]`", Rollup),
    ("`columns`, and fields of a `header`", Column),
    ("`rows` of a roll-up", Row),
    ("`sums` of a roll-up", Sum),
    ("`[[aliases]]`", Alias),
    ("`[[doubts]]`", Doubt),
)
PLAIN = {str: "text", int: "number", Decimal: "number", bool: "true or false", date: "day"}
COMMON = ("requirement", "cite", "only_for")


def page(generated: str) -> str:
    """Return the whole page."""
    lines = [
        generated,
        "# Everything a policy file may name",
        "",
        "How to write a policy is told in [writing-a-policy.md](writing-a-policy.md); this page",
        "lists the keys and the codes. A key without a default must be there.",
        "",
        *_keys(),
        "## Stages that documents share",
        "",
        "| stage | 中文 | form | completed by |",
        "|---|---|---|---|",
        *(f"| `{c}` | {s.label.zh} | `{s.form}` | `{s.completed_by}` |" for c, s in STAGES.items()),
        "",
        "## Forms of stages",
        "",
        "A stage of the document's own has one of these forms.",
        "",
        "| form | completed by | 中文 |",
        "|---|---|---|",
        *(f"| `{form}` | `{event}` | {EVENTS[event].label.zh} |" for form, event in FORMS.items()),
        "",
        "## States beside the routes",
        "",
        "| state | 中文 |",
        "|---|---|",
        *(f"| `{code}` | {label.zh} |" for code, label in REST.items()),
        "",
        "## Events beside the routes",
        "",
        "| event | 中文 | leads to |",
        "|---|---|---|",
        "| `open` | 受理申请（线索登记） | the first stage of the entry route |",
        *(f"| `{e}` | {EVENTS[e].label.zh} | {_target(t)} |" for e, t in SIDE_EVENTS.items()),
        "",
        "## What an event's body says",
        "",
        "`reason`, `device_time`, `attachments` and `form` may come with every event.",
        "",
        *_bodies(),
        "## Requirements",
        "",
        "Each has `requirement`, `cite`, and may have `only_for`: the cases it concerns, by",
        f"{', '.join(f'`{name}`' for name in OnlyFor.model_fields)}.",
        "",
        *_requirements(),
        "## Rules of filling in a checklist",
        "",
        "| code | 中文 | what it asks |",
        "|---|---|---|",
        *(f"| `{c}` | {rule.zh} | {rule.en} |" for c, rule in WORDS["filling_rules"].items()),
        "",
        "## Predicates of eligibility",
        "",
        "Those of `lists.facts` stand beside these.",
        "",
        "| predicate | 中文 |",
        "|---|---|",
        *(f"| `{code}` | {label.zh} |" for code, label in PREDICATES.items()),
        "",
        "## Kinds and units of time limits",
        "",
        "| code | 中文 |",
        "|---|---|",
        *(f"| `{kind}` | {WORDS['limit_kinds'][kind].zh} |" for kind in LimitKind),
        *(f"| `{unit}` | {WORDS['units'][unit].zh} |" for unit in Unit),
        "",
        f"`roll`: {', '.join(f'`{one}`' for one in Roll)}.",
        f"`income_period`: {', '.join(f'`{one}`' for one in IncomePeriod)}.",
        "",
    ]
    return "\n".join(lines)


def _keys() -> Iterator[str]:
    for title, part in PARTS:
        yield from (
            f"## {title}",
            "",
            _about(part),
            "",
            "| key | value | default |",
            "|---|---|---|",
        )
        own = ((n, field) for n, field in part.model_fields.items() if not field.exclude)
        yield from (_key(name, field) for name, field in own)
        yield ""


def _key(name: str, field: FieldInfo) -> str:
    default = (
        "" if field.is_required() else f"`{_short(field.get_default(call_default_factory=True))}`"
    )
    return f"| `{name}` | {_kind(field.annotation)} | {default} |"


def _short(value: object) -> str:
    return "none" if value in (None, (), {}, "") else str(value)


def _kind(annotation: Any) -> str:  # noqa: ANN401 - whatever a field is annotated with
    """Return a type in words that a reader of TOML knows."""
    if inspect.isclass(annotation) and issubclass(annotation, StrEnum):
        return " or ".join(f"`{one}`" for one in annotation)
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return "table"
    if annotation in PLAIN:
        return PLAIN[annotation]
    outer, inner = get_origin(annotation), get_args(annotation)
    if outer in (tuple, dict):
        return "list" if outer is tuple else "table"
    if outer is Literal:
        return " or ".join(f"`{one}`" for one in inner)
    return next(_kind(part) for part in inner if part is not type(None))


def _about(part: type) -> str:
    """Return a class's docstring, as paragraphs without its line breaks."""
    text = inspect.cleandoc(part.__doc__ or "")
    return "\n\n".join(" ".join(block.split()) for block in text.split("\n\n"))


def _target(target: str) -> str:
    if target == BACK:
        return "back to a stage named in `to`"
    if target == ELIMINATION:
        return "the first stage of the elimination route"
    return f"`{target}`" if target else "the case stays"


def _bodies() -> Iterator[str]:
    common = {"event", "reason", "device_time", "attachments", "form"}
    yield from ("| event | fields |", "|---|---|")
    for code, body in EVENTS.items():
        own = [f"`{name}`" for name in body.model_fields if name not in common]
        yield f"| `{code}` | {', '.join(own) or '-'} |"
    yield ""


def _requirements() -> Iterator[str]:
    yield from ("| requirement | what it asks | parameters |", "|---|---|---|")
    for one in get_args(get_args(AnyRequirement)[0]):
        name = get_args(one.model_fields["requirement"].annotation)[0]
        own = [
            f"`{field}`" + ("" if info.is_required() else f" ({_short(info.get_default())})")
            for field, info in one.model_fields.items()
            if field not in COMMON
        ]
        yield f"| `{name}` | {' '.join(_about(one).split())} | {', '.join(own) or '-'} |"
    yield ""
