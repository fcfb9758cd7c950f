"""The register exported in the layout in which it is imported: what one may see, and no more.

What is exported imports again and changes nothing; what somebody changes in it is changed.
"""

import io
import re
from typing import Any

import openpyxl
import pytest
from importing import XLSX, Office, counts, lines
from workbook_files import head, member, workbook

from service import sample

TELEPHONE = "19955667788"
ONE, TWO, THREE = (sample.identity_number(serial) for serial in range(900, 903))


@pytest.fixture
def office(district) -> Office:
    """Return an office whose register has two households."""
    office = Office(district)
    rows = [
        head("1", ONE, 联系电话=TELEPHONE, 村民小组="第一组", 户情特征="无劳动能力"),
        member("1", f"{TWO}44", "配偶", 姓名="李某", 证件类型="残疾人证"),
        head("2", THREE, 姓名="王某"),
    ]
    office.committed(workbook(rows))
    return office


def exported(at: Any, username: str = "village", **params: Any) -> bytes:
    answer = at.get(username, "/v1/exports/households.xlsx", **params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == XLSX
    return answer.content


@pytest.mark.usefixtures("office")
def test_it_shows_what_the_register_shows_with_numbers_masked(district):
    title, headings, *rows = lines(exported(district))
    shown = [dict(zip(headings, row, strict=True)) for row in rows]

    assert title[0] == "农户及家庭成员名册"
    ids = [one["id"] for one in district.get("village", "/v1/households").json()["items"]]
    assert [one["户编号"] for one in shown] == [ids[0], ids[0], ids[1]]
    first, second, third = shown
    assert {name: first[name] for name in list(first)[1:]} == {
        "所在村": "示例一村",
        "村民小组": "第一组",
        "户类型": "一般农户",
        "户情特征": "无劳动能力",
        "户主姓名": "张某",
        "联系电话": "199******88",
        "成员序号": "1",
        "姓名": "张某",
        "与户主关系": "户主",
        "证件类型": "居民身份证",
        "证件号码": re.sub(r"(?<=...).(?=..)", "*", ONE),
    }
    assert (second["姓名"], second["成员序号"], second["证件类型"]) == ("李某", "2", "残疾人证")
    assert (third["户情特征"], third["联系电话"]) == ("无", None)


@pytest.mark.usefixtures("office")
def test_no_number_is_in_it_in_clear(district):
    content = exported(district)

    text = "".join(str(value) for row in lines(content) for value in row)

    for number in (ONE, TWO, THREE, TELEPHONE):
        assert number not in text


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("username", ["village", "township", "county"])
def test_what_is_exported_imports_again_and_changes_nothing(username, district):
    content = exported(district, username)

    assert Office(district, username).committed(content) == counts(unchanged=3)

    assert lines(exported(district, username)) == lines(content)


def test_what_somebody_changes_in_it_is_changed(district, office):
    book = openpyxl.load_workbook(io.BytesIO(exported(district)))
    sheet = book.worksheets[0]
    columns = {cell.value: cell.column for cell in sheet[2]}
    sheet.cell(3, columns["联系电话"]).value = "19911112222"
    sheet.cell(5, columns["户类型"]).value = "脱贫户"
    new = {"户编号": sheet.cell(5, 1).value, "姓名": "赵某", "与户主关系": "子女"}
    for name, value in {**new, "证件号码": sample.identity_number(910)}.items():
        sheet.cell(6, columns[name]).value = value
    out = io.BytesIO()
    book.save(out)

    assert office.committed(out.getvalue()) == counts(updated=4)

    found = district.get("village", "/v1/households").json()["items"]
    assert [(one["telephone"], one["household_type"]) for one in found] == [
        ("199******22", "ordinary"),
        (None, "lifted_out"),
    ]
    second = district.get("village", f"/v1/households/{found[1]['id']}").json()
    assert [one["name"] for one in second["members"]] == ["王某", "赵某"]


def test_a_masked_number_alone_makes_nobody_known(district, office):
    book = openpyxl.load_workbook(io.BytesIO(exported(district)))
    sheet = book.worksheets[0]
    columns = {cell.value: cell.column for cell in sheet[2]}
    sheet.cell(4, columns["成员序号"]).value = "7"
    out = io.BytesIO()
    book.save(out)

    assert ("L4", "member_unknown") in office.findings(out.getvalue())


@pytest.mark.usefixtures("office")
def test_only_what_lies_in_ones_area_is_exported(district):
    district.register("neighbour", area_code=sample.NEIGHBOUR)

    assert len(lines(exported(district, "neighbour"))) == 3
    assert len(lines(exported(district, "township"))) == 6
    assert len(lines(exported(district, "township", area=sample.NEIGHBOUR))) == 3
    assert len(lines(exported(district, "neighbour", area=sample.VILLAGE))) == 2
    assert len(lines(exported(district, "elsewhere"))) == 2


def test_a_name_that_begins_like_a_formula_is_exported_as_text(district):
    named = {"name": "=张", "relation": "head", "id_number": ONE}
    district.register(members=[named], group_name="+1组")

    book = openpyxl.load_workbook(io.BytesIO(exported(district)))

    cells = {cell.value: cell.data_type for cell in book.worksheets[0][3]}
    assert (cells["=张"], cells["+1组"]) == ("s", "s")
