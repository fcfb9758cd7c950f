"""The service as its operator meets it: alive, ready, documented; and the `dixian` command.

It refuses to start, and to call itself ready, on a database in which a case could not be moved
and logged. A user's mistake at the command line is one line on stderr.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from district import District
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel import Session
from starlette.testclient import TestClient

from service import sample
from service.cli import main
from service.clock import SystemClock
from service.config import Settings
from service.errors import NotReady
from service.main import create_app
from service.store import append_only, schema
from service.store.database import Database
from service.store.vault import load_keys
from service.workflows.policy import POLICIES

ROOT = Path(__file__).parent.parent
TAOGOU = POLICIES / "taogou-2021.toml"

on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)


def execute(at: District, *statements: str) -> None:
    at.change(lambda s: [s.connection().execute(text(one)) for one in statements])


def triggers_of(at: District) -> dict[str, str]:
    """Return the triggers of the log, each with its table."""
    is_sqlite = at.office.database.is_sqlite
    names = append_only._sqlite_triggers if is_sqlite else append_only._pg_triggers  # noqa: SLF001
    return {name: table for table in append_only.TABLES for name in names(table)}


def drop_trigger(at: District, name: str, table: str) -> None:
    on_table = "" if at.office.database.is_sqlite else f" ON {table}"
    execute(at, f"DROP TRIGGER {name}{on_table}")


def put_triggers_up(at: District, table: str) -> None:
    dialect = "sqlite" if at.office.database.is_sqlite else "postgresql"
    at.change(
        lambda s: append_only.install(
            lambda statement: s.connection().execute(text(statement)), dialect, table
        )
    )


# -- alive and ready


def test_it_is_alive_and_ready(district):
    for path in ("/healthz", "/readyz"):
        answer = district.client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_it_is_not_ready_while_a_trigger_of_the_log_is_missing_and_names_it(district):
    for name, table in triggers_of(district).items():
        drop_trigger(district, name, table)

        assert not_ready(district, name)
        assert district.client.get("/healthz").status_code == 200
        put_triggers_up(district, table)
        assert district.client.get("/readyz").status_code == 200


@pytest.mark.parametrize("revision", ["0000", ""], ids=["another revision", "no revision"])
def test_it_is_not_ready_while_the_schema_is_not_this_codes_own(revision, district):
    execute(district, f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608

    assert not_ready(district, "dixian migrate")
    execute(district, f"UPDATE alembic_version SET version_num = '{schema.head()}'")  # noqa: S608
    assert district.client.get("/readyz").status_code == 200


def test_it_is_not_ready_while_no_calendar_is_loaded(district):
    kept = "CREATE TABLE kept AS SELECT * FROM calendar_year"
    execute(district, kept, "DELETE FROM calendar_year")

    assert not_ready(district, "calendar")
    execute(district, "INSERT INTO calendar_year SELECT * FROM kept")
    assert district.client.get("/readyz").status_code == 200


def not_ready(at: District, reason: str) -> bool:
    answer = at.client.get("/readyz", headers={"Accept-Language": "en"})
    assert answer.status_code == 503, answer.text
    assert answer.json()["code"] == "not_ready"
    assert int(answer.headers["Retry-After"]) > 0
    return reason in answer.json()["detail"]


SPOILS: dict[str, Callable[[District], None]] = {
    "a trigger is missing": lambda at: drop_trigger(at, *next(iter(triggers_of(at).items()))),
    "the schema is another": lambda at: execute(at, "UPDATE alembic_version SET version_num='0'"),
    "no calendar is loaded": lambda at: execute(at, "DELETE FROM calendar_year"),
}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)
def test_it_does_not_start_where(spoil, district, rulebook):
    settings = district.office.settings
    assert starts(settings, district, rulebook) is None
    spoil(district)

    assert isinstance(starts(settings, district, rulebook), NotReady)


def test_it_does_not_start_on_a_database_without_tables_and_says_what_to_do(
    empty_database_url, tmp_path, clock, rulebook
):
    load_keys(tmp_path / "keys.json", create=True)
    app = create_app(Settings(database_url=empty_database_url, data_dir=tmp_path), clock, rulebook)

    with pytest.raises(NotReady, match="dixian migrate"), TestClient(app):
        pass


def starts(settings: Settings, at: District, rulebook: Any) -> BaseException | None:
    try:
        with TestClient(create_app(settings, at.clock, rulebook)):
            return None
    except NotReady as refused:
        return refused


# -- while the database is away


@contextmanager
def seen_from_outside(app: FastAPI) -> Iterator[TestClient]:
    """Yield a client of an app that was never started, as if its database went away since."""
    yield TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize("url", ["postgresql://u@127.0.0.1:1/x", "postgresql://u@no.invalid/x"])
def test_while_the_database_cannot_be_reached_every_answer_says_when_to_try_again(
    url, tmp_path, clock, rulebook
):
    load_keys(tmp_path / "keys.json", create=True)
    app = create_app(Settings(database_url=url, data_dir=tmp_path), clock, rulebook)

    with seen_from_outside(app) as client:
        assert client.get("/healthz").status_code == 200
        for answer in (
            client.get("/readyz"),
            client.post("/v1/session", json={"username": "a", "password": "b"}),
        ):
            assert_away(answer)


@on_postgresql
def test_when_the_server_closes_the_connections_the_next_but_one_request_is_answered(district):
    headers = district.headers("village")
    as_seen_outside(district)
    close_connections(district)

    first, second = (district.client.get("/v1/todo", headers=headers) for _ in range(2))

    assert first.status_code == 200 or assert_away(first)
    assert second.status_code == 200


@on_postgresql
def test_while_the_server_refuses_the_database_every_answer_says_when_to_try_again(
    district, postgresql
):
    """As when it is restored, renamed, or has no connection to spare."""
    headers = district.headers("village")
    as_seen_outside(district)
    name = district.office.database.engine.url.database
    postgresql._execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")  # noqa: SLF001
    try:
        close_connections(district, postgresql)
        for _ in range(3):
            assert_away(district.client.get("/v1/todo", headers=headers))
    finally:
        postgresql._execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")  # noqa: SLF001
    assert district.client.get("/v1/todo", headers=headers).status_code == 200


@on_postgresql
@pytest.mark.parametrize(
    "code",
    [
        pytest.param("40P01", id="deadlock detected"),
        pytest.param("40001", id="serialization failure"),
        pytest.param("55P03", id="lock not available"),
        pytest.param("57014", id="statement timeout"),
        pytest.param("57P01", id="the server shuts down"),
        pytest.param("53300", id="too many connections"),
        pytest.param("53100", id="disk full"),
        pytest.param("25006", id="read only"),
    ],
)
def test_when_the_server_cannot_do_a_statement_now_the_answer_says_when_to_try_again(
    code, district
):
    execute(
        district,
        "CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION 'not now' USING ERRCODE = '{code}'; END $$",
        "CREATE TRIGGER busy BEFORE INSERT ON household FOR EACH ROW EXECUTE FUNCTION busy()",
    )
    as_seen_outside(district)

    assert_away(district.post("village", "/v1/households", district.a_household()))


@on_postgresql
def test_when_no_connection_is_free_the_answer_says_when_to_try_again(district):
    headers = district.headers("village")
    as_seen_outside(district)
    database, loop = district.office.database, district.client.portal
    database.patience, turns = 0.1, database._turn  # noqa: SLF001 - others take them all
    for _ in range(database.engine.pool.size()):
        loop.call(turns.acquire)
    try:
        assert_away(district.client.get("/v1/todo", headers=headers))
    finally:
        for _ in range(database.engine.pool.size()):
            loop.call(turns.release)
    assert district.client.get("/v1/todo", headers=headers).status_code == 200


@on_sqlite
def test_while_another_program_holds_the_file_the_answer_says_when_to_try_again(
    district, database_url
):
    headers = {**district.headers("village"), "Idempotency-Key": district.key()}
    as_seen_outside(district)
    district.read(lambda s: s.connection().execute(text("PRAGMA busy_timeout = 50")))
    other = Database(database_url)
    with other.engine.connect() as holder:
        holder.exec_driver_sql("BEGIN IMMEDIATE")

        answer = district.client.post(
            "/v1/households", json=district.a_household(), headers=headers
        )
    other.engine.dispose()

    assert_away(answer)


def as_seen_outside(at: District) -> None:
    at.client._transport.raise_server_exceptions = False  # noqa: SLF001 - no other way


def close_connections(at: District, server: Any = None) -> None:
    url = at.office.database.engine.url
    statement = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "  # noqa: S608 - our own name
        f"WHERE datname = '{url.database}' AND pid <> pg_backend_pid()"
    )
    if server:
        server._execute(statement)  # noqa: SLF001
    else:
        other = Database(url.render_as_string(hide_password=False))
        at.client.portal.call(other.read, lambda s: s.connection().execute(text(statement)).all())
        at.client.portal.call(other.close)


def assert_away(answer: Any) -> bool:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_ready"
    assert int(answer.headers["Retry-After"]) > 0
    return True


# -- the documentation


@on_sqlite
def test_the_documentation_loads_nothing_from_elsewhere(district):
    page = district.client.get("/docs")
    assert page.status_code == 200
    named = re.findall(r"(?:src|href)\s*=\s*[\"']([^\"']+)", page.text)
    named += re.findall(r"url\s*:\s*[\"']([^\"']+)", page.text)
    assert len(named) >= 4

    assert re.findall(r"(?:https?:)?//[a-z]", page.text) == []
    for asset in named:
        answer = district.client.get(asset)
        assert answer.status_code == 200, asset
        assert answer.content
        assert re.findall(rb"(?:@import|url\()\s*[\"']?(?:https?:)?//", answer.content) == []


@on_sqlite
def test_the_committed_openapi_document_is_the_one_that_is_served(district):
    committed = json.loads((ROOT / "openapi" / "openapi.json").read_text(encoding="utf-8"))

    assert committed == district.client.get("/openapi.json").json()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        yield from ((f"{method} {path}", operation) for method, operation in item.items())


@on_sqlite
def test_every_operation_is_named_described_and_says_how_it_refuses(district):
    document = district.client.get("/openapi.json").json()
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(names)) == len(names)

    for where, operation in operations(document):
        assert operation["summary"], where
        assert operation.get("description"), where
        refused = {s: r for s, r in operation["responses"].items() if s >= "400"}
        if where not in {"get /healthz", "get /v1/codes"}:
            assert refused, where
        for status, response in refused.items():
            schema_of = response["content"]["application/problem+json"]["schema"]
            assert schema_of == {"$ref": "#/components/schemas/Problem"}, (where, status)
            assert response["description"], (where, status)


@on_sqlite
def test_every_operation_documents_the_refusals_that_its_kind_can_meet(district):
    """A parameter can be malformed, a token missing, a database away, a body too large."""
    undocumented = {}
    for where, operation in operations(district.client.get("/openapi.json").json()):
        owed = {"503"} if where not in {"get /healthz", "get /v1/codes"} else set()
        if operation.get("parameters") or "requestBody" in operation:
            owed |= {"400"}
        if "requestBody" in operation:
            owed |= {"413"}
        if operation.get("security"):
            owed |= {"401"}
        if missing := owed - set(operation["responses"]):
            undocumented[where] = sorted(missing)

    assert undocumented == {}


@on_sqlite
def test_every_code_that_a_refusal_can_have_is_in_the_catalogue(district):
    """Those of the framework too: no such path, no such method, no such form."""
    client, headers = district.client, district.headers("village")
    machine = "/v1/policies/taogou-2021/machines/monitoring_object"
    refused = [
        client.get("/v1/nothing"),
        client.put("/v1/me"),
        client.get(machine, headers=headers | {"Accept": "image/png"}),
        client.get("/v1/me"),
        client.post("/v1/session", content=b"x" * 2_000_000),
    ]
    listed = client.get("/v1/codes").json()["lists"]["refusals"]
    assert all(entry["zh"] and entry["en"] for entry in listed)

    assert {a.json()["code"] for a in refused} - {entry["code"] for entry in listed} == set()


@on_sqlite
def test_a_machine_is_drawn_whole_for_a_browser(district):
    """Every state and every event stands in the picture, as text that can be searched."""
    path = "/v1/policies/taogou-2021/machines/monitoring_object"
    headers = district.headers("village")
    machine = district.client.get(path, headers=headers).json()

    drawn = district.client.get(path, headers=headers | {"Accept": "image/svg+xml"})

    assert drawn.headers["content-type"].startswith("image/svg+xml")
    texts = " ".join(ET.fromstring(drawn.text).itertext())  # noqa: S314 - it is our own
    raised = {move["event"] for move in machine["moves"]}
    named = [*machine["states"], *(e for e in machine["events"] if e["code"] in raised)]
    assert [one["zh"] for one in named if one["zh"] not in texts] == []


@on_sqlite
def test_a_refusal_speaks_the_language_that_is_asked_for(district):
    chinese = re.compile(r"[\u4e00-\u9fff]")
    asked = {
        "en": "en", "en-GB,en;q=0.9": "en", "EN": "en",
        "zh": "zh", "zh-CN,zh;q=0.9,en;q=0.8": "zh", "fr": "zh", "": "zh",
    }  # fmt: skip

    for accept, language in asked.items():
        for path in ("/v1/me", "/v1/nothing", "/v1/areas/x"):
            answer = district.client.get(path, headers={"Accept-Language": accept})
            told = answer.json()
            assert answer.headers["Content-Language"] == language
            assert bool(chinese.search(told["title"])) == (language == "zh")


@on_sqlite
def test_every_answer_has_its_request_id_and_is_kept_by_nobody(district):
    for path in ("/healthz", "/v1/codes", "/v1/me", "/v1/nothing"):
        answer = district.client.get(
            path, headers={"X-Request-Id": "0179cf62-5a80-70fc-b24a-307373f34220"}
        )
        assert answer.headers["X-Request-Id"] == "0179cf62-5a80-70fc-b24a-307373f34220"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
    for strange in ("x", "a b c d e f", "x" * 65, "<script>"):
        answer = district.client.get("/healthz", headers={"X-Request-Id": strange})
        assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-Id"])


# -- the command


@dataclass
class Ended:
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str


Dixian = Callable[..., Ended]


@pytest.fixture
def dixian(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Dixian:
    """Return what runs the command on the test's database."""
    monkeypatch.setenv("DIXIAN_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("DIXIAN_DATA_DIR", str(settings.data_dir))

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["dixian", *arguments])
        capsys.readouterr()
        status: Any = 0
        try:
            main()
        except SystemExit as ended:
            status = ended.code or 0
        printed = capsys.readouterr()
        return Ended(status, printed.out, printed.err)

    return run


