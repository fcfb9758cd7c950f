"""Importing in two steps: validate, then commit whole or not at all (issue 4, part 7).

What was read is what was created, updated, unchanged or refused, always. Whatever fails,
whenever it fails, nothing is half-imported.
"""

import os
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import httpx
import pytest
from importing import Office, cell, counts, lines
from sqlmodel import func, select
from starlette.testclient import TestClient
from test_concurrency import serving
from workbook_files import head, member, package, sheet_xml, workbook

from service import sample
from service.imports import work
from service.imports.receiving import GIVEN_UP_AFTER
from service.imports.work import Order
from service.imports.workers import Workers, open_workshop
from service.main import UPLOADS_KEPT, create_app
from service.store import register
from service.store.households import Household, Member
from service.store.imports import DataImport, ImportFinding
from service.store.people import positions_held

TELEPHONE = "19955667788"
on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


@pytest.fixture
def office(district) -> Office:
    return Office(district)


def numbers(count: int) -> list[str]:
    return [sample.identity_number(serial) for serial in range(500, 500 + count)]


def households(count: int) -> list[dict[str, Any]]:
    """Return as many households of one member, whose heads have different names."""
    return [
        head(f"H{place}", number, 姓名=f"{chr(0x4E00 + place)}某")
        for place, number in enumerate(numbers(count))
    ]


BAD = head("HX", "999999197001010019")
"""Its check character is wrong."""


def registered(at: Any) -> int:
    return len(at.get("village", "/v1/households", limit=200).json()["items"])


# -- the two steps


def test_nothing_is_written_until_the_import_is_committed(district, office):
    one, two, three = numbers(3)
    rows = [head("1", one, 联系电话=TELEPHONE), member("1", two), head("2", three, 姓名="李某")]

    where = office.validated(workbook(rows))

    assert registered(district) == 0
    found = office.look(where)
    assert found["counts"] == {"rows": counts(created=3), "entries": counts(created=2)}

    answer = office.commit(where)

    assert (answer.status_code, answer.json()["state"]) == (202, "committing")
    found = office.look(where)
    assert (found["state"], found["percent"], found["problem"]) == ("committed", None, None)
    assert found["committed_at"] == found["created_at"]
    assert found["counts"] == {"rows": counts(created=3), "entries": counts(created=2)}
    assert registered(district) == 2


def test_an_imported_household_is_one_that_was_registered(district, office):
    one, two = numbers(2)
    rows = [
        head("1", one, 村民小组="第一组", 联系电话=TELEPHONE, 户情特征="无劳动能力"),
        member("1", f"{two}44", "配偶", 姓名="李某", 证件类型="残疾人证"),
    ]
    office.committed(workbook(rows))
    (imported,) = district.get("village", "/v1/households").json()["items"]
    imported = district.get("village", f"/v1/households/{imported['id']}").json()

    body = {
        "group_name": "第一组",
        "telephone": TELEPHONE,
        "traits": ["no_labour"],
        "members": [
            {"name": "张某", "relation": "head", "id_number": sample.identity_number(10)},
            {"name": "李某", "relation": "spouse", "id_number": sample.identity_number(11) + "44"},
        ],
    }
    household_id = district.register(**body)
    by_hand = district.get("village", f"/v1/households/{household_id}").json()

    assert by_hand.pop("id") != imported.pop("id")
    for person in (*by_hand["members"], *imported["members"]):
        assert re.fullmatch(r"[0-9]{3}[*]+[0-9]{2}", person.pop("id_number"))
    assert imported == by_hand
    for number in (one, two):
        found = district.get("village", "/v1/households", id_number=number).json()["items"]
        assert [each["head_name"] for each in found] == ["张某"]
    created_by = select(Household.created_by).distinct()
    assert len(district.read(lambda s: s.exec(created_by).all())) == 1


def test_the_same_file_again_changes_nothing(district, office):
    content = workbook(households(5))
    assert office.committed(content) == counts(created=5)
    before = district.read(lambda s: s.exec(select(Household)).all())

    assert office.committed(content) == counts(unchanged=5)

    assert district.read(lambda s: s.exec(select(Household)).all()) == before


