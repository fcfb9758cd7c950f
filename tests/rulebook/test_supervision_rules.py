"""What each document says of looking at those who look: whom, when, how, and what follows.

ZG 3（二）, 4（三）; RA 二（四）3, 三（三）; XC 五（三）; TG 四（三）; SQ 五（四）.
"""

from datetime import date
from uuid import UUID

import pytest
from papers import PAPER, put

from service.workflows.kinds import Kind
from service.workflows.matter import Acting, Matter
from service.workflows.policy import PolicyError, read
from service.workflows.rulebook import Rulebook
from service.workflows.supervision.checks import Surroundings
from service.workflows.supervision.events import (
    ConcludeSupervision,
    ExcuseUnit,
    Finding,
    IssueCircular,
    PlannedUnit,
    PlanSupervision,
    RecordCheck,
    RecordSanction,
    SupervisionDossier,
    SupervisionEntry,
)

RULEBOOK = Rulebook()
DAY = date(2021, 4, 1)
DECISION, HOME = UUID(int=1), UUID(int=2)
COUNTY, TOWN, OTHER = "990101000000", "990101001000", "990101002000"
V1, V2 = "990101001201", "990101001202"
UNITS = {TOWN: "township", OTHER: "township", V1: "village", V2: "village"}
PHASE = {"spot_check": (date(2021, 4, 13), date(2021, 4, 22))}
AROUND = Surroundings(COUNTY, UNITS, PHASE, {HOME: frozenset({V1, TOWN, COUNTY})})
SOMEBODY = Acting(UUID(int=9), "甲某", "county_task_group")


def rules(policy_id):
    newest = RULEBOOK.newest(policy_id)
    return RULEBOOK.pinned(newest.policy.ref, Kind.SUPERVISION)


def method(policy_id, code):
    found = rules(policy_id).policy.supervision.method(code)
    assert found is not None
    return found


def plan(method, *units, **said):
    return PlanSupervision(
        **{
            "method": method,
            "units": tuple(
                PlannedUnit(unit=one) if isinstance(one, str) else PlannedUnit(**one)
                for one in units
            ),
            "by_unit": "县专责小组",
            "team": ("甲某",),
            "first_day": date(2021, 4, 13),
            "last_day": date(2021, 4, 22),
            **said,
        }
    )


def check(unit=V1, day=date(2021, 4, 13), *findings):
    return RecordCheck(
        event="record_check",
        unit=unit,
        checked_on=day,
        checked_by=("甲某",),
        result="已查",
        findings=findings,
    )


FOUND = Finding(problem_type="water", content="水量不足")


def circular(unit=V1, **said):
    return IssueCircular(
        **{
            "event": "issue_circular",
            "number": "通报1号",
            "issued_on": date(2022, 4, 20),
            "unit": unit,
            "content": "存在短板",
            **said,
        }
    )


def sanction(code, unit=V1, **said):
    return RecordSanction(
        **{
            "event": "record_sanction",
            "sanction": code,
            "number": "决定1号",
            "decided_on": date(2021, 4, 20),
            "decided_by": "县委",
            "unit": unit,
            "reason": "工作不力",
            "attachments": (DECISION,),
            **said,
        }
    )


CONCLUDE = ConcludeSupervision(event="conclude_supervision", summary="已查完")


def lacks(policy_id, state, body, *before, by=SOMEBODY):
    """Return what stands in the way of an act after others: (code, need, have, cite)."""
    at, dossier = rules(policy_id), SupervisionDossier()
    for seq, one in enumerate(before, 1):
        entry = SupervisionEntry(seq=seq, round=1, on=DAY, role="-", salt="-", body=one)
        dossier = dossier.with_entry(entry)
    evidence = dict.fromkeys(body.attachments, ("decision", "a" * 64))
    matter = Matter(
        dossier,
        body,
        date(2022, 12, 31),
        date(2021, 1, 1),
        evidence,
        lists=at.policy.lists,
        beside=AROUND,
        by=by,
    )
    found = at.blockers(state, body.event, matter)
    return [(one.code, one.need, one.have, one.cite) for one in found]


# Zhanggong: every village, within the phase


SPOT_CHECK = plan("spot_check", V1, V2)


