"""From the township to the helper (TG-P07 to TG-P11): what is said, collected, and who helps."""

import pytest
from matters import said
from pydantic import ValidationError

# TG-P07 to TG-P09: township and county


def test_tg_p07_the_township_approves_with_an_opinion():
    with pytest.raises(ValidationError):
        said("approve", opinion=" ")


def test_tg_p08_a_filing_has_a_number_and_an_announcement_a_place():
    for event, field in (("file", "filing_number"), ("announce", "place")):
        with pytest.raises(ValidationError):
            said(event, **{field: ""})


def test_tg_p09_the_number_in_the_national_system_is_kept():
    with pytest.raises(ValidationError):
        said("register", system_number=None)


# TG-P11, TG-P10: what is collected, and who helps


def test_tg_p11_a_newly_marked_household_s_basic_information_was_collected(lacks):
    assert lacks("register", basic_information_collected=True) == []
    assert lacks("register", basic_information_collected=False) == [("not_confirmed", "TG-P11")]


@pytest.mark.parametrize(
    ("object_type", "kind", "lacking"),
    [
        pytest.param("marginal", "contact", [], id="marginal: contact"),
        pytest.param("sudden_hardship", "contact", [], id="sudden hardship: contact"),
        pytest.param(
            "marginal",
            "responsible",
            [("helper_kind_differs", "TG-P10")],
            id="marginal: responsible",
        ),
        pytest.param(
            "sudden_hardship",
            "responsible",
            [("helper_kind_differs", "TG-P10")],
            id="sudden hardship: responsible",
        ),
        pytest.param("unstable_lifted", "responsible", [], id="unstable: responsible"),
        pytest.param("unstable_lifted", "contact", [], id="unstable: contact"),
    ],
)
def test_tg_p10_tg_r08_the_kind_of_helper_follows_the_type_of_the_household(
    lacks, object_type, kind, lacking
):
    review = said("conclude_review", object_type=object_type)

    assert lacks("assign_helper", review, helper_kind=kind) == lacking


def test_tg_p10_the_type_that_the_newest_review_gave_counts(lacks):
    reviews = [
        said("conclude_review", object_type=object_type)
        for object_type in ("marginal", "unstable_lifted")
    ]

    assert lacks("assign_helper", *reviews, helper_kind="responsible") == []


@pytest.mark.parametrize("object_type", ["unstable_lifted", "marginal", "sudden_hardship"])
def test_tg_r08_a_helper_of_a_kind_that_the_document_does_not_know_is_refused(lacks, object_type):
    review = said("conclude_review", object_type=object_type)

    assert ("not_listed", "TG-R08") in lacks("assign_helper", review, helper_kind="robot")


def test_tg_p10_a_case_that_was_never_reviewed_binds_no_kind_of_helper(lacks):
    assert lacks("assign_helper", helper_kind="responsible") == []
