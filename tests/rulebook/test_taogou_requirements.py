"""What the Taogou document requires before each step (TG 二（二）2（4）), in its order.

Every requirement is met once and refused in every way it can be, under its own provision. The
house's own requirements (DX, docs/decisions/0006) follow at the end.
"""

import hashlib
from datetime import date, timedelta

import pytest
from matters import (
    APPLIED_ON,
    COMPARED,
    DEPARTMENTS,
    FORM,
    GROUPS,
    MINUTES,
    OVERRIDE,
    POOR,
    POSTED,
    REVIEWED,
    RICH,
    TODAY,
    WELL,
    WITH_CAR,
    a_good_matter,
    findings,
    matter,
    said,
)
from pydantic import ValidationError

from service.workflows.monitoring.events import EVENTS, ConcludeVillageReview
from service.workflows.monitoring.notice import Posting, outcome, told_in_line
from service.workflows.monitoring.route import STATES

AT = {
    "open": "",
    "uphold_objection": "publicity",
    "return_case": "registration",
    "refuse": "township_review",
    "explain_refusal": "explanation_owed",
    "withdraw": "registration",
}
"""Event -> a state it is raised in, where it is not the only one."""


@pytest.fixture(name="lacks")
def what_an_event_lacks(taogou):
    """Return what says the codes of everything that an event lacks, with its provision."""

    def lacks(event, *before, today=TODAY, opened_on=APPLIED_ON, **changes):
        given = matter(taogou, said(event, **changes), *before, today=today, opened_on=opened_on)
        return found(taogou, event, given)

    return lacks


def found(taogou, event, given):
    state = AT.get(event) or next((s for s in STATES if event in taogou.events_at(s)), "")
    blockers = taogou.blockers(state, event, given)
    assert all(blocker.label.zh and blocker.label.en for blocker in blockers)
    return [(blocker.code, blocker.cite) for blocker in blockers]


def needs(taogou, event, given):
    """Return what the single blocker of an event says is needed, and what there is."""
    state = next(s for s in STATES if event in taogou.events_at(s))
    [blocker] = taogou.blockers(state, event, given)
    return blocker.need, blocker.have


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_that_fits_the_document_lacks_nothing(taogou, event):
    assert found(taogou, event, a_good_matter(taogou, event)) == []


# TG-P01: the application and its letter of commitment and authorisation


@pytest.mark.parametrize("entry_point", ["paper", "app", "hotline"])
@pytest.mark.parametrize(
    "channel", ["self_application", "cadre_inspection", "department_warning", "public_information"]
)
def test_tg_c08_tg_c09_every_listed_channel_and_way_of_applying_is_taken_in(
    lacks, channel, entry_point
):
    assert lacks("open", channel=channel, entry_point=entry_point) == []


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        pytest.param({"channel": "rumour"}, ["channel_not_listed"], id="a channel"),
        pytest.param({"entry_point": "fax"}, ["entry_point_not_listed"], id="a way of applying"),
        pytest.param(
            {"channel": "rumour", "entry_point": "fax"},
            ["channel_not_listed", "entry_point_not_listed"],
            id="both",
        ),
    ],
)
def test_tg_c08_tg_c09_what_the_document_does_not_list_is_refused(lacks, changes, codes):
    assert lacks("open", **changes) == [(code, "TG-C08 TG-C09") for code in codes]


def test_tg_c08_a_household_that_comes_by_itself_need_not_say_so():
    assert said("open").channel == "self_application"


@pytest.mark.parametrize(
    ("signed", "fingerprint", "codes"),
    [
        pytest.param(True, True, [], id="signed, with fingerprint"),
        pytest.param(False, True, ["signature_missing"], id="not signed"),
        pytest.param(True, False, ["fingerprint_missing"], id="no fingerprint"),
        pytest.param(False, False, ["signature_missing", "fingerprint_missing"], id="neither"),
    ],
)
def test_tg_p01_the_letter_bears_a_signature_and_a_fingerprint(lacks, signed, fingerprint, codes):
    assert lacks("sign_consent", signed=signed, fingerprint=fingerprint) == [
        (code, "TG-P01") for code in codes
    ]


