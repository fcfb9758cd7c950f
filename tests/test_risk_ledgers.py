"""Shiquan's register of households at risk and ledger of measures, both ways (SQ 附件1, 附件2).

A row of the register begins the procedure, the rows of a household in the ledger are its plan; both
by the acts of whoever imports. What is exported imports again and changes nothing.
"""

from typing import Any

import pytest
from county import AREAS, County
from importing import Office, counts, lines
from test_acts import newest
from test_shiquan import CADRE, DOCKET, DONE, LINE, OFFICE, TEAM, TOWN, measure
from workbook_files import workbook

from service import sample

REGISTER, LEDGER = "risk_households", "measures"
NUMBER = sample.identity_number(700)


@pytest.fixture(name="county")
def a_county(under) -> County:
    county = under("shiquan-2020")
    county.on("2020-06-05")
    return county


@pytest.fixture
def household(county) -> str:
    """Register a household that was lifted out of poverty, of one person, 李某; return its id."""
    head = {"name": "李某", "relation": "head", "id_number": NUMBER}
    return county.household(TEAM, "lifted_out", members=[head])


@pytest.fixture
def planned(county, household):
    """Return the case of the household, whose measures are to be agreed."""
    return county.lead(county.open(TEAM, household, **LINE), "planning", DOCKET)


def at_risk(**changes: Any) -> dict[str, Any]:
    """Return a row of the register as a team writes it."""
    return {
        "镇": "示例township",
        "村": "示例village",
        "户主姓名": "李某",
        "户主证件号码": NUMBER,
        "家庭人口": 1,
        "脱贫年度": 2018,
        "返贫风险类型": "因就业不稳",
        "详细原因": "主要劳动力返乡后一直没有工作",
        "包抓干部": "",
    } | changes


def planned_row(**changes: Any) -> dict[str, Any]:
    """Return a row of the ledger as a town writes it."""
    row = {name: value for name, value in at_risk().items() if name != "详细原因"}
    return row | {"制定的帮扶措施": "公益性岗位", "完成时限": "2020年8月31日"} | changes


def registering(county: County, role: str = TEAM) -> Office:
    return Office(county.district, role, REGISTER)


def planning(county: County, role: str = TOWN) -> Office:
    return Office(county.district, role, LEDGER)


def exported(county: County, layout: str, role: str = TEAM, **asked: str) -> bytes:
    answer = county.get(role, f"/v1/exports/{layout}.xlsx", **asked)
    assert answer.status_code == 200, answer.text
    return answer.content


def objects(county: County) -> list[dict[str, Any]]:
    return county.get(OFFICE, "/v1/monitoring-objects").json()["items"]


def plan_of(county: County, case: Any) -> list[dict[str, Any]]:
    """Return the measures that a case's ledger has now: what, which risk, until when."""
    rows = lines(exported(county, LEDGER, OFFICE))
    headings = next(row for row in rows if "户主姓名" in row)
    said = [dict(zip(headings, row, strict=True)) for row in rows[rows.index(headings) + 1 :]]
    return [one for one in said if one["监测对象编号"] == case.id]


# -- the register


def test_sq_p01_a_row_of_the_register_begins_the_procedure(county, household):
    assert registering(county).committed(workbook([at_risk()])) == counts(created=1)

    (opened,) = objects(county)
    assert (opened["household_id"], opened["state"]) == (household, "team_assessment")
    (row,) = lines(exported(county, REGISTER))[3:]
    assert row[5:9] == [1, 2018, "因就业不稳", "主要劳动力返乡后一直没有工作"]


@pytest.mark.usefixtures("household")
def test_the_register_again_changes_nothing(county):
    registering(county).committed(workbook([at_risk()]))

    assert registering(county).committed(workbook([at_risk()])) == counts(unchanged=1)
    assert len(objects(county)) == 1


