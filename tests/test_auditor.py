"""What an auditor asks of the running service, and what nobody else may; the commands; holders.

Issue 6, parts 2, 3 and 7. The offline verifiers are in `test_attacks.py`.
"""

import json
import re
import socket
import sys
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiosmtpd.controller import Controller
from auditing import Log, appoint
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from district import Case, District
from receivers import Received, Receiver, Says, receiving
from sqlalchemy import text, update
from sqlmodel import Session, select

from service import invariants, sample
from service.audit import dixian_verify as verifier
from service.audit.dixian_verify import Checkpoint, Key, Note
from service.audit.log import newest_checkpoint, whole_note
from service.checkpoints import Mailbox, Witness, holders_of
from service.cli import main
from service.clock import SystemClock, office_date
from service.config import Settings
from service.store import append_only
from service.store.cases import TRANSITIONS
from service.store.log import LogHolder
from service.store.people import by_username, positions_held

SHA256 = verifier.Hashing("sha256")
AUDIT = "/v1/audit"


@pytest.fixture
def log(district: District, tmp_path: Path) -> Log:
    appoint(district, "auditor", "auditor")
    appoint(district, "administrator", "administrator")
    return Log(district, tmp_path)


@pytest.fixture
def case(district: District, log: Log) -> Case:
    case = district.a_case_at("publicity")
    log.signed()
    return case


def ask(at: District, path: str, username: str = "auditor", status: int = 200, **asked: Any) -> Any:
    answer = at.get(username, f"{AUDIT}/{path}", **asked)
    assert answer.status_code == status, answer.text
    return answer.json()


# -- checkpoint and proofs


def test_the_checkpoint_is_the_newest_that_was_signed(district, log, case):
    told = ask(district, "checkpoint")

    held = log.held()[-1]
    assert told["note"] == str(held.note)
    root = held.note.text.split("\n")[2]
    assert (told["origin"], told["size"], told["root"]) == (held.origin, held.size, root)
    assert told["keys"] == [str(log.key)]
    assert told["lines"] == told["size"] == len(log.leaves())
    district.act("village", case, "object")
    assert ask(district, "checkpoint") == told  # what is pending is in no tree


def test_a_proof_shows_each_line_of_a_case_in_the_tree_that_was_signed(district, case):
    root = Checkpoint.of(ask(district, "checkpoint")["note"]).root

    for line in district.history(case):
        told = ask(district, "proof/inclusion", case=case.id, seq=line["seq"])
        assert told["line"] == line["line"]
        leaf = SHA256.leaf(told["kind"], told["line"].encode())
        proof = [b64decode(one) for one in told["hashes"]]
        assert b64decode(told["leaf"]) == leaf
        assert verifier.includes(SHA256, leaf, told["leaf_index"], told["size"], proof, root)
        other = SHA256.leaf(told["kind"], told["line"].replace("2021", "2022").encode())
        assert not verifier.includes(SHA256, other, told["leaf_index"], told["size"], proof, root)


def test_a_proof_is_told_as_other_peoples_verifiers_read_it(district, case):
    told = ask(district, "proof/inclusion", case=case.id, seq=2)

    head, index, *rest = told["proof"].split("\n")
    blank = rest.index("")
    assert (head, index) == ("c2sp.org/tlog-proof@v1", f"index {told['leaf_index']}")
    assert rest[:blank] == told["hashes"]
    assert "\n".join(rest[blank + 1 :]) == ask(district, "checkpoint")["note"]


def test_a_proof_may_be_asked_for_an_older_tree(district, log, case):
    size = ask(district, "checkpoint")["size"]
    district.act("village", case, "object")
    log.signed()

    told = ask(district, "proof/inclusion", case=case.id, seq=1, size=size)

    assert (told["size"], b64decode(told["root"])) == (size, log.root(size))
    assert ask(district, "proof/inclusion", case=case.id, seq=1)["size"] == size + 1


