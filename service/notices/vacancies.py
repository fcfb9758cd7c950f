"""Positions that nobody holds: who stands in for them, and what that person is told."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from service.notices.templates import Facts
from service.store.areas import lineage
from service.store.people import held_among, last_appointment
from service.workflows.policy import ADMINISTRATOR

Place = tuple[str, str]
"""A role and an area."""


@dataclass(frozen=True, slots=True)
class Vacancy:
    """Who stands in for a position; `since` tells one time of vacancy from the next."""

    stand_in: Place
    since: str
    facts: Facts


def vacancy(
    session: Session, role: str, area_code: str, fallback: tuple[str, ...], on: date
) -> Vacancy:
    """Return who stands in for a position that nobody holds on a day."""
    title, appointment = last_appointment(session, role, area_code, on)
    return Vacancy(
        stand_in=_stand_in(session, role, area_code, fallback, on),
        since=str(appointment or "never"),
        facts=Facts(role=role, area_code=area_code, position=title or role),
    )


def _stand_in(
    session: Session, role: str, area_code: str, fallback: tuple[str, ...], on: date
) -> Place:
    """Return the nearest position that is held; where none is, the one that must not be vacant."""
    codes = [area.code for area in lineage(session, area_code)]
    places = list(_supervisors(role, codes, fallback))
    held = held_among(session, places, on)
    return next((place for place in places if place in held), places[-1])


def _supervisors(role: str, codes: list[str], fallback: tuple[str, ...]) -> Iterator[Place]:
    """Yield the same role and its fallbacks, area by area upwards; then the administrators."""
    for code in codes:
        yield from ((other, code) for other in (role, *fallback))
    yield from ((ADMINISTRATOR, code) for code in codes)