def done(ended: Ended) -> str:
    assert (ended.status, ended.err) == (0, ""), ended.err
    return ended.out


def mistake(ended: Ended, *, gaps: bool = False) -> str:
    """Return the one line that a user's mistake is told in; gaps of a policy have a line each."""
    assert ended.status == 1
    assert ended.err.startswith("dixian: ")
    assert len(ended.err) > len("dixian: \n")
    assert gaps or ended.err.count("\n") == 1
    assert "Traceback" not in ended.err + ended.out
    return ended.err


@on_sqlite
def test_policies_are_listed_shown_checked_and_drawn(dixian):
    assert "taogou-2021@1" in done(dixian("policy", "list"))
    assert json.loads(done(dixian("policy", "show", "taogou-2021")))["id"] == "taogou-2021"
    assert "no gap" in done(dixian("policy", "check", str(TAOGOU)))
    for form, sign in (("mermaid", "stateDiagram"), ("md", "assisted"), ("svg", "帮扶中")):
        drawn = done(
            dixian("policy", "diagram", "taogou-2021", "monitoring_object", "--format", form)
        )
        assert sign in drawn


@on_sqlite
def test_two_versions_are_held_against_each_other(dixian, tmp_path):
    shorter = tmp_path / "shorter.toml"
    text = TAOGOU.read_text(encoding="utf-8")
    shorter.write_text(text.replace("amount = 5", "amount = 3", 1), encoding="utf-8")
    catalogue = TAOGOU.with_suffix(".rules.toml").read_text(encoding="utf-8")
    shorter.with_suffix(".rules.toml").write_text(catalogue, encoding="utf-8")

    told = done(dixian("policy", "diff", "taogou-2021@1", str(shorter)))
    assert "monitoring_object.time_limits[publicity_minimum].amount" in told
    assert "5 → 3" in told
    assert "1 difference(s)." in told
    (found,) = json.loads(done(dixian("policy", "diff", "taogou-2021", str(shorter), "--json")))
    assert (found["old"], found["new"], found["change"]) == (5, 3, "changed")
    assert set(found["label"]) == {"zh", "en"}
    assert "0 difference(s)." in done(dixian("policy", "diff", "taogou-2021", str(TAOGOU)))
    assert mistake(dixian("policy", "diff", "taogou-2021@9", str(shorter)))
    assert mistake(dixian("policy", "diff", str(tmp_path / "no.toml"), str(shorter)), gaps=True)


