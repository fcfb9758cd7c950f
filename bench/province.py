"""A province put into the tables by SQL: two thousand villages, and what a measurement adds."""

import asyncpg

from service import sample

TOWNSHIPS, VILLAGES = 200, 10

AREAS = """
INSERT INTO area (code, name, level, parent_code)
  SELECT '990000' || lpad(t::text, 3, '0') || '000', 'T' || t, 'township', '{county}'
  FROM generate_series(1, {townships}) t;
INSERT INTO area (code, name, level, parent_code)
  SELECT '990000' || lpad(t::text, 3, '0') || lpad(v::text, 3, '0'), 'V', 'village',
         '990000' || lpad(t::text, 3, '0') || '000'
  FROM generate_series(1, {townships}) t, generate_series(1, {villages}) v;
INSERT INTO area_reach (ancestor_code, area_code)
  SELECT code, code FROM area WHERE code LIKE '990000%'
  UNION ALL SELECT '{county}', code FROM area WHERE code LIKE '990000%'
  UNION ALL SELECT parent_code, code FROM area WHERE code LIKE '990000%' AND level = 'village';
"""


async def plant(url: str, script: str, **values: object) -> None:
    """Fill a PostgreSQL database that is at head with the areas, then by a script of its own."""
    connection = await asyncpg.connect(url)
    for part in (AREAS, script):
        filled = part.format(county=sample.COUNTY, townships=TOWNSHIPS, villages=VILLAGES, **values)
        for statement in filled.split(";\n"):
            if statement.strip():
                await connection.execute(statement)
    await connection.close()
