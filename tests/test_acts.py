"""Everything that matters is a line: what is done beside the moves of cases, and what is read.

Issue 6, part 1. Each line is written in the transaction of what it tells, and is in the tree
like a move. `test_log.py` has the lines of moves, `test_policy_life.py` those of documents.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from auditing import Auditor, Log, appoint
from district import APPLIED_ON, District
from importing import Office
from sqlalchemy import text
from sqlmodel import Session, col, select
from workbook_files import head, workbook

from service import sample
from service.audit import attempts, chain, lines
from service.cli import accounts
from service.store.cases import Attempt
from service.store.households import Household
from service.store.log import LogLine
from service.store.people import positions_held

JSON = "application/json"
REGISTER = workbook([head("1", sample.identity_number(990))])


@pytest.fixture
def log(district: District, tmp_path: Path) -> Log:
    appoint(district, "auditor", "auditor")
    return Log(district, tmp_path)


def acts(at: District, kind: str) -> list[dict[str, Any]]:
    """Return what the lines of a kind say, oldest first."""
    query = select(LogLine.line).where(LogLine.kind == kind).order_by(col(LogLine.subject_id))
    return [json.loads(line) for line in at.read(lambda s: s.exec(query).all())]


def newest(at: District, kind: str) -> dict[str, Any]:
    return acts(at, kind)[-1]


def me(at: District, username: str) -> dict[str, Any]:
    told = at.get(username, "/v1/me").json()
    return {
        "actor_type": "person",
        "person": told["person_id"],
        "position": told["positions"][0]["id"],
        "role": told["positions"][0]["role"],
        "area": told["positions"][0]["area_code"],
    }


def said_by(line: dict[str, Any]) -> dict[str, Any]:
    return {name: line[name] for name in ("actor_type", "person", "position", "role", "area")}


# What is done


def test_a_write_that_moves_no_case_is_a_line_with_who_did_it_as_they_were_then(district):
    household_id = district.register()

    line = newest(district, "act")

    assert (line["event"], line["id"]) == ("register_household", household_id)
    assert line["path"] == "/v1/households"
    assert said_by(line) == me(district, "village")


def test_a_move_is_one_line_and_not_two(district):
    district.apply()

    assert [line["event"] for line in acts(district, "act")] == ["register_household"]


def test_an_answer_that_is_given_again_is_no_second_line(district):
    same = {"Idempotency-Key": "one-and-the-same"}
    body = district.a_household()

    for _ in range(2):
        assert district.post("village", "/v1/households", body, **same).status_code == 201

    assert len(acts(district, "act")) == 1


def test_dx_85_no_line_no_act_what_cannot_be_written_down_does_not_happen(district, monkeypatch):
    def full(*_: object) -> None:
        raise OSError("the log cannot be written")

    monkeypatch.setattr("service.api.desk.add_single", full)
    with pytest.raises(OSError, match="cannot be written"):
        district.register()

    assert district.read(lambda s: s.exec(select(Household)).all()) == []


def test_a_refused_attempt_is_a_line_with_its_reason(district):
    case = district.apply()

    district.refused("township", case, "sign_consent", 403)

    line = newest(district, "attempt")
    assert (line["event"], line["outcome"], line["case"]) == (
        "sign_consent",
        "not_your_role",
        case.id,
    )
    assert said_by(line) == me(district, "township")
    kept = district.read(lambda s: s.exec(select(Attempt)).all())
    assert [attempt.request_id for attempt in kept] == [line["request"]]


def test_one_who_chose_no_position_is_noted_with_no_role(district):
    appoint(district, "village", "auditor")

    refused = district.post("village", "/v1/households", district.a_household())

    assert refused.json()["code"] == "position_needed"
    line = newest(district, "attempt")
    assert (line["actor_type"], line["role"], line["position"]) == ("person", "none", None)
    assert line["person"] == district.get("village", "/v1/me").json()["person_id"]


def test_every_sign_in_is_a_line_and_one_that_fails_names_nobody(district):
    for password in (sample.PASSWORD, "not this one"):
        body = {"username": "village", "password": password}
        district.client.post("/v1/session", json=body)

    done, failed = acts(district, "sign_in")
    assert (done["outcome"], done["actor_type"]) == ("signed_in", "person")
    assert done["person"] == district.get("village", "/v1/me").json()["person_id"]
    assert (failed["outcome"], failed["actor_type"], failed["person"]) == (
        "sign_in_refused",
        "unknown",
        None,
    )


def test_an_appointment_is_a_line_in_the_chain_of_who_is_appointed(district):
    levels = accounts._levels_of("auditor")  # noqa: SLF001 - the command's own work

    def work(session: Session) -> str:
        person = accounts.by_username(session, "county")
        now = district.clock.now()
        for role in ("auditor", "county_office"):
            places = levels | accounts._levels_of(role)  # noqa: SLF001
            accounts._put_into_office(  # noqa: SLF001
                session, person, (role, sample.COUNTY), places, now
            )
        return str(person.id)

    person_id = district.change(work)

    first, second = sorted(acts(district, "appointment"), key=lambda line: line["seq"])
    assert (first["subject"], first["appointed"]) == (person_id, person_id)
    assert (first["to_role"], first["to_area"]) == ("auditor", sample.COUNTY)
    assert (first["role"], first["actor_type"]) == ("system", "system")
    assert (second["seq"], second["prev"]) == (2, hash_of_the_first(district))


def test_a_dismissal_is_a_line_and_the_position_is_held_no_more(district):
    def work(session: Session) -> None:
        person = accounts.by_username(session, "county")
        [held] = positions_held(session, person.id, APPLIED_ON)
        place = (held.role, sample.COUNTY)
        accounts.end_appointment(session, person, place, district.clock.now())

    district.change(work)

    line = newest(district, "appointment")
    assert (line["event"], line["from_area"], line["actor_type"]) == (
        "dismiss",
        sample.COUNTY,
        "system",
    )
    assert district.get("county", "/v1/me").json()["positions"] == []


def hash_of_the_first(at: District) -> str:
    query = select(LogLine.line).where(LogLine.kind == "appointment", LogLine.seq == 1)
    return chain.digest(at.read(lambda s: s.exec(query).one()))


def test_an_import_is_a_line_when_it_comes_and_another_when_it_is_written(district):
    office = Office(district)
    where = office.validated(REGISTER)
    office.commit(where)

    came, written = sorted(acts(district, "import"), key=lambda line: line["seq"])
    assert (came["event"], came["layout"]) == ("upload_import", "households")
    assert came["subject"] == written["subject"] == where.rpartition("/")[2]
    assert written["event"] == "commit_import"
    assert written["counts"]["rows"]["created"] == 1
    assert said_by(came) == said_by(written) == me(district, office.username)


def test_a_calendar_that_is_taken_in_is_a_line(district):
    appoint(district, "administrator", "administrator")
    body = {
        "year": 2021,
        "source": "通知",
        "days": [{"date": "2021-06-16", "name": "防汛", "is_working": False}],
    }
    district.post("administrator", "/v1/calendar/imports?dry_run=true", body)
    district.post("administrator", "/v1/calendar/imports", body)

    looked, taken = acts(district, "act")
    assert looked["dry_run"] is True
    assert (taken["event"], taken["year"], taken["days"]) == ("import_calendar", 2021, 1)


# What is read


@pytest.mark.parametrize(
    ("event", "path", "asked"),
    [
        ("export_households", "/v1/exports/households.xlsx", {}),
        ("export_problems", "/v1/exports/problems.xlsx", {"scope": "household"}),
        ("export_deadlines_csv", "/v1/exports/deadlines.csv", {}),
        ("export_deadlines_xlsx", "/v1/exports/deadlines.xlsx", {}),
        ("export_report", "/v1/reports/by_unit.xlsx", {}),
        ("export_data_quality", "/v1/reports/data-quality.xlsx", {}),
    ],
)
def test_what_is_exported_is_handed_out_with_its_line(event, path, asked, district):
    assert district.get("village", path, **asked).status_code == 200

    line = newest(district, "handed_out")
    assert (line["event"], line["path"]) == (event, path)
    assert said_by(line) == me(district, "village")


def test_the_report_on_an_import_is_read_with_its_line(district):
    where = Office(district).validated(REGISTER)

    assert district.get("village", f"{where}/report.xlsx").status_code == 200

    line = newest(district, "handed_out")
    assert (line["event"], line["path"]) == ("read_import_report", f"{where}/report.xlsx")


def test_each_time_an_export_of_the_log_is_taken_away_is_a_line(district, log):
    log.signed()
    order = district.post("auditor", "/v1/audit/exports", {"purpose": "年度审计"})
    district.office.workers.wait()
    where = f"{order.headers['location']}/export.zip"

    for _ in range(2):
        assert district.get("auditor", where).status_code == 200

    assert [line["event"] for line in acts(district, "handed_out")] == ["download_export"] * 2


WITHOUT_A_LINE = {
    "getMachine",  # a document's diagram
    "getProcessMap",  # numbers
    "getTimeline",  # names nobody
    "getNotice",  # is for everybody to read
    "metrics",
}


def test_whatever_is_handed_out_as_a_file_is_known_here(district):
    """A new file has its line, and its test above; or it stands among those without, and why."""
    paths = district.client.get("/openapi.json").json()["paths"]
    files = {
        told["get"]["operationId"]
        for told in paths.values()
        if "get" in told and set(told["get"]["responses"]["200"].get("content", {})) - {JSON}
    }

    assert files - WITHOUT_A_LINE == {
        "downloadExport",
        "exportDeadlinesCsv",
        "exportDeadlinesXlsx",
        "exportHouseholds",
        "exportInspectionForms",
        "exportMeasures",
        "exportProblems",
        "exportRiskHouseholds",
        "getAttachment",
        "getDataQualityWorkbook",
        "getImportReport",
        "getReportWorkbook",
    }


def test_a_paper_is_read_with_its_line(district):
    attachment = district.attach()

    district.get("township", f"/v1/attachments/{attachment}")

    line = newest(district, "handed_out")
    assert (line["event"], line["attachment"]) == ("read_attachment", attachment)
    assert said_by(line) == me(district, "township")


def test_dx_85_what_cannot_be_written_down_is_not_handed_out(district, monkeypatch):
    attachment = district.attach()

    def full(*_: object) -> None:
        raise OSError("the log cannot be written")

    monkeypatch.setattr("service.api.desk.add_single", full)
    with pytest.raises(OSError, match="cannot be written"):
        district.get("village", f"/v1/attachments/{attachment}")


def test_a_paper_that_is_not_there_is_handed_out_to_nobody_and_is_no_line(district):
    attachment = district.attach()

    assert district.get("neighbour", f"/v1/attachments/{attachment}").status_code == 404

    assert acts(district, "handed_out") == []


# Accounts of other systems


@pytest.fixture
def gateway(district: District) -> str:
    """Let the county's account be that of another system; return its name."""

    def work(session: Session) -> None:
        accounts.by_username(session, "county").integration = True

    district.change(work)
    return "county"


