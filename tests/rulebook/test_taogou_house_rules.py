"""What the documents are silent about (DX, docs/decisions/0006), and what all steps share."""

from datetime import timedelta

import pytest
from matters import APPLIED_ON, TAOGOU_EVENTS, TODAY, a_good_matter, found, matter, said
from pydantic import ValidationError

from service.workflows.monitoring.entry_events import ConcludeReview


@pytest.mark.parametrize("event", TAOGOU_EVENTS)
def test_an_event_that_fits_the_document_lacks_nothing(taogou, event):
    assert found(taogou, event, a_good_matter(taogou, event)) == []


def test_the_document_knows_these_events_and_no_others(taogou):
    known = {event for state in taogou.states for event in taogou.events_at(state)}

    assert {"open", *known} == set(TAOGOU_EVENTS)


# The house's own


@pytest.mark.parametrize("missing", ["to", "reason", "to_fix"])
def test_dx_01_a_return_says_where_to_why_and_what_to_put_right(missing):
    with pytest.raises(ValidationError):
        said("return_case", **{missing: None})


def test_dx_01_a_return_names_at_least_one_thing_to_put_right():
    with pytest.raises(ValidationError):
        said("return_case", to_fix=[])


def test_dx_02_a_refusal_says_why_and_an_explanation_to_whom_when_and_how():
    for event, field in (
        ("refuse", "reason"),
        ("explain_refusal", "means"),
        ("explain_refusal", "explained_on"),
        ("explain_refusal", "explained_to"),
    ):
        with pytest.raises(ValidationError):
            said(event, **{field: None})


def test_dx_03_a_withdrawal_says_why():
    with pytest.raises(ValidationError):
        said("withdraw", reason=None)


@pytest.mark.parametrize("missing", ["ground", "ended_on", "reason"])
def test_dx_08_a_natural_end_says_on_which_ground_when_and_why(missing):
    with pytest.raises(ValidationError):
        said("end_naturally", **{missing: None})


@pytest.mark.parametrize("ground", ["death", "moved_away"])
def test_dx_08_who_died_or_moved_away_is_monitored_no_longer(lacks, ground):
    assert lacks("end_naturally", ground=ground) == []


def test_dx_08_no_other_ground_ends_monitoring_and_none_that_lies_ahead(lacks):
    tomorrow = (TODAY + timedelta(days=1)).isoformat()

    assert lacks("end_naturally", ground="full") == [("not_listed", "DX-08")]
    assert lacks("end_naturally", ended_on=tomorrow) == [("date_in_future", "DX-06")]


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ("sign_consent", "signed_on"),
        ("conclude_deliberation", "held_on"),
        ("conclude_review", "held_on"),
        ("explain_refusal", "explained_on"),
        ("record_visit", "visited_on"),
        ("collect_change", "changed_on"),
        ("record_criteria", "visited_on"),
        ("mark_eliminated", "marked_on"),
    ],
)
@pytest.mark.parametrize(
    ("day", "codes"),
    [
        pytest.param(APPLIED_ON - timedelta(days=1), ["date_before_application"], id="before"),
        pytest.param(APPLIED_ON, [], id="the day of the application"),
        pytest.param(TODAY, [], id="today"),
        pytest.param(TODAY + timedelta(days=1), ["date_in_future"], id="tomorrow"),
    ],
)
def test_dx_06_a_day_on_a_paper_lies_between_the_application_and_today(
    lacks, event, field, day, codes
):
    assert lacks(event, **{field: day.isoformat()}) == [(code, "DX-06") for code in codes]


# Before anybody says anything


WITHOUT_A_WORD = {
    "post_publicity": ["act_missing"],
    "conclude_comparison": ["no_hit"],
    "reject_objection": ["no_such_objection"],
    "uphold_objection": ["no_such_objection"],
    "conclude_publicity": ["comparison_missing"],
    "report": ["act_missing"],
    "approve": ["act_missing", "comparison_missing"],
    "record_progress": ["no_plan"],
}
"""What stands in the way of an event whatever will be said: of the case, not of the body."""


@pytest.mark.parametrize("event", TAOGOU_EVENTS)
def test_who_only_asks_is_told_what_the_case_lacks_and_nothing_of_a_body(taogou, event):
    lacking = found(taogou, event, matter(taogou, None))

    assert [code for code, _ in lacking] == WITHOUT_A_WORD.get(event, [])


# Rounds


def test_what_was_said_in_earlier_rounds_stays_and_what_came_last_counts(taogou):
    first, second = (
        said("conclude_review", object_type=one) for one in ("marginal", "unstable_lifted")
    )
    dossier = matter(taogou, None, "sign_consent", first, second).dossier

    assert [body for _, body in dossier.all(ConcludeReview)] == [first, second]
    assert dossier.last(ConcludeReview) == second


def test_a_dossier_grows_by_one_entry_and_stays_itself(taogou):
    before = matter(taogou, None, "sign_consent").dossier
    after = before.with_entry(before.entries[0].model_copy(update={"seq": 2}))

    assert [entry.seq for entry in before.entries] == [1]
    assert [entry.seq for entry in after.entries] == [1, 2]
