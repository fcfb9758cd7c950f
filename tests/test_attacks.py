"""Every attack on the log is named by the offline verifiers; a clean log is called clean.

Issue 6, part 5. Two verifiers, in two languages, look at every export here and must agree
(`auditing.Auditor.verify`). First what can be done to an export on its way; then what the owner
of the database can do before it is made, and what only a checkpoint held outside shows.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from auditing import HERE, ORIGIN, Auditor, Log
from district import PDF, Case, District
from sqlalchemy import delete, insert, select, text, update
from sqlmodel import Session

from service.audit import chain, checking, dixian_verify, sequencer
from service.audit.chain import canonical, digest
from service.audit.log import entry, tree
from service.audit.merkle import Hashing, HashName
from service.audit.signer import Signer
from service.store import append_only, log_triggers
from service.store.cases import CASES, TRANSITIONS
from service.store.log import HEAD, LEAVES, TILES, LogCheckpoint, with_lines

LINES, MANIFEST = "lines.jsonl", "manifest.json"
CHECKPOINTS = LogCheckpoint.__table__


class World:
    """A log of three cases, with a checkpoint held outside after each."""

    def __init__(self, at: District, folder: Path, hash_name: HashName = HashName.SHA256) -> None:
        self.at, self.log = at, Log(at, folder, hash_name)
        self.auditor = Auditor(self.log, folder)
        self.cases: list[Case] = []
        for state in ("posting", "consent", "publicity"):
            self.cases.append(at.a_case_at(state))
            self.log.signed()
        self.sizes = [one.size for one in self.log.held()]

    def change(self, *works: Callable[[Session], object]) -> None:
        """Change the database as its owner can: with every trigger down."""

        def work(session: Session) -> None:
            dialect = session.get_bind().dialect.name
            downs = [*log_triggers.removal(dialect)]
            for table in append_only.TABLES:
                downs += append_only.removal(dialect, table)
            for down in downs:
                session.execute(text(down))
            for one in works:
                one(session)

        self.at.change(work)

    def place_of(self, case: Case, seq: int) -> int:
        """Return the line of a whole export at which a case's line stands."""
        leaves = self.log.leaves()
        return next(
            leaf.leaf_index + 1
            for leaf in leaves
            if (leaf.subject_id, leaf.kind, leaf.seq) == (UUID(case.id), "transition", seq)
        )


@pytest.fixture
def world(district: District, tmp_path: Path) -> World:
    return World(district, tmp_path)


# -- no false alarm


def test_a_clean_log_is_complete_and_unchanged(world):
    found = world.auditor.verify(world.auditor.export())

    assert (found.verdict, found.status, found.damages) == (
        "complete and unchanged",
        0,
        frozenset(),
    )


def test_a_clean_log_that_hashes_with_sm3_is_complete_and_unchanged(district, tmp_path):
    world = World(district, tmp_path, HashName.SM3)

    assert world.auditor.verify(world.auditor.export()).verdict == "complete and unchanged"


def test_lines_that_are_still_pending_and_cases_that_moved_on_are_no_damage(world):
    world.at.act("village", world.cases[1], "sign_consent")
    world.at.apply()

    assert world.auditor.verify(world.auditor.export()).verdict == "complete and unchanged"


def test_what_was_refused_twice_on_one_case_is_no_broken_chain(world):
    for _ in range(2):
        world.at.refused("village", world.cases[1], "conclude_publicity", 409)
    world.log.signed()

    export = world.auditor.export(formats=["csv", "xes"])

    assert (export / LINES).read_text().count('"kind":"attempt"') == 2
    assert world.auditor.verify(export).verdict == "complete and unchanged"


def test_a_part_of_the_log_is_proved_line_by_line(world):
    cases = [world.cases[0].id, world.cases[2].id]
    export = world.auditor.export("part", cases=cases)

    assert world.auditor.verify(export, outside=False).verdict == "unchanged"
    manifest = json.loads((export / MANIFEST).read_text())
    assert manifest["filter"] == {"cases": sorted(cases)}
    assert manifest["count"] == world.cases[0].version + world.cases[2].version + 1