@on_sqlite
def test_limits_that_cannot_all_be_used_in_full_are_warned_of(dixian):
    """Requirements A.4.3: the chain of working days ends after the thirty calendar days."""
    rongan = TAOGOU.with_name("rongan-2022.toml")

    assert re.search(r"warning: time_limits\[\w+\]", done(dixian("policy", "check", str(rongan))))


def test_the_command_knows_what_was_published_and_who_may_publish(dixian, district):
    """From an administrator's appointment to the verified record, on one database."""
    password = "administrators-own"
    named = ("admin", "--name", "管理员", "--role", "administrator", "--area")
    assert mistake(dixian("user", "add", *named, sample.TOWNSHIP, "--password", password))
    done(dixian("user", "add", *named, sample.COUNTY, "--password", password))
    district.clock.set(SystemClock().now())
    text = TAOGOU.read_text(encoding="utf-8").replace("version = 1\n", "version = 2\n", 1)
    catalogue = TAOGOU.with_suffix(".rules.toml").read_text(encoding="utf-8")
    body = {"text": text, "catalogue": catalogue}
    assert district.post("admin", "/v1/policies", body).status_code == 201
    case = district.apply()

    assert "taogou-2021@2" in done(dixian("policy", "list"))
    assert json.loads(done(dixian("policy", "show", "taogou-2021@2")))["version"] == 2
    assert "agrees" in done(dixian("audit", "verify"))
    listed = district.get("village", "/v1/monitoring-objects").json()["items"]
    assert [(one["id"], one["policy"]) for one in listed] == [(case.id, "taogou-2021@2")]

    def forge(session: Session) -> None:
        run = session.connection().exec_driver_sql
        for down in append_only.removal(session.get_bind().dialect.name, "policy_act"):
            run(down)
        run("UPDATE policy_act SET version = 3")

    district.change(forge)
    assert "act 1" in mistake(dixian("audit", "verify"))