def test_a_proof_shows_that_the_log_only_grew(district, log, case):
    before = ask(district, "checkpoint")
    district.act("village", case, "object")
    log.signed()
    after = ask(district, "checkpoint")

    told = ask(district, "proof/consistency", **{"from": before["size"]})

    assert (told["from"], told["to"]) == (before["size"], after["size"])
    assert (told["from_root"], told["to_root"]) == (before["root"], after["root"])
    proof = [b64decode(one) for one in told["hashes"]]
    ends = [(one["size"], b64decode(one["root"])) for one in (before, after)]
    assert verifier.extends(SHA256, *ends, proof)


def test_what_is_not_in_the_log_yet_is_told_so_and_what_is_nowhere_is_not_found(
    district, log, case
):
    district.act("village", case, "object")
    new, size = case.version, log.head().size

    for path, asked in (
        ("proof/inclusion", {"case": case.id, "seq": new}),
        ("proof/inclusion", {"case": case.id, "seq": 1, "size": 1 + size}),
        ("proof/inclusion", {"case": case.id, "seq": new - 1, "size": 0}),
        ("proof/consistency", {"from": size + 1}),
        ("proof/consistency", {"from": 2, "to": 1}),
        ("proof/consistency", {"from": 0, "to": size + 1}),
    ):
        assert ask(district, path, status=409, **asked)["code"] == "not_in_log_yet"
    for asked in ({"case": case.id, "seq": new + 1}, {"case": str(uuid4()), "seq": 1}):
        assert ask(district, "proof/inclusion", status=404, **asked)["code"] == "not_found"


@pytest.mark.usefixtures("log")
def test_before_the_first_checkpoint_there_is_none(district):
    case = district.apply()

    for path, asked in (
        ("checkpoint", {}),
        ("proof/inclusion", {"case": case.id, "seq": 1}),
        ("proof/consistency", {"from": 0}),
    ):
        assert ask(district, path, status=409, **asked)["code"] == "not_in_log_yet"
    told = ask(district, "verify", case=case.id)
    assert (told["lines"], told["in_log"], told["whole"]) == (1, 0, True)


@pytest.mark.parametrize(
    "path",
    [
        "proof/inclusion",
        "proof/inclusion?case=x&seq=1",
        f"proof/inclusion?case={UUID(int=7)}&seq=0",
        f"proof/inclusion?case={UUID(int=7)}&seq=1&size=-1",
        f"proof/inclusion?case={UUID(int=7)}&seq={10**30}",
        f"proof/inclusion?case={UUID(int=7)}&seq=1&more=1",
        "proof/consistency",
        "proof/consistency?from=x",
        "proof/consistency?from=1e3",
        f"proof/consistency?from={2**70}",
        "verify",
        "checkpoint?size=1",
    ],
)
@pytest.mark.usefixtures("log")
def test_what_makes_no_sense_is_malformed(path, district):
    answer = district.client.get(f"{AUDIT}/{path}", headers=district.headers("auditor"))

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


def test_a_case_is_verified_against_its_chain_and_the_log(district, case):
    told = ask(district, "verify", case=case.id)
    assert told == {
        "case_id": case.id,
        "lines": case.version,
        "in_log": case.version,
        "whole": True,
        "flaw_at": None,
        "flaw": None,
    }

    district.change(lambda session: forge(session, UUID(case.id), 2))

    told = ask(district, "verify", case=case.id)
    assert (told["whole"], told["flaw_at"]) == (False, 2)


def forge(session: Session, case_id: UUID, seq: int) -> None:
    for down in append_only.removal(session.get_bind().dialect.name, "transition"):
        session.execute(text(down))
    where = (TRANSITIONS.c.case_id == case_id) & (TRANSITIONS.c.seq == seq)
    session.execute(update(TRANSITIONS).where(where).values(line=b'{"forged": true}'))


# -- separation of duties


PATHS = ("checkpoint", "proof/inclusion", "proof/consistency", "verify")