def test_what_another_system_does_says_so_in_every_kind_of_line(district, gateway):
    case = district.a_case_at("publicity")

    district.go_on(case, gateway, "record_comparison")
    district.refused(gateway, case, "conclude_publicity", 403)
    district.get(gateway, f"/v1/attachments/{district.attach()}")
    Office(district, gateway).validated(REGISTER)

    move = json.loads(district.history(case)[-1]["line"])
    lines_of_it = [newest(district, kind) for kind in ("attempt", "handed_out", "import")]
    for line in (move, *lines_of_it):
        assert said_by(line) == me(district, gateway) | {"actor_type": "integration"}


def test_another_system_signs_in_as_what_it_is(district, gateway):
    district.client.post("/v1/session", json={"username": gateway, "password": sample.PASSWORD})

    line = newest(district, "sign_in")
    assert (line["outcome"], line["actor_type"]) == ("signed_in", "integration")


@pytest.mark.usefixtures("log")
def test_an_auditor_sees_which_moves_were_another_systems(district, gateway):
    case = district.a_case_at("publicity")
    district.go_on(case, gateway, "record_comparison")

    listed = district.get("auditor", "/v1/audit/transitions", case=case.id).json()["items"]
    assert [one["actor_type"] for one in listed][-2:] == ["person", "integration"]