@on_sqlite
def test_a_policy_that_is_not_there_or_not_whole_is_a_mistake_in_one_line(dixian, tmp_path):
    broken, binary, gap = (tmp_path / f"{n}.toml" for n in ("broken", "binary", "gap"))
    broken.write_text("id = [")
    binary.write_bytes(b"\xff\xfe\x00")
    gap.write_text('id = "x-y-z"\n')
    whole, catalogue = tmp_path / "whole.toml", tmp_path / "whole.rules.toml"
    whole.write_text(TAOGOU.read_text(encoding="utf-8"), encoding="utf-8")
    catalogue.write_text("id = [")

    assert "nothing" in mistake(dixian("policy", "show", "nothing"))
    assert mistake(dixian("policy", "diagram", "nothing", "monitoring_object"))
    assert "monitoring_object" in mistake(dixian("policy", "diagram", "taogou-2021", "nothing"))
    for file in (tmp_path / "nothing.toml", tmp_path, broken, binary, gap, whole):
        assert mistake(dixian("policy", "check", str(file)), gaps=True), file


def test_a_published_year_is_shown_and_another_is_a_mistake(dixian):
    shown = done(dixian("calendar", "show", "2021"))
    assert "2021-06-14" in shown
    assert "端午节" in shown

    assert "2030" in mistake(dixian("calendar", "show", "2030"))


