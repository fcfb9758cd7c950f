"""The ladder of a time limit: whom a document has told of a case, and the house's own rungs."""

from datetime import date, datetime
from uuid import UUID

import pytest

from service.clock import end_of, office_time
from service.clock_rows import Moment, close, happen, start
from service.notices.templates import TEMPLATES
from service.store.deadlines import ClockStatus
from service.workflows.acts import CaseLimit, Rung
from service.workflows.clock_events import Happening
from service.workflows.deadlines import Unit
from service.workflows.ladder import HOUSE, Dates, first_reminder, steps, to_be_told, told_at
from service.workflows.machine import Procedure
from service.workflows.policy import PolicyError, house_rules, read

LIMITS = "monitoring_object.time_limits"
LIMIT = f"{LIMITS}.dynamic_management"
RUNGS = f"{LIMIT}.rungs"
FIRST = {"after_days": 1, "to": ["township_office"], "cite": "TG-A04"}
SECOND = {"after_days": 5, "to": ["township_office", "county_bureau"], "cite": "TG-A04"}
FRIDAY = date(2021, 6, 18)
DATES = Dates(office_time(date(2021, 6, 1), 10), FRIDAY, end_of(FRIDAY))


def limit_of(unit: str = "working_day", *rungs: Rung, **said: object) -> CaseLimit:
    kept = {"kind": "due", "unit": unit, "amount": 13, "starts": ["open"], "ends": ["report"]}
    words = {"id": "handling", "zh": "办理", "en": "handling", "cite": "DX-64"}
    return CaseLimit.model_validate({**words, **kept, "rungs": rungs, **said})


def rung(**said: object) -> Rung:
    return Rung.model_validate({"to": ["township_office"], "cite": "DX-64", **said})


def at(month: int, day: int, hour: int = 8) -> datetime:
    return office_time(date(2021, month, day), hour)


# -- when


@pytest.mark.parametrize(
    ("unit", "said", "expected"),
    [
        pytest.param("calendar_day", {"before_days": 3}, at(6, 15), id="days before"),
        pytest.param("working_day", {"before_days": 3}, at(6, 15), id="working days before"),
        pytest.param("calendar_day", {"after_days": 0}, at(6, 19), id="as soon as it is late"),
        pytest.param("calendar_day", {"after_days": 1}, at(6, 19), id="the first day late"),
        pytest.param("calendar_day", {"after_days": 4}, at(6, 22), id="days late"),
        pytest.param("working_day", {"after_days": 1}, at(6, 19), id="late on a Saturday already"),
        pytest.param("working_day", {"after_days": 2}, at(6, 22), id="working days late"),
        pytest.param("calendar_day", {"after_days": 2, "unit": "working_day"}, at(6, 22), id="own"),
        pytest.param(
            "working_day", {"after_days": 2, "unit": "calendar_day"}, at(6, 20), id="days"
        ),
        pytest.param("calendar_day", {"after_days": 1, "at_hour": 15}, at(6, 19, 15), id="hour"),
        pytest.param("calendar_day", {"after_days": 1, "month_end": True}, at(6, 30), id="month"),
        pytest.param("calendar_day", {"after_days": 13, "month_end": True}, at(7, 31), id="next"),
    ],
)
def test_dx_64_a_rung_is_at_its_hour_on_its_day(calendar, unit, said, expected):
    limit = limit_of(unit)

    assert told_at(rung(**said), limit, DATES, calendar) == expected


def test_dx_64_working_days_before_count_over_a_holiday(calendar):
    """2021-06-14 was Dragon Boat Festival, a Monday."""
    dates = Dates(DATES.begun_at, date(2021, 6, 15), end_of(date(2021, 6, 15)))

    assert told_at(rung(before_days=2), limit_of(), dates, calendar) == at(6, 10)


def test_dx_64_nobody_is_told_of_lateness_before_the_hour_in_which_it_is_late(calendar):
    over_at = at(6, 18, 15)
    dates = Dates(DATES.begun_at, FRIDAY, over_at)

    assert told_at(rung(after_days=0), limit_of("hour"), dates, calendar) == over_at


# -- the house's own


def test_dx_64_the_house_reminds_the_holder_and_tells_the_levels_above(calendar):
    found = [
        (step.at, step.code, step.rung.to, step.rung.cite)
        for step in steps(limit_of("calendar_day"), DATES, calendar)
    ]

    assert found == [
        (at(6, 15), "house_before_3", ("holder",), "DX-64"),
        (at(6, 19), "house_after_1", ("holder", "level_above"), "DX-64"),
        (at(6, 28), "house_after_10", ("two_levels_above",), "DX-64"),
    ]
    assert {one.cite for one in HOUSE} <= set(house_rules())


def test_dx_64_both_ladders_are_climbed_in_the_order_of_their_instants(calendar):
    own = rung(before_days=5), rung(after_days=5)

    found = [step.code for step in steps(limit_of("calendar_day", *own), DATES, calendar)]

    assert found == [
        "before_5", "house_before_3", "house_after_1", "after_5", "house_after_10",
    ]  # fmt: skip


def test_dx_64_who_was_handed_a_case_a_moment_ago_is_not_reminded_of_it(calendar):
    dates = Dates(at(6, 15), FRIDAY, end_of(FRIDAY))

    assert [step.code for step in steps(limit_of(), dates, calendar)] == [
        "house_after_1",
        "house_after_10",
    ]


def test_dx_64_a_case_that_was_late_from_its_first_moment_is_told_of(calendar):
    dates = Dates(at(7, 20), FRIDAY, end_of(FRIDAY))

    assert [step.code for step in steps(limit_of(), dates, calendar)] == [
        "house_after_1",
        "house_after_10",
    ]


