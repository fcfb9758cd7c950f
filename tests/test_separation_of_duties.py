"""Who keeps the system does not read its log; who reads the log moves nothing. Every route.

Issue 6, part 7 (DX-81, DX-82). Who may be appointed to what is in `test_auditor.py`.
"""

from uuid import UUID

import pytest
from auditing import appoint
from district import District
from sqlmodel import select
from test_access import World

from service.store.cases import Transition
from service.store.log import LogLine


@pytest.fixture
def world(district: District) -> World:
    appoint(district, "auditor", "auditor")
    appoint(district, "administrator", "administrator")
    return World(district)


def routes(world: World, *methods: str) -> list[tuple[str, str]]:
    paths = world.at.client.get("/openapi.json").json()["paths"]
    return [(method, path) for path, item in paths.items() for method in methods if method in item]


def test_dx_81_an_administrator_reads_nothing_of_the_log(world):
    asked = [route for route in routes(world, "get") if route[1].startswith("/v1/audit")]
    assert len(asked) > 6

    for route in asked:
        answer = world.ask(route, world.at.headers("administrator"))
        assert (answer.status_code, answer.json()["code"]) == (403, "not_your_role"), route


OWN = {
    "/v1/session",
    "/v1/audit/exports",
    "/v1/calendar/working-days",
    "/v1/subscriptions",
    "/v1/notices/{notice_id}/acknowledge",
}
"""What an auditor may do as well: sign in, take exports, count days, hear of notices."""


def test_dx_82_an_auditor_writes_nothing_but_what_is_their_own(world):
    before = moves(world.at)
    headers = world.at.headers("auditor")
    posts = [
        route
        for route in routes(world, "post", "put", "delete")
        if route[1] not in OWN and "subscription" not in route[1] and "audit" not in route[1]
    ]
    assert len(posts) > 15

    done = {route for route in posts if world.ask(route, headers).status_code < 400}

    assert done == set()
    assert moves(world.at) == before


def moves(at: District) -> set[tuple[UUID, int]]:
    return set(at.read(lambda s: s.exec(select(Transition.case_id, Transition.seq)).all()))


def test_no_route_stops_the_log_or_changes_what_is_in_it(world):
    writing = {path for _, path in routes(world, "post", "put", "delete", "patch")}

    assert {path for path in writing if path.startswith("/v1/audit")} <= {
        "/v1/audit/exports",
        "/v1/audit/exports/{export_id}/resume",
    }


def test_what_a_refused_administrator_tried_is_a_line(world):
    answer = world.ask(("post", "/v1/cases/{case_id}/events"), world.at.headers("administrator"))

    assert answer.status_code == 403
    query = select(LogLine.role).where(LogLine.kind == "attempt")
    assert "administrator" in world.at.read(lambda s: s.exec(query).all())