@pytest.mark.parametrize("proxy", ["village_cadre", "group_leader", "near_relative"])
def test_tg_p01_tg_r02_three_proxies_may_fill_the_letter_and_are_named(lacks, proxy):
    assert lacks("sign_consent", filled_by=proxy, proxy_name="李某") == []
    assert lacks("sign_consent", filled_by=proxy) == [("proxy_not_named", "TG-P01")]


def test_tg_p01_tg_r02_nobody_else_may_fill_the_letter(lacks):
    assert lacks("sign_consent", filled_by="neighbour", proxy_name="李某") == [
        ("proxy_not_permitted", "TG-P01")
    ]


def test_tg_p01_tg_r02_who_has_it_filled_still_adds_the_own_fingerprint(lacks):
    assert lacks(
        "sign_consent", filled_by="near_relative", proxy_name="李某", fingerprint=False
    ) == [("fingerprint_missing", "TG-P01")]


@pytest.mark.parametrize(
    ("attachments", "codes"),
    [
        pytest.param([FORM], [], id="the letter"),
        pytest.param([MINUTES, FORM], [], id="the letter and another paper"),
        pytest.param([], ["evidence_missing"], id="nothing"),
        pytest.param([MINUTES], ["evidence_missing"], id="another paper only"),
    ],
)
def test_tg_p01_the_letter_itself_is_attached(lacks, attachments, codes):
    attached = [str(one) for one in attachments]

    assert lacks("sign_consent", attachments=attached) == [(code, "TG-P01") for code in codes]


@pytest.mark.parametrize(
    "event", ["post_publicity", "report_to_township", "approve_township_review"]
)
def test_tg_p01_without_the_letter_nothing_is_posted_reported_or_approved(lacks, event):
    assert ("consent_missing", "TG-P01") in lacks(event)
    assert ("consent_missing", "TG-P01") not in lacks(event, "sign_consent")


# TG-P02: the villagers' group


@pytest.mark.parametrize("opinion", ["for", "against"])
def test_tg_p02_the_group_s_opinion_is_kept_and_binds_nobody(lacks, opinion):
    assert lacks("conclude_group_deliberation", opinion=opinion) == []


def test_tg_p02_somebody_took_part_in_the_deliberation():
    with pytest.raises(ValidationError):
        said("conclude_group_deliberation", participants=0)


# TG-P03: the village's review


@pytest.mark.parametrize("absent", GROUPS)
def test_tg_p03_tg_r05_tg_r06_tg_r07_each_of_four_groups_sits_in_the_meeting(taogou, absent):
    for attendance in (
        [{"group": group, "present": 2} for group in GROUPS if group != absent],
        [{"group": group, "present": 0 if group == absent else 2} for group in GROUPS],
    ):
        given = a_good_matter(taogou, "conclude_village_review", attendance=attendance)

        assert found(taogou, "conclude_village_review", given) == [("group_absent", "TG-P03")]
        assert needs(taogou, "conclude_village_review", given)[0] == absent


def test_tg_p03_a_meeting_of_nobody_lacks_all_four_groups(taogou):
    given = a_good_matter(taogou, "conclude_village_review", attendance=[])

    assert needs(taogou, "conclude_village_review", given) == (", ".join(GROUPS), "-")


def test_tg_p03_one_of_each_group_is_enough_and_others_may_sit_there_too(lacks):
    attendance = [{"group": group, "present": 1} for group in (*GROUPS, "guests")]

    assert lacks("conclude_village_review", attendance=attendance) == []


@pytest.mark.parametrize("object_type", ["unstable_lifted", "marginal", "sudden_hardship"])
def test_tg_c01_the_review_names_one_of_the_three_types(lacks, object_type):
    assert lacks("conclude_village_review", object_type=object_type) == []


