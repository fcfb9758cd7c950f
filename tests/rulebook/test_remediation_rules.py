"""What each document says of putting problems right: who, with which lists, until when.

TG 二（二）1, 三（三）, 四（二）; ZG 2（一）, 3（一）, 3（三）, 4（二）; XC 一, 五（三）;
RA 二（一）2, 二（四）3.
"""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from service.workflows.kinds import Kind
from service.workflows.matter import Acting, HouseholdFile, Matter
from service.workflows.remediation.dossier import (
    LISTS,
    Beside,
    RemediationDossier,
    RemediationEntry,
    Similar,
    told,
)
from service.workflows.remediation.events import EVENTS, STATES
from service.workflows.remediation.rules import ARROWS
from service.workflows.rulebook import Rulebook

RULEBOOK = Rulebook()
DAY, LIMIT = date(2021, 6, 16), "2021-06-20"
PHOTO, OTHER_PAPER = UUID(int=1), UUID(int=2)
EVIDENCE = {
    PHOTO: ("rectification_evidence", "a" * 64),
    OTHER_PAPER: ("minutes", "b" * 64),
}
ABOVE = {"village": ("1", "township"), "township": ("2", "county"), "county": None}
"""Level -> the next area above it, and that one's level."""

ME, ANOTHER = UUID(int=11), UUID(int=12)

SAID = {
    "report_problem": {
        "scope": "area",
        "problem_type": "employment",
        "content": "补助未及时发放",
        "source": "form",
        "found_on": "2021-06-12",
        "found_by": "甲排查",
    },
    "assign_remediation": {
        "measure": "补发补助",
        "responsible_person": "乙责任",
        "responsible_unit": "人社所",
        "time_limit_on": LIMIT,
    },
    "fix_on_the_spot": {"effect": "当场补齐", "fixed_by": "丙驻村"},
    "record_remediation": {"progress": "已补发三户"},
    "submit_remediation": {"effect": "已补发到位", "attachments": [str(PHOTO)]},
    "verify_remediation": {"verified_on": "2021-06-16", "opinion": "属实"},
    "return_remediation": {"reason": "只补发一半"},
    "raise_level": {"level": "township", "reason": "村级无力解决"},
    "hand_over": {"department": "human_resources", "reason": "属行业问题"},
    "link_similar": {"item_id": str(UUID(int=21))},
    "unlink_similar": {"reason": "情况不同"},
    "reopen": {"reason": "又拖欠"},
    "void_item": {"reason": "重复登记"},
}
"""Event -> a body that lacks nothing under Taogou's document."""

TABLE = """
    found            assign_remediation   found
    found            start_remediation    in_progress
    found            fix_on_the_spot      submitted
    found            raise_level          found
    found            hand_over            with_department
    found            link_similar         found
    found            unlink_similar       found
    found            void_item            voided
    with_department  assign_remediation   with_department
    with_department  record_remediation   with_department
    with_department  submit_remediation   submitted
    with_department  raise_level          found
    with_department  hand_over            with_department
    with_department  link_similar         with_department
    with_department  unlink_similar       with_department
    with_department  void_item            voided
    in_progress      assign_remediation   in_progress
    in_progress      record_remediation   in_progress
    in_progress      submit_remediation   submitted
    in_progress      raise_level          found
    in_progress      hand_over            with_department
    in_progress      link_similar         in_progress
    in_progress      unlink_similar       in_progress
    in_progress      void_item            voided
    submitted        verify_remediation   verified
    submitted        return_remediation   in_progress
    submitted        return_remediation   with_department
    submitted        return_remediation   found
    submitted        link_similar         submitted
    submitted        unlink_similar       submitted
    submitted        void_item            voided
    verified         strike_off           closed
    verified         return_remediation   in_progress
    verified         return_remediation   with_department
    verified         return_remediation   found
    verified         link_similar         verified
    verified         unlink_similar       verified
    verified         void_item            voided
    closed           reopen               found
    closed           link_similar         closed
    closed           unlink_similar       closed
"""


