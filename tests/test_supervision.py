"""Spot-checks, cross-checks and unannounced inspections over HTTP, and what follows from them.

ZG 3（二）: every village, within the phase. RA 二（四）3, 三（三）: townships look at each other,
and the county comes every month, with a circular that names unit and person. What each document
says of them is proved in `rulebook/test_supervision_rules.py`.
"""

from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from campaign_days import Campaigns
from county import AREAS
from district import codes
from sqlmodel import Session, select
from supervising import Supervisions

from service import cases, invariants
from service.errors import RequirementsNotMet
from service.store.areas import Area, AreaLevel, add_area
from service.store.cases import Case
from service.store.people import Position
from service.workflows.supervision.events import RecordSanction

VILLAGE, NEIGHBOUR = AREAS["village"], "990101001301"
TOWN, OTHER_TOWN = AREAS["township"], "990101002000"
GROUP, DEPARTMENT = "county_task_group", "sector_department"


def more_units(session: Session) -> None:
    """Add a second village to the township, and a second township."""
    places = (
        (NEIGHBOUR, "示例二村", AreaLevel.VILLAGE, TOWN),
        (OTHER_TOWN, "示例二乡", AreaLevel.TOWNSHIP, AREAS["county"]),
    )
    for code, name, level, above in places:
        add_area(session, Area(code=code, name=name, level=level, parent_code=above))


@pytest.fixture
def at_work(under):
    """Return what puts an office of a document to work: `at_work(document, office, day)`."""

    def of(document: str, office: str, day: str) -> Supervisions:
        county = under(document)
        county.district.change(more_units)
        county.on(day)
        return Supervisions(county, office)

    return of


@pytest.fixture
def rongan(at_work) -> Supervisions:
    return at_work("rongan-2022", GROUP, "2022-04-12")


PROBLEM = {"problem_type": "guarantees", "content": "饮水不稳定"}


# Zhanggong: the spot-check of every village


@pytest.fixture
def zhanggong(at_work) -> Supervisions:
    return at_work("zhanggong-2021", "district_office", "2021-04-02")


def test_zg_s03_zg_c03_zg_r11_the_spot_check_from_its_plan_to_its_end(zhanggong):
    county = zhanggong.county
    campaign = Campaigns(county).under_way()
    left_out = zhanggong.try_plan("spot_check", VILLAGE, campaign_id=campaign.id)
    assert [(b["code"], b["need"]) for b in left_out.json()["blockers"]] == [
        ("unit_left_out", NEIGHBOUR)
    ]
    case = zhanggong.plan("spot_check", VILLAGE, NEIGHBOUR, campaign_id=campaign.id)

    county.refused(
        DEPARTMENT,
        case,
        "record_check",
        "check_outside_phase ZG-S03 ZG-C03",
        **zhanggong.seen(VILLAGE),
    )
    county.on("2021-04-13")
    zhanggong.check(case, VILLAGE, role=DEPARTMENT)
    missing = county.refused(
        "district_office",
        case,
        "conclude_supervision",
        "units_not_checked ZG-S03 ZG-C03",
        summary="已抽查",
    )
    assert missing["blockers"][0]["need"] == NEIGHBOUR
    county.on("2021-04-22", 23)
    zhanggong.check(case, NEIGHBOUR, role=DEPARTMENT)
    county.act("district_office", case, "conclude_supervision", summary="已抽查全部村")

    seen = zhanggong.read(case)
    assert (seen["state"], seen["units"], seen["checked"]) == ("concluded", 2, 2)
    assert seen["campaign_id"] == campaign.id


def test_zg_s03_a_spot_check_belongs_to_a_campaign_that_has_the_phase(zhanggong):
    refused = zhanggong.try_plan("spot_check", VILLAGE, NEIGHBOUR)

    assert codes(refused.json()) == {"campaign_without_phase"}


