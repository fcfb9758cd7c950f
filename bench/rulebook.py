"""What the rulebook costs by itself: a move by a pooled machine, a new machine, a due date."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from bench.figures import Figure
from bench.stories import ROUTE, TODAY, a_day, said
from service import sample
from service.store.calendars import SEEDED_YEARS, seeded_days
from service.workflows.calendar import Calendar
from service.workflows.deadlines import due_on
from service.workflows.machine import Carrier, Procedure
from service.workflows.matter import Matter
from service.workflows.monitoring.dossier import MonitoringDossier, MonitoringEntry
from service.workflows.rulebook import Rulebook

REPEATS = 7


def measure(rounds: int) -> Iterator[Figure]:
    """Yield the figures, in microseconds of processor time."""
    procedure = Rulebook().newest(sample.POLICY)
    assert procedure is not None
    moves = list(_moves(procedure))

    def along_the_route() -> None:
        for state, event, matter in moves:
            procedure.move(state, event, matter, [])

    def new_machine() -> None:
        carrier = Carrier()
        carrier.state = procedure.rules.first_state
        procedure.machine_class(model=carrier)

    yield Figure(
        "load and check all policies",
        "ms",
        [each / 1000 for each in _timed(Rulebook, 1)],
        at_most=300,
    )
    calendar = _calendar()
    limit, day = procedure.limit("publicity_minimum"), a_day()
    yield Figure(
        "move, pooled machine", "µs", _timed(along_the_route, rounds, len(moves)), at_most=150
    )
    yield Figure("new machine", "µs", _timed(new_machine, rounds))
    yield Figure(
        "due_on, 5 working days",
        "µs",
        _timed(lambda: due_on(limit, day, calendar), rounds * 20),
        at_most=5,
    )


def _timed(work: Callable[[], object], rounds: int, per_round: int = 1) -> list[float]:
    work()
    repeats = []
    for _ in range(REPEATS):
        began = time.process_time()
        for _ in range(rounds):
            work()
        repeats.append((time.process_time() - began) * 1e6 / rounds / per_round)
    return repeats


def _moves(procedure: Procedure) -> Iterator[tuple[str, str, Matter[Any]]]:
    """Yield every move along the route, with the matter that its requirements look at."""
    consent = uuid4()
    state, dossier = procedure.rules.first_state, MonitoringDossier()
    for number, event in enumerate(ROUTE, start=1):
        body = said(event, consent)
        matter = Matter(
            dossier=dossier,
            body=body,
            today=a_day(),
            opened_on=a_day(),
            eligibility=procedure.policy.monitoring_object.eligibility,
            evidence=dict.fromkeys(body.attachments, ("consent_form", "0" * 64)),
            state=state,
            lists=procedure.policy.lists,
        )
        yield state, event, matter
        completed = state if state in procedure.acts(state, event) else ""
        state = procedure.move(state, event, matter, [])
        entry = {"seq": number, "round": 1, "on": TODAY, "role": "", "salt": "", "body": body}
        dossier = dossier.with_entry(
            MonitoringEntry.model_validate({**entry, "completes": completed})
        )


def _calendar() -> Calendar:
    special = [seeded_days(year) for year in SEEDED_YEARS]
    return Calendar(1, SEEDED_YEARS, {day: s for days in special for day, s in days.items()})