def test_sq_c01_a_household_that_never_was_poor_says_so_in_place_of_a_year(county):
    head = {"name": "李某", "relation": "head", "id_number": NUMBER}
    county.household(TEAM, "non_poor", members=[head])

    row = at_risk(脱贫年度="非贫困户")
    assert registering(county).committed(workbook([row])) == counts(created=1)

    content = exported(county, REGISTER)
    assert lines(content)[3][6] == "非贫困户"
    assert registering(county).committed(content) == counts(unchanged=1)


def test_the_register_has_the_form_s_title_header_and_headings(county, household):
    county.open(TEAM, household, **LINE)

    title, header, headings, row = lines(exported(county, REGISTER))

    assert title[0] == "石泉县返贫风险对象花名册（2020年6月）"
    assert header[0] == "单位：镇（盖章）：示例village　　日期：2020-06-05"
    assert headings == [
        *("序号", "镇", "村", "户主姓名", "户主证件号码", "家庭人口", "脱贫年度"),
        *("返贫风险类型", "详细原因", "包抓干部", "监测对象编号"),
    ]
    assert row[:5] == [
        1,
        "示例township",
        "示例village",
        "李某",
        f"{NUMBER[:3]}{'*' * 13}{NUMBER[-2:]}",
    ]


@pytest.mark.usefixtures("planned")
def test_what_is_exported_imports_again_and_changes_nothing(county):
    """Numbers are masked in it: a household is known by its object's number."""
    other = county.household(TEAM, "non_poor")
    county.open(TEAM, other, **LINE | {"form": {}, "risk_types": ["accident", "natural_disaster"]})

    register, ledger = (exported(county, layout, OFFICE) for layout in (REGISTER, LEDGER))

    assert registering(county).committed(register) == counts(unchanged=2)
    assert planning(county).committed(ledger) == counts(unchanged=1)


@pytest.mark.usefixtures("household")
@pytest.mark.parametrize(
    ("changes", "found"),
    [
        pytest.param({"返贫风险类型": "因天气"}, {("G2", "value_not_listed")}, id="no risk"),
        pytest.param({"返贫风险类型": ""}, {("G2", "value_missing")}, id="risk left out"),
        pytest.param({"详细原因": ""}, {("H2", "value_missing")}, id="reason left out"),
        pytest.param({"脱贫年度": "去年"}, {("F2", "value_unfit")}, id="no year"),
        pytest.param({"脱贫年度": 2013}, {("2", "below_floor")}, id="before 2014 (SQ-C01)"),
        pytest.param({"脱贫年度": ""}, {("2", "field_missing")}, id="year left out (SQ-P01)"),
        pytest.param({"户主姓名": "王某"}, {("C2", "row_of_another")}, id="another head"),
        pytest.param({"村": "别村"}, {("B2", "row_of_another")}, id="another village"),
        pytest.param(
            {"户主证件号码": sample.identity_number(701)}, {("D2", "number_unknown")}, id="nobody"
        ),
        pytest.param({"户主证件号码": "1.1E+17"}, {("D2", "digits_lost")}, id="digits lost"),
        pytest.param({"家庭人口": "一家"}, {("E2", "value_unfit")}, id="no count"),
        pytest.param({"监测对象编号": "7"}, {("J2", "value_unfit")}, id="no number of ours"),
        pytest.param(
            {"监测对象编号": "0179cf62-5a80-70fc-b24a-307373f34220"},
            {("J2", "case_unknown")},
            id="no such object",
        ),
    ],
)
def test_a_row_that_cannot_be_taken_in_is_named_by_its_cell(county, changes, found):
    assert registering(county).findings(workbook([at_risk(**changes)])) == found
    assert objects(county) == []


@pytest.mark.usefixtures("household")
def test_a_household_is_found_by_village_and_head_where_its_number_is_masked(county):
    row = at_risk(户主证件号码=f"999{'*' * 13}12")

    assert registering(county).committed(workbook([row])) == counts(created=1)


