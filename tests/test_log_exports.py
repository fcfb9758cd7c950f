"""The log taken away, in every format, in parts, for any filter: read by others, and verified.

Issue 6, part 4. How it is asked for is in `test_export_orders.py`.
"""

import csv
import hashlib
import json
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet
from python_calamine import CalamineWorkbook
from test_attacks import World

from service import sample
from service.audit import dixian_verify
from service.audit.extract import Lines
from service.clock import office_date
from service.exports import as_csv, as_xlsx, writing
from service.exports.asked import Filter
from service.exports.cells import COLUMNS, Batch
from service.exports.formats import FORMATS
from service.exports.work import Wanted, order, written

TABLES = ("csv", "xlsx", "parquet", "xes")
NAMES = [column.name for column in COLUMNS]


@pytest.fixture
def world(district, tmp_path):
    return World(district, tmp_path)


def lines_of(export: Path) -> list[dict[str, Any]]:
    """Return what the lines of an export say, each with its index and kind."""
    found = []
    for part in sorted(export.glob("lines*.jsonl")):
        for content in part.read_text("utf-8").splitlines():
            told = json.loads(content)
            said = json.loads(told["line"])
            found.append(said | {"index": told["index"], "line_kind": told["kind"]})
    return found


def moves_of(export: Path) -> list[dict[str, Any]]:
    return [line for line in lines_of(export) if line["line_kind"] == "transition"]


# -- the whole log, in every format at once, in parts


def test_an_export_in_every_format_and_in_parts_is_complete_and_unchanged(world):
    export = world.auditor.export(formats=TABLES, part_lines=4)

    parts = -(-world.sizes[-1] // 4)
    assert parts > 2
    names = [f"-{part:06}" for part in range(1, parts + 1)]
    assert {path.name for path in export.iterdir()} == {
        "manifest.json",
        "cases.jsonl",
        "transitions.xes",
        *(f"lines{name}.jsonl" for name in names),
        *(f"transitions{name}.{table}" for name in names for table in TABLES[:3]),
    }
    assert world.auditor.verify(export).verdict == "complete and unchanged"


def test_the_manifest_says_what_each_file_holds(world):
    export = world.auditor.export(formats=TABLES, part_lines=4)

    manifest = json.loads((export / "manifest.json").read_text())

    size = world.sizes[-1]
    assert (manifest["count"], manifest["first"], manifest["last"]) == (size, 0, size - 1)
    second = manifest["files"]["transitions-000002.csv"]
    assert (second["lines"], second["first"], second["last"]) == (4, 4, 7)
    for name, told in manifest["files"].items():
        assert told["sha256"] == hashlib.sha256((export / name).read_bytes()).hexdigest()


def test_a_part_of_the_log_has_tables_of_its_own_lines(world):
    export = world.auditor.export(formats=TABLES, cases=[world.cases[0].id], held=world.sizes)

    assert world.auditor.verify(export).verdict == "unchanged"
    with (export / "transitions.csv").open(encoding="utf-8-sig", newline="") as file:
        indexes = [row["index"] for row in csv.DictReader(file)]
    assert indexes == [str(line["index"]) for line in lines_of(export)]


# -- what was done to a table on its way, by somebody who made its hash anew


def resealed(export: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    """Change a file, and what the manifest says of it."""
    before = (export / name).read_bytes()
    (export / name).write_bytes(change(before))
    assert (export / name).read_bytes() != before
    reseal(export, name)


def reseal(export: Path, name: str) -> None:
    """Let the manifest say of a file what it is now."""
    manifest = json.loads((export / "manifest.json").read_text())
    sha256 = hashlib.sha256((export / name).read_bytes()).hexdigest()
    manifest["files"][name]["sha256"] = sha256
    (export / "manifest.json").write_text(json.dumps(manifest))


def without_line(number: int) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        del lines[number - 1]
        return b"".join(lines)

    return change


def twice_line(number: int) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        return b"".join([*lines[:number], *lines[number - 1 :]])

    return change


def first(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old, new, 1)


CSV, XES, XLSX = "transitions.csv", "transitions.xes", "transitions.xlsx"


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        pytest.param(
            CSV, first(b"sign_consent", b"withdraw"), (CSV, 5, "row_differs"), id="csv: a cell"
        ),
        pytest.param(CSV, first(b"\r\n0,", b"\r\n90,"), (CSV, 2, "row_differs"), id="csv: index"),
        pytest.param(CSV, without_line(3), (CSV, None, "row_missing"), id="csv: a row left out"),
        pytest.param(CSV, twice_line(3), (CSV, 4, "row_differs"), id="csv: a row twice"),
        pytest.param(
            CSV, lambda content: content + b"x,y\r\n", (CSV, 0, "row_differs"), id="csv: a row more"
        ),
        pytest.param(
            XES, first(b"sign_consent", b"withdraw"), (XES, 2, "row_differs"), id="xes: an event"
        ),
        pytest.param(
            XES,
            first(b"2021-06", b"2022-06"),
            (XES, 1, "row_differs"),
            id="xes: a time",
        ),
    ],
)
def test_what_was_done_to_a_table_is_named_with_its_row(name, change, expected, world):
    export = world.auditor.export(formats=TABLES)
    resealed(export, name, change)

    found = world.auditor.verify(export)

    file, row, kind = expected
    row = len((export / file).read_bytes().splitlines()) if row == 0 else row
    assert (file, row, kind) in found.damages
    assert found.status == 1