def year_file(folder: Path, **changes: Any) -> str:
    days = [{"date": "2027-01-01", "name": "元旦", "is_working": False}]
    path = folder / "2027.json"
    path.write_text(json.dumps({"year": 2027, "source": "国办发明电", "days": days, **changes}))
    return str(path)


def test_a_year_is_taken_in_and_a_dry_run_keeps_nothing(dixian, tmp_path):
    file = year_file(tmp_path)

    assert "would be" in done(dixian("calendar", "import", file, "--dry-run"))
    assert mistake(dixian("calendar", "show", "2027"))
    assert "2027 is edition" in done(dixian("calendar", "import", file))
    assert "2027-01-01" in done(dixian("calendar", "show", "2027"))


@on_sqlite
def test_a_year_that_is_not_well_written_is_a_mistake_in_one_line(dixian, tmp_path):
    day = {"date": "2027-01-01", "name": "元旦", "is_working": False}
    wrong: list[dict[str, Any]] = [
        {"days": []}, {"year": 27}, {"year": "2027"}, {"more": 1}, {"source": ""}, {"days": None},
        {"days": [day, day]}, {"days": [{**day, "date": "2028-01-01"}]},
        {"days": [{**day, "date": "2027-02-30"}]}, {"days": [{**day, "date": 0}]},
        {"days": [{**day, "is_working": "yes"}]}, {"days": [{**day, "name": "\u202e"}]},
    ]  # fmt: skip
    (tmp_path / "text.json").write_text("2027")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "empty.json").write_bytes(b"")

    for changes in wrong:
        assert mistake(dixian("calendar", "import", year_file(tmp_path, **changes))), changes
    for name in ("text.json", "binary.json", "empty.json", "nothing.json", ""):
        assert mistake(dixian("calendar", "import", str(tmp_path / name)))
    assert mistake(dixian("calendar", "show", "2027"))


