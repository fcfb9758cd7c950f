"""A document's own form at an act: fields of its own, each with its type, its list, its provision.

Nothing in Python knows these fields: a document that asks for something new writes it down.
"""

import pytest
from matters import matter, said
from pydantic import ValidationError

from service.workflows.machine import Procedure
from service.workflows.policy import read

FILING = "monitoring_object.stages.county_filing"


def a_field(code, kind, **more):
    return {"code": code, "zh": f"栏目{code}", "en": code, "type": kind, "cite": "TG-P08", **more}


ASKED = [
    a_field("file_place", "text"),
    a_field("pages", "number"),
    a_field("complete", "yes_no"),
    a_field("filed_on", "day"),
    a_field("warned_by", "code", list="departments"),
    a_field("remark", "text", required=False),
]
FILLED = {
    "file_place": "档案室",
    "pages": 12,
    "complete": True,
    "filed_on": "2021-06-10",
    "warned_by": "police",
}


@pytest.fixture(name="procedure")
def a_document_that_asks_for_more(put):
    return Procedure(read(put(**{f"{FILING}.form_fields": ASKED})))


@pytest.fixture(name="lacks")
def what_a_form_lacks(procedure):
    """Return what says what the filing lacks with a form: code, need, have."""

    def found(form, event="file", state="county_filing"):
        blockers = procedure.blockers(state, event, matter(procedure, said(event, form=form)))
        return [(blocker.code, blocker.need, blocker.have) for blocker in blockers]

    return found


def test_a_form_that_is_filled_in_lacks_nothing(lacks):
    assert lacks(FILLED) == []
    assert lacks(FILLED | {"remark": "无"}) == []


@pytest.mark.parametrize("code", FILLED)
def test_a_field_that_must_be_filled_in_is_named_when_it_is_not(lacks, code):
    form = {name: value for name, value in FILLED.items() if name != code}

    assert lacks(form) == [("field_missing", (code,), ())]


def test_every_field_that_is_missing_is_named_at_once(lacks):
    assert lacks({}) == [("field_missing", (code,), ()) for code in FILLED]


@pytest.mark.parametrize(
    ("code", "kind", "value"),
    [
        pytest.param("file_place", "text", True, id="yes is no text"),
        pytest.param("file_place", "text", 7, id="a number is no text"),
        pytest.param("pages", "number", "twelve", id="a word is no number"),
        pytest.param("pages", "number", True, id="yes is no number"),
        pytest.param("complete", "yes_no", "true", id="a word is neither yes nor no"),
        pytest.param("complete", "yes_no", 1, id="a number is neither yes nor no"),
        pytest.param("filed_on", "day", "10 June", id="words are no day"),
        pytest.param("filed_on", "day", "2021-02-30", id="no such day"),
        pytest.param("filed_on", "day", 20210610, id="a number is no day"),
        pytest.param("warned_by", "code", "army", id="what the list does not have"),
        pytest.param("warned_by", "code", True, id="yes is no code"),
    ],
)
def test_a_value_that_is_not_of_its_field_s_type_is_refused(lacks, code, kind, value):
    assert lacks(FILLED | {code: value}) == [("field_unfit", (code, kind), (str(value),))]


@pytest.mark.parametrize(
    ("code", "value"),
    [
        pytest.param("pages", "12.50", id="a number with a fraction, as text"),
        pytest.param("pages", 0, id="nought"),
        pytest.param("complete", False, id="no is an answer"),
        pytest.param("filed_on", "2024-02-29", id="a leap day"),
        pytest.param("warned_by", "finance", id="another code of the list"),
    ],
)
def test_a_value_that_is_of_its_field_s_type_is_taken(lacks, code, value):
    assert lacks(FILLED | {code: value}) == []


@pytest.mark.parametrize("value", ["", "   ", 1.5, None, ["a"], {"a": 1}, "x" * 2001])
def test_what_no_form_could_hold_is_no_body_at_all(value):
    with pytest.raises(ValidationError):
        said("file", form={"file_place": value})


@pytest.mark.parametrize("code", ["Place", "a b", "地点", ""])
def test_a_field_is_named_by_a_code(code):
    with pytest.raises(ValidationError):
        said("file", form={code: "x"})


def test_what_is_not_asked_for_is_refused_and_what_is_asked_is_told(lacks):
    asked = tuple(sorted(field["code"] for field in ASKED))

    assert lacks(FILLED | {"shoe_size": 42, "favourite": "x"}) == [
        ("field_not_asked", asked, ("favourite", "shoe_size"))
    ]


def test_an_act_without_a_form_of_its_own_takes_none(lacks):
    assert lacks({"file_place": "x"}, "announce", "announcement") == [
        ("field_not_asked", ("-",), ("file_place",))
    ]


def test_who_only_asks_is_told_nothing_of_the_form(procedure):
    assert procedure.blockers("county_filing", "file", matter(procedure, None)) == []


def test_a_field_that_is_missing_is_named_in_the_document_s_own_words(procedure):
    given = matter(procedure, said("file", form=FILLED | {"warned_by": "army"}))
    [unfit] = procedure.blockers("county_filing", "file", given)
    given = matter(procedure, said("file", form=FILLED | {"pages": "x"}))
    [not_a_number] = procedure.blockers("county_filing", "file", given)

    assert "栏目warned_by" in unfit.label.zh
    assert unfit.cite == not_a_number.cite == "TG-P08"


def test_a_form_belongs_to_one_act_and_another_stage_with_the_same_event_has_its_own(put):
    """Both end a filing; the elimination's asks for nothing."""
    procedure = Procedure(read(put(**{f"{FILING}.form_fields": ASKED})))
    given = matter(procedure, said("file"))

    assert procedure.blockers("elimination_filing", "file", given) == []
    assert len(procedure.blockers("county_filing", "file", given)) == len(FILLED)


def test_an_event_beside_the_routes_and_the_opening_may_have_a_form_too(put):
    events = "monitoring_object.events"
    procedure = Procedure(
        read(
            put(
                **{
                    f"{events}.open.form_fields": [a_field("told_by", "text")],
                    f"{events}.record_visit.form_fields": [a_field("photographs", "number")],
                }
            )
        )
    )

    opened = procedure.blockers("", "open", matter(procedure, said("open")))
    visited = procedure.blockers("held", "record_visit", matter(procedure, said("record_visit")))

    assert [blocker.need for blocker in (*opened, *visited)] == [("told_by",), ("photographs",)]


def test_what_was_filled_in_is_kept_and_the_newest_answer_counts(procedure):
    first, second = (said("file", form=FILLED | {"pages": pages}) for pages in (3, 5))
    dossier = matter(procedure, None, first, "announce", second, "announce").dossier

    assert dossier.answer("pages") == 5
    assert dossier.answer("nobody_asked") is None
