"""The layout of the register: one row for each member, the rows of a household together.

The rules are those of registering a household one by one; what people do to such lists in
Excel is understood where it can be, and named cell by cell where it cannot.
"""

# ruff: noqa: RUF001 - people type in full width

from decimal import Decimal
from typing import Any

import pytest
from importing import Office, cell, counts
from sqlalchemy import text
from sqlmodel import select
from workbook_files import head, member, package, sheet, sheet_xml, workbook

from service import sample
from service.store.areas import Area, AreaLevel, add_area

TELEPHONE, OTHER_TELEPHONE = "19955667788", "19911112222"
ONE, TWO, THREE, FOUR, FIVE = (sample.identity_number(serial) for serial in range(600, 605))
ON_SQLITE = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


@pytest.fixture
def office(district) -> Office:
    return Office(district)


def only(at: Any) -> dict[str, Any]:
    """Return the one household there is, with its members."""
    (found,) = at.get("county", "/v1/households").json()["items"]
    return at.get("county", f"/v1/households/{found['id']}").json()


# -- what is understood


HOW_PEOPLE_WRITE = {
    "the number in full width with spaces": {"证件号码": " ９９９９９９ １９７００１０１６００"
     + ONE[17]},
    "a telephone as a number": {"联系电话": Decimal(TELEPHONE)},
    "a telephone with hyphens": {"联系电话": "199-5566-7788"},
    "spaces around a name": {"姓名": "　张某 "},
    "the number of a household as a number": {"户编号": Decimal(1)},
    "the village by its code": {"所在村": sample.VILLAGE},
    "the village by its code, as a number": {"所在村": Decimal(sample.VILLAGE)},
    "no village, of an official who has one": {"所在村": None},
    "the type by its code": {"户类型": "ordinary"},
    "the relation in other words": {"与户主关系": "本人"},
    "the document in other words": {"证件类型": "身份证"},
    "a heading that nobody asked for": {"民族": "汉族"},
    "a formula in a column that nobody asked for": {"合计": "=SUM(A1:A9)"},
    "no traits": {"户情特征": "无"},
}  # fmt: skip


@ON_SQLITE
@pytest.mark.parametrize("cells", HOW_PEOPLE_WRITE.values(), ids=HOW_PEOPLE_WRITE)
def test_what_people_write_is_understood(cells, office, district):
    row = head("1", ONE, 联系电话=TELEPHONE) | cells

    assert office.committed(workbook([row])) == counts(created=1)

    found = only(district)
    assert (found["head_name"], found["area_code"]) == ("张某", sample.VILLAGE)
    assert (found["telephone"], found["household_type"]) == ("199******88", "ordinary")
    (found_by_number,) = district.get("village", "/v1/households", id_number=ONE).json()["items"]
    assert found_by_number["id"] == found["id"]


def test_a_list_with_title_merged_cells_and_what_a_household_says_once(office, district):
    """As offices print such lists: the number of a household is merged over its members."""
    headings = (
        "户编号",
        "所在村",
        "户类型",
        "户主姓名",
        "联系电话",
        "姓名",
        "与户主关系",
        "身份证号码",
    )
    lines = [
        ("1", "示例一村", "一般农户", "张某", TELEPHONE, "张某", "户主", ONE),
        (None, None, None, None, None, "李某", "妻", TWO),
        ("2", "示例一村", "脱贫户", "王某", None, "王某", "户主", THREE),
    ]
    xml = sheet_xml(
        '<row r="1"><c r="A1" t="str"><v>某村农户名册</v></c></row>',
        *(line_xml(number, line) for number, line in enumerate((headings, *lines), start=2)),
    ).replace(
        "</sheetData>",
        '</sheetData><mergeCells><mergeCell ref="A1:H1"/><mergeCell ref="A3:A4"/></mergeCells>',
    )

    assert office.committed(package(xml)) == counts(created=3)

    listed = district.get("village", "/v1/households").json()["items"]
    assert [(one["head_name"], one["household_type"]) for one in listed] == [
        ("张某", "ordinary"),
        ("王某", "lifted_out"),
    ]
    (found,) = district.get("village", "/v1/households", id_number=TWO).json()["items"]
    assert found["head_name"] == "张某"


