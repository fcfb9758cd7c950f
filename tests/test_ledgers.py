"""The documents' ledgers of problems as workbooks, both ways (issue 4, part 7; TG-S03, TG-S05).

What is exported imports again and changes nothing; what is written into a form becomes an item by
the same ways as what an official reports.
"""

import random
from typing import Any

import pytest
from county import AREAS
from importing import Office, counts, lines
from inspection import Inspection
from problems import DAY, VERIFIED, Problems
from workbook_files import workbook

from service import cases, sample

HOUSEHOLD, AREA = "household_problems", "area_problems"
VILLAGE_PROBLEM = {
    "scope": "area",
    "level": "village",
    "area_code": sample.VILLAGE,
    "problem_type": "employment",
    "content": "公益性岗位平均发放",
    "source": "form",
    "found_on": "2021-06-02",
    "found_by": "甲排查",
}
FOUND = {
    "content": "台账不全",
    "source": "form",
    "found_on": "2021-04-08",
    "found_by": "示例某",
}
FORM = ("村", "户主姓名", "问题类型", "具体内容", "整改措施", "责任人", "责任单位", "整改时限")


@pytest.fixture
def head(district) -> str:
    """Register a household of the village; return the name of its head."""
    household = district.register("village")
    return str(district.get("county", f"/v1/households/{household}").json()["head_name"])


@pytest.fixture
def ledger(district) -> Office:
    return Office(district, layout=HOUSEHOLD)


def a_row(head: str, **changes: str) -> dict[str, Any]:
    village = "示例村" if not changes.get("村") else changes["村"]
    row = dict.fromkeys(FORM, "") | {
        "村": village,
        "户主姓名": head,
        "问题类型": "就业方面",
        "具体内容": "1季度补助未及时发放",
        "整改措施": "补发补助",
        "责任人": "乙责任",
        "责任单位": "人社所",
        "整改时限": "2021-06-20",
    }
    return row | changes


def village_of(at: Any) -> str:
    return str(at.get("village", f"/v1/areas/{sample.VILLAGE}").json()["name"])


def listed(at: Any, name: str) -> list[dict[str, Any]]:
    """Return the entries of a list of the document in force."""
    return at.get("county", "/v1/policies/taogou-2021").json()["lists"][name]


def items(at: Any, **asked: Any) -> list[dict[str, Any]]:
    return at.get("county", "/v1/remediation-items", **asked).json()["items"]


def exported(at: Any, scope: str, **asked: str) -> bytes:
    answer = at.get("village", "/v1/exports/problems.xlsx", scope=scope, **asked)
    assert answer.status_code == 200, answer.text
    return answer.content


def test_tg_s03_a_row_of_the_ledger_becomes_an_item_with_its_lists(district, ledger, head):
    """TG-F301: the form says 就业方面, the list 脱贫人口就业."""
    row = a_row(head, 村=village_of(district))

    assert ledger.committed(workbook([row])) == counts(created=1)

    (item,) = items(district)
    said = {name: item[name] for name in ("problem_type", "measure", "responsible_person")}
    assert said == {
        "problem_type": "employment",
        "measure": "补发补助",
        "responsible_person": "乙责任",
    }
    assert (item["responsible_unit"], item["time_limit_on"]) == ("人社所", "2021-06-20")
    assert (item["scope"], item["area_code"]) == ("household", sample.VILLAGE)


def test_the_same_ledger_again_changes_nothing(district, ledger, head):
    row = a_row(head, 村=village_of(district))
    ledger.committed(workbook([row]))

    assert ledger.committed(workbook([row])) == counts(unchanged=1)
    assert len(items(district)) == 1


def test_what_is_exported_imports_again_and_changes_nothing(district, ledger, head):
    """Both ledgers; a problem of an area says of which unit."""
    ledger.committed(workbook([a_row(head, 村=village_of(district))]))
    district.post("village", "/v1/remediation-items", VILLAGE_PROBLEM)

    for scope, layout in (("household", HOUSEHOLD), ("area", AREA)):
        content = exported(district, scope)
        again = Office(district, layout=layout).committed(content)
        assert again == counts(unchanged=1), scope


