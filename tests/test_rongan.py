"""The Rong'an programme of 2022 (RA), part 二: found, reported, helped, eliminated, visited.

Days and working days run beside each other, and the earliest of them is the day that counts.
The document states no length of the publicity, and no time and no ratio of the elimination.
"""

from datetime import date
from uuid import uuid4

import pytest
from county import AREAS, County, facts

from service.store.visits import Visit

VILLAGE, TOWN, TASK_GROUP = "village_committee", "township_office", "county_task_group"
HELPER, SECRETARY, DEPARTMENT = "responsible_helper", "first_secretary", "sector_department"

FOUND = {
    "channel": "ground_survey",
    "occurred_on": "2022-04-02",
    "discovered_on": "2022-04-06",
    "risk_types": ["income"],
}
TEAM = [
    {"name": "甲书记", "role": "first_secretary"},
    {"name": "乙书记", "role": "party_secretary"},
    {"name": "丙队员", "role": "resident_team"},
]
CRITERIA = ("entry_risk_gone", "guarantees_met", "income_above_line", "no_risk_left")


def review(**changes):
    return {
        "held_on": "2022-04-13",
        "object_type": "monitored",
        "risk_types": ["income"],
        "facts": facts(),
    } | changes


def helper(kind="responsible", name="丁帮扶"):
    return {"helper_kind": kind, "helper_name": name, "helper_unit": "示例单位"}


def measure(**changes):
    return {"number": 1, "risk_type": "income", "kind": "employment", "what": "介绍务工"} | changes


def criteria(unmet="", day="2022-06-20"):
    return {
        "visited_on": day,
        "visitors": ["甲书记", "戊乡干"],
        "criteria": [{"criterion": one, "met": one != unmet} for one in CRITERIA],
    }


def progress(**changes):
    return {"measure": 1, "done": True, "progress": "已务工", "effect": "收入稳定"} | changes


VISITED = {"visited_on": "2022-04-08", "visitors": ["甲村干"], "at_risk": True}
TOLD = {"means": "visit", "told_on": "2022-04-22", "told_to": "张某"}
REGISTERED = {"system_number": "N-1", "basic_information_collected": True}
MET = {"held_on": "2022-06-20", "participants": 9, "opinion": "for"}

DOCKET = (
    ("2022-04-06", VILLAGE, "take_up_clue", {}),
    ("2022-04-08", VILLAGE, "record_verification", VISITED),
    ("2022-04-13", VILLAGE, "conclude_review", review()),
    ("2022-04-13", VILLAGE, "post_publicity", {"place": "村务公开栏"}),
    ("2022-04-20", VILLAGE, "conclude_publicity", {}),
    ("2022-04-20", TOWN, "approve", {"opinion": "同意上报"}),
    ("2022-04-21", TASK_GROUP, "approve", {"opinion": "同意纳入"}),
    ("2022-04-22", TOWN, "register", REGISTERED),
    ("2022-04-22", VILLAGE, "notify_household", TOLD),
    ("2022-04-27", TOWN, "assign_helper", helper()),
    ("2022-05-06", HELPER, "agree_plan", {"measures": [measure()]}),
    ("2022-06-20", HELPER, "record_progress", progress()),
    ("2022-06-20", VILLAGE, "propose_elimination", {"reason": "风险已稳定消除"}),
    ("2022-06-20", VILLAGE, "record_criteria", criteria()),
    ("2022-06-20", VILLAGE, "conclude_deliberation", MET),
    ("2022-06-20", VILLAGE, "post_publicity", {"place": "村务公开栏"}),
    ("2022-06-27", VILLAGE, "conclude_publicity", {}),
    ("2022-06-28", TOWN, "approve", {"opinion": "同意"}),
    ("2022-06-30", TASK_GROUP, "approve", {"opinion": "同意"}),
    ("2022-06-30", TOWN, "mark_eliminated", {"marked_on": "2022-06-30"}),
)


@pytest.fixture(name="county")
def a_county(under) -> County:
    county = under("rongan-2022")
    county.on("2022-04-06")
    return county


@pytest.fixture
def a_case(county):
    """Return what leads the case of a new household to a state."""

    def led_to(state, household_type="other", traits=(), **said):
        county.on("2022-04-06")
        household = county.household(VILLAGE, household_type, traits=list(traits))
        return county.lead(county.open(VILLAGE, household, **FOUND | said), state, DOCKET)

    return led_to


def counts(county, case):
    """Return the day that counts: the earliest of all limits that run."""
    return county.get(VILLAGE, f"/v1/cases/{case.id}/actions").json()["due_on"]


def dates(county, case, *rules):
    """Return the last day of each limit: of those named, or of all there are."""
    found = county.deadlines(case)
    return {rule: found[rule]["due_on"] for rule in rules or found}


def stands(county, case, *rules):
    """Return how each limit stands: of those named, or of all there are."""
    found = county.deadlines(case)
    return {rule: found[rule]["state"] for rule in rules or found}


def late(answer):
    return [(one["rule"], one["days"], one["soft"]) for one in answer["late"]]


def blockers(answer):
    """Return why something was refused: each blocker with its provision."""
    return [(one["code"], one["cite"]) for one in answer.json()["blockers"]]


