"""Doubts (疑点) on the data of monitored households: GN-V01 to GN-V13, as a report over HTTP.

A household without a doubt is led through the national guide's procedure; each test changes one
thing that was said of it, and the report names the rule, the case and what to do.
"""

from datetime import date
from decimal import Decimal
from importlib import import_module
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

import pytest
from bodies import FACTS, WELL_OFF
from county import AREAS, County
from openpyxl import load_workbook
from sqlalchemy import delete, select
from test_national import DOCKET, FOUND, OPENED, POOR, REVIEW, WELL
from test_national import criteria as every_criterion

from service import sample
from service.reports.doubts import CONDITIONS, Around, counted, doubtful, doubts_of
from service.store.monitored import MEASURES, MONITORED, RISKS
from service.workflows.doubts import AT_THE_DOOR, Doubt, doubt_gaps
from service.workflows.eligibility import IncomeLine

PATH = "/v1/reports/data-quality"
VILLAGE, TOWN, OFFICE = "village_committee", "township_office", "county_bureau"
RECOGNISED, ELIMINATED = "2022-07-19", "2023-02-08"
ENTRY = DOCKET[:11]
"""From the visit until the helper is named; the plan follows."""


def measures(*kinds):
    said = [{"number": n, "kind": kind, "what": "帮扶"} for n, kind in enumerate(kinds, 1)]
    return {"measures": said}


def docket(day=ELIMINATED, review=None, plan=("health",), facts=WELL, **marked):
    """Return the acts of a household that raises no doubt, changed as told."""
    told = REVIEW | {"risk_types": ["illness"]} | (review or {})
    found = every_criterion() | {"visited_on": day} | ({"facts": facts} if facts else {})
    met = {"held_on": day, "participants": 11, "opinion": "for"}
    entry = (
        (d, who, act, told if act == "conclude_review" else said) for d, who, act, said in ENTRY
    )
    return (
        *entry,
        (RECOGNISED, TOWN, "agree_plan", measures(*plan)),
        (day, VILLAGE, "propose_elimination", {"reason": "收入稳定"}),
        (day, VILLAGE, "record_criteria", found),
        (day, VILLAGE, "conclude_deliberation", met),
        (day, VILLAGE, "post_publicity", {"place": "村务公开栏"}),
        (day, VILLAGE, "conclude_publicity", {}),
        (day, OFFICE, "approve", {"opinion": "同意消除"}),
        (day, OFFICE, "announce", {"place": "县政府网站"}),
        (day, TOWN, "mark_eliminated", {"marked_on": day, **marked}),
    )


@pytest.fixture(name="county")
def a_county(under) -> County:
    county = under("national-2022")
    county.on(OPENED)
    return county


@pytest.fixture
def a_case(county):
    """Return what leads the case of a new household to a state, as a docket has it."""

    def led_to(state, **changes):
        county.on(OPENED)
        household = county.household(VILLAGE, "ordinary")
        case = county.open(VILLAGE, household, discovered_on=FOUND)
        return county.lead(case, state, docket(**changes))

    return led_to


