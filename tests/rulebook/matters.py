"""Cases as the rulebook sees them: what has been said, what is said now, on which day.

`said` gives a good body for every event there is; changes make it a bad one. Whether a body
suits a document is the document's: these suit Taogou's, as far as it knows the event.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from service.blockers import Blocker
from service.workflows.machine import Procedure
from service.workflows.matter import Matter
from service.workflows.monitoring.dossier import MonitoringDossier, MonitoringEntry
from service.workflows.monitoring.events import EVENTS
from service.workflows.statement import Event

APPLIED_ON, TODAY = date(2021, 6, 3), date(2021, 6, 10)

FORM, MINUTES = UUID(int=1), UUID(int=2)
KINDS = {FORM: ("consent_form", "1" * 64), MINUTES: ("minutes", "2" * 64)}

GROUPS = (
    "village_committee",
    "resident_team",
    "supervision_committee",
    "villager_representatives",
)
DEPARTMENTS = {
    "police": "consumer_car",
    "market_registration": "enterprise",
    "taxation": "tax_record",
    "finance": "financial_assets",
}

GUARANTEED = {"education": True, "medical": True, "housing": True, "water": True}
POOR = {
    "income": {"wages": "5200.00", "persons": 1},
    "at_risk": True,
    "income_stable": False,
    "guarantees": GUARANTEED,
    "children_well_off": False,
}
WELL = POOR | {"at_risk": False, "income_stable": True, "children_well_off": True}
RICH = WELL | {"income": {"wages": "20000.00", "persons": 1}}
WITH_CAR = POOR | {"exclusions": [{"exclusion": "consumer_car", "holder": "split_off_child"}]}
OVERRIDE = {"officer": "丙乡干", "reason": "家庭实际困难，另附说明"}

HELPER = {"helper_kind": "contact", "helper_name": "己联系人", "helper_unit": "示例单位"}
MEASURES = [{"number": 1, "kind": "social_security", "what": "纳入低保", "owner": "己联系人"}]
CRITERIA = ("income_stable", "guarantees_consolidated", "risk_gone")
VISIT = {"visited_on": "2021-06-09", "visitors": [{"name": "甲村干", "role": "village_cadre"}]}


def findings(**verdicts: str) -> list[dict[str, str]]:
    """Return what every department found: agreement, but for the verdicts given."""
    return [
        {"department": department, "field": field, "verdict": verdicts.get(department, "agrees")}
        for department, field in DEPARTMENTS.items()
    ]


GOOD: dict[str, dict[str, Any]] = {
    "open": {"entry_point": "paper"},
    "take_up_clue": {},
    "hand_to_department": {"department": "police", "reason": "属行业性风险"},
    "record_verification": {"visited_on": "2021-06-04", "visitors": ["甲村干"], "at_risk": True},
    "sign_consent": {
        "signed_on": "2021-06-04",
        "signed": True,
        "fingerprint": True,
        "attachments": [str(FORM)],
    },
    "conclude_deliberation": {"held_on": "2021-06-05", "participants": 12, "opinion": "for"},
    "conclude_review": {
        "held_on": "2021-06-08",
        "attendance": [{"group": group, "present": 2} for group in GROUPS],
        "object_type": "marginal",
        "risk_types": ["illness"],
        "facts": POOR,
    },
    "record_opinion": {"opinion": "for"},
    "post_publicity": {"place": "村务公开栏"},
    "repost_publicity": {"place": "村务公开栏"},
    "record_comparison": {"findings": findings()},
    "conclude_comparison": {
        "conclusion": "explained",
        "officer": "戊区干",
        "reason": "车辆已报废注销",
    },
    "close_comparison": {},
    "object": {"anonymous": True, "statement": "该户有收入未申报"},
    "reject_objection": {"objection": 1, "reason": "经核实不属实"},
    "uphold_objection": {"objection": 1, "reason": "经核实属实，重新评议"},
    "conclude_publicity": {},
    "report": {},
    "approve": {"opinion": "同意"},
    "file": {"filing_number": "2021-001"},
    "announce": {"place": "区政府网站"},
    "register": {"system_number": "N-1", "basic_information_collected": True},
    "notify_household": {"means": "visit", "told_on": "2021-06-09", "told_to": "张某"},
    "assign_helper": HELPER,
    "add_helper": HELPER | {"helper_kind": "responsible"},
    "replace_helper": HELPER | {"helper_name": "庚联系人", "ground": "transfer_out"},
    "agree_plan": {"measures": MEASURES},
    "revise_plan": {"measures": MEASURES, "reason": "增加就业措施"},
    "record_progress": {"measure": 1, "done": True, "progress": "已办理", "effect": "已发放"},
    "record_visit": VISIT,
    "collect_change": {"changed_on": "2021-06-09", "change": "新增就业一人"},
    "propose_elimination": {"reason": "收入持续稳定"},
    "record_criteria": {
        "visited_on": "2021-06-09",
        "visitors": ["甲村干"],
        "criteria": [{"criterion": one, "met": True} for one in CRITERIA],
    },
    "mark_eliminated": {"marked_on": "2021-06-10"},
    "hold": {"ground": "weak_stability", "reason": "稳定性较弱"},
    "lift_hold": {"reason": "已稳定"},
    "roll_back": {"reason": "风险未消除"},
    "end_naturally": {"ground": "moved_away", "ended_on": "2021-06-09", "reason": "整户迁出"},
    "return_case": {"to": "consent", "reason": "材料不全", "to_fix": ["补充收入证明"]},
    "refuse": {"reason": "收入稳定，不符合条件", "facts": WELL},
    "explain_refusal": {"means": "visit", "explained_on": "2021-06-09", "explained_to": "张某"},
    "withdraw": {"reason": "农户自愿撤回"},
}
"""Event -> a body that lacks nothing, but for the event's own name."""

