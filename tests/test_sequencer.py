"""Every line becomes one leaf, whoever is killed when; every head that grew is signed.

Issue 6, part 2. The tree's own arithmetic is in `test_merkle.py`.
"""

import asyncio
import json
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from auditing import ORIGIN, Log
from district import District
from sqlalchemy import delete, insert, select, text
from sqlmodel import Session
from test_statements import counted

from service import scheduler
from service.audit import dixian_verify as verifier
from service.audit import keeping, lines, sequencer
from service.audit.dixian_verify import Checkpoint, Note
from service.audit.holders import Folder
from service.audit.log import keys_of, tree_of
from service.audit.merkle import Hashing, HashName
from service.audit.signer import LogKeyError, RolledBack, Signer
from service.scheduler import Ticker
from service.store import append_only, log_triggers
from service.store.cases import TRANSITIONS
from service.store.database import Database
from service.store.log import HEAD, LEAVES, LINES, PENDING, LogHolder, with_lines

SUBJECT = UUID(int=77)

# SQLite has one writer: nothing commits out of order there, and who comes second waits.
on_postgresql = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)


@pytest.fixture
def log(district: District, tmp_path: Path) -> Log:
    return Log(district, tmp_path)


def all_lines(session: Session) -> set[tuple[str, UUID, int]]:
    """Return every line there is, from the tables in which they stand."""
    moves = session.execute(select(TRANSITIONS.c.case_id, TRANSITIONS.c.seq)).all()
    others = session.execute(select(LINES.c.kind, LINES.c.subject_id, LINES.c.seq)).all()
    return {("transition", *move) for move in moves} | {tuple(other) for other in others}


def assert_each_line_is_one_leaf(log: Log) -> None:
    leaves = log.leaves()
    assert [leaf.leaf_index for leaf in leaves] == list(range(log.head().size))
    named = [(leaf.kind, leaf.subject_id, leaf.seq) for leaf in leaves]
    assert len(set(named)) == len(named)
    assert set(named) == log.at.read(all_lines)
    assert log.pending() == []
    assert log.root() == recomputed(log)


def recomputed(log: Log) -> bytes:
    """Return the root over the lines as they stand in their tables."""
    hashing = verifier.Hashing(log.signer.hash)
    growing = verifier.Growing(hashing)
    query = with_lines(LEAVES).order_by(LEAVES.c.leaf_index)
    for row in log.at.read(lambda s: s.execute(query).all()):
        growing.add(hashing.leaf(row.kind, row.line))
    return growing.root()


# -- lines become leaves


def test_every_line_is_pending_in_its_own_transaction_and_then_one_leaf(log):
    case = log.at.a_case_at("publicity")

    pending = {(p.kind, p.subject_id, p.seq) for p in log.pending()}
    assert pending == log.at.read(all_lines)
    of_the_case = {one for one in pending if one[0] == "transition"}
    assert of_the_case == {("transition", UUID(case.id), seq) for seq in range(1, case.version + 1)}
    assert log.leaves() == []

    checkpoint = log.signed()

    assert_each_line_is_one_leaf(log)
    assert (checkpoint.size, checkpoint.root) == (len(pending) + 1, log.root())


def test_what_is_rolled_back_is_pending_nowhere(log):
    case = log.at.apply()
    before = log.pending()

    log.at.refused("team", case, "sign_consent", 403)

    assert [one.kind for one in log.pending()[len(before) :]] == ["act", "attempt"]


def test_the_leaf_is_the_hash_of_the_kind_and_the_exact_bytes_of_the_line(log):
    case = log.at.apply()
    log.tick()

    line = log.at.history(case)[0]["line"]
    index = next(x.leaf_index for x in log.leaves() if x.subject_id == UUID(case.id))
    leaf = log.at.read(lambda session: tree_of(session).leaf(index))
    assert leaf == Hashing("sha256").leaf(b"transition\n" + line.encode())