def test_ra_p01_a_relocated_household_from_the_survey_of_april_2022_to_the_visits_of_july(  # noqa: PLR0915 - the whole document
    county,
):
    household = county.household(VILLAGE, "lifted_out", traits=["relocated"])

    # 二（一）1 and 3: found by the survey on the ground; two working-day and two calendar limits
    case = county.open(VILLAGE, household, **FOUND)
    assert county.try_open(VILLAGE, household, **FOUND).status_code == 409
    assert dates(county, case) == {
        "discovery": "2022-04-07",
        "response": "2022-04-13",
        "handling": "2022-04-16",
        "help": "2022-05-06",
    }
    assert counts(county, case) == "2022-04-13"

    # 入户核实
    county.act(VILLAGE, case, "take_up_clue")
    county.refused(VILLAGE, case, "conclude_review", status=409, **review())
    county.on("2022-04-08")
    county.act(VILLAGE, case, "record_verification", **VISITED)

    # Responded and reported on the fifth working day; the risk of the entry is on record
    county.on("2022-04-13")
    county.refused(
        VILLAGE, case, "conclude_review", "field_missing RA-E03", **review(risk_types=[])
    )
    county.act(VILLAGE, case, "conclude_review", **review())
    assert counts(county, case) == "2022-05-06"

    # 相关程序公示: no length is stated, and nothing personal hangs on the wall
    county.refused(
        VILLAGE,
        case,
        "post_publicity",
        "personal_data_in_notice DX-05",
        place="村务公开栏",
        remark="联系电话19900000000",
    )
    county.act(VILLAGE, case, "post_publicity", place="村务公开栏")
    county.on("2022-04-20")
    county.act(VILLAGE, case, "conclude_publicity")

    # 上报, 县级审定审核: three limits start at once
    county.refused(VILLAGE, case, "approve", status=403, opinion="同意")
    county.act(TOWN, case, "approve", opinion="同意上报")
    county.on("2022-04-21")
    county.refused(TOWN, case, "approve", status=403, opinion="同意纳入")
    county.act(TASK_GROUP, case, "approve", opinion="同意纳入")
    assert dates(county, case, "helper", "household_told", "measures") == {
        "helper": "2022-04-27",
        "household_told": "2022-04-30",
        "measures": "2022-05-07",
    }
    assert counts(county, case) == "2022-04-27"

    # 纳入, and 当月情况告知农户
    county.on("2022-04-22")
    county.act(TOWN, case, "register", **REGISTERED)
    county.refused(TOWN, case, "assign_helper", status=409, **helper())
    county.act(VILLAGE, case, "notify_household", **TOLD)

    # 二（二）1 and 2: the helper of the monitoring period leads; the existing and the second one
    county.on("2022-04-27")
    county.refused(TOWN, case, "assign_helper", "helper_kind_differs RA-H01", **helper("contact"))
    county.act(TOWN, case, "assign_helper", **helper())
    county.on("2022-05-06")
    county.refused(
        HELPER,
        case,
        "agree_plan",
        "helper_missing RA-H01",
        "helper_missing RA-H03",
        "risk_without_measure RA-V04",
        "measure_mismatch RA-V04",
        measures=[measure(kind="housing")],
    )
    county.act(TOWN, case, "add_helper", **helper("contact", "己联系"))
    county.act(TOWN, case, "add_helper", **helper("second", "庚帮扶"))
    county.act(HELPER, case, "agree_plan", measures=[measure()])
    assert case.state == "assisted"
    assert set(stands(county, case).values()) == {"met"}
    assert counts(county, case) is None

    # 二（四）1: teams of three; a helper's visit at a festival; the departments' own help
    county.on("2022-06-02")
    county.refused(
        SECRETARY,
        case,
        "record_visit",
        "team_too_small RA-V01",
        visited_on="2022-06-02",
        visitors=TEAM[:2],
    )
    county.act(SECRETARY, case, "record_visit", visited_on="2022-06-02", visitors=TEAM)
    county.act(
        HELPER, case, "collect_change", changed_on="2022-06-02", change="端午走访：长子已外出务工"
    )
    county.act(DEPARTMENT, case, "record_progress", **progress(done=False, effect=None))

    # 二（三）: the four criteria one by one, after the measures; no ratio and no set time
    county.on("2022-06-20")
    county.act(VILLAGE, case, "propose_elimination", reason="收入已稳定")
    county.refused(
        VILLAGE,
        case,
        "record_criteria",
        "measures_open RA-E02",
        "criterion_not_met RA-E03",
        **criteria("no_risk_left"),
    )
    county.act(VILLAGE, case, "roll_back", reason="务工尚不稳定")
    county.act(HELPER, case, "record_progress", **progress())
    county.act(TOWN, case, "propose_elimination", reason="风险已稳定消除")
    county.act(VILLAGE, case, "record_criteria", **criteria())
    county.lead(case, "eliminated", DOCKET[14:])

    # 含已消除风险户: the household stays on the visit lists
    county.on("2022-07-20")
    county.act("resident_team", case, "record_visit", visited_on="2022-07-20", visitors=TEAM)
    assert case.state == "eliminated"


# The order of a case


@pytest.mark.parametrize(
    ("state", "too_early"),
    [
        pytest.param("clue", "conclude_review", id="not verified"),
        pytest.param("village_review", "approve", id="not posted"),
        pytest.param("publicity", "register", id="not decided"),
        pytest.param("registration", "assign_helper", id="not told"),
        pytest.param("planning", "propose_elimination", id="RA-E01: not helped"),
    ],
)
def test_ra_p01_no_step_comes_before_the_one_that_precedes_it(county, a_case, state, too_early):
    said = {event: body for _, _, event, body in DOCKET}

    case = a_case(state)

    county.refused(TOWN, case, too_early, status=409, **said[too_early])


def test_ra_p01_no_length_of_the_publicity_is_stated_and_none_is_enforced(county, a_case):
    case = a_case("publicity")

    county.act(VILLAGE, case, "conclude_publicity")

    assert county.today == "2022-04-13"
    assert "publicity" not in dates(county, case)


# Whom it concerns, and how they come to be known


@pytest.mark.parametrize("household_type", ["lifted_out", "low_income", "other"])
@pytest.mark.parametrize("traits", [[], ["relocated"], ["relocated", "large_site"]])
def test_ra_c01_ra_c02_every_rural_household_is_covered_resettlement_sites_included(
    county, a_case, household_type, traits
):
    case = a_case("verification", household_type, traits)

    assert case.state == "verification"
    assert county.policy.monitoring_object.eligibility.no_scale_limit is True