@pytest.mark.parametrize("object_type", ["lifted_out", "ordinary", "poor"])
def test_tg_c01_tg_c07_a_type_of_the_survey_form_is_no_type_of_monitored_household(
    lacks, object_type
):
    assert lacks("conclude_village_review", object_type=object_type) == [
        ("object_type_not_listed", "TG-C01")
    ]


# TG-C05: the decision and the facts


@pytest.mark.parametrize(
    ("event", "facts"),
    [
        pytest.param("conclude_village_review", POOR, id="must be included, and is"),
        pytest.param("conclude_village_review", RICH, id="left to judgement, and included"),
        pytest.param("refuse", WELL, id="not to be included, and refused"),
        pytest.param("refuse", WITH_CAR, id="barred, and refused"),
        pytest.param("refuse", RICH, id="left to judgement, and refused"),
    ],
)
def test_tg_c05_a_decision_that_agrees_with_the_facts_needs_no_reasons_of_an_officer(
    lacks, event, facts
):
    assert lacks(event, facts=facts) == []


@pytest.mark.parametrize(
    ("event", "facts", "answer", "decision"),
    [
        pytest.param("refuse", POOR, "must_include", "refuse", id="must be included, refused"),
        pytest.param(
            "conclude_village_review", WELL, "not_included", "include", id="is well, included"
        ),
        pytest.param(
            "conclude_village_review", WITH_CAR, "excluded", "include", id="barred, included"
        ),
    ],
)
def test_tg_c05_a_decision_against_the_facts_needs_a_named_officer_and_the_reasons(
    taogou, lacks, event, facts, answer, decision
):
    assert lacks(event, facts=facts) == [("decision_against_facts", "TG-C05")]
    assert needs(taogou, event, a_good_matter(taogou, event, facts=facts)) == (answer, decision)
    assert lacks(event, facts=facts, override=OVERRIDE) == []


@pytest.mark.parametrize("missing", ["officer", "reason"])
@pytest.mark.parametrize("blank", [None, "", "  "])
def test_tg_c05_an_override_without_an_officer_or_without_reasons_is_none(missing, blank):
    with pytest.raises(ValidationError):
        said("refuse", override=OVERRIDE | {missing: blank})


def test_tg_c05_the_line_of_the_day_s_own_year_is_asked(lacks):
    """In 2022 nobody has published a line yet: what had to be included is left to judgement."""
    assert lacks("refuse", facts=POOR, today=date(2021, 12, 31)) != []
    assert lacks("refuse", facts=POOR, today=date(2022, 1, 1)) == []


def test_tg_c05_nobody_is_refused_without_facts(lacks):
    assert lacks("refuse", facts=None) == [("facts_missing", "TG-C05")]
    assert lacks("refuse", facts=None, override=OVERRIDE) == [("facts_missing", "TG-C05")]


def test_tg_c05_a_refusal_without_facts_of_its_own_rests_on_the_review_s(lacks):
    poor, well = (
        said("conclude_village_review", facts=facts, override=OVERRIDE) for facts in (POOR, WELL)
    )

    assert lacks("refuse", well, facts=None) == []
    assert lacks("refuse", poor, facts=None) == [("decision_against_facts", "TG-C05")]


def test_tg_c05_of_two_reviews_the_newest_facts_count(lacks):
    poor, well = (
        said("conclude_village_review", facts=facts, override=OVERRIDE) for facts in (POOR, WELL)
    )

    assert lacks("refuse", poor, well, facts=None) == []
    assert lacks("refuse", well, poor, facts=None) == [("decision_against_facts", "TG-C05")]


@pytest.mark.parametrize(
    ("exclusion", "holder", "codes"),
    [
        pytest.param("consumer_car", "member", [], id="both listed"),
        pytest.param("yacht", "member", ["exclusion_not_listed"], id="an exclusion"),
        pytest.param("consumer_car", "cousin", ["exclusion_not_listed"], id="a holder"),
        pytest.param("yacht", "cousin", ["exclusion_not_listed"] * 2, id="both"),
    ],
)
def test_tg_c05_only_what_the_document_lists_bars_a_household(lacks, exclusion, holder, codes):
    barred = POOR | {"exclusions": [{"exclusion": exclusion, "holder": holder}]}

    assert lacks("refuse", facts=barred) == [(code, "TG-C05") for code in codes]