def line_xml(number: int, values: Any) -> str:
    cells = (f"<c t='str'><v>{v}</v></c>" if v is not None else "<c/>" for v in values)
    return f'<row r="{number}">{"".join(cells)}</row>'


def test_a_disability_certificate_and_a_passport_are_documents_too(office, district):
    rows = [
        head("1", f"{ONE}44", 证件类型=None),
        member("1", "E12345678", 证件类型="护照", 姓名="李某"),
    ]

    assert office.committed(workbook(rows)) == counts(created=2)

    kinds = [one["document_type"] for one in only(district)["members"]]
    assert kinds == ["disability_certificate", "other"]
    assert office.committed(workbook([head("7", ONE)])) == counts(unchanged=1)


def test_a_county_imports_for_all_its_villages(district):
    rows = [
        head("1", ONE),
        head("2", TWO, 所在村="示例二村", 姓名="李某"),
        head("3", THREE, 所在村=sample.NEIGHBOUR, 姓名="王某"),
    ]

    assert Office(district, "county").committed(workbook(rows)) == counts(created=3)

    listed = district.get("county", "/v1/households").json()["items"]
    assert [one["area_code"] for one in listed] == [
        sample.VILLAGE,
        sample.NEIGHBOUR,
        sample.NEIGHBOUR,
    ]


# -- what is refused, cell by cell


GOOD = head(
    "1", ONE, 联系电话=TELEPHONE, 户情特征=None, 证件类型=None, 户主姓名=None, 成员序号=None
)
UNFIT = {
    "digits lost": ({"证件号码": Decimal(999999197001016000)}, "F2 digits_lost"),
    "digits lost, as text": ({"证件号码": "9.99999E+17"}, "F2 digits_lost"),
    "a wrong check character": ({"证件号码": ONE[:17] + "Y"}, "F2 id_number_unfit"),
    "too short": ({"证件号码": "12345"}, "F2 id_number_unfit"),
    "a type that does not fit": ({"证件类型": "残疾人证"}, "F2 id_number_unfit"),
    "no number": ({"证件号码": None}, "F2 value_missing"),
    "no name": ({"姓名": None}, "D2 value_missing"),
    "a number for a name": ({"姓名": ONE}, "D2 value_unfit"),
    "a name over two lines": ({"姓名": "张\n某"}, "D2 value_unfit"),
    "a name that shows otherwise than it is": ({"姓名": "张\u202e某"}, "D2 value_unfit"),
    "no relation": ({"与户主关系": None}, "E2 value_missing"),
    "an unknown relation": ({"与户主关系": "邻居"}, "E2 value_not_listed"),
    "no household": ({"户编号": None}, "A2 value_missing"),
    "a village that is not there": ({"所在村": "某某村"}, "B2 village_unknown"),
    "a village of somebody else": ({"所在村": "示例二村"}, "B2 village_unknown"),
    "no type": ({"户类型": None}, "C2 value_missing"),
    "a type that is not listed": ({"户类型": "富裕户"}, "C2 value_not_listed"),
    "a trait that is not listed": ({"户情特征": "无劳动能力、其他"}, "H2 value_not_listed"),
    "a telephone with letters": ({"联系电话": "19955667788转1"}, "G2 value_unfit"),
    "a telephone too short": ({"联系电话": "110"}, "G2 value_unfit"),
    "a document that is none": ({"证件类型": "名片"}, "I2 value_not_listed"),
    "another head": ({"户主姓名": "王某"}, "J2 head_differs"),
    "no head": ({"与户主关系": "子女"}, "E2 head_not_one"),
    "a household that is not there": (
        {"户编号": "0179cf62-5a80-70fc-b24a-307373f34220"},
        "A2 household_unknown",
    ),
    "NUL in a name": ({"姓名": "张\x00某"}, "D2 value_unfit"),
}


