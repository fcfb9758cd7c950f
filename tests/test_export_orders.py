"""Exports of the log as auditors order them, and as the operator's command writes them.

Issue 6, part 4. What is in an export, and how it is verified, is in `test_log_exports.py`.
"""

import io
import json
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from auditing import Auditor, Log
from district import Case, District
from sqlalchemy import select
from starlette.testclient import TestClient
from test_auditor import appoint, dixian  # noqa: F401 - a fixture
from test_hostile_input import WRONG_CURSORS

from service import sample
from service.audit.chain import commitment
from service.audit.lines import HANDED_OUT
from service.exports import as_csv, work
from service.exports.work import Order
from service.imports.workers import open_workshop
from service.main import UPLOADS_KEPT, create_app
from service.store.exports import ExportState, LogExport
from service.store.log import LINES

EXPORTS = "/v1/audit/exports"
PURPOSE = "年度审计"


ACTS = 2
"""Lines beside the moves of the case: its household was registered, a paper uploaded."""


@pytest.fixture
def log(district: District, tmp_path: Path) -> Log:
    appoint(district, "auditor", "auditor")
    appoint(district, "township-auditor", "auditor", sample.TOWNSHIP)
    appoint(district, "elsewhere-auditor", "auditor", sample.OTHER_TOWNSHIP)
    appoint(district, "administrator", "administrator")
    return Log(district, tmp_path)


@pytest.fixture
def case(district: District, log: Log) -> Case:
    case = district.a_case_at("publicity")
    log.signed()
    return case


@pytest.fixture
def auditor(log: Log, tmp_path: Path) -> Auditor:
    return Auditor(log, tmp_path)


def ordered(at: District, username: str = "auditor", **body: Any) -> str:
    """Order an export; return its path, when the work on it is over."""
    answer = at.post(username, EXPORTS, {"purpose": PURPOSE, **body})
    assert answer.status_code == 202, answer.text
    at.office.workers.wait()
    return answer.headers["location"]


def look(at: District, where: str, username: str = "auditor") -> dict[str, Any]:
    answer = at.get(username, where)
    assert answer.status_code == 200, answer.text
    return answer.json()


def taken_away(at: District, where: str, folder: Path, username: str = "auditor") -> Path:
    """Download an export; return where it was unpacked."""
    answer = at.get(username, f"{where}/export.zip")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    target = folder / "taken"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        packed.extractall(target)
    return target


def told_in_log(at: District, export_id: str) -> list[dict[str, Any]]:
    """Return what the lines of the log say of an export."""
    found = select(LINES.c.line).where(LINES.c.subject_id == UUID(export_id)).order_by(LINES.c.seq)
    return [json.loads(line) for line in at.read(lambda s: s.execute(found).scalars().all())]


# -- an export from its order to its verification


def test_an_auditor_orders_the_whole_log_takes_it_away_and_verifies_it(
    district, auditor, case, tmp_path
):
    where = ordered(district, formats=["csv", "xes"])

    told = look(district, where)
    assert (told["state"], told["percent"], told["is_kept"]) == ("done", None, True)
    lines = case.version + 1 + ACTS
    assert (told["count"], told["size"]) == (lines, lines)
    assert {file["name"] for file in told["files"]} == {
        "manifest.json",
        "lines.jsonl",
        "cases.jsonl",
        "transitions.csv",
        "transitions.xes",
    }
    export = taken_away(district, where, tmp_path)
    assert auditor.verify(export).verdict == "complete and unchanged"
    assert json.loads((export / "manifest.json").read_text())["purpose"] == PURPOSE


def test_the_zip_file_is_verified_as_it_was_downloaded(district, auditor, case, tmp_path):
    where = ordered(district, formats=["csv", "xlsx", "parquet", "xes"])
    packed = tmp_path / "export.zip"
    packed.write_bytes(district.get("auditor", f"{where}/export.zip").content)

    assert auditor.verify_with_python(packed).verdict == "complete and unchanged"
    assert case


