"""What is older than its term is listed and erased by command; nothing younger, and no line.

Issue 6, part 7 (DX-84). What an erasure leaves is in `test_erasure.py`.
"""

from typing import Any

import pytest
from auditing import appoint
from district import Case, District
from sqlmodel import func, select
from typer.testing import CliRunner

from service.cli import app
from service.clock import SystemClock, office_date
from service.config import Settings
from service.store.cases import Transition
from service.store.households import Household
from service.store.log import LogLine


@pytest.fixture
def case(district: District) -> Case:
    """Return a case that ended in 2021, beside one that is still running."""
    appoint(district, "administrator", "administrator")
    district.apply()
    case = district.apply()
    district.act("village", case, "withdraw")
    return case


def retention(settings: Settings, *arguments: str, years: int | None) -> Any:
    environment = {
        "DIXIAN_DATABASE_URL": settings.database_url,
        "DIXIAN_DATA_DIR": str(settings.data_dir),
        "DIXIAN_RETENTION_YEARS": str(years) if years else None,
    }
    return CliRunner().invoke(app, ["audit", "retention", *arguments], env=environment)


def full_years_since_2021() -> int:
    return office_date(SystemClock().now()).year - 2021 - 1


def names(at: District) -> list[str]:
    return at.read(lambda s: s.exec(select(Household.head_name).order_by(Household.id)).all())


def lines(at: District) -> int:
    return at.read(lambda s: s.exec(select(func.count()).select_from(Transition)).one())


def test_dx_84_what_is_over_is_listed_and_nothing_is_erased_unasked(district, case, settings):
    done = retention(settings, years=full_years_since_2021())

    assert done.exit_code == 0, done.output
    assert case.household_id in done.output
    assert names(district) == ["张某", "张某"]


@pytest.mark.usefixtures("case")
def test_dx_84_what_is_over_is_erased_with_a_line_and_every_line_stays(district, settings):
    before = lines(district)

    done = retention(settings, "--erase", "--by", "administrator", years=full_years_since_2021())

    assert done.exit_code == 0, done.output
    assert sorted(names(district)) == ["张某", "某某"]
    assert lines(district) == before
    kinds = district.read(lambda s: s.exec(select(LogLine.kind)).all())
    assert kinds.count("erasure") == 1


@pytest.mark.usefixtures("case")
def test_dx_84_what_is_younger_than_its_term_is_neither_listed_nor_erased(district, settings):
    done = retention(
        settings, "--erase", "--by", "administrator", years=full_years_since_2021() + 1
    )

    assert done.exit_code == 0, done.output
    assert names(district) == ["张某", "张某"]


@pytest.mark.usefixtures("case")
@pytest.mark.parametrize(
    ("arguments", "years"),
    [
        ((), None),
        (("--erase",), 1),
        (("--erase", "--by", "village"), 1),
        (("--erase", "--by", "nobody"), 1),
    ],
)
def test_without_a_term_or_an_administrator_nothing_is_erased(arguments, years, district, settings):
    assert retention(settings, *arguments, years=years).exit_code != 0
    assert names(district) == ["张某", "张某"]