@pytest.mark.parametrize("step", [1, 2, 3, 5])
def test_any_choice_of_lines_is_proved(world, step):
    indexes = list(range(0, world.sizes[-1], step))[1:]
    export = world.auditor.export(indexes=indexes, held=world.sizes)

    assert world.auditor.verify(export).verdict == "unchanged"


def test_a_part_that_is_empty_proves_nothing_wrong(world):
    export = world.auditor.export(indexes=[], held=world.sizes)

    assert world.auditor.verify(export).verdict == "unchanged"


def test_a_part_without_a_proof_of_growth_is_not_said_to_continue_what_was_held(world):
    export = world.auditor.export("part", cases=[world.cases[0].id])

    found = world.auditor.verify(export)

    assert (found.verdict, found.status) == ("unproven", 2)


def test_a_proof_of_growth_may_come_in_a_file_of_its_own(world):
    export = world.auditor.export("part", cases=[world.cases[0].id])
    proofs = []
    for size in world.sizes[:-1]:
        told = world.at.read(lambda s, size=size: growth(s, size, world.sizes[-1]))
        proofs += ["--proof", str(write_json(export.parent / f"{size}.json", told))]

    assert world.auditor.verify(export, *proofs).verdict == "unchanged"


def growth(session: Session, old: int, new: int) -> dict[str, Any]:
    from service.audit.extract import growth as proof  # noqa: PLC0415
    from service.audit.log import tree_of  # noqa: PLC0415

    return proof(tree_of(session), old, new)


def write_json(path: Path, told: Any) -> Path:
    path.write_text(json.dumps(told, ensure_ascii=False))
    return path


def test_a_log_whose_key_was_replaced_is_verified_with_the_old_key_and_the_new(world):
    world.at.change(lambda s: sequencer.replace_key(s, world.log.signer, world.at.clock.now()))
    world.at.apply()
    world.log.signed()
    world.at.apply()
    world.log.signed()
    old, new = map(str, world.log.signer.keys)
    export, part = world.auditor.export(), world.auditor.export("part", cases=[world.cases[0].id])

    assert world.auditor.verify(export, key=old).verdict == "complete and unchanged"
    assert world.auditor.verify(export, outside=False, key=new).status == 0
    assert world.auditor.verify(part, outside=False, key=old).verdict == "unchanged"
    assert world.auditor.verify(export, key=new).verdict == "unproven"  # older checkpoints


def test_leaves_stand_in_the_order_of_the_moves(world):
    told = read_lines(world.auditor.export())

    assert [(one["index"], one["kind"], json.loads(one["line"])["event"]) for one in told][:5] == [
        (0, "act", "register_household"),
        (1, "transition", "open"),
        (2, "act", "upload_attachment"),
        (3, "transition", "sign_consent"),
        (4, "transition", "conclude_deliberation"),
    ]


def test_a_zip_file_is_verified_without_unpacking_it(world):
    export = world.auditor.export()
    packed = shutil.make_archive(str(export), "zip", export)

    assert world.auditor.verify_again(Path(packed)).verdict == "complete and unchanged"


# -- what is done to an export on its way


def read_lines(export: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (export / LINES).read_text().splitlines()]


def write_lines(export: Path, lines: list[dict[str, Any]]) -> None:
    """Write the lines, and the manifest's hash of them: a careful forger does both."""
    (export / LINES).write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in lines))
    tell(export, files=hashes_of(export))


def tell(export: Path, **told: Any) -> None:
    manifest = json.loads((export / MANIFEST).read_text())
    write_json(export / MANIFEST, manifest | told)


def hashes_of(export: Path) -> dict[str, Any]:
    files = (file for file in export.iterdir() if file.name != MANIFEST)
    return {file.name: {"sha256": digest(file.read_bytes())} for file in files}


def said(line: dict[str, Any], **other: Any) -> dict[str, Any]:
    return line | {"line": canonical(json.loads(line["line"]) | other).decode()}


def leaf_of(line: dict[str, Any]) -> str:
    leaf = Hashing("sha256").leaf(entry(line["kind"], line["line"].encode()))
    return dixian_verify.base64.b64encode(leaf).decode()


