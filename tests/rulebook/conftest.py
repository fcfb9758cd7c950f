"""What the rulebook's tests share: the published calendar and the procedure, without a database."""

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import papers
import pytest
from hypothesis import settings
from matters import TODAY, found, matter, said

from service.store.calendars import SEEDED_YEARS, seeded_days
from service.workflows.calendar import Calendar
from service.workflows.machine import Procedure
from service.workflows.monitoring.notice import Posting, outcome
from service.workflows.rulebook import Rulebook
from service.workflows.statement import Event

settings.register_profile("rulebook", deadline=None, derandomize=True)
settings.load_profile("rulebook")


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    """Return the working calendar of 2004 to 2026, as an installation is seeded with it."""
    special = {day: s for year in SEEDED_YEARS for day, s in seeded_days(year).items()}
    return Calendar(1, SEEDED_YEARS, special)


@pytest.fixture(scope="session")
def taogou() -> Procedure:
    """Return the procedure of the Taogou document, as it is shipped."""
    return Rulebook().pinned("taogou-2021@1")


@pytest.fixture
def lacks(taogou: Procedure) -> Callable[..., list[tuple[str, str | None]]]:
    """Return what says everything that an event lacks: `lacks(event, *before, **changes)`."""

    def everything(
        event: str, *before: str | Event, today: date = TODAY, **changes: object
    ) -> list[tuple[str, str | None]]:
        return found(taogou, event, matter(taogou, said(event, **changes), *before, today=today))

    return everything


@pytest.fixture
def follows(taogou: Procedure) -> Callable[..., dict[str, str]]:
    """Return what says the outcome of an event in the sample village."""
    posting = Posting("示例一村", "张某", taogou.policy.lists["object_types"], "2021-06-18")
    return lambda event, *before, **changes: outcome(
        matter(taogou, said(event, **changes), *before), posting
    )


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """Return what writes a changed document into the test's folder: `put(name, **changes)`."""
    return partial(papers.put, tmp_path)
