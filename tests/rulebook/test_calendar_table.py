"""Every time limit of every shipped document against the calendar: from which day to which.

The dates were computed by hand from the yearly lists of the State Council: over holidays and
make-up days, over the ends of months and years. A limit that is not in the table fails here.
"""

from datetime import date

import pytest

from service.workflows.deadlines import due
from service.workflows.kinds import Kind
from service.workflows.rulebook import Rulebook

TABLE = """
taogou-2021   monitoring_object publicity_minimum        2021-06-10 2021-06-18  Dragon Boat
taogou-2021   monitoring_object publicity_minimum        2021-09-28 2021-10-11  National Day, a Saturday worked
taogou-2021   monitoring_object publicity_minimum        2021-12-29 2022-01-06  New Year
taogou-2021   monitoring_object publicity_minimum        2022-01-28 2022-02-09  Spring Festival, a weekend worked
taogou-2021   monitoring_object publicity_minimum        2026-12-25 2027-01-01  into an unpublished year
taogou-2021   monitoring_object dynamic_management       2021-06-03 2021-06-25  a fixed day
taogou-2021   monitoring_object dynamic_management       2021-06-25 2021-06-25  begun on that day
taogou-2021   campaign          campaign_concluded       2021-06-26 2021-06-26  a Saturday is not moved
taogou-2021   campaign          concentrated_inspection  2021-06-30 2021-06-30  the last day of a half-year
taogou-2021   campaign          concentrated_inspection  2021-07-01 2021-12-31  the first of the next
taogou-2021   campaign          department_comparison    2021-06-10 2021-06-30  the month
taogou-2021   remediation_item  time_limit_of_the_item   2021-06-20 2021-06-20  a Sunday is not moved
taogou-2021   deliverable       paper_due                2021-06-25 2021-06-25  the day that is told
rongan-2022   monitoring_object response                 2022-04-06 2022-04-13  a week
rongan-2022   monitoring_object response                 2022-04-21 2022-04-27  a Sunday worked
rongan-2022   monitoring_object response                 2022-01-28 2022-02-09  Spring Festival
rongan-2022   monitoring_object helper                   2022-04-27 2022-05-07  Labour Day, a Saturday worked
rongan-2022   monitoring_object helper                   2021-12-31 2022-01-10  New Year
rongan-2022   monitoring_object measures                 2022-04-21 2022-05-07  ten, with two days worked
rongan-2022   monitoring_object measures                 2022-01-28 2022-02-16  ten over Spring Festival
rongan-2022   monitoring_object discovery                2022-04-01 2022-04-06  calendar days over a holiday
rongan-2022   monitoring_object discovery                2021-12-29 2022-01-03  ending on a holiday
rongan-2022   monitoring_object handling                 2022-02-20 2022-03-02  the end of February
rongan-2022   monitoring_object handling                 2024-02-20 2024-03-01  of a leap year
rongan-2022   monitoring_object help                     2022-01-31 2022-03-02  thirty days, no month
rongan-2022   monitoring_object help                     2022-12-15 2023-01-14  the end of a year
rongan-2022   monitoring_object household_told           2022-02-01 2022-02-28  the month
rongan-2022   monitoring_object household_told           2022-12-31 2022-12-31  its last day
rongan-2022   campaign          two_line_survey          2022-04-01 2022-04-30  the month
rongan-2022   campaign          covert_inspection        2024-02-15 2024-02-29  a leap February
rongan-2022   campaign          cross_check              2022-10-09 2022-10-31  October
rongan-2022   campaign          data_collection          2022-11-05 2022-12-31  the quarter
rongan-2022   campaign          data_collection          2022-03-31 2022-03-31  its last day
rongan-2022   campaign          files_checked            2022-01-01 2022-12-31  the year
rongan-2022   remediation_item  time_limit_of_the_item   2022-05-02 2022-05-02  a holiday is not moved
rongan-2022   deliverable       paper_due                2022-03-05 2022-03-05  a Saturday is not moved
national-2022 monitoring_object publicity_minimum        2022-09-29 2022-10-04  calendar days over National Day
national-2022 monitoring_object publicity_minimum        2022-12-29 2023-01-03  the end of a year
national-2022 monitoring_object recognition              2022-02-20 2022-03-07  fifteen days
national-2022 monitoring_object measures_within_a_month  2022-01-31 2022-02-28  February has no 31st
national-2022 monitoring_object measures_within_a_month  2024-01-31 2024-02-29  in a leap year
national-2022 monitoring_object measures_within_a_month  2022-12-15 2023-01-15  the end of a year
shiquan-2020  campaign          inspection               2020-02-10 2020-02-29  a leap February
shiquan-2020  campaign          team_meeting             2020-04-30 2020-04-30  the last day of a month
shiquan-2020  campaign          recognition              2020-12-01 2020-12-31  the last month
county-2022   remediation_item  time_limit_of_the_item   2022-06-04 2022-06-04  a Saturday is not moved
county-2022   deliverable       paper_due                2022-05-21 2022-05-21  a Saturday is not moved
zhanggong-2021 remediation_item all_put_right            2021-04-23 2021-04-30  a fixed day
zhanggong-2021 remediation_item time_limit_of_the_item   2021-04-30 2021-04-30  the day that is told
zhanggong-2021 deliverable      paper_due                2021-04-14 2021-04-14  the day that is told
"""  # noqa: E501 - a table is read by its columns

ROWS = [line.split(maxsplit=5) for line in TABLE.strip().splitlines()]


@pytest.fixture(scope="module", name="rulebook")
def the_shipped_documents() -> Rulebook:
    return Rulebook()


@pytest.mark.parametrize(
    ("policy", "kind", "rule", "start", "last_day"),
    [pytest.param(*row[:5], id=f"{row[0]} {row[2]}: {row[5]}") for row in ROWS],
)
def test_a_limit_that_starts_on_a_day_ends_on(
    rulebook, calendar, policy, kind, rule, start, last_day
):
    procedure = rulebook.pinned(f"{policy}@1", Kind(kind))

    found = due(procedure.limit(rule), date.fromisoformat(start), calendar)

    assert found.due_on == date.fromisoformat(last_day)
    assert found.provisional == (found.due_on.year not in calendar.years)


def test_the_table_has_every_limit_of_every_document(rulebook):
    shipped = {
        (procedure.policy.id, procedure.kind.value, limit.id)
        for procedure in rulebook.of_every_kind()
        for limit in procedure.rules.time_limits
    }

    assert {tuple(row[:3]) for row in ROWS} == shipped
