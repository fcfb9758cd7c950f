"""What a body may carry (service/workflows/fields.py): wrong types are refused, not guessed at.

Every value is read from JSON and from what a parser made of JSON; both must answer the same.
"""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matters import GOOD
from pydantic import TypeAdapter, ValidationError

from service.workflows.fields import Count, Day, Flag, Instant, Line, Text, YuanAmount
from service.workflows.monitoring.events import EVENTS, AnyEvent

READERS = {
    kind: TypeAdapter(annotation)
    for kind, annotation in {
        "line": Line,
        "text": Text,
        "day": Day,
        "instant": Instant,
        "count": Count,
        "flag": Flag,
        "yuan": YuanAmount,
        "event": AnyEvent,
    }.items()
}


def read(kind, value):
    kept = READERS[kind].validate_json(json.dumps(value))
    assert kept == READERS[kind].validate_python(value)
    return kept


def refused(kind, value):
    answers = {
        is_refused(READERS[kind].validate_json, json.dumps(value)),
        is_refused(READERS[kind].validate_python, value),
    }
    assert len(answers) == 1
    return answers.pop()


def is_refused(reader, value):
    try:
        reader(value)
    except ValidationError:
        return True
    return False


# Words


@pytest.mark.parametrize("kind", ["line", "text"])
@pytest.mark.parametrize(
    "character",
    [
        pytest.param("\x00", id="NUL"),
        pytest.param("\t", id="tab"),
        pytest.param("\r", id="carriage return"),
        pytest.param("\x1b", id="escape"),
        pytest.param("\x7f", id="delete"),
        pytest.param("\x85", id="next line"),
        pytest.param("\xad", id="soft hyphen"),
        pytest.param("\u200b", id="zero-width space"),
        pytest.param("\u200d", id="zero-width joiner"),
        pytest.param("\u2060", id="word joiner"),
        pytest.param("\ufeff", id="byte order mark"),
        pytest.param("\u200e", id="left-to-right mark"),
        pytest.param("\u202e", id="right-to-left override"),
        pytest.param("\u2066", id="left-to-right isolate"),
        pytest.param("\U000e0041", id="tag letter"),
        pytest.param("\ue000", id="private use"),
        pytest.param("\uffff", id="no character"),
        pytest.param("\ud800", id="half a surrogate pair"),
    ],
)
def test_hidden_characters_are_refused_in_any_words(kind, character):
    assert refused(kind, f"张{character}某")


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        pytest.param("line", "  张某  ", "张某", id="spaces around are dropped"),
        pytest.param("line", "Zo\u0308e", "Zöe", id="composed to NFC"),
        pytest.param("line", "𠮷某", "𠮷某", id="a rare character"),
        pytest.param("line", "（一）2021～2022", "（一）2021～2022", id="Chinese punctuation"),
        pytest.param("text", "一\n二", "一\n二", id="a text has lines"),
    ],
)
def test_words_are_kept_as_they_were_meant(kind, written, kept):
    assert read(kind, written) == kept


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        pytest.param("line", "一\n二", id="a line has no second line"),
        pytest.param("line", "一\u2028二", id="nor one after a line separator"),
        pytest.param("line", "一\u2029二", id="nor one after a paragraph separator"),
        pytest.param("line", "", id="an empty line"),
        pytest.param("line", " \u3000\u00a0", id="a line of spaces"),
        pytest.param("text", "\n \n", id="a text of empty lines"),
        pytest.param("line", "长" * 101, id="a line of 101 characters"),
        pytest.param("text", "长" * 2001, id="a text of 2001 characters"),
        pytest.param("line", 7, id="a number"),
        pytest.param("text", True, id="a boolean"),
        pytest.param("line", None, id="nothing"),
        pytest.param("text", ["一"], id="a list"),
    ],
)
def test_words_that_say_nothing_or_too_much_are_refused(kind, value):
    assert refused(kind, value)


@pytest.mark.parametrize(("kind", "longest"), [("line", 100), ("text", 2000)])
def test_words_have_a_longest_length(kind, longest):
    assert len(read(kind, "长" * longest)) == longest


@given(st.text(max_size=30))
def test_whatever_words_are_accepted_are_accepted_unchanged_the_second_time(words):
    if not refused("text", words):
        kept = read("text", words)

        assert read("text", kept) == kept


# Numbers


@pytest.mark.parametrize("value", [True, False, "7", 7.5, 1.0, -1, 1_000_001, None, [7]], ids=repr)
def test_a_count_is_a_whole_number_and_nothing_else(value):
    assert refused("count", value)


@pytest.mark.parametrize("value", [0, 1_000_000])
def test_a_count_has_bounds_that_belong_to_it(value):
    assert read("count", value) == value


@pytest.mark.parametrize("value", [0, 1, "true", "yes", "", None, 1.0], ids=repr)
def test_a_flag_is_true_or_false_and_nothing_else(value):
    assert refused("flag", value)


