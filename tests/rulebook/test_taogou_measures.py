"""What a plan may hold under the Taogou document, and for whom."""

import pytest
from matters import matter, said

TYPES = ("unstable_lifted", "marginal", "sudden_hardship")
LACKING = ("schooling", "health", "housing", "water", "development", "social_security")


def plan(kind):
    return said("agree_plan", measures=[{"number": 1, "kind": kind, "what": "措施", "owner": "某"}])


@pytest.mark.parametrize("kind", LACKING)
def test_tg_h02_whatever_a_household_lacks_there_is_a_measure_for_it(taogou, kind):
    assert taogou.blockers("planning", "agree_plan", matter(taogou, plan(kind))) == []


@pytest.mark.parametrize("object_type", TYPES)
def test_tg_h04_no_type_of_object_is_kept_from_a_measure(taogou, object_type):
    review = said("conclude_review", object_type=object_type)

    for kind in taogou.policy.lists["measure_kinds"]:
        found = matter(taogou, plan(kind.code), "open", review)
        assert taogou.blockers("planning", "agree_plan", found) == []
