"""SQLite: acts that come together share a transaction, and each stands or falls by itself."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest
from databases import SqliteFolder
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from service.store.columns import new_id
from service.store.database import Database
from service.store.group_commit import MOST
from service.store.people import Person

AT = datetime(2026, 1, 5, tzinfo=UTC)
Outcome = UUID | BaseException
Work = Callable[[Session], UUID]


@pytest.fixture
def file(sqlite: SqliteFolder) -> Iterator[Database]:
    with sqlite.fresh() as url:
        yield Database(url)


def adds(number: int) -> Work:
    """Return work that adds a person, sends it, and returns its id."""

    def add(session: Session) -> UUID:
        person = Person(
            id=new_id(AT), username=f"p{number}", name="张某", password_hash="-", created_at=AT
        )
        session.add(person)
        session.flush()
        return person.id

    return add


def fails(number: int) -> Work:
    def add_and_fail(session: Session) -> UUID:
        adds(number)(session)
        raise LookupError(number)

    return add_and_fail


def together(file: Database, *works: Work) -> tuple[list[Outcome], int]:
    """Do works at the same time; return what each came to, and how many commits that took."""

    async def all_of_them() -> list[Outcome]:
        asked: list[Awaitable[UUID]] = [file.transact(work) for work in works]
        return await asyncio.gather(*asked, return_exceptions=True)

    with commits_of(file) as commits:
        return asyncio.run(all_of_them()), len(commits)


@contextmanager
def commits_of(file: Database) -> Iterator[list[object]]:
    seen: list[object] = []
    event.listen(file.engine, "commit", seen.append)
    yield seen


def kept(file: Database) -> set[str]:
    def names(session: Session) -> set[str]:
        return set(session.exec(select(Person.username).where(col(Person.username).like("p%"))))

    return asyncio.run(file.read(names))


def test_acts_that_come_together_share_a_commit_and_have_each_its_own_result(
    file: Database,
) -> None:
    outcomes, commits = together(file, *(adds(n) for n in range(MOST)))
    assert commits == 1
    assert len(set(outcomes)) == MOST
    assert kept(file) == {f"p{n}" for n in range(MOST)}


def test_no_transaction_has_more_acts_than_may_wait_for_each_other(file: Database) -> None:
    _, commits = together(file, *(adds(n) for n in range(MOST + 1)))
    assert commits == 2
    assert len(kept(file)) == MOST + 1


@pytest.mark.parametrize("failing", [0, 1, 3])
def test_what_one_of_them_raises_undoes_that_one_and_no_other(file: Database, failing: int) -> None:
    works = [fails(n) if n == failing else adds(n) for n in range(4)]
    outcomes, _ = together(file, *works)
    assert [isinstance(one, LookupError) for one in outcomes] == [n == failing for n in range(4)]
    assert kept(file) == {f"p{n}" for n in range(4) if n != failing}


def test_an_act_sees_what_those_before_it_did(file: Database) -> None:
    def looks(session: Session) -> UUID:
        return session.exec(select(Person.id).where(Person.username == "p1")).one()

    outcomes, _ = together(file, adds(1), looks)
    assert outcomes[0] == outcomes[1]


def test_none_is_answered_that_was_not_kept(file: Database) -> None:
    """The second leaves behind what the database refuses only when all is to be committed."""

    def orphans(session: Session) -> UUID:
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
        session.execute(text("UPDATE area SET parent_code = '999' WHERE level = 'village'"))
        return new_id(AT)

    outcomes, _ = together(file, adds(1), orphans, adds(2))
    assert [type(one) for one in outcomes] == [IntegrityError] * 3
    assert kept(file) == set()


def test_where_the_database_ends_the_transaction_by_itself_all_of_them_are_told(
    file: Database,
) -> None:
    """As SQLite does when the disk is full: what came before is gone as well."""

    def full(session: Session) -> UUID:
        session.connection().connection.dbapi_connection.execute("ROLLBACK")  # type: ignore[union-attr,attr-defined]
        raise OSError("disk full")

    outcomes, _ = together(file, adds(1), full, adds(2))
    assert isinstance(outcomes[0], Exception)
    assert isinstance(outcomes[1], Exception)
    assert isinstance(outcomes[2], UUID)
    assert kept(file) == {"p2"}


def test_who_goes_away_takes_nothing_from_the_others(file: Database) -> None:
    async def one_goes() -> UUID:
        going, staying = (asyncio.create_task(file.transact(adds(n))) for n in (1, 2))
        await asyncio.sleep(0)
        going.cancel()
        return await staying

    assert isinstance(asyncio.run(one_goes()), UUID)
    assert "p2" in kept(file)


def test_who_comes_while_others_are_written_joins_them(file: Database) -> None:
    async def one_after_the_other() -> None:
        first = asyncio.create_task(file.transact(adds(1)))
        await asyncio.sleep(0)  # the first has asked, and its transaction is about to begin
        await asyncio.gather(first, file.transact(adds(2)))

    with commits_of(file) as commits:
        asyncio.run(one_after_the_other())
    assert len(commits) == 1
