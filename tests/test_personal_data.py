"""Identity and telephone numbers: sealed at rest, masked in answers, in no log line.

Whoever gets hold of the database without the keys file learns no number; whoever holds the
keys cannot move a number from one person to another unseen.
"""

import io
import json
import re
import secrets
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from district import District
from importing import Office
from sqlalchemy import make_url, text
from sqlmodel import col, select, update
from test_access import World
from test_concurrency import serving_from_processes
from workbook_files import head, workbook

from service import sample
from service.clock import SystemClock
from service.store.households import ID_NUMBER, TELEPHONE, Household, Member
from service.store.schema import METADATA
from service.store.vault import Keys, UnsealError, Vault, load_keys, masked
from service.timelines import code_of
from service.workflows.identity import check_character

TELEPHONE_NUMBER = "19955667788"
HEAD = "张不应见"
NUMBERS = [sample.identity_number(serial) for serial in (701, 702)]
CERTIFICATE = sample.identity_number(703) + "44"


@pytest.fixture
def registered(district: District) -> str:
    """Return a household with a telephone and three members; each has a number of their own."""
    return district.register(**a_household())


def a_household() -> dict[str, Any]:
    relations = ("head", "spouse", "child")
    numbers = (*NUMBERS, CERTIFICATE)
    members = [
        {"name": HEAD if relation == "head" else "某", "relation": relation, "id_number": number}
        for relation, number in zip(relations, numbers, strict=True)
    ]
    return {"telephone": TELEPHONE_NUMBER, "members": members}


# -- at rest


@pytest.mark.usefixtures("registered")
def test_no_column_of_any_table_holds_a_number_in_clear(district):
    district.get("village", "/v1/households", id_number=NUMBERS[0])
    case = district.a_case_at("monitored")
    assert case.version > 1

    def everything(session: Any) -> Iterator[tuple[str, bytes]]:
        for table in METADATA.sorted_tables:
            for row in session.connection().execute(table.select()):
                yield table.name, repr(tuple(row)).encode()

    dump = district.read(lambda session: list(everything(session)))

    assert {table for table, _ in dump} >= {"household", "member", "saved_answer", "transition"}
    for table, row in dump:
        for number in spellings():
            assert number not in row, table


def spellings() -> list[bytes]:
    """Return what must be nowhere: the numbers whole, and the parts that name a person."""
    plain = [*NUMBERS, CERTIFICATE, TELEPHONE_NUMBER]
    parts = [number[6:17] for number in (*NUMBERS, CERTIFICATE)]
    encoded = [b64encode(number.encode()).decode() for number in plain]
    return [one.encode() for one in (*plain, *parts, *encoded)]


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_no_byte_of_the_file_or_of_its_log_tells_a_number(database_url):
    path = Path(make_url(database_url).database)
    files = [file for file in path.parent.glob(f"{path.name}*") if file.stat().st_size]
    assert {file.suffix for file in files} >= {".db", ".db-wal"}

    content = b"".join(file.read_bytes() for file in files)

    assert HEAD.encode() in content
    for number in spellings():
        assert number not in content


def test_no_file_beside_the_database_tells_a_number_but_the_keys_tell_none_either(
    district, registered
):
    assert registered
    for file in district.office.settings.data_dir.rglob("*"):
        if file.is_file():
            assert all(number not in file.read_bytes() for number in spellings())
    assert district.office.settings.keys_path.stat().st_mode & 0o077 == 0


# -- in answers


ASKED = {
    "/v1/exports/problems.xlsx": ("village", {"scope": "household"}),
    "/v1/exports/inspection_forms.xlsx": ("village", {"campaign": "{campaign_id}"}),
    "/v1/cases/{case_id}/timeline/line": ("county", {"code": "{line_code}"}),
}
"""What a county's official cannot ask, or not without a filter: by whom it is asked, and how."""


OTHER_DOCUMENTS = {"/v1/exports/risk_households.xlsx", "/v1/exports/measures.xlsx"}
"""What the sample's document has no paper for: see `test_risk_ledgers`."""


