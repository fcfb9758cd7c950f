"""Limits that cannot all be used in full (requirements A.4.3), found before a case finds out."""

from datetime import date

import pytest

from service.workflows import feasibility
from service.workflows.rulebook import Rulebook

RONGAN = "rongan-2022@1"
CLUE_ON = date(2022, 4, 6)


@pytest.fixture(scope="module", name="rongan")
def the_rules_of_rongan():
    return Rulebook().pinned(RONGAN).rules


def test_ra_d09_d11_d12_each_working_day_limit_used_in_full_ends_on_the_computed_days(
    rongan, calendar
):
    days = {act: str(day) for act, day in feasibility.walk(rongan, CLUE_ON, calendar)}

    assert days["village_review"] == "2022-04-13", "5 working days to respond and report"
    assert days["publicity"] == "2022-04-20", "5 working days, as publicities usually take"
    assert days["county_approval"] == "2022-04-21"
    assert days["monitored"] == "2022-04-27", "5 working days to the helper"
    assert days["planning"] == "2022-05-07", "10 working days to the measures"


def test_ra_d08_the_chain_of_working_days_ends_on_day_31_of_30(rongan, calendar):
    [conflict] = feasibility.conflicts(rongan, CLUE_ON, calendar)

    assert (conflict.limit.cite, conflict.limit.amount) == ("RA-D08", 30)
    assert (str(conflict.due_on), str(conflict.reached_on)) == ("2022-05-06", "2022-05-07")
    assert (conflict.act, conflict.day) == ("planning", 31)


def test_ra_d08_is_the_only_limit_of_the_document_that_is_warned_of(rongan, calendar):
    [warned] = feasibility.warnings(rongan, calendar, 2022)

    assert warned.first.limit.cite == "RA-D08"
    assert 0 < warned.days < warned.of == 365


@pytest.mark.parametrize("ref", ["shiquan-2020@1", "county-2022@1", "zhanggong-2021@1"])
def test_a_document_without_lengths_warns_of_nothing(calendar, ref):
    rules = Rulebook().pinned(ref).rules

    assert feasibility.warnings(rules, calendar, 2022) == []


def test_tg_d06_a_clue_in_the_last_days_cannot_keep_the_end_of_the_phase(calendar):
    """The 5 working days of the publicity do not fit between the 18th and the 25th of June."""
    rules = Rulebook().pinned("taogou-2021@1").rules

    [warned] = feasibility.warnings(rules, calendar, 2021)

    assert (warned.first.limit.cite, str(warned.first.due_on)) == ("TG-D06", "2021-06-25")
    assert str(warned.first.start) == "2021-06-25"
