"""Who is to know of an overdue case, rung by rung, as a document writes it at a time limit."""

import pytest

from service.workflows.machine import Procedure
from service.workflows.policy import PolicyError, read

LIMITS = "monitoring_object.time_limits"
RUNGS = f"{LIMITS}.dynamic_management.rungs"
FIRST = {"after_days": 1, "to": ["township_office"], "cite": "TG-A04"}
SECOND = {"after_days": 5, "to": ["township_office", "county_bureau"], "cite": "TG-A04"}


@pytest.mark.parametrize(
    ("days_late", "told"),
    [
        pytest.param(0, (), id="in time"),
        pytest.param(1, ("township_office",), id="the first rung"),
        pytest.param(4, ("township_office",), id="short of the second"),
        pytest.param(5, ("township_office", "county_bureau"), id="the second, each role once"),
    ],
)
def test_tg_a04_with_each_rung_more_are_to_know(put, days_late, told):
    limit = Procedure(read(put(**{RUNGS: [FIRST, SECOND]}))).limit("dynamic_management")

    assert limit.told_at(days_late) == told


def test_a_limit_without_rungs_tells_nobody(put):
    assert Procedure(read(put())).limit("dynamic_management").told_at(99) == ()


@pytest.mark.parametrize(
    ("rungs", "gap"),
    [
        pytest.param([FIRST | {"to": []}], "[0].to: it reaches nobody; name a role", id="nobody"),
        pytest.param(
            [FIRST | {"to": ["county_buro"]}],
            "[0].to: 'county_buro' is not in roles; did you mean 'county_bureau'?",
            id="no such role",
        ),
        pytest.param(
            [SECOND, FIRST], ": after_days must grow from rung to rung", id="the wrong way round"
        ),
    ],
)
def test_a_rung_that_reaches_nobody_is_a_gap(put, rungs, gap):
    with pytest.raises(PolicyError) as refused:
        read(put(**{RUNGS: rungs}))

    assert refused.value.gaps == [f"{LIMITS}[dynamic_management].rungs{gap}"]


def test_nobody_is_late_for_a_minimum(put):
    with pytest.raises(PolicyError) as refused:
        read(put(**{f"{LIMITS}.publicity_minimum.rungs": [FIRST]}))

    assert refused.value.gaps == [
        f"{LIMITS}[publicity_minimum].rungs: nobody can be late for a minimum; take them out"
    ]