def test_another_measure_in_an_exported_ledger_is_assigned_anew(district, ledger, head):
    ledger.committed(workbook([a_row(head, 村=village_of(district))]))
    (item,) = items(district)

    changed = a_row(head, 村=village_of(district), 问题编号=item["id"], 整改措施="补发并公示")
    assert ledger.committed(workbook([changed])) == counts(updated=1)

    (after,) = items(district)
    assert (after["id"], after["measure"]) == (item["id"], "补发并公示")


def test_the_export_has_the_form_s_headings_and_as_many_rows_as_the_list(district, ledger, head):
    ledger.committed(workbook([a_row(head, 村=village_of(district))]))

    rows = lines(exported(district, "household"))

    assert "户内问题" in str(rows[0][0])
    assert rows[1][0] == "填报单位（盖章）：示例一村　　填报人：甲村干　　填报时间：2021-06-03"
    assert rows[2][8:10] == ["整改责任", None]
    assert rows[3][8:10] == ["责任人", "责任单位"]
    listed = district.get("county", "/v1/remediation-items", scope="household", count="true").json()
    assert len(rows[4:]) == listed["total"] == 1


def test_a_cell_that_looks_like_a_formula_stays_text(district):
    problem = VILLAGE_PROBLEM | {"content": "=HYPERLINK(1)"}
    district.post("village", "/v1/remediation-items", problem)

    rows = lines(exported(district, "area"))

    assert rows[-1][3] == "=HYPERLINK(1)"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        pytest.param({"问题类型": "天气"}, {("C2", "value_not_listed")}, id="no type"),
        pytest.param({"户主姓名": "无此人"}, {("B2", "head_unknown")}, id="nobody of the village"),
        pytest.param({"村": "无此村"}, {("A2", "village_unknown")}, id="no village of mine"),
        pytest.param({"整改时限": "下周"}, {("H2", "value_unfit")}, id="no day"),
        pytest.param({"具体内容": ""}, {("D2", "value_missing")}, id="no content"),
    ],
)
def test_a_row_that_cannot_be_taken_in_is_named_by_its_cell(district, ledger, head, changes, found):
    row = a_row(head, 村=village_of(district)) | changes

    assert ledger.findings(workbook([row])) == found
    assert items(district) == []


def test_tg_s05_a_result_is_told_and_not_taken_over(district, ledger, head):
    """Each problem is struck off by itself, with its evidence, after somebody verified it."""
    row = a_row(head, 村=village_of(district)) | {"整改成效": "已补发"}

    assert ledger.warnings(workbook([row])) == {("I2", "result_not_taken_over")}
    ledger.committed(workbook([row]))

    assert items(district)[0]["result"] is None


def test_a_ledger_with_one_bad_row_is_not_taken_in_by_halves(district, ledger, head):
    good = a_row(head, 村=village_of(district))
    where = ledger.validated(workbook([good, good | {"户主姓名": "无此人"}]))

    assert ledger.commit(where).status_code == 422
    assert items(district) == []


def test_nobody_imports_problems_of_a_village_that_is_not_theirs(district, head):
    stranger = Office(district, "elsewhere", HOUSEHOLD)

    found = stranger.findings(workbook([a_row(head, 村=village_of(district))]))

    assert found == {("A2", "village_unknown")}


def test_of_two_households_with_one_head_none_is_guessed(district, ledger, head):
    district.register("village")

    found = ledger.findings(workbook([a_row(head, 村=village_of(district))]))

    assert found == {("B2", "head_ambiguous")}


def test_a_number_of_no_item_is_refused(district, ledger, head):
    row = a_row(head, 村=village_of(district), 问题编号="0179cf62-5a80-70fc-b24a-307373f34220")

    assert ledger.findings(workbook([row])) == {("I2", "problem_unknown")}


def test_a_problem_of_the_county_is_not_a_village_s_to_report(district):
    row = {"面上问题层级": "县级层面", "问题类型": "就业方面", "具体内容": "机制不健全"}

    found = Office(district, layout=AREA).findings(workbook([row]))

    assert found == {("A2", "level_of_another_unit")}


# -- what a row says of an item that is there