def test_zg_c03_a_village_that_is_not_looked_at_is_excused_with_a_reason(zhanggong):
    campaign = Campaigns(zhanggong.county).under_way()
    case = zhanggong.plan("spot_check", VILLAGE, NEIGHBOUR, campaign_id=campaign.id)
    zhanggong.county.on("2021-04-13")
    zhanggong.check(case, VILLAGE)

    zhanggong.county.act(
        "district_office", case, "excuse_unit", unit=NEIGHBOUR, reason="整村已搬迁"
    )
    zhanggong.county.act("district_office", case, "conclude_supervision", summary="已抽查")

    units = {one["area_code"]: one for one in zhanggong.read(case)["unit_list"]}
    assert units[NEIGHBOUR]["standing"] == "excused"
    assert units[NEIGHBOUR]["reason"] == "整村已搬迁"
    assert units[VILLAGE]["checked_on"] == "2021-04-13"


def test_zg_x04_what_is_found_counts_in_the_assessment_of_the_year(zhanggong):
    campaign = Campaigns(zhanggong.county).under_way()
    case = zhanggong.plan("spot_check", VILLAGE, NEIGHBOUR, campaign_id=campaign.id)
    zhanggong.county.on("2021-04-13")
    zhanggong.check(case, VILLAGE)

    zhanggong.county.act(
        "district_office", case, "record_sanction", **zhanggong.decision("assessment", VILLAGE)
    )

    assert [one["kind"] for one in zhanggong.sanctions()] == ["assessment"]


# Rong'an: cross-checks


PAIRS = (
    {"unit": TOWN, "checked_by": OTHER_TOWN},
    {"unit": OTHER_TOWN, "checked_by": TOWN},
)


def test_ra_d18_townships_look_at_each_other_in_april(rongan):
    case = rongan.plan("cross_check", *PAIRS)

    rongan.check(case, TOWN)
    rongan.check(case, OTHER_TOWN)
    rongan.county.act(GROUP, case, "conclude_supervision", summary="交叉检查完成")

    units = {one["area_code"]: one["checked_by"] for one in rongan.read(case)["unit_list"]}
    assert units == {TOWN: OTHER_TOWN, OTHER_TOWN: TOWN}


def test_ra_d18_no_unit_looks_at_itself(rongan):
    refused = rongan.try_plan("cross_check", {"unit": TOWN, "checked_by": TOWN})

    assert [(b["code"], b["cite"]) for b in refused.json()["blockers"]] == [
        ("unit_checks_itself", "RA-D18")
    ]


def test_ra_d18_not_in_may(rongan):
    case = rongan.plan("cross_check", *PAIRS)
    rongan.county.on("2022-05-01")

    rongan.county.refused(
        GROUP, case, "record_check", "check_outside_months RA-D18", **rongan.seen(TOWN)
    )


def test_ra_d18_a_township_lets_its_own_villages_look_at_each_other(rongan):
    office = "township_office"
    pairs = (
        {"unit": VILLAGE, "checked_by": NEIGHBOUR},
        {"unit": NEIGHBOUR, "checked_by": VILLAGE},
    )
    case = rongan.plan("cross_check", *pairs, role=office)

    for unit in (VILLAGE, NEIGHBOUR):
        rongan.check(case, unit, role=office)
    rongan.county.act(office, case, "conclude_supervision", summary="村与村交叉检查完成")

    assert case.state == "concluded"


def test_ra_d18_a_township_cannot_plan_for_another(rongan):
    refused = rongan.try_plan("cross_check", *PAIRS, role="township_office")

    assert codes(refused.json()) >= {"unit_not_fitting"}
    elsewhere = rongan.try_plan(
        "township_check", VILLAGE, role="township_office", area_code=OTHER_TOWN
    )
    assert elsewhere.status_code == 404