def test_the_log_is_verified_and_a_case_that_does_not_verify_is_named(dixian, district):
    case = district.apply()
    assert "every chain is whole" in done(dixian("audit", "verify"))
    for name, table in triggers_of(district).items():
        if table == "transition":
            drop_trigger(district, name, table)
    execute(district, "UPDATE transition SET role = 'county_bureau'")

    ended = dixian("audit", "verify")

    assert mistake(ended)
    assert case.id in ended.out


def test_a_person_who_was_added_can_sign_in(dixian, district):
    assert done(add_user(dixian))
    district.clock.set(sign_in_time())

    answer = district.client.post(
        "/v1/session", json={"username": "new", "password": "long-enough-password"}
    )

    assert answer.status_code == 201
    assert [p["area_code"] for p in answer.json()["positions"]] == [sample.VILLAGE]


def sign_in_time() -> Any:
    from service.clock import SystemClock  # noqa: PLC0415 - the command's own clock

    return SystemClock().now()


def add_user(dixian: Dixian, username: str = "new", **changes: str) -> Ended:
    options = {
        "name": "新村干",
        "role": "village_committee",
        "area": sample.VILLAGE,
        "password": "long-enough-password",
        **changes,
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    return dixian("user", "add", username, *flags)


@on_sqlite
def test_a_person_who_cannot_be_added_is_a_mistake_in_one_line(dixian):
    assert mistake(add_user(dixian, username="village"))
    assert mistake(add_user(dixian, role="emperor"))
    assert mistake(add_user(dixian, area="999999999999"))
    assert mistake(add_user(dixian, password="short"))


@on_sqlite
@pytest.mark.parametrize("username", [" new ", "", "a\u200bb"])
def test_a_user_name_that_could_never_sign_in_is_a_mistake(username, dixian):
    assert mistake(add_user(dixian, username=username))


@on_sqlite
def test_a_password_can_be_used_as_it_was_typed(dixian, district):
    password = " with spaces around "
    assert done(add_user(dixian, password=password))
    district.clock.set(sign_in_time())

    answer = district.client.post("/v1/session", json={"username": "new", "password": password})

    assert answer.status_code == 201


def test_an_area_is_added_below_its_parent_and_is_seen_from_above(dixian, district):
    added = dixian("area", "add", "341302901209", "新村", "village", "--parent", sample.TOWNSHIP)
    assert "新村" in done(added)

    for username, status in (("county", 200), ("township", 200), ("village", 404)):
        assert district.get(username, "/v1/areas/341302901209").status_code == status


@on_sqlite
def test_an_area_that_cannot_be_added_is_a_mistake_in_one_line(dixian):
    add = ("area", "add")
    full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in "341302901209")

    assert mistake(dixian(*add, "12", "村", "village"))
    assert mistake(dixian(*add, full_width, "村", "village"))
    assert mistake(dixian(*add, sample.VILLAGE, "村", "village"))
    assert mistake(dixian(*add, "341302901209", "村", "village", "--parent", "999999999999"))
    assert mistake(dixian(*add, "341302901209", "村", "village", "--policy", "nothing"))