def test_ra_c01_a_household_whose_risk_is_gone_is_visited_on(county, a_case):
    case = a_case("eliminated")

    county.on("2022-10-20")
    county.act(VILLAGE, case, "record_visit", visited_on="2022-10-20", visitors=TEAM)

    assert case.state == "eliminated"


def test_ra_c01_a_visit_to_an_ended_case_leaves_the_household_s_next_one_open(county, a_case):
    case = a_case("eliminated")
    county.on("2022-10-20")
    again = FOUND | {"occurred_on": "2022-10-18", "discovered_on": "2022-10-20"}
    following = county.open(VILLAGE, case.household_id, **again)

    county.act(VILLAGE, case, "record_visit", visited_on="2022-10-20", visitors=TEAM)

    assert following.answers[0]["case"]["previous_case_id"] == case.id
    refused = county.try_open(VILLAGE, case.household_id, **again)
    assert refused.status_code == 409


def test_ra_c03_ra_c04_five_kinds_of_area_come_first_among_five_kinds_of_village(county):
    lists = county.policy.lists

    assert [area.code for area in lists["priority_areas"]] == [
        "resettlement_site",
        "once_deep_poverty",
        "few_monitored",
        "hardly_any_monitored",
        "disaster_place",
    ]
    assert len(lists["village_kinds"]) == 5


@pytest.mark.parametrize(
    ("role", "said"),
    [
        pytest.param(TASK_GROUP, {"channel": "online_list"}, id="online list"),
        pytest.param(VILLAGE, {"channel": "ground_survey"}, id="survey on the ground"),
        pytest.param(
            "sector_department",
            {"channel": "department_warning", "warning": {"department": "medical"}},
            id="a department's warning",
        ),
        pytest.param(TOWN, {"channel": "self_application"}, id="any other way"),
    ],
)
def test_ra_c05_a_suspected_household_comes_by_two_lines_by_warnings_and_otherwise(
    county, role, said
):
    household = county.household(role, "other")

    assert county.open(role, household, **said).state == "clue"


@pytest.mark.parametrize(
    ("said", "blocker"),
    [
        pytest.param({"channel": "hotline"}, "not_listed", id="another channel"),
        pytest.param({"channel": "department_warning"}, "field_missing", id="nobody's warning"),
        pytest.param(
            {"channel": "department_warning", "warning": {"department": "weather"}},
            "not_listed",
            id="an unknown department",
        ),
    ],
)
def test_ra_c05_a_channel_is_one_of_the_document_s_and_a_warning_says_whose(county, said, blocker):
    household = county.household(TOWN, "other")

    refused = county.try_open(TOWN, household, **said)

    assert blockers(refused) == [(blocker, "RA-C05")]


@pytest.mark.parametrize(
    ("changed", "because"),
    [
        pytest.param({"object_type": "marginal"}, "not_listed RA-C01", id="another type"),
        pytest.param({"risk_types": []}, "field_missing RA-E03", id="no risk of the entry"),
        pytest.param({"risk_types": ["weather"]}, "not_listed RA-E03", id="an unknown risk"),
    ],
)
def test_ra_c01_ra_e03_whoever_enters_is_a_monitored_household_with_a_risk(
    county, a_case, changed, because
):
    case = a_case("village_review")
    said = review(held_on="2022-04-08") | changed

    county.refused(VILLAGE, case, "conclude_review", because, **said)


def test_ra_e03_a_clue_s_risk_is_one_of_the_list_too(county):
    household = county.household(VILLAGE, "other")

    refused = county.try_open(VILLAGE, household, **FOUND | {"risk_types": ["weather"]})

    assert blockers(refused) == [("not_listed", "RA-E03")]


@pytest.mark.parametrize("state", ["clue", "verification"])
def test_ra_c06_a_risk_of_a_whole_sector_goes_to_its_department(county, a_case, state):
    case = a_case(state)
    said = {"department": "medical", "reason": "报销政策未落实，涉及多户"}

    county.refused(VILLAGE, case, "hand_to_department", status=403, **said)
    county.refused(
        TOWN, case, "hand_to_department", "not_listed RA-C06", **said | {"department": "weather"}
    )
    county.act(TOWN, case, "hand_to_department", **said)

    assert case.state == "handed_to_department"
    assert stands(county, case) == {
        "discovery": "met",
        "response": "met",
        "handling": "met",
        "help": "lapsed",
    }
    county.open(VILLAGE, case.household_id, **FOUND)


# Days


@pytest.mark.parametrize(
    ("occurred_on", "stamped"),
    [
        pytest.param("2022-04-01", [], id="the fifth day after"),
        pytest.param("2022-03-31", [("discovery", 1, False)], id="the sixth day after"),
    ],
)
def test_ra_d06_a_risk_is_discovered_within_5_days(county, occurred_on, stamped):
    household = county.household(VILLAGE, "other")
    found = FOUND | {"occurred_on": occurred_on}

    if stamped:
        refused = county.try_open(VILLAGE, household, **found)
        assert blockers(refused) == [("late_reason_missing", "DX-04")]
    case = county.open(VILLAGE, household, **found, reason="农户外出，返乡后方知")

    assert late(case.answers[0]) == stamped
    assert stands(county, case)["discovery"] == ("late" if stamped else "met")


def test_ra_d06_where_nobody_knows_when_the_risk_arose_no_day_is_counted(county):
    household = county.household(VILLAGE, "other")

    case = county.open(VILLAGE, household, channel="online_list")

    assert late(case.answers[0]) == []