@pytest.mark.parametrize("value", [True, False])
def test_a_flag_is_kept(value):
    assert read("flag", value) is value


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(True, id="a boolean"),
        pytest.param("NaN", id="NaN as text"),
        pytest.param("Infinity", id="Infinity as text"),
        pytest.param("-Infinity", id="-Infinity as text"),
        pytest.param(float("nan"), id="NaN"),
        pytest.param(float("inf"), id="Infinity"),
        pytest.param(float("-inf"), id="-Infinity"),
        pytest.param("5200.001", id="a tenth of a fen"),
        pytest.param(0.1 + 0.2, id="a sum that a float cannot hold"),
        pytest.param("100000000.01", id="too much"),
        pytest.param("-100000000.01", id="too little"),
        pytest.param("5,200", id="a comma"),
        pytest.param("5200元", id="a unit"),
        pytest.param("", id="empty"),
        pytest.param(None, id="nothing"),
    ],
)
def test_an_amount_of_money_that_is_none_is_refused(value):
    assert refused("yuan", value)


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        pytest.param("5999.99", "5999.99", id="as text"),
        pytest.param(5999.99, "5999.99", id="as a number"),
        pytest.param(6000, "6000", id="as a whole number"),
        pytest.param("-100000000", "-100000000", id="the least"),
        pytest.param("100000000.00", "100000000", id="the most"),
    ],
)
def test_an_amount_of_money_is_kept_to_the_fen(value, amount):
    assert read("yuan", value) == Decimal(amount)


# Days and instants


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(0, id="the number 0"),
        pytest.param(1_623_283_200, id="seconds since 1970"),
        pytest.param(1.5, id="half a number"),
        pytest.param(True, id="a boolean"),
        pytest.param(None, id="nothing"),
        pytest.param("", id="empty"),
        pytest.param("2021-6-10", id="one digit short"),
        pytest.param("2021/06/10", id="slashes"),
        pytest.param("20210610", id="no separators"),
        pytest.param("1623283200", id="seconds since 1970 as text"),
        pytest.param("10.06.2021", id="the day first"),
        pytest.param("2021-06-31", id="31 June"),
        pytest.param("2021-02-29", id="29 February of a common year"),
        pytest.param("2021-06-10T00:00:00Z", id="an instant"),
        pytest.param("2021-06-10T00:00:00", id="a time without a zone"),
        pytest.param("1949-09-30", id="before any document"),
        pytest.param("2200-01-01", id="after any case"),
    ],
)
def test_a_day_is_written_year_month_day_and_nothing_else(value):
    assert refused("day", value)


@pytest.mark.parametrize("value", ["1949-10-01", "2021-06-10", "2024-02-29", "2199-12-31"])
def test_a_day_is_kept(value):
    assert read("day", value) == date.fromisoformat(value)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("2021-06-10T09:00:00", id="naive"),
        pytest.param("2021-06-10", id="a day"),
        pytest.param(1_623_283_200, id="seconds since 1970"),
        pytest.param("1623283200", id="seconds since 1970 as text"),
        pytest.param("1623283200.5", id="and a half"),
        pytest.param(1.5, id="half a number"),
        pytest.param(True, id="a boolean"),
        pytest.param("2021-06-10T25:00:00Z", id="the 25th hour"),
        pytest.param("now", id="a word"),
    ],
)
def test_an_instant_says_its_zone(value):
    assert refused("instant", value)


def test_an_instant_is_kept_whatever_its_zone():
    in_the_office = read("instant", "2021-06-10T09:00:00+08:00")

    assert in_the_office == datetime(2021, 6, 10, 1, tzinfo=UTC)
    assert in_the_office.utcoffset() == timedelta(hours=8)


# Bodies


def test_every_event_has_a_good_body_to_try():
    assert set(GOOD) == set(EVENTS)


@pytest.mark.parametrize("event", EVENTS)
def test_a_good_body_is_read_as_its_own_event(event):
    assert type(read("event", {"event": event, **GOOD[event]})) is EVENTS[event]


@pytest.mark.parametrize("event", EVENTS)
def test_a_field_that_the_event_does_not_have_is_refused(event):
    assert refused("event", {"event": event, **GOOD[event], "state": "monitored"})


@pytest.mark.parametrize(
    ("event", "part"),
    [
        pytest.param("conclude_review", {"facts": {"quota": 1}}, id="facts"),
        pytest.param("conclude_review", {"override": {"role": "x"}}, id="override"),
        pytest.param("record_comparison", {"findings": [{"weight": 1}]}, id="findings"),
    ],
)
def test_a_field_that_a_part_of_a_body_does_not_have_is_refused(event, part):
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        read("event", {"event": event, **GOOD[event], **part})


def test_whoever_opens_a_case_owes_only_what_the_document_asks_for():
    assert read("event", {"event": "open"}).channel == "self_application"


@pytest.mark.parametrize("event", [e for e, body in GOOD.items() if body and e != "open"])
def test_a_body_without_what_its_event_says_is_refused(event):
    assert refused("event", {"event": event})


@pytest.mark.parametrize("name", ["model", "send", "state", "Open", "", None, 1], ids=repr)
def test_an_event_that_no_document_knows_is_refused_before_any_rule_is_asked(name):
    assert refused("event", {"event": name, "reason": "x"})


def test_a_body_is_not_changed_once_it_is_read():
    body = read("event", {"event": "announce", **GOOD["announce"]})

    with pytest.raises(ValidationError):
        body.place = "别处"