def test_rows_that_are_refused_hold_the_others_unless_they_are_left_out_on_purpose(
    district, office
):
    where = office.validated(workbook([*households(3), BAD]))
    found = office.look(where)
    assert found["counts"]["rows"] == counts(created=3, refused=1)

    answer = office.commit(where)

    assert (answer.status_code, answer.json()["code"]) == (422, "rows_refused")
    assert "1" in answer.json()["detail"]
    assert (office.look(where)["state"], registered(district)) == ("validated", 0)

    assert office.commit(where, without_refused=True).status_code == 202
    found = office.look(where)
    assert (found["state"], found["without_refused"]) == ("committed", True)
    assert found["counts"]["rows"] == counts(created=3, refused=1)
    assert registered(district) == 3


def test_the_counts_reconcile_for_whatever_mixture(district, office, monkeypatch):
    """Also where it takes several batches."""
    monkeypatch.setattr(work, "AT_ONCE", 3)
    rows = households(10)
    assert office.committed(workbook(rows[:6])) == counts(created=6)
    changed = [{**row, "联系电话": TELEPHONE} for row in rows[:2]]

    done = office.committed(workbook([*changed, BAD, *rows[2:]]), without_refused=True)

    assert done == counts(updated=2, unchanged=4, created=4, refused=1)
    assert done["read"] == 11
    assert registered(district) == 10


def test_a_household_stands_or_falls_with_every_row(office):
    one, two = numbers(2)
    rows = [head("1", one), member("1", "999999197001010019"), head("2", two, 姓名="李某")]

    where = office.validated(workbook(rows))

    found = office.look(where)
    assert found["counts"]["rows"] == counts(created=1, refused=2)
    assert found["counts"]["entries"] == counts(created=1, refused=1)
    said = [(cell(one), one["code"]) for one in found["report"]["items"]]
    assert said == [("2", "household_refused"), ("F3", "id_number_unfit")]
    assert found["report"]["items"][0]["hint"].startswith("同一户的第 3 行")


def test_the_report_is_read_page_by_page_in_the_order_of_the_rows(office):
    rows = [head(f"H{place}", "1" * 18) for place in range(7)]
    where = office.validated(workbook(rows))
    seen, cursor = [], None

    while True:
        page = office.look(where, limit=3, count=True, **{"cursor": cursor} if cursor else {})
        assert page["report"]["total"] == 7
        seen += [one["row"] for one in page["report"]["items"]]
        if (cursor := page["report"]["next_cursor"]) is None:
            break

    assert seen == [2, 3, 4, 5, 6, 7, 8]


def test_a_finding_says_where_what_and_what_to_do_in_either_language(district, office):
    where = office.validated(workbook([BAD]))
    (found,) = office.look(where)["report"]["items"]
    headers = {**district.headers("village"), "Accept-Language": "en"}
    (english,) = district.client.get(where, headers=headers).json()["report"]["items"]

    assert found == {
        "sheet": None,
        "row": 2,
        "column": "F",
        "field": "id_number",
        "code": "id_number_unfit",
        "is_refusal": True,
        "value": "999*************19",
        "hint": found["hint"],
    }
    assert re.search("校验码", found["hint"])
    assert re.search("check character", english["hint"])


def test_an_import_is_noted_with_who_when_which_file_and_what_came_of_it(district, office):
    where = office.validated(workbook(households(2)))
    office.commit(where)

    (row,) = district.read(lambda s: s.exec(select(DataImport)).all())
    (listed,) = district.get("township", "/v1/imports").json()["items"]

    assert (row.role, row.area_code) == ("village_committee", sample.VILLAGE)
    assert row.committed_by == row.person_id
    assert (listed["id"], listed["filename"]) == (str(row.id), "名册.xlsx")
    assert (len(listed["sha256"]), listed["state"]) == (64, "committed")


# -- the report as a workbook


def test_the_report_has_the_users_own_columns_and_the_reasons_with_numbers_masked(office):
    rows = [
        head("1", numbers(1)[0], 备注="无误"),
        {**BAD, "联系电话": TELEPHONE, "备注": "证号 999999197001010017"},
    ]
    where = office.validated(workbook(rows))

    answer = office.at.get("village", f"{where}/report.xlsx")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/vnd.openxml")
    top, line = lines(answer.content)
    assert top == ["原行号", *dict.fromkeys([*rows[0], *rows[1]]), "结果", "原因"]
    said = dict(zip(top, line, strict=True))
    assert (said["原行号"], said["姓名"], said["结果"]) == (3, "张某", "不能导入")
    assert said["证件号码"] == "999*************19"
    assert said["联系电话"] == "199******88"
    assert "997001010017" not in said["备注"]
    assert said["原因"].startswith("F3: 999*************19 不是有效的证件号码")


