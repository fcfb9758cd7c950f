"""The log is append-only in the database itself (requirements B.4, 19: no edit of an audit row).

Whoever works through the service, with whatever statement, adds lines and does nothing else
to them. An owner of the database can take the triggers down; that they stand is for
`append_only.missing` to tell.
"""

# ruff: noqa: S608 - the statements are made of our own tables' names

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from service.store import append_only
from service.store.areas import Area, AreaLevel, add_area
from service.store.cases import Attempt, Case, Kind, Transition
from service.store.duplicates import DuplicateVerdict, Verdict
from service.store.households import Household
from service.store.log import LogCheckpoint, LogCosignature, LogLeaf, LogLine
from service.store.policies import ActKind, PolicyAct

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
VILLAGE = "522601001001"
CASE, HOUSEHOLD, PERSON, ATTEMPT, OTHER_HOUSEHOLD = (UUID(int=number) for number in range(1, 6))

EDITED = {
    "transition": "event",
    "attempt": "action",
    "policy_act": "policy_id",
    "duplicate_verdict": "reason",
    "log_line": "event",
    "log_leaf": "kind",
    "log_checkpoint": "note",
    "log_cosignature": "signature",
}
"""Table of the log -> the column that the forger would like to read otherwise."""

TRIGGERS = {
    "sqlite": {
        "transition_no_update": "transition",
        "transition_no_delete": "transition",
        "transition_no_replace": "transition",
        "attempt_no_update": "attempt",
        "attempt_no_delete": "attempt",
        "attempt_no_replace": "attempt",
        "policy_act_no_update": "policy_act",
        "policy_act_no_delete": "policy_act",
        "policy_act_no_replace": "policy_act",
        "duplicate_verdict_no_update": "duplicate_verdict",
        "duplicate_verdict_no_delete": "duplicate_verdict",
        "duplicate_verdict_no_replace": "duplicate_verdict",
        "log_line_no_update": "log_line",
        "log_line_no_delete": "log_line",
        "log_line_no_replace": "log_line",
        "log_leaf_no_update": "log_leaf",
        "log_leaf_no_delete": "log_leaf",
        "log_leaf_no_replace": "log_leaf",
        "log_checkpoint_no_update": "log_checkpoint",
        "log_checkpoint_no_delete": "log_checkpoint",
        "log_checkpoint_no_replace": "log_checkpoint",
        "log_cosignature_no_update": "log_cosignature",
        "log_cosignature_no_delete": "log_cosignature",
        "log_cosignature_no_replace": "log_cosignature",
    },
    "postgresql": {
        "transition_append_only": "transition",
        "transition_no_truncate": "transition",
        "attempt_append_only": "attempt",
        "attempt_no_truncate": "attempt",
        "policy_act_append_only": "policy_act",
        "policy_act_no_truncate": "policy_act",
        "duplicate_verdict_append_only": "duplicate_verdict",
        "duplicate_verdict_no_truncate": "duplicate_verdict",
        "log_line_append_only": "log_line",
        "log_line_no_truncate": "log_line",
        "log_leaf_append_only": "log_leaf",
        "log_leaf_no_truncate": "log_leaf",
        "log_checkpoint_append_only": "log_checkpoint",
        "log_checkpoint_no_truncate": "log_checkpoint",
        "log_cosignature_append_only": "log_cosignature",
        "log_cosignature_no_truncate": "log_cosignature",
    },
}

REPLACE_BY_ROW_NUMBER = (
    "REPLACE INTO attempt (rowid, id, at, action, outcome, request_id) "
    "SELECT rowid, 'other', at, 'forged', outcome, request_id FROM attempt"
)

REPLACE_BY_LINE = (
    "REPLACE INTO log_leaf (leaf_index, kind, subject_id, seq) "
    "SELECT leaf_index + 1, kind, subject_id, seq FROM log_leaf"
)

on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
each_table = pytest.mark.parametrize("table", EDITED)


@each_table
def test_b4_19_a_line_cannot_be_edited(refused, table):
    assert refused(f"UPDATE {table} SET {EDITED[table]} = 'forged'")


