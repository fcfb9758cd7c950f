"""A department's comparison list: kept, matched by the identity number, offered to officials.

It moves no case: rows of a household whose case waits for its comparison are offered for it;
a difference of one without a case is a clue.
"""

from typing import Any
from uuid import UUID

import pytest
from importing import Office, cell, counts
from sqlmodel import select
from workbook_files import workbook

from service import sample
from service.store.comparisons import ComparisonRow
from service.store.households import ID_NUMBER, Member

ONE, TWO, THREE = (sample.identity_number(serial) for serial in range(800, 803))
CAR, COMPANY = ("公安", "消费型轿车"), ("工商", "企业任职或登记")
TAX, MONEY = ("税务", "纳税记录"), ("金融", "金融资产")
TODAY = "2021-06-03T09:00:00+08:00"


@pytest.fixture
def office(district) -> Office:
    return Office(district, "county", "comparison")


def row(
    id_number: str, of: tuple[str, str], verdict: str = "有出入", **cells: Any
) -> dict[str, Any]:
    department, field = of
    return {
        "姓名": "张某",
        "身份证号": id_number,
        "部门": department,
        "比对项": field,
        "比对结果": verdict,
        **cells,
    }


def household(at: Any, id_number: str) -> str:
    member = {"name": "张某", "relation": "head", "id_number": id_number}
    return at.register(members=[member])


def list_of(at: Any, household_id: str, username: str = "county") -> dict[str, Any]:
    answer = at.get(username, f"/v1/households/{household_id}/comparison-list")
    assert answer.status_code == 200, answer.text
    return answer.json()


# -- the list


def test_tg_p05_rows_of_a_case_at_its_comparison_are_offered_for_it(district, office):
    case = district.a_case_at("publicity")
    district.change(lambda s: _renumber(s, district, case.household_id))
    content = workbook(
        [
            row(ONE, CAR),
            row(ONE, COMPANY, "一致"),
            row(ONE, TAX, "无记录"),
            row(ONE, MONEY, "未提供", 说明="账号 6217001234567890123"),
        ]
    )
    assert office.warnings(content) == {(f"B{r}", "comparison_awaited") for r in range(2, 6)}
    assert office.committed(content) == counts(created=4)

    found = list_of(district, case.household_id)

    assert (found["open_case_id"], found["is_awaited"]) == (case.id, True)
    assert [one["verdict"] for one in found["items"]] == [
        "differs",
        "agrees",
        "no_record",
        "not_provided",
    ]
    assert found["items"][3]["remark"] == "账号 621**************23"
    assert (found["items"][0]["department"], found["items"][0]["department_code"]) == (
        "公安",
        "police",
    )
    district.act("county", case, "record_comparison", findings=found["findings"])
    assert case.state == "publicity"


def _renumber(session: Any, at: Any, household_id: str) -> None:
    """Let the head of a household that was led along the route have a number of this test."""
    member = session.exec(select(Member).where(Member.household_id == UUID(household_id))).one()
    member.id_number_index = at.office.vault.index(ONE, ID_NUMBER)


def test_xc_k15_a_difference_of_a_household_without_a_case_is_a_clue(district, office):
    household_id = household(district, ONE)
    where = office.validated(workbook([row(ONE, CAR), row(ONE, COMPANY, "一致")]))

    (said,) = office.look(where)["report"]["items"]

    assert (cell(said), said["code"], said["is_refusal"]) == ("B2", "risk_clue", False)
    assert household_id in said["hint"]
    assert district.get("county", "/v1/todo").json()["items"] == []


def test_tg_d03_next_months_list_takes_the_place_of_the_last(district, office):
    household_id = household(district, ONE)
    first = [row(ONE, CAR), row(ONE, COMPANY, "一致")]
    assert office.committed(workbook(first)) == counts(created=2)
    assert office.committed(workbook(first)) == counts(unchanged=2)
    district.clock.advance(days=30)

    next_month = [row(ONE, CAR, "一致"), row(ONE, COMPANY, "一致"), row(ONE, TAX, "无记录")]
    assert office.committed(workbook(next_month)) == counts(updated=1, unchanged=1, created=1)

    found = list_of(district, household_id)["items"]
    assert {(one["department"], one["verdict"]) for one in found} == {
        ("公安", "agrees"),
        ("工商", "agrees"),
        ("税务", "no_record"),
    }
    listed_at = {one["department"]: one["listed_at"] for one in found}
    assert listed_at["工商"] == TODAY < listed_at["公安"]


