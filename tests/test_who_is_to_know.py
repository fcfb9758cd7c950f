"""The list of what is overdue says who is to know by now, where the document says it."""

from datetime import date

import pytest
from county import rewritten

from service import sample
from service.workflows.rulebook import Rulebook

RUNGS = """rungs = [
  { after_days = 1, to = ["township_office"], cite = "TG-A04" },
  { after_days = 10, to = ["county_bureau"], cite = "TG-A04" },
]
"""
ENDS = 'ends = ["registration"]\n'


@pytest.fixture
def rulebook(tmp_path) -> Rulebook:
    return rewritten(tmp_path, sample.POLICY, ENDS, ENDS + RUNGS)


@pytest.mark.parametrize(
    ("day", "told"),
    [
        pytest.param(date(2021, 6, 25), [], id="on the last day"),
        pytest.param(date(2021, 6, 26), ["township_office"], id="a day late"),
        pytest.param(date(2021, 7, 5), ["township_office", "county_bureau"], id="ten days late"),
    ],
)
def test_tg_a04_an_overdue_case_names_who_is_to_know(district, day, told):
    district.apply()
    district.on(day)

    [deadline] = district.get("county", "/v1/deadlines", rule="dynamic_management").json()["items"]

    assert deadline["tell"] == told
