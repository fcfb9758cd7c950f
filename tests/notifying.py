"""What tests of notices share: facts, something to tell, subscriptions, and a pass of delivery."""

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from district import District
from sqlmodel import Session, col, select

from service import sample
from service.notices.delivery import deliver_due
from service.notices.outbox import Addressee, Cause, Owed, notify, notify_all
from service.notices.templates import Facts
from service.store.columns import new_id
from service.store.deliveries import Delivery, Outcome
from service.store.people import Appointment, Person, Position

VILLAGE = Addressee("village_committee", sample.VILLAGE)
TOWNSHIP = Addressee("township_office", sample.TOWNSHIP)
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"


def overdue(**changes: Any) -> Facts:
    said = {
        "kind": "monitoring_object",
        "case_id": None,
        "rule": "publicity",
        "rule_label": {"zh": "公示", "en": "publicity"},
        "due_on": "2021-06-17",
        "days_late": 3,
        "unit": "working_day",
    }
    return Facts.model_validate(said | changes)


def tell(
    district: District,
    to: Addressee = VILLAGE,
    cause: Cause | None = None,
    template: str = "case_urged",
    facts: Facts | None = None,
) -> UUID | None:
    case_id = facts.case_id if facts else UUID(district.apply().id)
    cause = cause or Cause.urge(case_id, 1)
    facts = facts or overdue(case_id=case_id)
    now = district.clock.now()
    return district.change(lambda s: notify(s, cause, to, template, facts, now))


def appoint(district: District, username: str, role: str, area_code: str, from_on: date) -> None:
    """Appoint somebody to a position, which is made where it is missing."""
    now = district.clock.now()

    def work(session: Session) -> None:
        person = session.exec(select(Person).where(Person.username == username)).one()
        there = select(Position).where(Position.role == role, Position.area_code == area_code)
        position = session.exec(there).first() or Position(
            id=new_id(now), role=role, area_code=area_code, title=role
        )
        session.add(position)
        session.flush()
        session.add(
            Appointment(
                id=new_id(now), position_id=position.id, person_id=person.id, from_on=from_on
            )
        )

    district.change(work)


def tell_many(district: District, number: int, case_id: UUID | None = None) -> list[UUID]:
    """Write notices of so many overdue deadlines of one case to the village; return their ids."""
    facts = overdue(case_id=case_id or UUID(district.apply().id))
    owed = [
        Owed(Cause.rung(uuid4(), "1"), VILLAGE, "deadline_overdue", facts) for _ in range(number)
    ]
    now = district.clock.now()
    return district.change(lambda s: notify_all(s, owed, now))


def subscribe(district: District, target: str, username: str = "village", **wanted: Any) -> str:
    """Set up a subscription, a webhook unless told; return its id."""
    body = {"channel": "webhook", "target": target, **wanted}
    if body["channel"] == "webhook":
        body.setdefault("secret", SECRET)
    answer = district.post(username, "/v1/subscriptions", body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def deliver(district: District, **changed: Any) -> Counter[Outcome]:
    """Send what is due now, with settings that are changed as told."""
    settings = district.office.settings.model_copy(update=changed)
    return district.client.portal.call(deliver_due, replace(district.office, settings=settings))


def deliveries(district: District) -> list[Delivery]:
    return district.read(lambda s: list(s.exec(select(Delivery).order_by(col(Delivery.id)))))