@pytest.mark.usefixtures("case")
def test_a_download_that_broke_off_goes_on_where_it_was(district):
    where = f"{ordered(district)}/export.zip"
    whole = district.get("auditor", where).content

    headers = {**district.headers("auditor"), "Range": "bytes=100-"}
    rest = district.client.get(where, headers=headers)

    assert (rest.status_code, rest.content) == (206, whole[100:])


def test_only_what_was_asked_for_is_in_it(district, case, tmp_path):
    where = ordered(district, filter={"events": ["sign_consent"], "cases": [case.id]})

    export = taken_away(district, where, tmp_path)

    lines = [json.loads(line) for line in (export / "lines.jsonl").read_text().splitlines()]
    moves = [json.loads(one["line"]) for one in lines if one["kind"] == "transition"]
    assert [(move["case"], move["event"]) for move in moves] == [(case.id, "sign_consent")]
    assert look(district, where)["filter"] == {"events": ["sign_consent"], "cases": [case.id]}


# -- it is in the log


def test_who_took_the_log_away_and_what_the_files_hash_to_is_in_the_log(district, log, case):
    where = ordered(district, filter={"cases": [case.id]}, formats=["csv"])

    begun, ended = told_in_log(district, where.rpartition("/")[2])
    assert (begun["event"], begun["role"], begun["area"]) == (
        "order_export",
        "auditor",
        sample.COUNTY,
    )
    assert (begun["filter"], begun["formats"]) == ({"cases": [case.id]}, ["csv"])
    manifest = next(f for f in look(district, where)["files"] if f["name"] == "manifest.json")
    assert (ended["event"], ended["manifest_sha256"]) == ("finish_export", manifest["sha256"])
    assert ended["count"] == case.version + 1
    assert len(log.pending()) == 2


def test_the_purpose_is_in_the_log_as_a_commitment_only(district, case):
    where = ordered(district, purpose="核查张某一案")

    begun, _ = told_in_log(district, where.rpartition("/")[2])
    row = district.read(lambda s: s.get_one(LogExport, UUID(where.rpartition("/")[2])))
    assert "张某" not in json.dumps(begun, ensure_ascii=False)
    assert begun["purpose_commitment"] == commitment(row.salt, {"purpose": "核查张某一案"})
    assert case


def test_who_downloads_an_export_is_in_the_log_too_each_time(district, case):
    where = ordered(district, "township-auditor")
    path = f"{where}/export.zip"

    for username in ("township-auditor", "auditor", "elsewhere-auditor"):
        district.get(username, path)

    handed = select(LINES.c.line).where(LINES.c.kind == HANDED_OUT).order_by(LINES.c.at)
    told = [json.loads(line) for line in district.read(lambda s: list(s.scalars(handed)))]
    assert [(one["event"], one["path"], one["area"]) for one in told] == [
        ("download_export", path, sample.TOWNSHIP),
        ("download_export", path, sample.COUNTY),
    ]
    assert case


def test_nothing_is_ordered_where_the_log_cannot_say_so(district, case, monkeypatch):
    def no_line(*_: Any) -> None:
        raise OSError("no line")

    monkeypatch.setattr(work, "add_line", no_line)
    with pytest.raises(OSError, match="no line"):
        district.post("auditor", EXPORTS, {"purpose": PURPOSE})

    assert look(district, EXPORTS)["items"] == []
    assert case


def test_an_export_with_its_own_lines_in_the_log_verifies(district, log, auditor, case, tmp_path):
    ordered(district)
    log.signed()

    export = taken_away(district, ordered(district, formats=["csv"]), tmp_path)

    assert auditor.verify(export).verdict == "complete and unchanged"
    told = json.loads((export / "manifest.json").read_text())
    assert told["count"] == case.version + 1 + ACTS + 2


# -- who may


@pytest.mark.usefixtures("case")
def test_dx_81_an_export_is_ordered_and_seen_by_auditors_alone(district):
    where = ordered(district)

    for username in ("administrator", "county", "village"):
        answers = [
            district.post(username, EXPORTS, {"purpose": PURPOSE}),
            district.post(username, f"{where}/resume", {}),
            *(district.get(username, path) for path in (EXPORTS, where, f"{where}/export.zip")),
        ]
        for answer in answers:
            assert (answer.status_code, answer.json()["code"]) == (403, "not_your_role")