def procedure(policy_id):
    newest = RULEBOOK.newest(policy_id)
    return RULEBOOK.pinned(newest.policy.ref, Kind.REMEDIATION_ITEM)


TG, ZG = procedure("taogou-2021"), procedure("zhanggong-2021")
XC, RA = procedure("county-2022"), procedure("rongan-2022")
EVERY = (TG, ZG, XC, RA)
NAMES = {"ids": ["taogou", "zhanggong", "county", "rongan"]}


def said(event, **changes):
    return EVENTS[event].model_validate({"event": event, **SAID.get(event, {}), **changes})


def matter(body, *before, of=TG, by=None, around=None, household=None):
    """Return the matter of a problem of which these things were said before, and this one now."""
    entries = tuple(
        RemediationEntry(seq=seq, round=1, on=DAY, role="-", salt="-", body=one)
        for seq, one in enumerate((said("report_problem"), *before), 1)
    )
    return Matter(
        RemediationDossier(entries=entries),
        body,
        DAY,
        date(2021, 6, 12),
        {one: EVIDENCE[one] for one in body.attachments} if body else {},
        lists=of.policy.lists,
        household=household or HouseholdFile(),
        beside=around or Beside(level="village", above=ABOVE["village"]),
        by=by or Acting(ME, "丁核实", "township_office", "1"),
    )


def lacks(state, event, *before, of=TG, changes=None, **known):
    given = matter(said(event, **(changes or {})), *before, of=of, **known)
    found = of.blockers(state, event, given)
    assert all(blocker.label.zh and blocker.label.en for blocker in found)
    return [(blocker.code, blocker.need, blocker.cite) for blocker in found]


ASSIGNED = said("assign_remediation")
STARTED = (ASSIGNED, said("start_remediation"))
SUBMITTED = (*STARTED, said("submit_remediation"))


# The machine


def test_tg_s03_tg_s05_the_machine_has_these_moves_and_no_others():
    written = {tuple(line.split()) for line in TABLE.strip().splitlines()}

    assert {(one.source, one.event, one.target) for one in TG.moves} == written
    assert {one.event for one in TG.moves} == set(ARROWS)
    assert list(TG.states) == list(STATES)


@pytest.mark.parametrize("document", EVERY, **NAMES)
def test_every_state_leads_to_an_end_and_waits_for_somebody_on_every_level(document):
    for state in document.states:
        for level in ("village", "township", "county"):
            closed = state in document.rules.closed
            assert (document.holder(state, level=level) is None) == closed


def test_xc_x04_where_nothing_is_handed_over_no_department_has_anything():
    assert "with_department" not in XC.states
    assert "hand_over" not in {one.event for one in XC.moves}


@pytest.mark.parametrize("document", EVERY, **NAMES)
def test_the_office_of_a_level_is_the_first_that_reaches_it(document):
    held = [document.holder("found", level=level) for level in ("village", "township", "county")]

    assert held[:2] == ["village_committee", "township_office"]
    assert document.policy.roles[held[2]].level == "county"


# The four lists


@pytest.mark.parametrize("document", [TG, ZG], ids=["TG-S05", "ZG-S04"])
def test_tg_s05_zg_s04_zg_f08_work_begins_with_four_lists_each_of_which_is_named(document):
    """B.4 no. 14."""
    cite = {TG: "TG-S05 TG-S03 TG-A02", ZG: "ZG-S04 ZG-F08"}[document]

    assert lacks("found", "start_remediation", of=document) == [
        ("list_missing", (name,), cite) for name in LISTS
    ]
    assert lacks("found", "start_remediation", ASSIGNED, of=document) == []
    for name in LISTS:
        others = {one: None for one in LISTS if one != name}
        partly = said("assign_remediation", **others)
        missing = {need for _, (need,), _ in lacks("found", "start_remediation", partly)}
        assert missing == set(LISTS) - {name}


def test_what_was_assigned_part_by_part_is_whole():
    parts = [
        said("assign_remediation", **{one: None for one in LISTS if one != name}) for name in LISTS
    ]

    assert lacks("found", "start_remediation", *parts) == []


