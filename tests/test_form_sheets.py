"""Forms of households as sheets, both ways: to be filled in, as filled in, handed in (TG 附件2).

Each sheet is one form, handed in by who made the visit and signed it; what is exported imports
again and changes nothing.
"""

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from county import AREAS
from importing import Office, counts, ours
from inspection import Inspection, codes_asked
from test_acts import newest
from test_inspection_forms import COUNTY, RONGAN, SURVEY, TAOGOU, ZHANGGONG

LAYOUT, TEAM, TOWN = "inspection_forms", "resident_team", "township_office"
TICK, TEXT, FIXED = "有问题打“√”", "排查问题", "当场整改"
SIGNER, DAY, OTHERS = "排查人签字", "排查日期", "同行人员（职责）"
Sheet = openpyxl.worksheet.worksheet.Worksheet


@pytest.fixture(name="taogou")
def a_campaign_in_taogou(under):
    """Return a campaign under way in its field phase, with a home of three types."""
    return Inspection(under(TAOGOU)).start(
        lifted="lifted_out", marginal="marginal", ordinary="ordinary"
    )


def exported(at: Inspection, role: str = TEAM, **asked: Any) -> bytes:
    asked = {"campaign": at.campaign.id, **asked}
    answer = at.county.get(role, f"/v1/exports/{LAYOUT}.xlsx", **asked)
    assert answer.status_code == 200, answer.text
    return answer.content


def the_form(at: Inspection, home: str, role: str = TEAM, **asked: Any) -> bytes:
    return exported(at, role, household=at.homes[home], **asked)


def bringing(at: Inspection, role: str = TEAM) -> Office:
    return Office(at.county.district, role, LAYOUT)


def changed(content: bytes, *changes: Callable[[Sheet], None]) -> bytes:
    """Return a workbook in which somebody changed every sheet, saved by another program."""
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    for sheet in workbook.worksheets:
        for change in changes:
            change(sheet)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def cell(sheet: Sheet, value: str) -> Any:
    """Return the cell that says something."""
    return next(one for row in sheet.iter_rows() for one in row if one.value == value)


def said(item: str, column: str, value: Any) -> Callable[[Sheet], None]:
    """Return the change that writes something of an item."""

    def change(sheet: Sheet) -> None:
        at = sheet.cell(cell(sheet, item).row, cell(sheet, column).column)
        at.value = value

    return change


def signed(name: str | None = "示例某", day: Any = "2021-06-11") -> Callable[[Sheet], None]:
    def change(sheet: Sheet) -> None:
        for field, value in ((SIGNER, name), (DAY, day)):
            beside = cell(sheet, field)
            sheet.cell(beside.row, beside.column + 1).value = value

    return change


def field(name: str, value: Any) -> Callable[[Sheet], None]:
    """Return the change that writes something right of a field's name."""

    def change(sheet: Sheet) -> None:
        beside = cell(sheet, name)
        sheet.cell(beside.row, beside.column + 1).value = value

    return change


def problem(item: str, text: str | None) -> tuple[Callable[[Sheet], None], ...]:
    return said(item, TICK, "√"), said(item, TEXT, text)


def items_of(content: bytes) -> list[str]:
    """Return the items that a sheet asks."""
    return [str(row[1]) for row in ours(content) if str(row.get(1, "")).replace(".", "").isdigit()]


# -- to be filled in


@pytest.mark.parametrize("home", ["lifted", "marginal", "ordinary"])
def test_tg_f204_a_sheet_asks_what_a_household_of_its_type_is_asked(taogou, home):
    household_type = {"lifted": "lifted_out"}.get(home, home)

    asked = items_of(the_form(taogou, home))

    assert asked == codes_asked(taogou.checklist(SURVEY), household_type)


def test_tg_f203_no_sheet_asks_what_units_answer(taogou):
    of_units = {item.code for item in taogou.checklist(SURVEY).items.values() if item.of_unit}

    assert of_units.isdisjoint(items_of(the_form(taogou, "lifted")))


def test_tg_a06_the_header_is_filled_in_from_the_register(taogou):
    title, *above = ours(the_form(taogou, "marginal"))[:4]

    assert set(title.values()) == {"集中排查入户排查表"}
    told = {row[column]: row.get(column + 1) for row in above for column in row if column % 2}
    assert told.pop("证件号码").count("*") == 13
    assert told == {
        "镇": "示例township",
        "村": "示例village",
        "组": None,
        "户类型": "边缘易致贫户",
        "户主姓名": "张某",
        "联系电话": "199******00",
    }


def test_a_village_s_workbook_has_a_sheet_for_each_household(taogou):
    workbook = openpyxl.load_workbook(io.BytesIO(exported(taogou, area=AREAS["village"])))

    assert workbook.sheetnames == ["1 张某", "2 张某", "3 张某"]
    assert len(openpyxl.load_workbook(io.BytesIO(exported(taogou, part=2))).worksheets) == 1