@ON_SQLITE
@pytest.mark.parametrize(("cells", "said"), UNFIT.values(), ids=UNFIT)
def test_what_does_not_fit_is_named_with_its_cell(cells, said, office):
    assert office.findings(workbook([GOOD | cells])) == {tuple(said.split())}


@ON_SQLITE
@pytest.mark.parametrize("spoilt", ["<f>A1</f><v>1</v>", "<f>1+1</f>"])
def test_a_formula_or_an_error_in_a_column_that_is_read_is_named(spoilt, office):
    names, values = list(GOOD), list(GOOD.values())
    headings = line_xml(1, names)
    before = [line_xml(2, values[:3]).removesuffix("</row>"), "<c t='str'>{}</c>"]
    rest = "".join(f"<c t='str'><v>{value}</v></c>" for value in values[4:7])
    row = "".join(before) + rest + "</row>"

    assert office.findings(package(sheet_xml(headings, row.format(spoilt)))) == {
        ("D2", "cell_formula")
    }
    error = row.replace("<c t='str'>{}", "<c t='e'>{}").format("<v>#REF!</v>")
    assert office.findings(package(sheet_xml(headings, error))) == {("D2", "cell_error")}


TOGETHER = {
    "one person twice": (
        [head("1", ONE), member("1", ONE, 姓名="李某")],
        {("F3", "person_twice"), ("2", "household_refused")},
    ),
    "one person in two households": (
        [head("1", ONE), head("2", f"{ONE}44", 姓名="李某")],
        {("F3", "person_twice")},
    ),
    "two heads": (
        [head("1", ONE), head("1", TWO)],
        {("E2", "head_not_one"), ("3", "household_refused")},
    ),
    "a household in two places": (
        [head("1", ONE), head("2", TWO), member("1", THREE)],
        {("A4", "household_scattered"), ("E4", "head_not_one")},
    ),
    "two telephones of one household": (
        [head("1", ONE, 联系电话=TELEPHONE), member("1", TWO, 联系电话=OTHER_TELEPHONE)],
        {("G3", "value_conflicts"), ("2", "household_refused")},
    ),
    "too many members": (
        [
            head("1", sample.identity_number(700)),
            *(member("1", sample.identity_number(701 + place)) for place in range(30)),
        ],
        {("D2", "members_too_many")} | {(str(row), "household_refused") for row in range(3, 33)},
    ),
}


@ON_SQLITE
@pytest.mark.parametrize(("rows", "said"), TOGETHER.values(), ids=TOGETHER)
def test_rows_that_do_not_go_together_are_named(rows, said, office):
    assert office.findings(workbook(rows)) == said


def test_a_village_that_two_have_the_name_of_is_given_by_its_code(district):
    other = {"code": "341302901299", "name": "示例一村", "level": AreaLevel.VILLAGE}
    district.change(lambda s: add_area(s, Area(**other, parent_code=sample.TOWNSHIP)))
    county = Office(district, "county")

    assert county.findings(workbook([head("1", ONE)])) == {("B2", "village_ambiguous")}
    by_code = head("1", ONE, 所在村=sample.VILLAGE)
    assert county.committed(workbook([by_code])) == counts(created=1)


def test_where_no_document_is_in_force_nobody_is_imported(district):
    county = Office(district, "county")

    found = county.findings(workbook([head("1", ONE, 所在村="示例三村")]))

    assert found == {("B2", "no_document_here")}


def test_a_person_of_another_household_is_not_taken_over(district, office):
    office.committed(workbook([head("1", ONE), member("1", TWO)]))

    found = office.findings(workbook([head("2", THREE), member("2", TWO)]))

    assert found == {("F3", "person_registered"), ("2", "household_refused")}
    elsewhere = Office(district, "neighbour")
    rows = [head("2", ONE, 所在村="示例二村")]
    assert elsewhere.findings(workbook(rows)) == {("F2", "person_registered")}