def test_nobody_is_late_for_a_minimum_and_so_it_has_no_ladder(calendar):
    assert steps(limit_of(kind="not_before"), DATES, calendar) == []


def test_the_house_ladder_alone_does_not_change_what_is_at_risk(calendar):
    assert first_reminder(limit_of(), DATES, calendar) is None
    assert first_reminder(limit_of("working_day", rung(before_days=3)), DATES, calendar) == at(
        6, 15, 0
    )


def test_every_template_of_a_rung_is_one_that_can_be_written():
    says = {rung(after_days=1).says, rung(before_days=1).says}
    says.add(rung(after_days=1, template="deadline_listed").says)

    assert says == {"deadline_near", "deadline_overdue", "deadline_listed"}
    assert says <= set(TEMPLATES)


# -- who is to know by now, as the document says


@pytest.mark.parametrize(
    ("day", "told"),
    [
        pytest.param(date(2021, 6, 25), (), id="in time"),
        pytest.param(date(2021, 6, 26), ("township_office",), id="the first rung"),
        pytest.param(date(2021, 6, 29), ("township_office",), id="short of the second"),
        pytest.param(
            date(2021, 6, 30), ("township_office", "county_bureau"), id="the second, each role once"
        ),
    ],
)
def test_tg_a04_with_each_rung_more_are_to_know(put, calendar, day, told):
    limit = Procedure(read(put(**{RUNGS: [FIRST, SECOND]}))).limit("dynamic_management")
    last = date(2021, 6, 25)

    dates = Dates(DATES.begun_at, last, end_of(last))
    assert to_be_told(limit, dates, office_time(day, 9), calendar) == told


def test_a_limit_without_rungs_wants_nobody_told(put, calendar):
    limit = Procedure(read(put())).limit("dynamic_management")

    assert limit.unit is Unit.DATE
    assert to_be_told(limit, DATES, office_time(date(2022, 1, 1)), calendar) == ()


# -- gaps


@pytest.mark.parametrize(
    ("rungs", "gap"),
    [
        pytest.param([FIRST | {"to": []}], "[0].to: it reaches nobody; name a role", id="nobody"),
        pytest.param(
            [FIRST | {"to": ["county_buro"]}],
            "[0].to: 'county_buro' is not in roles; did you mean 'county_bureau'?",
            id="no such role",
        ),
        pytest.param(
            [FIRST | {"after_days": 5}, FIRST],
            ": after_days must grow from rung to rung",
            id="the wrong way round",
        ),
        pytest.param(
            [SECOND | {"after_days": 1}, FIRST | {"after_days": 2}],
            "[1].to: a later rung tells nobody below an earlier one; add who is above",
            id="down again",
        ),
        pytest.param(
            [FIRST | {"before_days": 1, "template": "deadline_overdue"} | {"after_days": None}],
            "[0].template: nobody is late before the last day; take it out",
            id="late in time",
        ),
        pytest.param(
            [FIRST | {"channels": ["wecomm"]}],
            "[0].channels: there is no channel 'wecomm'; did you mean 'wecom'?",
            id="no such channel",
        ),
    ],
)
def test_a_rung_that_reaches_nobody_is_a_gap(put, rungs, gap):
    rungs = [{k: v for k, v in one.items() if v is not None} for one in rungs]

    with pytest.raises(PolicyError) as refused:
        read(put(**{RUNGS: rungs}))

    assert refused.value.gaps == [f"{LIMITS}[dynamic_management].rungs{gap}"]


def test_a_rung_may_name_whoever_holds_the_case(put):
    policy = read(put(**{RUNGS: [FIRST | {"to": ["holder"]}]}))

    assert Procedure(policy).limit("dynamic_management").rungs[0].to == ("holder",)


def test_nobody_is_late_for_a_minimum(put):
    with pytest.raises(PolicyError) as refused:
        read(put(**{f"{LIMITS}.publicity_minimum.rungs": [FIRST]}))

    assert refused.value.gaps == [
        f"{LIMITS}[publicity_minimum].rungs: nobody can be late for a minimum; take them out"
    ]


@pytest.mark.parametrize(
    ("event", "gap"),
    [
        pytest.param("withdrew", "'withdrew' is no event of this document; did you mean", id="no"),
        pytest.param("conclude_review", "somebody has to say something with", id="needs words"),
    ],
)
def test_dx_66_the_clock_raises_only_what_needs_nobodys_word(put, event, gap):
    with pytest.raises(PolicyError) as refused:
        read(put(**{f"{LIMIT}.at_due": event}))

    [found] = refused.value.gaps
    assert found.startswith(f"{LIMITS}[dynamic_management].at_due: {gap}")


def test_dx_66_a_minimum_that_is_over_raises_nothing(put):
    with pytest.raises(PolicyError) as refused:
        read(put(**{f"{LIMITS}.publicity_minimum.at_due": "withdraw"}))

    assert "a minimum that is over lets others act; take it out" in refused.value.gaps[0]


# -- on the row


def test_dx_65_a_clock_that_stands_or_is_over_has_no_next_step(calendar):
    limit = limit_of("calendar_day")
    began = Moment(at(6, 1, 10), calendar)
    clock = start(UUID(int=1), "made-up@1", limit, date(2021, 6, 1), began, None)
    assert (clock.due_on, clock.next_step_at) == (date(2021, 6, 14), at(6, 11))

    happen(clock, limit, Happening.SUSPENDED, Moment(at(6, 3), calendar))
    assert clock.next_step_at is None
    happen(clock, limit, Happening.RESUMED, Moment(at(6, 4), calendar))
    assert (clock.due_on, clock.next_step_at) == (date(2021, 6, 16), at(6, 13))

    close(clock, limit, ClockStatus.MET, Moment(at(6, 5), calendar))
    assert clock.next_step_at is None