def test_ra_d07_10_days_to_handle_count_where_5_working_days_are_longer(county):
    """Five working days from 28 September 2022 end on 10 October, two days after ten days do."""
    county.on("2022-09-28")
    found = FOUND | {"occurred_on": "2022-09-27", "discovered_on": "2022-09-28"}

    case = county.open(VILLAGE, county.household(VILLAGE, "other"), **found)

    assert dates(county, case) == {
        "discovery": "2022-10-02",
        "handling": "2022-10-08",
        "response": "2022-10-10",
        "help": "2022-10-28",
    }
    assert counts(county, case) == "2022-10-08"


@pytest.mark.parametrize("event", ["conclude_review", "refuse"])
def test_ra_d07_ra_d09_whoever_is_judged_either_way_has_been_handled(county, a_case, event):
    case = a_case("village_review")
    said = {"conclude_review": review(held_on="2022-04-08"), "refuse": {"reason": "无风险"}}

    county.act(VILLAGE, case, event, **said[event])

    assert stands(county, case, "handling", "response") == {"handling": "met", "response": "met"}


def test_ra_d08_measures_on_the_31st_day_are_late_though_every_working_day_limit_was_kept(
    county, a_case
):
    """The document's limits do not fit together: 5, 5, 1 and 10 working days are 31 days."""
    case = a_case("planning")
    assert counts(county, case) == "2022-05-06"

    county.on("2022-05-07")
    plan = {"measures": [measure()]}
    county.refused(HELPER, case, "agree_plan", "late_reason_missing DX-04", **plan)
    answer = county.act(HELPER, case, "agree_plan", reason="各环节用满期限", **plan)

    assert late(answer) == [("help", 1, False)]
    assert stands(county, case, "help", "measures") == {"help": "late", "measures": "met"}


@pytest.mark.parametrize(
    ("day", "stamped"),
    [
        pytest.param("2022-04-13", [], id="the fifth working day, to its end"),
        pytest.param("2022-04-14", [("response", 1, False)], id="the sixth"),
    ],
)
def test_ra_d09_a_suspected_household_is_answered_and_reported_within_5_working_days(
    county, a_case, day, stamped
):
    case = a_case("village_review")
    county.on(day, hour=23)

    if stamped:
        county.refused(VILLAGE, case, "conclude_review", "late_reason_missing DX-04", **review())
    answer = county.act(VILLAGE, case, "conclude_review", reason="农户外出", **review())

    assert late(answer) == stamped


def test_ra_d09_the_days_run_from_the_discovery_not_from_the_day_it_was_written_down(county):
    household = county.household(VILLAGE, "other")

    case = county.open(VILLAGE, household, **FOUND | {"discovered_on": "2022-04-02"})

    assert dates(county, case, "response", "handling", "help") == {
        "response": "2022-04-12",  # Qingming, the 3rd to the 5th, does not count
        "handling": "2022-04-12",
        "help": "2022-05-02",
    }


def test_ra_d10_the_household_is_told_within_the_month_of_the_county_s_decision(county, a_case):
    case = a_case("household_notice")
    assert dates(county, case)["household_told"] == "2022-04-30"

    county.on("2022-05-02")
    county.refused(VILLAGE, case, "notify_household", "late_reason_missing DX-04", **TOLD)
    answer = county.act(VILLAGE, case, "notify_household", reason="农户外出", **TOLD)

    assert late(answer) == [("household_told", 2, False)]


def test_ra_d11_the_helper_is_assigned_within_5_working_days_of_the_entry(county, a_case):
    case = a_case("monitored")
    assert dates(county, case)["helper"] == "2022-04-27"  # the 24th is a working Sunday

    county.on("2022-04-28")
    county.refused(TOWN, case, "assign_helper", "late_reason_missing DX-04", **helper())
    answer = county.act(TOWN, case, "assign_helper", reason="人员调整", **helper())

    assert late(answer) == [("helper", 1, False)]


def test_ra_d12_the_10_working_days_for_measures_are_a_principle_no_reason_is_owed(county):
    household = county.household(VILLAGE, "other")
    case = county.open(VILLAGE, household, **FOUND)
    swift = [("2022-04-08", role, event, body) for _, role, event, body in DOCKET[:10]]
    swift[2] = (*swift[2][:3], review(held_on="2022-04-08"))
    swift[8] = (*swift[8][:3], TOLD | {"told_on": "2022-04-08"})
    county.lead(case, "planning", swift)
    assert dates(county, case)["measures"] == "2022-04-22"

    county.on("2022-04-24")
    answer = county.act(HELPER, case, "agree_plan", measures=[measure()])

    assert late(answer) == [("measures", 1, True)]


def test_ra_d13_departments_help_promptly_which_is_no_number_of_days(county, a_case):
    case = a_case("assisted")

    county.act(DEPARTMENT, case, "record_progress", **progress())

    assert counts(county, case) is None


def test_ra_d01_ra_d04_ra_d14_papers_of_the_first_quarter_are_owed_by_their_days(county):
    owed = {one.cite: one.due_on for one in county.policy.campaign.deliverables}

    assert owed == {
        "RA-D01": date(2022, 3, 5),
        "RA-D04": date(2022, 3, 23),
        "RA-D14": date(2022, 3, 31),
    }


def test_ra_d02_ra_d03_ra_d15_ra_d18_ra_d19_the_programme_has_its_windows(county):
    windows = [(one.cite, one.first, one.last) for one in county.policy.campaign.phases]

    assert windows == [
        ("RA-D19", date(2022, 1, 1), date(2022, 12, 31)),
        ("RA-D02", None, date(2022, 3, 15)),
        ("RA-D03", None, date(2022, 3, 15)),
        ("RA-D15", None, date(2022, 3, 15)),
        ("RA-D18", date(2022, 4, 1), date(2022, 4, 30)),
        ("RA-D18", date(2022, 10, 1), date(2022, 10, 31)),
    ]


