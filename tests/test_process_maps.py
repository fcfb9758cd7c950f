"""How cases really went, counted from the log: stays, ways, variants, rework; and the picture.

Issue 6, part 7.
"""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from auditing import appoint
from district import CONCLUDED_ON, POSTED_ON, District
from typer.testing import CliRunner

from service import sample
from service.cli import app

MAP = "/v1/audit/process-map"
POLICY = "taogou-2021@1"


@pytest.fixture
def at(district: District) -> District:
    """Return a district with three cases: one held up, one sent back once, one withdrawn."""
    appoint(district, "auditor", "auditor")
    appoint(district, "auditor_elsewhere", "auditor", sample.OTHER_TOWNSHIP)
    district.a_case_at("publicity")
    sent_back = district.a_case_at("township_review")
    district.on(CONCLUDED_ON, 12)
    district.act("township", sent_back, "return_case", to="village_review", reason="材料不全")
    district.a_case_at("withdrawn")
    return district


def ask(at: District, username: str = "auditor", **asked: Any) -> Any:
    answer = at.get(username, MAP, **{"policy": POLICY, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def states(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["state"]: one for one in told["states"]}


def ways(told: dict[str, Any]) -> dict[tuple[str, str], tuple[int, int]]:
    return {(one["from"], one["to"]): (one["times"], one["back"]) for one in told["ways"]}


def test_each_state_tells_how_many_cases_came_how_long_they_stayed_and_who_is_still_there(at):
    told = ask(at)

    assert (told["cases"], told["policy"], told["kind"]) == (3, POLICY, "monitoring_object")
    publicity = states(told)["publicity"]
    assert (publicity["cases"], publicity["visits"], publicity["open"]) == (2, 2, 1)
    days = (CONCLUDED_ON - POSTED_ON).days
    assert publicity["median_hours"] == publicity["longest_hours"] == days * 24
    assert publicity["label"]["zh"] == "村内公示"
    withdrawn = states(told)["withdrawn"]
    assert (withdrawn["cases"], withdrawn["open"], withdrawn["median_hours"]) == (1, 0, None)


def test_ways_are_counted_and_those_that_lead_back_apart(at):
    told = ways(ask(at))

    assert told["consent", "group_deliberation"] == (2, 0)
    assert told["consent", "withdrawn"] == (1, 0)
    assert told["township_review", "village_review"] == (1, 1)


def test_rework_is_a_state_that_a_case_comes_into_again(at):
    told = ask(at)

    assert told["reworked_cases"] == 1
    review = states(told)["village_review"]
    assert (review["cases"], review["visits"], review["again"], review["open"]) == (2, 3, 1, 1)


def test_a_variant_is_the_way_through_the_states_and_the_most_frequent_comes_first(at):
    again = at.apply()
    at.act("village", again, "withdraw")

    told = ask(at)

    assert told["variants_in_all"] == 3
    first = told["variants"][0]
    assert (first["states"], first["cases"]) == (["consent", "withdrawn"], 2)
    assert sum(one["cases"] for one in told["variants"]) == told["cases"] == 4


def test_what_only_notes_something_is_no_way(at):
    case = at.a_case_at("publicity")
    before = ask(at)
    for _ in range(3):
        at.act("village", case, "object")

    after = ask(at)

    assert after["ways"] == before["ways"]
    assert after["lines"] == before["lines"] + 3


def test_the_sums_agree_with_each_other(at):
    told = ask(at)

    for state, one in states(told).items():
        left = sum(times for (source, _), (times, _) in ways(told).items() if source == state)
        came = sum(times for (_, target), (times, _) in ways(told).items() if target == state)
        opened = told["cases"] if state == "consent" else 0
        assert one["visits"] == came + opened, state
        assert one["visits"] - left in {0, one["open"], one["visits"]}, state
        assert one["again"] == one["visits"] - one["cases"], state


def test_an_auditor_counts_the_cases_of_their_area_alone(at):
    assert ask(at, "auditor_elsewhere")["cases"] == 0
    assert ask(at, area=sample.NEIGHBOUR)["cases"] == 0
    answer = at.get("auditor_elsewhere", MAP, policy=POLICY, area=sample.VILLAGE)
    assert answer.status_code == 404


def test_a_period_is_that_of_the_opening(at):
    assert ask(at, since="2021-06-03", until="2021-06-03")["cases"] == 3
    assert ask(at, since="2021-06-04")["cases"] == 0


@pytest.mark.parametrize("asked", [{"policy": "taogou-2021@9"}, {"policy": "unknown@1"}], ids=str)
def test_a_document_that_there_is_not_is_not_found(asked, at):
    assert at.get("auditor", MAP, **asked).status_code == 404


def test_too_much_to_count_while_somebody_waits_is_refused(at, monkeypatch):
    monkeypatch.setattr("service.api.process_maps.MOST_LINES", 5)

    answer = at.get("auditor", MAP, policy=POLICY)

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


def test_the_picture_has_a_box_for_each_state_and_an_arc_for_each_way(at):
    told = ask(at)
    headers = {**at.headers("auditor"), "Accept": "image/svg+xml"}

    answer = at.client.get(MAP, params={"policy": POLICY}, headers=headers)

    assert answer.headers["content-type"].startswith("image/svg+xml")
    picture = ET.fromstring(answer.text)  # noqa: S314 - our own
    svg = "{http://www.w3.org/2000/svg}"
    assert len(picture.findall(f"{svg}rect[@class='state']")) == len(told["states"])
    arcs = [one for one in picture.findall(f"{svg}path") if "arc" in one.get("class", "")]
    assert len(arcs) == len(told["ways"])
    assert len([one for one in arcs if "back" in one.get("class", "")]) == 1
    words = "".join(picture.itertext())
    assert "3件，其中1件有返工" in words
    assert "1次，其中退回1次" in words


def test_the_command_writes_both(at, settings, tmp_path: Path):
    environment = {
        "DIXIAN_DATABASE_URL": settings.database_url,
        "DIXIAN_DATA_DIR": str(settings.data_dir),
    }

    done = CliRunner().invoke(app, ["audit", "map", POLICY, str(tmp_path / "map")], env=environment)

    assert done.exit_code == 0, done.output
    written = json.loads((tmp_path / "map" / "process-map.json").read_text())
    assert written == ask(at)
    assert (tmp_path / "map" / "process-map.svg").read_text().startswith("<svg")
