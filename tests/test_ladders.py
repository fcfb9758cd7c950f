"""Ladders that are climbed: who is told of a deadline when, once, and who is not."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from county import rewritten
from district import Case, District
from notifying import appoint, subscribe
from sqlmodel import Session, col, select

from service import sample
from service.clock import office_time
from service.deadlines import sweep as sweeping
from service.deadlines.sweep import BATCH, SET_ASIDE_FOR, Swept, sweep
from service.deadlines.turns import sweep_due
from service.programmes import open_due
from service.store.cases import Transition
from service.store.deadlines import Deadline
from service.store.deliveries import Delivery
from service.store.ladder import LadderStep
from service.store.notices import Notice
from service.store.people import Appointment, Person
from service.workflows.kinds import Kind
from service.workflows.rulebook import Rulebook

LAST_DAY = date(2021, 6, 25)
ENDS = 'ends = ["registration"]\n'
VILLAGE = ("village_committee", sample.VILLAGE)
TOWNSHIP = ("township_office", sample.TOWNSHIP)
COUNTY = ("county_bureau", sample.COUNTY)

NEAR, LATE, LISTED = "deadline_near", "deadline_overdue", "deadline_listed"


def swept(district: District, **changed: Any) -> Swept:
    """Sweep as a turn of the clock does, with settings that are changed as told."""
    office = district.office
    settings = office.settings.model_copy(update=changed)
    return district.client.portal.call(sweep_due, office.database, office.registry, settings)


def told(district: District) -> list[tuple[str, tuple[str, str]]]:
    """Return what was told of deadlines so far: the template, and to which position."""
    found = district.read(lambda s: list(s.exec(select(Notice).order_by(col(Notice.id)))))
    ladder = [one for one in found if one.cause == "deadline"]
    return [(one.template, (one.role, one.area_code)) for one in ladder]


def taken(district: District) -> dict[str, str]:
    """Return step -> what came of it."""
    return {
        one.step: one.outcome for one in district.read(lambda s: list(s.exec(select(LadderStep))))
    }


def on(district: District, day: date, hour: int = 8, minute: int = 0) -> Swept:
    """Sweep at an hour of a day."""
    district.clock.set(office_time(day, hour, minute))
    return swept(district)


def under(tmp_path: Path, added: str) -> Rulebook:
    """Return the sample document with more at its time limit."""
    return rewritten(tmp_path, sample.POLICY, ENDS, ENDS + added)


# -- the house's ladder


def test_dx_64_the_holder_is_reminded_then_the_township_and_the_county_are_told(district):
    district.apply()

    on(district, date(2021, 6, 22), 7, 59)
    assert told(district) == []
    on(district, date(2021, 6, 22))
    assert told(district) == [(NEAR, VILLAGE)]
    on(district, date(2021, 6, 26))
    assert told(district)[1:] == [(LATE, VILLAGE), (LATE, TOWNSHIP)]
    on(district, date(2021, 7, 5))
    assert told(district)[3:] == [(LATE, COUNTY)]

    assert set(taken(district).values()) == {"told"}


def test_dx_64_a_notice_says_which_case_which_rule_and_how_late(district):
    case = district.apply()
    on(district, date(2021, 6, 22))
    on(district, date(2021, 7, 5))

    [late] = district.get("county", "/v1/notices").json()["items"]
    assert late["text"]["en"].endswith("was due on 2021-06-25; late by 10 (calendar day).")
    assert late["case_id"] == case.id


def test_dx_64_a_second_sweep_tells_nobody_again(district):
    district.apply()
    on(district, date(2021, 6, 26))
    before = told(district)

    assert swept(district) == Swept()
    assert on(district, date(2021, 6, 27)) == Swept()

    assert told(district) == before


def test_dx_64_an_installation_can_switch_the_house_ladder_off(district):
    district.apply()
    district.on(date(2021, 7, 5))

    assert swept(district, house_ladder=False).cases == 1

    assert (told(district), taken(district)) == ([], {})


class TestADocumentWithoutTheHouseLadder:
    @pytest.fixture
    def rulebook(self, tmp_path: Path) -> Rulebook:
        return rewritten(
            tmp_path, sample.POLICY, "version = 1\n", "version = 1\nhouse_ladder = false\n"
        )

    def test_dx_64_a_document_can_switch_it_off(self, district):
        district.apply()

        assert on(district, date(2021, 7, 5)).cases == 1

        assert (told(district), taken(district)) == ([], {})


def test_dx_64_what_is_not_due_is_not_looked_at(district):
    district.apply()
    district.on(date(2021, 6, 20))

    assert swept(district) == Swept()


# -- the document's ladder


class TestADocumentsLadder:
    RUNGS = """rungs = [
  { before_days = 1, to = ["holder"], cite = "TG-A03", channels = ["wecom"] },
  { after_days = 2, at_hour = 15, to = ["township_office"], cite = "TG-A04" },
  { after_days = 3, month_end = true, to = ["county_bureau"], template = "deadline_listed", cite = "TG-A04" },
]
"""  # noqa: E501 - as in a document

    @pytest.fixture
    def rulebook(self, tmp_path: Path) -> Rulebook:
        return under(tmp_path, self.RUNGS)

    def test_tg_a03_tg_a04_it_is_climbed_beside_the_house_s(self, district):
        district.apply()
        for day in (22, 24, 26, 27, 30):
            on(district, date(2021, 6, day), 15)

        assert told(district) == [
            (NEAR, VILLAGE),
            (NEAR, VILLAGE),
            (LATE, VILLAGE),
            (LATE, TOWNSHIP),
            (LATE, TOWNSHIP),
            (LISTED, COUNTY),
        ]

    def test_a_rung_travels_by_its_channels_alone(self, district):
        subscribe(district, "https://hook.example.org/hook")
        key = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
        robot = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={key}"
        subscribe(district, robot, channel="wecom")
        district.apply()
        on(district, date(2021, 6, 24))

        channels = district.read(lambda s: len(s.exec(select(Delivery)).all()))
        assert (len(told(district)), channels) == (1, 1)


class TestBothLaddersAtOneInstant:
    @pytest.fixture
    def rulebook(self, tmp_path: Path) -> Rulebook:
        rung = '{ after_days = 1, to = ["township_office"], cite = "TG-A04" }'
        return under(tmp_path, f"rungs = [{rung}]\n")

    def test_dx_64_they_tell_a_position_once(self, district):
        district.apply()
        on(district, date(2021, 6, 26))

        assert told(district) == [(LATE, TOWNSHIP), (LATE, VILLAGE)]
        assert taken(district) == {
            "house_before_3": "superseded",
            "after_1": "told",
            "house_after_1": "told",
        }


# -- after an outage


def test_dx_65_of_several_rungs_the_highest_is_sent_and_the_others_are_superseded(district):
    district.apply()

    on(district, date(2021, 7, 6))

    assert told(district) == [(LATE, COUNTY)]
    assert taken(district) == {
        "house_before_3": "superseded",
        "house_after_1": "superseded",
        "house_after_10": "told",
    }


def test_dx_65_an_outage_of_72_hours_leaves_no_gap(district):
    for _ in range(3):
        district.apply()
    on(district, date(2021, 6, 22))
    on(district, date(2021, 6, 28), 11)

    assert told(district) == [(NEAR, VILLAGE)] * 3 + [(LATE, VILLAGE), (LATE, TOWNSHIP)] * 3
    assert district.read(lambda s: len(s.exec(select(LadderStep)).all())) == 6


def test_dx_65_a_step_says_when_it_was_due_and_when_it_was_taken(district):
    district.apply()
    on(district, date(2021, 6, 22), 11)

    [step] = district.read(lambda s: list(s.exec(select(LadderStep))))
    assert step.due_at == office_time(date(2021, 6, 22), 8)
    assert step.taken_at - step.due_at == timedelta(hours=3)


# -- whom nothing is sent to


def test_a_deadline_that_was_met_meanwhile_tells_nobody(district):
    case = district.apply()
    district.act("village", case, "withdraw")

    assert on(district, date(2021, 7, 6)) == Swept()
    assert told(district) == []


def test_dx_65_nothing_is_sent_while_a_clock_stands_and_goes_on_with_it(district):
    case = district.apply()
    stand(district, case, date(2021, 6, 20))

    assert on(district, date(2021, 7, 6)) == Swept()
    assert told(district) == []


def stand(district: District, case: Case, day: date) -> None:
    """Let the clocks of a case stand, as an order of an official does."""

    def work(session: Session) -> None:
        for clock in session.exec(select(Deadline).where(Deadline.case_id == UUID(case.id))):
            clock.suspended_at, clock.next_step_at = office_time(day), None

    district.change(work)


def test_dx_65_a_date_that_was_moved_has_a_ladder_of_its_own(district):
    case = district.apply()
    on(district, date(2021, 6, 22))
    move_to(district, case, date(2021, 7, 30))

    assert on(district, date(2021, 7, 26)).cases == 1
    on(district, date(2021, 7, 27))

    assert told(district) == [(NEAR, VILLAGE)] * 2


def move_to(district: District, case: Case, day: date) -> None:
    def work(session: Session) -> None:
        for clock in session.exec(select(Deadline).where(Deadline.case_id == UUID(case.id))):
            clock.due_on, clock.over_at = day, office_time(day + timedelta(days=1))
            clock.next_step_at = office_time(date(2021, 6, 23))

    district.change(work)


def test_dx_65_nobody_is_told_as_his_own_superior_the_next_one_is(district):
    district.apply()
    dismiss(district, "township")
    appoint(district, "village", *TOWNSHIP, from_on=date(2021, 6, 4))

    on(district, date(2021, 6, 26))

    assert told(district) == [(LATE, VILLAGE), (LATE, COUNTY)]


def dismiss(district: District, username: str) -> None:
    """End whatever somebody was appointed to."""

    def work(session: Session) -> None:
        for one in session.exec(
            select(Appointment)
            .join(Person, col(Person.id) == Appointment.person_id)
            .where(Person.username == username)
        ):
            one.to_on = one.from_on

    district.change(work)


def test_a_vacant_position_escalates_its_vacancy_and_drops_nothing(district):
    district.apply()
    dismiss(district, "township")

    on(district, date(2021, 6, 26))

    assert told(district) == [(LATE, VILLAGE), (LATE, COUNTY)]
    found = district.read(lambda s: list(s.exec(select(Notice))))
    vacant = next(one for one in found if one.cause == "vacancy")
    assert (vacant.template, vacant.role) == ("position_vacant", "county_bureau")
    assert vacant.facts["role"] == "township_office"
    assert {one.for_role for one in found if one.cause == "deadline"} == {
        "village_committee",
        "township_office",
    }


def test_whoever_is_not_in_the_area_is_told_nothing(district):
    district.apply()
    on(district, date(2021, 7, 6))

    for username in ("neighbour", "elsewhere"):
        assert district.get(username, "/v1/notices").json()["items"] == []


# -- the clock's own events


class TestAtDue:
    """A made-up document lets an application lapse by itself when its time is over."""

    @pytest.fixture
    def rulebook(self, tmp_path: Path) -> Rulebook:
        return under(tmp_path, 'at_due = "withdraw"\n')

    def test_dx_66_the_clock_raises_the_event_that_the_document_names(self, district):
        case = district.apply()
        on(district, LAST_DAY, 23, 59)
        assert district.history(case)[-1]["event"] == "open"

        on(district, date(2021, 6, 26), 0)

        [*_, line] = district.history(case)
        assert (line["event"], line["role"], line["person_id"]) == ("withdraw", "clock", None)
        assert line["to_state"] == "withdrawn"
        assert taken(district)["at_due"] == "raised"
        assert told(district) == [(NEAR, VILLAGE)]

    def test_dx_66_once_over_nobody_is_told_any_more(self, district):
        district.apply()
        on(district, date(2021, 7, 20))

        assert told(district) == []
        assert taken(district) == {"at_due": "raised"}


class TestAtDueOutOfPlace:
    """A made-up document lets the clock refuse a case that nobody has reviewed yet."""

    @pytest.fixture
    def rulebook(self, tmp_path: Path) -> Rulebook:
        return under(tmp_path, 'at_due = "refuse"\n')

    def test_dx_66_what_the_document_refuses_moves_nothing_and_is_told_of(self, district):
        case = district.apply()

        on(district, date(2021, 6, 26))
        on(district, date(2021, 6, 27))

        assert [line["event"] for line in district.history(case)] == ["open"]
        assert taken(district)["at_due"] == "refused"
        assert told(district) == [(LATE, VILLAGE), (LATE, TOWNSHIP)]


# -- whatever happens


def test_what_cannot_be_swept_is_left_alone_and_keeps_nobody_waiting(district):
    cases = [district.apply() for _ in range(3)]
    broken = cases[1]
    break_(district, broken)
    district.clock.set(office_time(date(2021, 6, 26), 8))

    done = swept(district)

    assert done.cases == 2
    assert len(told(district)) == 4
    [left] = [one for one in due(district) if str(one.case_id) == broken.id]
    assert left.next_step_at == district.clock.now() + SET_ASIDE_FOR


def break_(district: District, case: Case) -> None:
    def work(session: Session) -> None:
        for clock in session.exec(select(Deadline).where(Deadline.case_id == UUID(case.id))):
            clock.rule = "no_such_rule"

    district.change(work)


def due(district: District) -> list[Deadline]:
    return district.read(lambda s: list(s.exec(select(Deadline))))


def test_a_batch_that_fails_leaves_nothing_behind(district, monkeypatch):
    district.apply()
    district.on(date(2021, 6, 26))
    monkeypatch.setattr(sweeping, "put_rows", broken_pipe)

    with pytest.raises(BrokenPipeError):
        swept(district)
    assert told(district) == []
    assert taken(district) == {}

    monkeypatch.undo()
    swept(district)
    assert len(told(district)) == 2


def broken_pipe(*_: object) -> None:
    raise BrokenPipeError


def test_a_sweep_takes_no_more_than_a_batch_at_a_time(district):
    for _ in range(3):
        district.apply()
    district.on(date(2021, 6, 26))
    registry = district.office.registry

    sizes = [district.change(lambda s: sweep(s, registry, most=2).cases) for _ in range(3)]

    assert sizes == [2, 1, 0]
    assert BATCH >= 2


def test_the_sweep_writes_no_line_into_a_case(district):
    case = district.apply()
    on(district, date(2021, 7, 6))

    lines = district.read(
        lambda s: s.exec(select(Transition).where(Transition.case_id == UUID(case.id))).all()
    )
    assert len(lines) == 1


# -- what the documents say


def test_ra_d20_ra_a03_who_is_behind_at_the_end_of_the_month_is_on_the_county_s_list(rulebook):
    rongan = rulebook.pinned("rongan-2022@1")
    listed = {
        limit.id: (limit.rungs[0].to, limit.rungs[0].month_end, limit.rungs[0].says)
        for limit in rongan.rules.time_limits
        if limit.rungs
    }

    assert listed == dict.fromkeys(
        ("handling", "help", "response", "household_told", "helper"),
        (("county_task_group",), True, LISTED),
    )


@pytest.mark.parametrize(
    ("kind", "rule"),
    [(Kind.DELIVERABLE, "paper_due"), (Kind.REMEDIATION_ITEM, "time_limit_of_the_item")],
)
def test_tg_a03_tg_a04_the_township_knows_at_once_what_is_late(rulebook, kind, rule):
    [rung] = rulebook.pinned("taogou-2021@1", kind).limit(rule).rungs

    assert (rung.day, rung.to, rung.cite) == (0, ("township_office",), "TG-A03 TG-A04")


def test_sq_a01_a_month_that_is_late_climbs_the_house_s_ladder_alone(rulebook, under):
    """Its supervision names nobody who is to be told, and no day: it has no rungs of its own."""
    shiquan = [one for one in rulebook.of_every_kind() if one.policy.id == "shiquan-2020"]
    assert not [limit.id for one in shiquan for limit in one.rules.time_limits if limit.rungs]
    district = under("shiquan-2020").district
    registry = district.office.registry
    on(district, date(2020, 3, 1))
    district.change(lambda s: open_due(s, registry))
    for day in (date(2020, 3, 28), date(2020, 4, 1), date(2020, 4, 10)):
        on(district, day)

    offices = shiquan[0].policy.roles
    found = [(template, role) for template, (role, _) in told(district) if role in offices]
    assert Counter(found) == {
        (NEAR, "town"): 3,
        (LATE, "town"): 3,
        (LATE, "county_office"): 3,
    }
