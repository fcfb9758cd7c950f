"""The notice in the village (TG-P04, DX-05): composed, never typed, with nobody's numbers on it."""

import hashlib

import pytest
from matters import REVIEWED, said

from service.workflows.monitoring.notice import told_in_line


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
    again = said("conclude_review", object_type="sudden_hardship")

    assert "拟纳入类别：突发严重困难户" in follows("post_publicity", *REVIEWED, again)["notice"]


def test_the_log_is_told_hashes_and_answers_and_no_personal_value(follows):
    posted = told_in_line(follows("post_publicity", *REVIEWED))
    refused = told_in_line(follows("refuse"))

    assert posted == {}
    assert set(refused) == {"answer"}


def test_nothing_follows_from_an_event_that_decides_nothing(follows):
    assert follows("announce") == {}
    assert follows("refuse", facts=None) == {}