def test_a_row_names_its_item_where_two_households_have_one_head(district, ledger, head):
    ledger.committed(workbook([a_row(head, 村=village_of(district))]))
    district.register("village")

    assert ledger.committed(exported(district, "household")) == counts(unchanged=1)


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        pytest.param({"村": "别村"}, "A2", id="another village"),
        pytest.param({"户主姓名": "别人"}, "B2", id="another head"),
    ],
)
def test_no_row_makes_an_item_another_s(district, ledger, head, changes, cell):
    row = a_row(head, 村=village_of(district))
    ledger.committed(workbook([row]))
    (item,) = items(district)

    found = ledger.findings(workbook([row | changes | {"问题编号": item["id"]}]))

    assert found == {(cell, "row_of_another")}


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        pytest.param({"具体内容": "另一内容"}, "D2", id="content"),
        pytest.param({"问题类型": "安全饮水"}, "C2", id="type"),
    ],
)
def test_what_a_problem_is_stays_and_that_is_told(district, ledger, head, changes, cell):
    row = a_row(head, 村=village_of(district))
    ledger.committed(workbook([row]))
    (item,) = items(district)

    changed = workbook([row | changes | {"问题编号": item["id"]}])

    assert ledger.warnings(changed) == {(cell, "problem_stays")}
    assert ledger.committed(changed) == counts(unchanged=1)


def test_the_same_problem_twice_in_one_file_is_one_item(district, ledger, head):
    row = a_row(head, 村=village_of(district))

    assert ledger.committed(workbook([row, row])) == counts(created=1, unchanged=1)
    assert len(items(district)) == 1


@pytest.mark.parametrize("day", ["1021-06-20", "1900-01-05", "9999-01-01"])
def test_a_day_that_the_service_does_not_count_is_named_by_its_cell(district, ledger, head, day):
    row = a_row(head, 村=village_of(district), 整改时限=day)

    assert ledger.findings(workbook([row])) == {("H2", "value_unfit")}


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_in_the_ledgers_imports_again_and_changes_nothing(district, seed):
    choose = random.Random(seed)  # noqa: S311 - it guards nothing
    types = [one["code"] for one in listed(district, "problem_types")]
    homes = [district.register("village") for _ in range(3)]
    for number in range(12):
        home = choose.choice([None, *homes])
        of = {"scope": "household", "household_id": home, "level": None, "area_code": None}
        problem = VILLAGE_PROBLEM | (of if home else {})
        content = choose.choice(["=1+1", "两行\n内容", "　全角　", "'引号", "100%", "-"])
        said = {"problem_type": choose.choice(types), "content": f"{content}{number}"}
        answer = district.post("village", "/v1/remediation-items", problem | said)
        assert answer.status_code == 201, answer.text

    of_homes = Office(district, layout=HOUSEHOLD).committed(exported(district, "household"))
    of_areas = Office(district, layout=AREA).committed(exported(district, "area"))

    assert of_homes == counts(unchanged=of_homes["read"])
    assert of_areas == counts(unchanged=of_areas["read"])
    assert of_homes["read"] + of_areas["read"] == len(items(district, limit=100)) == 12


def test_tg_s05_what_is_missing_of_the_four_lists_is_told(district, ledger, head):
    """The problem is taken in as found: no list of it is made up."""
    row = a_row(head, 村=village_of(district), 责任人="", 整改时限="")

    assert ledger.warnings(workbook([row])) == {("2", "lists_to_come")}
    assert ledger.committed(workbook([row])) == counts(created=1)
    (item,) = items(district)
    assert (item["state"], item["responsible_person"]) == ("found", None)


def test_a_commit_that_breaks_off_in_the_middle_leaves_nothing(district, ledger, head, monkeypatch):
    rows = [a_row(head, 村=village_of(district), 具体内容=f"问题{one}") for one in range(3)]
    where = ledger.validated(workbook(rows))
    assign, done = cases.act, []

    def fail(*arguments: Any, **named: Any) -> Any:
        done.append(assign(*arguments, **named))
        if len(done) == 2:
            raise OSError("the disk is full")
        return done[-1]

    monkeypatch.setattr(cases, "act", fail)
    ledger.commit(where)
    monkeypatch.setattr(cases, "act", assign)

    assert (ledger.look(where)["state"], len(done), items(district)) == ("validated", 2, [])
    ledger.commit(where)
    assert ledger.look(where)["counts"]["rows"] == counts(created=3)
    assert len(items(district)) == 3


# -- ledgers whose columns the document does not give