def test_every_answer_shows_numbers_masked(district):
    """Register one, lead another through the route; then read whatever there is to read."""
    answer = district.post("village", "/v1/households", {**district.a_household(), **a_household()})
    assert answer.status_code == 201
    district.register(telephone=TELEPHONE_NUMBER)
    case = district.a_case_at("eliminated")
    ids = World(district).ids | {
        "household_id": answer.json()["id"],
        "case_id": case.id,
        "seq": "5",  # the posting, whose notice is read
        "line_code": code_of(case.version, district.history(case)[-1]["hash"]),
        "attachment_id": district.attach(),
        "import_id": an_import(district),
        "deadline_id": district.get("village", f"/v1/cases/{case.id}/deadlines").json()["items"][0][
            "id"
        ],
    }
    read = [answer]
    for path, item in district.client.get("/openapi.json").json()["paths"].items():
        if "get" in item and not path.startswith("/v1/audit"):  # no line holds a number: test_log
            who, asked = ASKED.get(path, ("county", {}))
            asked = {name: value.format(**ids) for name, value in asked.items()}
            who, named = ASKED.get(path, ("county", {}))
            asked = {name: value.format(**ids) for name, value in named.items()}
            read.append(district.get(who, path.format(**ids), **asked))
            assert read[-1].status_code == (409 if path in OTHER_DOCUMENTS else 200), path
    assert len(read) > 15
    read.append(district.get("county", "/v1/households", telephone=TELEPHONE_NUMBER))
    read.append(district.get("county", "/v1/households", id_number=NUMBERS[0]))
    read.append(district.post("village", "/v1/households", district.a_household() | a_household()))

    for one in read:
        assert all(number not in one.content for number in spellings()), one.request.url
        assert not re.search(rb"999999\d{11}[\dX]", one.content), one.request.url


def an_import(district: District) -> str:
    """Return an import of a household that is registered already, with a row that is refused."""
    rows = [
        head("1", NUMBERS[0], 姓名=HEAD, 联系电话=TELEPHONE_NUMBER),
        head("2", f"{NUMBERS[1][:17]}Y", 联系电话=TELEPHONE_NUMBER),
    ]
    return Office(district).validated(workbook(rows)).rpartition("/")[2]


def test_a_mask_leaves_only_what_tells_one_member_from_another(district, registered):
    told = district.get("village", f"/v1/households/{registered}").json()

    assert told["telephone"] == "199******88"
    assert [m["id_number"] for m in told["members"]] == [
        f"{number[:3]}{'*' * (len(number) - 5)}{number[-2:]}" for number in (*NUMBERS, CERTIFICATE)
    ]


@pytest.mark.parametrize("value", ["", "1", "1234", "12345"])
def test_a_mask_of_a_short_value_is_never_longer_than_it(value):
    assert len(masked(value, first=3, last=2)) <= max(len(value), 5)


# -- found again


def test_a_household_is_found_by_a_whole_number_only(district, registered):
    def found(**asked: str) -> list[str]:
        items = district.get("village", "/v1/households", **asked).json()["items"]
        return [household["id"] for household in items]

    number = NUMBERS[0]
    spaced = f"{number[:6]} {number[6:14]} {number[14:].lower()}"
    for whole in (number, NUMBERS[1], CERTIFICATE, spaced):
        assert found(id_number=whole) == [registered]
    for part in (number[:-1], number[1:], number[:6], "%", "_" * 18, number[:17] + "%", "*", ""):
        assert found(id_number=part) == []
    assert found(telephone=TELEPHONE_NUMBER) == [registered]
    assert found(telephone=TELEPHONE_NUMBER[:-1]) == []
    assert found(telephone=NUMBERS[0][:12]) == []


def test_a_number_stands_in_the_register_once_however_it_is_written(district, registered):
    ending_in_x = next(
        first + "X"
        for serial in range(1000)
        if check_character(first := f"99999919800101{serial:03d}") == "X"
    )
    head = {"name": "李某", "relation": "head", "id_number": ending_in_x}
    district.register(members=[head])

    for spelling in (ending_in_x.lower(), f" {ending_in_x[:6]} {ending_in_x[6:]} "):
        again = {**district.a_household(), "members": [{**head, "id_number": spelling}]}
        answer = district.post("village", "/v1/households", again)
        assert (answer.status_code, answer.json()["code"]) == (409, "household_exists")
    assert registered


# -- sealed to their row


