"""What is usually said: for each event who raises it, where it leads, and a good body.

The story names only what is out of the ordinary.
"""

import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

TODAY = "today"
"""Stands for the simulated day in a body."""

MEETING = (
    "village_committee",
    "resident_team",
    "supervision_committee",
    "villager_representatives",
)
GUARANTEED = {"education": True, "medical": True, "housing": True, "water": True}
POOR = {
    "income": {"wages": "5200.00", "persons": 1},
    "at_risk": True,
    "income_stable": False,
    "guarantees": GUARANTEED,
    "children_well_off": False,
}
"""Facts under which the document says that the household must be included."""

OWNS_A_CAR = POOR | {"exclusions": [{"exclusion": "consumer_car", "holder": "member"}]}
"""Facts under which it must not."""


PLAN = (
    {
        "number": 1,
        "kind": "development",
        "what": "公益性岗位一个",
        "owner": "己联系人",
        "risk_type": "illness",
    },
    {"number": 2, "kind": "health", "what": "大病救助申请", "owner": "甲村干"},
)
"""A household's measures, each with its owner."""

CRITERIA = ("income_stable", "guarantees_consolidated", "risk_gone")


@dataclass(frozen=True, slots=True)
class Usual:
    who: str
    leads_to: str
    said: dict[str, Any] = field(default_factory=dict)


def attended_by(*groups: str) -> list[dict[str, Any]]:
    return [{"group": group, "present": 2} for group in groups]


def findings(police: str = "agrees") -> list[dict[str, str]]:
    """Return every department's verdict; only that of the police may be another."""
    return [
        {"department": "police", "field": "consumer_car", "verdict": police},
        {"department": "market_registration", "field": "enterprise", "verdict": "agrees"},
        {"department": "taxation", "field": "tax_record", "verdict": "agrees"},
        {"department": "finance", "field": "financial_assets", "verdict": "no_record"},
    ]


def criteria(*unmet: str) -> list[dict[str, Any]]:
    """Return every criterion of an elimination, met but for those named."""
    return [{"criterion": code, "met": code not in unmet} for code in CRITERIA]


USUAL = {
    "open": Usual("village", "consent", {"entry_point": "paper"}),
    "sign_consent": Usual(
        "village", "group_deliberation", {"signed_on": TODAY, "signed": True, "fingerprint": True}
    ),
    "conclude_deliberation": Usual(
        "village", "village_review", {"held_on": TODAY, "participants": 12, "opinion": "for"}
    ),
    "conclude_review": Usual(
        "village",
        "posting",
        {
            "held_on": TODAY,
            "attendance": attended_by(*MEETING),
            "object_type": "marginal",
            "facts": POOR,
        },
    ),
    "post_publicity": Usual("village", "publicity", {"place": "村务公开栏"}),
    "record_comparison": Usual("county", "publicity", {"findings": findings()}),
    "conclude_comparison": Usual("county", "publicity"),
    "object": Usual("village", "publicity", {"anonymous": True}),
    "reject_objection": Usual("village", "publicity", {"objection": 1}),
    "uphold_objection": Usual("village", "village_review", {"objection": 1}),
    "conclude_publicity": Usual("village", "village_report"),
    "report": Usual("village", "township_review"),
    "approve": Usual("township", "county_filing", {"opinion": "同意"}),
    "file": Usual("county", "announcement"),
    "announce": Usual("county", "registration", {"place": "区政府网站"}),
    "register": Usual("township", "monitored", {"basic_information_collected": True}),
    "assign_helper": Usual(
        "township",
        "planning",
        {"helper_kind": "contact", "helper_name": "己联系人", "helper_unit": "示例单位"},
    ),
    "agree_plan": Usual("township", "assisted", {"measures": PLAN}),
    "record_visit": Usual(
        "village",
        "assisted",
        {"visited_on": TODAY, "visitors": [{"name": "甲村干", "role": "village_cadre"}]},
    ),
    "record_progress": Usual("village", "assisted", {"done": False}),
    "replace_helper": Usual(
        "township",
        "assisted",
        {"helper_kind": "contact", "helper_unit": "示例单位", "helper_name": "庚联系人"},
    ),
    "propose_elimination": Usual("village", "elimination_verification"),
    "record_criteria": Usual(
        "village",
        "elimination_review",
        {"visited_on": TODAY, "visitors": ["甲村干", "甲队员"], "criteria": criteria()},
    ),
    "roll_back": Usual("village", "assisted"),
    "mark_eliminated": Usual("township", "eliminated", {"marked_on": TODAY}),
    "return_case": Usual("township", "village_review"),
    "refuse": Usual("village", "explanation_owed"),
    "explain_refusal": Usual("village", "not_qualified", {"means": "visit", "explained_on": TODAY}),
    "withdraw": Usual("village", "withdrawn"),
}

LEADS_OUT = {
    "conclude_deliberation": "elimination_posting",
    "post_publicity": "elimination_publicity",
    "conclude_publicity": "elimination_report",
    "report": "elimination_township",
    "approve": "elimination_filing",
    "file": "elimination_announcement",
    "announce": "elimination_marking",
}
"""Event -> where it leads when a risk is being eliminated."""

SCAN_WIDTH, SCAN_HEIGHT = 120, 170
WHITE, INK = 255, 60


def scanned_form() -> bytes:
    """Return a picture (PNG) of a white page with rings, as a fingerprint leaves them."""
    rows = b"".join(
        b"\0" + bytes(_shade(x, y) for x in range(SCAN_WIDTH)) for y in range(SCAN_HEIGHT)
    )
    header = struct.pack(">IIBBBBB", SCAN_WIDTH, SCAN_HEIGHT, 8, 0, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _shade(x: int, y: int) -> int:
    ring = ((x - 85) / 15) ** 2 + ((y - 135) / 20) ** 2
    return INK if ring < 1 and int(ring * 8) % 2 == 0 else WHITE


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum
