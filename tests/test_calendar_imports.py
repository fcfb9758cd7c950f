"""Lists of the working calendar: looked at before, taken in, of the country and of an area.

2027 is not published: what touches it is provisional, and set when its list comes. A county's or
a township's own days hold there and below, and move no deadline anywhere else.
"""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from county import rewritten
from district import POSTED_ON, Case, District
from sqlmodel import select
from test_policy_life import appoint
from typer.testing import CliRunner

from service import invariants, sample
from service.cli import app as dixian
from service.store.calendars import CalendarYear
from service.workflows.rulebook import Rulebook

NEW_YEAR = {"date": "2027-01-01", "name": "元旦", "is_working": False}
OFFICIAL = {
    "year": 2027,
    "source": "a notice of the future",
    "days": [NEW_YEAR, {"date": "2027-01-04", "name": "元旦", "is_working": False}],
}
FIVE_WORKING_DAYS = ('unit = "date"\non = 2021-06-25', 'unit = "working_day"\namount = 5')
FLOODED = {"date": "2021-06-16", "name": "防汛停工", "is_working": False}
POSTED, MINIMUM = POSTED_ON, "publicity_minimum"
FROM_10_JUNE, A_DAY_LATER = "2021-06-18", "2021-06-21"


def own(area_code: str, *days: dict[str, Any]) -> dict[str, Any]:
    """Return a list of an area's own, of 2021."""
    listed = list(days or (FLOODED,))
    return {"year": 2021, "source": "县防指通知", "area_code": area_code, "days": listed}


@pytest.fixture(autouse=True)
def administrators(district) -> None:
    district.change(lambda session: appoint(session, "administrator", sample.COUNTY))


@pytest.fixture(autouse=True)
def _nothing_impossible(district, rulebook: Rulebook) -> Iterator[None]:
    yield
    assert district.read(lambda s: list(invariants.violations(s, rulebook))) == []


@pytest.fixture(name="case")
def a_case_in_its_publicity(district) -> Case:
    return district.a_case_at("publicity")


def send(at: District, body: Any, *, dry_run: bool = False, by: str = "administrator") -> Any:
    path = f"/v1/calendar/imports?dry_run={str(dry_run).lower()}"
    return at.post(by, path, body)


def sent(at: District, body: Any, *, dry_run: bool = False) -> dict[str, Any]:
    answer = send(at, body, dry_run=dry_run)
    assert answer.status_code == 201, answer.text
    return answer.json()


def due_on(at: District, case: Case, rule: str = MINIMUM) -> str:
    return [one["due_on"] for one in at.deadlines(case) if one["rule"] == rule][-1]


def posted_at_the_end_of_2026(at: District) -> Case:
    """Return a case whose publicity runs into a year without a published calendar."""
    case = at.a_case_at("publicity")
    at.on(date(2026, 12, 28))
    at.act("village", case, "return_case", to="posting")
    at.act("village", case, "post_publicity")
    return case


# Looked at before


def test_what_would_move_is_told_before_anything_moves_and_is_what_moves_then(district):
    case = posted_at_the_end_of_2026(district)
    untouched = district.apply()
    before = district.deadlines(case), district.history(case)
    editions = district.read(lambda s: len(s.exec(select(CalendarYear)).all()))

    looked = sent(district, OFFICIAL, dry_run=True)

    assert (district.deadlines(case), district.history(case)) == before
    assert district.read(lambda s: len(s.exec(select(CalendarYear)).all())) == editions
    (shift,) = looked["items"]
    assert (shift["case_id"], shift["rule"]) == (case.id, MINIMUM)
    assert (shift["was_due_on"], shift["was_provisional"]) == ("2027-01-04", True)
    assert (shift["due_on"], shift["provisional"]) == ("2027-01-06", False)

    done = sent(district, OFFICIAL)

    assert {**done, "dry_run": True} == looked
    assert due_on(district, case) == "2027-01-06"
    assert [line["event"] for line in district.history(case)][-1] == "recompute_deadlines"
    assert [line["event"] for line in district.history(untouched)] == ["open"]


def test_whatever_touches_an_unpublished_year_is_provisional_and_shown_as_such(district):
    case = posted_at_the_end_of_2026(district)

    assert not district.get("county", "/v1/calendar/2027").json()["published"]
    items = district.get("county", "/v1/deadlines", rule=MINIMUM).json()["items"]
    assert {(item["case_id"], item["provisional"]) for item in items} >= {(case.id, True)}


def test_one_line_is_written_for_a_case_however_many_of_its_dates_move(district, case):
    sent(district, own(sample.COUNTY))

    lines = [line for line in district.history(case) if line["event"] == "recompute_deadlines"]
    assert len(lines) == 1
    (change,) = json.loads(lines[0]["line"])["deadlines"]
    assert (change["rule"], change["due_on"]) == (MINIMUM, A_DAY_LATER)


def test_the_command_tells_the_same_before_and_then_moves_it(district, case, settings, tmp_path):
    path = tmp_path / "list.json"
    path.write_text(json.dumps(own(sample.TOWNSHIP)), encoding="utf-8")
    environment = {
        "DIXIAN_DATABASE_URL": settings.url,
        "DIXIAN_DATA_DIR": str(settings.data_dir),
    }

    def told(*more: str) -> str:
        run = CliRunner().invoke(dixian, ["calendar", "import", str(path), *more], env=environment)
        assert run.exit_code == 0, run.output
        return " ".join(run.output.split())

    moved = f"case {case.id} {MINIMUM}: {FROM_10_JUNE} → {A_DAY_LATER}"
    looked = told("--dry-run")
    assert moved in looked
    assert "would be edition" in looked
    assert due_on(district, case) == FROM_10_JUNE

    done = told()
    assert moved in done
    assert due_on(district, case) == A_DAY_LATER


# Calendars of areas


@pytest.mark.parametrize(
    ("area_code", "moves"),
    [
        pytest.param(sample.COUNTY, True, id="the county's: it lies in it"),
        pytest.param(sample.TOWNSHIP, True, id="its township's"),
        pytest.param(sample.VILLAGE, True, id="its own"),
        pytest.param(sample.NEIGHBOUR, False, id="the neighbour's"),
        pytest.param(sample.OTHER_TOWNSHIP, False, id="another township's"),
    ],
)
def test_an_areas_own_days_hold_there_and_below_and_nowhere_else(district, case, area_code, moves):
    told = sent(district, own(area_code))

    assert told["deadlines"] == told["cases"] == (1 if moves else 0)
    assert due_on(district, case) == (A_DAY_LATER if moves else FROM_10_JUNE)


def test_a_clock_that_starts_later_counts_by_its_areas_calendar(district):
    sent(district, own(sample.TOWNSHIP))

    case = district.a_case_at("publicity")

    assert due_on(district, case) == A_DAY_LATER
    clock = next(one for one in district.deadlines(case) if one["rule"] == MINIMUM)
    told = district.get("village", f"/v1/deadlines/{clock['id']}/explain").json()
    flooded = [step for step in told["steps"] if step["on"] == "2021-06-16"]
    assert [(step["counted"], step["why"]["zh"]) for step in flooded] == [(None, "防汛停工")]


def test_of_two_lists_that_name_a_day_the_inner_areas_counts(district, case):
    sent(district, own(sample.COUNTY))
    worked = {**FLOODED, "is_working": True, "name": "正常上班"}

    sent(district, own(sample.TOWNSHIP, worked))

    assert due_on(district, case) == FROM_10_JUNE
    sent(district, own(sample.COUNTY, FLOODED, {**FLOODED, "date": "2021-06-17"}))
    assert due_on(district, case) == A_DAY_LATER


def test_a_later_list_of_an_area_replaces_its_earlier_one(district, case):
    sent(district, own(sample.TOWNSHIP))
    other_day = {**FLOODED, "date": "2021-06-26"}

    told = sent(district, own(sample.TOWNSHIP, other_day))

    assert [(one["was_due_on"], one["due_on"]) for one in told["items"]] == [
        (A_DAY_LATER, FROM_10_JUNE)
    ]
    assert due_on(district, case) == FROM_10_JUNE


def test_an_areas_own_list_publishes_no_year(district):
    case = posted_at_the_end_of_2026(district)
    listed = {**own(sample.COUNTY, NEW_YEAR), "year": 2027}

    sent(district, listed)

    items = district.get("county", "/v1/deadlines", rule=MINIMUM, state="running").json()["items"]
    (clock,) = [one for one in items if one["case_id"] == case.id]
    assert (clock["due_on"], clock["provisional"]) == ("2027-01-05", True)
    told = district.get("county", "/v1/calendar/2027", area=sample.VILLAGE).json()
    assert not told["published"]


class TestDaysLate:
    """Under a document with a limit of five working days from the application on."""

    @pytest.fixture
    def rulebook(self, tmp_path: Path) -> Rulebook:
        return rewritten(tmp_path, sample.POLICY, *FIVE_WORKING_DAYS)

    def test_days_late_are_counted_by_the_calendar_of_the_cases_area(self, district):
        def days_late(**filters: Any) -> list[int]:
            told = district.get("county", "/v1/deadlines", state="overdue", **filters).json()
            return [item["days_late"] for item in told["items"]]

        district.apply()  # on 3 June: to 10 June
        district.on(date(2021, 6, 18))
        assert days_late() == days_late(min_days_late=5) == [5]

        sent(district, own(sample.TOWNSHIP))

        assert days_late() == days_late(min_days_late=4) == [4]
        assert days_late(min_days_late=5) == []


def test_a_year_is_read_for_an_area_with_its_own_days(district):
    sent(district, own(sample.TOWNSHIP))

    def special(**area: str) -> list[str]:
        told = district.get("county", "/v1/calendar/2021", **area).json()
        return [day["on"] for day in told["special_days"]]

    assert "2021-06-16" not in special()
    assert "2021-06-16" not in special(area=sample.OTHER_VILLAGE)
    assert "2021-06-16" in special(area=sample.VILLAGE)
    told = district.get("county", "/v1/calendar/2021", area=sample.VILLAGE).json()
    assert [one["area_code"] for one in told["own_lists"]] == [sample.TOWNSHIP]
    stranger = district.get("neighbour", "/v1/calendar/2021", area=sample.VILLAGE)
    assert stranger.status_code == 404


# Who may


def test_dx_63_an_areas_list_is_its_administrators_and_the_official_one_the_outermosts(district):
    district.change(lambda session: appoint(session, "clerk", sample.TOWNSHIP))

    for by in ("village", "county", "clerk"):
        answer = send(district, own(sample.TOWNSHIP), by=by)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_your_role"), by
    outside = send(district, own("999999999999"))
    assert (outside.status_code, outside.json()["code"]) == (404, "not_found")
    assert send(district, OFFICIAL).status_code == 201


def test_an_import_is_kept_with_who_brought_it(district):
    sent(district, own(sample.TOWNSHIP))

    newest = district.read(
        lambda s: s.exec(select(CalendarYear).order_by(CalendarYear.edition.desc())).first()
    )

    assert (newest.area_code, newest.source) == (sample.TOWNSHIP, "县防指通知")
    assert newest.imported_by is not None


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"days": []}, id="no day"),
        pytest.param({"days": [FLOODED, FLOODED]}, id="a day twice"),
        pytest.param({"days": [NEW_YEAR]}, id="a day of another year"),
        pytest.param({"area_code": "village"}, id="no area"),
        pytest.param({"year": "2021"}, id="a year in quotes"),
    ],
)
def test_a_list_that_is_none_is_refused_and_changes_nothing(district, case, wrong):
    answer = send(district, {**own(sample.TOWNSHIP), **wrong})

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert due_on(district, case) == FROM_10_JUNE