def test_a_line_of_another_kind_becomes_a_leaf_by_the_same_way(log):
    def write(session: Session) -> None:
        for event in ("begin", "end"):
            lines.add_line(session, ("export", SUBJECT), event, log.at.clock.now(), {"count": 2})

    log.at.change(write)
    log.tick()

    first, second = (json.loads(row.line) for row in read_lines(log, "export"))
    assert (first["seq"], second["seq"], second["event"]) == (1, 2, "end")
    assert second["prev"] == verifier.hashlib.sha256(read_lines(log, "export")[0].line).hexdigest()
    assert first["role"] == "system"
    assert_each_line_is_one_leaf(log)


def read_lines(log: Log, kind: str):
    query = select(LINES).where(LINES.c.kind == kind).order_by(LINES.c.seq)
    return log.at.read(lambda session: session.execute(query).all())


def test_batches_of_any_size_give_the_same_tree(log, monkeypatch):
    log.at.a_case_at("publicity")
    monkeypatch.setattr(sequencer, "_UPCOMING", sequencer._UPCOMING.limit(3))  # noqa: SLF001

    made = []
    while not made or made[-1]:
        made.append(log.at.change(lambda s: sequencer.sequence(s, log.signer, log.at.clock.now())))

    assert made[0] == 3
    assert len(made) > 2
    assert_each_line_is_one_leaf(log)


@on_postgresql
def test_a_line_that_commits_after_later_ones_is_not_missed(district, log, database_url, runner):
    """Ids are taken in another order than transactions commit: nobody looks for ids above one."""
    slow = Database(database_url)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def scenario() -> None:
        async def late() -> None:
            async with slow._async.connect() as connection, connection.begin():  # noqa: SLF001
                await connection.execute(insert(PENDING), [pending_row(1)])
                begun.set()
                await go_on.wait()

        writing = asyncio.create_task(late())
        await begun.wait()
        district.apply()
        log.tick()
        go_on.set()
        await writing
        await slow.close()

    runner.run(scenario())
    assert [(p.kind, p.seq) for p in log.pending()] == [("export", 1)]


def pending_row(seq: int):
    return {"kind": "export", "subject_id": SUBJECT, "seq": seq}


def test_a_line_that_is_pending_twice_is_one_leaf(log):
    case = log.at.apply()
    again = {"kind": "transition", "subject_id": UUID(case.id), "seq": 1}
    log.at.change(lambda s: s.execute(insert(PENDING), [again, again]))
    log.tick()
    log.at.change(lambda s: s.execute(insert(PENDING), [again]))
    log.tick()

    assert_each_line_is_one_leaf(log)


def test_a_pending_line_that_is_gone_stops_no_other_and_stays_to_be_named(log):
    log.at.change(lambda s: s.execute(insert(PENDING), [pending_row(9)]))
    log.at.apply()

    log.tick()

    assert [p.seq for p in log.pending()] == [9]
    assert [leaf.kind for leaf in log.leaves()] == ["act", "transition", "log_key"]


@on_postgresql
def test_while_one_sequences_another_does_nothing(district, log, database_url, runner):
    log.tick()
    district.apply()  # a line for the household, one for the case
    other = Database(database_url)

    async def scenario() -> int:
        async with other._async.connect() as connection, connection.begin():  # noqa: SLF001
            await connection.execute(select(HEAD).with_for_update())
            made = log.tick()
        await other.close()
        return made.lines

    assert runner.run(scenario()) == 0
    assert log.tick().lines == 2
    assert_each_line_is_one_leaf(log)


def test_two_sequencers_at_once_leave_no_gap_and_no_double_leaf(log):
    for _ in range(3):
        log.at.a_case_at("publicity")
    office = log.at.office

    async def both() -> None:
        rounds = (
            keeping.tick(office.database, log.signer, log.holders, office.clock) for _ in range(8)
        )
        await asyncio.gather(*rounds)

    log.at.client.portal.call(both)
    log.tick()

    assert_each_line_is_one_leaf(log)


# -- checkpoints


