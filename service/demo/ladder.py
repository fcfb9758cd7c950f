"""A deadline passes in silence: its holder is reminded, then the levels above are told, once each.

E is the case that the neighbour village has forgotten.
"""

from collections.abc import Callable
from datetime import date

from service.demo.people import People, expect

FORGOTTEN = "E"
NEAR, LATE = "deadline_near", "deadline_overdue"

TOLD: dict[str, list[str]] = {"neighbour": [], "township": [], "county": []}


def reminded(people: People) -> None:
    _climb(people, TOLD | {"neighbour": [NEAR]})


def township_told(people: People) -> None:
    _climb(people, TOLD | {"neighbour": [LATE, NEAR], "township": [LATE]})


def county_told(people: People) -> None:
    people.tick()  # a second sweep tells nobody again
    _climb(people, {"neighbour": [LATE, NEAR], "township": [LATE], "county": [LATE]})


SCENES: tuple[tuple[date, Callable[[People], None]], ...] = (
    (date(2021, 6, 22), reminded),
    (date(2021, 6, 28), township_told),
    (date(2021, 7, 5), county_told),
)


def _climb(people: People, expected: dict[str, list[str]]) -> None:
    """Let the clock tick; show the notices of this moment to whoever has them."""
    people.tick()
    case_id = people.cases[FORGOTTEN].id
    inboxes = {
        username: people.get(username, "/v1/notices", case_id=case_id)["items"]
        for username in expected
    }
    came = {username: [one["template"] for one in found] for username, found in inboxes.items()}
    expect("who was told of E", expected, came)
    for found in inboxes.values():
        for notice in found:
            if notice["issued_at"] == people.instant:
                people.timeline.note(
                    f"{notice['title']['zh']} {notice['title']['en']} → {notice['role']}："
                    f"{notice['facts']['rule_label']['zh']}，{notice['facts']['due_on']}"
                )