# Reads that were refused, and who tries without end


def test_a_read_that_was_refused_is_a_line_with_its_reason(district):
    case = district.apply()
    district.client.get("/v1/audit/transitions", headers=district.headers("township"))
    district.get("township", "/v1/audit/verify", case=case.id)

    listed, verified = acts(district, "attempt")
    assert (listed["event"], listed["outcome"]) == ("list_transitions", "not_your_role")
    assert verified["event"] == "verify_case"
    assert said_by(listed) == said_by(verified) == me(district, "township")


def test_what_one_may_not_take_away_is_a_line_and_what_is_not_found_is_none(district):
    appoint(district, "administrator", "administrator")
    attachment = district.attach()

    order = district.post("administrator", "/v1/audit/exports", {"purpose": "x"})
    assert (order.status_code, order.json()["code"]) == (403, "not_your_role")
    assert district.get("neighbour", f"/v1/attachments/{attachment}").status_code == 404

    assert [line["event"] for line in acts(district, "attempt")] == ["order_export"]


def refuse(at: District, case: Any, times: int) -> None:
    for _ in range(times):
        at.refused("township", case, "sign_consent", 403)


def test_who_is_refused_without_end_does_not_fill_the_log_and_is_counted(district, monkeypatch):
    monkeypatch.setattr(attempts, "EACH", 5)
    case = district.apply()

    refuse(district, case, 40)

    told = acts(district, "attempt")
    assert [line.get("number") for line in told] == [*[None] * 5, 8, 16, 32]
    assert len(district.read(lambda s: s.exec(select(Attempt)).all())) == 40