def test_zg_c03_zg_r11_the_spot_check_looks_at_every_village():
    assert lacks("zhanggong-2021", "", SPOT_CHECK) == []
    assert lacks("zhanggong-2021", "", plan("spot_check", V1)) == [
        ("unit_left_out", (V2,), (), "ZG-S03 ZG-C03")
    ]


def test_zg_c03_a_township_is_no_village():
    assert lacks("zhanggong-2021", "", plan("spot_check", V1, V2, TOWN)) == [
        ("unit_not_fitting", ("village",), (TOWN,), "ZG-S03 ZG-C03")
    ]


@pytest.mark.parametrize(
    ("day", "found"),
    [
        pytest.param(date(2021, 4, 12), ["check_outside_phase"], id="the day before"),
        pytest.param(date(2021, 4, 13), [], id="the first day"),
        pytest.param(date(2021, 4, 22), [], id="the last day"),
        pytest.param(date(2021, 4, 23), ["check_outside_phase"], id="the day after"),
    ],
)
def test_zg_s03_a_check_is_dated_within_the_phase(day, found):
    lacking = lacks("zhanggong-2021", "planned", check(V1, day), SPOT_CHECK)

    assert [code for code, *_ in lacking] == found


def test_zg_c03_it_is_not_over_before_every_village_was_looked_at_or_excused():
    def left(*before):
        return lacks("zhanggong-2021", "under_way", CONCLUDE, SPOT_CHECK, *before)

    excused = ExcuseUnit(event="excuse_unit", unit=V2, reason="整村搬迁")
    assert left(check()) == [("units_not_checked", (V2,), (), "ZG-S03 ZG-C03")]
    assert left(check(), check(V2)) == []
    assert left(check(), excused) == []


def test_zg_x04_what_follows_is_the_assessment_of_the_year_and_nothing_else():
    assessment = sanction("assessment")

    assert lacks("zhanggong-2021", "under_way", assessment, SPOT_CHECK) == []
    assert lacks("zhanggong-2021", "under_way", sanction("summons"), SPOT_CHECK) == [
        ("not_listed", ("assessment",), ("summons",), "ZG-X04")
    ]
    assert "issue_circular" not in rules("zhanggong-2021").events_at("under_way")


def test_zg_r04_departments_record_what_they_see_and_the_office_concludes():
    zhanggong = rules("zhanggong-2021")

    assert zhanggong.actors("planned", "record_check") == ("district_office", "sector_department")
    assert zhanggong.actors("under_way", "conclude_supervision") == ("district_office",)


# Rong'an: township and township, village and village


def cross(*pairs):
    return plan("cross_check", *({"unit": unit, "checked_by": by} for unit, by in pairs))


CROSS = cross((TOWN, OTHER), (OTHER, TOWN))


def test_ra_d18_units_of_one_level_look_at_each_other():
    assert lacks("rongan-2022", "", CROSS) == []
    assert lacks("rongan-2022", "", cross((V1, V2), (V2, V1))) == []


@pytest.mark.parametrize(
    ("pair", "because"),
    [
        pytest.param((TOWN, TOWN), "unit_checks_itself", id="itself"),
        pytest.param((TOWN, V1), "peer_missing", id="a village looks at a township"),
        pytest.param((TOWN, "990199001000"), "peer_missing", id="of another county"),
        pytest.param((TOWN, None), "peer_missing", id="nobody"),
    ],
)
def test_ra_d18_the_checking_unit_is_another_of_the_same_level(pair, because):
    assert lacks("rongan-2022", "", cross(pair)) == [(because, (), (TOWN,), "RA-D18")]


@pytest.mark.parametrize(
    ("day", "found"),
    [
        pytest.param(date(2022, 3, 31), ["check_outside_months"], id="the last day of March"),
        pytest.param(date(2022, 4, 1), [], id="the first day of April"),
        pytest.param(date(2022, 4, 30), [], id="the last day of April"),
        pytest.param(date(2022, 5, 1), ["check_outside_months"], id="the first day of May"),
        pytest.param(date(2022, 10, 31), [], id="the last day of October"),
    ],
)
def test_ra_d18_it_is_done_in_april_and_in_october(day, found):
    lacking = lacks("rongan-2022", "planned", check(TOWN, day), CROSS)

    assert [code for code, *_ in lacking] == found


MONTHLY = plan("unannounced", V1, V2)


