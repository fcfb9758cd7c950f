"""The application and the group's deliberation (TG-P01, TG-P02; 二（二）2（4）, 附件1)."""

from datetime import timedelta

import pytest
from matters import APPLIED_ON, FORM, MINUTES, TODAY, said
from pydantic import ValidationError

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
    ("changes", "lacking"),
    [
        pytest.param({"channel": "rumour"}, [("not_listed", "TG-C08")], id="a channel"),
        pytest.param({"entry_point": "fax"}, [("not_listed", "TG-C09")], id="a way of applying"),
        pytest.param({"entry_point": None}, [("field_missing", "TG-C09")], id="no way of applying"),
        pytest.param(
            {"channel": "rumour", "entry_point": "fax"},
            [("not_listed", "TG-C08"), ("not_listed", "TG-C09")],
            id="both",
        ),
    ],
)
def test_tg_c08_tg_c09_what_the_document_does_not_list_is_refused(lacks, changes, lacking):
    assert lacks("open", **changes) == lacking


@pytest.mark.parametrize("field", ["occurred_on", "discovered_on"])
def test_dx_06_a_risk_came_to_light_before_the_application_or_on_its_day(lacks, field):
    assert lacks("open", **{field: (APPLIED_ON - timedelta(days=400)).isoformat()}) == []
    assert lacks("open", **{field: TODAY.isoformat()}) == []
    assert lacks("open", **{field: (TODAY + timedelta(days=1)).isoformat()}) == [
        ("date_in_future", "DX-06")
    ]


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


@pytest.mark.parametrize("event", ["post_publicity", "report", "approve"])
def test_tg_p01_without_the_letter_nothing_is_posted_reported_or_approved(lacks, event):
    assert ("act_missing", "TG-P01") in lacks(event)
    assert ("act_missing", "TG-P01") not in lacks(event, "sign_consent")


# TG-P02: the villagers' group


@pytest.mark.parametrize("opinion", ["for", "against"])
def test_tg_p02_the_group_s_opinion_is_kept_and_binds_nobody(lacks, opinion):
    assert lacks("conclude_deliberation", opinion=opinion) == []


def test_tg_p02_somebody_took_part_in_the_deliberation():
    with pytest.raises(ValidationError):
        said("conclude_deliberation", participants=0)