@pytest.mark.parametrize("username", ["administrator", "county", "village"])
def test_dx_81_the_log_is_read_by_an_auditor_and_by_nobody_else(username, district, case):
    asked = {
        "proof/inclusion": {"case": case.id, "seq": 1},
        "proof/consistency": {"from": 0},
        "verify": {"case": case.id},
    }
    for path in PATHS:
        assert ask(district, path, **asked.get(path, {}))
        refused = ask(district, path, username, 403, **asked.get(path, {}))
        assert refused["code"] == "not_your_role"
        assert "DX-81" in refused["detail"]


def test_dx_81_an_auditor_reads_of_the_cases_of_their_own_area_only(district, case):
    appoint(district, "elsewhere-auditor", "auditor", sample.OTHER_TOWNSHIP)

    for path, asked in (
        ("proof/inclusion", {"case": case.id, "seq": 1}),
        ("verify", {"case": case.id}),
    ):
        assert ask(district, path, "elsewhere-auditor", 404, **asked)["code"] == "not_found"
    assert ask(district, "checkpoint", "elsewhere-auditor")["size"]


def test_dx_82_an_auditor_moves_no_case(district, case):
    for event in ("object", "conclude_publicity", "withdraw"):
        assert district.refused("auditor", case, event, 403)["code"] == "not_your_role"


def test_dx_82_no_document_may_give_the_auditors_role_to_anybody(rulebook):
    from service.workflows.policy import RESERVED  # noqa: PLC0415

    assert {"auditor", "administrator", "system"} <= RESERVED
    assert not any(RESERVED & set(procedure.policy.roles) for procedure in rulebook)


@pytest.mark.usefixtures("log")
def test_dx_82_nobody_is_appointed_as_administrator_and_as_auditor(dixian, district):
    for username, other in (("administrator", "auditor"), ("auditor", "administrator")):
        ended = dixian("user", "appoint", username, "--role", other, "--area", sample.COUNTY)
        assert (ended.status, "DX-82" in ended.err) == (1, True)

    done = dixian("user", "appoint", "auditor", "--role", "county_bureau", "--area", sample.COUNTY)

    assert done.status == 0, done.err
    today = office_date(SystemClock().now())  # the command's, not the story's
    held = district.read(lambda s: positions_held(s, by_username(s, "auditor").id, today))
    assert {one.role for one in held} >= {"auditor", "county_bureau"}


@pytest.mark.usefixtures("log")
def test_dx_82_somebody_who_is_both_all_the_same_is_told_of(district):
    look = lambda: district.read(  # noqa: E731 - said once
        lambda s: list(invariants.contradictions(s, district.office.rulebook))
    )
    assert look() == []

    appoint(district, "auditor", "administrator", sample.TOWNSHIP)

    assert [one for one in look() if "administrator and as auditor" in one]


# -- holders that are asked over the network


class AWitness:
    """A C2SP tlog-witness, as its specification says."""

    def __init__(self, log_key: Key) -> None:
        self.private = Ed25519PrivateKey.generate()
        public = self.private.public_key().public_bytes_raw()
        self.key = Key("witness.example/w1", public, verifier.COSIGNATURE)
        self.log_key, self.size, self.root = log_key, 0, b""

    def __call__(self, got: Received) -> Says:
        body, _, note = got.body.decode().partition("\n\n")
        old, *proof = body.split("\n")
        checkpoint = Checkpoint.of(note)
        if got.path != "/add-checkpoint" or not checkpoint.note.signed_by(self.log_key):
            return Says(403)
        if int(old.removeprefix("old ")) != self.size:
            return Says(409, f"{self.size}\n".encode(), {"Content-Type": "text/x.tlog.size"})
        ends = (self.size, self.root or SHA256.empty()), (checkpoint.size, checkpoint.root)
        if not verifier.extends(SHA256, *ends, [b64decode(one) for one in proof]):
            return Says(422)
        self.size, self.root = checkpoint.size, checkpoint.root
        return Says(200, self.sign(checkpoint).encode())

    def sign(self, checkpoint: Checkpoint, seconds: int = 1_800_000_000) -> str:
        signed = self.private.sign(verifier.cosigned(seconds, checkpoint.note.text))
        raw = self.key.id(verifier.COSIGNATURE) + seconds.to_bytes(8) + signed
        return f"— {self.key.name} {verifier.base64.b64encode(raw).decode()}\n"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as [one]:
        yield one