def test_ra_d05_ra_d20_ra_d21_ra_d22_what_recurs_recurs_by_month_quarter_and_year(county):
    recurring = {duty.cite.split()[0]: duty.unit.value for duty in county.policy.standing_duties}

    assert recurring == {
        "RA-D05": "end_of_month",
        "RA-D18": "end_of_month",
        "RA-D20": "end_of_month",
        "RA-D21": "end_of_quarter",
        "RA-D22": "end_of_year",
    }


# Helpers and measures


@pytest.mark.parametrize(
    ("household_type", "traits", "missing"),
    [
        pytest.param("other", [], [], id="neither"),
        pytest.param("lifted_out", [], ["RA-H01"], id="lifted out: the existing helper too"),
        pytest.param("low_income", ["relocated"], ["RA-H03"], id="relocated: a second helper"),
        pytest.param("lifted_out", ["relocated"], ["RA-H01", "RA-H03"], id="both"),
    ],
)
def test_ra_h01_ra_h03_who_is_owed_which_helpers(county, a_case, household_type, traits, missing):
    case = a_case("planning", household_type, traits)

    found = county.actions(HELPER, case)["agree_plan"]["blockers"]

    assert [(one["code"], one["cite"]) for one in found] == [
        ("helper_missing", rule) for rule in missing
    ]


def test_ra_h01_the_helper_of_the_monitoring_period_is_the_first_to_be_assigned(county, a_case):
    case = a_case("monitored", "lifted_out")

    county.act(TOWN, case, "add_helper", **helper("contact"))
    assert case.state == "monitored"
    county.refused(TOWN, case, "add_helper", "not_listed RA-H01", **helper("neighbour"))
    county.refused(
        TOWN,
        case,
        "assign_helper",
        "not_listed RA-H01",
        "helper_kind_differs RA-H01",
        **helper("neighbour"),
    )
    for kind in ("contact", "second"):
        county.refused(TOWN, case, "assign_helper", "helper_kind_differs RA-H01", **helper(kind))
    county.act(TOWN, case, "assign_helper", **helper())


def test_ra_h02_what_is_lacking_is_made_up_with_funds_of_society_beside_it(county, a_case):
    case = a_case("planning")
    raised = measure(number=2, kind="social_funds", risk_type="other")

    county.refused(
        HELPER,
        case,
        "agree_plan",
        "not_listed RA-H02",
        measures=[measure(), raised | {"kind": "loan"}],
    )
    county.act(HELPER, case, "agree_plan", measures=[measure(), raised])

    loan = {"reason": "调整", "measures": [measure(kind="loan")]}
    county.refused(
        HELPER,
        case,
        "revise_plan",
        "not_listed RA-H02",
        "measure_mismatch RA-V04",
        "risk_without_measure RA-V04",
        **loan,
    )
    county.act(HELPER, case, "revise_plan", reason="岗位到期", measures=[measure(what="产业")])
    county.refused(HELPER, case, "record_progress", "not_listed RA-D13", **progress(measure=2))


def test_ra_h04_staff_is_added_by_the_number_of_people_lifted_out(county):
    assert [one.code for one in county.policy.lists["extra_staff"]] == [
        "community_above_5000",
        "village_from_2000",
        "village_above_1000",
        "key_village",
    ]


# Elimination


@pytest.mark.parametrize("unmet", CRITERIA)
def test_ra_e03_a_risk_is_gone_only_when_every_criterion_is_met(county, a_case, unmet):
    case = a_case("elimination_verification")

    county.refused(VILLAGE, case, "record_criteria", "criterion_not_met RA-E03", **criteria(unmet))


def test_ra_e03_each_criterion_is_stated_by_itself_and_no_other_is_added(county, a_case):
    case = a_case("elimination_verification")
    told = criteria()
    told["criteria"] = [{"criterion": "years_monitored", "met": True}, *told["criteria"][1:]]

    county.refused(
        VILLAGE, case, "record_criteria", "criterion_not_stated RA-E03", "not_listed RA-E03", **told
    )


def test_ra_e02_the_measures_have_been_carried_out_and_the_home_was_visited(county, a_case):
    case = a_case("assisted")
    county.act(VILLAGE, case, "propose_elimination", reason="拟消除")
    day = county.today

    county.refused(VILLAGE, case, "record_criteria", "measures_open RA-E02", **criteria(day=day))
    county.act(HELPER, case, "record_progress", **progress())
    county.refused(VILLAGE, case, "record_criteria", "date_in_future DX-06", **criteria())
    county.act(VILLAGE, case, "record_criteria", **criteria(day=day))


def test_ra_e01_ra_e04_no_time_is_set_a_household_helped_today_may_be_eliminated_today(
    county, a_case
):
    case = a_case("assisted")
    same_day = [(county.today, role, event, dict(body)) for _, role, event, body in DOCKET[11:]]
    for _, _, _, body in same_day:
        body |= {key: county.today for key in body if key.endswith("_on")}

    county.lead(case, "eliminated", same_day)

    rules = county.policy.monitoring_object
    named = {act for one in rules.time_limits for act in (*one.starts, *one.ends)}
    assert named.isdisjoint({*rules.elimination, "propose_elimination"})
    assert counts(county, case) is None


def test_ra_e04_ra_e05_no_ratio_is_set_all_who_qualify_are_eliminated(a_case):
    assert {a_case("eliminated").state for _ in range(2)} == {"eliminated"}


def test_ra_e05_what_the_review_speaks_against_is_not_eliminated(county, a_case):
    case = a_case("elimination_review")

    county.refused(
        VILLAGE,
        case,
        "conclude_deliberation",
        "opinion_against RA-E05",
        **MET | {"opinion": "against"},
    )
    county.act(VILLAGE, case, "roll_back", reason="评议未通过")

    assert case.state == "assisted"