def read(county, role=OFFICE, **asked):
    answer = county.get(role, PATH, count=True, **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def doubts(county, case):
    """Return the rules by which a case raises a doubt."""
    return {one["rule"] for one in read(county, limit=200)["items"] if one["case_id"] == case.id}


def test_a_household_as_it_should_be_raises_no_doubt(county, a_case):
    a_case("eliminated")

    report = read(county)

    assert (report["items"], report["total"]) == ([], 0)
    assert {one["number"] for one in report["rules"]} == {0}


# Identity: the register refuses what the national system only doubts


@pytest.mark.parametrize(
    "number",
    [
        pytest.param("1101051949123100", id="16 characters"),
        pytest.param("110105194912310021", id="a wrong check character"),
        pytest.param("11010519491231002X1", id="19 characters"),
    ],
)
def test_gn_v01_a_number_of_a_wrong_length_or_check_character_is_not_registered(county, number):
    head = {"name": "张某", "relation": "head", "id_number": number}
    body = {"area_code": AREAS["village"], "household_type": "ordinary", "members": [head]}

    assert county.post(VILLAGE, "/v1/households", body).status_code == 400


def test_gn_v01_a_person_is_registered_once_in_the_whole_installation(county):
    body = county.district.a_household() | {"area_code": AREAS["village"], "telephone": None}
    assert county.post(VILLAGE, "/v1/households", body).status_code == 201

    again = county.post(VILLAGE, "/v1/households", body)

    assert (again.status_code, again.json()["code"]) == (409, "household_exists")
    rule = next(one for one in read(county)["rules"] if one["rule"] == "GN-V01")
    assert (rule["at_the_door"], rule["number"]) == (True, 0)


# Completeness


def test_gn_v02_a_household_is_recognised_with_its_risk(county, a_case):
    case = a_case("assisted", review={"risk_types": []})

    assert doubts(county, case) == {"GN-V02"}


def test_gn_v02_income_and_guarantees_are_facts_that_no_review_goes_without(county, a_case):
    case = a_case("village_review")
    lacking = {name: value for name, value in REVIEW.items() if name != "facts"}

    county.refused(VILLAGE, case, "conclude_review", status=400, **lacking)


def test_gn_v03_another_risk_is_described(county, a_case):
    silent = a_case("assisted", review={"risk_types": ["other"]})
    told = a_case("assisted", review={"risk_types": ["other"], "reason": "因债务纠纷"})

    assert (doubts(county, silent), doubts(county, told)) == ({"GN-V03"}, set())


def test_gn_v04_income_and_guarantees_are_taken_down_at_the_elimination(county, a_case):
    assert doubts(county, a_case("eliminated", facts=None)) == {"GN-V04"}


# Time


@pytest.mark.parametrize(("today", "found"), [("2022-08-18", set()), ("2022-08-19", {"GN-V05"})])
def test_gn_v05_a_month_after_recognition_there_are_measures(county, a_case, today, found):
    case = a_case("planning")

    county.on(today)

    assert doubts(county, case) == found


def test_gn_v05_who_is_monitored_no_longer_needs_no_measures(county, a_case):
    case = a_case("planning")
    left = {"ground": "moved_away", "ended_on": RECOGNISED, "reason": "整户迁出"}
    county.act(VILLAGE, case, "end_naturally", **left)

    county.on("2022-08-19")

    assert doubts(county, case) == set()


@pytest.mark.parametrize(
    ("day", "found"),
    [
        pytest.param("2022-12-30", {"GN-V06"}, id="5 months"),
        pytest.param("2023-01-03", set(), id="6 months"),
    ],
)
def test_gn_v06_an_elimination_comes_six_months_after_the_recognition(county, a_case, day, found):
    assert doubts(county, a_case("eliminated", day=day)) == found


def test_gn_v06_what_was_recognised_before_april_2022_is_left_alone(district):
    case = district.a_case_at("eliminated")

    assert "GN-V06" not in {
        one["rule"]
        for one in district.get("county", PATH).json()["items"]
        if one["case_id"] == case.id
    }


@pytest.mark.parametrize(
    ("day", "means", "found"),
    [
        pytest.param("2022-07-29", "by_assistance", True, id="the same month"),
        pytest.param("2022-08-31", "by_assistance", True, id="the next month"),
        pytest.param("2022-08-31", "natural", False, id="the next month, by itself"),
        pytest.param("2022-09-01", "by_assistance", False, id="the month after"),
    ],
)
def test_gn_v07_nobody_is_eliminated_at_once_but_by_itself(county, a_case, day, means, found):
    case = a_case("eliminated", day=day, means=means)

    assert doubts(county, case) == ({"GN-V06", "GN-V07"} if found else {"GN-V06"})


# Measures


@pytest.mark.parametrize(("means", "found"), [("by_assistance", {"GN-V08"}), ("natural", set())])
def test_gn_v08_who_was_helped_out_of_the_risk_had_a_measure(county, a_case, means, found):
    case = a_case("eliminated", means=means)

    # No procedure leads there: a plan has a measure. A ledger that was brought along may not.
    county.district.change(lambda session: session.execute(delete(MEASURES)))

    assert doubts(county, case) == found


@pytest.mark.parametrize(
    ("risk", "plan", "found"),
    [
        pytest.param("illness", ["employment"], {"GN-V09"}, id="illness and work"),
        pytest.param("illness", ["social_security"], set(), id="illness and social security"),
        pytest.param("schooling", ["health"], {"GN-V09"}, id="schooling and health"),
        pytest.param("schooling", ["health", "education"], set(), id="and education"),
        pytest.param("water", ["health"], {"GN-V09"}, id="water and health"),
        pytest.param("disability", ["industry"], set(), id="a risk that names no measure"),
    ],
)
def test_gn_v09_illness_schooling_and_water_have_a_measure_that_answers_them(
    county, a_case, risk, plan, found
):
    case = a_case("assisted", review={"risk_types": [risk]}, plan=plan)

    assert doubts(county, case) == found


def test_gn_v09_a_plan_that_is_revised_is_what_counts(county, a_case):
    case = a_case("assisted", plan=["employment"])

    county.act(TOWN, case, "revise_plan", reason="补充", **measures("employment", "health"))

    assert doubts(county, case) == set()


# Income


@pytest.mark.parametrize(("found_then", "found"), [(FACTS, True), (WELL_OFF, False)])
def test_gn_v10_nobody_is_eliminated_below_the_line_of_the_year(district, found_then, found):
    case = district.a_case_at("eliminated", record_criteria={"facts": found_then})

    rules = {one["rule"] for one in district.get("county", PATH).json()["items"]}

    assert ("GN-V10" in rules) is found
    assert district.get("county", f"/v1/monitoring-objects/{case.id}").status_code == 200


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        pytest.param([(2023, None, 20_000)], 0, id="as much as the line"),
        pytest.param([(2023, None, 20_001)], 1, id="below it"),
        pytest.param([(2022, None, 20_001)], 0, id="the line of another year"),
        pytest.param([(2023, AREAS["county"], 20_001)], 1, id="the line of the county"),
        pytest.param([(2023, "999900000000", 20_001)], 0, id="the line of another county"),
        pytest.param(
            [(2023, None, 20_001), (2023, AREAS["county"], 9_000)], 0, id="the county's goes before"
        ),
    ],
)
def test_gn_v10_the_line_is_that_of_the_year_and_of_the_smallest_area(
    county, a_case, rulebook, lines, found
):
    a_case("eliminated")
    policy = county.policy
    said = tuple(
        IncomeLine(year=year, area=area, per_capita_net_yuan=Decimal(yuan), cite="GN-E01")
        for year, area, yuan in lines
    )
    rules = policy.monitoring_object.eligibility.model_copy(update={"income_lines": said})
    around = Around(date(2023, 2, 9), {policy.ref: rules})

    def ask(session):
        return counted(session, doubtful(doubts_of(rulebook), AREAS["county"], around))

    assert county.district.read(ask).get("GN-V10", 0) == found