# TG-P05: the departments' data


def test_tg_p05_every_department_answers_even_if_it_has_no_data(lacks):
    for verdict in ("agrees", "differs", "no_record", "not_provided"):
        answered = findings(**dict.fromkeys(DEPARTMENTS, verdict))

        assert lacks("record_comparison", findings=answered) == []


@pytest.mark.parametrize("silent", DEPARTMENTS)
def test_tg_p05_a_department_that_did_not_answer_is_named(taogou, silent):
    answered = [finding for finding in findings() if finding["department"] != silent]
    given = a_good_matter(taogou, "record_comparison", findings=answered)

    assert found(taogou, "record_comparison", given) == [("department_missing", "TG-P05")]
    assert needs(taogou, "record_comparison", given) == (silent, None)


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


@pytest.mark.parametrize("event", ["conclude_publicity", "approve_township_review"])
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

    assert needs(taogou, "conclude_publicity", given) == (None, "police.consumer_car")


# TG-P06: objections


REJECT_1, UPHOLD_1 = said("reject_objection"), said("uphold_objection")


@pytest.mark.parametrize(
    ("said_of_it", "still_open"),
    [
        pytest.param([], None, id="no objection"),
        pytest.param(["object"], "1", id="an objection"),
        pytest.param(["object", REJECT_1], None, id="rejected"),
        pytest.param(["object", UPHOLD_1], None, id="upheld"),
        pytest.param(["object", "object"], "1, 2", id="two"),
        pytest.param(["object", "object", REJECT_1], "2", id="two, one of them rejected"),
        pytest.param(["object", REJECT_1, "object"], "2", id="a new one after a rejected one"),
    ],
)
def test_tg_p06_the_publicity_ends_when_every_objection_is_decided(taogou, said_of_it, still_open):
    given = matter(taogou, said("conclude_publicity"), *COMPARED, *said_of_it)
    if still_open is None:
        assert found(taogou, "conclude_publicity", given) == []
    else:
        assert found(taogou, "conclude_publicity", given) == [("objection_open", "TG-P06")]
        assert needs(taogou, "conclude_publicity", given) == (None, still_open)


def test_tg_p06_an_objection_that_was_left_open_outlives_a_return(lacks):
    assert lacks("conclude_publicity", *COMPARED, "object", "post_publicity", NO_HIT) == [
        ("objection_open", "TG-P06")
    ]


@pytest.mark.parametrize("decide", ["reject_objection", "uphold_objection"])
@pytest.mark.parametrize(
    ("before", "number", "codes"),
    [
        pytest.param(["object"], 1, [], id="the one that is open"),
        pytest.param(["object", "object"], 2, [], id="the second of two"),
        pytest.param(["object"], 2, ["no_such_objection"], id="one that was never lodged"),
        pytest.param([], 1, ["no_such_objection"], id="none was lodged"),
        pytest.param(["object", REJECT_1], 1, ["no_such_objection"], id="one that was rejected"),
        pytest.param(["object", UPHOLD_1], 1, ["no_such_objection"], id="one that was upheld"),
        pytest.param(
            ["object", "object", REJECT_1], 1, ["no_such_objection"], id="decided, another is open"
        ),
    ],
)
def test_tg_p06_only_an_open_objection_is_decided_and_only_once(
    lacks, decide, before, number, codes
):
    assert lacks(decide, *COMPARED, *before, objection=number) == [
        (code, "TG-P06") for code in codes
    ]


@pytest.mark.parametrize("decide", ["reject_objection", "uphold_objection"])
def test_tg_p06_an_objection_is_decided_with_a_reason(decide):
    with pytest.raises(ValidationError):
        said(decide, reason=None)