def test_ra_a01_what_a_check_finds_is_to_be_put_right_by_unit_or_household(rongan):
    household = rongan.county.household("village_committee", "lifted_out")
    case = rongan.plan("cross_check", *PAIRS)

    rongan.check(case, TOWN, PROBLEM, {**PROBLEM, "household_id": household})

    items = rongan.items()
    assert [(one.area_code, str(one.household_id or "")) for one in items] == [
        (TOWN, ""),
        (VILLAGE, household),
    ]
    said = [one.dossier[0]["body"] for one in items]
    assert [(one["scope"], one["level"]) for one in said] == [
        ("area", "township"),
        ("household", None),
    ]
    assert {one["source"] for one in said} == {"cross_check"}
    assert {one["found_by"] for one in said} == {"甲某"}
    assert rongan.read(case)["problems"] == 2


def test_ra_a01_a_problem_that_the_ledger_would_not_take_leaves_no_check(rongan):
    case = rongan.plan("cross_check", *PAIRS)
    unknown = {**PROBLEM, "problem_type": "weather"}

    rongan.county.refused(GROUP, case, "record_check", **rongan.seen(TOWN, PROBLEM, unknown))

    assert rongan.items() == []
    assert rongan.read(case)["checked"] == 0


# Rong'an: the monthly inspection


def test_ra_d20_ra_r12_ra_a03_the_monthly_inspection_names_unit_and_person(rongan):
    case = rongan.plan("unannounced", VILLAGE)
    rongan.check(case, VILLAGE, PROBLEM)

    rongan.county.refused(
        GROUP, case, "conclude_supervision", "act_missing RA-D20 RA-A03", summary="4月暗访"
    )
    rongan.county.refused(
        GROUP,
        case,
        "issue_circular",
        "field_missing RA-D20 RA-A03",
        number="通报2022-4号",
        issued_on=rongan.county.today,
        unit=VILLAGE,
        content="短板",
    )
    rongan.issue(case, VILLAGE, person="丙某")
    rongan.county.act(GROUP, case, "conclude_supervision", summary="4月暗访")

    (told,) = rongan.sanctions(unit=VILLAGE)
    assert (told["kind"], told["number"], told["person"]) == ("circular", "通报2022-4号", "丙某")


def test_ra_a01_ra_a02_ra_a03_who_got_what_is_found_by_unit_person_kind_and_day(rongan):
    case = rongan.plan("unannounced", VILLAGE, NEIGHBOUR)
    rongan.check(case, VILLAGE, PROBLEM)
    rongan.check(case, NEIGHBOUR)
    rongan.issue(case, VILLAGE, person="丙某")
    rongan.county.on("2022-04-20")
    for sanction, unit in (("points_off", VILLAGE), ("summons", NEIGHBOUR)):
        rongan.county.act(GROUP, case, "record_sanction", **rongan.decision(sanction, unit))
    rongan.county.act(
        GROUP,
        case,
        "record_sanction",
        **rongan.decision("held_to_account", AREAS["county"], department="水利局"),
    )

    def kinds(**asked: Any) -> list[str]:
        return [one["kind"] for one in rongan.sanctions(**asked)]

    assert kinds() == ["circular", "points_off", "summons", "held_to_account"]
    assert kinds(unit=NEIGHBOUR) == ["summons"]
    assert kinds(unit=TOWN) == ["circular", "points_off", "summons"]
    assert kinds(person="丙某") == ["circular"]
    assert kinds(kind="summons") == ["summons"]
    assert kinds(decided_from="2022-04-20") == ["points_off", "summons", "held_to_account"]
    assert kinds(decided_to="2022-04-19") == ["circular"]
    assert kinds(supervision=case.id, limit=2) == ["circular", "points_off"]


def test_names_of_officials_are_shown_within_the_area_and_no_further(rongan):
    case = rongan.plan("unannounced", VILLAGE)
    rongan.check(case, VILLAGE, PROBLEM)
    rongan.issue(case, VILLAGE, person="丙某")

    assert len(rongan.sanctions("village_committee")) == 1
    assert len(rongan.sanctions("township_office", person="丙某")) == 1
    rongan.county.district.change(_move_the_village_s_office)
    assert rongan.sanctions("village_committee", person="丙某") == []


def _move_the_village_s_office(session: Session) -> None:
    mine = select(Position).where(
        Position.role == "village_committee", Position.area_code == VILLAGE
    )
    position = session.exec(mine).one()
    position.area_code = NEIGHBOUR


