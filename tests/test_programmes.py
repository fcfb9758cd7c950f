"""Standing duties open their campaigns by themselves: month by month, once, also after an outage.

SQ's monthly cycle, RA's from April on with its cross-checks and unannounced inspections, TG's
half-yearly inspection and monthly comparison. The clock of every test stands where it is put.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from campaign_days import OFFICE
from county import ACCEPTED, AREAS, County, Matter
from typer.testing import CliRunner

from service import invariants
from service.cli import app
from service.programmes import open_due
from service.store.areas import Area, AreaLevel, add_area
from service.store.vault import load_keys

Sweep = Callable[[str], list[tuple[str, str]]]


class Clockwork:
    """A county under a document, whose standing duties are swept on a day."""

    def __init__(self, county: County) -> None:
        self.county = county
        self.office = OFFICE[county.policy.id]
        self.registry = county.district.office.registry

    def sweep(self, day: str) -> list[tuple[str, str]]:
        """Sweep on a day; return what was opened, as programme and period."""
        self.county.on(day)
        swept = self.county.district.change(lambda s: open_due(s, self.registry))
        assert swept.refused == []
        cases = {str(one) for one in swept.opened}
        return sorted(
            (one["programme"], one["period"]) for one in self.campaigns() if one["id"] in cases
        )

    def campaigns(self, **asked: Any) -> list[dict[str, Any]]:
        found = self.county.get(self.office, "/v1/campaigns", limit=200, **asked)
        return found.json()["items"]

    def one(self, programme: str, period: str) -> Matter:
        """Return the campaign of a period."""
        (case,) = (one for one in self.campaigns(programme=programme) if one["period"] == period)
        return Matter(case["id"], "", case["version"], case["state"])

    def overdue(self) -> set[str]:
        """Return the rules of the deadlines that are overdue now."""
        found = self.county.get(self.office, "/v1/deadlines", state="overdue", kind="campaign")
        return {one["rule"] for one in found.json()["items"]}

    def conclude(self, case: Matter, **said: Any) -> None:
        self.county.act(self.office, case, "conclude_campaign", summary="已完成", **said)

    def not_concluded(self, case: Matter, *because: str, **said: Any) -> None:
        self.county.refused(
            self.office, case, "conclude_campaign", *because, summary="已完成", **said
        )


@pytest.fixture
def clockwork(under) -> Callable[[str], Clockwork]:
    return lambda document: Clockwork(under(document))


@pytest.fixture
def shiquan(clockwork) -> Clockwork:
    return clockwork("shiquan-2020")


MONTHLY = ("inspection", "recognition", "team_meeting")


# -- month by month


def test_sq_p01_sq_p02_sq_p03_the_monthly_cycle_opens_in_every_month(shiquan):
    for period, day in (("2020-03", "2020-03-01"), ("2020-04", "2020-04-01")):
        assert shiquan.sweep(day) == [(programme, period) for programme in MONTHLY]

    campaigns = shiquan.campaigns()
    assert {one["state"] for one in campaigns} == {"under_way"}
    assert {one["area_code"] for one in campaigns} == {AREAS["township"]}
    assert {one["title"] for one in campaigns if one["period"] == "2020-03"} == {
        "一月一精准排查：逐户逐人摸排（2020年3月）",
        "一月一精准评估：驻村工作队会议（2020年3月）",
        "一月一精准认定（2020年3月）",
    }


def test_what_is_opened_stands_under_the_clocks_name(shiquan):
    shiquan.sweep("2020-03-01")
    case = shiquan.one("inspection", "2020-03")

    lines = shiquan.county.get(shiquan.office, f"/v1/cases/{case.id}/history").json()["items"]

    assert [(line["event"], line["role"]) for line in lines] == [
        ("draft_campaign", "clock"),
        ("start_campaign", "clock"),
    ]
    rulebook = shiquan.county.district.office.rulebook
    assert shiquan.county.district.read(lambda s: list(invariants.violations(s, rulebook))) == []


def test_a_month_that_nobody_concluded_is_overdue(shiquan):
    shiquan.sweep("2020-03-01")
    county = shiquan.county

    county.on("2020-03-31", 23)
    assert shiquan.overdue() == set()
    county.on("2020-04-01", 0)
    assert shiquan.overdue() == set(MONTHLY)

    case = shiquan.one("team_meeting", "2020-03")
    shiquan.conclude(case, form={"team_meetings": 1}, reason="会议记录补交")
    assert shiquan.overdue() == set(MONTHLY) - {"team_meeting"}
    assert county.deadlines(case)["team_meeting"]["state"] == "late"


def test_the_list_of_an_inspection_is_frozen_in_every_month(shiquan):
    county = shiquan.county
    county.on("2020-03-01")
    county.household("resident_team", "lifted_out")
    shiquan.sweep("2020-03-02")
    county.household("resident_team", "lifted_out")
    shiquan.sweep("2020-04-01")

    listed = {(one["programme"], one["period"]): one["listed"] for one in shiquan.campaigns()}

    assert listed == {
        ("inspection", "2020-03"): 2,
        ("inspection", "2020-04"): 3,
        **{(other, m): 0 for other in MONTHLY[1:] for m in ("2020-03", "2020-04")},
    }


def test_a_standing_duty_owes_no_papers_and_is_announced_by_its_document(clockwork):
    rongan = clockwork("rongan-2022")
    rongan.sweep("2022-04-01")

    found = rongan.county.get(rongan.office, "/v1/deliverables", count=True).json()

    assert found["total"] == 0
    assert {one["announced_on"] for one in rongan.campaigns()} == {None}


def test_ra_d05_ra_d20_from_april_2022_on_every_month(clockwork):
    rongan = clockwork("rongan-2022")

    opened = {day: rongan.sweep(day) for day in ("2022-01-31", "2022-03-31", "2022-04-01")}

    assert opened["2022-01-31"] == [("files_checked", "2022")]
    assert opened["2022-03-31"] == []
    assert opened["2022-04-01"] == [
        ("covert_inspection", "2022-04"),
        ("cross_check", "2022-04"),
        ("data_collection", "2022-Q2"),
        ("two_line_survey", "2022-04"),
    ]
    assert rongan.sweep("2022-05-01") == [
        ("covert_inspection", "2022-05"),
        ("two_line_survey", "2022-05"),
    ]


def test_ra_d18_towns_and_villages_check_each_other_in_april_and_in_october(clockwork):
    rongan = clockwork("rongan-2022")

    opened = [p for month in range(1, 13) for p in rongan.sweep(f"2022-{month:02}-15")]

    checks = [period for programme, period in opened if programme == "cross_check"]
    assert checks == ["2022-04", "2022-10"]


def test_ra_d21_ra_d22_data_by_the_quarter_and_files_by_the_year(clockwork):
    rongan = clockwork("rongan-2022")

    opened = [p for month in range(1, 13) for p in rongan.sweep(f"2022-{month:02}-15")]

    assert [p for d, p in opened if d == "data_collection"] == ["2022-Q2", "2022-Q3", "2022-Q4"]
    assert [p for d, p in opened if d == "files_checked"] == ["2022"]


def test_tg_d02_tg_d03_inspection_by_half_year_and_comparison_by_month(clockwork):
    taogou = clockwork("taogou-2021")

    opened = [p for month in range(6, 13) for p in taogou.sweep(f"2021-{month:02}-15")]

    inspected = [period for programme, period in opened if programme == "concentrated_inspection"]
    compared = [period for programme, period in opened if programme == "department_comparison"]
    assert inspected == ["2021-H1", "2021-H2"]
    assert compared == [f"2021-{month:02}" for month in range(6, 13)]
    assert len(opened) == len(inspected) + len(compared)  # TG-D10 is no campaign
    case = taogou.one("concentrated_inspection", "2021-H1")
    assert taogou.county.deadlines(case)["concentrated_inspection"]["due_on"] == "2021-06-30"


# -- what concludes them


def test_sq_p01_every_household_of_the_list_was_inspected(shiquan):
    shiquan.county.on("2020-03-01")
    for _ in range(3):
        shiquan.county.household("resident_team", "lifted_out")
    shiquan.sweep("2020-03-02")
    case = shiquan.one("inspection", "2020-03")

    shiquan.not_concluded(case, "field_missing SQ-P01")
    shiquan.not_concluded(case, "count_differs SQ-P01", form={"households_inspected": 2})
    shiquan.county.act(shiquan.office, case, "excuse", numbers=[2], reason="整户迁出")
    shiquan.conclude(case, form={"households_inspected": 2})


def test_sq_p02_each_team_has_met_at_least_once_in_the_month(shiquan):
    shiquan.sweep("2020-03-02")
    case = shiquan.one("team_meeting", "2020-03")

    shiquan.not_concluded(case, "field_missing SQ-P02")
    shiquan.not_concluded(case, "below_floor SQ-P02", form={"team_meetings": 0})
    shiquan.conclude(case, form={"team_meetings": 1})


def test_sq_p03_the_leading_group_has_met(shiquan):
    shiquan.sweep("2020-03-02")
    case = shiquan.one("recognition", "2020-03")

    shiquan.not_concluded(case, "field_missing SQ-P03")
    shiquan.conclude(case, form={"leading_group_met_on": "2020-03-02"})


def test_tg_d03_the_comparison_names_its_day(clockwork):
    taogou = clockwork("taogou-2021")
    taogou.sweep("2021-07-01")
    case = taogou.one("department_comparison", "2021-07")

    taogou.not_concluded(case, "field_missing TG-D03")
    taogou.conclude(case, form={"compared_on": "2021-07-01"})


def test_ra_d05_ra_c02_ra_c03_the_survey_leaves_a_record_of_every_household_and_area(clockwork):
    rongan = clockwork("rongan-2022")
    rongan.county.on("2022-04-01")
    rongan.county.household("village_committee", "other")
    rongan.sweep("2022-04-02")
    case = rongan.one("two_line_survey", "2022-04")

    rongan.not_concluded(
        case, "evidence_missing RA-D05", "field_missing RA-C02", "not_confirmed RA-C03"
    )
    record = rongan.county.district.attach(
        rongan.office, "survey_record", area_code=AREAS["county"]
    )
    rongan.not_concluded(
        case,
        "count_differs RA-C02",
        attachments=[record],
        form={"households_surveyed": 7, "priority_areas": True},
    )
    rongan.conclude(
        case, attachments=[record], form={"households_surveyed": 1, "priority_areas": True}
    )


def test_ra_d18_ra_d20_a_check_and_a_circular_come_before_their_conclusion(clockwork):
    rongan = clockwork("rongan-2022")
    rongan.sweep("2022-04-02")
    crossed, covert = (rongan.one(p, "2022-04") for p in ("cross_check", "covert_inspection"))

    rongan.not_concluded(crossed, "not_supervised RA-D18")
    neighbour = Area(
        code="990101001202", name="邻村", level=AreaLevel.VILLAGE, parent_code=AREAS["township"]
    )
    rongan.county.district.change(lambda session: add_area(session, neighbour))
    look_at_the_village(rongan, crossed, "cross_check", checked_by="990101001202")
    rongan.conclude(crossed)

    case = look_at_the_village(rongan, covert, "unannounced")
    rongan.not_concluded(covert, "not_supervised RA-D20 RA-A03")
    rongan.county.act(
        rongan.office,
        case,
        "issue_circular",
        number="通报2022-4号",
        issued_on=rongan.county.today,
        unit=AREAS["village"],
        person="丙某",
        content="短板",
    )
    rongan.conclude(covert)


def look_at_the_village(at: Clockwork, campaign: Matter, method: str, **unit: Any) -> Matter:
    """Let somebody look at the village in a supervision of a campaign."""
    today = at.county.today
    plan = {
        "method": method,
        "units": [{"unit": AREAS["village"], **unit}],
        "by_unit": "督查组",
        "team": ["甲某"],
        "first_day": today,
        "last_day": today,
        "campaign_id": campaign.id,
    }
    answer = at.county.post(at.office, "/v1/supervisions", plan)
    assert answer.status_code == ACCEPTED, answer.text
    planned = answer.json()["case"]
    case = Matter(planned["id"], "", planned["version"], planned["state"])
    said = {"checked_on": today, "checked_by": ["甲某"], "result": "查看台账", "findings": []}
    at.county.act(at.office, case, "record_check", unit=AREAS["village"], **said)
    return case


# -- once, and after an outage


def test_a_second_sweep_opens_nothing_more(shiquan):
    assert len(shiquan.sweep("2020-03-01")) == 3

    assert [shiquan.sweep(day) for day in ("2020-03-01", "2020-03-20", "2020-03-31")] == [[]] * 3
    assert len(shiquan.campaigns()) == 3


def test_of_four_sweeps_at_once_one_opens(shiquan):
    shiquan.county.on("2020-03-01")
    office = shiquan.county.district.office
    portal = shiquan.county.district.client.portal

    async def both() -> list[int]:
        sweep = lambda session: open_due(session, shiquan.registry)  # noqa: E731
        found = await asyncio.gather(*(office.database.transact(sweep) for _ in range(4)))
        return [len(swept.opened) for swept in found]

    opened = sorted(portal.call(both))
    assert opened[:3] == [0, 0, 0]
    assert len(shiquan.campaigns()) == 3


def test_dx_25_what_was_missed_in_an_outage_is_opened_late_and_overdue(shiquan):
    shiquan.sweep("2020-03-01")
    for programme, form in (
        ("inspection", {"households_inspected": 0}),
        ("team_meeting", {"team_meetings": 1}),
        ("recognition", {"leading_group_met_on": "2020-03-01"}),
    ):
        shiquan.conclude(shiquan.one(programme, "2020-03"), form=form)

    opened = shiquan.sweep("2020-06-10")

    assert opened == sorted((p, f"2020-0{month}") for p in MONTHLY for month in (4, 5, 6))
    late = {one["period"]: one["opened_late"] for one in shiquan.campaigns(programme="inspection")}
    assert late == {"2020-03": False, "2020-04": True, "2020-05": True, "2020-06": False}
    assert shiquan.overdue() == set(MONTHLY)


def test_dx_25_nothing_is_opened_that_lies_more_than_a_year_back(shiquan):
    shiquan.sweep("2020-03-01")

    opened = shiquan.sweep("2022-06-15")

    periods = [period for programme, period in opened if programme == "recognition"]
    assert (periods[0], periods[-1], len(periods)) == ("2021-06", "2022-06", 13)


def test_dx_25_before_its_first_sweep_nothing_was_missed(shiquan):
    assert shiquan.sweep("2020-09-15") == [(programme, "2020-09") for programme in MONTHLY]


# -- where


def test_each_area_of_the_level_has_its_own(shiquan):
    def another(session: Any) -> None:
        town = Area(
            code="990101002000",
            name="示例二镇",
            level=AreaLevel.TOWNSHIP,
            parent_code=AREAS["county"],
        )
        add_area(session, town)

    shiquan.county.district.change(another)
    shiquan.sweep("2020-03-01")

    found = shiquan.county.get("county_office", "/v1/campaigns", programme="recognition").json()
    places = [one["area_code"] for one in found["items"]]
    assert sorted(places) == [AREAS["township"], "990101002000"]


def test_an_area_with_a_document_of_its_own_is_not_anothers(shiquan):
    def rule_itself(session: Any) -> None:
        session.get_one(Area, AREAS["township"]).policy_id = "national-2022"

    shiquan.county.district.change(rule_itself)

    assert shiquan.sweep("2020-03-01") == []


def test_a_document_named_below_the_level_of_its_duty_is_done_where_it_is_named(clockwork):
    rongan = clockwork("rongan-2022")

    def name_lower(session: Any) -> None:
        session.get_one(Area, AREAS["county"]).policy_id = None
        session.get_one(Area, AREAS["township"]).policy_id = "rongan-2022"

    rongan.county.district.change(name_lower)
    rongan.sweep("2022-05-01")

    assert {one["area_code"] for one in rongan.campaigns()} == {AREAS["township"]}


def test_a_standing_duty_has_no_phases_and_nobody_moves_its_days(clockwork):
    taogou = clockwork("taogou-2021")
    taogou.sweep("2021-06-10")
    case = taogou.one("concentrated_inspection", "2021-H1")
    window = {"phase": "field", "first": "2021-06-10", "last": "2021-06-12"}

    assert taogou.county.get(taogou.office, f"/v1/campaigns/{case.id}").json()["phases"] == []
    taogou.county.refused(
        taogou.office, case, "change_window", "phase_not_known DX-21", window=window, reason="雨"
    )


NOTHING_DUE = "0 step(s) of ladders taken.", "0 message(s) sent."


def test_dixian_tick_sweeps_once(monkeypatch, database_url, tmp_path):
    monkeypatch.setenv("DIXIAN_DATABASE_URL", database_url)
    monkeypatch.setenv("DIXIAN_DATA_DIR", str(tmp_path))
    load_keys(tmp_path / "keys.json", create=True)

    told = [CliRunner().invoke(app, ["tick"], catch_exceptions=False) for _ in range(2)]

    no_key = f"there is no key at {tmp_path / 'log-key.json'}."
    assert [one.exit_code for one in told] == [0, 0]
    assert [one.stdout.splitlines() for one in told] == [
        [f"{opened} campaign(s) opened.", *NOTHING_DUE, f"The log is not kept here: {no_key}"]
        for opened in (2, 0)
    ]