def test_an_auditor_takes_away_what_lies_in_their_own_area(district, case, tmp_path):
    mine = taken_away(district, ordered(district, "township-auditor"), tmp_path, "township-auditor")
    manifest = json.loads((mine / "manifest.json").read_text())
    assert (manifest["whole"], manifest["filter"]) == (False, {"area": sample.TOWNSHIP})
    assert manifest["count"] == case.version + 1 + ACTS

    theirs = look(district, ordered(district, "elsewhere-auditor"), "elsewhere-auditor")
    assert theirs["count"] == 1  # the log's key, which is everybody's

    refused = district.post(
        "elsewhere-auditor", EXPORTS, {"purpose": PURPOSE, "filter": {"area": sample.VILLAGE}}
    )
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


@pytest.mark.usefixtures("case")
def test_an_export_is_seen_from_the_area_of_who_ordered_it_and_from_above(district):
    where = ordered(district, "township-auditor")

    assert look(district, where)["state"] == "done"
    assert [one["id"] for one in look(district, EXPORTS)["items"]] == [where.rpartition("/")[2]]
    assert look(district, EXPORTS, "elsewhere-auditor")["items"] == []
    for path in (where, f"{where}/export.zip", f"{EXPORTS}/{uuid4()}"):
        assert district.get("elsewhere-auditor", path).status_code == 404


# -- what cannot be


