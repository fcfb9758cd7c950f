"""Importing the register of a county from a workbook, as an office does it: over HTTP.

Uploading, validating and committing are timed together, and beside them the bare COPY of the
rows that came of it, into the same tables with the same indexes. Memory is that of the server
and of whatever processes it starts, at its highest.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from threading import Event, Thread
from typing import Any

import asyncpg
import httpx
from sqlmodel import Session, select

from bench.server import Server, resident_with_children_mb, serving
from service import sample
from service.api.office import Office
from service.api.tokens import issue_token
from service.config import Settings
from service.store.areas import Area, AreaLevel, add_area
from service.store.people import Person
from service.workbooks.writing import Heading, Written, write
from service.workflows.identity import check_character

MEMBERS = 3
TOWNSHIPS, VILLAGES = 10, 30
"""How many townships, and how many villages in each."""

HEADINGS = (
    "户编号", "所在村", "村民小组", "户类型", "户情特征", "户主姓名", "联系电话", "姓名",
    "与户主关系", "证件类型", "证件号码", "性别", "民族", "健康状况",
)  # fmt: skip
SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨", "春兰秋菊国强建军志明秀英玉梅海燕文"
RELATIONS = ("户主", "配偶", "子女")
OF_THE_IMPORT = {
    "household": "SELECT * FROM household WHERE group_name IS NOT NULL",
    "member": "SELECT * FROM member",
}
"""Table -> what an import left in it: the households of the template have neither."""

POLL_SECONDS, LOOK_SECONDS, MOST_SECONDS = 0.25, 0.1, 600
KINDS_OF_SERIALS = 1000


@dataclass(frozen=True, slots=True)
class Imported:
    """How long it took, step by step, and how much memory it took at most."""

    validating_seconds: float
    committing_seconds: float
    peak_mb: float

    @property
    def seconds(self) -> float:
        return self.validating_seconds + self.committing_seconds


def plant(office: Office) -> None:
    """Put the villages into a database that has the sample district."""

    def work(session: Session) -> None:
        for code, name, level, parent in _areas():
            policy = sample.POLICY if level is AreaLevel.TOWNSHIP else None
            add_area(
                session,
                Area(code=code, name=name, level=level, parent_code=parent, policy_id=policy),
            )

    office.database.transact_now(work)


def _areas() -> Iterator[tuple[str, str, AreaLevel, str]]:
    for township in range(TOWNSHIPS):
        above = f"3413028{township:02d}000"
        yield above, f"量测{township}乡", AreaLevel.TOWNSHIP, sample.COUNTY
        for village in range(VILLAGES):
            code = f"3413028{township:02d}{village:03d}"
            if code != above:
                yield code, f"量测{township}乡{village}村", AreaLevel.VILLAGE, above


def workbook(path: Path, households: int) -> None:
    """Write a workbook of the register; every person in it is made up."""
    write(path, [Heading(name) for name in HEADINGS], _rows(households))


def _rows(households: int) -> Iterator[list[Written]]:
    villages = [name for _, name, level, _ in _areas() if level is AreaLevel.VILLAGE]
    for household in range(households):
        village = villages[household * len(villages) // households]
        head = _name(household * MEMBERS)
        for place, relation in enumerate(RELATIONS):
            number = household * MEMBERS + place
            yield [
                f"H{household:06d}", village, f"第{household % 9 + 1}组", "一般农户", None, head,
                f"199{household:08d}", _name(number), relation, "居民身份证", _identity(number),
                "男", "汉族", "健康",
            ]  # fmt: skip


def _name(number: int) -> str:
    first, rest = divmod(number, len(GIVEN))
    second, rest_of_first = divmod(first, len(GIVEN))
    return SURNAMES[second % len(SURNAMES)] + GIVEN[rest_of_first] + GIVEN[rest]


def _identity(number: int) -> str:
    days, serial = divmod(number, KINDS_OF_SERIALS)
    first = f"{sample.NO_SUCH_REGION}{date(1940, 1, 1) + timedelta(days):%Y%m%d}{serial:03d}"
    return first + check_character(first)


def run(office: Office, settings: Settings, file: Path, households: int) -> Imported:
    """Import a workbook through a server of its own; everything must have been created."""
    county = select(Person.id).where(Person.username == "county")
    person_id = office.database.transact_now(lambda s: s.exec(county).one(), keep=False)
    token = {"Authorization": f"Bearer {issue_token(office, person_id)}"}
    with serving(settings) as server, _watched(server) as peak:
        base = f"http://127.0.0.1:{server.port}"
        with httpx.Client(base_url=base, headers=token, trust_env=False, timeout=60) as client:
            began = time.perf_counter()
            answer = client.post(
                "/v1/imports",
                files={"file": (file.name, file.read_bytes())},
                data={"layout": "households"},
                headers={"Idempotency-Key": "bench-import"},
            )
            where = answer.raise_for_status().headers["location"]
            _wait(client, where, "validated", households)
            validated = time.perf_counter()
            key = {"Idempotency-Key": "bench-commit"}
            client.post(f"{where}/commit", json={}, headers=key).raise_for_status()
            _wait(client, where, "committed", households)
            committed = time.perf_counter()
    return Imported(validated - began, committed - validated, peak[0])


def _wait(client: httpx.Client, where: str, state: str, households: int) -> None:
    until = time.monotonic() + MOST_SECONDS
    while (found := _look(client, where))["state"].endswith("ing"):
        assert time.monotonic() < until, found
        time.sleep(POLL_SECONDS)
    assert found["state"] == state, found["problem"]
    assert found["counts"]["entries"]["created"] == households, found["counts"]


def _look(client: httpx.Client, where: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(where, params={"limit": 1}).raise_for_status().json()
    return found


class _watched:  # noqa: N801 - reads as what it does
    """Looks at a server's memory again and again; `[0]` of what it gives is the highest."""

    def __init__(self, server: Server) -> None:
        self._server, self._peak, self._over = server, [0.0], Event()
        self._thread = Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            self._peak[0] = max(self._peak[0], resident_with_children_mb(self._server.pids))

    def __enter__(self) -> list[float]:
        self._thread.start()
        return self._peak

    def __exit__(self, *_raised: object) -> None:
        self._over.set()
        self._thread.join()


def copy_bare(source: str, target: str) -> float:
    """Return the seconds that the bare COPY of what was imported takes, in one transaction."""
    return asyncio.run(_copy_bare(source, target))


async def _copy_bare(source: str, target: str) -> float:
    kept: dict[str, bytes] = {}
    connection = await asyncpg.connect(source)
    for table, query in OF_THE_IMPORT.items():
        out = BytesIO()
        await connection.copy_from_query(query, output=out, format="binary")
        kept[table] = out.getvalue()
    await connection.close()
    connection = await asyncpg.connect(target)
    began = time.perf_counter()
    async with connection.transaction():
        for table, rows in kept.items():
            await connection.copy_to_table(table, source=BytesIO(rows), format="binary")
    seconds = time.perf_counter() - began
    await connection.close()
    return seconds