def test_after_a_quarter_of_an_hour_each_refusal_has_its_line_again(district, monkeypatch):
    monkeypatch.setattr(attempts, "EACH", 5)
    case = district.apply()
    refuse(district, case, 7)

    district.clock.advance(minutes=15)
    refuse(district, case, 2)

    assert len(acts(district, "attempt")) == 5 + 2


def test_sign_ins_that_fail_under_ever_other_names_are_counted_by_their_address(
    district, monkeypatch
):
    monkeypatch.setattr(attempts, "EACH", 5)
    for number in range(20):
        body = {"username": f"guess-{number}", "password": "-"}
        assert district.client.post("/v1/session", json=body).status_code == 401

    assert [line.get("number") for line in acts(district, "sign_in")] == [*[None] * 5, 8, 16]
    done = {"username": "village", "password": sample.PASSWORD}
    assert district.client.post("/v1/session", json=done).status_code == 201
    assert newest(district, "sign_in")["outcome"] == "signed_in"


def test_an_address_is_kept_as_what_only_the_installation_can_make_again(district):
    district.client.post("/v1/session", json={"username": "nobody-at-all", "password": "-"})

    kept = district.read(lambda s: s.exec(select(Attempt)).one())
    assert kept.address == district.office.vault.index("testclient", "address")
    assert "testclient" not in str(kept.model_dump())


# What these lines are


def test_acts_are_in_the_tree_and_verify_like_moves(district, log, tmp_path):
    case = district.apply()
    district.refused("township", case, "sign_consent", 403)
    district.client.post("/v1/session", json={"username": "village", "password": "-"})
    district.get("village", f"/v1/attachments/{district.attach()}")
    log.signed()

    export = Auditor(log, tmp_path).export()

    assert log.pending() == []
    assert {"act", "attempt", "sign_in", "handed_out"} <= {leaf.kind for leaf in log.leaves()}
    auditor = Auditor(log, tmp_path)
    assert auditor.verify(export).verdict == "complete and unchanged"


def test_an_act_that_was_changed_is_named_by_both_verifiers(district, log, tmp_path):
    district.register()
    log.signed()

    def forge(session: Session) -> None:
        for what in ("log_line_no_update", "log_line_append_only"):
            on = "" if session.get_bind().dialect.name == "sqlite" else " ON log_line"
            session.connection().execute(text(f"DROP TRIGGER IF EXISTS {what}{on}"))
        line = session.exec(select(LogLine).where(LogLine.kind == "act")).one()
        line.line = line.line.replace(b"register_household", b"register_househola")

    district.change(forge)

    auditor = Auditor(log, tmp_path)
    assert auditor.verify(auditor.export()).kinds == {"line_changed"}


def test_a_column_that_says_another_than_the_line_is_named(district):
    district.register()

    def forge(session: Session) -> None:
        for what in ("log_line_no_update", "log_line_append_only"):
            on = "" if session.get_bind().dialect.name == "sqlite" else " ON log_line"
            session.connection().execute(text(f"DROP TRIGGER IF EXISTS {what}{on}"))
        line = session.exec(select(LogLine).where(LogLine.kind == "act")).one()
        line.role = "township_office"

    district.change(forge)

    [found] = district.read(lambda s: list(lines.differing(s)))
    assert found.endswith("columns differ from the bytes: role")


def test_lines_hold_no_personal_value(district):
    number = sample.identity_number(901)
    head_of_it = {"name": "欧阳示例", "relation": "head", "id_number": number}
    district.register(members=[head_of_it], telephone="19912345678")
    district.client.post("/v1/session", json={"username": "欧阳示例", "password": "-" * 12})
    Office(district).validated(REGISTER)

    told = json.dumps([acts(district, kind) for kind in ("act", "sign_in", "import")])
    for value in ("欧阳示例", number, "19912345678"):
        assert value not in told
        assert json.dumps(value)[1:-1] not in told