def test_ra_e05_the_elimination_goes_by_the_steps_of_the_procedure(county, a_case):
    case = a_case("eliminated")

    assert county.history(case)[-9:] == [event for _, _, event, _ in DOCKET[11:]]


# Visits and data


def test_ra_v01_the_great_round_goes_in_teams_of_three_of_listed_roles(county, a_case):
    case = a_case("assisted")
    day = {"visited_on": county.today}

    county.refused(
        "resident_team", case, "record_visit", "team_too_small RA-V01", **day, visitors=TEAM[1:]
    )
    county.refused(
        "resident_team",
        case,
        "record_visit",
        "not_listed RA-V01",
        **day,
        visitors=[*TEAM[1:], {"name": "辛某", "role": "journalist"}],
    )
    county.act("resident_team", case, "record_visit", **day, visitors=TEAM)


def visited_before(county, case, number, *roles):
    """Let officials in these roles have visited so many other households today, in turn."""
    rows = [
        {"seq": 1000 + one, "household_id": uuid4(), "role": roles[one % len(roles)]}
        for one in range(number)
    ]
    same = {
        "case_id": case.id,
        "number": 1,
        "area_code": AREAS["village"],
        "visited_on": date.fromisoformat(county.today),
        "name": "甲书记",
    }
    county.district.change(
        lambda session: session.add_all(Visit.model_validate(same | row) for row in rows)
    )


@pytest.mark.parametrize(
    ("traits", "cap", "cite"),
    [
        pytest.param([], 20, "RA-D16 RA-V02", id="a village"),
        pytest.param(["relocated", "large_site"], 35, "RA-D17 RA-V02", id="a large site"),
    ],
)
@pytest.mark.parametrize(
    "roles",
    [
        pytest.param(["first_secretary"], id="one secretary"),
        pytest.param(["first_secretary", "party_secretary"], id="RA-V02: both together"),
    ],
)
def test_ra_d16_ra_d17_ra_v02_secretaries_visit_no_more_households_a_day(
    county, a_case, traits, cap, cite, roles
):
    case = a_case("planning", "other", traits)
    visit = {"visited_on": county.today, "visitors": TEAM}
    visited_before(county, case, cap, *roles)

    refused = county.refused(SECRETARY, case, "record_visit", f"daily_cap_reached {cite}", **visit)

    assert refused["blockers"][0]["need"] == str(cap)
    county.on("2022-04-28")
    county.act(SECRETARY, case, "record_visit", **visit | {"visited_on": county.today})


@pytest.mark.parametrize(
    ("visitors", "role", "before"),
    [
        pytest.param(TEAM, "first_secretary", 19, id="the twentieth household"),
        pytest.param(
            [{"name": name, "role": "township_team"} for name in ("壬某", "癸某", "子某")],
            "first_secretary",
            20,
            id="a team without a secretary",
        ),
        pytest.param(TEAM, "resident_team", 20, id="after visits of others"),
    ],
)
def test_ra_d16_the_cap_binds_the_two_secretaries_alone(county, a_case, visitors, role, before):
    case = a_case("planning")
    visited_before(county, case, before, role)

    county.act("township_team", case, "record_visit", visited_on=county.today, visitors=visitors)


def test_ra_d16_a_household_visited_twice_in_a_day_counts_once(county, a_case):
    case = a_case("planning")
    visited_before(county, case, 19, "first_secretary")

    for _ in range(2):
        county.act(SECRETARY, case, "record_visit", visited_on=county.today, visitors=TEAM)


def test_ra_v03_what_a_helper_learns_at_a_festival_is_taken_down_for_the_secretary(county, a_case):
    case = a_case("assisted")
    county.on("2022-06-03")

    county.act(
        HELPER, case, "collect_change", changed_on="2022-06-03", change="端午慰问：需小额信贷"
    )

    assert county.history(case)[-1] == "collect_change"


@pytest.mark.parametrize(
    ("risk", "kind", "fits"),
    [
        pytest.param("schooling", "schooling", True, id="schooling"),
        pytest.param("schooling", "employment", False, id="work for a lack of schooling"),
        pytest.param("medical", "social_security", True, id="medical care"),
        pytest.param("housing", "housing", True, id="housing"),
        pytest.param("water", "industry", False, id="farming for a lack of water"),
        pytest.param("income", "credit", True, id="income"),
        pytest.param("other", "industry", True, id="a risk that nothing is laid down for"),
    ],
)
def test_ra_v04_risk_and_measure_match(county, a_case, risk, kind, fits):
    case = a_case("village_review")
    county.act(VILLAGE, case, "conclude_review", **review(held_on="2022-04-08", risk_types=[risk]))
    county.lead(case, "planning", DOCKET[3:])
    plan = {"measures": [measure(risk_type=risk, kind=kind)]}

    if fits:
        county.act(HELPER, case, "agree_plan", **plan)
    else:
        misses = ("risk_without_measure RA-V04", "measure_mismatch RA-V04")
        county.refused(HELPER, case, "agree_plan", *misses, **plan)


@pytest.mark.parametrize(
    ("event", "state"), [("agree_plan", "planning"), ("revise_plan", "assisted")]
)
@pytest.mark.parametrize(
    ("second", "because"),
    [
        pytest.param({"risk_type": None}, "measure_incomplete", id="no risk"),
        pytest.param({"risk_type": "weather"}, "not_listed", id="an unknown risk"),
        pytest.param({"kind": "water"}, "measure_mismatch", id="a risk it does not answer"),
    ],
)
def test_ra_v04_every_measure_of_a_plan_says_which_risk_it_answers(
    county, a_case, event, state, second, because
):
    case = a_case(state)
    plan = {"reason": "调整", "measures": [measure(), measure(number=2, **second)]}

    county.refused(HELPER, case, event, f"{because} RA-V04", **plan)