# -- handed in


def test_tg_f201_a_tick_is_a_problem_and_the_sheet_is_a_form(taogou):
    content = changed(the_form(taogou, "lifted"), *problem("1.02", "春季资助未发放"), signed())

    assert bringing(taogou).committed(content)["created"] == len(items_of(content))

    [form] = taogou.county.get(TEAM, "/v1/inspection-forms").json()["items"]
    read = taogou.county.get(TEAM, f"/v1/inspection-forms/{form['id']}").json()
    assert (read["problems"], read["visited_on"], read["filled_as"]) == (1, "2021-06-11", TEAM)
    assert [(one["item"], one["text"]) for one in read["answers"]] == [("1.02", "春季资助未发放")]
    assert taogou.row("lifted")["standing"] == "submitted"


def test_tg_f202_a_signed_sheet_without_a_tick_is_a_visit_that_found_nothing(taogou):
    content = changed(the_form(taogou, "ordinary"), signed())

    assert bringing(taogou).committed(content)["created"] > 0
    assert taogou.tally() == {"expected": 3, "submitted": 1}


def test_a_sheet_that_nobody_filled_in_is_nothing(taogou):
    told = bringing(taogou).committed(exported(taogou))

    assert told == counts(unchanged=told["read"])
    assert taogou.tally() == {"expected": 4}


def test_the_same_sheet_again_changes_nothing(taogou):
    content = changed(the_form(taogou, "lifted"), *problem("1.02", "未发放"), signed())
    bringing(taogou).committed(content)

    assert bringing(taogou).committed(content) == counts(unchanged=len(items_of(content)))


def test_who_else_was_there_is_told_with_their_role(taogou):
    content = changed(the_form(taogou, "lifted"), signed(), field(OTHERS, "乙某（村委会）"))
    role = taogou.policy.roles["village_committee"].label.zh
    content = changed(content, field(OTHERS, f"乙某（{role}）、丙某({role})"))

    bringing(taogou).committed(content)

    [form] = taogou.county.get(TEAM, "/v1/inspection-forms").json()["items"]
    read = taogou.county.get(TEAM, f"/v1/inspection-forms/{form['id']}").json()
    assert [(one["name"], one["role"]) for one in read["visitors"]] == [
        ("示例某", TEAM),
        ("乙某", "village_committee"),
        ("丙某", "village_committee"),
    ]


def test_a_sheet_of_a_form_that_was_returned_corrects_it(taogou):
    form = taogou.file(TEAM, SURVEY, "lifted", problems={"1.02": "未发放"})
    taogou.county.act(TOWN, form, "return_form", reason="内容不具体")

    content = changed(the_form(taogou, "lifted"), said("1.02", TEXT, "春季资助未发放"))
    assert bringing(taogou).committed(content)["updated"] == len(items_of(content))

    read = taogou.read(form)
    assert (read["state"], read["problems"]) == ("submitted", 1)
    assert "春季资助未发放" in {one["text"] for one in read["answers"]}


def test_zg_x01_nobody_brings_in_a_form_that_another_has_signed(taogou):
    content = changed(the_form(taogou, "lifted"), *problem("1.02", "未发放"), signed("王某"))

    assert {code for _, code in bringing(taogou).findings(content)} == {"signed_by_another"}
    assert taogou.tally() == {"expected": 4}