def test_a_checkpoint_is_a_note_signed_by_the_logs_key_under_its_origin(log):
    log.at.apply()

    checkpoint = log.signed()

    origin, size, root, last = checkpoint.note.text.split("\n")
    assert (origin, size, last) == (f"{ORIGIN}/sha256", "3", "")
    assert verifier.unbase64(root) == log.root()
    assert checkpoint.note.signed_by(log.key)
    assert checkpoint.note.seen_at(log.key) == log.at.clock.now()
    assert log.checkpoints()[-1].note == str(checkpoint.note)


def test_nothing_new_is_nothing_signed(log):
    log.at.apply()
    log.signed()

    assert log.tick().signed is None
    assert len(log.checkpoints()) == 1


def test_an_example_of_the_standard_is_verified_and_none_of_its_forgeries():
    key = verifier.Key.of("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    signature = (
        "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72"
        "IneyaQM="
    )
    note = f"This is an example message.\n\n— example.com/foo {signature}\n"

    assert Note.of(note).signed_by(key)
    with pytest.raises(verifier.Forged):
        Note.of(note.replace("an example", "no example")).signed_by(key)
    assert not Note.of(note.replace("/foo", "/bar")).signed_by(key)
    for broken in (note[:-1], note.replace("\n\n", "\n"), note.replace("—", "-"), "", "x\n\n"):
        with pytest.raises(verifier.Malformed):
            Note.of(broken)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("o\n01\nAAAA\n", id="a size with a leading zero"),
        pytest.param("o\n-1\nAAAA\n", id="a size below none"),
        pytest.param("o\n1\nAAAA\n", id="a root that is too short"),
        pytest.param("o\n1\n", id="no root"),
        pytest.param("\n1\nAAAA\n", id="no origin"),
    ],
)
def test_what_is_no_checkpoint_is_not_read_as_one(body):
    with pytest.raises(verifier.Malformed):
        Checkpoint.of(f"{body}\n— o AAAAAAAA\n")


def test_a_log_that_hashes_with_sm3_says_so_in_its_origin(district, tmp_path):
    log = Log(district, tmp_path, HashName.SM3)
    district.apply()

    checkpoint = log.signed()

    assert checkpoint.origin == f"{ORIGIN}/sm3"
    assert checkpoint.root == recomputed(log)


def test_a_key_of_another_log_sequences_nothing(log, tmp_path):
    log.at.apply()
    log.tick()
    log.signer = Signer.create(tmp_path / "other.json", ORIGIN, HashName.SM3)
    log.at.apply()

    with pytest.raises(LogKeyError, match="sm3"):
        log.tick()
    assert len(log.leaves()) == 3


def test_a_replaced_key_is_named_by_a_line_that_the_old_one_signed(log):
    log.at.apply()
    log.signed()
    old = log.key
    new = log.at.change(lambda s: sequencer.replace_key(s, log.signer, log.at.clock.now()))
    log.at.apply()

    both, later = log.signed(), None
    log.at.apply()
    later = log.signed()

    said = json.loads(read_lines(log, "log_key")[-1].line)
    assert (said["event"], said["vkey"]) == ("replace_key", str(new))
    message = verifier.key_message(new, said["prev"])
    verifier._verify(old, verifier.unbase64(said["signature"]), message)  # noqa: SLF001
    assert [both.note.signed_by(key) for key in (old, new)] == [True, True]
    assert [later.note.signed_by(key) for key in (old, new)] == [False, True]
    assert [one.key for one in log.at.read(keys_of)] == [old, new]


def test_a_key_that_somebody_wrote_into_the_log_signs_nothing(log, tmp_path):
    log.at.apply()
    log.signed()
    theirs = Signer.create(tmp_path / "theirs.json", ORIGIN)
    log.at.change(
        lambda s: sequencer._name_key(s, theirs, theirs.keys[0], None, log.at.clock.now())  # noqa: SLF001
    )

    with pytest.raises(LogKeyError, match="does not hold"):
        log.tick()


# -- what was signed is not taken back


def test_a_database_that_was_put_back_to_yesterday_is_not_signed_again(log):
    log.at.apply()
    log.signed()
    size = log.head().size
    tiles = log.at.read(lambda s: s.execute(text("SELECT * FROM log_tile")).mappings().all())
    log.at.apply()
    log.signed()

    put_back(log, size, tiles)
    log.at.apply()
    log.at.apply()

    with pytest.raises(RolledBack, match="does not continue"):
        log.tick()


