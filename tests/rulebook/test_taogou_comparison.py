"""The data comparison (TG-P05): beside the publicity, and settled before the case goes on."""

import pytest
from matters import DEPARTMENTS, POSTED, a_good_matter, findings, found, matter, needs, said
from pydantic import ValidationError


def test_tg_p05_every_department_answers_even_if_it_has_no_data(lacks):
    for verdict in ("agrees", "differs", "no_record", "not_provided"):
        answered = findings(**dict.fromkeys(DEPARTMENTS, verdict))

        assert lacks("record_comparison", findings=answered) == []


@pytest.mark.parametrize("silent", DEPARTMENTS)
def test_tg_p05_a_department_that_did_not_answer_is_named(taogou, silent):
    answered = [finding for finding in findings() if finding["department"] != silent]
    given = a_good_matter(taogou, "record_comparison", findings=answered)

    assert found(taogou, "record_comparison", given) == [("department_missing", "TG-P05")]
    assert needs(taogou, "record_comparison", given) == ((silent,), ())


@pytest.mark.parametrize(
    ("finding", "code"),
    [
        pytest.param(
            {"department": "army", "field": "tax_record", "verdict": "agrees"},
            "department_not_listed",
            id="a department that the household did not authorise",
        ),
        pytest.param(
            {"department": "police", "field": "diagnosis", "verdict": "agrees"},
            "department_not_listed",
            id="a field that the document does not name",
        ),
        pytest.param(
            {"department": "police", "field": "consumer_car", "verdict": "differs"},
            "verdict_given_twice",
            id="two verdicts on one field",
        ),
    ],
)
def test_tg_p05_what_nobody_asked_for_or_what_contradicts_itself_is_refused(lacks, finding, code):
    assert lacks("record_comparison", findings=[*findings(), finding]) == [(code, "TG-P05")]


def test_tg_p05_a_department_may_answer_on_several_fields(lacks):
    second = {"department": "police", "field": "fiscal_payroll", "verdict": "no_record"}

    assert lacks("record_comparison", findings=[*findings(), second]) == []


HIT = said("record_comparison", findings=findings(police="differs"))
NO_HIT = said("record_comparison")
EXPLAINED = said("conclude_comparison", conclusion="explained")
CONFIRMED = said("conclude_comparison", conclusion="confirmed")


@pytest.mark.parametrize("event", ["conclude_publicity", "approve"])
@pytest.mark.parametrize(
    ("since_posting", "codes"),
    [
        pytest.param([], ["comparison_missing"], id="no comparison"),
        pytest.param([NO_HIT], [], id="no hit"),
        pytest.param([HIT], ["hit_not_concluded"], id="a hit"),
        pytest.param([HIT, EXPLAINED], [], id="a hit, explained"),
        pytest.param([HIT, CONFIRMED], ["hit_confirmed"], id="a hit, confirmed"),
        pytest.param([HIT, CONFIRMED, EXPLAINED], [], id="confirmed, then explained after all"),
        pytest.param([HIT, EXPLAINED, CONFIRMED], ["hit_confirmed"], id="explained, then not"),
        pytest.param([HIT, EXPLAINED, HIT], ["hit_not_concluded"], id="explained, then a new hit"),
        pytest.param([HIT, CONFIRMED, NO_HIT], [], id="confirmed, then compared anew without"),
    ],
)
def test_tg_p05_the_case_goes_on_when_the_newest_comparison_is_settled(
    lacks, event, since_posting, codes
):
    assert lacks(event, *POSTED, *since_posting) == [(code, "TG-P05") for code in codes]


@pytest.mark.parametrize(
    "earlier", [[NO_HIT], [HIT, EXPLAINED]], ids=["no hit", "a hit, explained"]
)
def test_tg_p05_each_posting_needs_a_comparison_of_its_own(lacks, earlier):
    assert lacks("conclude_publicity", *POSTED, *earlier, "post_publicity") == [
        ("comparison_missing", "TG-P05")
    ]


@pytest.mark.parametrize(
    ("before", "codes"),
    [
        pytest.param([HIT], [], id="a hit"),
        pytest.param([NO_HIT], ["no_hit"], id="no hit"),
        pytest.param([], ["no_hit"], id="no comparison"),
        pytest.param([HIT, NO_HIT], ["no_hit"], id="the newest has no hit"),
        pytest.param([HIT, "post_publicity"], ["no_hit"], id="a hit of an earlier posting"),
    ],
)
def test_tg_p05_a_conclusion_is_drawn_on_a_hit_only(lacks, before, codes):
    assert lacks("conclude_comparison", *POSTED, *before) == [(code, "TG-P05") for code in codes]


@pytest.mark.parametrize("missing", ["officer", "reason"])
def test_tg_p05_a_conclusion_names_its_officer_and_its_reason(missing):
    with pytest.raises(ValidationError):
        said("conclude_comparison", **{missing: None})


def test_tg_p05_the_blocker_names_the_department_and_the_field_of_the_hit(taogou):
    given = matter(taogou, said("conclude_publicity"), *POSTED, HIT)

    assert needs(taogou, "conclude_publicity", given) == ((), ("police.consumer_car",))


def test_tg_p05_a_refusal_speaks_the_document_s_own_words(taogou):
    body = said("record_comparison", findings=findings()[1:])
    given = matter(taogou, body, *POSTED)
    [missing] = taogou.blockers("publicity", "record_comparison", given)
    [hit] = taogou.blockers("publicity", "conclude_publicity", matter(taogou, None, *POSTED, HIT))

    assert missing.label.zh == "以下部门没有比对结论：公安"
    assert missing.label.en == "These departments have no verdict: police."
    assert hit.label.zh == "比对异常尚无结论：公安·消费型轿车"