# -- the same household again


BEFORE = [
    head("1", ONE, 联系电话=TELEPHONE, 村民小组="第一组", 户情特征="无劳动能力"),
    member("1", TWO, "配偶", 姓名="李某"),
]


@pytest.fixture
def known(office, district) -> dict[str, Any]:
    """Return a household that was imported."""
    assert office.committed(workbook(BEFORE)) == counts(created=2)
    return only(district)


def again(**cells: Any) -> bytes:
    """Return the same household with other cells, on each of its rows that has them."""
    of_both = {name: value for name, value in cells.items() if name in BEFORE[1]}
    return workbook([BEFORE[0] | cells, BEFORE[1] | of_both])


CHANGES = {
    "telephone": ({"联系电话": OTHER_TELEPHONE}, {"telephone": "199******22"}),
    "group": ({"村民小组": "第二组"}, {"group_name": "第二组"}),
    "type": ({"户类型": "脱贫户"}, {"household_type": "lifted_out"}),
    "traits": ({"户情特征": "无"}, {"traits": []}),
}


@ON_SQLITE
@pytest.mark.parametrize(("cells", "becomes"), CHANGES.values(), ids=CHANGES)
def test_what_may_change_of_a_household_is_changed(cells, becomes, known, office, district):
    assert office.committed(again(**cells)) == counts(updated=2)

    assert only(district) == known | becomes
    assert office.committed(again(**cells)) == counts(unchanged=2)


def test_a_changed_telephone_finds_the_household_and_the_old_one_does_not(known, office, district):
    office.committed(again(联系电话=OTHER_TELEPHONE))

    found = district.get("village", "/v1/households", telephone=OTHER_TELEPHONE).json()["items"]
    assert [one["id"] for one in found] == [known["id"]]
    assert district.get("village", "/v1/households", telephone=TELEPHONE).json()["items"] == []


def test_an_empty_cell_says_nothing(known, office, district):
    rows = [head("9", ONE, 所在村=None, 户类型="一般农户"), BEFORE[1] | {"户编号": "9"}]

    assert office.committed(workbook(rows)) == counts(unchanged=2)
    assert only(district) == known


def test_a_new_member_is_added_and_one_that_is_not_listed_stays(known, office, district):
    rows = [BEFORE[0], member("1", THREE, "子女", 姓名="王某")]
    where = office.validated(workbook(rows))
    found = office.look(where)["report"]["items"]
    assert [(cell(one), one["code"]) for one in found] == [("2", "members_not_listed")]

    office.commit(where)

    assert office.look(where)["counts"]["rows"] == counts(updated=2)
    names = [(one["number"], one["name"]) for one in only(district)["members"]]
    assert names == [(1, "张某"), (2, "李某"), (3, "王某")]
    assert only(district)["id"] == known["id"]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"姓名": "李四"}, "D3 member_differs"),
        ({"与户主关系": "子女"}, "E3 member_differs"),
        ({"证件类型": "残疾人证", "证件号码": f"{TWO}44"}, "I3 member_differs"),
    ],
)
@ON_SQLITE
@pytest.mark.usefixtures("known")
def test_who_a_person_is_is_not_changed(cells, said, office):
    row = BEFORE[1] | {"证件类型": "居民身份证"} | cells
    content = workbook([BEFORE[0], row])
    column = {"D": "姓名", "E": "与户主关系", "I": "证件类型"}[said[0]]
    letter = "ABCDEFGHIJ"[list(dict.fromkeys([*BEFORE[0], *row])).index(column)]

    assert office.findings(content) == {
        (f"{letter}3", "member_differs"),
        ("2", "household_refused"),
    }