def test_an_event_that_is_left_out_of_the_xes_is_missed(world):
    export = world.auditor.export(formats=["xes"])
    resealed(export, XES, lambda content: re.sub(rb"<event>.*?</event>\n", b"", content, count=1))

    assert world.auditor.verify(export).kinds == {"row_missing"}


def test_a_trace_under_another_cases_name_is_named_event_by_event(world):
    export = world.auditor.export(formats=["xes"])
    resealed(export, XES, first(world.cases[0].id.encode(), str(UUID(int=1)).encode()))

    damages = world.auditor.verify(export).damages

    assert damages == {(XES, row, "row_differs") for row in range(1, world.cases[0].version + 1)}


def test_a_cell_of_the_workbook_that_was_changed_is_named(world):
    export = world.auditor.export(formats=["xlsx"])
    book = openpyxl.load_workbook(export / XLSX)
    book.active["E4"] = "withdraw"
    book.active["F5"] = "=1+1"
    book.save(export / XLSX)
    reseal(export, XLSX)

    found = world.auditor.verify_with_python(export)

    assert {(XLSX, 4, "row_differs"), (XLSX, 5, "row_differs")} <= found.damages


def test_a_value_of_the_parquet_that_was_changed_is_named(world):
    export = world.auditor.export(formats=["parquet"])
    path = export / "transitions.parquet"
    table = parquet.read_table(path)
    events = table["event"].to_pylist()
    events[2] = "withdraw"
    table = table.set_column(NAMES.index("event"), "event", pa.array(events))
    parquet.write_table(table.slice(0, len(events) - 1), path)
    reseal(export, path.name)

    found = world.auditor.verify_with_python(export)

    assert found.damages == {
        (path.name, 3, "row_differs"),
        (path.name, None, "row_missing"),
    }


@pytest.mark.parametrize("table", TABLES)
def test_a_table_that_is_none_cannot_be_read_and_is_told_so(table, world):
    export = world.auditor.export(formats=[table])
    (export / f"transitions.{table}").write_bytes(b"\x00\xff nothing")
    reseal(export, f"transitions.{table}")

    assert world.auditor.verify_with_python(export).status == 1


# -- other people's readers


def test_pandas_reads_the_parquet_with_its_types(world):
    export = world.auditor.export(formats=["parquet"], part_lines=4)

    frame = pd.concat(map(pd.read_parquet, sorted(export.glob("*.parquet"))), ignore_index=True)

    said = lines_of(export)
    assert list(frame.columns) == NAMES
    assert list(frame["index"]) == [line["index"] for line in said]
    assert str(frame["at"].dtype) == "datetime64[us, UTC]"
    moves = [line for line in said if line["line_kind"] == "transition"]
    told = frame[frame["line_kind"] == "transition"]
    assert list(told["event"]) == [line["event"] for line in moves]
    assert [at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") for at in told["at"]] == [
        line["received_at"] for line in moves
    ]
    assert list(told["seq"]) == [line["seq"] for line in moves]


def test_a_workbook_has_no_formula_and_its_numbers_and_ids_are_what_they_were(world):
    export = world.auditor.export(formats=["xlsx"])

    sheet = openpyxl.load_workbook(export / XLSX).active
    rows = list(sheet.iter_rows(min_row=2))
    said = lines_of(export)
    assert {cell.data_type for row in rows for cell in row} <= {"s", "n", "inlineStr"}
    assert [row[0].value for row in rows] == [line["index"] for line in said]
    area = NAMES.index("area")
    assert all(isinstance(row[area].value, str | None) for row in rows)
    read = CalamineWorkbook.from_path(export / XLSX).get_sheet_by_index(0).to_python()
    assert [row[NAMES.index("event")] for row in read[1:]] == [line["event"] for line in said]


