"""`dixian import`: the same two steps from the command line, in one go."""

from pathlib import Path

import pytest
from sqlmodel import select
from test_service import dixian, done, mistake
from workbook_files import head, package, sheet_xml, workbook

from service import sample
from service.imports.layouts import LAYOUTS
from service.store.imports import DataImport, ImportFinding

__all__ = ["dixian"]

ONE, TWO = sample.identity_number(950), sample.identity_number(951)
BAD = head("9", "999999197001010019", 姓名="王某")


def file(folder: Path, *rows: dict, name: str = "名册.xlsx") -> str:
    path = folder / name
    path.write_bytes(workbook(rows))
    return str(path)


def registered(district) -> int:
    return len(district.get("county", "/v1/households").json()["items"])


def test_a_file_is_imported_whole_and_says_what_became_of_it(dixian, district, tmp_path):
    path = file(tmp_path, head("1", ONE), head("2", TWO, 姓名="李某"))

    told = done(dixian("import", "households", path, "--by", "village"))

    assert "2 read, 2 created, 0 updated, 0 unchanged, 0 refused rows" in told
    assert "Committed" in told
    assert registered(district) == 2
    assert "2 unchanged" in done(dixian("import", "households", path, "--by", "village"))


def test_a_dry_run_says_the_same_and_keeps_nothing(dixian, district, tmp_path):
    path = file(tmp_path, head("1", ONE), BAD)

    told = done(dixian("import", "households", path, "--by", "village", "--dry-run"))

    assert "1 created, 0 updated, 0 unchanged, 1 refused" in told
    assert "F3: 999*************19" in told
    assert "Nothing was written." in told
    for table in (DataImport, ImportFinding):
        assert district.read(lambda s, table=table: s.exec(select(table)).all()) == []
    assert list(district.office.settings.imports_path.iterdir()) == []
    assert registered(district) == 0


def test_findings_are_the_ledger_of_problems_of_households(dixian, district, tmp_path):
    name = district.get("village", f"/v1/areas/{sample.VILLAGE}").json()["name"]
    head_name = district.a_household()["members"][0]["name"]
    district.register("village")
    row = {"村": name, "户主姓名": head_name, "问题类型": "就业方面", "具体内容": "补助未发放"}

    told = done(dixian("import", "findings", file(tmp_path, row), "--by", "village"))

    assert "1 created" in told
    found = district.get("county", "/v1/remediation-items").json()["items"]
    assert [one["content"] for one in found] == ["补助未发放"]


def test_rows_that_are_refused_are_a_mistake_unless_they_are_left_out(dixian, district, tmp_path):
    path = file(tmp_path, head("1", ONE), BAD)

    assert "1 row(s) cannot be imported" in mistake(
        dixian("import", "households", path, "--by", "village")
    )
    assert registered(district) == 0

    done(dixian("import", "households", path, "--by", "village", "--without-refused"))
    assert registered(district) == 1


@pytest.mark.usefixtures("district")
def test_what_cannot_be_imported_is_a_mistake_in_one_line(dixian, tmp_path):
    good = file(tmp_path, head("1", ONE))
    empty = tmp_path / "empty.xlsx"
    empty.write_bytes(package(sheet_xml()))
    text = tmp_path / "text.xlsx"
    text.write_text("户编号")
    for arguments, said in {
        ("nothing", good, "--by", "village"): f"Layouts: {', '.join(LAYOUTS)}.",
        ("households", good, "--by", "nobody"): "nobody holds 0 position(s) today",
        ("households", str(tmp_path / "none.xlsx"), "--by", "village"): "No such file",
        ("households", file(tmp_path, head("1", ONE), name="a.xls"), "--by", "village"): ".xlsx",
        ("households", str(text), "--by", "village"): "no Excel workbook",
        ("households", str(empty), "--by", "village"): "No heading within",
    }.items():
        assert said in mistake(dixian("import", *arguments)), arguments