def rows(district: District, household_id: str) -> tuple[Household, list[Member]]:
    def work(session: Any) -> tuple[Household, list[Member]]:
        query = select(Member).where(col(Member.household_id) == household.id)
        return household, list(session.exec(query.order_by(col(Member.number))))

    household = district.read(
        lambda s: next(h for h in s.exec(select(Household)) if str(h.id) == household_id)
    )
    return district.read(work)


def test_a_ciphertext_moved_to_another_row_is_refused(district, registered):
    vault = district.office.vault
    household, (first, second, _) = rows(district, registered)
    assert vault.unseal(first.id_number_sealed, ID_NUMBER, first.id) == NUMBERS[0]
    assert vault.unseal(household.telephone_sealed, TELEPHONE, household.id) == TELEPHONE_NUMBER

    for sealed, place, row in (
        (first.id_number_sealed, ID_NUMBER, second.id),
        (first.id_number_sealed, TELEPHONE, first.id),
        (household.telephone_sealed, ID_NUMBER, household.id),
        (household.telephone_sealed, TELEPHONE, first.id),
    ):
        with pytest.raises(UnsealError):
            vault.unseal(sealed, place, row)


def test_a_household_whose_numbers_were_exchanged_is_not_shown(district, registered):
    _, (first, second, _) = rows(district, registered)
    district.client._transport.raise_server_exceptions = False  # noqa: SLF001 - no other way

    district.change(
        lambda s: s.exec(
            update(Member)
            .where(col(Member.id) == first.id)
            .values(id_number_sealed=second.id_number_sealed)
        )
    )

    answer = district.get("village", f"/v1/households/{registered}")
    assert answer.status_code >= 500
    assert all(number not in answer.content for number in spellings())


def altered(sealed: str) -> Iterator[str]:
    key, _, data = sealed.partition(":")
    yield f"{key}:{data[:-6]}AAAAA="
    yield f"{key}:{data[:-8]}"
    yield f"k9:{data}"
    yield data
    yield f"{key}:"
    yield f"{key}:%%%"
    yield ""


def test_a_ciphertext_that_was_altered_is_refused(district, registered):
    _, (first, *_) = rows(district, registered)

    for sealed in altered(first.id_number_sealed):
        with pytest.raises(UnsealError):
            district.office.vault.unseal(sealed, ID_NUMBER, first.id)


def test_two_equal_numbers_have_different_ciphertexts(district):
    first, second = (district.register(telephone=TELEPHONE_NUMBER) for _ in range(2))
    vault = district.office.vault

    sealed = [rows(district, one)[0] for one in (first, second)]

    assert sealed[0].telephone_sealed != sealed[1].telephone_sealed
    assert sealed[0].telephone_index == sealed[1].telephone_index
    household = sealed[0]
    assert len({vault.seal(TELEPHONE_NUMBER, TELEPHONE, household.id) for _ in range(50)}) == 50


def test_an_index_tells_nothing_without_its_key_and_nothing_across_places(district):
    vault, other = district.office.vault, Vault(Keys.generate())

    assert vault.index("1", ID_NUMBER) == vault.index("1", ID_NUMBER)
    assert vault.index("1", ID_NUMBER) != vault.index("1", TELEPHONE)
    assert vault.index("1", ID_NUMBER) != other.index("1", ID_NUMBER)


def test_a_new_key_seals_from_now_on_and_the_old_one_still_reads(district, registered):
    keys = load_keys(district.office.settings.keys_path, create=False)
    _, (first, *_) = rows(district, registered)
    newer = b64encode(secrets.token_bytes(32)).decode()
    rotated = keys.model_copy(update={"sealing": {**keys.sealing, "k2": newer}, "newest": "k2"})

    vault = Vault(rotated)
    sealed = vault.seal(NUMBERS[0], ID_NUMBER, first.id)

    assert vault.unseal(first.id_number_sealed, ID_NUMBER, first.id) == NUMBERS[0]
    assert vault.unseal(sealed, ID_NUMBER, first.id) == NUMBERS[0]
    assert (first.id_number_sealed[:3], sealed[:3]) == ("k1:", "k2:")
    assert vault.index(NUMBERS[0], ID_NUMBER) == first.id_number_index
    with pytest.raises(UnsealError):
        district.office.vault.unseal(sealed, ID_NUMBER, first.id)
    with pytest.raises(UnsealError):
        vault.unseal("k1:" + sealed[3:], ID_NUMBER, first.id)


# -- refusals and logs