# TG-P07 to TG-P09: township and county


def test_tg_p07_the_township_approves_with_an_opinion():
    with pytest.raises(ValidationError):
        said("approve_township_review", opinion=" ")


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
    assert lacks("register", basic_information_collected=False) == [
        ("basic_information_missing", "TG-P11")
    ]


@pytest.mark.parametrize(
    ("object_type", "kind", "lacking"),
    [
        pytest.param("marginal", "contact", [], id="边缘易致贫户: 联系人"),
        pytest.param("sudden_hardship", "contact", [], id="突发严重困难户: 联系人"),
        pytest.param(
            "marginal",
            "responsible",
            [("helper_kind_differs", "TG-P10")],
            id="边缘易致贫户: 责任人",
        ),
        pytest.param(
            "sudden_hardship",
            "responsible",
            [("helper_kind_differs", "TG-P10")],
            id="突发严重困难户: 责任人",
        ),
        pytest.param("unstable_lifted", "responsible", [], id="脱贫不稳定户: 责任人"),
        pytest.param("unstable_lifted", "contact", [], id="脱贫不稳定户: 联系人"),
    ],
)
def test_tg_p10_tg_r08_the_kind_of_helper_follows_the_type_of_the_household(
    lacks, object_type, kind, lacking
):
    review = said("conclude_village_review", object_type=object_type)

    assert lacks("assign_helper", review, helper_kind=kind) == lacking


def test_tg_p10_the_type_that_the_newest_review_gave_counts(lacks):
    reviews = [
        said("conclude_village_review", object_type=object_type)
        for object_type in ("marginal", "unstable_lifted")
    ]

    assert lacks("assign_helper", *reviews, helper_kind="responsible") == []


@pytest.mark.parametrize("object_type", ["unstable_lifted", "marginal", "sudden_hardship"])
def test_tg_r08_a_helper_of_a_kind_that_the_document_does_not_know_is_refused(lacks, object_type):
    review = said("conclude_village_review", object_type=object_type)

    assert ("helper_kind_differs", "TG-R08") in lacks("assign_helper", review, helper_kind="robot")


def test_tg_p10_a_case_that_was_never_reviewed_binds_no_kind_of_helper(lacks):
    assert lacks("assign_helper", helper_kind="responsible") == []


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


@pytest.mark.parametrize("field", ["place", "remark"])
@pytest.mark.parametrize(
    "words",
    [
        pytest.param("11010519491231002X", id="an identity number"),
        pytest.param("11010519491231002x", id="an identity number in lower case"),
        pytest.param("1101 0519 4912 3100 2X", id="an identity number in groups"),
        pytest.param("13800000000", id="a mobile number"),
        pytest.param("138-0000-0000", id="a mobile number in groups"),
        pytest.param("\uff11\uff13\uff18" + "\uff10" * 8, id="a mobile number in full width"),
        pytest.param("0557-30303030", id="a telephone number"),
        pytest.param("6228480402564890018", id="an account number"),
        pytest.param("张某患病", id="an illness"),
        pytest.param("张某二级残疾", id="a disability"),
        pytest.param("肺癌", id="a cancer"),
        pytest.param("精神障碍", id="a disorder"),
        pytest.param("HIV", id="an infection"),
    ],
)
def test_dx_05_nobody_s_numbers_and_nobody_s_health_hang_on_the_notice(lacks, field, words):
    assert lacks("post_publicity", *REVIEWED, **{field: f"公开栏（{words}）"}) == [
        ("personal_data_in_notice", "DX-05")
    ]


@pytest.mark.parametrize(
    "remark",
    [
        pytest.param(None, id="no remark"),
        pytest.param("公示期2021年6月10日至18日", id="days"),
        pytest.param("监督电话：3012345", id="the office's own number"),
        pytest.param("桃沟乡2021第15号", id="a number of the paper"),
    ],
)
def test_dx_05_a_remark_on_the_notice_itself_is_no_personal_data(lacks, remark):
    assert lacks("post_publicity", *REVIEWED, remark=remark) == []


