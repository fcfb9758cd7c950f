"""What the rulebook's tests share: the published calendar and the procedure, without a database."""

import pytest
from hypothesis import settings

from service.store.calendars import SEEDED_YEARS, seeded_days
from service.workflows.calendar import Calendar
from service.workflows.machine import Procedure, Rulebook

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