@pytest.fixture
def witness(log: Log, receiver: Receiver) -> AWitness:
    receiver.behaves = one = AWitness(log.key)
    log.holders = [Witness(settings_of(log, witness_url=receiver.url("")), one.key)]
    return one


def settings_of(log: Log, **changes: Any) -> Settings:
    said = {"private_networks": "127.0.0.0/8", "send_seconds": 30}
    return Settings(data_dir=log.folder, **said | changes)


def test_a_witness_signs_that_the_log_only_grew_and_its_signature_is_kept(
    district, log, witness, receiver
):
    for _ in range(3):
        district.apply()
        assert log.tick().problems == {}

    newest = district.read(newest_checkpoint)
    note = Note.of(district.read(lambda s: whole_note(s, newest)))
    assert note.signed_by(log.key)
    assert note.seen_at(witness.key)
    assert (witness.size, witness.root) == (newest.size, log.root())
    assert len(receiver.received) == 3
    assert ask(district, "checkpoint")["note"] == str(note)


@pytest.mark.usefixtures("witness")
def test_a_witness_that_holds_another_size_than_we_thought_is_asked_again_from_there(
    district, log, receiver
):
    district.apply()
    log.tick()
    district.change(lambda s: s.execute(text("DELETE FROM log_holder")))
    district.apply()

    assert log.tick().problems == {}
    assert [one.body.decode().split("\n")[0] for one in receiver.received] == [
        "old 0",
        "old 0",
        "old 3",
    ]


@pytest.mark.usefixtures("receiver")
def test_a_witness_that_holds_more_than_we_have_is_a_problem_that_is_told(district, log, witness):
    witness.size = 99
    district.apply()

    problems = log.tick().problems

    assert "rolled back" in problems[f"witness {witness.key.name}"]


@pytest.mark.parametrize(
    "says",
    [
        pytest.param(Says(500, b"no"), id="an error"),
        pytest.param(Says(200, b""), id="no signature"),
        pytest.param(Says(200, "— somebody.example/else AAAAAAAAAAAA\n".encode()), id="another's"),
        pytest.param(Says(200, b"\xff\xfe"), id="nonsense"),
        pytest.param(Says(409, b"x"), id="no size"),
        pytest.param("resets", id="a reset"),
    ],
)
def test_a_witness_that_misbehaves_stops_nothing_and_is_told_of(
    says, district, log, witness, receiver
):
    receiver.says(says)
    district.apply()

    done = log.tick()

    assert done.signed
    assert list(done.problems) == [f"witness {witness.key.name}"]
    row = district.read(lambda s: s.get_one(LogHolder, f"witness {witness.key.name}"))
    assert row.problem


def test_a_witness_whose_signature_is_forged_is_not_believed(district, log, witness, receiver):
    real = AWitness(log.key)
    receiver.behaves = lambda got: replace(
        real(got),
        body=real.sign(Checkpoint.of(got.body.decode().partition("\n\n")[2]))
        .encode()
        .replace(real.key.name.encode(), witness.key.name.encode()),
    )
    district.apply()

    assert log.tick().problems


def test_a_witness_on_the_inside_is_not_contacted_unless_the_operator_lists_its_network(
    district, log, witness, receiver
):
    log.holders = [
        Witness(settings_of(log, private_networks="", witness_url=receiver.url("")), witness.key)
    ]
    district.apply()

    assert log.tick().problems
    assert receiver.connections == 0


class Letters:
    """A mail server that keeps what it was given."""

    def __init__(self) -> None:
        self.letters: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.letters.append(envelope)
        return "250 OK"