@pytest.mark.usefixtures("household")
def test_what_an_import_does_not_take_over_is_told(county):
    row = at_risk(家庭人口=4, 包抓干部="丙干部")

    assert registering(county).warnings(workbook([row])) == {
        ("E2", "size_differs"),
        ("I2", "helper_not_taken_over"),
    }


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        pytest.param({"返贫风险类型": "因意外变故"}, "G2", id="another risk"),
        pytest.param({"详细原因": "另一原因"}, "H2", id="another reason"),
        pytest.param({"脱贫年度": 2019}, "F2", id="another year"),
    ],
)
def test_the_register_does_not_change_what_was_registered(county, household, changes, cell):
    county.open(TEAM, household, **LINE)

    found = registering(county).findings(workbook([at_risk(**changes)]))

    assert found == {(cell, "case_says_otherwise")}


@pytest.mark.usefixtures("household")
def test_sq_p01_only_who_inspects_puts_households_on_the_register(county):
    found = registering(county, OFFICE).findings(workbook([at_risk()]))

    assert found == {("2", "act_refused")}


@pytest.mark.usefixtures("household")
def test_the_same_household_twice_in_one_file_is_one_object(county):
    where = registering(county).validated(workbook([at_risk(), at_risk()]))

    told = registering(county).look(where)["counts"]["rows"]
    assert told == counts(created=1, unchanged=1)
    registering(county).commit(where)
    assert registering(county).look(where)["counts"]["rows"] == told
    assert len(objects(county)) == 1


@pytest.mark.usefixtures("household")
def test_a_register_with_one_bad_row_is_not_taken_in_by_halves(county):
    where = registering(county).validated(workbook([at_risk(), at_risk(户主姓名="王某")]))

    assert registering(county).commit(where).status_code == 422
    assert objects(county) == []


# -- the ledger of measures


def test_sq_h01_the_rows_of_a_household_are_its_plan(county, planned):
    """Two measures, the second under the household's merged or empty cells."""
    second = dict.fromkeys(planned_row(), "") | {
        "返贫风险类型": "因就业不稳",
        "制定的帮扶措施": "技能培训",
        "完成时限": "2020-09-30",
    }

    assert planning(county).committed(workbook([planned_row(), second])) == counts(created=2)

    assert county.history(planned)[-1] == "agree_plan"
    plan = plan_of(county, planned)
    assert [(one["措施序号"], one["制定的帮扶措施"], one["返贫风险类型"]) for one in plan] == [
        (1, "公益性岗位", "因就业不稳"),
        (2, "技能培训", "因就业不稳"),
    ]
    assert [str(one["完成时限"])[:10] for one in plan] == ["2020-08-31", "2020-09-30"]


def test_sq_h01_the_exported_ledger_has_a_row_to_fill_in_for_whom_nothing_is_agreed(
    county, planned
):
    (row,) = plan_of(county, planned)

    assert (row["制定的帮扶措施"], row["完成时限"]) == (None, None)
    assert (row["包抓干部"], row["返贫风险类型"]) == ("丙干部", "因就业不稳")


def test_sq_h01_a_changed_ledger_revises_the_plan_and_keeps_what_it_does_not_tell(county, planned):
    county.on("2020-06-28")
    county.act(TOWN, planned, "agree_plan", measures=[measure(owner="丙干部")])
    county.on("2020-06-30")
    county.act(OFFICE, planned, "file", filing_number="2020-06-001")
    (row,) = plan_of(county, planned)

    changed = row | {"完成时限": "2020-12-31"}
    assert planning(county).committed(workbook([changed])) == counts(updated=1)

    assert county.history(planned)[-1] == "revise_plan"
    (after,) = plan_of(county, planned)
    assert (str(after["完成时限"])[:10], after["措施类型"]) == ("2020-12-31", "employment")
    assert planning(county).committed(workbook([after])) == counts(unchanged=1)