def test_there_is_no_report_of_a_file_that_could_not_be_read(office):
    answer = office.upload(package(sheet_xml()))

    answer = office.at.get("village", f"{answer.headers['location']}/report.xlsx")

    assert (answer.status_code, answer.json()["code"]) == (409, "import_not_ready")


# -- files that are refused


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"%PDF-1.4", "a.xlsx", "workbook_not_xlsx"),
        (workbook(households(1)), "a.xls", "workbook_name"),
        (workbook(households(1)), "a.csv", "workbook_name"),
        (package(sheet_xml(), **{"xl/vbaProject.bin": "x"}), "a.xlsx", "workbook_macros"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused_at_once_and_not_kept(content, name, code, office):
    answer = office.upload(content, name)

    assert (answer.status_code, answer.json()["code"]) == (422, "workbook_refused")
    assert [blocker["code"] for blocker in answer.json()["blockers"]] == [code]
    assert office.at.get("village", "/v1/imports").json()["items"] == []
    assert list(office.at.office.settings.imports_path.glob("*")) == []


UNREADABLE = {
    "heading_missing": lambda: package(sheet_xml()),
    "workbook_damaged": lambda: package(sheet_xml("<row><c><v>x</v></c></row>")),
    "workbook_too_large": lambda: package(sheet_xml().encode() + b" " * 30_000_000),
}
"""Code -> what makes a workbook of which nothing is wrong until it is read."""


@pytest.mark.parametrize("code", UNREADABLE)
def test_a_file_that_turns_out_not_to_be_readable_ends_as_refused(code, office):
    answer = office.upload(UNREADABLE[code]())
    assert answer.status_code == 202

    found = office.look(answer.headers["location"])

    assert (found["state"], found["counts"]) == ("refused", None)
    assert found["problem"]["code"] == code
    assert office.commit(answer.headers["location"]).status_code == 409


def test_a_form_that_is_not_as_described_is_refused(office):
    content = workbook(households(1))
    for form in ({"layout": "nothing"}, {"layout": "A"}, {"more": "1"}):
        answer = office.upload(content, data=form)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request"), form
    assert office.upload(content, name="a\u202ecod.xlsx").status_code == 400
    assert office.upload(content, headers={"Idempotency-Key": ""}).status_code == 400


@on_sqlite
def test_a_file_of_51_megabytes_is_refused(office):
    assert office.upload(bytes(51_000_000)).json()["code"] == "body_too_large"


# -- who may


def test_an_import_of_another_area_is_not_there(district, office):
    where = office.validated(workbook(households(1)))

    for stranger in ("neighbour", "elsewhere"):
        assert district.get(stranger, where).status_code == 404
        assert district.get(stranger, f"{where}/report.xlsx").status_code == 404
        assert district.post(stranger, f"{where}/commit", {}).status_code == 404
        assert district.get(stranger, "/v1/imports").json()["items"] == []
    for above in ("township", "county"):
        assert district.get(above, where).status_code == 200


def test_a_role_that_may_not_register_households_may_not_import_them(district):
    team = Office(district, "team")

    assert team.findings(workbook(households(2))) == {
        ("B2", "not_yours_to_register"),
        ("B3", "not_yours_to_register"),
    }


# -- twice, at once, too late


def test_an_upload_that_is_sent_again_is_one_import(district, office):
    content, key = workbook(households(1)), {"Idempotency-Key": "the-same-key"}
    first = office.upload(content, headers=key)
    again = office.upload(content, headers=key)

    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert len(district.get("village", "/v1/imports").json()["items"]) == 1
    kept = {
        path.name.partition(".")[0] for path in office.at.office.settings.imports_path.iterdir()
    }
    assert kept == {first.json()["id"]}
    other = office.upload(workbook(households(2)), headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_commit_that_is_sent_again_is_one_commit(district, office):
    where = office.validated(workbook(households(1)))
    key = {"Idempotency-Key": "the-same-key"}
    first = district.post("village", f"{where}/commit", {}, **key)
    district.office.workers.wait()

    again = district.post("village", f"{where}/commit", {}, **key)

    assert (again.status_code, again.content) == (202, first.content)
    other = office.commit(where)
    assert (other.status_code, other.json()["code"]) == (409, "import_not_ready")
    assert other.json()["state"] == "committed"
    assert registered(district) == 1


def test_of_two_who_commit_at_once_one_does(district, office, rulebook):
    """Through a real server, as often as four can try."""
    where = office.validated(workbook(households(20)))
    gate = Barrier(4)

    def commit(headers: dict[str, str]) -> httpx.Response:
        gate.wait()
        return httpx.post(f"{url}{where}/commit", json={}, headers=headers, trust_env=False)

    tries = [{**district.headers("village"), "Idempotency-Key": district.key()} for _ in range(4)]
    app = create_app(district.office.settings, district.clock, rulebook)
    with serving(app) as url, ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(commit, tries))
        app.state.office.workers.wait()

    assert Counter(answer.status_code for answer in answers) == {202: 1, 409: 3}
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"import_not_ready"}
    assert office.look(where)["counts"]["rows"] == counts(created=20)
    assert registered(district) == 20