def test_a_mailbox_gets_a_letter_with_the_checkpoint_and_not_too_many(district, log):
    letters = Letters()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(letters, hostname="127.0.0.1", port=port, server_hostname="test")
    server.start()
    told = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
    log.holders = [Mailbox(settings_of(log, checkpoint_mail="auditor@example.org", **told))]
    try:
        for hours in (0, 1, 24):
            district.clock.advance(hours=hours)
            district.apply()
            assert log.tick().problems == {}
    finally:
        server.stop()

    assert [envelope.rcpt_tos for envelope in letters.letters] == [["auditor@example.org"]] * 2
    assert b64decode_any(letters.letters[-1].content, log.checkpoints()[-1].note)


def b64decode_any(content: bytes, note: str) -> bool:
    """Tell whether a letter has a note as its attachment."""
    from email import message_from_bytes  # noqa: PLC0415

    parts = message_from_bytes(content).walk()
    return any(part.get_payload(decode=True) == note.encode() for part in parts)


def test_a_mailbox_that_cannot_be_reached_is_told_of(district, log):
    told = {"smtp_host": "127.0.0.1", "smtp_port": 1, "smtp_security": "none"}
    log.holders = [Mailbox(settings_of(log, checkpoint_mail="auditor@example.org", **told))]
    district.apply()

    assert list(log.tick().problems) == ["mailbox auditor@example.org"]


def test_the_holders_are_those_that_the_operator_names(log, witness, tmp_path):
    settings = settings_of(
        log,
        checkpoint_dirs=f"{tmp_path / 'a'},{tmp_path / 'b'}",
        witness_url="https://witness.example",
        witness_key=str(witness.key),
        checkpoint_mail="auditor@example.org",
    )

    assert [one.name for one in holders_of(settings)] == [
        f"folder {tmp_path / 'a'}",
        f"folder {tmp_path / 'b'}",
        "witness witness.example/w1",
        "mailbox auditor@example.org",
    ]


def test_metrics_tell_what_is_pending_unsigned_and_not_held(district, log):
    district.apply()
    log.signed()
    log.holders = []
    district.apply()
    log.signed()
    district.apply()
    district.clock.advance(minutes=3)

    told = dict(
        line.split()
        for line in district.client.get("/metrics").text.splitlines()
        if line.startswith("dixian_log")
    )

    assert {name: float(value) for name, value in told.items()} == {
        "dixian_log_lines": 5,
        "dixian_log_pending": 2,
        "dixian_log_unsigned_seconds": 180,
        "dixian_log_unheld_lines": 2,
    }


# -- the commands


