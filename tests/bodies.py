"""A good body for every event: accepted wherever the sample district's document has the event.

Events that other documents have are here too, well-formed, so that they can be refused for
what they are.
"""

from typing import Any

Body = dict[str, Any]

MEETING = (
    "village_committee",
    "resident_team",
    "supervision_committee",
    "villager_representatives",
)
DEPARTMENTS = ("police", "market_registration", "taxation", "finance")
CRITERIA = ("income_stable", "guarantees_consolidated", "risk_gone")
GUARANTEED = {"education": True, "medical": True, "housing": True, "water": True}
FACTS = {
    "income": {"wages": "5200.00", "persons": 1},
    "at_risk": True,
    "income_stable": False,
    "guarantees": GUARANTEED,
    "children_well_off": False,
}
WELL_OFF = FACTS | {"income": {"wages": "20000", "persons": 1}, "at_risk": False}


def findings(**hits: str) -> list[dict[str, str]]:
    """Return every department's verdict: agreeing, but for the hits (`police="differs"`)."""
    fields = dict(
        zip(
            DEPARTMENTS,
            ("consumer_car", "enterprise", "tax_record", "financial_assets"),
            strict=True,
        )
    )
    return [
        {"department": department, "field": field, "verdict": hits.get(department, "agrees")}
        for department, field in fields.items()
    ]


def helper(**changes: Any) -> Body:
    """Return a helper of the kind that a household on the margin is given, changed as told."""
    named = {"helper_kind": "contact", "helper_name": "己联系人", "helper_unit": "示例单位"}
    return named | changes


def measure(number: int = 1, **changes: Any) -> Body:
    """Return one measure of a plan, changed as told."""
    usual = {"number": number, "kind": "development", "what": "公益岗位", "owner": "己联系人"}
    return usual | changes


def criteria(**met: bool) -> list[Body]:
    """Return each criterion of the document, met, but for those named (`risk_gone=False`)."""
    return [{"criterion": code, "met": met.get(code, True)} for code in CRITERIA]