def test_ra_v04_a_visit_may_say_that_the_records_agree_with_both_systems(county, a_case):
    case = a_case("assisted")
    visit = {"visited_on": county.today, "visitors": TEAM}
    agrees = {"agrees_with_county_app": True, "agrees_with_national_system": False}

    county.refused(
        SECRETARY,
        case,
        "record_visit",
        "field_unfit RA-V04",
        **visit,
        form={"agrees_with_county_app": "也许"},
    )
    answer = county.act(SECRETARY, case, "record_visit", **visit, form=agrees)

    assert answer["transition"]["statement"]["form"] == agrees


def test_ra_v05_ra_d05_records_of_the_survey_are_kept_with_the_case(county, a_case):
    case = a_case("verification")
    record = county.attach(VILLAGE, "survey_record")
    day = VISITED | {"visited_on": county.today}

    answer = county.act(VILLAGE, case, "record_verification", attachments=[record], **day)

    assert answer["transition"]["statement"]["attachments"] == [record]


# What every document leaves to the house


LATER = "2022-12-30"


@pytest.mark.parametrize(
    ("state", "role", "event", "said"),
    [
        ("verification", VILLAGE, "record_verification", VISITED | {"visited_on": LATER}),
        ("village_review", VILLAGE, "conclude_review", review(held_on=LATER)),
        ("household_notice", VILLAGE, "notify_household", TOLD | {"told_on": LATER}),
        ("assisted", SECRETARY, "record_visit", {"visited_on": LATER, "visitors": TEAM}),
        ("assisted", HELPER, "collect_change", {"changed_on": LATER, "change": "务工"}),
        ("elimination_verification", VILLAGE, "record_criteria", criteria(day=LATER)),
        ("elimination_review", VILLAGE, "conclude_deliberation", MET | {"held_on": LATER}),
        ("elimination_marking", TOWN, "mark_eliminated", {"marked_on": LATER}),
        (
            "assisted",
            VILLAGE,
            "end_naturally",
            {"ground": "death", "ended_on": LATER, "reason": "户主去世"},
        ),
    ],
)
def test_dx_06_nothing_is_dated_after_today(county, a_case, state, role, event, said):
    case = a_case(state)

    county.refused(role, case, event, "date_in_future DX-06", **said)


def test_dx_06_no_risk_arose_and_none_was_found_after_today(county):
    household = county.household(VILLAGE, "other")

    refused = county.try_open(
        VILLAGE, household, **FOUND | {"occurred_on": LATER, "discovered_on": LATER}
    )

    assert blockers(refused) == [("date_in_future", "DX-06")] * 2


@pytest.mark.parametrize("state", ["publicity", "elimination_publicity"])
def test_dx_09_a_notice_whose_content_changes_is_posted_anew(county, a_case, state):
    case = a_case(state)

    answer = county.act(
        VILLAGE, case, "repost_publicity", place="村务公开栏", remark="更正：户主姓名"
    )

    assert case.state == state
    assert "更正：户主姓名" in answer["transition"]["outcome"]["notice"]


def test_dx_08_monitoring_ends_when_nobody_is_left(county, a_case):
    case = a_case("assisted")
    said = {"ended_on": county.today, "reason": "整户迁往外省"}

    county.refused(VILLAGE, case, "end_naturally", "not_listed DX-08", ground="rich", **said)
    county.act(VILLAGE, case, "end_naturally", ground="moved_away", **said)

    assert case.state == "naturally_ended"


def test_dx_02_dx_03_a_case_may_be_refused_and_explained_or_withdrawn(county, a_case):
    refused, withdrawn = a_case("county_approval"), a_case("registration")
    told = {"means": "visit", "explained_to": "张某"}

    county.act(TASK_GROUP, refused, "refuse", reason="不符合监测条件")
    county.refused(
        VILLAGE, refused, "explain_refusal", "date_in_future DX-06", explained_on=LATER, **told
    )
    county.act(VILLAGE, refused, "explain_refusal", explained_on=county.today, **told)
    county.act(VILLAGE, withdrawn, "withdraw", reason="农户不愿纳入")

    assert (refused.state, withdrawn.state) == ("not_qualified", "withdrawn")


def test_dx_01_a_case_that_the_county_returns_is_approved_anew_and_its_days_begin_anew(
    county, a_case
):
    case = a_case("registration")
    back = {"to": "county_approval", "reason": "批复名单有误", "to_fix": ["更正姓名"]}

    county.act(TOWN, case, "return_case", **back)
    assert stands(county, case, "helper", "household_told", "measures") == dict.fromkeys(
        ("helper", "household_told", "measures"), "lapsed"
    )
    county.on("2022-04-25")
    county.act(TASK_GROUP, case, "approve", opinion="同意纳入")

    assert dates(county, case, "helper") == {"helper": "2022-05-05"}


def test_dx_01_an_elimination_that_is_returned_is_verified_anew(county, a_case):
    case = a_case("elimination_county")

    county.act(
        TASK_GROUP,
        case,
        "return_case",
        to="elimination_verification",
        reason="核查不细",
        to_fix=["重新入户"],
    )

    assert case.state == "elimination_verification"


# Accountability is recorded by people: the document's consequences are a list, nothing imposes them


def test_ra_a01_ra_a02_ra_a03_ra_a04_the_consequences_are_named(county):
    assert {one.cite for one in county.policy.lists["consequences"]} == {
        "RA-A01",
        "RA-A02",
        "RA-A03",
        "RA-A04",
    }
    assert county.policy.remediation_item.time_limit == "at_once"


# What the register says of a household