@pytest.mark.parametrize("document", [XC, RA], ids=["XC-X04", "RA-A01"])
def test_xc_x04_ra_a01_at_once_means_that_no_list_stands_before_the_work(document):
    assert lacks("found", "start_remediation", of=document) == []
    assert document.policy.remediation_item.time_limit == "at_once"
    [limit] = document.rules.time_limits
    assert limit.amount is None
    assert limit.is_told


@pytest.mark.parametrize(
    ("document", "cite"), [(TG, "TG-S07"), (ZG, "ZG-S01"), (XC, "XC-X04"), (RA, "RA-A01")], **NAMES
)
def test_tg_s07_xc_x04_ra_a01_what_can_be_is_put_right_on_the_spot(document, cite):
    rule = document.rule("found", "fix_on_the_spot")

    assert (rule.cite, rule.requires) == (cite, ())
    assert {"village_committee", "resident_team", "township_office"} <= set(rule.by)


# Somebody else verifies


@pytest.mark.parametrize("document", EVERY, **NAMES)
@pytest.mark.parametrize(
    ("name", "hands", "refused"),
    [
        pytest.param("丁核实", (), False, id="somebody else"),
        pytest.param("乙责任", (), True, id="who answers for it"),
        pytest.param("丁核实", (ME,), True, id="who submitted it"),
        pytest.param("丁核实", (ANOTHER,), False, id="another submitted it"),
    ],
)
def test_dx_41_nobody_verifies_what_was_their_own(document, name, hands, refused):
    """B.4 no. 15."""
    found = lacks(
        "submitted",
        "verify_remediation",
        *SUBMITTED,
        of=document,
        by=Acting(ME, name, "township_office", "1"),
        around=Beside(hands=frozenset(hands)),
    )

    assert found == ([("verifier_rectified", (), "DX-41")] if refused else [])


def test_dx_41_nor_does_who_put_it_right_on_the_spot():
    found = lacks(
        "submitted",
        "verify_remediation",
        said("fix_on_the_spot"),
        by=Acting(ME, "丙驻村", "township_office", "1"),
    )

    assert found == [("verifier_rectified", (), "DX-41")]


@pytest.mark.parametrize("document", EVERY, **NAMES)
@pytest.mark.parametrize("attached", [(), (OTHER_PAPER,)], ids=["nothing", "another paper"])
def test_dx_42_a_submission_comes_with_evidence(document, attached):
    changes = {"attachments": [str(one) for one in attached]}

    assert lacks("in_progress", "submit_remediation", *STARTED, of=document, changes=changes) == [
        ("evidence_missing", ("rectification_evidence",), "DX-42")
    ]


# Until when


def test_tg_d11_zg_s04_the_limit_is_the_day_that_was_set_for_the_item():
    for document, cite in ((TG, "TG-D11"), (ZG, "ZG-S04 ZG-F08")):
        limit = document.limit("time_limit_of_the_item")
        assert (limit.unit, limit.on, limit.from_day) == ("date", None, "time_limit_on")
        assert limit.cite == cite
        assert set(limit.ends) == {"submit_remediation", "fix_on_the_spot"}


def test_zg_s04_everything_is_put_right_by_the_end_of_the_concentrated_phase():
    limit = ZG.limit("all_put_right")

    assert (limit.on, limit.cite, limit.starts) == (
        date(2021, 4, 30),
        "ZG-S04",
        ("report_problem",),
    )


@pytest.mark.parametrize("document", EVERY, **NAMES)
@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        pytest.param({"time_limit_on": "2021-06-24"}, True, id="a later day"),
        pytest.param({"time_limit_on": "2021-06-18"}, True, id="an earlier day"),
        pytest.param({"time_limit_on": "2021-06-24", "reason": "未到账"}, False, id="and why"),
        pytest.param({"time_limit_on": LIMIT}, False, id="the same day"),
        pytest.param({"time_limit_on": None}, False, id="none"),
    ],
)
def test_dx_43_another_limit_has_its_reason(document, changes, refused):
    found = lacks("in_progress", "assign_remediation", *STARTED, of=document, changes=changes)

    assert [code for code, *_ in found] == ["new_limit_reason_missing"] * refused