def test_of_two_imports_of_the_same_people_one_is_created_and_the_other_learns_of_it(
    district, office
):
    content = workbook(households(3))
    first, second = office.validated(content), office.validated(content)

    office.commit(first)
    office.commit(second)

    assert office.look(first)["counts"]["rows"] == counts(created=3)
    assert office.look(second)["counts"]["rows"] == counts(unchanged=3)
    assert registered(district) == 3


def test_what_has_come_to_be_refused_since_it_was_validated_holds_the_commit(district, office):
    rows = households(2)
    where = office.validated(workbook(rows))
    person = {"name": "王某", "relation": "spouse", "id_number": rows[1]["证件号码"]}
    other = {"name": "赵某", "relation": "head", "id_number": sample.identity_number(20)}
    district.register(members=[other, person])

    office.commit(where)

    found = office.look(where)
    assert (found["state"], found["problem"]["code"]) == ("validated", "rows_refused_now")
    assert found["counts"]["rows"] == counts(created=1, refused=1)
    assert [one["code"] for one in found["report"]["items"]] == ["person_registered"]
    assert registered(district) == 1

    office.commit(where, without_refused=True)
    assert (office.look(where)["state"], registered(district)) == ("committed", 2)


def test_a_person_registered_in_the_very_moment_is_judged_once_more(district, office, monkeypatch):
    rows = households(2)
    where = office.validated(workbook(rows))
    holders, calls = register.holders, []

    def late(session: Any, indexes: Any) -> dict[str, UUID]:
        """Know of nobody the first time, as if they were registered a moment later."""
        calls.append(1)
        return holders(session, indexes) if len(calls) > 1 else {}

    person = {"name": "王某", "relation": "head", "id_number": rows[1]["证件号码"]}
    district.register(members=[person])
    monkeypatch.setattr(register, "holders", late)

    office.commit(where)

    found = office.look(where)
    assert (len(calls), found["state"]) == (2, "validated")
    assert found["counts"]["rows"] == counts(created=1, refused=1)
    assert registered(district) == 1


# -- faults