ELSEWHERE = (
    "take_up_clue",
    "hand_to_department",
    "record_verification",
    "record_opinion",
    "close_comparison",
    "notify_household",
)
"""The events that the Taogou document does not know."""

TAOGOU_EVENTS = [event for event in EVENTS if event not in ELSEWHERE]


def said(event: str, **changes: object) -> Event:
    """Return an event's good body, changed as told."""
    return EVENTS[event].model_validate({"event": event, **GOOD[event], **changes})


REVIEWED = ("open", "sign_consent", "conclude_deliberation", "conclude_review")
POSTED = (*REVIEWED, "post_publicity")
COMPARED = (*POSTED, "record_comparison")
HELPED = (
    *COMPARED,
    "conclude_publicity",
    "report",
    "approve",
    "file",
    "announce",
    "register",
    "assign_helper",
    "agree_plan",
)

BEFORE: dict[str, tuple[str | Event, ...]] = {
    "conclude_comparison": (
        *POSTED,
        said("record_comparison", findings=findings(police="differs")),
    ),
    "reject_objection": (*COMPARED, "object"),
    "uphold_objection": (*COMPARED, "object"),
    "replace_helper": HELPED,
    "record_progress": HELPED,
}
"""Event -> what was said before it, where what stands on the way to the township is not enough."""


def matter(
    procedure: Procedure,
    body: Event | None,
    *before: str | Event,
    today: date = TODAY,
    opened_on: date = APPLIED_ON,
    **known: Any,
) -> Matter:
    """Return a case in which some events were said before, and one is said now.

    Each of them is taken to have completed the first stage of the route that it can complete.
    `known` is what else the case's matter holds: its `household`, who `visited`.
    """
    bodies = (said(event) if isinstance(event, str) else event for event in before)
    completes = _stages_by_event(procedure)
    entries = tuple(
        MonitoringEntry(
            seq=seq,
            completes=completes.get(one.event, ""),
            round=1,
            on=today,
            role="village_committee",
            salt="",
            body=one,
        )
        for seq, one in enumerate(bodies, 1)
    )
    return Matter(
        dossier=MonitoringDossier(entries=entries),
        body=body,
        today=today,
        opened_on=opened_on,
        eligibility=procedure.policy.monitoring_object.eligibility,
        evidence={one: KINDS[one] for one in (body.attachments if body else ()) if one in KINDS},
        lists=procedure.policy.lists,
        **known,
    )


def _stages_by_event(procedure: Procedure) -> Mapping[str, str]:
    stages = reversed(procedure.rules.stage_of.items())
    return {stage.completed_by: code for code, stage in stages}


def a_good_matter(procedure: Procedure, event: str, **changes: object) -> Matter:
    """Return a case in which nothing stands in the way of an event."""
    return matter(procedure, said(event, **changes), *BEFORE.get(event, COMPARED))


AT = {
    "return_case": "registration",
    "refuse": "township_review",
    "withdraw": "registration",
}
"""Event -> a state it is raised in, where the first one that knows it would not do."""


def at(procedure: Procedure, event: str) -> str:
    """Return a state that an event can be raised in; none where a case is opened by it."""
    knowing = (state for state in procedure.states if event in procedure.events_at(state))
    return AT.get(event) or next(knowing, "")


def found(
    procedure: Procedure, event: str, given: Matter, state: str | None = None
) -> list[tuple[str, str | None]]:
    """Return the code and the provision of everything that an event lacks."""
    return [(one.code, one.cite) for one in _blockers(procedure, event, given, state)]


def needs(
    procedure: Procedure, event: str, given: Matter, state: str | None = None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what the one blocker of an event says is needed, and what there is."""
    [blocker] = _blockers(procedure, event, given, state)
    return blocker.need, blocker.have


def _blockers(procedure: Procedure, event: str, given: Matter, state: str | None) -> list[Blocker]:
    blockers = procedure.blockers(state or at(procedure, event), event, given)
    assert all(blocker.label.zh and blocker.label.en for blocker in blockers)
    return blockers