@pytest.mark.parametrize(("yuan", "found"), [("20000.00", set()), ("20000.01", {"GN-V11"})])
def test_gn_v11_nobody_who_is_recognised_has_more_than_20000_yuan(county, a_case, yuan, found):
    income = POOR["income"] | {"wages": yuan}

    case = a_case("assisted", review={"facts": POOR | {"income": income}})

    assert doubts(county, case) == found


# Labour and support


def of_four(risk, **form):
    """Return a review of a household of four, and what the form of the document says of it."""
    income = POOR["income"] | {"persons": 4}
    return {"risk_types": [risk], "facts": POOR | {"income": income}, "form": form}


SUPPORTED = {"marked_for_support": True, "on_allowance": True}


@pytest.mark.parametrize(
    ("risk", "form", "found"),
    [
        pytest.param("labour_shortage", {"able_to_work": 1}, set(), id="short: 25 %"),
        pytest.param("labour_shortage", {"able_to_work": 2}, {"GN-V12"}, id="short: 50 %"),
        pytest.param("disability", {"able_to_work": 2}, set(), id="another risk"),
        pytest.param("unstable_employment", {"able_to_work": 1}, set(), id="one who works"),
        pytest.param(
            "unstable_employment", {"able_to_work": 0, **SUPPORTED}, {"GN-V12"}, id="nobody works"
        ),
        pytest.param("labour_shortage", {}, set(), id="nobody was asked"),
    ],
)
def test_gn_v12_who_is_short_of_labour_has_little_and_who_works_unsteadily_has_some(
    county, a_case, risk, form, found
):
    assert doubts(county, a_case("planning", review=of_four(risk, **form))) == found


@pytest.mark.parametrize(
    ("form", "found"),
    [
        pytest.param({"able_to_work": 0}, True, id="nobody able, not marked"),
        pytest.param({"able_to_work": 0, **SUPPORTED}, False, id="nobody able, supported"),
        pytest.param({"able_to_work": 1, **SUPPORTED}, True, id="marked, and one is able"),
        pytest.param(
            {"able_to_work": 0, **SUPPORTED, "on_allowance": False}, True, id="without allowance"
        ),
        pytest.param({"able_to_work": 1, "marked_for_support": False}, False, id="not marked"),
    ],
)
def test_gn_v13_who_has_no_labour_is_marked_and_supported(county, a_case, form, found):
    case = a_case("planning", review=of_four("disability", **form))

    assert doubts(county, case) == ({"GN-V13"} if found else set())


# The report


@pytest.fixture
def doubted(county, a_case):
    """Return a county with three doubts: two of one case, one of another, and one case of none."""
    both = a_case("planning", review=of_four("other", able_to_work=0))
    one = a_case("planning", review={"risk_types": ["other"]})
    a_case("planning")
    return county, both, one


