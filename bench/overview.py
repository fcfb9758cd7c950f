"""What a supervisor waits for: the first page of what is overdue, and totals by township.

A million cases in two thousand villages, a third of them open and a third of these overdue,
put into the tables by SQL. Beside each answer stands what the bare driver needs for the same
statements.
"""

import asyncio
import statistics
import time
from collections.abc import Iterator
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlmodel import Session, col

from bench.client import read
from bench.figures import Figure
from bench.province import plant
from bench.server import serving
from service import sample
from service.api.office import Office, open_office
from service.api.tokens import issue_token
from service.clock import SystemClock
from service.config import Settings
from service.overview.asked import Asked, AskedState, Now, rows, scoped
from service.overview.totals import GroupedBy, open_totals
from service.store.deadlines import Deadline
from service.store.people import by_username
from service.workflows.kinds import Kind
from service.workflows.rulebook import Rulebook

PAGE = 50
PAGE_P99_MS, SUMMARY_MS = 15.0, 150.0
TOWNSHIP, VILLAGE = "990000007000", "990000007003"

FILTERS: dict[str, dict[str, Any]] = {
    "the county": {},
    "a township": {"area": TOWNSHIP},
    "a village": {"area": VILLAGE},
    "a holder of many": {"holder": "village_committee"},
    "a holder of few": {"holder": "county_bureau"},
    "a holder in a township": {"holder": "township_office", "area": TOWNSHIP},
    "a rule": {"rule": "dynamic_management"},
    "a kind": {"kind": "monitoring_object"},
    "30 days late": {"min_days_late": 30},
    "before a day": {"due_before": "2021-06-20"},
}

FILL = """
INSERT INTO cases (id, kind, policy, state, version, round, holder, area_code, episode, opened_on,
                   updated_at, closed_at, head_hash, dossier)
  SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'monitoring_object',
         'taogou-2021@1', CASE WHEN n % 10 < 3 THEN 'consent' ELSE 'withdrawn' END, 1, 1,
         CASE WHEN n % 10 >= 3 THEN NULL WHEN n % 100 = 0 THEN 'county_bureau'
              WHEN n % 10 = 1 THEN 'township_office' ELSE 'village_committee' END,
         '990000' || lpad((1 + n % {townships})::text, 3, '0')
                  || lpad((1 + n / {townships} % {villages})::text, 3, '0'),
         1, '2021-06-03', '2021-06-03',
         CASE WHEN n % 10 < 3 THEN NULL ELSE '2021-06-20'::timestamptz END, repeat('0', 64), '[]'
  FROM generate_series(1, {cases}) n;
INSERT INTO deadline (case_id, id, policy, rule, kind, unit, started_on, due_on, over_at,
                      provisional, calendar_edition, status, closed_at, late_by, clock, area_code,
                      case_kind)
  SELECT id, id, policy, 'dynamic_management', 'due', 'date', '2021-06-03', due_on,
         (due_on + 1) - interval '8 hours', false, 1,
         CASE WHEN closed_at IS NULL THEN 'running' ELSE 'met' END, closed_at,
         CASE WHEN closed_at IS NULL THEN NULL ELSE 0 END,
         '[{{"what": "started", "at": "2021-06-03T01:00:00Z", "calendar_edition": 1,
            "on": "2021-06-03"}}]', area_code, kind
  FROM (SELECT *, CASE WHEN random() < 0.333 THEN '2021-06-03'::date + (random() * 300)::int
                       ELSE current_date + 1 + (random() * 300)::int END AS due_on FROM cases
        WHERE id::text LIKE '01900000-%') planted;
VACUUM ANALYZE;
"""


def measure(url: str, settings: Settings, cases: int, asked: int) -> Iterator[Figure]:
    """Fill a PostgreSQL database that is at head; yield what its lists and totals take."""
    asyncio.run(plant(url, FILL, cases=cases))
    office = open_office(settings, SystemClock(), Rulebook())
    headers = headers_of(office)
    worst: list[float] = []
    with serving(settings) as server:
        for name, filters in FILTERS.items():
            path = "/v1/deadlines?" + "&".join(
                f"{key}={value}" for key, value in {"state": "overdue", **filters}.items()
            )
            waited = read(server.port, [(path, headers)] * asked)[asked // 10 :]
            bare = asyncio.run(_bare(url, _page(office, filters), asked))
            worst.append(_p99(waited))
            yield Figure(f"overdue, {name}, p99", "ms", [_p99(waited)], at_most=PAGE_P99_MS)
            yield Figure(f"overdue, {name}, bare, p99", "ms", [_p99(bare)])
        yield Figure("overdue, the slowest filter, p99", "ms", [max(worst)], at_most=PAGE_P99_MS)
        path = "/v1/deadlines/summary?by=township"
        waited = read(server.port, [(path, headers)] * 12)[2:]
        bare = asyncio.run(_bare(url, _totals(office), 10))
        yield Figure("summary by township", "ms", waited, at_most=SUMMARY_MS)
        yield Figure("summary by township, bare", "ms", bare)


def _p99(waited: list[float]) -> float:
    return statistics.quantiles(waited, n=100)[98]


def headers_of(office: Office) -> dict[str, str]:
    person = office.database.transact_now(lambda session: by_username(session, "county"))
    assert person is not None
    return {"Authorization": f"Bearer {issue_token(office, person.id)}"}


Sent = list[tuple[str, Any]]


def _page(office: Office, filters: dict[str, Any]) -> Sent:
    """Return the statement of a first page, as it reaches the driver."""
    named = {**filters}
    if "kind" in named:
        named["kind"] = Kind(named["kind"])
    if "due_before" in named:
        named["due_before"] = SystemClock().now().date().fromisoformat(named["due_before"])
    asked = Asked(sample.COUNTY, AskedState.OVERDUE, **named)

    def ask(session: Session) -> None:
        query = rows(scoped(session, asked), _now(office, session))
        session.execute(
            query.order_by(col(Deadline.over_at), col(Deadline.id)).limit(PAGE + 1)
        ).all()

    return _sent(office, ask)[-1:]


def _totals(office: Office) -> Sent:
    def ask(session: Session) -> None:
        asked = scoped(session, Asked(sample.COUNTY))
        open_totals(session, asked, GroupedBy.TOWNSHIP, _now(office, session))

    return _sent(office, ask)


def _now(office: Office, session: Session) -> Now:
    return Now(office.clock.now(), office.registry.calendars.almanac(session))


def _sent(office: Office, ask: Any) -> Sent:  # noqa: ANN401
    sent: Sent = []

    def note(_c: Any, _u: Any, statement: str, parameters: Any, *_rest: Any) -> None:  # noqa: ANN401
        sent.append((statement, parameters))

    engine = office.database.engine
    event.listen(engine, "before_cursor_execute", note)
    office.database.transact_now(ask, keep=False)
    event.remove(engine, "before_cursor_execute", note)
    return sent


async def _bare(url: str, statements: Sent, times: int) -> list[float]:
    planned = {"plan_cache_mode": "force_custom_plan"}  # as the service asks for
    connection, waited = await asyncpg.connect(url, server_settings=planned), []
    for _ in range(times):
        began = time.perf_counter()
        for statement, parameters in statements:
            await connection.fetch(statement, *parameters)
        waited.append((time.perf_counter() - began) * 1000)
    await connection.close()
    return waited