def test_ra_d20_ra_r12_the_monthly_inspection_ends_with_a_circular():
    looked_at = (MONTHLY, check(V1), check(V2))

    assert lacks("rongan-2022", "under_way", CONCLUDE, *looked_at) == [
        ("act_missing", ("issue_circular",), (), "RA-D20 RA-A03")
    ]
    assert lacks("rongan-2022", "under_way", CONCLUDE, *looked_at, circular()) == []


def test_ra_a03_a_circular_on_a_unit_with_problems_names_a_person():
    with_problem = check(V1, date(2022, 4, 13), FOUND)

    assert lacks("rongan-2022", "under_way", circular(), MONTHLY, with_problem) == [
        ("field_missing", ("person",), (), "RA-D20 RA-A03")
    ]
    named = circular(person="乙某")
    assert lacks("rongan-2022", "under_way", named, MONTHLY, with_problem) == []
    assert lacks("rongan-2022", "under_way", circular(), MONTHLY, check(V1)) == []


def test_ra_a01_a_circular_after_a_cross_check_may_name_the_unit_alone():
    with_problem = check(TOWN, date(2022, 4, 13), FOUND)

    assert lacks("rongan-2022", "under_way", circular(TOWN), CROSS, with_problem) == []


def test_ra_r02_townships_look_at_their_own_villages_without_a_circular():
    own = plan("township_check", V1)

    assert lacks("rongan-2022", "", own) == []
    assert lacks("rongan-2022", "under_way", CONCLUDE, own, check(V1)) == []


def test_ra_a01_ra_a02_ra_a03_ra_a04_five_things_may_follow():
    codes = [entry.code for entry in rules("rongan-2022").policy.lists["consequences"]]

    assert codes == ["points_off", "summons", "named_circular", "held_to_account", "assessment"]
    for code in codes:
        assert lacks("rongan-2022", "under_way", sanction(code), MONTHLY) == []


# The others


def test_xc_x06_unannounced_and_then_told_to_the_leadership():
    covert = plan("unannounced", TOWN)

    lacking = lacks("county-2022", "under_way", CONCLUDE, covert, check(TOWN))
    assert {(code, need) for code, need, *_ in lacking} == {
        ("field_missing", ("told_to_the_leadership",)),
        ("field_missing", ("told_on",)),
        ("not_confirmed", ("told_to_the_leadership",)),
    }
    told = {"told_to_the_leadership": True, "told_on": "2022-05-20"}
    done = CONCLUDE.model_copy(update={"form": told})
    assert lacks("county-2022", "under_way", done, covert, check(TOWN)) == []


def test_xc_x06_the_plan_names_no_sanction_and_no_circular():
    assert rules("county-2022").events_at("under_way") == [
        "record_check",
        "excuse_unit",
        "conclude_supervision",
    ]


def test_tg_a03_tg_a04_who_does_not_do_the_work_is_called_to_account_and_named():
    own = plan("inspection", V1)

    assert lacks("taogou-2021", "under_way", circular(), own) == []
    assert lacks("taogou-2021", "under_way", sanction("called_to_account"), own) == []


def test_sq_a01_sq_a02_sq_a03_no_commendation_or_the_commission():
    unscheduled = plan("unscheduled", TOWN)

    for code in ("no_commendation", "handed_over"):
        assert lacks("shiquan-2020", "under_way", sanction(code, TOWN), unscheduled) == []
    assert "issue_circular" not in rules("shiquan-2020").events_at("under_way")


def test_sq_a02_a_department_of_the_county_may_be_named_as_well():
    unscheduled = plan("unscheduled", TOWN)
    bureau = sanction("no_commendation", COUNTY, department="县水利局")
    nobody = sanction("no_commendation", COUNTY)

    assert lacks("shiquan-2020", "under_way", bureau, unscheduled) == []
    assert lacks("shiquan-2020", "under_way", nobody, unscheduled) == [
        ("unit_not_planned", (TOWN,), (COUNTY,), "DX-53")
    ]


# What holds under every document