def test_a_person_nobody_knows_yet_is_kept_and_found_once_they_are_registered(district, office):
    content = workbook([row(TWO, CAR)])
    assert office.warnings(content) == {("B2", "person_unknown")}
    assert office.committed(content) == counts(created=1)

    household_id = household(district, TWO)

    assert [one["verdict"] for one in list_of(district, household_id)["items"]] == ["differs"]


def test_the_gravest_verdict_on_its_members_is_the_households(district, office):
    people = [
        {"name": "张某", "relation": "head", "id_number": ONE},
        {"name": "李某", "relation": "spouse", "id_number": TWO},
        {"name": "王某", "relation": "child", "id_number": THREE},
    ]
    household_id = district.register(members=people)
    rows = [
        row(ONE, CAR, "一致"),
        row(TWO, CAR, "有出入", 姓名="李某"),
        row(THREE, CAR, "无记录", 姓名="王某"),
        row(ONE, TAX, "无记录"),
        row(TWO, TAX, "一致", 姓名="李某"),
    ]
    office.committed(workbook(rows))

    assert list_of(district, household_id)["findings"] == [
        {"department": "police", "field": "consumer_car", "verdict": "differs"},
        {"department": "taxation", "field": "tax_record", "verdict": "agrees"},
    ]


def test_another_name_than_the_registers_is_told(district, office):
    household(district, ONE)

    assert office.warnings(workbook([row(ONE, CAR, "一致", 姓名="李四")])) == {
        ("A2", "name_differs")
    }


UNFIT = {
    "a number that is none": ({"身份证号": "1234"}, "B2 id_number_unfit"),
    "no number": ({"身份证号": None}, "B2 value_missing"),
    "a verdict that is none": ({"比对结果": "正常"}, "E2 value_not_listed"),
    "no department": ({"部门": None}, "C2 value_missing"),
    "a department that the document does not list": ({"部门": "教育"}, "C2 value_not_listed"),
    "a field that it does not list": ({"比对项": "成绩"}, "D2 value_not_listed"),
}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("cells", "said"), UNFIT.values(), ids=UNFIT)
def test_what_does_not_fit_is_named_with_its_cell(cells, said, district, office):
    household(district, ONE)

    assert office.findings(workbook([row(ONE, CAR) | cells])) == {tuple(said.split())}


def test_two_verdicts_on_one_field_of_one_person_are_refused(office):
    rows = [row(ONE, CAR), row(ONE, CAR, "一致")]

    assert office.findings(workbook(rows)) == {("D3", "listed_twice")}


# -- whose it is


def test_a_list_counts_for_the_households_of_the_area_it_was_brought_in_for(district, office):
    household_id = household(district, ONE)
    neighbour = Office(district, "neighbour", "comparison")
    content = workbook([row(ONE, CAR)])
    assert neighbour.warnings(content) == {("B2", "person_unknown")}
    assert neighbour.committed(content) == counts(created=1)
    assert list_of(district, household_id)["items"] == []

    assert office.committed(content) == counts(created=1)

    assert len(list_of(district, household_id, "village")["items"]) == 1
    hidden = district.get("neighbour", f"/v1/households/{household_id}/comparison-list")
    assert hidden.status_code == 404


def test_no_row_that_is_kept_holds_a_number(district, office):
    office.committed(workbook([row(ONE, CAR, 说明="电话19955667788，证号" + TWO)]))

    (kept,) = district.read(lambda s: [repr(r) for r in s.exec(select(ComparisonRow)).all()])

    for number in (ONE, TWO, "19955667788"):
        assert number not in kept
