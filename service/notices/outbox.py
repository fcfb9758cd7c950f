"""The outbox: a notice is written in the transaction that caused it, or not at all.

Nothing is sent here. Writing for the same cause to the same position again changes nothing,
whoever does it and however many do it at once. A position that nobody holds today keeps no
notice: whoever supervises it gets it, and is told of the vacancy.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from service.clock import office_date
from service.notices.templates import TEMPLATES, Facts, checked
from service.notices.vacancies import Vacancy, vacancy
from service.store.columns import new_id
from service.store.database import insert_new
from service.store.deliveries import DELIVERIES, DeliveryState, taking
from service.store.notices import NOTICES, CauseKind
from service.store.people import held_among

UNIQUE = ("cause", "cause_key", "for_role", "for_area_code")


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a notice is owed, with the key by which a second writing is noticed."""

    kind: CauseKind
    key: str

    @classmethod
    def rung(cls, deadline_id: UUID, rung: str) -> "Cause":
        """Return the cause that a deadline has come to a rung of its ladder."""
        return cls(CauseKind.DEADLINE, f"{deadline_id}:{rung}")

    @classmethod
    def urge(cls, case_id: UUID, seq: int) -> "Cause":
        """Return the cause that somebody pressed for a case, by the line that says so."""
        return cls(CauseKind.URGE, f"{case_id}:{seq}")


@dataclass(frozen=True, slots=True)
class Addressee:
    """A position by its role and area. `fallback`: roles that stand in for it, the first first."""

    role: str
    area_code: str
    fallback: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Owed:
    """One notice that is owed; it travels by `channels`, or by all that are subscribed."""

    cause: Cause
    to: Addressee
    template: str
    facts: Facts
    channels: tuple[str, ...] | None = None


def notify(
    session: Session, cause: Cause, to: Addressee, template: str, facts: Facts, now: datetime
) -> UUID | None:
    """Write one notice; return its id, or None where it was written before.

    Raises `KeyError` for an unknown template, `ValueError` where facts are missing.
    """
    written = notify_all(session, [Owed(cause, to, template, facts)], now)
    return written[0] if written else None


def notify_all(
    session: Session,
    owed: Sequence[Owed],
    now: datetime,
    held: Collection[tuple[str, str]] | None = None,
) -> list[UUID]:
    """Write many notices with a handful of statements; return the ids of those that are new.

    `held` are the positions that somebody holds today, where the caller has looked already.
    Raises as `notify` does, before anything is written.
    """
    session.flush()
    vacant = _vacancies(session, {one.to for one in owed}, office_date(now), held)
    rows = [_row(one, vacant.get(one.to), now) for one in owed]
    asked = {row["id"] for row in rows}
    by = {row["id"]: one.channels for row, one in zip(rows, owed, strict=True)}
    rows += [_row(_of_vacancy(there), None, now) for there in vacant.values()]
    rows.sort(key=lambda row: [row[name] for name in UNIQUE])  # or two writers could lock up
    written = set(insert_new(session, NOTICES, rows))
    new = [row for row in rows if row["id"] in written]
    insert_new(session, DELIVERIES, _deliveries(session, new, by))
    return sorted(written & asked)


def _deliveries(
    session: Session, notices: list[dict[str, Any]], by: dict[UUID, tuple[str, ...] | None]
) -> list[dict[str, Any]]:
    """Return a delivery for each notice to each subscription that takes it, `by` some channels."""
    travelling = [row for row in notices if TEMPLATES[row["template"]].travels]
    takers = taking(session, {row["area_code"] for row in travelling})
    return [
        {
            "id": new_id(row["issued_at"]),
            "notice_id": row["id"],
            "subscription_id": subscription_id,
            "state": DeliveryState.WAITING,
            "attempts": 0,
            "due_at": row["issued_at"],
        }
        for row in travelling
        for subscription_id, role, channel in takers.get(row["area_code"], ())
        if role in {None, row["role"]} and _goes_by(channel, by.get(row["id"]))
    ]


def _goes_by(channel: str, channels: tuple[str, ...] | None) -> bool:
    return channels is None or channel in channels


def _vacancies(
    session: Session, to: set[Addressee], on: date, held: Collection[tuple[str, str]] | None
) -> dict[Addressee, Vacancy]:
    if held is None:
        held = held_among(session, {(one.role, one.area_code) for one in to}, on)
    return {
        one: vacancy(session, one.role, one.area_code, one.fallback, on)
        for one in to
        if (one.role, one.area_code) not in held
    }


def _of_vacancy(there: Vacancy) -> Owed:
    key = f"{there.facts.role}:{there.facts.area_code}:{there.since}"
    cause = Cause(CauseKind.VACANCY, key)
    return Owed(cause, Addressee(*there.stand_in), "position_vacant", there.facts)


def _row(one: Owed, vacant: Vacancy | None, now: datetime) -> dict[str, Any]:
    role, area_code = vacant.stand_in if vacant else (one.to.role, one.to.area_code)
    return {
        "id": new_id(now),
        "cause": one.cause.kind,
        "cause_key": one.cause.key,
        "template": one.template,
        "facts": checked(one.template, one.facts),
        "case_id": one.facts.case_id,
        "role": role,
        "area_code": area_code,
        "for_role": one.to.role,
        "for_area_code": one.to.area_code,
        "issued_at": now,
        "is_unread": True,
    }