@pytest.mark.parametrize(
    ("body", "because"),
    [
        pytest.param(plan("unannounced", V1, V1), "unit_twice", id="a unit that is named twice"),
        pytest.param(
            plan("unannounced", V1, last_day=date(2021, 4, 12)), "days_in_disorder", id="days"
        ),
        pytest.param(plan("stroll", V1), "not_listed", id="a way of looking that there is not"),
    ],
)
def test_dx_53_a_plan_that_makes_no_sense_is_refused(body, because):
    assert [code for code, *_ in lacks("rongan-2022", "", body)] == [because]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(check("990101001299"), id="a check"),
        pytest.param(circular("990101001299"), id="a circular"),
        pytest.param(sanction("summons", "990101001299"), id="a sanction"),
    ],
)
def test_dx_53_nothing_is_said_of_a_unit_that_is_not_in_the_plan(body):
    state = "planned" if body.event == "record_check" else "under_way"

    assert [code for code, *_ in lacks("rongan-2022", state, body, MONTHLY)] == ["unit_not_planned"]


def test_dx_53_only_a_unit_that_still_waits_is_excused():
    excuse = ExcuseUnit(event="excuse_unit", unit=V1, reason="道路中断")

    assert lacks("rongan-2022", "planned", excuse, MONTHLY) == []
    assert [code for code, *_ in lacks("rongan-2022", "under_way", excuse, MONTHLY, check(V1))] == [
        "unit_not_waiting"
    ]


def test_dx_53_a_household_that_is_named_is_of_the_unit():
    at_home = FOUND.model_copy(update={"household_id": HOME})
    elsewhere = FOUND.model_copy(update={"household_id": UUID(int=7)})
    day = date(2022, 4, 13)

    assert lacks("rongan-2022", "planned", check(V1, day, at_home), MONTHLY) == []
    assert lacks("rongan-2022", "planned", check(V2, day, at_home), MONTHLY) != []
    assert [c for c, *_ in lacks("rongan-2022", "planned", check(V1, day, elsewhere), MONTHLY)] == [
        "household_elsewhere"
    ]


def test_dx_54_a_sanction_needs_its_evidence_and_a_person_who_records_it():
    bare = sanction("summons", attachments=())

    assert lacks("rongan-2022", "under_way", bare, MONTHLY) == [
        ("sanction_without_evidence", (), (), "DX-54")
    ]
    assert lacks("rongan-2022", "under_way", sanction("summons"), MONTHLY, by=None) == [
        ("sanction_by_nobody", (), (), "DX-54")
    ]


@pytest.mark.parametrize("policy_id", ["zhanggong-2021", "rongan-2022", "shiquan-2020"])
def test_dx_54_no_limit_of_any_supervision_acts_by_itself(policy_id):
    assert rules(policy_id).rules.time_limits == ()


# Gaps in a file


@pytest.mark.parametrize(
    ("key", "value", "gap"),
    [
        pytest.param("source", "hearsay", "'hearsay' is not in lists.problem_sources", id="source"),
        pytest.param("phase", "harvest", "no phase 'harvest'", id="phase"),
    ],
)
def test_a_way_of_looking_that_names_what_is_not_there_is_a_gap(tmp_path, key, value, gap):
    listed = {"lists.problem_sources": [{"code": "spot_check", "zh": "督查", "en": "spot-check"}]}
    path = put(tmp_path, **listed, **{f"supervision.methods.inspection.{key}": value})

    with pytest.raises(PolicyError) as problem:
        read(path)

    assert any(gap in one for one in problem.value.gaps)


def test_a_way_of_looking_that_stands_there_twice_is_a_gap(tmp_path):
    again = {
        "code": "inspection",
        "zh": "再查",
        "en": "again",
        "source": "spot_check",
        "levels": ["village"],
        "cite": "TG-A03",
    }

    with pytest.raises(PolicyError, match="stands there twice"):
        read(put(tmp_path, **{"supervision.methods.+": again}))


def test_a_supervision_without_a_way_of_looking_is_a_gap(tmp_path):
    with pytest.raises(PolicyError, match="say in which ways units are looked at"):
        read(put(tmp_path, **{"supervision.methods": []}))


def test_a_circular_that_nobody_can_issue_is_a_gap(tmp_path):
    events = [rule for rule in PAPER["supervision"]["events"] if rule["event"] != "issue_circular"]

    with pytest.raises(PolicyError, match="issue_circular"):
        read(
            put(
                tmp_path,
                **{
                    "supervision.methods.inspection.circular": True,
                    "supervision.events": events,
                },
            )
        )