def test_nothing_is_half_imported_when_the_commit_fails_in_the_middle(
    district, office, monkeypatch
):
    where = office.validated(workbook(households(6)))
    write, calls = register.write, []

    def fail(*arguments: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("a fault")
        write(*arguments)

    monkeypatch.setattr(work, "AT_ONCE", 2)
    where = office.validated(workbook(households(6)))
    monkeypatch.setattr(register, "write", fail)
    office.commit(where)

    found = office.look(where)
    assert (len(calls), found["state"]) == (3, "validated")
    assert found["problem"]["code"] == "import_failed"
    assert district.read(lambda s: s.exec(select(func.count()).select_from(Member)).one()) == 0
    assert registered(district) == 0

    monkeypatch.setattr(register, "write", write)
    office.commit(where)
    assert (office.look(where)["state"], registered(district)) == ("committed", 6)


def test_what_does_not_reconcile_is_not_written(district, office):
    where = office.validated(workbook(households(3)))
    import_id = UUID(where.rpartition("/")[2])
    kept = list(district.office.uploads.spooled(import_id, "entries"))
    district.office.uploads.spool(import_id, "entries", [*kept, *kept])

    office.commit(where)

    found = office.look(where)
    assert (found["state"], found["problem"]["code"]) == ("validated", "import_failed")
    assert registered(district) == 0


def test_a_commit_that_was_cut_off_can_be_asked_again_and_the_late_one_writes_nothing(
    district, office
):
    where = office.validated(workbook(households(3)))
    stuck = begun(district, where)
    assert office.commit(where).json()["code"] == "import_not_ready"

    district.clock.advance(seconds=GIVEN_UP_AFTER.total_seconds() + 1)
    assert office.commit(where).status_code == 202
    assert registered(district) == 3

    work.commit(open_workshop(district.office.settings, stuck), stuck)
    assert (office.look(where)["state"], registered(district)) == ("committed", 3)


def begun(at: Any, where: str) -> Order:
    """Let a commit begin whose process then dies; return its order."""
    import_id = UUID(where.rpartition("/")[2])

    def take(session: Any) -> Order:
        stored = session.get_one(DataImport, import_id)
        stored.state, stored.run = "committing", stored.run + 1
        (actor,) = positions_held(session, stored.person_id, at.clock.now().date())
        return Order(import_id, stored.run, actor, at.clock.now())

    return at.change(take)


def test_the_late_one_writes_nothing_also_where_the_other_has_not_ended(district, office):
    where = office.validated(workbook(households(3)))
    stuck = begun(district, where)
    begun(district, where)

    work.commit(open_workshop(district.office.settings, stuck), stuck)

    assert (office.look(where)["state"], registered(district)) == ("committing", 0)


# -- the processes


def die(shop: Any, order: Order) -> None:
    """Stand for work that the machine ends: no memory left."""
    del shop, order
    os._exit(9)


def test_the_work_is_done_in_a_process_of_its_own_and_one_that_dies_is_noted(district, office):
    settings = district.office.settings.model_copy(update={"import_processes": 1})
    where = office.validated(workbook(households(3)))
    workers = Workers(settings)
    dead, alive = begun(district, where), None

    workers.begin(die, dead, work.broke_off)
    workers.wait()
    found = office.look(where)
    assert (found["state"], found["problem"]["code"]) == ("validated", "import_failed")

    alive = begun(district, where)
    workers.begin(work.commit, alive, work.broke_off)
    workers.wait()
    workers.close()
    assert (office.look(where)["state"], registered(district)) == ("committed", 3)


# -- what is kept


def test_no_file_tells_whom_it_is_about(district, office):
    rows = [head("1", numbers(1)[0], 联系电话=TELEPHONE, 姓名="张不应见"), BAD]
    where = office.validated(workbook(rows))
    office.commit(where, without_refused=True)

    files = list(district.office.settings.imports_path.iterdir())

    assert len(files) >= 3
    for file in files:
        content = file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0
        for secret in (numbers(1)[0], TELEPHONE, "张不应见", "PK\x03\x04"):
            assert secret.encode() not in content


def test_no_row_of_the_database_holds_a_number_in_clear(district, office):
    rows = [
        head("1", numbers(1)[0], 联系电话=TELEPHONE),
        {**BAD, "姓名": f"张{TELEPHONE}"},
        {**BAD, "户编号": "H8", "户类型": "999999197001010019"},
        {**BAD, "户编号": "999999197001010019", "联系电话": "1" + TELEPHONE},
    ]
    office.commit(office.validated(workbook(rows)), without_refused=True)

    def everything(session: Any) -> str:
        tables = (DataImport, ImportFinding, Household, Member)
        return "".join(repr(s) for table in tables for s in session.exec(select(table)).all())

    dump = district.read(everything)
    assert "id_number_unfit" in dump
    for number in (numbers(1)[0], TELEPHONE, "999999197001010019"):
        assert number not in dump


def test_files_and_findings_go_when_their_term_is_over_and_the_note_stays(
    district, office, rulebook
):
    where = office.validated(workbook([*households(1), BAD]))
    district.clock.advance(seconds=(UPLOADS_KEPT + timedelta(days=1)).total_seconds())
    recent = office.validated(workbook(households(1)))

    with TestClient(create_app(district.office.settings, district.clock, rulebook)):
        pass  # it looks when it starts

    found = office.look(where)
    assert (found["counts"]["rows"]["read"], found["report"]["items"]) == (2, [])
    assert district.get("village", f"{where}/report.xlsx").status_code == 404
    assert office.commit(where, without_refused=True).status_code == 409
    kept = {path.name.partition(".")[0] for path in district.office.settings.imports_path.iterdir()}
    assert kept == {recent.rpartition("/")[2]}
