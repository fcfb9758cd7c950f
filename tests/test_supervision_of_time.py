"""What a supervisor asks: what is late, whose is it, who used up the time (decision 0021).

A list, its count, the cell of the summary that links to it and its sheets are told for one
instant by one set of conditions: they agree, also on both sides of midnight.
"""

import csv
import io
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import asyncpg
import openpyxl
import pytest
from county import rewritten
from district import Case, District, codes
from notifying import appoint
from sqlalchemy import event, text
from sqlmodel import Session, col, select
from test_clock_operations import CATALOGUE, FLOOD, done, with_operations
from test_ladders import dismiss

from service import sample
from service.clock import end_of, office_time
from service.overview.asked import Asked, AskedState, Now, rows, scoped
from service.overview.totals import GroupedBy, open_totals
from service.store.columns import new_id
from service.store.deadlines import Deadline, stands_at, state_at
from service.store.notices import Notice
from service.workflows.deadlines import Unit
from service.workflows.rulebook import Rulebook

LAST_DAY = date(2021, 6, 25)
OPEN = ("overdue", "due_soon", "running", "suspended")
LEVELS = {"village": sample.VILLAGE, "township": sample.TOWNSHIP, "county": sample.COUNTY}


@pytest.fixture
def rulebook(tmp_path) -> Rulebook:
    """Return the rulebook of a document whose clocks can be suspended."""
    (tmp_path / "paper.toml").write_text(with_operations(), encoding="utf-8")
    (tmp_path / "paper.rules.toml").write_text(CATALOGUE, encoding="utf-8")
    return Rulebook(tmp_path)


@pytest.fixture(name="cases")
def cases_of_every_sort(district) -> dict[str, Case]:
    """Return cases whose clocks stand in every way there is, in the sample village."""
    met = district.a_case_at("registration")
    district.act("township", met, "register")
    stood = district.apply()
    done(district, "township", stood, "suspend", FLOOD)
    lapsed = district.apply()
    district.act("village", lapsed, "withdraw")
    late = district.a_case_at("registration")
    district.on(date(2021, 7, 6))
    district.act("township", late, "register", reason="材料补正")
    district.on(LAST_DAY)
    return {"met": met, "stood": stood, "lapsed": lapsed, "late": late, "open": district.apply()}