@pytest.mark.usefixtures("known")
def test_a_household_is_not_moved_nor_given_another_head(district, office):
    county = Office(district, "county")
    assert county.findings(again(所在村="示例二村")) == {
        ("B2", "village_differs"),
        ("3", "household_refused"),
    }
    turned = [head("1", TWO, 姓名="李某"), member("1", ONE, "配偶")]
    assert {code for _, code in office.findings(workbook(turned))} == {"person_registered"}


def test_while_a_case_is_open_an_import_changes_neither_type_nor_traits(known, office, district):
    district.post(
        "village", "/v1/monitoring-objects", {"household_id": known["id"], "entry_point": "paper"}
    )

    found = office.findings(again(户类型="脱贫户", 户情特征="无"))

    assert found == {
        ("C2", "open_case_holds"),
        ("I2", "open_case_holds"),
        ("3", "household_refused"),
    }
    assert office.committed(again(联系电话=OTHER_TELEPHONE)) == counts(updated=2)


def test_a_case_that_is_opened_after_the_validation_holds_it_too(known, office, district):
    where = office.validated(again(户类型="脱贫户"))
    district.post(
        "village", "/v1/monitoring-objects", {"household_id": known["id"], "entry_point": "paper"}
    )

    office.commit(where)

    assert office.look(where)["problem"]["code"] == "rows_refused_now"
    assert only(district)["household_type"] == "ordinary"


LOST_RACE = {
    "sqlite": """
        CREATE TRIGGER lost_race BEFORE INSERT ON member
        BEGIN SELECT RAISE(ABORT, 'the same person'); END
    """,
    "postgresql": "ALTER TABLE member ADD CONSTRAINT lost_race CHECK (false)",
}
"""Kind of database -> what lets every new person be written by somebody else a moment before."""


def test_a_register_that_others_write_time_and_again_takes_nothing_in_and_says_so(office, district):
    where = office.validated(workbook([head("1", ONE)]))
    kind = district.read(lambda session: session.get_bind().dialect.name)

    district.change(lambda session: session.execute(text(LOST_RACE[kind])))
    assert office.commit(where).status_code == 202

    found = office.look(where)
    assert (found["state"], found["problem"]["code"]) == ("validated", "register_changed")
    assert found["problem"]["detail"]
    assert district.get("county", "/v1/households").json()["items"] == []


# -- possible duplicates


def test_possible_duplicates_are_told_and_not_refused(district, office):
    district.register(telephone=TELEPHONE)
    rows = [
        head("1", ONE, 联系电话=TELEPHONE, 姓名="李某"),
        head("2", TWO),
        head("3", THREE, 联系电话=TELEPHONE, 姓名="李某"),
    ]
    where = office.validated(workbook(rows))

    found = office.look(where)
    assert found["counts"]["rows"] == counts(created=3)
    said = [(cell(one), one["code"], one["hint"]) for one in found["report"]["items"]]
    assert [(where, code) for where, code, _ in said] == [
        ("G2", "telephone_shared"),
        ("3", "head_name_shared"),
        ("G4", "telephone_shared"),
        ("4", "head_name_shared"),
    ]
    assert "另有 1 户" in said[0][2]
    assert "另有 2 户" in said[2][2]

    office.commit(where)
    found = office.look(where)
    assert (found["state"], len(found["report"]["items"])) == ("committed", 4)


def test_a_head_of_the_same_name_in_another_township_is_told_of_neither(district, office):
    def same_document(session: Any) -> None:
        township = select(Area).where(Area.code == sample.OTHER_TOWNSHIP)
        session.exec(township).one().policy_id = sample.POLICY

    district.change(same_document)
    Office(district, "county").committed(workbook([head("1", ONE, 所在村="示例三村")]))

    assert office.warnings(workbook([head("2", TWO)])) == set()


def test_the_names_of_columns_are_what_the_layout_says(office):
    content = sheet(["户编号", "姓名"], [["1", "张某"]])

    answer = office.upload(content)

    problem = office.look(answer.headers["location"])["problem"]
    assert problem["code"] == "heading_missing"
    assert problem["need"] == "户类型、与户主关系、证件号码"