FULL_WIDTH = "".join(chr(ord(digit) + 0xFEE0) for digit in "999999197001017011")
WRONG_NUMBERS = [
    "999999197001017019", "99999919700101701", "999999197001017O1X", "A" * 18, "9" * 41,
    FULL_WIDTH, "9999991970010170111", "999999197001017011\u200b",
]  # fmt: skip


def test_a_malformed_number_is_refused_and_not_repeated(district):
    wrong = [n for n in WRONG_NUMBERS if n not in NUMBERS]

    for number in wrong:
        members = [{"name": HEAD, "relation": "head", "id_number": number}]
        body = {**district.a_household(), "members": members, "telephone": "1995566778899"}
        answer = district.post("village", "/v1/households", body)

        assert answer.status_code == 400, number
        for secret in (number, HEAD, "1995566778899"):
            assert secret not in answer.text


def test_a_number_that_is_registered_already_is_refused_and_not_repeated(district, registered):
    assert registered

    answer = district.post("village", "/v1/households", district.a_household() | a_household())

    assert answer.status_code == 409
    assert all(number not in answer.content for number in spellings())


def test_no_attempt_that_is_noted_holds_what_was_sent(district, registered):
    assert registered
    district.post("village", "/v1/households", district.a_household() | a_household())
    district.client.post("/v1/session", json={"username": HEAD, "password": TELEPHONE_NUMBER})

    noted = district.read(
        lambda s: s.connection().execute(METADATA.tables["attempt"].select()).all()
    )

    assert len(noted) >= 2
    for secret in (HEAD, TELEPHONE_NUMBER, *NUMBERS):
        assert all(secret not in repr(row) for row in noted)


def test_a_log_line_names_the_route_and_holds_nothing_that_was_sent(district):
    lines = io.StringIO()
    structlog.configure(
        processors=[structlog.processors.JSONRenderer(ensure_ascii=False)],
        logger_factory=structlog.PrintLoggerFactory(lines),
        cache_logger_on_first_use=False,
    )
    try:
        household_id = district.register(**a_household())
        district.get("village", "/v1/households", id_number=NUMBERS[0])
        district.get("village", f"/v1/households/{household_id}")
        same = {"other_id": district.register(), "verdict": "same", "reason": HEAD}
        district.post("village", f"/v1/households/{household_id}/duplicate-verdicts", same)
        district.get("village", f"/v1/households/{household_id}/duplicates")
        district.client.post("/v1/session", json={"username": HEAD, "password": "geheim-geheim"})
        strange = {"X-Request-Id": HEAD.encode().hex() + " forged=1"}
        district.client.get(f"/v1/{HEAD}", headers=strange)
    finally:
        structlog.reset_defaults()

    logged = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [line["route"] for line in logged if line["method"] == "GET"][-1] == "-"
    assert {tuple(sorted(line)) for line in logged} == {
        ("event", "method", "ms", "request_id", "route", "status")
    }
    for secret in (HEAD, TELEPHONE_NUMBER, *NUMBERS, household_id, "geheim", "village"):
        assert secret not in lines.getvalue()


def test_what_the_server_prints_holds_no_name_and_no_number_even_when_the_database_breaks(
    district, tmp_path
):
    """A statement that fails is logged with its traceback, never with its parameters."""
    log = tmp_path / "printed.log"
    body = district.a_household() | a_household()
    district.clock.set(SystemClock().now())
    headers = {**district.headers("village"), "Idempotency-Key": district.key()}
    settings = district.office.settings
    with (
        serving_from_processes(settings, workers=1, log=log) as url,
        httpx.Client(base_url=url, headers=headers, trust_env=False) as client,
    ):
        assert client.post("/v1/households", json=body).status_code == 201
        district.change(
            lambda s: s.connection().execute(text("ALTER TABLE household DROP COLUMN group_name"))
        )
        head = {"name": HEAD, "relation": "head", "id_number": sample.identity_number(704)}
        another = {**body, "members": [head]}
        key = {"Idempotency-Key": district.key()}
        assert client.post("/v1/households", json=another, headers=key).status_code >= 500

    printed = log.read_text()
    assert "/households" in printed
    for secret in (HEAD, TELEPHONE_NUMBER, *NUMBERS, sample.PASSWORD):
        assert secret not in printed
        assert secret.encode("unicode_escape").decode() not in printed