def entry_bodies(today: str) -> dict[str, Body]:
    """Return what is said from the clue to the registration."""
    return {
        "take_up_clue": {},
        "hand_to_department": {"department": "finance", "reason": "行业性风险"},
        "record_verification": {"visited_on": today, "visitors": ["甲村干"], "at_risk": True},
        "sign_consent": {"signed_on": today, "signed": True, "fingerprint": True},
        "conclude_deliberation": {"held_on": today, "participants": 12, "opinion": "for"},
        "conclude_review": {
            "held_on": today,
            "attendance": [{"group": group, "present": 2} for group in MEETING],
            "object_type": "marginal",
            "facts": FACTS,
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
        "object": {"anonymous": True, "statement": "该户有收入未申报"},
        "reject_objection": {"objection": 1, "reason": "经核实不属实"},
        "uphold_objection": {"objection": 1, "reason": "经核实属实，重新评议"},
        "approve": {"opinion": "同意"},
        "file": {"filing_number": "2021-001"},
        "announce": {"place": "区政府网站"},
        "register": {"system_number": "N-1", "basic_information_collected": True},
        "notify_household": {"means": "visit", "told_on": today, "told_to": "张某"},
    }


def assistance_bodies(today: str) -> dict[str, Body]:
    """Return what is said while a household is helped, and when its risk is gone."""
    return {
        "assign_helper": helper(),
        "add_helper": helper(helper_kind="responsible", helper_name="辛责任人"),
        "replace_helper": helper(helper_name="庚联系人", ground="retirement"),
        "agree_plan": {"measures": [measure()]},
        "revise_plan": {"measures": [measure(), measure(2, kind="health")], "reason": "新增需求"},
        "record_progress": {"measure": 1, "done": False, "progress": "已上岗"},
        "record_visit": {
            "visited_on": today,
            "visitors": [{"name": "己联系人", "role": "helper"}],
        },
        "collect_change": {"changed_on": today, "change": "长子外出务工"},
        "propose_elimination": {"reason": "收入稳定，风险已解除"},
        "record_criteria": {
            "visited_on": today,
            "visitors": ["甲村干"],
            "criteria": criteria(),
        },
        "mark_eliminated": {"marked_on": today},
        "hold": {"ground": "weak_stability", "reason": "务工收入尚不稳定"},
        "lift_hold": {"reason": "收入已连续稳定"},
        "roll_back": {"reason": "收入再次下降"},
        "end_naturally": {"ground": "moved_away", "ended_on": today, "reason": "整户迁出"},
    }


def side_bodies(today: str) -> dict[str, Body]:
    """Return what is said to send a case back, and to end it before its time."""
    return {
        "return_case": {"to": "village_review", "reason": "材料不全", "to_fix": ["补充收入证明"]},
        "refuse": {"reason": "收入稳定，不符合条件", "facts": WELL_OFF},
        "explain_refusal": {"means": "visit", "explained_on": today, "explained_to": "张某"},
        "withdraw": {"reason": "农户自愿撤回"},
    }


def campaign_bodies(today: str) -> dict[str, Body]:
    """Return what is said of a campaign, from its draft to its end."""
    window = {"phase": "field", "first": "2021-06-10", "last": "2021-06-15"}
    return {
        "draft_campaign": {
            "title": "集中排查",
            "first_day": "2021-06-08",
            "last_day": "2021-06-26",
            "windows": [window],
            "contact": {"office": "乡村振兴办", "name": "丁经办", "telephone": "0557-0000000"},
        },
        "announce_campaign": {"announced_on": today},
        "change_window": {"window": window, "last_day": "2021-06-28", "reason": "连日降雨"},
        "start_campaign": {},
        "allow_late": {"area_code": "341302901201", "until": "2021-06-17", "reason": "道路中断"},
        "excuse": {"numbers": [1, 2], "reason": "整户外出"},
        "take_back_excuse": {"numbers": [2], "reason": "已返乡"},
        "conclude_campaign": {"summary": "总结"},
        "archive_campaign": {},
        "cancel_campaign": {"reason": "上级统一安排"},
    }


def paper_bodies(today: str) -> dict[str, Body]:
    """Return what is said of a paper that a unit owes, and of a supervision of units."""
    signed = {"files": ["a" * 64]}
    village = "341302901201"
    return {
        "draft_deliverable": {"summary": "全面排查情况"},
        "sign_deliverable": {
            "signer": "丙书记",
            "office": "party_leader",
            "signed_on": today,
            **signed,
        },
        "seal_deliverable": {"seal": "party_seal", "sealed_on": today, **signed},
        "submit_deliverable": {},
        "accept_deliverable": {},
        "return_deliverable": {"reason": "数据不一致", "due_on": "2021-06-28"},
        "release_deliverable": {"reason": "不涉及"},
        "plan_supervision": {
            "method": "inspection",
            "units": [{"unit": village, "checked_by": "341302901202"}],
            "by_unit": "乡党委",
            "team": ["甲督查"],
            "first_day": today,
            "last_day": today,
        },
        "record_check": {
            "unit": village,
            "checked_on": today,
            "checked_by": ["甲督查"],
            "result": "台账齐全",
            "findings": [{"problem_type": "employment", "content": "补助未及时发放"}],
        },
        "excuse_unit": {"unit": village, "reason": "整村搬迁"},
        "issue_circular": {
            "number": "通报4号",
            "issued_on": today,
            "unit": village,
            "department": "水利站",
            "person": "丁某",
            "content": "整改不及时",
        },
        "record_sanction": {
            "sanction": "called_to_account",
            "number": "决定7号",
            "decided_on": today,
            "decided_by": "乡党委",
            "unit": village,
            "department": "水利站",
            "person": "丁某",
            "reason": "工作不力",
        },
        "conclude_supervision": {"summary": "已查完"},
        "call_off": {"reason": "防汛"},
    }


def remediation_bodies(today: str) -> dict[str, Body]:
    """Return what is said of a problem that was found, until it is struck off."""
    return {
        "report_problem": {
            "scope": "area",
            "level": "village",
            "problem_type": "employment",
            "risk_type": "other",
            "content": "公益性岗位1季度补助未及时发放",
            "source": "form",
            "found_on": today,
            "found_by": "甲排查",
            "item": "7.04",
        },
        "assign_remediation": {
            "measure": "补发1季度补助",
            "responsible_person": "乙责任",
            "responsible_unit": "人社所",
            "time_limit_on": today,
        },
        "fix_on_the_spot": {"effect": "当场补齐", "fixed_by": "丙驻村"},
        "record_remediation": {"progress": "已补发三户"},
        "submit_remediation": {"effect": "已补发到位"},
        "verify_remediation": {"verified_on": today, "opinion": "现场核实属实"},
        "return_remediation": {"reason": "只补发一半"},
        "raise_level": {"level": "township", "reason": "村级无力解决"},
        "hand_over": {"department": "human_resources", "reason": "属行业问题"},
        "link_similar": {"item_id": "017a0000-0000-7000-8000-000000000000"},
        "unlink_similar": {"reason": "情况不同"},
        "reopen": {"reason": "又拖欠一个季度"},
        "void_item": {"reason": "重复登记", "entered_twice": True},
    }


def inspection_bodies(today: str) -> dict[str, Body]:
    """Return what is said with a form, from handing it in to voiding it."""
    answers = [{"item": "4.01", "has_problem": True, "value": None, "text": "水量不足"}]
    return {
        "fill_form": {
            "checklist": "household_survey",
            "department": "水利站",
            "visited_on": today,
            "visitors": [{"name": "甲队员", "role": "resident_team"}],
            "answers": answers,
            "signed": True,
        },
        "correct_form": {"answers": answers, "signed": True},
        "return_form": {"reason": "内容不具体"},
        "accept_form": {},
        "void_form": {"reason": "填错户"},
    }
