"""Reports: totals that are asked of the ledger, each with the list of what it counts.

Found is what was put right and what is being put right: in every row, and in the total (TG-F401).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from campaign_days import Campaigns
from county import AREAS, County
from district import District
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from problems import DAY, Problems
from sqlalchemy import delete, insert
from sqlmodel import Session

from service import sample
from service.clock import office_time
from service.store.areas import Area
from service.store.cases import CASES
from service.store.columns import new_id
from service.store.findings import Became, Finding
from service.store.remediation import ITEMS
from service.workflows.kinds import Kind

NAMES = ("by_problem_type", "by_risk_type", "by_source", "by_unit", "rectification")
NUMBERS = ("found", "rectified", "in_progress")
VILLAGES = (sample.VILLAGE, sample.NEIGHBOUR, sample.OTHER_VILLAGE)
PLACES = (*VILLAGES, sample.TOWNSHIP, sample.OTHER_TOWNSHIP, sample.COUNTY)
OFFICIAL = {
    sample.VILLAGE: "village",
    sample.NEIGHBOUR: "neighbour",
    sample.TOWNSHIP: "township",
    sample.OTHER_TOWNSHIP: "elsewhere",
    sample.COUNTY: "county",
}
"""Area of the sample district -> who asks there."""

STATES = {"in_progress": "in_progress", "rectified": "closed", "void": "voided"}


@dataclass(frozen=True)
class Item:
    """A line of the ledger, drawn by chance."""

    area_code: str
    problem_type: str
    risk_type: str | None
    source: str
    standing: str


items = st.builds(
    Item,
    st.sampled_from(PLACES),
    st.sampled_from(["compulsory_education", "safe_water", "employment", "assistance", "unheard"]),
    st.sampled_from(["illness", "disaster", None]),
    st.sampled_from(["form", "complaint"]),
    st.sampled_from(list(STATES)),
)


@pytest.fixture(name="county")
def a_county(under) -> County:
    county = under("taogou-2021")
    county.on(DAY)
    return county


@pytest.fixture
def problems(county) -> Problems:
    return Problems(county)


@contextmanager
def ledger_of(district: District, drawn: Sequence[Item], campaign: UUID | None) -> Iterator[None]:
    """Let the ledger hold these lines, past the interface, and nothing afterwards."""

    def fill(session: Session) -> None:
        at = office_time(date(2021, 6, 16))
        for one in drawn:
            case_id = new_id(at)
            session.execute(insert(CASES).values(**a_case(case_id, one, at, campaign)))
            session.execute(insert(ITEMS).values(**a_line(case_id, one, campaign)))

    def clear(session: Session) -> None:
        session.execute(delete(ITEMS))
        session.execute(delete(CASES).where(CASES.c.kind == Kind.REMEDIATION_ITEM))

    district.change(fill)
    try:
        yield
    finally:
        district.change(clear)


def a_case(case_id: UUID, one: Item, at: Any, campaign: UUID | None) -> dict[str, Any]:
    return {
        "id": case_id,
        "kind": Kind.REMEDIATION_ITEM,
        "policy": "taogou-2021@1",
        "state": STATES[one.standing],
        "version": 1,
        "round": 1,
        "area_code": one.area_code,
        "campaign_id": campaign,
        "episode": 1,
        "opened_on": at.date(),
        "updated_at": at,
        "head_hash": "-",
        "dossier": [],
    }


def a_line(case_id: UUID, one: Item, campaign: UUID | None) -> dict[str, Any]:
    return asdict(one) | {
        "case_id": case_id,
        "campaign_id": campaign,
        "group_id": case_id,
        "scope": "area",
        "level": "village",
        "content": "随机问题",
        "found_on": date(2021, 6, 12),
        "found_by": "甲排查",
    }


def report(district: District, official: str, name: str, **asked: Any) -> dict[str, Any]:
    answer = district.get(official, f"/v1/reports/{name}", **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def numbers(row: dict[str, Any]) -> dict[str, Any]:
    return {cell["column"]: cell["value"] for cell in row["cells"]}


def listed_at(district: District, official: str, path: str) -> int:
    """Return how many a list has that a number of a report leads to."""
    where = urlsplit(path)
    answer = district.get(official, where.path, limit=1, **dict(parse_qsl(where.query)))
    assert answer.status_code == 200, answer.text
    return answer.json()["total"]


def below(area_code: str) -> set[str]:
    """Return the areas of the sample district that lie in one."""
    if area_code == sample.COUNTY:
        return set(PLACES)
    return {code for code in PLACES if code.startswith(area_code[:9])} & (
        {area_code} if area_code in VILLAGES else set(PLACES)
    )


# Every number is its list


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    drawn=st.lists(items, max_size=25),
    name=st.sampled_from(NAMES),
    area=st.sampled_from(list(OFFICIAL)),
)
def test_tg_f401_every_number_is_that_of_its_list_and_they_add_up(district, drawn, name, area):
    official = OFFICIAL[area]
    if name == "rectification" and area not in {sample.VILLAGE, sample.NEIGHBOUR, sample.TOWNSHIP}:
        name = "by_problem_type"  # elsewhere in the sample district no document is in force
    mine = [one for one in drawn if one.area_code in below(area)]
    expected = {
        "found": sum(one.standing != "void" for one in mine),
        "rectified": sum(one.standing == "rectified" for one in mine),
        "in_progress": sum(one.standing == "in_progress" for one in mine),
    }

    with ledger_of(district, drawn, None):
        told = report(district, official, name)

        assert {n: numbers(told["total"])[n] for n in NUMBERS} == expected
        for row in (*told["rows"], told["total"]):
            own = numbers(row)
            assert own["found"] == own["rectified"] + own["in_progress"]
            for cell in row["cells"]:
                if cell["value"] is not None:
                    assert listed_at(district, official, cell["list"]) == cell["value"], cell
        for number in NUMBERS:
            rows = [numbers(row)[number] for row in told["rows"]]
            assert sum(rows) == numbers(told["total"])[number]


def test_a_campaigns_report_counts_only_what_is_its_own(county, problems):
    at = Campaigns(county)
    campaign = at.under_way()
    mine = [problems.report(campaign_id=campaign.id) for _ in range(2)]
    problems.report()
    problems.at("closed", mine[0])

    told = report(county.district, "township_office", "rectification", campaign=campaign.id)

    assert numbers(told["total"])["found"] == 2
    assert numbers(told["total"])["rectified"] == 1
    every = report(county.district, "township_office", "rectification")
    assert numbers(every["total"])["found"] == 3
    for row in (*told["rows"], told["total"]):
        for cell in row["cells"]:
            if cell["column"] in NUMBERS:
                there = listed_at(county.district, "township_office", cell["list"])
                assert there == cell["value"]


# The summary of the document, exactly


def test_tg_s04_the_summary_has_the_rows_and_columns_of_annex_4(county):
    told = report(county.district, "township_office", "rectification")

    assert (told["title"]["zh"], told["annex"]) == ("集中排查整改情况汇总表", "附件4")
    under = "拟识别监测对象（镇、村）"
    assert [
        (one["label"]["zh"], one["under"] and one["under"]["zh"]) for one in told["columns"]
    ] == [
        ("单位", None),
        ("问题类型", None),
        ("共排查问题数", None),
        ("已整改数", None),
        ("正在整改数", None),
        ("户数", under),
        ("人数", under),
    ]
    basic = "“三保障”和饮水安全"
    assert [(row["under"] and row["under"]["zh"], row["label"]["zh"]) for row in told["rows"]] == [
        (basic, "义务教育"),
        (basic, "基本医疗"),
        (basic, "住房安全"),
        (basic, "安全饮水"),
        (None, "易地扶贫搬迁"),
        (None, "产业发展"),
        (None, "脱贫人口就业"),
        (None, "脱贫人口小额信贷"),
        (None, "消费帮扶"),
        (None, "资金项目管理"),
        (None, "防止返贫动态监测"),
        (None, "帮扶工作"),
    ]
    assert told["total"]["label"]["zh"] == "合计"
    assert [(one["label"]["zh"], one["value"]) for one in told["header"]] == [
        ("单位（盖章）", "示例township"),
        ("填报人", "示例某"),
        ("填报时间", DAY),
    ]


def test_a_report_is_of_now_and_says_so(county, problems):
    item = problems.report()
    before = report(county.district, "county_bureau", "by_source")
    county.on("2021-06-17", 10)
    problems.act("township_office", item, "void_item", reason="重复登记")

    after = report(county.district, "county_bureau", "by_source")

    assert (before["generated_at"], after["generated_at"]) == (
        f"{DAY}T09:00:00+08:00",
        "2021-06-17T10:00:00+08:00",
    )
    assert [numbers(one["total"])["found"] for one in (before, after)] == [1, 0]


def test_a_raised_problem_counts_where_it_lies_and_once(county, problems):
    item = problems.report()
    problems.act("village_committee", item, "raise_level", level="township", reason="村级无力解决")

    found = {
        level: numbers(report(county.district, role, "by_unit")["total"])["found"]
        for level, role in (
            ("village", "village_committee"),
            ("township", "township_office"),
            ("county", "county_bureau"),
        )
    }

    assert found == {"village": 0, "township": 1, "county": 1}
    [own, village] = report(county.district, "township_office", "by_unit")["rows"]
    assert (numbers(own)["found"], numbers(village)["found"]) == (1, 0)
    assert (own["label"]["zh"], village["label"]["zh"]) == (
        "示例township（本级）",
        "示例village",
    )


def test_a_problem_whose_risk_was_not_named_has_a_row_too(county, problems):
    problems.report(risk_type="illness")
    problems.report()

    told = report(county.district, "county_bureau", "by_risk_type")

    rows = {row["label"]["zh"]: numbers(row)["found"] for row in told["rows"]}
    assert (rows["因病"], rows["未注明"]) == (1, 1)
    assert numbers(told["total"])["found"] == 2


# Who is to be recognised


@pytest.fixture
def campaign_of_two(county):
    """Return a campaign that found one household to be recognised twice, and one suspected."""
    at = Campaigns(county)
    campaign = at.under_way()
    mother = {"name": "李某", "relation": "spouse", "id_number": sample.identity_number(901)}
    head = {"name": "张某", "relation": "head", "id_number": sample.identity_number(900)}
    two = county.household("village_committee", "ordinary", members=[head, mother])
    one, known = (county.household("village_committee", "ordinary") for _ in range(2))
    became = [
        (two, "13.01", "clue"),
        (two, "13.02", "clue"),
        (one, "13.02", "suggestion"),
        (known, "13.02", "episode"),
    ]
    form = problems_form(county, campaign)

    def find(session: Session) -> None:
        session.add_all(
            Finding(
                form_id=form,
                number=number,
                campaign_id=UUID(campaign.id),
                area_code=AREAS["village"],
                household_id=UUID(household),
                checklist="household_survey",
                item=item,
                leads_to="clue",
                found_by="甲排查",
                cite="TG-S02",
                became=Became(what),
            )
            for number, (household, item, what) in enumerate(became, 1)
        )

    county.district.change(find)
    return campaign


def problems_form(county, campaign) -> UUID:
    """Return the id of a case on which findings may hang: any will do."""
    return UUID(Problems(county).report(campaign_id=campaign.id).id)


@pytest.mark.parametrize(
    ("role", "households", "persons"),
    [
        ("village_committee", 2, 3),
        ("township_office", 2, 3),
        pytest.param("county_bureau", None, None, id="not filled by the county"),
    ],
)
def test_tg_s04_households_to_be_recognised_are_told_with_their_persons(
    county, campaign_of_two, role, households, persons
):
    """Each household once; one that had a monitoring case already is not to be recognised."""
    told = report(county.district, role, "rectification", campaign=campaign_of_two.id)

    assert numbers(told["total"])["to_recognise_households"] == households
    assert numbers(told["total"])["to_recognise_persons"] == persons
    assert {numbers(row)["to_recognise_households"] for row in told["rows"]} == {None}
    cells = {cell["column"]: cell for cell in told["total"]["cells"]}
    if households:
        path = cells["to_recognise_households"]["list"]
        assert path == cells["to_recognise_persons"]["list"]
        assert listed_at(county.district, role, path) == households
        where = urlsplit(path)
        listed = county.get(role, where.path, **dict(parse_qsl(where.query))).json()["items"]
        members = [
            member
            for household in listed
            for member in county.get(role, f"/v1/households/{household['id']}").json()["members"]
        ]
        assert len(members) == persons


# As a workbook


def sheet_of(district: District, official: str, name: str, **asked: Any) -> Any:
    answer = district.get(official, f"/v1/reports/{name}.xlsx", **asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.xlsx"'
    return load_workbook(BytesIO(answer.content)).active


def test_tg_s04_tg_f401_the_workbook_has_the_layout_and_the_numbers_of_the_report(
    county, problems, campaign_of_two
):
    problems.at("closed", problem_type="safe_water", campaign_id=campaign_of_two.id)
    asked = {"campaign": campaign_of_two.id}
    told = report(county.district, "township_office", "rectification", **asked)

    sheet = sheet_of(county.district, "township_office", "rectification", **asked)

    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[0][0] == "集中排查整改情况汇总表"
    assert cells[1][0] == f"单位（盖章）：示例township　　填报人：示例某　　填报时间：{DAY}"
    assert cells[2] == [
        "单位",
        "问题类型",
        None,
        "共排查问题数",
        "已整改数",
        "正在整改数",
        "拟识别监测对象（镇、村）",
        None,
    ]
    assert cells[3] == [None] * 6 + ["户数", "人数"]
    rows = cells[4:]
    assert rows[0][:3] == ["示例township", "“三保障”和饮水安全", "义务教育"]
    assert [row[1] or row[2] for row in rows[:5]] == [
        "“三保障”和饮水安全",
        "基本医疗",
        "住房安全",
        "安全饮水",
        "易地扶贫搬迁",
    ]
    expected = [list(numbers(row).values()) for row in (*told["rows"], told["total"])]
    assert [row[3:] for row in rows] == expected
    assert rows[3][3:6] == [1, 1, 0]
    assert rows[-1][1:] == ["合计", None, 2, 1, 1, 2, 3]
    merged = {str(one) for one in sheet.merged_cells.ranges}
    assert {"A1:H1", "A2:H2", "A3:A4", "B3:C4", "D3:D4", "G3:H3"} <= merged
    assert {"A5:A17", "B5:B8", "B9:C9", "B17:C17"} <= merged


@pytest.mark.parametrize("name", NAMES)
def test_every_report_is_a_workbook_too(county, problems, name):
    problems.report(risk_type="illness")
    told = report(county.district, "county_bureau", name)

    sheet = sheet_of(county.district, "county_bureau", name)

    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == told["title"]["zh"]
    width = len(told["total"]["cells"])
    assert rows[-1][-width:] == list(numbers(told["total"]).values())
    assert len(rows) >= len(told["rows"]) + 3


@pytest.mark.parametrize("sign", "=+-@")
def test_no_name_becomes_a_formula(county, problems, sign):
    def rename(session: Session) -> None:
        session.get_one(Area, AREAS["village"]).name = f"{sign}1+1"

    county.district.change(rename)
    problems.report()

    sheet = sheet_of(county.district, "township_office", "by_unit")

    [cell] = [c for row in sheet.iter_rows() for c in row if c.value == f"{sign}1+1"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)


# Of the other documents


@pytest.mark.parametrize(
    ("document", "name", "rows"),
    [
        pytest.param("zhanggong-2021", "problem_summary", 8, id="Zhanggong"),
        pytest.param("county-2022", "inspection_summary", 13, id="the county"),
    ],
)
def test_zg_x05_zg_f06_what_a_document_does_not_lay_out_is_laid_out_by_the_file(
    under, document, name, rows
):
    county = under(document)
    county.on("2022-05-05")

    told = report(county.district, "township_office", name)

    assert len(told["rows"]) == rows
    assert [one["code"] for one in told["columns"]] == ["unit", "problem_type", *NUMBERS]


def test_zg_x05_numbers_are_rolled_up_from_village_to_township_to_district(under):
    county = under("zhanggong-2021")
    county.on("2021-04-10")
    problems = Problems(county, {"problem_type": "water", "found_on": "2021-04-08"})
    problems.report()
    problems.report("township_office", area_code=AREAS["township"])

    found = [
        numbers(report(county.district, role, "problem_summary")["total"])["found"]
        for role in ("village_committee", "township_office", "district_office")
    ]

    assert found == [1, 2, 2]


# Asked wrongly


@pytest.mark.parametrize(
    ("official", "name", "asked", "status", "code"),
    [
        ("village", "nothing", {}, 404, "not_found"),
        ("village", "Rectification", {}, 400, "malformed_request"),
        ("village", "by_unit", {"area": sample.NEIGHBOUR}, 404, "not_found"),
        ("village", "by_unit", {"campaign": sample.VILLAGE}, 400, "malformed_request"),
        ("village", "by_unit", {"campaign": str(UUID(int=7))}, 404, "not_found"),
        ("village", "by_unit", {"colour": "red"}, 400, "malformed_request"),
        ("county", "rectification", {}, 409, "no_document_in_force"),
    ],
)
def test_a_report_that_is_not_there_is_refused(district, official, name, asked, status, code):
    answer = district.get(official, f"/v1/reports/{name}", **asked)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