@on_sqlite
def test_sqlite_is_not_served_from_several_processes(dixian):
    assert "SQLite" in mistake(dixian("serve", "--workers", "2"))


@on_sqlite
def test_a_command_on_a_database_that_is_not_there_is_a_mistake_in_one_line(
    dixian, monkeypatch, tmp_path
):
    for url in (
        f"sqlite:///{tmp_path}/new.db",
        "postgresql://u@127.0.0.1:1/x",
        "nonsense",
        "nonsense://x",
        f"sqlite:///{TAOGOU}",
    ):
        monkeypatch.setenv("DIXIAN_DATABASE_URL", url)
        for command in (("audit", "verify"), ("calendar", "show", "2021")):
            assert mistake(dixian(*command)), url


@on_sqlite
def test_a_setting_that_makes_no_sense_is_a_mistake_in_one_line(dixian, monkeypatch):
    monkeypatch.setenv("DIXIAN_TOKEN_HOURS", "99")

    assert "token_hours" in mistake(dixian("audit", "verify"))


@on_sqlite
def test_keys_that_are_there_are_not_made_anew_and_broken_ones_are_a_mistake(dixian, settings):
    before = settings.keys_path.read_bytes()
    assert str(settings.keys_path) in mistake(dixian("keys"))
    assert settings.keys_path.read_bytes() == before

    settings.keys_path.write_text("{}")
    assert mistake(dixian("serve"))


@on_sqlite
@pytest.mark.parametrize(
    "arguments", [["nothing"], ["calendar", "show", "x"], ["area", "add"], ["serve", "--port", "x"]]
)
def test_a_command_that_does_not_exist_or_is_not_complete_ends_with_status_2(arguments, dixian):
    ended = dixian(*arguments)

    assert ended.status == 2
    assert ended.err
    assert "Traceback" not in ended.err