def test_a_village_does_not_see_the_inspection_that_is_planned(rongan):
    case = rongan.plan("unannounced", VILLAGE)

    listed = rongan.county.get("village_committee", "/v1/supervisions").json()
    read = rongan.county.get("village_committee", f"/v1/supervisions/{case.id}")

    assert listed["items"] == []
    assert read.status_code == 404


def test_dx_54_a_sanction_is_recorded_after_the_end_too_and_never_without_evidence(rongan):
    case = rongan.plan("township_check", VILLAGE)
    rongan.check(case, VILLAGE)
    rongan.county.act(GROUP, case, "conclude_supervision", summary="已核查")

    decision = rongan.decision("points_off", VILLAGE)
    rongan.county.refused(
        GROUP,
        case,
        "record_sanction",
        "sanction_without_evidence DX-54",
        **decision | {"attachments": []},
    )
    rongan.county.act(GROUP, case, "record_sanction", **decision)

    assert case.state == "concluded"
    assert len(rongan.sanctions()) == 1


def test_dx_54_the_service_itself_records_no_sanction(rongan):
    case = rongan.plan("township_check", VILLAGE)
    rongan.check(case, VILLAGE)
    body = RecordSanction(event="record_sanction", **rongan.decision("points_off", VILLAGE))

    def by_itself(session: Session) -> None:
        office = rongan.county.district.office
        row = session.get_one(Case, UUID(case.id))
        cases.follow(session, row, body, actor=None, registry=office.registry)

    with pytest.raises(RequirementsNotMet) as refused:
        rongan.county.district.change(by_itself)

    assert [one.code for one in refused.value.blockers] == ["sanction_by_nobody"]
    assert rongan.sanctions() == []


def test_dx_54_a_sanction_that_the_document_does_not_know_is_refused(rongan):
    case = rongan.plan("township_check", VILLAGE)
    rongan.check(case, VILLAGE)

    refused = rongan.county.refused(
        GROUP, case, "record_sanction", **rongan.decision("no_commendation", VILLAGE)
    )

    assert codes(refused) == {"not_listed"}


# The others


def test_xc_x06_the_covert_inspection_is_told_to_the_leadership(at_work):
    county_2022 = at_work("county-2022", "county_office", "2022-05-10")
    case = county_2022.plan("unannounced", TOWN, VILLAGE)
    for unit in (TOWN, VILLAGE):
        county_2022.check(case, unit)

    county_2022.county.refused(
        "county_office", case, "conclude_supervision", summary="已查", form={}
    )
    told = {"told_to_the_leadership": True, "told_on": "2022-05-10"}
    county_2022.county.act("county_office", case, "conclude_supervision", summary="已查", form=told)

    assert case.state == "concluded"


def test_tg_a04_poor_work_is_named_in_a_circular(at_work):
    taogou = at_work("taogou-2021", "township_office", "2021-06-20")
    case = taogou.plan("inspection", VILLAGE)
    taogou.check(case, VILLAGE)

    taogou.issue(case, VILLAGE, person="丁某")

    assert [one["label"]["zh"] for one in taogou.sanctions()] == ["通报"]


def test_sq_a01_sq_a02_sq_a03_unscheduled_checks_and_their_price(at_work):
    shiquan = at_work("shiquan-2020", "county_office", "2020-06-10")
    case = shiquan.plan("unscheduled", TOWN)
    shiquan.check(case, TOWN)

    for sanction in ("no_commendation", "handed_over"):
        shiquan.county.act(
            "county_office", case, "record_sanction", **shiquan.decision(sanction, TOWN)
        )

    assert [one["label"]["zh"] for one in shiquan.sanctions()] == [
        "年度考核不得评优",
        "移交县纪委监委",
    ]