def test_each_number_is_the_length_of_its_list(doubted):
    county, both, one = doubted

    report = read(county)

    numbers = {rule["rule"]: rule["number"] for rule in report["rules"]}
    assert {rule: number for rule, number in numbers.items() if number} == {
        "GN-V03": 2,
        "GN-V13": 1,
    }
    assert report["total"] == sum(numbers.values())
    for rule in report["rules"]:
        parts = urlsplit(rule["list"])
        answer = county.get(OFFICE, parts.path, **dict(parse_qsl(parts.query))).json()
        assert (answer["total"], len(answer["items"])) == (rule["number"], rule["number"])
    assert {item["case_id"] for item in report["items"]} == {both.id, one.id}


def test_a_doubt_says_what_to_do_and_where_the_case_is(doubted):
    county, both, _ = doubted

    (doubt,) = read(county, rule="GN-V13")["items"]

    assert doubt["to_do"]["zh"] == "核对兜底标注和低保、特困认定"
    assert county.get(OFFICE, doubt["case"]).json()["id"] == both.id
    assert doubt["recognised_on"] == RECOGNISED


def test_the_list_is_read_page_by_page_and_none_is_shown_twice(doubted):
    county, _, _ = doubted
    seen, cursor = [], {}
    for _ in range(3):
        page = read(county, limit=1, **cursor)
        seen += [(item["rule"], item["case_id"]) for item in page["items"]]
        cursor = {"cursor": page["next_cursor"]}

    assert page["next_cursor"] is None
    assert seen == sorted(set(seen))
    assert len(seen) == 3


def test_the_workbook_has_a_row_for_every_doubt(doubted):
    county, _, _ = doubted
    answer = county.get(OFFICE, f"{PATH}.xlsx")

    rows = list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))

    found = [(row[0], row[7]) for row in rows if str(row[0]).startswith("GN-")]
    assert found == [(one["rule"], one["case_id"]) for one in read(county, limit=200)["items"]]
    filtered = county.get(OFFICE, f"{PATH}.xlsx", rule="GN-V13").content
    assert len(list(load_workbook(BytesIO(filtered)).active.rows)) == len(rows) - 2


def test_nobody_sees_the_doubts_of_another_area(doubted):
    county, _, _ = doubted

    assert read(county, role=VILLAGE)["total"] == 3
    assert county.district.get("county", PATH, count=True).json()["total"] == 0
    assert county.get(VILLAGE, PATH, area=sample.VILLAGE).status_code == 404
    assert county.get(OFFICE, PATH, area=AREAS["village"]).status_code == 200


@pytest.mark.parametrize(
    "asked", [{"rule": "V03"}, {"rule": "'; DROP"}, {"area": "1"}, {"cursor": "x"}, {"by": "rule"}]
)
def test_what_cannot_be_asked_is_refused(county, asked):
    assert county.get(OFFICE, PATH, **asked).status_code == 400


def test_every_doubt_has_one_function_and_every_rule_of_the_document_one_doubt(rulebook):
    doubts = doubts_of(rulebook)

    assert {doubt.code for doubt in doubts} == set(CONDITIONS) | {AT_THE_DOOR}
    assert [doubt.cite for doubt in doubts] == [f"GN-V{number:02}" for number in range(1, 14)]


def test_without_a_document_that_has_doubts_there_are_none(county):
    empty = doubtful((), AREAS["county"], Around(date(2023, 1, 1), {}))

    assert county.district.read(lambda session: counted(session, empty)) == {}


def test_a_doubt_that_leaves_its_number_out_or_names_no_list_s_code_is_a_gap(rulebook):
    lists = rulebook.newest("national-2022").policy.lists
    said = {"zh": "疑点", "en": "doubt", "to_do": {"zh": "核实", "en": "check"}, "cite": "GN-V06"}
    early = Doubt(code="eliminated_early", months=6, **said)
    other = Doubt(code="risk_not_described", risks=("others",), **said)

    assert list(doubt_gaps([early, other, other], lists)) == [
        "doubts[eliminated_early].since: the document states it; write it",
        "doubts[risk_not_described]: 'others' is not in lists.risk_types; did you mean 'other'?",
        "doubts[risk_not_described]: stands there twice; keep one",
        "doubts[risk_not_described]: 'others' is not in lists.risk_types; did you mean 'other'?",
    ]


def test_cases_of_before_are_given_their_rows_out_of_their_dossiers(county, a_case):
    a_case("eliminated", plan=["health", "education"])
    a_case("planning", review=of_four("other", able_to_work=0))
    fill = import_module("migrations.versions.0021_monitored").fill

    def every(session):
        return [
            sorted(map(repr, session.execute(select(table)).all()))
            for table in (MONITORED, RISKS, MEASURES)
        ]

    def anew(session):
        for table in (MEASURES, RISKS, MONITORED):
            session.execute(delete(table))
        fill(session.connection())

    before = county.district.read(every)
    county.district.change(anew)

    assert county.district.read(every) == before
    assert all(before)