@each_table
def test_b4_19_a_line_cannot_be_taken_out(refused, table):
    assert refused(f"DELETE FROM {table}")


@each_table
def test_b4_19_a_line_cannot_be_edited_by_inserting_it_again(refused, table):
    assert refused(
        f"INSERT INTO {table} SELECT * FROM {table} WHERE true "
        f"ON CONFLICT ({', '.join(append_only.TABLES[table])}) "
        f"DO UPDATE SET {EDITED[table]} = 'forged'"
    )


@on_sqlite
@each_table
@pytest.mark.parametrize("verb", ["REPLACE", "INSERT OR REPLACE"])
def test_b4_19_a_line_cannot_be_replaced(refused, table, verb):
    assert refused(f"{verb} INTO {table} SELECT * FROM {table}")


@on_sqlite
def test_b4_19_a_line_cannot_be_replaced_by_the_number_sqlite_gave_its_row(refused):
    assert refused(REPLACE_BY_ROW_NUMBER)


@on_sqlite
@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("REPLACE INTO attempt SELECT * FROM attempt", id="by its key"),
        pytest.param(REPLACE_BY_ROW_NUMBER, id="by its row's number"),
        pytest.param(REPLACE_BY_LINE, id="a leaf by the line it is of"),
    ],
)
def test_b4_19_a_program_with_settings_of_its_own_cannot_replace_a_line(
    database_url, lines_of, statement
):
    before = lines_of("attempt"), lines_of("log_leaf")

    # Without the service's recursive_triggers, a REPLACE deletes unseen.
    with (
        closing(sqlite3.connect(make_url(database_url).database)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute(statement)

    assert (lines_of("attempt"), lines_of("log_leaf")) == before


@on_postgresql
@each_table
def test_b4_19_the_log_cannot_be_emptied(refused, table):
    assert refused(f"TRUNCATE {table}")


@on_postgresql
def test_b4_19_the_log_cannot_be_emptied_together_with_its_cases(refused):
    assert refused("TRUNCATE cases CASCADE")


@pytest.mark.usefixtures("log")
def test_a_new_line_is_added_to_a_case_that_has_one(in_transaction, lines_of):
    in_transaction(lambda session: session.add(a_line(seq=2)))

    assert len(lines_of("transition")) == 2


def test_on_a_fresh_database_no_trigger_is_missing(missing):
    assert missing() == []


def test_triggers_that_were_dropped_are_missing(triggers, drop, missing):
    for name in triggers:
        drop(name)

        assert name in missing()

    assert set(missing()) == set(triggers)


@on_postgresql
@pytest.mark.parametrize("disable", ["DISABLE", "ENABLE REPLICA"])
def test_triggers_that_were_disabled_are_missing(triggers, execute, missing, disable):
    for name, table in triggers.items():
        execute(f"ALTER TABLE {table} {disable} TRIGGER {name}")

        assert name in missing()


@on_sqlite
def test_triggers_that_were_replaced_by_some_that_do_nothing_are_missing(
    triggers, drop, execute, missing
):
    for name, table in triggers.items():
        drop(name)
        execute(f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} BEGIN SELECT 1; END")

        assert name in missing()


@on_postgresql
def test_triggers_whose_function_was_made_to_do_nothing_are_missing(triggers, execute, missing):
    execute(
        "CREATE OR REPLACE FUNCTION dixian_append_only() RETURNS trigger LANGUAGE plpgsql "
        "AS 'BEGIN RETURN NEW; END'"
    )

    assert set(missing()) == set(triggers)


@on_postgresql
@pytest.mark.parametrize(
    "instead",
    [
        pytest.param("BEFORE UPDATE ON {table} FOR EACH ROW", id="for fewer events"),
        pytest.param(
            "BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW WHEN (false)",
            id="on a condition that never holds",
        ),
        pytest.param("BEFORE UPDATE OR DELETE ON area FOR EACH ROW", id="on another table"),
    ],
)
def test_triggers_that_were_replaced_by_some_that_let_pass_are_missing(
    triggers, drop, execute, missing, instead
):
    for name, table in triggers.items():
        drop(name)
        execute(
            f"CREATE TRIGGER {name} {instead.format(table=table)} "
            "EXECUTE FUNCTION dixian_append_only()"
        )

        assert name in missing()


@pytest.fixture
def log(in_transaction):
    """Put one line into each table of the log."""
    in_transaction(write_the_log)


@pytest.fixture
def execute(in_transaction):
    """Return what runs a statement and commits it, as the service would."""
    return lambda statement: in_transaction(lambda s: s.connection().execute(text(statement)))


@pytest.fixture
def lines_of(reading):
    """Return what reads all lines of a table."""
    return lambda table: reading(
        lambda session: session.connection().execute(text(f"SELECT * FROM {table}")).all()
    )


@pytest.fixture
def refused(in_transaction, execute, lines_of):
    """Return what tells whether the triggers refuse a statement and the log stays as it was."""
    in_transaction(write_the_log)

    def ask(statement):
        before = [lines_of(table) for table in append_only.TABLES]
        with pytest.raises(DBAPIError, match="append-only"):
            execute(statement)
        return [lines_of(table) for table in append_only.TABLES] == before

    return ask


@pytest.fixture
def triggers(database):
    """Return the triggers of this kind of database, each with its table."""
    return TRIGGERS["sqlite" if database.is_sqlite else "postgresql"]


@pytest.fixture
def drop(database, triggers, execute):
    """Return what drops a trigger."""

    def by_name(name):
        on_table = "" if database.is_sqlite else f"ON {triggers[name]}"
        execute(f"DROP TRIGGER {name} {on_table}")

    return by_name


@pytest.fixture
def missing(reading):
    return lambda: reading(append_only.missing)


def write_the_log(session):
    add_area(session, Area(code=VILLAGE, name="桃沟村", level=AreaLevel.VILLAGE))
    households = (a_household(), a_household(OTHER_HOUSEHOLD))
    lines = (a_case(), a_line(seq=1), an_attempt(), an_act(), a_verdict(), *the_log())
    for row in (*households, *lines):
        session.add(row)
        session.flush()


def a_verdict():
    return DuplicateVerdict(
        first_id=HOUSEHOLD,
        second_id=OTHER_HOUSEHOLD,
        number=1,
        verdict=Verdict.SAME,
        reason="一户两登",
        decided_at=NOON,
        person_id=PERSON,
        position_id=PERSON,
        role="village_committee",
    )


def the_log():
    line = {"kind": "export", "subject_id": PERSON, "seq": 1}
    return (
        LogLine(**line, event="begin", at=NOON, role="system", line=b"{}"),
        LogLeaf(**line, leaf_index=0),
        LogCheckpoint(size=1, root=b"1" * 32, note="note", signed_at=NOON),
        LogCosignature(size=1, witness="witness.example", signature="line"),
    )


def a_household(household_id=HOUSEHOLD):
    return Household(
        id=household_id,
        area_code=VILLAGE,
        household_type="ordinary",
        head_name="王某",
        created_at=NOON,
        created_by=PERSON,
    )


def a_case():
    return Case(
        id=CASE,
        kind=Kind.MONITORING_OBJECT,
        policy="taogou-2021@1",
        state="verification",
        version=1,
        area_code=VILLAGE,
        household_id=HOUSEHOLD,
        opened_on=date(2026, 3, 2),
        updated_at=NOON,
        head_hash="1" * 64,
        dossier=[],
    )


def a_line(*, seq):
    return Transition(
        case_id=CASE,
        seq=seq,
        event="open",
        to_state="verification",
        received_at=NOON,
        role="village_officer",
        policy="taogou-2021@1",
        calendar_edition=23,
        line=b"{}",
        prev_hash="0" * 64,
        hash="1" * 64,
    )


def an_attempt():
    return Attempt(
        id=ATTEMPT, at=NOON, action="sign_in", outcome="sign_in_refused", request_id="r-1"
    )


def an_act():
    return PolicyAct(
        seq=1,
        kind=ActKind.PUT_IN_FORCE,
        area_code=VILLAGE,
        policy_id="taogou-2021",
        at=NOON,
        person_id=PERSON,
        position_id=PERSON,
        line=b"{}",
        prev_hash="0" * 64,
        hash="1" * 64,
    )