def test_xc_r01_the_leading_group_inspects_through_its_office_and_nobody_else_does(at_work):
    county_2022 = at_work("county-2022", "county_office", "2022-05-10")
    for other in set(county_2022.county.policy.roles) - {"county_office"}:
        refused = county_2022.try_plan("unannounced", VILLAGE, role=other)
        assert refused.json()["code"] == "not_your_role", other

    case = county_2022.plan("unannounced", VILLAGE, by_unit="县扶贫开发领导小组")

    look = county_2022.seen(VILLAGE)
    county_2022.county.only("county_office", case=case, event="record_check", **look)


def test_sq_r05_sq_r09_headquarters_and_commission_act_through_the_office_and_are_named(at_work):
    shiquan = at_work("shiquan-2020", "county_office", "2020-06-10")
    county = shiquan.county
    headquarters, commission = (one.zh for one in county.policy.lists["overseers"])
    assert (headquarters, commission) == ("县脱贫攻坚指挥部", "县纪委监委")
    for other in set(county.policy.roles) - {"county_office"}:
        refused = shiquan.try_plan("unscheduled", TOWN, role=other)
        assert refused.json()["code"] == "not_your_role", other

    case = shiquan.plan("unscheduled", TOWN, by_unit=headquarters)
    shiquan.check(case, TOWN)
    decision = shiquan.decision("handed_over", TOWN, decided_by=commission)
    county.only("county_office", case=case, event="record_sanction", **decision)

    assert shiquan.read(case)["by_unit"] == headquarters
    assert [one["decided_by"] for one in shiquan.sanctions()] == [commission]


# What holds under every document


def test_a_plan_that_nobody_has_begun_is_called_off(rongan):
    case = rongan.plan("unannounced", VILLAGE)

    rongan.county.act(GROUP, case, "call_off", reason="防汛")

    assert rongan.read(case)["state"] == "called_off"


def test_who_planned_it_has_it_on_the_list(rongan):
    case = rongan.plan("unannounced", VILLAGE)

    found = rongan.county.get(GROUP, "/v1/todo").json()["items"]

    assert case.id in {one["id"] for one in found}


def test_only_those_whom_the_document_names_plan(rongan):
    refused = rongan.try_plan("unannounced", VILLAGE, role=DEPARTMENT)

    assert refused.json()["code"] == "not_your_role"


def test_a_campaign_that_is_none_is_not_found(rongan):
    other = rongan.plan("unannounced", VILLAGE)

    assert rongan.try_plan("unannounced", VILLAGE, campaign_id=other.id).status_code == 404


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"method": "unannounced"}, 1),
        ({"method": "cross_check"}, 1),
        ({"state": "under_way"}, 1),
        ({"area": TOWN}, 0),
        ({"on": "2022-04-12"}, 2),
        ({"on": "2022-04-13"}, 0),
    ],
)
def test_supervisions_are_found_by_what_they_are(rongan, asked, found):
    rongan.plan("cross_check", *PAIRS)
    rongan.check(rongan.plan("unannounced", VILLAGE), VILLAGE)

    items = rongan.county.get(GROUP, "/v1/supervisions", **asked).json()["items"]

    assert len(items) == found


def test_a_unit_that_is_looked_at_twice_counts_once_with_the_problems_of_both(rongan):
    case = rongan.plan("unannounced", VILLAGE)
    rongan.check(case, VILLAGE, PROBLEM)
    rongan.county.on("2022-04-14")
    rongan.check(case, VILLAGE, PROBLEM)

    (unit,) = rongan.read(case)["unit_list"]

    assert (unit["checked_on"], unit["problems"]) == ("2022-04-14", 2)
    assert Counter(one.area_code for one in rongan.items()) == {VILLAGE: 2}


def test_nothing_impossible_comes_of_supervision(rongan):
    case = rongan.plan("unannounced", VILLAGE)
    rongan.check(case, VILLAGE, PROBLEM)
    rongan.issue(case, VILLAGE, person="丙某")
    rongan.county.act(GROUP, case, "conclude_supervision", summary="4月暗访")
    rongan.plan("cross_check", *PAIRS)

    district = rongan.county.district
    rulebook = district.office.rulebook
    assert district.read(lambda s: list(invariants.violations(s, rulebook))) == []