@pytest.fixture
def zhanggong(under) -> Inspection:
    at = Inspection(under("zhanggong-2021")).start(lifted="lifted_out")
    types = [entry.code for entry in at.policy.lists["problem_types"]]
    of_home = {"scope": "household", "household_id": at.homes["lifted"], "problem_type": types[0]}
    of_area = {"scope": "area", "level": "village", "area_code": AREAS["village"]}
    for said in (of_home, of_area | {"problem_type": types[-1]}):
        body = {**FOUND, **said, "campaign_id": at.campaign.id}
        answer = at.county.post("resident_team", "/v1/remediation-items", body)
        assert answer.status_code == 201, answer.text
    return at


@pytest.mark.parametrize(
    ("scope", "ledger", "title"),
    [
        ("household", "household_problem_list", "“两不愁三保障”“回头看”大排查行动问题清单"),
        ("area", "village_problem_list", "防止致贫返贫动态监测帮扶“回头看”大排查行动问题清单"),
        ("area", "department_ledger", "行业部门问题台账"),
    ],
)
def test_zg_x05_assumed_ledgers_go_out_and_come_in_too(zhanggong, scope, ledger, title):
    """What an import needs and the ledger has no column for stands after the document's own."""
    path, role = "/v1/exports/problems.xlsx", "resident_team"
    answer = zhanggong.county.get(role, path, scope=scope, ledger=ledger)

    assert lines(answer.content)[0][0] == title
    layout = HOUSEHOLD if scope == "household" else AREA
    office = Office(zhanggong.county.district, role, layout)
    assert office.committed(answer.content) == counts(unchanged=1)


def test_a_ledger_that_the_document_does_not_have_is_not_exported(zhanggong):
    path = "/v1/exports/problems.xlsx"
    answer = zhanggong.county.get("resident_team", path, scope="area", ledger="other")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_in_document")


@pytest.mark.parametrize("state", ["submitted", "closed"])
def test_what_is_said_to_be_put_right_is_assigned_to_nobody_anew(under, state):
    county = under("taogou-2021")
    county.on(DAY)
    problems = Problems(county)
    item = problems.at("submitted", problems.of_household())
    if state == "closed":
        problems.act("township_office", item, "verify_remediation", **VERIFIED)
        problems.act("township_office", item, "strike_off")
    said = problems.read(item)
    row = dict.fromkeys(FORM, "") | {
        "村": "示例village",
        "户主姓名": "张某",
        "问题类型": "脱贫人口就业",
        "具体内容": said["content"],
        "整改措施": "另一措施",
        "问题编号": item.id,
    }

    office = Office(county.district, "village_committee", HOUSEHOLD)

    assert {code for _, code in office.findings(workbook([row]))} == {"problem_past_assigning"}
    assert problems.read(item)["measure"] == said["measure"]


def test_a_row_whose_act_is_refused_to_who_imports_says_so(under):
    county = under("taogou-2021")
    county.on(DAY)
    row = {"村": "示例village", "面上问题层级": "村级层面"} | {
        "问题类型": "就业方面",
        "具体内容": "公益性岗位平均发放",
    }

    (found,) = Office(county.district, "supervision_committee", AREA).findings(workbook([row]))

    assert found[1] == "act_refused"
    assert items(county.district) == []


def test_of_a_row_that_is_refused_in_the_middle_nothing_stays(under):
    """The team may report a problem and not say how it is put right."""
    county = under("taogou-2021")
    county.on(DAY)
    reported = {"村": "示例village", "面上问题层级": "村级层面"} | {
        "问题类型": "就业方面",
        "具体内容": "公益性岗位平均发放",
        "整改措施": "",
    }
    assigned = reported | {"具体内容": "另一问题", "整改措施": "重新核定"}

    team = Office(county.district, "resident_team", AREA)
    told = team.committed(workbook([assigned, reported]), without_refused=True)

    assert told == counts(created=1, refused=1)
    found = county.get("resident_team", "/v1/remediation-items").json()["items"]
    assert [one["content"] for one in found] == ["公益性岗位平均发放"]


def test_an_area_s_problem_is_none_of_the_ledger_of_households(district, ledger, head):
    district.post("village", "/v1/remediation-items", VILLAGE_PROBLEM)
    (item,) = items(district)
    row = a_row(head, 村=village_of(district), 问题编号=item["id"])

    assert ledger.findings(workbook([row])) == {("I2", "problem_unknown")}