@pytest.mark.usefixtures("log")
def test_before_the_first_checkpoint_there_is_nothing_to_export(district):
    district.apply()

    answer = district.post("auditor", EXPORTS, {"purpose": PURPOSE})

    assert (answer.status_code, answer.json()["code"]) == (409, "not_in_log_yet")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"purpose": ""},
        {"purpose": PURPOSE, "formats": []},
        {"purpose": PURPOSE, "formats": ["pdf"]},
        {"purpose": PURPOSE, "filter": {"since": "yesterday"}},
        {"purpose": PURPOSE, "filter": {"kinds": ["x"]}},
        {"purpose": PURPOSE, "filter": {"policies": ["taogou-2021"]}},
        {"purpose": PURPOSE, "filter": {"area": "34"}},
        {"purpose": PURPOSE, "filter": {"village": "x"}},
        {"purpose": PURPOSE, "held": [0]},
    ],
)
@pytest.mark.usefixtures("case")
def test_an_order_that_makes_no_sense_is_malformed(body, district):
    answer = district.post("auditor", EXPORTS, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


@pytest.mark.parametrize("cursor", WRONG_CURSORS.values(), ids=WRONG_CURSORS)
@pytest.mark.usefixtures("log")
def test_the_list_refuses_a_cursor_that_is_none_of_its_own(cursor, district):
    answer = district.get("auditor", EXPORTS, cursor=cursor)

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


@pytest.mark.usefixtures("case")
def test_the_same_order_twice_is_one_export(district):
    headers = {"Idempotency-Key": district.key()}

    places = {
        district.post("auditor", EXPORTS, {"purpose": PURPOSE}, **headers).headers["location"]
        for _ in range(2)
    }

    district.office.workers.wait()
    assert len(places) == len(look(district, EXPORTS)["items"]) == 1


# -- one that breaks off


def test_an_export_that_broke_off_is_told_so_and_goes_on(
    district, auditor, case, tmp_path, monkeypatch
):
    def power_cut(*_: Any) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(as_csv.Writer, "add", power_cut)
        where = ordered(district, formats=["csv"])
    assert look(district, where)["state"] == "broken_off"
    refused = district.get("auditor", f"{where}/export.zip")
    assert (refused.status_code, refused.json()["code"]) == (409, "export_not_ready")

    answer = district.post("auditor", f"{where}/resume", {})
    district.office.workers.wait()

    assert (answer.status_code, look(district, where)["state"]) == (202, "done")
    export = taken_away(district, where, tmp_path)
    assert auditor.verify(export).verdict == "complete and unchanged"
    again = district.post("auditor", f"{where}/resume", {})
    assert (again.status_code, again.json()["code"]) == (409, "export_not_ready")
    assert case


@pytest.mark.usefixtures("case")
def test_a_run_that_is_not_the_last_one_ends_nothing(district):
    where = ordered(district)
    export_id = UUID(where.rpartition("/")[2])

    def begun_anew(session: Any) -> None:
        stored = session.get_one(LogExport, export_id)
        stored.state, stored.run = ExportState.WRITING, 3

    district.change(begun_anew)
    old = Order(export_id, 1, district.clock.now())
    work.broke_off(open_workshop(district.office.settings, old), old)
    work.carry_out(open_workshop(district.office.settings, old), old)

    assert look(district, where)["state"] == "writing"
    assert [one["event"] for one in told_in_log(district, str(export_id))] == [
        "order_export",
        "finish_export",
    ]


@pytest.mark.usefixtures("case")
def test_after_its_term_an_export_is_gone_but_not_that_there_was_one(district, settings, rulebook):
    where = ordered(district)
    assert list(settings.exports_path.iterdir())

    district.clock.advance(days=UPLOADS_KEPT.days + 1)
    with TestClient(create_app(settings, district.clock, rulebook)):
        pass  # it looks when it starts

    told = look(district, where)
    assert (told["state"], told["is_kept"]) == ("done", False)
    assert district.get("auditor", f"{where}/export.zip").status_code == 404
    assert list(settings.exports_path.iterdir()) == []
    assert len(told_in_log(district, where.rpartition("/")[2])) == 2


# -- the operator's command


def test_the_command_writes_every_format_and_says_so_in_the_log(
    dixian,  # noqa: F811
    district,
    case,
    tmp_path,
):
    export = tmp_path / "export"
    formats = ["--format", "csv", "--format", "xlsx", "--format", "parquet", "--format", "xes"]

    done = dixian("export", str(export), "--purpose", PURPOSE, *formats, "--case", case.id)

    assert done.status == 0, done.err
    assert f"{case.version + 1} line(s)" in done.out
    assert {path.suffix for path in export.iterdir()} >= {".csv", ".xlsx", ".parquet", ".xes"}
    assert dixian("audit", "verify", "--export", str(export)).status in {0, 2}
    rows = district.read(lambda s: s.execute(select(LINES.c.event, LINES.c.role)).all())
    assert ("order_export", "system") in {tuple(row) for row in rows}
    assert ("finish_export", "system") in {tuple(row) for row in rows}


@pytest.mark.usefixtures("case")
def test_the_command_goes_on_with_an_export_that_broke_off(
    dixian,  # noqa: F811
    tmp_path,
    monkeypatch,
):
    def power_cut(*_: Any) -> None:
        raise OSError("no space left")

    asked = ("export", str(tmp_path / "export"), "--purpose", PURPOSE, "--format", "csv")
    with monkeypatch.context() as patched:
        patched.setattr(as_csv.Writer, "add", power_cut)
        broken = dixian(*asked)
    assert (broken.status, "no space left" in broken.err) == (1, True)
    export_id = broken.out.split("--resume ")[1].split()[0]

    done = dixian("export", str(tmp_path / "export"), "--resume", export_id)

    assert done.status == 0, done.err
    assert (tmp_path / "export" / "transitions.csv").exists()
    assert dixian("export", str(tmp_path / "export"), "--resume", export_id).status == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--purpose", ""),
        ("--purpose", PURPOSE, "--format", "pdf"),
        ("--purpose", PURPOSE, "--since", "yesterday"),
        ("--purpose", PURPOSE, "--kind", "x"),
        ("--resume", str(UUID(int=7))),
    ],
)
@pytest.mark.usefixtures("case")
def test_a_command_that_makes_no_sense_is_one_line_and_writes_nothing(
    arguments,
    dixian,  # noqa: F811
    tmp_path,
):
    ended = dixian("export", str(tmp_path / "export"), *arguments)

    assert ended.status in {1, 2}
    assert "Traceback" not in ended.out + ended.err
    assert not (tmp_path / "export").exists()
