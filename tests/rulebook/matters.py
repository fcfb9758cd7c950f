"""Cases as the rulebook sees them: what has been said, what is said now, on which day.

`said` gives a good body for every event of the Taogou procedure; changes make it a bad one.
"""

from datetime import date
from uuid import UUID

from service.blockers import Blocker
from service.workflows.machine import Procedure
from service.workflows.monitoring.dossier import Dossier, Entry
from service.workflows.monitoring.events import EVENTS
from service.workflows.monitoring.statement import Event
from service.workflows.monitoring.matter import Matter
from service.workflows.monitoring.stages import STATES

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


def findings(**verdicts: str) -> list[dict[str, str]]:
    """Return what every department found: agreement, but for the verdicts given."""
    return [
        {"department": department, "field": field, "verdict": verdicts.get(department, "agrees")}
        for department, field in DEPARTMENTS.items()
    ]


GOOD = {
    "open": {"entry_point": "paper"},
    "sign_consent": {
        "signed_on": "2021-06-04",
        "signed": True,
        "fingerprint": True,
        "attachments": [str(FORM)],
    },
    "conclude_deliberation": {
        "held_on": "2021-06-05",
        "participants": 12,
        "opinion": "for",
    },
    "conclude_review": {
        "held_on": "2021-06-08",
        "attendance": [{"group": group, "present": 2} for group in GROUPS],
        "object_type": "marginal",
        "facts": POOR,
    },
    "post_publicity": {"place": "村务公开栏"},
    "record_comparison": {"findings": findings()},
    "conclude_comparison": {
        "conclusion": "explained",
        "officer": "戊区干",
        "reason": "车辆已报废注销",
    },
    "object": {"anonymous": True, "statement": "该户有收入未申报"},
    "reject_objection": {"objection": 1, "reason": "经核实不属实"},
    "uphold_objection": {"objection": 1, "reason": "经核实属实，重新评议"},
    "conclude_publicity": {},
    "report": {},
    "approve": {"opinion": "同意"},
    "file": {"filing_number": "2021-001"},
    "announce": {"place": "区政府网站"},
    "register": {"system_number": "N-1", "basic_information_collected": True},
    "assign_helper": {
        "helper_kind": "contact",
        "helper_name": "己联系人",
        "helper_unit": "示例单位",
    },
    "return_case": {"to": "consent", "reason": "材料不全", "to_fix": ["补充收入证明"]},
    "refuse": {"reason": "收入稳定，不符合条件", "facts": WELL},
    "explain_refusal": {
        "means": "visit",
        "explained_on": "2021-06-09",
        "explained_to": "张某",
    },
    "withdraw": {"reason": "农户自愿撤回"},
}


def said(event: str, **changes: object) -> Event:
    """Return an event's good body, changed as told."""
    return EVENTS[event].model_validate({"event": event, **GOOD[event], **changes})


REVIEWED = ("open", "sign_consent", "conclude_deliberation", "conclude_review")
POSTED = (*REVIEWED, "post_publicity")
COMPARED = (*POSTED, "record_comparison")

BEFORE = {
    "conclude_comparison": (
        *POSTED,
        said("record_comparison", findings=findings(police="differs")),
    ),
    "reject_objection": (*COMPARED, "object"),
    "uphold_objection": (*COMPARED, "object"),
}
"""Event -> what was said before it, where the common course of a case does not allow it."""


def matter(
    taogou: Procedure,
    body: Event | None,
    *before: str | Event,
    today: date = TODAY,
    opened_on: date = APPLIED_ON,
) -> Matter:
    """Return a case in which some events were said before, and one is said now."""
    bodies = (said(event) if isinstance(event, str) else event for event in before)
    entries = tuple(
        Entry(seq=seq, round=1, on=today, role="village_committee", salt="", body=one)
        for seq, one in enumerate(bodies, 1)
    )
    return Matter(
        dossier=Dossier(entries=entries),
        body=body,
        today=today,
        opened_on=opened_on,
        eligibility=taogou.rules.eligibility,
        evidence={one: KINDS[one] for one in (body.attachments if body else ()) if one in KINDS},
    )


def a_good_matter(taogou: Procedure, event: str, **changes: object) -> Matter:
    """Return a case in which nothing stands in the way of an event."""
    return matter(taogou, said(event, **changes), *BEFORE.get(event, COMPARED))


AT = {
    "open": "",
    "uphold_objection": "publicity",
    "return_case": "registration",
    "refuse": "township_review",
    "explain_refusal": "explanation_owed",
    "withdraw": "registration",
}
"""Event -> a state it is raised in, where it is not the only one."""


def found(taogou: Procedure, event: str, given: Matter) -> list[tuple[str, str | None]]:
    """Return the code and the provision of everything that an event lacks."""
    return [(blocker.code, blocker.cite) for blocker in _blockers(taogou, event, given)]


def needs(taogou: Procedure, event: str, given: Matter) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what the one blocker of an event says is needed, and what there is."""
    [blocker] = _blockers(taogou, event, given)
    return blocker.need, blocker.have


def _blockers(taogou: Procedure, event: str, given: Matter) -> list[Blocker]:
    state = AT.get(event) or next((s for s in STATES if event in taogou.events_at(s)), "")
    blockers = taogou.blockers(state, event, given)
    assert all(blocker.label.zh and blocker.label.en for blocker in blockers)
    return blockers