def test_ra_h03_ra_d17_traits_are_registered_with_the_household_each_once(county):
    household = county.household(VILLAGE, "other", traits=["relocated", "large_site", "relocated"])

    shown = county.get(VILLAGE, f"/v1/households/{household}").json()

    assert shown["traits"] == ["large_site", "relocated"]


def test_ra_h03_ra_d17_a_trait_that_the_document_does_not_list_is_refused(county):
    body = county.district.a_household() | {
        "area_code": AREAS["village"],
        "household_type": "other",
        "traits": ["relocated", "famous"],
    }

    refused = county.post(VILLAGE, "/v1/households", body)

    assert refused.status_code == 422
    assert blockers(refused) == [("not_listed", "RA-H03 RA-D17")]


# Who does what: the roles of the programme

SAID = {event: said for _, _, event, said in DOCKET}
SECOND_HELPER = helper("second", "庚帮扶")
AT_HOME = ("first_secretary", "party_secretary", "resident_team", VILLAGE, "township_team")
"""Who goes on the great round: RA-R05, RA-R03, RA-R06."""


@pytest.mark.parametrize("state", ["village_review", "posting", "publicity"])
def test_ra_r03_the_village_s_committee_judges_and_posts_and_nobody_else(county, a_case, state):
    event = {"village_review": "conclude_review", "posting": "post_publicity"}
    due = event.get(state, "conclude_publicity")

    case = a_case(state)

    county.on("2022-04-13")
    county.only(VILLAGE, case=case, event=due, **SAID[due])


def test_ra_r03_village_and_township_respond_to_a_clue_and_nobody_else(county, a_case):
    case = a_case("clue")

    county.only(VILLAGE, TOWN, case=case, event="take_up_clue")
    county.on("2022-04-08")
    county.only(VILLAGE, TOWN, case=case, event="record_verification", **VISITED)


def test_ra_r04_a_department_warns_and_helps_with_its_own_policies(county, a_case):
    household = county.household(VILLAGE, "other")
    warning = {"channel": "department_warning", "warning": {"department": "medical"}}
    for role in (SECRETARY, "party_secretary", "resident_team", "township_team", HELPER):
        assert county.try_open(role, household, **FOUND | warning).status_code == 403
    county.open(DEPARTMENT, household, **FOUND | warning)

    case = a_case("assisted")
    reports = (HELPER, DEPARTMENT, TOWN, VILLAGE)
    county.only(*reports, case=case, event="record_progress", **progress())
    assert county.may(DEPARTMENT, case) == {"record_progress"}


def test_ra_r05_ra_r06_secretaries_team_and_township_s_group_go_on_the_round(county, a_case):
    case = a_case("assisted")
    visit = {"visited_on": county.today, "visitors": TEAM}

    county.only(*AT_HOME, case=case, event="record_visit", **visit)

    assert county.may("party_secretary", case) == {"record_visit"}
    assert county.may("township_team", case) == {"record_visit"}


def test_ra_r07_the_helper_of_the_monitoring_period_plans_and_answers_for_the_help(county, a_case):
    case = a_case("planning")
    plans = (HELPER, TOWN, VILLAGE)

    county.only(*plans, case=case, event="agree_plan", measures=[measure()])

    assert county.may(HELPER, case) == {"revise_plan", "record_progress", "collect_change"}


def test_ra_r08_a_lifted_out_household_keeps_its_helper_beside_the_new_one(county, a_case):
    case = a_case("planning", "lifted_out")
    plan = {"measures": [measure()]}
    county.refused(HELPER, case, "agree_plan", "helper_missing RA-H01", **plan)

    county.only(TOWN, VILLAGE, case=case, event="add_helper", **helper("contact", "己联系"))

    county.act(HELPER, case, "agree_plan", **plan)


@pytest.mark.parametrize(("role", "other"), [(VILLAGE, TOWN), (TOWN, VILLAGE)])
def test_ra_r09_ra_r10_community_and_township_of_origin_both_monitor_who_was_relocated(
    county, a_case, role, other
):
    household = county.household(VILLAGE, "other", traits=["relocated"])

    case = county.open(role, household, **FOUND)

    county.only(other, role, case=case, event="take_up_clue")
    county.on("2022-04-08")
    county.only(role, other, case=case, event="record_verification", **VISITED)
    helped = a_case("monitored", traits=["relocated"])
    county.only(role, other, case=helped, event="assign_helper", **helper())


def test_ra_r10_the_township_reports_and_registers_and_nobody_else(county, a_case):
    case = a_case("township_review", traits=["relocated"])

    county.only(TOWN, case=case, event="approve", opinion="同意上报")
    county.lead(case, "registration", DOCKET[6:])
    county.only(TOWN, case=case, event="register", **REGISTERED)


def test_ra_r11_the_place_of_registration_gives_a_relocated_household_its_second_helper(
    county, a_case
):
    case = a_case("planning", traits=["relocated"])
    plan = {"measures": [measure()]}
    county.refused(HELPER, case, "agree_plan", "helper_missing RA-H03", **plan)

    county.only(TOWN, VILLAGE, case=case, event="add_helper", **SECOND_HELPER)

    county.act(HELPER, case, "agree_plan", **plan)


# What the document does not say of its limits is not done to them


@pytest.mark.parametrize(("what", "named"), [("suspend", "中止"), ("extend", "延长")])
def test_ra_d09_what_a_limit_does_not_provide_for_is_refused_with_its_provision(
    county, a_case, what, named
):
    case = a_case("verification")
    clock = county.deadlines(case)["response"]

    answer = county.post(
        TOWN,
        f"/v1/deadlines/{clock['id']}/{what}",
        {"reason": "flood"},
        **{"If-Match": f'"{case.version}"'},
    )

    assert answer.status_code == 422
    (blocker,) = answer.json()["blockers"]
    assert (blocker["code"], blocker["cite"]) == ("operation_not_in_document", "RA-D09")
    assert named in blocker["detail"]
