"""The report of a county with half a million problems, as an office asks for it: over HTTP.

Beside it the bare count of the same table by the same columns, of which a report is nothing
else: it may read the covering index alone, and must not read the table.
"""

import asyncio
import time
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from sqlmodel import Session, select

from bench import client
from bench.server import serving
from service import sample
from service.api.office import Office
from service.api.tokens import issue_token
from service.config import Settings
from service.store.people import Person

CAMPAIGN = "017a0000-0000-7000-8000-000000000001"
ASKED = 15
NAMES = ("by_problem_type", "by_unit")

BARE = "SELECT problem_type, standing, count(*) FROM remediation_item GROUP BY 1, 2"
REPORT = f"""SELECT problem_type, standing, count(*) FROM remediation_item
WHERE standing <> 'void' AND campaign_id = '{CAMPAIGN}' AND area_code IN
(SELECT area_code FROM area_reach WHERE ancestor_code = '{sample.COUNTY}') GROUP BY 1, 2"""  # noqa: S608
ALONE = "Index Only Scan using ix_remediation_item_totals"

PLANTED = f"""
INSERT INTO cases (id, kind, policy, state, version, round, area_code, episode, opened_on,
                   updated_at, head_hash, dossier)
VALUES ('{CAMPAIGN}', 'campaign', 'taogou-2021@1', 'under_way', 1, 1, '{sample.COUNTY}', 1,
        '2021-06-08', '2021-06-08T01:00Z', '-', '[]');
INSERT INTO campaign (case_id, title, area_code, first_day, last_day)
VALUES ('{CAMPAIGN}', '量测', '{sample.COUNTY}', '2021-06-08', '2021-06-26');
CREATE TEMP TABLE village AS
SELECT row_number() OVER (ORDER BY code) - 1 AS n, code FROM area WHERE level = 'village';
CREATE TEMP TABLE drawn AS
SELECT g, gen_random_uuid() AS id, code FROM generate_series(1, {{items}}::bigint) g
JOIN village ON n = (g * 7919) % (SELECT count(*) FROM village);
INSERT INTO cases (id, kind, policy, state, version, round, area_code, campaign_id, episode,
                   opened_on, updated_at, head_hash, dossier)
SELECT id, 'remediation_item', 'taogou-2021@1',
       CASE WHEN g % 3 = 0 THEN 'closed' WHEN g % 50 = 1 THEN 'voided' ELSE 'in_progress' END,
       1, 1, code, '{CAMPAIGN}', 1, '2021-06-12', '2021-06-12T01:00Z', '-', '[]' FROM drawn;
INSERT INTO remediation_item (case_id, campaign_id, area_code, scope, level, problem_type,
                              risk_type, source, content, found_on, found_by, standing, group_id)
SELECT id, '{CAMPAIGN}', code, 'area', 'village',
       (ARRAY['compulsory_education', 'basic_medical', 'safe_housing', 'safe_water', 'relocation',
              'industry', 'employment', 'microcredit', 'consumption', 'funds', 'monitoring',
              'assistance'])[1 + g % 12],
       (ARRAY['illness', 'disaster', NULL])[1 + g % 3], (ARRAY['form', 'complaint'])[1 + g % 2],
       '公益性岗位补助未及时发放', '2021-06-12', '甲排查',
       CASE WHEN g % 3 = 0 THEN 'rectified' WHEN g % 50 = 1 THEN 'void' ELSE 'in_progress' END, id
FROM drawn
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Asked:
    """How many milliseconds each report took, and the bare count; each time that it was asked."""

    reports: dict[str, list[float]]
    bare: list[float]
    counted: int


def plant(url: str, items: int) -> None:
    """Put problems into a database that has its villages, each in one, and a campaign of all."""
    asyncio.run(_plant(url, items))


async def _plant(url: str, items: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(PLANTED.format(items=items))
        for table in ("remediation_item", "cases", "area_reach"):
            await connection.execute(f"VACUUM ANALYZE {table}")
    finally:
        await connection.close()


def measure(office: Office, settings: Settings) -> Asked:
    """Ask for the reports through a server of its own, and for the bare count without it."""
    county = select(Person.id).where(Person.username == "county")

    def ask(session: Session) -> UUID:
        return session.exec(county).one()

    token = issue_token(office, office.database.transact_now(ask, keep=False))
    headers = {"Authorization": f"Bearer {token}"}
    with serving(settings) as server:
        reports = {}
        for name in NAMES:
            path = f"/v1/reports/{name}?campaign={CAMPAIGN}"
            client.read(server.port, [(path, headers)] * 2)
            reports[name] = client.read(server.port, [(path, headers)] * ASKED)
    bare, counted = asyncio.run(_bare(settings.url))
    return Asked(reports, bare, counted)


async def _bare(url: str) -> tuple[list[float], int]:
    connection = await asyncpg.connect(url)
    try:
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {REPORT}"))
        assert ALONE in plan, plan
        waited, counted = [], 0
        for _ in range(ASKED):
            began = time.perf_counter()
            counted = sum(row[2] for row in await connection.fetch(BARE))
            waited.append((time.perf_counter() - began) * 1000)
        return waited, counted
    finally:
        await connection.close()
