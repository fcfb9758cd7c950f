"""PostgreSQL: who waits for a connection gets the next one, whoever comes meanwhile."""

import asyncio

import pytest
from sqlalchemy import event

from service.store.database import Database

on_postgresql = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)


@on_postgresql
def test_nobody_who_waits_for_a_connection_is_overtaken(database_url: str) -> None:
    """Somebody asks in the very moment in which a connection comes back to the pool."""
    answered, newcomers = list[str](), list[asyncio.Task[None]]()
    database = Database(database_url, pool_size=1)

    async def act(name: str) -> None:
        await database.transact(lambda _session: answered.append(name))

    @event.listens_for(database.engine, "checkin")
    def ask(*_: object) -> None:
        if not newcomers:
            newcomers.append(asyncio.get_running_loop().create_task(act("newcomer")))

    async def at_once() -> None:
        await asyncio.gather(act("first"), act("waiting"))
        await newcomers[0]
        await database.close()

    asyncio.run(at_once())
    assert answered == ["first", "waiting", "newcomer"]