def test_the_csv_opens_as_text_in_the_columns_of_the_other_tables(world):
    export = world.auditor.export(formats=["csv"])

    content = (export / CSV).read_bytes()
    rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))

    assert content.startswith(b"\xef\xbb\xbf")
    assert list(rows[0]) == NAMES
    for row, said in zip(rows, lines_of(export), strict=True):
        assert (row["event"], row["to"]) == (said["event"], said.get("to") or "")


def test_no_cell_becomes_a_formula_whatever_a_line_says(tmp_path):
    wicked = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]
    lines = [json.dumps({"event": text, "role": "510123"}).encode() for text in wicked]
    some = Lines(range(6), ["transition"] * 6, lines, [b""] * 6)
    for name, module in ((CSV, as_csv), (XLSX, as_xlsx)):
        writer = module.Writer(tmp_path / name)
        writer.add(Batch(some))
        writer.close()

    with (tmp_path / CSV).open(encoding="utf-8-sig", newline="") as file:
        assert [row["event"] for row in csv.DictReader(file)] == [f"'{text}" for text in wicked]
    sheet = openpyxl.load_workbook(tmp_path / XLSX).active
    cells = [row[NAMES.index("event")] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value.replace("_x000D_", "\r") for cell in cells] == wicked
    assert {row[NAMES.index("role")].value for row in sheet.iter_rows(min_row=2)} == {"510123"}


# -- lines that somebody with rights on the database wrote anew

SOUND = b'{"case":"c","event":"apply","received_at":"2021-06-03T07:30:00.000000Z","seq":1}'
UNREADABLE = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[1]",
    "no text": b'{"event":"\xff"}',
    "half a character": rb'{"event":"\ud800"}',
    "cut off": SOUND[:-1],
    "two in one": SOUND + SOUND,
    "another line end": SOUND + b"\n" + SOUND,
    "deep": b'{"event":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "another kind of value": b'{"event":5,"seq":"1","round":true,"received_at":["x"]}',
    "a number too long": b'{"seq":9223372036854775808}',
}


@pytest.mark.parametrize("line", UNREADABLE.values(), ids=UNREADABLE)
def test_a_line_that_cannot_be_read_is_an_empty_row_between_the_others(line):
    lines = [line, SOUND, line, SOUND]
    some = Lines(range(4), ["transition"] * 4, lines, [b""] * 4)

    odd, sound, again, after = Batch(some).table.to_pylist()

    assert after == sound | {"index": 3}
    assert (sound["subject"], sound["event"], sound["seq"]) == ("c", "apply", 1)
    place = {"index": 0, "line_kind": "transition", "hash": hashlib.sha256(line).hexdigest()}
    assert odd == dict.fromkeys(NAMES) | place
    assert again == odd | {"index": 2}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_takes_whatever_a_line_says(name, tmp_path):
    odd = {"event": "\x00\x1f<&>\"'\n\uffff", "received_at": "yesterday", "seq": -1}
    lines = [SOUND, *UNREADABLE.values(), json.dumps(odd).encode()]
    count = len(lines)
    some = Lines(range(count), ["transition"] * count, lines, [b""] * count)

    writer = FORMATS[name].writer(tmp_path / "odd")
    writer.add(Batch(some))
    writer.close()

    if reader := dixian_verify.TABLES.get(name):
        with (tmp_path / "odd").open("rb") as file:
            rows = [row for _, row in reader(file)]
        assert [row[0] for row in rows] == [str(index) for index in range(count)]


AS_A_PROCESS_MINER = """
import json, sys
import pm4py
log = pm4py.read_xes(sys.argv[1], return_legacy_log_object=False)
print("FOUND" + json.dumps({
    "cases": sorted(log["case:concept:name"].unique()),
    "events": log["concept:name"].value_counts().to_dict(),
    "roles": sorted(log["org:role"].unique()),
    "lifecycle": sorted(log["lifecycle:transition"].unique()),
    "times": [at.isoformat() for at in log["time:timestamp"]],
    "variants": len(pm4py.get_variants(log)),
}))
"""


