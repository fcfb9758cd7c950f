"""Notices reach a position once: written with what caused them, read by whoever holds it then."""

from datetime import date, datetime, timedelta
from string import Formatter
from typing import Any
from uuid import UUID, uuid4

import pytest
from district import District
from notifying import TOWNSHIP, VILLAGE, appoint, overdue, tell
from sqlmodel import Session, select

from service import sample
from service.notices.outbox import Addressee, Cause, Owed, notify, notify_all
from service.notices.templates import TEMPLATES, Facts
from service.store.notices import CauseKind, Notice
from service.store.people import Appointment, Person
from service.workflows.policy import ADMINISTRATOR

TODAY = date(2021, 6, 3)


def inbox(district: District, username: str, **asked: Any) -> list[dict[str, Any]]:
    answer = district.get(username, "/v1/notices", **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def all_notices(district: District) -> list[Notice]:
    return district.read(lambda s: list(s.exec(select(Notice).order_by(Notice.id))))


def leave(district: District, username: str, last_day: date) -> None:
    """End a person's appointment with a day."""

    def work(session: Session) -> None:
        held = select(Appointment).join(Person).where(Person.username == username)
        session.exec(held).one().to_on = last_day

    district.change(work)


# -- written once, with its cause


def test_a_notice_is_in_the_inbox_of_the_position_and_of_no_other(district):
    notice_id = tell(district)

    assert [n["id"] for n in inbox(district, "village")] == [str(notice_id)]
    for other in ("team", "neighbour", "township", "county", "elsewhere"):
        assert inbox(district, other) == []


def test_a_notice_says_in_both_languages_what_it_is_about_and_names_nobody(district):
    case_id = UUID(district.apply().id)
    tell(district, template="deadline_overdue", facts=overdue(case_id=case_id))

    told = inbox(district, "village")[0]
    assert told["title"] == {"zh": "已逾期", "en": "overdue"}
    assert told["text"] == {
        "zh": f"监测对象{case_id}：公示，2021-06-17到期，已逾期3工作日",
        "en": f"monitoring object {case_id}: publicity was due on 2021-06-17;"
        " late by 3 (working day).",
    }
    assert "张某" not in str(told)


def test_the_same_cause_tells_the_same_position_once_however_often_it_is_written(district):
    case_id = UUID(district.apply().id)
    rung = Cause.rung(uuid4(), "1")
    facts = overdue(case_id=case_id)

    first = tell(district, cause=rung, facts=facts)
    again = [tell(district, cause=rung, facts=facts) for _ in range(2)]

    assert first is not None
    assert again == [None, None]
    assert [n["id"] for n in inbox(district, "village")] == [str(first)]


def test_a_rung_tells_each_of_its_roles_and_the_next_rung_tells_them_again(district):
    facts, deadline_id = overdue(case_id=UUID(district.apply().id)), uuid4()

    for rung in ("1", "2"):
        for to in (VILLAGE, TOWNSHIP):
            assert tell(district, to, Cause.rung(deadline_id, rung), facts=facts)

    assert len(inbox(district, "village")) == len(inbox(district, "township")) == 2


def test_many_are_written_at_once_and_only_those_that_are_new_are_returned(district):
    case_id = UUID(district.apply().id)
    owed = [
        Owed(Cause.rung(uuid4(), "1"), VILLAGE, "deadline_overdue", overdue(case_id=case_id))
        for _ in range(50)
    ]
    now = district.clock.now()

    some = district.change(lambda s: notify_all(s, owed[:20], now))
    rest = district.change(lambda s: notify_all(s, owed, now))

    assert (len(some), len(rest)) == (20, 30)
    assert {n.id for n in all_notices(district)} == {*some, *rest}


def test_nothing_is_told_of_what_was_not_saved(district):
    facts = overdue(case_id=UUID(district.apply().id))
    now = district.clock.now()

    def breaks_off(session: Session) -> None:
        notify(session, Cause.urge(uuid4(), 1), VILLAGE, "case_urged", facts, now)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        district.change(breaks_off)
    assert all_notices(district) == []


def test_a_template_that_lacks_a_fact_is_a_fault_before_anything_is_written(district):
    with pytest.raises(ValueError, match="deadline_overdue needs days_late"):
        tell(district, template="deadline_overdue", facts=overdue(days_late=None, case_id=uuid4()))
    assert all_notices(district) == []


def test_both_languages_of_a_template_are_filled_from_the_same_facts():
    for code, template in TEMPLATES.items():
        filled = {name for _, name, _, _ in Formatter().parse(template.text.en) if name}
        assert template.needs == filled, code
        assert template.needs <= set(Facts.model_fields), code


# -- nobody holds the position


def test_the_notice_to_a_vacant_position_goes_to_the_fallback_above_with_one_of_the_vacancy(
    district,
):
    leave(district, "village", TODAY - timedelta(days=1))
    to = Addressee("village_committee", sample.VILLAGE, fallback=("township_office",))
    district.on(TODAY)

    facts = overdue(case_id=_case_of_neighbour(district))
    tell(district, to, facts=facts, cause=Cause.rung(uuid4(), "1"))
    tell(district, to, facts=facts, cause=Cause.rung(uuid4(), "1"))

    told = inbox(district, "township")
    assert sorted(n["template"] for n in told) == ["case_urged", "case_urged", "position_vacant"]
    assert {(n["for_role"], n["for_area_code"]) for n in told if n["cause"] == "deadline"} == {
        ("village_committee", sample.VILLAGE)
    }
    vacancy = next(n for n in told if n["cause"] == "vacancy")
    assert "示例一村村“两委”" in vacancy["text"]["zh"]


def test_a_second_time_of_vacancy_is_told_of_again(district):
    facts = overdue(case_id=_case_of_neighbour(district))
    to = Addressee("village_committee", sample.VILLAGE, fallback=("township_office",))
    leave(district, "village", TODAY - timedelta(days=1))
    district.on(TODAY)
    tell(district, to, facts=facts, cause=Cause.rung(uuid4(), "1"))
    appoint(district, "team", "village_committee", sample.VILLAGE, TODAY + timedelta(days=1))
    district.on(TODAY + timedelta(days=1))
    tell(district, to, facts=facts, cause=Cause.rung(uuid4(), "1"))
    assert len(inbox(district, "township", cause="vacancy")) == 1

    deactivate(district, "team")
    tell(district, to, facts=facts, cause=Cause.rung(uuid4(), "1"))

    assert len(inbox(district, "township", cause="vacancy")) == 2


def deactivate(district: District, username: str) -> None:
    def work(session: Session) -> None:
        session.exec(select(Person).where(Person.username == username)).one().active = False

    district.change(work)


def _case_of_neighbour(district: District) -> UUID:
    """Return a case that was taken in by a village that is manned."""
    answer = district.apply("neighbour", {"username": "neighbour", "area_code": sample.NEIGHBOUR})
    return UUID(answer.id)


def test_the_same_role_one_level_up_stands_in_before_any_other(district):
    appoint(district, "elsewhere", "village_committee", sample.TOWNSHIP, TODAY)
    leave(district, "village", TODAY - timedelta(days=1))
    district.on(TODAY)

    tell(
        district,
        Addressee("village_committee", sample.VILLAGE, fallback=("township_office",)),
        facts=overdue(case_id=_case_of_neighbour(district)),
        cause=Cause.rung(uuid4(), "1"),
    )

    chosen = {(n.role, n.area_code) for n in all_notices(district)}
    assert chosen == {("village_committee", sample.TOWNSHIP)}


def test_where_nobody_stands_in_the_notice_waits_for_the_topmost_administrator(district):
    leave(district, "village", TODAY - timedelta(days=1))
    district.on(TODAY)
    facts = overdue(case_id=_case_of_neighbour(district))
    tell(district, facts=facts, cause=Cause.rung(uuid4(), "1"))

    appoint(district, "county", ADMINISTRATOR, sample.COUNTY, TODAY)

    assert [n["cause"] for n in inbox(district, "county")] == ["vacancy", "deadline"]


# -- read


def test_the_inbox_shows_what_is_unread_first_and_the_newest_before_the_older(district):
    ids = []
    for number in range(5):
        district.clock.advance(minutes=1)
        ids.append(str(tell(district, cause=Cause.rung(uuid4(), str(number)))))
    for notice_id in (ids[4], ids[1]):
        district.post("village", f"/v1/notices/{notice_id}/acknowledge", {})
    wanted = [ids[3], ids[2], ids[0], ids[4], ids[1]]

    assert [n["id"] for n in inbox(district, "village")] == wanted
    assert [n["id"] for n in inbox(district, "village", unread=True)] == wanted[:3]
    assert [n["id"] for n in inbox(district, "village", unread=False)] == wanted[3:]
    seen, cursor = [], {}
    while cursor is not None:
        told = district.get("village", "/v1/notices", limit=2, count=True, **cursor).json()
        assert told["total"] == 5
        seen += [n["id"] for n in told["items"]]
        cursor = {"cursor": told["next_cursor"]} if told["next_cursor"] else None
    assert seen == wanted


def test_notices_are_found_by_case_cause_and_template(district):
    notice_id = tell(district)
    case_id = inbox(district, "village")[0]["case_id"]
    tell(district, cause=Cause(CauseKind.CASE, "x"), template="case_urged")

    for asked, found in (
        ({"case_id": case_id}, 1),
        ({"cause": "urge"}, 1),
        ({"template": "case_urged"}, 2),
        ({"template": "deadline_near"}, 0),
        ({"case_id": case_id, "cause": "case"}, 0),
    ):
        assert len(inbox(district, "village", **asked)) == found, asked
    assert inbox(district, "village", case_id=case_id)[0]["id"] == str(notice_id)


def test_who_read_a_notice_first_and_when_stays(district):
    path = f"/v1/notices/{tell(district)}/acknowledge"
    read_at = district.clock.now()

    first = district.post("village", path, {})
    appoint(district, "neighbour", "village_committee", sample.VILLAGE, TODAY)
    leave_other = district.get("neighbour", "/v1/me").json()["positions"]
    shared = next(p["id"] for p in leave_other if p["area_code"] == sample.VILLAGE)
    district.clock.advance(hours=1)
    again = district.post("neighbour", path, {}, **{"Dixian-Position": shared})

    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    me = district.get("village", "/v1/me").json()
    assert first.json()["acknowledged_by"] == me["person_id"]
    assert first.json()["acknowledged_in"] == me["positions"][0]["id"]
    assert datetime.fromisoformat(first.json()["acknowledged_at"]) == read_at


def test_a_notice_to_somebody_else_cannot_be_read_or_acknowledged(district):
    path = f"/v1/notices/{tell(district)}/acknowledge"

    for other in ("neighbour", "township", "county"):
        answer = district.post(other, path, {})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert inbox(district, "village")[0]["acknowledged_at"] is None


def test_whoever_holds_the_position_on_the_day_reads_its_notices_and_nobody_before_or_after(
    district,
):
    notice_id = tell(district)
    leave(district, "village", TODAY)
    appoint(district, "team", "village_committee", sample.VILLAGE, TODAY + timedelta(days=1))
    assert inbox(district, "team") == []

    district.on(TODAY + timedelta(days=1))

    assert [n["id"] for n in inbox(district, "team")] == [str(notice_id)]
    assert district.get("village", "/v1/notices").json()["code"] == "position_needed"


def test_the_notices_of_all_my_positions_are_one_inbox(district):
    mine = tell(district)
    appoint(district, "village", "township_office", sample.TOWNSHIP, TODAY)
    district.clock.advance(minutes=1)
    case_id = UUID(inbox(district, "village")[0]["case_id"])
    other = tell(district, TOWNSHIP, Cause.urge(uuid4(), 2), facts=overdue(case_id=case_id))

    assert [n["id"] for n in inbox(district, "village")] == [str(other), str(mine)]