def test_zg_x01_a_workbook_with_one_form_of_another_is_not_taken_in_by_halves(taogou):
    """Each finding names its sheet; so does the report as a workbook."""
    content = changed(exported(taogou), signed())
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    signed("王某")(workbook.worksheets[1])
    out = io.BytesIO()
    workbook.save(out)

    office = bringing(taogou)
    where = office.validated(out.getvalue())
    found = office.look(where, limit=200)["report"]["items"]
    assert {(one["sheet"], one["code"]) for one in found if one["field"]} == {
        ("2 张某", "signed_by_another")
    }
    assert office.commit(where).status_code == 422
    assert taogou.tally() == {"expected": 4}

    told = office.at.get(TEAM, f"{where}/report.xlsx")
    report = openpyxl.load_workbook(io.BytesIO(told.content))
    assert [sheet.max_row > 1 for sheet in report.worksheets] == [False, True, False]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        pytest.param([signed(None)], {"value_missing"}, id="nobody signed"),
        pytest.param([signed(day=None)], {"value_missing"}, id="no day"),
        pytest.param([signed(day="昨天")], {"value_unfit"}, id="no day of the calendar"),
        pytest.param([signed(day="1021-06-11")], {"value_unfit"}, id="a day long ago"),
        pytest.param([signed(day="2021-06-30")], {"date_in_future"}, id="tomorrow"),
        pytest.param([signed(), *problem("1.02", None)], {"description_missing"}, id="no words"),
        pytest.param([signed(), said("1.02", TICK, "某")], {"value_unfit"}, id="no tick"),
        pytest.param([signed(), said("1.02", TICK, "=1+1")], {"cell_formula"}, id="a formula"),
        pytest.param([signed(), said("1.02", FIXED, "√")], {"answer_unfit"}, id="nothing fixed"),
        pytest.param(
            [said("1.02", "1.02", "99.01"), *problem("99.01", "某"), signed()],
            {"item_not_known"},
            id="no such item",
        ),
        pytest.param(
            [said("1.02", "1.02", "1.03"), *problem("1.03", "某"), signed()],
            {"item_not_asked"},
            id="a unit's item (TG-F203)",
        ),
        pytest.param([signed(), field("户编号", "7")], {"value_unfit"}, id="no number"),
        pytest.param(
            [signed(), field("户编号", "0179cf62-5a80-70fc-b24a-307373f34220")],
            {"household_unknown"},
            id="no household of mine",
        ),
        pytest.param(
            [signed(), field("排查行动编号", "0179cf62-5a80-70fc-b24a-307373f34220")],
            {"campaign_unknown"},
            id="no campaign",
        ),
        pytest.param([signed(), field("排查表代码", "x")], {"checklist_unknown"}, id="no form"),
        pytest.param([signed(), field("户编号", None)], {"head_ambiguous"}, id="three of a name"),
        pytest.param([signed(), field(OTHERS, "乙某")], {"role_unknown"}, id="no role"),
        pytest.param([signed(), field(OTHERS, "乙1（村）")], {"role_unknown"}, id="no name"),
    ],
)
def test_a_sheet_that_cannot_be_taken_in_says_why(taogou, changes, found):
    content = changed(the_form(taogou, "lifted"), *changes)

    told = {code for _, code in bringing(taogou).findings(content)}

    assert told == found
    assert taogou.tally() == {"expected": 4}


def test_a_form_that_is_there_already_stays(taogou):
    taogou.file(TEAM, SURVEY, "lifted", problems={"1.02": "未发放"})

    content = changed(the_form(taogou, "lifted"), said("1.02", TEXT, "另一句"))

    told = {code for _, code in bringing(taogou).findings(content)}
    assert told == {"form_there_already"}


def test_who_may_not_fill_a_form_brings_none_in(taogou):
    content = changed(the_form(taogou, "lifted"), signed())

    found = bringing(taogou, "county_bureau").findings(content)

    assert {code for _, code in found} == {"act_refused"}


# -- as it was filled in


@pytest.mark.parametrize(
    ("document", "role", "code", "household_type"),
    [
        pytest.param(TAOGOU, TEAM, SURVEY, "lifted_out", id="Taogou"),
        pytest.param(ZHANGGONG, TEAM, "household_register", "lifted_out", id="Zhanggong"),
        pytest.param(COUNTY, TEAM, None, "lifted_out", id="county"),
        pytest.param(RONGAN, TEAM, "great_round", "lifted_out", id="Rongan"),
    ],
)
def test_what_is_exported_imports_again_and_changes_nothing(
    under, document, role, code, household_type
):
    at = Inspection(under(document))
    at.start(lifted=household_type, other=household_type)
    code = code or next(one.code for one in at.policy.checklists if one.filled_for == "household")
    names = ("示例某", "乙某", "丙某")
    visitors = [{"name": name, "role": role} for name in names]
    at.file(role, code, "lifted", visitors=visitors)

    content = exported(at, role, checklist=code)

    told = bringing(at, role).committed(content)
    assert told == counts(unchanged=told["read"])
    assert told["read"] > 0


def test_text_that_looks_like_a_formula_stays_text(taogou):
    """Long numbers in it are masked, as somebody's; it imports again all the same."""
    taogou.file(TEAM, SURVEY, "lifted", problems={"1.02": "=HYPERLINK(1) 19900000001"})

    content = the_form(taogou, "lifted")

    told = {value for row in ours(content) for value in row.values()}
    assert "=HYPERLINK(1) 199******01" in told
    assert bringing(taogou).committed(content)["unchanged"] > 0


def test_sheets_are_handed_out_with_a_line(taogou):
    the_form(taogou, "lifted")

    line = newest(taogou.county.district, "handed_out")
    told = (line["event"], line["campaign"], line["household"])
    assert told == ("export_inspection_forms", taogou.campaign.id, taogou.homes["lifted"])


def test_forms_of_another_s_campaign_or_area_are_not_there(taogou, district):
    path = f"/v1/exports/{LAYOUT}.xlsx"
    stranger = district.get("village", path, campaign=taogou.campaign.id)
    above = taogou.county.get(TEAM, path, campaign=taogou.campaign.id, area=AREAS["county"])

    assert (stranger.status_code, above.status_code) == (404, 404)
