"""Objections to a posted notice (TG-P06): each is decided once, and until then nothing goes on."""

import pytest
from matters import COMPARED, found, matter, needs, said
from pydantic import ValidationError

REJECT_1, UPHOLD_1 = said("reject_objection"), said("uphold_objection")


@pytest.mark.parametrize(
    ("said_of_it", "still_open"),
    [
        pytest.param([], (), id="no objection"),
        pytest.param(["object"], ("1",), id="an objection"),
        pytest.param(["object", REJECT_1], (), id="rejected"),
        pytest.param(["object", UPHOLD_1], (), id="upheld"),
        pytest.param(["object", "object"], ("1", "2"), id="two"),
        pytest.param(["object", "object", REJECT_1], ("2",), id="two, one of them rejected"),
        pytest.param(["object", REJECT_1, "object"], ("2",), id="a new one after a rejected one"),
    ],
)
def test_tg_p06_the_publicity_ends_when_every_objection_is_decided(taogou, said_of_it, still_open):
    given = matter(taogou, said("conclude_publicity"), *COMPARED, *said_of_it)
    if not still_open:
        assert found(taogou, "conclude_publicity", given) == []
    else:
        assert found(taogou, "conclude_publicity", given) == [("objection_open", "TG-P06")]
        assert needs(taogou, "conclude_publicity", given) == ((), still_open)


def test_tg_p06_an_objection_that_was_left_open_outlives_a_return(lacks):
    assert lacks(
        "conclude_publicity", *COMPARED, "object", "post_publicity", "record_comparison"
    ) == [("objection_open", "TG-P06")]


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