# Where it lies, where it goes


@pytest.mark.parametrize("document", EVERY, **NAMES)
@pytest.mark.parametrize(
    ("level", "to", "code"),
    [
        ("village", "township", None),
        ("township", "county", None),
        ("village", "village", "level_not_above"),
        ("village", "county", "level_not_above"),
        ("township", "village", "level_not_above"),
        ("township", "township", "level_not_above"),
        ("county", "county", "no_level_above"),
        ("county", "village", "no_level_above"),
    ],
)
def test_dx_44_a_problem_goes_up_one_level_and_never_down(document, level, to, code):
    around = Beside(level=level, above=ABOVE[level])

    found = lacks("found", "raise_level", of=document, around=around, changes={"level": to})

    assert [(one, cite) for one, _, cite in found] == ([(code, "DX-44")] if code else [])


def test_dx_44_a_village_right_below_the_county_raises_to_it():
    around = Beside(level="village", above=("2", "county"))

    assert lacks("found", "raise_level", around=around, changes={"level": "county"}) == []
    given = matter(said("raise_level", level="county"), around=around)
    assert TG.rules.outcome(given) == {"area_code": "2"}


@pytest.mark.parametrize("event", ["raise_level", "hand_over"])
def test_dx_44_whoever_takes_it_on_says_anew_who_answers_for_it(event):
    given = matter(None, *STARTED, said(event)).dossier

    assert given.still_to_state == ["responsible_person", "responsible_unit"]


@pytest.mark.parametrize(
    ("changes", "around", "code"),
    [
        ({"scope": "household"}, Beside(level="village"), "scope_unfit"),
        ({"level": "county"}, Beside(level="village"), "level_unfit"),
        ({}, Beside(level="city"), "level_unfit"),
        ({}, Beside(level="village", campaign="drafted"), "campaign_not_open"),
        ({}, Beside(level="village", campaign="archived"), "campaign_not_open"),
        ({}, Beside(level="village", campaign="under_way"), None),
        ({}, Beside(level="village", campaign="concluded"), None),
    ],
)
def test_a_problem_lies_where_there_are_problems_and_in_a_campaign_that_takes_them(
    changes, around, code
):
    found = lacks("", "report_problem", around=around, changes=changes)

    assert [one for one, *_ in found] == ([code] if code else [])


def test_a_problem_of_a_household_is_a_households():
    there = {"around": Beside(level="village"), "household": HouseholdFile(id=ME)}

    assert lacks("", "report_problem", changes={"scope": "household"}, **there) == []
    assert [code for code, *_ in lacks("", "report_problem", **there)] == ["scope_unfit"]


@pytest.mark.parametrize(
    ("document", "event", "cite"),
    [(TG, "hand_over", "TG-S03"), (ZG, "hand_over", "ZG-F07"), (RA, "hand_over", "RA-C06")],
    ids=["TG-S03", "ZG-F07", "RA-C06"],
)
def test_zg_f07_a_department_keeps_its_own_problems_until_it_submits_them(document, event, cite):
    assert document.rule("found", event).cite == cite
    role = document.holder("with_department")
    assert "department" in role
    submits = document.rule("with_department", "submit_remediation")
    assert submits.by[0] == role
    records = document.rule("with_department", "record_remediation")
    assert role in records.by


@pytest.mark.parametrize(
    ("before", "target"),
    [
        pytest.param(STARTED, "in_progress", id="the lists stand"),
        pytest.param((), "found", id="it was put right on the spot, without lists"),
        pytest.param((*STARTED, said("hand_over")), "with_department", id="with a department"),
        pytest.param((*STARTED, said("reopen")), "found", id="it had come back"),
    ],
)
def test_what_is_not_put_right_goes_back_to_where_work_goes_on(before, target):
    given = matter(said("return_remediation"), *before)

    assert TG.move("submitted", "return_remediation", given, []) == target


# Back again, alike