Edit = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


def at_fourth(**other: Any) -> Edit:
    return lambda lines: [*lines[:3], said(lines[3], **other), *lines[4:]]


def with_its_leaf(edit: Edit) -> Edit:
    return lambda lines: [line | {"leaf": leaf_of(line)} for line in edit(lines)]


def swapped(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*lines[:3], lines[4], lines[3], *lines[5:]]


def swapped_in_place(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Swap what is said, and leave the indexes where they were."""
    one, other = (line | {"index": 7 - line["index"]} for line in lines[3:5])
    return [*lines[:3], other, one, *lines[5:]]


def numbered_anew(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line | {"index": index} for index, line in enumerate(lines)]


EDITS = {
    "a field": (at_fourth(to="filed"), {(LINES, 4, "line_changed")}),
    "a time": (at_fourth(received_at="2020-01-01T00:00:00.000000Z"), {(LINES, 4, "line_changed")}),
    "the kind": (
        lambda lines: [lines[0] | {"kind": "policy_act"}, *lines[1:]],
        {(LINES, 1, "line_changed")},
    ),
    "a field, with its leaf": (
        with_its_leaf(at_fourth(to="filed")),
        {(LINES, 5, "chain_broken"), (LINES, None, "tree_differs"), (LINES, 1, "fork")},
    ),
    "two lines swapped": (
        swapped,
        {(LINES, 4, "line_missing"), (LINES, 5, "line_out_of_order")},
    ),
    "two lines swapped, with their indexes": (
        swapped_in_place,
        {(LINES, None, "tree_differs"), (LINES, 1, "fork"), (LINES, 5, "chain_broken")},
    ),
    "a line deleted": (lambda lines: [*lines[:3], *lines[4:]], {(LINES, 4, "line_missing")}),
    "a line deleted, the others numbered anew": (
        lambda lines: numbered_anew([*lines[:3], *lines[4:]]),
        {(LINES, 4, "line_left_out"), (LINES, -1, "line_missing")},
    ),
    "the tail cut": (lambda lines: lines[:-2], {(LINES, -1, "line_missing")}),
    "a line added": (
        lambda lines: [*lines, lines[-1] | {"index": len(lines)}],
        {(LINES, 0, "line_out_of_order")},
    ),
    "a line twice": (lambda lines: [lines[0], *lines], {(LINES, 2, "line_out_of_order")}),
    "a line that is no JSON": (
        lambda lines: [lines[0] | {"line": "{"}, *lines[1:]],
        {(LINES, 1, "line_unreadable")},
    ),
    "a record that is none": (
        lambda lines: [{"index": "0"}, *lines[1:]],
        {(LINES, 1, "line_unreadable")},
    ),
    "no lines at all": (lambda _lines: [], {(LINES, 1, "line_missing")}),
}
"""What a careful forger does to the lines of an export -> what is found, and where."""


@pytest.mark.parametrize(("edit", "expected"), EDITS.values(), ids=EDITS)
def test_what_was_done_to_an_export_is_named_with_its_line(edit, expected, world):
    export = world.auditor.export()
    lines = read_lines(export)
    edited = edit(lines)
    write_lines(export, edited)

    found = world.auditor.verify(export)

    place = {-1: len(edited) + 1, 0: len(edited)}
    wanted = {(file, place.get(line, line), kind) for file, line, kind in expected}
    assert (found.verdict, found.status) == ("damaged", 1)
    assert wanted <= found.damages, found
    if found.kinds & {"line_changed", "line_missing", "line_out_of_order"}:
        assert found.damages == wanted


def test_every_single_byte_that_is_other_is_noticed(world):
    export = world.auditor.export()
    content = (export / LINES).read_bytes()
    report = lambda: dixian_verify.verify(export, known(world))  # noqa: E731 - said once
    assert report().verdict == "complete and unchanged"

    for at in range(0, len(content), 97):
        (export / LINES).write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        tell(export, files=hashes_of(export))
        assert report().verdict == "damaged", at


def known(world: World) -> dixian_verify.Known:
    return dixian_verify.Known(keys=[dixian_verify.Key.of(world.auditor.key)])


def test_a_whole_case_that_is_deleted_leaves_gaps_that_are_named(world):
    export, gone = world.auditor.export(), world.cases[1]
    lines = read_lines(export)
    write_lines(export, [line for line in lines if json.loads(line["line"]).get("case") != gone.id])

    found = world.auditor.verify(export)

    assert found.damages == {(LINES, world.place_of(gone, 1), "line_missing")}


def test_a_careless_change_is_found_by_the_files_hash_alone(world):
    export = world.auditor.export()
    content = (export / "cases.jsonl").read_text()
    (export / "cases.jsonl").write_text(content.replace("{", "{ ", 1))

    assert world.auditor.verify(export).damages == {("cases.jsonl", None, "file_changed")}


@pytest.mark.parametrize("name", [LINES, "cases.jsonl", MANIFEST])
def test_a_file_that_is_gone_is_named(world, name):
    export = world.auditor.export()
    (export / name).unlink()

    found = world.auditor.verify(export)

    kind = "file_unreadable" if name == MANIFEST else "file_missing"
    assert (name, None, kind) in found.damages


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "null", "\ufeff{}", '{"format": "dixian-export/1"}', "[" * 5000]
)
def test_a_manifest_that_is_none_is_said_to_be_none(world, content):
    export = world.auditor.export()
    (export / MANIFEST).write_text(content)

    assert world.auditor.verify(export).damages == {(MANIFEST, None, "file_unreadable")}


def test_a_part_that_lost_a_line_of_its_case_says_so(world):
    export = world.auditor.export("part", cases=[world.cases[0].id])
    lines = read_lines(export)
    write_lines(export, [*lines[:2], *lines[3:]])

    found = world.auditor.verify(export, outside=False)

    assert {(LINES, 3, "line_left_out"), ("proof.txt", None, "tree_differs")} <= found.damages


def test_a_part_whose_proof_was_changed_proves_nothing(world):
    export = world.auditor.export(indexes=[1, 3])
    hashes = (export / "proof.txt").read_text().splitlines(keepends=True)
    for other in (hashes[1:], [*hashes, hashes[0]], [hashes[1], hashes[0], *hashes[2:]], ["x\n"]):
        (export / "proof.txt").write_text("".join(other))
        tell(export, files=hashes_of(export))

        found = world.auditor.verify(export, outside=False)

        assert "tree_differs" in found.kinds


# -- what the owner of the database does before an export is made


def line_at(case: Case, seq: int) -> Any:
    return (TRANSITIONS.c.case_id == UUID(case.id)) & (TRANSITIONS.c.seq == seq)


def rewrite(case: Case, seq: int, **other: Any) -> Callable[[Session], None]:
    """Change what a line says, and make every hash after it anew: lines, columns, the case."""

    def work(session: Session) -> None:
        query = select(TRANSITIONS.c.seq, TRANSITIONS.c.line).where(
            TRANSITIONS.c.case_id == UUID(case.id), TRANSITIONS.c.seq >= seq
        )
        before = None
        for number, line in session.execute(query.order_by(TRANSITIONS.c.seq)).all():
            told = json.loads(line) | (other if number == seq else {"prev": before})
            content, before = canonical(told), digest(canonical(told))
            columns = {"prev_hash": told["prev"], "hash": before, "to_state": told["to"]}
            session.execute(
                update(TRANSITIONS).where(line_at(case, number)).values(line=content, **columns)
            )
        session.execute(
            update(CASES)
            .where(CASES.c.id == UUID(case.id))
            .values(head_hash=before, state=told["to"])
        )

    return work


def plant_tree_anew(world: World) -> Callable[[Session], None]:
    """Compute every leaf and node again, from the lines as they stand; drop the checkpoints."""

    def work(session: Session) -> None:
        hashing = Hashing(world.log.signer.hash)
        rows = session.execute(with_lines(LEAVES).order_by(LEAVES.c.leaf_index)).all()
        rows = [row for row in rows if row.line is not None]
        session.execute(delete(LEAVES))
        session.execute(delete(TILES))
        session.execute(delete(CHECKPOINTS))
        if rows:
            session.execute(
                insert(LEAVES),
                [
                    {"leaf_index": at, "kind": r.kind, "subject_id": r.subject_id, "seq": r.seq}
                    for at, r in enumerate(rows)
                ],
            )
        anew = tree(session, 0, world.log.signer.hash)
        tiles = anew.append([hashing.leaf(entry(row.kind, row.line)) for row in rows])
        session.execute(
            insert(TILES),
            [{"level": x, "tile_index": y, "hashes": hashes} for (x, y), hashes in tiles.items()],
        )
        session.execute(update(HEAD).values(size=len(rows)))

    return work


def sign_anew(world: World, signer: Signer | None = None) -> None:
    """Sign what stands there now, with the log's own key or another: its memory is thrown away."""
    world.log.key_file.with_suffix(".signed.json").unlink(missing_ok=True)
    world.log.signer = signer or world.log.signer
    world.log.holders = []
    assert world.log.signed()


def test_a_line_that_was_rewritten_with_every_hash_after_it_is_named(world):
    case = world.cases[0]
    world.change(rewrite(case, 2, to="filed"))
    assert [flaw for *_, flaw in world.at.read(lambda s: list(chain.verify(s))) if flaw] == []

    found = world.auditor.verify(world.auditor.export())

    assert found.damages == {
        (LINES, world.place_of(case, seq), "line_changed") for seq in range(2, case.version + 1)
    }


def test_a_line_whose_bytes_are_no_text_any_more_is_named(world):
    where = line_at(world.cases[0], 2)
    world.change(lambda s: s.execute(update(TRANSITIONS).where(where).values(line=b"\xff{}")))

    found = world.auditor.verify(world.auditor.export())

    assert found.damages == {(LINES, world.place_of(world.cases[0], 2), "line_unreadable")}


def test_a_tree_that_was_planted_anew_does_not_fit_what_was_signed(world):
    newest = world.at.read(lambda s: s.get_one(LogCheckpoint, world.sizes[-1]))
    world.change(
        rewrite(world.cases[0], 2, to="filed"),
        plant_tree_anew(world),
        lambda s: s.execute(insert(CHECKPOINTS), newest.model_dump()),
    )

    found = world.auditor.verify(world.auditor.export(), outside=False)

    assert found.damages == {(LINES, None, "tree_differs")}


def test_a_log_that_was_made_anew_and_signed_again_is_found_by_what_is_held_outside_alone(world):
    world.change(rewrite(world.cases[1], 1, to="filed"), plant_tree_anew(world))
    sign_anew(world)
    export = world.auditor.export()

    assert world.auditor.verify(export, outside=False).verdict == "complete and unchanged"
    found = world.auditor.verify(export)

    # The first checkpoint agrees, the second does not: between them lies the change.
    assert found.damages == {(LINES, world.sizes[0] + 1, "fork")}


def test_a_part_of_a_log_that_was_made_anew_is_found_too(world):
    world.change(rewrite(world.cases[1], 1, to="filed"), plant_tree_anew(world))
    sign_anew(world)
    part = world.auditor.export("part", cases=[world.cases[0].id])
    proofs = world.at.read(lambda s: [growth(s, x, world.sizes[-1]) for x in world.sizes[:-1]])
    tell(part, consistency=proofs)

    assert world.auditor.verify(part, outside=False).verdict == "unchanged"
    assert world.auditor.verify(part).kinds == {"fork"}


def test_a_key_that_was_replaced_by_force_is_not_the_logs(world, tmp_path):
    theirs = Signer.create(tmp_path / "theirs.json", ORIGIN)
    world.change(
        plant_tree_anew(world),
        lambda s: s.execute(text("DELETE FROM log_line")),
        lambda s: s.execute(text("UPDATE log_head SET origin = ''")),
    )
    world.change(plant_tree_anew(world), put_up_again)
    sign_anew(world, theirs)

    found = world.auditor.verify(world.auditor.export(), outside=False)

    assert (MANIFEST, None, "not_signed") in found.damages


def put_up_again(session: Session) -> None:
    run = session.connection().exec_driver_sql
    log_triggers.install(run, session.get_bind().dialect.name)


def test_a_key_that_the_old_one_did_not_name_is_no_successor(world, tmp_path):
    theirs = Signer.create(tmp_path / "theirs.json", ORIGIN)
    now = world.at.clock.now()
    world.at.change(lambda s: sequencer._name_key(s, theirs, theirs.keys[0], None, now))  # noqa: SLF001
    sign_both(world, theirs)

    found = world.auditor.verify(world.auditor.export(), outside=False)

    assert found.damages == {(LINES, None, "key_replaced")}


def sign_both(world: World, theirs: Signer) -> None:
    """Sign with the log's key and with theirs, as if the one had named the other."""
    real = world.log.signer
    real._keys |= theirs._keys  # noqa: SLF001 - somebody has both files
    assert world.log.signed()


def test_yesterdays_backup_signed_again_is_a_log_that_was_cut(world):
    """The tail is away as if it had never been; what is signed now is shorter than what is held."""
    last = UUID(world.cases[2].id)
    world.change(
        lambda s: s.execute(delete(TRANSITIONS).where(TRANSITIONS.c.case_id == last)),
        plant_tree_anew(world),
    )
    sign_anew(world)
    export = world.auditor.export()

    found = world.auditor.verify(export)

    held = sorted(world.log.folder.rglob("*.txt"))
    assert (str(held[-1]), None, "rolled_back") in found.damages


def test_a_backup_that_went_on_from_yesterday_is_a_fork(world):
    last = UUID(world.cases[2].id)
    world.change(
        lambda s: s.execute(delete(TRANSITIONS).where(TRANSITIONS.c.case_id == last)),
        plant_tree_anew(world),
    )
    world.change(put_up_again)
    while world.log.head().size < world.sizes[-1]:
        world.at.apply()
        sign_anew(world)

    found = world.auditor.verify(world.auditor.export())

    assert (LINES, world.sizes[1] + 1, "fork") in found.damages


def test_two_auditors_who_were_shown_different_logs_find_out_by_comparing(world):
    mine = world.auditor.export("mine")
    world.change(rewrite(world.cases[2], 3, to="filed"), plant_tree_anew(world))
    sign_anew(world)
    theirs = world.auditor.export("theirs")
    their_note = theirs.parent / "their-checkpoint.txt"
    their_note.write_text(json.loads((theirs / MANIFEST).read_text())["checkpoint"])

    for export in (mine, theirs):
        assert world.auditor.verify(export, outside=False).verdict == "complete and unchanged"
    found = world.auditor.verify(mine, "--checkpoint", str(their_note), outside=False)

    assert found.kinds == {"fork"}


def test_a_line_that_is_added_today_and_dated_back_is_named(world):
    """It is in the tree and in the chain as it should be; only its time cannot be."""
    case, past = world.cases[1], world.at.clock.now()
    world.at.clock.advance(days=3)
    world.at.apply()
    world.log.signed()
    world.at.clock.set(past - timedelta(days=1))
    world.at.act("village", case, "sign_consent")
    world.at.clock.set(past + timedelta(days=4))
    world.log.signed()

    found = world.auditor.verify(world.auditor.export())

    move = world.place_of(case, 2)
    assert found.damages == {(LINES, line, "back_dated") for line in (move - 1, move)}  # its paper


def test_lines_taken_out_of_the_database_are_missing_where_they_stood(world):
    case = world.cases[1]
    world.change(lambda s: s.execute(delete(TRANSITIONS).where(line_at(case, 1))))

    found = world.auditor.verify(world.auditor.export())

    assert (LINES, world.place_of(case, 1), "line_missing") in found.damages


@pytest.mark.parametrize(
    "other",
    [
        {"state": "filed"},
        {"policy": "taogou-2021@9"},
        {"head_hash": "7" * 64},
        {"version": 2},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_case_that_was_edited_without_the_log_differs_from_its_last_line(world, other):
    case = world.cases[0]
    world.change(
        lambda s: s.execute(update(CASES).where(CASES.c.id == UUID(case.id)).values(other))
    )

    found = world.auditor.verify(world.auditor.export())

    assert found.damages == {("cases.jsonl", 1, "case_differs")}


def test_a_paper_that_was_changed_is_named_and_so_is_one_that_is_gone(world):
    export, papers = world.auditor.export(), world.at.office.settings.attachments_path
    look = lambda: world.auditor.verify(export, "--attachments", str(papers))  # noqa: E731
    assert look().verdict == "complete and unchanged"
    paper = next(file for file in papers.rglob("*") if file.is_file())
    assert paper.read_bytes() == PDF

    paper.write_bytes(PDF.replace(b"sample", b"forged"))
    changed = look()
    paper.unlink()
    gone = look()

    assert changed.damages == {(f"{paper.parent.name}/{paper.name}", None, "attachment_changed")}
    assert gone.kinds == {"attachment_missing"}


# -- what the verifier remembers


def test_a_verifier_remembers_what_it_saw_and_finds_a_log_that_was_rolled_back(world):
    auditor, early = world.auditor, world.auditor.export("early")
    world.at.apply()
    world.log.signed()
    late = auditor.export("late")

    assert auditor.verify_again(early).verdict == "complete and unchanged"
    assert auditor.verify_again(late).verdict == "complete and unchanged"
    again = auditor.verify_again(early)

    assert again.kinds == {"rolled_back"}
    assert json.loads(auditor.state.read_text()).keys() == {f"{ORIGIN}/sha256"}


def test_a_verifier_finds_a_fork_of_what_it_saw(world):
    auditor = world.auditor
    assert auditor.verify_again(auditor.export("before")).status == 0
    world.change(rewrite(world.cases[2], 3, to="filed"), plant_tree_anew(world))
    sign_anew(world)

    assert auditor.verify_again(auditor.export("after")).kinds == {"fork"}


def test_what_did_not_verify_is_not_remembered(world):
    export = world.auditor.export()
    write_lines(export, read_lines(export)[:-1])

    assert world.auditor.verify_again(export).verdict == "damaged"
    assert not world.auditor.state.exists()


# -- the file itself


def test_the_verifier_is_one_file_that_runs_anywhere_without_us(world, tmp_path):
    copied = tmp_path / "elsewhere" / "dixian_verify.py"
    copied.parent.mkdir()
    shutil.copy(HERE / "dixian_verify.py", copied)
    export = world.auditor.export()

    done = subprocess.run(  # noqa: S603
        [sys.executable, "-I", copied, export, "--key", world.auditor.key],
        cwd=copied.parent,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "完整且未被改动 COMPLETE AND UNCHANGED"
    assert "No checkpoint from outside" in done.stdout
    source = copied.read_text()
    assert "service" not in {
        line.split()[1].split(".")[0]
        for line in source.splitlines()
        if line.startswith(("import ", "from "))
    }


def test_the_second_verifier_is_one_file_of_at_most_two_hundred_lines_that_can_be_read():
    lines = (HERE / "dixian_verify.mjs").read_text().splitlines()

    assert len(lines) <= 200
    assert max(map(len, lines)) <= 100
    assert [file.name for file in HERE.glob("*.mjs")] == ["dixian_verify.mjs"]


# -- the same from inside: `dixian audit verify`


def test_from_inside_everything_is_found_that_an_export_would_show(world):
    keys, now = world.log.signer.keys, world.at.clock.now()
    look = lambda: world.at.read(lambda s: checking.check(s, keys, [], now))  # noqa: E731
    assert look().verdict == "complete and unchanged"

    world.change(rewrite(world.cases[0], 2, to="filed"))

    assert {(d.line, d.kind) for d in look().damages} == {
        (world.place_of(world.cases[0], seq), "line_changed") for seq in (2, 3, 4)
    }


def test_a_trigger_that_is_down_is_named(world):
    assert world.at.read(lambda s: list(checking.astray(s))) == []

    world.change()
    world.at.apply()

    named = world.at.read(lambda s: list(checking.astray(s)))
    assert any("neither in the tree nor pending" in one for one in named)
    assert any("log_pending_of_transition" in one for one in named)
    assert any("transition_" in one for one in named)