def test_pm4py_counts_the_cases_and_events_that_the_log_has(world):
    export = world.auditor.export(formats=["xes"], part_lines=4)

    command = [sys.executable, "-c", AS_A_PROCESS_MINER, str(export / XES)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    found = json.loads(done.stdout.rpartition("FOUND")[2])

    moves = sorted(moves_of(export), key=lambda line: (line["case"], line["seq"]))
    assert found["cases"] == sorted({line["case"] for line in moves})
    assert found["events"] == Counter(line["event"] for line in moves)
    assert found["roles"] == sorted({line["role"] for line in moves})
    assert found["lifecycle"] == ["complete"]
    assert len(found["times"]) == len(moves)
    assert found["variants"] == len(
        {tuple(m["event"] for m in moves if m["case"] == case) for case in found["cases"]}
    )


# -- what is asked for


def asked_for(world: World, **wanted: Any) -> list[tuple[str, int]]:
    """Return the case and number of every move that fits a filter, from an export of it."""
    shutil.rmtree(world.auditor.folder / "asked", ignore_errors=True)
    export = world.auditor.export("asked", held=world.sizes, **wanted)
    assert world.auditor.verify(export).verdict == "unchanged"
    assert [line["line_kind"] for line in lines_of(export)].count("log_key") == 1
    return [(line["case"], line["seq"]) for line in moves_of(export)]


def test_a_filter_finds_what_fits_it_and_nothing_else(world):
    world.at.act("county", world.cases[2], "record_comparison")
    world.sizes.append(world.log.signed().size)
    every = moves_of(world.auditor.export())
    fits = lambda such: [(m["case"], m["seq"]) for m in every if such(m)]  # noqa: E731
    actor = every[0]["person"]
    assert len({m["person"] for m in every}) > 1

    for wanted, such in (
        ({"area": sample.VILLAGE}, lambda _: True),
        ({"area": sample.COUNTY}, lambda _: True),
        ({"area": sample.OTHER_TOWNSHIP}, lambda _: False),
        ({"kinds": ["monitoring_object"]}, lambda _: True),
        ({"kinds": ["campaign"]}, lambda _: False),
        ({"policies": ["taogou-2021@1"]}, lambda _: True),
        ({"policies": ["taogou-2021@2"]}, lambda _: False),
        ({"events": ["sign_consent"]}, lambda m: m["event"] == "sign_consent"),
        ({"actors": [actor]}, lambda m: m["person"] == actor),
        (
            {"cases": [world.cases[1].id, world.cases[0].id]},
            lambda m: m["case"] in {one.id for one in world.cases[:2]},
        ),
        (
            {"cases": [world.cases[0].id], "events": ["sign_consent", "apply"]},
            lambda m: m["case"] == world.cases[0].id and m["event"] in {"sign_consent", "apply"},
        ),
    ):
        assert asked_for(world, **wanted) == fits(such), wanted


def test_days_are_the_offices_and_both_are_included(world):
    at = world.at
    at.clock.advance(days=30)
    late = at.apply()
    world.log.signed()
    day = office_date(at.clock.now())
    every = [(move["case"], move["seq"]) for move in moves_of(world.auditor.export())]

    assert asked_for(world, since=day) == [(late.id, 1)]
    assert asked_for(world, since=day, until=day) == [(late.id, 1)]
    assert asked_for(world, since=day + timedelta(days=1)) == []
    assert asked_for(world, until=day - timedelta(days=1)) == every[:-1]


def test_only_a_filter_of_whole_cases_claims_to_have_them_from_first_to_last(world):
    whole = world.auditor.export("whole", cases=[world.cases[0].id])
    some = world.auditor.export("some", cases=[world.cases[0].id], events=["sign_consent"])

    manifests = [json.loads((one / "manifest.json").read_text()) for one in (whole, some)]

    assert [one["whole_cases"] for one in manifests] == [True, False]
    assert [(one / "cases.jsonl").exists() for one in (whole, some)] == [True, False]
    assert (manifests[0]["whole"], manifests[1]["whole"]) == (False, False)


# -- an export that breaks off


class PowerCut(Exception):
    pass


def broken_at(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine stop in the middle of a part."""
    add, seen = as_csv.Writer.add, []

    def cut(writer: as_csv.Writer, batch: Batch) -> None:
        seen.append(batch)
        if len(seen) == part:
            raise PowerCut
        add(writer, batch)

    monkeypatch.setattr(as_csv.Writer, "add", cut)


def contents(export: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in export.iterdir()}


def test_an_export_that_broke_off_goes_on_at_its_unfinished_part(world, monkeypatch):
    same = ["csv", "parquet", "xes"]  # a workbook says when it was made
    whole = world.auditor.export("whole", formats=same, part_lines=4)
    with monkeypatch.context() as patched:
        broken_at(3, patched)
        with pytest.raises(PowerCut):
            world.auditor.export("broken", formats=same, part_lines=4)
    broken = world.auditor.folder / "broken"
    assert not (broken / "manifest.json").exists()
    assert world.auditor.verify(broken).kinds == {"file_unreadable"}
    kept = {path.name: path.stat().st_ino for path in broken.glob("*-00000[12].*")}
    assert len(kept) == 2 * 3

    world.auditor.export("broken", formats=same, part_lines=4)

    assert {name: (broken / name).stat().st_ino for name in kept} == kept
    assert contents(broken) == contents(whole)
    assert world.auditor.verify(broken).verdict == "complete and unchanged"


WRITE_UNTIL_KILLED = """
import os, signal, sys
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID
from sqlalchemy import event
from service.exports import as_csv, as_jsonl, as_parquet, as_xes, work
from service.store.database import Database

url, export_id, folder = sys.argv[1], UUID(sys.argv[2]), Path(sys.argv[3])
now, left = datetime.fromisoformat(sys.argv[4]), int(sys.argv[5])
work.Job = partial(work.Job, part_lines=4)

def stepping(real):
    def step(*args, **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **named)
    return step

for module in (as_csv, as_jsonl, as_parquet, as_xes):
    for name in ("__init__", "add", "close"):
        setattr(module.Writer, name, stepping(getattr(module.Writer, name)))
for name in ("rename", "unlink", "write_text"):
    setattr(Path, name, stepping(getattr(Path, name)))
database = Database(url)
event.listen(database.engine, "before_cursor_execute", stepping(lambda *_: None))
written = lambda session: work.written(session, export_id, folder, now, lambda share: None)
database.transact_now(written, keep=False)
"""
"""Writes an export, or the rest of one, and is killed at the step of a number."""


def test_an_export_that_is_killed_again_and_again_is_the_same_in_the_end(world, settings, tmp_path):
    same, now = ("csv", "parquet", "xes"), world.at.clock.now()
    whole, killed = world.auditor.export("whole", formats=same, part_lines=4), tmp_path / "killed"
    wanted = Wanted(Filter(), same, "审计")
    ordered = world.at.change(lambda session: order(session, wanted, None, now).id)
    told = (settings.url, str(ordered), str(killed), now.isoformat())
    ended: list[int] = []

    while ended[-1:] != [0]:
        step = str(10 * len(ended) + 10)
        command = [sys.executable, "-c", WRITE_UNTIL_KILLED, *told, step]
        ended.append(subprocess.run(command, check=False).returncode)  # noqa: S603

    assert len(ended) > 4
    assert set(ended[:-1]) == {-signal.SIGKILL}
    assert contents(killed) == contents(whole)
    assert world.auditor.verify(killed).verdict == "complete and unchanged"


def test_an_export_that_died_at_its_last_step_holds_nothing_but_itself(world, monkeypatch):
    now, folder = world.at.clock.now(), world.auditor.folder / "export"
    wanted = Wanted(Filter(), ["csv"], "审计")
    ordered = world.at.change(lambda session: order(session, wanted, None, now).id)

    def run() -> None:
        world.at.read(lambda s: written(s, ordered, folder, now, lambda _share: None))

    def cut(_: Path) -> None:
        raise PowerCut

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", cut)
        with pytest.raises(PowerCut):
            run()
    assert (folder / "manifest.json").exists()
    run()

    manifest = json.loads((folder / "manifest.json").read_text())
    assert set(contents(folder)) == {"manifest.json", *manifest["files"]}


def test_a_part_that_was_damaged_meanwhile_is_written_anew(world, monkeypatch):
    with monkeypatch.context() as patched:
        broken_at(3, patched)
        with pytest.raises(PowerCut):
            world.auditor.export("broken", formats=["csv"], part_lines=4)
    part = world.auditor.folder / "broken" / "lines-000001.jsonl"
    part.write_bytes(part.read_bytes()[:-1])

    export = world.auditor.export("broken", formats=["csv"], part_lines=4)

    assert world.auditor.verify(export).verdict == "complete and unchanged"


def test_a_folder_that_holds_another_export_is_left_alone(world, monkeypatch):
    with monkeypatch.context() as patched:
        broken_at(2, patched)
        with pytest.raises(PowerCut):
            world.auditor.export("broken", formats=["csv"], part_lines=4)
    whole = world.auditor.export("whole")

    for name in ("broken", "whole"):
        with pytest.raises(writing.AnotherExport):
            world.auditor.export(name, events=["apply"])
    assert world.auditor.verify(whole).verdict == "complete and unchanged"


def test_a_part_has_fewer_lines_than_a_sheet_has_rows():
    assert writing.PART_LINES + 1 <= 1_048_576


def test_every_format_is_named_once_and_has_a_file_of_its_own():
    stems = [(one.stem, one.suffix) for one in FORMATS.values()]

    assert len(set(stems)) == len(FORMATS)
    assert set(FORMATS) == {"jsonl", *TABLES}
