"""Migrations lead from an empty database to the tables of this code, and all the way back.

They are one transaction, and none of them can leave the log without its triggers.
"""

# ruff: noqa: S608 - the statements are made of our own tables' names

import asyncio
import subprocess
import sys
from uuid import UUID

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import column, inspect, table, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from service.store import append_only, schema
from service.store.areas import Area, AreaLevel, AreaReach, add_area
from service.store.cases import Case
from service.store.database import Database
from service.store.households import Household

REVISIONS = [
    script.revision
    for script in reversed(list(ScriptDirectory(schema.MIGRATIONS).walk_revisions()))
]
COUNTY, TOWNSHIP = "522600", "522601"

A_LATER_MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "later", {head!r}

def upgrade():
    {upgrade}

def downgrade():
    pass
"""

TWICE, NEVER = "0a" * 16, "0b" * 16
WITHDRAWN, OPEN = "01" * 16, "02" * 16
ROWS_OF_THE_SPINE = f"""
    INSERT INTO area (code, name, level) VALUES ('{COUNTY}', '榕江县', 'county');
    INSERT INTO household (id, area_code, household_type, head_name, open_case_id,
                           created_at, created_by)
    VALUES ('{TWICE}', '{COUNTY}', 'ordinary', '张某', '{OPEN}', '2021-06-01T01:00Z', '{TWICE}'),
           ('{NEVER}', '{COUNTY}', 'ordinary', '李某', NULL, '2021-06-01T01:00Z', '{TWICE}');
    INSERT INTO cases (id, kind, policy, state, version, round, area_code, household_id,
                       opened_on, updated_at, head_hash, dossier)
    VALUES ('{OPEN}', 'monitoring_object', 'taogou-2021@1', 'consent', 1, 1, '{COUNTY}',
            '{TWICE}', '2021-06-03', '2021-06-03T01:00Z', '-', '[]'),
           ('{WITHDRAWN}', 'monitoring_object', 'taogou-2021@1', 'withdrawn', 2, 1, '{COUNTY}',
            '{TWICE}', '2021-06-02', '2021-06-02T01:00Z', '-', '[]');
    INSERT INTO deadline (case_id, id, rule, kind, unit, started_on, due_on, over_at,
                          provisional, calendar_edition, status, clock)
    VALUES ('{OPEN}', '{OPEN}', 'dynamic_management', 'due', 'date', '2021-06-03', '2021-06-25',
            '2021-06-25T16:00Z', false, 1, 'running', '[]');
    INSERT INTO transition (case_id, seq, event, to_state, received_at, role, policy,
                            calendar_edition, line, prev_hash, hash)
    VALUES ('{OPEN}', 1, 'open', 'consent', '2021-06-03T01:00Z', 'village_committee',
            'taogou-2021@1', 1, 'line', '-', '-')
"""
"""What a database of revision 0001 may hold: a household with two cases, one with none."""

MIGRATE_WHEN_TOLD = """
import sys
from service.store import schema