@pytest.mark.parametrize(
    ("document", "cite"),
    [
        (TG, "TG-S07 DX-46"),
        (ZG, "ZG-X02"),
        (XC, "XC-X05 DX-46"),
        (RA, "RA-A01 DX-46"),
    ],
    **NAMES,
)
def test_zg_x02_dx_46_what_comes_back_is_reopened_and_every_list_drawn_up_anew(document, cite):
    assert document.rule("closed", "reopen").cite == cite
    dossier = matter(None, *SUBMITTED, said("reopen")).dossier

    assert dossier.still_to_state == list(LISTS)
    assert dossier.day("time_limit_on") is None


@pytest.mark.parametrize(("document", "cite"), [(TG, "TG-S10"), (ZG, "ZG-X02")], ids=["TG", "ZG"])
def test_tg_s10_zg_x02_similar_problems_are_linked(document, cite):
    near = Similar(UUID(int=21), frozenset({"1"}))
    free = Beside(similar=near)

    assert lacks("found", "link_similar", of=document, around=free) == []
    for around, code in (
        (replace(free, similar=None), "item_unknown"),
        (replace(free, similar=replace(near, areas=frozenset({"2"}))), "item_unknown"),
        (replace(free, is_linked=True), "linked_already"),
        (replace(free, heads=True), "others_linked_to_it"),
    ):
        assert lacks("found", "link_similar", of=document, around=around) == [(code, (), cite)]
    assert lacks("found", "unlink_similar", of=document) == [("not_linked", (), cite)]
    assert lacks("found", "unlink_similar", of=document, around=Beside(is_linked=True)) == []


@pytest.mark.parametrize("document", [XC, RA], ids=["XC", "RA"])
def test_what_a_document_does_not_ask_to_be_linked_is_not(document):
    assert "link_similar" not in {one.event for one in document.moves}


@pytest.mark.parametrize("document", EVERY, **NAMES)
def test_xc_x05_dx_47_nothing_is_hidden_a_wrong_entry_is_void_with_its_reason(document):
    rule = document.rule("found", "void_item")

    assert "DX-47" in rule.cite.split()
    assert "village_committee" not in rule.by
    assert EVENTS["void_item"].model_fields["reason"].is_required()


# Where problems come from


@pytest.mark.parametrize(
    ("document", "sources"),
    [
        (
            TG,
            {
                "form": "TG-S02",
                "department_check": "TG-S02",
                "earlier_appraisal": "TG-S10",
                "spot_check": "TG-A03",
                "complaint": "TG-C08",
            },
        ),
        (ZG, {"form": "ZG-S01", "spot_check": "ZG-S03", "department_check": "ZG-F07"}),
        (XC, {"form": "XC-X01", "complaint": "XC-X03", "covert_inspection": "XC-X06"}),
        (
            RA,
            {
                "form": "RA-D05 RA-V01",
                "cross_check": "RA-D18",
                "covert_inspection": "RA-D20",
                "department_warning": "RA-C06",
                "files_checked": "RA-D22",
            },
        ),
    ],
    **NAMES,
)
def test_tg_s10_ra_a01_each_document_lists_where_its_problems_come_from(document, sources):
    listed = document.policy.lists["problem_sources"]

    assert {one.code: one.cite for one in listed} == sources
    found = lacks("", "report_problem", of=document, changes={"source": "hearsay"})
    assert "not_listed" in {code for code, *_ in found}


@pytest.mark.parametrize("policy_id", ["shiquan-2020", "national-2022"])
def test_a_document_without_problems_to_put_right_has_none(policy_id):
    assert Kind.REMEDIATION_ITEM not in RULEBOOK.newest(policy_id).policy.kinds


# What stands in the ledger


@pytest.mark.parametrize("event", [one for one in EVENTS if one != "report_problem"])
def test_what_an_event_leaves_in_the_ledger_is_what_the_dossier_tells(event):
    before = matter(None, *STARTED).dossier.ledger
    after = matter(None, *STARTED, said(event)).dossier.ledger

    assert after == before | told(said(event))