def put_back(log: Log, size: int, tiles) -> None:
    """Take the newest lines out as the owner of the database can: triggers down, rows away."""

    def work(session: Session) -> None:
        dialect = session.get_bind().dialect.name
        for table in ("transition", "log_leaf", "log_checkpoint"):
            for statement in append_only.removal(dialect, table):
                session.execute(text(statement))
        session.execute(delete(LEAVES).where(LEAVES.c.leaf_index >= size))
        session.execute(text(f"DELETE FROM log_checkpoint WHERE size > {size}"))  # noqa: S608
        session.execute(text(f"UPDATE log_head SET size = {size}"))  # noqa: S608
        session.execute(text("DELETE FROM log_tile"))
        for tile in tiles:
            session.execute(
                text("INSERT INTO log_tile VALUES (:level, :tile_index, :hashes)"), dict(tile)
            )

    log.at.change(work)


# -- holders


def test_the_folder_holds_each_checkpoint_in_a_file_of_its_own_that_nobody_may_write(log):
    notes = []
    for _ in range(3):
        log.at.apply()
        notes.append(str(log.signed().note))

    files = sorted(log.folder.rglob("*.txt"))
    assert [file.read_text() for file in files] == notes
    assert {file.stat().st_mode & 0o777 for file in files} == {0o444}
    assert [file.name for file in log.folder.rglob(".*")] == []


def test_a_file_that_is_held_is_never_overwritten_and_a_fork_is_told(log):
    log.at.apply()
    size = log.signed().size
    (file,) = log.folder.rglob("*.txt")
    other = log.held()[0]
    forged = str(other.note).replace(other.note.text.split("\n")[2], "A" * 43 + "=")
    file.unlink()
    file.write_text(forged)
    log.at.change(lambda s: s.execute(text("DELETE FROM log_holder")))

    problems = log.tick().problems

    assert f"another tree of {size} lines" in problems[f"folder {log.folder}"]
    assert file.read_text() == forged


def test_a_holder_that_fails_stops_nobody_and_is_tried_again(log, tmp_path):
    broken = tmp_path / "not-a-folder"
    broken.write_text("")
    log.holders = [Folder(broken), *log.holders]
    log.at.apply()

    first = log.tick()
    assert list(first.problems) == [f"folder {broken}"]
    assert [one.size for one in log.held()] == [3]

    broken.unlink()
    assert log.tick().problems == {}
    assert len(list(broken.rglob("*.txt"))) == 1
    row = log.at.read(lambda s: s.get_one(LogHolder, f"folder {broken}"))
    assert (row.size, row.problem) == (3, None)


# -- soon, and at the holders' own pace


def test_a_round_in_which_nothing_is_new_costs_three_statements_and_locks_nothing(log):
    log.at.apply()
    log.signed()

    with counted(log.at) as statements:
        log.tick()

    assert len(statements) == 3
    assert all(one.startswith("SELECT") and "FOR UPDATE" not in one for one in statements)


def test_a_line_is_signed_two_seconds_after_it_and_the_holders_are_no_part_of_that(district):
    """Five seconds from a line to its checkpoint: what ticks, and how often."""
    ticker = Ticker(district.office)
    started = []
    ticker._every = lambda seconds, work, **_: started.append((work, seconds))  # noqa: SLF001
    district.client.portal.call(started_and_stopped, ticker)

    seconds = district.office.settings.tick_seconds
    assert seconds == 5
    assert dict(started)[scheduler.keep] == 2
    assert dict(started)[scheduler.hand_over] == seconds


async def started_and_stopped(ticker: Ticker) -> None:
    ticker.start()
    await ticker.stop()


def test_a_tick_of_the_service_signs_and_another_hands_over(log):
    office = log.at.office
    log.at.apply()

    log.at.client.portal.call(scheduler.keep, office)
    assert [one.size for one in log.checkpoints()] == [3]
    (folder,) = office.settings.checkpoint_paths
    assert not folder.exists()

    log.at.client.portal.call(scheduler.hand_over, office)
    assert [file.name for file in folder.rglob("*.txt")] == ["000000000003.txt"]