print("ready", flush=True)
sys.stdin.readline()
schema.upgrade(sys.argv[1])
"""

EVERYTHING = {
    True: "SELECT type, name, sql FROM sqlite_master",
    False: """
        SELECT 'relation', relname, relkind::text FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace
        UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger
        WHERE NOT tgisinternal
        UNION ALL SELECT 'function', proname, prosrc FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace
        UNION ALL SELECT 'type', typname, typtype::text FROM pg_type
        WHERE typnamespace = current_schema()::regnamespace
    """,
}
"""Is it SQLite -> the query for all that a database holds beside rows."""


def test_every_migration_can_be_undone_and_done_again(url, ask):
    for revision in REVISIONS:
        before = ask(everything)
        schema.upgrade(url, revision)
        after = ask(everything)

        schema.downgrade(url, "-1")
        assert ask(everything) == before

        schema.upgrade(url, revision)
        assert ask(everything) == after


def test_nothing_is_left_at_base(url, ask):
    before = ask(everything)
    schema.upgrade(url)
    assert ask(everything) > before

    schema.downgrade(url, "base")

    assert ask(everything) == before


def test_the_migrations_make_what_the_models_say(url):
    schema.upgrade(url)

    command.check(schema.alembic_config(url))


def test_the_migrations_make_each_table_as_its_model_would(url, ask, databases):
    schema.upgrade(url)
    made = ask(tables)
    del made["alembic_version"]

    with databases.fresh(empty=True) as other:
        Database(other).transact_now(lambda s: schema.METADATA.create_all(s.connection()))
        assert made == Database(other).transact_now(tables)


def test_the_triggers_stand_after_every_migration(url, ask):
    for revision in REVISIONS:
        schema.upgrade(url, revision)

        assert ask(unguarded) == []


def test_a_batch_migration_cannot_lose_the_triggers(url, ask, migrate_later):
    schema.upgrade(url)

    migrate_later(
        "with op.batch_alter_table('transition') as transition:",
        "    transition.alter_column('event', type_=sa.String(64))",
    )

    assert ask(schema.current) == "later"
    assert ask(append_only.missing) == []


def test_a_batch_migration_keeps_the_rows_and_what_refers_to_them(url, ask, migrate_later):
    schema.upgrade(url)
    ask(add_two_areas)
    before = ask(rows)

    migrate_later(
        "with op.batch_alter_table('area') as area:",
        "    area.alter_column('name', type_=sa.String(64))",
    )

    assert ask(rows) == before
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"):
        ask(lambda session: session.connection().execute(text("DELETE FROM area")))


def test_a_migration_that_leaves_rows_without_what_they_refer_to_changes_nothing(
    url, ask, migrate_later
):
    schema.upgrade(url)
    ask(add_two_areas)
    before = ask(everything), ask(rows)

    with pytest.raises((CommandError, DBAPIError), match="area_reach"):
        migrate_later(
            "op.drop_index('ix_area_parent_code', 'area')",
            f"op.execute(\"DELETE FROM area WHERE code = '{TOWNSHIP}'\")",
        )

    assert (ask(everything), ask(rows)) == before
    assert ask(schema.is_current)


def test_0002_keeps_what_a_database_of_the_spine_holds_on_the_way_up_and_down(url, ask):
    schema.upgrade(url, "0001")
    ask(insert_rows_of_the_spine)
    columns = ask(columns_of_each_table)
    before = ask(lambda session: values(session, columns))

    for _ in range(2):
        schema.upgrade(url)
        assert ask(lambda session: values(session, columns)) == before
        schema.downgrade(url, "0001")
        assert ask(lambda session: values(session, columns)) == before


def test_0002_numbers_the_cases_of_each_household_in_the_order_they_were_opened(url, ask):
    schema.upgrade(url, "0001")
    ask(insert_rows_of_the_spine)

    schema.upgrade(url)

    first, second = UUID(WITHDRAWN), UUID(OPEN)
    told = ask(lambda s: s.exec(select(Case.id, Case.episode, Case.previous_case_id)).all())
    assert set(told) == {(first, 1, None), (second, 2, first)}
    register = select(Household.id, Household.episodes, Household.last_case_id)
    assert set(ask(lambda s: s.exec(register).all())) == {
        (UUID(TWICE), 2, second),
        (UUID(NEVER), 0, None),
    }
    assert set(map(tuple, ask(lambda s: s.exec(select(Household.traits)).all()))) == {()}


def test_a_start_with_nothing_to_migrate_does_not_heal_what_was_taken_down(url, ask):
    schema.upgrade(url)
    taken_down = next(append_only.removal(ask(dialect), "attempt"))
    ask(lambda session: session.connection().execute(text(taken_down)))

    schema.upgrade(url)

    assert len(ask(append_only.missing)) == 1


def test_a_database_is_current_at_the_newest_revision_only(url, ask):
    assert (ask(schema.current), ask(schema.is_current)) == (None, False)

    schema.upgrade(url)
    assert (ask(schema.current), ask(schema.is_current)) == (schema.head(), True)

    schema.downgrade(url, "base")
    assert (ask(schema.current), ask(schema.is_current)) == (None, False)


def test_a_database_of_newer_code_is_not_current(url, ask):
    schema.upgrade(url)
    ask(
        lambda session: session.connection().execute(
            text("UPDATE alembic_version SET version_num = '9999'")
        )
    )

    assert not ask(schema.is_current)


def test_two_processes_may_migrate_at_once(url, ask):
    # SQLite turns a new file to WAL for one process only, and refuses the other at once.
    assert ask(schema.current) is None
    both = [
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", MIGRATE_WHEN_TOLD, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    assert [process.stdout.readline() for process in both] == ["ready\n"] * 2

    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()

    assert [process.communicate(timeout=60) and process.returncode for process in both] == [0, 0]
    assert ask(schema.is_current)
    assert ask(append_only.missing) == []


@pytest.mark.parametrize("move", [schema.upgrade, schema.downgrade])
def test_migrations_refuse_to_run_inside_an_event_loop(url, move):
    async def main():
        move(url, "base")

    with pytest.raises(RuntimeError, match="outside"):
        asyncio.run(main())


@pytest.fixture
def url(empty_database_url):
    return empty_database_url


@pytest.fixture
def ask(url):
    """Return what runs a piece of work on the database and commits it."""
    return Database(url).transact_now


@pytest.fixture
def migrate_later(url, tmp_path):
    """Return what writes one more migration, as somebody will some day, and runs it."""

    def run(*upgrade):
        script = A_LATER_MIGRATION.format(head=schema.head(), upgrade="\n    ".join(upgrade))
        (tmp_path / "later.py").write_text(script)
        config = schema.alembic_config(url)
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", f"{schema.MIGRATIONS / 'versions'}\n{tmp_path}")
        command.upgrade(config, "head")

    return run


def dialect(session):
    return session.get_bind().dialect.name


def everything(session):
    """Return it without the quotes and the order of constraints, which a batch migration turns."""
    query = EVERYTHING[dialect(session) == "sqlite"]
    found = session.connection().execute(text(query))
    return {(kind, name, frozenset(clauses(made or ""))) for kind, name, made in found}


def clauses(made):
    return (line.strip().rstrip(",").replace('"', "") for line in made.splitlines())


def tables(session):
    """Return all that the database knows of each table."""
    found = inspect(session.connection())
    return {
        name: (
            {
                column["name"]: (str(column["type"]), column["nullable"])
                for column in found.get_columns(name)
            },
            found.get_pk_constraint(name),
            by_name(found.get_foreign_keys(name)),
            by_name(found.get_unique_constraints(name)),
            by_name(found.get_check_constraints(name)),
            by_name(found.get_indexes(name)),
        )
        for name in found.get_table_names()
    }


def unguarded(session):
    """Return the triggers that are missing on the tables that are there by now."""
    there = inspect(session.connection()).get_table_names()
    missing = append_only.missing(session)
    return [name for name in missing if any(name.startswith(f"{table}_") for table in there)]


def by_name(constraints):
    return {constraint["name"]: plain(constraint) for constraint in constraints}


def plain(constraint):
    """Return what is known of a constraint, the condition of a partial index in its words."""
    options = {k: str(v) for k, v in constraint.get("dialect_options", {}).items()}
    return {**constraint, "dialect_options": options}


def insert_rows_of_the_spine(session):
    for statement in ROWS_OF_THE_SPINE.split(";"):
        session.connection().execute(text(statement))


def columns_of_each_table(session):
    found = inspect(session.connection())
    return {
        name: [column["name"] for column in found.get_columns(name)]
        for name in found.get_table_names()
        if name != "alembic_version"
    }


def values(session, columns):
    """Return what stands in some columns of each table."""
    return {
        name: sorted(map(str, session.execute(table(name, *map(column, columns[name])).select())))
        for name in columns
    }


def add_two_areas(session):
    add_area(session, Area(code=COUNTY, name="榕江县", level=AreaLevel.COUNTY))
    add_area(
        session,
        Area(code=TOWNSHIP, name="桃沟镇", level=AreaLevel.TOWNSHIP, parent_code=COUNTY),
    )


def rows(session):
    return {
        table: set(map(tuple, session.connection().execute(text(f"SELECT * FROM {table}"))))
        for table in (Area.__tablename__, AreaReach.__tablename__)
    }