def test_dx_05_every_finding_on_the_notice_is_told_at_once(lacks):
    assert (
        lacks("post_publicity", *REVIEWED, place="癌", remark="病，13800000000")
        == [("personal_data_in_notice", "DX-05")] * 3
    )


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ("sign_consent", "signed_on"),
        ("conclude_group_deliberation", "held_on"),
        ("conclude_village_review", "held_on"),
        ("explain_refusal", "explained_on"),
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
    "post_publicity": ["consent_missing"],
    "conclude_comparison": ["no_hit"],
    "reject_objection": ["no_such_objection"],
    "uphold_objection": ["no_such_objection"],
    "conclude_publicity": ["comparison_missing"],
    "report_to_township": ["consent_missing"],
    "approve_township_review": ["consent_missing", "comparison_missing"],
}
"""What stands in the way of an event whatever will be said: of the case, not of the body."""


@pytest.mark.parametrize("event", EVENTS)
def test_who_only_asks_is_told_what_the_case_lacks_and_nothing_of_a_body(taogou, event):
    lacking = found(taogou, event, matter(taogou, None))

    assert [code for code, _ in lacking] == WITHOUT_A_WORD.get(event, [])


# What follows from an event


@pytest.fixture(name="follows")
def what_follows(taogou):
    """Return what says the outcome of an event in the sample village."""
    posting = Posting("示例一村", "张某", taogou.policy.lists["object_types"], "2021-06-18")
    return lambda event, *before, **changes: outcome(
        matter(taogou, said(event, **changes), *before), posting
    )


def test_tg_p04_dx_05_the_notice_is_composed_of_what_it_may_say_and_the_remark(follows):
    derived = follows("post_publicity", *REVIEWED, remark="如有异议请反映")

    assert derived["notice"].splitlines() == [
        "村：示例一村",
        "户主：张某",
        "拟纳入类别：边缘易致贫户",
        "公示起：2021-06-10",
        "公示止：2021-06-18",
        "地点：村务公开栏",
        "如有异议请反映",
    ]
    assert derived["notice_sha256"] == hashlib.sha256(derived["notice"].encode()).hexdigest()


def test_tg_p04_the_notice_shows_the_type_of_the_newest_review(follows):
    again = said("conclude_village_review", object_type="sudden_hardship")

    assert "拟纳入类别：突发严重困难户" in follows("post_publicity", *REVIEWED, again)["notice"]


@pytest.mark.parametrize(
    ("event", "facts", "answer"),
    [
        ("conclude_village_review", POOR, "must_include"),
        ("conclude_village_review", RICH, "judgement"),
        ("refuse", WELL, "not_included"),
        ("refuse", WITH_CAR, "excluded"),
    ],
)
def test_tg_c05_the_answer_and_its_line_are_kept_beside_the_decision(follows, event, facts, answer):
    assert follows(event, facts=facts) == {"answer": answer, "income_line": "6000 (2021)"}


def test_the_log_is_told_hashes_and_answers_and_no_personal_value(follows):
    posted = told_in_line(follows("post_publicity", *REVIEWED))
    refused = told_in_line(follows("refuse"))

    assert set(posted) == {"notice_sha256"}
    assert set(refused) == {"answer"}


def test_nothing_follows_from_an_event_that_decides_nothing(follows):
    assert follows("announce") == {}
    assert follows("refuse", facts=None) == {}


def test_what_was_said_in_earlier_rounds_stays_and_what_came_last_counts(taogou):
    dossier = matter(
        taogou, None, "sign_consent", said("conclude_village_review", object_type="marginal"),
        said("conclude_village_review", object_type="unstable_lifted"),
    ).dossier  # fmt: skip

    reviews = [body.object_type for _, body in dossier.all(ConcludeVillageReview)]
    assert reviews == ["marginal", "unstable_lifted"]
    assert dossier.last(ConcludeVillageReview).object_type == "unstable_lifted"