def test_a_holder_gets_the_newest_at_its_own_pace_however_many_are_signed(log):
    log.holders = [Folder(log.folder, timedelta(minutes=1))]
    for _ in range(6):
        log.at.apply()
        log.signed()
        log.at.clock.advance(seconds=20)
    log.at.clock.advance(seconds=60)
    log.tick()
    log.at.clock.advance(hours=1)
    log.tick()

    signed = [one.size for one in log.checkpoints()]
    assert [one.size for one in log.held()] == [signed[0], signed[3], signed[5]]


def test_a_holder_that_failed_is_left_alone_for_a_minute(log):
    log.folder.write_text("")
    log.holders = [Folder(log.folder, timedelta(days=1))]
    log.at.apply()

    assert log.tick().problems
    log.at.clock.advance(seconds=59)
    assert log.tick().problems == {}
    log.at.clock.advance(seconds=1)
    assert log.tick().problems
    log.folder.unlink()
    log.at.clock.advance(seconds=60)

    assert log.tick().problems == {}
    assert [one.size for one in log.held()] == [3]


# -- killed at every step

TICK_UNTIL_KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from sqlalchemy import event
from service.audit import keeping, signer
from service.audit.holders import Folder
from service.clock import SystemClock
from service.store.database import Database

url, folder = sys.argv[1], Path(sys.argv[2])
steps = at = 0

def step(*_):
    global steps
    steps += 1
    if steps == at:
        os.kill(os.getpid(), signal.SIGKILL)

for name in ("replace", "link", "fsync"):
    real = getattr(os, name)
    setattr(os, name, lambda *args, real=real: (step(), real(*args))[1])

def tick():
    database = Database(url)
    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(database.engine, name, step)
    holders = [Folder(folder / "outside")]
    key = signer.Signer(folder / "key" / "log-key.json")
    asyncio.run(keeping.tick(database, key, holders, SystemClock()))

for line in sys.stdin:
    at = int(line)
    child = os.fork()
    if child == 0:
        tick()
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Told a number on each line: a child does one round and is killed at the step of this number."""


class Killed:
    """Rounds in a process of their own, each of which is killed at a step."""

    def __init__(self, url: str, folder: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - what is run is written above
            [sys.executable, "-c", TICK_UNTIL_KILLED, url, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def at(self, step: int) -> bool:
        """Do a round; tell whether it was killed, or came to its end before that step."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{step}\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        assert code in {0, -signal.SIGKILL}
        return code != 0

    def close(self) -> None:
        self._process.communicate()


def test_a_sequencer_that_is_killed_at_any_step_leaves_no_gap_and_no_double_leaf(
    log, database_url, tmp_path
):
    """Before and after each statement, at each commit, around each file: then another goes on."""
    log.at.apply()
    log.tick()
    rounds, at, killed = Killed(database_url, tmp_path), 0, True
    while killed:
        at += 1
        log.at.apply()
        killed = rounds.at(at)
        if at % 5 == 0:
            log.tick()
            assert_each_line_is_one_leaf(log)
    rounds.close()
    log.tick()

    assert at > 30
    assert_each_line_is_one_leaf(log)
    roots = {one.size: one.root for one in log.checkpoints()}
    for held in log.held():
        assert roots[held.size] == held.root == log.root(held.size)


# -- the triggers stand


def test_a_trigger_that_was_dropped_or_altered_is_missing(log):
    dialect = log.at.read(lambda s: s.get_bind().dialect.name)
    assert log.at.read(log_triggers.missing) == []

    for statement in list(log_triggers.removal(dialect))[:1]:
        log.at.change(lambda s, statement=statement: s.execute(text(statement)))
    assert log.at.read(log_triggers.missing) == ["log_pending_of_transition"]
    assert log.at.client.get("/readyz").status_code == 503

    log.at.change(lambda s: log_triggers.install(s.connection().exec_driver_sql, dialect))
    assert log.at.client.get("/readyz").status_code == 200
