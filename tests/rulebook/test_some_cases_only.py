"""What a document asks of some cases only: stages passed over, limits of a grade, votes."""

from dataclasses import replace
from datetime import UTC, date
from uuid import UUID

import pytest
from matters import matter, said
from papers import PAPER

from service.clock import office_time
from service.clock_rows import Moment
from service.clocks import Clocks
from service.store.deadlines import ClockStatus
from service.workflows.machine import Procedure
from service.workflows.matter import HouseholdFile
from service.workflows.policy import PolicyError, read

OBJECT = "monitoring_object"
STAGES, LIMITS = f"{OBJECT}.stages", f"{OBJECT}.time_limits"
EMERGENCY = {"without_traits": ["no_labour"]}
FORKED = {
    f"{STAGES}.posting.only_for": EMERGENCY,
    f"{STAGES}.publicity.only_for": EMERGENCY,
    f"{STAGES}.announcement.only_for": {"object_types": ["marginal"]},
}
CASE = UUID(int=7)


@pytest.fixture(name="forked")
def a_document_whose_publicity_is_not_for_all(put) -> Procedure:
    return Procedure(read(put(**FORKED)))


def concerning(procedure, event, *before, **household):
    found = matter(procedure, said(event), *before)
    return replace(found, household=HouseholdFile(**household))


def test_a_case_goes_to_the_next_stage_that_concerns_it(forked):
    reviewed = concerning(forked, "conclude_review", "open", "sign_consent")

    assert forked.move("village_review", "conclude_review", reviewed, []) == "posting"


def test_a_case_passes_over_the_stages_that_do_not_concern_it(forked):
    spared = concerning(
        forked, "conclude_review", "open", "sign_consent", traits=frozenset({"no_labour"})
    )

    assert forked.move("village_review", "conclude_review", spared, []) == "village_report"
    assert forked.targets("village_review", "conclude_review") == [
        "posting",
        "publicity",
        "village_report",
    ]


def test_what_the_case_was_found_to_be_decides_as_well(forked):
    filed = matter(forked, said("file"), "open", said("conclude_review"))
    sudden = said("conclude_review", object_type="sudden_hardship")
    other = matter(forked, said("file"), "open", sudden)

    assert forked.move("county_filing", "file", filed, []) == "announcement"
    assert forked.move("county_filing", "file", other, []) == "registration"


def test_a_posting_and_its_publicity_are_passed_over_together(put):
    with pytest.raises(PolicyError) as refused:
        read(put(**{f"{STAGES}.posting.only_for": EMERGENCY}))

    assert refused.value.gaps == [
        f"{OBJECT}.entry: 'publicity' and 'posting' need one and the same only_for"
    ]


def test_every_case_begins_at_the_first_stage(put):
    with pytest.raises(PolicyError) as refused:
        read(put(**{f"{STAGES}.consent.only_for": EMERGENCY}))

    [gap] = refused.value.gaps
    assert (
        gap == f"{OBJECT}.stages.consent.only_for: every case begins here; put only_for on a "
        "later stage"
    )


GRADE = {
    "code": "grade",
    "zh": "风险等级",
    "en": "grade of risk",
    "type": "code",
    "list": "grades",
    "cite": "TG-C11",
}
VISITS = {
    "zh": "红色每30天走访",
    "en": "red: a visit every 30 days",
    "cite": "TG-P11",
    "kind": "due",
    "unit": "calendar_day",
    "amount": 30,
    "starts": ["planning", "record_visit"],
    "ends": ["record_visit"],
    "id": "visit_red",
    "only_for": {"answers": {"grade": ["red"]}},
}


@pytest.fixture(name="graded")
def a_document_with_visits_by_grade(put) -> Procedure:
    grades = [{"code": c, "zh": c, "en": c} for c in ("red", "blue")]
    limits = [*PAPER[OBJECT]["time_limits"], VISITS]
    return Procedure(
        read(
            put(
                **{
                    "lists.grades": grades,
                    f"{STAGES}.village_review.form_fields": [GRADE],
                    f"{OBJECT}.time_limits": limits,
                }
            )
        )
    )


def clocks(procedure, calendar, day, running=()):
    moment = Moment(office_time(day).astimezone(UTC), calendar)
    return Clocks(procedure.policy.ref, procedure.rules.time_limits, running, moment)


def started(procedure, calendar, grade):
    review = said("conclude_review", form={"grade": grade})
    planned = matter(procedure, said("agree_plan"), "open", review)
    acts = procedure.acts("planning", "agree_plan")
    turned = clocks(procedure, calendar, date(2021, 7, 1)).turn(
        CASE, acts, procedure.ahead("assisted"), planned
    )
    return [clock for clock in turned.started if clock.rule == "visit_red"]


def test_a_limit_runs_for_the_cases_that_it_concerns(graded, calendar):
    assert len(started(graded, calendar, "red")) == 1
    assert started(graded, calendar, "blue") == []


def test_a_limit_that_recurs_is_met_and_starts_anew(graded, calendar):
    [first] = started(graded, calendar, "red")
    assert str(first.due_on) == "2021-07-31"
    review = said("conclude_review", form={"grade": "red"})
    visited = matter(graded, said("record_visit"), "open", review)

    turned = clocks(graded, calendar, date(2021, 7, 20), [first]).turn(
        CASE, frozenset({"record_visit"}), graded.ahead("assisted"), visited
    )

    assert first.status is ClockStatus.MET
    [second] = turned.started
    assert (str(second.due_on), second.status) == ("2021-08-19", ClockStatus.RUNNING)


def test_a_field_that_no_form_asks_for_cannot_decide(put):
    limits = [*PAPER[OBJECT]["time_limits"], VISITS]
    with pytest.raises(PolicyError) as refused:
        read(put(**{f"{OBJECT}.time_limits": limits}))

    assert refused.value.gaps == [
        f"{OBJECT}.time_limits[visit_red].only_for.answers: no form_fields ask for 'grade'"
    ]


MAJORITY = {"requirement": "majority", "share": 0.5, "more_than": True, "cite": "TG-P02"}


@pytest.mark.parametrize(
    ("votes", "codes"),
    [
        pytest.param({}, ["field_missing"], id="nobody counted"),
        pytest.param({"votes_for": 6, "votes_cast": 12}, ["no_majority"], id="just half"),
        pytest.param({"votes_for": 7, "votes_cast": 12}, [], id="more than half"),
    ],
)
def test_a_majority_of_the_votes(put, votes, codes):
    place = f"{STAGES}.group_deliberation.requires"
    procedure = Procedure(read(put(**{place: [MAJORITY]})))
    voted = matter(procedure, said("conclude_deliberation", **votes), "open", "sign_consent")

    found = procedure.blockers("group_deliberation", "conclude_deliberation", voted)

    assert [blocker.code for blocker in found] == codes