@pytest.fixture
def dixian(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Callable[..., Any]:
    """Return what runs the command on the test's database."""
    monkeypatch.setenv("DIXIAN_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("DIXIAN_DATA_DIR", str(settings.data_dir))
    monkeypatch.chdir(settings.data_dir)

    def run(*arguments: str) -> "Ended":
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


class Ended:
    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err


def test_a_tick_signs_and_the_commands_verify_prove_and_write_out(
    dixian, district, settings, tmp_path
):
    case = district.a_case_at("publicity")
    told = dixian("tick")
    taken = re.search(r"(\d+) line\(s\) into the log, signed up to (\d+)", told.out)
    assert taken, told.err
    assert taken[1] == taken[2]
    assert int(taken[1]) > case.version  # what recurs was opened too
    assert len(list((settings.data_dir / "checkpoints").rglob("*.txt"))) == 1

    verified = dixian("audit", "verify")
    assert (verified.status, verified.err) == (0, "")
    assert "COMPLETE AND UNCHANGED" in verified.out

    note = dixian("audit", "checkpoint").out
    key = dixian("audit", "key").out.strip()
    assert Note.of(note).signed_by(Key.of(key))

    proof = dixian("audit", "prove", "--case", case.id, "--seq", "2").out
    assert proof.startswith("c2sp.org/tlog-proof@v1\nindex ")
    grown = json.loads(dixian("audit", "prove", "--from", "1").out)
    assert (grown["from"], grown["to"]) == (1, int(taken[2]))

    export = str(tmp_path / "export")
    assert dixian("audit", "export", export, "--purpose", "年度审计").status == 0
    assert dixian("audit", "verify", "--export", export).status == 0
    assert dixian("audit", "verifier", str(tmp_path / "tools")).status == 0
    assert {file.name for file in (tmp_path / "tools").iterdir()} == {
        "dixian_verify.py",
        "dixian_verify.mjs",
    }
    lines = tmp_path / "export" / "lines.jsonl"
    lines.write_bytes(lines.read_bytes().replace(b"sign_consent", b"sign_Consent", 1))
    damaged = dixian("audit", "verify", "--export", export)
    assert damaged.status == 1
    assert "lines.jsonl, line 4: line_changed 此行内容被改动" in damaged.out


def test_audit_verify_names_what_is_wrong_in_the_tree_and_what_has_no_way_into_it(dixian, district):
    case = district.a_case_at("consent")
    dixian("tick")
    district.change(
        lambda s: s.execute(text("UPDATE log_tile SET hashes = hashes WHERE level = 9"))
    )
    assert dixian("audit", "verify").status == 0
    district.change(break_a_tile)

    ended = dixian("audit", "verify")

    assert ended.status == 1
    assert "line 1: line_changed" in ended.out
    assert case.version == 1


def break_a_tile(session: Session) -> None:
    from service.store.log import TILES  # noqa: PLC0415

    hashes = session.execute(select(TILES.c.hashes).where(TILES.c.level == 0)).scalar_one()
    session.execute(update(TILES).values(hashes=b"\x00" + hashes[1:]))


def test_the_key_is_replaced_and_a_witness_taken_in_by_hand(dixian, district, tmp_path):
    district.apply()
    dixian("tick")
    before = dixian("audit", "key").out.split()
    note = tmp_path / "note.txt"
    note.write_text(dixian("audit", "checkpoint").out)
    by_hand = AWitness(Key.of(before[0]))
    signed = Checkpoint.of(note.read_text())
    note.write_text(f"{signed.note}{by_hand.sign(signed)}")

    told = dixian("audit", "countersign", str(note), "--witness", str(by_hand.key))
    assert told.status == 0, told.err
    assert Note.of(dixian("audit", "checkpoint").out).seen_at(by_hand.key)
    assert dixian("audit", "countersign", str(note), "--witness", before[0]).status == 1

    assert dixian("audit", "replace-key").status == 0
    dixian("tick")
    after = dixian("audit", "key").out.split()
    assert after[:-1] == before
    newest = Note.of(dixian("audit", "checkpoint").out)
    assert [newest.signed_by(Key.of(one)) for one in after] == [True, True]
    assert dixian("audit", "verify").status == 0


def test_a_tick_without_the_logs_key_says_that_the_log_is_not_kept_here(dixian, district, settings):
    settings.log_key_path.unlink()
    district.apply()

    ended = dixian("tick")

    assert (ended.status, ended.err) == (0, "")
    assert str(settings.log_key_path) in ended.out


@pytest.mark.usefixtures("district")
def test_commands_on_a_log_that_was_never_signed_or_asked_for_nothing_are_mistakes(
    dixian, tmp_path
):
    for command in (
        ("checkpoint",),
        ("prove",),
        ("prove", "--from", "0"),
        ("export", str(tmp_path / "x"), "--purpose", "x"),
        ("verify", "--export", str(tmp_path / "nothing"), "--key", "x+y+z"),
    ):
        ended = dixian("audit", *command)
        assert ended.status in {1, 2}, command
        assert "Traceback" not in ended.out + ended.err
    assert "No checkpoint is signed yet" in dixian("audit", "verify").out


def test_keys_makes_the_logs_key_too_with_its_name_and_its_hash(dixian, settings):
    settings.keys_path.unlink()
    settings.log_key_path.unlink()

    told = dixian("keys", "--log-name", "a.county.example/log", "--log-hash", "sm3")

    assert told.status == 0, told.err
    assert json.loads(settings.log_key_path.read_text())["hash"] == "sm3"
    assert settings.log_key_path.stat().st_mode & 0o777 == 0o600
    assert dixian("keys").status == 1