def listed(at: District, **filters: Any) -> dict[str, Any]:
    answer = at.get("county", "/v1/deadlines", count=True, limit=200, **filters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def summary(at: District, username: str = "county", **filters: Any) -> dict[str, Any]:
    answer = at.get(username, "/v1/deadlines/summary", **filters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def sheet(at: District, suffix: str, **filters: Any) -> list[list[str]]:
    """Return the lines of the export, below its headings, as text."""
    answer = at.get("county", f"/v1/exports/deadlines.{suffix}", **filters)
    assert answer.status_code == 200, answer.text
    if suffix == "csv":
        return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    lines = book.active.iter_rows(min_row=2, values_only=True)
    return [[plain(cell) for cell in line] for line in lines]


def plain(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return "" if cell is None else str(cell)


def behind(at: District, cell: dict[str, Any]) -> dict[str, Any]:
    """Return the list that a cell links to."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(cell["list"]).query).items()}
    return listed(at, **asked)


# Everything agrees


@pytest.mark.parametrize(
    "instant",
    [
        pytest.param(end_of(LAST_DAY) - timedelta(microseconds=1), id="the last instant"),
        pytest.param(end_of(LAST_DAY), id="midnight"),
        pytest.param(end_of(LAST_DAY) + timedelta(microseconds=1), id="just after"),
        pytest.param(office_time(LAST_DAY - timedelta(days=3)), id="as the last three days begin"),
        pytest.param(
            office_time(LAST_DAY - timedelta(days=3)) - timedelta(microseconds=1), id="just before"
        ),
        pytest.param(office_time(date(2021, 7, 20), 15), id="long after"),
    ],
)
def test_list_count_summary_and_sheets_agree_at_every_boundary(district, cases, instant):
    del cases
    district.clock.set(instant)

    for by in ("village", "township", "county", "rule", "holder", "kind"):
        told = summary(district, by=by)
        for state in OPEN:
            total = 0
            for row in told["items"]:
                there = behind(district, row[state])
                assert row[state]["count"] == there["total"] == len(there["items"]), (by, state)
                total += row[state]["count"]
            whole = told["total"][state]
            assert whole["count"] == total == behind(district, whole)["total"]
    for state in AskedState:
        ids = [item["case_id"] for item in listed(district, state=state)["items"]]
        late = [str(item["days_late"]) for item in listed(district, state=state)["items"]]
        for suffix in ("csv", "xlsx"):
            lines = sheet(district, suffix, state=state)
            assert [line[0] for line in lines] == ids, (suffix, state)
            assert [line[11] for line in lines] == late


def test_every_deadline_is_in_exactly_one_state(district, cases):
    del cases

    def states(session: Session) -> dict[str, int]:
        at = district.clock.now()
        every = stands_at(at)
        found = session.exec(select(Deadline.id, state_at(at))).all()
        for one, state in found:
            holds = [
                name
                for name, when in every.items()
                if session.exec(select(Deadline.id).where(Deadline.id == one, when)).first()
            ]
            assert holds == [state]
        return {state: sum(1 for _, s in found if s == state) for _, state in found}

    for day in (date(2021, 6, 25), date(2021, 6, 26), date(2021, 7, 20)):
        district.on(day)
        assert set(district.read(states)) >= {"met", "late", "lapsed", "suspended"}


@pytest.mark.parametrize(
    ("state", "found"),
    [
        pytest.param("overdue", {"open"}, id="overdue"),
        pytest.param("suspended", {"stood"}, id="suspended"),
        pytest.param("late", {"late"}, id="late"),
        pytest.param("running", set(), id="running"),
        pytest.param("due_soon", set(), id="due soon"),
    ],
)
def test_what_stands_how_a_week_after_the_last_day(district, cases, state, found):
    district.on(date(2021, 7, 2))
    names = {case.id: name for name, case in cases.items()}

    items = listed(district, state=state, rule="dynamic_management")["items"]

    assert {names[item["case_id"]] for item in items} == found


def test_what_is_due_soon_runs(district, cases):
    soon = listed(district, state="due_soon")["items"]

    assert [item["case_id"] for item in soon] == [cases["open"].id]
    assert [(item["state"], item["due_soon"]) for item in soon] == [("running", True)]


# Filters


def test_a_role_finds_what_waits_for_it(district, cases):
    for case in cases.values():
        told = district.get("county", f"/v1/monitoring-objects/{case.id}").json()
        for item in listed(district)["items"]:
            if item["case_id"] == case.id:
                assert item["holder"] == told["holder"]
    held = {item["case_id"]: item["holder"] for item in listed(district)["items"]}
    for role in set(held.values()) - {None}:
        mine = {item["case_id"] for item in listed(district, holder=role)["items"]}
        assert mine == {case for case, holder in held.items() if holder == role}
    assert held[cases["lapsed"].id] is None


def test_areas_kinds_rules_and_days_narrow_the_list(district, cases):
    everything = listed(district)["total"]
    assert everything > len(cases)
    for code in LEVELS.values():
        assert listed(district, area=code)["total"] == everything
    assert listed(district, area=sample.NEIGHBOUR)["total"] == 0
    assert listed(district, kind="monitoring_object")["total"] == everything
    assert listed(district, kind="campaign")["total"] == 0
    by_rule = sum(
        listed(district, rule=rule)["total"] for rule in ("publicity_minimum", "dynamic_management")
    )
    assert by_rule == everything
    before = listed(district, due_before="2021-06-25")["items"]
    assert {item["due_on"] for item in before} == {"2021-06-18"}


def test_a_strangers_totals_are_empty(district, cases):
    del cases
    for by in GroupedBy:
        told = summary(district, "elsewhere", by=by.value)
        assert {told["total"][state]["count"] for state in OPEN} == {0}
    assert district.get("elsewhere", "/v1/exports/deadlines.csv").text.count("\r\n") == 1


# Days late


@pytest.mark.parametrize(
    ("unit", "due_on", "today", "days"),
    [
        pytest.param("working_day", "2021-06-11", "2021-06-15", 1, id="over Dragon Boat: one"),
        pytest.param("working_day", "2021-06-11", "2021-06-14", 1, id="on a holiday: one as well"),
        pytest.param("working_day", "2021-06-11", "2021-06-16", 2, id="two working days"),
        pytest.param("working_day", "2021-09-30", "2021-10-09", 2, id="a make-up day counts"),
        pytest.param("calendar_day", "2021-06-11", "2021-06-15", 4, id="calendar days"),
        pytest.param("date", "2021-12-31", "2022-01-01", 1, id="over new year"),
    ],
)
def test_days_late_are_counted_in_the_limits_own_unit_by_list_filter_and_sheet(
    district, unit, due_on, today, days
):
    case = district.apply()
    district.change(lambda session: set_due(session, case, Unit(unit), date.fromisoformat(due_on)))
    district.on(date.fromisoformat(today))

    (item,) = listed(district, state="overdue")["items"]

    assert item["days_late"] == days
    assert listed(district, min_days_late=days)["total"] == 1
    assert listed(district, min_days_late=days + 1)["total"] == 0
    assert summary(district, min_days_late=days)["total"]["overdue"]["count"] == 1
    assert summary(district, min_days_late=days + 1)["total"]["overdue"]["count"] == 0
    assert [line[11] for line in sheet(district, "csv", min_days_late=days)] == [str(days)]


def set_due(session: Session, case: Case, unit: Unit, due_on: date) -> None:
    for clock in session.exec(select(Deadline).where(Deadline.case_id == UUID(case.id))):
        clock.unit, clock.due_on, clock.over_at = unit, due_on, end_of(due_on)


def test_dx_04_what_was_done_late_stays_as_late_as_it_was(district, cases):
    item = lambda: listed(district, state="late")["items"][0]  # noqa: E731 - said twice
    assert item()["days_late"] == 11

    district.on(date(2022, 3, 1))

    assert item()["days_late"] == 11
    assert item()["case_id"] == cases["late"].id
    assert listed(district, min_days_late=11, state="late")["total"] == 1
    assert listed(district, min_days_late=12, state="late")["total"] == 0


# At risk


RUNGS = """rungs = [
  { before_days = 5, to = ["village_committee"], cite = "TG-A04" },
  { after_days = 1, to = ["township_office"], cite = "TG-A04" },
]
"""
ENDS = 'ends = ["registration"]\n'


class TestWithALadder:
    """Where the document has a ladder, its first rung before the last day says what is at risk."""

    @pytest.fixture
    def rulebook(self, tmp_path: Path) -> Rulebook:
        return rewritten(tmp_path, sample.POLICY, ENDS, ENDS + RUNGS)

    @pytest.mark.parametrize(
        ("instant", "soon"),
        [
            pytest.param(office_time(date(2021, 6, 20)) - timedelta(seconds=1), 0, id="before"),
            pytest.param(office_time(date(2021, 6, 20)), 1, id="as the fifth day before begins"),
            pytest.param(end_of(LAST_DAY) - timedelta(seconds=1), 1, id="to the last second"),
            pytest.param(end_of(LAST_DAY), 0, id="overdue by then"),
        ],
    )
    def test_tg_a04_a_case_is_at_risk_from_the_first_rung_on(self, district, instant, soon):
        district.apply()
        district.clock.set(instant)

        assert listed(district, state="due_soon")["total"] == soon
        assert listed(district, state="due_soon", soon_days=300)["total"] == soon
        assert summary(district)["total"]["due_soon"]["count"] == soon

    def test_tg_a04_a_rung_before_the_last_day_tells_nobody_of_lateness(self, district):
        district.apply()
        district.on(date(2021, 6, 24))
        assert listed(district)["items"][0]["tell"] == []
        district.on(date(2021, 6, 26))
        assert listed(district)["items"][0]["tell"] == ["township_office"]


def test_without_a_ladder_whoever_asks_says_how_many_days_before(district):
    district.apply()
    district.on(date(2021, 6, 15))

    assert listed(district, state="due_soon")["total"] == 0
    assert listed(district, state="due_soon", soon_days=9)["total"] == 0
    assert listed(district, state="due_soon", soon_days=10)["total"] == 1
    assert summary(district, soon_days=10)["total"]["due_soon"]["count"] == 1


# Months and years


def test_what_fell_due_is_rated_by_the_month_of_its_last_day(district, cases):
    del cases
    district.on(date(2021, 7, 2))
    told = district.get("county", "/v1/deadlines/on-time", year=2021, by="township").json()

    first, other = told["items"]
    june = {"on_time": 1, "late": 1, "overdue": 1, "rate": 0.3333}
    assert first["months"][5] == first["year"] == june
    assert (first["key"], first["rank"], other["rank"]) == (sample.TOWNSHIP, 1, None)
    assert {month["rate"] for month in (*first["months"][:5], *first["months"][6:])} == {None}
    assert told["total"]["year"] == june


def test_what_is_not_due_yet_is_suspended_or_lapsed_is_not_rated(district, cases):
    del cases
    told = district.get("county", "/v1/deadlines/on-time", year=2021, by="rule").json()

    assert told["total"]["year"] == {"on_time": 1, "late": 1, "overdue": 0, "rate": 0.5}
    empty = district.get("county", "/v1/deadlines/on-time", year=2022).json()
    assert empty["total"]["year"]["rate"] is None


def test_the_areas_are_ranked_those_alike_have_the_same(district, cases):
    del cases
    district.on(date(2021, 7, 2))

    told = summary(district, by="village")["items"]

    assert [(row["key"], row["rank"], row["overdue"]["count"]) for row in told] == [
        (sample.VILLAGE, 1, 1),
        (sample.NEIGHBOUR, 2, 0),
        (sample.OTHER_VILLAGE, 2, 0),
    ]


# Who held the time


def test_a_case_tells_how_many_working_days_each_position_held_it(district):
    case = district.apply()
    district.on(date(2021, 6, 8))
    district.act("village", case, "sign_consent")
    for name in ("conclude_deliberation", "conclude_review", "post_publicity"):
        district.act("village", case, name)
    district.on(date(2021, 6, 21))
    district.act("county", case, "record_comparison")
    district.act("village", case, "conclude_publicity")
    district.act("village", case, "report")
    district.on(date(2021, 6, 24))

    told = district.get("county", f"/v1/cases/{case.id}/holding").json()

    # 4, 7 and 8 June; 9 to 21 June without Dragon Boat; then 22 to 24 June.
    assert {one["role"]: one["working_days"] for one in told["by_role"]} == {
        "village_committee": 3 + 8,
        "township_office": 3,
    }
    assert told["by_level"] == {"village": 11, "township": 3}
    assert told["working_days"] == 14
    last = told["spans"][-1]
    assert (last["state"], last["area_code"], last["working_days"]) == (
        "township_review",
        sample.TOWNSHIP,
        3,
    )
    assert [span["to_on"] for span in told["spans"][:-1]] == [
        span["from_on"] for span in told["spans"][1:]
    ]


def test_a_closed_case_waits_for_nobody(district):
    case = district.apply()
    district.on(date(2021, 6, 8))
    district.act("village", case, "withdraw")
    district.on(date(2021, 7, 8))

    told = district.get("county", f"/v1/cases/{case.id}/holding").json()

    assert told["by_level"] == {"village": 3}


def test_an_area_tells_who_used_up_the_time_of_its_cases(district):
    first, second = district.apply(), district.apply()
    district.on(date(2021, 6, 8))
    district.act("village", first, "withdraw")
    district.on(date(2021, 6, 10))
    singly = [
        district.get("county", f"/v1/cases/{case.id}/holding").json()["working_days"]
        for case in (first, second)
    ]

    told = district.get("county", "/v1/holding", by="township").json()

    mine = next(item for item in told["items"] if item["key"] == sample.TOWNSHIP)
    (row,) = mine["by_role"]
    assert (row["role"], row["working_days"], row["cases"]) == (
        "village_committee",
        sum(singly),
        2,
    )
    assert row["working_days_per_case"] == sum(singly) / 2
    nothing = district.get("county", "/v1/holding", opened_from="2021-06-04").json()
    assert {item["working_days"] for item in nothing["items"]} == {0}


# Urging


def urge(at: District, username: str, case: Case, **headers: str) -> Any:
    seen = {"If-Match": f'"{case.version}"', **headers}
    return at.post(username, f"/v1/cases/{case.id}/urge", None, **seen)


def test_dx_62_a_position_above_the_holder_urges_with_a_line_and_a_notice_and_no_move(district):
    case = district.apply()
    before = district.get("county", f"/v1/cases/{case.id}/deadlines").json()

    answer = urge(district, "township", case)

    assert answer.status_code == 201, answer.text
    line = answer.json()["transition"]
    assert (line["event"], line["role"]) == ("urge", "township_office")
    assert (line["from_state"], line["to_state"]) == ("consent", "consent")
    assert '"holder":"village_committee"' in line["line"]
    assert district.get("county", f"/v1/cases/{case.id}/deadlines").json() == before
    notices = notices_of(district)
    assert [(n.template, n.for_role, n.for_area_code, str(n.case_id)) for n in notices] == [
        ("case_urged", "village_committee", sample.VILLAGE, case.id)
    ]


def test_dx_62_who_holds_the_urged_position_alone_is_not_told_of_his_own_urging(district):
    case = district.apply()
    appoint(district, "township", "village_committee", sample.VILLAGE, from_on=date(2021, 6, 1))
    held = district.get("township", "/v1/me").json()["positions"]
    above = {"Dixian-Position": next(p["id"] for p in held if p["role"] == "township_office")}
    case.version = urge(district, "township", case, **above).json()["case"]["version"]
    assert [n.template for n in notices_of(district)] == ["case_urged"], "others hold it too"
    dismiss(district, "village")

    answer = urge(district, "township", case, **above)

    assert answer.json()["transition"]["event"] == "urge"
    assert [n.template for n in notices_of(district)] == ["case_urged"]


def notices_of(district: District) -> list[Notice]:
    return district.read(lambda s: list(s.exec(select(Notice).order_by(col(Notice.id)))))


def test_dx_62_nobody_urges_their_own_level_or_one_above(district):
    case = district.apply()
    for username in ("village", "team"):
        answer = urge(district, username, case)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_your_role")
        assert "DX-62" in answer.json()["detail"]
    case = district.a_case_at("county_filing")
    answer = urge(district, "township", case)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_role")


def test_a_case_that_is_over_is_not_urged_nor_one_seen_before_it_changed(district):
    case = district.apply()
    stale = district.post("county", f"/v1/cases/{case.id}/urge", None, **{"If-Match": '"9"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    district.act("village", case, "withdraw")

    answer = urge(district, "county", case)

    assert (answer.status_code, answer.json()["code"]) == (409, "event_not_allowed")


# Sheets


def test_a_sheet_that_would_be_too_long_is_refused(district, cases, monkeypatch):
    del cases
    monkeypatch.setattr("service.overview.sheet.AT_MOST", 2)

    answer = district.get("county", "/v1/exports/deadlines.csv")

    assert answer.status_code == 422
    assert codes(answer.json()) == {"sheet_too_long"}


# Speed: the plans


PLANNED = {
    "the whole county": ({"state": "overdue"}, "ix_deadline_status_over_at_id"),
    "a village": ({"state": "overdue", "area": sample.VILLAGE}, "ix_deadline_running_area_code"),
    "a rule": ({"state": "overdue", "rule": "rare"}, "ix_deadline_running_rule"),
    "a kind": ({"state": "overdue", "kind": "campaign"}, "ix_deadline_running_case_kind"),
    "days late": ({"state": "overdue", "min_days_late": 5}, "ix_deadline_status_over_at_id"),
    "before a day": (
        {"state": "overdue", "due_before": date(2021, 6, 20)},
        "ix_deadline_status_over_at_id",
    ),
    "a holder": ({"state": "overdue", "holder": "county_bureau"}, "ix_"),
}
FEW, MANY = 40, 6000


@pytest.fixture(name="filled")
def many_deadlines_of_which_few_are_the_villages(district, runner, settings) -> District:
    """Yield the district with some thousand running deadlines, those of one case elsewhere."""
    here = district.apply()
    there = district.apply(household={"area_code": sample.VILLAGE})
    at = district.clock.now()

    def fill(session: Session) -> None:
        plain = session.exec(select(Deadline).where(Deadline.case_id == UUID(here.id))).one()
        kept = plain.model_dump(exclude={"id", "case_id", "area_code", "over_at", "clock"})
        for number in range(MANY):
            is_here = number < FEW
            session.add(
                Deadline(
                    **{
                        **kept,
                        "rule": "rare" if is_here else "usual",
                        "case_kind": "campaign" if is_here else "monitoring_object",
                    },
                    id=new_id(at),
                    case_id=UUID(here.id if is_here else there.id),
                    area_code=sample.VILLAGE if is_here else sample.OTHER_VILLAGE,
                    over_at=at + timedelta(minutes=number - MANY),
                    clock=[],
                )
            )

    district.change(fill)
    runner.run(vacuum(settings.url))
    return district


async def vacuum(url: str) -> None:
    """Let the server know what the tables hold, as it does by itself in time."""
    connection = await asyncpg.connect(url)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("filters", "index"), PLANNED.values(), ids=PLANNED)
def test_no_list_of_what_is_overdue_reads_a_table_from_end_to_end(filled, filters, index):
    """With sequential scans made dear, one that remains has no index that could serve."""
    asked = Asked(sample.COUNTY, **{**filters, "state": AskedState(filters["state"])})
    plan = planned(filled, asked)

    assert "Seq Scan on deadline" not in plan
    assert "Seq Scan on cases" not in plan
    assert f"using {index}" in plan, plan


def planned(at: District, asked: Asked) -> str:
    def explain(session: Session) -> str:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        session.execute(text("SET LOCAL enable_sort = off"))
        now = Now(at.clock.now(), at.office.registry.calendars.almanac(session))
        query = (
            rows(scoped(session, asked), now)
            .order_by(col(Deadline.over_at), col(Deadline.id))
            .limit(51)
        )
        statement = query.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        told = session.execute(text(f"EXPLAIN {statement}".replace(":", "\\:")))
        return "\n".join(row[0] for row in told)

    return at.read(explain)


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_a_summary_by_area_reads_nothing_but_one_index(filled):
    sent: list[tuple[str, Any]] = []
    at = filled

    def explain(session: Session) -> str:
        now = Now(at.clock.now(), at.office.registry.calendars.almanac(session))
        engine = at.office.database.engine

        def note(_c: Any, _u: Any, statement: str, parameters: Any, *_rest: Any) -> None:
            sent.append((statement, parameters))

        event.listen(engine, "before_cursor_execute", note)
        open_totals(session, scoped(session, Asked(sample.COUNTY)), GroupedBy.TOWNSHIP, now)
        event.remove(engine, "before_cursor_execute", note)
        (statement, parameters) = next(one for one in sent if "FILTER" in one[0])
        for way in ("seqscan", "bitmapscan"):  # which pay while a table is as small as this one
            session.execute(text(f"SET LOCAL enable_{way} = off"))
        told = session.connection().exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return "\n".join(row[0] for row in told)

    plan = at.read(explain)

    assert "Seq Scan on deadline" not in plan
    assert "Index Only Scan using ix_deadline_running_" in plan, plan