@pytest.mark.usefixtures("planned")
@pytest.mark.parametrize(
    ("changes", "found"),
    [
        pytest.param({"完成时限": ""}, {("2", "measure_incomplete")}, id="no day (SQ-H01)"),
        pytest.param({"返贫风险类型": ""}, {("2", "measure_incomplete")}, id="no risk (SQ-H01)"),
        pytest.param({"完成时限": "年底"}, {("J2", "value_unfit")}, id="no day of the calendar"),
        pytest.param({"制定的帮扶措施": ""}, {("I2", "value_missing")}, id="no measure"),
        pytest.param(
            {"返贫风险类型": "因就业不稳、因意外变故"}, {("G2", "value_unfit")}, id="two risks"
        ),
        pytest.param({"措施序号": 0}, {("K2", "value_unfit")}, id="no number of a measure"),
        pytest.param({"措施序号": 999}, {("K2", "value_unfit")}, id="too high a number"),
        pytest.param({"措施类型": "岗位"}, {("K2", "value_unfit")}, id="no code of a kind"),
    ],
)
def test_a_measure_that_cannot_be_taken_in_is_named_by_its_cell(county, changes, found):
    assert planning(county).findings(workbook([planned_row(**changes)])) == found


def test_a_household_that_is_no_object_has_no_measures(county, household):
    assert household
    assert planning(county).findings(workbook([planned_row()])) == {("C2", "no_open_case")}


def test_measures_are_not_agreed_before_it_is_time(county, household):
    county.open(TEAM, household, **LINE)

    assert planning(county).findings(workbook([planned_row()])) == {("2", "act_refused")}


@pytest.mark.usefixtures("planned")
def test_the_rows_of_one_household_stand_together(county):
    """Otherwise the second plan would take the place of the first."""
    head = {"name": "赵某", "relation": "head", "id_number": sample.identity_number(702)}
    other = county.household(TEAM, "lifted_out", members=[head])
    county.on("2020-06-05")
    county.lead(county.open(TEAM, other, **LINE), "planning", DOCKET)
    between = planned_row(户主姓名="赵某", 户主证件号码=sample.identity_number(702))

    found = planning(county).findings(workbook([planned_row(), between, planned_row()]))

    assert found == {("4", "row_repeats")}


def test_sq_h01_a_cadre_agrees_no_plan_by_bringing_a_ledger(county, planned):
    found = planning(county, CADRE).findings(workbook([planned_row()]))

    assert found == {("2", "act_refused")}
    assert planned.state == "planning"


def test_no_number_is_in_the_papers_in_clear(county):
    head = {"name": "李某", "relation": "head", "id_number": NUMBER}
    household = county.household(TEAM, "lifted_out", members=[head])
    told = LINE | {"description": f"户主 {NUMBER} 电话 19900000001"}
    county.open(TEAM, household, **told)

    content = exported(county, REGISTER)

    text = "".join(str(value) for row in lines(content) for value in row)
    assert NUMBER not in text
    assert "19900000001" not in text
    assert registering(county).committed(content) == counts(unchanged=1)


# -- who sees what, and under which document


def test_the_papers_have_what_lies_in_the_area_and_is_asked_for(county, planned):
    assert planned.state == "planning"
    assert len(lines(exported(county, REGISTER, OFFICE, area=AREAS["village"]))) == 4
    assert len(lines(exported(county, REGISTER, OFFICE, state="assisted"))) == 3
    assert county.get(TEAM, f"/v1/exports/{LEDGER}.xlsx", area=AREAS["county"]).status_code == 404


@pytest.mark.parametrize("layout", [REGISTER, LEDGER])
def test_they_are_handed_out_with_a_line(county, layout):
    exported(county, layout)

    line = newest(county.district, "handed_out")
    assert (line["event"], line["role"]) == (f"export_{layout}", TEAM)


def test_a_document_without_such_a_paper_exports_none(district):
    for layout in (REGISTER, LEDGER):
        answer = district.get("village", f"/v1/exports/{layout}.xlsx")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_in_document")


def test_sq_e04_who_was_struck_off_is_in_neither_paper(county, household):
    case = county.lead(county.open(TEAM, household, **LINE), "assisted", DOCKET)
    county.on("2020-08-20")
    county.act(CADRE, case, "record_progress", **DONE)
    county.lead(case, "eliminated", DOCKET[10:])

    assert len(lines(exported(county, REGISTER, OFFICE))) == 3
    assert len(lines(exported(county, LEDGER, OFFICE))) == 3
